//! What a peer with valid keys can make beside what the text allows: device lists, ratchet messages
//! and handshakes in which one thing is wrong and everything else is signed and sealed as it should
//! be. Made with the specification's functions from a device's state, which stays as it is.

use super::op::{Damage, Lists, With, Wrong, WrongFirst};
use super::side::Extensions as TypesAndData;
use super::specified::{issuer, vec};
use super::tape::Tape;
use hacspec_lib::*;
use sceau_spec::octets::{Octets, empty, from_bytes, u64_be, zeros};
use sceau_spec::pairwise::bundle::{PrekeyBundle, VerifiedBundle};
use sceau_spec::pairwise::chain::kdf_ck;
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::credentials::suite_keys;
use sceau_spec::pairwise::device::wrap;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::frame::{EXTENSION_ABSORB, InnerFrame, bucket, encode_frame};
use sceau_spec::pairwise::handshake::{
    EXTENSION_RECOVERY, FirstMessage, HandshakeMessage, InitiatorIdentity, Psk, PskId,
    encode_first_message, no_psk,
};
use sceau_spec::pairwise::header::{Header, RatchetMessage, encode_ratchet_message, seal_header};
use sceau_spec::pairwise::identities::{
    Credential, DeviceEntry, DeviceList, DeviceListTbs, DeviceLists, encode_device_lists,
};
use sceau_spec::pairwise::initiate::{
    InitiateRandomness, initiator_key_schedule, new_session, session_psk,
};
use sceau_spec::pairwise::ratchet::{encrypt, ratchet_start_initiator, seal_body};
use sceau_spec::pairwise::session::{ChainState, INITIATOR, SessionState, WAITING};
use sceau_spec::pairwise::state::DeviceState;
use sceau_spec::pairwise::suite::dh_public_key;

/// The bytes with one thing changed.
pub fn damage(mut bytes: Vec<u8>, damage: Damage) -> Vec<u8> {
    match damage {
        Damage::None => {}
        Damage::Flip(at, bit) => {
            let at = at as usize % bytes.len().max(1);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (bit % 8);
            }
        }
        Damage::Cut(to) => bytes.truncate(to as usize % bytes.len().max(1)),
        Damage::Longer => bytes.push(0),
    }
    bytes
}

/// Signs a list as the account, with cosigners.
fn sign(state: &DeviceState, tbs: DeviceListTbs, device: bool, by_issuer: bool) -> DeviceList {
    let key = state.account.account_private[0usize].key.clone();
    let serial = u64_be(state.account.credential.tbs.serial);
    let own = state.account.identity_private[0usize].key.clone();
    let cosigners =
        Cosigners { device: device.then_some((serial, own)), issuer: by_issuer.then(issuer) };
    sign_device_list(tbs, &key, &cosigners)
}

/// Lists of a device's account.
pub fn device_lists(state: &DeviceState, which: Lists, now: u64) -> DeviceLists {
    let current = state.account.device_list.clone();
    let tbs = DeviceListTbs { issued_at: now, ..current.tbs.clone() };
    let newer = DeviceListTbs { number: tbs.number + 1, ..tbs.clone() };
    let entry = tbs.devices[0usize].clone();
    let second = DeviceEntry { serial: entry.serial + 1, ..entry.clone() };
    let both = Seq::<DeviceEntry>::new(0).push(&entry).push(&second);
    let only = |entry: DeviceEntry| Seq::<DeviceEntry>::new(0).push(&entry);
    let one = |list: DeviceList| DeviceLists::new(0).push(&list);
    match which {
        Lists::Current => one(current),
        Lists::Newer => one(sign(state, newer, false, false)),
        Lists::Forked => {
            let issued_at = current.tbs.issued_at + 1;
            one(sign(state, DeviceListTbs { issued_at, ..tbs }, false, false))
        }
        Lists::Older => {
            one(sign(state, DeviceListTbs { number: tbs.number - 1, ..tbs }, false, false))
        }
        Lists::Future(seconds) => {
            let issued_at = now + u64::from(seconds);
            one(sign(state, DeviceListTbs { issued_at, ..newer }, false, false))
        }
        Lists::Past(days) => {
            let issued_at = now - u64::from(days) * 86_400;
            one(sign(state, DeviceListTbs { issued_at, ..newer }, false, false))
        }
        Lists::Added => one(sign(state, DeviceListTbs { devices: both, ..newer }, false, false)),
        Lists::AddedByDevice => {
            one(sign(state, DeviceListTbs { devices: both, ..newer }, true, false))
        }
        Lists::AddedByIssuer => {
            one(sign(state, DeviceListTbs { devices: both, ..newer }, false, true))
        }
        Lists::Replaced => {
            one(sign(state, DeviceListTbs { devices: only(second), ..newer }, true, false))
        }
        Lists::Swapped => {
            let credential_ref = zeros(32);
            let devices = only(DeviceEntry { credential_ref, ..entry });
            one(sign(state, DeviceListTbs { devices, ..newer }, true, false))
        }
        Lists::Renewed => {
            let generation = entry.generation + 1;
            let devices = only(DeviceEntry { generation, credential_ref: zeros(32), ..entry });
            one(sign(state, DeviceListTbs { devices, ..newer }, false, false))
        }
        Lists::Ascending => one(current).push(&sign(state, newer, false, false)),
        Lists::Descending => one(sign(state, newer, false, false)).push(&current),
        Lists::Empty => DeviceLists::new(0),
        Lists::ComesAndGoes | Lists::GoesAndComes | Lists::ComesAgain => {
            let with = |number: u64, devices: &Seq<DeviceEntry>| {
                let (number, devices) = (newer.number + number, devices.clone());
                sign(state, DeviceListTbs { number, devices, ..newer.clone() }, true, false)
            };
            let alone = only(entry);
            let [comes, goes, again] = [with(0, &both), with(1, &alone), with(2, &both)];
            match which {
                Lists::ComesAndGoes => one(comes).push(&goes),
                Lists::GoesAndComes => one(goes).push(&again),
                _ => one(comes).push(&goes).push(&again),
            }
        }
        Lists::ComesAfterOlder => {
            let older =
                DeviceListTbs { number: tbs.number - 1, devices: both.clone(), ..tbs.clone() };
            let newer = DeviceListTbs { devices: both, ..newer };
            one(sign(state, older, false, false)).push(&sign(state, newer, true, false))
        }
        Lists::BadSignature(at) => {
            let mut list = sign(state, newer, true, false);
            let which = at as usize % list.attestations.len();
            let mut attestation = list.attestations[which].clone();
            attestation.signature[at as usize % 64] ^= 1;
            list.attestations[which] = attestation;
            one(list)
        }
    }
}

