//! Proposals from outside of a group (§12.1.8): of an external sender, and of a new member.

use super::forge::Forge;
use super::frame::{self, Frame};
use super::leaf;
use super::list::suite;
use super::member::Store;
use super::words;
use crate::wire::{Answer, Out, Request, fault};
use sceau_spec::group::credentials::{Credential, encode_credential};
use sceau_spec::group::framing::{EXTERNAL, MLS_PUBLIC_MESSAGE, NEW_MEMBER_PROPOSAL, PROPOSAL};
use sceau_spec::group::kem::nenc;
use sceau_spec::group::leaf_node::{LeafNode, SOURCE_UPDATE};
use sceau_spec::group::proposals::{Proposal, encode_proposal};
use sceau_spec::group::suite::signature_public_key;
use sceau_spec::octets::{Octets, empty};
use sceau_spec::pairwise::codec::write_opaque;

/// `peer.external_sender`.
pub fn external_sender(store: &mut Store, forge: &mut Forge, request: &Request) -> Answer {
    request.knows(&["suite", "identity"])?;
    let suite = suite(request.text("suite")?.unwrap_or_default())?;
    let identity = request.bytes("identity")?;
    let key = signature_public_key(suite, &store.signer(forge, &identity, suite));
    let sender = write_opaque(&key).concat(&encode_credential(&Credential::Basic(identity)));
    Ok(Out::default()
        .bytes("external_sender", &sender)
        .bytes("external_senders", &write_opaque(&sender)))
}

/// `peer.external_propose`.
pub fn propose(store: &mut Store, forge: &mut Forge, request: &Request) -> Answer {
    request.knows(&["suite", "group_id", "epoch", "identity", "sender_index", "proposal"])?;
    let suite = suite(request.text("suite")?.unwrap_or_default())?;
    let identity = request.bytes("identity")?;
    let index = request.optional_int("sender_index")?;
    let mut signer = store.signer(forge, &identity, suite);
    let (sender_type, sender_index, proposal) = match (index, request.text("proposal")?) {
        (Some(index), Some(words)) => {
            let index = index as u32 + u32::from(forge.is("external-sender-index"));
            let proposal = external(forge, suite, &identity, &signer, words)?;
            if forge.is("external-sender-other-key") {
                signer = forge.draw(32);
            }
            (EXTERNAL, index, proposal)
        }
        (None, None) => {
            let (package, _) = leaf::key_package(forge, suite, &identity, &signer, false, None)?;
            let mut proposal = encode_proposal(&Proposal::Add(package.key_package.clone()));
            store.packages.push(package);
            if forge.is("new-member-remove") {
                proposal = encode_proposal(&Proposal::Remove(0));
            }
            if forge.is("new-member-other-key") {
                signer = forge.draw(32);
            }
            (NEW_MEMBER_PROPOSAL, 0, proposal)
        }
        _ => return fault("sender_index and proposal, or neither"),
    };
    let mut frame = Frame {
        wire_format: MLS_PUBLIC_MESSAGE,
        group_id: request.bytes("group_id")?,
        epoch: request.long("epoch")?,
        sender_type,
        sender_index,
        authenticated_data: empty(),
        content_type: PROPOSAL,
        content: proposal,
    };
    frame::deviate_header(forge, &mut frame)?;
    let signature = frame::sign(forge, suite, &signer, &frame, &empty());
    let message = frame::without_tag(forge, &frame, &signature, None);
    Ok(Out::default().bytes("proposal", &message))
}

/// The encoding of an external sender's proposal.
fn external(
    forge: &mut Forge,
    suite: u16,
    identity: &Octets,
    signer: &Octets,
    words: &str,
) -> Result<Octets, crate::wire::Stop> {
    if forge.is("external-sender-external-init") {
        return Ok(encode_proposal(&Proposal::ExternalInit(forge.draw(nenc(suite)))));
    }
    if forge.is("external-sender-update") {
        let pair = forge.key_pair(suite);
        let update = LeafNode {
            leaf_node_source: SOURCE_UPDATE,
            encryption_key: pair.public_key,
            ..leaf::fresh(identity, false)
        };
        let group_id = empty();
        let place = leaf::Place { group_id: &group_id, index: 0 };
        let made = leaf::sign(forge, suite, &update, signer, Some(place));
        return Ok(encode_proposal(&Proposal::Update(made)));
    }
    Ok(words::outside(forge, suite, words)?.raw)
}
