//! Message protection and Welcome.

use super::crypto;
use crate::codec::{Reader, Wire, Writer, decode_all};
use crate::crypto::Secret;
use crate::crypto::labels::mls as labels;
use crate::error::{Error, Malformed};
use crate::group::SigningIdentity;
use crate::group::active::open_group_info as open_info;
use crate::group::error::Check;
use crate::group::framing::{
    PrivateKeys, confirmation_tag, framed_content_tbs, open_content, open_sender_data,
    protect_private, protect_public, sign_content, verify_content, verify_membership,
};
use crate::group::policy::Padding;
use crate::group::schedule::{
    EncryptionSecret, EpochSecrets, JoinerSecret, MembershipKey, RatchetKind, RatchetLimits,
    SecretTree, SenderDataSecret, psk_secret,
};
use crate::group::suite::CipherSuite;
use crate::group::types::{
    AuthData, AuthenticatedContent, Content, ContentType, Credential, EncryptedGroupSecrets,
    FramedContent, GroupContext, GroupInfo, GroupSecrets, MlsMessage, Sender, WIRE_PRIVATE,
    WIRE_PUBLIC, Welcome,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// The keys of an epoch's messages and the one sender that they are for.
#[allow(missing_docs)]
pub struct Protection<'a> {
    pub suite: CipherSuite,
    pub context: &'a GroupContext,
    pub leaves: u32,
    pub sender: u32,
    pub signature_public: &'a [u8],
    pub signature_private: &'a [u8],
    pub encryption_secret: &'a [u8],
    pub sender_data_secret: &'a [u8],
    pub membership_key: &'a [u8],
}

impl Protection<'_> {
    /// Unprotects an encoded `MLSMessage`; gives its encoded content.
    ///
    /// # Errors
    /// [`Error::Group`]
    pub fn unprotect(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let crypto = crypto(self.suite);
        let context = self.context.to_bytes();
        let opened = match decode_all(message)? {
            MlsMessage::Public(message) => {
                let tbs = framed_content_tbs(WIRE_PUBLIC, &message.content, &context);
                let key = MembershipKey(Secret::from_slice(self.membership_key));
                verify_membership(&crypto, &key, &message, &tbs)?;
                let (content, auth) = (message.content, message.auth);
                AuthenticatedContent { wire_format: WIRE_PUBLIC, content, auth }
            }
            MlsMessage::Private(message) => {
                let secret = SenderDataSecret(Secret::from_slice(self.sender_data_secret));
                let sender = open_sender_data(&crypto, &secret, &message)?;
                let kind = kind(message.content_type);
                let limits = RatchetLimits {
                    max_forward: 1_000,
                    max_skipped: 0,
                    skipped_key_age: u64::MAX,
                    now: 0,
                };
                let key = (sender.leaf_index, kind);
                let (key, _) = self.tree().find(&crypto, key, sender.generation, limits)?;
                open_content(&crypto, &key, sender, &message)?
            }
            _ => return Err(Malformed::Value.into()),
        };
        Check::UnknownSender.require(opened.content.sender == Sender::Member(self.sender))?;
        let tbs = framed_content_tbs(opened.wire_format, &opened.content, &context);
        verify_content(&crypto, self.signature_public, &tbs, &opened.auth.signature)?;
        let mut w = Writer::new();
        match &opened.content.content {
            Content::Application(data) => w.raw(data),
            content => content.encode_body(&mut w),
        }
        Ok(w.into_bytes())
    }

    /// Protects an encoded content of type 1 (application, its bytes), 2 (proposal) or 3 (commit); gives an
    /// encoded `MLSMessage`.
    ///
    /// # Errors
    /// [`Error::Malformed`]
    pub fn protect(
        &self,
        content_type: u8,
        content: &[u8],
        private: bool,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        let crypto = crypto(self.suite);
        let content = match content_type {
            1 => Content::Application(content.to_vec()),
            2 => Content::Proposal(Box::new(decode_all(content)?)),
            3 => Content::Commit(Box::new(decode_all(content)?)),
            _ => return Err(Malformed::Enumeration.into()),
        };
        let content_type = content.content_type();
        let content = FramedContent {
            group_id: self.context.group_id.clone(),
            epoch: self.context.epoch,
            sender: Sender::Member(self.sender),
            authenticated_data: Vec::new(),
            content,
        };
        let wire_format = if private { WIRE_PRIVATE } else { WIRE_PUBLIC };
        let tbs = framed_content_tbs(wire_format, &content, &self.context.to_bytes());
        let nobody = Credential::Basic(Vec::new());
        let key = Secret::from_slice(self.signature_private);
        let identity = SigningIdentity::from_private(self.suite, nobody, key, crypto.provider())?;
        let signature = sign_content(&crypto, &identity, &tbs)?;
        let tag = (content_type == ContentType::Commit).then(|| alloc::vec![7; crypto.nh()]);
        let auth = AuthData { signature, confirmation_tag: tag };
        let message = AuthenticatedContent { wire_format, content, auth };
        let message = if private {
            let kind = kind(content_type);
            let (generation, message_key, _) = self.tree().next(&crypto, (self.sender, kind))?;
            let sender_data_secret = &SenderDataSecret(Secret::from_slice(self.sender_data_secret));
            let keys = PrivateKeys { sender_data_secret, generation, message_key };
            MlsMessage::Private(protect_private(
                &crypto,
                keys,
                message,
                Padding::Multiple(64),
                rng,
            )?)
        } else {
            let key = MembershipKey(Secret::from_slice(self.membership_key));
            MlsMessage::Public(Box::new(protect_public(&crypto, &key, message, &tbs)?))
        };
        Ok(message.to_bytes())
    }

    fn tree(&self) -> SecretTree {
        let secret = EncryptionSecret(Secret::from_slice(self.encryption_secret));
        SecretTree::new(self.leaves, secret)
    }
}

