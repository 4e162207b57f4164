//! A party: openmls's provider with the signature keys and groups of the party.

use openmls::group::{MlsGroup, MlsGroupJoinConfig, StagedWelcome};
use openmls::prelude::tls_codec::{Deserialize, Serialize};
use openmls::prelude::*;
use openmls::schedule::PreSharedKeyId;
use openmls::schedule::psk::ResumptionPskUsage;
use openmls::treesync::LeafNodeParameters;
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;
use sceau_adapter::line::No;
use sceau_adapter::mls::{
    Client, Commit, Committed, Description, Done, ExternalJoin, NewGroup, State, Unprotected,
    Welcomed,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A member's view of a group.
struct Member {
    group: MlsGroup,
    signer: Arc<SignatureKeyPair>,
    /// Proposals of this epoch that are known already, as they were sent.
    known: BTreeSet<Vec<u8>>,
}

/// The groups of a party, with its keys.
#[derive(Default)]
pub struct Party {
    provider: OpenMlsRustCrypto,
    signers: BTreeMap<(u16, Vec<u8>), Arc<SignatureKeyPair>>,
    members: BTreeMap<String, Member>,
}

fn refused(error: impl std::fmt::Debug) -> No {
    No::Refused(format!("{error:?}"))
}

fn suite(value: u16) -> Done<Ciphersuite> {
    Ciphersuite::try_from(value).map_err(|_| No::Unsupported(format!("suite {value:04x}")))
}

fn no_group() -> No {
    No::Fault("no group".to_owned())
}

fn wire_format(encrypt_handshake: bool) -> WireFormatPolicy {
    match encrypt_handshake {
        true => MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY,
        false => MIXED_PLAINTEXT_WIRE_FORMAT_POLICY,
    }
}

fn config(encrypt_handshake: bool) -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(wire_format(encrypt_handshake))
        .use_ratchet_tree_extension(true)
        .max_past_epochs(2)
        .number_of_resumption_psks(32)
        .padding_size(16)
        .build()
}

fn message(bytes: &[u8]) -> Done<MlsMessageBodyIn> {
    Ok(MlsMessageIn::tls_deserialize_exact(bytes).map_err(refused)?.extract())
}

fn ratchet_tree(bytes: Option<Vec<u8>>) -> Done<Option<RatchetTreeIn>> {
    bytes.map(|tree| RatchetTreeIn::tls_deserialize_exact(tree).map_err(refused)).transpose()
}

fn extensions(list: Vec<(u16, Vec<u8>)>) -> Done<Extensions<GroupContext>> {
    let mut all = Vec::new();
    for (kind, data) in list {
        let data = data.tls_serialize_detached().map_err(refused)?;
        all.extend([&kind.to_be_bytes()[..], &data].concat());
    }
    let all = all.tls_serialize_detached().map_err(refused)?;
    Extensions::tls_deserialize_exact(all).map_err(refused)
}

impl Party {
    fn signer(&mut self, of: u16, identity: &[u8]) -> Done<Arc<SignatureKeyPair>> {
        let suite = suite(of)?;
        if let Some(known) = self.signers.get(&(of, identity.to_vec())) {
            return Ok(known.clone());
        }
        let signer = SignatureKeyPair::new(suite.signature_algorithm()).map_err(refused)?;
        let signer = Arc::new(signer);
        self.signers.insert((of, identity.to_vec()), signer.clone());
        Ok(signer)
    }

    fn credential(signer: &SignatureKeyPair, identity: &[u8]) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(identity.to_vec()).into(),
            signature_key: signer.to_public_vec().into(),
        }
    }

    fn member(&mut self, group: &str) -> Done<(&OpenMlsRustCrypto, &mut Member)> {
        let member = self.members.get_mut(group).ok_or_else(no_group)?;
        Ok((&self.provider, member))
    }

    fn enter(&mut self, name: &str, group: MlsGroup, signer: Arc<SignatureKeyPair>) {
        self.members.insert(name.to_owned(), Member { group, signer, known: BTreeSet::new() });
    }

    /// The signature key of the leaf that a group has for this party.
    fn own_signer(&self, group: &MlsGroup) -> Done<Arc<SignatureKeyPair>> {
        let leaf = group.own_leaf_node().ok_or_else(|| No::Fault("no leaf".to_owned()))?;
        let key = leaf.signature_key().as_slice();
        let found = self.signers.values().find(|signer| signer.public() == key);
        found.cloned().ok_or_else(|| No::Fault("no such signature key".to_owned()))
    }
}

