//! Applying device lists over a pinned one.

mod account;
mod again;
mod carried;
mod case;
mod series;

use crate::identities::{issuer_policy, typed_keys};
use crate::vector::{Topic, counting};
use crate::world::{DAY, NOW, World};
use account::Account;
use carried::carried;
use case::{Case, apply};
use hacspec_lib::Seq;
use sceau_spec::octets::u64_be;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::{
    Attestation, Attestations, DeviceEntry, DeviceList, DeviceListTbs,
};
use sceau_spec::pairwise::limits::default_policy;
use sceau_spec::pairwise::typed_keys::account_id;

/// The vectors.
pub fn topic(world: &World) -> Topic {
    let mut t = Topic::new("device-lists", "ID-LIST");
    let account = Account::new(&world.alice);
    let id = account_id(&account.keys);
    let plain = default_policy();
    let trusting = issuer_policy(false);
    let [one, two, three] = [&account.devices[0], &account.devices[1], &account.devices[2]];
    let renewed = &account.renewed;
    let pinned = account.list(5, NOW - DAY, &[one, two], None, false);
    let same = pinned.clone();
    let fork = account.list(5, NOW, &[one, two], None, false);
    let older = account.list(4, NOW, &[one, two], None, false);
    let newer = account.list(6, NOW, &[one, two], None, false);
    let fewer = account.list(6, NOW, &[one], None, false);
    let added = account.list(6, NOW, &[one, two, three], Some(0), false);
    let added_alone = account.list(6, NOW, &[one, two, three], None, false);
    let added_by_issuer = account.list(6, NOW, &[one, two, three], None, true);
    let added_by_itself = account.list(6, NOW, &[one, two, three], Some(2), false);
    let renewal = account.list(6, NOW, &[renewed, two], Some(0), false);
    let renewal_alone = account.list(6, NOW, &[renewed, two], None, false);
    let behind = account.list(7, NOW, &[one, two], Some(1), false);
    let only_first = account.list(5, NOW - DAY, &[one, three], None, false);
    let reused = account.list(6, NOW, &[one, two, three], Some(0), false);
    let second = account.list(7, NOW, &[one, two, three], None, false);
    let ahead = account.list(6, NOW + 300, &[one, two], None, false);
    let too_far_ahead = account.list(6, NOW + 301, &[one, two], None, false);
    let stale = account.list(6, NOW - 30 * DAY, &[one, two], None, false);
    let too_stale = account.list(6, NOW - 30 * DAY - 1, &[one, two], None, false);
    let third = account.list(7, NOW, &[one, two], None, false);
    let seven_ahead = account.list(7, NOW + 301, &[one, two], None, false);
    let mut unsigned = newer.clone();
    unsigned.attestations[0usize].signature[0usize] ^= 1;
    let mut bad_device = added_by_issuer.clone();
    let by_device = added.attestations[1usize].clone();
    let mut wrong = by_device.clone();
    wrong.signature[0usize] ^= 1;
    bad_device.attestations = Attestations::new(0)
        .push(&added_by_issuer.attestations[0usize])
        .push(&wrong)
        .push(&added_by_issuer.attestations[1usize]);
    let mut bad_issuer = newer.clone();
    let mut by_issuer = added_by_issuer.attestations[1usize].clone();
    by_issuer.signature[0usize] ^= 1;
    bad_issuer.attestations = bad_issuer.attestations.push(&by_issuer);
    let mut by_agreement = newer.clone();
    by_agreement.attestations =
        by_agreement.attestations.push(&Attestation { key_type: 0x0101, ..by_device });
    let mut other_keys = newer.tbs.clone();
    let entry = DeviceEntry {
        signature_keys: typed_keys(&[(1, counting(32))]),
        ..other_keys.devices[0usize].clone()
    };
    other_keys.devices = Seq::<DeviceEntry>::new(0).push(&entry).push(&newer.tbs.devices[1usize]);
    let other_keys = sign_device_list(
        other_keys,
        &account.key,
        &Cosigners { device: Some((u64_be(1), account.signing[0].clone())), issuer: None },
    );
    let unknown_first =
        DeviceListTbs { account_keys: typed_keys(&[(0x00f0, counting(5))]), ..newer.tbs.clone() };
    let unknown_first = DeviceList { tbs: unknown_first, ..newer.clone() };
    let agreement_first =
        DeviceListTbs { account_keys: typed_keys(&[(0x0101, counting(32))]), ..newer.tbs.clone() };
    let agreement_first = DeviceList { tbs: agreement_first, ..newer.clone() };
    let two_keys = DeviceListTbs {
        account_keys: typed_keys(&[
            (1, account.keys[0usize].key.clone()),
            (0x00f0, counting(9)),
            (0x0101, counting(32)),
        ]),
        ..newer.tbs.clone()
    };
    let two_keys = sign_device_list(two_keys, &account.key, &Cosigners::default());

    let case = |number, clauses, about, pinned, lists, refused| Case {
        number,
        clauses,
        about,
        pinned,
        lists,
        now: NOW,
        policy: &plain,
        refused,
    };
    let p = Some(&pinned);
    let good = None;
    let rollback = Some(ErrorClass::Rollback);
    let unauthorised = Some(ErrorClass::UnauthorisedDevice);
    let signature = Some(ErrorClass::BadSignature);
    let cases = vec![
        case(
            1,
            "ID-04 ID-05 ID-08",
            "nothing is pinned: the account's signature is enough",
            None,
            vec![&added_alone],
            good,
        ),
        case(2, "ID-06", "the pinned list again", p, vec![&same], good),
        case(3, "ID-06", "a greater number, nothing else new", p, vec![&newer], good),
        case(4, "ID-17", "a device is removed", p, vec![&fewer], good),
        case(
            5,
            "ID-08",
            "a device is added, with the attestation of a pinned one",
            p,
            vec![&added],
            good,
        ),
        Case {
            policy: &trusting,
            ..case(
                6,
                "ID-08",
                "a device is added, with the attestation of a trusted issuer",
                p,
                vec![&added_by_issuer],
                good,
            )
        },
        case(
            7,
            "ID-07 ID-08 ID-15",
            "a device renews its credential and attests it itself",
            p,
            vec![&renewal],
            good,
        ),
        case(
            8,
            "ID-20",
            "two lists: the device that the first adds needs nothing in the second",
            p,
            vec![&added, &second],
            good,
        ),
        case(
            9,
            "ID-20",
            "an older list before the pinned one is skipped, unverified",
            p,
            vec![&older, &same],
            good,
        ),
        case(10, "ID-09 LIM-02", "issued as far ahead as clocks may differ", p, vec![&ahead], good),
        case(11, "ID-09 LIM-02", "as old as it may be", p, vec![&stale], good),
        case(
            12,
            "ID-09 ID-20",
            "an old list with a new one behind it",
            p,
            vec![&too_stale, &third],
            good,
        ),
        case(20, "ID-06", "a smaller number", p, vec![&older], rollback),
        case(21, "ID-06", "the pinned number with other content: a fork", p, vec![&fork], rollback),
        case(
            22,
            "ID-07",
            "a device goes back to its old credential",
            Some(&renewal),
            vec![&behind],
            rollback,
        ),
        case(
            23,
            "ID-07",
            "other signing keys under the same generation",
            p,
            vec![&other_keys],
            rollback,
        ),
        case(
            24,
            "ID-08",
            "a device is added by the account alone",
            p,
            vec![&added_alone],
            unauthorised,
        ),
        case(
            25,
            "ID-08 ID-19",
            "a device is added with its own attestation alone",
            p,
            vec![&added_by_itself],
            unauthorised,
        ),
        case(
            26,
            "ID-08",
            "a device is added by an issuer that the policy does not trust",
            p,
            vec![&added_by_issuer],
            unauthorised,
        ),
        case(
            27,
            "ID-08",
            "a renewal without a device's attestation",
            p,
            vec![&renewal_alone],
            unauthorised,
        ),
        case(
            28,
            "ID-08",
            "a new serial below a pinned one",
            Some(&only_first),
            vec![&reused],
            unauthorised,
        ),
        case(29, "ID-05 SUI-06", "the account's signature is wrong", p, vec![&unsigned], signature),
        Case {
            policy: &trusting,
            ..case(
                30,
                "ID-19",
                "a pinned device's signature is wrong beside a good one of an issuer",
                p,
                vec![&bad_device],
                signature,
            )
        },
        Case {
            policy: &trusting,
            ..case(
                31,
                "ID-19",
                "a trusted issuer's signature is wrong where none is needed",
                p,
                vec![&bad_issuer],
                signature,
            )
        },
        case(
            32,
            "ID-18",
            "a device's attestation of a type that its keys do not have",
            p,
            vec![&by_agreement],
            Some(ErrorClass::Malformed),
        ),
        case(
            33,
            "ID-09 LIM-02",
            "issued a second too far ahead",
            p,
            vec![&too_far_ahead],
            Some(ErrorClass::NotYetValid),
        ),
        case(
            34,
            "ID-09 LIM-02",
            "a second too old",
            p,
            vec![&too_stale],
            Some(ErrorClass::StaleList),
        ),
        case(
            35,
            "ID-22",
            "the first account key is of unknown type",
            None,
            vec![&unknown_first],
            Some(ErrorClass::UnsupportedSuite),
        ),
        case(
            36,
            "ID-22",
            "the first account key is an agreement key",
            None,
            vec![&agreement_first],
            Some(ErrorClass::UnsupportedSuite),
        ),
        case(
            37,
            "ID-20",
            "the second of two lists is refused, so both are",
            p,
            vec![&newer, &seven_ahead],
            Some(ErrorClass::NotYetValid),
        ),
    ];
    for case in cases {
        apply(&mut t, &id, case);
    }
    // Two lists signed anew by the device, with nothing new in them.
    let reissued = account.list(6, NOW, &[one, two], Some(0), false);
    let again = account.list(7, NOW, &[one, two], Some(1), false);
    let about = "a list signed anew, with the attestation of a device";
    apply(&mut t, &id, case(13, "ID-21 ID-06", about, p, vec![&reissued], good));
    let about = "the same, over a list that has become too old";
    let from = Some(&too_stale);
    apply(&mut t, &id, case(14, "ID-21 ID-09", about, from, vec![&again], good));
    again::attestations(&mut t, &id, &account);
    again::met_again(&mut t, &id, &account);
    series::series(&mut t, &id, &account);
    // Other accounts.
    let bob = world.bob.account();
    let mismatch = Some(ErrorClass::IdentityMismatch);
    apply(
        &mut t,
        &bob,
        case(
            40,
            "ID-04",
            "the list of another account than expected",
            None,
            vec![&newer],
            mismatch,
        ),
    );
    let extended = account_id(&two_keys.tbs.account_keys);
    apply(
        &mut t,
        &extended,
        case(
            41,
            "ID-03 ID-22",
            "an account with a key of unknown type and an agreement key, which are ignored",
            None,
            vec![&two_keys],
            None,
        ),
    );
    carried(&mut t, &account, &world.bob.state.account.device_list);
    t
}
