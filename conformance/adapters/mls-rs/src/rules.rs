//! What a request says of the next commit, for the rules that mls-rs asks.

use mls_rs::MlsRules;
use mls_rs::client_builder::PaddingMode;
use mls_rs::group::{GroupContext, Roster};
use mls_rs::mls_rules::{
    CommitDirection, CommitOptions, CommitSource, EncryptionOptions, ProposalBundle,
};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is asked for; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Rules(Arc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    encrypt_handshake: AtomicBool,
    force_path: AtomicBool,
    external_tree: AtomicBool,
}

impl Rules {
    /// Whether proposals and commits are private messages.
    pub fn encrypt_handshake(&self, encrypt: bool) {
        self.0.encrypt_handshake.store(encrypt, Ordering::Relaxed);
    }

    /// Whether commits must have a path, and whether the tree is beside the Welcome.
    pub fn commit(&self, force_path: bool, external_tree: bool) {
        self.0.force_path.store(force_path, Ordering::Relaxed);
        self.0.external_tree.store(external_tree, Ordering::Relaxed);
    }
}

impl MlsRules for Rules {
    type Error = Infallible;

    fn filter_proposals(
        &self,
        _: CommitDirection,
        _: CommitSource,
        _: &Roster,
        _: &GroupContext,
        proposals: ProposalBundle,
    ) -> Result<ProposalBundle, Infallible> {
        Ok(proposals)
    }

    fn commit_options(
        &self,
        _: &Roster,
        _: &GroupContext,
        _: &ProposalBundle,
    ) -> Result<CommitOptions, Infallible> {
        Ok(CommitOptions::new()
            .with_path_required(self.0.force_path.load(Ordering::Relaxed))
            .with_ratchet_tree_extension(!self.0.external_tree.load(Ordering::Relaxed)))
    }

    fn encryption_options(
        &self,
        _: &Roster,
        _: &GroupContext,
    ) -> Result<EncryptionOptions, Infallible> {
        let encrypt = self.0.encrypt_handshake.load(Ordering::Relaxed);
        Ok(EncryptionOptions::new(encrypt, PaddingMode::StepFunction))
    }
}
