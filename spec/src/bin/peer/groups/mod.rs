//! `mls.*` (`conformance/GROUPS.md`): groups of RFC 9420, from the RFC alone.

mod apply;
mod commit;
pub mod deviations;
mod enter;
mod external;
mod forge;
mod frame;
mod join;
mod leaf;
mod list;
mod member;
mod message;
mod outside;
mod path;
mod process;
mod receive;
mod rules;
mod signing;
mod successor;
mod support;
mod tree;
mod welcome;
mod words;

use crate::party::Parties;
use crate::wire::{Answer, Out, Request, Stop, fault, hex, octets};
use forge::Forge;
use list::{Item, suite};
pub use member::Store;
use member::{Member, Sent};
use sceau_spec::group::crypto::make_proposal_ref;
use sceau_spec::group::framing::{APPLICATION, PROPOSAL, decode_authenticated_content};
use sceau_spec::group::key_schedule::mls_exporter;
use sceau_spec::group::leaf_node::SOURCE_UPDATE;
use sceau_spec::group::proposals::{Proposal, encode_proposal};
use sceau_spec::group::suite::CipherSuite;
use sceau_spec::octets::{Octets, empty};
use sceau_spec::pairwise::codec::write_opaque;

/// The commands.
pub const COMMANDS: &[&str] = &[
    "mls.create_key_package",
    "mls.store_psk",
    "mls.create_group",
    "mls.join_group",
    "mls.external_join",
    "mls.group_info",
    "mls.state_auth",
    "mls.export",
    "mls.protect",
    "mls.unprotect",
    "mls.propose",
    "mls.update_proposal",
    "mls.commit",
    "mls.handle_pending_commit",
    "mls.clear_pending_commit",
    "mls.handle_commit",
    "mls.reinit_welcome",
    "mls.handle_reinit_welcome",
    "mls.create_branch",
    "mls.handle_branch",
    "peer.create_group",
    "peer.external_sender",
    "peer.external_propose",
    "peer.look",
];

/// Runs one.
pub fn run(parties: &mut Parties, request: &mut Request) -> Answer {
    let Some(name) = request.party.clone() else { return fault("no party") };
    let Some(party) = parties.get(&name) else { return fault("no such party") };
    let mut forge = Forge::new(request, party)?;
    for (other, party) in parties.iter() {
        forge.signers.extend(party.groups.signers());
        if *other != name {
            let packages = party.groups.packages.iter();
            forge.packages.extend(packages.map(|package| package.key_package.clone()));
        }
    }
    let Some(party) = parties.get_mut(&name) else { return fault("no such party") };
    let mut store = party.groups.clone();
    let out = command(&mut store, &mut forge, request)?;
    forge.finish()?;
    party.groups = store;
    Ok(out)
}

fn command(store: &mut Store, forge: &mut Forge, request: &Request) -> Answer {
    match request.cmd.as_str() {
        "mls.create_key_package" => create_key_package(store, forge, request),
        "mls.store_psk" => {
            request.knows(&["psk_id", "psk_secret"])?;
            let id = request.bytes("psk_id")?.native_slice().to_vec();
            store.psks.insert(id, request.bytes("psk_secret")?);
            Ok(Out::default())
        }
        "peer.external_sender" => outside::external_sender(store, forge, request),
        "peer.external_propose" => outside::propose(store, forge, request),
        _ => {
            let Some(name) = request.group.clone() else { return fault("no group") };
            match request.cmd.as_str() {
                "mls.create_group" | "peer.create_group" | "mls.join_group"
                | "mls.external_join" => enter::enter(store, forge, request, &name),
                _ => of_group(store, forge, request, &name),
            }
        }
    }
}

fn create_key_package(store: &mut Store, forge: &mut Forge, request: &Request) -> Answer {
    request.knows(&["suite", "identity", "grease"])?;
    let suite = known_suite(request)?;
    let (identity, grease) = (request.bytes("identity")?, request.flag("grease")?);
    let signer = store.signer(forge, &identity, suite);
    let (package, message) =
        leaf::key_package(forge, suite, &identity, &signer, grease, store.last.as_ref())?;
    store.last = Some(package.key_package.clone());
    store.packages.push(package);
    Ok(Out::default().bytes("key_package", &message))
}

