//! Welcome and GroupInfo (§12.4.3): their structures, and the opening of a Welcome. What a new member does
//! with them belongs to the state transitions.

use super::commit::{encode_hpke_ciphertext, read_hpke_ciphertext};
use super::crypto::{
    decrypt_with_label, encrypt_with_label, expand_with_label, sign_with_label, verify_with_label,
};
use super::extensions::read_group_extensions;
use super::group_context::{GroupContext, encode_group_context, read_group_context};
use super::hpke::HpkeCiphertext;
use super::labels::{GROUP_INFO_TBS, KEY, NONCE, WELCOME};
use super::limits::{MAX_GROUP_PROPOSALS, MAX_GROUP_SECRETS, MAX_GROUP_TREE};
use super::psk::{PreSharedKeyIds, encode_psk_ids, read_psk_ids};
use super::suite::{CipherSuite, NN, aead_open, aead_seal, nk};
use super::tree_math::LeafIndex;
use crate::octets::{Octets, byte, empty, u16_be, u32_be};
use crate::pairwise::codec::{
    Extensions, Reader, at_end, finish, read_opaque, read_presence, read_u16, read_u32,
    read_vector, reader, write_extensions, write_opaque,
};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::limits::{MAX_KEY, MAX_SIGNATURE};
use hacspec_lib::*;

/// GroupInfo.
#[derive(Clone, Debug, Default)]
pub struct GroupInfo {
    /// The group's context.
    pub group_context: GroupContext,
    /// Extensions.
    pub extensions: Extensions,
    /// Confirmation tag of the epoch.
    pub confirmation_tag: Octets,
    /// The member that signs.
    pub signer: LeafIndex,
    /// Signature over GroupInfoTBS.
    pub signature: Octets,
}

/// GroupSecrets.
#[derive(Clone, Debug, Default)]
pub struct GroupSecrets {
    /// joiner_secret.
    pub joiner_secret: Octets,
    /// The path secret of the lowest common ancestor with the committer.
    pub path_secret: Option<Octets>,
    /// PSKs of the epoch.
    pub psks: PreSharedKeyIds,
}

/// EncryptedGroupSecrets.
#[derive(Clone, Debug, Default)]
pub struct EncryptedGroupSecrets {
    /// Reference to the new member's KeyPackage.
    pub new_member: Octets,
    /// GroupSecrets, encrypted to its init key.
    pub encrypted_group_secrets: HpkeCiphertext,
}

/// The secrets of the new members.
pub type EncryptedSecrets = Seq<EncryptedGroupSecrets>;

/// Welcome.
#[derive(Clone, Debug, Default)]
pub struct Welcome {
    /// The group's suite.
    pub cipher_suite: CipherSuite,
    /// The secrets, for each new member.
    pub secrets: EncryptedSecrets,
    /// GroupInfo, encrypted under the welcome key.
    pub encrypted_group_info: Octets,
}

/// Reads a GroupInfo.
pub fn read_group_info(r: Reader) -> Result<(GroupInfo, Reader), ErrorClass> {
    let (group_context, r) = read_group_context(r)?;
    let (extensions, r) = read_group_extensions(r)?;
    let (confirmation_tag, r) = read_opaque(r, MAX_KEY)?;
    let (signer, r) = read_u32(r)?;
    let (signature, r) = read_opaque(r, MAX_SIGNATURE)?;
    Ok((GroupInfo { group_context, extensions, confirmation_tag, signer, signature }, r))
}

/// Decodes a GroupInfo.
pub fn decode_group_info(bytes: &Octets) -> Result<GroupInfo, ErrorClass> {
    let (group_info, r) = read_group_info(reader(bytes))?;
    finish(&r)?;
    Ok(group_info)
}

/// `encode(GroupInfoTBS)`.
pub fn group_info_tbs(group_info: &GroupInfo) -> Octets {
    encode_group_context(&group_info.group_context)
        .concat(&write_extensions(&group_info.extensions))
        .concat(&write_opaque(&group_info.confirmation_tag))
        .concat(&u32_be(group_info.signer))
}

/// `encode(GroupInfo)`.
pub fn encode_group_info(group_info: &GroupInfo) -> Octets {
    group_info_tbs(group_info).concat(&write_opaque(&group_info.signature))
}

/// The signature of a GroupInfo.
pub fn sign_group_info(private_key: &Octets, group_info: &GroupInfo) -> Octets {
    let suite = group_info.group_context.cipher_suite;
    sign_with_label(suite, private_key, GROUP_INFO_TBS, &group_info_tbs(group_info))
}

/// Refuses a GroupInfo that the signer's key did not sign. See also [GJN-03].
pub fn verify_group_info(public_key: &Octets, group_info: &GroupInfo) -> Result<(), ErrorClass> {
    let suite = group_info.group_context.cipher_suite;
    let tbs = group_info_tbs(group_info);
    verify_with_label(suite, public_key, GROUP_INFO_TBS, &tbs, &group_info.signature)
}

/// Decodes GroupSecrets.
pub fn decode_group_secrets(bytes: &Octets) -> Result<GroupSecrets, ErrorClass> {
    let (joiner_secret, r) = read_opaque(reader(bytes), MAX_KEY)?;
    let (present, r) = read_presence(r)?;
    let (path_secret, r) = if present {
        let (path_secret, r) = read_opaque(r, MAX_KEY)?;
        (Some(path_secret), r)
    } else {
        (None, r)
    };
    let (psks, r) = read_psk_ids(r)?;
    finish(&r)?;
    Ok(GroupSecrets { joiner_secret, path_secret, psks })
}

