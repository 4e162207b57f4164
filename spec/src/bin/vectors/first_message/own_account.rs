//! First messages of the own account's other devices, which are peers like any other: the list of their
//! account is pinned apart from the own one.

use super::forged::forge;
use super::lists::{Case, list, pinned, received, refused};
use super::new_devices::further;
use crate::vector::{Topic, items};
use crate::world::{NOW, World};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::handshake::no_psk;
use sceau_spec::pairwise::replacement::Event;

/// The vectors.
pub fn own_account(t: &mut Topic, world: &World) {
    let bob = &world.bob;
    let second = further(bob, "bob's second", "bob 2");
    let third = further(&second, "bob's third", "bob 3");
    let [first_own, second_own, third_own] =
        [bob, &second, &third].map(|device| device.state.account.credential.clone());
    let all = [first_own.clone(), second_own.clone(), third_own.clone()];
    let two = second.state.account.device_list.clone();
    let three = third.state.account.device_list.clone();
    let alone = list(bob, 3, NOW, &all, false);
    let fewer = list(bob, 4, NOW, &all[..2], false);
    let of_second = |of: &str, list| {
        forge(world, of, &second, std::slice::from_ref(list), &second_own, &no_psk())
    };
    let of_third = |of: &str, list| {
        forge(world, of, &third, std::slice::from_ref(list), &third_own, &no_psk())
    };
    let clauses = "ID-23 REP-15 ID-08";
    for (number, about, before, message, stands, event) in [
        (
            100,
            "a second device of the own account, of which no list was pinned",
            bob.state.clone(),
            of_second("100", &two),
            &two,
            Event::NewSession,
        ),
        (
            101,
            "a third device of the own account, which the pinned list had not",
            pinned(world, &[&two]),
            of_third("101", &three),
            &three,
            Event::SessionReplaced,
        ),
        (
            102,
            "a list without a device of the own account, of which the caller is told",
            pinned(world, &[&three]),
            of_second("102", &fewer),
            &fewer,
            Event::NewSession,
        ),
    ] {
        received(t, world, &Case { number, clauses, about, before, message, stands, event });
    }
    let about = "a third device of the own account, listed by the account alone";
    let (before, class) = (pinned(world, &[&two]), ErrorClass::UnauthorisedDevice);
    refused(t, world, 103, "ID-08", about, &before, &of_third("103", &alone), NOW, class);

    // The own device is the second one, whose account had the first alone when its list was pinned.
    let here =
        World { alice: world.alice.clone(), bob: second.clone(), policy: world.policy.clone() };
    let lists = std::slice::from_ref(&two);
    let case = Case {
        number: 104,
        clauses: "REP-15 ID-23",
        about: "a list of the own account that adds the own device, with which there is no pair",
        before: pinned(&here, &[&bob.state.account.device_list]),
        message: forge(&here, "104", bob, lists, &first_own, &no_psk()),
        stands: &two,
        event: Event::NewSession,
    };
    let after = received(t, &here, &case);
    let pairs = items(&after.peers[0usize].pairs);
    assert_eq!(pairs.iter().map(|pair| pair.serial).collect::<Vec<_>>(), [1]);
}
