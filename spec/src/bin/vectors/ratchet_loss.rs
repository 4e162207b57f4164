//! Messages that never come.

use crate::conversation::{
    Conversation,
    Side::{I, R},
};
use crate::vector::Topic;

const NAME: &str = "ratchet-loss";

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new(NAME, "RAT-LOSS");
    let t2 = &mut t;
    let clauses = "RAT-03 RAT-06 RAT-08 RAT-16";
    let mut c = Conversation::new(t2, NAME, 1);
    let _lost = c.send(I, "lost");
    let second = c.send(I, "two");
    c.receive(R, &second);
    let _lost = c.send(I, "lost too");
    let fourth = c.send(I, "four");
    c.receive(R, &fourth);
    c.valid(t2, 1, clauses, "the first message and one in the middle are lost");

    let mut c = Conversation::new(t2, NAME, 2);
    let first = c.send(I, "one");
    c.receive(R, &first);
    let _lost = c.send(I, "the last of its chain");
    let reply = c.send(R, "reply");
    c.receive(I, &reply);
    let next = c.send(I, "next chain");
    c.receive(R, &next);
    c.valid(t2, 2, clauses, "the last message of a chain is lost: pn tells of it");

    let mut c = Conversation::new(t2, NAME, 3);
    let first = c.send(I, "one");
    c.receive(R, &first);
    for _ in 0..2 {
        let _lost = c.send(R, "lost");
    }
    let third = c.send(R, "three");
    c.receive(I, &third);
    let _lost = c.send(I, "lost");
    let second = c.send(I, "two");
    c.receive(R, &second);
    c.valid(t2, 3, clauses, "the message that starts a chain is lost");

    let mut c = Conversation::new(t2, NAME, 4);
    let first = c.send(I, "one");
    c.receive(R, &first);
    let _lost = c.send(R, "a whole chain");
    let second = c.send(I, "two");
    c.receive(R, &second);
    let reply = c.send(R, "same chain");
    c.receive(I, &reply);
    c.valid(t2, 4, clauses, "answers are lost; the initiator stays in its chain");
    t
}
