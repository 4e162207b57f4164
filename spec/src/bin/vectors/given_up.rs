//! Handshakes that were given up and are answered after all (`[REP-14]`).

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
use sceau_spec::pairwise::session::{ARCHIVED, ESTABLISHED, UNACCEPTED};

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
    let statuses = |s: &Scene, ids: &[Octets; 2]| ids.clone().map(|id| s.session(A, &id).status);

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
}
