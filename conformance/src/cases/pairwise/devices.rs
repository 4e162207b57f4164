//! What an account may say of its devices, said by the runner: whom it adds, with which keys.

use super::forge::{Credential, ED25519, Entry, Known, List, X25519, known};
use super::stage::{
    Device, Keys, LISTS, Part, RENEW, RENEWAL, Setup, Step, TALK, USUAL, accept_call, bundle,
    create_call, demand, device, fetch, initiate, initiate_call, mail, meet, pass, publish, send,
    send_call, vector,
};
use super::twins::{afterwards, apply_call, by_message, judge, unusual_message};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Call, Home, Scene};

const fn lists(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, LISTS).suite(super::PROFILE).with_peer()
}

const fn talk(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, TALK).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    lists(Case::negative("PW-ID-ADDED-080n", "A device that comes with a list cannot attest that list.", attests_itself), &["ID-08", "ID-19"]).mutants(&["H30"]),
    lists(Case::positive("PW-ID-GREASE-081p", "An unknown extension in a device list is ignored.", grease), &["ENC-08", "ENC-06"]).mutants(&["D7", "D9"]),
    lists(Case::negative("PW-ID-DEVICE-082n", "A device's generation does not go down.", down), &["ID-07"]).mutants(&["H20"]),
    lists(Case::negative("PW-ID-SERIAL-083n", "A new device has a serial above all that were pinned.", below), &["ID-08"]).mutants(&["H30"]),
    talk(Case::negative("PW-ID-UNLISTED-084n", "A credential has the signing keys of its entry in the list.", other_keys), &["ID-10"]).mutants(&["H5"]),
    lists(Case::negative("PW-ID-SERIES-085n", "Every list of a series is verified.", first_of_two), &["ID-20", "ID-05"]).mutants(&["H5"]),
    talk(Case::positive("PW-ID-RENEW-087p", "A batch serves under the credential that it was published with.", batch_of_old), &["HS-15", "PRE-05"]).needs(Access::L2, RENEW),
    lists(Case::negative_of("PW-ID-KEYS-088n", "An account with keys of unknown types alone is refused.", unknown_first, "alone"), &["ID-22"]),
    lists(Case::negative_of("PW-ID-KEYS-095n", "An account whose first key is of unknown type is refused.", unknown_first, "first"), &["ID-22"]),
    lists(Case::positive_of("PW-ID-KEYS-089p", "An agreement key among account keys is ignored.", more_keys, "0101"), &["ID-22", "ID-03"]),
    lists(Case::positive_of("PW-ID-KEYS-096p", "An account key of unknown type behind a known one is ignored.", more_keys, "0042"), &["ID-03"]),
    talk(Case::negative_of("PW-ID-SUITE-090n", "A credential without the suite's agreement key is refused.", key_missing, "agreement"), &["ID-14"]),
    talk(Case::negative_of("PW-ID-SUITE-097n", "A credential without the suite's signing key is refused.", key_missing, "signing"), &["ID-14"]),
    talk(Case::positive("PW-ID-SUITE-098p", "A further identity key of unknown type is ignored.", key_more), &["ID-03", "ID-14"]),
    talk(Case::negative_of("PW-ID-SUITE-122n", "An initiator's credential without an agreement key is refused.", by_message, "credential-no-agreement-key unsupported_suite"), &["ID-14", "HS-13"]),
    talk(Case::negative_of("PW-ID-SUITE-123n", "An initiator's credential without a signing key is refused.", by_message, "credential-no-signing-key unsupported_suite"), &["ID-14", "HS-13"]),
    talk(Case::positive_of("PW-ID-SUITE-124p", "Keys of unknown types in an initiator's credential are ignored.", unusual_message, "credential-unknown-keys"), &["ID-03", "ID-14"]),
    talk(Case::negative_of("PW-ID-KEYS-125n", "An initiator whose account key is of small order is refused.", by_account, "account-key-small-order bad_signature"), &["SUI-06", "ID-05", "HS-13"]).mutants(&["P7"]),
    talk(Case::negative_of("PW-ID-KEYS-126n", "An initiator whose account key stands in a second encoding is refused.", by_account, "account-key-noncanonical bad_signature"), &["SUI-06", "ID-05", "HS-13"]).mutants(&["P7"]),
    talk(Case::negative_of("PW-ID-KEYS-127n", "An initiator whose first account key is of unknown type is refused.", by_account, "account-key-unknown-first unsupported_suite"), &["ID-22", "HS-13"]),
    talk(Case::negative_of("PW-ID-KEYS-128n", "An initiator with an agreement key as account key is refused.", by_account, "account-key-agreement-first unsupported_suite"), &["ID-22", "HS-13"]),
    talk(Case::positive_of("PW-ID-KEYS-129p", "An initiator's second account key of unknown type is ignored.", account_more, "account-key-unknown-beside"), &["ID-03"]),
    talk(Case::positive_of("PW-ID-KEYS-130p", "An initiator's second account key that agrees is ignored.", account_more, "account-key-agreement-beside"), &["ID-22", "ID-03"]),
    lists(Case::negative_of("PW-ID-SIGNER-131n", "An account's attestation names no signer.", signer_id, "account"), &["ID-18"]),
    lists(Case::negative_of("PW-ID-SIGNER-132n", "A device's attestation names its serial in 8 bytes.", signer_id, "device"), &["ID-18"]),
    talk(Case::negative("PW-ID-UNLISTED-133n", "A credential is the one that its entry refers to.", other_reference), &["ID-10"]).mutants(&["H5"]),
    talk(Case::negative("PW-ID-UNLISTED-134n", "A credential has the generation of its entry.", other_generation), &["ID-10"]).mutants(&["H5"]),
    lists(Case::positive("PW-ID-RENEW-143p", "A renewal keeps serial, beginning and keys, and counts its generation.", renewal_keeps), &["ID-15"]).needs(Access::L2, RENEWAL),
    talk(Case::positive("PW-PRE-GREASE-062p", "An unknown extension of a batch is ignored.", batch_grease), &["ENC-08", "ENC-06"]).mutants(&["D7", "D9"]),
];

