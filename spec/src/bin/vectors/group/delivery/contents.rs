//! `GroupContent`, and what people write in a group.

use super::{Messages, RELAY};
use crate::group::SUITES;
use crate::group::members::{key_package, resigned};
use crate::vector::{Topic, fields, must};
use crate::world::NOW;
use sceau_spec::group::delivery::{
    GroupContent, decode_application_data, decode_group_content, encode_group_content,
};
use sceau_spec::group::framing::{MlsMessage, decode_mls_message, encode_mls_message};
use sceau_spec::group::group_context::GroupContext;
use sceau_spec::group::hpke::HpkeCiphertext;
use sceau_spec::group::key_package::KeyPackage;
use sceau_spec::group::welcome::{EncryptedGroupSecrets, EncryptedSecrets, GroupInfo, Welcome};
use sceau_spec::octets::{Octets, ascii, byte, empty, repeat, u16_be};
use sceau_spec::pairwise::codec::{Extensions, write_opaque};
use sceau_spec::pairwise::content::{Content, GROUP, TEXT, encode_content};
use sceau_spec::pairwise::error::ErrorClass;

const MALFORMED: ErrorClass = ErrorClass::Malformed;
const VERSION: ErrorClass = ErrorClass::UnsupportedVersion;

/// A Welcome for one newcomer, of drawn bytes.
fn welcome(t: &Topic, number: u32) -> MlsMessage {
    let secrets = EncryptedGroupSecrets {
        new_member: t.draw(number, "new_member", 32),
        encrypted_group_secrets: HpkeCiphertext {
            kem_output: t.draw(number, "kem_output", 32),
            ciphertext: t.draw(number, "encrypted_group_secrets", 52),
        },
    };
    MlsMessage::Welcome(Welcome {
        cipher_suite: SUITES[0].1,
        secrets: EncryptedSecrets::new(0).push(&secrets),
        encrypted_group_info: t.draw(number, "encrypted_group_info", 70),
    })
}

/// `encode(GroupContent)`.
fn content(relay: &Octets, message: &MlsMessage) -> Octets {
    encode_group_content(&GroupContent { relay: relay.clone(), message: message.clone() })
}

/// A `GroupContent` around any bytes.
fn around(version: u8, relay: &Octets, message: &Octets) -> Octets {
    byte(version).concat(&write_opaque(relay)).concat(&write_opaque(message))
}

/// What goes in sessions, and what does not.
pub fn contents(t: &mut Topic) {
    let of = Messages::new(t, 1);
    let welcome = welcome(t, 5);
    let package = |suite| MlsMessage::KeyPackage(key_package(suite, "newcomer"));
    let (relay, none) = (ascii(RELAY), empty());
    for (number, clauses, about, relay, message) in [
        (1, "GDS-01 GDS-02 GDS-44", "application data", &none, of.application.clone()),
        (2, "GDS-01 GDS-02 GDS-44", "a proposal", &none, of.remove.clone()),
        (3, "GDS-01 GDS-02 GDS-44", "a KeyPackage", &none, package(SUITES[0].1)),
        (4, "GDS-01 GDS-02 GDS-44", "one of the profile's suite", &none, package(SUITES[2].1)),
        (5, "GDS-01 GDS-02 GDS-44", "a Welcome with a relay", &relay, welcome.clone()),
        (6, "GDS-02", "a relay's name of a byte", &ascii("r"), welcome.clone()),
        (7, "GDS-02", "a relay's name as long as one may be", &repeat(0x61, 255), welcome.clone()),
    ] {
        let bytes = content(relay, &message);
        let again = must(about, decode_group_content(&bytes));
        assert!(content(&again.relay, &again.message) == bytes);
        t.valid(
            number,
            clauses,
            about,
            fields! {
                operation: "group_content", relay: relay, message: encode_mls_message(&message),
            },
            fields! {},
            fields! { group_content: bytes },
        );
    }
    let good = content(&none, &of.application);
    let application = encode_mls_message(&of.application);
    let versioned =
        |version: u16| u16_be(version).concat(&application.slice(2, application.len() - 2));
    let mut reserved = application.clone();
    // Behind version and wire format stand a group id of 16 bytes and the epoch.
    reserved[29usize] = 4;
    let group_info = MlsMessage::GroupInfo(GroupInfo {
        group_context: GroupContext {
            cipher_suite: SUITES[0].1,
            group_id: t.draw(17, "group_id", 16),
            extensions: Extensions::new(0),
            ..GroupContext::default()
        },
        ..GroupInfo::default()
    });
    for message in [&of.commit, &of.public_commit, &group_info] {
        must("an MLSMessage", decode_mls_message(&encode_mls_message(message)));
    }
    let cases = [
        (10, "GDS-44", "version 1", around(1, &none, &application), VERSION),
        (11, "ENC-02", "a byte behind it", good.concat(&byte(0)), MALFORMED),
        (12, "ENC-04", "the message lacks a byte", good.slice(0, good.len() - 1), MALFORMED),
        (13, "ENC-04", "the message is missing", good.slice(0, 2), MALFORMED),
        (14, "ENC-04", "no bytes", empty(), MALFORMED),
        (15, "GDS-44", "a Commit", content(&none, &of.commit), MALFORMED),
        (16, "GDS-44", "a PublicMessage", content(&none, &of.public_commit), MALFORMED),
        (17, "GDS-44", "a GroupInfo", content(&none, &group_info), MALFORMED),
        (18, "GDS-44", "a message of no bytes", around(0, &none, &empty()), MALFORMED),
        (19, "GDS-44", "content type 4", around(0, &none, &reserved), MALFORMED),
        (
            20,
            "GDS-02",
            "application data with a relay",
            content(&relay, &of.application),
            MALFORMED,
        ),
        (21, "GDS-02", "a proposal with a relay", content(&relay, &of.remove), MALFORMED),
        (
            22,
            "GDS-02",
            "a KeyPackage with a relay",
            content(&relay, &package(SUITES[0].1)),
            MALFORMED,
        ),
        (23, "GDS-02", "a Welcome without a relay", content(&none, &welcome), MALFORMED),
        (
            24,
            "GDS-02 LIM-01",
            "a Welcome with a relay's name of 256 bytes",
            content(&repeat(0x61, 256), &welcome),
            MALFORMED,
        ),
        (
            25,
            "GRP-15",
            "a byte behind the MLSMessage",
            around(0, &none, &application.concat(&byte(0))),
            MALFORMED,
        ),
        (26, "GRP-17", "an MLSMessage of version 2", around(0, &none, &versioned(2)), VERSION),
        (
            27,
            "GDS-44",
            "version 1, around a Commit: the version comes first",
            around(1, &none, &encode_mls_message(&of.commit)),
            VERSION,
        ),
    ];
    for (number, clauses, about, bytes, class) in cases.into_iter().chain(packages()) {
        let read = decode_group_content(&bytes);
        let input = fields! { operation: "decode", type: "GroupContent", bytes: bytes };
        t.refused(number, clauses, about, input, read, class);
    }
}

