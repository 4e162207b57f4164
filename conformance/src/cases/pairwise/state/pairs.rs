//! Pairs in what is exported: which there are, which are unconfirmed, and which an importer refuses.

use super::portable::{export, import_call, step};
use super::records::{PEER, Reader, Record, join, parse};
use crate::case::{Access, Case, Outcome, Stop, Twin};
use crate::cases::pairwise::codec::draft::Draft;
use crate::cases::pairwise::forge::{Entry, List, known};
use crate::cases::pairwise::new_devices::{further, question, welcome};
use crate::cases::pairwise::stage::{
    DAY, Device, PORT_ASKED, Part, USUAL, demand, device, established, status,
};
use crate::cases::pairwise::twins::{apply_call, pin};
use crate::digest::unhex;
use crate::scene::{Home, Scene};

const fn case(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, PORT_ASKED).suite("portable state").with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive("PW-STA-PAIR-035p", "A pair with a new device is there, unconfirmed, before it has a session, and goes with the device.", come_and_gone), &["REP-15", "STA-02"]),
    case(Case::positive("PW-STA-PAIR-036p", "A pair with a removed device is there as long as it has a session.", outlived), &["STA-02", "ID-17", "REP-09"]),
    case(Case::positive("PW-STA-PAIR-037p", "A pair with a listed device stays without sessions, and is confirmed by an acceptance.", decided), &["REP-15", "STA-02"]),
    case(Case::negative("PW-STA-PAIR-038n", "A pair without sessions is of a listed device.", unlisted), &["STA-04"]),
    case(Case::negative("PW-STA-PAIR-039n", "An unconfirmed pair has no live session.", unconfirmed_live), &["STA-04", "REP-15"]),
    case(Case::negative("PW-STA-PAIR-048n", "The sessions of a device that is not listed are closed.", open_unlisted), &["STA-04", "ID-17"]),
    case(Case::negative("PW-STA-PAIR-040n", "A pair is unconfirmed or not.", flag), &["STA-04", "REP-15"]),
];

/// `PairState`; sessions as they are encoded.
#[derive(Clone)]
struct Pair {
    serial: u64,
    sessions: Vec<u8>,
    last_recovery: u64,
    unconfirmed: u8,
}

impl Pair {
    /// Without sessions.
    fn of(serial: u64) -> Self {
        Pair { serial, sessions: vec![0, 0, 0], last_recovery: 0, unconfirmed: 0 }
    }

    fn read(reader: &mut Reader) -> Outcome<Self> {
        let serial = reader.integer(8)?;
        let start = reader.0;
        for _ in 0..2 {
            if reader.integer(1)? == 1 {
                reader.opaque()?;
            }
        }
        reader.opaque()?;
        let sessions = start.get(..start.len() - reader.0.len()).unwrap_or_default().to_vec();
        let (last_recovery, unconfirmed) = (reader.integer(8)?, reader.integer(1)? as u8);
        Ok(Pair { serial, sessions, last_recovery, unconfirmed })
    }
}

/// The list's length in a `PeerState`, and its pairs.
fn pairs_of(record: &Record) -> Outcome<(usize, Vec<Pair>)> {
    let mut reader = Reader(&record.body);
    reader.take(1)?;
    reader.opaque()?;
    reader.take(8 + 8)?;
    for _ in 0..3 {
        reader.opaque()?;
    }
    let list = record.body.len() - reader.0.len();
    let (mut inner, mut pairs) = (Reader(reader.opaque()?), Vec::new());
    while !inner.0.is_empty() {
        pairs.push(Pair::read(&mut inner)?);
    }
    match reader.0 {
        [] => Ok((list, pairs)),
        _ => Err(Stop::Fail("a PeerState has more behind its pairs".to_owned())),
    }
}

/// The record of a peer with other pairs.
fn with_pairs(record: &Record, pairs: &[Pair]) -> Outcome<Record> {
    let (list, _) = pairs_of(record)?;
    let all = pairs.iter().fold(Draft::new(), |all, pair| {
        let all = all.u64(pair.serial).raw(&pair.sessions);
        all.u64(pair.last_recovery).u8(pair.unconfirmed)
    });
    let body = Draft::new().raw(record.body.get(..list).unwrap_or_default()).opaque(all.bytes());
    Ok(Record { body: body.bytes().to_vec(), ..record.clone() })
}

/// Serial, whether there are sessions, and whether it is unconfirmed, of each pair with the one account.
fn shown(scene: &mut Scene, device: &Device) -> Outcome<Vec<(u64, bool, u8)>> {
    let records = parse(&export(scene, device)?)?;
    let mut shown = Vec::new();
    for record in records.iter().filter(|record| record.kind == PEER) {
        let (_, pairs) = pairs_of(record)?;
        let one = |pair: Pair| (pair.serial, pair.sessions != [0, 0, 0], pair.unconfirmed);
        shown.extend(pairs.into_iter().map(one));
    }
    Ok(shown)
}

fn are(scene: &mut Scene, device: &Device, expected: &[(u64, bool, u8)]) -> Outcome {
    let pairs = shown(scene, device)?;
    demand(pairs == expected, &format!("pairs {pairs:?}, not {expected:?}"))
}

