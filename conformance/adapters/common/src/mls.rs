//! The commands `mls.*` (`conformance/GROUPS.md`): from requests to calls, from results to answers.

use crate::line::{No, decimal, hex16, unhex};

mod run;

pub use run::run;

/// The commands that every implementation has to have.
pub const COMMANDS: &[&str] = &[
    "mls.create_group",
    "mls.create_key_package",
    "mls.join_group",
    "mls.external_join",
    "mls.group_info",
    "mls.state_auth",
    "mls.export",
    "mls.protect",
    "mls.unprotect",
    "mls.store_psk",
    "mls.propose",
    "mls.update_proposal",
    "mls.commit",
    "mls.handle_pending_commit",
    "mls.clear_pending_commit",
    "mls.handle_commit",
];

/// The commands on groups that follow others (RFC 9420 §11.2, §11.3).
pub const SUCCESSORS: &[&str] =
    &["mls.reinit_welcome", "mls.handle_reinit_welcome", "mls.create_branch", "mls.handle_branch"];

/// What a call comes to.
pub type Done<T> = Result<T, No>;

/// Type and data of an extension.
pub type Extension = (u16, Vec<u8>);

/// What a proposal says, by the words of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Description {
    /// The key package of a newcomer, an encoded `MLSMessage`.
    Add(Vec<u8>),
    /// The identity of a member.
    Remove(Vec<u8>),
    /// The id of an external key.
    ExternalPsk(Vec<u8>),
    /// An epoch of this group.
    ResumptionPsk(u64),
    /// All extensions of the group from then on.
    GroupContextExtensions(Vec<Extension>),
    /// The group that is to replace this one.
    ReInit {
        /// Its cipher suite.
        suite: u16,
        /// Its id.
        group_id: Vec<u8>,
        /// Its extensions.
        extensions: Vec<Extension>,
    },
}

impl Description {
    fn read(text: &str) -> Done<Self> {
        let fault = || No::Fault(format!("proposal {text}"));
        let mut fields = text.split(':');
        let word = fields.next().unwrap_or_default();
        let fields: Vec<&str> = fields.collect();
        let bytes = |text: &str| unhex(text).map_err(|_| fault());
        match (word, fields.as_slice()) {
            ("add", [key_package]) => Ok(Self::Add(bytes(key_package)?)),
            ("remove", [identity]) => Ok(Self::Remove(bytes(identity)?)),
            ("external_psk", [id]) => Ok(Self::ExternalPsk(bytes(id)?)),
            ("resumption_psk", [epoch]) => {
                decimal(epoch).map(Self::ResumptionPsk).ok_or_else(fault)
            }
            ("group_context_extensions", list) => {
                Ok(Self::GroupContextExtensions(extensions(list.iter().copied())?))
            }
            ("re_init", [suite, group_id, list @ ..]) => Ok(Self::ReInit {
                suite: hex16(suite).ok_or_else(fault)?,
                group_id: bytes(group_id)?,
                extensions: extensions(list.iter().copied())?,
            }),
            _ => Err(No::Unsupported(format!("proposal {word}"))),
        }
    }
}

/// Extensions, each as four hexadecimal digits of its type, `=`, and its data.
fn extensions<'a>(list: impl Iterator<Item = &'a str>) -> Done<Vec<Extension>> {
    let read = |text: &str| {
        let (kind, data) = text.split_once('=')?;
        Some((hex16(kind)?, unhex(data).ok()?))
    };
    list.map(|text| read(text).ok_or_else(|| No::Fault(format!("extension {text}")))).collect()
}

/// A new group.
pub struct NewGroup {
    /// Cipher suite.
    pub suite: u16,
    /// The group's id; drawn by the implementation if there is none.
    pub group_id: Option<Vec<u8>>,
    /// The creator's identity: that of a basic credential.
    pub identity: Vec<u8>,
    /// Whether the member's proposals and commits are private messages.
    pub encrypt_handshake: bool,
}

/// A Welcome, and how to use it.
pub struct Welcomed {
    /// An encoded `MLSMessage`.
    pub welcome: Vec<u8>,
    /// The tree, where the Welcome does not have it.
    pub ratchet_tree: Option<Vec<u8>>,
    /// Whether the member's proposals and commits are private messages.
    pub encrypt_handshake: bool,
}

/// An external commit.
pub struct ExternalJoin {
    /// An encoded `MLSMessage` with the external public key.
    pub group_info: Vec<u8>,
    /// The tree, where the group info does not have it.
    pub ratchet_tree: Option<Vec<u8>>,
    /// The client's identity.
    pub identity: Vec<u8>,
    /// Whether the client's own earlier leaf is removed.
    pub remove_prior: bool,
    /// Ids of external keys to inject.
    pub psks: Vec<Vec<u8>>,
    /// Whether the member's later proposals and commits are private messages.
    pub encrypt_handshake: bool,
}

/// A commit.
pub struct Commit {
    /// Proposals of this epoch as they were sent, the member's own among them: encoded `MLSMessage`s.
    pub by_reference: Vec<Vec<u8>>,
    /// Proposals of the committer.
    pub by_value: Vec<Description>,
    /// Whether there must be a path.
    pub force_path: bool,
    /// Whether the tree is given beside the Welcome, not in it.
    pub external_tree: bool,
}

/// What a commit has made.
#[derive(Default)]
pub struct Committed {
    /// An encoded `MLSMessage`; empty where others need not see it.
    pub commit: Vec<u8>,
    /// An encoded `MLSMessage`, where somebody is added.
    pub welcome: Option<Vec<u8>>,
    /// The tree, where it is not in the Welcome.
    pub ratchet_tree: Option<Vec<u8>>,
}

