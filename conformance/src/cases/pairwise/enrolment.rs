//! What makes no device, and no renewal.

use super::stage::{CREATE, RENEWAL, Setup, USUAL, create_call, device};
use super::twins::judge;
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, START, Scene};

const fn case(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, CREATE).suite(super::PROFILE)
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative("PW-ID-CREATE-171n", "The serial of a device is not 0.", |s, t| made(s, t, &USUAL, &Setup { serial: 0, ..USUAL })), &["ID-25", "ID-01"]),
    case(Case::negative("PW-ID-CREATE-172n", "The number of a list is not 0.", |s, t| made(s, t, &USUAL, &Setup { list_number: 0, ..USUAL })), &["ID-25", "ID-01"]),
    case(Case::negative("PW-ID-CREATE-173n", "A device has a suite.", |s, t| made(s, t, &USUAL, &Setup { suites: &[], ..USUAL })), &["ID-25", "ID-01"]),
    case(Case::negative("PW-ID-CREATE-174n", "A device has no suite twice.", |s, t| made(s, t, &SUITES, &TWICE)), &["ID-25", "ID-01"]),
    case(Case::negative("PW-ID-CREATE-175n", "A device has eight suites, not nine.", |s, t| made(s, t, &EIGHT, &NINE)), &["ID-25", "LIM-01"]),
    case(Case::negative("PW-ID-CREATE-176n", "A credential ends after it begins.", |s, t| made(s, t, &ends(1), &ends(0))), &["ID-25", "ID-12"]),
    case(Case::negative("PW-ID-CREATE-177n", "A credential does not end before it begins.", |s, t| made(s, t, &ends(1), &Setup { not_before: START, not_after: START - 1, ..USUAL })), &["ID-25", "ID-12"]),
    case(Case::negative("PW-ID-RENEW-178n", "A renewed credential ends after it begins.", renewed), &["ID-25", "ID-15"]).needs(Access::L2, RENEWAL),
];

const SUITES: Setup = Setup { suites: &["0001", "f0f0", "f0f1"], ..USUAL };
const TWICE: Setup = Setup { suites: &["0001", "f0f0", "f0f0"], ..USUAL };
const EIGHT: Setup =
    Setup { suites: &["0001", "f0f0", "f0f1", "f0f2", "f0f3", "f0f4", "f0f5", "f0f6"], ..USUAL };
const NINE: Setup = Setup {
    suites: &["0001", "f0f0", "f0f1", "f0f2", "f0f3", "f0f4", "f0f5", "f0f6", "f0f7"],
    ..USUAL
};

/// A credential so many seconds long.
const fn ends(later: u64) -> Setup {
    Setup { not_before: START, not_after: START + later, ..USUAL }
}

/// A refusal leaves the party without a device, so that one can be made.
fn made(scene: &mut Scene, twin: Twin, good: &Setup, bad: &Setup) -> Outcome {
    let party = scene.party("alice", Home::Iut)?;
    match twin {
        Twin::Control => create_call(scene, party, good).ok()?,
        Twin::Deviant => {
            create_call(scene, party, bad).refused_with("misuse")?;
            create_call(scene, party, good).ok()?
        }
    };
    Ok(())
}

/// The credential begins a day before the case does.
fn renewed(scene: &mut Scene, twin: Twin) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    let begins = USUAL.not_before;
    for bad in [begins, begins - 1, 0] {
        let not_after = twin.pick(begins + 1, bad);
        let call = scene.call(alice.party, "pw.renew").long("not_after", not_after);
        judge(call, twin, "misuse")?;
    }
    Ok(())
}
