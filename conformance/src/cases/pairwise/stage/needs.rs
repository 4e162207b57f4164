//! Commands that a case may need of the implementation's adapter.

/// Two lists one behind the other; `N` is the sum of their lengths.
const fn joined<const N: usize>(
    these: &[&'static str],
    more: &[&'static str],
) -> [&'static str; N] {
    let (mut all, mut at) = ([""; N], 0);
    while at < N {
        all[at] = if at < these.len() { these[at] } else { more[at - these.len()] };
        at += 1;
    }
    all
}

/// The commands of a list, and some more.
macro_rules! and {
    ($these:expr, $($more:literal),+) => {{
        const MORE: &[&str] = &[$($more),+];
        const ALL: [&str; $these.len() + MORE.len()] = joined($these, MORE);
        &ALL
    }};
}

/// An account alone.
pub const CREATE: &[&str] = &["party.new", "pw.create"];
/// A renewal alone.
pub const RENEWAL: &[&str] = and!(CREATE, "pw.renew");
/// Device lists alone.
pub const LISTS: &[&str] = and!(CREATE, "pw.apply_lists");
/// Bundles alone.
pub const VERIFY: &[&str] = and!(CREATE, "pw.batch", "pw.bundle", "pw.verify_bundle");
/// What is signed for a relay.
pub const SIGN: &[&str] = and!(CREATE, "pw.delivery_auth");
/// What a relay checks of it.
pub const CHECK: &[&str] = and!(CREATE, "pw.check_delivery_auth");

/// Safety numbers.
pub const NUMBER: &[&str] = and!(CREATE, "pw.safety_number");
/// Safety numbers after a renewal.
pub const NUMBER_RENEW: &[&str] = and!(NUMBER, "pw.renew");
/// Verification codes.
pub const CODE: &[&str] = and!(NUMBER, "pw.check_code");
/// Verification codes of pinned accounts.
pub const CODE_PINNED: &[&str] = and!(CODE, "pw.apply_lists");

/// A conversation, whichever side the implementation plays.
pub const TALK: &[&str] =
    and!(CREATE, "pw.batch", "pw.bundle", "pw.initiate", "pw.send", "pw.receive");
/// A conversation under a policy.
pub const POLICY: &[&str] = and!(TALK, "party.policy");
/// A conversation with lists applied beforehand.
pub const PINNED: &[&str] = and!(TALK, "pw.apply_lists");
/// A conversation after a renewal.
pub const RENEW: &[&str] = and!(PINNED, "pw.renew");
/// A conversation and its exporter.
pub const EXPORT: &[&str] = and!(TALK, "pw.export");
/// A conversation and its mailboxes.
pub const MAILBOXES: &[&str] = and!(TALK, "pw.mailboxes");

/// A conversation that is looked at.
pub const WATCH: &[&str] = and!(TALK, "party.observe");
/// Those of `WATCH` under a policy.
pub const LIMITED: &[&str] = and!(WATCH, "party.policy");
/// Those of `WATCH`, stored and loaded.
pub const STORED: &[&str] = and!(WATCH, "party.free", "party.save", "party.load");
/// Those of `WATCH` and `pw.expire`.
pub const EXPIRE: &[&str] = and!(WATCH, "pw.expire");
/// Those of `WATCH`, with lists applied.
pub const LISTED: &[&str] = and!(WATCH, "pw.apply_lists");
/// Those of `LISTED`, under a policy.
pub const LISTED_POLICY: &[&str] = and!(LISTED, "party.policy");
/// Those of `LISTED`, stored and loaded.
pub const LISTED_STORED: &[&str] = and!(LISTED, "party.save", "party.load");
/// Those of `LISTED`, with lists signed anew.
pub const REISSUE: &[&str] = and!(LISTED, "party.reissue_list");
/// Those of `REISSUE`, stored and loaded.
pub const REISSUE_STORED: &[&str] = and!(REISSUE, "party.save", "party.load");
/// Those of `WATCH`, with the caller's decision on a session.
pub const ASKED: &[&str] = and!(WATCH, "pw.accept_session", "pw.decline_session");
/// Those of `ASKED`, stored and loaded.
pub const ASKED_STORED: &[&str] = and!(ASKED, "party.save", "party.load");
/// Those of `ASKED`, with lists applied.
pub const ASKED_LISTED: &[&str] = and!(ASKED, "pw.apply_lists");

/// A conversation whose state is moved to another party.
pub const PORT: &[&str] = and!(WATCH, "party.export_state", "party.import_state");
/// A conversation of which each step's changes are looked at.
pub const STEPS: &[&str] = and!(TALK, "party.export_state", "party.step_changes");
/// Those of `PORT`, with lists and the caller's decision on a session; each step's changes are looked at.
pub const PORT_ASKED: &[&str] = and!(
    ASKED_LISTED,
    "party.export_state",
    "party.import_state",
    "party.step_changes",
    "pw.expire"
);
/// Those of `PORT`, with renewals and lists signed anew.
pub const PORT_RENEW: &[&str] = and!(PORT, "pw.renew", "party.reissue_list");