/// A GREASE extension with data, as a list's content.
const GREASE: &[u8] = &[0x1a, 0x1a, 2, 0xde, 0xad];
/// A private key that nobody has, hexadecimal.
pub(super) const OTHER: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
/// Its public key (RFC 8032 §7.1, test 1).
pub(super) const OTHER_PUBLIC: [u8; 32] =
    *b"\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a\
    \x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a";

pub(super) fn alice_and_bob(scene: &mut Scene, setup: &Setup) -> Outcome<(Device, Known)> {
    Ok((device(scene, "alice", Home::Iut)?, known(scene, "bob", setup)?))
}

/// Both have a further device; in the control the one that is pinned attests it.
fn attests_itself(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    apply_call(scene, &alice, &bob.device, &bob.device.lists()).accepted()?;
    let list = List::new(2, vec![bob.entry(), Entry::stranger(2, &OTHER_PUBLIC)]);
    let signer = twin.pick(bob.signer(), (2, OTHER));
    let lists = bob.lists(scene, &list, &[signer])?;
    judge(apply_call(scene, &alice, &bob.device, &lists), twin, "unauthorised_device")
}

fn grease(scene: &mut Scene) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let list = List { extensions: GREASE.to_vec(), ..List::new(1, vec![bob.entry()]) };
    let lists = bob.lists(scene, &list, &[])?;
    apply_call(scene, &alice, &bob.device, &lists).accepted().map(drop)
}

/// Generation 3, then 2 (deviant) or 3 again, in a list that the device attests.
fn down(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let entry = Entry { generation: 3, ..bob.entry() };
    let lists = bob.lists(scene, &List::new(1, vec![entry.clone()]), &[])?;
    apply_call(scene, &alice, &bob.device, &lists).accepted()?;
    let entry = Entry { generation: twin.pick(3, 2), ..entry };
    let lists = bob.lists(scene, &List::new(2, vec![entry]), &[bob.signer()])?;
    judge(apply_call(scene, &alice, &bob.device, &lists), twin, "rollback")
}

