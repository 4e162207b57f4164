//! Groups that replace another or branch off it: what a Welcome into one must be.

use super::kinds::successor as case;
use super::stage::{Cast, Member, Row, agree, call, cast, key_package, member, path, step, value};
use crate::case::{Case, Outcome, Twin};
use crate::digest::hex;
use crate::scene::{Call, Home, Scene};

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("GR-SUC-REINIT-001n", "A replacement that no PSK links to the old group is refused.", by_reinit, "successor-psk-missing"), &["GJN-14", "GJN-16"], &[]),
    case(Case::negative_of("GR-SUC-REINIT-002n", "A replacement with two PSKs of usage reinit is refused.", by_reinit, "successor-psk-twice"), &["GJN-09"], &[]),
    case(Case::negative_of("GR-SUC-REINIT-003n", "A replacement whose PSK is of usage application is refused.", by_reinit, "successor-usage-application"), &["GJN-16"], &[]),
    case(Case::negative_of("GR-SUC-REINIT-004n", "A replacement whose PSK is of usage branch is refused.", by_reinit, "successor-usage-other"), &["GJN-16"], &[]),
    case(Case::negative_of("GR-SUC-REINIT-005n", "A replacement that is not in its first epoch is refused.", by_reinit, "successor-epoch"), &["GJN-14"], &[]),
    case(Case::negative_of("GR-SUC-REINIT-006n", "A replacement of another suite than agreed on is refused.", by_reinit, "successor-other-suite other"), &["GJN-14"], &["W10b"]),
    case(Case::negative_of("GR-SUC-REINIT-007n", "A replacement of another id than agreed on is refused.", by_reinit, "reinit-other-group-id"), &["GJN-14"], &["W10b"]),
    case(Case::negative_of("GR-SUC-REINIT-008n", "A replacement with other extensions than agreed on is refused.", by_reinit, "reinit-other-extensions"), &["GJN-14"], &["W10b"]),
    case(Case::negative_of("GR-SUC-REINIT-009n", "A replacement whose PSK is of another epoch is refused.", by_reinit, "reinit-psk-epoch"), &["GJN-16"], &[]),
    case(Case::negative("GR-SUC-REINIT-010n", "A replacement that leaves a member out is refused.", left_out), &["GJN-14"], &["W10"]),
    case(Case::negative_of("GR-SUC-BRANCH-011n", "A branch that no PSK links to the group is refused.", by_branch, "successor-psk-missing"), &["GJN-16"], &[]),
    case(Case::negative_of("GR-SUC-BRANCH-012n", "A branch with two PSKs of usage branch is refused.", by_branch, "successor-psk-twice"), &["GJN-09"], &[]),
    case(Case::negative_of("GR-SUC-BRANCH-013n", "A branch whose PSK is of usage application is refused.", by_branch, "successor-usage-application"), &["GJN-16"], &[]),
    case(Case::negative_of("GR-SUC-BRANCH-014n", "A branch whose PSK is of usage reinit is refused.", by_branch, "successor-usage-other"), &["GJN-16"], &[]),
    case(Case::negative_of("GR-SUC-BRANCH-015n", "A branch that is not in its first epoch is refused.", by_branch, "successor-epoch"), &["GJN-15"], &[]),
    case(Case::negative_of("GR-SUC-BRANCH-016n", "A branch of another suite is refused.", by_branch, "successor-other-suite other"), &["GJN-15"], &[]),
    case(Case::negative("GR-SUC-BRANCH-017n", "A branch with somebody from outside is refused.", stranger), &["GJN-15"], &["W10"]),
];

/// How a group follows another.
#[derive(Clone, Copy)]
enum Kind {
    ReInit,
    Branch,
}

impl Kind {
    fn commands(self) -> (&'static str, &'static str) {
        match self {
            Kind::ReInit => ("mls.reinit_welcome", "mls.handle_reinit_welcome"),
            Kind::Branch => ("mls.create_branch", "mls.handle_branch"),
        }
    }
}

