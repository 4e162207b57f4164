//! Groups that come from others: reinitialisation and branching (RFC 9420 §11.2, §11.3).

use super::commit::{CommitOptions, CommitOutput};
use super::create::GroupParams;
use super::group::{Group, Status};
use super::identity::{LeafParams, SigningIdentity};
use super::propose::resumption_id;
use super::psks::PskStore;
use crate::error::{Error, Misuse};
use crate::group::check::{all_among, check_reinit_followed};
use crate::group::error::Check;
use crate::group::policy::MemberId;
use crate::group::types::{Extension, KeyPackage, Proposal, ReInit, ResumptionUsage};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use rand_core::CryptoRng;

impl Group {
    /// Creates the group that replaces this one, after a ReInit was committed, best by who committed it (`GJN-20`): with a key
    /// package of each other member. The new group's first commit is pending; its Welcome is for the members. Draws as
    /// [`Group::create`], the nonce, and as [`Group::commit`].
    ///
    /// # Errors
    /// [`Misuse::Arguments`] when no ReInit was committed; [`Check::ReInitMembers`] when a member is missing;
    /// [`Check::ReInitUnknownVersion`] or [`Check::SuiteNotAllowed`] for a ReInit that this device can't follow (`GRP-36`).
    pub fn replace(
        &self,
        key_packages: Vec<KeyPackage>,
        identity: SigningIdentity,
        leaf: LeafParams,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(Group, CommitOutput), Error> {
        let Status::Replaced { reinit, .. } = &self.status else {
            return Err(Misuse::Arguments.into());
        };
        let suite = check_reinit_followed(&self.policy, reinit)?;
        self.check_all_come_along(&key_packages, &identity)?;
        let ReInit { group_id, extensions, .. } = reinit.clone();
        let mut params = GroupParams::new(suite, leaf, self.policy.clone());
        params.provider = self.crypto.provider().clone();
        params.group_id = Some(group_id);
        params.extensions = extensions;
        self.succeed(params, identity, key_packages, ResumptionUsage::Reinit, now, rng)
    }

    /// Creates a group of some of the members of this one, with a key package of each other. The new group's first
    /// commit is pending; its Welcome is for the members. Draws as [`Group::create`], the nonce, and as
    /// [`Group::commit`].
    ///
    /// # Errors
    /// [`Misuse::GroupInactive`]; [`Check::BranchMembers`] for a key package of nobody in this group.
    pub fn branch(
        &self,
        key_packages: Vec<KeyPackage>,
        leaf: LeafParams,
        extensions: Vec<Extension>,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(Group, CommitOutput), Error> {
        self.require_active()?;
        let new = key_packages.iter().map(|key_package| &key_package.leaf_node);
        let members = self.members().map(|(_, member)| member);
        Check::BranchMembers.require(all_among(new, members, &self.policy))?;
        let mut params = GroupParams::new(self.suite(), leaf, self.policy.clone());
        params.provider = self.crypto.provider().clone();
        params.extensions = extensions;
        let identity = self.identity.clone();
        self.succeed(params, identity, key_packages, ResumptionUsage::Branch, now, rng)
    }

    fn succeed(
        &self,
        params: GroupParams,
        identity: SigningIdentity,
        key_packages: Vec<KeyPackage>,
        usage: ResumptionUsage,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(Group, CommitOutput), Error> {
        let mut group = Group::create(params, identity, now, rng)?;
        let adds = key_packages.into_iter().map(|kp| Proposal::Add(Box::new(kp)));
        let mut proposals: Vec<Proposal> = adds.collect();
        let id = resumption_id(&group.crypto, usage, self.group_id(), self.epoch(), rng);
        proposals.push(Proposal::PreSharedKey(id));
        let mut options = CommitOptions::new(proposals);
        options.first = Some(usage);
        let output = group.commit_with(&options, &PskStore::new(), &[self], now, rng)?;
        Ok((group, output))
    }

    /// §11.2: a replacement has the same members.
    fn check_all_come_along(
        &self,
        key_packages: &[KeyPackage],
        identity: &SigningIdentity,
    ) -> Result<(), Error> {
        let validator = &*self.policy.validator;
        let coming = key_packages.iter().map(|kp| MemberId::of(validator, &kp.leaf_node));
        let coming: BTreeSet<MemberId> = coming.collect();
        for (leaf, member) in self.members() {
            let comes =
                leaf == self.own_leaf() || coming.contains(&MemberId::of(validator, member));
            Check::ReInitMembers.require_of(comes, leaf)?;
        }
        let own = validator.is_successor(self.identity.credential(), identity.credential());
        Check::LeafSuccessor.require(own || self.identity.credential() == identity.credential())
    }
}
