//! The same scene with each library.

use crate::library::Library;
use crate::ours::{COMMON, Sceau};
use crate::peers::mls_rs::MlsRs;
use crate::peers::openmls::OpenMls;
use crate::scene::{Kind, Scene, others};
use mls_rs_crypto_awslc::AwsLcCryptoProvider;
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use std::cell::RefCell;
use std::rc::Rc;

/// A scene that several operations use.
pub type Shared<L> = Rc<RefCell<Scene<L>>>;

/// Something done with the scene of each library.
pub trait Each<T> {
    /// With one's.
    fn of<L: Library>(&self, scene: &Shared<L>) -> T;
}

/// The scenes of one size, in suite 0x0001; in a group that is too large for the peers Sceau's alone.
pub struct Scenes {
    /// Sceau's.
    pub sceau: Shared<Sceau<COMMON>>,
    openmls: Option<Shared<OpenMls>>,
    mls_rs: Option<Shared<MlsRs<RustCryptoProvider>>>,
    aws_lc: Option<Shared<MlsRs<AwsLcCryptoProvider>>>,
}

/// A scene of a library; a fresh group has these others beside Ann and Bob.
#[must_use]
pub fn scene<L: Library>(size: usize, kind: Kind, others: &[Vec<u8>], suite: u16) -> Shared<L> {
    Rc::new(RefCell::new(match kind {
        Kind::Fresh => Scene::fresh(others),
        Kind::Grown => Scene::grown(size, suite),
    }))
}

impl Scenes {
    /// Makes them.
    #[must_use]
    pub fn new(size: usize, kind: Kind, peers: bool) -> Self {
        let others = match kind {
            Kind::Fresh => others::<COMMON>(size - 2),
            Kind::Grown => Vec::new(),
        };
        Self {
            sceau: scene(size, kind, &others, COMMON),
            openmls: peers.then(|| scene(size, kind, &others, COMMON)),
            mls_rs: peers.then(|| scene(size, kind, &others, COMMON)),
            aws_lc: peers.then(|| scene(size, kind, &others, COMMON)),
        }
    }

    /// Does something with each, Sceau's first.
    pub fn each<T>(&self, what: &impl Each<T>) -> Vec<(&'static str, T)> {
        fn with<L: Library, T>(
            scene: Option<&Shared<L>>,
            what: &impl Each<T>,
        ) -> Option<(&'static str, T)> {
            Some((L::NAME, what.of(scene?)))
        }
        let all = [
            with(Some(&self.sceau), what),
            with(self.openmls.as_ref(), what),
            with(self.mls_rs.as_ref(), what),
            with(self.aws_lc.as_ref(), what),
        ];
        all.into_iter().flatten().collect()
    }
}
