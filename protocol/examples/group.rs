//! A first group: `cargo run -p sceau --example group`
use getrandom::{SysRng, rand_core::UnwrapErr};
use sceau::crypto::Provider;
use sceau::group::{
    AcceptAny, CipherSuite, CommitOptions, Credential, Group, GroupParams, GroupPolicy, JoinParams,
    LeafParams, OwnKeyPackage, Proposal, PskStore, Received, SigningIdentity,
};

fn main() -> Result<(), sceau::Error> {
    let (mut rng, now) = (UnwrapErr(SysRng), 1_800_000_000);
    let (suite, provider) = (CipherSuite::MlKem768X25519Aes256, Provider::default());
    // A validator of one's own says who is who; this one accepts everybody.
    let policy = GroupPolicy::new(AcceptAny);
    let (leaf, psks) = (LeafParams::new(now, now + 90 * 86_400), PskStore::new());
    let mut person = |name: &[u8]| {
        SigningIdentity::generate(suite, Credential::Basic(name.to_vec()), &provider, &mut rng)
    };
    let (ada, bob) = (person(b"Ada")?, person(b"Bob")?);
    // Bob publishes a key package; Ada creates a group and adds him.
    let package = OwnKeyPackage::generate(suite, &bob, &leaf, vec![], &provider, &mut rng)?;
    let params = GroupParams::new(suite, leaf, policy.clone());
    let mut ada = Group::create(params, ada, now, &mut rng)?;
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
