//! What devices and relays tell each other (page *Delivery service*): there and back, spoilt, at the limits.
//!
//! An implementation may leave the delivery service to another component: its adapter answers `unsupported` to these
//! structures then, which leaves no gap.

use super::draft::Draft;
use super::faults::{choice, minimal, nested, overrun, prefix, presence, version};
use super::limits::Limit;
use super::structures::{
    DELIVERY, acknowledge_request, bundle_without, delivery_auth, delivery_auth_with, fetch_answer,
    fetch_request_with, get_answer, get_answer_with, stored,
};
use super::{DECODE, all, decode_as, each, huge, judge, trailing, truncated};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, START, Scene};

const fn case(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).suite("core").needs(Access::L2, DECODE).optional()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive("PW-COD-DELIVERY-051p", "Each structure of the delivery service decodes and encodes to itself.", |s| all(s, DELIVERY)), &["ENC-01", "ENC-06"]),
    case(Case::negative("PW-COD-DELIVERY-052n", "In them a length in more bytes than it needs, and the prefix 11, are refused.", lengths), &["ENC-01"]),
    case(Case::negative("PW-COD-DELIVERY-053n", "Bytes behind their end are refused.", |s, t| trailing(s, t, DELIVERY)), &["ENC-02"]),
    case(Case::negative("PW-COD-DELIVERY-054n", "Bytes left over at the end of a list in them are refused.", |s, t| each(s, t, DELIVERY, nested)), &["ENC-02"]),
    case(Case::negative("PW-COD-DELIVERY-055n", "Truncated they are refused, whatever the length.", |s, t| truncated(s, t, DELIVERY)), &["ENC-04", "ENC-13"]),
    case(Case::negative("PW-COD-DELIVERY-056n", "A length beyond the end of its list is refused.", |s, t| each(s, t, DELIVERY, overrun)), &["ENC-04", "ENC-13"]),
    case(Case::negative("PW-COD-DELIVERY-057n", "The longest length with few bytes behind it is refused at once.", |s, t| huge(s, t, DELIVERY)), &["ENC-04", "LIM-01"]),
    case(Case::negative("PW-COD-DELIVERY-058n", "A presence byte, and whether there are more envelopes, is 0 or 1.", |s, t| each(s, t, DELIVERY, presence)), &["ENC-03"]),
    case(Case::negative("PW-COD-DELIVERY-059n", "Unknown actions and types are refused.", |s, t| each(s, t, DELIVERY, choice)), &["ENC-05"]),
    case(Case::negative("PW-COD-DELIVERY-060n", "Unknown versions are refused.", |s, t| each(s, t, DELIVERY, version)), &["ENC-05"]),
    case(Case::positive("PW-COD-DELIVERY-061p", "What is as large as the wire limits allow is taken.", at), &["LIM-01", "ENC-04"]),
    case(Case::negative("PW-COD-DELIVERY-070n", "There are more envelopes, or there are not.", more), &["DS-21", "ENC-13"]),
    case(Case::positive("PW-COD-DELIVERY-071p", "Handles stand in any order, and more than once.", any_order), &["DS-21"]),
    case(Case::negative("PW-COD-DELIVERY-062n", "One item or byte more than a wire limit allows is refused.", past), &["LIM-01"]),
    case(Case::negative("PW-COD-DELIVERY-063n", "A relay has a name.", no_name), &["ENC-13"]),
    case(Case::negative("PW-COD-DELIVERY-064n", "Handles have 16 bytes each.", handles), &["ENC-13"]),
    case(Case::negative("PW-COD-DELIVERY-065n", "Signatures of a request stand in ascending order of type.", unordered), &["ENC-13"]),
    case(Case::positive("PW-COD-DELIVERY-066p", "Each action is known, the reserved one too.", actions), &["ENC-05"]),
];

const LIMITS: &[Limit] = &[
    ("FetchAnswer", |n| fetch_answer(many(n, bundle_without)), 64),
    ("GetAnswer", |n| get_answer(many(n, || stored(b"message"))), 256),
    ("AcknowledgeRequest", |n| acknowledge_request(&vec![0xe1; 16 * n]), 256),
    ("FetchRequest", |n| fetch_request_with(&vec![7; n]), 4096),
    ("DeliveryAuth", |n| delivery_auth(&vec![b'r'; n], &[7; 32]), 255),
    ("DeliveryAuth", |n| delivery_auth(b"r", &vec![7; n]), 4096),
    ("DeliveryAuth", |n| delivery_auth_with(b"r", &[7; 32], many_types(n)), 8),
];

