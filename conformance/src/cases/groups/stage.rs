//! What sets the scene of a case: members, groups, proposals, Commits, talk.
//!
//! As for pairs each word comes in two forms: `…_call` gives the command before it is sent, the plain form demands
//! acceptance. Alice creates the group and commits, unless a case says otherwise; each group has one name for all.

mod word;

pub use word::*;

use crate::case::{Outcome, Stop};
use crate::digest::hex;
use crate::scene::{Call, Home, Out, Party, Scene};
use crate::wire::Clock;
use std::time::{SystemTime, UNIX_EPOCH};

/// Name of the group.
pub const GROUP: &str = "g";

/// Suite and framing of a group.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Four hexadecimal digits.
    pub suite: &'static str,
    /// Whether proposals and Commits are private messages.
    pub private: bool,
}

/// Suite `0x0001`, private messages.
pub const USUAL: Setup = Setup { suite: "0001", private: true };
/// Suite `0x0001`, public messages.
pub const PUBLIC: Setup = Setup { private: false, ..USUAL };

/// A member, or who is to be one. Its identity is its party's name.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The party.
    pub party: Party,
    /// How it takes part.
    pub setup: Setup,
}

impl Member {
    /// The identity, in hexadecimal.
    #[must_use]
    pub fn identity(&self) -> String {
        hex(self.party.name.as_bytes())
    }

    fn private(&self) -> u64 {
        u64::from(self.setup.private)
    }
}

/// A new party.
///
/// # Errors
/// It is not made.
pub fn member(scene: &mut Scene, name: &'static str, home: Home, setup: Setup) -> Outcome<Member> {
    let party = scene.party(name, home)?;
    if home == Home::Peer && scene.adapter(Home::Iut)?.hello().clock == Clock::Own {
        // Who has a clock of its own has the machine's time, and so must the others: a little later, since time goes on.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        scene.call(party, "party.clock").long("now", now + 60).ok()?;
    }
    Ok(Member { party, setup })
}

/// Alice of the peer's and Bob of the implementation's, in no group yet.
///
/// # Errors
/// They are not made.
pub fn pair(scene: &mut Scene, setup: Setup) -> Outcome<(Member, Member)> {
    Ok((member(scene, "alice", Home::Peer, setup)?, member(scene, "bob", Home::Iut, setup)?))
}

/// A command to a member about the group.
pub fn call<'s, 'a>(scene: &'s mut Scene<'a>, of: &Member, cmd: &str) -> Call<'s, 'a> {
    scene.call(of.party, cmd).group(GROUP)
}

/// The group's id, in hexadecimal.
#[must_use]
pub fn group_id() -> String {
    hex(b"the group")
}

/// `mls.create_group`.
pub fn create_call<'s, 'a>(scene: &'s mut Scene<'a>, of: &Member) -> Call<'s, 'a> {
    let call = call(scene, of, "mls.create_group").text("suite", of.setup.suite);
    let call = call.text("group_id", &group_id()).text("identity", &of.identity());
    call.integer("encrypt_handshake", of.private())
}

/// `mls.create_key_package`, without GREASE.
pub fn key_package_call<'s, 'a>(scene: &'s mut Scene<'a>, of: &Member) -> Call<'s, 'a> {
    let call = scene.call(of.party, "mls.create_key_package").text("suite", of.setup.suite);
    call.text("identity", &of.identity()).integer("grease", 0)
}

/// A key package.
///
/// # Errors
/// It is not made.
pub fn key_package(scene: &mut Scene, of: &Member) -> Outcome<String> {
    key_package_call(scene, of).ok()?.hex("key_package")
}

/// What a Commit is to do.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Proposals that were sent, in their order.
    pub by_reference: Vec<String>,
    /// Words of further ones.
    pub by_value: Vec<String>,
    /// Whether there is a path in any case.
    pub path: bool,
}

/// A path and nothing else.
#[must_use]
pub fn path() -> Change {
    Change { path: true, ..Change::default() }
}

/// One proposal by value.
#[must_use]
pub fn value(words: &str) -> Change {
    Change { by_value: vec![words.to_owned()], ..Change::default() }
}

