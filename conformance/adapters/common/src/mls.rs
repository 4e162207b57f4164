//! The commands `mls.*` (`conformance/GROUPS.md`): from requests to calls, from results to answers.

use crate::line::{Answer, No, Out, Request, decimal, hex16, unhex};

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
    /// The group's id.
    pub group_id: Vec<u8>,
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

/// Carries out a command of the family `mls`.
pub fn run(request: &Request, client: &mut impl Client) -> Answer {
    if request.rand.is_some() || request.seed.is_some() {
        return Err(No::Unsupported("groups draw their own randomness".to_owned()));
    }
    let group = request.group.as_str();
    match request.cmd.as_str() {
        "mls.create_group" => {
            request.only(&["suite", "group_id", "identity", "encrypt_handshake"])?;
            let new = NewGroup {
                suite: suite(request)?,
                group_id: request.bytes("group_id")?,
                identity: request.bytes("identity")?,
                encrypt_handshake: request.flag("encrypt_handshake")?,
            };
            client.create_group(named(group)?, new)?;
            state(client.state(group)?)
        }
        "mls.create_key_package" => {
            request.only(&["suite", "identity", "grease"])?;
            let (identity, grease) = (request.bytes("identity")?, request.flag("grease")?);
            let package = client.create_key_package(suite(request)?, &identity, grease)?;
            Ok(Out::default().bytes("key_package", &package))
        }
        "mls.join_group" => {
            request.only(&["welcome", "ratchet_tree", "encrypt_handshake"])?;
            client.join_group(named(group)?, welcomed(request)?)?;
            state(client.state(group)?)
        }
        "mls.external_join" => external_join(request, client),
        "mls.group_info" => {
            request.only(&["external_tree"])?;
            let (info, tree) = client.group_info(group, request.flag("external_tree")?)?;
            Ok(optional(Out::default().bytes("group_info", &info), "ratchet_tree", tree))
        }
        "mls.state_auth" => {
            request.only(&[])?;
            state(client.state(group)?)
        }
        "mls.export" => {
            request.only(&["label", "context", "key_length"])?;
            let length = request.integer("key_length")?;
            let length = usize::try_from(length).map_err(|error| No::Fault(error.to_string()))?;
            let (label, context) = (request.text("label")?, request.bytes("context")?);
            let secret = client.export(group, label, &context, length)?;
            Ok(Out::default().bytes("exported_secret", &secret))
        }
        "mls.store_psk" => {
            request.only(&["psk_id", "psk_secret"])?;
            client.store_psk(&request.bytes("psk_id")?, &request.bytes("psk_secret")?)?;
            Ok(Out::default())
        }
        "mls.protect" | "mls.unprotect" => application(request, client),
        "mls.propose" | "mls.update_proposal" => propose(request, client),
        "mls.commit" => commit(request, client),
        "mls.handle_pending_commit" => {
            request.only(&[])?;
            client.merge_pending(group)?;
            state(client.state(group)?)
        }
        "mls.clear_pending_commit" => {
            request.only(&[])?;
            client.clear_pending(group)?;
            state(client.state(group)?)
        }
        "mls.handle_commit" => {
            request.only(&["proposals", "commit"])?;
            let proposals = messages(request, "proposals")?;
            client.handle_commit(group, &proposals, &request.bytes("commit")?)?;
            state(client.state(group)?)
        }
        _ => succeed(request, client),
    }
}

fn external_join(request: &Request, client: &mut impl Client) -> Answer {
    const PARAMETERS: [&str; 6] =
        ["group_info", "ratchet_tree", "identity", "remove_prior", "psks", "encrypt_handshake"];
    request.only(&PARAMETERS)?;
    let join = ExternalJoin {
        group_info: request.bytes("group_info")?,
        ratchet_tree: request.optional_bytes("ratchet_tree")?,
        identity: request.bytes("identity")?,
        remove_prior: request.flag("remove_prior")?,
        psks: messages(request, "psks")?,
        encrypt_handshake: request.flag("encrypt_handshake")?,
    };
    let commit = client.external_join(named(&request.group)?, join)?;
    Ok(state(client.state(&request.group)?)?.bytes("commit", &commit))
}

