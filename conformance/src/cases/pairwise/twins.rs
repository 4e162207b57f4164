//! The two scenes in which most refusals are tested: something wrong in the peer's bundle, where the
//! implementation initiates, and something wrong in the peer's first message, where it responds.
//!
//! A row has the name of the peer's deviation, the class that a clause pins for it (`-` for none), and
//! where the honest form differs in more than the one thing, the deviation of the control twin.

use super::stage::{
    Device, Keys, Part, Setup, Step, USUAL, accept, accept_call, bundle, bundle_call, cast, device,
    device_as, fetch, initiate, initiate_call, meet, pass, publish, send,
};
use crate::case::{Outcome, Twin};
use crate::scene::{Call, Home, Scene};

/// A row, taken apart.
pub struct Row {
    deviation: &'static str,
    /// The class, or nothing.
    pub class: &'static str,
    control: Option<&'static str>,
}

impl Row {
    /// Takes a row apart.
    #[must_use]
    pub fn of(row: &'static str) -> Self {
        let mut words = row.split(' ');
        let deviation = words.next().unwrap_or_default();
        let class = words.next().filter(|&class| class != "-").unwrap_or_default();
        Row { deviation, class, control: words.next() }
    }

    /// Has the peer deviate as the twin needs it.
    pub fn apply<'s, 'a>(&self, call: Call<'s, 'a>, twin: Twin) -> Call<'s, 'a> {
        match (twin, self.control) {
            (Twin::Deviant, _) => call.deviate(self.deviation),
            (Twin::Control, Some(control)) => call.deviate(control),
            (Twin::Control, None) => call,
        }
    }
}

/// Accepted in the control twin; refused in the deviant, with the class if there is one.
///
/// # Errors
/// It is not.
pub fn judge(call: Call, twin: Twin, class: &str) -> Outcome {
    match twin {
        Twin::Deviant if !class.is_empty() => call.refused_with(class),
        _ => call.judged(twin),
    }
}

/// The peer's bundle deviates: the implementation must not initiate, and must with an honest one.
///
/// # Errors
/// It does otherwise.
pub fn by_bundle(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    bundle_of(scene, twin, row, &alice, &bob, Keys::BOTH)
}

/// The same where the implementation has the account's list 5 already.
///
/// # Errors
/// As [`by_bundle`].
pub fn by_bundle_pinned(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    let bob = device_as(scene, "bob", Home::Peer, &Setup { list_number: 5, ..USUAL })?;
    pin(scene, &alice, &bob)?;
    bundle_of(scene, twin, row, &alice, &bob, Keys::BOTH)
}

/// The scene of [`by_bundle`] for devices that are there.
///
/// # Errors
/// As [`by_bundle`].
pub fn bundle_of(
    scene: &mut Scene,
    twin: Twin,
    row: &'static str,
    alice: &Device,
    bob: &Device,
    keys: Keys,
) -> Outcome {
    let row = Row::of(row);
    let generation = publish(scene, bob, 1, 1)?;
    let call = bundle_call(scene, bob.party, generation, keys);
    let wrong = row.apply(call, twin).ok()?.hex("bundle")?;
    judge(initiate_call(scene, alice.party, bob, "s", &wrong), twin, row.class)?;
    if twin == Twin::Control && row.control.is_some() {
        // The peer has not stored what its bundle said, and so cannot answer.
        return Ok(());
    }
    if twin == Twin::Deviant {
        let right = bundle(scene, bob, generation, keys)?;
        initiate(scene, alice, bob, "s", &right)?;
    }
    meet(scene, alice, bob, "s")?;
    pass(scene, bob, alice, "s", "hello to you", Step::Dh)
}

/// The peer's first message deviates: the implementation must refuse it, and take an honest one that
/// uses the very same prekeys.
///
/// # Errors
/// It does otherwise.
pub fn by_message(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    message_of(scene, twin, row, &alice, &bob, Keys::BOTH)
}