/// Beside device 5.
fn below(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &Setup { serial: 5, ..USUAL })?;
    apply_call(scene, &alice, &bob.device, &bob.device.lists()).accepted()?;
    let mut devices = vec![bob.entry(), Entry::stranger(twin.pick(6, 3), &OTHER_PUBLIC)];
    devices.sort_by_key(|entry| entry.serial);
    let lists = bob.lists(scene, &List::new(2, devices), &[bob.signer()])?;
    judge(apply_call(scene, &alice, &bob.device, &lists), twin, "unauthorised_device")
}

/// The entry refers to the credential and has another signing key.
fn other_keys(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let served = fetch(scene, &bob.device)?;
    let key = twin.pick(bob.public[0].clone(), OTHER_PUBLIC.to_vec());
    let entry = Entry { signature_keys: vec![(ED25519, key)], ..bob.entry() };
    let lists = bob.lists(scene, &List::new(1, vec![entry]), &[])?;
    let credential = bob.device.credential.clone();
    let changed = bob.bundle(scene, &served, (&lists, &credential), &[])?;
    judge(initiate_call(scene, alice.party, &bob.device, "s", &changed), twin, "not_listed")
}

/// Keys and signatures are right; what was signed is not what stands there.
fn signer_id(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let own = bob.list(scene, &List::new(1, vec![bob.entry()]), &[])?;
    // One attestation of 70 bytes behind its length.
    let (tbs, attestations) = own.split_at(own.len() - 144);
    let signature = attestations.get(attestations.len() - 128..).unwrap_or_default();
    let account = |id: &str| ["01", id, "00014040", signature].concat();
    let device = |id: &str| ["02", id, "00014040", signature].concat();
    let attestations = match (row, twin) {
        (_, Twin::Control) => vec![account("00"), device("080000000000000009")],
        ("account", Twin::Deviant) => vec![account("01aa")],
        _ => vec![account("00"), device("0700000000000009")],
    };
    let attestations: Vec<&str> = attestations.iter().map(String::as_str).collect();
    let list = [tbs, &vector(&attestations)].concat();
    judge(apply_call(scene, &alice, &bob.device, &vector(&[&list])), twin, "malformed")
}

/// Two credentials of one generation, with the same keys.
fn other_reference(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let served = fetch(scene, &bob.device)?;
    let [sign, agree] = bob.public.clone();
    let keys = vec![(ED25519, sign), (X25519, agree)];
    let one = Credential::new(keys.clone());
    let two = Credential { extensions: GREASE.to_vec(), ..Credential::new(keys) };
    let (one, two) = (bob.credential(scene, &one)?, bob.credential(scene, &two)?);
    let entry = bob.entry_of(twin.pick(&one, &two));
    let lists = bob.lists(scene, &List::new(1, vec![entry]), &[])?;
    let changed = bob.bundle(scene, &served, (&lists, &one), &[])?;
    judge(initiate_call(scene, alice.party, &bob.device, "s", &changed), twin, "not_listed")
}

fn other_generation(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let served = fetch(scene, &bob.device)?;
    let entry = Entry { generation: twin.pick(1, 2), ..bob.entry() };
    let lists = bob.lists(scene, &List::new(1, vec![entry]), &[])?;
    let credential = bob.device.credential.clone();
    let changed = bob.bundle(scene, &served, (&lists, &credential), &[])?;
    judge(initiate_call(scene, alice.party, &bob.device, "s", &changed), twin, "not_listed")
}

/// The first list's signature is the second's.
fn first_of_two(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let one = bob.list(scene, &List::new(1, vec![bob.entry()]), &[])?;
    let two = bob.list(scene, &List::new(2, vec![bob.entry()]), &[])?;
    let (body, _) = one.split_at(one.len() - 128);
    let (_, signature) = two.split_at(two.len() - 128);
    let one = twin.pick(one.clone(), [body, signature].concat());
    let lists = vector(&[&one, &two]);
    judge(apply_call(scene, &alice, &bob.device, &lists), twin, "bad_signature")
}

