//! Handshakes that were given up and are answered after all (`[REP-14]`, and case 2).

use crate::absorb::winner;
use crate::replacement::{NAME, talked};
use crate::scene::{
    Message, Scene,
    Who::{A, B},
};
use crate::vector::Topic;
use crate::world::{DAY, NOW, World};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::device::close_frame;
use sceau_spec::pairwise::session::{ARCHIVED, CLOSED, ESTABLISHED, UNACCEPTED, WAITING};

/// Alice has initiated twice; Bob has taken the first and is asked about the second. The sessions, and
/// his answer in the first.
fn twice(t: &Topic, world: &World, number: u32, recovery: bool) -> (Scene, [Octets; 2], Message) {
    let mut s = Scene::new(t, NAME, world, number);
    let first = s.initiate(A, false);
    let hello = s.send(A, &first, "hello");
    s.receive(B, &hello);
    let answer = s.send(B, &first, "answer");
    s.now = if recovery { NOW + 60 } else { NOW + DAY };
    let second = s.initiate(A, recovery);
    let again = s.send(A, &second, "hello again");
    s.receive(B, &again);
    assert_eq!(s.session(B, &second).status, UNACCEPTED);
    (s, [first, second], answer)
}

/// The scenes.
pub fn scenes(t: &mut Topic, world: &World) {
    let statuses = |s: &Scene, ids: &[Octets; 2]| statuses(s, &ids.each_ref());

    let (mut s, ids, answer) = twice(t, world, 15, false);
    s.receive(A, &answer);
    assert_eq!(statuses(&s, &ids), [ESTABLISHED, ARCHIVED]);
    s.decide(B, &ids[1], false);
    let on = s.send(A, &ids[0], "on");
    s.receive(B, &on);
    s.valid(t, 15, "REP-14 REP-02", "a handshake given up is answered, the second one is declined");

    let (mut s, ids, answer) = twice(t, world, 16, false);
    s.receive(A, &answer);
    s.decide(B, &ids[1], true);
    let welcome = s.send(B, &ids[1], "welcome");
    s.receive(A, &welcome);
    assert_eq!(statuses(&s, &ids), [ARCHIVED, ESTABLISHED]);
    let on = s.send(A, &ids[1], "on");
    s.receive(B, &on);
    s.valid(t, 16, "REP-14 REP-02", "the second one, accepted later, takes the place back");

    let (mut s, ids, answer) = twice(t, world, 17, false);
    s.decide(B, &ids[1], true);
    let welcome = s.send(B, &ids[1], "welcome");
    s.receive(A, &welcome);
    s.receive(A, &answer);
    assert_eq!(statuses(&s, &ids), [ARCHIVED, ESTABLISHED]);
    s.valid(
        t,
        17,
        "REP-14",
        "the first one's answer comes behind that in the second: it stays archived",
    );

    let (mut s, ids, answer) = twice(t, world, 18, true);
    s.receive(A, &answer);
    assert_eq!(statuses(&s, &ids), [ESTABLISHED, ARCHIVED]);
    s.decide(B, &ids[1], true);
    let welcome = s.send(B, &ids[1], "welcome");
    s.receive(A, &welcome);
    assert_eq!(statuses(&s, &ids), [ARCHIVED, ESTABLISHED]);
    s.valid(t, 18, "REP-14 REP-12", "the same where the second one is a recovery");

    // Alice's first one is made with the PSK of the session before, the recovery with none.
    let (mut s, _) = talked(t, world, 19);
    s.now = NOW + 60;
    let first = s.initiate(A, false);
    let hello = s.send(A, &first, "resumed");
    s.receive(B, &hello);
    let answer = s.send(B, &first, "answer");
    let second = s.initiate(A, true);
    s.receive(A, &answer);
    assert_eq!(statuses(&s, &[first, second]), [ESTABLISHED, ARCHIVED]);
    s.valid(t, 19, "REP-14 REP-03", "a resumption given up for a recovery comes back");

    let w = winner(world);
    let mut s = Scene::new(t, NAME, world, 20);
    let won = s.initiate(w, false);
    let lost = s.initiate(w.peer(), false);
    let late = s.send(w.peer(), &lost, "the loser's");
    let first = s.send(w, &won, "the winner's");
    s.receive(w.peer(), &first);
    s.receive(w, &late);
    let close = s.send_frame(w, &won, &close_frame());
    s.receive(w.peer(), &close);
    assert_eq!(s.session(w.peer(), &lost).status, ARCHIVED);
    s.valid(t, 20, "REP-14 REP-10", "a loser does not come back when the winner is closed");

    let mut s = Scene::new(t, NAME, world, 21);
    let first = s.initiate(A, false);
    let hello = s.send(A, &first, "hello");
    s.receive(B, &hello);
    let answer = s.send(B, &first, "answer");
    let second = s.initiate(B, false);
    let news = s.send(B, &second, "from a session made from the first");
    s.receive(A, &news);
    assert_eq!(statuses(&s, &[first.clone(), second.clone()]), [ARCHIVED, ESTABLISHED]);
    s.receive(A, &answer);
    assert_eq!(statuses(&s, &[first, second]), [ARCHIVED, ESTABLISHED]);
    s.valid(t, 21, "REP-01 REP-14", "case 2 for a session that waits: its answer comes later");

    ties(t, world);
    closed_first(t, world);
    resumed(t, world);
    none_live(t, world);
}