fn kind(content_type: ContentType) -> RatchetKind {
    match content_type {
        ContentType::Application => RatchetKind::Application,
        _ => RatchetKind::Handshake,
    }
}

/// Key and nonce of the sender data of a ciphertext.
///
/// # Errors
/// [`Error::Provider`]
pub fn sender_data_keys(
    suite: CipherSuite,
    secret: &[u8],
    ciphertext: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let secret = SenderDataSecret(Secret::from_slice(secret));
    let (key, nonce) =
        crate::group::framing::sender_data_keys(&crypto(suite), &secret, ciphertext)?;
    Ok((key.as_bytes().to_vec(), nonce.as_bytes().to_vec()))
}

/// Decrypts an entry of a Welcome without pre-shared keys with the init key (private, public) and then the group
/// info, and computes the confirmation tag of its epoch.
///
/// # Errors
/// [`Error::Group`]
pub fn open_welcome(
    suite: CipherSuite,
    (private, public): (&[u8], &[u8]),
    welcome: &Welcome,
    entry: &EncryptedGroupSecrets,
) -> Result<(GroupInfo, Vec<u8>), Error> {
    let crypto = crypto(suite);
    let (label, context) = (labels::WELCOME_ENCRYPTION, &welcome.encrypted_group_info);
    let info = crypto.encrypt_context(label, context)?;
    let private = Secret::from_slice(private);
    let opened = crypto.open(&private, public, &info, &entry.encrypted_group_secrets)?;
    let opened = opened.ok_or(Check::Undecryptable.refuse())?;
    let secrets: GroupSecrets = decode_all(opened.as_bytes())?;
    let joiner = JoinerSecret(secrets.joiner_secret);
    let member = joiner.member_secret(&crypto, psk_secret(&crypto, &[])?)?;
    let info = open_info(&crypto, member.welcome_secret(&crypto)?, welcome)?;
    let epoch = member.epoch_secret(&crypto, &info.group_context.to_bytes())?;
    let (secrets, _) = EpochSecrets::derive(&crypto, epoch)?;
    let confirmed = &info.group_context.confirmed_transcript_hash;
    let tag = confirmation_tag(&crypto, &secrets.confirmation_key, confirmed)?;
    Ok((info, tag))
}

/// Whether the signature of a group info verifies with a key.
///
/// # Errors
/// [`Error::Provider`]
pub fn verify_group_info(
    suite: CipherSuite,
    info: &GroupInfo,
    signature_key: &[u8],
) -> Result<bool, Error> {
    let label = crate::crypto::labels::mls::GROUP_INFO;
    Ok(crypto(suite).verify(signature_key, label, &info.tbs(), &info.signature)?)
}

/// The length that the header of a vector says (§2.1.2).
///
/// # Errors
/// [`Error::Malformed`]
pub fn vector_length(header: &[u8]) -> Result<u32, Error> {
    let mut r = Reader::new(header);
    let length = r.length()?;
    r.finish()?;
    Ok(length)
}
