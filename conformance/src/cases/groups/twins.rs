//! The scenes in which most refusals are tested: something is wrong in what the peer sends, the implementation must
//! refuse it, stay as it was, and take the next honest message. A row is the name of the peer's deviation and words
//! of [`stage`](super::stage).

mod external;

pub use external::*;

use super::stage::{
    Cast, Change, Made, Member, REQUIRED, Row, add, added, agree, call, cast, clear, commit,
    commit_call, group, join_call, key_package, key_package_call, member, merge, pair, path,
    propose_call, protect, protect_call, psk, say, step, store_psk, take, take_call, unprotect,
    unprotect_call, value,
};
use crate::case::{Outcome, Twin};
use crate::scene::{Home, Scene};

/// Alice's Commit deviates.
///
/// # Errors
/// The implementation takes it, or refuses the honest one.
pub fn by_commit(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let change = row.change(scene, &cast)?;
    let made = Made::of(&row.apply(commit_call(scene, &cast.alice, &change), twin).ok()?)?;
    take_call(scene, &cast.bob, &change.by_reference, &made.commit).judged(twin)?;
    afterwards(scene, twin, &row, &cast)
}

/// After Alice's Commit: what was taken is entered; what was refused is dropped, and another one made.
fn afterwards(scene: &mut Scene, twin: Twin, row: &Row, cast: &Cast) -> Outcome {
    if twin == Twin::Control {
        merge(scene, &cast.alice)?;
        if row.has("reinit") {
            // Nothing more is sent there.
            return Ok(());
        }
        return agree(scene, &[&cast.alice, &cast.bob]);
    }
    clear(scene, &cast.alice)?;
    if row.has("other") {
        // Alice has gone too far in her ratchet for what comes next.
        step(scene, &cast.carol, &[&cast.alice, &cast.bob], &path())?;
    } else {
        step(scene, &cast.alice, &[&cast.bob], &path())?;
    }
    agree(scene, &[&cast.alice, &cast.bob])
}

/// Alice's application message deviates. With `before`, an honest one was taken before it.
///
/// # Errors
/// As [`by_commit`].
pub fn by_message(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    if row.has("before") {
        say(scene, &cast.alice, &cast.bob, "the one before")?;
    }
    let call = protect_call(scene, &cast.alice, "a message");
    let message = row.apply(call, twin).ok()?.hex("ciphertext")?;
    unprotect_call(scene, &cast.bob, &message).judged(twin)?;
    let next = if row.has("other") { &cast.carol } else { &cast.alice };
    say(scene, next, &cast.bob, "the next one")?;
    say(scene, &cast.bob, next, "an answer")
}

/// Alice's application message is unusual, and allowed.
///
/// # Errors
/// The implementation refuses it.
pub fn unusual_message(scene: &mut Scene, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let call = protect_call(scene, &cast.alice, "a message");
    let message = row.apply(call, Twin::Deviant).ok()?.hex("ciphertext")?;
    unprotect(scene, &cast.bob, &message, "a message")?;
    agree(scene, &[&cast.alice, &cast.bob])
}

/// Alice's Commit is unusual, and allowed.
///
/// # Errors
/// The implementation refuses it.
pub fn unusual_commit(scene: &mut Scene, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let change = row.change(scene, &cast)?;
    let call = row.apply(commit_call(scene, &cast.alice, &change), Twin::Deviant);
    let made = Made::of(&call.ok()?)?;
    take(scene, &cast.bob, &change.by_reference, &made.commit)?;
    afterwards(scene, Twin::Control, &row, &cast)
}

/// Carol's proposal deviates; the Commit that comes with it does not refer to it.
///
/// # Errors
/// As [`by_commit`].
pub fn by_proposal(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    for member in [&cast.bob, &cast.carol] {
        store_psk(scene, member)?;
    }
    let call = propose_call(scene, &cast.carol, &psk());
    let proposal = row.apply(call, twin).ok()?.hex("proposal")?;
    with_proposal(scene, twin, &cast, proposal)
}

