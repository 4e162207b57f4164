//! First messages over a pinned list: an older one, the same one with other attestations; and bodies with
//! an older one.

use super::forged::{forge, forge_frames};
use super::{changes, event_name, input, receive, state};
use crate::identities::{list_of, typed_keys};
use crate::vector::{Topic, counting, fields, items, must, put};
use crate::world::{DAY, Device, NOW, World, device_of};
use sceau_spec::octets::{Octets, ascii, byte, empty, u64_be};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::credentials::sign_credential;
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::{
    APPLICATION, CREDENTIAL_UPDATE, CredentialUpdate, DEVICE_LISTS, InnerFrame,
    encode_credential_update,
};
use sceau_spec::pairwise::handshake::no_psk;
use sceau_spec::pairwise::identities::{
    Credential, CredentialTbs, DeviceList, DeviceLists, encode_device_list, encode_device_lists,
};
use sceau_spec::pairwise::pairs::pinned_list;
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::state::DeviceState;
use sceau_spec::pairwise::typed_keys::account_id;

/// Alice's list of one number, with her credential, or a renewed one; attested by her device or not.
pub fn list(
    alice: &Device,
    number: u64,
    issued_at: u64,
    of: &[Credential],
    attested: bool,
) -> DeviceList {
    let keys = &alice.state.account.device_list.tbs.account_keys;
    let tbs = list_of(keys, number, issued_at, of);
    let device = attested.then(|| (u64_be(1), alice.enrolment.identity_sign.clone()));
    sign_device_list(tbs, &alice.enrolment.account_key, &Cosigners { device, issuer: None })
}

/// A state with these lists of one account pinned one after another.
pub fn pin_lists(world: &World, state: &DeviceState, lists: &[&DeviceList]) -> DeviceState {
    let mut state = state.clone();
    for list in lists {
        let account = account_id(&list.tbs.account_keys);
        let lists = DeviceLists::new(0).push(*list);
        let applied = device::apply_lists(&state, &account, &lists, NOW, &world.policy);
        state = must("apply", applied).0;
    }
    state
}

/// Bob's state with these lists of one account pinned one after another.
pub fn pinned(world: &World, lists: &[&DeviceList]) -> DeviceState {
    pin_lists(world, &world.bob.state, lists)
}

/// What Bob receives.
pub struct Case<'a> {
    pub number: u32,
    pub clauses: &'a str,
    pub about: &'a str,
    pub before: DeviceState,
    pub message: Octets,
    /// The list that is pinned then.
    pub stands: &'a DeviceList,
    pub event: Event,
}

/// A first message that is received, and what comes of it: the state then.
pub fn received(t: &mut Topic, world: &World, case: &Case) -> DeviceState {
    let mailbox = device::own_contact_mailbox(&world.bob.state);
    let key = t.draw(80, "ratchet_key", 32);
    let none = Expectation::default();
    let (before, message) = (&case.before, &case.message);
    let result = receive(before, &mailbox, message, &empty(), &none, &key, NOW, &world.policy);
    let (after, receipt) = must(case.about, result);
    assert_eq!(receipt.event, case.event, "{}", case.about);
    let now_pinned = pinned_list(&after, &receipt.account_id).unwrap_or_default();
    let stands = encode_device_list(case.stands);
    assert_eq!(encode_device_list(&now_pinned), stands, "{}", case.about);
    t.valid(
        case.number,
        case.clauses,
        case.about,
        input(state(before), &mailbox, message, &key, NOW),
        fields! {},
        fields! {
            session_id: receipt.session_id, event: event_name(receipt.event),
            account_id: receipt.account_id, serial: receipt.serial, body: receipt.frame.body,
            drew: receipt.drew, devices_added: items(&receipt.devices.added),
            devices_removed: items(&receipt.devices.removed), changes: changes(&after),
        },
    );
    after
}

/// A first message that is refused.
pub fn refused(
    t: &mut Topic,
    world: &World,
    number: u32,
    clauses: &str,
    about: &str,
    before: &DeviceState,
    message: &Octets,
    now: u64,
    class: ErrorClass,
) {
    let mailbox = device::own_contact_mailbox(&world.bob.state);
    let key = t.draw(80, "ratchet_key", 32);
    let none = Expectation::default();
    let result = receive(before, &mailbox, message, &empty(), &none, &key, now, &world.policy);
    let given = input(state(before), &mailbox, message, &key, now);
    t.refused(number, clauses, about, given, result, class);
}

