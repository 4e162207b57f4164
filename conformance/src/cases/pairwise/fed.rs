//! What is fed, or derived from the seed that is fed, must be what the implementation uses: public keys tell.

use super::stage::{Device, Part};
use super::stage::{
    Keys, LIFETIME, TALK, USUAL, accept_call, batch_call, bundle, create_call, demand, device,
    fetch, initiate_call, send,
};
use super::wire;
use crate::case::{Access, Case, Outcome, Stop};
use crate::scene::{Home, Scene};
use crate::wire::Randomness;

/// The cases.
pub const CASES: &[Case] =
    &[Case::positive("PW-RND-FED-009p", "Keys are those that were fed.", fed)
        .clauses(&["RND-01", "HS-04"])
        .needs(Access::L3, TALK)
        .suite(super::PROFILE)
        .with_peer()
        .optional()];

/// The public keys of a private key that the implementation was fed, as the peer computes them: of Ed25519, and of X25519.
fn public(scene: &mut Scene, request: u64, name: &str) -> Outcome<(String, String)> {
    let value = scene.value("alice", request, name, 32);
    let signing = scene.peer("prim.ed25519_public").bytes("secret", &value).ok()?.hex("public")?;
    let agreeing = scene.peer("prim.x25519_base").bytes("scalar", &value).ok()?.hex("point")?;
    Ok((signing, agreeing))
}

fn same(name: &str, got: &str, expected: &str) -> Outcome {
    demand(got == expected, &format!("the public key of {name} is {got}, not {expected}"))
}

fn fed(scene: &mut Scene) -> Outcome {
    if scene.randomness() == Randomness::Own {
        return Err(Stop::Unsupported("the implementation draws its own randomness".to_owned()));
    }
    let (home, peer) = Part::Initiator.homes();
    let party = scene.party("alice", home)?;
    let request = scene.next_id(home);
    let out = create_call(scene, party, &USUAL).ok()?;
    let (account_keys, credential) = (out.hex("account_keys")?, out.hex("credential")?);
    let account = out.hex("account_id")?;
    let list = out.hex("device_list")?;
    let alice = Device { party, account, account_keys, serial: 1, credential, list };
    let signing = public(scene, request, "account_key")?.0;
    same("account_key", alice.account_keys.get(8..).unwrap_or_default(), &signing)?;
    let keys = wire::identity_keys(&alice.credential)?;
    let expected =
        [public(scene, request, "identity_sign")?.0, public(scene, request, "identity_agree")?.1];
    demand(keys == expected, &format!("the identity keys are {keys:?}, not {expected:?}"))?;
    let request = scene.next_id(home);
    let generation = batch_call(scene, party, 1, 0, LIFETIME).ok()?.integer("generation")?;
    let served = bundle(scene, &alice, generation, Keys { one_time: Some(2), kem: 1 })?;
    let places = wire::bundle(&served)?;
    let key = wire::get(&served, &places.signed_prekey.key);
    same("signed_prekey", key, &public(scene, request, "signed_prekey")?.1)?;
    let key = places.one_time_prekey.map(|prekey| wire::get(&served, &prekey.key).to_owned());
    let expected = public(scene, request, "one_time_prekey.0")?.1;
    same("one_time_prekey.0", &key.unwrap_or_default(), &expected)?;
    let bob = device(scene, "bob", peer)?;
    let served = fetch(scene, &bob)?;
    let request = scene.next_id(Home::Iut);
    initiate_call(scene, party, &bob, "s", &served).ok()?;
    let first = send(scene, &alice, "s", "hello")?;
    let key = wire::get(&first.message, &wire::first(&first.message)?.ephemeral_key).to_owned();
    same("ephemeral_key", &key, &public(scene, request, "ephemeral_key")?.1)?;
    let key = accept_call(scene, bob.party, &first, "s").ok()?.hex("x_ratchet_key")?;
    same("ratchet_key", &key, &public(scene, request, "ratchet_key")?.1)
}
