//! What the application decides: who is who, and how much is kept.

use super::error::Check;
use super::suite::CipherSuite;
use super::types::{Credential, LeafNode, Proposal, Sender, credential_type};
use crate::codec::Wire;
use crate::error::Error;
use crate::limits::{Limits, MAX_LEAF_LIFETIME, MAX_MESSAGE, MAX_RESUMPTION_PSKS};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

/// That a credential stands for the holder of a signature key: what a [`CredentialValidator`] judges.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Claim<'a> {
    /// The credential.
    pub credential: &'a Credential,
    /// The public key, of the group's suite.
    pub signature_key: &'a [u8],
    /// The group's suite.
    pub suite: CipherSuite,
    /// Where it stands.
    pub place: ClaimPlace,
    /// Seconds since 1970.
    pub now: u64,
}

impl<'a> Claim<'a> {
    /// A claim of a group of a suite.
    #[must_use]
    pub fn new(
        credential: &'a Credential,
        signature_key: &'a [u8],
        suite: CipherSuite,
        place: ClaimPlace,
        now: u64,
    ) -> Self {
        Self { credential, signature_key, suite, place, now }
    }
}

/// Where a credential stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimPlace {
    /// In a key package that the device itself proposes to add, or adds by a commit of its own: lists, times and issuers
    /// count (`GRP-08`).
    Adding,
    /// In a leaf node that comes in another's proposal or commit, or in a new one of the device's own. All members must judge
    /// it alike: what hangs on a list, a clock or a policy must not decide (`GRP-99`).
    Received,
    /// In the new leaf node of a member that keeps its credential and its key.
    Kept,
    /// In the tree of a group that the device joins: the leaf may be old. Judged as one that was received is.
    Tree,
    /// In the list of a group's external senders.
    ExternalSender,
}

/// What a device knows of a leaf beyond what stands in it (`GRP-99`). It decides nothing about a message: the caller is told
/// (`GDS-51`), and removes whom a list refutes (`GDS-17`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Confirmation {
    /// An accepted list, or a trusted issuer, says the same of the device.
    Confirmed,
    /// Nothing that the device knows says so: the leaf rests on its account's key, and on who added it.
    Unconfirmed,
    /// An accepted list says otherwise.
    Refuted,
}

/// The application's Authentication Service (RFC 9420 §5.3.1); Sceau's own is
/// [`DeviceCredentials`](crate::group::DeviceCredentials).
pub trait CredentialValidator: Send + Sync {
    /// Whether a credential stands for somebody acceptable and belongs to the signature key. Of an X.509 credential the end
    /// entity's key must be the signature key (§5.3).
    /// What does not hang on the credential alone may count at [`ClaimPlace::Adding`] only: members who judge a commit
    /// differently are parted.
    fn validate(&self, claim: &Claim<'_>) -> bool;

    /// What the device knows of a member beyond what its leaf says. By default nothing.
    fn confirm(&self, member: &LeafNode) -> Confirmation {
        let _ = member;
        Confirmation::Unconfirmed
    }

    /// Whether a credential may follow another of the same member. By default: the same one only.
    fn is_successor(&self, old: &Credential, new: &Credential) -> bool {
        old == new
    }

    /// What tells clients apart that may be in a group once only (§12.2), and says who is the same member in two groups (§11.2,
    /// §11.3). By default nothing: their keys tell clients apart, and equal credentials are one member's.
    fn client_id(&self, leaf: &LeafNode) -> Option<Vec<u8>> {
        let _ = leaf;
        None
    }

    /// Whether a client may join by itself: by an external commit or by its own proposal. By default not.
    fn admits(&self, newcomer: &LeafNode) -> bool {
        let _ = newcomer;
        false
    }

    /// Whether a sender may make a proposal, beyond what the RFC demands (§12.2). By default it may.
    fn permits(&self, proposal: &Proposal, sender: Sender) -> bool {
        let _ = (proposal, sender);
        true
    }
}

/// Who a member is, over groups: what its client is told apart by, or where the application does not say, its credential.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MemberId {
    Client(Vec<u8>),
    Credential(Vec<u8>),
}

