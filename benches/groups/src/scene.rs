//! Two members of a group of some size, with the same library, and somebody who is about to join.

use crate::grown;
use crate::library::Library;
use crate::ours::Sceau;

/// What the tree of a group is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One member has just added all the others.
    Fresh,
    /// Every member has committed since it joined.
    Grown,
}

impl Kind {
    /// Its name in the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Grown => "grown",
        }
    }
}

/// Ann and Bob in a group.
pub struct Scene<L: Library> {
    /// Who has created a fresh group, or has just committed in a grown one.
    pub ann: L::Member,
    /// Who has joined it last.
    pub bob: L::Member,
    /// Ann before she created it.
    pub founder: L::Person,
    /// The key packages of all others; none in a grown group.
    pub packages: Vec<Vec<u8>>,
    /// Bob before he joined.
    pub newcomer: L::Person,
    /// The Welcome that he joined with.
    pub welcome: Vec<u8>,
    /// Messages and commits of Ann's that Bob has not seen.
    unseen: u32,
}

/// So many of Ann's keys may pass before Bob hears from her: less than what any library skips.
const MOST_UNSEEN: u32 = 400;

/// Key packages of so many others, of Sceau.
#[must_use]
pub fn others<const SUITE: u16>(count: usize) -> Vec<Vec<u8>> {
    let person = |number| <Sceau<SUITE>>::person(&format!("member {number:06}"));
    (0..count).map(|number| <Sceau<SUITE>>::key_package(&person(number))).collect()
}

impl<L: Library> Scene<L> {
    /// A group of Ann, of the owners of some key packages, and of Bob.
    #[must_use]
    pub fn fresh(others: &[Vec<u8>]) -> Self {
        let (founder, newcomer) = (L::person("Ann"), L::person("Bob"));
        let mut packages = others.to_vec();
        packages.push(L::key_package(&newcomer));
        let (ann, welcome) = L::create(&founder, &packages);
        let bob = L::join(&L::before_joining(&newcomer), &welcome);
        Self { ann, bob, founder, packages, newcomer, welcome, unseen: 0 }
    }

    /// A group of `size` in which every member has committed, after Bob and Ann have, too.
    #[must_use]
    pub fn grown(size: usize, suite: u16) -> Self {
        if size < 4 {
            return Self::of_two();
        }
        let (founder, newcomer) = (L::person("Ann"), L::person("Bob"));
        let mut zoe = grown::group(size - 2, suite);
        let packages = [L::key_package(&founder), L::key_package(&newcomer)];
        let welcome = grown::add(&mut zoe, &packages);
        let ann = L::join(&L::before_joining(&founder), &welcome);
        let bob = L::join(&L::before_joining(&newcomer), &welcome);
        let scene = Self { ann, bob, founder, packages: Vec::new(), newcomer, welcome, unseen: 0 };
        scene.committed()
    }

    fn of_two() -> Self {
        Self { packages: Vec::new(), ..Self::fresh(&[]) }.committed()
    }

    /// After Bob and Ann have committed.
    fn committed(mut self) -> Self {
        let commit = L::commit(&mut self.bob);
        L::merge(&mut self.bob);
        L::process(&mut self.ann, &commit);
        self.turn();
        self
    }

    /// Ann commits, and Bob follows.
    pub fn turn(&mut self) {
        let commit = self.ann_commits();
        L::process(&mut self.bob, &commit);
    }

    /// Ann commits and merges, and Bob is to follow.
    pub fn ann_commits(&mut self) -> Vec<u8> {
        self.unseen = 0;
        let commit = L::commit(&mut self.ann);
        L::merge(&mut self.ann);
        L::settle(&mut self.ann);
        L::settle(&mut self.bob);
        commit
    }

    /// Ann drops the commit that waits.
    pub fn drop_commit(&mut self) {
        L::clear(&mut self.ann);
        self.unseen += 1;
        if self.unseen > MOST_UNSEEN {
            self.turn();
        }
    }

    /// Bob hears from Ann now and then.
    pub fn keep_up(&mut self) {
        self.unseen += 1;
        if self.unseen > MOST_UNSEEN {
            self.unseen = 0;
            let message = L::encrypt(&mut self.ann, b"still here");
            L::decrypt(&mut self.bob, &message);
        }
    }
}
