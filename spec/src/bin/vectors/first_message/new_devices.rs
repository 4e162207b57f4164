//! First messages of devices that are new in a known account (`[REP-15]`, and case 1).

use super::NAME;
use super::forged::{forge, forge_frames};
use super::lists::{Case, list, pin_lists, pinned, received};
use crate::second_device::second_device;
use crate::vector::{Topic, draw, items, must};
use crate::world::{DAY, Device, NOW, World, batch_randomness, initiate_randomness};
use sceau_spec::octets::{Octets, empty};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::frame::DEVICE_LISTS;
use sceau_spec::pairwise::handshake::no_psk;
use sceau_spec::pairwise::identities::{DeviceList, DeviceLists, encode_device_lists};
use sceau_spec::pairwise::limits::default_policy;
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::state::DeviceState;

/// A further device of an account, as somebody makes one who has the keys of another and of the account.
pub fn further(of: &Device, name: &str, batch: &str) -> Device {
    let sign = draw(NAME, name, "identity_sign", 32);
    let agree = draw(NAME, name, "identity_agree", 32);
    let state = must(name, second_device(&of.state, &sign, &agree, &None, NOW));
    let random = batch_randomness(batch, 0, 0);
    let made = device::create_batch(&state, 14 * DAY, &random, NOW, &default_policy());
    let (state, published) = must("create_batch", made);
    let mut further = Device { state, published, ..of.clone() };
    further.enrolment.identity_sign = sign;
    further.enrolment.identity_agree = agree;
    further
}

/// Bob closes a session.
fn closed(world: &World, state: &DeviceState, session_id: &Octets) -> DeviceState {
    let frame = device::close_frame();
    must("close", device::send(state, session_id, &frame, &empty(), NOW, &world.policy)).0
}

/// The vectors.
pub fn new_devices(t: &mut Topic, world: &World) {
    let alice = &world.alice;
    let own = alice.state.account.credential.clone();
    let second = further(alice, "second", "alice 2");
    let of_second = second.state.account.device_list.clone();
    let credential = &second.state.account.credential;
    let both = [own.clone(), credential.clone()];
    let one = list(alice, 1, NOW - DAY, &both[..1], false);
    let without = list(alice, 3, NOW, &both[..1], false);
    let again = list(alice, 4, NOW, &both, true);
    let reissued = list(alice, 3, NOW, &both, false);
    let carrying =
        |of: &str, lists: &[DeviceList]| forge(world, of, &second, lists, credential, &no_psk());
    let new = |of: &str| carrying(of, std::slice::from_ref(&of_second));

    // The caller has been asked, and has declined, or accepted and closed the session later.
    let mailbox = device::own_contact_mailbox(&world.bob.state);
    let key = t.draw(87, "ratchet_key.before", 32);
    let none = Expectation::default();
    let policy = &world.policy;
    let before = pinned(world, &[&one]);
    let hello = new("87 before");
    let asked = device::receive(&before, &mailbox, &hello, &empty(), &none, &key, NOW, policy);
    let asked = must("asked", asked).0;
    let session_id = items(&asked.sessions).remove(0).session_id;
    let declined = must("decline", device::decline_session(&asked, &session_id, NOW, policy));
    let accepted = must("accept", device::accept_session(&asked, &session_id, NOW, policy));
    let removed = pin_lists(world, &accepted, &[&without, &again]);
    let accepted = closed(world, &accepted, &session_id);
    // Bob has initiated to it, and has closed that session.
    let random = initiate_randomness(NAME, "89 before");
    let (account, bundle) = (alice.account(), second.bundle(None, 1));
    let before = pinned(world, &[&one, &of_second]);
    let made = device::initiate(&before, &account, &bundle, &None, false, &random, NOW, policy);
    let (initiated, made) = must("initiate", made);
    let initiated = closed(world, &initiated, &made.session_id);

    // The handshake carries one list, the body the next.
    let lists = encode_device_lists(&DeviceLists::new(0).push(&without));
    let body = device::frame(DEVICE_LISTS, &lists);
    let carried = std::slice::from_ref(&of_second);
    let two_series = forge_frames(world, "105", alice, carried, &own, &no_psk(), &[body]).remove(0);

    let (is_asked, is_new) = (Event::SessionReplaced, Event::NewSession);
    for (number, clauses, about, before, message, stands, event) in [
        (
            84,
            "REP-15 REP-01 ID-23",
            "case 1: a device that is new in a known account awaits the caller's decision",
            pinned(world, &[&one]),
            new("84"),
            &of_second,
            is_asked,
        ),
        (
            85,
            "REP-15",
            "case 1: so does one whose list came before",
            pinned(world, &[&one, &of_second]),
            new("85"),
            &of_second,
            is_asked,
        ),
        (
            86,
            "REP-15",
            "case 1: not one whose account is unknown",
            world.bob.state.clone(),
            new("86"),
            &of_second,
            is_new,
        ),
        (
            87,
            "REP-15 REP-02",
            "case 1: one that has been declined is asked about again",
            declined,
            new("87"),
            &of_second,
            is_asked,
        ),
        (
            88,
            "REP-15 REP-02",
            "case 1: not one that has been accepted, whose session was closed later",
            accepted,
            new("88"),
            &of_second,
            is_new,
        ),
        (
            89,
            "REP-15",
            "case 1: not one to which the own side has initiated",
            initiated,
            new("89"),
            &of_second,
            is_new,
        ),
        (
            92,
            "REP-15 ID-17",
            "case 1: one that has been accepted, then removed and listed again, is asked about",
            removed,
            carrying("92", std::slice::from_ref(&again)),
            &again,
            is_asked,
        ),
        (
            93,
            "STA-09 ID-17 ID-23",
            "a list without a device that has no session: its pair goes",
            pinned(world, &[&one, &of_second]),
            forge(world, "93", alice, std::slice::from_ref(&without), &own, &no_psk()),
            &without,
            is_new,
        ),
        (
            94,
            "REP-15 ID-20 ID-23",
            "two lists, of which the first adds the device",
            pinned(world, &[&one]),
            carrying("94", &[of_second.clone(), reissued.clone()]),
            &reissued,
            is_asked,
        ),
        (
            105,
            "ID-23 ID-20",
            "two series, of which the handshake's adds a device and the body's removes it: both are told",
            pinned(world, &[&one]),
            two_series,
            &without,
            is_new,
        ),
    ] {
        received(t, world, &Case { number, clauses, about, before, message, stands, event });
    }
}
