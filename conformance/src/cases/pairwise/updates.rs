//! Renewals announced in a session, put together by the runner: whose they are is looked at first, then the lists, then the
//! keys (FRM-06).

use super::devices::{OTHER_PUBLIC, session};
use super::forge::{Credential, ED25519, Entry, Known, List, X25519, attested};
use super::stage::{Device, Part, Step, TALK, device, mail, pass, receive_call, vector};
use super::twins::judge;
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, Scene};

const fn talk(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, TALK).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    talk(Case::negative("PW-FRM-RENEWAL-041n", "A renewal announced is that of the session's own device.", renewal_of_another), &["FRM-06", "FRM-05"]),
    talk(Case::negative("PW-FRM-RENEWAL-042n", "A renewal in a session keeps the signing keys.", renewal_with_keys), &["FRM-06", "ID-15"]),
    talk(Case::negative_of("PW-FRM-RENEWAL-043n", "A renewal of another device is refused as that, although nobody entitled attests its list.", order, "device identity_mismatch"), &["FRM-06", "FRM-05"]),
    talk(Case::negative_of("PW-FRM-RENEWAL-044n", "A renewal of another account is refused as that, whatever its lists are.", order, "account identity_mismatch"), &["FRM-06", "FRM-05"]),
    talk(Case::negative_of("PW-FRM-RENEWAL-045n", "A renewal with other signing keys and a list that nobody entitled attests is refused for the list.", order, "keys unauthorised_device"), &["FRM-06", "ID-08"]),
    talk(Case::negative_of("PW-FRM-RENEWAL-046n", "A renewal with other signing keys and a wrongly signed list is refused for the signature.", order, "signature bad_signature"), &["FRM-06", "ID-05"]),
];

/// A `credential_update` in the session, as the runner has put it together.
fn announced(
    scene: &mut Scene,
    twin: Twin,
    (iut, bob): (&Device, &Known),
    body: &str,
    class: &str,
) -> Outcome {
    let call = scene.call(bob.device.party, "pw.send").session("s").integer("content_type", 2);
    let news = mail(&call.text("body", body).deviate("body-unchecked").ok()?, "")?;
    judge(receive_call(scene, iut.party, &news, Step::Same), twin, class)?;
    pass(scene, iut, &bob.device, "s", "still there", Step::Dh)
}

/// The list has both devices; the credential is that of the one, or of the other.
fn renewal_of_another(scene: &mut Scene, twin: Twin) -> Outcome {
    let (iut, bob) = session(scene, Part::Initiator)?;
    let keys = vec![(ED25519, OTHER_PUBLIC.to_vec()), (X25519, vec![9; 32])];
    let other = bob.credential(scene, &Credential { serial: 2, ..Credential::new(keys) })?;
    let entry = Entry {
        serial: 2,
        signature_keys: vec![(ED25519, OTHER_PUBLIC.to_vec())],
        ..bob.entry_of(&other)
    };
    let list = List::new(2, vec![bob.entry(), entry]);
    let lists = bob.lists(scene, &list, &[bob.signer()])?;
    let body = lists + twin.pick(&bob.device.credential, &other);
    announced(scene, twin, (&iut, &bob), &body, "identity_mismatch")
}

/// The old key attests the new one, as a renewal's list must be.
fn renewal_with_keys(scene: &mut Scene, twin: Twin) -> Outcome {
    let (iut, bob) = session(scene, Part::Initiator)?;
    let [sign, agree] = bob.public.clone();
    let sign = twin.pick(sign, OTHER_PUBLIC.to_vec());
    let keys = vec![(ED25519, sign.clone()), (X25519, agree)];
    let renewed = bob.credential(scene, &Credential { generation: 2, ..Credential::new(keys) })?;
    let signature_keys = vec![(ED25519, sign)];
    let entry = Entry { generation: 2, signature_keys, ..bob.entry_of(&renewed) };
    let lists = bob.lists(scene, &List::new(2, vec![entry]), &[bob.signer()])?;
    announced(scene, twin, (&iut, &bob), &(lists + &renewed), "identity_mismatch")
}

/// Two things are wrong in the deviant twin: the one that is looked at first decides.
fn order(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (what, class) = row.split_once(' ').unwrap_or((row, ""));
    let (iut, bob) = session(scene, Part::Initiator)?;
    let carol = device(scene, "carol", Home::Peer)?;
    let [sign, agree] = bob.public.clone();
    let renewed = |key: &[u8]| {
        let keys = vec![(ED25519, key.to_vec()), (X25519, agree.clone())];
        Credential { generation: 2, ..Credential::new(keys) }
    };
    let own = bob.credential(scene, &renewed(&sign))?;
    let other_keys = bob.credential(scene, &renewed(&OTHER_PUBLIC))?;
    let second = bob.credential(scene, &Credential { serial: 2, ..renewed(&OTHER_PUBLIC) })?;
    let with = |credential: &str, serial: u64, key: &[u8]| Entry {
        serial,
        generation: 2,
        signature_keys: vec![(ED25519, key.to_vec())],
        ..bob.entry_of(credential)
    };
    let (entries, credential) = match (twin, what) {
        (Twin::Control, _) => (vec![with(&own, 1, &sign)], own),
        (_, "device") => (vec![bob.entry(), with(&second, 2, &OTHER_PUBLIC)], second),
        (_, "account") => (vec![with(&own, 1, &sign)], carol.credential),
        _ => (vec![with(&other_keys, 1, &OTHER_PUBLIC)], other_keys),
    };
    let (tbs, mut all) = bob.signed(scene, &List::new(2, entries), &[bob.signer()])?;
    match (twin, what) {
        (Twin::Control, _) => {}
        (_, "device" | "keys") => all.truncate(1),
        _ => {
            for attestation in &mut all {
                attestation.signature[5] ^= 1;
            }
        }
    }
    let body = vector(&[&attested(&tbs, &all)]) + &credential;
    announced(scene, twin, (&iut, &bob), &body, class)
}
