//! The same checks for each suite, the odd one included.

use super::super::{Account, Frame, Policy, ReceiveOptions};
use super::{NOW, TestRng, device, talk};
use crate::codec::Wire;
use crate::crypto::odd::OddProvider;
use crate::crypto::{Provider, Suite};

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
