//! The extension `external_senders` (§12.1.8.1): who may propose from outside, where a policy admits it.

use super::credentials::{Credential, encode_credential, read_credential};
use super::known_types::check_known_credential;
use super::limits::MAX_GROUP_SENDERS;
use crate::octets::{Octets, empty};
use crate::pairwise::codec::{at_end, finish, read_opaque, read_vector, reader, write_opaque};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::limits::MAX_KEY;
use hacspec_lib::*;

/// ExternalSender.
#[derive(Clone, Debug, Default)]
pub struct ExternalSender {
    /// Signature public key.
    pub signature_key: Octets,
    /// Credential.
    pub credential: Credential,
}

/// The data of the extension.
pub type ExternalSenders = Seq<ExternalSender>;

/// `ExternalSender external_senders<V>`.
pub fn encode_external_senders(senders: &ExternalSenders) -> Octets {
    let mut body = empty();
    for i in 0..senders.len() {
        body = body
            .concat_owned(write_opaque(&senders[i].signature_key))
            .concat_owned(encode_credential(&senders[i].credential));
    }
    write_opaque(&body)
}

// ANCHOR: external_senders
/// Decodes `ExternalSender external_senders<V>`. A credential of a type that is not known is refused (`[GRP-18]`).
/// See also [LIM-01].
pub fn decode_external_senders(bytes: &Octets) -> Result<ExternalSenders, ErrorClass> {
    let (mut inner, r) = read_vector(reader(bytes))?;
    finish(&r)?;
    let mut senders = ExternalSenders::new(0);
    for _i in 0..inner.bytes.len() {
        if !at_end(&inner) {
            let (signature_key, rest) = read_opaque(inner, MAX_KEY)?;
            let (credential, rest) = read_credential(rest)?;
            check_known_credential(&credential)?;
            senders = senders.push_owned(ExternalSender { signature_key, credential });
            inner = rest;
        }
    }
    check(senders.len() <= MAX_GROUP_SENDERS, ErrorClass::Malformed)?;
    Ok(senders)
}

/// The external sender of a `sender_index`; one that is not there is refused (`[GRP-70]`).
pub fn external_sender(
    senders: &ExternalSenders,
    sender_index: u32,
) -> Result<ExternalSender, ErrorClass> {
    check((sender_index as usize) < senders.len(), ErrorClass::Malformed)?;
    Ok(senders[sender_index as usize].clone())
}
// ANCHOR_END: external_senders
