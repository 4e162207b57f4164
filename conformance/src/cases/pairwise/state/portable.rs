//! Profile *portable state*: records as the specification encodes them, and what an importer refuses.

use super::records::{
    ACCOUNT, BATCH, Change, HEAD, PEER, Record, SESSION as SESSION_RECORD, head, join, parse,
    parse_changes, with_next,
};
use crate::case::{Access, Case, Outcome, Stop, Twin};
use crate::cases::pairwise::stage::{
    DAY, Device, PORT, Part, SESSION, STEPS, Step, accept, accept_call, cast, demand, established,
    fetch, initiate, pass, publish, receive, receive_call, send, send_call, talk,
};
use crate::digest::{hex, unhex};
use crate::scene::{Call, Home, Scene};
use crate::wire::Randomness;
use std::collections::BTreeMap;

/// The cases.
pub const CASES: &[Case] = &[
    good(
        "PW-STA-EXPORT-015p",
        "An export holds its records in order, and its head's sum is right.",
        export_form,
    )
    .clauses(&["STA-01", "STA-02", "STA-03"]),
    good(
        "PW-STA-IMPORT-016p",
        "An imported state is exported as it was, and the conversation goes on.",
        there_and_back,
    )
    .clauses(&["STA-01", "STA-08"]),
    good(
        "PW-STA-STEPS-017p",
        "The changes of each step turn the records before into those after.",
        steps,
    )
    .clauses(&["STA-02", "STA-03", "STA-06", "STA-07"])
    .needs(Access::L2, STEPS),
    good("PW-STA-STEPS-018p", "A step that changes no record leaves the head alone.", no_change)
        .clauses(&["STA-02", "STA-10"]),
    bad("PW-STA-STEPS-019n", "A step that fails changes no record.", failed_step)
        .clauses(&["ENC-11", "RAT-06"])
        .mutants(&["R3", "R4"]),
    good("PW-STA-ERASED-031p", "Erased keys stand in no record.", erased)
        .clauses(&["STA-09", "RAT-12", "HS-03", "HS-08"])
        .mutants(&["R15", "H9"]),
    good(
        "PW-STA-ERASED-034p",
        "Skipped keys past their age are in no record after a message is sent.",
        aged,
    )
    .clauses(&["STA-09", "STA-10", "RAT-09"])
    .mutants(&["R20"]),
    bad(
        "PW-STA-CHAINEND-032n",
        "A sending chain that has come to its end takes no more.",
        chain_end,
    )
    .clauses(&["RAT-02", "RAT-16"])
    .mutants(&["R13"]),
];

const fn good(id: &'static str, title: &'static str, run: fn(&mut Scene) -> Outcome) -> Case {
    Case::positive(id, title, run).suite("portable state").needs(Access::L2, PORT).with_peer()
}

/// A negative case of this profile.
pub const fn bad(
    id: &'static str,
    title: &'static str,
    run: fn(&mut Scene, Twin) -> Outcome,
) -> Case {
    Case::negative(id, title, run).suite("portable state").needs(Access::L2, PORT).with_peer()
}

/// The exported state of a device.
///
/// # Errors
/// There is none.
pub fn export(scene: &mut Scene, device: &Device) -> Outcome<Vec<u8>> {
    scene.call(device.party, "party.export_state").ok()?.bytes("state")
}

/// `party.import_state` into a new party.
///
/// # Errors
/// It cannot be made.
pub fn import_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    name: &'static str,
    state: &[u8],
) -> Outcome<Call<'s, 'a>> {
    let party = scene.party(name, Home::Iut)?;
    Ok(scene.call(party, "party.import_state").bytes("state", state))
}

/// Bob in the implementation: a session with skipped keys, a batch with keys left, a peer.
///
/// # Errors
/// It cannot be made.
pub fn rich(scene: &mut Scene) -> Outcome<(Device, Device)> {
    let (alice, bob) = established(scene, Part::Responder)?;
    publish(scene, &bob, 2, 1)?;
    send(scene, &alice, SESSION, "lost")?;
    pass(scene, &alice, &bob, SESSION, "arrives", Step::Dh)?;
    Ok((alice, bob))
}

fn sum(records: &[Record]) -> u64 {
    records.iter().filter(|record| record.kind != HEAD).map(|record| record.generation).sum()
}

fn export_form(scene: &mut Scene) -> Outcome {
    let (alice, bob) = rich(scene)?;
    talk(scene, &bob, &alice, SESSION)?;
    let state = export(scene, &bob)?;
    let records = parse(&state)?;
    demand(join(&records) == state, "the records do not encode to the export")?;
    let ascending = records.windows(2).all(|pair| pair[0].key() < pair[1].key());
    demand(ascending, "the records are out of order")?;
    demand(records.iter().all(|record| record.version == 0), "a record of another version")?;
    for kind in [HEAD, ACCOUNT, BATCH, 3, 4, PEER, SESSION_RECORD] {
        let found = records.iter().any(|record| record.kind == kind);
        demand(found, &format!("there is no record of kind {kind}"))?;
    }
    let (changes, retired) = head(&records)?;
    demand(changes == sum(&records) + retired, "the head's sum is wrong")
}

