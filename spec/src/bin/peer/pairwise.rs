//! `party.*` and `pw.*` (`conformance/PAIRWISE.md`).

use crate::party::{Between, Parties, Party, set_limit};
use crate::wire::{Answer, Out, Request, Stop, fault, hex, octets, unhex};
use crate::{forge, handshake, ratchet, responder, rules};
use hacspec_lib::Seq;
use sceau_spec::octets::{Octets, empty, repeat, to_uint_be, u16_be};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::bundle::{decode_prekey_bundle, encode_prekey_bundle};
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::enrolment::{self, Enrolment};
use sceau_spec::pairwise::envelope::{incoming_mailboxes, outgoing_mailbox};
use sceau_spec::pairwise::error::{ErrorClass, check};
use sceau_spec::pairwise::frame::{InnerFrame, decode_device_lists};
use sceau_spec::pairwise::identities::{
    TypedKey, TypedKeys, account_id, decode_typed_keys, encode_credential, encode_device_list,
    encode_typed_keys, issuer_id,
};
use sceau_spec::pairwise::initiate::{InitiateRandomness, external_psk};
use sceau_spec::pairwise::limits::{MAX_BATCH_KEYS, MAX_BATCH_LIFETIME};
use sceau_spec::pairwise::pairs::get_session;
use sceau_spec::pairwise::prekeys::{
    BatchRandomness, KEM_LAST_RESORT, PublishedBatch, encode_published_batch,
};
use sceau_spec::pairwise::ratchet::{export, receiving_step};
use sceau_spec::pairwise::records::encode_changes;
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::session::{SessionState, find_session};
use sceau_spec::pairwise::skipped::stored_keys;
use sceau_spec::pairwise::state::{DeviceState, export_state, import_state};
use sceau_spec::pairwise::suite::{ED25519, Suites, signature_public_key};
use sceau_spec::pairwise::verification;

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
];

