//! The implementation responds: what it must find wrong in a first message, replays, what a refusal leaves.

use super::stage::{
    Device, Mail, Part, Step, TALK, accept, accept_call, cast, device, event, fetch, initiate,
    initiate_call, mail, pass, send, send_call, waiting,
};
use super::twins::{afterwards, by_message, judge, unusual_message};
use super::wire::{self, Place};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, Scene};

const fn case(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    case.clauses(clauses).mutants(mutants).needs(Access::L2, TALK).suite(super::PROFILE).with_peer()
}

/// A first message that deviates, with all one-time keys.
const fn row(
    id: &'static str,
    title: &'static str,
    deviation: &'static str,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    case(Case::negative_of(id, title, by_message, deviation), clauses, mutants)
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    row("PW-HSR-ZERO-001n", "An ephemeral key of low order is refused (DH2, DH3, DH4).", "low-order-ephemeral low_order", &["SUI-01"], &["P1", "P2"]),
    row("PW-HSR-ZERO-002n", "An initiator's identity key of low order is refused (DH1, DH5).", "low-order-identity low_order", &["SUI-01"], &["P1", "P2"]),
    row("PW-HSR-DH-003n", "DH1 must have been mixed in.", "omit-dh1 undecryptable", &["HS-01"], &["H6", "P15"]),
    row("PW-HSR-DH-004n", "DH2 must have been mixed in.", "omit-dh2 undecryptable", &["HS-01"], &["H6", "P15"]),
    row("PW-HSR-DH-005n", "DH3 must have been mixed in.", "omit-dh3 undecryptable", &["HS-01"], &["H7", "P15"]),
    row("PW-HSR-DH-006n", "DH4 must have been mixed in.", "omit-dh4 undecryptable", &["HS-01"], &["H8", "P15"]),
    row("PW-HSR-DH-007n", "DH5 must have been mixed in.", "omit-dh5 undecryptable", &["HS-01"], &["H27", "P15"]),
    row("PW-HSR-DH-008n", "DH1 and DH2 have their places.", "swap-dh1-dh2 undecryptable", &["HS-01"], &["H6"]),
    row("PW-HSR-DH-009n", "With a one-time prekey DH4 is not zero.", "dh4-zero-although-used undecryptable", &["HS-01"], &["H8"]),
    row("PW-HSR-KEM-010n", "The KEM secret must have been mixed in.", "kem-secret-dropped undecryptable", &["HS-01"], &["P14", "P18"]),
    row("PW-HSR-KEM-011n", "The DH secrets must have been mixed in.", "dh-secrets-dropped undecryptable", &["HS-01"], &["P15"]),
    row("PW-HSR-KEM-012n", "The secrets have their order.", "combiner-swapped undecryptable", &["HS-01"], &["P16"]),
    row("PW-HSR-KEM-013n", "Salt and key material have their places.", "salt-ikm-swapped undecryptable", &["HS-01", "ENC-09"], &["P21"]),
    row("PW-HSR-KEM-014n", "The labels are those of this protocol.", "wrong-label undecryptable", &["ENC-09"], &["P22", "P24"]),
    row("PW-HSR-KEM-015n", "An altered KEM ciphertext is refused where it authenticates.", "kem-ciphertext-corrupted undecryptable", &["SUI-04"], &["P12", "P18"]),
    row("PW-HSR-KEM-016n", "A KEM ciphertext that is too short is refused.", "kem-ciphertext-short malformed", &["SUI-03", "HS-17"], &["P18"]),
    row("PW-HSR-KEM-017n", "A KEM that fails is not left out.", "kem-left-out undecryptable", &["SUI-04", "HS-01"], &["P12", "P18"]),
    row("PW-HSR-BIND-018n", "The suite is bound.", "transcript-without-suite", &["HS-15", "HS-02"], &["H14"]),
    row("PW-HSR-BIND-019n", "The wire format is bound.", "transcript-without-wire-format", &["HS-15", "HS-02"], &["H14"]),
    row("PW-HSR-BIND-020n", "The responder's credential is bound.", "transcript-without-responder-credential", &["HS-15", "HS-02"], &["H11"]),
    row("PW-HSR-BIND-021n", "The initiator's identity is bound.", "transcript-without-initiator-identity", &["HS-15", "HS-02"], &["H11"]),
    row("PW-HSR-BIND-022n", "The batch is bound.", "transcript-without-batch", &["HS-15", "HS-02"], &["H14"]),
    row("PW-HSR-BIND-023n", "The KEM ciphertext is bound.", "transcript-without-kem-ciphertext", &["HS-15", "HS-02"], &["H14"]),
    row("PW-HSR-IDENTITY-024n", "An identity in clear is refused.", "identity-in-clear", &["HS-12"], &["H23"]),
    row("PW-HSR-IDENTITY-025n", "Padding that is not zero is refused.", "identity-padding-nonzero malformed", &["HS-12"], &[]),
    row("PW-HSR-IDENTITY-026n", "Too little padding is refused.", "identity-padding-short malformed", &["HS-12", "HS-17"], &[]),
    row("PW-HSR-IDENTITY-027n", "A block of padding too many is refused.", "identity-padding-long malformed", &["HS-12"], &[]),
    row("PW-HSR-IDENTITY-028n", "Bytes behind the identity are refused.", "identity-trailing malformed", &["HS-12", "ENC-02"], &[]),
    row("PW-HSR-IDENTITY-029n", "The nonce of the identity is derived.", "identity-wrong-nonce undecryptable", &["HS-02", "ENC-09"], &["P22"]),
    row("PW-HSR-TYPE-030n", "A signed prekey is no KEM prekey.", "wrong-prekey-type-kem malformed", &["HS-17", "PRE-09"], &["H10"]),
    row("PW-HSR-SUITE-031n", "A suite that the responder does not prefer is refused.", "suite-preference unsupported_suite credential-grease", &["SUI-08"], &["H14"]),
    case(Case::negative("PW-HSR-PSK-032n", "A PSK mixed in and not named is refused.", psk_unnamed), &["HS-14"], &["H28"]),
    case(Case::negative_of("PW-HSR-PSK-033n", "A PSK named and not mixed in is refused.", psk_deviates, "no-psk-although-named undecryptable"), &["HS-14"], &["H28"]),
    case(Case::negative_of("PW-HSR-PSK-034n", "A PSK that the responder does not have is refused.", psk_differs, "none unknown_psk"), &["HS-14"], &["H28"]),
    case(Case::negative_of("PW-HSR-PSK-035n", "A PSK under another id is refused.", psk_differs, "id unknown_psk"), &["HS-14"], &["H28"]),
    case(Case::negative_of("PW-HSR-PSK-036n", "Another PSK under the same id is refused.", psk_differs, "psk undecryptable"), &["HS-14", "HS-01"], &["H28"]),
    case(Case::negative("PW-HSR-FORGED-037n", "No byte of a first message can be altered.", altered), &["HS-15", "ENC-11"], &["H15", "P19", "P20"]),
    case(Case::negative("PW-HSR-FORGED-038n", "No byte of the sealed identity's tag can be altered.", tag), &["SUI-07"], &["P11", "P19"]),
    case(Case::negative("PW-HSR-FORGED-039n", "A first message cut short or with more behind it is refused.", lengths), &["ENC-02", "HS-17"], &["P19"]),
    case(Case::negative("PW-HSR-FORMAT-040n", "A contact mailbox holds first messages alone.", formats), &["ENV-03"], &["H14"]),
    case(Case::negative("PW-HSR-MIXED-041n", "Handshake and ratchet message of two sessions do not go together.", mixed), &["HS-15", "RAT-14"], &["H15"]),
    case(Case::negative("PW-HSR-DATA-044n", "The caller's authenticated data is bound in a first message.", data), &["RAT-14"], &["H15", "P20"]),
    row("PW-HSR-TYPE-052n", "A signed prekey is no one-time prekey.", "wrong-prekey-type-one-time malformed", &["HS-17", "PRE-09"], &["H10"]),
    row("PW-HSR-TYPE-053n", "A one-time prekey is no signed prekey.", "wrong-prekey-type-signed malformed", &["HS-17", "PRE-09"], &["H10"]),
    row("PW-HSR-FORM-054n", "An ephemeral key that is too short is refused.", "ephemeral-key-short malformed", &["HS-17"], &[]),
    row("PW-HSR-PSK-055n", "An unknown type of PSK is refused.", "psk-type-unknown malformed", &["HS-14", "ENC-05"], &["H28"]),
    case(Case::positive_of("PW-HSR-TOPBIT-057p", "The top bit of an ephemeral key is ignored, and bound.", unusual_message, "ephemeral-top-bit"), &["SUI-02", "HS-15"], &["P3"]),
    case(Case::positive_of("PW-HSR-TOPBIT-058p", "The top bit of an initiator's identity key is ignored, and bound.", unusual_message, "credential-agreement-top-bit"), &["SUI-02", "HS-15"], &["P3"]),
    row("PW-HSR-REFLECT-056n", "An initiator with the responder's own identity is refused.", "reflected-identity reflection", &["HS-11"], &["H17"]),
];

