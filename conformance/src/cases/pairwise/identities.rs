//! Device lists, credentials, issuers; as initiator from a bundle, as responder from a first message.

use super::stage::{
    DAY, LISTS, PINNED, Part, Setup, Step, TALK, USUAL, accept, accept_call, connect, demand,
    device, device_as, fetch, initiate, initiate_call, meet, pass, send, vector, waiting,
};
use super::twins::{
    apply_call, by_bundle, by_bundle_pinned, by_message, by_message_pinned, handshake, judge,
    unusual_bundle, unusual_message,
};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, START, Scene};

const fn both(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, TALK).suite(super::PROFILE).with_peer()
}

const fn pinned(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, PINNED).suite(super::PROFILE).with_peer()
}

const fn lists(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, LISTS).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    both(Case::negative_of("PW-ID-LISTSIG-001n", "A bundle's list must be signed by its account.", by_bundle, "list-bad-account-signature bad_signature"), &["ID-05", "HS-07"]).mutants(&["H5"]),
    both(Case::negative_of("PW-ID-LISTSIG-002n", "An initiator's list must be signed by its account.", by_message, "list-bad-account-signature bad_signature"), &["ID-05", "HS-13"]).mutants(&["H5"]),
    both(Case::negative_of("PW-ID-LISTKEY-003n", "A bundle's list must be of the account expected.", by_bundle, "list-wrong-account-key identity_mismatch"), &["ID-04", "HS-07"]).mutants(&["H5"]),
    both(Case::negative_of("PW-ID-LISTKEY-004n", "An initiator's list must be of the account expected.", by_message, "list-wrong-account-key identity_mismatch"), &["ID-04", "HS-13"]).mutants(&["H5"]),
    both(Case::negative_of("PW-ID-STALE-005n", "A bundle's stale list is refused.", by_bundle, "list-stale stale_list"), &["ID-09"]),
    both(Case::negative_of("PW-ID-STALE-006n", "An initiator's stale list is refused.", by_message, "list-stale stale_list"), &["ID-09", "HS-13"]),
    both(Case::negative_of("PW-ID-FUTURE-007n", "A bundle's list from the future is refused.", by_bundle, "list-future not_yet_valid"), &["ID-09"]),
    both(Case::negative_of("PW-ID-FUTURE-008n", "An initiator's list from the future is refused.", by_message, "list-future not_yet_valid"), &["ID-09", "HS-13"]),
    both(Case::negative_of("PW-ID-CREDSIG-009n", "A responder's credential must be signed by its account.", by_bundle, "credential-bad-account-signature bad_signature"), &["ID-11", "HS-07"]).mutants(&["H5"]),
    both(Case::negative_of("PW-ID-CREDSIG-010n", "An initiator's credential must be signed by its account.", by_message, "credential-bad-account-signature bad_signature"), &["ID-11", "HS-13"]).mutants(&["H5"]),
    both(Case::negative_of("PW-ID-EXPIRED-011n", "A responder's expired credential is refused.", by_bundle, "credential-expired expired"), &["ID-12"]),
    both(Case::negative_of("PW-ID-EXPIRED-012n", "An initiator's expired credential is refused.", by_message, "credential-expired expired"), &["ID-12", "HS-13"]),
    both(Case::negative_of("PW-ID-EARLY-013n", "A responder's credential must be valid already.", by_bundle, "credential-not-yet-valid not_yet_valid"), &["ID-12"]),
    both(Case::negative_of("PW-ID-EARLY-014n", "An initiator's credential must be valid already.", by_message, "credential-not-yet-valid not_yet_valid"), &["ID-12", "HS-13"]),
    both(Case::negative_of("PW-ID-UNLISTED-015n", "A responder's credential must be in the list.", by_bundle, "credential-not-listed not_listed"), &["ID-10", "HS-07"]),
    both(Case::negative_of("PW-ID-UNLISTED-016n", "An initiator's credential must be in the list.", by_message, "credential-not-listed not_listed"), &["ID-10", "HS-13"]),
    both(Case::negative_of("PW-ID-OTHER-017n", "A responder's credential must be of the list's account.", by_bundle, "credential-other-account identity_mismatch"), &["ID-10", "HS-07"]),
    both(Case::negative_of("PW-ID-OTHER-018n", "An initiator's credential must be of the list's account.", by_message, "credential-other-account identity_mismatch"), &["ID-10", "HS-13"]),
    pinned(Case::negative_of("PW-ID-ADDED-019n", "A device that nobody entitled added is refused in a bundle.", by_bundle_pinned, "list-unauthorised-device unauthorised_device list-added-device"), &["ID-08"]).mutants(&["H30"]),
    pinned(Case::negative_of("PW-ID-ADDED-020n", "A device that nobody entitled added is refused in a first message.", by_message_pinned, "list-unauthorised-device unauthorised_device list-added-device"), &["ID-08", "HS-13"]).mutants(&["H30", "H20"]),
    pinned(Case::negative_of("PW-ID-ROLLBACK-021n", "A bundle's list older than the pinned one is refused.", by_bundle_pinned, "list-rollback rollback"), &["ID-06"]).mutants(&["H20"]),
    pinned(Case::negative_of("PW-ID-FORK-023n", "Another list with the pinned one's number is refused in a bundle.", by_bundle_pinned, "list-fork rollback"), &["ID-06"]).mutants(&["H20"]),
    pinned(Case::negative_of("PW-ID-FORK-024n", "Another list with the pinned one's number is refused in a message.", by_message_pinned, "list-fork rollback"), &["ID-06", "HS-13"]).mutants(&["H20"]),
    pinned(Case::negative_of("PW-ID-DEVICE-025n", "A device's keys do not change within a generation (bundle).", by_bundle_pinned, "list-device-rollback rollback"), &["ID-07"]).mutants(&["H20"]),
    pinned(Case::negative_of("PW-ID-DEVICE-026n", "A device's keys do not change within a generation (message).", by_message_pinned, "list-device-rollback rollback"), &["ID-07", "HS-13"]).mutants(&["H20"]),
    lists(Case::negative("PW-ID-SKEW-035n", "A list may be from clock_skew ahead, not more.", list_ahead), &["ID-09", "LIM-02"]),
    both(Case::negative("PW-ID-SKEW-036n", "A credential may begin clock_skew ahead, not more (bundle).", credential_ahead), &["ID-12", "LIM-02"]),
    both(Case::negative("PW-ID-SKEW-037n", "A credential may begin clock_skew ahead, not more (message).", initiator_ahead), &["ID-12", "LIM-02"]),
    both(Case::negative("PW-ID-AGE-038n", "A bundle's list may be max_list_age old, not more.", list_old), &["ID-09", "LIM-02"]),
    both(Case::negative("PW-ID-AGE-039n", "An initiator's list may be max_list_age old, not more.", initiator_list_old), &["ID-09", "LIM-02"]),
    both(Case::positive("PW-ID-AGE-144p", "A bundle's list of exactly max_list_age is accepted.", |s| list_old(s, Twin::Control)), &["ID-09", "LIM-02"]),
    both(Case::positive("PW-ID-AGE-145p", "An initiator's list of exactly max_list_age is accepted.", |s| initiator_list_old(s, Twin::Control)), &["ID-09", "LIM-02"]),
    both(Case::negative("PW-ID-END-040n", "A responder's credential ends at not_after.", credential_ends), &["ID-12", "LIM-02"]),
    both(Case::negative("PW-ID-END-041n", "An initiator's credential ends at not_after.", initiator_ends), &["ID-12", "LIM-02"]),
    lists(Case::negative("PW-ID-LISTS-042n", "Lists are of the account that the caller names.", other_account), &["ID-04"]).mutants(&["H5", "H20"]),
    lists(Case::negative("PW-ID-LISTS-043n", "No lists at all are refused.", no_lists), &["ID-20"]),
    lists(Case::negative("PW-ID-LISTS-044n", "Lists of two accounts are refused together.", two_accounts), &["ID-20"]),
    lists(Case::negative("PW-ID-LISTS-045n", "Bytes behind a list are refused.", list_trailing), &["ENC-02"]),
    both(Case::positive("PW-ID-TOLD-055p", "Both callers are told account and device of the other.", told), &["HS-16"]),
    both(Case::negative("PW-ID-EXPECT-056n", "An initiator other than the expected account is refused.", unexpected), &["ID-04", "HS-13"]).mutants(&["H20"]),
    both(Case::positive("PW-ID-SUITES-057p", "Unknown suites in a credential are ignored.", unknown_suites), &["SUI-08", "SUI-09"]),
    pinned(Case::negative_of("PW-ID-ATTEST-058n", "An added device's attestation must verify (bundle).", by_bundle_pinned, "list-wrong-device-attestation bad_signature list-added-device"), &["ID-08", "ID-19"]).mutants(&["H30"]),
    pinned(Case::negative_of("PW-ID-ATTEST-059n", "An added device's attestation must verify (message).", by_message_pinned, "list-wrong-device-attestation bad_signature list-added-device"), &["ID-08", "ID-19"]).mutants(&["H30"]),
    pinned(Case::negative_of("PW-ID-ATTEST-060n", "A renewal needs a device's attestation (bundle).", by_bundle_pinned, "list-unsigned-renewal unauthorised_device credential-grease"), &["ID-08"]).mutants(&["H30", "H20"]),
    pinned(Case::negative_of("PW-ID-ATTEST-061n", "A renewal needs a device's attestation (message).", by_message_pinned, "list-unsigned-renewal unauthorised_device credential-grease"), &["ID-08"]).mutants(&["H30", "H20"]),
    both(Case::negative_of("PW-ID-FORM-062n", "A list of another version is refused.", by_bundle, "list-version unsupported_version"), &["ID-01"]),
    both(Case::negative_of("PW-ID-FORM-063n", "Devices out of order are refused.", by_bundle, "list-devices-unordered malformed list-added-device"), &["ID-01"]),
    both(Case::negative_of("PW-ID-FORM-064n", "A list's number is not 0.", by_bundle, "list-number-zero malformed"), &["ID-01"]),
    both(Case::negative_of("PW-ID-FORM-065n", "Lists out of order are refused.", by_bundle, "lists-unordered malformed"), &["ID-20"]),
    both(Case::negative_of("PW-ID-FORM-066n", "A credential of another version is refused.", by_bundle, "credential-version unsupported_version"), &["ID-01"]),
    both(Case::negative_of("PW-ID-FORM-067n", "A credential that names a suite twice is refused.", by_bundle, "credential-suites-repeated malformed credential-grease"), &["ID-01"]),
    both(Case::negative_of("PW-ID-FORM-068n", "A credential with a device's attestation is refused.", by_bundle, "credential-device-attestation malformed credential-grease"), &["ID-18"]),
    both(Case::negative_of("PW-ID-FORM-069n", "An initiator's list of another version is refused.", by_message, "list-version unsupported_version"), &["ID-01"]),
    both(Case::negative_of("PW-ID-FORM-070n", "An initiator's lists out of order are refused.", by_message, "lists-unordered malformed"), &["ID-20"]),
    both(Case::negative_of("PW-ID-FORM-071n", "An initiator's credential of another version is refused.", by_message, "credential-version unsupported_version"), &["ID-01"]),
    both(Case::negative_of("PW-ID-FORM-072n", "An initiator's credential with a device's attestation is refused.", by_message, "credential-device-attestation malformed credential-grease"), &["ID-18"]),
    both(Case::negative_of("PW-ID-FORM-073n", "An initiator without lists is refused.", by_message, "identity-lists-empty malformed"), &["ID-20"]),
    both(Case::positive_of("PW-ID-GREASE-074p", "An unknown extension in a responder's credential is ignored.", unusual_bundle, "credential-grease"), &["ENC-08"]).mutants(&["D7"]),
    both(Case::positive_of("PW-ID-GREASE-075p", "An unknown extension in an initiator's credential is ignored.", unusual_message, "credential-grease"), &["ENC-08"]).mutants(&["D7"]),
    both(Case::positive_of("PW-ID-GREASE-076p", "An unknown suite in a responder's credential is ignored.", unusual_bundle, "credential-unknown-suite"), &["SUI-09"]).mutants(&["D7"]),
    both(Case::positive_of("PW-ID-GREASE-077p", "An unknown suite in an initiator's credential is ignored.", unusual_message, "credential-unknown-suite"), &["SUI-09"]).mutants(&["D7"]),
    both(Case::positive_of("PW-ID-ADDED-078p", "A further device in the list of a responder is no hindrance.", unusual_bundle, "list-added-device"), &["ID-08"]),
    both(Case::positive_of("PW-ID-ADDED-079p", "A further device in the list of an initiator is no hindrance.", unusual_message, "list-added-device"), &["ID-08"]),
];

