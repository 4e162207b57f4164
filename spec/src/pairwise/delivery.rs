//! What a relay is asked and what it answers (Delivery service, *Formats*).

use super::bundle::{PrekeyBundle, encode_prekey_bundle, read_prekey_bundle};
use super::codec::{
    Reader, at_end, finish, read_bytes, read_opaque, read_u8, read_u16, read_u32, read_u64,
    read_vector, reader, write_opaque,
};
use super::envelope::Mailboxes;
use super::error::{ErrorClass, check};
use super::identities::{
    Credential, DeviceLists, encode_credential, encode_device_lists, read_credential,
    read_device_lists, read_version,
};
use super::limits::{MAX_DEVICES, MAX_GET, MAX_KEY, MAX_MESSAGE};
use super::prekeys::{PublishedBatch, encode_published_batch, read_published_batch};
use crate::octets::{Octets, byte, empty, u16_be, u32_be, u64_be};
use hacspec_lib::*;

/// Size of a handle (`[DS-15]`).
pub const HANDLE: usize = 16;

/// `Publication`.
#[derive(Clone, Debug, Default)]
pub struct Publication {
    /// The device's lists.
    pub device_lists: DeviceLists,
    /// Its credential.
    pub credential: Credential,
    /// The batch, with its keys.
    pub batch: PublishedBatch,
}

/// `FetchRequest`.
#[derive(Clone, Debug, Default)]
pub struct FetchRequest {
    /// Whose bundles.
    pub account_id: Octets,
    /// Of which device; 0: of each that is listed.
    pub serial: u64,
}

/// Bundles of the devices of an account.
pub type Bundles = Seq<PrekeyBundle>;

/// `GetRequest`.
#[derive(Clone, Debug, Default)]
pub struct GetRequest {
    /// The mailbox.
    pub mailbox_id: Octets,
    /// How many envelopes at most.
    pub most: u16,
}

/// `StoredEnvelope`.
#[derive(Clone, Debug, Default)]
pub struct StoredEnvelope {
    /// By which it is acknowledged.
    pub handle: Octets,
    /// When the relay deletes it, seconds.
    pub expiry: u64,
    /// The message.
    pub message: Octets,
}

/// `GetAnswer`.
#[derive(Clone, Debug, Default)]
pub struct GetAnswer {
    /// Envelopes of the mailbox.
    pub envelopes: Seq<StoredEnvelope>,
    /// Whether the mailbox holds envelopes beyond these (`[DS-21]`).
    pub more: bool,
}

/// `AcknowledgeRequest`.
#[derive(Clone, Debug, Default)]
pub struct AcknowledgeRequest {
    /// The mailbox.
    pub mailbox_id: Octets,
    /// The handles of what is to be deleted, in any order; one may stand there twice.
    pub handles: Mailboxes,
}

/// `PrekeyStock`: what is left of the newest batch (`[DS-08]`).
#[derive(Clone, Debug, Default)]
pub struct PrekeyStock {
    /// One-time prekeys.
    pub one_time: u32,
    /// One-time KEM prekeys.
    pub kem_one_time: u32,
}

/// `encode(Publication)`.
pub fn encode_publication(publication: &Publication) -> Octets {
    byte(0)
        .concat(&encode_device_lists(&publication.device_lists))
        .concat(&encode_credential(&publication.credential))
        .concat(&encode_published_batch(&publication.batch))
}

/// Decodes a `Publication`.
pub fn decode_publication(bytes: &Octets) -> Result<Publication, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (device_lists, r) = read_device_lists(r)?;
    let (credential, r) = read_credential(r)?;
    let (batch, r) = read_published_batch(r)?;
    finish(&r)?;
    Ok(Publication { device_lists, credential, batch })
}

/// `encode(FetchRequest)`.
pub fn encode_fetch_request(request: &FetchRequest) -> Octets {
    byte(0).concat(&write_opaque(&request.account_id)).concat(&u64_be(request.serial))
}

/// Decodes a `FetchRequest`.
pub fn decode_fetch_request(bytes: &Octets) -> Result<FetchRequest, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (account_id, r) = read_opaque(r, MAX_KEY)?;
    let (serial, r) = read_u64(r)?;
    finish(&r)?;
    Ok(FetchRequest { account_id, serial })
}

/// `encode(FetchAnswer)`.
pub fn encode_fetch_answer(bundles: &Bundles) -> Octets {
    let mut body = empty();
    for i in 0..bundles.len() {
        body = body.concat_owned(encode_prekey_bundle(&bundles[i]));
    }
    byte(0).concat_owned(write_opaque(&body))
}

