//! What the values of a content and of an envelope must be.

use super::draft::Draft;
use super::structures::{change_with, session_state_of};
use super::{decode_as, judge};
use crate::case::{Outcome, Twin};
use crate::scene::{START, Scene};

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

/// The record is that of the peer `44…`, of generation 7.
pub fn change_of(scene: &mut Scene, twin: Twin) -> Outcome {
    let id = [0x44; 32];
    let good = change_with(5, &id, 6);
    let other = [0x45; 32];
    let wrong: [(u8, &[u8], u64); 8] = [
        (6, &id, 6),
        (5, &other, 6),
        (5, &id[..31], 6),
        (5, b"", 6),
        (5, &id, 7),
        (5, &id, 5),
        (5, &id, 0),
        (5, &id, u64::MAX),
    ];
    for (kind, id, expected) in wrong {
        judge(scene, twin, "Change", good.bytes(), change_with(kind, id, expected).bytes())?;
    }
    Ok(())
}

/// Suites that nobody has, also where the lengths behind them are not those of `core`.
pub fn session_suite(scene: &mut Scene, twin: Twin) -> Outcome {
    for (suite, length) in [(0, 32), (0xf042, 32), (0xffff, 32), (0xf042, 48), (0xf042, 31)] {
        let draft = twin.pick(session_state_of(1, 32), session_state_of(suite, length));
        let call = scene.iut("codec.decode").text("type", "SessionState");
        let call = call.bytes("bytes", draft.bytes());
        match twin {
            Twin::Control => call.ok().map(drop)?,
            Twin::Deviant => call.refused_with("unsupported_suite")?,
        }
    }
    Ok(())
}
