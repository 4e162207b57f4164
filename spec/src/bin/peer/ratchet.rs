//! Messages that deviate. The message is put together from the specification's smaller functions, with
//! one of its parts another; the sender's state goes on as if an honest message had been sent, so that
//! the next honest one is in order.

use crate::forge::{made_up, with_top_bit};
use crate::party::{Between, Party};
use crate::wire::{Stop, fault, hex};
use sceau_spec::octets::{Octets, ascii, byte, empty, repeat, u16_be, u32_be, zeros};
use sceau_spec::pairwise::chain::{kdf_ck, kdf_rk, message_key_and_nonce};
use sceau_spec::pairwise::codec::{Extension, Extensions, write_opaque};
use sceau_spec::pairwise::device::{Sent, check_listed, end, wrap};
use sceau_spec::pairwise::effects::sender_effect;
use sceau_spec::pairwise::expiry::expire;
use sceau_spec::pairwise::frame::{
    EXTENSION_ABSORB, InnerFrame, bucket, decode_mailbox_rotation, encode_frame,
};
use sceau_spec::pairwise::handshake::RATCHET_V0;
use sceau_spec::pairwise::header::{FLAG_ABSORBED, encode_header, header_aad, message_aad};
use sceau_spec::pairwise::header::{Header, RatchetMessage, encode_ratchet_message};
use sceau_spec::pairwise::kdf::full_label;
use sceau_spec::pairwise::labels::{HEADER, MESSAGE};
use sceau_spec::pairwise::limits::{MAX_CHAIN_LENGTH, Policy};
use sceau_spec::pairwise::pairs::{get_session, set_session};
use sceau_spec::pairwise::ratchet::encrypt;
use sceau_spec::pairwise::replacement::with_absorb;
use sceau_spec::pairwise::session::{ChainState, SessionState};
use sceau_spec::pairwise::state::{DeviceState, commit};
use sceau_spec::pairwise::suite::{NN, aead_seal, dh, dh_public_key};

/// What a message is made of.
struct Parts {
    header: Header,
    header_key: Octets,
    chain_key: Octets,
}

/// A copy of the step `send` with deviations.
pub fn send(
    party: &Party,
    id: &Octets,
    frame: &InnerFrame,
    data: &Octets,
    names: &[String],
) -> Result<(DeviceState, Sent), Stop> {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let (now, policy) = (party.now, &party.policy);
    let before = expire(party.device()?, now, &policy.limits);
    let state = before.clone();
    let session = get_session(&state, id)?;
    check_listed(&state, &session)?;
    let non_critical = with_absorb(&session, &frame.non_critical);
    let frame = InnerFrame { non_critical, ..frame.clone() };
    let (sealed, _) = encrypt(&session, &frame, data, now, &policy.limits)?;
    let Some(chain) = session.sending.clone() else { return fault("no sending chain") };
    let between = party.between.get(&hex(id));
    let parts = parts(&session, &chain, between, policy, names)?;
    let padded = padded(&frame, names)?;
    let message = seal(&session, &parts, &padded, data, names);
    let sent = wrap(&session, &message, now)?;
    let sent = Sent { message: wrapped(&sent, names)?, ..sent };
    let state = if asked("body-unchecked") {
        set_session(&state, &sealed)
    } else if asked("rotation-unbounded") {
        let rotation_send = decode_mailbox_rotation(&frame.body)?;
        set_session(&state, &SessionState { rotation_send, ..sealed })
    } else {
        sender_effect(&state, &sealed, &frame, now)?
    };
    Ok((end(&before, &state, policy), sent))
}

/// Header, header key and chain key of the message.
fn parts(
    session: &SessionState,
    chain: &ChainState,
    between: Option<&Between>,
    policy: &Policy,
    names: &[String],
) -> Result<Parts, Stop> {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let header = Header {
        ratchet_key: dh_public_key(&session.ratchet_private),
        flags: chain.flags,
        pn: session.previous_count,
        n: chain.next,
    };
    let mut parts =
        Parts { header, header_key: chain.header_key.clone(), chain_key: chain.chain_key.clone() };
    if let Some(name) = names.iter().find(|name| NEW_CHAIN.contains(&name.as_str())) {
        return match between {
            Some(between) if chain.next == 0 => new_chain(between, policy, name),
            _ => {
                fault(format!("{name} needs a chain in which nothing was sent, made by pw.receive"))
            }
        };
    }
    if asked("header-top-bit") {
        parts.header.ratchet_key = with_top_bit(&parts.header.ratchet_key);
    }
    if asked("first-pn-not-zero") {
        if session.receiving.is_some() {
            return fault("needs a session in which nothing was received");
        }
        parts.header.pn = 1;
    }
    let in_chain = ["header-key-changed-in-chain", "header-flags-changed-in-chain"];
    if chain.next == 0 && in_chain.iter().any(|name| asked(name)) {
        return fault("needs a chain in which something was sent");
    }
    if asked("header-key-changed-in-chain") {
        parts.header.ratchet_key = dh_public_key(&made_up("ratchet key", &session.ratchet_private));
    } else if asked("header-flags-changed-in-chain") {
        parts.header.flags ^= FLAG_ABSORBED;
    }
    let skipped = if asked("n-at-skip-limit") {
        policy.limits.max_skip
    } else if asked("n-past-skip-limit") {
        policy.limits.max_skip + 1
    } else if asked("n-at-chain-limit") {
        MAX_CHAIN_LENGTH - chain.next
    } else {
        0
    };
    for _ in 0..skipped {
        parts.chain_key = kdf_ck(&parts.chain_key).0;
    }
    parts.header.n += skipped;
    Ok(parts)
}