fn known_suite(request: &Request) -> Result<CipherSuite, Stop> {
    let suite = suite(request.text("suite")?.unwrap_or_default())?;
    match sceau_spec::group::suite::is_supported(suite) {
        true => Ok(suite),
        false => Err(Stop::Unsupported(format!("suite {suite:04x}"))),
    }
}

fn state(out: Out, member: &Member) -> Out {
    out.long("epoch", member.context.epoch)
        .bytes("epoch_authenticator", &member.secrets.epoch_authenticator)
        .int("members", member::members(&member.tree).len() as u64)
        .flag("active", member.active)
}

fn bytes_list(request: &Request, name: &str) -> Result<Vec<Octets>, Stop> {
    request.list(name)?.iter().map(|text| octets(text)).collect()
}

/// Commands of a membership.
fn of_group(store: &mut Store, forge: &mut Forge, request: &Request, name: &str) -> Answer {
    let mut member = store.member(name)?;
    let out = match request.cmd.as_str() {
        "mls.group_info" => {
            request.knows(&["external_tree"])?;
            let beside = request.flag("external_tree")?;
            let info = welcome::group_info(&member, forge, !beside, None)?;
            let out = Out::default().bytes("group_info", &welcome::message(forge, &info));
            if beside { out.bytes("ratchet_tree", &info.tree) } else { out }
        }
        "mls.state_auth" => state(Out::default(), &member),
        "mls.export" => {
            request.knows(&["label", "context", "key_length"])?;
            let label = request.text("label")?.unwrap_or_default();
            let length = request.int("key_length")? as usize;
            let (suite, secret) = (member.suite(), &member.secrets.exporter_secret);
            let context = request.bytes("context")?;
            let exported = mls_exporter(suite, secret, label, &context, length);
            Out::default().bytes("exported_secret", &exported)
        }
        "mls.protect" => {
            request.knows(&["authenticated_data", "plaintext"])?;
            let content = write_opaque(&request.bytes("plaintext")?);
            let data = request.bytes("authenticated_data")?;
            let (message, _) = send(&mut member, forge, APPLICATION, &content, &data)?;
            Out::default().bytes("ciphertext", &message)
        }
        "mls.unprotect" => {
            request.knows(&["ciphertext"])?;
            let message = request.bytes("ciphertext")?;
            let (data, plaintext) = receive::read(&mut member, forge, &message)?;
            Out::default().bytes("authenticated_data", &data).bytes("plaintext", &plaintext)
        }
        "mls.propose" | "mls.update_proposal" => propose(&mut member, forge, request)?,
        "mls.commit" => commit(&mut member, store, forge, request)?,
        "mls.handle_pending_commit" => {
            request.knows(&[])?;
            let Some(next) = member.pending.clone() else { return fault("no pending Commit") };
            member = member.entered(*next);
            state(Out::default(), &member)
        }
        "mls.clear_pending_commit" => {
            request.knows(&[])?;
            member.pending = None;
            state(Out::default(), &member)
        }
        "mls.handle_commit" => {
            request.knows(&["proposals", "commit"])?;
            let proposals = bytes_list(request, "proposals")?;
            let message = request.bytes("commit")?;
            member = process::handle(&member, store, forge, &proposals, &message)?;
            state(Out::default(), &member)
        }
        "peer.look" => {
            request.knows(&["message"])?;
            let (data, padding) = receive::look(&member, forge, &request.bytes("message")?)?;
            Out::default()
                .int("leaf_index", u64::from(data.leaf_index))
                .int("generation", u64::from(data.generation))
                .bytes("reuse_guard", &data.reuse_guard)
                .int("padding", padding.map_or(0xffff_ffff, |length| length as u64))
        }
        _ => return succeed(store, forge, request, &member),
    };
    store.members.insert(name.to_owned(), member);
    Ok(out)
}

/// Signs and protects a content: the message, and the AuthenticatedContent.
fn send(
    member: &mut Member,
    forge: &mut Forge,
    content_type: u8,
    content: &Octets,
    data: &Octets,
) -> Result<(Octets, Octets), Stop> {
    let frame = frame::member_frame(member, forge, content_type, content, data)?;
    let context = member.encoded_context();
    let signature = frame::sign(forge, member.suite(), &member.signer, &frame, &context);
    let message = frame::protect(member, forge, &frame, &signature, None)?;
    Ok((message, frame::authenticated(&frame, &signature, None)))
}

