//! `party.*` and `pw.*` (`conformance/PAIRWISE.md`).

mod delivery;
mod devices;
mod parties;
mod sessions;

use crate::party::{Parties, Party};
use crate::wire::{Answer, Out, Request, Stop, fault};
use crate::{lists, ratchet};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::bundle::decode_prekey_bundle;
use sceau_spec::pairwise::exporter::export;
use sceau_spec::pairwise::frame::decode_device_lists;
use sceau_spec::pairwise::pairs::get_session;
use sceau_spec::pairwise::prekeys::KEM_LAST_RESORT;
use sceau_spec::pairwise::records::encode_changes;
use sceau_spec::pairwise::session::SessionState;
use sceau_spec::pairwise::state::export_state;
use sceau_spec::pairwise::suite::{ED25519, signature_public_key};
use sceau_spec::pairwise::typed_keys::{TypedKey, TypedKeys, issuer_id};
use sceau_spec::pairwise::{device, verification};

/// The commands.
pub const COMMANDS: &[&str] = &[
    "party.new",
    "party.load",
    "party.save",
    "party.free",
    "party.clock",
    "party.policy",
    "party.export_state",
    "party.import_state",
    "party.step_changes",
    "party.reissue_list",
    "party.observe",
    "pw.create",
    "pw.renew",
    "pw.apply_lists",
    "pw.batch",
    "pw.bundle",
    "pw.verify_bundle",
    "pw.initiate",
    "pw.send",
    "pw.receive",
    "pw.accept_session",
    "pw.decline_session",
    "pw.export",
    "pw.mailboxes",
    "pw.safety_number",
    "pw.check_code",
    "pw.expire",
    "pw.delivery_auth",
    "pw.check_delivery_auth",
    "peer.second_device",
    "peer.own_list",
];

/// Runs one.
pub fn run(parties: &mut Parties, request: &mut Request) -> Answer {
    let Some(name) = request.party.clone() else { return fault("no party") };
    match request.cmd.as_str() {
        "party.new" | "party.load" => return parties::appear(parties, &name, request),
        "party.free" => {
            request.knows(&[])?;
            return match parties.remove(&name) {
                Some(_) => Ok(Out::default()),
                None => fault("no such party"),
            };
        }
        "peer.second_device" => return devices::second(parties, &name, request),
        "peer.own_list" => return devices::own_list(parties, &name, request),
        _ => {}
    }
    let Some(party) = parties.get_mut(&name) else { return fault("no such party") };
    match request.cmd.as_str() {
        "party.save" => {
            request.knows(&[])?;
            party.save()?;
            Ok(Out::default().long("changes", parties::changes(party)))
        }
        "party.clock" => {
            request.knows(&["now"])?;
            party.now = request.long("now")?;
            Ok(Out::default())
        }
        "party.policy" => parties::policy(party, request),
        "party.export_state" => {
            request.knows(&[])?;
            if request.deviate.is_empty() {
                return Ok(Out::default().bytes("state", &export_state(party.device()?)));
            }
            let (id, _) = session(party, request)?;
            let state = ratchet::last_in_chain(party.device()?, &id)?;
            Ok(Out::default().bytes("state", &export_state(&state)))
        }
        "party.import_state" => parties::import(party, request),
        "party.step_changes" => {
            request.knows(&[])?;
            Ok(Out::default().bytes("changes", &encode_changes(&party.device()?.changes)))
        }
        "party.observe" => parties::observe(party, request),
        "party.reissue_list" => devices::reissue_list(party, request),
        "pw.delivery_auth" => delivery::make(party, request),
        "pw.check_delivery_auth" => delivery::check(request),
        "pw.create" => devices::create(party, request),
        "pw.renew" => devices::renew(party, request),
        "pw.apply_lists" => {
            request.knows(&["account_id", "device_lists"])?;
            let lists = decode_device_lists(&request.bytes("device_lists")?)?;
            let account = request.bytes("account_id")?;
            let (state, applied) = lists::apply(party, &account, &lists, &request.deviate)?;
            lists::refuse(party, &account, &lists, &request.deviate)?;
            party.state = Some(state);
            let out = Out::default().long("number", applied.number);
            Ok(lists::tell(out, &applied.devices, &request.deviate))
        }
        "pw.batch" => devices::batch(party, request),
        "pw.bundle" => devices::bundle(party, request),
        "pw.verify_bundle" => {
            request.knows(&["account_id", "bundle"])?;
            let bundle = decode_prekey_bundle(&request.bytes("bundle")?)?;
            let account = request.bytes("account_id")?;
            device::check_bundle(party.device()?, &account, &bundle, party.now, &party.policy)?;
            lists::refuse(party, &account, &bundle.device_lists, &request.deviate)?;
            Ok(Out::default()
                .flag("one_time", bundle.one_time_prekey.is_some())
                .flag("last_resort", bundle.kem_prekey.prekey.prekey_type == KEM_LAST_RESORT))
        }
        "pw.initiate" => sessions::initiate(party, request),
        "pw.send" => sessions::send(party, request),
        "pw.receive" => sessions::receive(party, request),
        "pw.accept_session" | "pw.decline_session" => sessions::decide(party, request),
        "pw.export" => {
            request.knows(&["label", "context", "length"])?;
            let (_, session) = session(party, request)?;
            let (label, context) = (request.bytes("label")?, request.bytes("context")?);
            let length = usize::try_from(request.int("length")?).unwrap_or(usize::MAX);
            Ok(Out::default().bytes("secret", &export(&session, &label, &context, length)?))
        }
        "pw.mailboxes" => sessions::mailboxes(party, request),
        "pw.safety_number" => devices::safety_number(party, request),
        "pw.check_code" => {
            request.knows(&["account_id", "code"])?;
            let own = device::own_account(party.device()?);
            verification::check_code(&request.bytes("code")?, &own, &request.bytes("account_id")?)?;
            Ok(Out::default())
        }
        "pw.expire" => {
            request.knows(&[])?;
            party.state = Some(device::expire(party.device()?, party.now, &party.policy));
            Ok(Out::default())
        }
        other => Err(Stop::Unsupported(other.to_owned())),
    }
}

/// The session that a request names.
fn session(party: &Party, request: &Request) -> Result<(Octets, SessionState), Stop> {
    let name = request.session.as_deref().ok_or(Stop::Fault("no session".to_owned()))?;
    let id = party.session(name)?;
    let session = get_session(party.device()?, &id)?;
    Ok((id, session))
}

/// The name that a new session gets; it must be free.
fn new_name(party: &Party, name: Option<&str>) -> Result<Option<String>, Stop> {
    match name {
        Some(name) if party.names.contains_key(name) => fault(format!("session \"{name}\" exists")),
        name => Ok(name.map(str::to_owned)),
    }
}

/// Id and private key of the issuer of a seed.
pub fn issuer(seed: &Option<Octets>) -> Option<(Octets, Octets)> {
    seed.as_ref().map(|seed| {
        let key = TypedKey { key_type: ED25519, key: signature_public_key(seed) };
        (issuer_id(&TypedKeys::new(0).push(&key)), seed.clone())
    })
}
