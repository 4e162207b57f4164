//! What a user does, with each library and with the primitives alone.

use crate::floor::{self, Signed};
use crate::library::Library;
use crate::scene::Kind;
use crate::scenes::Shared;
use sceau_benches::measure::{Run, counted, plain, prepared};
use std::hint::black_box;
use std::time::Duration;

/// A thing that a user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A group of all, by one commit that adds them.
    Create,
    /// Joining by a Welcome with the tree.
    Join,
    /// New keys for oneself.
    Commit,
    /// Another's commit, received and merged.
    Process,
    /// So many bytes encrypted.
    Encrypt(usize),
    /// And decrypted.
    Decrypt(usize),
    /// The whole state to what is stored.
    Store,
    /// And back.
    Load,
}

impl Operation {
    /// All, in the order in which they are measured: what leaves a group larger comes last.
    pub const ALL: [Self; 10] = [
        Self::Create,
        Self::Join,
        Self::Store,
        Self::Load,
        Self::Commit,
        Self::Process,
        Self::Encrypt(100),
        Self::Decrypt(100),
        Self::Encrypt(1_024),
        Self::Decrypt(1_024),
    ];

    /// Its name in the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Join => "join",
            Self::Commit => "commit",
            Self::Process => "process",
            Self::Encrypt(100) => "encrypt 100 B",
            Self::Encrypt(_) => "encrypt 1 KiB",
            Self::Decrypt(100) => "decrypt 100 B",
            Self::Decrypt(_) => "decrypt 1 KiB",
            Self::Store => "store",
            Self::Load => "load",
        }
    }

    /// How it is done in a scene.
    #[must_use]
    pub fn run<L: Library>(self, scene: &Shared<L>) -> Run {
        let scene = scene.clone();
        match self {
            Self::Create => plain(move || {
                let scene = scene.borrow();
                L::create(&scene.founder, &scene.packages)
            }),
            Self::Join => prepared(
                1,
                scene,
                |scene| L::before_joining(&scene.borrow().newcomer),
                |scene, person| L::join(person, &scene.borrow().welcome),
            ),
            Self::Commit => Box::new(move |n| {
                let mut total = Duration::ZERO;
                for _ in 0..n {
                    let mut scene = scene.borrow_mut();
                    total += counted(|| drop(L::commit(&mut scene.ann)));
                    scene.drop_commit();
                }
                total
            }),
            Self::Process => prepared(
                1,
                scene,
                |scene| scene.borrow_mut().ann_commits(),
                |scene, commit| L::process(&mut scene.borrow_mut().bob, commit),
            ),
            Self::Encrypt(size) => {
                let data = vec![b'x'; size];
                prepared(
                    16,
                    scene,
                    |scene| scene.borrow_mut().keep_up(),
                    move |scene, ()| L::encrypt(&mut scene.borrow_mut().ann, black_box(&data)),
                )
            }
            Self::Decrypt(size) => {
                let data = vec![b'x'; size];
                prepared(
                    16,
                    scene,
                    move |scene| L::encrypt(&mut scene.borrow_mut().ann, black_box(&data)),
                    |scene, message| L::decrypt(&mut scene.borrow_mut().bob, message),
                )
            }
            Self::Store => plain(move || L::store(&mut scene.borrow_mut().bob)),
            Self::Load => {
                let stored = L::store(&mut scene.borrow_mut().bob);
                plain(move || L::load(black_box(&stored)))
            }
        }
    }

    /// Its primitives, in a group of some size whose state has so many bytes.
    #[must_use]
    pub fn floor(self, size: usize, kind: Kind, state: usize) -> Run {
        let grown = kind == Kind::Grown;
        let path = size.next_power_of_two().ilog2() as usize;
        // A fresh tree has no keys above its leaves but on the creator's path.
        let recipients = if grown { path } else { size - 1 };
        // Beside the data a content has its length and a signature.
        let padded = |length: usize| floor::bucket(length + 70);
        match self {
            Self::Create => {
                let leaves = Signed::leaves(size - 1);
                plain(move || floor::create(&leaves))
            }
            Self::Join => {
                let leaves = Signed::leaves(size);
                plain(move || floor::join(&leaves, grown))
            }
            Self::Commit => {
                let (signed, leaf) = (Signed::commit(recipients), Signed::content(100));
                plain(move || floor::commit(&signed, &leaf, path, recipients))
            }
            Self::Process => {
                let (signed, leaf) = (Signed::commit(recipients), Signed::content(100));
                plain(move || floor::process(&signed, &leaf, path))
            }
            Self::Encrypt(length) => {
                let signed = Signed::content(length);
                plain(move || floor::encrypt(&signed, padded(length)))
            }
            Self::Decrypt(length) => {
                let signed = Signed::content(length);
                plain(move || floor::decrypt(&signed, padded(length)))
            }
            Self::Store | Self::Load => {
                let bytes = vec![1u8; state];
                plain(move || black_box(&bytes).clone())
            }
        }
    }
}
