//! Records: one of each kind, an export, imports that are refused, and what steps change.

use crate::state_contents::contents;
use crate::state_pairs::pairs;
use crate::vector::{Fields, Topic, counting, draw, edit, fields, items, must};
use crate::world::{DAY, NOW, World, initiate_randomness};
use sceau_spec::octets::{Octets, ascii, empty};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::device_lists::{Cosigners, apply_device_lists, sign_device_list};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::APPLICATION;
use sceau_spec::pairwise::identities::{
    DeviceEntry, DeviceListTbs, DeviceLists, encode_device_list, encode_device_list_tbs,
};
use sceau_spec::pairwise::records::{
    Change, Head, Record, RecordKey, Records, decode_change, encode_change, encode_head,
    encode_record, encode_records,
};
use sceau_spec::pairwise::state::{AccountState, DeviceState, commit, export_state, import_state};

const NAME: &str = "state-records";
const KINDS: [&str; 7] = ["head", "account", "batch", "prekey", "replay", "peer", "session"];

/// Alice and Bob behind a first message and an answer: Bob has records of all kinds.
fn talked(world: &World) -> (DeviceState, DeviceState) {
    let (alice, bob) = (&world.alice, &world.bob);
    let policy = &world.policy;
    let random = initiate_randomness(NAME, "talk");
    let bundle = bob.bundle(Some(2), 3);
    let made =
        device::initiate(&alice.state, &bob.account(), &bundle, &None, false, &random, NOW, policy);
    let (alice_state, made) = must("initiate", made);
    let session = made.session_id;
    let hello = |text: &str| device::frame(APPLICATION, &ascii(text));
    let send = |state: &DeviceState, text: &str| {
        must("send", device::send(state, &session, &hello(text), &empty(), NOW, policy))
    };
    let receive = |state: &DeviceState, mailbox: &Octets, message: &Octets, key: &str| {
        let ratchet_key = draw(NAME, "talk", key, 32);
        let expected = Expectation::default();
        let received = device::receive(
            state,
            mailbox,
            message,
            &empty(),
            &expected,
            &ratchet_key,
            NOW,
            policy,
        );
        must("receive", received).0
    };
    let (alice_state, _late) = send(&alice_state, "late");
    let (alice_state, sent) = send(&alice_state, "hello");
    let bob_state = receive(&bob.state, &sent.mailbox, &sent.message, "bob.0");
    let (bob_state, sent) = send(&bob_state, "answer");
    let alice_state = receive(&alice_state, &sent.mailbox, &sent.message, "alice.0");
    (alice_state, bob_state)
}

fn record_fields(record: &Record) -> Fields {
    fields! {
        kind: record.key.kind,
        id: record.key.id,
        generation: record.generation,
        body: record.body,
    }
}

/// The vectors.
pub fn topic(world: &World) -> Topic {
    let mut t = Topic::new(NAME, "STA-REC");
    let (alice, bob) = talked(world);
    t.valid(
        1,
        "STA-02 STA-03",
        "the text's example of a head record",
        fields! { kind: 0, id: "", generation: 3u64, body: encode_head(&Head { changes: 9, retired: 0 }) },
        fields! {},
        fields! { record: encode_record(&Record {
            key: RecordKey { kind: 0, id: empty() },
            generation: 3,
            body: encode_head(&Head { changes: 9, retired: 0 }),
        }) },
    );
    let mut number = 10;
    let mut last = None;
    for record in items(&bob.records) {
        if last != Some(record.key.kind) {
            last = Some(record.key.kind);
            let about = format!("a record of kind {}", KINDS[usize::from(record.key.kind)]);
            t.valid(
                number,
                "STA-01 STA-02",
                &about,
                record_fields(&record),
                fields! {},
                fields! { record: encode_record(&record) },
            );
            number += 1;
        }
    }
    assert_eq!(number, 17);
    let session = alice.records[alice.records.len() - 1].clone();
    let about = "the session of an initiator; its record has been changed";
    t.valid(
        17,
        "STA-01 STA-02",
        about,
        record_fields(&session),
        fields! {},
        fields! { record: encode_record(&session) },
    );
    imports(&mut t, &bob);
    contents(&mut t, &alice, &bob);
    pairs(&mut t, world, &bob);
    steps(&mut t, world, &bob);
    changes(&mut t, &alice);
    t
}

