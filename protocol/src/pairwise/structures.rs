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
    AcknowledgeRequest, CommitAnswer, CommitRequest, DeliveryAuth, DeliveryAuthTbs, FetchAnswer,
    FetchRequest, GetAnswer, GetRequest, PrekeyStock, Publication, StoredEnvelope,
};
use crate::error::{Error, Malformed};
use alloc::vec::Vec;

/// Decodes a structure, and encodes it again.
type Again = fn(&[u8]) -> Result<Vec<u8>, Error>;

/// Every structure that is decoded, by its name in the specification.
pub(crate) const STRUCTURES: &[(&str, Again)] = &[
    ("Extension", again::<Extension>),
    ("TypedKey", again::<TypedKey>),
    ("TypedKeys", again::<TypedKeys>),
    ("Credential", again::<Credential>),
    ("DeviceList", again::<DeviceList>),
    ("DeviceLists", again::<DeviceLists>),
    ("VerificationCode", again::<VerificationCode>),
    ("Prekey", again::<Prekey>),
    ("PrekeyBatch", again::<PrekeyBatch>),
    ("PublishedBatch", again::<PublishedBatch>),
    ("PrekeyBundle", again::<PrekeyBundle>),
    ("HandshakeMessage", again::<HandshakeMessage>),
    ("FirstMessage", again::<FirstMessage>),
    ("InitiatorIdentity", again::<InitiatorIdentity>),
    ("CredentialUpdate", again::<CredentialUpdate>),
    ("MailboxRotation", again::<MailboxRotation>),
    ("Envelope", again::<Envelope>),
    ("Publication", again::<Publication>),
    ("FetchRequest", again::<FetchRequest>),
    ("FetchAnswer", again::<FetchAnswer>),
    ("GetRequest", again::<GetRequest>),
    ("GetAnswer", again::<GetAnswer>),
    ("StoredEnvelope", again::<StoredEnvelope>),
    ("AcknowledgeRequest", again::<AcknowledgeRequest>),
    ("PrekeyStock", again::<PrekeyStock>),
    ("CommitRequest", again::<CommitRequest>),
    ("CommitAnswer", again::<CommitAnswer>),
    ("DeliveryAuthTBS", again::<DeliveryAuthTbs>),
    ("DeliveryAuth", again::<DeliveryAuth>),
    ("Content", again::<Content>),
    ("AttachmentReference", again::<AttachmentReference>),
    ("Receipt", again::<Receipt>),
    ("Record", again::<Record>),
    ("Change", again::<Change>),
    ("Head", again::<Head>),
    ("InnerFrame", frame),
    ("Header", header),
    ("RatchetMessage", ratchet_message),
    ("SessionState", session_state),
];

/// Decodes a structure and encodes it again; none for an unknown name.
pub(crate) fn reencode(name: &str, bytes: &[u8]) -> Option<Result<Vec<u8>, Error>> {
    STRUCTURES.iter().find(|(known, _)| *known == name).map(|(_, again)| again(bytes))
}

fn again<T: Wire>(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    T::from_bytes(bytes).map(|value| value.to_bytes())
}

fn session_state(body: &[u8]) -> Result<Vec<u8>, Error> {
    SessionState::from_record(body).map(|session| session.to_bytes())
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
    write_header(&mut w, header.ratchet_key, header.flags, header.pn, header.n);
    Ok(w.into_bytes())
}

fn ratchet_message(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    if is_ratchet_message(Suite::Core, bytes) {
        Ok(bytes.to_vec())
    } else {
        Err(Malformed::Value.into())
    }
}
