//! The list that is pinned, met again (ID-06), others of its number, and older ones (ID-24).

use super::devices::{OTHER, OTHER_PUBLIC, alice_and_bob, session};
use super::forge::{Attestation, Credential, ED25519, Entry, Known, List, X25519, attested};
use super::frame::typed_call;
use super::new_devices::devices;
use super::stage::{
    DAY, Device, Keys, LISTS, Mail, PINNED, Part, Step, USUAL, accept, accept_call, bundle_call,
    cast, demand, device, fetch, initiate, initiate_call, mail, meet, pass, publish, receive_call,
    send, talk, vector,
};
use super::twins::{apply_call, judge, pin};
use crate::case::{Access, Case, Outcome, Stop, Twin};
use crate::scene::{Home, START, Scene};

const fn with(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, PINNED).suite(super::PROFILE).with_peer()
}

const fn lists(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, LISTS).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    with(Case::positive_of("PW-ID-SAMELIST-066p", "A list that differs in attestations is the pinned one (first message).", other_attestations, "message list-other-attestations"), &["ID-06"]),
    with(Case::positive_of("PW-ID-SAMELIST-067p", "A list that differs in attestations is the pinned one (bundle).", other_attestations, "bundle list-other-attestations"), &["ID-06"]),
    with(Case::positive_of("PW-ID-SAMELIST-179p", "The pinned list is taken in a first message, however wrong a device's attestation in it is.", other_attestations, "message list-broken-attestation"), &["ID-06", "ID-19"]),
    with(Case::positive_of("PW-ID-SAMELIST-180p", "The pinned list is taken in a bundle, however wrong a device's attestation in it is.", other_attestations, "bundle list-broken-attestation"), &["ID-06", "ID-19"]),
    with(Case::positive_of("PW-ID-SAMELIST-181p", "The pinned list is taken in a first message, however wrong its account's signature is.", other_attestations, "message list-broken-account-signature"), &["ID-06", "ID-05"]),
    with(Case::positive_of("PW-ID-SAMELIST-182p", "The pinned list is taken in a bundle, however wrong its account's signature is.", other_attestations, "bundle list-broken-account-signature"), &["ID-06", "ID-05"]),
    with(Case::positive("PW-ID-OLDER-068p", "A first message may carry a list older than the pinned one.", older), &["ID-24"]),
    with(Case::negative("PW-ID-OLDER-069n", "What stands for an older list is the pinned one, its age included.", older_and_stale), &["ID-24", "ID-09"]),
    lists(Case::negative_of("PW-ID-SAMELIST-146n", "The pinned list without its account's attestation is the pinned one; another one is refused.", met_again, "account-missing bad_signature"), &["ID-06", "ID-05"]),
    lists(Case::negative_of("PW-ID-SAMELIST-147n", "So it is with a wrong attestation of the account.", met_again, "account-wrong bad_signature"), &["ID-06", "ID-05"]),
    lists(Case::negative_of("PW-ID-SAMELIST-148n", "So it is with a wrong attestation of a pinned device.", met_again, "device-wrong bad_signature"), &["ID-06", "ID-19"]),
    lists(Case::negative_of("PW-ID-SAMELIST-149n", "So it is with an attestation of a type that is not its signer's.", met_again, "device-type malformed"), &["ID-06", "ID-18"]),
    lists(Case::positive_of("PW-ID-SAMEKEY-150p", "A list that has renewed a signing key is met again (applied).", renewed_key, "applied"), &["ID-06", "ID-15"]),
    with(Case::positive_of("PW-ID-SAMEKEY-151p", "A list that has renewed a signing key is met again (bundle).", renewed_key, "bundle"), &["ID-06", "ID-15"]),
    with(Case::positive_of("PW-ID-SAMEKEY-152p", "A list that has renewed a signing key is met again (announced).", renewed_key, "announced"), &["ID-06", "ID-16"]),
    lists(Case::negative("PW-ID-SAMEAGE-153n", "The pinned list is too old like any other.", too_old), &["ID-06", "ID-09"]),
    lists(Case::negative("PW-ID-FORK-154n", "Another list of the pinned one's number is refused, however well attested.", fork), &["ID-06"]),
    lists(Case::negative("PW-ID-FORK-155n", "Of another list of the pinned one's number the signatures are verified first.", forged_fork), &["ID-06", "ID-19", "ID-05"]),
];

