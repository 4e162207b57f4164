//! Message protection and Welcome.

use crate::case::{Case, Failure, Outcome, require, rng, same};
use sceau::Wire;
use sceau::crypto::{Provider, Secret};
use sceau::group::{
    CipherSuite, GroupContext, KeyPackage, MlsMessage, OwnKeyPackage, SigningIdentity,
};
use sceau::hazmat::mls;

/// A group context without extensions.
pub(crate) fn context(
    suite: CipherSuite,
    (group_id, epoch): (&[u8], u64),
    tree_hash: &[u8],
    confirmed: &[u8],
) -> Result<GroupContext, Failure> {
    let [high, low] = suite.to_u16().to_be_bytes();
    // Version, suite, and all the rest empty: then what the case says.
    let empty = [&[0, 1, high, low, 0][..], &[0; 8], &[0, 0, 0]].concat();
    let mut context = GroupContext::from_bytes(&empty)?;
    context.group_id = group_id.to_vec();
    context.epoch = epoch;
    context.tree_hash = tree_hash.to_vec();
    context.confirmed_transcript_hash = confirmed.to_vec();
    Ok(context)
}

pub(crate) fn message_protection(case: Case<'_>) -> Outcome {
    let suite = case.suite()?;
    let (group_id, epoch) = (case.bytes("group_id")?, case.u64("epoch")?);
    let (tree_hash, confirmed) =
        (case.bytes("tree_hash")?, case.bytes("confirmed_transcript_hash")?);
    let keys = mls::Protection {
        suite,
        context: &context(suite, (&group_id, epoch), &tree_hash, &confirmed)?,
        leaves: 2,
        sender: 1,
        signature_public: &case.bytes("signature_pub")?,
        signature_private: &case.bytes("signature_priv")?,
        encryption_secret: &case.bytes("encryption_secret")?,
        sender_data_secret: &case.bytes("sender_data_secret")?,
        membership_key: &case.bytes("membership_key")?,
    };
    // Application data is never public.
    let forms = [
        (1, "application", "priv"),
        (2, "proposal", "priv"),
        (2, "proposal", "pub"),
        (3, "commit", "priv"),
        (3, "commit", "pub"),
    ];
    for (content_type, name, form) in forms {
        let (content, message) = (case.bytes(name)?, format!("{name}_{form}"));
        same(&message, keys.unprotect(&case.bytes(&message)?)?, content.as_slice())?;
        let own = keys.protect(content_type, &content, form == "priv", &mut rng())?;
        same(format!("a fresh {message}"), keys.unprotect(&own)?, content)?;
    }
    Ok(())
}

pub(crate) fn welcome(case: Case<'_>) -> Outcome {
    let suite = case.suite()?;
    let key_package = key_package(case)?;
    let reference = mls::ref_hash(suite, "MLS 1.0 KeyPackage Reference", &key_package.to_bytes())?;
    let MlsMessage::Welcome(welcome) = MlsMessage::from_bytes(&case.bytes("welcome")?)? else {
        return Err(Failure::new("welcome is none"));
    };
    let entry = welcome.secrets.iter().find(|entry| entry.new_member == reference);
    let entry = entry.ok_or_else(|| Failure::new("the welcome is for another key package"))?;
    let init_key = (case.bytes("init_priv")?, &key_package.init_key);
    let (info, tag) = mls::open_welcome(suite, (&init_key.0, init_key.1), &welcome, entry)?;
    let signed = mls::verify_group_info(suite, &info, &case.bytes("signer_pub")?)?;
    require(signed, "the group info's signature does not verify")?;
    same("confirmation_tag", info.confirmation_tag, tag)
}

fn key_package(case: Case<'_>) -> Result<KeyPackage, Failure> {
    match MlsMessage::from_bytes(&case.bytes("key_package")?)? {
        MlsMessage::KeyPackage(key_package) => Ok(*key_package),
        _ => Err(Failure::new("key_package is none")),
    }
}

/// The key package of a case with its private keys.
pub(crate) fn own_key_package(case: Case<'_>) -> Result<OwnKeyPackage, Failure> {
    let (suite, key_package) = (case.suite()?, key_package(case)?);
    same("the key package's suite", key_package.cipher_suite, suite.to_u16())?;
    let secret = |name: &str| Ok::<_, Failure>(Secret::from_vec(case.bytes(name)?));
    let provider = Provider::default();
    let credential = key_package.leaf_node.credential.clone();
    let signature = secret("signature_priv")?;
    let identity = SigningIdentity::from_private(suite, credential, signature, &provider)?;
    let (init, leaf) = (secret("init_priv")?, secret("encryption_priv")?);
    Ok(OwnKeyPackage::from_parts(key_package, init, leaf, identity, &provider)?)
}
