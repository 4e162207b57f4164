//! `mls.*` (`conformance/GROUPS.md`): groups of the library.

mod kept;

pub use kept::Kept;

use getrandom::rand_core::{Rng as _, UnwrapErr};
use sceau::Wire;
use sceau::crypto::{Provider, Secret};
use sceau::group::{
    CipherSuite, Claim, CommitOptions, CommitOutput, Credential, CredentialValidator, Extension,
    Group, GroupInfoOptions, GroupParams, GroupPolicy, JoinParams, KeyPackage, LeafNode,
    LeafParams, MlsMessage, OwnKeyPackage, Proposal, PskStore, ReInit, Received, SigningIdentity,
};
use sceau_adapter::line::No;
use sceau_adapter::mls::{
    Client, Commit, Committed, Description, Done, ExternalJoin, NewGroup, State, Successor,
    Unprotected, Welcomed,
};
use std::collections::{BTreeMap, BTreeSet};

const YEAR: u64 = 31_536_000;
/// An hour before a leaf is made, its lifetime begins: clocks differ.
const SLACK: u64 = 3_600;
/// Bytes of a private signature key, in each of the suites.
const SIGNATURE_KEY: usize = 32;

/// A member's view of a group.
struct Member {
    group: Group,
    /// Whether its proposals and commits are public messages.
    public: bool,
    /// Proposals of this epoch that are sent or taken.
    sent: BTreeSet<Vec<u8>>,
    /// Records as they were last stored.
    stored: kept::Records,
}

/// The groups of a party, with its keys.
#[derive(Default)]
pub struct Groups {
    now: u64,
    /// Private signature keys, by suite and name.
    keys: BTreeMap<(u16, Vec<u8>), Vec<u8>>,
    key_packages: Vec<OwnKeyPackage>,
    /// External keys by their ids, as they stand in `psks`.
    external: BTreeMap<Vec<u8>, Vec<u8>>,
    psks: PskStore,
    members: BTreeMap<String, Member>,
}

type Rng = UnwrapErr<getrandom::SysRng>;

fn rng() -> Rng {
    UnwrapErr(getrandom::SysRng)
}

/// Everybody is acceptable, from outside too; a member stays who it is.
struct ByName;

impl CredentialValidator for ByName {
    fn validate(&self, _: &Claim<'_>) -> bool {
        true
    }

    fn admits(&self, _: &LeafNode) -> bool {
        true
    }
}

/// Everybody is welcome, and handshakes may be public: what the RFC allows, the suite may test.
fn policy() -> GroupPolicy {
    let mut policy = GroupPolicy::interoperable(ByName);
    policy.external_commits = true;
    policy.external_proposals = true;
    policy.external_pub = true;
    policy.max_lifetime = 2 * YEAR;
    policy
}

fn suite(value: u16) -> Done<CipherSuite> {
    CipherSuite::from_u16(value).ok_or_else(|| No::Unsupported(format!("suite {value:04x}")))
}

fn extensions(list: Vec<(u16, Vec<u8>)>) -> Vec<Extension> {
    list.into_iter().map(|(kind, data)| Extension::new(kind, data)).collect()
}

fn key_package(message: &[u8]) -> Done<KeyPackage> {
    match MlsMessage::from_bytes(message)? {
        MlsMessage::KeyPackage(key_package) => Ok(*key_package),
        _ => Err(No::Reject("malformed")),
    }
}

impl Groups {
    /// The time, in seconds since 1970.
    pub fn set_now(&mut self, now: u64) {
        self.now = now;
    }

    fn leaf(&self) -> LeafParams {
        let from = self.now.saturating_sub(SLACK);
        let mut leaf = LeafParams::new(from, self.now.saturating_add(YEAR));
        // Where nobody asks for it: openmls 0.9.2 takes no leaf with a GREASE extension (known.json).
        leaf.grease = false;
        leaf
    }

    fn identity(&mut self, of: u16, name: &[u8]) -> Done<SigningIdentity> {
        let suite = suite(of)?;
        let key = self.keys.entry((of, name.to_vec())).or_insert_with(|| {
            let mut key = vec![0; SIGNATURE_KEY];
            rng().fill_bytes(&mut key);
            key
        });
        let (credential, key) = (Credential::Basic(name.to_vec()), Secret::from_vec(key.clone()));
        Ok(SigningIdentity::from_private(suite, credential, key, &Provider::default())?)
    }

