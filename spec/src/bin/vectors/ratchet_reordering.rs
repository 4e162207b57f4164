//! Messages that come late, and twice.

use crate::conversation::{
    Conversation,
    Side::{I, R},
};
use crate::vector::Topic;
use crate::world::{DAY, NOW};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::error::ErrorClass::{Duplicate, Undecryptable};

const NAME: &str = "ratchet-reordering";

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new(NAME, "RAT-RE");
    late(&mut t);
    refusals(&mut t);
    t
}

fn late(t: &mut Topic) {
    let mut c = Conversation::new(t, NAME, 1);
    let sent: Vec<Octets> = ["zero", "one", "two", "three"].map(|body| c.send(I, body)).into();
    for n in [3, 0, 2, 1] {
        c.receive(R, &sent[n]);
    }
    c.valid(t, 1, "RAT-06 RAT-08 RAT-09", "one chain, in the order 3, 0, 2, 1");

    let mut c = Conversation::new(t, NAME, 2);
    let first = c.send(I, "one");
    c.receive(R, &first);
    let late = c.send(I, "late");
    let reply = c.send(R, "reply");
    c.receive(I, &reply);
    let new_late = c.send(I, "late in the new chain");
    let new = c.send(I, "new chain");
    c.receive(R, &new);
    c.receive(R, &late);
    c.receive(R, &new_late);
    c.valid(
        t,
        2,
        "RAT-08 RAT-09 RAT-11",
        "a message of an older chain, then one of the present chain",
    );

    let mut c = Conversation::new(t, NAME, 3);
    let one = c.send(I, "one");
    let two = c.send(I, "two");
    c.receive(R, &two);
    c.fails(R, &two, Duplicate);
    let mut wrong = one.clone();
    wrong[90usize] ^= 1;
    c.fails(R, &wrong, Undecryptable);
    c.receive(R, &one);
    c.fails(R, &one, Duplicate);
    c.valid(
        t,
        3,
        "RAT-06 RAT-09 RAT-10 ENC-11",
        "refusals in between change nothing: the stored key is still there",
    );

    let mut c = Conversation::new(t, NAME, 4);
    let late = c.send(I, "late");
    let two = c.send(I, "two");
    c.receive(R, &two);
    c.now = NOW + 14 * DAY - 1;
    c.receive(R, &late);
    c.valid(t, 4, "RAT-09 LIM-02", "a stored key a second before it is too old");

    let mut c = Conversation::new(t, NAME, 5);
    c.tell_state = false;
    let mut lates = Vec::new();
    for _ in 0..5 {
        lates.push(c.send(I, "late"));
        let message = c.send(I, "x");
        c.receive(R, &message);
        let reply = c.send(R, "y");
        c.receive(I, &reply);
    }
    let message = c.send(I, "present chain");
    c.receive(R, &message);
    for late in lates.iter().rev() {
        c.receive(R, late);
    }
    c.valid(t, 5, "RAT-08 RAT-11", "five older chains with a stored key each, all of them open");

    let mut c = Conversation::new(t, NAME, 6);
    let one = c.send(I, "one");
    let late = c.send(I, "late");
    c.receive(R, &one);
    let reply = c.send(R, "reply");
    c.receive(I, &reply);
    let next = c.send(I, "next chain");
    c.receive(R, &next);
    let mut other = late.clone();
    other[60usize] ^= 1;
    c.fails(R, &other, Undecryptable);
    c.receive(R, &late);
    c.fails(R, &late, Undecryptable);
    c.valid(
        t,
        6,
        "RAT-06 RAT-08 RAT-10",
        "a damaged message leaves an older chain's last key where it is; the right one takes the chain along",
    );
}

fn refusals(t: &mut Topic) {
    let mut c = Conversation::new(t, NAME, 10);
    let late = c.send(I, "late");
    let two = c.send(I, "two");
    c.receive(R, &two);
    c.receive(R, &late);
    c.refused(t, 10, "RAT-09 RAT-10", "a late message a second time", R, &late, Duplicate);

    let mut c = Conversation::new(t, NAME, 11);
    let late = c.send(I, "late");
    let two = c.send(I, "two");
    c.receive(R, &two);
    c.now = NOW + 14 * DAY;
    c.refused(
        t,
        11,
        "RAT-09 LIM-02",
        "a stored key that is as old as it may not be",
        R,
        &late,
        Duplicate,
    );

    let mut c = Conversation::new(t, NAME, 12);
    let one = c.send(I, "one");
    c.receive(R, &one);
    let reply = c.send(R, "reply");
    c.receive(I, &reply);
    let next = c.send(I, "next chain");
    c.receive(R, &next);
    c.refused(
        t,
        12,
        "RAT-10 RAT-17",
        "a message of an older chain without stored keys",
        R,
        &one,
        Undecryptable,
    );

    let mut c = Conversation::new(t, NAME, 13);
    let one = c.send(I, "one");
    let late = c.send(I, "late");
    c.receive(R, &one);
    let reply = c.send(R, "reply");
    c.receive(I, &reply);
    let next = c.send(I, "next chain");
    c.receive(R, &next);
    c.receive(R, &late);
    c.refused(
        t,
        13,
        "RAT-08 RAT-10",
        "an older chain is dropped with its last key",
        R,
        &late,
        Undecryptable,
    );

    let mut c = Conversation::new(t, NAME, 14);
    let oldest = c.send(I, "late");
    for turn in 0..6 {
        let message = if turn == 0 {
            c.send(I, "x")
        } else {
            let _late = c.send(I, "late");
            c.send(I, "x")
        };
        c.receive(R, &message);
        let reply = c.send(R, "y");
        c.receive(I, &reply);
    }
    let message = c.send(I, "present chain");
    c.receive(R, &message);
    c.refused(
        t,
        14,
        "RAT-08 RAT-11",
        "the sixth older chain is dropped",
        R,
        &oldest,
        Undecryptable,
    );

    // The late message's chain has another stored key, so its header still opens.
    let mut c = Conversation::new(t, NAME, 15);
    let one = c.send(I, "one");
    let _late = c.send(I, "late");
    c.receive(R, &one);
    let reply = c.send(R, "reply");
    c.receive(I, &reply);
    let next = c.send(I, "next chain");
    c.receive(R, &next);
    c.refused(
        t,
        15,
        "RAT-10",
        "a message received long ago, of an older chain with another stored key",
        R,
        &one,
        Duplicate,
    );
}
