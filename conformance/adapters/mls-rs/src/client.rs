//! A party: a client of mls-rs for each of its identities, and its groups.

use crate::rules::Rules;
use mls_rs::client_builder::{
    BaseConfig, WithCryptoProvider, WithIdentityProvider, WithKeyPackageRepo, WithMlsRules,
    WithPskStore,
};
use mls_rs::group::{ExportedTree, ReceivedMessage};
use mls_rs::identity::SigningIdentity;
use mls_rs::identity::basic::{BasicCredential, BasicIdentityProvider};
use mls_rs::psk::{ExternalPskId, PreSharedKey};
use mls_rs::storage_provider::in_memory::{InMemoryKeyPackageStorage, InMemoryPreSharedKeyStorage};
use mls_rs::{
    CipherSuite, CipherSuiteProvider, CryptoProvider, Extension, ExtensionList, Group, MlsMessage,
    ProtocolVersion,
};
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use sceau_adapter::line::No;
use sceau_adapter::mls::{
    Client, Commit, Committed, Description, Done, ExternalJoin, NewGroup, State, Successor,
    Unprotected, Welcomed,
};
use std::collections::{BTreeMap, BTreeSet};

type Config = WithMlsRules<
    Rules,
    WithPskStore<
        InMemoryPreSharedKeyStorage,
        WithKeyPackageRepo<
            InMemoryKeyPackageStorage,
            WithIdentityProvider<
                BasicIdentityProvider,
                WithCryptoProvider<RustCryptoProvider, BaseConfig>,
            >,
        >,
    >,
>;
type MlsClient = mls_rs::Client<Config>;

/// An identity of the party: its client and signature key.
struct Identity {
    client: MlsClient,
    signer: mls_rs::crypto::SignatureSecretKey,
    public: SigningIdentity,
}

/// A member's view of a group.
struct Member {
    /// None once it was replaced.
    group: Option<Group<Config>>,
    encrypt_handshake: bool,
    /// The party's.
    rules: Rules,
    /// Proposals of this epoch that are known already, as they were sent.
    known: BTreeSet<Vec<u8>>,
    removed: bool,
    /// The suite of the group that is to replace this one.
    replaced: Option<u16>,
}

/// The groups of a party, with its keys.
#[derive(Default)]
pub struct Party {
    identities: BTreeMap<(u16, Vec<u8>), Identity>,
    key_packages: InMemoryKeyPackageStorage,
    psks: InMemoryPreSharedKeyStorage,
    rules: Rules,
    members: BTreeMap<String, Member>,
}

fn refused(error: impl std::fmt::Debug) -> No {
    No::Refused(format!("{error:?}"))
}

fn fault(why: &str) -> No {
    No::Fault(why.to_owned())
}

fn message(bytes: &[u8]) -> Done<MlsMessage> {
    MlsMessage::from_bytes(bytes).map_err(refused)
}

fn tree(bytes: Option<Vec<u8>>) -> Done<Option<ExportedTree<'static>>> {
    bytes.map(|tree| ExportedTree::from_bytes(&tree).map_err(refused)).transpose()
}

fn extensions(list: Vec<(u16, Vec<u8>)>) -> ExtensionList {
    let mut all = ExtensionList::new();
    for (kind, data) in list {
        all.set(Extension::new(kind.into(), data));
    }
    all
}

impl Party {
    fn identity(&mut self, of: u16, name: &[u8]) -> Done<&Identity> {
        let key = (of, name.to_vec());
        if !self.identities.contains_key(&key) {
            let (crypto, suite) = (RustCryptoProvider::default(), CipherSuite::from(of));
            let provider = crypto.cipher_suite_provider(suite);
            let provider = provider.ok_or_else(|| No::Unsupported(format!("suite {of:04x}")))?;
            let (signer, public) = provider.signature_key_generate().map_err(refused)?;
            let credential = BasicCredential::new(name.to_vec()).into_credential();
            let public = SigningIdentity::new(credential, public);
            let client = mls_rs::Client::builder()
                .crypto_provider(crypto)
                .identity_provider(BasicIdentityProvider::new())
                .key_package_repo(self.key_packages.clone())
                .psk_store(self.psks.clone())
                .mls_rules(self.rules.clone())
                .signing_identity(public.clone(), signer.clone(), suite)
                .build();
            self.identities.insert(key.clone(), Identity { client, signer, public });
        }
        self.identities.get(&key).ok_or_else(|| fault("no identity"))
    }

    fn member(&mut self, group: &str) -> Done<&mut Member> {
        self.members.get_mut(group).ok_or_else(|| fault("no group"))
    }

