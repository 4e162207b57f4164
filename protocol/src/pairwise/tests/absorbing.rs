//! The loser of simultaneous handshakes is absorbed once (`REP-05` to `REP-07`).

use super::super::absorb::Absorb;
use super::super::{Account, Frame, Outgoing, ReceiveOptions, SessionId};
use super::{NOW, TestRng, device};
use crate::codec::Wire;
use crate::crypto::Provider;

fn send(a: &mut Account, id: &SessionId) -> Outgoing {
    a.encrypt(id, &Frame::application(b"x"), b"", NOW).unwrap().0
}

fn get(b: &mut Account, out: &Outgoing) -> bool {
    let options = ReceiveOptions::default();
    let got = b.receive(
        &out.mailbox,
        &out.message,
        b"",
        &options,
        NOW,
        &mut TestRng(NOW + u64::from(out.message[40])),
    );
    got.unwrap().0.non_critical.iter().any(|extension| extension.extension_type == 1)
}

fn state(a: &Account, id: &SessionId) -> &'static str {
    match a.sessions[id].absorb {
        Absorb::None => "none",
        Absorb::Announced { .. } => "announced",
        Absorb::Armed { .. } => "armed",
        Absorb::Done { .. } => "done",
    }
}

/// Two devices that have initiated to each other: the one that wins and its session, then the other.
fn both_initiated() -> ((Account, SessionId), (Account, SessionId)) {
    let (a, a_batch) = device(1, &Provider::Default, &[1]);
    let (b, b_batch) = device(2, &Provider::Default, &[1]);
    let key = |d: &Account| d.credential().identity_key(0x0101).unwrap().to_vec();
    let ((mut w, w_batch), (mut l, l_batch)) =
        if key(&a) < key(&b) { ((a, a_batch), (b, b_batch)) } else { ((b, b_batch), (a, a_batch)) };
    let mut rng = TestRng(3);
    let bundle = l.bundle(&l_batch, None, 3).unwrap().to_bytes();
    let win = w.initiate(l.account_id(), &bundle, None, NOW, &mut rng).unwrap().0.session;
    let bundle = w.bundle(&w_batch, None, 3).unwrap().to_bytes();
    let lose = l.initiate(w.account_id(), &bundle, None, NOW, &mut rng).unwrap().0.session;
    ((w, win), (l, lose))
}

#[test]
fn though_it_is_gone_at_once() {
    // The archive has no place: the loser goes at the end of the step that archives it (REP-09), in which its secret is
    // taken.
    let ((mut w, win), (mut l, lose)) = both_initiated();
    let mut policy = l.policy().clone();
    policy.limits.set("max_archived", 0);
    l.set_policy(policy);
    let first = send(&mut l, &lose);
    get(&mut w, &first);
    let out = send(&mut w, &win);
    assert!(get(&mut l, &out));
    assert_eq!((state(&l, &win), l.session(&lose).is_none()), ("armed", true));
    for _ in 0..2 {
        let out = send(&mut l, &win);
        get(&mut w, &out);
        let out = send(&mut w, &win);
        get(&mut l, &out);
    }
    assert_eq!((state(&w, &win), state(&l, &win)), ("done", "done"));
}

#[test]
fn once() {
    let ((mut w, win), (mut l, lose)) = both_initiated();
    let first = send(&mut l, &lose);
    assert!(!get(&mut w, &first));
    assert_eq!(state(&w, &win), "announced");
    // The very first message that arrives in the winner arms.
    let (out, late) = (send(&mut w, &win), send(&mut w, &win));
    assert!(get(&mut l, &out));
    assert_eq!(state(&l, &win), "armed");
    let out = send(&mut l, &win);
    get(&mut w, &out);
    assert_eq!((state(&w, &win), state(&l, &win)), ("announced", "armed"));
    let out = send(&mut w, &win);
    assert!(get(&mut l, &out), "still announced");
    assert_eq!(state(&l, &win), "done", "mixed in, and not armed again");
    let out = send(&mut l, &win);
    get(&mut w, &out);
    assert_eq!((state(&w, &win), state(&l, &win)), ("done", "done"));
    let out = send(&mut w, &win);
    assert!(!get(&mut l, &out), "no longer announced");
    assert!(get(&mut l, &late));
    assert_eq!(state(&l, &win), "done");
    for _ in 0..3 {
        let out = send(&mut l, &win);
        get(&mut w, &out);
        let out = send(&mut w, &win);
        get(&mut l, &out);
    }
}
