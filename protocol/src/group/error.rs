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
    WrongGroup = "wrong_epoch", "§6", "The message belongs to another group";
    WrongEpoch = "wrong_epoch", "§12.1, §12.4.2", "A handshake message of another epoch";
    EpochGone = "wrong_epoch", "§15.3", "A message of an epoch whose keys are gone";
    ApplicationNotPrivate = "malformed", "§6", "Application data in a public message";
    NotPrivate = "malformed", "§6", "A handshake message that policy wants encrypted is not";
    SenderType = "malformed", "§6.1", "A sender of this type may not send this content";
    UnknownSender = "malformed", "§6.3.2", "The sender is not a member, or no external sender";
    OwnMessage = "reflection", "§6.3.1", "The device's own message";
    MembershipTag = "bad_signature", "§6.2", "The membership tag is wrong or missing";
    ContentSignature = "bad_signature", "§6.1", "The signature of the content does not verify";
    ConfirmationTag = "bad_signature", "§6.1, §12.4.2", "The confirmation tag is wrong";
    TagLength = "malformed", "§6.1", "GRP-88: the confirmation tag has another length";
    Undecryptable = "undecryptable", "§6.3", "No key opens the message";
    Duplicate = "duplicate", "§9.2", "The message's key is used or deleted";
    TooFar = "too_far", "§15.3", "The message's generation is too far ahead";
    // Profile
    SuiteNotAllowed = "unsupported_suite", "§11, §12.4.3.1", "GRP-11: policy does not name the suite";
    CredentialNotAllowed = "unauthorised_device", "§5.3", "GRP-04: policy does not name the type";
    PolicyExtension = "malformed", "§7.2", "GRP-05: the leaf does not list the policy extension";
    ExternalPubForbidden = "unauthorised_device", "§12.4.3.2", "GRP-03: no external_pub here";
    DeliveryChanged = "malformed", "§12.1.7", "GDS-31: another relay is another group";
    DeliveryOther = "malformed", "§12.4.3.1", "GDS-30: no relay in the group, or another than was said";
    // Leaf nodes
    LeafCredential = "unauthorised_device", "§5.3.1, §7.3", "The credential is not valid";
    LeafSuccessor = "identity_mismatch", "§5.3.1", "The credential may not follow the old one";
    LeafSignature = "bad_signature", "§7.3", "The leaf node's signature does not verify";
    LeafSuite = "malformed", "§7.2", "The leaf does not support the group's version or suite";
    LeafKey = "malformed", "§10", "A key of the leaf is none of the suite's";
    LeafRequiredCapabilities = "malformed", "§7.3", "A required capability is not supported";
    LeafCredentialType = "malformed", "§7.3", "A credential type in use is not supported";
    LeafNotYetValid = "not_yet_valid", "§7.3", "The leaf's lifetime has not begun";
    LeafExpired = "expired", "§7.3", "The leaf's lifetime is over";
    LeafLifetimeRange = "malformed", "§7.2", "The lifetime is longer than allowed";
    LeafExtensions = "malformed", "§7.3", "An extension that the leaf does not list";
    LeafGroupExtensions = "malformed", "§13.4", "An extension of the group is not supported";
    LeafSize = "malformed", "§7.2", "GRP-37: the leaf is too long";
    LeafSource = "malformed", "§7.3", "The leaf's source does not fit where it stands";
    LeafSameKey = "malformed", "§7.3", "The encryption key is not a new one";
    DuplicateSignatureKey = "malformed", "§7.3", "A signature key stands in two leaves";
    DuplicateEncryptionKey = "malformed", "§7.3", "An encryption key stands in two nodes";
    DuplicateExtension = "malformed", "§13.4", "Two extensions of one type in a list";
    // Key packages
    KeyPackageVersion = "unsupported_version", "§10.1", "GRP-62: another version than the group's";
    KeyPackageSuite = "unsupported_suite", "§10.1", "GRP-62: another suite than the group's";
    KeyPackageSignature = "bad_signature", "§10.1", "The key package's signature does not verify";
    KeyPackageInitKey = "malformed", "§10.1", "The init key is the encryption key, or no key";
    // Proposals
    ProposalReference = "unknown_proposal", "§12.4", "A reference to a proposal that is not known";
    ProposalSender = "malformed", "§12.1.8", "This sender may not send this proposal";
    ProposalType = "malformed", "§12.2", "A proposal type that a member does not support";
    UpdateByCommitter = "malformed", "§12.2", "The committer's own Update";
    RemoveCommitter = "malformed", "§12.2", "A Remove of the committer";
    RemoveBlank = "malformed", "§12.1.3", "A Remove of nobody";
    SameLeaf = "malformed", "§12.2", "Two Updates or Removes of one leaf";
    AddTwice = "malformed", "§12.2", "Two Adds of one client";
    AddMember = "malformed", "§12.2", "An Add of a client that is a member";
    PskTwice = "malformed", "§12.2", "One pre-shared key twice";
    PskUsage = "malformed", "§12.1.4", "A resumption key whose usage is another";
    PskNonce = "malformed", "§12.1.4", "A nonce of a wrong length";
    PskUnknown = "unknown_psk", "§12.4.2, §12.4.3.1", "A pre-shared key that is not known";
    ExtensionsTwice = "malformed", "§12.2", "Two GroupContextExtensions";
    ExtensionsRequired = "malformed", "§12.1.7", "A member does not support what is required";
    ContextSize = "malformed", "§12.1.7", "GRP-38: the group context's extensions are too long";
    ReInitAlone = "malformed", "§12.2", "A ReInit beside other proposals";
    ReInitVersion = "malformed", "§12.1.5", "GRP-68: a ReInit to an older version";
    ReInitUnknownVersion = "unsupported_version", "§11.2", "GRP-36: a ReInit to a version not spoken here";
    ExternalInitMember = "malformed", "§12.2", "An ExternalInit in a member's commit";
    ExternalInitOnce = "malformed", "§12.2", "Not exactly one ExternalInit";
    ExternalRemove = "malformed", "§12.2", "More than one Remove in an external commit";
    ExternalProposal = "malformed", "§12.2", "A proposal that no external commit may have";
    ExternalReference = "malformed", "§12.4.3.2", "A reference in an external commit";
    ExternalForbidden = "unauthorised_device", "§12.1.8, §12.4.3.2", "GRP-02: nothing from outside";
    ApplicationPolicy = "unauthorised_device", "§12.2", "The application refuses the proposals";
    // Commits
    PathMissing = "malformed", "§12.4", "The commit needs a path";
    PathLength = "malformed", "§7.5", "The path does not have the nodes of the filtered path";
    PathCiphertexts = "malformed", "§7.6", "A node has not one ciphertext for each recipient";
    PathKeyReused = "malformed", "§12.4.2", "A key of the path stands in the tree already";
    PathKey = "malformed", "§7.5", "A key of the path is not the one that its secret gives";
    PathParentHash = "malformed", "§7.9.2", "The parent hash in the committer's leaf is wrong";
    PathSecret = "undecryptable", "§7.5", "The path secret does not open";
    LastEpoch = "limit", "§8.1", "The epoch is the last that a number can name";
    GroupFull = "limit", "§7.7", "The tree would become too large";
    Removed = "misuse", "§12.4.2", "The device is no member any more";
    Replaced = "misuse", "§11.2", "A ReInit was committed, no further change is allowed";
    // Trees
    TreeEncoding = "malformed", "§12.4.3.3", "A tree that ends in a blank node or mixes node types";
    TreeHash = "malformed", "§12.4.3.1", "The tree hash is not the context's";
    TreeParentHash = "malformed", "§7.9.2", "A parent node is not parent-hash valid";
    TreeUnmerged = "malformed", "§12.4.3.1", "A list of unmerged leaves is wrong";
    TreeKey = "malformed", "§7.1", "GRP-13: a key of a parent node is none of the suite's";
    TreeMissing = "malformed", "§12.4.3.1", "The tree is neither inside nor given beside";
    // Joining
    NoKeyPackage = "unknown_prekey", "§12.4.3.1", "The welcome is for none of the key packages";
    WelcomeSuite = "malformed", "§12.4.3.1", "The suites of welcome, key package, group differ";
    GroupInfoSignature = "bad_signature", "§12.4.3", "The group info's signature does not verify";
    GroupInfoSigner = "malformed", "§12.4.3.1", "The group info's signer is no member";
    GroupKnown = "misuse", "§12.4.3.1", "The device is in a group of this id";
    OwnLeafMissing = "malformed", "§12.4.3.1", "The key package's leaf is not in the tree";
    WelcomePathSecret = "malformed", "§12.4.3.1", "The path secret does not give the tree's keys";
    WelcomeUncovered = "malformed", "§7.5, §12.4.3.1", "GJN-19: a node above the own leaf without its key";
    WelcomePsks = "malformed", "§12.4.3.1", "More than one key of usage reinit or branch";
    GroupExtension = "malformed", "§13.4", "The device does not support the group's extensions";
    NotFirstEpoch = "malformed", "§12.4.3.1", "A replacement or branch not of epoch 1";
    ReInitMismatch = "malformed", "§12.4.3.1", "The group is not the one that was agreed on";
    ReInitMembers = "malformed", "§12.4.3.1", "A member of the old group is missing";
    BranchMismatch = "malformed", "§12.4.3.1", "The branch has another version or suite";
    BranchMembers = "malformed", "§12.4.3.1", "A member of the branch was none of the group";
    ExternalPub = "malformed", "§12.4.3.2", "There is no external public key";
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
