//! Groups that replace another or branch off it: what a Welcome into one must be.

use super::kinds::successor as case;
use super::stage::{
    Cast, Member, Row, agree, call, cast, key_package, member, path, removed, step, value,
};
use crate::case::{Case, Outcome, Twin};
use crate::digest::hex;
use crate::scene::{Call, Home, Scene};

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive("GR-EPO-REINIT-023p", "After a ReInit all go on in the group that follows.", reinit), &["GJN-14", "GJN-16", "GRP-94"], &[]),
    case(Case::positive("GR-EPO-BRANCH-025p", "Some members make a branch, and go on in both groups.", branch), &["GJN-15", "GJN-16"], &[]),
    case(Case::negative_of("GR-SUC-REINIT-001n", "A replacement that no PSK links to the old group is refused.", by_reinit, "successor-psk-missing"), &["GJN-14", "GJN-16"], &[]),
    case(Case::negative_of("GR-SUC-REINIT-002n", "A replacement with two PSKs of usage reinit is refused.", by_reinit, "successor-psk-twice"), &["GJN-09"], &[]),
    case(Case::negative_of("GR-SUC-REINIT-003n", "A replacement whose PSK is of usage application is refused.", by_reinit, "successor-usage-application"), &["GJN-16"], &[]),
    case(Case::negative_of("GR-SUC-REINIT-004n", "A replacement whose PSK is of usage branch is refused.", by_reinit, "successor-usage-other"), &["GJN-16"], &[]),
    case(Case::negative_of("GR-SUC-REINIT-005n", "A replacement that is not in its first epoch is refused.", by_reinit, "successor-epoch"), &["GJN-14"], &[]),
    case(Case::negative_of("GR-SUC-REINIT-006n", "A replacement of another suite than agreed on is refused.", by_reinit, "successor-other-suite other"), &["GJN-14"], &["W10b"]),
    case(Case::negative_of("GR-SUC-REINIT-007n", "A replacement of another id than agreed on is refused.", by_reinit, "reinit-other-group-id"), &["GJN-14"], &[]),
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
    case(Case::negative("GR-SUC-REINIT-018n", "A Welcome into a replacement's id that no PSK links to the old group is refused.", unlinked), &["GJN-17"], &[]).suite(super::OWN_PROFILE),
    case(Case::negative("GR-SUC-BRANCH-019n", "A branch from two epochs ago is refused.", branched_long_ago), &["GJN-18"], &[]).suite(super::OWN_PROFILE),
    case(Case::negative("GR-SUC-BRANCH-020n", "A branch with a member who was removed since is refused.", branched_with_removed), &["GJN-18", "GJN-15"], &[]).suite(super::OWN_PROFILE),
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
    talk(scene, cast, name)?;
    match kind {
        Kind::ReInit => Ok(()),
        Kind::Branch => agree(scene, &[&cast.alice, &cast.bob]),
    }
}

/// Alice and Bob talk in the group that follows.
fn talk(scene: &mut Scene, cast: &Cast, name: &str) -> Outcome {
    for (from, to) in [(&cast.alice, &cast.bob), (&cast.bob, &cast.alice)] {
        let call = scene.call(from.party, "mls.protect").group(name);
        let call = call.text("authenticated_data", "").text("plaintext", &hex(b"here"));
        let message = call.ok()?.hex("ciphertext")?;
        let call = scene.call(to.party, "mls.unprotect").group(name);
        call.text("ciphertext", &message).ok()?.is("plaintext", &hex(b"here"))?;
    }
    Ok(())
}

fn reinit(scene: &mut Scene) -> Outcome {
    honest(scene, Kind::ReInit, 2)
}

fn branch(scene: &mut Scene) -> Outcome {
    honest(scene, Kind::Branch, 1)
}

/// Bob, and Carol where there are two of the others, are in the group that follows.
fn honest(scene: &mut Scene, kind: Kind, others: usize) -> Outcome {
    let cast = begin(scene, kind)?;
    let mut packages = packages(scene, &cast, None)?;
    packages.truncate(others);
    let made = make_call(scene, kind, &cast.alice, "h", &packages).ok()?;
    judge(scene, Twin::Control, kind, &cast, &made.hex("welcome")?)
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

/// Zoe makes a group of the id that the ReInit names, and adds Bob. Control: of another id.
fn unlinked(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = begin(scene, Kind::ReInit)?;
    let zoe = member(scene, "zoe", Home::Peer, cast.bob.setup)?;
    let id = hex(twin.pick(&b"a group of hers"[..], &b"the next group"[..]));
    let create = scene.call(zoe.party, "mls.create_group").group("z");
    let create = create.text("suite", zoe.setup.suite).text("group_id", &id);
    create.text("identity", &zoe.identity()).integer("encrypt_handshake", 1).ok()?;
    let add = vec![format!("add:{}", key_package(scene, &cast.bob)?)];
    let commit = scene.call(zoe.party, "mls.commit").group("z").list("by_reference", &[]);
    let commit = commit.list("by_value", &add).integer("force_path", 1).integer("external_tree", 0);
    let welcome = commit.ok()?.hex("welcome")?;
    let join = scene.call(cast.bob.party, "mls.join_group").group("z").text("welcome", &welcome);
    join.integer("encrypt_handshake", 1).judged(twin)?;
    let packages = packages(scene, &cast, None)?;
    let made = make_call(scene, Kind::ReInit, &cast.alice, "h", &packages).ok()?;
    judge(scene, Twin::Control, Kind::ReInit, &cast, &made.hex("welcome")?)
}

/// Alice makes a branch, and Commits come before its Welcome. Control: one Commit.
fn branched_long_ago(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = begin(scene, Kind::Branch)?;
    let packages = packages(scene, &cast, None)?;
    let made = make_call(scene, Kind::Branch, &cast.alice, "h", &packages).ok()?;
    for _ in 0..twin.pick(1, 2) {
        step(scene, &cast.alice, &[&cast.bob, &cast.carol], &path())?;
    }
    judge(scene, twin, Kind::Branch, &cast, &made.hex("welcome")?)
}

/// Carol is in the branch; then she is removed. Control: Dave is removed, who is not in it.
fn branched_with_removed(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = cast(scene, &Row::of("- dave"))?;
    let dave = cast.dave.unwrap_or(cast.carol);
    let packages = packages(scene, &cast, None)?;
    let made = make_call(scene, Kind::Branch, &cast.alice, "h", &packages).ok()?;
    let (gone, stays) = twin.pick((&dave, &cast.carol), (&cast.carol, &dave));
    step(scene, &cast.alice, &[&cast.bob, stays], &removed(gone))?;
    follow_call(scene, Kind::Branch, &cast.bob, "h", &made.hex("welcome")?).judged(twin)?;
    agree(scene, &[&cast.alice, &cast.bob])
}