pub(super) fn session(scene: &mut Scene, part: Part) -> Outcome<(Device, Known)> {
    let (iut, bob) = alice_and_bob(scene, &USUAL)?;
    let (from, to) =
        if part == Part::Initiator { (&iut, &bob.device) } else { (&bob.device, &iut) };
    let served = fetch(scene, to)?;
    initiate(scene, from, to, "s", &served)?;
    meet(scene, from, to, "s")?;
    pass(scene, to, from, "s", "hello to you", Step::Dh)?;
    Ok((iut, bob))
}

/// Behind version and account id stand serial, generation, `not_before` and `not_after`.
fn renewal_keeps(scene: &mut Scene) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    scene.advance(86_400, &[alice.party])?;
    let not_after = USUAL.not_after + 86_400;
    let out = scene.call(alice.party, "pw.renew").long("not_after", not_after).accepted()?;
    let (old, new) = (alice.credential.clone(), out.hex("credential")?);
    let part = |text: &str, from: usize, to: usize| text.get(2 * from..2 * to).map(str::to_owned);
    for (what, from, to) in [("version, account and serial", 0, 42), ("not_before", 46, 54)] {
        demand(part(&old, from, to) == part(&new, from, to), &format!("another {what}"))?;
    }
    demand(part(&new, 42, 46).as_deref() == Some("00000002"), "the generation is not 2")?;
    demand(part(&new, 54, 62) == Some(format!("{not_after:016x}")), "another not_after")?;
    let same = super::wire::identity_keys(&old)? == super::wire::identity_keys(&new)?;
    demand(same, "a renewal has other keys")
}

/// Fetched before the responder's renewal, used behind it.
fn batch_of_old(scene: &mut Scene) -> Outcome {
    let (bob, alice) = (device(scene, "bob", Home::Iut)?, device(scene, "alice", Home::Peer)?);
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "s", &served)?;
    let first = send(scene, &alice, "s", "hello")?;
    let call = scene.call(bob.party, "pw.renew");
    call.long("not_after", USUAL.not_after + 86_400).accepted()?;
    accept_call(scene, bob.party, &first, "s").accepted()?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

/// Types that nobody knows, below Ed25519's and above it.
fn unknown_first(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let list = List::new(1, vec![bob.entry()]);
    let kind = if row == "first" { 0x0000 } else { 0x0042 };
    let more = List { more_keys: vec![(kind, vec![7; 32])], ..List::new(1, vec![bob.entry()]) };
    let (account, lists) = match (twin, row) {
        (Twin::Control, _) => (bob.account_of(&list), bob.lists(scene, &list, &[])?),
        (_, "first") => (bob.account_of(&more), bob.lists(scene, &more, &[])?),
        _ => {
            // Without the account's own key: 35 bytes of type, length and key less.
            let lists = bob.lists(scene, &more, &[])?;
            let only = lists.replacen(&bob.device.account_keys[2..], "", 1);
            (bob.account_of(&more), resized(&only, 35))
        }
    };
    let call = scene.call(alice.party, "pw.apply_lists").text("account_id", &account);
    judge(call.text("device_lists", &lists), twin, "unsupported_suite")
}

/// The lengths of the vector of lists and of the account keys, so many bytes less.
fn resized(lists: &str, less: usize) -> String {
    let number = |at: usize, width: usize| {
        usize::from_str_radix(lists.get(at..at + width).unwrap_or_default(), 16).unwrap_or_default()
    };
    // Two bytes of length (a list has more than 63 bytes and fewer than 16,384), version, two bytes.
    let (whole, keys) = (number(0, 4) & 0x3fff, number(6, 4) & 0x3fff);
    let content = lists.get(10..).unwrap_or_default();
    let head = format!("00{:02x}", keys - less);
    format!("{:04x}{head}{content}", (whole - less - 1) | 0x4000)
}