    fn member(&mut self, group: &str) -> Done<&mut Member> {
        self.members.get_mut(group).ok_or_else(|| No::Fault(format!("no group {group}")))
    }

    fn enter(&mut self, name: &str, group: Group, encrypt_handshake: bool) {
        let (sent, stored) = (BTreeSet::new(), kept::Records::new());
        let member = Member { group, public: !encrypt_handshake, sent, stored };
        self.members.insert(name.to_owned(), member);
    }

    fn join(&mut self, name: &str, from: Option<&str>, welcomed: Welcomed) -> Done<()> {
        let from = from.map(|from| self.members.get(from).ok_or(No::Fault("no group".to_owned())));
        let mut params = JoinParams::new(policy(), &self.psks);
        params.ratchet_tree = welcomed.ratchet_tree.as_deref();
        params.from = from.transpose()?.map(|member| &member.group);
        let groups = self.members.values().map(|member| &member.group);
        let ended: Vec<&Group> = groups.filter(|group| group.reinit().is_some()).collect();
        params.ended = &ended;
        let known = |id: &[u8]| {
            let mut groups = self.members.values().map(|member| &member.group);
            groups.any(|group| group.is_active() && group.group_id() == id)
        };
        params.is_known = &known;
        let own: Vec<&OwnKeyPackage> = self.key_packages.iter().collect();
        let (group, used) = Group::join(&welcomed.welcome, &own, params, self.now)?;
        self.key_packages.retain(|own| own.reference() != used);
        self.enter(name, group, welcomed.encrypt_handshake);
        Ok(())
    }

    /// The proposals of others in this epoch.
    fn take(&mut self, group: &str, proposals: &[Vec<u8>]) -> Done<()> {
        let (now, psks) = (self.now, &self.psks);
        let member = self.members.get_mut(group).ok_or(No::Fault("no group".to_owned()))?;
        for proposal in proposals {
            if member.sent.contains(proposal) {
                continue;
            }
            match member.group.receive(proposal, psks, now)? {
                Received::Proposal { .. } => {}
                _ => return Err(No::Fault("no proposal".to_owned())),
            }
            // A message is taken once.
            member.sent.insert(proposal.clone());
        }
        Ok(())
    }

    fn take_commit(&mut self, group: &str, commit: &[u8]) -> Done<()> {
        let (now, psks) = (self.now, &self.psks);
        let member = self.members.get_mut(group).ok_or(No::Fault("no group".to_owned()))?;
        match member.group.receive(commit, psks, now)? {
            Received::Commit(staged) => member.group.merge(*staged)?,
            _ => return Err(No::Fault("no commit".to_owned())),
        }
        member.sent.clear();
        Ok(())
    }

    fn join_external(&mut self, name: &str, join: ExternalJoin) -> Done<Vec<u8>> {
        let MlsMessage::GroupInfo(info) = MlsMessage::from_bytes(&join.group_info)? else {
            return Err(No::Reject("malformed"));
        };
        let identity = self.identity(info.group_context.cipher_suite, &join.identity)?;
        let mut options = sceau::group::ExternalJoin::new(self.leaf());
        options.external_psks = join.psks;
        if join.remove_prior {
            let prior = self.members.get(name);
            options.resync = Some(prior.ok_or(No::Fault("no group".to_owned()))?.group.own_leaf());
        }
        let mut params = JoinParams::new(policy(), &self.psks);
        params.ratchet_tree = join.ratchet_tree.as_deref();
        let now = self.now;
        let joined =
            Group::join_external(&join.group_info, &identity, &options, params, now, &mut rng());
        let (group, commit) = joined?;
        self.enter(name, group, join.encrypt_handshake);
        Ok(commit)
    }