/// Device 2 is listed and removed before anything is heard of it.
fn come_and_gone(scene: &mut Scene) -> Outcome {
    let alice = known(scene, "alice", &USUAL)?;
    let bob = device(scene, "bob", Home::Iut)?;
    let mallory = further(scene, "mallory", &alice.device)?;
    step(scene, &bob, |scene| pin(scene, &bob, &alice.device))?;
    are(scene, &bob, &[])?;
    step(scene, &bob, |scene| pin(scene, &bob, &mallory))?;
    are(scene, &bob, &[(2, false, 1)])?;
    let lists = alice.lists(scene, &List::new(3, vec![alice.entry()]), &[])?;
    step(scene, &bob, |scene| apply_call(scene, &bob, &alice.device, &lists).accepted())?;
    are(scene, &bob, &[])
}

/// Its closed session is kept until `archive_age` has passed.
fn outlived(scene: &mut Scene) -> Outcome {
    let alice = known(scene, "alice", &USUAL)?;
    let bob = device(scene, "bob", Home::Iut)?;
    let mallory = further(scene, "mallory", &alice.device)?;
    welcome(scene, &bob, &mallory, "m")?;
    are(scene, &bob, &[(2, true, 0)])?;
    let lists = alice.lists(scene, &List::new(3, vec![alice.entry()]), &[])?;
    step(scene, &bob, |scene| apply_call(scene, &bob, &alice.device, &lists).accepted())?;
    are(scene, &bob, &[(2, true, 0)])?;
    status(scene, &bob, "m", "closed")?;
    scene.advance(14 * DAY, &[bob.party])?;
    step(scene, &bob, |scene| scene.call(bob.party, "pw.expire").accepted())?;
    are(scene, &bob, &[])
}

fn decided(scene: &mut Scene) -> Outcome {
    let (bob, mallory) = two(scene)?;
    are(scene, &bob, &[(1, true, 0), (2, false, 1)])?;
    question(scene, &bob, &mallory, "m")?;
    are(scene, &bob, &[(1, true, 0), (2, true, 1)])?;
    let decline =
        |scene: &mut Scene| scene.call(bob.party, "pw.decline_session").session("m").accepted();
    step(scene, &bob, decline)?;
    are(scene, &bob, &[(1, true, 0), (2, false, 1)])?;
    scene.advance(2 * DAY, &[bob.party, mallory.party])?;
    question(scene, &bob, &mallory, "n")?;
    let accept =
        |scene: &mut Scene| scene.call(bob.party, "pw.accept_session").session("n").accepted();
    step(scene, &bob, accept)?;
    are(scene, &bob, &[(1, true, 0), (2, true, 0)])
}

/// Bob has a session with Alice's first device, and her list with a new one.
fn two(scene: &mut Scene) -> Outcome<(Device, Device)> {
    let (alice, bob) = established(scene, Part::Responder)?;
    let mallory = further(scene, "mallory", &alice)?;
    pin(scene, &bob, &mallory)?;
    Ok((bob, mallory))
}

/// Imports Bob's state with other pairs of the one peer's: accepted in the control twin, `malformed` in the deviant.
fn imported(scene: &mut Scene, twin: Twin, change: impl Fn(&mut Vec<Pair>)) -> Outcome {
    let (bob, _) = two(scene)?;
    let mut records = parse(&export(scene, &bob)?)?;
    for record in records.iter_mut().filter(|record| record.kind == PEER) {
        let (_, mut pairs) = pairs_of(record)?;
        change(&mut pairs);
        *record = with_pairs(record, &pairs)?;
    }
    let call = import_call(scene, "import", &join(&records))?;
    match twin {
        Twin::Control => call.ok().map(drop),
        Twin::Deviant => call.refused_with("malformed"),
    }
}

/// Beside device 1, with which there is a session.
fn unlisted(scene: &mut Scene, twin: Twin) -> Outcome {
    imported(scene, twin, |pairs| {
        pairs.truncate(1);
        pairs.push(Pair::of(twin.pick(2, 3)));
    })
}

fn unconfirmed_live(scene: &mut Scene, twin: Twin) -> Outcome {
    imported(scene, twin, |pairs| {
        for pair in pairs {
            pair.unconfirmed = u8::from(pair.serial == twin.pick(2, 1));
        }
    })
}

fn flag(scene: &mut Scene, twin: Twin) -> Outcome {
    imported(scene, twin, |pairs| {
        if let Some(last) = pairs.last_mut() {
            last.unconfirmed = twin.pick(1, 2);
        }
    })
}

/// The pinned list is another one: in the deviant twin without the device with which there is a session.
fn open_unlisted(scene: &mut Scene, twin: Twin) -> Outcome {
    let alice = known(scene, "alice", &USUAL)?;
    let bob = device(scene, "bob", Home::Iut)?;
    let mallory = further(scene, "mallory", &alice.device)?;
    welcome(scene, &bob, &mallory, "m")?;
    let both = vec![alice.entry(), Entry::of(&mallory)?];
    let list = List::new(3, twin.pick(both, vec![alice.entry()]));
    let list = unhex(&alice.list(scene, &list, &[alice.signer()])?).unwrap_or_default();
    let mut records = parse(&export(scene, &bob)?)?;
    for record in records.iter_mut().filter(|record| record.kind == PEER) {
        let (length, _) = pairs_of(record)?;
        record.body.splice(..length, list.iter().copied());
    }
    let call = import_call(scene, "import", &join(&records))?;
    match twin {
        Twin::Control => call.ok().map(drop),
        Twin::Deviant => call.refused_with("malformed"),
    }
}
