//! What clients put into application frames.

use crate::frames::extension_fields;
use crate::vector::{Topic, fields, must};
use crate::world::NOW;
use sceau_spec::octets::{Octets, ascii, byte, empty, from_bytes};
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::content::{
    ATTACHMENT, AttachmentReference, Content, DELETE, Receipt, TEXT, check_sender, decode_content,
    decode_receipt, encode_attachment_reference, encode_content, encode_receipt,
};
use sceau_spec::pairwise::error::ErrorClass;

const MALFORMED: ErrorClass = ErrorClass::Malformed;

fn content(t: &Topic, number: u32, content_type: u16, body: &Octets) -> Content {
    Content {
        content_type,
        message_id: t.draw(number, "message_id", 16),
        sent_at: NOW,
        sender_serial: 1,
        in_reply_to: empty(),
        body: body.clone(),
        extensions: Extensions::new(0),
    }
}

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new("content", "CON-MSG");
    let reference = AttachmentReference {
        name: from_bytes("Übersicht.pdf".as_bytes()),
        media_type: ascii("application/pdf"),
        size: 70_000,
        key: t.draw(4, "key", 32),
        digest: t.draw(4, "digest", 32),
        location: ascii("https://files.example/4"),
    };
    let reply = t.draw(2, "in_reply_to", 16);
    let text = from_bytes("Grüße, 世界 🖋".as_bytes());
    let grease = Extensions::new(0).push(&Extension { extension_type: 0x1a1a, data: empty() });
    let attachment = encode_attachment_reference(&reference);
    let cases = [
        (1, "CON-02", "text", content(&t, 1, TEXT, &ascii("hello"))),
        (
            2,
            "CON-03",
            "a reply, with characters of two, three and four bytes",
            Content { in_reply_to: reply, ..content(&t, 2, TEXT, &text) },
        ),
        (3, "CON-03", "an empty text", content(&t, 3, TEXT, &empty())),
        (4, "CON-02", "an attachment", content(&t, 4, ATTACHMENT, &attachment)),
        (
            5,
            "CON-03",
            "a message is withdrawn",
            content(&t, 5, DELETE, &t.draw(1, "message_id", 16)),
        ),
        (
            6,
            "CON-02",
            "an unknown type is shown as such",
            content(&t, 6, 0x7777, &from_bytes(&[0xff])),
        ),
        (
            7,
            "ENC-08",
            "a GREASE extension",
            Content { extensions: grease, ..content(&t, 7, TEXT, &ascii("hi")) },
        ),
    ];
    for (number, clauses, about, content) in cases {
        let encoded = encode_content(&content);
        assert_eq!(encode_content(&must("decode", decode_content(&encoded))), encoded);
        t.valid(
            number,
            clauses,
            about,
            fields! {
                type: content.content_type, message_id: content.message_id, sent_at: content.sent_at,
                sender_serial: content.sender_serial, in_reply_to: content.in_reply_to, body: content.body,
                extensions: extension_fields(&content.extensions),
            },
            fields! {},
            fields! { content: encoded },
        );
    }
    refusals(&mut t, &attachment);
    receipts(&mut t);
    let shown = content(&t, 40, TEXT, &ascii("hello"));
    t.refused(
        40,
        "CON-01",
        "the serial is not that of the session's peer device",
        fields! { operation: "check_sender", content: encode_content(&shown), peer_serial: 2u64 },
        check_sender(&shown, 2),
        ErrorClass::IdentityMismatch,
    );
    must("check_sender", check_sender(&shown, 1));
    t
}

fn refusals(t: &mut Topic, attachment: &Octets) {
    let good = encode_content(&content(t, 20, TEXT, &ascii("hello")));
    let mut version = good.clone();
    version[0usize] = 1;
    let of = |t: &Topic, number: u32, content_type: u16, body: &[u8]| {
        encode_content(&content(t, number, content_type, &from_bytes(body)))
    };
    let replying = |t: &Topic, number: u32, n: usize| {
        encode_content(&Content {
            in_reply_to: Octets::new(n),
            ..content(t, number, TEXT, &ascii("x"))
        })
    };
    let cases = [
        (20, "CON-02", "version 1", version, ErrorClass::UnsupportedVersion),
        (21, "CON-03", "in_reply_to of 15 bytes", replying(t, 21, 15), MALFORMED),
        (22, "CON-03", "in_reply_to of 17 bytes", replying(t, 22, 17), MALFORMED),
        (23, "CON-03", "text: an overlong slash", of(t, 23, TEXT, &[0xc0, 0xaf]), MALFORMED),
        (24, "CON-03", "text: a surrogate", of(t, 24, TEXT, &[0xed, 0xa0, 0x80]), MALFORMED),
        (
            25,
            "CON-03",
            "text: above U+10FFFF",
            of(t, 25, TEXT, &[0xf4, 0x90, 0x80, 0x80]),
            MALFORMED,
        ),
        (
            26,
            "CON-03",
            "text: a sequence cut short",
            of(t, 26, TEXT, &[0x61, 0xe2, 0x82]),
            MALFORMED,
        ),
        (27, "CON-03", "text: a lonely continuation byte", of(t, 27, TEXT, &[0x80]), MALFORMED),
        (
            28,
            "CON-03",
            "text: an overlong sequence of three bytes",
            of(t, 28, TEXT, &[0xe0, 0x80, 0x80]),
            MALFORMED,
        ),
        (29, "CON-02", "delete: an id of 15 bytes", of(t, 29, DELETE, &[0; 15]), MALFORMED),
        (
            30,
            "CON-02 ENC-02",
            "attachment: a byte behind the reference",
            encode_content(&content(t, 30, ATTACHMENT, &attachment.concat(&byte(0)))),
            MALFORMED,
        ),
        (31, "ENC-02", "a byte behind the content", good.concat(&byte(0)), MALFORMED),
    ];
    for (number, clauses, about, bytes, class) in cases {
        let read = decode_content(&bytes);
        t.refused(
            number,
            clauses,
            about,
            fields! { operation: "decode_content", content: bytes },
            read,
            class,
        );
    }
}

fn receipts(t: &mut Topic) {
    for (number, about, receipt_type, ids) in
        [(50, "delivered: one message", 1u8, 16), (51, "read: three messages", 2, 48)]
    {
        let receipt = Receipt { receipt_type, message_ids: t.draw(number, "message_ids", ids) };
        let encoded = encode_receipt(&receipt);
        must("decode", decode_receipt(&encoded));
        t.valid(
            number,
            "CON-03",
            about,
            fields! { operation: "receipt", type: receipt_type, message_ids: receipt.message_ids },
            fields! {},
            fields! { receipt: encoded },
        );
    }
    for (number, clauses, about, receipt_type, ids) in [
        (52, "CON-03", "no message", 1u8, 0),
        (53, "CON-03", "half an id too many", 1, 24),
        (54, "CON-02 ENC-05", "type 3", 3, 16),
        (55, "CON-02 ENC-05", "type 0", 0, 16),
    ] {
        let bytes = encode_receipt(&Receipt { receipt_type, message_ids: Octets::new(ids) });
        t.refused(
            number,
            clauses,
            about,
            fields! { operation: "decode_receipt", receipt: bytes },
            decode_receipt(&bytes),
            MALFORMED,
        );
    }
}