/// One that takes a line of more than two mebibytes; adapters may accept less.
const LONG: &[Limit] = &[("GetAnswer", |n| get_answer(stored(&vec![1; n])), 1_179_648)];

fn many(n: usize, one: fn() -> Draft) -> Draft {
    (0..n).fold(Draft::new(), |draft, _| draft.then(one()))
}

fn many_types(n: usize) -> Draft {
    let first = Draft::new().u16(1).opaque(&[0x33; 64]);
    (1..n as u16).fold(first, |draft, i| draft.u16(0xf000 + i).opaque(b"?"))
}

fn within(scene: &mut Scene) -> Outcome<Vec<Limit>> {
    let long = scene.adapter(Home::Iut)?.hello().largest_line > 3 << 20;
    Ok([LIMITS, if long { LONG } else { &[] }].concat())
}

fn at(scene: &mut Scene) -> Outcome {
    decode_as(scene, "DeliveryAuth", delivery_auth(b"r", &[7; 32]).bytes())?;
    for (name, draft, most) in within(scene)? {
        decode_as(scene, name, draft(most).bytes())?;
    }
    Ok(())
}

fn past(scene: &mut Scene, twin: Twin) -> Outcome {
    for (name, draft, most) in within(scene)? {
        judge(scene, twin, name, draft(most).bytes(), draft(most + 1).bytes())?;
    }
    Ok(())
}

fn lengths(scene: &mut Scene, twin: Twin) -> Outcome {
    each(scene, twin, DELIVERY, minimal)?;
    each(scene, twin, DELIVERY, prefix)
}

fn no_name(scene: &mut Scene, twin: Twin) -> Outcome {
    let auth = |relay: &[u8]| delivery_auth(relay, &[7; 32]);
    judge(scene, twin, "DeliveryAuth", auth(b"r").bytes(), auth(b"").bytes())
}

fn handles(scene: &mut Scene, twin: Twin) -> Outcome {
    for (good, bad) in [(16, 15), (16, 1), (16, 17), (32, 31), (4096, 4095)] {
        let request = |length: usize| acknowledge_request(&vec![0xe1; length]);
        judge(scene, twin, "AcknowledgeRequest", request(good).bytes(), request(bad).bytes())?;
    }
    Ok(())
}

fn more(scene: &mut Scene, twin: Twin) -> Outcome {
    for (good, bad) in [(0, 2), (1, 2), (1, 0x80), (1, 255)] {
        let draft = get_answer_with(twin.pick(good, bad));
        let call = scene.iut("codec.decode").text("type", "GetAnswer");
        let call = call.bytes("bytes", draft.bytes());
        match twin {
            Twin::Control => call.ok().map(drop)?,
            Twin::Deviant => call.refused_with("malformed")?,
        }
    }
    Ok(())
}

/// In a request, and in an answer.
fn any_order(scene: &mut Scene) -> Outcome {
    for handles in [[3, 1, 2, 1], [7, 7, 7, 7], [4, 3, 2, 1]] {
        let all: Vec<u8> = handles.iter().flat_map(|&handle| [handle; 16]).collect();
        decode_as(scene, "AcknowledgeRequest", acknowledge_request(&all).bytes())?;
        let envelope = |handle| Draft::new().raw(&[handle; 16]).u64(START).opaque(b"sealed");
        let envelopes = handles.iter().fold(Draft::new(), |all, &one| all.then(envelope(one)));
        decode_as(scene, "GetAnswer", get_answer(envelopes).bytes())?;
    }
    Ok(())
}

fn unordered(scene: &mut Scene, twin: Twin) -> Outcome {
    let auth = |types: [u16; 2]| {
        let sign = |draft: Draft, &kind: &u16| draft.u16(kind).opaque(&[0x33; 64]);
        let signatures = types.iter().fold(Draft::new(), sign);
        delivery_auth_with(b"relay.example", &[7; 32], signatures)
    };
    for bad in [[0xf000, 1], [1, 1]] {
        judge(scene, twin, "DeliveryAuth", auth([1, 0xf000]).bytes(), auth(bad).bytes())?;
    }
    Ok(())
}

fn actions(scene: &mut Scene) -> Outcome {
    let auth = delivery_auth(b"r", &[7; 32]);
    // Behind version, challenge and the relay's name.
    let place = 1 + 32 + 2;
    for action in 1..=6 {
        let mut bytes = auth.bytes().to_vec();
        if let Some(byte) = bytes.get_mut(place) {
            *byte = action;
        }
        decode_as(scene, "DeliveryAuth", &bytes)?;
    }
    Ok(())
}
