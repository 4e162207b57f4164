//! Simultaneous handshakes: who wins, and how the loser's exporter enters the winner's root.

use crate::scene::{
    Scene,
    Who::{self, A, B},
};
use crate::vector::{Topic, counting, fields};
use crate::world::World;
use sceau_spec::octets::{Octets, ascii};
use sceau_spec::pairwise::device::frame;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::APPLICATION;
use sceau_spec::pairwise::replacement::{PairKeys, absorb_secret, own_wins};
use sceau_spec::pairwise::session::{
    ABSORB_ANNOUNCED, ABSORB_ARMED, ABSORB_DONE, ARCHIVED, ESTABLISHED, SessionState,
};

const NAME: &str = "absorb";

/// Who has the smaller agreement key.
pub fn winner(world: &World) -> Who {
    let key = |device: &crate::world::Device| {
        device.state.account.credential.tbs.identity_keys[1usize].key.native_slice().to_vec()
    };
    if key(&world.alice) < key(&world.bob) { A } else { B }
}

/// The vectors.
pub fn topic(world: &World) -> Topic {
    let mut t = Topic::new(NAME, "REP-ABS");
    secrets(&mut t);
    rule(&mut t);
    scenes(&mut t, world);
    t
}

fn secrets(t: &mut Topic) {
    for number in [1, 2] {
        let (exporter_secret, session_id) = if number == 1 {
            (counting(32), counting(32))
        } else {
            (t.draw(2, "exporter_secret", 32), t.draw(2, "session_id", 32))
        };
        let loser =
            SessionState { exporter_secret: exporter_secret.clone(), ..SessionState::default() };
        let winner = SessionState { session_id: session_id.clone(), ..SessionState::default() };
        t.valid(
            number,
            "REP-05 REP-06 ENC-09",
            if number == 1 { "the bytes 00 to 1f twice" } else { "drawn values" },
            fields! { operation: "absorb_secret", loser_exporter_secret: exporter_secret, winner_session_id: session_id },
            fields! {},
            fields! { absorb_secret: absorb_secret(&loser, &winner) },
        );
    }
}

fn rule(t: &mut Topic) {
    let low = counting(32);
    let mut high = counting(32);
    high[0usize] = 0x80;
    let mut last = counting(32);
    last[31usize] = 0xff;
    for (number, about, own_recovery, new_recovery, own, peer) in [
        (10, "the smaller agreement key, compared from the first byte", 0u8, 0u8, &low, &high),
        (11, "the same from the other side", 0, 0, &high, &low),
        (12, "keys that differ in the last byte", 0, 0, &last, &low),
        (13, "the own session alone is a recovery", 1, 0, &high, &low),
        (14, "the peer's session alone is a recovery", 0, 1, &low, &high),
        (15, "both are recoveries: the keys decide", 1, 1, &low, &high),
    ] {
        let session = |recovery| SessionState { recovery, ..SessionState::default() };
        let keys = PairKeys { own: own.clone(), peer: peer.clone() };
        let wins = own_wins(&session(own_recovery), &session(new_recovery), &keys);
        t.valid(
            number,
            "REP-04",
            about,
            fields! { operation: "own_wins", own_recovery: own_recovery, peer_recovery: new_recovery, own_identity_agree: own, peer_identity_agree: peer },
            fields! {},
            fields! { own_wins: wins },
        );
    }
}

/// Both initiate and get the other's first message. The winner's side, its session, the loser's.
fn crossed(t: &Topic, world: &World, number: u32) -> (Scene, Who, Octets, Octets) {
    let mut s = Scene::new(t, NAME, world, number);
    let w = winner(world);
    let won = s.initiate(w, false);
    let lost = s.initiate(w.peer(), false);
    let to_loser = s.send(w, &won, "from the winner");
    let to_winner = s.send(w.peer(), &lost, "from the loser");
    s.receive(w.peer(), &to_loser);
    s.receive(w, &to_winner);
    assert_eq!(s.session(w, &lost).status, ARCHIVED);
    assert_eq!(s.session(w.peer(), &won).status, ESTABLISHED);
    (s, w, won, lost)
}

fn scenes(t: &mut Topic, world: &World) {
    let (mut s, w, won, lost) = crossed(t, world, 20);
    assert_eq!(s.session(w, &won).absorb_status, ABSORB_ANNOUNCED);
    let answer = s.send(w.peer(), &won, "answer, not yet absorbed");
    s.receive(w, &answer);
    let announced = s.send(w, &won, "with the extension");
    s.receive(w.peer(), &announced);
    let after = s.session(w.peer(), &won);
    assert_eq!(after.absorb_status, ABSORB_ARMED);
    let answer = s.send(w.peer(), &won, "still the chain that was made before");
    s.receive(w, &answer);
    let again = s.send(w, &won, "announced again");
    s.receive(w.peer(), &again);
    assert!(s.session(w.peer(), &lost).status == ARCHIVED);
    for _ in 0..2 {
        let message = s.send(w, &won, "on");
        s.receive(w.peer(), &message);
        let message = s.send(w.peer(), &won, "and on");
        s.receive(w, &message);
    }
    assert_eq!(s.session(w.peer(), &won).absorb_status, ABSORB_DONE);
    assert_eq!(s.session(w, &won).absorb_status, ABSORB_DONE);
    let clauses = "REP-04 REP-05 REP-06 REP-07 REP-02 ENV-02";
    s.valid(t, 20, clauses, "both first messages cross; the loser is absorbed");

    // The winner's side gets the loser's first message before it has sent: armed in the first message.
    let mut s = Scene::new(t, NAME, world, 21);
    let won = s.initiate(w, false);
    let lost = s.initiate(w.peer(), false);
    let to_winner = s.send(w.peer(), &lost, "from the loser");
    s.receive(w, &to_winner);
    let to_loser = s.send(w, &won, "the very first message carries the extension");
    s.receive(w.peer(), &to_loser);
    assert_eq!(s.session(w.peer(), &won).absorb_status, ABSORB_ARMED);
    let answer = s.send(w.peer(), &won, "the chain that the first message has made");
    s.receive(w, &answer);
    let next = s.send(w, &won, "next chain");
    s.receive(w.peer(), &next);
    let absorbed = s.send(w.peer(), &won, "absorbed");
    s.receive(w, &absorbed);
    assert_eq!(s.session(w, &won).absorb_status, ABSORB_DONE);
    s.valid(t, 21, clauses, "the extension in the first message arms the responder");

    let (s, w, _, lost) = crossed(t, world, 22);
    let answer = frame(APPLICATION, &ascii("no"));
    let about = "nothing is sent in the session that lost";
    s.cannot_send(t, 22, "REP-04", about, w.peer(), &lost, &answer, ErrorClass::Archived);
}
