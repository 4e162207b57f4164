//! What others have published of failures in their implementations, as far as the commands reach it.
//!
//! | source | what went wrong there | cases |
//! |---|---|---|
//! | openmls GHSA-8x3w-qj7j-gqhf | tags compared without their length | `GR-CMT-TAG`, `GR-PRP-TAG`, `GR-CMT-CONFIRM`, `GR-XCM-CONFIRM` |
//! | openmls GHSA-w62v-gv48-63rh | duplicate extensions sought in quadratic time | `GR-PUB-MANY` |
//! | openmls GHSA-gc79-23g3-8g52 | trees in the extensions of leaves of trees end the stack | `GR-PUB-NEST` |
//! | openmls GHSA-rrmv-c79f-cf5r | a truncated structure ends the process | `GR-PUB-CUT` |
//! | openmls #2182 | a sender beyond the tree; an unmerged leaf beyond the tree | `GR-…-SENDER`, `GR-WEL-UNMERGED` |
//! | openmls #1928 | one pre-shared key twice | `GR-LST-PSK` |
//! | openmls #2134 | bytes behind a known extension's value | `GR-PUB-TAIL` |
//! | openmls #2143 | a new signature key of the committer's, and a GroupInfo signed by the old | `GR-WEL-NEWKEY` for what comes; for what is made the library has a test (`published`) |
//! | mls-rs #315, #360 | planted and emptied parent hashes | `GR-WEL-HASH`, `GR-INF-HASH` |
//! | mls-rs #342, #352 | valid trees refused | `GR-WEL-TREE`, `GR-PUB-LEFT` |
//! | mls-rs #361 | a late message of one who is gone | `GR-PUB-GONE` |
//! | mls-rs #321 | unmerged leaves out of order | `GR-WEL-UNMERGED` |
//! | mls-rs #323 | a GroupInfo of another version | `GR-WEL-VERSION`, `GR-INF-VERSION` |
//! | ts-mls GHSA-gwp3-968w-m7gv | a Remove without a path | `GR-PTH-NONE` |
//! | mlspp #363 | the tree is not verified when joining | `GR-WEL-TREE`, `GR-WEL-HASH`, `GR-WEL-LEAF`, `GR-WEL-KEY` |
//! | mlspp #430 | a wrong parent hash where the root's left half is empty | `GR-PUB-LEFT` |

use super::super::pairwise::codec::draft::{Draft, length};
use super::kinds::member as case;
use super::stage::{
    Change, Member, Row, USUAL, add, added, agree, cast, clear, commit, commit_call, group,
    join_call, key_package, member, merge, pair, path, protect, removed, step, take_call,
    unprotect, value,
};
use crate::case::{Case, Outcome, Twin};
use crate::digest::{hex, unhex};
use crate::scene::{Home, START, Scene};

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative("GR-PUB-MANY-001n", "A key package with thousands of equal extensions is refused.", many), &["GRP-15", "GRP-16"], &[]),
    case(Case::negative("GR-PUB-NEST-002n", "Trees within the leaves of trees, very deep, are refused and end nothing.", nested), &["GRP-15"], &[]),
    case(Case::negative("GR-PUB-CUT-003n", "A key package that was cut off anywhere is refused.", cut_package), &["GRP-15"], &[]),
    case(Case::negative("GR-PUB-CUT-004n", "A Commit that was cut off anywhere is refused.", cut_commit), &["GRP-15"], &[]),
    case(Case::negative("GR-PUB-CUT-005n", "A Welcome that was cut off anywhere is refused.", cut_welcome), &["GRP-15"], &[]),
    case(Case::negative_of("GR-PUB-TAIL-006n", "A byte behind the required capabilities is refused.", tail, "0003=0000020001"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-PUB-TAIL-007n", "A byte behind the external senders is refused.", tail, "0005=00"), &["GRP-15"], &[]),
    case(Case::positive("GR-PUB-LEFT-008p", "A group whose left half is empty goes on, and can be joined.", left), &["GRP-24", "GRP-26", "GRP-25"], &["T2", "T17", "T19"]),
    case(Case::positive("GR-PUB-GONE-009p", "A late message of one whose place somebody else has is read.", gone), &["GDS-23", "GRP-43"], &["T19"]),
];

/// The implementation, in a group with Alice.
fn two(scene: &mut Scene) -> Outcome<(Member, Member)> {
    let bob = member(scene, "bob", Home::Iut, USUAL)?;
    let alice = member(scene, "alice", Home::Peer, USUAL)?;
    group(scene, &bob, &[&alice])?;
    Ok((bob, alice))
}

/// The implementation is to add who has a key package of these bytes; then it adds somebody honest.
fn to_add(scene: &mut Scene, twin: Twin, alter: impl Fn(&[u8]) -> Vec<u8>) -> Outcome {
    let (bob, alice) = two(scene)?;
    let eve = member(scene, "eve", Home::Peer, USUAL)?;
    let honest = key_package(scene, &eve)?;
    let altered = hex(&alter(&unhex(&honest).unwrap_or_default()));
    let package = twin.pick(honest, altered);
    commit_call(scene, &bob, &value(&format!("add:{package}"))).judged(twin)?;
    if twin == Twin::Control {
        clear(scene, &bob)?;
    }
    add(scene, &bob, &[&alice], &[&eve])?;
    agree(scene, &[&bob, &alice])
}

/// Bytes of a signature behind its length, with which a key package ends.
const SIGNATURE: usize = 66;

fn many(scene: &mut Scene, twin: Twin) -> Outcome {
    to_add(scene, twin, |package| {
        let (head, signature) = package.split_at(package.len() - SIGNATURE);
        let list = [0xf0, 0xce, 0].repeat(4_000);
        // The empty list stands before the signature.
        let head = &head[..head.len() - 1];
        [head, &length(list.len()), &list, signature].concat()
    })
}

/// A leaf of a KeyPackage whose one extension is a tree of the leaf before.
fn leaf(extensions: &[u8]) -> Draft {
    let capabilities = |draft: Draft| {
        let draft = draft.opaque(&[0, 1]).opaque(&[0, 1]).opaque(&[]);
        draft.opaque(&[]).opaque(&[0, 1])
    };
    let draft = Draft::new().opaque(&[9; 32]).opaque(&[8; 32]).u16(1).opaque(b"eve");
    let draft = capabilities(draft).u8(1).u64(START - 3_600).u64(START + 86_400);
    draft.opaque(extensions).opaque(&[7; 64])
}

fn nested(scene: &mut Scene, twin: Twin) -> Outcome {
    to_add(scene, twin, |_| {
        let mut inner = leaf(&[]);
        for _ in 0..1_500 {
            let node = [&[1, 1][..], inner.bytes()].concat();
            let tree = Draft::new().opaque(&node);
            let extension = Draft::new().u16(2).opaque(tree.bytes());
            inner = leaf(extension.bytes());
        }
        let draft = Draft::new().u16(1).u16(5).u16(1).u16(1).opaque(&[6; 32]);
        let draft = draft.raw(inner.bytes()).opaque(&[]).opaque(&[5; 64]);
        draft.bytes().to_vec()
    })
}

/// Some lengths that are too short, among them the shortest and the longest.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    (0..length).filter(move |cut| cut.is_multiple_of(7) || cut + 3 > length || *cut < 12)
}