fn row_of(row: &'static str) -> (&'static str, &'static str) {
    row.split_once(' ').unwrap_or((row, ""))
}

/// Alice initiates with an external PSK.
fn with_psk(scene: &mut Scene, twin: Twin, deviation: &str) -> Outcome<(Device, Mail, String)> {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let served = fetch(scene, &bob)?;
    let call = initiate_call(scene, alice.party, &bob, "s", &served)
        .text("psk_id", "6b")
        .text("psk", "5f1e");
    let call = if deviation.is_empty() { call } else { call.deviate_if(twin, deviation) };
    call.ok()?;
    let first = send(scene, &alice, "s", "hello")?;
    Ok((bob, first, served))
}

/// Both callers have the PSK; the control's initiator does not use it.
fn psk_unnamed(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let served = fetch(scene, &bob)?;
    let call = initiate_call(scene, alice.party, &bob, "s", &served);
    let call = match twin {
        Twin::Control => call,
        Twin::Deviant => {
            call.text("psk_id", "6b").text("psk", "5f1e").deviate("psk-not-named-but-mixed")
        }
    };
    call.ok()?;
    let first = send(scene, &alice, "s", "hello")?;
    let call = accept_call(scene, bob.party, &first, "s").text("psk_id", "6b").text("psk", "5f1e");
    judge(call, twin, "undecryptable")?;
    if twin == Twin::Deviant { afterwards(scene, &bob, &served) } else { Ok(()) }
}

