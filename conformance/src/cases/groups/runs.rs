//! What a group does when all are honest, whoever commits, in each suite; the peer checks what the implementation makes.

use super::kinds::{member as case, psk as case_psk};
use super::stage::{
    Cast, Change, EXTENSIONS, Made, Member, Row, USUAL, add, added, agree, call, cast, clear,
    commit, commit_call, create_call, demand, group, join_call, key_package, key_package_call,
    member, merge, pair, path, propose, propose_call, propose_update, psk, removed, say, state,
    step, store_psk, take, take_call, value,
};
use super::twins::{external_call, group_info};
use crate::case::{Case, Outcome, Twin};
use crate::digest::hex;
use crate::scene::{Home, Scene};

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive_of("GR-RUN-CREATE-001p", "The implementation makes a group in suite 0x0001 and adds others to it.", create, "-"), &["GRP-25", "GRP-27"], &[]),
    case(Case::positive_of("GR-RUN-CREATE-002p", "The implementation makes a group in suite 0x0003 and adds others to it.", create, "- 0003"), &["GRP-25", "GRP-27"], &[]).optional(),
    case(Case::positive_of("GR-RUN-CREATE-003p", "The implementation makes a group in suite 0xF64A and adds others to it.", create, "- f64a"), &["GRP-10", "GRP-25", "GRP-27"], &[]).optional(),
    case(Case::positive_of("GR-RUN-CREATE-004p", "The implementation makes a group with public handshakes and adds others to it.", create, "- public"), &["GRP-46", "GRP-25"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-005p", "The implementation commits a path alone.", commits, "-"), &["GRP-26", "GRP-27", "GRP-31"], &["T2"]),
    case(Case::positive_of("GR-RUN-COMMIT-006p", "The implementation commits a path alone, in public.", commits, "- public"), &["GRP-26", "GRP-27", "GRP-31"], &["T2"]),
    case(Case::positive_of("GR-RUN-COMMIT-007p", "The implementation commits a path alone, in suite 0x0003.", commits, "- 0003"), &["GRP-26", "GRP-27", "GRP-31"], &["T2"]).optional(),
    case(Case::positive_of("GR-RUN-COMMIT-008p", "The implementation commits a path alone, in suite 0xF64A.", commits, "- f64a"), &["GRP-26", "GRP-27", "GRP-31"], &[]).optional(),
    case(Case::positive_of("GR-RUN-COMMIT-009p", "The implementation commits an Add.", commits, "- add"), &["GRP-25", "GRP-95"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-010p", "The implementation commits an Add, in public.", commits, "- add public"), &["GRP-25", "GRP-95"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-011p", "The implementation commits an Add with a path.", commits, "- add forced"), &["GRP-25", "GRP-95"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-012p", "The implementation commits an Add with a path, in public.", commits, "- add forced public"), &["GRP-25", "GRP-95"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-013p", "The implementation commits an Add with a path, in suite 0x0003.", commits, "- add forced 0003"), &["GRP-25", "GRP-95"], &[]).optional(),
    case(Case::positive_of("GR-RUN-COMMIT-014p", "The implementation commits an Add with a path, in suite 0xF64A.", commits, "- add forced f64a"), &["GRP-25", "GRP-95"], &[]).optional(),
    case(Case::positive_of("GR-RUN-COMMIT-015p", "The implementation commits a Remove.", commits, "- remove"), &["GRP-25", "GRP-87"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-016p", "The implementation commits a Remove, in public.", commits, "- remove public"), &["GRP-25", "GRP-87"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-017p", "The implementation commits a Remove and an Add.", commits, "- remove add"), &["GRP-83", "GRP-25"], &["C8"]),
    case(Case::positive_of("GR-RUN-COMMIT-018p", "The implementation commits a Remove and an Add, in public.", commits, "- remove add public"), &["GRP-83", "GRP-25"], &["C8"]),
    case(Case::positive_of("GR-RUN-COMMIT-019p", "The implementation commits a Remove and an Add, in suite 0x0003.", commits, "- remove add 0003"), &["GRP-83", "GRP-25"], &["C8"]).optional(),
    case(Case::positive_of("GR-RUN-COMMIT-020p", "The implementation commits a Remove and an Add, in suite 0xF64A.", commits, "- remove add f64a"), &["GRP-83", "GRP-25"], &["C8"]).optional(),
    case_psk(Case::positive_of("GR-RUN-COMMIT-021p", "The implementation commits an external key.", commits, "- psk"), &["GRP-32", "GRP-67"], &[]),
    case_psk(Case::positive_of("GR-RUN-COMMIT-022p", "The implementation commits an external key, in public.", commits, "- psk public"), &["GRP-32", "GRP-67"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-023p", "The implementation commits a resumption key.", commits, "- resumption"), &["GRP-66", "GRP-34"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-024p", "The implementation commits a resumption key, in public.", commits, "- resumption public"), &["GRP-66", "GRP-34"], &[]),
    case_psk(Case::positive_of("GR-RUN-COMMIT-025p", "The implementation commits both kinds of keys.", commits, "- psk resumption"), &["GRP-32"], &["M24", "M24b"]),
    case_psk(Case::positive_of("GR-RUN-COMMIT-026p", "The implementation commits both kinds of keys, in public.", commits, "- psk resumption public"), &["GRP-32"], &["M24", "M24b"]),
    case(Case::positive_of("GR-RUN-COMMIT-027p", "The implementation commits GroupContextExtensions.", commits, "- extensions"), &["GRP-69", "GRP-87"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-028p", "The implementation commits GroupContextExtensions, in public.", commits, "- extensions public"), &["GRP-69", "GRP-87"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-029p", "The implementation commits an Update.", commits, "- update"), &["GRP-57", "GRP-60"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-030p", "The implementation commits an Update, in public.", commits, "- update public"), &["GRP-57", "GRP-60"], &[]),
    case_psk(Case::positive_of("GR-RUN-COMMIT-031p", "The implementation commits a proposal by reference.", commits, "- propose"), &["GRP-86"], &[]),
    case_psk(Case::positive_of("GR-RUN-COMMIT-032p", "The implementation commits a proposal by reference, in public.", commits, "- propose public"), &["GRP-86"], &[]),
    case_psk(Case::positive_of("GR-RUN-COMMIT-033p", "The implementation commits two references and an Add.", commits, "- update propose add"), &["GRP-83", "GRP-86"], &[]),
    case_psk(Case::positive_of("GR-RUN-COMMIT-034p", "The implementation commits two references and an Add, in public.", commits, "- update propose add public"), &["GRP-83", "GRP-86"], &[]),
    case_psk(Case::positive_of("GR-RUN-COMMIT-035p", "The implementation commits two references and an Add, in suite 0x0003.", commits, "- update propose add 0003"), &["GRP-83", "GRP-86"], &[]).optional(),
    case_psk(Case::positive_of("GR-RUN-COMMIT-036p", "The implementation commits two references and an Add, in suite 0xF64A.", commits, "- update propose add f64a"), &["GRP-83", "GRP-86"], &[]).optional(),
    case(Case::positive_of("GR-RUN-COMMIT-037p", "The implementation commits a path over another.", commits, "- filled"), &["GRP-26", "GRP-90"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-038p", "The implementation commits a path over another, in public.", commits, "- filled public"), &["GRP-26", "GRP-90"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-039p", "The implementation commits a path beside a blank leaf.", commits, "- blank filled"), &["GRP-26"], &[]),
    case(Case::positive_of("GR-RUN-COMMIT-040p", "The implementation commits a path beside a blank leaf, in public.", commits, "- blank filled public"), &["GRP-26"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-041p", "The implementation takes a path alone.", takes, "-"), &["GRP-26", "GRP-27", "GRP-31"], &["M6", "M8", "M10", "M10b", "M11", "M14", "M21", "T22"]),
    case(Case::positive_of("GR-RUN-TAKE-042p", "The implementation takes a path alone, in public.", takes, "- public"), &["GRP-26", "GRP-27", "GRP-31"], &["M6", "M8", "M10", "M10b", "M11", "M14", "M21", "T22"]),
    case(Case::positive_of("GR-RUN-TAKE-043p", "The implementation takes a path alone, in suite 0x0003.", takes, "- 0003"), &["GRP-26", "GRP-27", "GRP-31"], &["M6", "M8", "M10", "M10b", "M11", "M14", "M21", "T22"]).optional(),
    case(Case::positive_of("GR-RUN-TAKE-044p", "The implementation takes a path alone, in suite 0xF64A.", takes, "- f64a"), &["GRP-26", "GRP-27", "GRP-31"], &["M6", "M8", "M10", "M10b", "M11", "M14", "M21", "T22"]).optional(),
    case(Case::positive_of("GR-RUN-TAKE-045p", "The implementation takes an Add.", takes, "- add"), &["GRP-25", "GRP-95"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-046p", "The implementation takes an Add, in public.", takes, "- add public"), &["GRP-25", "GRP-95"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-047p", "The implementation takes an Add with a path.", takes, "- add forced"), &["GRP-25", "GRP-95"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-048p", "The implementation takes an Add with a path, in public.", takes, "- add forced public"), &["GRP-25", "GRP-95"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-049p", "The implementation takes an Add with a path, in suite 0x0003.", takes, "- add forced 0003"), &["GRP-25", "GRP-95"], &[]).optional(),
    case(Case::positive_of("GR-RUN-TAKE-050p", "The implementation takes an Add with a path, in suite 0xF64A.", takes, "- add forced f64a"), &["GRP-25", "GRP-95"], &[]).optional(),
    case(Case::positive_of("GR-RUN-TAKE-051p", "The implementation takes a Remove.", takes, "- remove"), &["GRP-25", "GRP-87"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-052p", "The implementation takes a Remove, in public.", takes, "- remove public"), &["GRP-25", "GRP-87"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-053p", "The implementation takes a Remove and an Add.", takes, "- remove add"), &["GRP-83", "GRP-25"], &["C8"]),
    case(Case::positive_of("GR-RUN-TAKE-054p", "The implementation takes a Remove and an Add, in public.", takes, "- remove add public"), &["GRP-83", "GRP-25"], &["C8"]),
    case(Case::positive_of("GR-RUN-TAKE-055p", "The implementation takes a Remove and an Add, in suite 0x0003.", takes, "- remove add 0003"), &["GRP-83", "GRP-25"], &["C8"]).optional(),
    case(Case::positive_of("GR-RUN-TAKE-056p", "The implementation takes a Remove and an Add, in suite 0xF64A.", takes, "- remove add f64a"), &["GRP-83", "GRP-25"], &[]).optional(),
    case_psk(Case::positive_of("GR-RUN-TAKE-057p", "The implementation takes an external key.", takes, "- psk"), &["GRP-32", "GRP-67"], &[]),
    case_psk(Case::positive_of("GR-RUN-TAKE-058p", "The implementation takes an external key, in public.", takes, "- psk public"), &["GRP-32", "GRP-67"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-059p", "The implementation takes a resumption key.", takes, "- resumption"), &["GRP-66", "GRP-34"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-060p", "The implementation takes a resumption key, in public.", takes, "- resumption public"), &["GRP-66", "GRP-34"], &[]),
    case_psk(Case::positive_of("GR-RUN-TAKE-061p", "The implementation takes both kinds of keys.", takes, "- psk resumption"), &["GRP-32"], &["M24", "M24b"]),
    case_psk(Case::positive_of("GR-RUN-TAKE-062p", "The implementation takes both kinds of keys, in public.", takes, "- psk resumption public"), &["GRP-32"], &["M24", "M24b"]),
    case(Case::positive_of("GR-RUN-TAKE-063p", "The implementation takes GroupContextExtensions.", takes, "- extensions"), &["GRP-69", "GRP-87"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-064p", "The implementation takes GroupContextExtensions, in public.", takes, "- extensions public"), &["GRP-69", "GRP-87"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-065p", "The implementation takes an Update.", takes, "- update"), &["GRP-57", "GRP-60"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-066p", "The implementation takes an Update, in public.", takes, "- update public"), &["GRP-57", "GRP-60"], &[]),
    case_psk(Case::positive_of("GR-RUN-TAKE-067p", "The implementation takes a proposal by reference.", takes, "- propose"), &["GRP-86"], &[]),
    case_psk(Case::positive_of("GR-RUN-TAKE-068p", "The implementation takes a proposal by reference, in public.", takes, "- propose public"), &["GRP-86"], &[]),
    case_psk(Case::positive_of("GR-RUN-TAKE-069p", "The implementation takes two references and an Add.", takes, "- update propose add"), &["GRP-83", "GRP-86"], &[]),
    case_psk(Case::positive_of("GR-RUN-TAKE-070p", "The implementation takes two references and an Add, in public.", takes, "- update propose add public"), &["GRP-83", "GRP-86"], &[]),
    case_psk(Case::positive_of("GR-RUN-TAKE-071p", "The implementation takes two references and an Add, in suite 0x0003.", takes, "- update propose add 0003"), &["GRP-83", "GRP-86"], &[]).optional(),
    case_psk(Case::positive_of("GR-RUN-TAKE-072p", "The implementation takes two references and an Add, in suite 0xF64A.", takes, "- update propose add f64a"), &["GRP-83", "GRP-86"], &[]).optional(),
    case(Case::positive_of("GR-RUN-TAKE-073p", "The implementation takes a path over another.", takes, "- filled"), &["GRP-26", "GRP-90"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-074p", "The implementation takes a path over another, in public.", takes, "- filled public"), &["GRP-26", "GRP-90"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-075p", "The implementation takes a path beside a blank leaf.", takes, "- blank filled"), &["GRP-26"], &[]),
    case(Case::positive_of("GR-RUN-TAKE-076p", "The implementation takes a path beside a blank leaf, in public.", takes, "- blank filled public"), &["GRP-26"], &[]),
    case(Case::positive_of("GR-RUN-PROPOSE-077p", "The implementation proposes an Add.", proposes, "- add"), &["GRP-86"], &[]),
    case(Case::positive_of("GR-RUN-PROPOSE-078p", "The implementation proposes a Remove.", proposes, "- remove"), &["GRP-86"], &[]),
    case_psk(Case::positive_of("GR-RUN-PROPOSE-079p", "The implementation proposes an external key.", proposes, "- psk"), &["GRP-86"], &[]),
    case(Case::positive_of("GR-RUN-PROPOSE-080p", "The implementation proposes an Update.", proposes, "- update"), &["GRP-86"], &[]),
    case(Case::positive_of("GR-RUN-PROPOSE-081p", "The implementation proposes GroupContextExtensions.", proposes, "- extensions"), &["GRP-86"], &[]),
    case(Case::positive_of("GR-RUN-PROPOSE-082p", "The implementation proposes three things.", proposes, "- add remove update"), &["GRP-86"], &[]),
    case(Case::positive_of("GR-RUN-PROPOSE-083p", "The implementation proposes an Add, in public.", proposes, "- add public"), &["GRP-86"], &[]),
    case(Case::positive_of("GR-RUN-PROPOSE-084p", "The implementation proposes a Remove, in public.", proposes, "- remove public"), &["GRP-86"], &[]),
    case_psk(Case::positive_of("GR-RUN-PROPOSE-085p", "The implementation proposes an external key, in public.", proposes, "- psk public"), &["GRP-86"], &[]),
    case(Case::positive_of("GR-RUN-PROPOSE-086p", "The implementation proposes an Update, in public.", proposes, "- update public"), &["GRP-86"], &[]),
    case(Case::positive_of("GR-RUN-PROPOSE-087p", "The implementation proposes GroupContextExtensions, in public.", proposes, "- extensions public"), &["GRP-86"], &[]),
    case(Case::positive_of("GR-RUN-PROPOSE-088p", "The implementation proposes three things, in public.", proposes, "- add remove update public"), &["GRP-86"], &[]),
    case(Case::positive_of("GR-RUN-TURNS-090p", "Members commit in turn, and talk, for nine epochs.", turns, "-"), &["GRP-31", "GRP-30", "GRP-27"], &["M23", "M25"]),
    case(Case::positive_of("GR-RUN-OUTSIDE-091p", "The implementation joins from outside, and again.", from_outside, "-"), &["GJN-12", "GJN-13", "GRP-81"], &[]),
    case(Case::positive_of("GR-RUN-LETIN-092p", "Somebody joins from outside by a GroupInfo of the implementation.", let_in, "-"), &["GJN-13", "GRP-80", "GRP-81"], &[]),
    case(Case::positive_of("GR-RUN-TURNS-093p", "Members commit in turn, and talk, for nine epochs, in public.", turns, "- public"), &["GRP-31", "GRP-30", "GRP-27"], &["M23", "M25"]),
    case(Case::positive_of("GR-RUN-OUTSIDE-094p", "The implementation joins from outside, and again, in public.", from_outside, "- public"), &["GJN-12", "GJN-13", "GRP-81"], &[]),
    case(Case::positive_of("GR-RUN-LETIN-095p", "Somebody joins from outside by a GroupInfo of the implementation, in public.", let_in, "- public"), &["GJN-13", "GRP-80", "GRP-81"], &[]),
    case(Case::positive_of("GR-RUN-TURNS-096p", "Members commit in turn, and talk, for nine epochs, in suite 0xF64A.", turns, "- f64a"), &["GRP-31", "GRP-30", "GRP-27"], &["M23", "M25"]).optional(),
    case(Case::positive_of("GR-RUN-OUTSIDE-097p", "The implementation joins from outside, and again, in suite 0xF64A.", from_outside, "- f64a"), &["GJN-12", "GJN-13", "GRP-81"], &[]).optional(),
    case(Case::positive_of("GR-RUN-LETIN-098p", "Somebody joins from outside by a GroupInfo of the implementation, in suite 0xF64A.", let_in, "- f64a"), &["GJN-13", "GRP-80", "GRP-81"], &[]).optional(),
    case(Case::positive_of("GR-RUN-EXPORT-099p", "Members export the same secret, and others by other labels.", exports, "-"), &["GRP-19"], &["M26"]),
    case(Case::positive_of("GR-RUN-GREASE-100p", "A key package with GREASE is added.", grease, "-"), &["GRP-18"], &[]),
    case(Case::positive_of("GR-RUN-GREASE-101p", "A key package of the implementation with GREASE is one that others add.", own_grease, "-"), &["GRP-06", "GRP-18"], &[]),
    case_psk(Case::negative("GR-RUN-PSK-102n", "Who lacks a pre-shared key cannot take the Commit, and stays where he was.", without_psk), &["GRP-67"], &[]),
    case(Case::negative("GR-RUN-ADD-103n", "The implementation does not add one client twice in a Commit.", adds_twice), &["GRP-75"], &["T7"]),
    case(Case::negative("GR-RUN-REMOVE-104n", "The implementation does not remove itself by its own Commit.", removes_itself), &["GRP-73"], &["C2"]),
    case(Case::positive("GR-RUN-GUARD-105p", "Each message has a reuse guard and a generation of its own.", guards), &["GRP-40", "GRP-41"], &["M9"]),
    case(Case::positive("GR-RUN-PADDING-106p", "A message is padded to the smallest bucket that holds it.", padding), &["GRP-42"], &[]).suite(super::OWN_PROFILE),
    case(Case::positive("GR-RUN-SHRINK-107p", "A tree whose right half gets empty is halved, and doubled again.", shrinks), &["GRP-25"], &["T18"]),
];

/// The implementation creates the group, and adds three, one after the other and together.
fn create(scene: &mut Scene, row: &'static str) -> Outcome {
    let setup = Row::of(row).setup();
    let bob = member(scene, "bob", Home::Iut, setup)?;
    let mut who = |name| member(scene, name, Home::Peer, setup);
    let (alice, carol, dave) = (who("alice")?, who("carol")?, who("dave")?);
    group(scene, &bob, &[&alice])?;
    agree(scene, &[&bob, &alice])?;
    add(scene, &bob, &[&alice], &[&carol, &dave])?;
    agree(scene, &[&carol, &bob, &alice, &dave])
}

/// The implementation commits; a row says what.
fn commits(scene: &mut Scene, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let change = row.change(scene, &cast)?;
    let made = commit(scene, &cast.bob, &change)?;
    for other in [&cast.alice, &cast.carol] {
        take(scene, other, &change.by_reference, &made.commit)?;
    }
    merge(scene, &cast.bob)?;
    joined(scene, &cast, &made)?;
    agree(scene, &[&cast.bob, &cast.alice, &cast.carol])
}

/// Another commits; a row says what.
fn takes(scene: &mut Scene, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let change = row.change(scene, &cast)?;
    let made = step(scene, &cast.alice, &[&cast.bob, &cast.carol], &change)?;
    joined(scene, &cast, &made)?;
    agree(scene, &[&cast.bob, &cast.alice, &cast.carol])
}

fn joined(scene: &mut Scene, cast: &Cast, made: &Made) -> Outcome {
    let Some(newcomer) = cast.newcomer else { return Ok(()) };
    join_call(scene, &newcomer, made.welcome()?).taken()?;
    say(scene, &newcomer, &cast.bob, "I am new")?;
    say(scene, &cast.bob, &newcomer, "welcome")
}

/// The implementation proposes each kind of thing, and another commits all of it.
fn proposes(scene: &mut Scene, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let mut words = Vec::new();
    if let Some(newcomer) = cast.newcomer {
        words.push(format!("add:{}", key_package(scene, &newcomer)?));
    }
    if let Some(dave) = cast.dave {
        words.push(format!("remove:{}", dave.identity()));
    }
    if row.has("psk") {
        words.push(psk());
    }
    let mut change = Change::default();
    for words in &words {
        change.by_reference.push(propose_call(scene, &cast.bob, words).taken()?.hex("proposal")?);
    }
    if row.has("update") {
        change.by_reference.push(propose_update(scene, &cast.bob)?);
    }
    if row.has("extensions") {
        change.by_reference.push(propose(scene, &cast.bob, EXTENSIONS)?);
    }
    let made = step(scene, &cast.alice, &[&cast.bob, &cast.carol], &change)?;
    joined(scene, &cast, &made)?;
    agree(scene, &[&cast.bob, &cast.alice, &cast.carol])
}

/// A long conversation: everybody commits in turn, with and without a path, and all talk.
fn turns(scene: &mut Scene, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let all = [cast.alice, cast.bob, cast.carol];
    for round in 0..3 {
        for (by, who) in all.iter().enumerate() {
            let others: Vec<&Member> =
                all.iter().enumerate().filter(|(at, _)| *at != by).map(|(_, who)| who).collect();
            step(scene, who, &others, &path())?;
            say(scene, &all[(by + round) % 3], &all[(by + round + 1) % 3], "and on")?;
        }
    }
    agree(scene, &[&cast.bob, &cast.carol, &cast.alice])
}

/// The implementation joins from outside, and again, which removes its earlier leaf.
fn from_outside(scene: &mut Scene, row: &'static str) -> Outcome {
    let setup = Row::of(row).setup();
    let (alice, bob) = pair(scene, setup)?;
    let carol = member(scene, "carol", Home::Peer, setup)?;
    group(scene, &alice, &[&carol])?;
    for again in [0, 1] {
        let info = group_info(scene, &alice)?;
        let joined = external_call(scene, &bob, &info).integer("remove_prior", again).taken()?;
        for member in [&alice, &carol] {
            take(scene, member, &[], &joined.hex("commit")?)?;
        }
        let members = state(scene, &bob)?.integer("members")?;
        demand(members == 3, "an earlier leaf of the joiner's is left")?;
        agree(scene, &[&bob, &alice, &carol])?;
    }
    Ok(())
}

/// Somebody joins from outside, by the implementation's GroupInfo, and again.
fn let_in(scene: &mut Scene, row: &'static str) -> Outcome {
    let setup = Row::of(row).setup();
    let (alice, bob) = pair(scene, setup)?;
    let carol = member(scene, "carol", Home::Peer, setup)?;
    group(scene, &bob, &[&carol])?;
    for again in [0, 1] {
        let info = group_info(scene, &bob)?;
        let joined = external_call(scene, &alice, &info).integer("remove_prior", again).ok()?;
        for member in [&bob, &carol] {
            take(scene, member, &[], &joined.hex("commit")?)?;
        }
        agree(scene, &[&alice, &bob, &carol])?;
    }
    Ok(())
}

/// All members export the same secret, and other labels and contexts give others.
fn exports(scene: &mut Scene, row: &'static str) -> Outcome {
    let cast = cast(scene, &Row::of(row))?;
    let mut seen = std::collections::BTreeSet::new();
    for (label, context, length) in
        [("a label", "", 32_u64), ("a label", "00", 32), ("another", "", 32), ("a label", "", 64)]
    {
        let mut all = std::collections::BTreeSet::new();
        for member in [&cast.alice, &cast.bob] {
            let call = call(scene, member, "mls.export").text("label", label);
            let call = call.text("context", context).integer("key_length", length);
            all.insert(call.ok()?.hex("exported_secret")?);
        }
        demand(all.len() == 1, "members export different secrets")?;
        seen.extend(all);
    }
    demand(seen.len() == 4, "one secret for different labels, contexts or lengths")
}

/// GREASE in a key package, and in what comes of it, is no reason to refuse it.
fn grease(scene: &mut Scene, row: &'static str) -> Outcome {
    let setup = Row::of(row).setup();
    let (alice, bob) = pair(scene, setup)?;
    create_call(scene, &bob).taken()?;
    let package = key_package_call(scene, &alice).integer("grease", 1).ok()?.hex("key_package")?;
    let made = step(scene, &bob, &[], &value(&format!("add:{package}")))?;
    join_call(scene, &alice, made.welcome()?).taken()?;
    agree(scene, &[&alice, &bob])
}

/// The implementation's own key package with GREASE is one that others take.
fn own_grease(scene: &mut Scene, row: &'static str) -> Outcome {
    let setup = Row::of(row).setup();
    let (alice, bob) = pair(scene, setup)?;
    create_call(scene, &alice).taken()?;
    let package = key_package_call(scene, &bob).integer("grease", 1).ok()?.hex("key_package")?;
    let made = step(scene, &alice, &[], &value(&format!("add:{package}")))?;
    join_call(scene, &bob, made.welcome()?).taken()?;
    agree(scene, &[&alice, &bob])
}

/// A member with a pre-shared key of the group's and one who has none: who lacks it cannot follow.
fn without_psk(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let members = match twin {
        Twin::Control => vec![&cast.alice, &cast.bob],
        Twin::Deviant => vec![&cast.alice],
    };
    for member in members {
        store_psk(scene, member)?;
    }
    let made = commit(scene, &cast.alice, &value(&psk()))?;
    take_call(scene, &cast.bob, &[], &made.commit).judged(twin)?;
    if twin == Twin::Deviant {
        // The state is as it was, and the key makes the same Commit good.
        store_psk(scene, &cast.bob)?;
        take(scene, &cast.bob, &[], &made.commit)?;
    }
    merge(scene, &cast.alice)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

/// Two key packages of one client in one Commit are refused at the committer, if it is the implementation.
fn adds_twice(scene: &mut Scene, twin: Twin) -> Outcome {
    let setup = USUAL;
    let (alice, bob) = pair(scene, setup)?;
    let eve = member(scene, "eve", Home::Peer, setup)?;
    group(scene, &bob, &[&alice])?;
    let mut change = added(scene, &eve)?;
    if twin == Twin::Deviant {
        change.by_value.push(format!("add:{}", key_package(scene, &eve)?));
    }
    commit_call(scene, &bob, &change).judged(twin)?;
    if twin == Twin::Control {
        clear(scene, &bob)?;
    }
    step(scene, &bob, &[&alice], &path())?;
    agree(scene, &[&bob, &alice])
}

/// The implementation is not to remove itself by a Commit.
fn removes_itself(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = cast(scene, &Row::of("- four"))?;
    let who = twin.pick(hex(b"dave"), cast.bob.identity());
    let change = value(&format!("remove:{who}"));
    commit_call(scene, &cast.bob, &change).judged(twin)?;
    if twin == Twin::Deviant {
        step(scene, &cast.bob, &[&cast.alice], &path())?;
        return agree(scene, &[&cast.bob, &cast.alice]);
    }
    merge(scene, &cast.bob)
}

/// What the peer sees of a message: its generation, its reuse guard, how long its padding is.
fn look(scene: &mut Scene, of: &Member, message: &str) -> Outcome<(u64, String, u64)> {
    let out = call(scene, of, "peer.look").text("message", message).ok()?;
    Ok((out.integer("generation")?, out.hex("reuse_guard")?, out.integer("padding")?))
}

fn guards(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let (mut generations, mut seen) = (Vec::new(), std::collections::BTreeSet::new());
    for text in ["one", "two", "three", "four"] {
        let message = super::stage::protect(scene, &cast.bob, text)?;
        let (generation, guard, _) = look(scene, &cast.alice, &message)?;
        generations.push(generation);
        seen.insert(guard);
        super::stage::unprotect(scene, &cast.alice, &message, text)?;
    }
    demand(generations == [0, 1, 2, 3], "generations are not used one by one")?;
    demand(seen.len() == 4, "a reuse guard stands in two messages")
}

/// Content and padding of texts of several lengths are as long as a bucket, and no smaller one would hold the content.
fn padding(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let buckets = |length: u64| match length {
        0..=256 => 256,
        257..=512 => 512,
        513..=1024 => 1024,
        1025..=2048 => 2048,
        _ => length.div_ceil(4096) * 4096,
    };
    for length in [0_usize, 100, 600, 1100, 3000, 5000] {
        let text = "x".repeat(length);
        let message = super::stage::protect(scene, &cast.bob, &text)?;
        let padding = look(scene, &cast.alice, &message)?.2;
        // The data behind their length, and the signature behind its.
        let head = match length {
            0..64 => 1,
            64..16_384 => 2,
            _ => 4,
        };
        let content = length as u64 + head + 2 + 64;
        let what = format!("{content} bytes are padded with {padding}");
        demand(content + padding == buckets(content), &what)?;
    }
    Ok(())
}

/// Eve, the fifth, comes and goes, and Frank takes her place.
fn shrinks(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("- four add"))?;
    let eve = cast.newcomer.unwrap_or(cast.carol);
    let frank = member(scene, "frank", Home::Peer, cast.alice.setup)?;
    for newcomer in [&eve, &frank] {
        add(scene, &cast.alice, &[&cast.bob, &cast.carol], &[newcomer])?;
        let gone = removed(newcomer);
        step(scene, &cast.alice, &[&cast.bob, &cast.carol], &gone)?;
        step(scene, &cast.bob, &[&cast.alice, &cast.carol], &path())?;
        agree(scene, &[&cast.bob, &cast.alice, &cast.carol])?;
    }
    Ok(())
}
