//! Series of lists in which devices come and go.

use super::account::Account;
use super::case::{Case, apply};
use crate::vector::Topic;
use crate::world::{DAY, NOW};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::limits::default_policy;

/// A new serial is greater than all that stood before it: in the pinned list, and in the lists before it of
/// its series.
pub fn series(t: &mut Topic, id: &Octets, account: &Account) {
    let [one, two, three] = [&account.devices[0], &account.devices[1], &account.devices[2]];
    let pinned = account.list(5, NOW - DAY, &[one, two], None, false);
    let without = account.list(6, NOW, &[one], None, false);
    let next = account.list(7, NOW, &[one, three], Some(0), false);
    let again = account.list(7, NOW, &[one, two], Some(0), false);
    let added = account.list(6, NOW, &[one, two, three], Some(0), false);
    let removed = account.list(7, NOW, &[one, two], None, false);
    let back = account.list(8, NOW, &[one, two, three], Some(0), false);
    let (policy, refused) = (default_policy(), Some(ErrorClass::UnauthorisedDevice));
    for (number, clauses, about, pinned, lists, refused) in [
        (
            55,
            "ID-20 ID-23",
            "a device comes and goes within a series: nothing is told of it",
            Some(&pinned),
            vec![&added, &removed],
            None,
        ),
        (
            56,
            "ID-08 ID-20",
            "a device goes, and one with a greater serial comes",
            Some(&pinned),
            vec![&without, &next],
            None,
        ),
        (
            57,
            "ID-08 ID-23",
            "a serial that was removed comes again in a later list by itself",
            Some(&without),
            vec![&again],
            None,
        ),
        (
            58,
            "ID-08 ID-20",
            "a serial that comes, goes and comes again in a series",
            Some(&pinned),
            vec![&added, &removed, &back],
            refused,
        ),
        (
            59,
            "ID-08 ID-20",
            "a pinned serial that goes and comes again in a series",
            Some(&pinned),
            vec![&without, &again],
            refused,
        ),
        (
            60,
            "ID-08 ID-20",
            "nothing is pinned, and a serial of the first list goes and comes again",
            None,
            vec![&pinned, &without, &again],
            refused,
        ),
    ] {
        let policy = &policy;
        apply(t, id, Case { number, clauses, about, pinned, lists, now: NOW, policy, refused });
    }
}
