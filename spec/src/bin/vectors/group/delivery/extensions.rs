//! The GroupContext's extension `delivery`.

use super::RELAY;
use crate::frames::extension_fields;
use crate::vector::{Topic, fields, must};
use sceau_spec::group::delivery::{
    check_delivery_kept, check_group_delivery, decode_group_delivery, encode_group_delivery,
};
use sceau_spec::group::profile::DELIVERY_EXTENSION;
use sceau_spec::octets::{Octets, ascii, byte, empty, repeat, u16_be};
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::error::ErrorClass;

const MALFORMED: ErrorClass = ErrorClass::Malformed;

/// Its data.
pub fn formats(t: &mut Topic) {
    for (number, about, relay) in [
        (40, "a relay's name", ascii(RELAY)),
        (41, "a name of a byte", ascii("r")),
        (42, "a name as long as one may be", repeat(0x61, 255)),
    ] {
        let data = encode_group_delivery(&relay);
        assert!(must(about, decode_group_delivery(&data)) == relay);
        t.valid(
            number,
            "GDS-02 GDS-30",
            about,
            fields! { operation: "group_delivery", relay: relay },
            fields! {},
            fields! { extension_type: DELIVERY_EXTENSION, group_delivery: data },
        );
    }
    let good = encode_group_delivery(&ascii(RELAY));
    let long = encode_group_delivery(&repeat(0x61, 256));
    let two_bytes = u16_be(0x4001).concat(&ascii("r"));
    for (number, clauses, about, bytes) in [
        (43, "GDS-02", "no name", byte(0)),
        (44, "GDS-02 LIM-01", "a name of 256 bytes", long),
        (45, "ENC-02", "a byte behind it", good.concat(&byte(0))),
        (46, "ENC-04", "the name lacks a byte", good.slice(0, good.len() - 1)),
        (47, "ENC-04", "no bytes", empty()),
        (48, "ENC-01", "the length in two bytes where one would do", two_bytes),
    ] {
        let read = decode_group_delivery(&bytes);
        let input = fields! { operation: "decode", type: "GroupDelivery", bytes: bytes };
        t.refused(number, clauses, about, input, read, MALFORMED);
    }
}

/// A list of these extensions.
fn list(of: &[(u16, &Octets)]) -> Extensions {
    let extension = |(extension_type, data): &(u16, &Octets)| Extension {
        extension_type: *extension_type,
        data: (*data).clone(),
    };
    Extensions::from_vec(of.iter().map(extension).collect())
}

/// What a Welcome leads to: the GroupContext's extensions, and the relay that came with it.
pub fn welcomes(t: &mut Topic) {
    let relay = encode_group_delivery(&ascii(RELAY));
    let other = encode_group_delivery(&ascii("other.example"));
    let longer = encode_group_delivery(&ascii("relay.example.org"));
    let (trailing, grease) = (relay.concat(&byte(0)), empty());
    let cases = [
        (50, "the same relay", list(&[(DELIVERY_EXTENSION, &relay)]), true),
        (
            51,
            "the same relay, behind another extension",
            list(&[(0xfafa, &grease), (DELIVERY_EXTENSION, &relay)]),
            true,
        ),
        (52, "no extensions", list(&[]), false),
        (53, "another extension alone, with that data", list(&[(0xf64a, &relay)]), false),
        (54, "another relay", list(&[(DELIVERY_EXTENSION, &other)]), false),
        (55, "a relay's name that it begins", list(&[(DELIVERY_EXTENSION, &longer)]), false),
        (56, "a byte behind the extension's name", list(&[(DELIVERY_EXTENSION, &trailing)]), false),
    ];
    for (number, about, extensions, fits) in cases {
        let result = check_group_delivery(&extensions, &ascii(RELAY));
        let input = fields! {
            operation: "check_group_delivery", extensions: extension_fields(&extensions),
            relay: ascii(RELAY),
        };
        if fits {
            must(about, result);
            t.valid(number, "GDS-30", about, input, fields! {}, fields! {});
        } else {
            t.refused(number, "GDS-30", about, input, result, MALFORMED);
        }
    }
}

/// The extensions before and after a Commit.
pub fn commits(t: &mut Topic) {
    let relay = encode_group_delivery(&ascii(RELAY));
    let other = encode_group_delivery(&ascii("other.example"));
    let grease = empty();
    let named = list(&[(DELIVERY_EXTENSION, &relay)]);
    let (none, more) = (list(&[]), list(&[(DELIVERY_EXTENSION, &relay), (0x1a1a, &grease)]));
    let elsewhere = list(&[(DELIVERY_EXTENSION, &other)]);
    let cases = [
        (60, "the same", &named, &named, true),
        (61, "another extension is new", &named, &more, true),
        (62, "a group that has none", &none, &none, true),
        (63, "another relay", &named, &elsewhere, false),
        (64, "it is taken away", &named, &none, false),
        (65, "it is new", &none, &named, false),
    ];
    for (number, about, before, after, kept) in cases {
        let result = check_delivery_kept(before, after);
        let input = fields! {
            operation: "check_delivery_kept", before: extension_fields(before),
            after: extension_fields(after),
        };
        if kept {
            must(about, result);
            t.valid(number, "GDS-31", about, input, fields! {}, fields! {});
        } else {
            t.refused(number, "GDS-31", about, input, result, MALFORMED);
        }
    }
}