/// Decodes a `FetchAnswer`: not more bundles than an account has devices (`[LIM-01]`).
pub fn decode_fetch_answer(bytes: &Octets) -> Result<Bundles, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (mut inner, r) = read_vector(r)?;
    let mut bundles = Bundles::new(0);
    for _i in 0..MAX_DEVICES {
        if !at_end(&inner) {
            let (bundle, rest) = read_prekey_bundle(inner)?;
            bundles = bundles.push_owned(bundle);
            inner = rest;
        }
    }
    finish(&inner)?;
    finish(&r)?;
    Ok(bundles)
}

/// `encode(GetRequest)`.
pub fn encode_get_request(request: &GetRequest) -> Octets {
    byte(0).concat(&request.mailbox_id).concat(&u16_be(request.most))
}

/// Decodes a `GetRequest`.
pub fn decode_get_request(bytes: &Octets) -> Result<GetRequest, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (mailbox_id, r) = read_bytes(r, 32)?;
    let (most, r) = read_u16(r)?;
    finish(&r)?;
    Ok(GetRequest { mailbox_id, most })
}

/// Reads a `StoredEnvelope`.
pub fn read_stored_envelope(r: Reader) -> Result<(StoredEnvelope, Reader), ErrorClass> {
    let (handle, r) = read_bytes(r, HANDLE)?;
    let (expiry, r) = read_u64(r)?;
    let (message, r) = read_opaque(r, MAX_MESSAGE)?;
    Ok((StoredEnvelope { handle, expiry, message }, r))
}

/// `encode(StoredEnvelope)`.
pub fn encode_stored_envelope(envelope: &StoredEnvelope) -> Octets {
    envelope
        .handle
        .clone()
        .concat_owned(u64_be(envelope.expiry))
        .concat_owned(write_opaque(&envelope.message))
}

/// `encode(GetAnswer)`.
pub fn encode_get_answer(answer: &GetAnswer) -> Octets {
    let mut body = empty();
    for i in 0..answer.envelopes.len() {
        body = body.concat_owned(encode_stored_envelope(&answer.envelopes[i]));
    }
    byte(0).concat_owned(write_opaque(&body)).concat_owned(byte(answer.more as u8))
}

/// Decodes a `GetAnswer`: at most `max_get` envelopes (`[DS-14]`, `[LIM-01]`), and more or not (`[DS-21]`).
pub fn decode_get_answer(bytes: &Octets) -> Result<GetAnswer, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (mut inner, r) = read_vector(r)?;
    let mut envelopes = Seq::<StoredEnvelope>::new(0);
    for _i in 0..MAX_GET {
        if !at_end(&inner) {
            let (envelope, rest) = read_stored_envelope(inner)?;
            envelopes = envelopes.push_owned(envelope);
            inner = rest;
        }
    }
    finish(&inner)?;
    let (more, r) = read_u8(r)?;
    finish(&r)?;
    check(more <= 1, ErrorClass::Malformed)?;
    Ok(GetAnswer { envelopes, more: more == 1 })
}

/// `encode(AcknowledgeRequest)`.
pub fn encode_acknowledge_request(request: &AcknowledgeRequest) -> Octets {
    let mut handles = empty();
    for i in 0..request.handles.len() {
        handles = handles.concat(&request.handles[i]);
    }
    byte(0).concat(&request.mailbox_id).concat(&write_opaque(&handles))
}

/// Decodes an `AcknowledgeRequest`: at most `max_get` handles (`[LIM-01]`).
pub fn decode_acknowledge_request(bytes: &Octets) -> Result<AcknowledgeRequest, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (mailbox_id, r) = read_bytes(r, 32)?;
    let (mut inner, r) = read_vector(r)?;
    let mut handles = Mailboxes::new(0);
    for _i in 0..MAX_GET {
        if !at_end(&inner) {
            let (handle, rest) = read_bytes(inner, HANDLE)?;
            handles = handles.push(&handle);
            inner = rest;
        }
    }
    finish(&inner)?;
    finish(&r)?;
    Ok(AcknowledgeRequest { mailbox_id, handles })
}

// ANCHOR: prekey_stock
/// `encode(PrekeyStock)`.
/// See also [DS-08].
pub fn encode_prekey_stock(stock: &PrekeyStock) -> Octets {
    byte(0).concat(&u32_be(stock.one_time)).concat(&u32_be(stock.kem_one_time))
}

/// Decodes a `PrekeyStock`.
pub fn decode_prekey_stock(bytes: &Octets) -> Result<PrekeyStock, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (one_time, r) = read_u32(r)?;
    let (kem_one_time, r) = read_u32(r)?;
    finish(&r)?;
    Ok(PrekeyStock { one_time, kem_one_time })
}
// ANCHOR_END: prekey_stock
