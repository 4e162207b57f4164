//! Lists of proposals, and their deviations.

use super::forge::{Forge, no_room, short};
use super::leaf::{self, Place, UNLISTED};
use super::member::{Member, Sent, blank_leaf, identity, members};
use crate::wire::{Stop, fault};
use sceau_spec::group::commit::{BY_REFERENCE, BY_VALUE};
use sceau_spec::group::credentials::Credential;
use sceau_spec::group::extensions::REQUIRED_CAPABILITIES;
use sceau_spec::group::framing::{Content, MEMBER};
use sceau_spec::group::kem::nenc;
use sceau_spec::group::key_schedule::{external_init, external_key_pair};
use sceau_spec::group::leaf_node::{MLS10, SOURCE_UPDATE};
use sceau_spec::group::proposals::{PSK, Proposal, ReInit, decode_proposal, encode_proposal};
use sceau_spec::group::psk::{
    EXTERNAL, PreSharedKeyId, RESUMPTION, USAGE_APPLICATION, USAGE_BRANCH, USAGE_REINIT,
    encode_psk_id,
};
use sceau_spec::group::ratchet_tree::{RatchetTree, leaf_at, leaf_count};
use sceau_spec::group::suite::{CipherSuite, nh};
use sceau_spec::group::tree_math::LeafIndex;
use sceau_spec::octets::{Octets, byte, empty, from_bytes, repeat, u16_be, u32_be};
use sceau_spec::pairwise::codec::{Extension, Extensions, write_opaque};

/// A proposal of a Commit.
#[derive(Clone, Default)]
pub struct Item {
    /// Its encoding.
    pub raw: Octets,
    /// The proposal; reserved if the encoding is none.
    pub proposal: Proposal,
    /// Its reference, unless it is by value.
    pub reference: Option<Octets>,
    /// The member that proposes.
    pub sender: Option<LeafIndex>,
    /// The ProposalOrRefType, if it is another.
    kind: Option<u8>,
}

impl Item {
    /// By value.
    pub fn value(sender: LeafIndex, proposal: Proposal) -> Self {
        let raw = encode_proposal(&proposal);
        Item { raw, proposal, sender: Some(sender), ..Item::default() }
    }

    /// By value, of an encoding that may be anything.
    pub fn raw(sender: LeafIndex, raw: Octets) -> Self {
        let proposal = decode_proposal(&raw).unwrap_or_default();
        Item { raw, proposal, sender: Some(sender), ..Item::default() }
    }

    /// By reference.
    pub fn sent(sent: &Sent) -> Self {
        let content = &sent.authenticated.content;
        let proposal = match &content.content {
            Content::Proposal(proposal) => proposal.clone(),
            _ => Proposal::Reserved,
        };
        let member = content.sender.sender_type == MEMBER;
        Item {
            raw: encode_proposal(&proposal),
            proposal,
            reference: Some(sent.reference.clone()),
            sender: member.then_some(content.sender.index),
            kind: None,
        }
    }

    /// ProposalOrRef.
    pub fn encode(&self) -> Octets {
        match (&self.reference, self.kind) {
            (Some(reference), kind) => {
                byte(kind.unwrap_or(BY_REFERENCE)).concat(&write_opaque(reference))
            }
            (None, kind) => byte(kind.unwrap_or(BY_VALUE)).concat(&self.raw),
        }
    }
}

/// The leaf of a basic identity.
pub fn leaf_of_identity(tree: &RatchetTree, identity: &Octets) -> Option<LeafIndex> {
    members(tree).into_iter().find(|leaf| match leaf_at(tree, *leaf) {
        Some(node) => matches!(&node.credential, Credential::Basic(own) if own == identity),
        None => false,
    })
}

/// Four hexadecimal digits.
pub fn suite(text: &str) -> Result<u16, Stop> {
    match u16::from_str_radix(text, 16) {
        Ok(value) if text.len() == 4 => Ok(value),
        _ => fault(format!("\"{text}\" is not four hexadecimal digits")),
    }
}

