//! Key schedule, PSK secret, transcript hashes.

use crate::case::{Case, Outcome, same};
use sceau::Wire;
use sceau::group::{AuthenticatedContent, GroupContext, PreSharedKeyId, PskKind};
use sceau::hazmat::mls;

pub(crate) fn key_schedule(case: Case<'_>) -> Outcome {
    let suite = case.suite()?;
    let mut init_secret = case.bytes("initial_init_secret")?;
    let group_id = case.bytes("group_id")?;
    for (number, epoch) in (0u64..).zip(case.list("epochs")?) {
        let one = || {
            let got = check_epoch(epoch, &init_secret)?;
            let context = GroupContext::from_bytes(&epoch.bytes("group_context")?)?;
            same("the context's suite", context.cipher_suite, suite.to_u16())?;
            same("the context's group id", &context.group_id, &group_id)?;
            same("the context's epoch", context.epoch, number)?;
            Ok(got)
        };
        init_secret =
            one().map_err(|why: crate::Failure| why.at(format_args!("epoch {number}")))?;
    }
    Ok(())
}

/// Checks one epoch; its init secret is the next one's.
fn check_epoch(epoch: Case<'_>, init_secret: &[u8]) -> Result<Vec<u8>, crate::Failure> {
    let context = GroupContext::from_bytes(&epoch.bytes("group_context")?)?;
    let confirmed = epoch.bytes("confirmed_transcript_hash")?;
    same("the context's tree_hash", &context.tree_hash, &epoch.bytes("tree_hash")?)?;
    same("its confirmed_transcript_hash", &context.confirmed_transcript_hash, &confirmed)?;
    let suite = sceau::group::CipherSuite::from_u16(context.cipher_suite);
    let suite = suite.ok_or(crate::Failure::Unsupported(context.cipher_suite))?;
    let (commit, psk) = (epoch.bytes("commit_secret")?, epoch.bytes("psk_secret")?);
    let got = mls::epoch(suite, init_secret, &commit, &psk, &context.to_bytes())?;
    let exporter = epoch.get("exporter")?;
    let (label, context) = (exporter.text("label")?, exporter.bytes("context")?);
    let length = exporter.usize("length")?;
    let exported = mls::export(suite, &got.exporter_secret, label, &context, length)?;
    same("exported secret", exported, exporter.bytes("secret")?)?;
    let secrets = [
        ("joiner_secret", got.joiner_secret),
        ("welcome_secret", got.welcome_secret),
        ("init_secret", got.init_secret.clone()),
        ("sender_data_secret", got.sender_data_secret),
        ("encryption_secret", got.encryption_secret),
        ("exporter_secret", got.exporter_secret),
        ("epoch_authenticator", got.epoch_authenticator),
        ("external_secret", got.external_secret),
        ("confirmation_key", got.confirmation_key),
        ("membership_key", got.membership_key),
        ("resumption_psk", got.resumption_psk),
        ("external_pub", got.external_pub),
    ];
    for (name, secret) in secrets {
        same(name, secret, epoch.bytes(name)?)?;
    }
    Ok(got.init_secret)
}

pub(crate) fn psk_secret(case: Case<'_>) -> Outcome {
    let suite = case.suite()?;
    let psks = case.list("psks")?.map(|entry| {
        let kind = PskKind::External(entry.bytes("psk_id")?);
        let id = PreSharedKeyId { kind, nonce: entry.bytes("psk_nonce")? };
        Ok((id.to_bytes(), entry.bytes("psk")?))
    });
    let psks = psks.collect::<Result<Vec<_>, crate::Failure>>()?;
    same("psk_secret", mls::psk_secret(suite, &psks)?, case.bytes("psk_secret")?)
}

pub(crate) fn transcript_hashes(case: Case<'_>) -> Outcome {
    let suite = case.suite()?;
    let content = case.bytes("authenticated_content")?;
    let before = case.bytes("interim_transcript_hash_before")?;
    let (confirmed, interim) = mls::transcript_hashes(suite, &before, &content)?;
    let expected = case.bytes("confirmed_transcript_hash_after")?;
    same("confirmed_transcript_hash_after", &confirmed, &expected)?;
    let expected = case.bytes("interim_transcript_hash_after")?;
    same("interim_transcript_hash_after", interim, expected)?;
    let tag = mls::confirmation_tag(suite, &case.bytes("confirmation_key")?, &confirmed)?;
    let content = AuthenticatedContent::from_bytes(&content)?;
    same("confirmation_tag", content.auth.confirmation_tag, Some(tag))
}