/// `encode(GroupSecrets)`.
pub fn encode_group_secrets(secrets: &GroupSecrets) -> Octets {
    let path_secret = match &secrets.path_secret {
        Some(path_secret) => byte(1).concat(&write_opaque(path_secret)),
        None => byte(0),
    };
    write_opaque(&secrets.joiner_secret).concat(&path_secret).concat(&encode_psk_ids(&secrets.psks))
}

/// Reads a Welcome.
/// See also [LIM-01].
pub fn read_welcome(r: Reader) -> Result<(Welcome, Reader), ErrorClass> {
    let (cipher_suite, r) = read_u16(r)?;
    let (mut inner, r) = read_vector(r)?;
    let mut secrets = EncryptedSecrets::new(0);
    for _i in 0..inner.bytes.len() {
        if !at_end(&inner) {
            let (new_member, rest) = read_opaque(inner, MAX_KEY)?;
            let (encrypted_group_secrets, rest) = read_hpke_ciphertext(rest)?;
            let length = encrypted_group_secrets.ciphertext.len();
            check(length <= MAX_GROUP_SECRETS, ErrorClass::Malformed)?;
            secrets =
                secrets.push_owned(EncryptedGroupSecrets { new_member, encrypted_group_secrets });
            inner = rest;
        }
    }
    check(secrets.len() <= MAX_GROUP_PROPOSALS, ErrorClass::Malformed)?;
    let (encrypted_group_info, r) = read_opaque(r, MAX_GROUP_TREE)?;
    Ok((Welcome { cipher_suite, secrets, encrypted_group_info }, r))
}

/// `encode(Welcome)`.
pub fn encode_welcome(welcome: &Welcome) -> Octets {
    let mut body = empty();
    for i in 0..welcome.secrets.len() {
        let secrets = &welcome.secrets[i];
        let sealed = encode_hpke_ciphertext(&secrets.encrypted_group_secrets);
        body = body.concat_owned(write_opaque(&secrets.new_member).concat(&sealed));
    }
    u16_be(welcome.cipher_suite)
        .concat(&write_opaque(&body))
        .concat(&write_opaque(&welcome.encrypted_group_info))
}

/// The secrets of one new member, encrypted to its init key (§12.4.3.1).
pub fn seal_group_secrets(
    suite: CipherSuite,
    init_key: &Octets,
    encrypted_group_info: &Octets,
    secrets: &GroupSecrets,
    randomness: &Octets,
) -> Result<HpkeCiphertext, ErrorClass> {
    let plaintext = encode_group_secrets(secrets);
    encrypt_with_label(suite, init_key, WELCOME, encrypted_group_info, &plaintext, randomness)
}

/// The secrets for the KeyPackage of a reference, opened with its init key (§12.4.3.1); refused where the
/// Welcome has none for it. See also [GJN-01], [GJN-10].
pub fn open_group_secrets(
    welcome: &Welcome,
    key_package_ref: &Octets,
    init_private_key: &Octets,
) -> Result<GroupSecrets, ErrorClass> {
    let mut found = Err(ErrorClass::UnknownPrekey);
    for i in 0..welcome.secrets.len() {
        if found.is_err() && welcome.secrets[i].new_member == *key_package_ref {
            found = Ok(welcome.secrets[i].encrypted_group_secrets.clone());
        }
    }
    let context = &welcome.encrypted_group_info;
    let suite = welcome.cipher_suite;
    let plaintext = decrypt_with_label(suite, init_private_key, WELCOME, context, &found?)?;
    decode_group_secrets(&plaintext)
}

// ANCHOR: welcome_key
/// welcome_key and welcome_nonce (§12.4.3.1).
pub fn welcome_key_and_nonce(suite: CipherSuite, welcome_secret: &Octets) -> (Octets, Octets) {
    let nonce = expand_with_label(suite, welcome_secret, NONCE, &empty(), NN);
    let key = expand_with_label(suite, welcome_secret, KEY, &empty(), nk(suite));
    (key, nonce)
}
// ANCHOR_END: welcome_key

/// The GroupInfo of a Welcome, encrypted under its welcome_secret.
pub fn seal_group_info(
    suite: CipherSuite,
    welcome_secret: &Octets,
    group_info: &GroupInfo,
) -> Octets {
    let (key, nonce) = welcome_key_and_nonce(suite, welcome_secret);
    aead_seal(suite, &key, &nonce, &empty(), &encode_group_info(group_info))
}

/// The GroupInfo of a Welcome, opened under its welcome_secret; its signature is not verified here.
/// See also [GJN-10].
pub fn open_group_info(
    suite: CipherSuite,
    welcome_secret: &Octets,
    encrypted_group_info: &Octets,
) -> Result<GroupInfo, ErrorClass> {
    let (key, nonce) = welcome_key_and_nonce(suite, welcome_secret);
    let plaintext = aead_open(suite, &key, &nonce, &empty(), encrypted_group_info)
        .ok_or(ErrorClass::Undecryptable)?;
    decode_group_info(&plaintext)
}