/// Deviations of the first message of a chain. The chain is made anew from what stood between the
/// halves of the DH step, and forgotten.
const NEW_CHAIN: [&str; 11] = [
    "header-own-key",
    "header-own-previous-key",
    "header-same-key",
    "header-low-order",
    "header-flag-unknown",
    "header-flag-absorbed-unexpected",
    "header-pn-too-large",
    "header-pn-too-small",
    "kdf-rk-without-dh",
    "no-dh-step-on-new-key",
    "absorb-wrong",
];

/// The first message of a chain of its own.
fn new_chain(between: &Between, policy: &Policy, name: &str) -> Result<Parts, Stop> {
    let session = &between.session;
    let Some(old) = &session.sending else { return fault("no chain before") };
    let remote = &session.remote_public;
    let private = made_up("ratchet key", &session.ratchet_private);
    let (private, flags) = match name {
        "header-same-key" => (session.ratchet_private.clone(), 0),
        "header-flag-unknown" => (private, 2),
        "header-flag-absorbed-unexpected" | "absorb-wrong" => (private, FLAG_ABSORBED),
        _ => (private, 0),
    };
    let ratchet_key = match name {
        "header-own-key" => remote.clone(),
        "header-own-previous-key" => between.previous_remote.clone(),
        "header-low-order" => zeros(32),
        _ => dh_public_key(&private),
    };
    let shared = match name {
        "header-low-order" | "kdf-rk-without-dh" => zeros(32),
        _ => dh(&private, remote)?,
    };
    let absorb = match name {
        "absorb-wrong" => made_up("absorb", &private),
        _ => empty(),
    };
    let root = kdf_rk(&session.session_id, &session.root_key, &shared, &absorb, flags);
    let pn = match name {
        "header-pn-too-large" => old.next + policy.limits.max_skip + 1,
        "header-pn-too-small" => 0,
        _ => old.next,
    };
    Ok(Parts {
        header: Header { ratchet_key, flags, pn, n: 0 },
        header_key: session.next_header_send.clone(),
        chain_key: match name {
            "no-dh-step-on-new-key" => old.chain_key.clone(),
            _ => root.chain_key,
        },
    })
}

/// The padded frame.
fn padded(frame: &InnerFrame, names: &[String]) -> Result<Octets, Stop> {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let mut frame = frame.clone();
    let add = |list: &Extensions, extension_type: u16, data: Octets| {
        list.push(&Extension { extension_type, data })
    };
    if asked("critical-extension") {
        frame.critical = add(&frame.critical, 0xf000, ascii("critical"));
    } else if asked("critical-grease") {
        frame.critical = add(&frame.critical, 0x0a0a, ascii("grease"));
    } else if asked("extensions-unordered") {
        frame.non_critical = add(&frame.non_critical, 0xf001, empty());
        frame.non_critical = add(&frame.non_critical, 0xf000, empty());
    } else if asked("extension-repeated") {
        frame.non_critical = add(&frame.non_critical, 0xf000, empty());
        frame.non_critical = add(&frame.non_critical, 0xf000, empty());
    } else if asked("extension-grease") {
        frame.non_critical = add(&frame.non_critical, 0x3a3a, ascii("grease"));
    } else if asked("absorb-unknown-session") {
        let data = made_up("session", &frame.body);
        frame.non_critical = add(&Extensions::new(0), EXTENSION_ABSORB, data);
    } else if asked("absorb-malformed") {
        frame.non_critical = add(&Extensions::new(0), EXTENSION_ABSORB, ascii("short"));
    }
    let mut encoded = encode_frame(&frame);
    if asked("frame-version") {
        encoded[1usize] = 1;
    } else if asked("frame-type-unknown") {
        encoded[0usize] = 7;
    } else if asked("frame-non-minimal-length") {
        let front = encoded.len() - write_opaque(&frame.body).len();
        if frame.body.len() >= 1 << 14 {
            return fault("the body is too long for a longer length");
        }
        let length = u32_be(0x8000_0000 | frame.body.len() as u32);
        encoded = encoded.slice(0, front).concat(&length).concat(&frame.body);
    }
    let size = bucket(encoded.len());
    let padding = size - encoded.len();
    let needs_padding = ["pad-nonzero", "frame-trailing", "pad-missing"];
    if padding == 0 && needs_padding.iter().any(|name| asked(name)) {
        return fault("the frame fills its bucket");
    }
    let mut padded = encoded.concat(&zeros(padding));
    if asked("pad-nonzero") {
        padded[size - 1] = 1;
    } else if asked("frame-trailing") {
        padded[encoded.len()] = 1;
    } else if asked("pad-missing") {
        padded = encoded;
    } else if asked("pad-wrong-bucket") {
        padded = padded.concat(&zeros(bucket(size + 1) - size));
    }
    Ok(padded)
}

