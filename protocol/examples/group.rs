//! A first group: `cargo run -p sceau --example group`
use getrandom::{SysRng, rand_core::UnwrapErr};
use sceau::crypto::Provider;
use sceau::group::{
    CipherSuite, CommitOptions, DeviceCredentials, Group, GroupParams, GroupPolicy, JoinParams,
    LeafParams, OwnKeyPackage, Proposal, PskStore, Received, SigningIdentity,
};
use sceau::pairwise::{Account, AccountParams};
use std::{collections::BTreeMap, sync::Arc};

fn main() -> Result<(), sceau::Error> {
    let (mut rng, now) = (UnwrapErr(SysRng), 1_800_000_000);
    let (suite, provider) = (CipherSuite::MlKem768X25519Aes256, Provider::default());
    let mut person =
        || Account::create(&mut rng, now, AccountParams::new(1, now, now + 31_536_000));
    let ((ada, _), (bob, _)) = (person()?, person()?);
    // Who is who: devices of accounts whose lists were accepted, such as those of `DeviceCredentials::of_account`.
    let list =
        |account: &Account| (account.account_id().clone(), Arc::new(account.device_list().clone()));
    let contacts = Arc::new(BTreeMap::from([list(&ada), list(&bob)]));
    let validator = DeviceCredentials::new(contacts, ada.policy().clone(), provider.clone());
    let policy = GroupPolicy::new(validator);
    let (leaf, psks) = (LeafParams::new(now, now + 90 * 86_400), PskStore::new());
    // Bob publishes a key package; Ada creates a group and adds him.
    let identity = SigningIdentity::of_account(&bob, suite, &mut rng)?;
    let package = OwnKeyPackage::generate(suite, &identity, &leaf, vec![], &provider, &mut rng)?;
    let identity = SigningIdentity::of_account(&ada, suite, &mut rng)?;
    let params = GroupParams::new(suite, leaf, policy.clone());
    let mut ada = Group::create(params, identity, now, &mut rng)?;
    let add = Proposal::Add(Box::new(package.key_package().clone()));
    let commit = ada.commit(&CommitOptions::new(vec![add]), &psks, now, &mut rng)?;
    // When the delivery service says that the commit is the epoch's, she merges it, and Bob gets the Welcome.
    ada.merge_pending()?;
    let welcome = commit.welcome.unwrap_or_default();
    let (mut bob, _) = Group::join(&welcome, &[&package], JoinParams::new(policy, &psks), now)?;
    assert_eq!(ada.epoch_authenticator(), bob.epoch_authenticator());
    // Messages; then Bob gets new keys, for himself and the group.
    let message = ada.encrypt(b"hello", b"", &mut rng)?;
    let Received::Application { data, .. } = bob.receive(&message, &psks, now)? else {
        return Ok(());
    };
    assert_eq!(data, b"hello");
    let update = bob.commit(&CommitOptions::default(), &psks, now, &mut rng)?;
    bob.merge_pending()?;
    if let Received::Commit(staged) = ada.receive(&update.commit, &psks, now)? {
        ada.merge(*staged)?;
    }
    assert_eq!((ada.epoch(), ada.epoch_authenticator()), (2, bob.epoch_authenticator()));
    Ok(())
}