/// What the sessions of Alice are, in the order of the ids.
fn statuses<const N: usize>(s: &Scene, ids: &[&Octets; N]) -> [u8; N] {
    ids.map(|id| s.session(A, id).status)
}

/// Two handshakes of one second: the recovery counts as the later one.
fn ties(t: &mut Topic, world: &World) {
    let recovered = |t: &Topic, number: u32| {
        let mut s = Scene::new(t, NAME, world, number);
        let first = s.initiate(A, false);
        let hello = s.send(A, &first, "hello");
        s.receive(B, &hello);
        let answer = s.send(B, &first, "answer");
        let second = s.initiate(A, true);
        let again = s.send(A, &second, "a recovery in the same second");
        s.receive(B, &again);
        s.decide(B, &second, true);
        let welcome = s.send(B, &second, "welcome");
        assert_eq!(s.session(A, &first).created_at, s.session(A, &second).created_at);
        (s, first, second, answer, welcome)
    };
    let (mut s, first, second, answer, welcome) = recovered(t, 22);
    s.receive(A, &answer);
    assert_eq!(statuses(&s, &[&first, &second]), [ESTABLISHED, ARCHIVED]);
    s.receive(A, &welcome);
    assert_eq!(statuses(&s, &[&first, &second]), [ARCHIVED, ESTABLISHED]);
    s.valid(t, 22, "REP-14", "of two handshakes of one second the recovery counts as the later");

    let (mut s, first, second, answer, welcome) = recovered(t, 23);
    s.receive(A, &welcome);
    s.receive(A, &answer);
    assert_eq!(statuses(&s, &[&first, &second]), [ARCHIVED, ESTABLISHED]);
    s.valid(t, 23, "REP-14", "of two handshakes of one second the plain one counts as the earlier");
}

/// A close says that the peer has no use for the session.
fn closed_first(t: &mut Topic, world: &World) {
    for (number, recovery) in [(24, false), (25, true)] {
        let mut s = Scene::new(t, NAME, world, number);
        let first = s.initiate(A, false);
        let hello = s.send(A, &first, "hello");
        s.receive(B, &hello);
        let close = s.send_frame(B, &first, &close_frame());
        s.now = if recovery { NOW } else { NOW + DAY };
        let second = s.initiate(A, recovery);
        s.receive(A, &close);
        assert_eq!(statuses(&s, &[&first, &second]), [CLOSED, WAITING]);
        let again = s.send(A, &second, "hello again");
        s.receive(B, &again);
        let answer = s.send(B, &second, "answer");
        s.receive(A, &answer);
        assert_eq!(statuses(&s, &[&first, &second]), [CLOSED, ESTABLISHED]);
        let about = if recovery {
            "a close brings no handshake back that a recovery has followed"
        } else {
            "a handshake given up is answered with a close: it is closed, the second one stays"
        };
        s.valid(t, number, "REP-14 REP-10", about);
    }
}