/// The list alone, so that nothing else can be too early.
fn list_ahead(scene: &mut Scene, twin: Twin) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    scene.advance(twin.pick(300, 301), &[])?;
    let bob = device(scene, "bob", Home::Peer)?;
    judge(apply_call(scene, &alice, &bob, &bob.lists()), twin, "not_yet_valid")
}

fn credential_ahead(scene: &mut Scene, twin: Twin) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    let setup = Setup { not_before: START + twin.pick(300, 301), ..USUAL };
    let bob = device_as(scene, "bob", Home::Peer, &setup)?;
    handshake(scene, twin, "not_yet_valid", &alice, &bob)
}

fn initiator_ahead(scene: &mut Scene, twin: Twin) -> Outcome {
    let setup = Setup { not_before: START + twin.pick(300, 301), ..USUAL };
    let alice = device_as(scene, "alice", Home::Peer, &setup)?;
    let bob = device(scene, "bob", Home::Iut)?;
    handshake(scene, twin, "not_yet_valid", &alice, &bob)
}

/// The responder's list gets old before it publishes.
fn list_old(scene: &mut Scene, twin: Twin) -> Outcome {
    let bob = device(scene, "bob", Home::Peer)?;
    scene.advance(30 * DAY, &[bob.party])?;
    let served = fetch(scene, &bob)?;
    scene.advance(twin.pick(0, 1), &[])?;
    let alice = device(scene, "alice", Home::Iut)?;
    judge(initiate_call(scene, alice.party, &bob, "s", &served), twin, "stale_list")
}

