//! Pairs: such as may stand in a record, such as may not, and when they go. Renewals.

use crate::second_device::second_device;
use crate::vector::{Fields, Topic, draw, edit, fields, items, must};
use crate::world::{DAY, NOW, World, batch_randomness};
use hacspec_lib::Seq;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::credentials::{device_entry, sign_credential};
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::{
    CredentialTbs, DeviceEntry, DeviceList, DeviceLists, encode_device_list,
};
use sceau_spec::pairwise::record_bodies::encode_peer;
use sceau_spec::pairwise::records::{PEER, SESSION, encode_change, encode_records};
use sceau_spec::pairwise::session::{
    ARCHIVED, ESTABLISHED, SessionState, UNACCEPTED, encode_session,
};
use sceau_spec::pairwise::state::{
    AccountState, DeviceState, PairState, SessionRef, commit, export_state, import_state,
};

/// Bob's records with one pair of the only peer changed.
fn with_pair(state: &DeviceState, serial: u64, change: &dyn Fn(&mut PairState)) -> Octets {
    let mut peer = state.peers[0usize].clone();
    for i in 0..peer.pairs.len() {
        if peer.pairs[i].serial == serial {
            change(&mut peer.pairs[i]);
        }
    }
    let mut records = items(&state.records);
    for record in &mut records {
        if record.key.kind == PEER {
            record.body = encode_peer(&peer);
        }
    }
    encode_records(&Seq::from_vec(records))
}

fn imported(t: &mut Topic, number: u32, clauses: &str, about: &str, input: Fields, bytes: &Octets) {
    let state = must(about, import_state(bytes, 0));
    assert_eq!(export_state(&state), *bytes, "{about}");
    t.valid(
        number,
        clauses,
        about,
        input,
        fields! {},
        fields! { changes: state.head.changes, retired: state.head.retired, records: state.records.len() },
    );
}

/// Alice's list with a second device, and one with the second device alone.
fn lists(world: &World) -> [DeviceList; 2] {
    let alice = &world.alice;
    let sign = draw("state-records", "second", "identity_sign", 32);
    let agree = draw("state-records", "second", "identity_agree", 32);
    let second = must("second", second_device(&alice.state, &sign, &agree, &None, NOW));
    let both = second.account.device_list;
    let mut tbs = both.tbs.clone();
    (tbs.number, tbs.devices) = (tbs.number + 1, tbs.devices.slice(1, 1));
    let alone = sign_device_list(tbs, &alice.enrolment.account_key, &Cosigners::default());
    [both, alone]
}

/// The vectors: Bob has a session with Alice's device.
pub fn pairs(t: &mut Topic, world: &World, bob: &DeviceState) {
    let apply = |lists: &[DeviceList]| {
        let lists = DeviceLists::from_vec(lists.to_vec());
        let account = world.alice.account();
        let applied = device::apply_lists(bob, &account, &lists, NOW, &world.policy);
        must("apply", applied).0
    };
    let lists = lists(world);
    let added = apply(&lists[..1]);
    let removed = apply(&lists);
    let whole = |state: &DeviceState| fields! { operation: "import", records: export_state(state), least_changes: 0u64 };
    let base = export_state(&added);
    let edited = |of: &str, base: &Octets, bytes: &Octets| fields! { operation: "import", records_edit: edit(of, base, bytes), least_changes: 0u64 };

    let clauses = "REP-15 STA-04";
    let about = "a pair that is unconfirmed, of a device that was added";
    imported(t, 18, clauses, about, whole(&added), &base);
    let confirmed = with_pair(&added, 2, &|pair| pair.unconfirmed = 0);
    let input = edited("STA-REC-018.in.records", &base, &confirmed);
    imported(t, 19, clauses, "a pair without sessions of a listed device", input, &confirmed);
    let about = "a pair of a device that is not listed, with a closed session";
    imported(t, 20, "STA-04 ID-17", about, whole(&removed), &export_state(&removed));

    let export = export_state(bob);
    for (number, about, of, base, bytes) in [
        (
            21,
            "a pair that is unconfirmed or not: 2",
            "STA-REC-018.in.records",
            &base,
            with_pair(&added, 2, &|pair| pair.unconfirmed = 2),
        ),
        (
            22,
            "a pair that is unconfirmed, with a live session",
            "STA-REC-030.in.records",
            &export,
            with_pair(bob, 1, &|pair| pair.unconfirmed = 1),
        ),
        (
            23,
            "a pair without sessions of a device that is not listed",
            "STA-REC-018.in.records",
            &base,
            with_pair(&added, 2, &|pair| (pair.serial, pair.unconfirmed) = (3, 0)),
        ),
    ] {
        let input = edited(of, base, &bytes);
        let result = import_state(&bytes, 0);
        t.refused(number, clauses, about, input, result, ErrorClass::Malformed);
    }
    unconfirmed(t, bob);
    unlisted(t, &removed);
    expires(t, world, &removed);
    renewals(t, world, bob);
    last_numbers(t, world, bob);
}