/// A proposal that must be refused comes with a Commit that does not refer to it.
fn with_proposal(scene: &mut Scene, twin: Twin, cast: &Cast, proposal: String) -> Outcome {
    let made = commit(scene, &cast.alice, &path())?;
    take_call(scene, &cast.bob, &[proposal], &made.commit).judged(twin)?;
    if twin == Twin::Deviant {
        take(scene, &cast.bob, &[], &made.commit)?;
    }
    merge(scene, &cast.alice)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

/// Carol's Update deviates, and Alice commits it.
///
/// # Errors
/// As [`by_commit`].
pub fn by_update(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let update = row.apply(call(scene, &cast.carol, "mls.update_proposal"), twin);
    let update = update.ok()?.hex("proposal")?;
    if row.has("loose") {
        // No member could commit what it cannot decode.
        return with_proposal(scene, twin, &cast, update);
    }
    let change = Change { by_reference: vec![update], ..Default::default() };
    if let Some(dave) = cast.dave {
        // Another one than whose key the Update may have.
        let made = commit(scene, &dave, &change)?;
        take_call(scene, &cast.bob, &change.by_reference, &made.commit).judged(twin)?;
        if twin == Twin::Deviant {
            clear(scene, &dave)?;
            step(scene, &dave, &[&cast.bob], &path())?;
        } else {
            merge(scene, &dave)?;
        }
        return agree(scene, &[&dave, &cast.bob]);
    }
    let made = commit(scene, &cast.alice, &change)?;
    take_call(scene, &cast.bob, &change.by_reference, &made.commit).judged(twin)?;
    afterwards(scene, twin, &row, &cast)
}

/// Carol's Update is unusual, and allowed.
///
/// # Errors
/// The implementation refuses it.
pub fn unusual_update(scene: &mut Scene, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let update = row.apply(call(scene, &cast.carol, "mls.update_proposal"), Twin::Deviant);
    let by_reference = vec![update.ok()?.hex("proposal")?];
    let change = Change { by_reference, ..Default::default() };
    step(scene, &cast.alice, &[&cast.bob], &change)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

/// A newcomer's key package deviates, and Alice adds him.
///
/// # Errors
/// As [`by_commit`].
pub fn by_added_package(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let eve = member(scene, "eve", Home::Peer, row.setup())?;
    if row.has("package") {
        // For the deviation that takes the key of another party's.
        key_package(scene, &cast.carol)?;
    }
    if row.has("earlier") {
        // For the deviation that takes the key of the party's last one, which is in the group.
        let change = added(scene, &eve)?;
        step(scene, &cast.alice, &[&cast.bob], &change)?;
    }
    let mut call = key_package_call(scene, &eve);
    if row.has("earlier") {
        call = call.text("identity", &crate::digest::hex(b"eve's other self"));
    }
    let package = row.apply(call, twin).ok()?.hex("key_package")?;
    let made = commit(scene, &cast.alice, &value(&format!("add:{package}")))?;
    take_call(scene, &cast.bob, &[], &made.commit).judged(twin)?;
    afterwards(scene, twin, &row, &cast)
}

/// A newcomer's key package is unusual, and allowed, and Alice adds him.
///
/// # Errors
/// The implementation refuses it.
pub fn unusual_added(scene: &mut Scene, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let eve = member(scene, "eve", Home::Peer, row.setup())?;
    let package = row.apply(key_package_call(scene, &eve), Twin::Deviant).ok()?;
    let change = value(&format!("add:{}", package.hex("key_package")?));
    let made = step(scene, &cast.alice, &[&cast.bob], &change)?;
    join_call(scene, &eve, made.welcome()?).taken()?;
    agree(scene, &[&eve, &cast.bob])
}

/// A newcomer's key package deviates, and the implementation is to add him.
///
/// # Errors
/// It does, or does not add who is honest.
pub fn by_package(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let setup = row.setup();
    let (alice, bob) = pair(scene, setup)?;
    group(scene, &bob, &[&alice])?;
    if row.has("required") {
        step(scene, &bob, &[&alice], &value(REQUIRED))?;
    }
    if row.has("package") {
        // For the deviation that takes the key of another party's.
        key_package(scene, &alice)?;
    }
    let eve = member(scene, "eve", Home::Peer, setup)?;
    let package = row.apply(key_package_call(scene, &eve), twin).ok()?.hex("key_package")?;
    let change = value(&format!("add:{package}"));
    if twin == Twin::Deviant {
        commit_call(scene, &bob, &change).refused()?;
        add(scene, &bob, &[&alice], &[&eve])?;
    } else {
        let made = Made::of(&commit_call(scene, &bob, &change).taken()?)?;
        take(scene, &alice, &[], &made.commit)?;
        merge(scene, &bob)?;
        join_call(scene, &eve, made.welcome()?).taken()?;
    }
    agree(scene, &[&bob, &alice])
}

/// A newcomer's key package is unusual, and allowed, and the implementation adds him.
///
/// # Errors
/// It does not.
pub fn unusual_package(scene: &mut Scene, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let (alice, bob) = pair(scene, row.setup())?;
    group(scene, &bob, &[&alice])?;
    let eve = member(scene, "eve", Home::Peer, row.setup())?;
    let package = row.apply(key_package_call(scene, &eve), Twin::Deviant).ok()?;
    let change = value(&format!("add:{}", package.hex("key_package")?));
    let made = step(scene, &bob, &[&alice], &change)?;
    join_call(scene, &eve, made.welcome()?).taken()?;
    agree(scene, &[&bob, &eve, &alice])
}

/// The Welcome for the implementation deviates; then an honest one for the same key package comes.
///
/// # Errors
/// As [`by_commit`].
pub fn by_welcome(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let (alice, others) = outside(scene, &row)?;
    let bob = member(scene, "bob", Home::Iut, row.setup())?;
    let mut change = added(scene, &bob)?;
    change.path = row.has("forced");
    if row.has("psk") {
        store_psk(scene, &bob)?;
        change.by_value.push(psk());
    }
    if row.has("second") {
        let judy = member(scene, "judy", Home::Peer, row.setup())?;
        change.by_value.extend(added(scene, &judy)?.by_value);
    }
    let made = Made::of(&row.apply(commit_call(scene, &alice, &change), twin).ok()?)?;
    join_call(scene, &bob, made.welcome()?).judged(twin)?;
    let made = if twin == Twin::Deviant {
        clear(scene, &alice)?;
        let made = commit(scene, &alice, &change)?;
        join_call(scene, &bob, made.welcome()?).taken()?;
        made
    } else {
        made
    };
    for other in &others {
        take(scene, other, &[], &made.commit)?;
    }
    merge(scene, &alice)?;
    agree(scene, &[&alice, &bob])
}

/// The Welcome for the implementation is unusual, and allowed.
///
/// # Errors
/// The implementation refuses it.
pub fn unusual_welcome(scene: &mut Scene, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let (alice, _) = outside(scene, &row)?;
    let bob = member(scene, "bob", Home::Iut, row.setup())?;
    let change = Change { path: row.has("forced"), ..added(scene, &bob)? };
    let call = row.apply(commit_call(scene, &alice, &change), Twin::Deviant);
    let made = Made::of(&call.ok()?)?;
    join_call(scene, &bob, made.welcome()?).taken()?;
    merge(scene, &alice)?;
    agree(scene, &[&alice, &bob])
}

/// A group of the peer's: Alice, Carol, Dave and Frank, whose nodes a path has filled. With `blank` Dave was removed
/// before, with `blanks` Frank too; with `seven` there were seven, the sixth was removed, the last has committed.
fn outside(scene: &mut Scene, row: &Row) -> Outcome<(Member, Vec<Member>)> {
    let names = ["alice", "carol", "dave", "frank", "gina", "hugo", "ivan"];
    let count = if row.has("seven") { 7 } else { 4 };
    let gone: &[usize] = match () {
        () if row.has("seven") => &[5],
        () if row.has("blanks") => &[2, 3],
        () if row.has("blank") => &[2],
        () => &[],
    };
    let mut all = Vec::new();
    for name in &names[..count] {
        let member = member(scene, name, Home::Peer, row.setup())?;
        if row.has("psk") {
            store_psk(scene, &member)?;
        }
        all.push(member);
    }
    group(scene, &all[0], &all[1..].iter().collect::<Vec<_>>())?;
    let removes = gone.iter().map(|at| format!("remove:{}", all[*at].identity())).collect();
    let mut at = 0..count;
    let mut left: Vec<Member> =
        all.iter().filter(|_| !gone.contains(&at.next().unwrap_or(0))).copied().collect();
    let alice = left.remove(0);
    if row.has("required") {
        let others: Vec<&Member> = left.iter().collect();
        step(scene, &alice, &others, &value(REQUIRED))?;
    }
    if !gone.is_empty() {
        let others: Vec<&Member> = left.iter().collect();
        let change = Change { by_value: removes, ..Default::default() };
        step(scene, &alice, &others, &change)?;
    }
    let by = if row.has("seven") { left.pop() } else { None };
    let mut others: Vec<&Member> = left.iter().collect();
    match &by {
        Some(by) => {
            others.push(&alice);
            step(scene, by, &others, &path())?;
        }
        None => drop(step(scene, &alice, &others, &path())?),
    }
    left.extend(by);
    Ok((alice, left))
}

/// An application message of an epoch that is gone by.
///
/// # Errors
/// It cannot be made.
pub fn late(scene: &mut Scene, cast: &Cast, epochs: usize) -> Outcome<String> {
    let message = protect(scene, &cast.alice, "late")?;
    for _ in 0..epochs {
        step(scene, &cast.alice, &[&cast.bob], &path())?;
    }
    Ok(message)
}