/// The initiator's list gets old while its message waits.
fn initiator_list_old(scene: &mut Scene, twin: Twin) -> Outcome {
    let alice = device(scene, "alice", Home::Peer)?;
    scene.advance(29 * DAY, &[alice.party])?;
    let bob = device(scene, "bob", Home::Iut)?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "s", &served)?;
    let first = send(scene, &alice, "s", "hello")?;
    scene.advance(DAY + twin.pick(0, 1), &[bob.party])?;
    judge(accept_call(scene, bob.party, &first, "s"), twin, "stale_list")
}

fn credential_ends(scene: &mut Scene, twin: Twin) -> Outcome {
    let setup = Setup { not_after: START + DAY, ..USUAL };
    let bob = device_as(scene, "bob", Home::Peer, &setup)?;
    let served = fetch(scene, &bob)?;
    scene.advance(DAY - twin.pick(1, 0), &[])?;
    let alice = device(scene, "alice", Home::Iut)?;
    judge(initiate_call(scene, alice.party, &bob, "s", &served), twin, "expired")
}

fn initiator_ends(scene: &mut Scene, twin: Twin) -> Outcome {
    let setup = Setup { not_after: START + DAY, ..USUAL };
    let alice = device_as(scene, "alice", Home::Peer, &setup)?;
    let bob = device(scene, "bob", Home::Iut)?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "s", &served)?;
    let first = send(scene, &alice, "s", "hello")?;
    scene.advance(DAY - twin.pick(1, 0), &[bob.party])?;
    judge(accept_call(scene, bob.party, &first, "s"), twin, "expired")
}