fn import(state: &Octets, least: u64) -> Fields {
    fields! { operation: "import", records: state, least_changes: least }
}

fn imports(t: &mut Topic, bob: &DeviceState) {
    let export = export_state(bob);
    let changes = bob.head.changes;
    let imported = must("import", import_state(&export, changes));
    assert_eq!(export_state(&imported), export);
    t.valid(
        30,
        "STA-01 STA-03 STA-04 STA-05 STA-08",
        "an export with records of all kinds is imported; the caller knows of as many changes",
        import(&export, changes),
        fields! {},
        fields! { changes: changes, retired: bob.head.retired, records: bob.records.len() },
    );
    let records = items(&bob.records);
    let joined = |records: &[Record]| {
        let mut seq = Records::new(0);
        for record in records {
            seq = seq.push(record);
        }
        encode_records(&seq)
    };
    let without = |kind: u8| -> Vec<Record> {
        records.iter().filter(|record| record.key.kind != kind).cloned().collect()
    };
    let position = |kind: u8| records.iter().position(|r| r.key.kind == kind).expect("all kinds");
    let mut wrong = |number: u32, clauses: &str, about: &str, bytes: &Octets, least: u64, class| {
        let input = if bytes.len() > 0 {
            let edited = edit("STA-REC-030.in.records", &export, bytes);
            fields! { operation: "import", records_edit: edited, least_changes: least }
        } else {
            import(bytes, least)
        };
        t.refused(number, clauses, about, input, import_state(bytes, least), class);
    };
    let malformed = ErrorClass::Malformed;
    let rollback = ErrorClass::Rollback;
    wrong(
        31,
        "STA-04 STA-05",
        "the caller knows of one change more",
        &export,
        changes + 1,
        rollback,
    );
    let mut bytes = export.clone();
    bytes[0usize] = 1;
    wrong(32, "STA-04", "a record of version 1", &bytes, 0, ErrorClass::UnsupportedVersion);
    wrong(33, "STA-04", "no head", &joined(&without(0)), 0, malformed);
    wrong(34, "STA-04", "no account", &joined(&without(1)), 0, malformed);
    wrong(
        35,
        "STA-04",
        "prekeys and a replay record without their batch",
        &joined(&without(2)),
        0,
        malformed,
    );
    wrong(36, "STA-04", "a session without its peer", &joined(&without(5)), 0, malformed);
    wrong(
        37,
        "STA-04",
        "a peer whose live session is not there",
        &joined(&without(6)),
        0,
        malformed,
    );
    wrong(
        38,
        "STA-03 STA-04",
        "a replay record is missing: the head's sum",
        &joined(&without(4)),
        0,
        rollback,
    );
    let mut swapped = records.clone();
    let at = position(3);
    swapped.swap(at, at + 1);
    wrong(39, "STA-01 STA-04", "two records in the wrong order", &joined(&swapped), 0, malformed);
    let mut twice = records.clone();
    twice.insert(at, records[at].clone());
    wrong(40, "STA-01 STA-04", "a record twice", &joined(&twice), 0, malformed);
    let mut older = records.clone();
    older[position(6)].generation -= 1;
    wrong(41, "STA-03 STA-04", "a record of an older generation", &joined(&older), 0, rollback);
    let mut zero = records.clone();
    zero[position(3)].generation = 0;
    wrong(42, "STA-02 STA-04", "a record of generation 0", &joined(&zero), 0, malformed);
    wrong(
        43,
        "STA-01 STA-04 ENC-02",
        "a byte behind the last record",
        &export.concat(&Octets::new(1)),
        0,
        malformed,
    );
    wrong(
        44,
        "STA-01 STA-04",
        "the last byte is missing",
        &export.slice(0, export.len() - 1),
        0,
        malformed,
    );
    let mut kind = records.clone();
    let last = kind.len() - 1;
    kind[last].key.kind = 7;
    wrong(45, "STA-04 ENC-05", "a record of kind 7", &joined(&kind), 0, malformed);
    let mut id = records.clone();
    id[last].key.id[31usize] ^= 1;
    wrong(46, "STA-04", "a session under another id", &joined(&id), 0, malformed);
    let mut short = records.clone();
    let body = &short[last].body;
    short[last].body = body.slice(0, body.len() - 1);
    wrong(47, "STA-04", "a session whose body ends too soon", &joined(&short), 0, malformed);
    let mut status = records.clone();
    status[last].body[3usize] = 9;
    wrong(48, "STA-04 ENC-05", "a session of status 9", &joined(&status), 0, malformed);
    let mut key = records;
    let body = key[at].body.clone();
    key[at].body = body.slice(0, 1).concat(&Octets::from_vec(vec![31])).concat(&body.slice(2, 31));
    wrong(49, "STA-04", "a prekey's private key of 31 bytes", &joined(&key), 0, malformed);
    wrong(50, "STA-04", "nothing", &empty(), 0, malformed);
}

