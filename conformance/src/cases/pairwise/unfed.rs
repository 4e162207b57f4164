//! Randomness of the implementation's own: these cases run unfed in every run, since one that is fed
//! says nothing about the generator that is used in earnest.

use super::handshake::{differ, fresh, fresh_again};
use super::ratchet::sending::keys;
use super::stage::{
    Device, Keys, Part, STORED, TALK, accept, bundle, cast, demand, device, fetch, initiate,
    publish, restart, send,
};
use super::wire;
use crate::case::{Access, Case, Outcome};
use crate::scene::{Home, Scene};
use std::collections::BTreeSet;

const fn case(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, TALK).suite(super::PROFILE).with_peer().unfed()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive("PW-RND-HANDSHAKE-001p", "Unfed, every handshake has its own ephemeral key and ciphertext.", fresh), &["HS-04", "RND-01"]).mutants(&["H19"]),
    case(Case::positive("PW-RND-HANDSHAKE-002p", "Unfed, two bundles of one device give two ephemeral keys.", fresh_again), &["HS-04", "RND-01"]).mutants(&["H19"]),
    case(Case::positive("PW-RND-RATCHET-003p", "Unfed, the initiator sends under a new ratchet key after each answer.", |s| keys(s, Part::Initiator)), &["RAT-12", "RND-01"]).mutants(&["R15"]),
    case(Case::positive("PW-RND-RATCHET-004p", "Unfed, the responder sends under a new ratchet key after each answer.", |s| keys(s, Part::Responder)), &["RAT-12", "RND-01"]).mutants(&["R15"]),
    case(Case::positive("PW-RND-KEYS-005p", "Unfed, no key of two accounts, devices or batches is another's.", apart), &["RND-01", "ID-02"]),
    case(Case::positive("PW-RND-PROCESS-006p", "Unfed, a process that starts again draws other keys.", started_again), &["RND-01"]),
    case(Case::positive("PW-RND-COPY-007p", "Unfed, two copies of a state draw different keys.", copied), &["RND-01", "HS-04"]).needs(Access::L2, STORED),
    case(Case::positive("PW-RND-STEP-008p", "Unfed, two copies of a session answer under different ratchet keys.", copied_session), &["RND-01", "RAT-12"]).needs(Access::L2, STORED),
];

/// Every public key of a device and of a new batch of its.
fn public_keys(scene: &mut Scene, name: &'static str) -> Outcome<Vec<String>> {
    let device = device(scene, name, Home::Iut)?;
    let mut keys = wire::identity_keys(&device.credential)?;
    keys.push(device.account_keys.clone());
    for _ in 0..2 {
        let generation = publish(scene, &device, 1, 1)?;
        for pair in [Keys::BOTH, Keys::LAST] {
            let served = bundle(scene, &device, generation, pair)?;
            let parts = wire::bundle(&served)?;
            if pair == Keys::BOTH {
                keys.push(wire::get(&served, &parts.signed_prekey.key).to_owned());
            }
            let one_time = parts.one_time_prekey.iter().map(|prekey| &prekey.key);
            for place in one_time.chain([&parts.kem_prekey.key]) {
                keys.push(wire::get(&served, place).to_owned());
            }
        }
    }
    Ok(keys)
}

fn all_apart(keys: Vec<String>) -> Outcome {
    let mut seen = BTreeSet::new();
    for key in keys {
        let start: String = key.chars().take(16).collect();
        demand(seen.insert(key), &format!("the key {start}… was drawn twice"))?;
    }
    Ok(())
}

fn apart(scene: &mut Scene) -> Outcome {
    let mut keys = public_keys(scene, "alice")?;
    keys.extend(public_keys(scene, "carol")?);
    all_apart(keys)
}

fn started_again(scene: &mut Scene) -> Outcome {
    let mut keys = public_keys(scene, "alice")?;
    for name in ["carol", "dave"] {
        scene.kill(Home::Iut)?;
        keys.extend(public_keys(scene, name)?);
    }
    all_apart(keys)
}

/// The same step from the same stored state, in two processes.
fn copied(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let served = fetch(scene, &bob)?;
    restart(scene, &alice)?;
    let mut messages = Vec::new();
    for _ in 0..2 {
        initiate(scene, &alice, &bob, "s", &served)?;
        messages.push(send(scene, &alice, "s", "hello")?.message);
        scene.kill(Home::Iut)?;
        scene.load(alice.party)?;
    }
    differ(&messages[0], &messages[1])
}

/// The peer, too, goes back to read both.
fn copied_session(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let served = fetch(scene, &bob)?;
    restart(scene, &bob)?;
    initiate(scene, &alice, &bob, "s", &served)?;
    let first = send(scene, &alice, "s", "hello")?;
    scene.save(alice.party)?;
    let mut answered = Vec::new();
    for _ in 0..2 {
        accept(scene, &bob, &first, "s")?;
        let answer = send(scene, &bob, "s", "hello to you")?;
        answered.push(read(scene, &alice, &answer)?);
        scene.kill(Home::Iut)?;
        scene.load(bob.party)?;
        scene.call(alice.party, "party.free").ok()?;
        scene.load(alice.party)?;
    }
    demand(answered[0] != answered[1], "two copies of a session drew one ratchet key")
}

fn read(scene: &mut Scene, alice: &Device, answer: &super::stage::Mail) -> Outcome<String> {
    let out = super::stage::receive(scene, alice, answer, super::stage::Step::Dh)?;
    out.hex("x_ratchet_key")
}
