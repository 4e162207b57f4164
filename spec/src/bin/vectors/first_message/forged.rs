//! First messages whose handshake is refused.

use super::{NAME, input, receive, state_of};
use crate::identities::{issuer_policy, policy_fields};
use crate::vector::{Topic, counting, draw, fields, must, put};
use crate::world::{DAY, Device, NOW, World, device_of, initiate_randomness};
use sceau_spec::octets::{Octets, ascii, empty};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::bundle::VerifiedBundle;
use sceau_spec::pairwise::codec::Extensions;
use sceau_spec::pairwise::credentials::{sign_credential, suite_keys};
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::{APPLICATION, InnerFrame};
use sceau_spec::pairwise::handshake::{
    FirstMessage, InitiatorIdentity, Psk, PskId, encode_first_message, no_psk,
};
use sceau_spec::pairwise::identities::{Credential, CredentialTbs, DeviceList, DeviceLists};
use sceau_spec::pairwise::initiate::{external_psk, initiator_key_schedule, new_session};
use sceau_spec::pairwise::limits::Policy;
use sceau_spec::pairwise::ratchet::{encrypt, ratchet_start_initiator};
use sceau_spec::pairwise::session::{INITIATOR, SessionState, WAITING};
use sceau_spec::pairwise::suite::Suites;

/// A first message to Bob with any identity within.
pub fn forge(
    world: &World,
    of: &str,
    device: &Device,
    lists: &[DeviceList],
    credential: &Credential,
    psk: &Psk,
) -> Octets {
    let frame = device::frame(APPLICATION, &ascii("hello"));
    forge_frames(world, of, device, lists, credential, psk, &[frame]).remove(0)
}

/// First messages of one handshake, with any frames within.
pub fn forge_frames(
    world: &World,
    of: &str,
    device: &Device,
    lists: &[DeviceList],
    credential: &Credential,
    psk: &Psk,
    frames: &[InnerFrame],
) -> Vec<Octets> {
    let bundle = world.bob.bundle(None, 1);
    let keys = must("keys", suite_keys(&bundle.credential));
    let verified = VerifiedBundle {
        device_list: world.bob.state.account.device_list.clone(),
        keys,
        bundle: bundle.clone(),
    };
    let mut device_lists = DeviceLists::new(0);
    for list in lists {
        device_lists = device_lists.push(list);
    }
    let identity = InitiatorIdentity {
        device_lists,
        credential: credential.clone(),
        psk: psk.id.clone(),
        extensions: Extensions::new(0),
    };
    let random = initiate_randomness(NAME, of);
    let made = initiator_key_schedule(
        &verified,
        &identity,
        &device.enrolment.identity_agree,
        psk,
        &random,
    );
    let (handshake, outputs) = must(of, made);
    let session = SessionState {
        role: INITIATOR,
        status: WAITING,
        ..new_session(&outputs, &handshake, &psk.id, false, NOW)
    };
    let remote = &bundle.signed_prekey.prekey.key;
    let mut session =
        must(of, ratchet_start_initiator(&session, &outputs, remote, &random.ratchet_key));
    let mut messages = Vec::new();
    for frame in frames {
        let sealed = encrypt(&session, frame, &empty(), NOW, &world.policy.limits);
        let (after, message) = must(of, sealed);
        session = after;
        let handshake = handshake.clone();
        messages.push(encode_first_message(&FirstMessage { handshake, message }));
    }
    messages
}

