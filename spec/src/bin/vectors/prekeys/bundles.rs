//! Bundles that are accepted.

use crate::identities::policy_fields;
use crate::vector::{Fields, Topic, fields, must, put};
use crate::world::{DAY, NOW, World};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::bundle::{
    PrekeyBundle, decode_prekey_bundle, encode_prekey_bundle, verify_bundle,
};
use sceau_spec::pairwise::identities::{
    Credential, DeviceList, encode_credential, encode_device_list,
};
use sceau_spec::pairwise::limits::Policy;

pub fn input(
    bundle: &PrekeyBundle,
    account: &Octets,
    pinned: &Option<DeviceList>,
    own: &Credential,
    now: u64,
    policy: &Policy,
) -> Fields {
    let mut input = fields! {
        operation: "verify_bundle", bundle: encode_prekey_bundle(bundle), account_id: account,
        own_credential: encode_credential(own), now: now, policy: policy_fields(policy),
    };
    if let Some(pinned) = pinned {
        put(&mut input, "pinned", encode_device_list(pinned));
    }
    input
}

/// The vectors of bundles.
pub fn bundles(world: &World) -> Topic {
    let mut t = Topic::new("bundle", "PRE-BUN");
    let (alice, bob) = (&world.alice, &world.bob);
    let own = alice.state.account.credential.clone();
    let list = bob.state.account.device_list.clone();
    for (number, clauses, about, one_time, kem, pinned, now) in [
        (1, "PRE-10 PRE-11", "one-time keys of both kinds", Some(2), 3, None, NOW),
        (2, "PRE-06 PRE-10", "no one-time prekey", None, 3, None, NOW),
        (3, "PRE-06 PRE-10", "no one-time prekey, the last-resort KEM key", None, 1, None, NOW),
        (
            4,
            "PRE-08 ID-06",
            "the list is pinned; a second before the batch's expiry",
            Some(2),
            1,
            Some(list.clone()),
            NOW + 13 * DAY - 1,
        ),
        (
            5,
            "PRE-08 LIM-02",
            "the batch begins as far ahead as clocks may differ",
            Some(2),
            3,
            None,
            NOW - DAY - 300,
        ),
    ] {
        let bundle = bob.bundle(one_time, kem);
        let decoded = must(about, decode_prekey_bundle(&encode_prekey_bundle(&bundle)));
        let verified =
            must(about, verify_bundle(&decoded, &bob.account(), &pinned, &own, now, &world.policy));
        t.valid(
            number,
            clauses,
            about,
            input(&bundle, &bob.account(), &pinned, &own, now, &world.policy),
            fields! {},
            fields! {
                serial: bundle.credential.tbs.serial, identity_sign: verified.keys.signature, identity_agree: verified.keys.agreement,
                one_time: one_time.is_some(), last_resort: kem == 1, list_number: verified.device_list.tbs.number,
            },
        );
    }
    super::refused::refused_bundles(&mut t, world, &own);
    t
}
