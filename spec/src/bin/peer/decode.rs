//! `codec.decode`: a structure by its name in the prose, decoded and encoded again.

use crate::wire::{Answer, Out, Request, Stop};
use sceau_spec::octets::{Octets, u16_be, zeros};
use sceau_spec::pairwise::codec::{
    Reader, finish, read_extensions, read_opaque, read_u16, reader, write_extensions, write_opaque,
};
use sceau_spec::pairwise::error::{ErrorClass, check};
use sceau_spec::pairwise::limits::{MAX_EXTENSION, MAX_KEY};
use sceau_spec::pairwise::suite::key_length;
use sceau_spec::pairwise::{
    bundle, content, delivery, delivery_auth, envelope, frame, handshake, header, identities,
    prekeys, record_bodies, records, session, typed_keys, verification,
};

/// The structures.
pub const TYPES: &[&str] = &[
    "Extension",
    "Extensions",
    "TypedKey",
    "TypedKeys",
    "Attestation",
    "CredentialTBS",
    "Credential",
    "DeviceEntry",
    "DeviceListTBS",
    "DeviceList",
    "DeviceLists",
    "VerificationCode",
    "Prekey",
    "ProvenPrekey",
    "TypedSignature",
    "PrekeyBatchTBS",
    "PrekeyBatch",
    "PublishedBatch",
    "PrekeyBundle",
    "PskId",
    "HandshakeMessage",
    "FirstMessage",
    "InitiatorIdentity",
    "Header",
    "RatchetMessage",
    "InnerFrame",
    "CredentialUpdate",
    "MailboxRotation",
    "Envelope",
    "Content",
    "AttachmentReference",
    "Receipt",
    "RecordKey",
    "Record",
    "Change",
    "Head",
    "AccountState",
    "BatchState",
    "PrekeyState",
    "PeerState",
    "PairState",
    "SessionRef",
    "SessionState",
    "ChainState",
    "SkippedKey",
    "SkippedChain",
    "Publication",
    "FetchRequest",
    "FetchAnswer",
    "GetRequest",
    "StoredEnvelope",
    "GetAnswer",
    "AcknowledgeRequest",
    "PrekeyStock",
    "DeliveryAuthTBS",
    "DeliveryAuth",
];

/// A structure that takes all the bytes.
fn whole<T>(
    bytes: &Octets,
    read: fn(Reader) -> Result<(T, Reader), ErrorClass>,
) -> Result<T, Stop> {
    let (value, r) = read(reader(bytes))?;
    finish(&r)?;
    Ok(value)
}