    fn enter(&mut self, name: &str, group: Group<Config>, encrypt_handshake: bool) {
        let rules = self.rules.clone();
        let member = Member {
            group: Some(group),
            encrypt_handshake,
            rules,
            known: BTreeSet::new(),
            removed: false,
            replaced: None,
        };
        self.members.insert(name.to_owned(), member);
    }

    /// The identity that a Welcome is for: a party has one for each suite.
    fn welcomed(&self, welcome: &MlsMessage) -> Done<&Identity> {
        let suite = welcome.cipher_suite().ok_or_else(|| fault("no welcome"))?;
        let mut identities = self.identities.iter();
        let found = identities.find(|((of, _), _)| *of == u16::from(suite));
        found.map(|(_, identity)| identity).ok_or_else(|| fault("no key package"))
    }
}

impl Member {
    fn group(&mut self) -> Done<&mut Group<Config>> {
        self.rules.encrypt_handshake(self.encrypt_handshake);
        self.group.as_mut().ok_or_else(|| fault("the group was replaced"))
    }

    /// The proposals of others in this epoch.
    fn take(&mut self, proposals: &[Vec<u8>]) -> Done<()> {
        for proposal in proposals {
            if self.known.contains(proposal) {
                continue;
            }
            match self.group()?.process_incoming_message(message(proposal)?).map_err(refused)? {
                ReceivedMessage::Proposal(_) => {}
                _ => return Err(fault("no proposal")),
            }
            self.known.insert(proposal.clone());
        }
        Ok(())
    }

    /// What every new epoch needs.
    fn entered(&mut self, effect: &mls_rs::group::CommitEffect) -> Done<()> {
        use mls_rs::group::CommitEffect;
        self.known.clear();
        self.removed = matches!(effect, CommitEffect::Removed { .. });
        if let CommitEffect::ReInit(reinit) = effect {
            self.replaced = Some(reinit.proposal.new_cipher_suite().into());
        }
        self.group()?.write_to_storage().map_err(refused)
    }

    fn leaf_of(&mut self, identity: &[u8]) -> Done<u32> {
        Ok(self.group()?.member_with_identity(identity).map_err(refused)?.index)
    }

    fn sent(&mut self, proposal: &MlsMessage) -> Done<Vec<u8>> {
        let proposal = proposal.to_bytes().map_err(refused)?;
        self.known.insert(proposal.clone());
        Ok(proposal)
    }
}

impl Client for Party {
    fn create_group(&mut self, name: &str, new: NewGroup) -> Done<()> {
        let identity = self.identity(new.suite, &new.identity)?;
        let none = ExtensionList::new();
        let client = &identity.client;
        let group = match new.group_id {
            Some(id) => client.create_group_with_id(id, none.clone(), none, None),
            None => client.create_group(none.clone(), none, None),
        };
        let group = group.map_err(refused)?;
        self.enter(name, group, new.encrypt_handshake);
        Ok(())
    }

    fn create_key_package(&mut self, of: u16, identity: &[u8], _: bool) -> Done<Vec<u8>> {
        let client = &self.identity(of, identity)?.client;
        let none = ExtensionList::new();
        let package = client.generate_key_package_message(none.clone(), none, None);
        package.map_err(refused)?.to_bytes().map_err(refused)
    }

    fn join_group(&mut self, name: &str, welcomed: Welcomed) -> Done<()> {
        let welcome = message(&welcomed.welcome)?;
        let identity = self.welcomed(&welcome)?;
        let tree = tree(welcomed.ratchet_tree)?;
        let (mut group, _) = identity.client.join_group(tree, &welcome, None).map_err(refused)?;
        group.write_to_storage().map_err(refused)?;
        self.enter(name, group, welcomed.encrypt_handshake);
        Ok(())
    }

    fn external_join(&mut self, name: &str, join: ExternalJoin) -> Done<Vec<u8>> {
        let info = message(&join.group_info)?;
        let suite = info.cipher_suite().ok_or_else(|| fault("no group info"))?;
        let prior = match join.remove_prior {
            true => Some(self.member(name)?.group()?.current_member_index()),
            false => None,
        };
        let identity = self.identity(suite.into(), &join.identity)?;
        let mut builder = identity.client.external_commit_builder().map_err(refused)?;
        if let Some(tree) = tree(join.ratchet_tree)? {
            builder = builder.with_tree_data(tree);
        }
        if let Some(prior) = prior {
            builder = builder.with_removal(prior);
        }
        for id in join.psks {
            builder = builder.with_external_psk(ExternalPskId::new(id));
        }
        let (mut group, commit) = builder.build(info).map_err(refused)?;
        group.write_to_storage().map_err(refused)?;
        self.enter(name, group, join.encrypt_handshake);
        commit.to_bytes().map_err(refused)
    }