fn there_and_back(scene: &mut Scene) -> Outcome {
    let (alice, bob) = rich(scene)?;
    let state = export(scene, &bob)?;
    let changes = head(&parse(&state)?)?.0;
    let id = super::super::stage::look(scene, &bob, SESSION)?.hex("session_id")?;
    let out = import_call(scene, "again", &state)?.long("least_changes", changes).ok()?;
    demand(out.long("changes")? == changes, "the import counts other changes")?;
    let again = Device { party: crate::scene::Party { name: "again", ..bob.party }, ..bob.clone() };
    demand(export(scene, &again)? == state, "what was imported is exported as something else")?;
    scene.call(bob.party, "party.free").ok()?;
    let letter = send(scene, &alice, SESSION, "to the one that moved")?;
    receive(scene, &again, &letter, Step::Same)?;
    let letter = send(scene, &again, &format!("s:{id}"), "from there")?;
    receive(scene, &alice, &letter, Step::Dh).map(drop)
}

/// Records by kind and id.
pub type Records = BTreeMap<(u8, Vec<u8>), Record>;

/// The records of a state by kind and id.
///
/// # Errors
/// It is not encoded as it must be.
pub fn map(state: &[u8]) -> Outcome<Records> {
    Ok(parse(state)?.into_iter().map(|record| (record.key(), record)).collect())
}

/// Does what a caller's storage does with the changes of a step, and checks each of them.
fn applied(mut records: Records, changes: &[Change]) -> Outcome<Records> {
    demand(!changes.is_empty(), "a step without changes")?;
    let (last, others) =
        changes.split_last().map_or((None, changes), |(last, rest)| (Some(last), rest));
    demand(last.is_some_and(|last| last.key.0 == HEAD), "the head does not change last")?;
    demand(
        others.windows(2).all(|pair| pair[0].key < pair[1].key),
        "the changes are out of order",
    )?;
    demand(others.iter().all(|change| change.key.0 != HEAD), "the head changes twice")?;
    for change in changes {
        let before = records.get(&change.key);
        let generation = before.map_or(0, |record| record.generation);
        demand(change.expected == generation, "a change expects another generation than there is")?;
        match &change.record {
            Some(record) => {
                demand(record.key() == change.key, "a change has a record of another key")?;
                demand(record.generation == generation + 1, "a generation does not grow by one")?;
                let same = before.is_some_and(|before| before.body == record.body);
                demand(!same, "a change that changes nothing")?;
                records.insert(change.key.clone(), record.clone());
            }
            None => {
                demand(before.is_some(), "a record is deleted that is not there")?;
                records.remove(&change.key);
            }
        }
    }
    Ok(records)
}

/// Runs a step and holds its changes against the states before and after.
///
/// # Errors
/// It is refused, or the changes are others.
pub fn step<T>(
    scene: &mut Scene,
    device: &Device,
    run: impl FnOnce(&mut Scene) -> Outcome<T>,
) -> Outcome<T> {
    let before = map(&export(scene, device)?)?;
    let result = run(scene)?;
    let changes = scene.call(device.party, "party.step_changes").ok()?.bytes("changes")?;
    let changes = parse_changes(&changes)?;
    let after = map(&export(scene, device)?)?;
    let head_of = |records: &Records| head(&records.values().cloned().collect::<Vec<_>>());
    let (from, to) = (head_of(&before)?, head_of(&after)?);
    demand(to.0 - from.0 == changes.len() as u64 - 1, "`changes` does not grow by one a record")?;
    let deleted = changes.iter().filter(|change| change.record.is_none());
    let retired: u64 = deleted.map(|change| change.expected + 1).sum();
    demand(to.1 - from.1 == retired, "`retired` does not grow by what was deleted")?;
    demand(applied(before, &changes)? == after, "the changes do not lead to the state after")?;
    Ok(result)
}

fn steps(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let bundle = step(scene, &bob, |scene| fetch(scene, &bob))?;
    initiate(scene, &alice, &bob, SESSION, &bundle)?;
    let first = send(scene, &alice, SESSION, "hello")?;
    step(scene, &bob, |scene| accept(scene, &bob, &first, SESSION))?;
    for turn in 0..3 {
        let letter = step(scene, &bob, |scene| send(scene, &bob, SESSION, "to alice"))?;
        receive(scene, &alice, &letter, if turn == 0 { Step::Dh } else { Step::Same })?;
    }
    let early = send(scene, &alice, SESSION, "late")?;
    let letter = send(scene, &alice, SESSION, "to bob")?;
    step(scene, &bob, |scene| receive(scene, &bob, &letter, Step::Dh))?;
    step(scene, &bob, |scene| receive(scene, &bob, &early, Step::Same))?;
    // The batch dies with its prekeys and the replay record.
    let all = [alice.party, bob.party];
    scene.advance(29 * DAY, &all)?;
    step(scene, &bob, |scene| scene.call(bob.party, "pw.expire").accepted())?;
    let records = parse(&export(scene, &bob)?)?;
    let left = records.iter().filter(|record| (BATCH..PEER).contains(&record.kind)).count();
    demand(left == 0, "a dead batch leaves records behind")
}