/// The peer's list says what the pinned one does, and is attested otherwise.
fn other_attestations(scene: &mut Scene, row: &'static str) -> Outcome {
    let (way, deviation) = row.split_once(' ').unwrap_or((row, ""));
    let part = if way == "message" { Part::Responder } else { Part::Initiator };
    let (alice, bob) = cast(scene, part)?;
    if way == "message" {
        apply_call(scene, &bob, &alice, &alice.lists()).accepted()?;
        let served = fetch(scene, &bob)?;
        initiate_call(scene, alice.party, &bob, "s", &served).deviate(deviation).ok()?;
        meet(scene, &alice, &bob, "s")?;
        apply_call(scene, &bob, &alice, &alice.lists()).ok()?;
        return pass(scene, &bob, &alice, "s", "hello to you", Step::Dh);
    }
    apply_call(scene, &alice, &bob, &bob.lists()).accepted()?;
    let generation = publish(scene, &bob, 1, 1)?;
    let served = bundle_call(scene, bob.party, generation, Keys::BOTH).deviate(deviation).ok()?;
    initiate(scene, &alice, &bob, "s", &served.hex("bundle")?)?;
    apply_call(scene, &alice, &bob, &bob.lists()).ok()?;
    meet(scene, &alice, &bob, "s").map(drop)
}

/// Alice has signed her list anew, and Bob has it; her first message, so much later, carries an older one.
fn outdated(scene: &mut Scene, later: u64) -> Outcome<(Device, Device, Mail)> {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let out = scene.call(alice.party, "party.reissue_list").ok()?;
    let newer = vector(&[&out.hex("device_list")?]);
    apply_call(scene, &bob, &alice, &newer).accepted()?;
    scene.advance(later, &[alice.party, bob.party])?;
    let served = fetch(scene, &bob)?;
    let call = initiate_call(scene, alice.party, &bob, "s", &served);
    call.deviate("list-older").ok()?;
    let first = send(scene, &alice, "s", "hello")?;
    Ok((alice, bob, first))
}

fn older(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = outdated(scene, DAY)?;
    let out = accept(scene, &bob, &first, "s")?;
    devices(&out, &[], &[])?;
    talk(scene, &bob, &alice, "s")?;
    let out = scene.call(alice.party, "party.reissue_list").ok()?;
    let newest = vector(&[&out.hex("device_list")?]);
    apply_call(scene, &bob, &alice, &newest).accepted().map(drop)
}

/// In the deviant twin the pinned list is a second older than `max_list_age` when the message comes.
fn older_and_stale(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob, first) = outdated(scene, 20 * DAY)?;
    scene.advance(10 * DAY + twin.pick(0, 1), &[alice.party, bob.party])?;
    judge(accept_call(scene, bob.party, &first, "s"), twin, "stale_list")
}

/// List 2 of the account: what is signed, and the attestations by account and device.
fn second_list(scene: &mut Scene, bob: &Known) -> Outcome<(Vec<u8>, [Attestation; 2])> {
    let (tbs, all) = bob.signed(scene, &List::new(2, vec![bob.entry()]), &[bob.signer()])?;
    let all = <[Attestation; 2]>::try_from(all);
    all.map(|all| (tbs, all)).map_err(|_| Stop::Inconclusive("not two attestations".to_owned()))
}

/// In the control twin the list is pinned already, rightly attested.
fn met_again(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (what, class) = row.split_once(' ').unwrap_or((row, ""));
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    pin(scene, &alice, &bob.device)?;
    let (tbs, right) = second_list(scene, &bob)?;
    let [mut account, mut device] = right.clone();
    match what {
        "device-wrong" => device.signature[5] ^= 1,
        "device-type" => device.kind = X25519,
        _ => account.signature[5] ^= 1,
    }
    let kept = if what == "account-missing" { vec![device] } else { vec![account, device] };
    let (right, spoilt) = (attested(&tbs, &right), attested(&tbs, &kept));
    if twin == Twin::Deviant {
        apply_call(scene, &alice, &bob.device, &vector(&[&spoilt])).refused_with(class)?;
        return apply_call(scene, &alice, &bob.device, &vector(&[&right])).accepted().map(drop);
    }
    apply_call(scene, &alice, &bob.device, &vector(&[&right])).accepted()?;
    same(scene, &alice, &bob.device, &vector(&[&spoilt]))?;
    // In front of the next one, too.
    let third = bob.list(scene, &List::new(3, vec![bob.entry()]), &[])?;
    let out = apply_call(scene, &alice, &bob.device, &vector(&[&spoilt, &third])).accepted()?;
    demand(out.long("number")? == 3, "the series ends with list 3")
}

