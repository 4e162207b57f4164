//! The same checks for each suite, the odd one included.

use super::super::absorb::Absorb;
use super::super::{
    Account, ExternalPsk, Frame, Policy, PrekeyType, ReceiveOptions, Role, SessionId,
};
use super::{NOW, TestRng, device, talk};
use crate::codec::Wire;
use crate::crypto::odd::OddProvider;
use crate::crypto::{Provider, Secret, Suite};
use crate::delivery::{AuthCheck, AuthRequest, Challenge, DeliveryAction, RelayName};

fn every_suite(check: impl Fn(Suite, &Provider)) {
    check(Suite::Core, &Provider::Default);
    check(Suite::Core, &Provider::custom(OddProvider));
    check(Suite::Odd, &Provider::custom(OddProvider));
}

#[test]
fn sessions_and_state() {
    every_suite(|suite, provider| {
        let (mut a, _) = device(1, provider, &[suite.to_u16()]);
        let (mut b, batch) = device(2, provider, &[suite.to_u16()]);
        let mut rng = TestRng(3);
        let id = talk(&mut a, &mut b, &batch, &mut rng);
        assert_eq!(a.session(&id).unwrap().suite(), suite);
        let options = ReceiveOptions::default();
        for round in 0..4u8 {
            let mut send =
                |body: &[u8]| a.encrypt(&id, &Frame::application(body), b"", NOW).unwrap().0;
            let lost = send(&[round, 0]);
            let out = send(&[round, 1]);
            let overhead = 1 + suite.header_len() + 2 * suite.aead().tag_len();
            assert_eq!(out.message.len(), overhead + 256);
            for (out, i) in [(&out, 1), (&lost, 0)] {
                let got = b.receive(&out.mailbox, &out.message, b"", &options, NOW, &mut rng);
                assert_eq!(got.unwrap().0.body, [round, i]);
            }
            let (out, _) = b.encrypt(&id, &Frame::application(b"back"), b"", NOW).unwrap();
            let _ = a.receive(&out.mailbox, &out.message, b"", &options, NOW, &mut rng).unwrap();
            for account in [&mut a, &mut b] {
                let state = account.export_state();
                let import = |bytes: &[u8]| {
                    Account::import(bytes, None, provider.clone(), Policy::default())
                };
                *account = import(&state).unwrap();
                assert_eq!(*account.export_state(), *state);
            }
        }
        assert_eq!(
            a.safety_number(b.account_keys()).unwrap(),
            b.safety_number(a.account_keys()).unwrap()
        );
    });
}

/// The messages of one side to the other, each answered, so that both ratchets step.
fn exchange(a: &mut Account, b: &mut Account, id: &SessionId, rng: &mut TestRng) {
    let options = ReceiveOptions::default();
    for _ in 0..3 {
        let out = a.encrypt(id, &Frame::application(b"ping"), b"", NOW).unwrap().0;
        let _ = b.receive(&out.mailbox, &out.message, b"", &options, NOW, rng).unwrap();
        let out = b.encrypt(id, &Frame::application(b"pong"), b"", NOW).unwrap().0;
        let _ = a.receive(&out.mailbox, &out.message, b"", &options, NOW, rng).unwrap();
    }
}

