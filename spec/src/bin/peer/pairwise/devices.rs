//! Accounts, batches and bundles.

use super::issuer;
use crate::forge;
use crate::party::{Parties, Party};
use crate::second_device::second_device;
use crate::wire::{Answer, Out, Request, Stop, fault, unhex};
use hacspec_lib::Seq;
use sceau_spec::octets::{to_uint_be, u64_be};
use sceau_spec::pairwise::bundle::encode_prekey_bundle;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::enrolment::{
    self, Enrolment, check_batch_request, check_enrolment, identity_sign, next_batch_generation,
};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::{encode_credential, encode_device_list};
use sceau_spec::pairwise::prekeys::{BatchRandomness, PublishedBatch, encode_published_batch};
use sceau_spec::pairwise::state::{AccountState, DeviceState, commit};
use sceau_spec::pairwise::suite::{ED25519, Suites, choose_suite};
use sceau_spec::pairwise::typed_keys::{
    account_id, decode_typed_keys, encode_typed_keys, find_key,
};
use sceau_spec::pairwise::{device, verification};

pub fn create(party: &mut Party, request: &mut Request) -> Answer {
    request.knows(&[
        "serial",
        "not_before",
        "not_after",
        "suites",
        "list_number",
        "issuer_seed",
    ])?;
    if party.state.is_some() {
        return fault("the party has an account");
    }
    let mut suites = Suites::new(0);
    for suite in request.list("suites")? {
        match unhex(&suite) {
            Some(suite) if suite.len() == 2 => suites = suites.push(&(to_uint_be(&suite) as u16)),
            _ => return fault("suites"),
        }
    }
    let issuer_seed = request.optional("issuer_seed")?;
    if issuer_seed.as_ref().is_some_and(|seed| seed.len() != 32) {
        return fault("issuer_seed");
    }
    let serial = request.int("serial")?;
    let list_number = request.optional_int("list_number")?.unwrap_or(1);
    // Refused before anything is drawn.
    let (not_before, not_after) = (request.long("not_before")?, request.long("not_after")?);
    check_enrolment(serial, list_number, &suites, not_before, not_after)?;
    let enrolment = Enrolment {
        serial,
        not_before,
        not_after,
        suites,
        list_number,
        issuer: issuer(&issuer_seed),
        account_key: request.draw("account_key", 32)?,
        identity_sign: request.draw("identity_sign", 32)?,
        identity_agree: request.draw("identity_agree", 32)?,
    };
    let mut state = device::create(&enrolment, party.now)?;
    if !request.deviate.is_empty() {
        state = forge::create(&state, &enrolment, &request.deviate)?;
    }
    party.issuer_seed = issuer_seed;
    Ok(created(party, state))
}

/// Gives a party its device, and tells of it.
fn created(party: &mut Party, state: DeviceState) -> Out {
    let keys = state.account.device_list.tbs.account_keys.clone();
    let out = Out::default()
        .bytes("account_id", &account_id(&keys))
        .bytes("account_keys", &encode_typed_keys(&keys))
        .bytes("credential", &encode_credential(&state.account.credential))
        .bytes("device_list", &encode_device_list(&state.account.device_list));
    party.state = Some(state);
    out
}

/// `peer.second_device`: a further device of another party's account.
pub fn second(parties: &mut Parties, name: &str, request: &mut Request) -> Answer {
    request.knows(&["of"])?;
    let of = request.text("of")?.unwrap_or_default();
    let Some(first) = parties.get(of) else { return fault("no such party") };
    let (of, seed) = (first.device()?.clone(), first.issuer_seed.clone());
    let Some(party) = parties.get_mut(name) else { return fault("no such party") };
    if party.state.is_some() {
        return fault("the party has an account");
    }
    let sign = request.draw("identity_sign", 32)?;
    let agree = request.draw("identity_agree", 32)?;
    let state = second_device(&of, &sign, &agree, &issuer(&seed), party.now)?;
    party.issuer_seed = seed;
    Ok(created(party, state))
}

/// `peer.own_list`: a party takes the list of another device of its account for its own, or makes one
/// without a device of it.
pub fn own_list(parties: &mut Parties, name: &str, request: &Request) -> Answer {
    request.knows(&["of", "without"])?;
    let of = request.text("of")?.unwrap_or_default();
    let Some(other) = parties.get(of) else { return fault("no such party") };
    let mut list = other.device()?.account.device_list.clone();
    let Some(party) = parties.get_mut(name) else { return fault("no such party") };
    let state = party.device()?.clone();
    let own = &state.account;
    let keys = encode_typed_keys(&own.device_list.tbs.account_keys);
    if encode_typed_keys(&list.tbs.account_keys) != keys {
        return fault("of another account");
    }
    if let Some(serial) = request.optional_int("without")? {
        let left = (0..list.tbs.devices.len()).map(|i| list.tbs.devices[i].clone());
        list.tbs.devices = Seq::from_vec(left.filter(|entry| entry.serial != serial).collect());
        (list.tbs.number, list.tbs.issued_at) = (list.tbs.number + 1, party.now);
        let account_key = find_key(&own.account_private, ED25519).ok_or(ErrorClass::Misuse)?;
        let device = Some((u64_be(own.credential.tbs.serial), identity_sign(&state)?));
        let issuer = issuer(&party.issuer_seed);
        list = sign_device_list(list.tbs, &account_key, &Cosigners { device, issuer });
    }
    let out = Out::default().bytes("device_list", &encode_device_list(&list));
    let account = AccountState { device_list: list, ..own.clone() };
    party.state = Some(commit(&DeviceState { account, ..state }));
    Ok(out)
}

