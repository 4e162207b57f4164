//! Commands that a case may need of the implementation's adapter.

/// A member: groups, Welcomes, Commits, messages.
pub const MEMBER: &[&str] = &[
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
pub const PSK: &[&str] = &[
    "party.new",
    "mls.create_key_package",
    "mls.join_group",
    "mls.handle_commit",
    "mls.protect",
    "mls.unprotect",
    "mls.state_auth",
    "mls.store_psk",
];
/// Joining from outside.
pub const OUTSIDE: &[&str] =
    &["party.new", "mls.external_join", "mls.protect", "mls.unprotect", "mls.state_auth"];
/// A member whose state is stored.
pub const STORED: &[&str] = &[
    "party.new",
    "party.save",
    "party.load",
    "mls.create_key_package",
    "mls.join_group",
    "mls.handle_commit",
    "mls.protect",
    "mls.unprotect",
    "mls.state_auth",
];
/// A member of groups that follow others.
pub const SUCCESSORS: &[&str] = &[
    "party.new",
    "mls.create_key_package",
    "mls.join_group",
    "mls.handle_commit",
    "mls.handle_reinit_welcome",
    "mls.handle_branch",
];
