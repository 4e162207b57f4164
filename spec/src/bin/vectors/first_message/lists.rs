//! First messages over a pinned list: an older one, the same one with other attestations, and devices
//! that are new in the account.

use super::forged::forge;
use super::{NAME, changes, event_name, input, receive, state};
use crate::identities::list_of;
use crate::second_device::second_device;
use crate::vector::{Topic, draw, fields, items, must};
use crate::world::{DAY, Device, NOW, World};
use sceau_spec::octets::{Octets, empty, u64_be};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::credentials::sign_credential;
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::handshake::no_psk;
use sceau_spec::pairwise::identities::{
    Credential, CredentialTbs, DeviceList, DeviceLists, encode_device_list,
};
use sceau_spec::pairwise::pairs::pinned_list;
use sceau_spec::pairwise::state::DeviceState;

/// Alice's list of one number, with her credential, or a renewed one; attested by her device or not.
fn list(
    alice: &Device,
    number: u64,
    issued_at: u64,
    of: &Credential,
    attested: bool,
) -> DeviceList {
    let keys = &alice.state.account.device_list.tbs.account_keys;
    let tbs = list_of(keys, number, issued_at, std::slice::from_ref(of));
    let device = attested.then(|| (u64_be(1), alice.enrolment.identity_sign.clone()));
    sign_device_list(tbs, &alice.enrolment.account_key, &Cosigners { device, issuer: None })
}

/// Bob's state with these lists of Alice's account pinned one after another.
fn pinned(world: &World, lists: &[&DeviceList]) -> DeviceState {
    let mut state = world.bob.state.clone();
    for list in lists {
        let lists = DeviceLists::new(0).push(*list);
        let account = world.alice.account();
        let applied = device::apply_lists(&state, &account, &lists, NOW, &world.policy);
        state = must("apply", applied).0;
    }
    state
}

/// The vectors.
pub fn lists(t: &mut Topic, world: &World) {
    let alice = &world.alice;
    let mailbox = device::own_contact_mailbox(&world.bob.state);
    let key = t.draw(80, "ratchet_key", 32);
    let none = Expectation::default();
    let own = alice.state.account.credential.clone();
    let renewed = CredentialTbs { generation: 2, ..own.tbs.clone() };
    let renewed = sign_credential(renewed, &alice.enrolment.account_key, &None);
    let one = list(alice, 1, NOW - DAY, &own, false);
    let attested = list(alice, 1, NOW - DAY, &own, true);
    let two = list(alice, 2, NOW - 20 * DAY, &own, true);
    let two_renewed = list(alice, 2, NOW, &renewed, true);
    let mut unsigned = one.clone();
    unsigned.attestations[0usize].signature[0usize] ^= 1;
    let second = second(alice);
    let of_second = second.state.account.device_list.clone();
    let old = |of: &str, lists: &[DeviceList]| forge(world, of, alice, lists, &own, &no_psk());
    let new = |of: &str| {
        let credential = &second.state.account.credential;
        forge(world, of, &second, std::slice::from_ref(&of_second), credential, &no_psk())
    };
    let asked = receive(
        &pinned(world, &[&one]),
        &mailbox,
        &new("87 before"),
        &empty(),
        &none,
        &key,
        NOW,
        &world.policy,
    );
    let asked = must("asked", asked).0;
    let cases: Vec<(u32, &str, &str, DeviceState, Octets, &DeviceList)> = vec![
        (
            80,
            "ID-24 HS-13",
            "the list is older than the pinned one, which stands for it",
            pinned(world, &[&two]),
            old("80", std::slice::from_ref(&one)),
            &two,
        ),
        (
            81,
            "ID-24",
            "an older list is skipped, unverified",
            pinned(world, &[&two]),
            old("81", &[unsigned]),
            &two,
        ),
        (
            82,
            "ID-06",
            "the pinned list with an attestation more: the pinned bytes stay",
            pinned(world, &[&one]),
            old("82", std::slice::from_ref(&attested)),
            &one,
        ),
        (
            83,
            "ID-06",
            "the pinned list with an attestation less: the pinned bytes stay",
            pinned(world, &[&attested]),
            old("83", std::slice::from_ref(&one)),
            &attested,
        ),
        (
            84,
            "REP-01 ID-23",
            "case 1: a device that is new in a known account awaits the caller's decision",
            pinned(world, &[&one]),
            new("84"),
            &of_second,
        ),
        (
            85,
            "REP-01",
            "case 1: a device whose list was pinned before is not asked about",
            pinned(world, &[&one, &of_second]),
            new("85"),
            &of_second,
        ),
        (
            86,
            "REP-01",
            "case 1: nor is one whose account is unknown",
            world.bob.state.clone(),
            new("86"),
            &of_second,
        ),
        (
            87,
            "REP-01",
            "case 1 once more: the device is not new any longer",
            must("decline", declined(&asked, world)),
            new("87"),
            &of_second,
        ),
    ];
    for (number, clauses, about, before, message, stands) in cases {
        let received =
            receive(&before, &mailbox, &message, &empty(), &none, &key, NOW, &world.policy);
        let (after, receipt) = must(about, received);
        let now_pinned = pinned_list(&after, &receipt.account_id).unwrap_or_default();
        assert_eq!(encode_device_list(&now_pinned), encode_device_list(stands), "{about}");
        t.valid(
            number,
            clauses,
            about,
            input(state(&before), &mailbox, &message, &key, NOW),
            fields! {},
            fields! {
                session_id: receipt.session_id, event: event_name(receipt.event),
                account_id: receipt.account_id, serial: receipt.serial, body: receipt.frame.body,
                drew: receipt.drew, devices_added: items(&receipt.devices.added),
                devices_removed: items(&receipt.devices.removed), changes: changes(&after),
            },
        );
    }
    for (number, clauses, about, before, message, now, class) in [
        (
            90,
            "ID-24 ID-10",
            "an older list, and a credential that the pinned one does not have",
            pinned(world, &[&two_renewed]),
            old("90", std::slice::from_ref(&one)),
            NOW,
            ErrorClass::NotListed,
        ),
        (
            91,
            "ID-24 ID-09",
            "an older list, and the pinned one has become too old",
            pinned(world, &[&two]),
            old("91", std::slice::from_ref(&one)),
            NOW + 10 * DAY + 1,
            ErrorClass::StaleList,
        ),
    ] {
        let policy = &world.policy;
        let result = receive(&before, &mailbox, &message, &empty(), &none, &key, now, policy);
        let given = input(state(&before), &mailbox, &message, &key, now);
        t.refused(number, clauses, about, given, result, class);
    }
}

/// Bob's caller declines the only session that awaits a decision.
fn declined(state: &DeviceState, world: &World) -> Result<DeviceState, ErrorClass> {
    let session = items(&state.sessions).remove(0);
    device::decline_session(state, &session.session_id, NOW, &world.policy)
}

/// A second device of Alice's account, as somebody makes one who has the keys of the first and of the
/// account.
fn second(alice: &Device) -> Device {
    let sign = draw(NAME, "second", "identity_sign", 32);
    let agree = draw(NAME, "second", "identity_agree", 32);
    let state = must("second", second_device(&alice.state, &sign, &agree, &None, NOW));
    let mut second = Device { state, ..alice.clone() };
    second.enrolment.identity_sign = sign;
    second.enrolment.identity_agree = agree;
    second
}
