//! Welcomes of a malicious member.

use super::SUITE;
use super::commit::psk_id;
use super::edits::WelcomeEdit;
use super::members::extensions;
use sceau::group::{extension_type, hazmat};

pub fn edit_welcome(contents: &mut hazmat::WelcomeContents, edit: &WelcomeEdit) {
    let (info, is_tree) = (&mut contents.info, extension_type::RATCHET_TREE);
    let context = &mut info.group_context;
    match edit {
        WelcomeEdit::GroupId(id) => context.group_id.clone_from(id),
        WelcomeEdit::Epoch(epoch) => context.epoch = *epoch,
        WelcomeEdit::TreeHash(altered) => context.tree_hash = altered.of(&context.tree_hash),
        WelcomeEdit::TranscriptHash(altered) => {
            context.confirmed_transcript_hash = altered.of(&context.confirmed_transcript_hash);
        }
        WelcomeEdit::ContextExtensions(list) => context.extensions = extensions(list),
        WelcomeEdit::Tree(altered) => {
            for extension in info.extensions.iter_mut().filter(|e| e.extension_type == is_tree) {
                extension.data = altered.of(&extension.data);
                let hashes = hazmat::tree_hashes(SUITE, &extension.data).unwrap_or_default();
                // In the order of nodes, of which the root is in the middle.
                if let Some(root) = hashes.get(hashes.len() / 2) {
                    context.tree_hash.clone_from(root);
                }
            }
        }
        WelcomeEdit::Parent(index, key, hash, unmerged) => {
            for extension in info.extensions.iter_mut().filter(|e| e.extension_type == is_tree) {
                let node = u32::from(index % 8) * 2 + 1;
                let Ok(old) = hazmat::parent(&extension.data, node) else { continue };
                let mut parent = old.unwrap_or(hazmat::Parent {
                    encryption_key: vec![9; 32],
                    parent_hash: vec![0; 32],
                    unmerged_leaves: vec![],
                });
                parent.encryption_key = key.of(&parent.encryption_key);
                parent.parent_hash = hash.of(&parent.parent_hash);
                parent.unmerged_leaves.clone_from(unmerged);
                if let Ok((tree, root)) = hazmat::with_parent(SUITE, &extension.data, node, parent)
                {
                    extension.data = tree;
                    context.tree_hash = root;
                }
            }
        }
        WelcomeEdit::NoTree => info.extensions.retain(|e| e.extension_type != is_tree),
        WelcomeEdit::Extensions(list) => info.extensions.extend(extensions(list)),
        WelcomeEdit::Signer(leaf) => info.signer = *leaf,
        WelcomeEdit::PathSecret(None) => contents.path_secret = None,
        WelcomeEdit::PathSecret(Some(altered)) => {
            let old = contents.path_secret.clone().unwrap_or_default();
            contents.path_secret = Some(altered.of(&old));
        }
        WelcomeEdit::Psks(list) => {
            let group_id = context.group_id.clone();
            let id = |(known, usage, epoch, nonce): &(bool, u8, u8, u8)| {
                psk_id(&group_id, *known, *usage, *epoch, *nonce)
            };
            contents.psks = list.iter().map(id).collect();
        }
        WelcomeEdit::Tag(altered) => contents.tag = Some(altered.of(&info.confirmation_tag)),
    }
}
