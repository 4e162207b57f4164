//! `party.*`: a party, its policy, its state.

use super::session;
use crate::party::{Parties, Party, set_limit};
use crate::wire::{Answer, Out, Request, fault, octets};
use hacspec_lib::Seq;
use sceau_spec::octets::empty;
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::skipped::stored_keys;
use sceau_spec::pairwise::state::{DeviceState, import_state};
use sceau_spec::pairwise::typed_keys::decode_typed_keys;

pub fn changes(party: &Party) -> u64 {
    party.state.as_ref().map_or(0, |state| state.head.changes)
}

/// `party.new` and `party.load`.
pub fn appear(parties: &mut Parties, name: &str, request: &Request) -> Answer {
    if parties.contains_key(name) {
        return fault("the party exists");
    }
    let folder = request.text("folder")?.unwrap_or_default();
    let now = request.long("now")?;
    if request.cmd == "party.new" {
        request.knows(&["folder", "now"])?;
        parties.insert(name.to_owned(), Party::new(folder, now));
        return Ok(Out::default());
    }
    request.knows(&["folder", "now", "least_changes"])?;
    let least = request.optional_long("least_changes")?.unwrap_or(0);
    let party = Party::load(folder, now, least)?;
    let account = party.state.as_ref().map_or_else(empty, device::own_account);
    let out = Out::default()
        .bytes("account_id", &account)
        .long("changes", changes(&party))
        .list("sessions", party.names.keys().cloned().collect());
    parties.insert(name.to_owned(), party);
    Ok(out)
}

pub fn policy(party: &mut Party, request: &Request) -> Answer {
    request.knows(&["require_issuer", "issuers", "limits"])?;
    let mut policy = party.policy.clone();
    for limit in request.list("limits")? {
        set_limit(&mut policy.limits, &limit)?;
    }
    if request.optional_int("require_issuer")?.is_some() {
        policy.require_issuer = request.flag("require_issuer")?;
    }
    if request.input.contains_key("issuers") {
        policy.issuers = Seq::new(0);
        for issuer in request.list("issuers")? {
            policy.issuers = policy.issuers.push(&decode_typed_keys(&octets(&issuer)?)?);
        }
    }
    party.policy = policy;
    Ok(Out::default())
}

pub fn import(party: &mut Party, request: &Request) -> Answer {
    request.knows(&["state", "least_changes"])?;
    let least = request.optional_long("least_changes")?.unwrap_or(0);
    let state = import_state(&request.bytes("state")?, least)?;
    party.names.clear();
    for i in 0..state.sessions.len() {
        party.name_of(&state.sessions[i].session_id);
    }
    let out = Out::default()
        .bytes("account_id", &device::own_account(&state))
        .long("changes", state.head.changes);
    party.state = Some(state);
    Ok(out)
}

/// The names of the statuses.
const STATUSES: [&str; 6] = ["", "waiting", "established", "unaccepted", "archived", "closed"];

pub fn observe(party: &mut Party, request: &Request) -> Answer {
    request.knows(&[])?;
    let none = DeviceState::default();
    let state = party.state.as_ref().unwrap_or(&none);
    let out = Out::default()
        .bytes("digest", &party.digest())
        .int("sessions", state.sessions.len() as u64)
        .int("prekeys", state.prekeys.len() as u64)
        .int("replay", state.replay.len() as u64);
    if request.session.is_none() {
        return Ok(out);
    }
    let (_, session) = session(party, request)?;
    let next = |chain: &Option<sceau_spec::pairwise::session::ChainState>| {
        chain.as_ref().map_or(0, |chain| u64::from(chain.next))
    };
    Ok(out
        .text("status", STATUSES[session.status as usize])
        .int("skipped_keys", stored_keys(&session.skipped) as u64)
        .int("n_send", next(&session.sending))
        .int("n_receive", next(&session.receiving))
        .bytes("session_id", &session.session_id))
}
