//! Commands that a case may need of the implementation's adapter.

/// A conversation, whichever side the implementation plays.
pub const TALK: &[&str] =
    &["party.new", "pw.create", "pw.batch", "pw.bundle", "pw.initiate", "pw.send", "pw.receive"];

/// Those and `party.observe`.
pub const WATCH: &[&str] = &[
    "party.new",
    "party.observe",
    "pw.create",
    "pw.batch",
    "pw.bundle",
    "pw.initiate",
    "pw.send",
    "pw.receive",
];

/// Those and `party.policy`.
pub const LIMITED: &[&str] = &[
    "party.new",
    "party.observe",
    "party.policy",
    "pw.create",
    "pw.batch",
    "pw.bundle",
    "pw.initiate",
    "pw.send",
    "pw.receive",
];

/// Those of `WATCH`, stored and loaded.
pub const STORED: &[&str] = &[
    "party.new",
    "party.free",
    "party.observe",
    "party.save",
    "party.load",
    "pw.create",
    "pw.batch",
    "pw.bundle",
    "pw.initiate",
    "pw.send",
    "pw.receive",
];

/// Those of `WATCH` and `pw.expire`.
pub const EXPIRE: &[&str] = &[
    "party.new",
    "party.observe",
    "pw.expire",
    "pw.create",
    "pw.batch",
    "pw.bundle",
    "pw.initiate",
    "pw.send",
    "pw.receive",
];

/// Those of `WATCH`, with the caller's decision on a session.
pub const ASKED: &[&str] = &[
    "party.new",
    "party.observe",
    "pw.accept_session",
    "pw.decline_session",
    "pw.create",
    "pw.batch",
    "pw.bundle",
    "pw.initiate",
    "pw.send",
    "pw.receive",
];

/// Those of `ASKED`, stored and loaded.
pub const ASKED_STORED: &[&str] = &[
    "party.new",
    "party.observe",
    "party.save",
    "party.load",
    "pw.accept_session",
    "pw.decline_session",
    "pw.create",
    "pw.batch",
    "pw.bundle",
    "pw.initiate",
    "pw.send",
    "pw.receive",
];

/// A conversation under a policy.
pub const POLICY: &[&str] = &[
    "party.new",
    "party.policy",
    "pw.create",
    "pw.batch",
    "pw.bundle",
    "pw.initiate",
    "pw.send",
    "pw.receive",
];

/// A conversation with lists applied beforehand.
pub const PINNED: &[&str] = &[
    "party.new",
    "pw.apply_lists",
    "pw.create",
    "pw.batch",
    "pw.bundle",
    "pw.initiate",
    "pw.send",
    "pw.receive",
];

/// A conversation after a renewal.
pub const RENEW: &[&str] = &[
    "party.new",
    "pw.renew",
    "pw.apply_lists",
    "pw.create",
    "pw.batch",
    "pw.bundle",
    "pw.initiate",
    "pw.send",
    "pw.receive",
];

/// A conversation and its exporter.
pub const EXPORT: &[&str] = &[
    "party.new",
    "pw.export",
    "pw.create",
    "pw.batch",
    "pw.bundle",
    "pw.initiate",
    "pw.send",
    "pw.receive",
];

/// A conversation and its mailboxes.
pub const MAILBOXES: &[&str] = &[
    "party.new",
    "pw.mailboxes",
    "pw.create",
    "pw.batch",
    "pw.bundle",
    "pw.initiate",
    "pw.send",
    "pw.receive",
];

/// Device lists alone.
pub const LISTS: &[&str] = &["party.new", "pw.create", "pw.apply_lists"];

/// Bundles alone.
pub const VERIFY: &[&str] =
    &["party.new", "pw.create", "pw.batch", "pw.bundle", "pw.verify_bundle"];

/// Safety numbers.
pub const NUMBER: &[&str] = &["party.new", "pw.create", "pw.safety_number"];

/// Safety numbers after a renewal.
pub const NUMBER_RENEW: &[&str] = &["party.new", "pw.create", "pw.renew", "pw.safety_number"];

/// Verification codes.
pub const CODE: &[&str] = &["party.new", "pw.create", "pw.safety_number", "pw.check_code"];

/// Verification codes of pinned accounts.
pub const CODE_PINNED: &[&str] =
    &["party.new", "pw.create", "pw.safety_number", "pw.check_code", "pw.apply_lists"];
