//! Arguments that are refused: nothing is drawn, nothing changes.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::*;
use core::convert::Infallible;
use sceau::Error;
use sceau::crypto::Secret;
use sceau::pairwise::{Account, AccountParams, Extension, ExternalPsk, Frame};

/// Fails the test where something is drawn.
struct NoRng;

impl rand_core::TryRng for NoRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("drawn")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("drawn")
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
        panic!("drawn")
    }
}

impl rand_core::TryCryptoRng for NoRng {}

#[test]
fn what_makes_no_device() {
    let with = |change: fn(&mut AccountParams)| {
        let mut params = AccountParams::new(1, NOW, NOW + YEAR);
        change(&mut params);
        params
    };
    for change in [
        (|params| params.serial = 0) as fn(&mut AccountParams),
        |params| params.list_number = 0,
        |params| params.suites = vec![],
        |params| params.suites = vec![1, 1],
        |params| params.suites = vec![1, 0xf0f0, 0xf0f1, 0xf0f0],
        |params| params.suites = vec![0xf0f0],
        |params| params.suites = (1..=9).collect(),
        |params| params.not_after = params.not_before,
        |params| params.not_after = params.not_before - 1,
    ] {
        let refused = Account::create(&mut NoRng, NOW, with(change));
        assert_eq!(class(refused.map(|_| ())), "misuse");
    }
    let unknown = with(|params| params.suites = vec![0xf0f0, 1, 0xf0f1]);
    let _ = Account::create(&mut TestRng(1), NOW, unknown).unwrap();
    let most = with(|params| {
        params.suites = (1..=8).collect();
        params.not_after = params.not_before + 1;
    });
    let _ = Account::create(&mut TestRng(1), NOW, most).unwrap();
}

#[test]
fn what_renews_no_credential() {
    let mut a = Device::new(1);
    let not_before = a.account.credential().tbs().not_before;
    for not_after in [0, not_before - 1, not_before] {
        let refused = a.check(|a, now, _| a.renew(not_after, None, now).map(|c| ((), c)));
        assert_eq!(class(refused), "misuse");
    }
    a.check(|a, now, _| a.renew(not_before + 1, None, now).map(|c| ((), c))).unwrap();
    assert_eq!(a.account.credential().tbs().not_after, not_before + 1);
}

#[test]
fn what_makes_no_batch() {
    let (a, _) = two();
    let batch = |one_time, kem, lifetime, now| {
        let refused = a.account.create_batch_begin(one_time, kem, lifetime, now, &mut NoRng);
        class(refused.map(|_| ()))
    };
    // `expiry` would not fit 64 bits.
    assert_eq!(batch(1, 1, DAY, u64::MAX - DAY + 1), "limit");
    assert_eq!(batch(1, 1, 0, NOW), "limit");
    assert_eq!(batch(1, 1, 30 * DAY + 1, NOW), "limit");
    assert_eq!(batch(1022, 1, DAY, NOW), "limit");
    assert_eq!(batch(u32::MAX, u32::MAX, DAY, NOW), "limit");
    let last = a.account.create_batch_begin(1, 1, DAY, u64::MAX - DAY, &mut TestRng(1));
    last.unwrap();
}

#[test]
fn external_psks_without_id_or_key() {
    let (a, b) = two();
    let (peer, bundle) = (b.id(), b.bundle(None, 4));
    let psk = |id: usize, key: usize| ExternalPsk {
        id: vec![1; id],
        key: Secret::from_slice(&vec![2; key]),
    };
    let begin = |psk, rng: &mut TestRng| {
        a.account.initiate_begin(&peer, &bundle, Some(psk), false, NOW, rng).map(|_| ())
    };
    for (id, key) in [(0, 32), (1, 0), (0, 0), (4097, 32)] {
        let refused =
            a.account.initiate_begin(&peer, &bundle, Some(psk(id, key)), false, NOW, &mut NoRng);
        assert_eq!(class(refused.map(|_| ())), "misuse", "{id} {key}");
    }
    begin(psk(1, 1), &mut TestRng(1)).unwrap();
    begin(psk(4096, 5000), &mut TestRng(1)).unwrap();
}

#[test]
fn labels_and_contexts_of_the_exporter() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let export = |label: usize, context: usize, length| -> Result<usize, Error> {
        let secret = a.account.export(&id, &vec![1; label], &vec![2; context], length)?;
        Ok(secret.as_bytes().len())
    };
    assert_eq!(export(4096, 4096, 255 * 32), Ok(8160));
    assert_eq!(export(0, 0, 0), Ok(0));
    for (label, context, length) in [(4097, 0, 32), (0, 4097, 32), (0, 0, 8161)] {
        assert_eq!(class(export(label, context, length)), "limit");
    }
}

#[test]
fn absorb_is_not_the_callers() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let mut frame = Frame::application(b"body");
    for data in [vec![], vec![7; 32]] {
        frame.non_critical = vec![Extension { extension_type: 0x0001, data }];
        assert_eq!(class(a.send_frame(&id, &frame)), "misuse");
    }
    frame.non_critical[0].extension_type = 0x0002;
    a.send_frame(&id, &frame).unwrap();
}
