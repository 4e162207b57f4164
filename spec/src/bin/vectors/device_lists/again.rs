//! The pinned list met again, and devices that come and go at once.

use super::account::Account;
use super::case::{Case, apply};
use crate::identities::issuer_policy;
use crate::vector::Topic;
use crate::world::{DAY, NOW};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::DeviceList;
use sceau_spec::pairwise::limits::default_policy;

/// The pinned list again, with other attestations; and devices that come and go at once.
pub fn attestations(t: &mut Topic, id: &Octets, account: &Account) {
    let [one, two, three] = [&account.devices[0], &account.devices[1], &account.devices[2]];
    let alone = account.list(5, NOW - DAY, &[one, two], None, false);
    let attested = account.list(5, NOW - DAY, &[one, two], Some(0), false);
    let other = account.list(5, NOW - DAY, &[one, two], Some(1), false);
    let damaged = |list: &DeviceList| {
        let mut list = list.clone();
        list.attestations[1usize].signature[0usize] ^= 1;
        list
    };
    let wrong = damaged(&attested);
    let fork = damaged(&account.list(5, NOW, &[one, two], Some(0), false));
    let of_another_type = |list: &DeviceList| {
        let mut list = list.clone();
        list.attestations[1usize].key_type = 0x0101;
        list
    };
    let older = of_another_type(&account.list(4, NOW, &[one, two], Some(0), false));
    let typed = of_another_type(&attested);
    let mut unsigned = alone.clone();
    unsigned.attestations[0usize].signature[0usize] ^= 1;
    let next = account.list(6, NOW, &[one, two, three], Some(1), false);
    let swapped = account.list(6, NOW, &[one, three], Some(0), false);
    let policy = default_policy();
    for (number, clauses, about, pinned, lists, refused) in [
        (15, "ID-06", "an attestation more: the pinned bytes stay", &alone, vec![&attested], None),
        (16, "ID-06", "an attestation less: the pinned bytes stay", &attested, vec![&alone], None),
        (17, "ID-06", "another attestation: the pinned bytes stay", &attested, vec![&other], None),
        (
            18,
            "ID-06 ID-20 ID-23",
            "an attestation more, with a newer list behind it",
            &alone,
            vec![&attested, &next],
            None,
        ),
        (
            19,
            "ID-23 ID-17 ID-08",
            "a device goes and another one comes",
            &alone,
            vec![&swapped],
            None,
        ),
        (
            38,
            "ID-06 ID-19",
            "the pinned list with a wrong attestation: the pinned bytes stay",
            &alone,
            vec![&wrong],
            None,
        ),
        (
            43,
            "ID-06 ID-18",
            "the pinned list with an attestation of a type that its device does not have",
            &alone,
            vec![&typed],
            None,
        ),
        (
            44,
            "ID-06 ID-05",
            "the pinned list with a wrong signature of its account",
            &alone,
            vec![&unsigned],
            None,
        ),
        (
            45,
            "ID-06 ID-20",
            "the pinned list with a wrong attestation, and a newer one behind it",
            &alone,
            vec![&wrong, &next],
            None,
        ),
        (
            39,
            "ID-19 ID-06",
            "a fork with a wrong attestation: the signature comes first",
            &alone,
            vec![&fork],
            Some(ErrorClass::BadSignature),
        ),
        (
            42,
            "ID-18 ID-06",
            "an older list with an attestation of a type that its device does not have",
            &alone,
            vec![&older],
            Some(ErrorClass::Malformed),
        ),
    ] {
        let policy = &policy;
        let pinned = Some(pinned);
        apply(t, id, Case { number, clauses, about, pinned, lists, now: NOW, policy, refused });
    }
}

/// The pinned list again, where a device has got other signing keys with it, and where its age counts.
pub fn met_again(t: &mut Topic, id: &Octets, account: &Account) {
    let two = &account.devices[1];
    let with_key = account.list(6, NOW, &[&account.other_key, two], Some(0), false);
    let mut by_issuer = account.list(6, NOW, &[&account.devices[0], two], None, true);
    let plainly = account.list(6, NOW, &[&account.devices[0], two], None, false);
    by_issuer.attestations[1usize].signature[0usize] ^= 1;
    let old = account.list(6, NOW - 30 * DAY - 1, &[&account.devices[0], two], None, false);
    let ahead = account.list(6, NOW + 301, &[&account.devices[0], two], None, false);
    let (plain, trusting) = (default_policy(), issuer_policy(false));
    for (number, clauses, about, pinned, list, policy, refused) in [
        (
            46,
            "ID-06 ID-19",
            "the pinned list again, by which a device has got another signing key",
            &with_key,
            &with_key,
            &plain,
            None,
        ),
        (
            47,
            "ID-06 ID-19",
            "the pinned list with a wrong signature of a trusted issuer",
            &plainly,
            &by_issuer,
            &trusting,
            None,
        ),
        (
            48,
            "ID-06 ID-09",
            "the pinned list again, a second too old",
            &old,
            &old,
            &plain,
            Some(ErrorClass::StaleList),
        ),
        (
            49,
            "ID-06 ID-09",
            "the pinned list again, issued a second too far ahead",
            &ahead,
            &ahead,
            &plain,
            Some(ErrorClass::NotYetValid),
        ),
    ] {
        let (pinned, lists) = (Some(pinned), vec![list]);
        apply(t, id, Case { number, clauses, about, pinned, lists, now: NOW, policy, refused });
    }
}
