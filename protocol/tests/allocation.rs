//! Input decides how much is allocated only as far as it is there: a length that lies allocates nothing.
//!
//! An allocator that counts, on the thread that asks, how many bytes are in use at most and how large the largest
//! block was.
#![allow(unsafe_code, clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::*;
use sceau::Wire;
use sceau::delivery::{AuthRequest, Challenge, DeliveryAction, Publication, RelayName};
use sceau::hazmat::reencode;
use sceau::pairwise::{Account, Envelope, MailboxId, ReceiveOptions};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ON: Cell<bool> = const { Cell::new(false) };
    /// In use since it was turned on, the most of that, and the largest block.
    static USED: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(change: isize, block: usize) {
    // A thread that ends has no cells any more.
    let _ = ON.try_with(|on| {
        if on.get() {
            USED.set(USED.get() + change);
            PEAK.set(PEAK.get().max(USED.get()));
            LARGEST.set(LARGEST.get().max(block));
        }
    });
}

// SAFETY: hands everything to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed(), layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed(), 0);
        unsafe { System.dealloc(block, layout) }
    }
    // `realloc` is the default one: alloc, copy, dealloc.
}

/// Most bytes in use while something runs, beyond what was in use before, and the largest block.
fn peak<T>(run: impl FnOnce() -> T) -> (usize, usize, T) {
    USED.set(0);
    PEAK.set(0);
    LARGEST.set(0);
    ON.set(true);
    let result = run();
    ON.set(false);
    (usize::try_from(PEAK.get()).unwrap(), LARGEST.get(), result)
}

#[test]
fn the_control_is_counted() {
    let (most, largest, _) = peak(|| {
        drop(vec![0u8; 1000]);
        vec![0u8; 300]
    });
    assert_eq!((most, largest), (1000, 1000));
    let (most, largest, _) = peak(|| (vec![0u8; 200], vec![0u8; 300]));
    assert_eq!((most, largest), (500, 300));
}

/// A valid encoding of each structure that a stranger may send.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let (mut a, mut b) = two();
    let bundle = b.bundle(Some(2), 4);
    let publication = b.account.publication(b.batch.as_ref().unwrap()).unwrap().to_bytes();
    let made = a.initiate(&b.id(), &bundle).unwrap();
    let first = a.send(&made.session, b"first").unwrap();
    let envelope = Envelope::new(
        first.mailbox,
        true,
        first.message.clone(),
        NOW,
        &sceau::limits::Limits::default(),
    );
    b.get(&first).unwrap();
    let ratchet = b.send(&made.session, b"answer").unwrap();
    let challenge = Challenge::new([1; 32]);
    let (relay, action) = (RelayName::host("relay.example.org").unwrap(), DeliveryAction::Get);
    let asked = AuthRequest { challenge: &challenge, relay: &relay, action, request: b"" };
    let auth = a.account.delivery_auth(&asked).unwrap().to_bytes();
    let list = a.account.device_list_update();
    let record =
        |d: &Device| d.store.0.values().map(|(_, bytes)| bytes.clone()).collect::<Vec<_>>();
    let mut samples = vec![
        ("PrekeyBundle", bundle),
        ("Publication", publication),
        ("FirstMessage", first.message),
        ("RatchetMessage", ratchet.message),
        ("Envelope", envelope.to_bytes()),
        ("DeliveryAuth", auth),
        ("DeviceLists", list),
        ("CredentialUpdate", a.account.credential_update()),
        ("Credential", a.account.credential().to_bytes()),
        ("Receipt", [vec![1, 64], vec![7; 64]].concat()),
    ];
    samples[9].1.splice(1..2, [0x40, 64]);
    samples.extend(record(&b).into_iter().map(|bytes| ("Record", bytes)));
    samples
}