impl Member {
    /// The proposals of others in this epoch.
    fn take(&mut self, provider: &OpenMlsRustCrypto, proposals: &[Vec<u8>]) -> Done<()> {
        for proposal in proposals {
            if self.known.contains(proposal) {
                continue;
            }
            match self.process(provider, proposal)?.into_content() {
                ProcessedMessageContent::ProposalMessage(queued)
                | ProcessedMessageContent::ExternalJoinProposalMessage(queued) => {
                    self.group
                        .store_pending_proposal(provider.storage(), *queued)
                        .map_err(refused)?;
                }
                _ => return Err(No::Fault("no proposal".to_owned())),
            }
            self.known.insert(proposal.clone());
        }
        Ok(())
    }

    fn process(&mut self, provider: &OpenMlsRustCrypto, bytes: &[u8]) -> Done<ProcessedMessage> {
        let received: ProtocolMessage = match message(bytes)? {
            MlsMessageBodyIn::PublicMessage(message) => message.into(),
            MlsMessageBodyIn::PrivateMessage(message) => message.into(),
            _ => return Err(No::Fault("no message of a group".to_owned())),
        };
        self.group.process_message(provider, received).map_err(refused)
    }

    fn leaf_of(&self, identity: &[u8]) -> Done<LeafNodeIndex> {
        let credential: Credential = BasicCredential::new(identity.to_vec()).into();
        let found = self.group.member_leaf_index(&credential);
        found.ok_or_else(|| No::Fault("no such member".to_owned()))
    }

    fn psk(&self, provider: &OpenMlsRustCrypto, psk: Description) -> Done<PreSharedKeyId> {
        let suite = self.group.ciphersuite();
        let nonce = provider.rand().random_vec(suite.hash_length()).map_err(refused)?;
        Ok(match psk {
            Description::ExternalPsk(id) => PreSharedKeyId::external(id, nonce),
            Description::ResumptionPsk(epoch) => PreSharedKeyId::resumption(
                ResumptionPskUsage::Application,
                self.group.group_id().clone(),
                GroupEpoch::from(epoch),
                nonce,
            ),
            _ => return Err(No::Fault("no pre-shared key".to_owned())),
        })
    }
}

fn key_package(provider: &OpenMlsRustCrypto, bytes: &[u8]) -> Done<KeyPackage> {
    match message(bytes)? {
        MlsMessageBodyIn::KeyPackage(package) => {
            package.validate(provider.crypto(), ProtocolVersion::Mls10).map_err(refused)
        }
        _ => Err(No::Fault("no key package".to_owned())),
    }
}

impl Client for Party {
    fn create_group(&mut self, name: &str, new: NewGroup) -> Done<()> {
        let signer = self.signer(new.suite, &new.identity)?;
        let credential = Self::credential(&signer, &new.identity);
        let builder = MlsGroup::builder();
        let builder = match new.group_id {
            Some(id) => builder.with_group_id(GroupId::from_slice(&id)),
            None => builder,
        };
        let group = builder
            .ciphersuite(suite(new.suite)?)
            .with_wire_format_policy(wire_format(new.encrypt_handshake))
            .use_ratchet_tree_extension(true)
            .max_past_epochs(2)
            .number_of_resumption_psks(32)
            .padding_size(16)
            .build(&self.provider, &*signer, credential)
            .map_err(refused)?;
        self.enter(name, group, signer);
        Ok(())
    }

    fn create_key_package(&mut self, of: u16, identity: &[u8], _: bool) -> Done<Vec<u8>> {
        let signer = self.signer(of, identity)?;
        let credential = Self::credential(&signer, identity);
        let bundle = KeyPackage::builder()
            .build(suite(of)?, &self.provider, &*signer, credential)
            .map_err(refused)?;
        MlsMessageOut::from(bundle.key_package().clone()).to_bytes().map_err(refused)
    }

    fn join_group(&mut self, name: &str, welcomed: Welcomed) -> Done<()> {
        let MlsMessageBodyIn::Welcome(welcome) = message(&welcomed.welcome)? else {
            return Err(No::Fault("no welcome".to_owned()));
        };
        let config = config(welcomed.encrypt_handshake);
        let mut builder = StagedWelcome::build_from_welcome(&self.provider, &config, welcome)
            .map_err(refused)?
            .replace_old_group();
        if let Some(tree) = ratchet_tree(welcomed.ratchet_tree)? {
            builder = builder.with_ratchet_tree(tree);
        }
        let staged = builder.build().map_err(refused)?;
        let group = staged.into_group(&self.provider).map_err(refused)?;
        let signer = self.own_signer(&group)?;
        self.enter(name, group, signer);
        Ok(())
    }