fn psk_deviates(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (deviation, class) = row_of(row);
    let (bob, first, served) = with_psk(scene, twin, deviation)?;
    let call = accept_call(scene, bob.party, &first, "s").text("psk_id", "6b").text("psk", "5f1e");
    judge(call, twin, class)?;
    if twin == Twin::Deviant { afterwards(scene, &bob, &served) } else { Ok(()) }
}

fn psk_differs(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (what, class) = row_of(row);
    let (bob, first, _) = with_psk(scene, twin, "")?;
    let (id, psk) = match (twin, what) {
        (Twin::Deviant, "id") => ("6c", "5f1e"),
        (Twin::Deviant, "psk") => ("6b", "5f1f"),
        _ => ("6b", "5f1e"),
    };
    let call = accept_call(scene, bob.party, &first, "s");
    let call = if (twin, what) == (Twin::Deviant, "none") {
        call
    } else {
        call.text("psk_id", id).text("psk", psk)
    };
    judge(call, twin, class)?;
    if twin == Twin::Deviant {
        let call = accept_call(scene, bob.party, &first, "s");
        event(&call.text("psk_id", "6b").text("psk", "5f1e").accepted()?, &bob, "new_session")?;
    }
    Ok(())
}

/// Alice's first message, and it with a byte of some places altered.
fn with_altered(
    scene: &mut Scene,
    twin: Twin,
    places: impl Fn(&wire::First) -> Vec<(Place, usize)>,
) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let first = send(scene, &alice, "s", "hello")?;
    if twin == Twin::Deviant {
        for (place, at) in places(&wire::first(&first.message)?) {
            let wrong = Mail { message: wire::turn(&first.message, &place, at), ..first.clone() };
            accept_call(scene, bob.party, &wrong, "s").refused()?;
        }
    }
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