#[test]
fn lengths_that_lie() {
    let hostile: [&[u8]; 5] =
        [&[0xbf, 0xff, 0xff, 0xff], &[0x80, 0x12, 0, 0], &[0x7f, 0xff], &[0x3f], &[0xff; 8]];
    let mut tried = 0;
    for (name, bytes) in samples() {
        let (_, _, decoded) = peak(|| reencode(name, &bytes).unwrap());
        assert_eq!(decoded.as_ref(), Ok(&bytes), "{name}");
        for at in (0..bytes.len()).step_by(1 + bytes.len() / 2000) {
            for lie in hostile {
                let mut wrong = bytes.clone();
                wrong.splice(at..(at + lie.len()).min(bytes.len()), lie.iter().copied());
                let (most, largest, _) = peak(|| reencode(name, &wrong));
                // The bytes themselves, what is parsed of them, its copy as received, and the encoding of that: no part
                // of it more than a few times the input.
                let bound = 4096 + 8 * wrong.len();
                assert!(most <= bound, "{name} at {at}: {most} for {} bytes", wrong.len());
                assert!(largest <= 4096 + 3 * wrong.len(), "{name} at {at}: {largest}");
                tried += 1;
            }
        }
    }
    assert!(tried > 40_000, "{tried}");
}

#[test]
fn lists_of_the_smallest_items() {
    // Items that may take more memory than bytes, in a list as long as the message: refused at the limit of items.
    let mut list = vec![0x81, 0, 0, 0];
    list.resize(4 + (1 << 24), 0);
    for name in [
        "TypedKeys",
        "DeviceLists",
        "Receipt",
        "FetchAnswer",
        "GetAnswer",
        "AcknowledgeRequest",
        "Publication",
    ] {
        let version: &[u8] = match name {
            "AcknowledgeRequest" => &[0; 33],
            "FetchAnswer" | "GetAnswer" | "Publication" => &[0],
            _ => &[],
        };
        let bytes = [version, &list].concat();
        let (most, _, refused) = peak(|| reencode(name, &bytes).unwrap().is_err());
        assert!(refused && most <= 64 * 1024, "{name}: {most}");
    }
}

#[test]
fn messages_of_strangers() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let options = ReceiveOptions::default();
    let contact = b.account.contact_mailbox();
    let incoming = b.account.mailboxes(&id, NOW).unwrap().incoming[5];
    let mut get = |mailbox: &MailboxId, bytes: &[u8]| {
        let mut rng = TestRng(1);
        let account: &mut Account = &mut b.account;
        peak(|| account.receive(mailbox, bytes, b"", &options, NOW, &mut rng).is_err())
    };
    // Fills what is filled once: the index of mailboxes.
    get(&incoming, b"");
    for first in [1, 2, 3] {
        for length in [0, 1, 73, 1000, 100_000, 1 << 20] {
            let mut bytes = vec![0xbf; length];
            if let Some(byte) = bytes.first_mut() {
                *byte = first;
            }
            for mailbox in [&contact, &incoming, &MailboxId::new([9; 32])] {
                let (most, _, refused) = get(mailbox, &bytes);
                // A header that nobody's key opens stops a ratchet message before its body is copied.
                assert!(refused && most <= 4096, "{first} {length}: {most}");
            }
        }
    }
}

#[test]
fn a_state_that_lies() {
    let (_, b) = two();
    let state = b.account.export_state().to_vec();
    let import =
        |bytes: &[u8]| Account::import(bytes, None, Default::default(), Default::default()).is_ok();
    let (whole, _, right) = peak(|| import(&state));
    assert!(right);
    for at in (0..state.len()).step_by(3) {
        let mut wrong = state.clone();
        wrong.splice(at..(at + 4).min(state.len()), [0xbf, 0xff, 0xff, 0xff]);
        let (most, _, _) = peak(|| import(&wrong));
        assert!(most <= whole + 4096, "at {at}: {most}, {whole}");
    }
}

#[test]
fn a_publication_is_verified_in_bounded_memory() {
    let mut b = Device::new(5);
    b.publish(511, 511);
    let bytes = b.account.publication(b.batch.as_ref().unwrap()).unwrap().to_bytes();
    let (most, _, right) = peak(|| {
        let publication = Publication::from_bytes(&bytes).unwrap();
        let policy = Default::default();
        publication.verify(&Default::default(), None, 0, NOW, &policy).is_ok()
    });
    assert!(right && most <= 3 * bytes.len(), "{most} for {}", bytes.len());
}