#[test]
fn renewals_and_simultaneous_handshakes() {
    every_suite(|suite, provider| {
        let (mut a, a_batch) = device(1, provider, &[suite.to_u16()]);
        let (mut b, b_batch) = device(2, provider, &[suite.to_u16()]);
        let mut rng = TestRng(3);
        let options = ReceiveOptions::default();
        // Both at once: one wins, the other's secret is absorbed.
        let to_b = b.bundle(&b_batch, Some(2), 3).unwrap().to_bytes();
        let to_a = a.bundle(&a_batch, Some(2), 3).unwrap().to_bytes();
        let (of_a, _) = a.initiate(b.account_id(), &to_b, None, NOW, &mut rng).unwrap();
        let (of_b, _) = b.initiate(a.account_id(), &to_a, None, NOW, &mut rng).unwrap();
        let from_a = a.encrypt(&of_a.session, &Frame::application(b"a"), b"", NOW).unwrap().0;
        let from_b = b.encrypt(&of_b.session, &Frame::application(b"b"), b"", NOW).unwrap().0;
        let _ = a.receive(&from_b.mailbox, &from_b.message, b"", &options, NOW, &mut rng).unwrap();
        let _ = b.receive(&from_a.mailbox, &from_a.message, b"", &options, NOW, &mut rng).unwrap();
        let live = a.live_session(b.account_id(), 1).unwrap();
        assert_eq!(b.live_session(a.account_id(), 1), Some(live));
        if a.session(&live).unwrap().role() == Role::Initiator {
            exchange(&mut a, &mut b, &live, &mut rng);
        } else {
            exchange(&mut b, &mut a, &live, &mut rng);
        }
        let absorbed = |d: &Account| matches!(d.sessions[&live].absorb, Absorb::Done { .. });
        assert!(absorbed(&a) && absorbed(&b));
        // Renewed with the resumption PSK, and an external PSK without a session.
        let to_b = b.bundle(&b_batch, None, 1).unwrap().to_bytes();
        let (made, _) = a.initiate(b.account_id(), &to_b, None, NOW, &mut rng).unwrap();
        assert!(made.resumed);
        exchange(&mut a, &mut b, &made.session, &mut rng);
        let (mut c, _) = device(4, provider, &[suite.to_u16()]);
        let psk = || ExternalPsk { id: b"id".to_vec(), key: Secret::from_slice(&[7; 5]) };
        let (made, _) = c.initiate(b.account_id(), &to_b, Some(psk()), NOW, &mut rng).unwrap();
        let out = c.encrypt(&made.session, &Frame::application(b"c"), b"", NOW).unwrap().0;
        let options = ReceiveOptions { psks: alloc::vec![psk()], ..Default::default() };
        let _ = b.receive(&out.mailbox, &out.message, b"", &options, NOW, &mut rng).unwrap();
        exchange(&mut c, &mut b, &made.session, &mut rng);
        // Any bit of a first message.
        let (mut d, _) = device(5, provider, &[suite.to_u16()]);
        let (made, _) = d.initiate(b.account_id(), &to_b, None, NOW, &mut rng).unwrap();
        let out = d.encrypt(&made.session, &Frame::application(b"d"), b"", NOW).unwrap().0;
        for at in (0..out.message.len()).step_by(29) {
            let mut wrong = out.message.clone();
            wrong[at] ^= 1 << (at % 8);
            b.receive(&out.mailbox, &wrong, b"", &options, NOW, &mut rng).unwrap_err();
            b.receive(&out.mailbox, &wrong[..at], b"", &options, NOW, &mut rng).unwrap_err();
        }
        let _ = b.receive(&out.mailbox, &out.message, b"", &options, NOW, &mut rng).unwrap();
    });
}

#[test]
fn relays() {
    every_suite(|suite, provider| {
        let (b, batch) = device(2, provider, &[suite.to_u16()]);
        let publication = b.publication(&batch).unwrap();
        let bytes = publication.to_bytes();
        let policy = Policy::default();
        let taken = publication.verify(provider, None, 0, NOW, &policy).unwrap();
        assert_eq!(taken.contact_mailbox(), b.contact_mailbox());
        assert_eq!(taken.ids(PrekeyType::KemOneTime), [3]);
        let challenge = Challenge::new([1; 32]);
        let action = DeliveryAction::Publish;
        let relays = [RelayName::host("relay.example.org").unwrap()];
        let (challenge, [relay]) = (&challenge, &relays);
        let asked = AuthRequest { challenge, relay, action, request: &bytes };
        let auth = b.delivery_auth(&asked).unwrap();
        let (list, credential) = (taken.device_list(), taken.publication().credential());
        let check = AuthCheck { challenge, relays: &relays, action, request: &bytes };
        auth.verify(provider, list, credential, &check).unwrap();
        let check = AuthCheck { request: b"", ..check };
        assert!(auth.verify(provider, list, credential, &check).is_err());
    });
}

#[test]
fn the_responders_preference_decides() {
    let provider = Provider::custom(OddProvider);
    let (core, odd) = (Suite::Core.to_u16(), Suite::Odd.to_u16());
    let grease = 0xfafa;
    let (mut a, _) = device(1, &provider, &[core, odd]);
    let (mut b, batch) = device(2, &provider, &[grease, odd, core]);
    let id = talk(&mut a, &mut b, &batch, &mut TestRng(3));
    assert_eq!(a.session(&id).unwrap().suite(), Suite::Odd);
    let (c, _) = device(4, &provider, &[core]);
    let bundle = b.bundle(&batch, None, 1).unwrap().to_bytes();
    let refused = c.verify_bundle(b.account_id(), &bundle, NOW).unwrap_err();
    assert_eq!(refused.class(), "unsupported_suite");
}