/// Handshakes of initiators that are not as they should be.
pub fn forged(t: &mut Topic, world: &World) {
    let (alice, bob) = (&world.alice, &world.bob);
    let mailbox = device::own_contact_mailbox(&bob.state);
    let key = t.draw(60, "ratchet_key", 32);
    let own = &alice.state.account;
    let (list, credential) = (own.device_list.clone(), own.credential.clone());
    let lists = std::slice::from_ref(&list);
    let account_key = &alice.enrolment.account_key;
    let with = |change: &dyn Fn(&mut CredentialTbs)| {
        let mut tbs = credential.tbs.clone();
        change(&mut tbs);
        let credential = sign_credential(tbs, account_key, &None);
        let list = crate::identities::list_of(
            &list.tbs.account_keys,
            1,
            NOW - DAY,
            std::slice::from_ref(&credential),
        );
        (credential, sign_device_list(list, account_key, &Cosigners::default()))
    };
    let none = no_psk();
    let plain = &world.policy;
    let strict = issuer_policy(true);
    let anyone = Expectation::default();
    let carol = device_of("carol");
    let expecting = Expectation { account: Some(carol.account()), psk: None };
    let other_psk =
        Expectation { account: None, psk: Some(external_psk(&ascii("other"), &counting(32))) };
    let (old, old_list) = with(&|tbs| tbs.not_after = NOW);
    let (young, young_list) = with(&|tbs| tbs.not_before = NOW + 301);
    let (suite, suite_list) = with(&|tbs| tbs.suites = Suites::new(0).push(&2));
    let mirrored = bob.enrolment.identity_agree.clone();
    let bob_key = bob.state.account.credential.tbs.identity_keys[1usize].clone();
    let (mirror, mirror_list) =
        with(&|tbs| tbs.identity_keys = tbs.identity_keys.slice(0, 1).push(&bob_key));
    let mut mirror_device = alice.clone();
    mirror_device.enrolment.identity_agree = mirrored;
    let resumption = Psk { id: PskId { psk_type: 2, id: counting(32) }, secret: counting(32) };
    let external = external_psk(&ascii("a PSK's id"), &counting(32));
    let wrong_secret = Expectation {
        account: None,
        psk: Some(external_psk(&ascii("a PSK's id"), &draw(NAME, "wrong", "psk", 32))),
    };
    let unlisted = sign_credential(
        CredentialTbs { generation: 2, ..credential.tbs.clone() },
        account_key,
        &None,
    );
    let mut bad = list.clone();
    bad.attestations[0usize].signature[0usize] ^= 1;
    let stale = crate::identities::list_of(
        &list.tbs.account_keys,
        1,
        NOW - 30 * DAY - 1,
        std::slice::from_ref(&credential),
    );
    let stale = sign_device_list(stale, account_key, &Cosigners::default());
    let cases: Vec<(u32, &str, &str, Octets, &Expectation, &Policy, ErrorClass)> = vec![
        (
            60,
            "HS-13 ID-04",
            "the caller expects another account",
            forge(world, "60", alice, lists, &credential, &none),
            &expecting,
            plain,
            ErrorClass::IdentityMismatch,
        ),
        (
            61,
            "HS-13 ID-10",
            "the credential is not listed",
            forge(world, "61", alice, lists, &unlisted, &none),
            &anyone,
            plain,
            ErrorClass::NotListed,
        ),
        (
            62,
            "HS-13 ID-05",
            "the device list's signature is wrong",
            forge(world, "62", alice, &[bad], &credential, &none),
            &anyone,
            plain,
            ErrorClass::BadSignature,
        ),
        (
            63,
            "HS-13 ID-12 LIM-02",
            "the credential has ended",
            forge(world, "63", alice, &[old_list], &old, &none),
            &anyone,
            plain,
            ErrorClass::Expired,
        ),
        (
            64,
            "HS-13 ID-12",
            "the credential has not begun",
            forge(world, "64", alice, &[young_list], &young, &none),
            &anyone,
            plain,
            ErrorClass::NotYetValid,
        ),
        (
            65,
            "HS-13 ID-09",
            "the device list is too old",
            forge(world, "65", alice, &[stale], &credential, &none),
            &anyone,
            plain,
            ErrorClass::StaleList,
        ),
        (
            66,
            "SUI-08",
            "no suite in common",
            forge(world, "66", alice, &[suite_list], &suite, &none),
            &anyone,
            plain,
            ErrorClass::UnsupportedSuite,
        ),
        (
            67,
            "ID-13 HS-13",
            "the policy requires an issuer",
            forge(world, "67", alice, lists, &credential, &none),
            &anyone,
            &strict,
            ErrorClass::UnauthorisedDevice,
        ),
        (
            68,
            "HS-14",
            "an external PSK that the responder's caller does not give",
            forge(world, "68", alice, lists, &credential, &external),
            &anyone,
            plain,
            ErrorClass::UnknownPsk,
        ),
        (
            69,
            "HS-14",
            "an external PSK of another id than the caller's",
            forge(world, "69", alice, lists, &credential, &external),
            &other_psk,
            plain,
            ErrorClass::UnknownPsk,
        ),
        (
            70,
            "HS-14",
            "the resumption PSK of an unknown session",
            forge(world, "70", alice, lists, &credential, &resumption),
            &anyone,
            plain,
            ErrorClass::UnknownPsk,
        ),
        (
            71,
            "HS-14 RAT-17",
            "the right id with another secret",
            forge(world, "71", alice, lists, &credential, &external),
            &wrong_secret,
            plain,
            ErrorClass::Undecryptable,
        ),
        (
            72,
            "ID-02 HS-11",
            "an initiator with the responder's agreement key",
            forge(world, "72", &mirror_device, &[mirror_list], &mirror, &none),
            &anyone,
            plain,
            ErrorClass::Reflection,
        ),
        (
            73,
            "HS-11",
            "an initiator that is the responder's device",
            forge(
                world,
                "73",
                bob,
                std::slice::from_ref(&bob.state.account.device_list),
                &bob.state.account.credential,
                &none,
            ),
            &anyone,
            plain,
            ErrorClass::Reflection,
        ),
        (
            74,
            "HS-02 HS-13",
            "another agreement key than the credential's",
            forge(world, "74", &carol, lists, &credential, &none),
            &anyone,
            plain,
            ErrorClass::Undecryptable,
        ),
    ];
    for (number, clauses, about, message, expected, policy, class) in cases {
        let result = receive(&bob.state, &mailbox, &message, &empty(), expected, &key, NOW, policy);
        let mut fields =
            input(state_of("HS-FM-001.in.responder_state"), &mailbox, &message, &key, NOW);
        if let Some(account) = &expected.account {
            put(&mut fields, "expected_account_id", account);
        }
        if let Some(psk) = &expected.psk {
            put(&mut fields, "psk", fields! { id: psk.id.id, secret: psk.secret });
        }
        if policy.require_issuer {
            put(&mut fields, "policy", policy_fields(policy));
        }
        t.refused(number, clauses, about, fields, result, class);
    }
}