pub fn renew(party: &mut Party, request: &Request) -> Answer {
    request.knows(&["not_after"])?;
    let issuer = issuer(&party.issuer_seed);
    let not_after = request.long("not_after")?;
    let state = device::renew(party.device()?, not_after, &issuer, party.now, &party.policy)?;
    let out = Out::default()
        .bytes("credential", &encode_credential(&state.account.credential))
        .bytes("device_list", &encode_device_list(&state.account.device_list));
    party.state = Some(state);
    Ok(out)
}

pub fn reissue_list(party: &mut Party, request: &Request) -> Answer {
    request.knows(&[])?;
    let state = device::reissue_list(party.device()?, party.now, &party.policy)?;
    let out = Out::default()
        .bytes("credential", &encode_credential(&state.account.credential))
        .bytes("device_list", &encode_device_list(&state.account.device_list));
    party.state = Some(state);
    Ok(out)
}

pub fn batch(party: &mut Party, request: &mut Request) -> Answer {
    request.knows(&["one_time", "kem_one_time", "lifetime"])?;
    let (one_time, kem) = (request.int("one_time")?, request.int("kem_one_time")?);
    let lifetime = request.long("lifetime")?;
    let device = party.device()?;
    // Refused before anything is drawn.
    check_batch_request(party.now, lifetime, one_time, kem)?;
    next_batch_generation(device)?;
    let suites = device.account.credential.tbs.suites.clone();
    choose_suite(&suites, &suites)?;
    let mut random = BatchRandomness {
        signed_prekey: request.draw("signed_prekey", 32)?,
        kem_last_resort: request.draw("kem_last_resort", 64)?,
        ..BatchRandomness::default()
    };
    for i in 0..one_time {
        let key = request.draw(&format!("one_time_prekey.{i}"), 32)?;
        random.one_time_prekeys = random.one_time_prekeys.push(&key);
    }
    for i in 0..kem {
        let key = request.draw(&format!("kem_prekey.{i}"), 64)?;
        random.kem_prekeys = random.kem_prekeys.push(&key);
    }
    let (state, published) =
        device::create_batch(party.device()?, lifetime, &random, party.now, &party.policy)?;
    let out = Out::default()
        .bytes("published", &encode_published_batch(&published))
        .int("generation", u64::from(published.batch.tbs.generation));
    party.state = Some(state);
    party.published.push(published);
    Ok(out)
}

/// The published batch of a generation.
fn published(party: &Party, generation: u64) -> Result<PublishedBatch, Stop> {
    let of = |batch: &&PublishedBatch| u64::from(batch.batch.tbs.generation) == generation;
    match party.published.iter().find(of) {
        Some(batch) => Ok(batch.clone()),
        None => fault("no such batch"),
    }
}

pub fn bundle(party: &mut Party, request: &Request) -> Answer {
    request.knows(&["generation", "one_time_id", "kem_id"])?;
    let generation = request.int("generation")?;
    let published = published(party, generation)?;
    let id = |id: u64| u32::try_from(id).map_err(|_| Stop::Fault("id".to_owned()));
    let one_time_id = request.optional_int("one_time_id")?.map(id).transpose()?;
    let state = party.device()?;
    let own = &state.account;
    // The credential under which the batch was published, as long as the device keeps it.
    let credential = (0..state.batches.len())
        .map(|i| state.batches[i].clone())
        .find(|batch| u64::from(batch.batch.tbs.generation) == generation)
        .map_or(own.credential.clone(), |batch| batch.credential);
    let bundle = enrolment::bundle(
        &published,
        &own.device_list,
        &credential,
        one_time_id,
        id(request.int("kem_id")?)?,
    )?;
    let encoded = match forge::bundle(party, &published, &bundle, &request.deviate)? {
        Some((encoded, deviating)) => {
            party.presented.push(deviating);
            encoded
        }
        None => encode_prekey_bundle(&bundle),
    };
    Ok(Out::default().bytes("bundle", &encoded))
}

pub fn safety_number(party: &Party, request: &Request) -> Answer {
    request.knows(&["account_keys"])?;
    let keys = decode_typed_keys(&request.bytes("account_keys")?)?;
    let digits = device::safety_number(party.device()?, &keys)?;
    let own = device::own_account(party.device()?);
    let code = verification::verification_code(&own, &account_id(&keys))?;
    let digits = String::from_utf8_lossy(digits.native_slice()).into_owned();
    Ok(Out::default().text("digits", &digits).bytes("code", &code))
}
