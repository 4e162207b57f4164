//! GroupInfos and Welcomes that the peer makes (§12.4.3).

use super::commit::Made;
use super::forge::{Forge, flipped, no_room, short};
use super::leaf::{GREASE, UNLISTED, other_suite};
use super::list::{external_psk, nonce};
use super::member::{Member, Store, blank_leaf, other_member};
use super::message;
use super::signing;
use super::tree::{self, Sent};
use crate::wire::Stop;
use sceau_spec::group::crypto::{encrypt_with_label, make_key_package_ref};
use sceau_spec::group::extensions::{EXTERNAL_PUB, RATCHET_TREE};
use sceau_spec::group::framing::{MLS_GROUP_INFO, MLS_WELCOME};
use sceau_spec::group::group_context::{GroupContext, encode_group_context};
use sceau_spec::group::key_package::{KeyPackage, encode_key_package};
use sceau_spec::group::key_schedule::{
    confirmation_tag, epoch_secret, epoch_secrets, external_key_pair, welcome_secret,
};
use sceau_spec::group::labels::{GROUP_INFO_TBS, KEY_PACKAGE_TBS, WELCOME};
use sceau_spec::group::psk::PreSharedKeyId;
use sceau_spec::group::ratchet_tree::leaf_count;
use sceau_spec::group::suite::{CipherSuite, aead_seal, nh};
use sceau_spec::group::tree_hash::root_tree_hash;
use sceau_spec::group::tree_math::{common_ancestor, leaf_node_index};
use sceau_spec::group::welcome::{
    EncryptedGroupSecrets, EncryptedSecrets, GroupInfo, GroupSecrets, Welcome,
    encode_group_secrets, encode_welcome, group_info_tbs, welcome_key_and_nonce,
};
use sceau_spec::octets::{Octets, ascii, byte, empty, from_bytes, u16_be};
use sceau_spec::pairwise::codec::{Extension, Extensions, write_opaque};
use sceau_spec::pairwise::error::ErrorClass;

/// A GroupInfo: its encoding without the signature, its signature, and the tree, if it is to be beside it.
pub struct Info {
    pub tbs: Octets,
    pub signature: Octets,
    pub tree: Octets,
}

/// Makes the GroupInfo of a member's epoch. In a Welcome its tag is of the GroupContext that stands in it, and so
/// of its secrets: `made` has what they come from.
pub fn group_info(
    member: &Member,
    forge: &mut Forge,
    tree_inside: bool,
    made: Option<&Made>,
) -> Result<Info, Stop> {
    let suite = member.suite();
    let sent: Sent = tree::forged(member, forge, made)?;
    let context = context(member, forge, &sent)?;
    let mut extensions = Extensions::new(0);
    if tree_inside {
        let data = sent.encoded.clone();
        extensions = extensions.push(&Extension { extension_type: RATCHET_TREE, data });
    }
    if made.is_none() {
        extensions = external_pub(member, forge, extensions);
    }
    extra(forge, &mut extensions);
    let tag = match made {
        None => member.confirmation_tag.clone(),
        Some(made) => {
            let encoded = encode_group_context(&context);
            let secret = epoch_secret(suite, &made.joiner_secret, &made.psk_secret, &encoded);
            let key = epoch_secrets(suite, &secret).confirmation_key;
            let tag = confirmation_tag(suite, &key, &context.confirmed_transcript_hash);
            if forge.is("group-info-confirmation-tag") { flipped(&tag) } else { tag }
        }
    };
    let signer = signer(member, forge)?;
    let info = GroupInfo {
        group_context: context,
        extensions,
        confirmation_tag: tag,
        signer,
        signature: empty(),
    };
    let mut tbs = group_info_tbs(&info);
    if forge.is("group-info-version") {
        tbs = u16_be(2).concat(&tbs.slice(2, tbs.len() - 2));
    }
    let label = if forge.is("group-info-wrong-label") { KEY_PACKAGE_TBS } else { GROUP_INFO_TBS };
    let key = match made {
        Some(made) if forge.is("group-info-old-signature-key") => &made.signer_before,
        _ => &member.signer,
    };
    let signature = signing::sign(forge, "group-info", suite, key, label, &tbs);
    Ok(Info { tbs, signature, tree: sent.encoded })
}