/// The encoding of lists of a device's account.
pub fn encoded_lists(state: &DeviceState, which: Lists, now: u64) -> Vec<u8> {
    vec(&encode_device_lists(&device_lists(state, which, now)))
}

/// Critical and other extensions, as types and data.
pub fn extensions(with: With, session: &[u8]) -> (TypesAndData, TypesAndData) {
    match with {
        With::Nothing => (vec![], vec![]),
        With::Grease => (vec![], vec![(0x0a0a, vec![1, 2, 3]), (0xf001, vec![])]),
        With::Absorb(0) => (vec![], vec![(EXTENSION_ABSORB, session.to_vec())]),
        With::Absorb(n) => (vec![], vec![(EXTENSION_ABSORB, vec![7; n as usize % 40])]),
        With::Unordered => (vec![], vec![(0x1a1a, vec![]), (0x0a0a, vec![])]),
        With::Critical => (vec![(0x0a0a, vec![])], vec![]),
    }
}

fn list(extensions: &[(u16, Vec<u8>)]) -> Extensions {
    let mut out = Extensions::new(0);
    for (extension_type, data) in extensions {
        out = out.push(&Extension { extension_type: *extension_type, data: from_bytes(data) });
    }
    out
}

/// A message in a session in which one thing is wrong; none where there is no sending chain.
/// `peer_session` is a session of the receiver's, for the extension `absorb`.
pub fn ratchet(
    session: &SessionState,
    wrong: Wrong,
    peer_session: &[u8],
    now: u64,
) -> Option<Vec<u8>> {
    let mut chain = session.sending.clone()?;
    let mut header = Header {
        ratchet_key: dh_public_key(&session.ratchet_private),
        flags: chain.flags,
        pn: session.previous_count,
        n: chain.next,
    };
    let mut frame = InnerFrame { body: from_bytes(b"forged"), ..InnerFrame::default() };
    if let Wrong::Extensions(with) = wrong {
        let (critical, non_critical) = extensions(with, peer_session);
        frame.critical = list(&critical);
        frame.non_critical = list(&non_critical);
    }
    let encoded = encode_frame(&frame);
    let mut padded = encoded.concat(&zeros(bucket(encoded.len()) - encoded.len()));
    match wrong {
        Wrong::Skip(by) => {
            let by = by % 1_100;
            for _ in 0..by {
                chain.chain_key = kdf_ck(&chain.chain_key).0;
            }
            header.n += u32::from(by);
        }
        Wrong::Number(by) => header.n += u32::from(by),
        Wrong::Previous(pn) => header.pn = u32::from(pn),
        Wrong::Flags(flags) => header.flags = flags,
        Wrong::RatchetKey(0) => header.ratchet_key = zeros(32),
        Wrong::RatchetKey(1) => header.ratchet_key = session.remote_public.clone(),
        Wrong::RatchetKey(2) => header.ratchet_key = session.previous_public.clone(),
        Wrong::RatchetKey(_) => header.ratchet_key = dh_public_key(&zeros(32)),
        Wrong::NewChain(pn, key) => {
            chain.header_key = session.next_header_send.clone();
            header.pn = u32::from(pn);
            header.n = 0;
            header.ratchet_key = match key {
                0 => zeros(32),
                1 => session.remote_public.clone(),
                2 => session.previous_public.clone(),
                3 => header.ratchet_key,
                _ => dh_public_key(&zeros(32)),
            };
        }
        Wrong::Padding(at) => {
            let at = padded.len() - 1 - at as usize % (padded.len() - encoded.len());
            padded[at] = 1;
        }
        Wrong::Bucket => padded = padded.concat(&zeros(padded.len())),
        Wrong::Frame(at, value) => padded[at as usize % 16] = value,
        Wrong::Extensions(_) => {}
    }
    if header.ratchet_key.len() != 32 {
        return None;
    }
    let sealed_header = seal_header(&chain.header_key, &session.session_id, &header);
    let (_, message_key) = kdf_ck(&chain.chain_key);
    let sealed_body =
        seal_body(&message_key, &session.session_id, &sealed_header, &empty(), &padded);
    let message = encode_ratchet_message(&RatchetMessage { sealed_header, sealed_body });
    Some(vec(&wrap(session, &message, now).ok()?.message))
}