    fn group_info(&mut self, group: &str, external_tree: bool) -> Done<(Vec<u8>, Option<Vec<u8>>)> {
        let group = self.member(group)?.group()?;
        let info = group.group_info_message_allowing_ext_commit(!external_tree).map_err(refused)?;
        let tree = external_tree.then(|| group.export_tree().to_bytes().map_err(refused));
        Ok((info.to_bytes().map_err(refused)?, tree.transpose()?))
    }

    fn state(&mut self, group: &str) -> Done<State> {
        let member = self.member(group)?;
        let active = !member.removed && member.replaced.is_none();
        let group = member.group()?;
        let members = group.roster().members_iter().count();
        Ok(State {
            epoch: group.current_epoch(),
            epoch_authenticator: group.epoch_authenticator().map_err(refused)?.to_vec(),
            members: u32::try_from(members).map_err(refused)?,
            active,
        })
    }

    fn export(&mut self, group: &str, label: &str, context: &[u8], length: usize) -> Done<Vec<u8>> {
        let group = self.member(group)?.group()?;
        let secret = group.export_secret(label.as_bytes(), context, length).map_err(refused)?;
        Ok(secret.as_bytes().to_vec())
    }

    fn protect(&mut self, group: &str, aad: &[u8], plaintext: &[u8]) -> Done<Vec<u8>> {
        let group = self.member(group)?.group()?;
        let message = group.encrypt_application_message(plaintext, aad.to_vec());
        message.map_err(refused)?.to_bytes().map_err(refused)
    }

    fn unprotect(&mut self, group: &str, ciphertext: &[u8]) -> Done<Unprotected> {
        let group = self.member(group)?.group()?;
        match group.process_incoming_message(message(ciphertext)?).map_err(refused)? {
            ReceivedMessage::ApplicationMessage(got) => Ok(Unprotected {
                plaintext: got.data().to_vec(),
                authenticated_data: got.authenticated_data,
            }),
            _ => Err(fault("no application data")),
        }
    }

    fn store_psk(&mut self, id: &[u8], secret: &[u8]) -> Done<()> {
        self.psks.insert(ExternalPskId::new(id.to_vec()), PreSharedKey::new(secret.to_vec()));
        Ok(())
    }

    fn propose(&mut self, group: &str, proposal: Description) -> Done<Vec<u8>> {
        let member = self.member(group)?;
        let none = Vec::new();
        let made = match proposal {
            Description::Add(package) => member.group()?.propose_add(message(&package)?, none),
            Description::Remove(identity) => {
                let leaf = member.leaf_of(&identity)?;
                member.group()?.propose_remove(leaf, none)
            }
            Description::ExternalPsk(id) => {
                member.group()?.propose_external_psk(ExternalPskId::new(id), none)
            }
            Description::ResumptionPsk(epoch) => {
                member.group()?.propose_resumption_psk(epoch, none)
            }
            Description::GroupContextExtensions(list) => {
                member.group()?.propose_group_context_extensions(extensions(list), none)
            }
            Description::ReInit { suite, group_id, extensions: list } => {
                let (version, suite) = (ProtocolVersion::MLS_10, suite.into());
                let list = extensions(list);
                member.group()?.propose_reinit(Some(group_id), version, suite, list, none)
            }
        };
        member.sent(&made.map_err(refused)?)
    }

    fn propose_update(&mut self, group: &str) -> Done<Vec<u8>> {
        let member = self.member(group)?;
        let made = member.group()?.propose_update(Vec::new()).map_err(refused)?;
        member.sent(&made)
    }

    fn commit(&mut self, group: &str, commit: Commit) -> Done<Committed> {
        let member = self.member(group)?;
        member.take(&commit.by_reference)?;
        let mut removed = Vec::new();
        for proposal in &commit.by_value {
            if let Description::Remove(identity) = proposal {
                removed.push(member.leaf_of(identity)?);
            }
        }
        member.rules.commit(commit.force_path, commit.external_tree);
        let mut builder = member.group()?.commit_builder();
        for leaf in removed {
            builder = builder.remove_member(leaf).map_err(refused)?;
        }
        for proposal in commit.by_value {
            builder = match proposal {
                Description::Remove(_) => Ok(builder),
                Description::Add(package) => builder.add_member(message(&package)?),
                Description::ExternalPsk(id) => builder.add_external_psk(ExternalPskId::new(id)),
                Description::ResumptionPsk(epoch) => builder.add_resumption_psk(epoch),
                Description::GroupContextExtensions(list) => {
                    builder.set_group_context_ext(extensions(list))
                }
                Description::ReInit { suite, group_id, extensions: list } => {
                    let (version, suite) = (ProtocolVersion::MLS_10, suite.into());
                    builder.reinit(Some(group_id), version, suite, extensions(list))
                }
            }
            .map_err(refused)?;
        }
        let output = builder.build().map_err(refused)?;
        let bytes = |message: &MlsMessage| message.to_bytes().map_err(refused);
        let tree = output.ratchet_tree().map(|tree| tree.to_bytes().map_err(refused));
        Ok(Committed {
            commit: bytes(&output.commit_message)?,
            welcome: output.welcome_messages.first().map(bytes).transpose()?,
            ratchet_tree: tree.transpose()?,
        })
    }

