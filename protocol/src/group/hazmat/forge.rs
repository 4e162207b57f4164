//! What a member can send that keeps to no rule: any content with signature, tags and encryption as they should be, so that
//! a receiver is left with nothing but its own checks. For tests of receivers.

use crate::codec::{Wire, decode_all};
use crate::crypto::labels::mls as labels;
use crate::crypto::{Provider, Secret};
use crate::error::{Error, Malformed};
use crate::group::active::{
    Given, Group, Next, OwnKeyPackage, Proposals, PskStore, SigningIdentity, look_up,
    open_group_info, open_secrets, sign_leaf_node as sign_leaf,
};
use crate::group::crypto::Crypto;
use crate::group::framing::{confirmation_tag, framed_content_tbs, sign_content};
use crate::group::schedule::{EpochSecrets, JoinerSecret, psk_secret};
use crate::group::suite::CipherSuite;
use crate::group::types::{
    AuthData, AuthenticatedContent, Content, ContentType, EncryptedGroupSecrets, FramedContent,
    GroupInfo, GroupSecrets, KeyPackage, LeafNode, MlsMessage, PreSharedKeyId, Sender,
    WIRE_PRIVATE, WIRE_PUBLIC, Welcome,
};
use alloc::vec::Vec;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// A message of the group's present epoch with any content, framed and signed by this device as `sender`, which need not be
/// it; a commit has the tag that is given. Private messages use up a key.
///
/// # Errors
/// [`Error::Group`] for a private message of nobody; [`Error::Provider`].
pub fn forge(
    group: &mut Group,
    sender: Sender,
    content: Content,
    tag: Option<Vec<u8>>,
    private: bool,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, Error> {
    let content = forge_content(group, sender, content, tag, private)?;
    protect(group, content, rng)
}

/// What [`forge`] protects: any content, signed.
///
/// # Errors
/// [`Error::Provider`]
pub fn forge_content(
    group: &Group,
    sender: Sender,
    content: Content,
    tag: Option<Vec<u8>>,
    private: bool,
) -> Result<AuthenticatedContent, Error> {
    let wire_format = if private { WIRE_PRIVATE } else { WIRE_PUBLIC };
    let content = FramedContent {
        group_id: group.context.group_id.clone(),
        epoch: group.context.epoch,
        sender,
        authenticated_data: Vec::new(),
        content,
    };
    let tbs = framed_content_tbs(wire_format, &content, &group.context_bytes);
    let signature = sign_content(&group.crypto, &group.identity, &tbs)?;
    let commit = content.content.content_type() == ContentType::Commit;
    let confirmation_tag = commit.then(|| tag.unwrap_or_default());
    let auth = AuthData { signature, confirmation_tag };
    Ok(AuthenticatedContent { wire_format, content, auth })
}

/// The encoded message of a signed content, whoever signed it. Private messages use up a key.
///
/// # Errors
/// As [`forge`].
pub fn protect(
    group: &mut Group,
    content: AuthenticatedContent,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, Error> {
    let tbs = framed_content_tbs(content.wire_format, &content.content, &group.context_bytes);
    Ok(group.protect(content, &tbs, rng)?.to_bytes())
}

/// The confirmation tag that a receiver would want of an encoded commit, whatever tag it has; none of a commit that removes
/// the receiver. Nothing changes.
///
/// # Errors
/// As [`Group::receive`], but for the tag.
pub fn wanted_tag(
    receiver: &Group,
    commit: &[u8],
    psks: &PskStore,
    now: u64,
) -> Result<Option<Vec<u8>>, Error> {
    let message = match decode_all(commit)? {
        MlsMessage::Public(message) => {
            let (content, auth) = (message.content, message.auth);
            AuthenticatedContent { wire_format: WIRE_PUBLIC, content, auth }
        }
        MlsMessage::Private(message) => receiver.open_private(&message, now)?.message,
        _ => return Err(Malformed::Value.into()),
    };
    wanted_tag_of(receiver, &message, psks, now)
}

/// [`wanted_tag`] of a content, whose signature is not looked at.
///
/// # Errors
/// As [`wanted_tag`].
pub fn wanted_tag_of(
    receiver: &Group,
    commit: &AuthenticatedContent,
    psks: &PskStore,
    now: u64,
) -> Result<Option<Vec<u8>>, Error> {
    let given = Given { bundled: &Proposals::new(), psks, now };
    Ok(match receiver.stage_unconfirmed(commit, given)?.next {
        Next::Epoch(next) => Some(next.state.confirmation_tag),
        Next::Removed => None,
    })
}

/// Signs a leaf node: of a key package with an empty group id.
///
/// # Errors
/// [`Error::Provider`]
pub fn sign_leaf_node(
    suite: CipherSuite,
    identity: &SigningIdentity,
    leaf_node: &mut LeafNode,
    group_id: &[u8],
    leaf_index: u32,
) -> Result<(), Error> {
    sign_leaf(&super::crypto(suite), identity, leaf_node, group_id, leaf_index)
}

/// Signs a key package, its leaf node first.
///
/// # Errors
/// [`Error::Provider`]
pub fn sign_key_package(
    suite: CipherSuite,
    identity: &SigningIdentity,
    key_package: &mut KeyPackage,
) -> Result<(), Error> {
    sign_leaf_node(suite, identity, &mut key_package.leaf_node, &[], 0)?;
    let tbs = key_package.tbs();
    key_package.signature = identity.sign(&super::crypto(suite), labels::KEY_PACKAGE, &tbs)?;
    Ok(())
}

/// Signs a group info.
///
/// # Errors
/// [`Error::Provider`]
pub fn sign_group_info(
    suite: CipherSuite,
    identity: &SigningIdentity,
    info: &mut GroupInfo,
) -> Result<(), Error> {
    let tbs = info.tbs();
    info.signature = identity.sign(&super::crypto(suite), labels::GROUP_INFO, &tbs)?;
    Ok(())
}

/// What a Welcome says to one newcomer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WelcomeContents {
    /// The group info; it is signed again.
    pub info: GroupInfo,
    /// Its confirmation tag, where that is not to be the one that its context wants.
    pub tag: Option<Vec<u8>>,
    /// The path secret, `Nh` bytes.
    pub path_secret: Option<Vec<u8>>,
    /// The pre-shared keys.
    pub psks: Vec<PreSharedKeyId>,
}

/// An encoded Welcome for one newcomer with other contents, signed by a member.
///
/// # Errors
/// As [`Group::join`], as far as a Welcome is opened.
pub fn alter_welcome(
    welcome: &[u8],
    newcomer: &OwnKeyPackage,
    psks: &PskStore,
    signer: &SigningIdentity,
    alter: impl FnOnce(&mut WelcomeContents),
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, Error> {
    let MlsMessage::Welcome(welcome) = decode_all(welcome)? else {
        return Err(Malformed::Value.into());
    };
    let (_, crypto, secrets) = open_secrets(&welcome, &[newcomer], &Provider::Default)?;
    let joiner = JoinerSecret(secrets.joiner_secret);
    let known = look_up(&secrets.psks, psks, &[])?;
    let member = joiner.member_secret(&crypto, psk_secret(&crypto, &known)?)?;
    let info = open_group_info(&crypto, member.welcome_secret(&crypto)?, &welcome)?;
    let path_secret = secrets.path_secret.map(|secret| secret.as_bytes().to_vec());
    let mut contents = WelcomeContents { info, tag: None, path_secret, psks: secrets.psks };
    alter(&mut contents);
    let WelcomeContents { mut info, tag, path_secret, psks: ids } = contents;
    let known = look_up(&ids, psks, &[]).unwrap_or(known);
    let member = joiner.member_secret(&crypto, psk_secret(&crypto, &known)?)?;
    let (key, nonce) = member.welcome_secret(&crypto)?.key_and_nonce(&crypto)?;
    let epoch = member.epoch_secret(&crypto, &info.group_context.to_bytes())?;
    let wanted = tag_of(&crypto, epoch, &info)?;
    info.confirmation_tag = tag.unwrap_or(wanted);
    info.signature = signer.sign(&crypto, labels::GROUP_INFO, &info.tbs())?;
    let encrypted_group_info =
        crypto.aead_seal(key.as_bytes(), nonce.as_bytes(), &[], info.to_bytes())?;
    let context = crypto.encrypt_context(labels::WELCOME_ENCRYPTION, &encrypted_group_info)?;
    let path_secret = path_secret.as_deref().map(Secret::from_slice);
    let secrets = GroupSecrets { joiner_secret: joiner.0, path_secret, psks: ids };
    let plaintext = Zeroizing::new(secrets.to_bytes());
    let init_key = &newcomer.key_package().init_key;
    let entry = EncryptedGroupSecrets {
        new_member: newcomer.reference().to_vec(),
        encrypted_group_secrets: crypto.seal(init_key, &context, &plaintext, rng)?,
    };
    let cipher_suite = welcome.cipher_suite;
    let secrets = alloc::vec![entry];
    let welcome = Welcome { cipher_suite, secrets, encrypted_group_info };
    Ok(MlsMessage::Welcome(welcome).to_bytes())
}

fn tag_of(
    crypto: &Crypto,
    epoch: crate::group::schedule::EpochSecret,
    info: &GroupInfo,
) -> Result<Vec<u8>, Error> {
    let (secrets, _) = EpochSecrets::derive(crypto, epoch)?;
    let confirmed = &info.group_context.confirmed_transcript_hash;
    Ok(confirmation_tag(crypto, &secrets.confirmation_key, confirmed)?)
}
