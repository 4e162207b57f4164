//! A waiting session whose PSK's session is not there any more, as older states may have it (`REP-03`).

use super::{NOW, TestRng, device, talk};
use crate::codec::Wire;
use crate::crypto::Provider;
use crate::error::{Error, Misuse};

#[test]
fn recovery_alone_is_left() {
    let (mut a, _) = device(1, &Provider::Default, &[1]);
    let (mut b, batch) = device(2, &Provider::Default, &[1]);
    let mut rng = TestRng(3);
    let source = talk(&mut a, &mut b, &batch, &mut rng);
    let bundle = b.bundle(&batch, None, 1).unwrap().to_bytes();
    let peer = b.account_id().clone();
    let (made, _) = a.initiate(&peer, &bundle, None, NOW, &mut rng).unwrap();
    assert!(made.resumed);
    a.policy.limits.simultaneous_window = 300;
    let later = NOW + 300;
    let begin = |a: &super::Account, recovery| {
        a.initiate_begin(&peer, &bundle, None, recovery, later, &mut TestRng(4)).map(|_| ())
    };
    assert_eq!(begin(&a, false), Ok(()));
    a.sessions.remove(&source);
    a.peers.get_mut(&peer).unwrap().pairs[0].archived.clear();
    assert_eq!(begin(&a, false), Err(Error::Misuse(Misuse::UnknownSession)));
    assert_eq!(begin(&a, true), Ok(()));
    let refused = a.initiate(&peer, &bundle, None, later, &mut rng).unwrap_err();
    assert_eq!(refused.class(), "misuse");
    let (made, _) = a.recover(&peer, &bundle, None, later, &mut rng).unwrap();
    assert!(!made.resumed);
}
