//! Signatures of lists and credentials at the edges of Ed25519's verification.

use super::codec::draft::Draft;
use super::forge::reference;
use super::stage::{Device, LISTS, TALK, device, vector};
use super::twins::{by_bundle, by_message};
use crate::case::{Access, Case, Outcome, Twin};
use crate::cases::vectors::{Row, Set, rows};
use crate::digest::{hex, unhex};
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
    lists(Case::negative_of("PW-ID-EDGE-099n", "A list signed with S above the group's order is refused.", edge, "large_s"), &["SUI-06", "ID-05"]).mutants(&["P4"]),
    lists(Case::negative_of("PW-ID-EDGE-100n", "A list whose signature holds with the cofactor only is refused.", edge, "cofactored_only"), &["SUI-06", "ID-05"]).mutants(&["P6"]),
    lists(Case::negative_of("PW-ID-EDGE-101n", "A list of an account key of small order is refused.", edge, "small_order_key"), &["SUI-06", "ID-05"]).mutants(&["P7"]),
    lists(Case::negative_of("PW-ID-EDGE-102n", "A list of an account key in a second encoding is refused.", edge, "non_canonical_key"), &["SUI-06", "ID-05"]).mutants(&["P7"]),
    lists(Case::negative_of("PW-ID-EDGE-103n", "A list whose signature has an R of small order is refused.", edge, "small_order_r"), &["SUI-06", "ID-05"]).mutants(&["P7"]),
    lists(Case::negative_of("PW-ID-EDGE-104n", "A list whose signature has an R in a second encoding is refused.", edge, "non_canonical_r"), &["SUI-06", "ID-05"]).mutants(&["P7"]),
    lists(Case::positive("PW-ID-EDGE-105p", "A list of an account key of mixed order is accepted.", edge_mixed), &["SUI-06", "ID-05"]).mutants(&["P6", "P7"]),
    talk(Case::negative_of("PW-ID-EDGE-106n", "A list whose signature holds with the cofactor only is refused (bundle).", by_bundle, "list-signature-cofactored bad_signature"), &["SUI-06", "ID-05", "HS-07"]).mutants(&["P6"]),
    talk(Case::negative_of("PW-ID-EDGE-107n", "A list whose signature holds with the cofactor only is refused (message).", by_message, "list-signature-cofactored bad_signature"), &["SUI-06", "ID-05", "HS-13"]).mutants(&["P6"]),
    talk(Case::negative_of("PW-ID-EDGE-108n", "A list whose signature has an R of small order is refused (bundle).", by_bundle, "list-signature-small-order-r bad_signature"), &["SUI-06", "ID-05", "HS-07"]).mutants(&["P7"]),
    talk(Case::negative_of("PW-ID-EDGE-109n", "A list whose signature has an R of small order is refused (message).", by_message, "list-signature-small-order-r bad_signature"), &["SUI-06", "ID-05", "HS-13"]).mutants(&["P7"]),
    talk(Case::negative_of("PW-ID-EDGE-110n", "A list whose signature has an R in a second encoding is refused (bundle).", by_bundle, "list-signature-noncanonical-r bad_signature"), &["SUI-06", "ID-05", "HS-07"]).mutants(&["P7"]),
    talk(Case::negative_of("PW-ID-EDGE-111n", "A list whose signature has an R in a second encoding is refused (message).", by_message, "list-signature-noncanonical-r bad_signature"), &["SUI-06", "ID-05", "HS-13"]).mutants(&["P7"]),
    talk(Case::negative_of("PW-ID-EDGE-112n", "A list whose signature has S above the group's order is refused (bundle).", by_bundle, "list-signature-s-not-reduced bad_signature"), &["SUI-06", "ID-05", "HS-07"]).mutants(&["P4"]),
    talk(Case::negative_of("PW-ID-EDGE-113n", "A list whose signature has S above the group's order is refused (message).", by_message, "list-signature-s-not-reduced bad_signature"), &["SUI-06", "ID-05", "HS-13"]).mutants(&["P4"]),
    talk(Case::negative_of("PW-ID-EDGE-114n", "A credential whose signature holds with the cofactor only is refused (bundle).", by_bundle, "credential-signature-cofactored bad_signature"), &["SUI-06", "ID-11", "HS-07"]).mutants(&["P6"]),
    talk(Case::negative_of("PW-ID-EDGE-115n", "A credential whose signature holds with the cofactor only is refused (message).", by_message, "credential-signature-cofactored bad_signature"), &["SUI-06", "ID-11", "HS-13"]).mutants(&["P6"]),
    talk(Case::negative_of("PW-ID-EDGE-116n", "A credential whose signature has an R of small order is refused (bundle).", by_bundle, "credential-signature-small-order-r bad_signature"), &["SUI-06", "ID-11", "HS-07"]).mutants(&["P7"]),
    talk(Case::negative_of("PW-ID-EDGE-117n", "A credential whose signature has an R of small order is refused (message).", by_message, "credential-signature-small-order-r bad_signature"), &["SUI-06", "ID-11", "HS-13"]).mutants(&["P7"]),
    talk(Case::negative_of("PW-ID-EDGE-118n", "A credential whose signature has an R in a second encoding is refused (bundle).", by_bundle, "credential-signature-noncanonical-r bad_signature"), &["SUI-06", "ID-11", "HS-07"]).mutants(&["P7"]),
    talk(Case::negative_of("PW-ID-EDGE-119n", "A credential whose signature has an R in a second encoding is refused (message).", by_message, "credential-signature-noncanonical-r bad_signature"), &["SUI-06", "ID-11", "HS-13"]).mutants(&["P7"]),
    talk(Case::negative_of("PW-ID-EDGE-120n", "A credential whose signature has S above the group's order is refused (bundle).", by_bundle, "credential-signature-s-not-reduced bad_signature"), &["SUI-06", "ID-11", "HS-07"]).mutants(&["P4"]),
    talk(Case::negative_of("PW-ID-EDGE-121n", "A credential whose signature has S above the group's order is refused (message).", by_message, "credential-signature-s-not-reduced bad_signature"), &["SUI-06", "ID-11", "HS-13"]).mutants(&["P4"]),
];

/// `pw.apply_lists` with the list that a row signs: what is signed stands in `SignContent` behind a
/// label of 30 bytes and its own length of two.
fn signed_call<'s, 'a>(scene: &'s mut Scene<'a>, alice: &Device, row: &Row) -> Call<'s, 'a> {
    let (tbs, key) = (row.get("msg").get(66..).unwrap_or_default(), row.get("public"));
    let account = Draft::new().raw(&unhex(&format!("23000120{key}")).unwrap_or_default());
    let account = hex(&reference("account", account.bytes()));
    let signed = vector(&["010000014040", row.get("signature")]);
    let call = scene.call(alice.party, "pw.apply_lists").text("account_id", &account);
    call.text("device_lists", &vector(&[tbs, &signed]))
}

/// Made beside the repository's other signatures at the edges; the control is an honest one.
fn edge(scene: &mut Scene, twin: Twin, group: &'static str) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    if twin == Twin::Control {
        let honest = rows(Set::Ed25519Lists, "honest")?.first();
        return honest.map_or(Ok(()), |row| signed_call(scene, &alice, row).accepted().map(drop));
    }
    for row in rows(Set::Ed25519Lists, group)? {
        signed_call(scene, &alice, row).refused_with("bad_signature")?;
    }
    Ok(())
}

fn edge_mixed(scene: &mut Scene) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    for row in rows(Set::Ed25519Lists, "mixed_order")? {
        signed_call(scene, &alice, row).accepted()?;
    }
    Ok(())
}