/// The same where the implementation has the account's list 5 already.
///
/// # Errors
/// As [`by_message`].
pub fn by_message_pinned(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let alice = device_as(scene, "alice", Home::Peer, &Setup { list_number: 5, ..USUAL })?;
    let bob = device(scene, "bob", Home::Iut)?;
    pin(scene, &bob, &alice)?;
    message_of(scene, twin, row, &alice, &bob, Keys::BOTH)
}

/// The scene of [`by_message`] for devices that are there.
///
/// # Errors
/// As [`by_message`].
pub fn message_of(
    scene: &mut Scene,
    twin: Twin,
    row: &'static str,
    alice: &Device,
    bob: &Device,
    keys: Keys,
) -> Outcome {
    let row = Row::of(row);
    let generation = publish(scene, bob, 1, 1)?;
    let served = bundle(scene, bob, generation, keys)?;
    row.apply(initiate_call(scene, alice.party, bob, "s", &served), twin).ok()?;
    let first = send(scene, alice, "s", "hello")?;
    let call = accept_call(scene, bob.party, &first, "s");
    judge(call.text("expected_account", &alice.account), twin, row.class)?;
    match twin {
        Twin::Control => pass(scene, bob, alice, "s", "hello to you", Step::Dh),
        Twin::Deviant => afterwards(scene, bob, &served),
    }
}

/// The peer's bundle is unusual and allowed.
///
/// # Errors
/// The implementation does not initiate.
pub fn unusual_bundle(scene: &mut Scene, deviation: &'static str) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let generation = publish(scene, &bob, 1, 1)?;
    let call = bundle_call(scene, bob.party, generation, Keys::BOTH).deviate(deviation);
    let served = call.ok()?.hex("bundle")?;
    initiate(scene, &alice, &bob, "s", &served).map(drop)
}

/// The peer's first message is unusual and allowed.
///
/// # Errors
/// The implementation does not accept it.
pub fn unusual_message(scene: &mut Scene, deviation: &'static str) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let served = fetch(scene, &bob)?;
    initiate_call(scene, alice.party, &bob, "s", &served).deviate(deviation).ok()?;
    let first = send(scene, &alice, "s", "hello")?;
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

/// Somebody else, honest, uses a bundle that a refused message has used, and is answered.
///
/// # Errors
/// The implementation refuses.
pub fn afterwards(scene: &mut Scene, bob: &Device, served: &str) -> Outcome {
    let carol = device(scene, "carol", Home::Peer)?;
    initiate(scene, &carol, bob, "c", served)?;
    let first = send(scene, &carol, "c", "hello")?;
    accept(scene, bob, &first, "c")?;
    pass(scene, bob, &carol, "c", "hello to you", Step::Dh)
}

/// Has a device pin the other's first list.
///
/// # Errors
/// It is refused.
pub fn pin(scene: &mut Scene, at: &Device, other: &Device) -> Outcome {
    apply_call(scene, at, other, &other.lists()).accepted().map(drop)
}

/// `pw.apply_lists`.
pub fn apply_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    at: &Device,
    of: &Device,
    lists: &str,
) -> Call<'s, 'a> {
    let call = scene.call(at.party, "pw.apply_lists").text("account_id", &of.account);
    call.text("device_lists", lists)
}

/// One handshake between devices that are there, in which the implementation plays the part; with a
/// class, it must refuse in the deviant twin.
///
/// # Errors
/// It does otherwise.
pub fn handshake(
    scene: &mut Scene,
    twin: Twin,
    class: &str,
    alice: &Device,
    bob: &Device,
) -> Outcome {
    let served = fetch(scene, bob)?;
    let call = initiate_call(scene, alice.party, bob, "s", &served);
    if alice.party.home == Home::Iut {
        judge(call, twin, class)?;
        return if twin == Twin::Control { meet(scene, alice, bob, "s").map(drop) } else { Ok(()) };
    }
    call.ok()?;
    let first = send(scene, alice, "s", "hello")?;
    judge(accept_call(scene, bob.party, &first, "s"), twin, class)
}