    fn external_join(&mut self, name: &str, join: ExternalJoin) -> Done<Vec<u8>> {
        let MlsMessageBodyIn::GroupInfo(info) = message(&join.group_info)? else {
            return Err(No::Fault("no group info".to_owned()));
        };
        // openmls removes the leaf that has the same signature key, and no other.
        let prior = self.members.contains_key(name);
        if prior != join.remove_prior {
            return Err(No::Unsupported("remove_prior".to_owned()));
        }
        let of = u16::from(info.ciphersuite());
        let signer = self.signer(of, &join.identity)?;
        let mut builder =
            MlsGroup::external_commit_builder().with_config(config(join.encrypt_handshake));
        if let Some(tree) = ratchet_tree(join.ratchet_tree)? {
            builder = builder.with_ratchet_tree(tree);
        }
        let credential = Self::credential(&signer, &join.identity);
        let provider = &self.provider;
        let mut builder = builder.build_group(provider, info, credential).map_err(refused)?;
        for id in join.psks {
            let nonce = provider.rand().random_vec(suite(of)?.hash_length()).map_err(refused)?;
            let id = PreSharedKeyId::external(id, nonce);
            builder = builder.add_psk_proposal(PreSharedKeyProposal::new(id));
        }
        let (group, bundle) = builder
            .load_psks(provider.storage())
            .map_err(refused)?
            .build(provider.rand(), provider.crypto(), &*signer, |_| true)
            .map_err(refused)?
            .finalize(provider)
            .map_err(refused)?;
        let commit = bundle.commit().to_bytes().map_err(refused)?;
        self.enter(name, group, signer);
        Ok(commit)
    }

    fn group_info(&mut self, group: &str, external_tree: bool) -> Done<(Vec<u8>, Option<Vec<u8>>)> {
        let (provider, member) = self.member(group)?;
        let info = member
            .group
            .export_group_info(provider.crypto(), &*member.signer, !external_tree)
            .map_err(refused)?;
        let tree = member.group.export_ratchet_tree();
        let tree = external_tree.then(|| tree.tls_serialize_detached().map_err(refused));
        Ok((info.to_bytes().map_err(refused)?, tree.transpose()?))
    }

    fn state(&mut self, group: &str) -> Done<State> {
        let group = &self.member(group)?.1.group;
        let members = group.members().count();
        Ok(State {
            epoch: group.epoch().as_u64(),
            epoch_authenticator: group.epoch_authenticator().as_slice().to_vec(),
            members: u32::try_from(members).map_err(refused)?,
            active: group.is_active(),
        })
    }

    fn export(&mut self, group: &str, label: &str, context: &[u8], length: usize) -> Done<Vec<u8>> {
        let (provider, member) = self.member(group)?;
        member.group.export_secret(provider.crypto(), label, context, length).map_err(refused)
    }

    fn protect(&mut self, group: &str, aad: &[u8], plaintext: &[u8]) -> Done<Vec<u8>> {
        let (provider, member) = self.member(group)?;
        member.group.set_aad(aad.to_vec());
        let message = member.group.create_message(provider, &*member.signer, plaintext);
        message.map_err(refused)?.to_bytes().map_err(refused)
    }

