//! Inner frames and their padding.

use crate::vector::{Fields, Topic, counting, fields, items, must, put};
use crate::world::World;
use sceau_spec::octets::{Octets, ascii, empty, repeat, u32_be};
use sceau_spec::pairwise::codec::{Extension, Extensions, write_extensions, write_opaque};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::{
    APPLICATION, CredentialUpdate, InnerFrame, MAILBOX_ROTATION, bucket, decode_credential_update,
    decode_device_lists, decode_mailbox_rotation, encode_credential_update, encode_frame,
    encode_mailbox_rotation, pad, unpad,
};
use sceau_spec::pairwise::identities::{DeviceLists, encode_device_lists};
use sceau_spec::pairwise::limits::MAX_FRAME;
use sceau_spec::pairwise::suite::hash;

const MALFORMED: ErrorClass = ErrorClass::Malformed;

fn extensions(of: &[(u16, &str)]) -> Extensions {
    let mut out = Extensions::new(0);
    for (extension_type, data) in of {
        out = out.push(&Extension { extension_type: *extension_type, data: ascii(data) });
    }
    out
}

/// Extensions as fields.
pub fn extension_fields(extensions: &Extensions) -> Vec<Fields> {
    items(extensions)
        .iter()
        .map(|extension| fields! { type: extension.extension_type, data: extension.data })
        .collect()
}

fn frame(content_type: u8, non_critical: Extensions, body: &Octets) -> InnerFrame {
    InnerFrame { content_type, critical: extensions(&[]), non_critical, body: body.clone() }
}

/// The vectors of frames.
pub fn inner(world: &World) -> Topic {
    let mut t = Topic::new("inner-frame", "FRM-IN");
    let lists = DeviceLists::new(0).push(&world.alice.state.account.device_list);
    let update = CredentialUpdate {
        device_lists: lists.clone(),
        credential: world.alice.state.account.credential.clone(),
    };
    let (update, lists) = (encode_credential_update(&update), encode_device_lists(&lists));
    must("update", decode_credential_update(&update));
    must("lists", decode_device_lists(&lists));
    let none = || extensions(&[]);
    let cases = [
        (
            1,
            "FRM-01",
            "the text's example: application, body 'hi'",
            frame(APPLICATION, none(), &ascii("hi")),
        ),
        (2, "FRM-03", "application, empty body", frame(APPLICATION, none(), &empty())),
        (3, "FRM-03 REP-10", "close", frame(1, none(), &empty())),
        (4, "FRM-03 FRM-06", "credential_update", frame(2, none(), &update)),
        (5, "FRM-03 ID-15", "device_list", frame(3, none(), &lists)),
        (
            6,
            "FRM-03 ENV-05",
            "mailbox_rotation",
            frame(MAILBOX_ROTATION, none(), &encode_mailbox_rotation(1)),
        ),
        (7, "FRM-03", "label, of which nothing is known", frame(5, none(), &counting(3))),
        (
            8,
            "FRM-03",
            "receipt",
            frame(6, none(), &Octets::from_hex("0110000102030405060708090a0b0c0d0e0f")),
        ),
        (
            9,
            "FRM-04 ENC-08",
            "a non-critical extension of unknown type, and GREASE",
            frame(APPLICATION, extensions(&[(0x0a0a, ""), (0x7777, "unknown")]), &ascii("hi")),
        ),
        (
            10,
            "FRM-04 REP-05",
            "the extension absorb",
            frame(
                APPLICATION,
                extensions(&[(1, "the loser's session id, 32 bytes")]),
                &ascii("hi"),
            ),
        ),
    ];
    for (number, clauses, about, frame) in cases {
        let encoded = encode_frame(&frame);
        let padded = must("pad", pad(&encoded));
        let read = must("unpad", unpad(&padded));
        assert_eq!(encode_frame(&read), encoded);
        t.valid(
            number,
            clauses,
            about,
            fields! { content_type: frame.content_type, non_critical: extension_fields(&frame.non_critical), body: frame.body },
            fields! { frame: encoded },
            fields! { padded_length: padded.len(), padded_hash: hash(&padded) },
        );
    }
    refused_frames(&mut t);
    t
}

