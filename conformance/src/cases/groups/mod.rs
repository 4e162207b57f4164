//! Groups (RFC 9420 in Sceau's profile), one topic a file; `kinds` says what they need, [`stage`] and [`twins`] set the scenes.
//!
//! The commands are those of `conformance/GROUPS.md`, which implementations of RFC 9420 beside Sceau's have as well; a
//! case therefore looks at no error class.

mod kinds;
pub mod stage;
pub mod twins;

mod adds;
mod commits;
mod epochs;
mod lists;
mod messages;
mod outside;
mod own;
mod packages;
mod paths;
mod proposals;
mod published;
mod removals;
mod restarts;
mod runs;
mod signatures;
mod successors;
mod updates;
mod welcomes;

use crate::case::Case;

/// The profile that an implementation declares to have these cases run.
pub const PROFILE: &str = "groups";

/// The profile that an implementation declares to have those of Sceau's own profile of groups run as well.
pub const OWN_PROFILE: &str = "groups of sceau";

/// All cases of groups.
#[must_use]
pub fn all() -> Vec<Case> {
    let topics = [
        runs::CASES,
        epochs::CASES,
        restarts::CASES,
        messages::CASES,
        proposals::CASES,
        commits::CASES,
        lists::CASES,
        paths::CASES,
        removals::CASES,
        updates::CASES,
        packages::CASES,
        adds::CASES,
        welcomes::CASES,
        successors::CASES,
        published::CASES,
        signatures::CASES,
        own::CASES,
        outside::CASES,
    ];
    topics.concat()
}
