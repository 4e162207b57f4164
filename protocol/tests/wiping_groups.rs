//! Secrets of groups do not stay in freed heap blocks: a history runs twice from the same draws, first to learn its secrets
//! (draws, private keys, secret trees, message keys, secrets of epochs), then under an allocator that looks for them.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "common/recording.rs"]
mod recording;

use core::convert::Infallible;
use recording::*;
use sceau::Wire;
use sceau::crypto::Provider;
use sceau::group::{
    AcceptAny, CipherSuite, CommitOptions, Credential, Group, GroupParams, GroupPolicy,
    GroupRecordKind, JoinParams, LeafParams, OwnKeyPackage, Proposal, PskStore, Received,
    SigningIdentity,
};

const NOW: u64 = 1_800_000_000;

/// Splitmix64, with all that was drawn; for tests only.
struct Draws {
    state: u64,
    drawn: Option<Vec<Vec<u8>>>,
}

impl rand_core::TryRng for Draws {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Ok(z ^ (z >> 27))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            let bytes = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        if let Some(drawn) = &mut self.drawn {
            drawn.push(out.to_vec());
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Draws {}

fn policy() -> GroupPolicy {
    let mut policy = GroupPolicy::interoperable(AcceptAny);
    policy.max_past_epochs = 1;
    policy.max_resumption_psks = 1;
    policy
}

fn take(group: &mut Group, message: &[u8]) {
    match group.receive(message, &PskStore::new(), NOW).unwrap() {
        Received::Commit(staged) => group.merge(*staged).unwrap(),
        other => drop(other),
    }
}

/// What groups do; `look` sees each group after each step.
fn history(suite: CipherSuite, rng: &mut Draws, look: &mut dyn FnMut(&Group)) {
    let (provider, psks) = (Provider::default(), PskStore::new());
    let leaf = || LeafParams::new(NOW - 10, NOW + 1_000);
    let identity = |name: &[u8], rng: &mut Draws| {
        SigningIdentity::generate(suite, Credential::Basic(name.to_vec()), &provider, rng).unwrap()
    };
    let package = |name: &[u8], rng: &mut Draws| {
        let identity = identity(name, rng);
        OwnKeyPackage::generate(suite, &identity, &leaf(), vec![], &provider, rng).unwrap()
    };
    let mut params = GroupParams::new(suite, leaf(), policy());
    params.group_id = Some(b"a group that is not drawn".to_vec());
    let mut ada = Group::create(params, identity(b"a", rng), NOW, rng).unwrap();
    look(&ada);
    let (bobs, caros) = (package(b"b", rng), package(b"c", rng));
    // Key packages that are stored and read.
    let stored = bobs.to_record();
    drop(bobs);
    let bobs = OwnKeyPackage::from_record(&stored, &provider).unwrap();
    drop(stored);
    let adds = [&bobs, &caros].map(|own| Proposal::Add(Box::new(own.key_package().clone())));
    let output = ada.commit(&CommitOptions::new(adds.to_vec()), &psks, NOW, rng).unwrap();
    ada.merge_pending().unwrap();
    look(&ada);
    let welcome = output.welcome.unwrap();
    let mut damaged = welcome.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let params = || JoinParams::new(policy(), &psks);
    assert!(Group::join(&damaged, &[&bobs], params(), NOW).is_err());
    let mut bob = Group::join(&welcome, &[&bobs], params(), NOW).unwrap().0;
    let mut caro = Group::join(&welcome, &[&caros], params(), NOW).unwrap().0;
    drop((bobs, caros));
    for group in [&bob, &caro] {
        look(group);
    }
    // Messages: lost, late, damaged.
    let messages: Vec<_> = (0..4).map(|_| ada.encrypt(b"hello", b"", rng).unwrap()).collect();
    look(&ada);
    take(&mut bob, &messages[2]);
    look(&bob);
    take(&mut bob, &messages[0]);
    let mut damaged = messages[3].clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(bob.receive(&damaged, &psks, NOW).is_err());
    take(&mut caro, &messages[3]);
    look(&caro);
    // An Update that another commits; a commit of one's own that is dropped.
    let update = bob.propose_update(None, false, NOW, rng).unwrap();
    look(&bob);
    take(&mut ada, &update);
    take(&mut caro, &update);
    drop(bob.commit(&CommitOptions::default(), &psks, NOW, rng).unwrap());
    look(&bob);
    let output = ada.commit(&CommitOptions::default(), &psks, NOW, rng).unwrap();
    look(&ada);
    // Staged and dropped; refused; and merged.
    drop(bob.receive(&output.commit, &psks, NOW).unwrap());
    let mut damaged = output.commit.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(caro.receive(&damaged, &psks, NOW).is_err());
    ada.merge_pending().unwrap();
    for group in [&mut bob, &mut caro] {
        take(group, &output.commit);
        look(group);
    }
    look(&ada);
    // Stored, with a commit and an Update pending, and read.
    let pending = bob.propose_update(None, false, NOW, rng).unwrap();
    drop(pending);
    drop(bob.commit(&CommitOptions::default(), &psks, NOW, rng).unwrap());
    look(&bob);
    drop(bob.take_changes());
    let records = bob.export_state();
    drop(bob);
    let stored = records.iter().map(|change| (change.key(), change.body().unwrap()));
    let mut bob = Group::import(stored, policy(), &provider).unwrap();
    drop(records);
    bob.clear_pending().unwrap();
    // A removal, and epochs until all of these are forgotten.
    let remove = CommitOptions::new(vec![Proposal::Remove(bob.own_leaf())]);
    let output = caro.commit(&remove, &psks, NOW, rng).unwrap();
    caro.merge_pending().unwrap();
    for group in [&mut ada, &mut bob] {
        take(group, &output.commit);
    }
    assert!(!bob.is_active());
    for _ in 0..2 {
        let output = ada.commit(&CommitOptions::default(), &psks, NOW, rng).unwrap();
        ada.merge_pending().unwrap();
        take(&mut caro, &output.commit);
        look(&ada);
        look(&caro);
    }
    drop(ada.export("label", b"context", 40).unwrap());
    drop(ada.resumption_psk());
    // A group from outside.
    drop((ada, bob, caro));
}

/// The `opaque<V>` of less than 64 bytes at a place, and where it ends.
fn opaque(bytes: &[u8], at: usize) -> (&[u8], usize) {
    let length = usize::from(bytes[at]);
    assert!(length < 64);
    (&bytes[at + 1..at + 1 + length], at + 1 + length)
}

/// The secrets of a group, as they stand in its records.
fn secrets(group: &Group) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for change in group.export_state() {
        let Some(body) = change.body() else { continue };
        match change.key().kind() {
            GroupRecordKind::Private
            | GroupRecordKind::SecretNode
            | GroupRecordKind::Resumption => {
                found.push(opaque(body, 0).0.to_vec());
            }
            GroupRecordKind::Ratchet => found.push(opaque(body, 0).0.to_vec()),
            GroupRecordKind::Update => found.push(opaque(body, 0).0.to_vec()),
            GroupRecordKind::Epoch => {
                // Version, context, transcript hash, tag; then the secrets.
                let mut at = 1 + group.context().to_bytes().len();
                for _ in 0..2 {
                    at = opaque(body, at).1;
                }
                for _ in 0..8 {
                    let (secret, next) = opaque(body, at);
                    assert_eq!(secret.len(), group.suite().hash_len());
                    found.push(secret.to_vec());
                    at = next;
                }
            }
            _ => {}
        }
    }
    found.push(group.resumption_psk().as_bytes().to_vec());
    found
}

#[test]
fn the_control_is_found() {
    let _one = ONE_TEST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    assert_control_is_found();
}

#[test]
fn groups_leave_no_keys() {
    let _one = ONE_TEST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for suite in [CipherSuite::MlKem768X25519Aes256, CipherSuite::X25519ChaCha20] {
        forget_all();
        let mut known = Vec::new();
        let mut rng = Draws { state: 5, drawn: Some(Vec::new()) };
        history(suite, &mut rng, &mut |group| known.extend(secrets(group)));
        let drawn = rng.drawn.unwrap();
        assert!(drawn.len() > 30);
        known.extend(drawn.into_iter().filter(|draw| draw.len() >= 32));
        known.sort_unstable();
        known.dedup();
        assert!(known.len() > 100, "{}", known.len());
        known.iter().for_each(|secret| watch(secret));
        let mut rng = Draws { state: 5, drawn: None };
        // What is watched is what the history has: a copy that a caller takes is found.
        let mut once = true;
        let control = found(|| {
            history(suite, &mut rng, &mut |group| {
                if core::mem::take(&mut once) {
                    drop(group.resumption_psk().as_bytes().to_vec());
                }
            });
        });
        let mut rng = Draws { state: 5, drawn: None };
        let count = found(|| history(suite, &mut rng, &mut |_| {}));
        assert_eq!(control, count + 1, "the control is found");
        assert_eq!(count, 0, "freed blocks that held a secret");
    }
}
