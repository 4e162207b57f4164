//! How sessions of a pair replace each other, and control messages within them.

use crate::absorb::winner;
use crate::announced::announced;
use crate::callers;
use crate::given_up;
use crate::scene::{
    Scene,
    Who::{A, B},
};
use crate::unaccepted;
use crate::vector::{Topic, fields, must};
use crate::world::{DAY, NOW, World};
use sceau_spec::octets::{Octets, ascii, empty, repeat, u32_be};
use sceau_spec::pairwise::bundle::encode_prekey_bundle;
use sceau_spec::pairwise::device::{close_frame, frame};
use sceau_spec::pairwise::envelope::outgoing_mailbox;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::{
    APPLICATION, CREDENTIAL_UPDATE, CredentialUpdate, DEVICE_LISTS, MAILBOX_ROTATION,
    encode_credential_update,
};
use sceau_spec::pairwise::header::SEALED_HEADER_SIZE;
use sceau_spec::pairwise::identities::{DeviceLists, encode_device_lists};
use sceau_spec::pairwise::ratchet::encrypt;
use sceau_spec::pairwise::session::ABSORB_ARMED;
use sceau_spec::pairwise::suite::NT;

pub const NAME: &str = "replacement";

/// Alice has initiated and Bob has answered.
pub fn talked(t: &Topic, world: &World, number: u32) -> (Scene, Octets) {
    let mut s = Scene::new(t, NAME, world, number);
    let id = s.initiate(A, false);
    let hello = s.send(A, &id, "hello");
    s.receive(B, &hello);
    let answer = s.send(B, &id, "answer");
    s.receive(A, &answer);
    (s, id)
}

/// The vectors.
pub fn topic(world: &World) -> Topic {
    let mut t = Topic::new(NAME, "REP-PAIR");
    t.valid(
        1,
        "PRE-06",
        "the bundles with which the scenes initiate: last-resort KEM keys, no one-time prekeys",
        fields! { alice_bundle: encode_prekey_bundle(&world.alice.bundle(None, 1)), bob_bundle: encode_prekey_bundle(&world.bob.bundle(None, 1)) },
        fields! {},
        fields! { one_time: false, last_resort: true },
    );
    cases(&mut t, world);
    given_up::scenes(&mut t, world);
    unaccepted::scenes(&mut t, world);
    refusals(&mut t, world);
    control(&mut t, world);
    callers::scenes(&mut t, world);
    t
}

fn cases(t: &mut Topic, world: &World) {
    let (mut s, _) = talked(t, world, 10);
    let next = s.initiate(A, false);
    let hello = s.send(A, &next, "with the resumption PSK");
    s.receive(B, &hello);
    let answer = s.send(B, &next, "answer");
    s.receive(A, &answer);
    s.valid(
        t,
        10,
        "REP-01 REP-03 HS-14 REP-09",
        "case 2: a live session is replaced with its resumption PSK",
    );

    let (mut s, _) = talked(t, world, 11);
    let next = s.initiate(A, true);
    let hello = s.send(A, &next, "a recovery");
    s.receive(B, &hello);
    s.decide(B, &next, true);
    let answer = s.send(B, &next, "accepted");
    s.receive(A, &answer);
    s.valid(t, 11, "REP-01 REP-02 REP-12", "case 5: a recovery is accepted by the peer's caller");

    let (mut s, id) = talked(t, world, 12);
    let next = s.initiate(A, true);
    let hello = s.send(A, &next, "a recovery");
    s.receive(B, &hello);
    s.decide(B, &next, false);
    let still = s.send(B, &id, "in the old session, which receives at Alice's");
    s.receive(A, &still);
    s.valid(t, 12, "REP-01 REP-02 REP-04", "case 5: a recovery is declined");

    let w = winner(world);
    let mut s = Scene::new(t, NAME, world, 13);
    let won = s.initiate(w, false);
    let lost = s.initiate(w.peer(), false);
    let first = s.send(w, &won, "first");
    let late = s.send(w.peer(), &lost, "late");
    s.receive(w.peer(), &first);
    let answer = s.send(w.peer(), &won, "answer");
    s.receive(w, &answer);
    s.receive(w, &late);
    s.valid(
        t,
        13,
        "REP-04 REP-05",
        "case 4: the peer's first message comes after the answer to the own one",
    );

    // Four are kept in the archive.
    let (mut s, _) = talked(t, world, 14);
    for turn in 0..5 {
        s.now = NOW + 1 + turn;
        let next = s.initiate(A, false);
        let hello = s.send(A, &next, "next");
        s.receive(B, &hello);
        let answer = s.send(B, &next, "answer");
        s.receive(A, &answer);
    }
    assert_eq!(s.sessions(A).len(), 5);
    s.now = NOW + 5 + 14 * DAY - 2;
    s.expire(A);
    s.now += 3;
    s.expire(A);
    s.valid(t, 14, "REP-09 LIM-02", "the archive holds four sessions, each for 14 days");

    // The loser is the oldest of four in the archive when the winner comes.
    let mut s = Scene::new(t, NAME, world, 68);
    let lost = s.initiate(w.peer(), false);
    let late = s.send(w.peer(), &lost, "late");
    let won = s.initiate(w, false);
    s.receive(w, &late);
    let first = s.send(w, &won, "first");
    for turn in 1..5 {
        s.now = NOW + turn * DAY;
        s.initiate(w.peer(), false);
    }
    s.receive(w.peer(), &first);
    assert_eq!(s.session(w.peer(), &won).absorb_status, ABSORB_ARMED);
    assert!(s.sessions(w.peer()).iter().all(|session| session.session_id != lost));
    let answer = s.send(w.peer(), &won, "answer");
    s.receive(w, &answer);
    let about = "the archive is trimmed at the end of the step, in which its oldest session is absorbed yet";
    s.valid(t, 68, "REP-09 REP-06 REP-05", about);
}