fn other_account(scene: &mut Scene, twin: Twin) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    let bob = device(scene, "bob", Home::Peer)?;
    let carol = device(scene, "carol", Home::Peer)?;
    judge(
        apply_call(scene, &alice, twin.pick(&bob, &carol), &bob.lists()),
        twin,
        "identity_mismatch",
    )
}

fn no_lists(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = (device(scene, "alice", Home::Iut)?, device(scene, "bob", Home::Peer)?);
    let lists = twin.pick(bob.lists(), vector(&[]));
    judge(apply_call(scene, &alice, &bob, &lists), twin, "malformed")
}

fn two_accounts(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = (device(scene, "alice", Home::Iut)?, device(scene, "bob", Home::Peer)?);
    let carol = device_as(scene, "carol", Home::Peer, &Setup { list_number: 2, ..USUAL })?;
    let lists = twin.pick(bob.lists(), vector(&[&bob.list, &carol.list]));
    judge(apply_call(scene, &alice, &bob, &lists), twin, "malformed")
}

fn list_trailing(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = (device(scene, "alice", Home::Iut)?, device(scene, "bob", Home::Peer)?);
    let lists = bob.lists() + twin.pick("", "00");
    judge(apply_call(scene, &alice, &bob, &lists), twin, "malformed")
}