fn application(request: &Request, client: &mut impl Client) -> Answer {
    if request.cmd == "mls.protect" {
        request.only(&["authenticated_data", "plaintext"])?;
        let data = request.optional_bytes("authenticated_data")?.unwrap_or_default();
        let ciphertext = client.protect(&request.group, &data, &request.bytes("plaintext")?)?;
        return Ok(Out::default().bytes("ciphertext", &ciphertext));
    }
    request.only(&["ciphertext"])?;
    let got = client.unprotect(&request.group, &request.bytes("ciphertext")?)?;
    let out = Out::default().bytes("plaintext", &got.plaintext);
    Ok(out.bytes("authenticated_data", &got.authenticated_data))
}

fn propose(request: &Request, client: &mut impl Client) -> Answer {
    let proposal = if request.cmd == "mls.propose" {
        request.only(&["proposal"])?;
        client.propose(&request.group, Description::read(request.text("proposal")?)?)?
    } else {
        request.only(&[])?;
        client.propose_update(&request.group)?
    };
    Ok(Out::default().bytes("proposal", &proposal))
}

fn commit(request: &Request, client: &mut impl Client) -> Answer {
    request.only(&["by_reference", "by_value", "force_path", "external_tree"])?;
    let by_value = request.list("by_value")?.iter().map(|text| Description::read(text));
    let commit = Commit {
        by_reference: messages(request, "by_reference")?,
        by_value: by_value.collect::<Done<_>>()?,
        force_path: request.flag("force_path")?,
        external_tree: request.flag("external_tree")?,
    };
    Ok(committed(client.commit(&request.group, commit)?))
}

/// Groups that follow others.
fn succeed(request: &Request, client: &mut impl Client) -> Answer {
    let group = request.group.as_str();
    if !SUCCESSORS.contains(&request.cmd.as_str()) {
        return Err(No::Unsupported(request.cmd.clone()));
    }
    let new_group = named(request.text("new_group")?)?;
    if matches!(request.cmd.as_str(), "mls.reinit_welcome" | "mls.create_branch") {
        request.only(&["new_group", "key_packages", "external_tree"])?;
        let successor = Successor {
            new_group: new_group.to_owned(),
            key_packages: messages(request, "key_packages")?,
            external_tree: request.flag("external_tree")?,
        };
        let made = match request.cmd.as_str() {
            "mls.reinit_welcome" => client.replace(group, successor)?,
            _ => client.branch(group, successor)?,
        };
        let out = state(client.state(new_group)?)?;
        let out = optional(out, "welcome", made.welcome);
        return Ok(optional(out, "ratchet_tree", made.ratchet_tree));
    }
    request.only(&["new_group", "welcome", "ratchet_tree", "encrypt_handshake"])?;
    match request.cmd.as_str() {
        "mls.handle_reinit_welcome" => {
            client.join_replacement(group, new_group, welcomed(request)?)?
        }
        _ => client.join_branch(group, new_group, welcomed(request)?)?,
    }
    state(client.state(new_group)?)
}

fn named(group: &str) -> Done<&str> {
    if group.is_empty() { Err(No::Fault("no group".to_owned())) } else { Ok(group) }
}

fn suite(request: &Request) -> Done<u16> {
    hex16(request.text("suite")?).ok_or_else(|| No::Fault("suite".to_owned()))
}

fn welcomed(request: &Request) -> Done<Welcomed> {
    Ok(Welcomed {
        welcome: request.bytes("welcome")?,
        ratchet_tree: request.optional_bytes("ratchet_tree")?,
        encrypt_handshake: request.flag("encrypt_handshake")?,
    })
}

/// A list of bytes.
fn messages(request: &Request, name: &str) -> Done<Vec<Vec<u8>>> {
    let read = |text: &String| unhex(text).map_err(|why| No::Fault(format!("{name}: {why}")));
    request.list(name)?.iter().map(read).collect()
}

fn state(state: State) -> Answer {
    Ok(Out::default()
        .long("epoch", state.epoch)
        .bytes("epoch_authenticator", &state.epoch_authenticator)
        .integer("members", state.members)
        .integer("active", u8::from(state.active)))
}

fn committed(made: Committed) -> Out {
    let out = Out::default().bytes("commit", &made.commit);
    optional(optional(out, "welcome", made.welcome), "ratchet_tree", made.ratchet_tree)
}

fn optional(out: Out, name: &str, bytes: Option<Vec<u8>>) -> Out {
    match bytes {
        Some(bytes) => out.bytes(name, &bytes),
        None => out,
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