    fn succeed(
        &mut self,
        group: &str,
        successor: Successor,
        make: impl FnOnce(&mut Self, &Group, Vec<KeyPackage>) -> Result<(Group, CommitOutput), No>,
    ) -> Done<Committed> {
        let packages = successor.key_packages.iter().map(|message| key_package(message));
        let packages = packages.collect::<Done<Vec<_>>>()?;
        if successor.external_tree {
            return Err(No::Unsupported("external_tree".to_owned()));
        }
        let old = self.members.remove(group).ok_or(No::Fault("no group".to_owned()))?;
        let made = make(self, &old.group, packages);
        let public = old.public;
        self.members.insert(group.to_owned(), old);
        let (mut new, output) = made?;
        new.merge_pending()?;
        self.enter(&successor.new_group, new, !public);
        Ok(Committed { welcome: output.welcome, ..Committed::default() })
    }
}

impl Member {
    fn describe(&self, proposal: Description) -> Done<Proposal> {
        Ok(match proposal {
            Description::Add(message) => Proposal::Add(Box::new(key_package(&message)?)),
            Description::Remove(identity) => {
                let credential = Credential::Basic(identity);
                let mut members = self.group.members();
                let found = members.find(|(_, member)| member.credential == credential);
                Proposal::Remove(found.ok_or(No::Fault("no such member".to_owned()))?.0)
            }
            Description::ExternalPsk(id) => self.group.external_psk(&id, &mut rng()),
            Description::ResumptionPsk(epoch) => {
                self.group.resumption_psk_proposal(self.group.group_id(), epoch, &mut rng())
            }
            Description::GroupContextExtensions(list) => {
                Proposal::GroupContextExtensions(extensions(list))
            }
            Description::ReInit { suite, group_id, extensions: list } => Proposal::ReInit(ReInit {
                group_id,
                version: 1,
                cipher_suite: suite,
                extensions: extensions(list),
            }),
        })
    }
}

impl Client for Groups {
    fn create_group(&mut self, name: &str, new: NewGroup) -> Done<()> {
        let identity = self.identity(new.suite, &new.identity)?;
        let mut params = GroupParams::new(suite(new.suite)?, self.leaf(), policy());
        params.group_id = new.group_id;
        let group = Group::create(params, identity, self.now, &mut rng())?;
        self.enter(name, group, new.encrypt_handshake);
        Ok(())
    }

    fn create_key_package(&mut self, of: u16, identity: &[u8], grease: bool) -> Done<Vec<u8>> {
        let (identity, suite) = (self.identity(of, identity)?, suite(of)?);
        let mut leaf = self.leaf();
        leaf.grease = grease;
        let provider = Provider::default();
        let own = OwnKeyPackage::generate(suite, &identity, &leaf, vec![], &provider, &mut rng())?;
        let message = MlsMessage::KeyPackage(Box::new(own.key_package().clone())).to_bytes();
        self.key_packages.push(own);
        Ok(message)
    }

    fn join_group(&mut self, name: &str, welcomed: Welcomed) -> Done<()> {
        self.join(name, None, welcomed)
    }

    fn external_join(&mut self, name: &str, join: ExternalJoin) -> Done<Vec<u8>> {
        let keys = self.keys.clone();
        let done = self.join_external(name, join);
        if done.is_err() {
            self.keys = keys;
        }
        done
    }

    fn group_info(&mut self, group: &str, external_tree: bool) -> Done<(Vec<u8>, Option<Vec<u8>>)> {
        let group = &self.member(group)?.group;
        let mut options = GroupInfoOptions::default();
        options.external_pub = true;
        options.ratchet_tree = !external_tree;
        let info = group.group_info(&options, &mut rng())?;
        Ok((info, external_tree.then(|| group.ratchet_tree())))
    }

    fn state(&mut self, group: &str) -> Done<State> {
        let group = &self.member(group)?.group;
        Ok(State {
            epoch: group.epoch(),
            epoch_authenticator: group.epoch_authenticator().to_vec(),
            members: group.member_count(),
            active: group.is_active(),
        })
    }

    fn export(&mut self, group: &str, label: &str, context: &[u8], length: usize) -> Done<Vec<u8>> {
        Ok(self.member(group)?.group.export(label, context, length)?.as_bytes().to_vec())
    }

    fn protect(&mut self, group: &str, aad: &[u8], plaintext: &[u8]) -> Done<Vec<u8>> {
        Ok(self.member(group)?.group.encrypt(plaintext, aad, &mut rng())?)
    }

