//! Wire limits: what is as large as they allow is taken, and one item or byte more is refused.

use super::draft::Draft;
use super::structures::{
    attachment_with, attestation, batch_of, batch_with, bundle_with, credential_of,
    credential_with, device_list_of, device_list_with, entry, entry_with, first_with, frame_with,
    handshake_with, initiator_with, proven_with, ratchet, update_with,
};
use super::{DECODE, decode_as, judge};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, START, Scene};

/// The cases.
pub const CASES: &[Case] = &[
    Case::negative(
        "PW-COD-LIMITS-035n",
        "One item or byte more than a wire limit allows is refused.",
        past,
    )
    .clauses(&["LIM-01"])
    .mutants(&["D4"])
    .suite("core")
    .needs(Access::L2, DECODE),
    Case::positive(
        "PW-COD-LIMITS-050p",
        "What is as large as the wire limits allow decodes and encodes to itself.",
        at,
    )
    .clauses(&["LIM-01", "ENC-04"])
    .suite("core")
    .needs(Access::L2, DECODE),
];

/// A structure with so many of something.
pub type Counted = fn(usize) -> Draft;

/// A structure of the text, with so many of something, and the most that it may have.
pub type Limit = (&'static str, Counted, usize);

const LIMITS: &[Limit] = &[
    ("Credential", |n| credential_with(&USUAL, &[1], &[(0x0a0a, &vec![1; n])]), 4096),
    ("Credential", |n| credential_with(&USUAL, &[1], &many(n)), 8),
    (
        "Credential",
        |n| credential_with(&[USUAL[0], USUAL[1], (0x0a0a, &vec![1; n])], &[1], &[]),
        4096,
    ),
    ("Credential", |n| credential_with(&[&USUAL, &many(n - 2)[..]].concat(), &[1], &[]), 8),
    ("Credential", |n| credential_with(&USUAL, &(1..=n as u16).collect::<Vec<_>>(), &[]), 8),
    ("Credential", |n| credential_of(&vec![7; n], &USUAL, &[1], &[], attestation(1, b"")), 4096),
    ("Credential", |n| credential_of(&[7; 32], &USUAL, &[1], &[], issuers(n)), 8),
    ("Credential", |n| credential_of(&[7; 32], &USUAL, &[1], &[], unknown(b"who", n)), 8192),
    ("Credential", |n| credential_of(&[7; 32], &USUAL, &[1], &[], unknown(&vec![7; n], 64)), 4096),
    ("DeviceList", |n| device_list_with(entries(n)), 64),
    ("DeviceList", |n| device_list_with(entry_with(1, &[&USUAL[..1], &many(n - 1)].concat())), 8),
    ("DeviceList", |n| list(1, &[&USUAL[..1], &many(n - 1)].concat(), &[], issuers(1)), 8),
    ("DeviceList", |n| list(1, &USUAL[..1], &many(n), issuers(1)), 8),
    ("DeviceList", |n| list(1, &USUAL[..1], &[(0x0a0a, &vec![1; n])], issuers(1)), 4096),
    ("DeviceList", |n| list(1, &USUAL[..1], &[], issuers(n)), 8),
    ("DeviceLists", |n| Draft::new().items(lists(n)), 16),
    ("PrekeyBatch", |n| batch_of(n as u32), 1024),
    ("PrekeyBatch", |n| batch_with(4, &[], signatures(n)), 8),
    ("PrekeyBatch", |n| batch_with(4, &many(n), signatures(1)), 8),
    ("PrekeyBatch", |n| batch_with(4, &[], signatures(1).u16(0xf000).opaque(&vec![5; n])), 8192),
    ("PublishedBatch", published, 1024),
    ("PrekeyBundle", |n| bundle_with(lists(n), &[]), 16),
    ("PrekeyBundle", |n| bundle_with(lists(1), &vec![0x55; n]), 4096),
    ("HandshakeMessage", handshake_with, 65_536),
    ("InitiatorIdentity", |n| initiator_with(lists(n), (1, b"id"), &[]), 16),
    ("InitiatorIdentity", |n| initiator_with(lists(1), (1, &vec![7; n]), &[]), 4096),
    ("InitiatorIdentity", |n| initiator_with(lists(1), (1, b"id"), &many(n)), 8),
    ("CredentialUpdate", |n| update_with(lists(n)), 16),
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
    ("Content", |n| content(b"", &many(n)), 8),
    ("Content", |n| content(b"", &[(0x0a0a, &vec![1; n])]), 4096),
    ("AttachmentReference", |n| attachment_with(&vec![b'n'; n], b"", b""), 65_536),
    ("AttachmentReference", |n| attachment_with(b"", &vec![b't'; n], b""), 65_536),
    ("AttachmentReference", |n| attachment_with(b"", b"", &vec![b'l'; n]), 65_536),
    ("Receipt", |n| Draft::new().u8(2).opaque(&vec![0xcc; 16 * n]), 4096),
];

/// Those that take lines of more than two mebibytes; adapters may accept less.
const LONG: &[Limit] = &[
    ("InnerFrame", |n| padded(Draft::new().u8(0).u8(0).raw(&[0, 0]).opaque(&vec![1; n])), BODY),
    ("FirstMessage", |n| first_with(&[ratchet().bytes(), &vec![1; n - 73]].concat()), 1_179_648),
    ("Envelope", |n| Draft::new().u8(0).raw(&[7; 32]).u64(3600).opaque(&vec![1; n]), 1_179_648),
];

/// Body of the longest frame.
const BODY: usize = (1 << 20) - 8;
const USUAL: [(u16, &[u8]); 2] = [(1, &[0x58; 32]), (0x0101, &[9; 32])];

/// The limits whose structures the adapter's lines have room for.
fn within(scene: &mut Scene) -> Outcome<Vec<Limit>> {
    let long = scene.adapter(Home::Iut)?.hello().largest_line > 3 << 20;
    Ok([LIMITS, if long { LONG } else { &[] }].concat())
}

fn past(scene: &mut Scene, twin: Twin) -> Outcome {
    for (name, draft, most) in within(scene)? {
        judge(scene, twin, name, draft(most).bytes(), draft(most + 1).bytes())?;
    }
    Ok(())
}

fn at(scene: &mut Scene) -> Outcome {
    for (name, draft, most) in within(scene)? {
        decode_as(scene, name, draft(most).bytes())?;
    }
    Ok(())
}

/// Keys or extensions of types that nobody knows.
fn many(n: usize) -> Vec<(u16, &'static [u8])> {
    (0..n as u16).map(|i| (0xf000 + i, b"?".as_slice())).collect()
}

/// The account's attestation, and those of issuers: so many in all.
fn issuers(n: usize) -> Draft {
    let issuer = |draft: Draft, i: usize| draft.then(attestation(3, &[i as u8; 32]));
    (1..n).fold(attestation(1, b""), issuer)
}

/// The account's attestation, and one of a signer that nobody knows, with so many bytes of signature.
fn unknown(id: &[u8], length: usize) -> Draft {
    attestation(1, b"").u8(9).opaque(id).u16(0x0a0a).opaque(&vec![5; length])
}

/// The signature of Ed25519, and those of types that nobody knows: so many in all.
fn signatures(n: usize) -> Draft {
    let first = Draft::new().u16(1).opaque(&[0x33; 64]);
    (1..n as u16).fold(first, |draft, i| draft.u16(0xf000 + i).opaque(b"?"))
}

fn entries(n: usize) -> Draft {
    (1..=n as u64).fold(Draft::new(), |draft, i| draft.then(entry(i)))
}

fn list(
    number: u64,
    account: &[(u16, &[u8])],
    more: &[(u16, &[u8])],
    attestations: Draft,
) -> Draft {
    device_list_of(number, account, entry(1), more, attestations)
}

/// Lists in ascending order of number.
fn lists(n: usize) -> Draft {
    let add = |draft: Draft, i| draft.then(list(i, &USUAL[..1], &[], issuers(1)));
    (1..=n as u64).fold(Draft::new(), add)
}

/// All keys of a batch of so many: the signed one, the last-resort one, and one-time keys.
fn published(n: usize) -> Draft {
    let first = proven_with(1, 0, &[0x55; 320]).then(proven_with(4, 1, &[0x55; 320]));
    let add = |draft: Draft, id| draft.then(proven_with(2, id, &[0x55; 320]));
    batch_of(n as u32).items((2..n as u32).fold(first, add))
}

fn content(body: &[u8], more: &[(u16, &[u8])]) -> Draft {
    let draft = Draft::new().u8(0).u16(1).raw(&[0xaa; 16]).u64(START).u64(1);
    draft.opaque(b"").opaque(body).extensions(more)
}

fn padded(frame: Draft) -> Draft {
    let length = frame.bytes().len();
    let bucket = [256, 512, 1024, 2048].into_iter().find(|&bucket| bucket >= length);
    frame.raw(&vec![0; bucket.unwrap_or(length.next_multiple_of(4096)) - length])
}
