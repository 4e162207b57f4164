//! Messages of an established session.

use super::{KIB, Ways, body, chunk};
use crate::floor::message as floor;
use crate::measure::{Run, plain, prepared};
use crate::pair::Pair;
use crate::stage::{Crowd, receive, send, try_receive};
use crate::{peer, stage};
use sceau::pairwise::{MailboxId, Outgoing};
use std::hint::black_box;
use vodozemac::olm::Session;

/// Messages in a chain, after which the bench begins another: less than the 65,536 that one may have.
const CHAIN: u32 = 60_000;
/// Bytes of a ratchet message that are not its framed plaintext.
const OVERHEAD: usize = 73;

/// A framed plaintext as long as Sceau's of a body of this size.
pub(super) fn framed(size: usize) -> Vec<u8> {
    let sent = stage::Talk::established().ada_sends(&body(size));
    body(sent.message.len() - OVERHEAD)
}

pub(super) fn encrypt(size: usize) -> Ways {
    fn on_a_chain<P: Pair + 'static>(size: usize) -> Run {
        let (body, start) = (body(size), P::established());
        let state = (start.copy(), 0);
        let prepare = move |(talk, sent): &mut (P, u32)| {
            *sent += 1;
            if *sent > CHAIN {
                (*talk, *sent) = (start.copy(), 0);
            }
        };
        prepared(64, state, prepare, move |(talk, _), ()| talk.ada_sends(black_box(&body)))
    }
    let framed = framed(size);
    Ways {
        sceau: on_a_chain::<stage::Talk>(size),
        floor: plain(move || floor::encrypt(black_box(&framed))),
        peer: Some(on_a_chain::<peer::Talk>(size)),
    }
}

pub(super) fn decrypt(size: usize) -> Ways {
    fn on_a_chain<P: Pair + 'static>(size: usize) -> Run {
        let body = body(size);
        let prepare = move |(talk, sent): &mut (P, u32)| {
            *sent += 1;
            if *sent > CHAIN {
                talk.turn();
                *sent = 0;
            }
            talk.ada_sends(&body)
        };
        let state = (P::established(), 0);
        prepared(chunk(size), state, prepare, |(talk, _), sent: &mut P::Sent| talk.bob_gets(sent))
    }
    let framed = framed(size);
    Ways {
        sceau: on_a_chain::<stage::Talk>(size),
        floor: prepared(
            chunk(size),
            (),
            move |()| floor::encrypt(&framed),
            |(), sealed| floor::decrypt(0, sealed),
        ),
        peer: Some(on_a_chain::<peer::Talk>(size)),
    }
}

/// A message each way, each with a DH step.
pub(super) fn ping_pong(size: usize) -> Ways {
    fn in_turn<P: Pair + 'static>(size: usize) -> Run {
        let (body, mut talk) = (body(size), P::established());
        plain(move || {
            let ping = talk.ada_sends(black_box(&body));
            black_box(talk.bob_gets(&ping));
            let pong = talk.bob_sends(black_box(&body));
            talk.ada_gets(&pong)
        })
    }
    let (framed, step) = (framed(size), floor::Step::new());
    Ways {
        sceau: in_turn::<stage::Talk>(size),
        floor: plain(move || {
            for _ in 0..2 {
                let sealed = floor::encrypt(black_box(&framed));
                step.receive();
                black_box(floor::decrypt(0, &sealed));
            }
        }),
        peer: Some(in_turn::<peer::Talk>(size)),
    }
}

/// A message of 1 KiB, behind some that did not come.
pub(super) fn gap(skipped: usize) -> Ways {
    fn behind<P: Pair + 'static>(skipped: usize) -> Run {
        let (body, mut start) = (body(KIB), P::established());
        let before = start.ada_sends(&body);
        start.bob_gets(&before);
        for _ in 0..skipped {
            start.ada_sends(&body);
        }
        let late = start.ada_sends(&body);
        prepared(1, start, |start| start.copy(), move |_, talk| talk.bob_gets(&late))
    }
    let sealed = floor::encrypt_behind(skipped, &framed(KIB));
    Ways {
        sceau: behind::<stage::Talk>(skipped),
        floor: plain(move || floor::decrypt(skipped, black_box(&sealed))),
        peer: Some(behind::<peer::Talk>(skipped)),
    }
}

