//! Histories that once told the two sides apart, each as small as it could be made.

use super::history::begin::{SIMULTANEOUS, conversation, prelude};
use super::history::op::{
    Body, Damage, History, Lists, Mailbox, Op, Pick, Restart, Setting, Time, With,
};

const SETTING: Setting =
    Setting { devices: 0, tight: true, attested: 0, trusting: 0, demanding: 0, seed: 7 };

fn send(from: u8, body: Body, with: With, data: u8) -> Op {
    Op::Send { from, session: Pick::Live(0), body, with, data }
}

fn deliver(envelope: u8, other_data: bool) -> Op {
    let (mailbox, damage) = (Mailbox::Right, Damage::None);
    Op::Deliver { envelope, keep: false, mailbox, damage, other_data, knowing: 4 }
}

fn after(begin: Vec<Op>, ops: Vec<Op>) -> History {
    History { setting: SETTING, ops: [begin, ops].concat() }
}

/// Name, history.
pub fn all() -> Vec<(&'static str, History)> {
    let text = Body::Application(1);
    let apply = |of, whose, lists, damage| Op::Apply { of, whose, lists, damage };
    vec![
        (
            "lists of the own account",
            after(vec![], vec![apply(0, 0, Lists::Current, Damage::None)]),
        ),
        (
            "more authenticated data on receipt than one may send",
            after(conversation(SETTING), vec![send(0, text, With::Nothing, 3), deliver(0, true)]),
        ),
        (
            "a caller that gives the extension absorb",
            after(conversation(SETTING), vec![send(0, text, With::Absorb(3), 0)]),
        ),
        (
            "an unknown content type",
            after(conversation(SETTING), vec![send(0, Body::Unknown(1), With::Unordered, 0)]),
        ),
        (
            "extensions out of order while a loser is announced",
            after(
                prelude(SIMULTANEOUS, SETTING)[..6].to_vec(),
                vec![send(0, text, With::Unordered, 0), send(1, text, With::Unordered, 0)],
            ),
        ),
        (
            "mailboxes of a closed session",
            after(
                conversation(SETTING),
                vec![
                    send(0, Body::Close, With::Nothing, 0),
                    Op::Observe { of: 0, session: Pick::Any(0) },
                ],
            ),
        ),
        (
            "attestations of every type and signer",
            after(
                vec![],
                (0..420).map(|at| apply(1, 0, Lists::Current, Damage::Flip(at, 0))).collect(),
            ),
        ),
        (
            "expiry of what a first message has skipped, after a restart",
            after(
                prelude(1, SETTING)[..1].to_vec(),
                vec![
                    send(0, text, With::Nothing, 0),
                    send(0, text, With::Nothing, 0),
                    send(0, text, With::Nothing, 0),
                    Op::Restart { of: 1, how: Restart::Crossed },
                    deliver(2, false),
                    Op::Wait { time: Time::Edge(0, 0) },
                    Op::Expire { of: 1 },
                ],
            ),
        ),
        (
            "a removed device with a live and an unaccepted session",
            after(prelude(5, SETTING), vec![apply(0, 1, Lists::Replaced, Damage::None)]),
        ),
    ]
}