/// A group that is made from another.
pub struct Successor {
    /// The runner's name of the new group.
    pub new_group: String,
    /// Key packages of the other members, each an encoded `MLSMessage`.
    pub key_packages: Vec<Vec<u8>>,
    /// Whether the tree is given beside the Welcome, not in it.
    pub external_tree: bool,
}

/// What all members of an epoch agree on.
pub struct State {
    /// The epoch.
    pub epoch: u64,
    /// `epoch_authenticator` (RFC 9420 §8.7).
    pub epoch_authenticator: Vec<u8>,
    /// Number of members.
    pub members: u32,
    /// Whether the member can still send: it was not removed, the group was not replaced.
    pub active: bool,
}

/// Application data that was received.
pub struct Unprotected {
    /// The data.
    pub plaintext: Vec<u8>,
    /// Data that was authenticated, not encrypted.
    pub authenticated_data: Vec<u8>,
}

/// A client of RFC 9420: a party with its key packages, its keys and its groups, by the runner's names.
///
/// Each call answers [`No::Refused`] (or a class) where the implementation refuses, [`No::Unsupported`] where it has no
/// such thing, [`No::Fault`] where there is no such group.
pub trait Client {
    /// Creates a group of one member.
    fn create_group(&mut self, group: &str, new: NewGroup) -> Done<()>;
    /// Makes a key package and keeps its private keys: an encoded `MLSMessage`. With GREASE (RFC 9420 §13.5), or
    /// without, where the implementation has the choice.
    fn create_key_package(&mut self, suite: u16, identity: &[u8], grease: bool) -> Done<Vec<u8>>;
    /// Joins by a Welcome for one of the key packages.
    fn join_group(&mut self, group: &str, welcomed: Welcomed) -> Done<()>;
    /// Joins by a commit of its own: an encoded `MLSMessage`.
    fn external_join(&mut self, group: &str, join: ExternalJoin) -> Done<Vec<u8>>;
    /// A group info with the external public key: an encoded `MLSMessage`; and the tree, if that is to be beside it.
    fn group_info(&mut self, group: &str, external_tree: bool) -> Done<(Vec<u8>, Option<Vec<u8>>)>;
    /// What members agree on.
    fn state(&mut self, group: &str) -> Done<State>;
    /// `MLS-Exporter` (RFC 9420 §8.5).
    fn export(&mut self, group: &str, label: &str, context: &[u8], length: usize) -> Done<Vec<u8>>;
    /// Encrypts application data.
    fn protect(
        &mut self,
        group: &str,
        authenticated_data: &[u8],
        plaintext: &[u8],
    ) -> Done<Vec<u8>>;
    /// Decrypts application data.
    fn unprotect(&mut self, group: &str, ciphertext: &[u8]) -> Done<Unprotected>;
    /// Keeps an external pre-shared key.
    fn store_psk(&mut self, id: &[u8], secret: &[u8]) -> Done<()>;
    /// Proposes: an encoded `MLSMessage`.
    fn propose(&mut self, group: &str, proposal: Description) -> Done<Vec<u8>>;
    /// Proposes new keys of its own.
    fn propose_update(&mut self, group: &str) -> Done<Vec<u8>>;
    /// Makes a commit, which is pending.
    fn commit(&mut self, group: &str, commit: Commit) -> Done<Committed>;
    /// Enters the epoch of the pending commit.
    fn merge_pending(&mut self, group: &str) -> Done<()>;
    /// Drops the pending commit.
    fn clear_pending(&mut self, group: &str) -> Done<()>;
    /// Takes the proposals that a commit may refer to, its own among them, then the commit, and enters the epoch.
    fn handle_commit(&mut self, group: &str, proposals: &[Vec<u8>], commit: &[u8]) -> Done<()>;

    /// Creates the group that replaces another one (§11.2), and enters its first epoch.
    fn replace(&mut self, group: &str, successor: Successor) -> Done<Committed> {
        let _ = (group, successor);
        Err(No::Unsupported("mls.reinit_welcome".to_owned()))
    }
    /// Joins it.
    fn join_replacement(&mut self, group: &str, new_group: &str, welcomed: Welcomed) -> Done<()> {
        let _ = (group, new_group, welcomed);
        Err(No::Unsupported("mls.handle_reinit_welcome".to_owned()))
    }
    /// Creates a group of some members of another one (§11.3), and enters its first epoch.
    fn branch(&mut self, group: &str, successor: Successor) -> Done<Committed> {
        let _ = (group, successor);
        Err(No::Unsupported("mls.create_branch".to_owned()))
    }
    /// Joins it.
    fn join_branch(&mut self, group: &str, new_group: &str, welcomed: Welcomed) -> Done<()> {
        let _ = (group, new_group, welcomed);
        Err(No::Unsupported("mls.handle_branch".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Description, No};

    #[test]
    fn proposals_are_read_by_their_words() {
        let read = |text| Description::read(text).ok();
        assert_eq!(read("add:00ff"), Some(Description::Add(vec![0, 255])));
        assert_eq!(
            read("resumption_psk:18446744073709551615"),
            Some(Description::ResumptionPsk(u64::MAX))
        );
        let extensions = vec![(0xF001, vec![1]), (3, vec![])];
        assert_eq!(
            read("group_context_extensions:f001=01:0003="),
            Some(Description::GroupContextExtensions(extensions.clone()))
        );
        let group_id = b"new".to_vec();
        assert_eq!(
            read("re_init:0002:6e6577:f001=01:0003="),
            Some(Description::ReInit { suite: 2, group_id, extensions })
        );
        for bad in ["add", "add:0", "add:00:00", "resumption_psk:", "re_init:2:00", "remove:AA"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert!(matches!(Description::read("dance:00"), Err(No::Unsupported(_))));
    }
}