    fn unprotect(&mut self, group: &str, ciphertext: &[u8]) -> Done<Unprotected> {
        let (provider, member) = self.member(group)?;
        let processed = member.process(provider, ciphertext)?;
        let authenticated_data = processed.aad().to_vec();
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => {
                Ok(Unprotected { plaintext: message.into_bytes(), authenticated_data })
            }
            _ => Err(No::Fault("no application data".to_owned())),
        }
    }

    fn store_psk(&mut self, id: &[u8], secret: &[u8]) -> Done<()> {
        let id = PreSharedKeyId::external(id.to_vec(), Vec::new());
        id.store(&self.provider, secret).map_err(refused)
    }

    fn propose(&mut self, group: &str, proposal: Description) -> Done<Vec<u8>> {
        let (provider, member) = self.member(group)?;
        let signer = member.signer.clone();
        let propose = match proposal {
            Description::Add(package) => Propose::Add(key_package(provider, &package)?),
            Description::Remove(identity) => Propose::Remove(member.leaf_of(&identity)?.u32()),
            Description::GroupContextExtensions(list) => {
                Propose::GroupContextExtensions(extensions(list)?)
            }
            Description::ReInit { .. } => return Err(No::Unsupported("re_init".to_owned())),
            // It proposes external ones only.
            Description::ResumptionPsk(_) => {
                return Err(No::Unsupported("resumption_psk".to_owned()));
            }
            psk => Propose::PreSharedKey(member.psk(provider, psk)?),
        };
        let by = ProposalOrRefType::Reference;
        let (message, _) =
            member.group.propose(provider, &*signer, propose, by).map_err(refused)?;
        let message = message.to_bytes().map_err(refused)?;
        member.known.insert(message.clone());
        Ok(message)
    }

    fn propose_update(&mut self, group: &str) -> Done<Vec<u8>> {
        let (provider, member) = self.member(group)?;
        let signer = member.signer.clone();
        let update = Propose::Update(LeafNodeParameters::default());
        let by = ProposalOrRefType::Reference;
        let (message, _) = member.group.propose(provider, &*signer, update, by).map_err(refused)?;
        let message = message.to_bytes().map_err(refused)?;
        member.known.insert(message.clone());
        Ok(message)
    }

    fn commit(&mut self, group: &str, commit: Commit) -> Done<Committed> {
        let (provider, member) = self.member(group)?;
        member.take(provider, &commit.by_reference)?;
        let (mut adds, mut removals, mut psks) = (Vec::new(), Vec::new(), Vec::new());
        let mut context = None;
        for proposal in commit.by_value {
            match proposal {
                Description::Add(package) => adds.push(key_package(provider, &package)?),
                Description::Remove(identity) => removals.push(member.leaf_of(&identity)?),
                Description::GroupContextExtensions(list) => context = Some(extensions(list)?),
                Description::ReInit { .. } => return Err(No::Unsupported("re_init".to_owned())),
                psk => {
                    let psk = PreSharedKeyProposal::new(member.psk(provider, psk)?);
                    psks.push(Proposal::PreSharedKey(Box::new(psk)));
                }
            }
        }
        let signer = member.signer.clone();
        let mut builder = member
            .group
            .commit_builder()
            .force_self_update(commit.force_path)
            .consume_proposal_store(true)
            .propose_adds(adds)
            .propose_removals(removals)
            .add_proposals(psks);
        if let Some(context) = context {
            builder = builder.propose_group_context_extensions(context).map_err(refused)?;
        }
        let bundle = builder
            .load_psks(provider.storage())
            .map_err(refused)?
            .create_group_info(true)
            .use_ratchet_tree_extension(!commit.external_tree)
            .build(provider.rand(), provider.crypto(), &*signer, |_| true)
            .map_err(refused)?
            .stage_commit(provider)
            .map_err(refused)?;
        let ratchet_tree = match (commit.external_tree, member.group.pending_commit()) {
            (true, Some(staged)) => {
                let tree = staged
                    .export_ratchet_tree(provider.crypto(), member.group.export_ratchet_tree());
                let tree = tree.map_err(refused)?;
                tree.map(|tree| tree.tls_serialize_detached().map_err(refused)).transpose()?
            }
            _ => None,
        };
        let welcome = bundle.to_welcome_msg();
        Ok(Committed {
            commit: bundle.commit().to_bytes().map_err(refused)?,
            welcome: welcome.map(|welcome| welcome.to_bytes().map_err(refused)).transpose()?,
            ratchet_tree,
        })
    }

    fn merge_pending(&mut self, group: &str) -> Done<()> {
        let (provider, member) = self.member(group)?;
        member.group.merge_pending_commit(provider).map_err(refused)?;
        member.known.clear();
        Ok(())
    }

    fn clear_pending(&mut self, group: &str) -> Done<()> {
        let (provider, member) = self.member(group)?;
        member.group.clear_pending_commit(provider.storage()).map_err(refused)
    }

    fn handle_commit(&mut self, group: &str, proposals: &[Vec<u8>], commit: &[u8]) -> Done<()> {
        let (provider, member) = self.member(group)?;
        member.take(provider, proposals)?;
        match member.process(provider, commit)?.into_content() {
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                member.group.merge_staged_commit(provider, *staged).map_err(refused)?;
            }
            _ => return Err(No::Fault("no commit".to_owned())),
        }
        member.known.clear();
        Ok(())
    }
}
