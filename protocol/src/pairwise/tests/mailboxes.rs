//! The rotations that a receiver looks into, at both ends of their range (`ENV-04`).

use super::{NOW, TestRng, device, talk};
use crate::crypto::Provider;

#[test]
fn before_and_after_the_current_rotation() {
    let (mut a, _) = device(1, &Provider::Default, &[1]);
    let (mut b, batch) = device(2, &Provider::Default, &[1]);
    let id = talk(&mut a, &mut b, &batch, &mut TestRng(3));
    let at = |b: &mut super::Account, rotation: u32| {
        b.sessions.get_mut(&id).unwrap().rotation_receive = rotation;
        b.mailboxes(&id, NOW).unwrap().incoming
    };
    let periods = 7;
    let alone = |ids: &[crate::pairwise::MailboxId], place: usize| {
        ids[place * periods..(place + 1) * periods].to_vec()
    };
    let (first, second, third) = (at(&mut b, 0), at(&mut b, 1), at(&mut b, 2));
    // 0, 1 | 1, 0, 2 | 2, 1, 3
    assert_eq!((first.len(), second.len(), third.len()), (14, 21, 21));
    assert_eq!(alone(&second, 1), alone(&first, 0));
    assert_eq!(alone(&second, 0), alone(&first, 1));
    assert_eq!(alone(&third, 1), alone(&second, 0));
    assert_eq!(alone(&third, 0), alone(&second, 2));
    let (last_but_one, last) = (at(&mut b, u32::MAX - 1), at(&mut b, u32::MAX));
    // The last one has none after it.
    assert_eq!((last_but_one.len(), last.len()), (21, 14));
    assert_eq!(alone(&last, 0), alone(&last_but_one, 2));
    assert_eq!(alone(&last, 1), alone(&last_but_one, 0));
}
