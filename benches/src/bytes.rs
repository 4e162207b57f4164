//! How long things are, beside the peer's.

use crate::operations::KIB;
use crate::pair::Pair;
use crate::{peer, stage};
use sceau::Wire;
use sceau::pairwise::{Account, Changes, RecordKind, SessionId};

/// A thing, and its bytes.
pub struct Bytes {
    /// What it is.
    pub name: String,
    /// Sceau's.
    pub sceau: usize,
    /// vodozemac's, where it has one.
    pub peer: Option<usize>,
}

fn row(name: impl Into<String>, sceau: usize, peer: impl Into<Option<usize>>) -> Bytes {
    Bytes { name: name.into(), sceau, peer: peer.into() }
}

/// Bodies that fill each of the smaller buckets and one of the larger ones, and those whose times are measured.
const BODIES: [usize; 9] = [64, 248, 504, 1_016, 1_024, 2_040, 4_088, 65_528, 65_536];

/// Measures all.
#[must_use]
pub fn all() -> Vec<Bytes> {
    let (mut talk, mut olm) = (stage::Talk::established(), peer::Talk::established());
    let mut rows: Vec<Bytes> = BODIES
        .iter()
        .map(|size| {
            let body = vec![b'x'; *size];
            let (sent, olm) = (talk.ada_sends(&body), olm.ada_sends(&body).1);
            row(format!("message, body of {size}"), sent.message.len(), olm.len())
        })
        .collect();

    let (stage, mut olm) = (stage::Stage::new(), peer::Stage::new());
    let mut ada = stage::copy(&stage.ada);
    let mut rng = stage.rng.clone();
    let body = [b'x'; KIB];
    let (session, first) = stage.first(&mut ada, &mut rng, &body);
    let (waiting, olm_first) = peer::first_out(&olm.ada, &olm.bundle, &body);
    rows.push(row(format!("first message, body of {KIB}"), first.message.len(), olm_first.1.len()));
    rows.push(row("bundle", stage.bundle.len(), peer::Bundle::LEN));
    for keys in [10, 100] {
        let published = stage::publish(&mut stage::person(&mut rng), keys, &mut rng);
        let name = format!("batch for {keys} initiators");
        // One-time keys and a fallback key with their signatures.
        rows.push(row(name, published.to_bytes().len(), (keys as usize + 1) * (32 + 64)));
    }

    let (_, changes) = stage::send(&mut ada, &session, &body);
    let used = used(&mut talk.ada, &talk.session);
    let (bob, _) = peer::first_in(&mut olm.bob, olm.ada.curve25519_key(), &olm_first);
    let json =
        |session| serde_json::to_vec(&vodozemac::olm::Session::pickle(session)).unwrap().len();
    rows.push(row("state of a waiting session", session_record(&changes), json(&waiting)));
    rows.push(row("state of a used session", used, json(&bob)));
    let state: usize = peer::state(&olm.bob, &bob).iter().map(Vec::len).sum();
    rows.push(row("state of a device, 1 session", talk.bob.export_state().len(), state));
    rows
}

/// Bytes of the session's record after another message.
fn used(account: &mut Account, session: &SessionId) -> usize {
    session_record(&stage::send(account, session, b"hello").1)
}

fn session_record(changes: &Changes) -> usize {
    let mut records = changes.iter().filter_map(|change| change.record());
    let session = records.find(|record| record.key().kind() == RecordKind::Session);
    session.unwrap().to_bytes().len()
}