impl MemberId {
    pub(crate) fn of(validator: &dyn CredentialValidator, leaf: &LeafNode) -> Self {
        let client = validator.client_id(leaf).map(Self::Client);
        client.unwrap_or_else(|| Self::Credential(leaf.credential.to_bytes()))
    }
}

/// Accepts every credential: for tests and examples only.
#[derive(Clone, Copy, Debug, Default)]
pub struct AcceptAny;

impl CredentialValidator for AcceptAny {
    fn validate(&self, _: &Claim<'_>) -> bool {
        true
    }

    fn is_successor(&self, _: &Credential, _: &Credential) -> bool {
        true
    }

    fn admits(&self, _: &LeafNode) -> bool {
        true
    }
}

/// To what private messages are padded with zeros (RFC 9420 §15.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// The smallest bucket of the inner frame (page *Inner frame*) that holds the content: `GRP-42`.
    Buckets,
    /// A multiple of so many bytes.
    Multiple(u32),
}

/// Limits and rules of a device's groups (pages *Groups*, *Limits*). Times are in seconds.
#[derive(Clone)]
#[non_exhaustive]
pub struct GroupPolicy {
    /// Who is acceptable.
    pub validator: Arc<dyn CredentialValidator>,
    /// Suites of the groups that the device creates or joins (`GRP-11`): `0xF64A` alone.
    pub suites: Vec<CipherSuite>,
    /// Types of the credentials of members and external senders (`GRP-04`): Sceau's alone.
    pub credential_types: Vec<u16>,
    /// Whether each leaf must list the policy extension's type in its capabilities (`GRP-05`): yes.
    pub require_policy_extension: bool,
    /// Whether members' proposals and commits must be private messages (`GRP-01`): yes.
    pub private_handshake: bool,
    /// Whether external commits are accepted (`GRP-02`): no. Whose, says the validator.
    pub external_commits: bool,
    /// Whether proposals of external senders, and of clients that are no members, are accepted (`GRP-02`): no.
    pub external_proposals: bool,
    /// Whether the device may give out the external public key in a group info (`GRP-03`): no.
    pub external_pub: bool,
    /// Whether the time must lie in the lifetime of a leaf that another member adds, too (RFC 9420 §7.3; `GRP-55`): no. It must
    /// when the device itself adds.
    pub check_lifetimes: bool,
    /// Longest lifetime of a leaf node of another credential than Sceau's, in seconds (§7.2): 180 days. Of Sceau's leaves it
    /// is [`MAX_LEAF_LIFETIME`](crate::limits::MAX_LEAF_LIFETIME), for all.
    pub max_lifetime: u64,
    /// How far in the future a lifetime may begin, in seconds (`clock_skew`, `GRP-55`): 5 minutes.
    pub clock_skew: u64,
    /// Past epochs whose messages are still read (`GDS-23`): 2. To a device that was removed, its last epoch is one of them.
    pub max_past_epochs: u32,
    /// Past epochs whose resumption keys are kept (§8.6): [`MAX_RESUMPTION_PSKS`]. Another number is for interoperability
    /// alone: in the profile it is the same for all (`GDS-24`).
    pub max_resumption_psks: u32,
    /// Generations that one message may skip (`max_skip`, `GRP-44`; §15.3): 1,000.
    pub max_forward: u32,
    /// Skipped keys kept for a ratchet of a sender in an epoch (`max_skipped_keys`, `GRP-44`): 2,000.
    pub max_skipped: u32,
    /// How long keys that were passed over, and past epochs, are kept, in seconds (`GDS-48`, `GDS-23`): 14 days.
    pub skipped_key_age: u64,
    /// How long what is needed to replace a group is kept after its ReInit, in seconds (`max_envelope_age`, `GDS-46`): 30 days.
    pub max_envelope_age: u64,
    /// Proposals kept in an epoch (`GDS-25`): 1,000.
    pub max_proposals: u32,
    /// Bytes of their `AuthenticatedContent`s together (`GDS-25`): [`MAX_MESSAGE`].
    pub max_proposal_bytes: u32,
    /// Bytes of those to which a commit of the device's own refers, where a relay orders commits (`GDS-11`): half of
    /// [`MAX_MESSAGE`], so that the commit has the rest.
    pub max_referred: u32,
    /// To what private messages are padded: buckets.
    pub padding: Padding,
}

