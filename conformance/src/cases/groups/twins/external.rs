//! Scenes with somebody outside of the group: GroupInfos, external Commits, proposals.

use super::super::stage::{
    Cast, Change, Member, Row, added, agree, call, cast, epoch, group_id, key_package,
    key_package_call, member, propose, psk, step, store_psk, take, take_call, value,
};
use super::{outside, with_proposal};
use crate::case::{Outcome, Twin};
use crate::scene::{Call, Home, Scene};

/// The GroupInfo with which the implementation is to join from outside deviates.
///
/// # Errors
/// It joins, or does not with the honest one.
pub fn by_group_info(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let (alice, _) = outside(scene, &row)?;
    let bob = member(scene, "bob", Home::Iut, row.setup())?;
    let info = call(scene, &alice, "mls.group_info").integer("external_tree", 0);
    let info = row.apply(info, twin).ok()?.hex("group_info")?;
    let joined = match twin {
        Twin::Control => external_call(scene, &bob, &info).taken()?,
        Twin::Deviant => {
            external_call(scene, &bob, &info).refused()?;
            let info = group_info(scene, &alice)?;
            external_call(scene, &bob, &info).taken()?
        }
    };
    take(scene, &alice, &[], &joined.hex("commit")?)?;
    agree(scene, &[&alice, &bob])
}

/// `mls.external_join`.
pub fn external_call<'s, 'a>(scene: &'s mut Scene<'a>, of: &Member, info: &str) -> Call<'s, 'a> {
    let call = call(scene, of, "mls.external_join").text("group_info", info);
    let call = call.text("identity", &of.identity()).integer("remove_prior", 0).list("psks", &[]);
    call.integer("encrypt_handshake", u64::from(of.setup.private))
}

/// A GroupInfo with the external key.
///
/// # Errors
/// It is not made.
pub fn group_info(scene: &mut Scene, of: &Member) -> Outcome<String> {
    call(scene, of, "mls.group_info").integer("external_tree", 0).ok()?.hex("group_info")
}

/// Somebody's external Commit deviates; then somebody else joins.
///
/// # Errors
/// As [`by_commit`](super::by_commit).
pub fn by_external_commit(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let (eve, frank) = (
        member(scene, "eve", Home::Peer, row.setup())?,
        member(scene, "frank", Home::Peer, row.setup())?,
    );
    if row.has("package") {
        // For the deviation that adds another party of the peer's.
        key_package(scene, &frank)?;
    }
    let info = group_info(scene, &cast.alice)?;
    let mut proposals = Vec::new();
    if row.has("reference") {
        for member in [&cast.bob, &cast.carol, &eve] {
            store_psk(scene, member)?;
        }
        proposals.push(propose(scene, &cast.carol, &psk())?);
    }
    let call = external_call(scene, &eve, &info);
    let call = match (twin, proposals.first()) {
        (Twin::Deviant, Some(proposal)) => {
            call.list("by_reference", std::slice::from_ref(proposal))
        }
        _ => call,
    };
    let commit = row.apply(call, twin).ok()?.hex("commit")?;
    take_call(scene, &cast.bob, &proposals, &commit).judged(twin)?;
    if twin == Twin::Control {
        take(scene, &cast.alice, &[], &commit)?;
        return agree(scene, &[&cast.bob, &eve, &cast.alice]);
    }
    let joined = external_call(scene, &frank, &info).ok()?.hex("commit")?;
    for member in [&cast.alice, &cast.bob] {
        take(scene, member, &[], &joined)?;
    }
    agree(scene, &[&cast.bob, &frank, &cast.alice])
}

/// Two members have Eve's identity; she comes from outside and removes both. Control: one of them.
///
/// # Errors
/// As [`by_commit`](super::by_commit).
pub fn by_two_removes(scene: &mut Scene, twin: Twin) -> Outcome {
    let row = Row::of("external-remove-both");
    let cast = cast(scene, &row)?;
    let (eve, again) = (
        member(scene, "eve", Home::Peer, row.setup())?,
        member(scene, "eve's other self", Home::Peer, row.setup())?,
    );
    let mut change = added(scene, &eve)?;
    let call = key_package_call(scene, &again).text("identity", &eve.identity());
    change.by_value.push(format!("add:{}", call.ok()?.hex("key_package")?));
    step(scene, &cast.alice, &[&cast.bob, &cast.carol], &change)?;
    let info = group_info(scene, &cast.alice)?;
    let call = external_call(scene, &eve, &info).integer("remove_prior", 1);
    let commit = row.apply(call, twin).ok()?.hex("commit")?;
    take_call(scene, &cast.bob, &[], &commit).judged(twin)?;
    let commit = if twin == Twin::Deviant {
        let call = external_call(scene, &eve, &info).integer("remove_prior", 1);
        let commit = call.ok()?.hex("commit")?;
        take(scene, &cast.bob, &[], &commit)?;
        commit
    } else {
        commit
    };
    take(scene, &cast.alice, &[], &commit)?;
    agree(scene, &[&cast.bob, &eve, &cast.alice])
}

/// A proposal from outside deviates: of an external sender whom the group lists, with `new` of who wants to be added.
///
/// # Errors
/// As [`by_commit`](super::by_commit).
pub fn by_outsider(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let zoe = senders(scene, &cast)?;
    let call = outsider_call(scene, &cast, &zoe, row.has("new"))?;
    let proposal = row.apply(call, twin).ok()?.hex("proposal")?;
    with_proposal(scene, twin, &cast, proposal)
}

/// A proposal from outside that all accept, and Alice commits.
///
/// # Errors
/// The implementation refuses it.
pub fn unusual_outsider(scene: &mut Scene, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let zoe = senders(scene, &cast)?;
    let call = outsider_call(scene, &cast, &zoe, row.has("new"))?;
    let by_reference = vec![call.ok()?.hex("proposal")?];
    let change = Change { by_reference, ..Default::default() };
    step(scene, &cast.alice, &[&cast.bob], &change)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

/// The group lists Zoe as an external sender.
fn senders(scene: &mut Scene, cast: &Cast) -> Outcome<Member> {
    let zoe = member(scene, "zoe", Home::Peer, cast.alice.setup)?;
    let call = scene.call(zoe.party, "peer.external_sender").text("suite", zoe.setup.suite);
    let list = call.text("identity", &zoe.identity()).ok()?.hex("external_senders")?;
    let words = format!("group_context_extensions:0005={list}");
    step(scene, &cast.alice, &[&cast.bob, &cast.carol], &value(&words))?;
    Ok(zoe)
}

/// `peer.external_propose`: a Remove of Carol, or an Add of Zoe.
fn outsider_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    cast: &Cast,
    zoe: &Member,
    new: bool,
) -> Outcome<Call<'s, 'a>> {
    let epoch = epoch(scene, &cast.alice)?;
    let call = scene.call(zoe.party, "peer.external_propose").text("suite", zoe.setup.suite);
    let call = call.text("group_id", &group_id()).long("epoch", epoch);
    let call = call.text("identity", &zoe.identity());
    Ok(match new {
        true => call,
        false => call.integer("sender_index", 0).text("proposal", "remove_leaf:1"),
    })
}