fn changes_of(state: &DeviceState) -> Vec<Octets> {
    items(&state.changes).iter().map(encode_change).collect()
}

/// The changes that steps return.
fn steps(t: &mut Topic, world: &World, bob: &DeviceState) {
    let state = export_state(bob);
    let session = bob.sessions[0usize].session_id.clone();
    let clauses = "STA-02 STA-03 STA-06 STA-09 STA-10 RAT-05";
    let body = ascii("hello");
    let message = device::frame(APPLICATION, &body);
    let sent = device::send(bob, &session, &message, &empty(), NOW + 1, &world.policy);
    let (after, sent) = must("send", sent);
    t.valid(
        60,
        clauses,
        "sending changes the session and the head",
        fields! { operation: "send", state: state, session_id: session, body: body, authenticated_data: empty(), now: NOW + 1 },
        fields! { message: sent.message },
        fields! { changes: changes_of(&after), state: export_state(&after) },
    );
    for (number, about, now) in [
        (61, "nothing is past its age: no change", NOW + 1),
        (62, "the skipped key is erased", NOW + 14 * DAY),
        (63, "the batch, its prekeys and its replay entry go with its grace", NOW + 27 * DAY),
    ] {
        let after = device::expire(bob, now, &world.policy);
        t.valid(
            number,
            "STA-02 STA-03 STA-09 STA-10 PRE-05 RAT-09",
            about,
            fields! { operation: "expire", state: state, now: now },
            fields! {},
            fields! { changes: changes_of(&after), changes_count: after.head.changes, retired: after.head.retired },
        );
    }
    let after = device::expire(bob, NOW + 27 * DAY - 1, &world.policy);
    assert_eq!(after.batches.len(), 1);
    reissues(t, world, bob);
}

