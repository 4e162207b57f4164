//! Framed contents that go out (§6): header, signature, and protection as a public or a private message.
//! Contents are bytes here, so that a deviating one can be anything.

use super::forge::{Forge, flipped, no_room, short};
use super::member::{Member, blank_leaf, other_member};
use super::message;
use super::signing;
use crate::wire::Stop;
use sceau_spec::group::framing::{
    APPLICATION, EXTERNAL, MEMBER, MLS_PRIVATE_MESSAGE, MLS_PUBLIC_MESSAGE, NEW_MEMBER_COMMIT,
    NEW_MEMBER_PROPOSAL,
};
use sceau_spec::group::hash_ratchet::ratchet_next;
use sceau_spec::group::labels::{FRAMED_CONTENT_TBS, LEAF_NODE_TBS};
use sceau_spec::group::leaf_node::MLS10;
use sceau_spec::group::private_message::{
    NGUARD, PrivateMessage, SenderData, encode_sender_data, guarded_nonce, padding_for,
    private_content_aad, sender_data_aad, sender_data_key_and_nonce,
};
use sceau_spec::group::ratchet_tree::leaf_count;
use sceau_spec::group::secret_tree::KeyAndNonce;
use sceau_spec::group::suite::{CipherSuite, NN, aead_seal, mac, nk};
use sceau_spec::octets::{Octets, byte, empty, u16_be, u32_be, u64_be, zeros};
use sceau_spec::pairwise::codec::write_opaque;

/// FramedContent, with the wire format that it is for.
#[derive(Clone)]
pub struct Frame {
    pub wire_format: u16,
    pub group_id: Octets,
    pub epoch: u64,
    pub sender_type: u8,
    pub sender_index: u32,
    pub authenticated_data: Octets,
    pub content_type: u8,
    /// The content's encoding.
    pub content: Octets,
}

impl Frame {
    pub fn encode(&self) -> Octets {
        let index = match self.sender_type {
            MEMBER | EXTERNAL => u32_be(self.sender_index),
            _ => empty(),
        };
        write_opaque(&self.group_id)
            .concat(&u64_be(self.epoch))
            .concat(&byte(self.sender_type))
            .concat(&index)
            .concat(&write_opaque(&self.authenticated_data))
            .concat(&byte(self.content_type))
            .concat(&self.content)
    }

    /// FramedContentTBS.
    fn tbs(&self, wire_format: u16, context: &Octets) -> Octets {
        let context = match self.sender_type {
            EXTERNAL | NEW_MEMBER_PROPOSAL => empty(),
            _ => context.clone(),
        };
        u16_be(MLS10).concat(&u16_be(wire_format)).concat(&self.encode()).concat(&context)
    }
}

/// The encoding of FramedContentAuthData.
pub fn auth(signature: &Octets, confirmation_tag: Option<&Octets>) -> Octets {
    let tag = confirmation_tag.map_or_else(empty, write_opaque);
    write_opaque(signature).concat(&tag)
}

/// The header of a member's content.
pub fn member_frame(
    member: &Member,
    forge: &Forge,
    content_type: u8,
    content: &Octets,
    authenticated_data: &Octets,
) -> Result<Frame, Stop> {
    let public = match content_type {
        APPLICATION => forge.is("application-public"),
        _ => !member.encrypt_handshake,
    };
    let mut frame = Frame {
        wire_format: if public { MLS_PUBLIC_MESSAGE } else { MLS_PRIVATE_MESSAGE },
        group_id: member.context.group_id.clone(),
        epoch: member.context.epoch,
        sender_type: MEMBER,
        sender_index: member.leaf,
        authenticated_data: authenticated_data.clone(),
        content_type,
        content: content.clone(),
    };
    deviate(member, forge, &mut frame)?;
    Ok(frame)
}

/// Deviations of a header, whoever sends it.
pub fn deviate_header(forge: &Forge, frame: &mut Frame) -> Result<(), Stop> {
    if forge.is("content-other-group-id") {
        frame.group_id = flipped(&frame.group_id);
    }
    if forge.is("content-next-epoch") {
        frame.epoch += 1;
    }
    if forge.is("content-last-epoch") {
        frame.epoch = match frame.epoch.checked_sub(1) {
            Some(epoch) => epoch,
            None => return no_room("epoch before"),
        };
    }
    Ok(())
}