fn refusals(t: &mut Topic, world: &World) {
    let hi = frame(APPLICATION, &ascii("hi"));
    let mut s = Scene::new(t, NAME, world, 30);
    s.initiate(A, false);
    s.now = NOW + DAY - 1;
    let misuse = ErrorClass::Misuse;
    s.cannot_initiate(
        t,
        30,
        "REP-13 LIM-02",
        "a second handshake while the first waits, within the window",
        A,
        false,
        misuse,
    );

    let recovering = |t: &Topic, number: u32| {
        let (mut s, _) = talked(t, world, number);
        let next = s.initiate(A, true);
        let hello = s.send(A, &next, "a recovery");
        s.receive(B, &hello);
        (s, next)
    };
    let (s, next) = recovering(t, 31);
    s.cannot_send(
        t,
        31,
        "REP-02",
        "an unaccepted session does not send",
        B,
        &next,
        &hi,
        ErrorClass::SessionReplaced,
    );
    let (s, _) = recovering(t, 32);
    s.cannot_initiate(
        t,
        32,
        "REP-13",
        "no recovery while a session awaits the caller's decision",
        B,
        true,
        misuse,
    );

    let (mut s, _) = talked(t, world, 33);
    s.initiate(A, true);
    s.now = NOW + 3599;
    s.cannot_initiate(
        t,
        33,
        "REP-12",
        "a second recovery within the interval",
        A,
        true,
        ErrorClass::Limit,
    );

    let (mut s, id) = talked(t, world, 34);
    s.initiate(A, false);
    s.cannot_send(
        t,
        34,
        "REP-03",
        "an archived session does not send",
        A,
        &id,
        &hi,
        ErrorClass::Archived,
    );

    let (s, id) = talked(t, world, 35);
    s.cannot_decide(
        t,
        35,
        "REP-02",
        "a session that awaits no decision is accepted",
        B,
        &id,
        misuse,
    );

    let (mut s, id) = talked(t, world, 36);
    let close = s.send_frame(A, &id, &close_frame());
    s.receive(B, &close);
    s.cannot_send(
        t,
        36,
        "REP-10",
        "a session that the peer has closed",
        B,
        &id,
        &hi,
        ErrorClass::Closed,
    );

    let (mut s, id) = talked(t, world, 37);
    let late = s.send(B, &id, "late");
    let _close = s.send_frame(A, &id, &close_frame());
    s.cannot_receive(
        t,
        37,
        "REP-10 ENV-04",
        "a closed session is no candidate",
        A,
        &late,
        ErrorClass::Undecryptable,
    );

    let (mut s, id) = talked(t, world, 38);
    s.now = NOW + 90 * DAY;
    s.cannot_send(
        t,
        38,
        "REP-08 LIM-02",
        "a session that is too old",
        A,
        &id,
        &hi,
        ErrorClass::SessionExpired,
    );
}