    fn merge_pending(&mut self, group: &str) -> Done<()> {
        let member = self.member(group)?;
        let entered = member.group()?.apply_pending_commit().map_err(refused)?;
        member.entered(&entered.effect)
    }

    fn clear_pending(&mut self, group: &str) -> Done<()> {
        self.member(group)?.group()?.clear_pending_commit();
        Ok(())
    }

    fn handle_commit(&mut self, group: &str, proposals: &[Vec<u8>], commit: &[u8]) -> Done<()> {
        let member = self.member(group)?;
        member.take(proposals)?;
        match member.group()?.process_incoming_message(message(commit)?).map_err(refused)? {
            ReceivedMessage::Commit(entered) => member.entered(&entered.effect),
            _ => Err(fault("no commit")),
        }
    }

    fn replace(&mut self, group: &str, successor: Successor) -> Done<Committed> {
        let packages = successor.key_packages.iter().map(|package| message(package));
        let packages = packages.collect::<Done<Vec<_>>>()?;
        let (client, encrypt) = self.reinit(group)?;
        self.rules.commit(true, successor.external_tree);
        let made = client.commit(packages, ExtensionList::new(), None).map_err(refused)?;
        self.founded(successor, made, encrypt)
    }

    fn join_replacement(&mut self, group: &str, new_group: &str, welcomed: Welcomed) -> Done<()> {
        let (client, _) = self.reinit(group)?;
        let tree = tree(welcomed.ratchet_tree)?;
        let joined = client.join(&message(&welcomed.welcome)?, tree, None);
        self.enter(new_group, joined.map_err(refused)?.0, welcomed.encrypt_handshake);
        Ok(())
    }

    fn branch(&mut self, group: &str, successor: Successor) -> Done<Committed> {
        let packages = successor.key_packages.iter().map(|package| message(package));
        let packages = packages.collect::<Done<Vec<_>>>()?;
        let member = self.member(group)?;
        let encrypt = member.encrypt_handshake;
        member.rules.commit(true, successor.external_tree);
        let id = [b"branch of ", member.group()?.group_id()].concat();
        let made = member.group()?.branch(id, packages, None).map_err(refused)?;
        self.founded(successor, made, encrypt)
    }

    fn join_branch(&mut self, group: &str, new_group: &str, welcomed: Welcomed) -> Done<()> {
        let member = self.member(group)?;
        let tree = tree(welcomed.ratchet_tree)?;
        let joined = member.group()?.join_subgroup(&message(&welcomed.welcome)?, tree, None);
        self.enter(new_group, joined.map_err(refused)?.0, welcomed.encrypt_handshake);
        Ok(())
    }
}

type Reinit = (mls_rs::group::ReinitClient<Config>, bool);

impl Party {
    /// The client of the group that replaces another one, which is gone then.
    fn reinit(&mut self, group: &str) -> Done<Reinit> {
        let member = self.member(group)?;
        let (encrypt, replaced) = (member.encrypt_handshake, member.replaced);
        let suite = replaced.ok_or_else(|| fault("no group replaces it"))?;
        let old = member.group.take().ok_or_else(|| fault("the group was replaced"))?;
        let credential = old.current_member_signing_identity().map_err(refused)?.credential.clone();
        let name = credential.as_basic().ok_or_else(|| fault("credential"))?.identifier.clone();
        let identity = self.identity(suite, &name)?;
        let (signer, public) = (identity.signer.clone(), identity.public.clone());
        let client = old.get_reinit_client(Some(signer), Some(public)).map_err(refused)?;
        self.rules.encrypt_handshake(encrypt);
        Ok((client, encrypt))
    }

    fn founded(
        &mut self,
        successor: Successor,
        (group, welcomes): (Group<Config>, Vec<MlsMessage>),
        encrypt_handshake: bool,
    ) -> Done<Committed> {
        let welcome = welcomes.first().map(|welcome| welcome.to_bytes().map_err(refused));
        let tree = group.export_tree().to_bytes().map_err(refused)?;
        self.enter(&successor.new_group, group, encrypt_handshake);
        Ok(Committed {
            welcome: welcome.transpose()?,
            ratchet_tree: successor.external_tree.then_some(tree),
            ..Committed::default()
        })
    }
}