fn propose(member: &mut Member, forge: &mut Forge, request: &Request) -> Answer {
    let raw = if request.cmd == "mls.propose" {
        request.knows(&["proposal"])?;
        let words = request.text("proposal")?.unwrap_or_default();
        match list::forged(member, forge)? {
            Some(item) => item.raw,
            None => words::from_words(member, forge, words)?.raw,
        }
    } else {
        request.knows(&[])?;
        let (leaf, private_key, signer) = leaf::renewed(member, forge, SOURCE_UPDATE)?;
        let place = leaf::Place { group_id: &member.context.group_id, index: member.leaf };
        let made = leaf::sign(forge, member.suite(), &leaf, &signer, Some(place));
        let public = made.encryption_key.native_slice().to_vec();
        member.updates.insert(public, (private_key, signer));
        let update = encode_proposal(&Proposal::Update(made.clone()));
        leaf::with_raw(forge, &update, &made)
    };
    let (message, encoded) = send(member, forge, PROPOSAL, &raw, &empty())?;
    // What deviates so that it cannot be decoded cannot be committed by the peer either.
    if let Ok(authenticated) = decode_authenticated_content(&encoded) {
        let reference = make_proposal_ref(member.suite(), &encoded);
        let sent = Sent { reference, authenticated };
        member.proposals.insert(message.native_slice().to_vec(), sent);
    }
    Ok(Out::default().bytes("proposal", &message))
}

fn commit(member: &mut Member, store: &mut Store, forge: &mut Forge, request: &Request) -> Answer {
    request.knows(&["by_reference", "by_value", "force_path", "external_tree"])?;
    if member.pending.is_some() {
        return fault("a Commit is pending");
    }
    let mut items = Vec::new();
    for message in bytes_list(request, "by_reference")? {
        items.push(Item::sent(&receive::learn(member, forge, &message)?));
    }
    for words in request.list("by_value")? {
        items.push(words::from_words(member, forge, &words)?);
    }
    list::deviate(member, forge, &mut items)?;
    let force_path = request.flag("force_path")?;
    let beside = request.flag("external_tree")?;
    let made = commit::make(member, store, forge, &items, force_path, None)?;
    let mut out = Out::default().bytes("commit", &made.message);
    if !made.applied.added.is_empty() {
        let (message, tree) = welcome::welcome(store, forge, &made, !beside)?;
        out = out.bytes("welcome", &message);
        if beside {
            out = out.bytes("ratchet_tree", &tree);
        }
    }
    member.pending = Some(Box::new(made.next));
    Ok(out)
}

/// Groups that replace this one, or branch off it.
fn succeed(store: &mut Store, forge: &mut Forge, request: &Request, old: &Member) -> Answer {
    let branch = request.cmd.ends_with("branch");
    let Some(new) = request.text("new_group")?.map(str::to_owned) else {
        return fault("no new_group");
    };
    if store.members.contains_key(&new) {
        return fault(format!("group \"{new}\" exists"));
    }
    let (out, member) = match request.cmd.as_str() {
        "mls.reinit_welcome" | "mls.create_branch" => {
            request.knows(&["new_group", "key_packages", "external_tree"])?;
            let packages = bytes_list(request, "key_packages")?;
            let beside = request.flag("external_tree")?;
            let (member, message, tree) =
                successor::make(store, forge, old, &packages, branch, beside)?;
            let out = Out::default().bytes("welcome", &message);
            (if beside { out.text("ratchet_tree", &hex(&tree)) } else { out }, member)
        }
        "mls.handle_reinit_welcome" | "mls.handle_branch" => {
            request.knows(&["new_group", "welcome", "ratchet_tree", "encrypt_handshake"])?;
            let tree = request.optional("ratchet_tree")?;
            let encrypt = request.flag("encrypt_handshake")?;
            let welcome = request.bytes("welcome")?;
            let joined = join::join(store, forge, &welcome, tree.as_ref(), encrypt)?;
            successor::follow(old, &joined, branch)?;
            store.packages.remove(joined.package);
            (Out::default(), joined.member)
        }
        other => return Err(Stop::Unsupported(other.to_owned())),
    };
    let out = state(out, &member);
    store.members.insert(new, member);
    Ok(out)
}
