//! Random histories: whatever members do, they agree.

use crate::stage::{
    NOW, add, add_members, assert_agreement, commit, group_of, package, propose, rng,
};
use rand_core::Rng;
use sceau::group::{CipherSuite, CommitOptions, Proposal};

#[test]
fn members_agree_after_any_history() {
    for suite in [CipherSuite::X25519Aes128, CipherSuite::X25519ChaCha20] {
        let mut groups = group_of(suite, 3);
        for _ in 0..60 {
            step(&mut groups);
            groups.retain(|group| group.is_active());
            assert_agreement(&mut groups);
        }
    }
}

fn draw(below: usize) -> usize {
    (rng().next_u64() % below as u64) as usize
}

fn step(groups: &mut Vec<sceau::group::Group>) {
    let suite = groups[0].suite();
    let by = draw(groups.len());
    match draw(7) {
        0 | 1 if groups.len() < 20 => add_members(groups, 1 + draw(4)),
        2 if groups.len() < 20 => {
            let new = package(suite, "new");
            let mut options = CommitOptions::new(vec![add(&new)]);
            options.path = false;
            let output = commit(groups, by, &options);
            groups.push(crate::stage::join(&output.welcome.unwrap(), &new).unwrap());
        }
        3 | 4 if groups.len() > 2 => {
            let removed: Vec<_> =
                (0..=draw(3)).map(|_| groups[draw(groups.len())].own_leaf()).collect();
            let mut leaves: Vec<u32> =
                removed.into_iter().filter(|leaf| *leaf != groups[by].own_leaf()).collect();
            leaves.sort_unstable();
            leaves.dedup();
            let proposals = leaves.into_iter().map(Proposal::Remove).collect();
            commit(groups, by, &CommitOptions::new(proposals));
        }
        5 => {
            for _ in 0..draw(4) {
                let proposer = draw(groups.len());
                let message =
                    groups[proposer].propose_update(None, draw(2) == 0, NOW, &mut rng()).unwrap();
                propose(groups, proposer, &message);
            }
            commit(groups, by, &CommitOptions::default());
        }
        _ => {
            commit(groups, by, &CommitOptions::default());
        }
    }
}