/// The vectors.
pub fn lists(t: &mut Topic, world: &World) {
    let alice = &world.alice;
    let own = alice.state.account.credential.clone();
    let of_own = std::slice::from_ref(&own);
    let renewed = CredentialTbs { generation: 2, ..own.tbs.clone() };
    let renewed = sign_credential(renewed, &alice.enrolment.account_key, &None);
    let one = list(alice, 1, NOW - DAY, of_own, false);
    let attested = list(alice, 1, NOW - DAY, of_own, true);
    let two = list(alice, 2, NOW - 20 * DAY, of_own, true);
    let two_renewed = list(alice, 2, NOW, &[renewed], true);
    let mut unsigned = one.clone();
    unsigned.attestations[0usize].signature[0usize] ^= 1;
    let mut wrong = attested.clone();
    wrong.attestations[1usize].signature[0usize] ^= 1;
    let old = |of: &str, lists: &[DeviceList]| forge(world, of, alice, lists, &own, &no_psk());
    for (number, clauses, about, before, message, stands) in [
        (
            80,
            "ID-24 HS-13",
            "the list is older than the pinned one, which stands for it",
            &two,
            old("80", std::slice::from_ref(&one)),
            &two,
        ),
        (
            81,
            "ID-24",
            "an older list is skipped, unverified",
            &two,
            old("81", std::slice::from_ref(&unsigned)),
            &two,
        ),
        (
            82,
            "ID-06",
            "the pinned list with an attestation more: the pinned bytes stay",
            &one,
            old("82", std::slice::from_ref(&attested)),
            &one,
        ),
        (
            83,
            "ID-06",
            "the pinned list with an attestation less: the pinned bytes stay",
            &attested,
            old("83", std::slice::from_ref(&one)),
            &attested,
        ),
        (
            18,
            "ID-06 ID-19",
            "the pinned list with a wrong attestation: the pinned bytes stay",
            &one,
            old("18", &[wrong]),
            &one,
        ),
    ] {
        let before = pinned(world, &[before]);
        let event = Event::NewSession;
        received(t, world, &Case { number, clauses, about, before, message, stands, event });
    }
    let message = old("90", std::slice::from_ref(&one));
    let before = pinned(world, &[&two_renewed]);
    let about = "an older list, and a credential that the pinned one does not have";
    refused(t, world, 90, "ID-24 ID-10", about, &before, &message, NOW, ErrorClass::NotListed);
    let message = old("91", std::slice::from_ref(&one));
    let before = pinned(world, &[&two]);
    let about = "an older list, and the pinned one has become too old";
    let later = NOW + 10 * DAY + 1;
    refused(t, world, 91, "ID-24 ID-09", about, &before, &message, later, ErrorClass::StaleList);
    bodies(t, world, &one, &two);
    unverified_bodies(t, world, &one, &two);
    unknown_account(t, world, &one);
}

/// Of a body that is passed over nothing but account and device is looked at.
fn unverified_bodies(t: &mut Topic, world: &World, one: &DeviceList, two: &DeviceList) {
    let alice = &world.alice;
    let (key, own) = (&alice.enrolment.account_key, alice.state.account.credential.clone());
    let ahead = list(alice, 1, NOW + 301, std::slice::from_ref(&own), false);
    let with = |change: &dyn Fn(&mut CredentialTbs)| {
        let mut tbs = own.tbs.clone();
        change(&mut tbs);
        sign_credential(tbs, key, &None)
    };
    let other = typed_keys(&[(1, counting(32)), (0x0101, counting(32))]);
    let other_keys = with(&|tbs| tbs.identity_keys = other.clone());
    let other_device = with(&|tbs| tbs.serial = 2);
    let of_bob = world.bob.state.account.credential.clone();
    let announced = |list: &DeviceList| {
        device::frame(DEVICE_LISTS, &encode_device_lists(&DeviceLists::new(0).push(list)))
    };
    let update = |credential: Credential| {
        let device_lists = DeviceLists::new(0).push(one);
        let update = CredentialUpdate { device_lists, credential };
        device::frame(CREDENTIAL_UPDATE, &encode_credential_update(&update))
    };
    let message = |number: u32, list: &DeviceList, frame: InnerFrame| {
        let (of, lists) = (number.to_string(), std::slice::from_ref(list));
        forge_frames(world, &of, alice, lists, &own, &no_psk(), &[frame]).remove(0)
    };
    let over = pinned(world, &[two]);
    for (number, about, before, list, frame) in [
        (
            106,
            "a credential_update that is passed over: its signing keys are not compared",
            &over,
            one,
            update(other_keys),
        ),
        (
            107,
            "a device_list that is passed over: its time is not looked at",
            &over,
            one,
            announced(&ahead),
        ),
        (
            108,
            "a device_list that is older than the one of its own handshake",
            &world.bob.state,
            two,
            announced(one),
        ),
    ] {
        let (message, before) = (message(number, list, frame), before.clone());
        let (clauses, stands, event) = ("ID-24 FRM-06", two, Event::NewSession);
        received(t, world, &Case { number, clauses, about, before, message, stands, event });
    }
    for (number, about, credential) in [
        (109, "a credential_update of another device, older than the pinned list", other_device),
        (110, "one of another account", of_bob),
    ] {
        let message = message(number, one, update(credential));
        let (clauses, class) = ("ID-24 FRM-06 FRM-05", ErrorClass::IdentityMismatch);
        refused(t, world, number, clauses, about, &over, &message, NOW, class);
    }
}