/// A nonce for a PSK.
pub fn nonce(suite: CipherSuite, forge: &mut Forge) -> Octets {
    let mut nonce = forge.draw(nh(suite));
    if forge.is("psk-nonce-constant") {
        nonce = repeat(0x11, nonce.len());
    }
    if forge.is("psk-nonce-short") {
        nonce = short(&nonce);
    }
    if forge.is("psk-nonce-long") {
        nonce = nonce.push(&0);
    }
    nonce
}

pub fn external_psk(psk_id: &Octets, psk_nonce: Octets) -> PreSharedKeyId {
    PreSharedKeyId {
        psktype: EXTERNAL,
        psk_id: psk_id.clone(),
        psk_nonce,
        ..PreSharedKeyId::default()
    }
}

/// A resumption PSK of this group.
pub fn resumption(member: &Member, forge: &mut Forge, usage: u8, psk_epoch: u64) -> PreSharedKeyId {
    PreSharedKeyId {
        psktype: RESUMPTION,
        usage,
        psk_group_id: member.context.group_id.clone(),
        psk_epoch,
        psk_nonce: nonce(member.suite(), forge),
        ..PreSharedKeyId::default()
    }
}

/// The extensions with one more, or in place of one of its type.
pub fn with_extension(extensions: &Extensions, more: &Extension) -> Extensions {
    let mut out = Extensions::new(0);
    for i in 0..extensions.len() {
        if extensions[i].extension_type != more.extension_type {
            out = out.push(&extensions[i]);
        }
    }
    out.push(more)
}

/// An extension of a type that nobody lists.
pub fn unlisted() -> Extension {
    Extension { extension_type: UNLISTED, data: byte(1) }
}

/// The deviating proposals that stand for themselves: one at most.
pub fn forged(member: &Member, forge: &mut Forge) -> Result<Option<Item>, Stop> {
    let own = member.leaf;
    let epoch = member.context.epoch;
    let usages = [
        ("psk-usage-reinit", USAGE_REINIT),
        ("psk-usage-branch", USAGE_BRANCH),
        ("psk-usage-unknown", 4),
    ];
    for (name, usage) in usages {
        if forge.is(name) {
            let id = resumption(member, forge, usage, epoch);
            return Ok(Some(Item {
                raw: u16_be(PSK).concat(&encode_psk_id(&id)),
                ..Item::value(own, Proposal::PreSharedKey(id))
            }));
        }
    }
    let known = &member.context.extensions;
    let proposal = if forge.is("remove-blank-leaf") {
        match blank_leaf(&member.tree) {
            Some(leaf) => Proposal::Remove(leaf),
            None => return no_room("blank leaf"),
        }
    } else if forge.is("remove-out-of-range") {
        Proposal::Remove(leaf_count(&member.tree))
    } else if forge.is("psk-unknown") {
        let id = forge.draw(16);
        Proposal::PreSharedKey(external_psk(&id, nonce(member.suite(), forge)))
    } else if forge.is("psk-resumption-unknown") {
        Proposal::PreSharedKey(resumption(member, forge, USAGE_APPLICATION, epoch + 7))
    } else if forge.is("psk-kind-unknown") {
        let id = external_psk(&byte(1), nonce(member.suite(), forge));
        let id = encode_psk_id(&id);
        return Ok(Some(Item::raw(
            own,
            u16_be(PSK).concat(&byte(3)).concat(&id.slice(1, id.len() - 1)),
        )));
    } else if forge.is("extensions-unsupported") {
        Proposal::GroupContextExtensions(with_extension(known, &unlisted()))
    } else if forge.is("extensions-required-unsupported") {
        let list = write_opaque(&u16_be(UNLISTED));
        let data = list.concat(&byte(0)).concat(&byte(0));
        let required = Extension { extension_type: REQUIRED_CAPABILITIES, data };
        Proposal::GroupContextExtensions(with_extension(known, &required))
    } else if forge.is("extensions-repeated") {
        let data = from_bytes(&[0, 0, 0]);
        let required = Extension { extension_type: REQUIRED_CAPABILITIES, data };
        let once = with_extension(known, &required);
        Proposal::GroupContextExtensions(once.push(&required))
    } else if forge.is("external-init-by-member") {
        let secret = &member.secrets.external_secret;
        let key = external_key_pair(member.suite(), secret).public_key;
        let randomness = forge.encapsulation(member.suite());
        Proposal::ExternalInit(external_init(member.suite(), &key, &randomness)?.0)
    } else if forge.is("external-init-without-use") {
        Proposal::ExternalInit(forge.draw(nenc(member.suite())))
    } else if forge.is("proposal-type-unsupported") {
        return Ok(Some(Item::raw(own, u16_be(UNLISTED).concat(&u32_be(7)))));
    } else if forge.is("proposal-type-reserved") {
        return Ok(Some(Item::raw(own, u16_be(0))));
    } else if forge.is("add-member") {
        let suite = member.suite();
        let identity = identity(&member.own_leaf());
        let (package, _) = leaf::key_package(forge, suite, &identity, &member.signer, false, None)?;
        Proposal::Add(package.key_package)
    } else {
        return Ok(None);
    };
    Ok(Some(Item::value(own, proposal)))
}