fn told(scene: &mut Scene) -> Outcome {
    let bob = device_as(scene, "bob", Home::Peer, &Setup { serial: 7, ..USUAL })?;
    let alice = device_as(scene, "alice", Home::Iut, &Setup { serial: 3, ..USUAL })?;
    let served = fetch(scene, &bob)?;
    let out = initiate(scene, &alice, &bob, "s", &served)?;
    out.is("account_id", &bob.account)?;
    demand(out.integer("serial")? == 7, "pw.initiate tells another device")?;
    let out = meet(scene, &alice, &bob, "s")?;
    out.is("account_id", &alice.account)?;
    let served = fetch(scene, &alice)?;
    let carol = device_as(scene, "carol", Home::Peer, &Setup { serial: 9, ..USUAL })?;
    initiate(scene, &carol, &alice, "c", &served)?;
    let out = meet(scene, &carol, &alice, "c")?;
    out.is("account_id", &carol.account)?;
    demand(out.integer("serial")? == 9, "pw.receive tells another device")
}

fn unexpected(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let carol = device(scene, "carol", Home::Peer)?;
    let first = send(scene, &alice, "s", "hello")?;
    let call = accept_call(scene, bob.party, &first, "s");
    let expected = twin.pick(&alice.account, &carol.account);
    judge(call.text("expected_account", expected), twin, "identity_mismatch")?;
    if twin == Twin::Deviant {
        accept(scene, &bob, &first, "s")?;
    }
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

fn unknown_suites(scene: &mut Scene) -> Outcome {
    let strange = Setup { suites: &["f123", "0a0a", "0001", "f124"], ..USUAL };
    let alice = device(scene, "alice", Home::Iut)?;
    let bob = device_as(scene, "bob", Home::Peer, &strange)?;
    connect(scene, &alice, &bob, "s")?;
    let carol = device_as(scene, "carol", Home::Peer, &strange)?;
    connect(scene, &carol, &alice, "c")
}
