//! Exports whose records contradict their ids, each other, or what an importer knows. The head's sum holds, and
//! what records refer to is there.

use crate::vector::{Topic, counting, edit, fields, items};
use hacspec_lib::Seq;
use sceau_spec::octets::u32_be;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::record_bodies::{encode_account, encode_batch};
use sceau_spec::pairwise::records::{BATCH, PEER, Record, RecordKey, SESSION, encode_records};
use sceau_spec::pairwise::session::{SessionState, encode_session};
use sceau_spec::pairwise::state::{AccountState, DeviceState, export_state, import_state};
use sceau_spec::pairwise::typed_keys::TypedKey;

/// The records with other bodies, as many and of the same generations.
fn replaced(state: &DeviceState, change: &dyn Fn(&mut Record)) -> Vec<Record> {
    let mut records = items(&state.records);
    records.iter_mut().for_each(change);
    records
}

/// The vectors: Bob's export altered; Alice is another account.
pub fn contents(t: &mut Topic, alice: &DeviceState, bob: &DeviceState) {
    let export = export_state(bob);
    let account = |account: AccountState| {
        replaced(bob, &|record| {
            if record.key.kind == 1 {
                record.body = encode_account(&account);
            }
        })
    };
    let session = |change: &dyn Fn(&mut SessionState)| {
        let mut session = bob.sessions[0usize].clone();
        change(&mut session);
        replaced(bob, &|record| {
            if record.key.kind == SESSION {
                record.body = encode_session(&session);
            }
        })
    };
    // Peer and session both say another account than the peer's list.
    let other = counting(32);
    let moved = SessionState { peer_account: other.clone(), ..bob.sessions[0usize].clone() };
    let moved = replaced(bob, &|record| match record.key.kind {
        PEER => record.key.id = other.clone(),
        SESSION => record.body = encode_session(&moved),
        _ => {}
    });
    // The batch once more under another id; another record's generation makes up for it in the sum.
    let mut twice = replaced(bob, &|record| {
        if record.key.kind == SESSION {
            record.generation -= 1;
        }
    });
    let at = twice.iter().position(|record| record.key.kind == BATCH).expect("a batch");
    let id = u32_be(2);
    let copy = Record { key: RecordKey { kind: BATCH, id }, generation: 1, ..twice[at].clone() };
    twice.insert(at + 1, copy);
    let mut batch = bob.batches[0usize].clone();
    batch.batch.tbs.suite = 2;
    let suite = replaced(bob, &|record| {
        if record.key.kind == BATCH {
            record.body = encode_batch(&batch);
        }
    });
    // The lengths of another suite.
    batch.batch.tbs.root = counting(48);
    let longer = replaced(bob, &|record| {
        if record.key.kind == BATCH {
            record.body = encode_batch(&batch);
        }
    });
    let own = &bob.account;
    let foreign = AccountState { credential: alice.account.credential.clone(), ..own.clone() };
    let unknown = TypedKey { key_type: 0x01f0, key: counting(32) };
    let keys =
        AccountState { identity_private: own.identity_private.push(&unknown), ..own.clone() };
    let (malformed, unsupported) = (ErrorClass::Malformed, ErrorClass::UnsupportedSuite);
    for (number, about, records, class) in [
        (51, "a peer under another account's id, with its session", moved, malformed),
        (52, "a batch under another generation's id", twice, malformed),
        (53, "a credential of another account than the list", account(foreign), malformed),
        (
            54,
            "a chain of more messages than one may have",
            session(&|s| next(s, 65_537)),
            malformed,
        ),
        (55, "a previous chain of more", session(&|s| s.previous_count = 65_537), malformed),
        (
            56,
            "a skipped key behind the last message of a chain",
            session(&|s| s.skipped[0usize].keys[0usize].n = 65_536),
            malformed,
        ),
        (57, "a session of an unknown suite", session(&|s| s.suite = 2), unsupported),
        (58, "a batch of an unknown suite", suite, unsupported),
        (76, "a batch of an unknown suite, with a root of its length", longer, unsupported),
        (
            77,
            "a session of an unknown suite, with a root key of its length",
            session(&|s| (s.suite, s.root_key) = (2, counting(48))),
            unsupported,
        ),
        (59, "a private key of an unknown type", account(keys), unsupported),
    ] {
        let bytes = encode_records(&Seq::from_vec(records));
        let edited = edit("STA-REC-030.in.records", &export, &bytes);
        t.refused(
            number,
            "STA-04",
            about,
            fields! { operation: "import", records_edit: edited, least_changes: 0u64 },
            import_state(&bytes, 0),
            class,
        );
    }
}

/// A session whose sending chain is at a message.
fn next(session: &mut SessionState, n: u32) {
    session.sending.as_mut().expect("it sends").next = n;
}