/// Frames that the library handles.
fn control(t: &mut Topic, world: &World) {
    let (mut s, id) = talked(t, world, 50);
    let rotation = frame(MAILBOX_ROTATION, &u32_be(1));
    let message = s.send_frame(A, &id, &rotation);
    let under_way = s.send(A, &id, "in the new mailbox");
    s.receive(B, &message);
    s.receive(B, &under_way);
    s.valid(
        t,
        50,
        "ENV-05 ENV-01 ENV-04",
        "the sender's mailboxes rotate after the message that says so",
    );

    let (mut s, id) = talked(t, world, 51);
    s.send_frame(A, &id, &rotation);
    s.cannot_send(
        t,
        51,
        "ENV-05",
        "a rotation that does not grow",
        A,
        &id,
        &rotation,
        ErrorClass::Malformed,
    );

    let (s, id) = talked(t, world, 57);
    let two = frame(MAILBOX_ROTATION, &u32_be(2));
    s.cannot_send(t, 57, "ENV-05", "a rotation by two", A, &id, &two, ErrorClass::Malformed);

    let (mut s, id) = talked(t, world, 58);
    let _lost = s.send_frame(A, &id, &rotation);
    let under_way = s.send(A, &id, "in a mailbox that was not announced");
    s.receive(B, &under_way);
    s.valid(t, 58, "ENV-04 ENV-05", "the message that announces a rotation is lost");

    let (mut s, id) = talked(t, world, 64);
    let first = s.send_frame(A, &id, &rotation);
    let second = s.send_frame(A, &id, &two);
    s.receive(B, &second);
    s.cannot_receive(
        t,
        64,
        "ENV-04 ENV-05",
        "a rotation that the next one has overtaken lies where nobody looks any more",
        B,
        &first,
        ErrorClass::Undecryptable,
    );

    for (number, again, about) in
        [(65, 1, "a rotation that the receiver has had"), (66, 0, "a rotation that goes back")]
    {
        let (mut s, id) = talked(t, world, number);
        let announced = s.send_frame(A, &id, &rotation);
        s.receive(B, &announced);
        let session = s.session(A, &id);
        let again = frame(MAILBOX_ROTATION, &u32_be(again));
        let sealed = encrypt(&session, &again, &empty(), s.now, &world.policy.limits);
        let (_, bytes) = must(about, sealed);
        let mailbox = outgoing_mailbox(&session, s.now);
        let class = ErrorClass::Malformed;
        s.cannot_receive_bytes(t, number, "ENV-05 FRM-05", about, B, &mailbox, &bytes, class);
    }

    // Sent between the two, of which only the second arrives.
    let (mut s, id) = talked(t, world, 60);
    let _lost = s.send_frame(A, &id, &rotation);
    let between = s.send(A, &id, "between");
    let second = s.send_frame(A, &id, &two);
    s.receive(B, &second);
    s.receive(B, &between);
    s.valid(t, 60, "ENV-04 ENV-05", "the rotation before the one that was heard of");

    let below = repeat(2, SEALED_HEADER_SIZE + NT);
    for (number, clauses, about, known, bytes, class) in [
        (61, "ENV-04 ENC-05", "a byte too few", true, &below, ErrorClass::Malformed),
        (62, "ENV-03 ENV-04", "no byte", true, &empty(), ErrorClass::Malformed),
        (
            63,
            "ENV-04",
            "no candidate, and a byte too few",
            false,
            &below,
            ErrorClass::Undecryptable,
        ),
    ] {
        let (s, id) = talked(t, world, number);
        let at = outgoing_mailbox(&s.session(A, &id), s.now);
        let mailbox = if known { at } else { repeat(7, 32) };
        s.cannot_receive_bytes(t, number, clauses, about, B, &mailbox, bytes, class);
    }

    let (s, id) = talked(t, world, 52);
    let body = frame(1, &ascii("x"));
    s.cannot_send(t, 52, "FRM-05", "a close with a body", A, &id, &body, ErrorClass::Malformed);

    let (mut s, id) = talked(t, world, 53);
    let lists =
        |device: &crate::world::Device| DeviceLists::new(0).push(&device.state.account.device_list);
    let own = frame(DEVICE_LISTS, &encode_device_lists(&lists(&world.alice)));
    let message = s.send_frame(A, &id, &own);
    s.receive(B, &message);
    let update = CredentialUpdate {
        device_lists: lists(&world.alice),
        credential: world.alice.state.account.credential.clone(),
    };
    let message =
        s.send_frame(A, &id, &frame(CREDENTIAL_UPDATE, &encode_credential_update(&update)));
    s.receive(B, &message);
    s.valid(
        t,
        53,
        "FRM-06 ID-16 ID-15",
        "list and credential that are pinned already are accepted and change nothing",
    );

    let (mut s, id) = talked(t, world, 54);
    let others = frame(DEVICE_LISTS, &encode_device_lists(&lists(&world.bob)));
    let message = s.send_frame(A, &id, &others);
    s.cannot_receive(
        t,
        54,
        "FRM-05 FRM-06 ID-16",
        "a device list of another account",
        B,
        &message,
        ErrorClass::IdentityMismatch,
    );

    let (mut s, id) = talked(t, world, 55);
    let mixed = CredentialUpdate {
        device_lists: lists(&world.alice),
        credential: world.bob.state.account.credential.clone(),
    };
    let message =
        s.send_frame(A, &id, &frame(CREDENTIAL_UPDATE, &encode_credential_update(&mixed)));
    s.cannot_receive(
        t,
        55,
        "FRM-05 FRM-06 ID-16",
        "a credential of another account",
        B,
        &message,
        ErrorClass::IdentityMismatch,
    );

    announced(t, world);

    let (s, id) = talked(t, world, 56);
    s.cannot_send(
        t,
        56,
        "FRM-05",
        "an empty credential_update",
        A,
        &id,
        &frame(CREDENTIAL_UPDATE, &empty()),
        ErrorClass::Malformed,
    );
}
