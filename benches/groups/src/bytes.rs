//! How long things are, and how much memory it takes to read one message.

use crate::library::Library;
use crate::memory::peak;
use crate::ours::{COMMON, Sceau, bytes, records};
use crate::scene::{Kind, Scene};
use crate::scenes::{Each, Scenes, Shared};
use std::cell::RefCell;

/// A thing, and its bytes by library.
pub struct Bytes {
    /// What it is.
    pub what: &'static str,
    /// Members.
    pub size: usize,
    /// What the tree is like.
    pub kind: Kind,
    /// The bytes, by library.
    pub of: Vec<(&'static str, usize)>,
    /// What Sceau's should not exceed.
    pub aim: Option<usize>,
}

impl Bytes {
    /// Whether Sceau's exceed their aim; none where there is none.
    #[must_use]
    pub fn missed(&self) -> Option<bool> {
        let (_, sceau) = self.of.iter().find(|(name, _)| *name == "Sceau")?;
        self.aim.map(|aim| *sceau > aim)
    }
}

/// The names of what is measured, in order.
const NAMES: [&str; 5] =
    ["commit", "Welcome", "state", "memory, decrypt 1 KiB", "memory, … from store"];
/// Most bytes of the state of a thousand members.
const STATE: usize = 330_000;

fn of<L: Library>(scene: &RefCell<Scene<L>>) -> [usize; 5] {
    let scene = &mut *scene.borrow_mut();
    let commit = scene.ann_commits();
    L::process(&mut scene.bob, &commit);
    let message = L::encrypt(&mut scene.ann, &[b'x'; 1_024]);
    let stored = L::store(&mut scene.bob);
    [
        commit.len(),
        scene.welcome.len(),
        L::stored_bytes(&stored),
        peak(|| L::decrypt(&mut scene.bob, &message)),
        peak(|| L::decrypt_stored(&stored, &message)),
    ]
}

/// Measures all in the scenes of one size.
pub fn all(scenes: &Scenes, size: usize, kind: Kind) -> Vec<Bytes> {
    let taken = scenes.each(&Measure);
    let rows = NAMES.iter().enumerate().map(|(at, what)| {
        let aim = (*what == "state" && size == 1_000).then_some(STATE);
        Bytes {
            what,
            size,
            kind,
            of: taken.iter().map(|(who, all)| (*who, all[at])).collect(),
            aim,
        }
    });
    rows.chain(written(scenes, size, kind)).collect()
}

struct Measure;

impl Each<[usize; 5]> for Measure {
    fn of<L: Library>(&self, scene: &Shared<L>) -> [usize; 5] {
        of(scene)
    }
}

/// What Sceau writes for one message that is sent, and for one that is received; the first of an epoch, and the next.
fn written(scenes: &Scenes, size: usize, kind: Kind) -> Vec<Bytes> {
    let scene = &mut *scenes.sceau.borrow_mut();
    scene.turn();
    let _ = (scene.ann.group.take_changes(), scene.bob.group.take_changes());
    let mut rows = Vec::new();
    for (sent, received) in
        [("written, first sent", "written, first received"), ("written, sent", "written, received")]
    {
        let message = <Sceau<COMMON>>::encrypt(&mut scene.ann, &[b'x'; 1_024]);
        <Sceau<COMMON>>::decrypt(&mut scene.bob, &message);
        for (what, member) in [(sent, &mut scene.ann), (received, &mut scene.bob)] {
            let written = bytes(&records(member.group.take_changes().iter()));
            rows.push(Bytes { what, size, kind, of: vec![("Sceau", written)], aim: None });
        }
    }
    rows
}
