//! Private messages (RFC 9420 §6.3).

use crate::codec::{Decode, Encode, Reader, Writer};
use crate::crypto::Secret;
use crate::crypto::kdf;
use crate::crypto::labels::mls as labels;
use crate::error::{Error, Malformed, Misuse, ProviderFailed};
use crate::group::crypto::Crypto;
use crate::group::error::Check;
use crate::group::policy::Padding;
use crate::group::schedule::{MessageKey, SenderDataSecret};
use crate::group::types::{
    AuthData, AuthenticatedContent, Content, ContentType, FramedContent, PrivateMessage, Sender,
};
use crate::limits::MAX_FRAME;
use crate::pairwise::frame::bucket;
use alloc::vec::Vec;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Bytes of a reuse guard.
const REUSE_GUARD: usize = 4;

/// `SenderData`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SenderData {
    pub(crate) leaf_index: u32,
    pub(crate) generation: u32,
    pub(crate) reuse_guard: [u8; REUSE_GUARD],
}

impl Decode for SenderData {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { leaf_index: r.u32()?, generation: r.u32()?, reuse_guard: r.array()? })
    }
}

impl Encode for SenderData {
    fn encode(&self, w: &mut Writer) {
        w.u32(self.leaf_index);
        w.u32(self.generation);
        w.raw(&self.reuse_guard);
    }
}

/// What a private message is encrypted with.
pub(crate) struct PrivateKeys<'a> {
    pub(crate) sender_data_secret: &'a SenderDataSecret,
    pub(crate) generation: u32,
    pub(crate) message_key: MessageKey,
}

/// `SenderDataAAD`, the first three fields of a private message; with `authenticated_data` it is
/// `PrivateContentAAD`.
fn aad(group_id: &[u8], epoch: u64, content_type: ContentType, data: Option<&[u8]>) -> Vec<u8> {
    let mut w = Writer::new();
    w.opaque(group_id);
    w.u64(epoch);
    w.item(&content_type);
    data.iter().for_each(|data| w.opaque(data));
    w.into_bytes()
}

/// How long a content of this length is with its padding.
fn padded_to(length: usize, padding: Padding) -> usize {
    let padded = match padding {
        Padding::Buckets => bucket(length),
        Padding::Multiple(step) => {
            let step = usize::try_from(step).unwrap_or(usize::MAX).max(1);
            length.checked_next_multiple_of(step)
        }
    };
    padded.unwrap_or(length)
}

/// `GDS-11`: a content has a bucket of the inner frame.
pub(crate) fn check_bucket(message: &AuthenticatedContent) -> Result<(), Error> {
    let mut w = Writer::with_capacity(512);
    message.content.content.encode_body(&mut w);
    w.item(&message.auth);
    let most = usize::try_from(MAX_FRAME).unwrap_or(usize::MAX);
    if w.len() > most { Err(Misuse::Limit.into()) } else { Ok(()) }
}

/// Encrypts a member's content, padded with zeros (`GRP-42`); one draw of 4 bytes, the reuse guard (`GRP-41`).
pub(crate) fn protect_private(
    crypto: &Crypto,
    keys: PrivateKeys<'_>,
    message: AuthenticatedContent,
    padding: Padding,
    rng: &mut impl CryptoRng,
) -> Result<PrivateMessage, Error> {
    let AuthenticatedContent { content, auth, .. } = message;
    // §6.3.2: the sender of a private message is a member.
    let leaf_index = content.sender.leaf().ok_or(Check::SenderType.refuse())?;
    let content_type = content.content.content_type();
    let mut w = Writer::with_capacity(512);
    content.content.encode_body(&mut w);
    w.item(&auth);
    let padded = padded_to(w.len(), padding);
    w.zeros(padded.saturating_sub(w.len()));

    let mut reuse_guard = [0; REUSE_GUARD];
    reuse_guard.copy_from_slice(kdf::random(rng, REUSE_GUARD).as_bytes());
    let nonce = guarded(&keys.message_key.nonce, reuse_guard);
    let FramedContent { group_id, epoch, authenticated_data, .. } = content;
    let content_aad = aad(&group_id, epoch, content_type, Some(&authenticated_data));
    let key = keys.message_key.key.as_bytes();
    let ciphertext = crypto.aead_seal(key, nonce.as_bytes(), &content_aad, w.into_bytes())?;

    let sender_data = SenderData { leaf_index, generation: keys.generation, reuse_guard };
    let mut w = Writer::with_capacity(64);
    w.item(&sender_data);
    let (key, nonce) = sender_data_keys(crypto, keys.sender_data_secret, &ciphertext)?;
    let sender_aad = aad(&group_id, epoch, content_type, None);
    let encrypted_sender_data =
        crypto.aead_seal(key.as_bytes(), nonce.as_bytes(), &sender_aad, w.into_bytes())?;
    Ok(PrivateMessage {
        group_id,
        epoch,
        content_type,
        authenticated_data,
        encrypted_sender_data,
        ciphertext,
    })
}

