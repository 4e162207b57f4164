//! `pw.*`, and `party.reissue_list`: the pairwise protocol (`PAIRWISE.md`).

use crate::delivery;
use crate::draw::Draws;
use crate::party::Party;
use sceau::Wire;
use sceau::crypto::{Provider, Secret, Suite};
use sceau::pairwise::{
    Account, AccountId, AccountParams, DeviceChanges, Event, Extension, ExternalPsk, Frame,
    IssuerKeys, MailboxId, ReceiveOptions, TypedKeys,
};
use sceau_adapter::line::{Answer, No, Out, Request, hex16, unhex};

/// The commands.
pub const COMMANDS: &[&str] = &[
    "pw.create",
    "pw.renew",
    "party.reissue_list",
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

/// Key type of Ed25519 (page *Registries*).
const ED25519: u16 = 0x0001;

/// Carries out one.
pub fn run(request: &Request, party: &mut Party, draws: &mut Draws) -> Answer {
    match request.cmd.as_str() {
        "pw.create" => create(request, party, draws),
        "pw.renew" => renew(request, party),
        "party.reissue_list" => reissue_list(request, party),
        "pw.apply_lists" => apply_lists(request, party),
        "pw.batch" => batch(request, party, draws),
        "pw.bundle" => bundle(request, party),
        "pw.verify_bundle" => verify_bundle(request, party),
        "pw.initiate" => initiate(request, party, draws),
        "pw.send" => send(request, party),
        "pw.receive" => receive(request, party, draws),
        "pw.accept_session" | "pw.decline_session" => decide(request, party),
        "pw.export" => export(request, party),
        "pw.mailboxes" => mailboxes(request, party),
        "pw.safety_number" => safety_number(request, party),
        "pw.check_code" => {
            request.only(&["account_id", "code"])?;
            let (peer, code) = (account_id(request, "account_id")?, request.bytes("code")?);
            party.device()?.check_code(&peer, &code)?;
            Ok(Out::default())
        }
        "pw.expire" => {
            request.only(&[])?;
            let now = party.now;
            let changes = party.device()?.expire(now);
            party.changed(changes);
            Ok(Out::default())
        }
        _ => delivery::run(request, party),
    }
}

fn create(request: &Request, party: &mut Party, draws: &mut Draws) -> Answer {
    request.only(&["serial", "not_before", "not_after", "suites", "list_number", "issuer_seed"])?;
    if party.account.is_some() {
        return Err(No::Fault("the party has an account".to_owned()));
    }
    let mut params = AccountParams::new(
        request.integer("serial")?,
        request.long("not_before")?,
        request.long("not_after")?,
    );
    let suite = |suite: &String| hex16(suite).ok_or_else(|| No::Fault(format!("suite {suite}")));
    let suites = request.list("suites")?.iter().map(suite);
    params.suites = suites.collect::<Result<_, No>>()?;
    if let Some(number) = request.optional_integer("list_number")? {
        params.list_number = number;
    }
    if let Some(seed) = request.optional_bytes("issuer_seed")? {
        params.issuer = Some(IssuerKeys::from_seed(&Provider::Default, ED25519, &seed)?);
    }
    params.policy = party.policy.clone();
    let rng = draws.expect(named(&["account_key", "identity_sign", "identity_agree"], 32));
    let created = Account::create(rng, party.now, params);
    draws.complete()?;
    let (account, changes) = created?;
    let out = Out::default()
        .bytes("account_id", account.account_id().as_bytes())
        .bytes("account_keys", &account.account_keys().to_bytes())
        .bytes("credential", &account.credential().to_bytes())
        .bytes("device_list", &account.device_list().to_bytes());
    party.account = Some(account);
    party.changed(changes);
    Ok(out)
}

fn renew(request: &Request, party: &mut Party) -> Answer {
    request.only(&["not_after", "issuer_seed"])?;
    let now = party.now;
    let issuer = request
        .optional_bytes("issuer_seed")?
        .map(|seed| IssuerKeys::from_seed(&Provider::Default, ED25519, &seed))
        .transpose()?;
    let changes = party.device()?.renew(request.long("not_after")?, issuer, now)?;
    party.changed(changes);
    own_identity(party)
}

fn reissue_list(request: &Request, party: &mut Party) -> Answer {
    request.only(&[])?;
    let now = party.now;
    let changes = party.device()?.reissue_list(now)?;
    party.changed(changes);
    own_identity(party)
}

/// The device's credential and list.
fn own_identity(party: &mut Party) -> Answer {
    let account = party.device()?;
    Ok(Out::default()
        .bytes("credential", &account.credential().to_bytes())
        .bytes("device_list", &account.device_list().to_bytes()))
}

fn apply_lists(request: &Request, party: &mut Party) -> Answer {
    request.only(&["account_id", "device_lists"])?;
    let (id, lists) = (account_id(request, "account_id")?, request.bytes("device_lists")?);
    let now = party.now;
    let (applied, changes) = party.device()?.apply_device_lists(&id, &lists, now)?;
    party.changed(changes);
    Ok(devices(Out::default().long("number", applied.number), &applied.devices))
}

fn batch(request: &Request, party: &mut Party, draws: &mut Draws) -> Answer {
    request.only(&["one_time", "kem_one_time", "lifetime"])?;
    let (one_time, kem) = (small(request, "one_time")?, small(request, "kem_one_time")?);
    let kem_suite = Suite::Core.kem().seed_len();
    draws.expect(named(&["signed_prekey"], 32)).expect(named(&["kem_last_resort"], kem_suite));
    draws.expect((0..one_time).map(|i| (format!("one_time_prekey.{i}"), 32)).collect());
    draws.expect((0..kem).map(|i| (format!("kem_prekey.{i}"), kem_suite)).collect());
    let (lifetime, now) = (request.long("lifetime")?, party.now);
    let step = |device: &mut Account, draws: &mut Draws| {
        device.create_batch(one_time, kem, lifetime, now, draws)
    };
    let published = party.draw(draws, step)?;
    let generation = published.batch.tbs().generation;
    let out =
        Out::default().bytes("published", &published.to_bytes()).integer("generation", generation);
    party.aside.published.insert(generation, published);
    Ok(out)
}

fn bundle(request: &Request, party: &mut Party) -> Answer {
    request.only(&["generation", "one_time_id", "kem_id"])?;
    let one_time = request.input.get("one_time_id").map(|_| small(request, "one_time_id"));
    let (one_time, kem) = (one_time.transpose()?, small(request, "kem_id")?);
    let generation = small(request, "generation")?;
    let unknown = || No::Fault(format!("no batch {generation}"));
    let published = party.aside.published.get(&generation).cloned().ok_or_else(unknown)?;
    let bundle = party.device()?.bundle(&published, one_time, kem)?;
    Ok(Out::default().bytes("bundle", &bundle.to_bytes()))
}

fn verify_bundle(request: &Request, party: &mut Party) -> Answer {
    request.only(&["account_id", "bundle"])?;
    let (id, bundle, now) =
        (account_id(request, "account_id")?, request.bytes("bundle")?, party.now);
    let verified = party.device()?.verify_bundle(&id, &bundle, now)?;
    Ok(Out::default()
        .integer("one_time", verified.one_time())
        .integer("last_resort", verified.last_resort()))
}

fn initiate(request: &Request, party: &mut Party, draws: &mut Draws) -> Answer {
    request.only(&["account_id", "bundle", "psk_id", "psk", "recovery"])?;
    new_name(party, &request.session)?;
    let (id, bundle, now) =
        (account_id(request, "account_id")?, request.bytes("bundle")?, party.now);
    let psk = external(request)?;
    let recovery = request.flag("recovery")?;
    draws.expect(named(&["ephemeral_key", "kem_encapsulation", "ratchet_key"], 32));
    let step = |device: &mut Account, draws: &mut Draws| match recovery {
        true => device.recover(&id, &bundle, psk, now, draws),
        false => device.initiate(&id, &bundle, psk, now, draws),
    };
    let initiated = party.draw(draws, step)?;
    let session = party.device()?.session(&initiated.session);
    let resumed = session.is_some_and(|session| session.resumed_from().is_some());
    party.aside.names.insert(request.session.clone(), initiated.session);
    let out = Out::default()
        .bytes("session_id", initiated.session.as_bytes())
        .bytes("account_id", initiated.account.as_bytes())
        .integer("serial", initiated.serial)
        .integer("one_time", initiated.one_time)
        .integer("last_resort", initiated.last_resort)
        .integer("resumed", resumed);
    Ok(devices(out, &initiated.devices))
}

/// The event of ID-23.
fn devices(out: Out, changes: &DeviceChanges) -> Out {
    let decimal = |serials: &[u64]| serials.iter().map(u64::to_string).collect();
    out.list("devices_added", decimal(&changes.added))
        .list("devices_removed", decimal(&changes.removed))
}

fn send(request: &Request, party: &mut Party) -> Answer {
    request.only(&["content_type", "body", "authenticated_data", "critical", "non_critical"])?;
    let content_type = request.optional_integer("content_type")?.unwrap_or(0);
    let no_byte = |_| No::Fault(format!("content type {content_type}"));
    let content_type = u8::try_from(content_type).map_err(no_byte)?;
    let mut frame = Frame::new(content_type, &request.bytes("body")?);
    frame.critical = extensions(request.list("critical")?)?;
    frame.non_critical = extensions(request.list("non_critical")?)?;
    let (session, now) = (party.session(&request.session)?, party.now);
    let data = request.optional_bytes("authenticated_data")?.unwrap_or_default();
    let (outgoing, changes) = party.device()?.encrypt(&session, &frame, &data, now)?;
    party.changed(changes);
    Ok(Out::default()
        .bytes("message", &outgoing.message)
        .bytes("mailbox", outgoing.mailbox.as_bytes())
        .integer("contact", outgoing.contact))
}

fn receive(request: &Request, party: &mut Party, draws: &mut Draws) -> Answer {
    let parameters = [
        "mailbox",
        "message",
        "authenticated_data",
        "expected_account",
        "psk_id",
        "psk",
        "new_session",
    ];
    request.only(&parameters)?;
    let new = request.optional_text("new_session")?.unwrap_or_default();
    new_name(party, new)?;
    let mailbox = request.bytes("mailbox")?.try_into();
    let mailbox = MailboxId::new(mailbox.map_err(|_| No::Fault("mailbox".to_owned()))?);
    let mut options = ReceiveOptions::default();
    if request.input.get("expected_account").is_some() {
        options.expected_account = Some(account_id(request, "expected_account")?);
    }
    options.psks = external(request)?.into_iter().collect();
    let (message, now) = (request.bytes("message")?, party.now);
    let data = request.optional_bytes("authenticated_data")?.unwrap_or_default();
    draws.expect(named(&["ratchet_key"], 32));
    let step = |device: &mut Account, draws: &mut Draws| {
        device.receive(&mailbox, &message, &data, &options, now, draws)
    };
    let received = party.draw(draws, step)?;
    let event = match received.event {
        Event::Message => "message",
        Event::NewSession => "new_session",
        Event::SessionReplaced => "session_replaced",
    };
    if received.event != Event::Message {
        let name = match new {
            "" => format!("s:{}", hex::encode(received.session.as_bytes())),
            new => new.to_owned(),
        };
        party.aside.names.insert(name, received.session);
    }
    let non_critical = received.non_critical.iter();
    let non_critical = non_critical
        .map(|x| format!("{:04x}:{}", x.extension_type, hex::encode(&x.data)))
        .collect();
    let out = Out::default()
        .text("session", party.name(&received.session).unwrap_or_default())
        .bytes("session_id", received.session.as_bytes())
        .text("event", event)
        .integer("content_type", received.content_type)
        .bytes("body", &received.body)
        .list("non_critical", non_critical)
        .bytes("account_id", received.account.as_bytes())
        .integer("serial", received.serial)
        .integer("one_time", received.one_time)
        .integer("last_resort", received.last_resort);
    Ok(devices(out, &received.devices))
}

fn decide(request: &Request, party: &mut Party) -> Answer {
    request.only(&[])?;
    let (session, now) = (party.session(&request.session)?, party.now);
    let device = party.device()?;
    let changes = match request.cmd == "pw.accept_session" {
        true => device.accept_session(&session, now)?,
        false => device.decline_session(&session, now)?,
    };
    party.changed(changes);
    Ok(Out::default())
}

fn export(request: &Request, party: &mut Party) -> Answer {
    request.only(&["label", "context", "length"])?;
    let session = party.session(&request.session)?;
    let (label, context) = (request.bytes("label")?, request.bytes("context")?);
    let secret = party.device()?.export(&session, &label, &context, small(request, "length")?)?;
    Ok(Out::default().bytes("secret", secret.as_bytes()))
}

fn mailboxes(request: &Request, party: &mut Party) -> Answer {
    request.only(&[])?;
    let now = party.now;
    let out = Out::default().bytes("contact", party.device()?.contact_mailbox().as_bytes());
    if request.session.is_empty() {
        return Ok(out);
    }
    let session = party.session(&request.session)?;
    let mailboxes = party.device()?.mailboxes(&session, now)?;
    let incoming = mailboxes.incoming.iter().map(|id| hex::encode(id.as_bytes())).collect();
    Ok(out.bytes("outgoing", mailboxes.outgoing.as_bytes()).list("incoming", incoming))
}

fn safety_number(request: &Request, party: &mut Party) -> Answer {
    request.only(&["account_keys"])?;
    let other = TypedKeys::from_bytes(&request.bytes("account_keys")?)?;
    let device = party.device()?;
    let digits = device.safety_number(&other)?;
    let code = device.verification_code(&other.account_id(&Provider::Default)?)?;
    Ok(Out::default().text("digits", &digits).bytes("code", &code.to_bytes()))
}

fn named(names: &[&str], length: usize) -> Vec<(String, usize)> {
    names.iter().map(|&name| (name.to_owned(), length)).collect()
}

fn small(request: &Request, name: &str) -> Result<u32, No> {
    u32::try_from(request.integer(name)?).map_err(|_| No::Fault(format!("{name} is too large")))
}

fn account_id(request: &Request, name: &str) -> Result<AccountId, No> {
    Ok(AccountId::new(&request.bytes(name)?))
}

fn external(request: &Request) -> Result<Option<ExternalPsk>, No> {
    match (request.optional_bytes("psk_id")?, request.optional_bytes("psk")?) {
        (Some(id), Some(key)) => Ok(Some(ExternalPsk { id, key: Secret::from_vec(key) })),
        (None, None) => Ok(None),
        _ => Err(No::Fault("one of psk_id and psk without the other".to_owned())),
    }
}

/// A name that no session has yet.
fn new_name(party: &Party, name: &str) -> Result<(), No> {
    match party.session(name) {
        Ok(_) => Err(No::Fault(format!("there is a session {name}"))),
        Err(_) => Ok(()),
    }
}

fn extensions(items: &[String]) -> Result<Vec<Extension>, No> {
    let extension = |item: &String| {
        let fault = || No::Fault(format!("extension {item}"));
        let (kind, data) = item.split_once(':').ok_or_else(fault)?;
        let extension_type = hex16(kind).ok_or_else(fault)?;
        Ok(Extension { extension_type, data: unhex(data).map_err(|_| fault())? })
    };
    items.iter().map(extension).collect()
}
