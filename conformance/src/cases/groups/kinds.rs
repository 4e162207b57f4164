//! Kinds of cases: what they need of the implementation's adapter, and what all of them have in common. A topic names its
//! kind `case`.

use crate::case::{Access, Case};

/// A member: groups, Welcomes, Commits, messages.
const MEMBER: &[&str] = &[
    "party.new",
    "mls.create_group",
    "mls.create_key_package",
    "mls.join_group",
    "mls.commit",
    "mls.handle_commit",
    "mls.handle_pending_commit",
    "mls.protect",
    "mls.unprotect",
    "mls.state_auth",
];
/// A member with pre-shared keys.
const PSK: &[&str] = &[
    "party.new",
    "mls.create_group",
    "mls.create_key_package",
    "mls.join_group",
    "mls.commit",
    "mls.handle_commit",
    "mls.handle_pending_commit",
    "mls.protect",
    "mls.unprotect",
    "mls.state_auth",
    "mls.store_psk",
];
/// A member that exports secrets.
const EXPORTER: &[&str] = &[
    "party.new",
    "mls.create_key_package",
    "mls.join_group",
    "mls.handle_commit",
    "mls.export",
    "mls.protect",
    "mls.unprotect",
    "mls.state_auth",
];
/// A member whose clock is fed.
const CLOCK: &[&str] = &[
    "party.new",
    "party.clock",
    "mls.create_key_package",
    "mls.join_group",
    "mls.handle_commit",
    "mls.protect",
    "mls.unprotect",
    "mls.state_auth",
];
/// Joining from outside.
const OUTSIDE: &[&str] =
    &["party.new", "mls.external_join", "mls.protect", "mls.unprotect", "mls.state_auth"];
/// A member whose state is stored.
const STORED: &[&str] = &[
    "party.new",
    "party.save",
    "party.load",
    "mls.create_key_package",
    "mls.join_group",
    "mls.commit",
    "mls.handle_commit",
    "mls.handle_pending_commit",
    "mls.propose",
    "mls.update_proposal",
    "mls.store_psk",
    "mls.protect",
    "mls.unprotect",
    "mls.state_auth",
];
/// A member of groups that follow others.
const SUCCESSORS: &[&str] = &[
    "party.new",
    "mls.create_key_package",
    "mls.join_group",
    "mls.handle_commit",
    "mls.handle_reinit_welcome",
    "mls.handle_branch",
    "mls.protect",
    "mls.unprotect",
    "mls.state_auth",
];

/// What cases of groups have in common: the peer takes part, and nobody is fed randomness.
const fn of(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
    commands: &'static [&'static str],
) -> Case {
    let case = case.clauses(clauses).mutants(mutants).needs(Access::L1, commands);
    case.suite(super::PROFILE).with_peer().unfed()
}

/// A case of a member, with its clauses and seeded bugs.
pub const fn member(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    of(case, clauses, mutants, MEMBER)
}

/// A case of a member with pre-shared keys, with its clauses and seeded bugs.
pub const fn psk(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    of(case, clauses, mutants, PSK)
}

/// A case of somebody who joins from outside, with its clauses and seeded bugs.
pub const fn outside(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    of(case, clauses, mutants, OUTSIDE)
}

/// A case of a member whose state is stored, with its clauses and seeded bugs.
pub const fn stored(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    of(case, clauses, mutants, STORED)
}

/// A case of a member of groups that follow others, which not every adapter has, with its clauses and seeded bugs.
pub const fn successor(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    of(case, clauses, mutants, SUCCESSORS).optional()
}

/// A case of a member in Sceau's own profile.
pub const fn of_sceau(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    member(case, clauses, mutants).suite(super::OWN_PROFILE)
}

/// A case of a member that exports secrets, in Sceau's own profile.
pub const fn of_sceau_with_exporter(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    of(case, clauses, mutants, EXPORTER).suite(super::OWN_PROFILE)
}

/// A case of a member whose clock is fed, in Sceau's own profile.
pub const fn of_sceau_with_clock(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    of(case, clauses, mutants, CLOCK).suite(super::OWN_PROFILE)
}