/// Decrypts who sent a message, and with which generation (`GRP-49`, §6.3.2).
///
/// # Errors
/// [`Check::Undecryptable`]; [`Malformed`].
pub(crate) fn open_sender_data(
    crypto: &Crypto,
    secret: &SenderDataSecret,
    message: &PrivateMessage,
) -> Result<SenderData, Error> {
    let (key, nonce) = sender_data_keys(crypto, secret, &message.ciphertext)?;
    let aad = aad(&message.group_id, message.epoch, message.content_type, None);
    let sealed = &message.encrypted_sender_data;
    let opened = crypto.aead_open(key.as_bytes(), nonce.as_bytes(), &aad, sealed)?;
    Ok(crate::codec::decode_all(&opened.ok_or(Check::Undecryptable.refuse())?)?)
}

/// Decrypts the content (`GRP-49`, §6.3.1); its signature is not verified yet.
///
/// # Errors
/// [`Check::Undecryptable`]; [`Malformed`], also for padding that is not zeros.
pub(crate) fn open_content(
    crypto: &Crypto,
    key: &MessageKey,
    sender: SenderData,
    message: &PrivateMessage,
) -> Result<AuthenticatedContent, Error> {
    let nonce = guarded(&key.nonce, sender.reuse_guard);
    let (group_id, data) = (&message.group_id, &message.authenticated_data);
    let aad = aad(group_id, message.epoch, message.content_type, Some(data));
    let opened =
        crypto.aead_open(key.key.as_bytes(), nonce.as_bytes(), &aad, &message.ciphertext)?;
    let opened = Zeroizing::new(opened.ok_or(Check::Undecryptable.refuse())?);
    let mut r = Reader::new(&opened);
    let content = Content::decode_body(message.content_type, &mut r)?;
    let auth = AuthData::decode_for(message.content_type, &mut r)?;
    check_padding(r.rest())?;
    Ok(AuthenticatedContent {
        wire_format: crate::group::types::WIRE_PRIVATE,
        content: FramedContent {
            group_id: message.group_id.clone(),
            epoch: message.epoch,
            sender: Sender::Member(sender.leaf_index),
            authenticated_data: message.authenticated_data.clone(),
            content,
        },
        auth,
    })
}

/// `GRP-43`, RFC 9420 §6.3.1: "A receiver MUST verify that there are no non-zero bytes in the `padding` field".
fn check_padding(padding: &[u8]) -> Result<(), Malformed> {
    if padding.iter().all(|byte| *byte == 0) { Ok(()) } else { Err(Malformed::Padding) }
}

/// The nonce with the reuse guard over its first bytes.
fn guarded(nonce: &Secret, reuse_guard: [u8; REUSE_GUARD]) -> Secret {
    let mut nonce = nonce.duplicate();
    nonce.as_mut().iter_mut().zip(reuse_guard).for_each(|(byte, guard)| *byte ^= guard);
    nonce
}

/// Key and nonce of the sender data (§6.3.2).
pub(crate) fn sender_data_keys(
    crypto: &Crypto,
    secret: &SenderDataSecret,
    ciphertext: &[u8],
) -> Result<(Secret, Secret), ProviderFailed> {
    let sample = ciphertext.get(..crypto.nh()).unwrap_or(ciphertext);
    let aead = crypto.suite().aead();
    let mut key = Secret::zeros(aead.key_len());
    let mut nonce = Secret::zeros(aead.nonce_len());
    let jobs = [(labels::KEY, key.as_mut()), (labels::NONCE, nonce.as_mut())];
    crypto.expand_into(secret.0.as_bytes(), sample, jobs)?;
    Ok((key, nonce))
}

/// [`guarded`], for the tests of the vectors.
#[cfg(test)]
pub(crate) fn tests_guarded(nonce: &Secret, reuse_guard: [u8; REUSE_GUARD]) -> Secret {
    guarded(nonce, reuse_guard)
}