/// KeyPackages that are refused.
fn packages() -> [(u32, &'static str, &'static str, Octets, ErrorClass); 2] {
    let suite = SUITES[0].1;
    let of = |package| content(&empty(), &MlsMessage::KeyPackage(package));
    let versioned = |version| {
        of(resigned(KeyPackage { version, ..key_package(suite, "newcomer") }, "newcomer"))
    };
    [
        (28, "GRP-17", "a KeyPackage of version 2", versioned(2), VERSION),
        (29, "GRP-17", "a KeyPackage of version 0", versioned(0), VERSION),
    ]
}

/// `application_data` with the `authenticated_data` beside it.
pub fn application_data(t: &mut Topic) {
    let of = |content_type: u16, body: &Octets| {
        encode_content(&Content {
            content_type,
            message_id: t.draw(30, "message_id", 16),
            sent_at: NOW,
            sender_serial: 1,
            in_reply_to: empty(),
            body: body.clone(),
            extensions: Extensions::new(0),
        })
    };
    let (none, some) = (empty(), ascii("x"));
    let text = of(TEXT, &ascii("hello"));
    let within = content(&none, &Messages::new(t, 1).application);
    let cases = [
        (30, "a text", text.clone(), &none, None),
        (31, "an unknown type", of(0x7777, &none), &none, None),
        (32, "a group's content", of(GROUP, &within), &none, Some(MALFORMED)),
        (33, "type group with an empty body", of(GROUP, &none), &none, Some(MALFORMED)),
        (34, "a text beside authenticated data", text.clone(), &some, Some(MALFORMED)),
        (35, "version 0 and plain text", byte(0).concat(&ascii("hello")), &none, Some(MALFORMED)),
        (36, "no bytes", none.clone(), &none, Some(MALFORMED)),
        (37, "a byte behind the content", text.concat(&byte(0)), &none, Some(MALFORMED)),
    ];
    for (number, about, data, beside, class) in cases {
        let result = decode_application_data(&data, beside);
        let input = fields! {
            operation: "decode_application_data", application_data: data, authenticated_data: beside,
        };
        match class {
            Some(class) => t.refused(number, "GDS-40", about, input, result, class),
            None => {
                let read = must(about, result);
                let out = fields! { type: read.content_type, message_id: read.message_id, body: read.body };
                t.valid(number, "GDS-40", about, input, fields! {}, out);
            }
        }
    }
}