/// Seals header and body.
fn seal(
    session: &SessionState,
    parts: &Parts,
    padded: &Octets,
    data: &Octets,
    names: &[String],
) -> Octets {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let id = &session.session_id;
    let aad = if asked("header-aad-without-session") {
        write_opaque(&full_label(HEADER)).concat(&byte(RATCHET_V0)).concat(&write_opaque(&empty()))
    } else {
        header_aad(id)
    };
    let nonce = if asked("header-wrong-nonce") { repeat(1, NN) } else { zeros(NN) };
    let mut sealed_header =
        aead_seal(&parts.header_key, &nonce, &aad, &encode_header(&parts.header));
    let (next, message_key) = kdf_ck(&parts.chain_key);
    let message_key = if asked("message-key-as-chain-key") { next } else { message_key };
    let (key, nonce) = message_key_and_nonce(&message_key);
    let aad = if asked("body-aad-without-header") {
        message_aad(id, &empty(), data)
    } else if asked("body-aad-without-caller-data") {
        message_aad(id, &sealed_header, &empty())
    } else if asked("body-aad-without-session") {
        write_opaque(&full_label(MESSAGE))
            .concat(&byte(RATCHET_V0))
            .concat(&write_opaque(&empty()))
            .concat(&write_opaque(&sealed_header))
            .concat(&write_opaque(data))
    } else {
        message_aad(id, &sealed_header, data)
    };
    let sealed_body = aead_seal(&key, &nonce, &aad, padded);
    if asked("header-tag-truncated") {
        sealed_header = sealed_header.slice(0, sealed_header.len() - 1);
    }
    let message = encode_ratchet_message(&RatchetMessage { sealed_header, sealed_body });
    if asked("tag-truncated") {
        message.slice(0, message.len() - 1)
    } else if asked("wire-format-unknown") {
        byte(3).concat(&message.slice(1, message.len() - 1))
    } else {
        message
    }
}

/// What concerns a first message.
fn wrapped(sent: &Sent, names: &[String]) -> Result<Octets, Stop> {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let message = &sent.message;
    let known = ["first-trailing", "first-presence", "first-non-minimal-length"];
    if !known.iter().any(|name| asked(name)) {
        return Ok(message.clone());
    }
    if !sent.contact {
        return fault("no first message");
    }
    // wire_format, batch_generation, signed_prekey_id; then the presence byte of one_time_prekey_id.
    let presence = 9usize;
    let length = if message[presence] == 1 { 18 } else { 14 };
    Ok(if asked("first-trailing") {
        message.concat(&byte(0))
    } else if asked("first-presence") {
        let mut out = message.clone();
        out[presence] = 2;
        out
    } else {
        let (front, behind) = (message.slice(0, length), message.len() - length - 1);
        front.concat(&u16_be(0x4000 | 32)).concat(&message.slice(length + 1, behind))
    })
}

/// A state in which a session's sending chain has one message left.
pub fn last_in_chain(state: &DeviceState, id: &Octets) -> Result<DeviceState, Stop> {
    let session = get_session(state, id)?;
    let Some(mut chain) = session.sending.clone() else { return fault("no sending chain") };
    while chain.next < MAX_CHAIN_LENGTH - 1 {
        chain.chain_key = kdf_ck(&chain.chain_key).0;
        chain.next += 1;
    }
    Ok(commit(&set_session(state, &SessionState { sending: Some(chain), ..session })))
}
