//! How a party becomes a member: by a new group, a Welcome, or an external Commit.

use super::forge::Forge;
use super::member::{Member, Store, one_key};
use super::{bytes_list, external, join, known_suite, leaf, state, words};
use crate::wire::{Answer, Out, Request, Stop, fault};
use sceau_spec::group::group_context::GroupContext;
use sceau_spec::group::key_schedule::{confirmation_tag, epoch_secrets};
use sceau_spec::group::ratchet_tree::tree_of_one;
use sceau_spec::group::suite::{CipherSuite, nh};
use sceau_spec::group::transcript::interim_transcript_hash;
use sceau_spec::group::tree_hash::root_tree_hash;
use sceau_spec::octets::{Octets, empty};
use sceau_spec::pairwise::codec::Extensions;
use sceau_spec::pairwise::error::{ErrorClass, check};
use std::collections::BTreeMap;

/// Commands that make a membership.
pub fn enter(store: &mut Store, forge: &mut Forge, request: &Request, name: &str) -> Answer {
    let again = request.cmd == "mls.external_join" && request.flag("remove_prior")?;
    let taken = store.members.get(name).is_some_and(|member| member.active);
    if taken && !again {
        return fault(format!("group \"{name}\" exists"));
    }
    let (out, member) = match request.cmd.as_str() {
        "mls.create_group" | "peer.create_group" => {
            // What RFC 9420 lets a founder give his group, and no adapter is asked for.
            let with = if request.cmd == "peer.create_group" { "extensions" } else { "suite" };
            request.knows(&["suite", "group_id", "identity", "encrypt_handshake", with])?;
            let suite = known_suite(request)?;
            let (group_id, identity) = (request.bytes("group_id")?, request.bytes("identity")?);
            let encrypt = request.flag("encrypt_handshake")?;
            let extensions = words::extensions(request.text("extensions")?.unwrap_or_default())?;
            (Out::default(), found(store, forge, suite, &group_id, &identity, extensions, encrypt)?)
        }
        "mls.join_group" => {
            request.knows(&["welcome", "ratchet_tree", "encrypt_handshake"])?;
            let tree = request.optional("ratchet_tree")?;
            let encrypt = request.flag("encrypt_handshake")?;
            let welcome = request.bytes("welcome")?;
            let joined = join::join(store, forge, &welcome, tree.as_ref(), encrypt)?;
            let unlinked = !joined.psks.iter().any(join::links);
            check(unlinked, ErrorClass::Malformed)?;
            store.packages.remove(joined.package);
            (Out::default(), joined.member)
        }
        _ => {
            let wish = wish(request)?;
            let made = external::join(store, forge, &wish)?;
            (Out::default().bytes("commit", &made.message), made.next)
        }
    };
    let out = state(out, &member);
    store.members.insert(name.to_owned(), member);
    Ok(out)
}

fn wish(request: &Request) -> Result<external::Wish, Stop> {
    request.knows(&[
        "group_info",
        "ratchet_tree",
        "identity",
        "remove_prior",
        "psks",
        "encrypt_handshake",
        "stale_group_info",
        "by_reference",
    ])?;
    Ok(external::Wish {
        group_info: request.bytes("group_info")?,
        tree: request.optional("ratchet_tree")?,
        identity: request.bytes("identity")?,
        remove_prior: request.flag("remove_prior")?,
        psks: bytes_list(request, "psks")?,
        encrypt_handshake: request.flag("encrypt_handshake")?,
        stale: request.optional("stale_group_info")?,
        by_reference: bytes_list(request, "by_reference")?,
    })
}

/// A group of one (§11).
pub fn found(
    store: &mut Store,
    forge: &mut Forge,
    suite: CipherSuite,
    group_id: &Octets,
    identity: &Octets,
    extensions: Extensions,
    encrypt_handshake: bool,
) -> Result<Member, Stop> {
    let signer = store.signer(forge, identity, suite);
    // The founder's leaf is that of a key package that nobody gets.
    let (package, _) = leaf::key_package(forge, suite, identity, &signer, false, None)?;
    let tree = tree_of_one(&package.key_package.leaf_node);
    let context = GroupContext {
        cipher_suite: suite,
        group_id: group_id.clone(),
        epoch: 0,
        tree_hash: root_tree_hash(suite, &tree),
        confirmed_transcript_hash: empty(),
        extensions,
    };
    let secrets = epoch_secrets(suite, &forge.draw(nh(suite)));
    let tag = confirmation_tag(suite, &secrets.confirmation_key, &empty());
    Ok(Member {
        interim_transcript_hash: interim_transcript_hash(suite, &empty(), &tag),
        confirmation_tag: tag,
        context,
        tree,
        private_keys: one_key(0, &package.encryption_private_key),
        signer,
        resumption: BTreeMap::from([(0, secrets.resumption_psk.clone())]),
        secrets,
        encrypt_handshake,
        active: true,
        ..Member::default()
    })
}