/// The export of a state with one session, which has another status, and with its pair changed.
fn restated(state: &DeviceState, status: u8, pair: &dyn Fn(&mut PairState)) -> Octets {
    let session = &state.sessions[0usize];
    let body = encode_session(&SessionState { status, waiting: None, ..session.clone() });
    let mut records = items(&state.records);
    for record in records.iter_mut().filter(|record| record.key.kind == SESSION) {
        record.body = body.clone();
    }
    let state = DeviceState { records: Seq::from_vec(records), ..state.clone() };
    with_pair(&state, session.peer_serial, pair)
}

/// An unconfirmed pair with an archived session that receives.
fn unconfirmed(t: &mut Topic, bob: &DeviceState) {
    let session_id = bob.sessions[0usize].session_id.clone();
    let archived = SessionRef { session_id, archived_at: NOW };
    let bytes = restated(bob, ARCHIVED, &|pair| {
        pair.archived = Seq::<SessionRef>::new(0).push(&archived);
        (pair.live, pair.unconfirmed) = (None, 1);
    });
    let edited = edit("STA-REC-030.in.records", &export_state(bob), &bytes);
    let input = fields! { operation: "import", records_edit: edited, least_changes: 0u64 };
    let about = "a pair that is unconfirmed, with an archived session";
    t.refused(78, "REP-15 STA-04", about, input, import_state(&bytes, 0), ErrorClass::Malformed);
}

/// Sessions of a device that is not listed any more, which are not closed.
fn unlisted(t: &mut Topic, removed: &DeviceState) {
    let export = export_state(removed);
    let live = Some(removed.sessions[0usize].session_id.clone());
    let change = |status: u8, pair: &dyn Fn(&mut PairState)| restated(removed, status, pair);
    let none = Seq::<SessionRef>::new(0);
    for (number, about, bytes) in [
        (24, "an archived session of a device that is not listed", change(ARCHIVED, &|_| {})),
        (
            25,
            "a live one",
            change(ESTABLISHED, &|pair| {
                (pair.live, pair.archived) = (live.clone(), none.clone());
            }),
        ),
        (
            26,
            "an unaccepted one",
            change(UNACCEPTED, &|pair| {
                (pair.unaccepted, pair.archived) = (live.clone(), none.clone());
            }),
        ),
    ] {
        let edited = edit("STA-REC-020.in.records", &export, &bytes);
        let input = fields! { operation: "import", records_edit: edited, least_changes: 0u64 };
        let result = import_state(&bytes, 0);
        t.refused(number, "STA-04 ID-17", about, input, result, ErrorClass::Malformed);
    }
}

fn changes_of(state: &DeviceState) -> Vec<Octets> {
    items(&state.changes).iter().map(encode_change).collect()
}