/// An Add of somebody, by value, with a new key package.
///
/// # Errors
/// It is not made.
pub fn added(scene: &mut Scene, whom: &Member) -> Outcome<Change> {
    Ok(value(&format!("add:{}", key_package(scene, whom)?)))
}

/// A Remove of a member, by value.
#[must_use]
pub fn removed(whom: &Member) -> Change {
    value(&format!("remove:{}", whom.identity()))
}

/// `mls.commit`.
pub fn commit_call<'s, 'a>(scene: &'s mut Scene<'a>, of: &Member, change: &Change) -> Call<'s, 'a> {
    let call = call(scene, of, "mls.commit").list("by_reference", &change.by_reference);
    let call = call.list("by_value", &change.by_value);
    call.integer("force_path", u64::from(change.path)).integer("external_tree", 0)
}

/// What a Commit made.
pub struct Made {
    /// The Commit.
    pub commit: String,
    /// The Welcome, where somebody is added.
    pub welcome: Option<String>,
}

impl Made {
    /// Of the answer to `mls.commit`.
    ///
    /// # Errors
    /// There is no Commit.
    pub fn of(out: &Out) -> Outcome<Self> {
        let welcome = out.has("welcome").then(|| out.hex("welcome")).transpose()?;
        Ok(Made { commit: out.hex("commit")?, welcome })
    }

    /// The Welcome.
    ///
    /// # Errors
    /// There is none.
    pub fn welcome(&self) -> Outcome<&str> {
        let none = || Stop::Inconclusive("a Commit that adds somebody has no Welcome".to_owned());
        self.welcome.as_deref().ok_or_else(none)
    }
}

/// Commits; the Commit is pending.
///
/// # Errors
/// It is refused.
pub fn commit(scene: &mut Scene, of: &Member, change: &Change) -> Outcome<Made> {
    Made::of(&commit_call(scene, of, change).ok()?)
}

/// Enters the epoch of the own Commit.
///
/// # Errors
/// It is refused.
pub fn merge(scene: &mut Scene, of: &Member) -> Outcome {
    call(scene, of, "mls.handle_pending_commit").taken().map(drop)
}

/// Drops the own Commit.
///
/// # Errors
/// It is refused.
pub fn clear(scene: &mut Scene, of: &Member) -> Outcome {
    call(scene, of, "mls.clear_pending_commit").ok().map(drop)
}

/// `mls.handle_commit`.
pub fn take_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    of: &Member,
    proposals: &[String],
    commit: &str,
) -> Call<'s, 'a> {
    call(scene, of, "mls.handle_commit").list("proposals", proposals).text("commit", commit)
}

/// Takes another's Commit.
///
/// # Errors
/// It is refused.
pub fn take(scene: &mut Scene, of: &Member, proposals: &[String], commit: &str) -> Outcome {
    take_call(scene, of, proposals, commit).taken().map(drop)
}

/// `mls.join_group`.
pub fn join_call<'s, 'a>(scene: &'s mut Scene<'a>, of: &Member, welcome: &str) -> Call<'s, 'a> {
    let call = call(scene, of, "mls.join_group").text("welcome", welcome);
    call.integer("encrypt_handshake", of.private())
}

/// One commits, the others take it.
///
/// # Errors
/// One of them refuses.
pub fn step(scene: &mut Scene, by: &Member, others: &[&Member], change: &Change) -> Outcome<Made> {
    let made = commit(scene, by, change)?;
    for other in others {
        take(scene, other, &change.by_reference, &made.commit)?;
    }
    merge(scene, by)?;
    Ok(made)
}

/// Adds newcomers, who join; the others take the Commit.
///
/// # Errors
/// One of them refuses.
pub fn add(scene: &mut Scene, by: &Member, others: &[&Member], new: &[&Member]) -> Outcome {
    let mut change = Change::default();
    for newcomer in new {
        change.by_value.push(format!("add:{}", key_package(scene, newcomer)?));
    }
    let made = step(scene, by, others, &change)?;
    for newcomer in new {
        join_call(scene, newcomer, made.welcome()?).taken()?;
    }
    Ok(())
}