fn more_keys(scene: &mut Scene, row: &'static str) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let kind = u16::from_str_radix(row, 16).unwrap_or(X25519);
    let more = vec![(kind, vec![9; 32])];
    let list = List { more_keys: more, ..List::new(1, vec![bob.entry()]) };
    let (account, lists) = (bob.account_of(&list), bob.lists(scene, &list, &[])?);
    let call = scene.call(alice.party, "pw.apply_lists").text("account_id", &account);
    call.text("device_lists", &lists).accepted().map(drop)
}

/// The peer's bundle with another credential of the same device.
fn with_credential(
    scene: &mut Scene,
    bob: &Known,
    keys: Vec<(u16, Vec<u8>)>,
) -> Outcome<(String, String)> {
    let served = fetch(scene, &bob.device)?;
    let signing = keys.iter().filter(|(kind, _)| *kind < 0x0100).cloned().collect();
    let credential = Credential::new(keys);
    let credential = bob.credential(scene, &credential)?;
    let entry = Entry { signature_keys: signing, ..bob.entry_of(&credential) };
    let lists = bob.lists(scene, &List::new(1, vec![entry]), &[])?;
    Ok((bob.bundle(scene, &served, (&lists, &credential), &[])?, credential))
}

fn key_missing(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let [sign, agree] = bob.public.clone();
    let keys = match (twin, row) {
        (Twin::Control, _) => vec![(ED25519, sign), (X25519, agree)],
        (_, "agreement") => vec![(ED25519, sign)],
        _ => vec![(0x0042, sign), (X25519, agree)],
    };
    let (changed, _) = with_credential(scene, &bob, keys)?;
    let call = initiate_call(scene, alice.party, &bob.device, "s", &changed);
    judge(call, twin, "unsupported_suite")
}

fn key_more(scene: &mut Scene) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let [sign, agree] = bob.public.clone();
    let keys = vec![(ED25519, sign), (X25519, agree), (0x0242, vec![1, 2, 3])];
    let (changed, _) = with_credential(scene, &bob, keys)?;
    initiate(scene, &alice, &bob.device, "s", &changed).map(drop)
}

/// The peer's account as it deviates from its creation on, or an honest one.
fn by_account(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (deviation, class) = row.split_once(' ').unwrap_or((row, ""));
    let bob = device(scene, "bob", Home::Iut)?;
    let alice = account(scene, twin.pick(None, Some(deviation)))?;
    let served = fetch(scene, &bob)?;
    initiate_call(scene, alice.party, &bob, "s", &served).ok()?;
    let first = send(scene, &alice, "s", "hello")?;
    judge(accept_call(scene, bob.party, &first, "s"), twin, class)?;
    if twin == Twin::Deviant { afterwards(scene, &bob, &served) } else { Ok(()) }
}

fn account_more(scene: &mut Scene, row: &'static str) -> Outcome {
    let bob = device(scene, "bob", Home::Iut)?;
    let alice = account(scene, Some(row))?;
    let served = fetch(scene, &bob)?;
    initiate_call(scene, alice.party, &bob, "s", &served).ok()?;
    meet(scene, &alice, &bob, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

fn account(scene: &mut Scene, deviation: Option<&str>) -> Outcome<Device> {
    let party = scene.party("alice", Home::Peer)?;
    let call = create_call(scene, party, &USUAL);
    let out = deviation.into_iter().fold(call, Call::deviate).ok()?;
    Ok(Device {
        party,
        account: out.hex("account_id")?,
        account_keys: out.hex("account_keys")?,
        serial: USUAL.serial,
        credential: out.hex("credential")?,
        list: out.hex("device_list")?,
    })
}

fn batch_grease(scene: &mut Scene) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let generation = publish(scene, &bob.device, 0, 0)?;
    let served = bundle(scene, &bob.device, generation, Keys::LAST)?;
    let (lists, credential) = (bob.device.lists(), bob.device.credential.clone());
    let changed = bob.bundle(scene, &served, (&lists, &credential), GREASE)?;
    initiate(scene, &alice, &bob.device, "s", &changed)?;
    let out = send_call(scene, alice.party, "s", "hello").accepted()?;
    mail(&out, "hello").map(drop)
}
