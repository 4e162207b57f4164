//! What a member knows of a leaf by lists and issuers, and of which device it is.

use super::{account_keys, credential, recertified};
use crate::identities::{issuer, issuer_policy, list_of, policy_fields};
use crate::vector::{Fields, Topic, counting, fields, must};
use crate::world::{DAY, NOW, World};
use sceau_spec::group::confirmation::{Confirmation, confirmation};
use sceau_spec::group::leaf_credential::check_leaf_device;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::credentials::sign_credential;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::{
    Credential, DeviceList, encode_credential, encode_device_list,
};
use sceau_spec::pairwise::limits::{Policy, default_policy};
use sceau_spec::pairwise::typed_keys::account_id;

/// Its name in the vectors.
fn name(confirmation: &Confirmation) -> &'static str {
    match confirmation {
        Confirmation::Unconfirmed => "unconfirmed",
        Confirmation::Confirmed => "confirmed",
        Confirmation::Refuted => "refuted",
    }
}

fn input(
    credential: &Credential,
    accepted: &Option<DeviceList>,
    had: bool,
    policy: &Policy,
) -> Fields {
    let mut input =
        fields! { operation: "confirmation", credential: encode_credential(credential) };
    if let Some(list) = accepted {
        input.extend(fields! { device_list: encode_device_list(list) });
    }
    input.extend(fields! { had_serial: had, policy: policy_fields(policy) });
    input
}

/// Leaves of Alice's devices, with lists of her account and with issuers.
pub fn confirmations(t: &mut Topic, world: &World) {
    let alice = &world.alice;
    let keys = account_keys(alice);
    let account_key = &alice.enrolment.account_key;
    let listing = |credentials: &[Credential]| {
        let tbs = list_of(&keys, 2, NOW - DAY, credentials);
        Some(sign_device_list(tbs, account_key, &Cosigners::default()))
    };
    let with = |serial: u64, generation: u32, later: u64, other_key: bool| {
        recertified(alice, &|tbs| {
            tbs.serial = serial;
            tbs.generation = generation;
            tbs.not_after += later;
            if other_key {
                tbs.identity_keys[0usize].key = counting(32);
            }
        })
    };
    let first = credential(alice);
    let (renewed, second) = (with(1, 2, DAY, false), with(2, 1, 0, false));
    let other_ref = with(1, 1, DAY, false);
    let (other_keys, renewed_keys) = (with(1, 1, 0, true), with(1, 2, DAY, true));
    let attested = sign_credential(first.tbs.clone(), account_key, &issuer());
    let mut bad_issuer = attested.clone();
    bad_issuer.attestations[1usize].signature[0usize] ^= 1;
    let (plain, trusting, strict) = (default_policy(), issuer_policy(false), issuer_policy(true));
    let list = |credential: &Credential| listing(std::slice::from_ref(credential));
    let (yes, no, un) = (Confirmation::Confirmed, Confirmation::Refuted, Confirmation::Unconfirmed);
    let cases = [
        (100, "no list was accepted", &first, None, false, &plain, &un),
        (101, "the list has it", &first, list(&first), false, &plain, &yes),
        (
            102,
            "the list has a renewed one, of the same keys",
            &first,
            list(&renewed),
            false,
            &plain,
            &un,
        ),
        (
            103,
            "the list has the one before, of the same keys",
            &renewed,
            list(&first),
            false,
            &plain,
            &un,
        ),
        (
            104,
            "the list has the one before, of other keys",
            &renewed,
            list(&other_keys),
            false,
            &plain,
            &un,
        ),
        (
            105,
            "the list has another of its generation",
            &first,
            list(&other_ref),
            false,
            &plain,
            &no,
        ),
        (
            106,
            "the list has other keys of its generation",
            &first,
            list(&other_keys),
            false,
            &plain,
            &no,
        ),
        (
            107,
            "the list has other keys of a greater generation",
            &first,
            list(&renewed_keys),
            false,
            &plain,
            &no,
        ),
        (
            108,
            "the list lacks it and has a greater serial",
            &first,
            list(&second),
            false,
            &plain,
            &no,
        ),
        (
            109,
            "the list lacks it and has smaller serials alone",
            &second,
            list(&first),
            false,
            &plain,
            &un,
        ),
        (
            110,
            "the same, and a list before it had the serial",
            &second,
            list(&first),
            true,
            &plain,
            &no,
        ),
        (
            111,
            "the list has it beside another device",
            &second,
            listing(&[first.clone(), second.clone()]),
            false,
            &plain,
            &yes,
        ),
        (
            112,
            "attested by an issuer that the policy requires",
            &attested,
            None,
            false,
            &strict,
            &yes,
        ),
        (
            113,
            "attested by an issuer that the policy trusts",
            &attested,
            None,
            false,
            &trusting,
            &yes,
        ),
        (114, "attested by an issuer that it does not trust", &attested, None, false, &plain, &un),
        (
            115,
            "an issuer is required, the list alone has it",
            &first,
            list(&first),
            false,
            &strict,
            &un,
        ),
        (
            116,
            "the required issuer's signature is wrong",
            &bad_issuer,
            list(&bad_issuer),
            false,
            &strict,
            &un,
        ),
        (
            117,
            "attested, and the list has a renewed one",
            &attested,
            list(&renewed),
            false,
            &strict,
            &yes,
        ),
        (118, "attested, and the list refutes it", &attested, list(&second), false, &strict, &no),
    ];
    for (number, about, credential, accepted, had, policy, expected) in cases {
        let found = confirmation(credential, &accepted, had, policy);
        assert_eq!(name(&found), name(expected), "{number}: {about}");
        t.valid(
            number,
            "GRP-99",
            about,
            input(credential, &accepted, had, policy),
            fields! {},
            fields! { confirmation: name(&found) },
        );
    }
}

/// Whether a leaf is of the device with which a session is.
pub fn devices(t: &mut Topic, world: &World) {
    let leaf = credential(&world.alice);
    let (own, other) =
        (account_id(&account_keys(&world.alice)), account_id(&account_keys(&world.bob)));
    let cases: [(_, _, &Octets, u64, bool); 3] = [
        (130, "the leaf is of the session's peer", &own, 1, true),
        (131, "the leaf is of another device of the peer's account", &own, 2, false),
        (132, "the leaf is of another account", &other, 1, false),
    ];
    for (number, about, account, serial, fits) in cases {
        let result = check_leaf_device(&leaf, account, serial);
        let input = fields! {
            operation: "check_leaf_device", credential: encode_credential(&leaf),
            peer_account: account, peer_serial: serial,
        };
        if fits {
            must(about, result);
            t.valid(number, "GDS-03 GDS-32", about, input, fields! {}, fields! {});
        } else {
            let class = ErrorClass::IdentityMismatch;
            t.refused(number, "GDS-03 GDS-32", about, input, result, class);
        }
    }
}