/// A group of the first one and all others, in this order of their leaves.
///
/// # Errors
/// It is not made.
pub fn group(scene: &mut Scene, first: &Member, others: &[&Member]) -> Outcome {
    create_call(scene, first).taken()?;
    if others.is_empty() { Ok(()) } else { add(scene, first, &[], others) }
}

/// `mls.propose`.
pub fn propose_call<'s, 'a>(scene: &'s mut Scene<'a>, of: &Member, words: &str) -> Call<'s, 'a> {
    call(scene, of, "mls.propose").text("proposal", words)
}

/// Proposes.
///
/// # Errors
/// It is refused.
pub fn propose(scene: &mut Scene, of: &Member, words: &str) -> Outcome<String> {
    propose_call(scene, of, words).ok()?.hex("proposal")
}

/// Proposes new keys.
///
/// # Errors
/// It is refused.
pub fn propose_update(scene: &mut Scene, of: &Member) -> Outcome<String> {
    call(scene, of, "mls.update_proposal").ok()?.hex("proposal")
}

/// `mls.protect`.
pub fn protect_call<'s, 'a>(scene: &'s mut Scene<'a>, of: &Member, text: &str) -> Call<'s, 'a> {
    let call = call(scene, of, "mls.protect").text("authenticated_data", &hex(b"to all"));
    call.text("plaintext", &hex(text.as_bytes()))
}

/// Sends.
///
/// # Errors
/// It is refused.
pub fn protect(scene: &mut Scene, of: &Member, text: &str) -> Outcome<String> {
    protect_call(scene, of, text).ok()?.hex("ciphertext")
}

/// `mls.unprotect`.
pub fn unprotect_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    of: &Member,
    message: &str,
) -> Call<'s, 'a> {
    call(scene, of, "mls.unprotect").text("ciphertext", message)
}

/// Reads, and finds what was sent.
///
/// # Errors
/// It is refused, or something else.
pub fn unprotect(scene: &mut Scene, of: &Member, message: &str, text: &str) -> Outcome {
    let out = unprotect_call(scene, of, message).taken()?;
    out.is("plaintext", &hex(text.as_bytes()))?;
    out.is("authenticated_data", &hex(b"to all"))?;
    Ok(())
}

/// One says something, the other reads it.
///
/// # Errors
/// It cannot.
pub fn say(scene: &mut Scene, from: &Member, to: &Member, text: &str) -> Outcome {
    let message = protect(scene, from, text)?;
    unprotect(scene, to, &message, text)
}

/// `epoch`, `epoch_authenticator`, `members`, `active`.
///
/// # Errors
/// The adapter does not say.
pub fn state(scene: &mut Scene, of: &Member) -> Outcome<Out> {
    call(scene, of, "mls.state_auth").ok()
}

/// The epoch of a member.
///
/// # Errors
/// The adapter does not say.
pub fn epoch(scene: &mut Scene, of: &Member) -> Outcome<u64> {
    state(scene, of)?.long("epoch")
}

/// All are in one epoch and have the same secrets, and the first two talk, both ways.
///
/// # Errors
/// They are not.
pub fn agree(scene: &mut Scene, members: &[&Member]) -> Outcome {
    let mut first: Option<(u64, String, u64)> = None;
    for member in members {
        let out = state(scene, member)?;
        let said = (out.long("epoch")?, out.hex("epoch_authenticator")?, out.integer("members")?);
        demand(first.get_or_insert(said.clone()) == &said, "members of one epoch disagree")?;
    }
    let [a, b, ..] = members else { return Ok(()) };
    say(scene, a, b, "hello")?;
    say(scene, b, a, "hello to you")
}

/// Something that must hold of the implementation.
///
/// # Errors
/// It does not.
pub fn demand(holds: bool, what: &str) -> Outcome {
    if holds { Ok(()) } else { Err(Stop::Fail(what.to_owned())) }
}

/// Stores a member's state, kills its process, and loads the state again.
///
/// # Errors
/// The adapter does not.
pub fn restart(scene: &mut Scene, of: &Member) -> Outcome {
    scene.save(of.party)?;
    scene.kill(of.party.home)?;
    scene.load(of.party)
}
