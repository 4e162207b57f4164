//! Explicit-state search over the rules of the page Replacement: two devices that initiate, give up, recover,
//! send, close, accept and decline in any order, with messages delivered in any order (in
//! the runs with `close`: in the order in which their device sent them).
//!
//! Clauses: the five cases by which a new session enters, REP-01 to REP-04, REP-10, REP-12 to REP-15, step 7 of
//! `accept` (`unknown_psk`), HS-06, HS-09, HS-10 (a repeated first message finds its session, or is refused).
//!
//! What is left out: contents, keys (a session that a device has can be decrypted), `absorb`, ages other than
//! `simultaneous_window` (a tick makes every session older than it), the bound on archived sessions.
//!
//! Usage: `replacement ID` with the id of a run; prints a line `RESULT … is true.` or `… is false.` for each query,
//! and after a false one the shortest history that shows it.

mod queries;
mod rules;
mod search;
mod state;
mod steps;

use queries::Query;
use queries::Query::{
    Answered, Converged, Decided, Heard, NeverAsked, NeverSilent, NextConverges, NotAdmitted,
    NotAnswered, NotBothDone, NotClosed, NotForged, NothingLost, NothingStolen, OwnEndAlone,
    SameIfHeard, StatedApart, StatedHeard, StatedStolen, WillConverge,
};
use rules::Rules;
use state::World;
use std::process::ExitCode;
use steps::{NOTHING, Scope};

/// A scenario: where it starts, what may happen, what is asked.
type Run = (Vec<World>, Scope, Vec<Query>);

fn all_starts() -> Vec<World> {
    vec![World::strangers(), World::acquainted(0), World::acquainted(1)]
}

fn in_line(starts: Vec<World>) -> Vec<World> {
    starts.into_iter().map(|start| World { in_line: true, ..start }).collect()
}

/// Both initiate within the window; where they have a session, with its PSK.
fn simultaneous() -> Run {
    let scope = Scope { initiates: [1, 1], sends: [2, 2], ..NOTHING };
    (all_starts(), scope, vec![Converged, NothingLost, NeverAsked, NeverSilent, NotBothDone])
}

/// The same between strangers, where each handshake may be a recovery.
fn simultaneous_recovery() -> Run {
    let (_, scope, queries) = simultaneous();
    let scope = Scope { recovers: [1, 1], one_handshake_each: true, ..scope };
    (vec![World::strangers()], scope, queries)
}

/// One side gives a handshake up and makes another, and the peer's user decides either way.
fn given_up() -> Run {
    let scope = Scope { initiates: [2, 0], sends: [2, 3], ticks: 2, in_order: true, ..NOTHING };
    (all_starts(), scope, vec![WillConverge, NeverSilent, NotAnswered])
}

/// Two handshakes given up, first messages in any order, each question declined.
fn given_up_twice() -> Run {
    let (starts, scope, queries) = given_up();
    let scope =
        Scope { initiates: [3, 0], sends: [2, 3], accepts: false, in_order: false, ..scope };
    (starts, scope, queries)
}

/// Both sides initiate, one or both twice, each question declined.
fn both_give_up() -> Run {
    let scope = Scope { initiates: [2, 2], sends: [1, 1], ticks: 2, accepts: false, ..NOTHING };
    (all_starts(), scope, vec![WillConverge, NeverSilent, NotBothDone])
}

/// The same, and the questions are accepted or declined.
fn both_accepted() -> Run {
    let (starts, scope, _) = both_give_up();
    let scope = Scope { accepts: true, ..scope };
    (starts, scope, vec![StatedApart, NextConverges, NeverSilent])
}

/// A first message overtakes a newer one of the same device, is asked about and accepted.
fn overtaken() -> Run {
    let (starts, scope, _) = given_up();
    let scope = Scope { in_order: false, sends: [1, 2], ..scope };
    (starts, scope, vec![StatedApart, NextConverges, NeverSilent])
}

/// Between strangers: a handshake and a recovery, which may be made in the same second, by one side.
fn recovery_in_same_second() -> Run {
    let scope = Scope {
        initiates: [1, 0],
        recovers: [1, 0],
        declines: false,
        sends: [2, 3],
        ticks: 1,
        in_order: true,
        ..NOTHING
    };
    let start = World { slow_clock: true, ..World::strangers() };
    (vec![start], scope, vec![WillConverge, NeverSilent, NotAnswered])
}

/// One side gives a handshake up and makes another, either side closes at any time, each question is declined, and what
/// a device sends arrives in the order in which it was sent.
fn closed() -> Run {
    let scope = Scope {
        initiates: [2, 0],
        sends: [3, 4],
        closes: [2, 3],
        ticks: 2,
        accepts: false,
        ..NOTHING
    };
    let queries = vec![SameIfHeard, Heard, Answered, OwnEndAlone, NeverSilent, NotClosed];
    (in_line(all_starts()), scope, queries)
}