/// The GroupContext that goes out.
fn context(member: &Member, forge: &mut Forge, sent: &Sent) -> Result<GroupContext, Stop> {
    let suite = member.suite();
    let mut context = member.context.clone();
    if sent.changed {
        context.tree_hash = root_tree_hash(suite, &sent.tree);
    }
    if forge.is("group-info-tree-hash") {
        context.tree_hash = forge.draw(nh(suite));
    }
    if forge.is("group-info-other-suite") {
        context.cipher_suite = other_suite(suite);
    }
    if forge.is("group-info-context-unsupported") {
        let data = byte(1);
        context.extensions = context.extensions.push(&Extension { extension_type: UNLISTED, data });
    }
    Ok(context)
}

fn external_pub(member: &Member, forge: &Forge, extensions: Extensions) -> Extensions {
    if forge.is("group-info-without-external-pub") {
        return extensions;
    }
    let mut key = external_key_pair(member.suite(), &member.secrets.external_secret).public_key;
    if forge.is("group-info-external-pub-short") {
        key = short(&key);
    }
    extensions.push(&Extension { extension_type: EXTERNAL_PUB, data: write_opaque(&key) })
}

fn extra(forge: &Forge, extensions: &mut Extensions) {
    let more = Extension { extension_type: GREASE, data: ascii("data") };
    if forge.is("group-info-extension-grease") {
        *extensions = extensions.push(&more);
    }
    if forge.is("group-info-extension-repeated") {
        *extensions = extensions.push(&more).push(&more);
    }
}

fn signer(member: &Member, forge: &Forge) -> Result<u32, Stop> {
    if forge.is("group-info-signer-out-of-range") {
        return Ok(leaf_count(&member.tree));
    }
    if forge.is("group-info-signer-blank") {
        return blank_leaf(&member.tree).map_or_else(|| no_room("blank leaf"), Ok);
    }
    if forge.is("group-info-signer-other") {
        let other = other_member(&member.tree, member.leaf);
        return other.map_or_else(|| no_room("other member"), Ok);
    }
    Ok(member.leaf)
}

/// The MLSMessage of a GroupInfo.
pub fn message(forge: &Forge, info: &Info) -> Octets {
    message::finish(forge, MLS_GROUP_INFO, &info.tbs, &info.signature)
}

/// The Welcome for all whom a Commit adds: its MLSMessage, and the tree.
pub fn welcome(
    store: &Store,
    forge: &mut Forge,
    made: &Made,
    tree_inside: bool,
) -> Result<(Octets, Octets), Stop> {
    let member = &made.next;
    let suite = member.suite();
    let info = group_info(member, forge, tree_inside, Some(made))?;
    let mut plaintext = info.tbs.concat(&write_opaque(&info.signature));
    if forge.is("group-info-trailing") {
        plaintext = plaintext.push(&0);
    }
    let (cipher_suite, sealing) = suites(forge, suite);
    let secret = welcome_secret(suite, &made.joiner_secret, &made.psk_secret);
    let (key, nonce) = welcome_key_and_nonce(sealing, &secret);
    let sealed = aead_seal(sealing, &key, &nonce, &empty(), &plaintext);
    let ids = psk_ids(member, store, forge, &made.applied.psks)?;
    let mut secrets = EncryptedSecrets::new(0);
    for (leaf, key_package) in &made.applied.added {
        let plain = group_secrets(made, forge, *leaf, &ids)?;
        let context = if forge.is("welcome-without-context") { empty() } else { sealed.clone() };
        let key = &key_package.init_key;
        let randomness = forge.encapsulation(sealing);
        let sealed = encrypt_with_label(sealing, key, WELCOME, &context, &plain, &randomness);
        // A Welcome for a key that is none has nothing for it; members judge the Commit.
        let Ok(encrypted_group_secrets) = sealed else { continue };
        let new_member = reference(forge, cipher_suite, key_package);
        secrets = secrets.push(&EncryptedGroupSecrets { new_member, encrypted_group_secrets });
    }
    let welcome = Welcome { cipher_suite, secrets, encrypted_group_info: sealed };
    let mut out = message::whole(MLS_WELCOME, &encode_welcome(&welcome));
    if forge.is("welcome-trailing") {
        out = out.push(&0);
    }
    Ok((out, info.tree))
}

