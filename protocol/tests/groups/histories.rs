//! Random histories: whatever members do, they agree.

use crate::stage::{
    Choices, NOW, add, add_members, assert_agreement, commit, group_of, package, propose, rng,
};
use sceau::group::{CipherSuite, CommitOptions, Proposal};

#[test]
fn members_agree_after_any_history() {
    for (suite, seed) in [(CipherSuite::X25519Aes128, 1), (CipherSuite::X25519ChaCha20, 2)] {
        let mut choices = Choices::new(seed);
        let mut groups = group_of(suite, 3);
        for _ in 0..60 {
            step(&mut groups, &mut choices);
            groups.retain(|group| group.is_active());
            assert_agreement(&mut groups);
        }
    }
}

fn step(groups: &mut Vec<sceau::group::Group>, choices: &mut Choices) {
    let suite = groups[0].suite();
    let by = choices.below(groups.len());
    match choices.below(7) {
        0 | 1 if groups.len() < 20 => add_members(groups, 1 + choices.below(4)),
        2 if groups.len() < 20 => {
            let new = package(suite, "new");
            let mut options = CommitOptions::new(vec![add(&new)]);
            options.path = false;
            let output = commit(groups, by, &options);
            groups.push(crate::stage::join(&output.welcome.unwrap(), &new).unwrap());
        }
        3 | 4 if groups.len() > 2 => {
            let removed: Vec<_> = (0..=choices.below(3))
                .map(|_| groups[choices.below(groups.len())].own_leaf())
                .collect();
            let mut leaves: Vec<u32> =
                removed.into_iter().filter(|leaf| *leaf != groups[by].own_leaf()).collect();
            leaves.sort_unstable();
            leaves.dedup();
            let proposals = leaves.into_iter().map(Proposal::Remove).collect();
            commit(groups, by, &CommitOptions::new(proposals));
        }
        5 => {
            for _ in 0..choices.below(4) {
                let proposer = choices.below(groups.len());
                let message = groups[proposer]
                    .propose_update(None, choices.below(2) == 0, NOW, &mut rng())
                    .unwrap();
                propose(groups, proposer, &message);
            }
            commit(groups, by, &CommitOptions::default());
        }
        _ => {
            commit(groups, by, &CommitOptions::default());
        }
    }
}
