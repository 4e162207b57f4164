//! How histories begin, so that most of them have sessions.

use super::op::{Body, Damage, Fetch, Mailbox, Op, Pick, Setting, Time, With};

/// How a history begins, so that most have sessions: device 0 and device 1, whatever their number.
pub fn prelude(kind: u8, setting: Setting) -> Vec<Op> {
    let back = setting.devices % 3;
    let fetch = Fetch {
        one_time: true,
        kem: true,
        older: 0,
        again: false,
        current: false,
        damage: Damage::None,
    };
    let initiate = |from: u8, recovery: bool| {
        let to = if from == 0 { 0 } else { back };
        Op::Initiate { from, to, fetch, psk: false, recovery }
    };
    let send = |from: u8| {
        let session = Pick::Live(if from == 0 { 0 } else { back });
        Op::Send { from, session, body: Body::Application(1), with: With::Nothing, data: 0 }
    };
    let deliver = |envelope: u8| Op::Deliver {
        envelope,
        keep: false,
        mailbox: Mailbox::Right,
        damage: Damage::None,
        other_data: false,
        knowing: 4,
    };
    let wait = Op::Wait { time: Time::Hours(1) };
    let conversation = vec![initiate(0, false), send(0), deliver(0), send(1), deliver(0)];
    let resume = Op::Wait { time: Time::Edge(3, 1) };
    let rotate = |from: u8| {
        let session = Pick::Live(if from == 0 { 0 } else { back });
        Op::Send { from, session, body: Body::Rotation(1), with: With::Nothing, data: 0 }
    };
    let decide = |accept: bool| Op::Decide { of: 1, session: Pick::Unaccepted, accept };
    match kind % KINDS {
        0 => vec![],
        1 | 2 => conversation,
        // Messages of several chains, in flight.
        3 => [
            conversation,
            vec![send(0), send(0), send(0), deliver(1), send(1), send(1), deliver(2)],
        ]
        .concat(),
        // Both at once; each side sees the other's first.
        SIMULTANEOUS => vec![
            initiate(0, false),
            initiate(1, false),
            send(0),
            send(1),
            deliver(0),
            deliver(0),
            send(0),
            send(1),
            deliver(0),
            deliver(0),
        ],
        // Recovery beside a live session.
        5 => [conversation, vec![wait, initiate(1, true), send(1), deliver(0)]].concat(),
        // A handshake that is taken, given up after the window, and answered while the second one
        // awaits its decision.
        7 => vec![
            initiate(0, false),
            send(0),
            resume,
            initiate(0, false),
            send(0),
            deliver(0),
            deliver(0),
            send(1),
            deliver(0),
        ],
        // The same by a recovery that is accepted; both are answered.
        8 => vec![
            initiate(0, false),
            send(0),
            wait,
            initiate(0, true),
            send(0),
            deliver(0),
            deliver(0),
            send(1),
            decide(true),
            send(1),
            deliver(0),
            deliver(0),
        ],
        // The answer is under way, and the peer has gone on to a session made from the first.
        9 => vec![
            initiate(0, false),
            send(0),
            deliver(0),
            send(1),
            wait,
            initiate(1, false),
            send(1),
            deliver(1),
            deliver(0),
        ],
        // The message that announces a rotation is lost.
        10 => [
            conversation,
            vec![rotate(0), Op::Lose { envelope: 0 }, send(0), deliver(0), send(1), deliver(0)],
        ]
        .concat(),
        // An orderly replacement.
        _ => {
            [conversation, vec![wait, initiate(1, false), send(1), deliver(0), send(0), deliver(0)]]
                .concat()
        }
    }
}

/// How many there are.
pub const KINDS: u8 = 11;

/// The beginning in which both devices initiate.
pub const SIMULTANEOUS: u8 = 4;

/// A session that both sides have used.
pub fn conversation(setting: Setting) -> Vec<Op> {
    prelude(1, setting)
}
