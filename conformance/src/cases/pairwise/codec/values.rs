//! Bounds of a decoder, and what the values of a content must be.

use super::draft::Draft;
use super::structures::{
    batch_of, credential_with, device_list_with, entry, frame_with, handshake_with,
};
use super::{decode_as, judge};
use crate::case::{Outcome, Twin};
use crate::scene::{Home, START, Scene};

/// One more than a wire limit allows.
///
/// # Errors
/// A wrong one is accepted, or a right one refused.
pub fn limits(scene: &mut Scene, twin: Twin) -> Outcome {
    for (name, draft, most) in LIMITS {
        judge(scene, twin, name, draft(*most).bytes(), draft(most + 1).bytes())?;
    }
    // A line of the largest frame has two mebibytes; adapters may accept less.
    if scene.adapter(Home::Iut)?.hello().largest_line > 3 << 20 {
        let frame =
            |body: usize| padded(Draft::new().u8(0).u8(0).raw(&[0, 0]).opaque(&vec![1; body]));
        judge(
            scene,
            twin,
            "InnerFrame",
            frame((1 << 20) - 8).bytes(),
            frame((1 << 20) - 7).bytes(),
        )?;
    }
    Ok(())
}

/// A structure with so many of something.
type Counted = fn(usize) -> Draft;
/// Structures, and the most that each may have.
const LIMITS: &[(&str, Counted, usize)] = &[
    ("Credential", |n| credential_with(&USUAL, &[1], &[(0x0a0a, &vec![1; n])]), 4096),
    ("Credential", |n| credential_with(&USUAL, &[1], &many(n)), 8),
    (
        "Credential",
        |n| credential_with(&[USUAL[0], USUAL[1], (0x0a0a, &vec![1; n])], &[1], &[]),
        4096,
    ),
    ("Credential", |n| credential_with(&[&USUAL, &many(n - 2)[..]].concat(), &[1], &[]), 8),
    ("Credential", |n| credential_with(&USUAL, &(1..=n as u16).collect::<Vec<_>>(), &[]), 8),
    (
        "DeviceList",
        |n| device_list_with((1..=n as u64).fold(Draft::new(), |d, i| d.then(entry(i)))),
        64,
    ),
    (
        "InnerFrame",
        |n| {
            padded(
                Draft::new().u8(0).u8(0).raw(&[0]).extensions(&[(0x0a0a, &vec![1; n])]).raw(&[0]),
            )
        },
        4096,
    ),
    ("InnerFrame", |n| frame_with(&[], &many(n), b""), 8),
    ("PrekeyBatch", |n| batch_of(n as u32), 1024),
    ("HandshakeMessage", |n| handshake_with(n), 65_536),
];
const USUAL: [(u16, &[u8]); 2] = [(1, &[0x58; 32]), (0x0101, &[9; 32])];

/// Keys or extensions of types that nobody knows.
fn many(n: usize) -> Vec<(u16, &'static [u8])> {
    (0..n as u16).map(|i| (0xf000 + i, b"?".as_slice())).collect()
}

fn padded(frame: Draft) -> Draft {
    let length = frame.bytes().len();
    let bucket = [256, 512, 1024, 2048].into_iter().find(|&bucket| bucket >= length);
    frame.raw(&vec![0; bucket.unwrap_or(length.next_multiple_of(4096)) - length])
}

fn content_of(kind: u16, in_reply_to: &[u8], body: &[u8]) -> Draft {
    let draft = Draft::new().u8(0).u16(kind).raw(&[0xaa; 16]).u64(START).u64(1);
    draft.opaque(in_reply_to).opaque(body).extensions(&[])
}

/// Replies to ids of other lengths.
///
/// # Errors
/// A wrong one is accepted, or a right one refused.
pub fn reply(scene: &mut Scene, twin: Twin) -> Outcome {
    for (good, bad) in [(0, 1), (16, 15), (16, 17), (16, 32)] {
        let content = |length: usize| content_of(1, &vec![0xbb; length], b"yes");
        judge(scene, twin, "Content", content(good).bytes(), content(bad).bytes())?;
    }
    Ok(())
}

/// Overlong forms, a surrogate, a stray and a missing continuation, beyond U+10FFFF.
///
/// # Errors
/// A wrong one is accepted, or a right one refused.
pub fn utf8(scene: &mut Scene, twin: Twin) -> Outcome {
    let forms: [&[u8]; 7] = [
        b"\xc0\x80",
        b"\xe0\x80\x80",
        b"\xed\xa0\x80",
        b"\x80",
        b"a\xc3",
        b"\xf4\x90\x80\x80",
        b"\xff",
    ];
    for bad in forms {
        let content = |text: &[u8]| content_of(1, b"", text);
        judge(
            scene,
            twin,
            "Content",
            content("Grüße 👋".as_bytes()).bytes(),
            content(bad).bytes(),
        )?;
    }
    Ok(())
}

/// Receipts for ids of other lengths, and for none.
///
/// # Errors
/// A wrong one is accepted, or a right one refused.
pub fn receipts(scene: &mut Scene, twin: Twin) -> Outcome {
    for (good, bad) in [(16, 0), (16, 15), (32, 17), (32, 31)] {
        let receipt = |length: usize| Draft::new().u8(1).opaque(&vec![0xcc; length]);
        judge(scene, twin, "Receipt", receipt(good).bytes(), receipt(bad).bytes())?;
    }
    Ok(())
}

/// Types that nobody knows, with bodies that are no text.
///
/// # Errors
/// A wrong one is accepted, or a right one refused.
pub fn content_type(scene: &mut Scene) -> Outcome {
    for kind in [4, 0x0a0a, 0x7fff, 0xffff] {
        decode_as(scene, "Content", content_of(kind, b"", b"\xff\xfe").bytes())?;
    }
    Ok(())
}

fn envelope_of(expiry: u64, message: &[u8]) -> Draft {
    Draft::new().version().raw(&[7; 32]).u64(expiry).opaque(message)
}

/// A length that takes four bytes, with its prefix turned from 10 to 11.
pub fn long_prefix(scene: &mut Scene, twin: Twin) -> Outcome {
    let good = envelope_of(3600, &[9; 20_000]);
    let mut bad = good.bytes().to_vec();
    // Behind version, mailbox and expiry.
    if let Some(first) = bad.get_mut(1 + 32 + 8) {
        *first |= 0x40;
    }
    judge(scene, twin, "Envelope", good.bytes(), &bad)
}

pub fn expiry(scene: &mut Scene, twin: Twin) -> Outcome {
    let good = envelope_of(7200, b"sealed");
    for expiry in [1, 3599, 3601, 7201, u64::MAX] {
        judge(scene, twin, "Envelope", good.bytes(), envelope_of(expiry, b"sealed").bytes())?;
    }
    Ok(())
}
