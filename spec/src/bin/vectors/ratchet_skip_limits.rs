//! Gaps at the limits, and one past them.

use crate::conversation::{
    Conversation,
    Side::{I, R},
};
use crate::vector::Topic;
use sceau_spec::pairwise::error::ErrorClass::{Duplicate, TooFar};
use sceau_spec::pairwise::skipped::stored_keys;

const NAME: &str = "ratchet-skip-limits";

/// A conversation in which both have sent, so that the initiator may send on.
fn settled(t: &Topic, number: u32) -> Conversation {
    let mut c = Conversation::new(t, NAME, number);
    c.tell_state = false;
    let ping = c.send(I, "ping");
    c.receive(R, &ping);
    let pong = c.send(R, "pong");
    c.receive(I, &pong);
    let ping = c.send(I, "ping");
    c.receive(R, &ping);
    c
}

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new(NAME, "RAT-SKIP");
    gaps(&mut t);
    stored(&mut t);
    t
}

fn gaps(t: &mut Topic) {
    let mut c = settled(t, 1);
    c.skip(I, 999);
    let late = c.send(I, "the thousandth");
    let next = c.send(I, "behind the gap");
    c.receive(R, &next);
    assert_eq!(stored_keys(&c.responder.skipped), 1000);
    c.receive(R, &late);
    c.valid(t, 1, "RAT-07", "a gap of max_skip messages");

    let mut c = settled(t, 2);
    c.skip(I, 1001);
    let next = c.send(I, "behind the gap");
    c.refused(t, 2, "RAT-07", "a gap of one message more", R, &next, TooFar);

    for (number, old, new, valid) in
        [(3, 1000, 1000, true), (4, 1001, 0, false), (5, 0, 1001, false)]
    {
        let mut c = settled(t, number);
        c.skip(I, old);
        let pong = c.send(R, "pong");
        c.receive(I, &pong);
        c.skip(I, new);
        let next = c.send(I, "new chain");
        let about = format!("{old} lost in the old chain, {new} in the new one");
        if valid {
            c.receive(R, &next);
            assert_eq!(stored_keys(&c.responder.skipped), 2000);
            c.valid(t, number, "RAT-07 RAT-08", &about);
        } else {
            c.refused(t, number, "RAT-07", &about, R, &next, TooFar);
        }
    }
}

/// The bound on all stored keys.
fn stored(t: &mut Topic) {
    for number in [10, 11, 12] {
        let mut c = settled(t, number);
        // Numbers 1 to 2001 are skipped in two gaps, with number 1001 between them.
        let oldest = c.send(I, "number 1");
        let second = c.send(I, "number 2");
        c.skip(I, 998);
        let middle = c.send(I, "number 1001");
        c.receive(R, &middle);
        assert_eq!(stored_keys(&c.responder.skipped), 1000);
        c.skip(I, 1000);
        let end = c.send(I, "number 2002");
        c.receive(R, &end);
        assert_eq!(stored_keys(&c.responder.skipped), 2000);
        if number == 10 {
            c.receive(R, &oldest);
            c.valid(t, number, "RAT-08", "max_skipped_keys are stored; the oldest opens");
        } else {
            let _lost = c.send(I, "number 2003");
            let more = c.send(I, "number 2004");
            c.receive(R, &more);
            assert_eq!(stored_keys(&c.responder.skipped), 2000);
            if number == 11 {
                let about = "one more pushes out the oldest";
                c.refused(t, number, "RAT-08", about, R, &oldest, Duplicate);
            } else {
                c.receive(R, &second);
                c.valid(t, number, "RAT-08", "one more pushes out the oldest and no other");
            }
        }
    }
    // The older chain goes before the present one.
    for (number, first) in [(13, true), (14, false)] {
        let mut c = settled(t, number);
        let old = c.send(I, "number 1 of the old chain");
        c.skip(I, 998);
        let last_old = c.send(I, "number 1000 of the old chain");
        let pong = c.send(R, "pong");
        c.receive(I, &pong);
        c.skip(I, 1000);
        let new = c.send(I, "number 1000 of the new chain");
        c.receive(R, &new);
        let _lost = c.send(I, "number 1001");
        let more = c.send(I, "number 1002");
        c.receive(R, &more);
        assert_eq!(stored_keys(&c.responder.skipped), 2000);
        if first {
            let about = "the older chain's oldest key goes first";
            c.refused(t, number, "RAT-08", about, R, &old, Duplicate);
        } else {
            c.receive(R, &last_old);
            c.valid(t, number, "RAT-08", "the older chain's last key is still there");
        }
    }
}