/// The suite that the Welcome names, and the one under which it is encrypted: the same, where the sizes are.
fn suites(forge: &Forge, suite: CipherSuite) -> (CipherSuite, CipherSuite) {
    if forge.is("welcome-unknown-suite") {
        return (0x0bad, suite);
    }
    if !forge.is("welcome-other-suite") {
        return (suite, suite);
    }
    let other = other_suite(suite);
    if nh(other) == nh(suite) { (other, other) } else { (other, suite) }
}

fn reference(forge: &Forge, suite: CipherSuite, key_package: &KeyPackage) -> Octets {
    let reference = make_key_package_ref(suite, &encode_key_package(key_package));
    if forge.is("welcome-other-reference") { flipped(&reference) } else { reference }
}

fn group_secrets(
    made: &Made,
    forge: &mut Forge,
    leaf: u32,
    psks: &[PreSharedKeyId],
) -> Result<Octets, Stop> {
    let member = &made.next;
    let suite = member.suite();
    let (own, newcomer) = (leaf_node_index(member.leaf), leaf_node_index(leaf));
    let ancestor = common_ancestor(own, newcomer, leaf_count(&member.tree));
    let of_node = |secrets: &Vec<(u32, Octets)>| {
        secrets.iter().find(|(node, _)| *node == ancestor).map(|(_, secret)| secret.clone())
    };
    let mut path_secret = made.path_secrets.as_ref().and_then(of_node);
    if path_secret.is_some() && forge.is("welcome-path-secret-wrong") {
        path_secret = Some(forge.draw(nh(suite)));
    }
    if path_secret.is_some() && forge.is("welcome-path-secret-missing") {
        path_secret = None;
    }
    if path_secret.is_none() && forge.is("welcome-path-secret-unexpected") {
        path_secret = Some(forge.draw(nh(suite)));
    }
    let mut joiner_secret = made.joiner_secret.clone();
    if forge.is("welcome-joiner-secret-wrong") {
        joiner_secret = forge.draw(nh(suite));
    }
    let mut ids = hacspec_lib::Seq::new(0);
    for id in psks {
        ids = ids.push(id);
    }
    let plain = encode_group_secrets(&GroupSecrets { joiner_secret, path_secret, psks: ids });
    Ok(if forge.is("welcome-secrets-trailing") { plain.push(&0) } else { plain })
}

/// The PSKs that the GroupSecrets list.
fn psk_ids(
    member: &Member,
    store: &Store,
    forge: &mut Forge,
    honest: &[PreSharedKeyId],
) -> Result<Vec<PreSharedKeyId>, Stop> {
    let mut ids = honest.to_vec();
    let suite = member.suite();
    if forge.is("welcome-psk-unknown") {
        let id = forge.draw(16);
        ids.push(external_psk(&id, nonce(suite, forge)));
    }
    if forge.is("welcome-psk-not-mixed") {
        let Some(id) = store.psks.keys().next() else { return no_room("external PSK") };
        ids.push(external_psk(&from_bytes(id), nonce(suite, forge)));
    }
    if !ids.is_empty() && forge.is("welcome-psk-left-out") {
        ids.clear();
    }
    Ok(ids)
}

/// Refuses a suite that the peer does not speak.
pub fn spoken(suite: CipherSuite) -> Result<(), Stop> {
    match sceau_spec::group::suite::is_supported(suite) {
        true => Ok(()),
        false => Err(Stop::Reject(ErrorClass::UnsupportedSuite)),
    }
}