    fn unprotect(&mut self, group: &str, ciphertext: &[u8]) -> Done<Unprotected> {
        let (now, psks) = (self.now, &self.psks);
        let member = self.members.get_mut(group).ok_or(No::Fault("no group".to_owned()))?;
        match member.group.receive(ciphertext, psks, now)? {
            Received::Application { data, authenticated_data, .. } => {
                Ok(Unprotected { plaintext: data, authenticated_data })
            }
            _ => Err(No::Fault("no application data".to_owned())),
        }
    }

    fn store_psk(&mut self, id: &[u8], secret: &[u8]) -> Done<()> {
        self.external.insert(id.to_vec(), secret.to_vec());
        self.psks.insert_external(id, Secret::from_vec(secret.to_vec()));
        Ok(())
    }

    fn propose(&mut self, group: &str, proposal: Description) -> Done<Vec<u8>> {
        let now = self.now;
        let member = self.member(group)?;
        let proposal = member.describe(proposal)?;
        let message = member.group.propose(proposal, member.public, &[], now, &mut rng())?;
        member.sent.insert(message.clone());
        Ok(message)
    }

    fn propose_update(&mut self, group: &str) -> Done<Vec<u8>> {
        let now = self.now;
        let member = self.member(group)?;
        let message = member.group.propose_update(None, member.public, now, &mut rng())?;
        member.sent.insert(message.clone());
        Ok(message)
    }

    fn commit(&mut self, group: &str, commit: Commit) -> Done<Committed> {
        self.take(group, &commit.by_reference)?;
        let (now, psks) = (self.now, &self.psks);
        let member = self.members.get_mut(group).ok_or(No::Fault("no group".to_owned()))?;
        let by_value = commit.by_value.into_iter().map(|proposal| member.describe(proposal));
        let mut options = CommitOptions::new(by_value.collect::<Done<_>>()?);
        options.path = commit.force_path;
        options.public = member.public;
        options.info.ratchet_tree = !commit.external_tree;
        let output = member.group.commit(&options, psks, now, &mut rng())?;
        let (commit, welcome) = (output.commit, output.welcome);
        Ok(Committed { commit, welcome, ratchet_tree: output.ratchet_tree })
    }

    fn merge_pending(&mut self, group: &str) -> Done<()> {
        let member = self.member(group)?;
        member.group.merge_pending()?;
        member.sent.clear();
        Ok(())
    }

    fn clear_pending(&mut self, group: &str) -> Done<()> {
        Ok(self.member(group)?.group.clear_pending()?)
    }

    fn handle_commit(&mut self, group: &str, proposals: &[Vec<u8>], commit: &[u8]) -> Done<()> {
        let kept = self.member(group)?.keep();
        self.take(group, proposals)?;
        let with_proposals = self.member(group)?.records();
        let done = self.take_commit(group, commit);
        let member = self.member(group)?;
        // Refused as a whole, with the proposals that came along; what else has changed is left for the runner to see.
        if done.is_err() && member.records() == with_proposals {
            *member = kept.open()?;
        }
        done
    }

    fn replace(&mut self, group: &str, successor: Successor) -> Done<Committed> {
        self.succeed(group, successor, |groups, old, packages| {
            let suite = old.reinit().map(|reinit| reinit.cipher_suite);
            let suite = suite.ok_or(No::Reject("misuse"))?;
            let own = old.member(old.own_leaf()).map(|leaf| leaf.credential.clone());
            let Some(Credential::Basic(name)) = own else {
                return Err(No::Unsupported("credential".to_owned()));
            };
            let identity = groups.identity(suite, &name)?;
            Ok(old.replace(packages, identity, groups.leaf(), groups.now, &mut rng())?)
        })
    }

    fn join_replacement(&mut self, group: &str, new_group: &str, welcomed: Welcomed) -> Done<()> {
        self.join(new_group, Some(group), welcomed)
    }

    fn branch(&mut self, group: &str, successor: Successor) -> Done<Committed> {
        self.succeed(group, successor, |groups, old, packages| {
            Ok(old.branch(packages, groups.leaf(), vec![], groups.now, &mut rng())?)
        })
    }

    fn join_branch(&mut self, group: &str, new_group: &str, welcomed: Welcomed) -> Done<()> {
        self.join(new_group, Some(group), welcomed)
    }
}