/// List 2, and nothing is new.
fn same(scene: &mut Scene, at: &Device, of: &Device, lists: &str) -> Outcome {
    let before = scene.digest(at.party)?;
    let out = apply_call(scene, at, of, lists).ok()?;
    demand(out.long("number")? == 2, "another list is pinned")?;
    devices(&out, &[], &[])?;
    demand(before == scene.digest(at.party)?, "the pinned list, met again, changes the state")
}

/// The device's new key stands in the list, its old one has attested it.
fn renewed_key(scene: &mut Scene, way: &'static str) -> Outcome {
    let (alice, bob) = match way {
        "announced" => session(scene, Part::Initiator)?,
        _ => alice_and_bob(scene, &USUAL)?,
    };
    if way != "announced" {
        pin(scene, &alice, &bob.device)?;
    }
    let [_, agree] = bob.public.clone();
    let keys = vec![(ED25519, OTHER_PUBLIC.to_vec()), (X25519, agree)];
    let renewed = bob.credential(scene, &Credential { generation: 2, ..Credential::new(keys) })?;
    let signature_keys = vec![(ED25519, OTHER_PUBLIC.to_vec())];
    let entry = Entry { generation: 2, signature_keys, ..bob.entry_of(&renewed) };
    let lists = bob.lists(scene, &List::new(2, vec![entry.clone()]), &[bob.signer()])?;
    apply_call(scene, &alice, &bob.device, &lists).accepted()?;
    match way {
        "bundle" => {
            let served = fetch(scene, &bob.device)?;
            let of = bob.device.clone();
            let bob = bob.with_key(OTHER, &OTHER_PUBLIC);
            let served = bob.bundle(scene, &served, (&lists, &renewed), &[])?;
            devices(&initiate(scene, &alice, &of, "s", &served)?, &[], &[])
        }
        "announced" => {
            let call = typed_call(scene, bob.device.party, 3, &lists).deviate("body-unchecked");
            let news = mail(&call.ok()?, "")?;
            receive_call(scene, alice.party, &news, Step::Same).accepted()?;
            pass(scene, &alice, &bob.device, "s", "seen", Step::Dh)
        }
        _ => {
            same(scene, &alice, &bob.device, &lists)?;
            let third = bob.lists(scene, &List::new(3, vec![entry]), &[(1, OTHER)])?;
            apply_call(scene, &alice, &bob.device, &third).accepted().map(drop)
        }
    }
}

/// In the deviant twin it is a second older than `max_list_age`.
fn too_old(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = (device(scene, "alice", Home::Iut)?, device(scene, "bob", Home::Peer)?);
    pin(scene, &alice, &bob)?;
    scene.advance(30 * DAY + twin.pick(0, 1), &[alice.party])?;
    let call = apply_call(scene, &alice, &bob, &bob.lists());
    match twin {
        Twin::Control => call.ok().map(drop),
        Twin::Deviant => call.refused_with("stale_list"),
    }
}

/// Issued a second later; in the control twin it has the next number.
fn fork(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    pin(scene, &alice, &bob.device)?;
    let list = List { issued_at: START + 1, ..List::new(twin.pick(2, 1), vec![bob.entry()]) };
    let lists = bob.lists(scene, &list, &[bob.signer()])?;
    judge(apply_call(scene, &alice, &bob.device, &lists), twin, "rollback")
}

/// The account's signature is wrong; in the control twin it is that of the pinned list.
fn forged_fork(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    pin(scene, &alice, &bob.device)?;
    let list = List { issued_at: START + twin.pick(0, 1), ..List::new(1, vec![bob.entry()]) };
    let (tbs, mut all) = bob.signed(scene, &list, &[])?;
    for attestation in &mut all {
        attestation.signature[5] ^= 1;
    }
    let call = apply_call(scene, &alice, &bob.device, &vector(&[&attested(&tbs, &all)]));
    match twin {
        Twin::Control => call.ok().map(drop),
        Twin::Deviant => call.refused_with("bad_signature"),
    }
}
