//! Reinitialisation and branches.

use crate::stage::{
    NOW, assert_agreement, commit, deliver, group_of, identity, leaf, open_policy, package,
    package_of, psks, rng,
};
use sceau::error::Misuse;
use sceau::group::{
    CipherSuite, CommitOptions, Group, JoinParams, OwnKeyPackage, Proposal, ReInit,
};

fn join_from(old: &Group, welcome: &[u8], package: &OwnKeyPackage) -> Result<Group, sceau::Error> {
    let psks = psks();
    let mut params = JoinParams::new(open_policy(), &psks);
    params.from = Some(old);
    Ok(Group::join(welcome, &[package], params, NOW)?.0)
}

#[test]
fn a_group_is_replaced_with_another_suite() {
    let mut old = group_of(CipherSuite::X25519Aes128, 3);
    let suite = CipherSuite::MlKem768X25519Aes256;
    let reinit = ReInit {
        group_id: b"the new one".to_vec(),
        version: 1,
        cipher_suite: suite.to_u16(),
        extensions: vec![],
    };
    commit(&mut old, 1, &CommitOptions::new(vec![Proposal::ReInit(reinit.clone())]));
    for group in &mut old {
        assert_eq!(group.reinit(), Some(&reinit));
        assert_eq!(group.encrypt(b"", b"", &mut rng()).unwrap_err(), Misuse::GroupInactive.into());
    }
    let packages: Vec<_> = ["1", "2"].map(|name| package(suite, name)).into();
    let key_packages: Vec<_> = packages.iter().map(|own| own.key_package().clone()).collect();
    let some = key_packages[..1].to_vec();
    let missing = old[0].replace(some, identity(suite, "0"), leaf(), NOW, &mut rng()).unwrap_err();
    assert_eq!(missing.class(), "malformed");
    let (mut new, output) =
        old[0].replace(key_packages, identity(suite, "0"), leaf(), NOW, &mut rng()).unwrap();
    new.merge_pending().unwrap();
    assert_eq!((new.group_id(), new.epoch()), (&b"the new one"[..], 1));
    let welcome = output.welcome.unwrap();
    let mut groups = vec![new];
    for (index, package) in packages.iter().enumerate() {
        let alone = crate::stage::join(&welcome, package).unwrap_err();
        assert_eq!(alone.class(), "unknown_psk");
        groups.push(join_from(&old[index + 1], &welcome, package).unwrap());
    }
    assert_agreement(&mut groups);
}

#[test]
fn a_group_branches() {
    let suite = CipherSuite::X25519ChaCha20;
    let mut old = group_of(suite, 4);
    let packages: Vec<_> = ["1", "3"].map(|name| package_of(suite, &identity(suite, name))).into();
    let key_packages: Vec<_> = packages.iter().map(|own| own.key_package().clone()).collect();
    let (mut new, output) = old[0].branch(key_packages, leaf(), vec![], NOW, &mut rng()).unwrap();
    new.merge_pending().unwrap();
    let welcome = output.welcome.unwrap();
    let mut groups = vec![new];
    groups.push(join_from(&old[1], &welcome, &packages[0]).unwrap());
    groups.push(join_from(&old[3], &welcome, &packages[1]).unwrap());
    assert_agreement(&mut groups);
    assert_agreement(&mut old);
    let stranger = package(suite, "stranger");
    let refused = old[0]
        .branch(vec![stranger.key_package().clone()], leaf(), vec![], NOW, &mut rng())
        .unwrap_err();
    assert_eq!(refused.class(), "malformed");
}

#[test]
fn resumption_keys_join_epochs() {
    let mut groups = group_of(CipherSuite::X25519Aes128, 3);
    let (id, epoch) = (groups[0].group_id().to_vec(), groups[0].epoch());
    commit(&mut groups, 1, &CommitOptions::default());
    let psk = groups[0].resumption_psk_proposal(&id, epoch, &mut rng());
    commit(&mut groups, 0, &CommitOptions::new(vec![psk]));
    assert_agreement(&mut groups);
    let unknown = groups[0].resumption_psk_proposal(&id, 77, &mut rng());
    let refused =
        groups[0].commit(&CommitOptions::new(vec![unknown]), &psks(), NOW, &mut rng()).unwrap_err();
    assert_eq!(refused.class(), "unknown_psk");
    let output = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    deliver(&mut groups, 0, &output.commit);
    assert_agreement(&mut groups);
}
