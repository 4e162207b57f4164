//! Prekeys and first messages.

use super::message::framed;
use super::{KIB, Ways, body};
use crate::floor::{handshake::Handshake, message as floor};
use crate::measure::{plain, prepared};
use crate::peer;
use crate::stage::{Counter, NOW, Stage, copy, person, publish, receive};
use std::hint::black_box;

/// `keys` one-time keys and as many one-time KEM keys, a signed and a last-resort one: enough for `keys` initiators. The
/// peer's are `keys` one-time keys and a fallback key, each signed.
pub(super) fn batch(keys: u32) -> Ways {
    let handshake = Handshake::new();
    let mut rng = Counter(5);
    let (bob, olm) = (person(&mut rng), vodozemac::olm::Account::new());
    Ways {
        sceau: prepared(8, rng, move |_| copy(&bob), move |rng, bob| publish(bob, keys, rng)),
        floor: plain(move || handshake.batch(keys)),
        peer: Some(prepared(
            8,
            olm,
            |olm| peer::copy(olm),
            move |_, olm| peer::publish(olm, keys as usize),
        )),
    }
}

pub(super) fn bundle() -> Ways {
    let (stage, handshake, olm) = (Stage::new(), Handshake::new(), peer::Stage::new());
    let account = stage.bob.account_id().clone();
    Ways {
        sceau: plain(move || {
            stage.ada.verify_bundle(&account, black_box(&stage.bundle), NOW).unwrap()
        }),
        floor: plain(move || handshake.bundle()),
        peer: Some(plain(move || black_box(&olm.bundle).verify())),
    }
}

/// From a bundle to the bytes of a first message of 1 KiB.
pub(super) fn first_out() -> Ways {
    let (stage, handshake, olm) = (Stage::new(), Handshake::new(), peer::Stage::new());
    let (framed, text) = (framed(KIB), body(KIB));
    let olm_text = text.clone();
    Ways {
        sceau: prepared(
            8,
            stage,
            |stage| (copy(&stage.ada), Counter(3)),
            move |stage, (ada, rng)| stage.first(ada, rng, black_box(&text)),
        ),
        floor: plain(move || handshake.first_out(black_box(&framed))),
        peer: Some(plain(move || {
            peer::first_out(&olm.ada, black_box(&olm.bundle), black_box(&olm_text))
        })),
    }
}

/// From the bytes of a first message to its body.
pub(super) fn first_in() -> Ways {
    let (stage, handshake, olm) = (Stage::new(), Handshake::new(), peer::Stage::new());
    let first = stage.first(&mut copy(&stage.ada), &mut Counter(3), &body(KIB)).1;
    let sealed = floor::encrypt(&framed(KIB));
    let (_, olm_first) = peer::first_out(&olm.ada, &olm.bundle, &body(KIB));
    let sender = olm.ada.curve25519_key();
    Ways {
        sceau: prepared(
            8,
            stage,
            |stage| (copy(&stage.bob), Counter(4)),
            move |_, (bob, rng)| receive(bob, black_box(&first), rng),
        ),
        floor: plain(move || handshake.first_in(black_box(&sealed))),
        peer: Some(prepared(
            8,
            olm,
            |olm| peer::copy(&olm.bob),
            move |_, bob| peer::first_in(bob, sender, black_box(&olm_first)),
        )),
    }
}