/// The next message of 1 KiB to a Bob of many sessions, in the last of them.
fn to_the_last(body: &[u8], (crowd, sent): &mut (Crowd, u32)) -> Outgoing {
    let (ada, session) = crowd.others.last_mut().unwrap();
    *sent += 1;
    if *sent > CHAIN {
        let answer = send(&mut crowd.bob, session, b"yes").0;
        receive(ada, &answer, &mut crowd.rng);
        *sent = 0;
    }
    send(ada, session, body).0
}

/// Bob has many sessions; a message of 1 KiB comes in the mailbox of one.
pub(super) fn routed(sessions: u32) -> Ways {
    let (body, framed) = (body(KIB), framed(KIB));
    Ways {
        sceau: prepared(
            chunk(KIB),
            (Crowd::new(sessions), 0),
            move |state| to_the_last(&body, state),
            |(crowd, _), sent| receive(&mut crowd.bob, sent, &mut crowd.rng),
        ),
        floor: prepared(
            chunk(KIB),
            (),
            move |()| floor::encrypt(&framed),
            |(), sealed| floor::decrypt(0, sealed),
        ),
        peer: None,
    }
}

/// A message of 1 KiB of which nobody knows the mailbox, such as one on removable media: each session is asked, and it is
/// the last one's. Each of the others tries its current and its next header key.
pub(super) fn trial(sessions: u32) -> Ways {
    let mut crowd = Crowd::new(sessions);
    let bob = &mut crowd.bob;
    let mut mailbox = |id| bob.mailboxes(id, stage::NOW).unwrap().incoming[0];
    let mailboxes: Vec<MailboxId> = crowd.others.iter().map(|(_, id)| mailbox(id)).collect();
    let (text, sealed) = (body(KIB), floor::encrypt(&framed(KIB)));
    let seek = move |(crowd, _): &mut (Crowd, u32), sent: &mut Outgoing| {
        let (bob, rng) = (&mut crowd.bob, &mut crowd.rng);
        let opened = mailboxes.iter().find_map(|id| try_receive(bob, id, &sent.message, rng));
        opened.unwrap()
    };
    Ways {
        sceau: prepared(8, (crowd, 0), move |state| to_the_last(&text, state), seek),
        floor: plain(move || {
            for _ in 0..2 * (sessions - 1) {
                floor::try_header();
            }
            floor::decrypt(0, &sealed)
        }),
        peer: Some(peer_trial(sessions)),
    }
}

/// Of sessions with one device, the last one decrypts. The others derive the chain up to the message's number in vain; it is
/// the second of its chain each time, so that this stays little.
fn peer_trial(sessions: u32) -> Run {
    let talks: Vec<peer::Talk> = (0..sessions).map(|_| peer::Talk::established()).collect();
    let mut bobs: Vec<Session> = Vec::new();
    let mut adas: Vec<Session> = Vec::new();
    for talk in talks {
        bobs.push(talk.bob);
        adas.push(talk.ada);
    }
    let (mut ada, mut bob) = (adas.pop().unwrap(), bobs.pop().unwrap());
    peer::try_receive(&mut bob, &peer::send(&mut ada, b"yes")).unwrap();
    let sent = peer::send(&mut ada, &body(KIB));
    prepared(
        1,
        bobs,
        move |_| Session::from_pickle(bob.pickle()),
        move |bobs, last| {
            let opened = bobs.iter_mut().find_map(|bob| peer::try_receive(bob, &sent));
            opened.or_else(|| peer::try_receive(last, &sent)).unwrap()
        },
    )
}