/// The last session of a device that is not listed any more goes with its age.
fn expires(t: &mut Topic, world: &World, removed: &DeviceState) {
    let now = NOW + 14 * DAY;
    let after = device::expire(removed, now, &world.policy);
    assert_eq!(after.sessions.len(), 0);
    let pairs = items(&after.peers[0usize].pairs);
    assert_eq!(pairs.iter().map(|pair| pair.serial).collect::<Vec<_>>(), [2]);
    t.valid(
        67,
        "REP-09 STA-09 STA-10",
        "the last session of a device that is not listed is erased, and its pair with it",
        fields! { operation: "expire", state: export_state(removed), now: now },
        fields! {},
        fields! { changes: changes_of(&after), changes_count: after.head.changes, retired: after.head.retired },
    );
}

/// Renewals that end as late as may be, and not.
fn renewals(t: &mut Topic, world: &World, bob: &DeviceState) {
    let begin = bob.account.credential.tbs.not_before;
    let input = |not_after: u64| fields! { operation: "renew", state: export_state(bob), not_after: not_after, now: NOW };
    let renewed = device::renew(bob, begin + 1, &None, NOW, &world.policy);
    let after = must("renew", renewed);
    t.valid(
        68,
        "ID-15 STA-02",
        "a renewal that ends a second after its beginning",
        input(begin + 1),
        fields! {},
        fields! { device_list: encode_device_list(&after.account.device_list), changes: changes_of(&after) },
    );
    let about = "a renewal that ends at its beginning";
    let refused = device::renew(bob, begin, &None, NOW, &world.policy);
    t.refused(69, "ID-25 ID-15", about, input(begin), refused, ErrorClass::Misuse);
}

/// Numbers that are the last ones.
fn last_numbers(t: &mut Topic, world: &World, bob: &DeviceState) {
    let own = &bob.account;
    let key = &world.bob.enrolment.account_key;
    let numbered = |generation: u32, number: u64, last_batch_generation: u32| {
        let tbs = CredentialTbs { generation, ..own.credential.tbs.clone() };
        let credential = sign_credential(tbs, key, &None);
        let mut tbs = own.device_list.tbs.clone();
        (tbs.number, tbs.devices) =
            (number, Seq::<DeviceEntry>::new(0).push(&device_entry(&credential)));
        let device_list = sign_device_list(tbs, key, &Cosigners::default());
        let account =
            AccountState { credential, device_list, last_batch_generation, ..own.clone() };
        commit(&DeviceState { account, ..bob.clone() })
    };
    let policy = &world.policy;
    let end = own.credential.tbs.not_after;
    let renewing = |state: &DeviceState| fields! { operation: "renew", state: export_state(state), not_after: end, now: NOW };
    let reissuing = |state: &DeviceState| fields! { operation: "reissue_list", state: export_state(state), now: NOW };

    let state = numbered(u32::MAX - 1, u64::MAX - 1, 1);
    let after = must("renew", device::renew(&state, end, &None, NOW, policy));
    t.valid(
        27,
        "ID-15 STA-02",
        "a renewal with the last generation and the last number of a list",
        renewing(&state),
        fields! {},
        fields! { device_list: encode_device_list(&after.account.device_list), changes: changes_of(&after) },
    );
    let limit = ErrorClass::Limit;
    let state = numbered(u32::MAX, 1, 1);
    let refused = device::renew(&state, end, &None, NOW, policy);
    let about = "a renewal behind the last generation";
    t.refused(28, "ID-25 ID-15", about, renewing(&state), refused, limit);
    let state = numbered(1, u64::MAX, 1);
    let refused = device::renew(&state, end, &None, NOW, policy);
    let about = "a renewal behind the last number of a list";
    t.refused(29, "ID-25 ID-15", about, renewing(&state), refused, limit);
    let refused = device::reissue_list(&state, NOW, policy);
    let about = "a list signed anew behind the last number";
    t.refused(74, "ID-25 ID-21", about, reissuing(&state), refused, limit);
    let state = numbered(1, 1, u32::MAX);
    let random = batch_randomness("batch 0", 0, 0);
    let refused = device::create_batch(&state, DAY, &random, NOW, policy);
    let input = fields! { operation: "create_batch", state: export_state(&state), one_time: 0, kem_one_time: 0, now: NOW, lifetime: DAY };
    t.refused(75, "ID-25 PRE-04", "a batch behind the last generation", input, refused, limit);
}