/// Runs one.
pub fn run(parties: &mut Parties, request: &mut Request) -> Answer {
    let Some(name) = request.party.clone() else { return fault("no party") };
    match request.cmd.as_str() {
        "party.new" | "party.load" => return appear(parties, &name, request),
        "party.free" => {
            request.knows(&[])?;
            return match parties.remove(&name) {
                Some(_) => Ok(Out::default()),
                None => fault("no such party"),
            };
        }
        _ => {}
    }
    let Some(party) = parties.get_mut(&name) else { return fault("no such party") };
    match request.cmd.as_str() {
        "party.save" => {
            request.knows(&[])?;
            party.save()?;
            Ok(Out::default().long("changes", changes(party)))
        }
        "party.clock" => {
            request.knows(&["now"])?;
            party.now = request.long("now")?;
            Ok(Out::default())
        }
        "party.policy" => policy(party, request),
        "party.export_state" => {
            request.knows(&[])?;
            if request.deviate.is_empty() {
                return Ok(Out::default().bytes("state", &export_state(party.device()?)));
            }
            let (id, _) = session(party, request)?;
            let state = ratchet::last_in_chain(party.device()?, &id)?;
            Ok(Out::default().bytes("state", &export_state(&state)))
        }
        "party.import_state" => import(party, request),
        "party.step_changes" => {
            request.knows(&[])?;
            Ok(Out::default().bytes("changes", &encode_changes(&party.device()?.changes)))
        }
        "party.observe" => observe(party, request),
        "pw.create" => create(party, request),
        "pw.renew" => renew(party, request),
        "pw.apply_lists" => {
            request.knows(&["account_id", "device_lists"])?;
            let lists = decode_device_lists(&request.bytes("device_lists")?)?;
            let account = request.bytes("account_id")?;
            let (state, number) =
                device::apply_lists(party.device()?, &account, &lists, party.now, &party.policy)?;
            party.state = Some(state);
            Ok(Out::default().long("number", number))
        }
        "pw.batch" => batch(party, request),
        "pw.bundle" => bundle(party, request),
        "pw.verify_bundle" => {
            request.knows(&["account_id", "bundle"])?;
            let bundle = decode_prekey_bundle(&request.bytes("bundle")?)?;
            let account = request.bytes("account_id")?;
            device::check_bundle(party.device()?, &account, &bundle, party.now, &party.policy)?;
            Ok(Out::default()
                .flag("one_time", bundle.one_time_prekey.is_some())
                .flag("last_resort", bundle.kem_prekey.prekey.prekey_type == KEM_LAST_RESORT))
        }
        "pw.initiate" => initiate(party, request),
        "pw.send" => send(party, request),
        "pw.receive" => receive(party, request),
        "pw.accept_session" | "pw.decline_session" => decide(party, request),
        "pw.export" => {
            request.knows(&["label", "context", "length"])?;
            let (_, session) = session(party, request)?;
            let (label, context) = (request.bytes("label")?, request.bytes("context")?);
            let length = usize::try_from(request.int("length")?).unwrap_or(usize::MAX);
            Ok(Out::default().bytes("secret", &export(&session, &label, &context, length)?))
        }
        "pw.mailboxes" => mailboxes(party, request),
        "pw.safety_number" => safety_number(party, request),
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

fn changes(party: &Party) -> u64 {
    party.state.as_ref().map_or(0, |state| state.head.changes)
}

/// `party.new` and `party.load`.
fn appear(parties: &mut Parties, name: &str, request: &Request) -> Answer {
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

fn policy(party: &mut Party, request: &Request) -> Answer {
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

fn import(party: &mut Party, request: &Request) -> Answer {
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

fn observe(party: &mut Party, request: &Request) -> Answer {
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

fn create(party: &mut Party, request: &mut Request) -> Answer {
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
    let enrolment = Enrolment {
        serial: request.int("serial")?,
        not_before: request.long("not_before")?,
        not_after: request.long("not_after")?,
        suites,
        list_number: request.optional_int("list_number")?.unwrap_or(1),
        issuer: issuer(&issuer_seed),
        account_key: request.draw("account_key", 32)?,
        identity_sign: request.draw("identity_sign", 32)?,
        identity_agree: request.draw("identity_agree", 32)?,
    };
    let mut state = device::create(&enrolment, party.now);
    if !request.deviate.is_empty() {
        state = forge::create(&state, &enrolment, &request.deviate)?;
    }
    party.issuer_seed = issuer_seed;
    let keys = state.account.device_list.tbs.account_keys.clone();
    let out = Out::default()
        .bytes("account_id", &account_id(&keys))
        .bytes("account_keys", &encode_typed_keys(&keys))
        .bytes("credential", &encode_credential(&state.account.credential))
        .bytes("device_list", &encode_device_list(&state.account.device_list));
    party.state = Some(state);
    Ok(out)
}

fn renew(party: &mut Party, request: &Request) -> Answer {
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

fn batch(party: &mut Party, request: &mut Request) -> Answer {
    request.knows(&["one_time", "kem_one_time", "lifetime"])?;
    let (one_time, kem) = (request.int("one_time")?, request.int("kem_one_time")?);
    let lifetime = request.long("lifetime")?;
    party.device()?;
    // Refused before anything is drawn.
    check(lifetime > 0 && lifetime <= MAX_BATCH_LIFETIME, ErrorClass::Limit)?;
    let size = one_time.saturating_add(kem).saturating_add(2);
    check(size <= u64::from(MAX_BATCH_KEYS), ErrorClass::Limit)?;
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

fn bundle(party: &mut Party, request: &Request) -> Answer {
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

fn initiate(party: &mut Party, request: &mut Request) -> Answer {
    request.knows(&["account_id", "bundle", "psk_id", "psk", "recovery"])?;
    let name =
        new_name(party, request.session.as_deref())?.ok_or(Stop::Fault("no session".to_owned()))?;
    let account = request.bytes("account_id")?;
    let bundle = decode_prekey_bundle(&request.bytes("bundle")?)?;
    let external = match (request.optional("psk_id")?, request.optional("psk")?) {
        (Some(id), Some(secret)) => Some(external_psk(&id, &secret)),
        (None, None) => None,
        _ => return fault("psk_id and psk go together"),
    };
    let recovery = request.flag("recovery")?;
    let state = party.device()?.clone();
    // A step that is refused has not drawn: try with stand-ins first.
    let stand_in = InitiateRandomness {
        ephemeral_key: repeat(0x11, 32),
        kem_encapsulation: repeat(0x22, 32),
        ratchet_key: repeat(0x33, 32),
    };
    let (now, policy) = (party.now, party.policy.clone());
    device::initiate(&state, &account, &bundle, &external, recovery, &stand_in, now, &policy)?;
    let random = InitiateRandomness {
        ephemeral_key: request.draw("ephemeral_key", 32)?,
        kem_encapsulation: request.draw("kem_encapsulation", 32)?,
        ratchet_key: request.draw("ratchet_key", 32)?,
    };
    let (state, initiated) =
        device::initiate(&state, &account, &bundle, &external, recovery, &random, now, &policy)?;
    let (state, session_id) = if request.deviate.is_empty() {
        (state, initiated.session_id.clone())
    } else {
        handshake::deviate(
            party,
            &state,
            &initiated,
            &bundle,
            &external,
            &random,
            &request.deviate,
        )?
    };
    let out = Out::default()
        .bytes("session_id", &session_id)
        .bytes("account_id", &account)
        .int("serial", initiated.serial)
        .flag("one_time", initiated.one_time)
        .flag("last_resort", initiated.last_resort)
        .flag("resumed", initiated.resumed);
    party.state = Some(state);
    party.names.insert(name, session_id);
    Ok(out)
}

/// Extensions, `tttt:hex` each.
fn extensions(items: Vec<String>) -> Result<Extensions, Stop> {
    let mut extensions = Extensions::new(0);
    for item in items {
        let (kind, data) = item.split_once(':').unwrap_or_default();
        match unhex(kind) {
            Some(kind) if kind.len() == 2 => {
                let extension_type = to_uint_be(&kind) as u16;
                extensions = extensions.push(&Extension { extension_type, data: octets(data)? });
            }
            _ => return fault("extension tttt:hex"),
        }
    }
    Ok(extensions)
}

fn send(party: &mut Party, request: &Request) -> Answer {
    request.knows(&["content_type", "body", "authenticated_data", "critical", "non_critical"])?;
    let (id, _) = session(party, request)?;
    let content_type = request.optional_int("content_type")?.unwrap_or(0);
    let Ok(content_type) = u8::try_from(content_type) else { return fault("content_type") };
    let frame = InnerFrame {
        content_type,
        critical: extensions(request.list("critical")?)?,
        non_critical: extensions(request.list("non_critical")?)?,
        body: request.optional("body")?.unwrap_or_else(empty),
    };
    let data = request.optional("authenticated_data")?.unwrap_or_else(empty);
    let state = party.device()?;
    let (state, sent) = if request.deviate.is_empty() {
        device::send(state, &id, &frame, &data, party.now, &party.policy)?
    } else {
        ratchet::send(party, &id, &frame, &data, &request.deviate)?
    };
    party.state = Some(state);
    Ok(Out::default()
        .bytes("message", &sent.message)
        .bytes("mailbox", &sent.mailbox)
        .flag("contact", sent.contact))
}

fn receive(party: &mut Party, request: &mut Request) -> Answer {
    request.knows(&[
        "mailbox",
        "message",
        "authenticated_data",
        "expected_account",
        "psk_id",
        "psk",
        "new_session",
    ])?;
    let name = new_name(party, request.text("new_session")?)?;
    let psk = match (request.optional("psk_id")?, request.optional("psk")?) {
        (Some(id), Some(secret)) => Some(external_psk(&id, &secret)),
        (None, None) => None,
        _ => return fault("psk_id and psk go together"),
    };
    let expectation = Expectation { account: request.optional("expected_account")?, psk };
    let data = request.optional("authenticated_data")?.unwrap_or_else(empty);
    let (mailbox, message) = (request.bytes("mailbox")?, request.bytes("message")?);
    // Whether the key is drawn is known only when the header has been opened.
    let offered = request.offered("ratchet_key", 32)?;
    let key = offered.unwrap_or_else(|| repeat(0x44, 32));
    rules::look(party, &mailbox, &request.deviate)?;
    let state = party.device()?;
    let (now, policy) = (party.now, &party.policy);
    let (state, receipt) =
        match device::receive(state, &mailbox, &message, &data, &expectation, &key, now, policy) {
            Err(ErrorClass::Undecryptable) => {
                responder::receive(party, &mailbox, &message, &data, &expectation, &key)?
            }
            honest => honest?,
        };
    let (state, receipt) = rules::enter(party, state, receipt, &request.deviate)?;
    if receipt.drew {
        request.draw("ratchet_key", 32)?;
        if let Some(old) = find_session(&party.device()?.sessions, &receipt.session_id) {
            let session = receiving_step(&old, &receipt.header)?;
            let between = Between { session, previous_remote: old.remote_public };
            party.between.insert(hex(&receipt.session_id), between);
        }
    }
    party.state = Some(state);
    if receipt.event != Event::Message
        && let Some(name) = name
    {
        party.names.insert(name, receipt.session_id.clone());
    }
    let event = match receipt.event {
        Event::Message => "message",
        Event::NewSession => "new_session",
        Event::SessionReplaced => "session_replaced",
    };
    let frame = &receipt.frame;
    let non_critical = (0..frame.non_critical.len())
        .map(|i| {
            let extension = &frame.non_critical[i];
            format!("{}:{}", hex(&u16_be(extension.extension_type)), hex(&extension.data))
        })
        .collect();
    let header = &receipt.header;
    let out = Out::default()
        .text("session", &party.name_of(&receipt.session_id))
        .bytes("session_id", &receipt.session_id)
        .text("event", event)
        .int("content_type", u64::from(frame.content_type))
        .bytes("body", &frame.body)
        .list("non_critical", non_critical)
        .bytes("account_id", &receipt.account_id)
        .int("serial", receipt.serial)
        .flag("one_time", receipt.one_time)
        .flag("last_resort", receipt.last_resort)
        .bytes("x_ratchet_key", &header.ratchet_key)
        .int("x_flags", u64::from(header.flags))
        .int("x_pn", u64::from(header.pn))
        .int("x_n", u64::from(header.n));
    Ok(match receipt.event {
        Event::Message => out,
        _ => out.bytes("x_identity", &receipt.identity),
    })
}

fn decide(party: &mut Party, request: &Request) -> Answer {
    request.knows(&[])?;
    let (id, _) = session(party, request)?;
    let (state, now, policy) = (party.device()?, party.now, &party.policy);
    let state = if request.cmd == "pw.accept_session" {
        device::accept_session(state, &id, now, policy)?
    } else {
        device::decline_session(state, &id, now, policy)?
    };
    party.state = Some(state);
    Ok(Out::default())
}

fn mailboxes(party: &Party, request: &Request) -> Answer {
    request.knows(&[])?;
    let out = Out::default().bytes("contact", &device::own_contact_mailbox(party.device()?));
    if request.session.is_none() {
        return Ok(out);
    }
    let (_, session) = session(party, request)?;
    let incoming = match request.deviate.is_empty() {
        true => incoming_mailboxes(&session, party.now, &party.policy.limits),
        false => rules::not_ahead(&session, party.now, &party.policy.limits),
    };
    let incoming = (0..incoming.len()).map(|i| hex(&incoming[i])).collect();
    Ok(out.bytes("outgoing", &outgoing_mailbox(&session, party.now)).list("incoming", incoming))
}

fn safety_number(party: &Party, request: &Request) -> Answer {
    request.knows(&["account_keys"])?;
    let keys = decode_typed_keys(&request.bytes("account_keys")?)?;
    let digits = device::safety_number(party.device()?, &keys)?;
    let own = device::own_account(party.device()?);
    let code = verification::verification_code(&own, &account_id(&keys))?;
    let digits = String::from_utf8_lossy(digits.native_slice()).into_owned();
    Ok(Out::default().text("digits", &digits).bytes("code", &code))
}