/// Decodes a structure and gives its encoding.
pub fn reencode(name: &str, b: &Octets) -> Result<Octets, Stop> {
    Ok(match name {
        "Extension" => {
            let (extension_type, r) = read_u16(reader(b))?;
            let (data, r) = read_opaque(r, MAX_EXTENSION)?;
            finish(&r)?;
            u16_be(extension_type).concat(&write_opaque(&data))
        }
        "Extensions" => write_extensions(&whole(b, read_extensions)?),
        "TypedKey" => {
            let (key_type, r) = read_u16(reader(b))?;
            let (key, r) = read_opaque(r, MAX_KEY)?;
            finish(&r)?;
            let length = key_length(key_type).unwrap_or(key.len());
            check(key.len() == length, ErrorClass::Malformed)?;
            u16_be(key_type).concat(&write_opaque(&key))
        }
        "TypedKeys" => typed_keys::encode_typed_keys(&typed_keys::decode_typed_keys(b)?),
        "Attestation" => identities::encode_attestation(&whole(b, identities::read_attestation)?),
        "CredentialTBS" => {
            identities::encode_credential_tbs(&whole(b, identities::read_credential_tbs)?)
        }
        "DeviceEntry" => identities::encode_device_entry(&whole(b, identities::read_device_entry)?),
        "DeviceListTBS" => {
            identities::encode_device_list_tbs(&whole(b, identities::read_device_list_tbs)?)
        }
        "Credential" => identities::encode_credential(&identities::decode_credential(b)?),
        "DeviceList" => identities::encode_device_list(&identities::decode_device_list(b)?),
        "DeviceLists" => identities::encode_device_lists(&frame::decode_device_lists(b)?),
        "VerificationCode" => {
            verification::encode_verification_code(&verification::decode_verification_code(b)?)
        }
        "Prekey" => prekeys::encode_prekey(&whole(b, prekeys::read_prekey)?),
        "ProvenPrekey" => prekeys::encode_proven_prekey(&whole(b, prekeys::read_proven_prekey)?),
        "TypedSignature" => {
            prekeys::encode_typed_signature(&whole(b, prekeys::read_typed_signature)?)
        }
        "PrekeyBatchTBS" => {
            prekeys::encode_prekey_batch_tbs(&whole(b, prekeys::read_prekey_batch_tbs)?)
        }
        "PrekeyBatch" => prekeys::encode_prekey_batch(&whole(b, prekeys::read_prekey_batch)?),
        "PublishedBatch" => prekeys::encode_published_batch(&prekeys::decode_published_batch(b)?),
        "PrekeyBundle" => bundle::encode_prekey_bundle(&bundle::decode_prekey_bundle(b)?),
        "PskId" => handshake::encode_psk_id(&whole(b, handshake::read_psk_id)?),
        "HandshakeMessage" => {
            handshake::encode_handshake_message(&handshake::decode_handshake_message(b)?)
        }
        "FirstMessage" => handshake::encode_first_message(&handshake::decode_first_message(b)?),
        "InitiatorIdentity" => {
            handshake::encode_initiator_identity(&handshake::decode_initiator_identity(b)?)
        }
        "Header" => header::encode_header(&header::decode_header(b)?),
        "RatchetMessage" => header::encode_ratchet_message(&header::decode_ratchet_message(b)?),
        "InnerFrame" => frame::pad(&frame::encode_frame(&frame::unpad(b)?))?,
        "CredentialUpdate" => frame::encode_credential_update(&frame::decode_credential_update(b)?),
        "MailboxRotation" => frame::encode_mailbox_rotation(frame::decode_mailbox_rotation(b)?),
        "Envelope" => envelope::encode_envelope(&envelope::decode_envelope(b)?),
        "Content" => content::encode_content(&content::decode_content(b)?),
        "AttachmentReference" => {
            content::encode_attachment_reference(&content::decode_attachment_reference(b)?)
        }
        "Receipt" => content::encode_receipt(&content::decode_receipt(b)?),
        "RecordKey" => records::encode_record_key(&whole(b, records::read_record_key)?),
        "Record" => records::encode_record(&whole(b, records::read_record)?),
        "Change" => records::encode_change(&records::decode_change(b)?),
        "Head" => records::encode_head(&records::decode_head(b)?),
        "AccountState" => record_bodies::encode_account(&record_bodies::decode_account(b)?),
        "BatchState" => record_bodies::encode_batch(&record_bodies::decode_batch(b)?),
        // The ids of its record are not in it.
        "PrekeyState" => {
            let state = record_bodies::decode_prekey(&zeros(8), b)?;
            record_bodies::encode_prekey_state(&state.prekey)
        }
        "PeerState" => record_bodies::encode_peer(&record_bodies::decode_peer(b)?),
        "PairState" => record_bodies::encode_pair(&whole(b, record_bodies::read_pair)?),
        "SessionRef" => {
            record_bodies::encode_session_ref(&whole(b, record_bodies::read_session_ref)?)
        }
        "ChainState" => session::encode_chain(&whole(b, session::read_chain)?),
        "SkippedKey" => session::encode_skipped_key(&whole(b, session::read_skipped_key)?),
        "SkippedChain" => session::encode_skipped_chain(&whole(b, session::read_skipped_chain)?),
        "SessionState" => session::encode_session(&session::decode_session(b)?),
        "Publication" => delivery::encode_publication(&delivery::decode_publication(b)?),
        "FetchRequest" => delivery::encode_fetch_request(&delivery::decode_fetch_request(b)?),
        "FetchAnswer" => delivery::encode_fetch_answer(&delivery::decode_fetch_answer(b)?),
        "GetRequest" => delivery::encode_get_request(&delivery::decode_get_request(b)?),
        "StoredEnvelope" => {
            delivery::encode_stored_envelope(&whole(b, delivery::read_stored_envelope)?)
        }
        "GetAnswer" => delivery::encode_get_answer(&delivery::decode_get_answer(b)?),
        "AcknowledgeRequest" => {
            delivery::encode_acknowledge_request(&delivery::decode_acknowledge_request(b)?)
        }
        "PrekeyStock" => delivery::encode_prekey_stock(&delivery::decode_prekey_stock(b)?),
        "DeliveryAuthTBS" => {
            let tbs = whole(b, delivery_auth::read_delivery_auth_tbs)?;
            delivery_auth::encode_delivery_auth_tbs(&tbs)
        }
        "DeliveryAuth" => {
            delivery_auth::encode_delivery_auth(&delivery_auth::decode_delivery_auth(b)?)
        }
        other => return Err(Stop::Unsupported(format!("structure {other}"))),
    })
}

/// The command.
pub fn run(request: &Request) -> Answer {
    request.knows(&["type", "bytes"])?;
    let name = request.text("type")?.unwrap_or_default();
    Ok(Out::default().bytes("bytes", &reencode(name, &request.bytes("bytes")?)?))
}
