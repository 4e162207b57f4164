//! The structures by their names in the specification.

use super::content::{AttachmentReference, Content, Receipt};
use super::frame::{CredentialUpdate, Frame, MailboxRotation};
use super::handshake::{FirstMessage, HandshakeMessage, InitiatorIdentity};
use super::identity::{Extension, TypedKey, TypedKeys};
use super::ratchet::header::{Header, write_header};
use super::ratchet::receive::is_ratchet_message;
use super::session::SessionState;
use super::state::{Change, Head, Record};
use super::{
    Credential, DeviceList, DeviceLists, Envelope, Prekey, PrekeyBatch, PrekeyBundle,
    PublishedBatch, VerificationCode,
};
use crate::codec::{Wire, Writer};
use crate::crypto::Suite;
use crate::delivery::{
    AcknowledgeRequest, DeliveryAuth, DeliveryAuthTbs, FetchAnswer, FetchRequest, GetAnswer,
    GetRequest, Publication, StoredEnvelope,
};
use crate::error::{Error, Malformed};
use alloc::vec::Vec;

/// Decodes a structure and encodes it again; none for an unknown name.
pub(crate) fn reencode(name: &str, bytes: &[u8]) -> Option<Result<Vec<u8>, Error>> {
    Some(match name {
        "Extension" => again::<Extension>(bytes),
        "TypedKey" => again::<TypedKey>(bytes),
        "TypedKeys" => again::<TypedKeys>(bytes),
        "Credential" => again::<Credential>(bytes),
        "DeviceList" => again::<DeviceList>(bytes),
        "DeviceLists" => again::<DeviceLists>(bytes),
        "VerificationCode" => again::<VerificationCode>(bytes),
        "Prekey" => again::<Prekey>(bytes),
        "PrekeyBatch" => again::<PrekeyBatch>(bytes),
        "PublishedBatch" => again::<PublishedBatch>(bytes),
        "PrekeyBundle" => again::<PrekeyBundle>(bytes),
        "HandshakeMessage" => again::<HandshakeMessage>(bytes),
        "FirstMessage" => again::<FirstMessage>(bytes),
        "InitiatorIdentity" => again::<InitiatorIdentity>(bytes),
        "CredentialUpdate" => again::<CredentialUpdate>(bytes),
        "MailboxRotation" => again::<MailboxRotation>(bytes),
        "Envelope" => again::<Envelope>(bytes),
        "Publication" => again::<Publication>(bytes),
        "FetchRequest" => again::<FetchRequest>(bytes),
        "FetchAnswer" => again::<FetchAnswer>(bytes),
        "GetRequest" => again::<GetRequest>(bytes),
        "GetAnswer" => again::<GetAnswer>(bytes),
        "StoredEnvelope" => again::<StoredEnvelope>(bytes),
        "AcknowledgeRequest" => again::<AcknowledgeRequest>(bytes),
        "DeliveryAuthTBS" => again::<DeliveryAuthTbs>(bytes),
        "DeliveryAuth" => again::<DeliveryAuth>(bytes),
        "Content" => again::<Content>(bytes),
        "AttachmentReference" => again::<AttachmentReference>(bytes),
        "Receipt" => again::<Receipt>(bytes),
        "Record" => again::<Record>(bytes),
        "Change" => again::<Change>(bytes),
        "Head" => again::<Head>(bytes),
        "InnerFrame" => frame(bytes),
        "Header" => header(bytes),
        "RatchetMessage" => ratchet_message(bytes),
        "SessionState" => again::<SessionState>(bytes),
        _ => return None,
    })
}

fn again<T: Wire>(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    T::from_bytes(bytes).map(|value| value.to_bytes())
}

fn frame(padded: &[u8]) -> Result<Vec<u8>, Error> {
    let frame = Frame::from_bytes(padded)?;
    let mut w = Writer::new();
    frame.write_padded(&mut w, frame.padded_len()?);
    Ok(w.into_bytes())
}

fn header(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let header = Header::parse(Suite::Core, bytes)?;
    let mut w = Writer::new();
    write_header(&mut w, &header.ratchet_key, header.flags, header.pn, header.n);
    Ok(w.into_bytes())
}

fn ratchet_message(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    if is_ratchet_message(Suite::Core, bytes) {
        Ok(bytes.to_vec())
    } else {
        Err(Malformed::Value.into())
    }
}