/// Lists that are skipped are still of an account whose first key is known.
fn unknown_account(t: &mut Topic, world: &World, one: &DeviceList) {
    let (alice, carol) = (&world.alice, device_of("carol"));
    let own = carol.state.account.credential.clone();
    let newer = list(&carol, 2, NOW, std::slice::from_ref(&own), false);
    let before = pinned(world, &[&newer]);
    let mut unknown = one.clone();
    unknown.tbs.account_keys = typed_keys(&[(0x00f0, counting(5))]);
    let credential = &alice.state.account.credential;
    let message = forge(world, "111", alice, &[unknown], credential, &no_psk());
    let mailbox = device::own_contact_mailbox(&before);
    let key = t.draw(80, "ratchet_key", 32);
    let expected = Expectation { account: Some(carol.account()), psk: None };
    let result =
        receive(&before, &mailbox, &message, &empty(), &expected, &key, NOW, &world.policy);
    let mut given = input(state(&before), &mailbox, &message, &key, NOW);
    put(&mut given, "expected_account_id", carol.account());
    let about = "a list older than the pinned one, whose first account key is of unknown type";
    t.refused(111, "ID-24 ID-22", about, given, result, ErrorClass::UnsupportedSuite);
}

/// What the library handles in a first message, with a list that is older than the pinned one.
fn bodies(t: &mut Topic, world: &World, one: &DeviceList, two: &DeviceList) {
    let alice = &world.alice;
    let own = alice.state.account.credential.clone();
    let announced = |lists: &DeviceList| {
        let lists = DeviceLists::new(0).push(lists);
        device::frame(DEVICE_LISTS, &encode_device_lists(&lists))
    };
    let update =
        CredentialUpdate { device_lists: DeviceLists::new(0).push(one), credential: own.clone() };
    let update = device::frame(CREDENTIAL_UPDATE, &encode_credential_update(&update));
    let message = |of: &str, frames: &[_]| {
        let lists = std::slice::from_ref(one);
        forge_frames(world, of, alice, lists, &own, &no_psk(), frames)
    };
    let hello = device::frame(APPLICATION, &ascii("hello"));
    let mut further = message("97", &[hello, announced(one)]);
    let mailbox = device::own_contact_mailbox(&world.bob.state);
    let key = t.draw(97, "ratchet_key.before", 32);
    let none = Expectation::default();
    let policy = &world.policy;
    let before = &world.bob.state;
    let first = receive(before, &mailbox, &further[0], &empty(), &none, &key, NOW, policy);
    let known = pin_lists(world, &must("first", first).0, &[two]);
    for (number, about, before, message, event) in [
        (
            95,
            "a device_list in a first message, older than the pinned list: it changes nothing",
            pinned(world, &[two]),
            message("95", &[announced(one)]).remove(0),
            Event::NewSession,
        ),
        (
            96,
            "a credential_update in a first message, older than the pinned list: it changes nothing",
            pinned(world, &[two]),
            message("96", &[update]).remove(0),
            Event::NewSession,
        ),
        (
            97,
            "the same in a further first message, whose session is there",
            known,
            further.remove(1),
            Event::Message,
        ),
    ] {
        let (clauses, stands) = ("ID-24 FRM-06", two);
        received(t, world, &Case { number, clauses, about, before, message, stands, event });
    }
    let of_bob = &world.bob.state.account.device_list;
    let no_list = device::frame(DEVICE_LISTS, &byte(0));
    for (number, clauses, about, frame, class) in [
        (
            98,
            "ID-24 FRM-06 FRM-05",
            "a device_list of a smaller number in a first message, of another account",
            announced(of_bob),
            ErrorClass::IdentityMismatch,
        ),
        (
            99,
            "ID-24 FRM-05 ID-20",
            "a device_list without a list in a first message",
            no_list,
            ErrorClass::Malformed,
        ),
    ] {
        let message = message(&number.to_string(), &[frame]).remove(0);
        let before = pinned(world, &[two]);
        refused(t, world, number, clauses, about, &before, &message, NOW, class);
    }
}
