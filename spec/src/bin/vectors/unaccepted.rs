//! Sessions that await a decision one after another (case 5), and the session that one which waits was
//! made from (`[REP-03]`, `[REP-09]`).

use crate::replacement::talked;
use crate::scene::{
    Scene,
    Who::{A, B},
};
use crate::vector::Topic;
use crate::world::{DAY, NOW, World};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::pairs::{delete_session, get_session};
use sceau_spec::pairwise::session::{ARCHIVED, ESTABLISHED, SessionState, UNACCEPTED, WAITING};
use sceau_spec::pairwise::state::commit;

/// The scenes.
pub fn scenes(t: &mut Topic, world: &World) {
    undecided(t, world);
    kept(t, world);
    lost(t, world);
}

/// Alice recovers twice, and Bob's caller decides neither.
fn undecided(t: &mut Topic, world: &World) {
    let twice = |t: &Topic, number: u32| {
        let (mut s, live) = talked(t, world, number);
        let first = s.initiate(A, true);
        let hello = s.send(A, &first, "a recovery");
        s.receive(B, &hello);
        s.now = NOW + 3600;
        let second = s.initiate(A, true);
        let again = s.send(A, &second, "another one");
        s.receive(B, &again);
        assert_eq!(s.sessions(B).len(), 2);
        assert_eq!(s.session(B, &live).status, ESTABLISHED);
        assert_eq!(s.session(B, &second).status, UNACCEPTED);
        (s, second, hello)
    };
    let (mut s, second, _) = twice(t, 70);
    s.decide(B, &second, true);
    let answer = s.send(B, &second, "accepted");
    s.receive(A, &answer);
    let about = "case 5: another session takes the place of an unaccepted one, which is deleted";
    s.valid(t, 70, "REP-01 REP-02", about);

    let (s, _, hello) = twice(t, 71);
    let about = "a first message of an unaccepted session that another has deleted";
    s.cannot_receive(t, 71, "REP-02 HS-09", about, B, &hello, ErrorClass::Replay);
}

/// Handshake after handshake is made from one session, until the last is answered.
fn kept(t: &mut Topic, world: &World) {
    let (mut s, source) = talked(t, world, 72);
    let mut last = s.initiate(A, false);
    for turn in 1..6 {
        s.now = NOW + turn * DAY;
        last = s.initiate(A, false);
    }
    // Four that were given up, and the source, which is older than all of them.
    assert_eq!(s.sessions(A).len(), 6);
    s.now = NOW + 14 * DAY + 1;
    s.expire(A);
    assert_eq!(s.session(A, &source).status, ARCHIVED);
    assert_eq!(s.session(A, &last).status, WAITING);
    let hello = s.send(A, &last, "at last");
    s.receive(B, &hello);
    let answer = s.send(B, &last, "answer");
    s.receive(A, &answer);
    assert_eq!(s.sessions(A).len(), 5);
    assert!(s.sessions(A).iter().all(|session| session.session_id != source));
    let about = "the session of the PSK is kept while the one made from it waits, and no longer";
    s.valid(t, 72, "REP-09 REP-03", about);

    // Few enough to be kept: its age counts again.
    let (mut s, source) = talked(t, world, 73);
    let next = s.initiate(A, false);
    let hello = s.send(A, &next, "hello");
    s.receive(B, &hello);
    let answer = s.send(B, &next, "answer");
    s.now = NOW + 14 * DAY;
    s.expire(A);
    s.receive(A, &answer);
    assert_eq!(s.session(A, &source).status, ARCHIVED);
    s.expire(A);
    assert_eq!(s.sessions(A).len(), 1);
    s.valid(t, 73, "REP-09", "past its age it goes with the first step after the answer");
}

/// The session of the PSK is no longer stored.
fn lost(t: &mut Topic, world: &World) {
    let without = |t: &Topic, number: u32| -> Scene {
        let (mut s, source) = talked(t, world, number);
        s.initiate(A, false);
        let session: SessionState = s.session(A, &source);
        let state = s.state(A).clone();
        assert!(get_session(&state, &source).is_ok());
        s.start_again(A, commit(&delete_session(&state, &session)));
        s.now = NOW + DAY;
        s
    };
    let about = "the live session waits, and the session of its PSK is no longer stored";
    let misuse = ErrorClass::Misuse;
    without(t, 74).cannot_initiate(t, 74, "REP-03", about, A, false, misuse);

    let mut s = without(t, 75);
    let next = s.initiate(A, true);
    let hello = s.send(A, &next, "a recovery");
    s.receive(B, &hello);
    s.valid(t, 75, "REP-03 REP-12", "recovery is left");
}
