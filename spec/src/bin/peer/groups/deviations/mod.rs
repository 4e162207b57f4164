//! The named deviations of the commands `mls.*`. As with those of pairs, each makes the peer deviate in
//! exactly one respect: what depends on the deviating part is hashed, signed, MACed and encrypted again, so
//! that only the named check can fire. Those marked *allowed* are unusual and must be accepted.
//!
//! What a deviation of `mls.commit` says of a proposal is added to the list that the command gives, by
//! value, behind the rest; with `mls.propose` it takes the place of what the words say. A deviation of a
//! Welcome or of its tree is for the newcomer alone: members take the Commit. Who commits takes what he is
//! told to: a list that RFC 9420 §12.2 forbids needs no deviation where `by_reference` and `by_value` can say it.
//! A request that gives a deviation nothing to bite on (no Add for that of a Welcome, no blank leaf for that of
//! a blank one) is a `fault`.

mod commits;
mod leaves;
mod messages;
mod proposals;
mod welcomes;

/// A deviation.
pub struct Deviation {
    /// Its name.
    pub name: &'static str,
    /// The commands that take it.
    pub commands: &'static [&'static str],
    /// What it does.
    #[allow(dead_code)]
    pub what: &'static str,
    /// The section of RFC 9420 whose check must fire.
    #[allow(dead_code)]
    pub section: &'static str,
}

/// What carries an MLSMessage.
const MESSAGE: &[&str] = &[
    "mls.create_key_package",
    "mls.group_info",
    "mls.propose",
    "mls.update_proposal",
    "mls.commit",
    "mls.external_join",
    "mls.protect",
    "peer.external_propose",
];
/// Framed contents.
const FRAMED: &[&str] = &[
    "mls.propose",
    "mls.update_proposal",
    "mls.commit",
    "mls.external_join",
    "mls.protect",
    "peer.external_propose",
];
/// Framed contents of members.
const MEMBER: &[&str] = &["mls.propose", "mls.update_proposal", "mls.commit", "mls.protect"];
/// Framed contents whose signature the GroupContext is part of.
const BOUND: &[&str] =
    &["mls.propose", "mls.update_proposal", "mls.commit", "mls.external_join", "mls.protect"];
/// Public messages of members: the group's `encrypt_handshake` is 0, but for `application-public`.
const PUBLIC: &[&str] = &["mls.propose", "mls.update_proposal", "mls.commit"];
/// Private messages: the group's `encrypt_handshake` is 1, but for `mls.protect`.
const PRIVATE: &[&str] = MEMBER;
const PROTECT: &[&str] = &["mls.protect"];
const COMMIT: &[&str] = &["mls.commit"];
const JOIN: &[&str] = &["mls.external_join"];
/// All Commits.
const COMMITS: &[&str] = &["mls.commit", "mls.external_join"];
/// Proposals, by reference or by value.
const PROPOSALS: &[&str] = &["mls.propose", "mls.commit"];
const KEY_PACKAGE: &[&str] = &["mls.create_key_package"];
/// Where a leaf is made.
const LEAF: &[&str] =
    &["mls.create_key_package", "mls.update_proposal", "mls.commit", "mls.external_join"];
/// Where a leaf is made within a group.
const GROUP_LEAF: &[&str] = &["mls.update_proposal", "mls.commit", "mls.external_join"];
/// The Welcome of a Commit that adds somebody.
const WELCOME: &[&str] = &["mls.commit"];
/// GroupInfos: within the Welcome of a Commit, or by itself.
const GROUP_INFO: &[&str] = &["mls.commit", "mls.group_info"];
/// Rules of receiving, for the peer in the place of an implementation.
const RULE: &[&str] = &["mls.handle_commit", "mls.join_group", "mls.external_join"];
/// A group that replaces another, or branches off it.
const SUCCESSOR: &[&str] = &["mls.reinit_welcome", "mls.create_branch"];
const REINIT: &[&str] = &["mls.reinit_welcome"];
/// Proposals from outside of the group.
const OUTSIDE: &[&str] = &["peer.external_propose"];

const fn d(
    name: &'static str,
    commands: &'static [&'static str],
    what: &'static str,
    section: &'static str,
) -> Deviation {
    Deviation { name, commands, what, section }
}

/// All deviations, by topic.
const TOPICS: &[&[Deviation]] =
    &[messages::NAMES, leaves::NAMES, proposals::NAMES, commits::NAMES, welcomes::NAMES];

/// All deviations.
pub fn all() -> impl Iterator<Item = &'static Deviation> {
    TOPICS.iter().copied().flatten()
}