/// The own list is signed anew.
fn reissues(t: &mut Topic, world: &World, bob: &DeviceState) {
    // A list of two devices, with an extension.
    let old = bob.account.device_list.tbs.clone();
    let other =
        DeviceEntry { serial: 2, credential_ref: counting(32), ..old.devices[0usize].clone() };
    let grease = Extension { extension_type: 0x0a0a, data: ascii("kept") };
    let tbs = DeviceListTbs {
        number: 7,
        devices: old.devices.push(&other),
        extensions: Extensions::new(0).push(&grease),
        ..old
    };
    let key = &world.bob.enrolment.account_key;
    let device_list = sign_device_list(tbs, key, &Cosigners::default());
    let account = AccountState { device_list, ..bob.account.clone() };
    let two = commit(&DeviceState { account, ..bob.clone() });
    for (number, about, state, now) in [
        (64, "a list of one device is signed anew", bob, NOW + 15 * DAY),
        (65, "a list of two devices, with an extension, is signed anew", &two, NOW + 15 * DAY),
        (66, "a list is signed anew, and the batch goes with its grace", bob, NOW + 27 * DAY),
    ] {
        let after = must(about, device::reissue_list(state, now, &world.policy));
        let (old, new) = (&state.account.device_list, &after.account.device_list);
        let lists = DeviceLists::new(0).push(new);
        let account = device::own_account(state);
        let pinned = Some(old.clone());
        let accepted = apply_device_lists(&pinned, &account, &lists, now, &world.policy);
        assert_eq!(must(about, accepted).tbs.number, old.tbs.number + 1);
        t.valid(
            number,
            "ID-21 ID-15 STA-02 STA-10",
            about,
            fields! { operation: "reissue_list", state: export_state(state), now: now },
            fields! { device_list_tbs: encode_device_list_tbs(&new.tbs) },
            fields! { device_list: encode_device_list(new), changes: changes_of(&after) },
        );
    }
}

/// Single changes, decoded.
fn changes(t: &mut Topic, alice: &DeviceState) {
    let record = alice.records[alice.records.len() - 1].clone();
    let key = record.key.clone();
    let made = Change {
        key: key.clone(),
        expected: 0,
        record: Some(Record { generation: 1, ..record.clone() }),
    };
    let changed =
        Change { key: key.clone(), expected: record.generation - 1, record: Some(record.clone()) };
    let deleted = Change { key: key.clone(), expected: record.generation, record: None };
    let last = Change {
        expected: u64::MAX - 1,
        record: Some(Record { generation: u64::MAX, ..record.clone() }),
        ..made.clone()
    };
    let input = |bytes: &Octets| fields! { operation: "decode", type: "Change", bytes: bytes };
    for (number, about, change) in [
        (70, "a record is made", &made),
        (71, "it is changed", &changed),
        (72, "it is deleted", &deleted),
        (73, "the last generation of all", &last),
    ] {
        let bytes = encode_change(change);
        let read = must("decode", decode_change(&bytes));
        assert_eq!(encode_change(&read), bytes);
        let deleted = read.record.is_none();
        t.valid(
            number,
            "STA-02 STA-11",
            about,
            input(&bytes),
            fields! {},
            fields! { kind: read.key.kind, id: read.key.id, expected: read.expected, deleted: deleted },
        );
    }
    let mut of_another = changed.clone();
    of_another.key.id[0usize] ^= 1;
    let mut kind = changed.clone();
    kind.key.kind -= 1;
    let with = |expected: u64, generation: u64| Change {
        key: key.clone(),
        expected,
        record: Some(Record { generation, ..record.clone() }),
    };
    let encoded = encode_change(&changed);
    let mut presence = encode_change(&deleted);
    let end = presence.len() - 1;
    presence[end] = 2;
    for (number, clauses, about, bytes) in [
        (80, "STA-11", "the record of another session", encode_change(&of_another)),
        (81, "STA-11", "a record of another kind", encode_change(&kind)),
        (82, "STA-11", "the generation that is expected", encode_change(&with(4, 4))),
        (83, "STA-11", "a generation left out", encode_change(&with(4, 6))),
        (84, "STA-11", "a new record of generation 2", encode_change(&with(0, 2))),
        (85, "STA-11", "behind the last generation", encode_change(&with(u64::MAX, 1))),
        (86, "ENC-03", "a presence byte of 2", presence),
        (87, "ENC-02", "a byte behind it", encoded.concat(&Octets::new(1))),
    ] {
        let read = decode_change(&bytes);
        t.refused(number, clauses, about, input(&bytes), read, ErrorClass::Malformed);
    }
}
