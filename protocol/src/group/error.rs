//! Why something of a group is refused: one value for each check, with its section of RFC 9420.

use crate::error::Error;
use core::fmt;

macro_rules! checks {
    ($($name:ident = $class:literal, $section:literal, $text:literal;)*) => {
        /// The check that failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Check {
            $(
                #[doc = concat!($text, " (RFC 9420 ", $section, ").")]
                $name,
            )*
        }

        impl Check {
            /// The error class of the specification's registry.
            #[must_use]
            pub fn class(self) -> &'static str {
                match self { $(Self::$name => $class,)* }
            }

            /// The section of RFC 9420 that demands the check.
            #[must_use]
            pub fn section(self) -> &'static str {
                match self { $(Self::$name => $section,)* }
            }
        }
    };
}

checks! {
    // Framing
    WrongGroup = "wrong_group", "§6", "The message belongs to another group";
    WrongEpoch = "wrong_epoch", "§12.1, §12.4.2", "A handshake message of another epoch";
    EpochGone = "epoch_gone", "§15.3", "A message of an epoch whose keys are gone";
    ApplicationNotPrivate = "invalid_message", "§6", "Application data in a public message";
    NotPrivate = "invalid_message", "§6", "A handshake message that policy wants encrypted is not";
    SenderType = "invalid_message", "§6.1", "A sender of this type may not send this content";
    UnknownSender = "unknown_sender", "§6.3.2", "The sender is not a member, or no external sender";
    OwnMessage = "reflection", "§6.3.1", "The device's own message";
    MembershipTag = "bad_mac", "§6.2", "The membership tag is wrong or missing";
    ContentSignature = "bad_signature", "§6.1", "The signature of the content does not verify";
    ConfirmationTag = "bad_mac", "§6.1, §12.4.2", "The confirmation tag is wrong";
    Undecryptable = "undecryptable", "§6.3", "No key opens the message";
    Duplicate = "duplicate", "§9.2", "The message's key is used or deleted";
    TooFar = "too_far", "§15.3", "The message's generation is too far ahead";
    // Leaf nodes
    LeafCredential = "invalid_leaf_node", "§5.3.1, §7.3", "The credential is not valid";
    LeafSuccessor = "invalid_leaf_node", "§5.3.1", "The credential may not follow the old one";
    LeafSignature = "bad_signature", "§7.3", "The leaf node's signature does not verify";
    LeafSuite = "invalid_leaf_node", "§7.2", "The leaf does not support the group's version or suite";
    LeafKey = "invalid_leaf_node", "§10", "A key of the leaf is none of the suite's";
    LeafRequiredCapabilities = "invalid_leaf_node", "§7.3", "A required capability is not supported";
    LeafCredentialType = "invalid_leaf_node", "§7.3", "A credential type in use is not supported";
    LeafLifetime = "expired", "§7.3", "The time is not in the leaf's lifetime";
    LeafLifetimeRange = "invalid_leaf_node", "§7.2", "The lifetime is longer than allowed";
    LeafExtensions = "invalid_leaf_node", "§7.3", "An extension that the leaf does not list";
    LeafGroupExtensions = "invalid_leaf_node", "§13.4", "An extension of the group is not supported";
    LeafSource = "invalid_leaf_node", "§7.3", "The leaf's source does not fit where it stands";
    LeafSameKey = "invalid_leaf_node", "§7.3", "The encryption key is not a new one";
    DuplicateSignatureKey = "invalid_leaf_node", "§7.3", "A signature key stands in two leaves";
    DuplicateEncryptionKey = "invalid_leaf_node", "§7.3", "An encryption key stands in two nodes";
    DuplicateExtension = "malformed", "§13.4", "Two extensions of one type in a list";
    // Key packages
    KeyPackageVersion = "invalid_key_package", "§10.1", "Another version or suite than the group's";
    KeyPackageSignature = "bad_signature", "§10.1", "The key package's signature does not verify";
    KeyPackageInitKey = "invalid_key_package", "§10.1", "The init key is the encryption key, or no key";
    // Proposals
    ProposalReference = "unknown_proposal", "§12.4", "A reference to a proposal that is not known";
    ProposalSender = "invalid_proposal", "§12.1.8", "This sender may not send this proposal";
    ProposalType = "invalid_proposal", "§12.2", "A proposal type that a member does not support";
    UpdateByCommitter = "invalid_proposal", "§12.2", "The committer's own Update";
    RemoveCommitter = "invalid_proposal", "§12.2", "A Remove of the committer";
    RemoveBlank = "invalid_proposal", "§12.1.3", "A Remove of nobody";
    SameLeaf = "invalid_proposal", "§12.2", "Two Updates or Removes of one leaf";
    AddTwice = "invalid_proposal", "§12.2", "Two Adds of one client";
    AddMember = "invalid_proposal", "§12.2", "An Add of a client that is a member";
    PskTwice = "invalid_proposal", "§12.2", "One pre-shared key twice";
    PskUsage = "invalid_proposal", "§12.1.4", "A resumption key whose usage is another";
    PskNonce = "invalid_proposal", "§12.1.4", "A nonce of a wrong length";
    PskUnknown = "unknown_psk", "§12.4.2, §12.4.3.1", "A pre-shared key that is not known";
    ExtensionsTwice = "invalid_proposal", "§12.2", "Two GroupContextExtensions";
    ExtensionsRequired = "invalid_proposal", "§12.1.7", "A member does not support what is required";
    ReInitAlone = "invalid_proposal", "§12.2", "A ReInit beside other proposals";
    ReInitVersion = "invalid_proposal", "§12.1.5", "A ReInit to an older version, or a suite unknown";
    ExternalInitMember = "invalid_proposal", "§12.2", "An ExternalInit in a member's commit";
    ExternalInitOnce = "invalid_proposal", "§12.2", "Not exactly one ExternalInit";
    ExternalRemove = "invalid_proposal", "§12.2", "More than one Remove in an external commit";
    ExternalProposal = "invalid_proposal", "§12.2", "A proposal that no external commit may have";
    ExternalReference = "invalid_proposal", "§12.4.3.2", "A reference in an external commit";
    ExternalForbidden = "unauthorised", "§12.4.3.2", "External commits are not allowed here";
    ApplicationPolicy = "unauthorised", "§12.2", "The application refuses the proposals";
    // Commits
    PathMissing = "invalid_commit", "§12.4", "The commit needs a path";
    PathLength = "invalid_commit", "§7.5", "The path does not have the nodes of the filtered path";
    PathCiphertexts = "invalid_commit", "§7.6", "A node has not one ciphertext for each recipient";
    PathKeyReused = "invalid_commit", "§12.4.2", "A key of the path stands in the tree already";
    PathKey = "invalid_commit", "§7.5", "A key of the path is not the one that its secret gives";
    PathParentHash = "invalid_commit", "§7.9.2", "The parent hash in the committer's leaf is wrong";
    PathSecret = "undecryptable", "§7.5", "The path secret does not open";
    GroupFull = "limit", "§7.7", "The tree would become too large";
    Removed = "removed", "§12.4.2", "The device is no member any more";
    // Trees
    TreeEncoding = "malformed", "§12.4.3.3", "A tree that ends in a blank node or mixes node types";
    TreeHash = "invalid_tree", "§12.4.3.1", "The tree hash is not the context's";
    TreeParentHash = "invalid_tree", "§7.9.2", "A parent node is not parent-hash valid";
    TreeUnmerged = "invalid_tree", "§12.4.3.1", "A list of unmerged leaves is wrong";
    TreeMissing = "invalid_welcome", "§12.4.3.1", "The tree is neither inside nor given beside";
    // Joining
    NoKeyPackage = "unknown_key_package", "§12.4.3.1", "The welcome is for none of the key packages";
    WelcomeSuite = "invalid_welcome", "§12.4.3.1", "The suites of welcome, key package, group differ";
    GroupInfoSignature = "bad_signature", "§12.4.3", "The group info's signature does not verify";
    GroupInfoSigner = "invalid_welcome", "§12.4.3.1", "The group info's signer is no member";
    GroupKnown = "invalid_welcome", "§12.4.3.1", "The device is in a group of this id";
    OwnLeafMissing = "invalid_welcome", "§12.4.3.1", "The key package's leaf is not in the tree";
    WelcomePathSecret = "invalid_welcome", "§12.4.3.1", "The path secret does not give the tree's keys";
    WelcomePsks = "invalid_welcome", "§12.4.3.1", "More than one key of usage reinit or branch";
    GroupExtension = "invalid_welcome", "§13.4", "The device does not support the group's extensions";
    NotFirstEpoch = "invalid_welcome", "§12.4.3.1", "A replacement or branch not of epoch 1";
    ReInitMismatch = "invalid_welcome", "§12.4.3.1", "The group is not the one that was agreed on";
    ReInitMembers = "invalid_welcome", "§12.4.3.1", "A member of the old group is missing";
    BranchMismatch = "invalid_welcome", "§12.4.3.1", "The branch has another version or suite";
    BranchMembers = "invalid_welcome", "§12.4.3.1", "A member of the branch was none of the group";
    ExternalPub = "invalid_group_info", "§12.4.3.2", "There is no external public key";
}