/// Three members, who have agreed on a ReInit where there is to be one.
fn begin(scene: &mut Scene, kind: Kind) -> Outcome<Cast> {
    let cast = cast(scene, &Row::of("-"))?;
    let change = match kind {
        Kind::ReInit => value(&format!("re_init:0001:{}", hex(b"the next group"))),
        Kind::Branch => path(),
    };
    step(scene, &cast.alice, &[&cast.bob, &cast.carol], &change)?;
    Ok(cast)
}

fn make_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    kind: Kind,
    of: &Member,
    new: &str,
    packages: &[String],
) -> Call<'s, 'a> {
    let call = call(scene, of, kind.commands().0).text("new_group", new);
    call.list("key_packages", packages).integer("external_tree", 0)
}

fn follow_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    kind: Kind,
    of: &Member,
    new: &str,
    welcome: &str,
) -> Call<'s, 'a> {
    let call = call(scene, of, kind.commands().1).text("new_group", new);
    call.text("welcome", welcome).integer("encrypt_handshake", 1)
}

/// Key packages of Bob and Carol, of another suite where the deviation needs them.
fn packages(scene: &mut Scene, cast: &Cast, suite: Option<&'static str>) -> Outcome<Vec<String>> {
    let of = |member: Member| match suite {
        Some(suite) => Member { setup: super::stage::Setup { suite, ..member.setup }, ..member },
        None => member,
    };
    Ok(vec![key_package(scene, &of(cast.bob))?, key_package(scene, &of(cast.carol))?])
}

/// Bob follows into the group of these key packages, or must not; then an honest one is made.
fn judge(scene: &mut Scene, twin: Twin, kind: Kind, cast: &Cast, welcome: &str) -> Outcome {
    follow_call(scene, kind, &cast.bob, "h", welcome).judged(twin)?;
    let name = twin.pick("h", "i");
    if twin == Twin::Deviant {
        let packages = packages(scene, cast, None)?;
        let made = make_call(scene, kind, &cast.alice, name, &packages).ok()?;
        follow_call(scene, kind, &cast.bob, name, &made.hex("welcome")?).taken()?;
    }
    for (from, to) in [(&cast.alice, &cast.bob), (&cast.bob, &cast.alice)] {
        let call = scene.call(from.party, "mls.protect").group(name);
        let call = call.text("authenticated_data", "").text("plaintext", &hex(b"here"));
        let message = call.ok()?.hex("ciphertext")?;
        let call = scene.call(to.party, "mls.unprotect").group(name);
        call.text("ciphertext", &message).ok()?.is("plaintext", &hex(b"here"))?;
    }
    match kind {
        Kind::ReInit => Ok(()),
        Kind::Branch => agree(scene, &[&cast.alice, &cast.bob]),
    }
}

fn by_reinit(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    deviating(scene, twin, row, Kind::ReInit)
}

fn by_branch(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    deviating(scene, twin, row, Kind::Branch)
}

fn deviating(scene: &mut Scene, twin: Twin, row: &'static str, kind: Kind) -> Outcome {
    let row = Row::of(row);
    let cast = begin(scene, kind)?;
    let suite = twin.pick(None, Some("0003")).filter(|_| row.has("other"));
    let packages = packages(scene, &cast, suite)?;
    let made = row.apply(make_call(scene, kind, &cast.alice, "h", &packages), twin).ok()?;
    judge(scene, twin, kind, &cast, &made.hex("welcome")?)
}

/// Control: Carol is in it.
fn left_out(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = begin(scene, Kind::ReInit)?;
    let mut packages = packages(scene, &cast, None)?;
    packages.truncate(twin.pick(2, 1));
    let made = make_call(scene, Kind::ReInit, &cast.alice, "h", &packages).ok()?;
    judge(scene, twin, Kind::ReInit, &cast, &made.hex("welcome")?)
}

/// Control: Carol, who is a member, in his place.
fn stranger(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = begin(scene, Kind::Branch)?;
    let mut packages = packages(scene, &cast, None)?;
    if twin == Twin::Deviant {
        let eve = member(scene, "eve", Home::Peer, cast.bob.setup)?;
        packages[1] = key_package(scene, &eve)?;
    }
    let made = make_call(scene, Kind::Branch, &cast.alice, "h", &packages).ok()?;
    judge(scene, twin, Kind::Branch, &cast, &made.hex("welcome")?)
}
