//! What holds of whoever receives, whatever was sent.

use super::members::{Records, load, psks, records};
use super::{Groups, NOW};
use crate::history::tape::Tape;
use sceau::group::{CommitOptions, Group, GroupChanges, GroupRecordKey, Received};

/// What is stored after a step: its changes, applied to what was stored, are all that is exported, and a group that is
/// imported from it is the same.
pub fn store_and_load(group: &mut Group, stored: &mut Records) -> Group {
    let number = |stored: &Records| {
        let head = stored.get(&GroupRecordKey::head());
        head.map_or(0, |head| GroupChanges::number_of(head).expect("a head"))
    };
    let changes = group.take_changes();
    assert_eq!(changes.expected(), number(stored));
    for change in changes.iter() {
        match change.body() {
            Some(body) => stored.insert(change.key().clone(), body.to_vec()),
            None => stored.remove(change.key()),
        };
    }
    assert!(!changes.is_empty() && *stored == records(group), "what is stored is all");
    let mut loaded = load(stored);
    assert!(records(&loaded) == *stored && loaded.take_changes().is_empty(), "it is the same");
    loaded
}

/// Steps of a group that was stored, none of which panics.
pub fn go_on(group: &mut Group, rng: &mut Tape) {
    let _ = group.encrypt(b"data", b"", rng);
    let _ = group.commit(&CommitOptions::default(), &psks(), NOW, rng);
}

impl Groups {
    /// A receiver takes a message, or does not: a refusal and a commit that is not merged leave it as it was; what is accepted
    /// can be stored, imported and gone on with.
    pub(super) fn deliver(&mut self, message: &[u8]) -> bool {
        match self.bob.receive(message, &psks(), NOW) {
            Err(_) => {
                self.refused();
                return false;
            }
            Ok(Received::Commit(staged)) => {
                self.assert_unchanged();
                self.bob.merge(*staged).expect("what was staged");
            }
            Ok(_) => {}
        }
        self.accepted();
        true
    }

    pub(super) fn assert_unchanged(&mut self) {
        assert!(records(&self.bob) == self.bob_records, "nothing has changed");
        assert!(self.bob.take_changes().is_empty(), "nothing is to be stored");
    }

    /// After a refusal the receiver is as it was, and accepts the honest commit.
    pub(super) fn refused(&mut self) {
        self.assert_unchanged();
        let honest = self.bob.receive(&self.honest, &psks(), NOW);
        assert!(matches!(honest, Ok(Received::Commit(_))), "the honest commit");
    }

    /// What was accepted can be stored and gone on with; then the receiver is as it was before.
    pub(super) fn accepted(&mut self) {
        let mut stored = self.bob_records.clone();
        go_on(&mut store_and_load(&mut self.bob, &mut stored), &mut self.rng);
        self.bob = load(&self.bob_records);
    }
}