/// Something of a group that is refused, and whose fault it is, where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The check that failed.
    pub check: Check,
    /// Leaf index of the member that is to blame.
    pub leaf: Option<u32>,
}

impl Check {
    /// The refusal, with nobody to blame.
    pub(crate) fn refuse(self) -> Error {
        Error::Group(Refused { check: self, leaf: None })
    }

    /// The refusal, for what a member did.
    pub(crate) fn blame(self, leaf: u32) -> Error {
        Error::Group(Refused { check: self, leaf: Some(leaf) })
    }

    /// Refuses unless a condition holds.
    pub(crate) fn require(self, holds: bool) -> Result<(), Error> {
        if holds { Ok(()) } else { Err(self.refuse()) }
    }

    /// Refuses, with a member to blame, unless a condition holds.
    pub(crate) fn require_of(self, holds: bool, leaf: u32) -> Result<(), Error> {
        if holds { Ok(()) } else { Err(self.blame(leaf)) }
    }
}

/// Names the culprit of a refusal that does not name one yet.
pub(crate) fn blame(leaf: Option<u32>) -> impl Fn(Error) -> Error {
    move |error| match error {
        Error::Group(Refused { check, leaf: None }) => Error::Group(Refused { check, leaf }),
        other => other,
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} (RFC 9420 {})", self.check, self.check.section())?;
        self.leaf.map_or(Ok(()), |leaf| write!(f, ", leaf {leaf}"))
    }
}