/// The same, and the questions are accepted or declined.
fn closed_accepted() -> Run {
    let (starts, scope, _) = closed();
    let scope = Scope { accepts: true, ..scope };
    (starts, scope, vec![StatedHeard, Heard, Answered, OwnEndAlone, NeverSilent, NotClosed])
}

/// Devices that are new in known accounts: their lists come at any time, alone or with a handshake.
fn new_device() -> Run {
    let starts = [&[0][..], &[1], &[0, 1]].map(World::with_new_device);
    let scope = Scope { initiates: [2, 1], sends: [1, 1], closes: [1, 1], ticks: 1, ..NOTHING };
    (starts.into(), scope, vec![Decided, NeverSilent, NotAdmitted])
}

/// Everything, and one handshake of a thief.
fn thief() -> Run {
    let scope = Scope { initiates: [1, 1], sends: [1, 1], ticks: 1, forgeries: 1, ..NOTHING };
    (all_starts(), scope, vec![NeverSilent, NothingStolen, NotForged])
}

/// The same with a handshake given up.
fn thief_given_up() -> Run {
    let (starts, scope, queries) = thief();
    (starts, Scope { initiates: [2, 1], sends: [0, 1], ..scope }, queries)
}

/// A device initiates twice, once with a bundle that a thief has signed with the peer's keys.
fn thief_bundle() -> Run {
    let scope = Scope { initiates: [2, 0], sends: [0, 1], ticks: 1, thief_bundles: 1, ..NOTHING };
    (all_starts(), scope, vec![NeverSilent, StatedStolen])
}

fn run(id: &str) -> Option<(Rules, Run)> {
    let text = Rules::default();
    let (rules, run) = match id {
        "rep-simultaneous" => (text, simultaneous()),
        "rep-simultaneous-by-arrival" => {
            (Rules { winner_by_arrival: true, ..text }, simultaneous())
        }
        "rep-simultaneous-no-case-2" => {
            (Rules { case2_established_only: true, ..text }, simultaneous())
        }
        "rep-simultaneous-recovery" => (text, simultaneous_recovery()),
        "rep-given-up" => (text, given_up()),
        "rep-given-up-stays" => (Rules { without_rep14: true, ..text }, given_up()),
        "rep-given-up-twice" => (text, given_up_twice()),
        "rep-given-up-twice-stays" => (Rules { without_rep14: true, ..text }, given_up_twice()),
        "rep-both" => (text, both_give_up()),
        "rep-both-live-alone" => (Rules { case2_live_only: true, ..text }, both_give_up()),
        "rep-both-accepted" => (text, both_accepted()),
        "rep-overtaken" => (text, overtaken()),
        "rep-tie" => (text, recovery_in_same_second()),
        "rep-tie-unbroken" => (Rules { without_tie: true, ..text }, recovery_in_same_second()),
        "rep-close" => (text, closed()),
        "rep-close-revives" => (Rules { close_revives: true, ..text }, closed()),
        "rep-close-nothing-live" => (Rules { rep14_over_live_alone: true, ..text }, closed()),
        "rep-close-accepted" => (text, closed_accepted()),
        "rep-close-accepted-nothing-live" => {
            (Rules { rep14_over_live_alone: true, ..text }, closed_accepted())
        }
        "rep-new-device" => (text, new_device()),
        "rep-new-device-asked-once" => (Rules { asked_once: true, ..text }, new_device()),
        "rep-new-device-declined" => (Rules { decline_confirms: true, ..text }, new_device()),
        "rep-silent" => (text, thief()),
        "rep-silent-case-5" => (Rules { case5_silent: true, ..text }, thief()),
        "rep-silent-any-origin" => (Rules { any_origin: true, ..text }, thief()),
        "rep-silent-given-up" => (text, thief_given_up()),
        "rep-silent-given-up-any-origin" => (Rules { any_origin: true, ..text }, thief_given_up()),
        "rep-thief-bundle" => (text, thief_bundle()),
        _ => return None,
    };
    Some((rules, run))
}

fn main() -> ExitCode {
    let id = std::env::args().nth(1).unwrap_or_default();
    let Some((rules, (starts, scope, queries))) = run(&id) else {
        eprintln!("no such run: {id}");
        return ExitCode::FAILURE;
    };
    let (states, broken) = search::search(starts, rules, &scope, &queries);
    println!("{states} states");
    for (query, history) in queries.iter().zip(broken) {
        println!("RESULT {} is {}.", query.name(), history.is_none());
        for (at, step) in history.into_iter().flatten().enumerate() {
            println!("  {}. {step}", at + 1);
        }
    }
    ExitCode::SUCCESS
}
