//! Sessions and messages.

use super::{new_name, session};
use crate::deviations::fits;
use crate::party::{Between, Party};
use crate::wire::{Answer, Out, Request, Stop, fault, hex, octets, unhex};
use crate::{handshake, lists, ratchet, responder, rules};
use sceau_spec::octets::{empty, repeat, to_uint_be, u16_be};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::bundle::decode_prekey_bundle;
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::envelope::outgoing_mailbox;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::InnerFrame;
use sceau_spec::pairwise::initiate::{InitiateRandomness, external_psk};
use sceau_spec::pairwise::ratchet::receiving_step;
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::session::find_session;

pub fn initiate(party: &mut Party, request: &mut Request) -> Answer {
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
    lists::refuse(party, &account, &bundle.device_lists, &request.deviate)?;
    let random = InitiateRandomness {
        ephemeral_key: request.draw("ephemeral_key", 32)?,
        kem_encapsulation: request.draw("kem_encapsulation", 32)?,
        ratchet_key: request.draw("ratchet_key", 32)?,
    };
    let (state, initiated) =
        device::initiate(&state, &account, &bundle, &external, recovery, &random, now, &policy)?;
    let (rules, others): (Vec<_>, Vec<_>) =
        request.deviate.iter().cloned().partition(|name| fits(name, "pw.apply_lists"));
    let (state, session_id) = if others.is_empty() {
        (state, initiated.session_id.clone())
    } else {
        handshake::deviate(party, &state, &initiated, &bundle, &external, &random, &others)?
    };
    let out = Out::default()
        .bytes("session_id", &session_id)
        .bytes("account_id", &account)
        .int("serial", initiated.serial)
        .flag("one_time", initiated.one_time)
        .flag("last_resort", initiated.last_resort)
        .flag("resumed", initiated.resumed);
    let out = lists::tell(out, &initiated.devices, &rules);
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

pub fn send(party: &mut Party, request: &Request) -> Answer {
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

pub fn receive(party: &mut Party, request: &mut Request) -> Answer {
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
    lists::refuse_received(party, &mailbox, &receipt, &request.deviate)?;
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
    let out = lists::tell(out, &receipt.devices, &request.deviate);
    Ok(match receipt.event {
        Event::Message => out,
        _ => out.bytes("x_identity", &receipt.identity),
    })
}

pub fn decide(party: &mut Party, request: &Request) -> Answer {
    request.knows(&[])?;
    let (id, of) = session(party, request)?;
    let (state, now, policy) = (party.device()?, party.now, &party.policy);
    let state = if request.cmd == "pw.accept_session" {
        device::accept_session(state, &id, now, policy)?
    } else {
        let declined = device::decline_session(state, &id, now, policy)?;
        rules::decline(party, declined, &of, &request.deviate)
    };
    party.state = Some(state);
    Ok(Out::default())
}

pub fn mailboxes(party: &Party, request: &Request) -> Answer {
    request.knows(&[])?;
    let out = Out::default().bytes("contact", &device::own_contact_mailbox(party.device()?));
    if request.session.is_none() {
        return Ok(out);
    }
    let (_, session) = session(party, request)?;
    let incoming = rules::incoming(&session, party.now, &party.policy.limits, &request.deviate);
    let incoming = (0..incoming.len()).map(|i| hex(&incoming[i])).collect();
    Ok(out.bytes("outgoing", &outgoing_mailbox(&session, party.now)).list("incoming", incoming))
}