fn no_change(scene: &mut Scene) -> Outcome {
    let (alice, bob) = rich(scene)?;
    let before = export(scene, &bob)?;
    scene.call(bob.party, "pw.expire").ok()?;
    demand(export(scene, &bob)? == before, "nothing to erase, and yet a change")?;
    let call = scene.call(bob.party, "pw.apply_lists").text("account_id", &alice.account);
    call.text("device_lists", &alice.lists()).ok()?;
    demand(export(scene, &bob)? == before, "the list that is pinned is applied, and yet a change")
}

fn failed_step(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = rich(scene)?;
    talk(scene, &bob, &alice, SESSION)?;
    let mut letter = send(scene, &alice, SESSION, "arrives")?;
    if twin == Twin::Deviant {
        let mut bytes = unhex(&letter.message).unwrap_or_default();
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        letter.message = hex(&bytes);
    }
    let before = export(scene, &bob)?;
    receive_call(scene, bob.party, &letter, Step::Same).judged(twin)?;
    let same = export(scene, &bob)? == before;
    demand(same == (twin == Twin::Deviant), "the records changed, or stayed, where they must not")
}

/// Private keys are fed, so that they can be looked for.
fn erased(scene: &mut Scene) -> Outcome {
    if scene.randomness != Randomness::Fed {
        return Err(Stop::Unsupported("the randomness is not fed".to_owned()));
    }
    let (alice, bob) = cast(scene, Part::Responder)?;
    let batch = scene.next_id(Home::Iut);
    let bundle = fetch(scene, &bob)?;
    let key = |scene: &Scene, id: u64, name: &str, length: usize| {
        scene.seed.value("bob", id, name, length)
    };
    let prekeys = [("one_time_prekey.0", 32), ("kem_prekey.0", 64)];
    let prekeys = prekeys.map(|(name, length)| key(scene, batch, name, length));
    let signed = key(scene, batch, "signed_prekey", 32);
    let holds = |scene: &mut Scene, secret: &[u8]| {
        let state = export(scene, &bob)?;
        Ok(state.windows(secret.len()).any(|window| window == secret))
    };
    for secret in prekeys.iter().chain([&signed]) {
        demand(holds(scene, secret)?, "a prekey is not in the state that should have it")?;
    }
    initiate(scene, &alice, &bob, SESSION, &bundle)?;
    let first = send(scene, &alice, SESSION, "hello")?;
    let accepted = scene.next_id(Home::Iut);
    accept_call(scene, bob.party, &first, SESSION).ok()?;
    for secret in &prekeys {
        demand(!holds(scene, secret)?, "a one-time prekey is in the state after its use")?;
    }
    demand(holds(scene, &signed)?, "the signed prekey is gone before its time")?;
    let ratchet = key(scene, accepted, "ratchet_key", 32);
    demand(holds(scene, &ratchet)?, "the ratchet key is not in the state that should have it")?;
    pass(scene, &bob, &alice, SESSION, "hello to you", Step::Dh)?;
    let letter = send(scene, &alice, SESSION, "again")?;
    receive(scene, &bob, &letter, Step::Dh)?;
    demand(!holds(scene, &ratchet)?, "a ratchet key is in the state after its replacement")?;
    scene.advance(29 * DAY, &[alice.party, bob.party])?;
    scene.call(bob.party, "pw.expire").accepted()?;
    demand(!holds(scene, &signed)?, "a signed prekey is in the state after its batch's grace")
}

/// Each key takes its number, its time and itself: 45 bytes.
fn aged(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    for body in ["lost", "lost", "lost"] {
        send(scene, &alice, SESSION, body)?;
    }
    pass(scene, &alice, &bob, SESSION, "arrives", Step::Dh)?;
    scene.advance(14 * DAY - 1, &[bob.party])?;
    send(scene, &bob, SESSION, "just in time")?;
    let before = export(scene, &bob)?.len();
    scene.advance(1, &[bob.party])?;
    send(scene, &bob, SESSION, "too late for the keys")?;
    let after = export(scene, &bob)?.len();
    demand(after + 3 * 45 <= before, "the keys are in the state after their time")
}

/// The record says that 65,535 messages were sent in the chain.
fn chain_end(scene: &mut Scene, twin: Twin) -> Outcome {
    let (_, bob) = rich(scene)?;
    let id = super::super::stage::look(scene, &bob, SESSION)?.hex("session_id")?;
    let mut records = parse(&export(scene, &bob)?)?;
    for record in records.iter_mut().filter(|record| record.kind == SESSION_RECORD) {
        *record = with_next(record, twin.pick(65_535, 65_536))?;
    }
    import_call(scene, "import", &join(&records))?.ok()?;
    let party = crate::scene::Party { name: "import", ..bob.party };
    let call = send_call(scene, party, &format!("s:{id}"), "the last");
    super::super::stage::judged_with(call, twin, "chain_exhausted")
}