/// Deviations of a header that is seen from within the group.
pub fn deviate(member: &Member, forge: &Forge, frame: &mut Frame) -> Result<(), Stop> {
    deviate_header(forge, frame)?;
    if frame.sender_type == MEMBER && forge.is("content-type-unknown") {
        frame.content_type = 4;
    }
    if frame.sender_type == MEMBER && forge.is("sender-blank-leaf") {
        frame.sender_index = match blank_leaf(&member.tree) {
            Some(leaf) => leaf,
            None => return no_room("blank leaf"),
        };
    }
    if frame.sender_type == MEMBER && forge.is("sender-out-of-range") {
        frame.sender_index = leaf_count(&member.tree);
    }
    if frame.sender_type == MEMBER && forge.is("sender-other-member") {
        frame.sender_index = match other_member(&member.tree, member.leaf) {
            Some(leaf) => leaf,
            None => return no_room("other member"),
        };
    }
    if frame.wire_format == MLS_PUBLIC_MESSAGE && frame.sender_type == MEMBER {
        for (name, sender_type) in [
            ("sender-type-unknown", 5),
            ("sender-external", EXTERNAL),
            ("sender-new-member-proposal", NEW_MEMBER_PROPOSAL),
            ("sender-new-member-commit", NEW_MEMBER_COMMIT),
        ] {
            if forge.is(name) {
                frame.sender_type = sender_type;
                frame.sender_index = 0;
            }
        }
    }
    Ok(())
}

/// The signature of a frame. `context` is the encoded GroupContext.
pub fn sign(
    forge: &mut Forge,
    suite: CipherSuite,
    signer: &Octets,
    frame: &Frame,
    context: &Octets,
) -> Octets {
    let other_key = forge.draw(32);
    let signer = if forge.is("content-other-signature-key") { &other_key } else { signer };
    let label = if forge.is("content-wrong-label") { LEAF_NODE_TBS } else { FRAMED_CONTENT_TBS };
    let wire_format = match frame.wire_format {
        other if !forge.is("content-other-wire-format") => other,
        MLS_PUBLIC_MESSAGE => MLS_PRIVATE_MESSAGE,
        _ => MLS_PUBLIC_MESSAGE,
    };
    let nothing = empty();
    let bound = if forge.is("content-without-context") { &nothing } else { context };
    signing::sign(forge, "content", suite, signer, label, &frame.tbs(wire_format, bound))
}

/// AuthenticatedContent, which a reference to a proposal is the hash of.
pub fn authenticated(frame: &Frame, signature: &Octets, tag: Option<&Octets>) -> Octets {
    u16_be(frame.wire_format).concat(&frame.encode()).concat(&auth(signature, tag))
}

/// The message of a signed frame; the ratchet of a private one is used up.
pub fn protect(
    member: &mut Member,
    forge: &mut Forge,
    frame: &Frame,
    signature: &Octets,
    tag: Option<&Octets>,
) -> Result<Octets, Stop> {
    if frame.wire_format == MLS_PUBLIC_MESSAGE {
        Ok(public(member, forge, frame, signature, tag))
    } else {
        private(member, forge, frame, signature, tag)
    }
}

fn public(
    member: &Member,
    forge: &Forge,
    frame: &Frame,
    signature: &Octets,
    tag: Option<&Octets>,
) -> Octets {
    if frame.sender_type != MEMBER && frame.sender_type != 5 {
        return without_tag(forge, frame, signature, tag);
    }
    let context = match forge.is("membership-tag-without-context") {
        true => empty(),
        false => member.encoded_context(),
    };
    let auth = auth(signature, tag);
    let tbm = frame.tbs(MLS_PUBLIC_MESSAGE, &context).concat(&auth);
    let mut membership_tag = mac(member.suite(), &member.secrets.membership_key, &tbm);
    if forge.is("membership-tag-wrong") {
        membership_tag = flipped(&membership_tag);
    }
    if forge.is("membership-tag-truncated") {
        membership_tag = short(&membership_tag);
    }
    if forge.is("membership-tag-empty") {
        membership_tag = empty();
    }
    let head = frame.encode().concat(&auth);
    if forge.is("membership-tag-missing") {
        return message::whole(MLS_PUBLIC_MESSAGE, &head);
    }
    message::finish(forge, MLS_PUBLIC_MESSAGE, &head, &membership_tag)
}

/// A public message from outside, which has no membership tag.
pub fn without_tag(
    forge: &Forge,
    frame: &Frame,
    signature: &Octets,
    tag: Option<&Octets>,
) -> Octets {
    let head = frame.encode();
    match tag {
        Some(tag) => {
            let head = head.concat(&write_opaque(signature));
            message::finish(forge, MLS_PUBLIC_MESSAGE, &head, tag)
        }
        None => message::finish(forge, MLS_PUBLIC_MESSAGE, &head, signature),
    }
}