/// The prekeys' ids, sizes and padding of a handshake, wrong.
fn spoil(message: HandshakeMessage, which: u8) -> HandshakeMessage {
    match which % 7 {
        0 => HandshakeMessage { ephemeral_key: zeros(32), ..message },
        1 => HandshakeMessage { kem_ciphertext: zeros(1_087), ..message },
        2 => HandshakeMessage { ephemeral_key: zeros(33), ..message },
        3 => HandshakeMessage {
            kem_prekey_id: message.signed_prekey_id,
            signed_prekey_id: message.kem_prekey_id,
            ..message
        },
        4 => HandshakeMessage { batch_generation: message.batch_generation + 1, ..message },
        5 => {
            let sealed_identity = message.sealed_identity.slice(0, 100);
            HandshakeMessage { sealed_identity, ..message }
        }
        _ => HandshakeMessage { one_time_prekey_id: Some(1), ..message },
    }
}

/// A first message in which one thing is wrong. The bundle is valid; `other` is the credential of another
/// device, `peer` the responder's state.
pub fn first(
    state: &DeviceState,
    peer: &DeviceState,
    other: &Credential,
    bundle: &PrekeyBundle,
    wrong: WrongFirst,
    now: u64,
    tape: &mut Tape,
) -> Option<Vec<u8>> {
    let mut identity = InitiatorIdentity {
        device_lists: device_lists(state, Lists::Current, now),
        credential: state.account.credential.clone(),
        psk: no_psk().id,
        extensions: Extensions::new(0),
    };
    let mut psk = no_psk();
    let resumption = |n: u8| -> Psk {
        let n = n as usize % peer.sessions.len().max(1);
        if n < peer.sessions.len() { session_psk(&peer.sessions[n]) } else { no_psk() }
    };
    let recovery = matches!(wrong, WrongFirst::Recovery(0));
    match wrong {
        WrongFirst::Nothing | WrongFirst::Message(_) => {}
        WrongFirst::Psk(psk_type, length) => {
            let id = zeros(length as usize % 40);
            psk = Psk { id: PskId { psk_type: psk_type % 4, id }, secret: zeros(32) };
        }
        WrongFirst::Resumption(n) => psk = resumption(n),
        WrongFirst::Recovery(n) => {
            let extension_type = EXTENSION_RECOVERY;
            let data = zeros(n as usize / 2 % 3);
            identity.extensions = identity.extensions.push(&Extension { extension_type, data });
            if n % 2 == 1 {
                psk = resumption(n);
            }
        }
        WrongFirst::Lists(which) => identity.device_lists = device_lists(state, which, now),
        WrongFirst::Credential(_) => identity.credential = other.clone(),
    }
    identity.psk = psk.id.clone();
    let random = InitiateRandomness {
        ephemeral_key: tape.draw(32),
        kem_encapsulation: tape.draw(32),
        ratchet_key: tape.draw(32),
    };
    let verified = VerifiedBundle {
        bundle: bundle.clone(),
        device_list: bundle.device_lists[0usize].clone(),
        keys: suite_keys(&bundle.credential).ok()?,
    };
    let agree = state.account.identity_private[1usize].key.clone();
    let (message, outputs) =
        initiator_key_schedule(&verified, &identity, &agree, &psk, &random).ok()?;
    let session = new_session(&outputs, &message, &psk.id, recovery, now);
    let session = SessionState { role: INITIATOR, status: WAITING, ..session };
    let remote: Octets = bundle.signed_prekey.prekey.key.clone();
    let session = ratchet_start_initiator(&session, &outputs, &remote, &random.ratchet_key).ok()?;
    let frame = InnerFrame { body: from_bytes(b"forged first"), ..InnerFrame::default() };
    let limits = sceau_spec::pairwise::limits::default_limits();
    let (_, ratchet_message) = encrypt(&session, &frame, &empty(), now, &limits).ok()?;
    let handshake = match wrong {
        WrongFirst::Message(which) => spoil(message, which),
        _ => message,
    };
    Some(vec(&encode_first_message(&FirstMessage { handshake, message: ratchet_message })))
}

/// A chain whose next message has this number.
pub fn chain_at(chain: &Option<ChainState>, next: u32) -> Option<ChainState> {
    chain.clone().map(|chain| ChainState { next, ..chain })
}