/// The deviations of a whole list.
pub fn deviate(member: &Member, forge: &mut Forge, items: &mut Vec<Item>) -> Result<(), Stop> {
    let own = member.leaf;
    if let Some(item) = forged(member, forge)? {
        items.push(item);
    }
    let again = |items: &[Item], name: &str, fits: &dyn Fn(&Item) -> bool| match items
        .iter()
        .find(|item| fits(item))
    {
        Some(item) if forge.is(name) => Some(Item { reference: None, ..item.clone() }),
        _ => None,
    };
    let removes = |item: &Item| matches!(item.proposal, Proposal::Remove(_));
    let adds = |item: &Item| matches!(item.proposal, Proposal::Add(_));
    let psks = |item: &Item| matches!(item.proposal, Proposal::PreSharedKey(_));
    let more = [
        again(items, "remove-twice", &removes),
        again(items, "add-twice", &adds),
        again(items, "psk-twice", &psks),
    ];
    items.extend(more.into_iter().flatten());
    if let Some(first) = items.iter().find(|item| item.reference.is_some()).cloned()
        && forge.is("reference-twice")
    {
        items.push(first);
    }
    if forge.is("remove-self") {
        items.push(Item::value(own, Proposal::Remove(own)));
    }
    let updates = items.iter().find(|item| matches!(item.proposal, Proposal::Update(_)));
    if let Some(updated) = updates.and_then(|item| item.sender)
        && forge.is("remove-updated")
    {
        items.push(Item::value(own, Proposal::Remove(updated)));
    }
    if forge.is("update-by-value") {
        let (leaf, _, signer) = leaf::renewed(member, forge, SOURCE_UPDATE)?;
        let place = Place { group_id: &member.context.group_id, index: own };
        let made = leaf::sign(forge, member.suite(), &leaf, &signer, Some(place));
        items.push(Item::value(own, Proposal::Update(made)));
    }
    let same = Proposal::GroupContextExtensions(member.context.extensions.clone());
    if forge.is("extensions-twice") {
        items.extend([Item::value(own, same.clone()), Item::value(own, same.clone())]);
    }
    if forge.is("reinit-mixed") {
        if items.is_empty() {
            items.push(Item::value(own, same));
        }
        let reinit = ReInit {
            group_id: forge.draw(16),
            version: MLS10,
            cipher_suite: member.suite(),
            extensions: Extensions::new(0),
        };
        items.push(Item::value(own, Proposal::ReInit(reinit)));
    }
    if forge.is("reference-unknown") {
        let reference = Some(forge.draw(nh(member.suite())));
        items.push(Item { reference, ..Item::default() });
    }
    if forge.is("reference-kind-unknown") {
        let reference = Some(forge.draw(nh(member.suite())));
        items.push(Item { reference, kind: Some(3), ..Item::default() });
    }
    Ok(())
}

/// The list's encoding.
pub fn encode(items: &[Item]) -> Octets {
    let all = items.iter().fold(empty(), |all, item| all.concat(&item.encode()));
    write_opaque(&all)
}
