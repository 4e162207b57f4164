//! First messages that are refused for what stands on the wire.

use super::{Done, input, receive, state_of};
use crate::vector::{Topic, edit, must, put};
use crate::world::{NOW, World};
use sceau_spec::octets::{Octets, empty};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::handshake::{
    FirstMessage, HandshakeMessage, decode_first_message, encode_first_message,
};

/// First messages that were altered.
pub fn wire(t: &mut Topic, world: &World, done: &Done) {
    let mailbox = device::own_contact_mailbox(&world.bob.state);
    let key = t.draw(30, "ratchet_key", 32);
    let first = must("decode", decode_first_message(&done.message));
    let with = |change: &dyn Fn(&mut HandshakeMessage)| {
        let mut handshake = first.handshake.clone();
        change(&mut handshake);
        encode_first_message(&FirstMessage { handshake, message: first.message.clone() })
    };
    let mut format = done.message.clone();
    format[0usize] = 1;
    let mut presence = done.message.clone();
    presence[9usize] = 2;
    let mut body = done.message.clone();
    let last = body.len() - 1;
    body[last] ^= 1;
    let malformed = ErrorClass::Malformed;
    let unknown = ErrorClass::UnknownPrekey;
    let undecryptable = ErrorClass::Undecryptable;
    for (number, clauses, about, message, class) in [
        (
            30,
            "ENV-03 ENC-05",
            "the wire format of a ratchet message in the contact mailbox",
            format,
            malformed,
        ),
        (31, "ENC-03", "a presence byte of 2", presence, malformed),
        (32, "HS-17", "an unknown batch", with(&|h| h.batch_generation = 2), unknown),
        (
            33,
            "HS-17",
            "an unknown one-time prekey",
            with(&|h| h.one_time_prekey_id = Some(9)),
            unknown,
        ),
        (34, "HS-17", "an unknown KEM prekey", with(&|h| h.kem_prekey_id = 9), unknown),
        (
            35,
            "HS-17 PRE-09",
            "a one-time prekey in the signed one's place",
            with(&|h| h.signed_prekey_id = 2),
            malformed,
        ),
        (
            36,
            "HS-17 PRE-09",
            "the signed prekey in the KEM key's place",
            with(&|h| h.kem_prekey_id = 0),
            malformed,
        ),
        (
            37,
            "HS-17",
            "an ephemeral key of 31 bytes",
            with(&|h| h.ephemeral_key = h.ephemeral_key.slice(0, 31)),
            malformed,
        ),
        (
            38,
            "HS-17 SUI-03",
            "a KEM ciphertext of 1,087 bytes",
            with(&|h| h.kem_ciphertext = h.kem_ciphertext.slice(0, 1087)),
            malformed,
        ),
        (
            39,
            "HS-17",
            "a sealed identity of a byte more",
            with(&|h| h.sealed_identity = h.sealed_identity.concat(&Octets::new(1))),
            malformed,
        ),
        (
            40,
            "HS-17",
            "a sealed identity that is a tag alone",
            with(&|h| h.sealed_identity = h.sealed_identity.slice(0, 16)),
            malformed,
        ),
        (
            41,
            "SUI-01",
            "an ephemeral key of small order",
            with(&|h| h.ephemeral_key = Octets::new(32)),
            ErrorClass::LowOrder,
        ),
        (
            42,
            "SUI-04 HS-15",
            "a wrong bit in the KEM ciphertext",
            with(&|h| h.kem_ciphertext[7usize] ^= 1),
            undecryptable,
        ),
        (
            43,
            "HS-15",
            "another ephemeral key",
            with(&|h| h.ephemeral_key[0usize] ^= 1),
            undecryptable,
        ),
        (
            44,
            "SUI-07",
            "a wrong bit in the sealed identity",
            with(&|h| h.sealed_identity[0usize] ^= 1),
            undecryptable,
        ),
        (
            45,
            "HS-15",
            "the one-time prekey's id is left out",
            with(&|h| h.one_time_prekey_id = None),
            undecryptable,
        ),
        (
            46,
            "HS-15",
            "the last-resort key's id in place of the one-time one's",
            with(&|h| h.kem_prekey_id = 1),
            undecryptable,
        ),
        (47, "RAT-17", "a wrong bit in the message within", body, undecryptable),
        (48, "ENC-02", "a byte behind it", done.message.concat(&Octets::new(1)), malformed),
        (49, "ENC-04", "a byte short", done.message.slice(0, last), malformed),
        (50, "ENC-13 ENV-03", "nothing", empty(), malformed),
    ] {
        let result = receive(
            &world.bob.state,
            &mailbox,
            &message,
            &empty(),
            &Expectation::default(),
            &key,
            NOW,
            &world.policy,
        );
        let mut fields =
            input(state_of("HS-FM-001.in.responder_state"), &mailbox, &message, &key, NOW);
        if message.len() > 100 {
            fields.shift_remove("message");
            put(
                &mut fields,
                "message_edit",
                edit("HS-FM-001.out.first_message", &done.message, &message),
            );
        }
        t.refused(number, clauses, about, fields, result, class);
    }
}