fn altered(scene: &mut Scene, twin: Twin) -> Outcome {
    with_altered(scene, twin, |parts| {
        let mut places: Vec<(Place, usize)> =
            (0..parts.ephemeral_key.start).map(|at| (0..0, at)).collect();
        for part in
            [&parts.ephemeral_key, &parts.kem_ciphertext, &parts.sealed_identity, &parts.message]
        {
            for at in [0, 1, part.len() / 3, part.len() / 2, part.len() - 17, part.len() - 1] {
                places.push((part.clone(), at));
            }
        }
        places
    })
}

fn tag(scene: &mut Scene, twin: Twin) -> Outcome {
    with_altered(scene, twin, |parts| {
        let end = parts.sealed_identity.len();
        (end - 16..end).map(|at| (parts.sealed_identity.clone(), at)).collect()
    })
}

fn lengths(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let first = send(scene, &alice, "s", "hello")?;
    if twin == Twin::Deviant {
        let parts = wire::first(&first.message)?;
        let bytes = first.message.len() / 2;
        for length in [0, 1, 5, parts.ephemeral_key.end, parts.handshake.end, bytes - 17, bytes - 1]
        {
            let message = wire::get(&first.message, &(0..length)).to_owned();
            accept_call(scene, bob.party, &Mail { message, ..first.clone() }, "s")
                .refused_with("malformed")?;
        }
        let message = first.message.clone() + "00";
        accept_call(scene, bob.party, &Mail { message, ..first.clone() }, "s")
            .refused_with("malformed")?;
    }
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

fn formats(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let first = send(scene, &alice, "s", "hello")?;
    if twin == Twin::Deviant {
        for format in ["00", "01", "03", "0a", "ff"] {
            let message = wire::put(&first.message, &(0..1), format);
            accept_call(scene, bob.party, &Mail { message, ..first.clone() }, "s")
                .refused_with("malformed")?;
        }
    }
    accept(scene, &bob, &first, "s").map(drop)
}

fn mixed(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let carol = device(scene, "carol", Home::Peer)?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &carol, &bob, "c", &served)?;
    let (one, two) = (send(scene, &alice, "s", "hello")?, send(scene, &carol, "c", "hello")?);
    let (here, there) = (wire::first(&one.message)?, wire::first(&two.message)?);
    let other = wire::get(&two.message, &there.message);
    let message = twin.pick(one.message.clone(), wire::put(&one.message, &here.message, other));
    judge(
        accept_call(scene, bob.party, &Mail { message, ..one.clone() }, "s"),
        twin,
        "undecryptable",
    )?;
    if twin == Twin::Deviant {
        accept(scene, &bob, &one, "s")?;
    }
    accept(scene, &bob, &two, "c").map(drop)
}

fn data(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let call = send_call(scene, alice.party, "s", "hello").text("authenticated_data", "aa00");
    let first = mail(&call.ok()?, "hello")?;
    let call = accept_call(scene, bob.party, &first, "s");
    judge(call.text("authenticated_data", twin.pick("aa00", "aa01")), twin, "undecryptable")?;
    if twin == Twin::Deviant {
        accept_call(scene, bob.party, &first, "s").refused_with("undecryptable")?;
        accept_call(scene, bob.party, &first, "s").text("authenticated_data", "aa00").accepted()?;
    }
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}
