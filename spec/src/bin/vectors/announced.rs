//! Lists and credentials that are announced in a session.

use crate::first_message::lists::list;
use crate::identities::typed_keys;
use crate::replacement::talked;
use crate::scene::Who::{A, B};
use crate::vector::{Topic, draw};
use crate::world::{NOW, World};
use sceau_spec::pairwise::credentials::sign_credential;
use sceau_spec::pairwise::device::frame;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::{
    CREDENTIAL_UPDATE, CredentialUpdate, DEVICE_LISTS, InnerFrame, encode_credential_update,
};
use sceau_spec::pairwise::identities::{
    Credential, CredentialTbs, DeviceList, DeviceLists, encode_device_lists,
};
use sceau_spec::pairwise::suite::{dh_public_key, signature_public_key};

fn joined(lists: &[&DeviceList]) -> DeviceLists {
    lists.iter().fold(DeviceLists::new(0), |joined, list| joined.push(*list))
}

fn announces(lists: &[&DeviceList]) -> InnerFrame {
    frame(DEVICE_LISTS, &encode_device_lists(&joined(lists)))
}

fn updates(lists: &[&DeviceList], credential: &Credential) -> InnerFrame {
    let update = CredentialUpdate { device_lists: joined(lists), credential: credential.clone() };
    frame(CREDENTIAL_UPDATE, &encode_credential_update(&update))
}

/// The vectors: Alice announces.
pub fn announced(t: &mut Topic, world: &World) {
    let alice = &world.alice;
    let own = alice.state.account.credential.clone();
    let with = |change: &dyn Fn(&mut CredentialTbs)| {
        let mut tbs = own.tbs.clone();
        change(&mut tbs);
        sign_credential(tbs, &alice.enrolment.account_key, &None)
    };
    let key = |name: &str| draw("announced", "alice", name, 32);
    let keys = typed_keys(&[
        (1, signature_public_key(&key("identity_sign"))),
        (0x0101, dh_public_key(&key("identity_agree"))),
    ]);
    let renewed = with(&|tbs| tbs.generation = 2);
    let other_key = with(&|tbs| (tbs.generation, tbs.identity_keys) = (2, keys.clone()));
    let second = with(&|tbs| (tbs.serial, tbs.identity_keys) = (2, keys.clone()));
    let both = [own.clone(), second.clone()];
    let of = |credential: &Credential| list(alice, 2, NOW, std::slice::from_ref(credential), true);
    let [of_renewed, of_other_key] = [&renewed, &other_key].map(of);
    let (one, two) = (&alice.state.account.device_list, list(alice, 2, NOW, &both, true));
    let without = list(alice, 3, NOW, &both[..1], false);
    let again = list(alice, 4, NOW, &both, true);
    let mut unsigned = two.clone();
    unsigned.attestations[0usize].signature[0usize] ^= 1;

    let (mut s, id) = talked(t, world, 46);
    let message = s.send_frame(A, &id, &announces(&[&two]));
    s.receive(B, &message);
    let message = s.send_frame(A, &id, &announces(&[one]));
    let (clauses, class) = ("ID-06 ID-24 FRM-05", ErrorClass::Rollback);
    let about = "a device_list older than the pinned list, in a message that is no first message";
    s.cannot_receive(t, 46, clauses, about, B, &message, class);

    for (number, clauses, about, frame, class) in [
        (
            47,
            "FRM-06 FRM-05",
            "a credential_update of another device, whose list nobody has signed: the device comes first",
            updates(&[&unsigned], &second),
            ErrorClass::IdentityMismatch,
        ),
        (
            48,
            "FRM-06 ID-15 FRM-05",
            "a renewed credential with another signing key",
            updates(&[&of_other_key], &other_key),
            ErrorClass::IdentityMismatch,
        ),
        (
            59,
            "ID-08 ID-20 FRM-05",
            "a series in which a serial comes, goes and comes again",
            announces(&[&two, &without, &again]),
            ErrorClass::UnauthorisedDevice,
        ),
    ] {
        let (mut s, id) = talked(t, world, number);
        let message = s.send_frame(A, &id, &frame);
        s.cannot_receive(t, number, clauses, about, B, &message, class);
    }

    let (mut s, id) = talked(t, world, 49);
    let message = s.send_frame(A, &id, &updates(&[&of_renewed], &renewed));
    s.receive(B, &message);
    let message = s.send_frame(A, &id, &announces(&[&without]));
    s.cannot_receive(
        t,
        49,
        "FRM-06 ID-15 ID-07",
        "a renewed credential is taken, and a list that goes back behind it is not",
        B,
        &message,
        ErrorClass::Rollback,
    );

    let (mut s, id) = talked(t, world, 67);
    let message = s.send_frame(A, &id, &announces(&[&two, &without]));
    s.receive(B, &message);
    let message = s.send_frame(A, &id, &announces(&[&without]));
    s.receive(B, &message);
    let about = "a series in which a device comes and goes: there is no pair with it";
    s.valid(t, 67, "ID-20 REP-15 ID-06", about);
}