fn refused_frames(t: &mut Topic) {
    let build = |content_type: u8, version: u8, critical: &Extensions, body: &Octets| {
        Octets::from_vec(vec![content_type, version])
            .concat(&write_extensions(critical))
            .concat(&write_extensions(&extensions(&[])))
            .concat(&write_opaque(body))
    };
    let none = extensions(&[]);
    let hi = ascii("hi");
    let bad = [
        (20, "FRM-03", "content type 7", build(7, 0, &none, &hi), ErrorClass::UnsupportedVersion),
        (
            21,
            "FRM-03",
            "content type 255",
            build(255, 0, &none, &hi),
            ErrorClass::UnsupportedVersion,
        ),
        (22, "FRM-03", "version 1", build(0, 1, &none, &hi), ErrorClass::UnsupportedVersion),
        (
            23,
            "FRM-04 ENC-08",
            "an unknown critical extension",
            build(0, 0, &extensions(&[(0x7777, "")]), &hi),
            ErrorClass::CriticalExtension,
        ),
        (
            24,
            "FRM-04 ENC-08",
            "a GREASE type among the critical extensions",
            build(0, 0, &extensions(&[(0x0a0a, "")]), &hi),
            ErrorClass::CriticalExtension,
        ),
        (
            25,
            "FRM-04 ENC-08",
            "absorb among the critical extensions",
            build(0, 0, &extensions(&[(1, "")]), &hi),
            ErrorClass::CriticalExtension,
        ),
        (
            26,
            "ENC-04",
            "a body longer than the frame",
            build(0, 0, &none, &hi).slice(0, 4).concat(&Octets::from_hex("4fff")),
            MALFORMED,
        ),
    ];
    for (number, clauses, about, encoded, class) in bad {
        let padded = encoded.concat(&Octets::new(256 - encoded.len()));
        t.refused(
            number,
            clauses,
            about,
            fields! { operation: "unpad", frame: encoded, padded_length: 256 },
            unpad(&padded),
            class,
        );
    }
    let mut wrong = |number: u32,
                     clauses: &str,
                     about: &str,
                     operation: &str,
                     body: &Octets,
                     refused: Result<(), ErrorClass>,
                     class| {
        t.refused(
            number,
            clauses,
            about,
            fields! { operation: operation, body: body },
            refused,
            class,
        );
    };
    let body = u32_be(1).concat(&Octets::new(1));
    wrong(
        30,
        "FRM-05 ENC-02",
        "a mailbox_rotation of five bytes",
        "decode_mailbox_rotation",
        &body,
        decode_mailbox_rotation(&body).map(|_| ()),
        MALFORMED,
    );
    let body = write_opaque(&empty());
    wrong(
        31,
        "FRM-05 ID-20",
        "a device_list without a list",
        "decode_device_lists",
        &body,
        decode_device_lists(&body).map(|_| ()),
        MALFORMED,
    );
    let body = empty();
    wrong(
        32,
        "FRM-05",
        "an empty credential_update",
        "decode_credential_update",
        &body,
        decode_credential_update(&body).map(|_| ()),
        MALFORMED,
    );
}

/// The vectors of the padding. A body is a number of bytes `61`.
pub fn padding() -> Topic {
    let mut t = Topic::new("padding", "FRM-PAD");
    let unpadded = |length: usize| {
        // 4 bytes before the body's length, which takes 1, 2 or 4.
        let body = [1, 2, 4].map(|of| length.saturating_sub(4 + of));
        let fits = body.iter().find(|n| {
            encode_frame(&frame(APPLICATION, extensions(&[]), &repeat(0x61, **n))).len() == length
        });
        *fits.expect("a length that a frame can have")
    };
    let boundaries = [
        5,
        7,
        255,
        256,
        257,
        511,
        512,
        513,
        1023,
        1024,
        1025,
        2047,
        2048,
        2049,
        4095,
        4096,
        4097,
        8192,
        8193,
        12_288,
        16_384,
        16_400,
        65_536,
        65_537,
        MAX_FRAME - 4096,
        MAX_FRAME - 4095,
        MAX_FRAME,
    ];
    for (number, length) in (1..).zip(boundaries) {
        let body_length = unpadded(length);
        let encoded =
            encode_frame(&frame(APPLICATION, extensions(&[]), &repeat(0x61, body_length)));
        let padded = must("pad", pad(&encoded));
        assert_eq!(bucket(length), padded.len());
        must("unpad", unpad(&padded));
        let mut out = fields! { padded_length: padded.len() };
        if length <= 8193 {
            put(&mut out, "padded_hash", hash(&padded));
        }
        t.valid(
            number,
            "FRM-01",
            &format!("a frame of {length} bytes"),
            fields! { operation: "pad", content_type: 0, body_byte: "61", body_length: body_length },
            fields! { frame_length: length },
            out,
        );
    }
    let body_length = MAX_FRAME - 7;
    let encoded = encode_frame(&frame(APPLICATION, extensions(&[]), &repeat(0x61, body_length)));
    t.refused(
        40,
        "FRM-02",
        "a frame of a byte more than max_frame is not sent",
        fields! { operation: "pad", content_type: 0, body_byte: "61", body_length: body_length },
        pad(&encoded),
        ErrorClass::Limit,
    );
    let hi = Octets::from_hex("00000000026869");
    let longer = encode_frame(&frame(APPLICATION, extensions(&[]), &repeat(0x61, 300)));
    for (number, clauses, about, encoded, length, last) in [
        (41, "FRM-01", "the second bucket where the first would do", &hi, 512, 0u8),
        (42, "FRM-01", "no padding", &hi, 7, 0),
        (43, "FRM-01", "a byte short of the bucket", &hi, 255, 0),
        (44, "FRM-01", "a byte more than the bucket", &hi, 257, 0),
        (45, "FRM-01", "padding that is not zero in its last byte", &hi, 256, 1),
        (46, "FRM-01", "a length between the buckets", &longer, 768, 0),
        (
            47,
            "FRM-02",
            "a padded frame of 4,096 bytes more than max_frame",
            &hi,
            MAX_FRAME + 4096,
            0,
        ),
        (48, "FRM-01 ENC-13", "nothing", &empty(), 0, 0),
    ] {
        let mut padded = encoded.concat(&Octets::new(length - encoded.len()));
        if last != 0 {
            padded[length - 1] = last;
        }
        t.refused(
            number,
            clauses,
            about,
            fields! { operation: "unpad", frame: encoded, padded_length: length, last_byte: last },
            unpad(&padded),
            MALFORMED,
        );
    }
    t
}