fn cut_package(scene: &mut Scene, twin: Twin) -> Outcome {
    if twin == Twin::Control {
        return to_add(scene, twin, <[u8]>::to_vec);
    }
    let (bob, alice) = two(scene)?;
    let eve = member(scene, "eve", Home::Peer, USUAL)?;
    let package = key_package(scene, &eve)?;
    for cut in cuts(package.len() / 2) {
        commit_call(scene, &bob, &value(&format!("add:{}", &package[..2 * cut]))).refused()?;
    }
    agree(scene, &[&bob, &alice])
}

fn cut_commit(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = cast(scene, &Row::of("- public"))?;
    let made = commit(scene, &cast.alice, &path())?;
    if twin == Twin::Deviant {
        for cut in cuts(made.commit.len() / 2) {
            take_call(scene, &cast.bob, &[], &made.commit[..2 * cut]).refused()?;
        }
    }
    take_call(scene, &cast.bob, &[], &made.commit).taken()?;
    merge(scene, &cast.alice)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn cut_welcome(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = pair(scene, USUAL)?;
    group(scene, &alice, &[])?;
    let change = added(scene, &bob)?;
    let made = step(scene, &alice, &[], &change)?;
    let welcome = made.welcome()?.to_owned();
    if twin == Twin::Deviant {
        for cut in cuts(welcome.len() / 2) {
            join_call(scene, &bob, &welcome[..2 * cut]).refused()?;
        }
    }
    join_call(scene, &bob, &welcome).taken()?;
    agree(scene, &[&alice, &bob])
}

/// Alice commits an extension with a byte behind its value.
fn tail(scene: &mut Scene, twin: Twin, extension: &'static str) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let words = format!("group_context_extensions:{extension}{}", twin.pick("", "00"));
    let made = commit(scene, &cast.alice, &value(&words))?;
    take_call(scene, &cast.bob, &[], &made.commit).judged(twin)?;
    if twin == Twin::Control {
        merge(scene, &cast.alice)?;
    } else {
        clear(scene, &cast.alice)?;
        step(scene, &cast.alice, &[&cast.bob], &path())?;
    }
    agree(scene, &[&cast.alice, &cast.bob])
}

/// Who has the first two of four places is removed.
fn left(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("- four filled"))?;
    let dave = cast.dave.unwrap_or(cast.carol);
    let change = Change {
        by_value: [&cast.alice, &cast.carol]
            .map(|gone| format!("remove:{}", gone.identity()))
            .to_vec(),
        ..Default::default()
    };
    step(scene, &dave, &[&cast.bob], &change)?;
    step(scene, &cast.bob, &[&dave], &path())?;
    step(scene, &dave, &[&cast.bob], &path())?;
    agree(scene, &[&dave, &cast.bob])?;
    let frank = member(scene, "frank", Home::Peer, USUAL)?;
    add(scene, &cast.bob, &[&dave], &[&frank])?;
    agree(scene, &[&frank, &cast.bob, &dave])
}

/// Carol's message comes when she is gone and Eve has her leaf.
fn gone(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("- add"))?;
    let message = protect(scene, &cast.carol, "farewell")?;
    let mut change = removed(&cast.carol);
    let eve = cast.newcomer.unwrap_or(cast.carol);
    change.by_value.push(format!("add:{}", key_package(scene, &eve)?));
    let made = step(scene, &cast.alice, &[&cast.bob], &change)?;
    join_call(scene, &eve, made.welcome()?).taken()?;
    unprotect(scene, &cast.bob, &message, "farewell")?;
    agree(scene, &[&eve, &cast.bob])
}