/// Sessions that the peer has made from the one given up (case 2).
fn resumed(t: &mut Topic, world: &World) {
    for (number, recovery, about) in [
        (26, false, "case 2 for a session given up, whose answer comes later"),
        (27, true, "the same where it was given up for a recovery"),
    ] {
        let (mut s, [first, second], answer) = twice(t, world, number, recovery);
        s.decide(B, &second, false);
        let third = s.initiate(B, false);
        let news = s.send(B, &third, "from a session made from the first");
        s.receive(A, &news);
        let ids = [&first, &second, &third];
        assert_eq!(statuses(&s, &ids), [ARCHIVED, ARCHIVED, ESTABLISHED]);
        s.receive(A, &answer);
        assert_eq!(statuses(&s, &ids), [ARCHIVED, ARCHIVED, ESTABLISHED]);
        let on = s.send(A, &third, "on");
        s.receive(B, &on);
        s.valid(t, number, "REP-01 REP-14", about);
    }

    // No such place has a session that was answered.
    let (mut s, first) = talked(t, world, 28);
    s.now = NOW + 60;
    let second = s.initiate(A, true);
    let third = s.initiate(B, false);
    let news = s.send(B, &third, "from the session before");
    s.receive(A, &news);
    assert_eq!(statuses(&s, &[&first, &second, &third]), [ARCHIVED, WAITING, ARCHIVED]);
    s.valid(t, 28, "REP-04 REP-14", "not case 2: the archived session was answered");

    // Nor one behind which an answered one was made.
    let w = winner(world);
    let (late, early) = (w.peer(), w);
    let mut s = Scene::new(t, NAME, world, 29);
    let first = s.initiate(late, false);
    let hello = s.send(late, &first, "hello");
    s.receive(early, &hello);
    s.now = NOW + DAY;
    let second = s.initiate(late, false);
    let again = s.send(late, &second, "hello again");
    let third = s.initiate(early, false);
    let news = s.send(early, &third, "from a session made from the first");
    s.receive(early, &again);
    s.decide(early, &second, true);
    let welcome = s.send(early, &second, "welcome");
    s.receive(late, &welcome);
    s.receive(late, &news);
    let of_late = [&first, &second, &third].map(|id| s.session(late, id).status);
    assert_eq!(of_late, [ARCHIVED, ESTABLISHED, UNACCEPTED]);
    s.valid(t, 29, "REP-01 REP-14", "not case 2: the live session was made later and is answered");

    // Nor one that is followed by a session of the peer's.
    let mut s = Scene::new(t, NAME, world, 40);
    let first = s.initiate(A, false);
    let hello = s.send(A, &first, "hello");
    s.receive(B, &hello);
    let second = s.initiate(B, false);
    let news = s.send(B, &second, "from a session made from the first");
    s.receive(A, &news);
    s.now = NOW + DAY;
    let third = s.initiate(B, false);
    let more = s.send(B, &third, "from another one");
    s.receive(A, &more);
    assert_eq!(statuses(&s, &[&first, &second, &third]), [ARCHIVED, ESTABLISHED, UNACCEPTED]);
    s.valid(t, 40, "REP-01 REP-14", "not case 2: the live session is the peer's");
}

/// The pair has no live session.
fn none_live(t: &mut Topic, world: &World) {
    // Alice closes the second one, and Bob's answer in the first comes then.
    let (mut s, ids, answer) = twice(t, world, 41, false);
    let _close = s.send_frame(A, &ids[1], &close_frame());
    assert_eq!(statuses(&s, &ids.each_ref()), [ARCHIVED, CLOSED]);
    s.receive(A, &answer);
    assert_eq!(statuses(&s, &ids.each_ref()), [ESTABLISHED, CLOSED]);
    s.decide(B, &ids[1], false);
    let on = s.send(A, &ids[0], "on");
    s.receive(B, &on);
    s.valid(t, 41, "REP-14", "a handshake given up is answered where no session is live");

    // So it is with the second one, when Bob closes the first and goes on there.
    let (mut s, ids, answer) = twice(t, world, 42, false);
    s.receive(A, &answer);
    let close = s.send_frame(B, &ids[0], &close_frame());
    s.decide(B, &ids[1], true);
    let welcome = s.send(B, &ids[1], "welcome");
    s.receive(A, &close);
    assert_eq!(statuses(&s, &ids.each_ref()), [CLOSED, ARCHIVED]);
    s.receive(A, &welcome);
    assert_eq!(statuses(&s, &ids.each_ref()), [CLOSED, ESTABLISHED]);
    let on = s.send(A, &ids[1], "on");
    s.receive(B, &on);
    let about = "the peer closes the session that came back, and goes on in the one made after it";
    s.valid(t, 42, "REP-14 REP-10", about);

    // A close brings nothing back here either.
    let (mut s, ids, _) = twice(t, world, 43, false);
    let close = s.send_frame(B, &ids[0], &close_frame());
    let _close = s.send_frame(A, &ids[1], &close_frame());
    s.receive(A, &close);
    assert_eq!(statuses(&s, &ids.each_ref()), [CLOSED, CLOSED]);
    s.valid(t, 43, "REP-14 REP-10", "a close brings nothing back where no session is live");

    // Nor is a session brought back that was answered, or that the peer has made.
    for (number, by, about) in [
        (44, A, "an answered session stays archived where no session is live"),
        (45, B, "so does one that the peer has made"),
    ] {
        let mut s = Scene::new(t, NAME, world, number);
        let first = s.initiate(by, false);
        let hello = s.send(by, &first, "hello");
        s.receive(by.peer(), &hello);
        let answer = s.send(by.peer(), &first, "answer");
        s.receive(by, &answer);
        let late = s.send(B, &first, "late");
        s.now = NOW + 60;
        let next = s.initiate(A, false);
        let _close = s.send_frame(A, &next, &close_frame());
        s.receive(A, &late);
        assert_eq!(statuses(&s, &[&first, &next]), [ARCHIVED, CLOSED]);
        s.valid(t, number, "REP-14", about);
    }
}