impl GroupPolicy {
    /// Sceau's profile with its default limits, and this validator.
    #[must_use]
    pub fn new(validator: impl CredentialValidator + 'static) -> Self {
        let limits = Limits::default();
        Self {
            validator: Arc::new(validator),
            suites: vec![CipherSuite::MlKem768X25519Aes256],
            credential_types: vec![credential_type::SCEAU],
            require_policy_extension: true,
            private_handshake: true,
            external_commits: false,
            external_proposals: false,
            external_pub: false,
            check_lifetimes: false,
            max_lifetime: MAX_LEAF_LIFETIME,
            clock_skew: limits.clock_skew,
            max_past_epochs: 2,
            max_resumption_psks: MAX_RESUMPTION_PSKS,
            max_forward: limits.max_skip,
            max_skipped: limits.max_skipped_keys,
            skipped_key_age: limits.skipped_key_age,
            max_envelope_age: limits.max_envelope_age,
            max_proposals: 1_000,
            max_proposal_bytes: MAX_MESSAGE,
            max_referred: MAX_MESSAGE / 2,
            padding: Padding::Buckets,
        }
    }

    /// For groups with implementations of RFC 9420 that know nothing of Sceau's profile: every suite that this build has,
    /// `basic` and X.509 credentials beside Sceau's, leaves that do not list the policy extension's type, public handshake
    /// messages. Nobody comes in from outside unless the fields for it are set too.
    #[must_use]
    pub fn interoperable(validator: impl CredentialValidator + 'static) -> Self {
        Self {
            suites: CipherSuite::ALL.to_vec(),
            credential_types: vec![
                credential_type::BASIC,
                credential_type::X509,
                credential_type::SCEAU,
            ],
            require_policy_extension: false,
            private_handshake: false,
            ..Self::new(validator)
        }
    }

    /// `GRP-11`: the group's suite is one that the policy names.
    pub(crate) fn check_suite(&self, suite: CipherSuite) -> Result<(), Error> {
        Check::SuiteNotAllowed.require(self.suites.contains(&suite))
    }

    /// The suite of a registered value: one that this build speaks and the policy names (`GRP-11`).
    pub(crate) fn suite(&self, value: u16) -> Result<CipherSuite, Error> {
        let suite = CipherSuite::from_u16(value).ok_or(Check::SuiteNotAllowed.refuse())?;
        self.check_suite(suite)?;
        Ok(suite)
    }

    /// `GRP-04`, `GRP-18`: a credential is of a type that the policy names.
    pub(crate) fn check_credential_type(&self, credential: &Credential) -> Result<(), Error> {
        let named = self.credential_types.contains(&credential.credential_type());
        Check::CredentialNotAllowed.require(named)
    }

    /// `GRP-50`, §5.3.1: the validator accepts the credential for its key.
    pub(crate) fn check_claim(&self, claim: &Claim<'_>) -> Result<(), Error> {
        Check::LeafCredential.require(self.validator.validate(claim))
    }

    pub(crate) fn ratchet_limits(&self, now: u64) -> super::schedule::RatchetLimits {
        super::schedule::RatchetLimits {
            max_forward: self.max_forward,
            max_skipped: self.max_skipped,
            skipped_key_age: self.skipped_key_age,
            now,
        }
    }
}

impl fmt::Debug for GroupPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupPolicy")
            .field("suites", &self.suites)
            .field("credential_types", &self.credential_types)
            .field("private_handshake", &self.private_handshake)
            .field("external_commits", &self.external_commits)
            .field("max_lifetime", &self.max_lifetime)
            .finish_non_exhaustive()
    }
}