fn private(
    member: &mut Member,
    forge: &mut Forge,
    frame: &Frame,
    signature: &Octets,
    tag: Option<&Octets>,
) -> Result<Octets, Stop> {
    let suite = member.suite();
    let (generation, keys) = next_key(member, forge, frame)?;
    let plain = frame.content.concat(&auth(signature, tag));
    let plaintext = plain.concat(&padding(forge, plain.len()));
    let guard = forge.draw(NGUARD);
    let nonce = match forge.is("reuse-guard-not-applied") {
        true => keys.nonce.clone(),
        false => guarded_nonce(&keys.nonce, &guard),
    };
    let mut out = PrivateMessage {
        group_id: frame.group_id.clone(),
        epoch: frame.epoch,
        content_type: frame.content_type,
        authenticated_data: frame.authenticated_data.clone(),
        ..PrivateMessage::default()
    };
    let mut aad = private_content_aad(&out);
    if forge.is("private-aad-empty") {
        aad = empty();
    }
    if forge.is("private-aad-without-authenticated-data") {
        aad = sender_data_aad(&out);
    }
    out.ciphertext = aead_seal(suite, &keys.key, &nonce, &aad, &plaintext);
    let data = SenderData { leaf_index: frame.sender_index, generation, reuse_guard: guard };
    let mut data = encode_sender_data(&data);
    if forge.is("sender-data-trailing") {
        data = data.push(&0);
    }
    let sampled = match forge.is("sender-data-short-sample") {
        true => out.ciphertext.slice(0, 16),
        false => out.ciphertext.clone(),
    };
    let outer = sender_data_key_and_nonce(suite, &member.secrets.sender_data_secret, &sampled);
    let aad = match forge.is("sender-data-aad-empty") {
        true => empty(),
        false => sender_data_aad(&out),
    };
    out.encrypted_sender_data = aead_seal(suite, &outer.key, &outer.nonce, &aad, &data);
    let head = private_content_aad(&out).concat(&write_opaque(&out.encrypted_sender_data));
    Ok(message::finish(forge, MLS_PRIVATE_MESSAGE, &head, &out.ciphertext))
}

/// Generation, key and nonce for a message.
fn next_key(
    member: &mut Member,
    forge: &mut Forge,
    frame: &Frame,
) -> Result<(u32, KeyAndNonce), Stop> {
    let suite = member.suite();
    let handshake = (frame.content_type != APPLICATION) != forge.is("ratchets-swapped");
    if forge.is("generation-reused") {
        return match member.ratchets.sent.get(&handshake) {
            Some(sent) => Ok(sent.clone()),
            None => no_room("message before"),
        };
    }
    if forge.is("generation-largest") {
        let keys = KeyAndNonce { key: forge.draw(nk(suite)), nonce: forge.draw(NN) };
        return Ok((u32::MAX, keys));
    }
    let leaves = leaf_count(&member.tree);
    let leaf = if frame.sender_index < leaves { frame.sender_index } else { member.leaf };
    let mut ratchet = member.ratchets.get(suite, &member.secrets, leaf, leaves, handshake);
    let mut skipped = 0;
    if forge.is("generation-at-limit") {
        skipped = forge.max_skip;
    }
    if forge.is("generation-past-limit") {
        skipped = forge.max_skip + 1;
    }
    for _ in 0..skipped {
        ratchet = ratchet_next(suite, &ratchet)?.2;
    }
    let (generation, keys, ratchet) = ratchet_next(suite, &ratchet)?;
    if skipped > forge.max_skip {
        // Nobody takes it: the next message is of the generation that is due.
        return Ok((generation, keys));
    }
    member.ratchets.set(leaf, handshake, ratchet);
    member.ratchets.sent.insert(handshake, (generation, keys.clone()));
    Ok((generation, keys))
}

fn padding(forge: &Forge, length: usize) -> Octets {
    let mut padding = zeros(padding_for(length));
    if forge.is("padding-none") {
        padding = empty();
    }
    if forge.is("padding-odd") {
        padding = zeros(3);
    }
    if forge.is("padding-nonzero") {
        padding = flipped(&zeros(padding.len().max(1)));
    }
    if forge.is("padding-first-nonzero") {
        padding = byte(1).concat(&padding);
    }
    padding
}
