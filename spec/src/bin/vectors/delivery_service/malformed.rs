//! Encodings that are none, and such as are unusual.

use super::RELAY;
use super::formats::{envelopes, handles};
use crate::vector::{Topic, counting, fields, must};
use sceau_spec::octets::{Octets, ascii, byte, repeat};
use sceau_spec::pairwise::delivery::{
    FetchRequest, GetAnswer, GetRequest, PrekeyStock, decode_acknowledge_request,
    decode_fetch_answer, decode_fetch_request, decode_get_answer, decode_get_request,
    decode_prekey_stock, decode_publication, encode_acknowledge_request, encode_fetch_request,
    encode_get_answer, encode_get_request, encode_prekey_stock,
};
use sceau_spec::pairwise::delivery_auth::{
    COMMIT, DeliveryAuth, DeliveryAuthTbs, GET, decode_delivery_auth, encode_delivery_auth,
};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::limits::MAX_GET;
use sceau_spec::pairwise::prekeys::{TypedSignature, TypedSignatures};

/// Encodings that are none.
pub fn malformed(t: &mut Topic) {
    let mailbox = counting(32);
    let version = |encoded: &Octets| {
        let mut out = encoded.clone();
        out[0usize] = 1;
        out
    };
    let get = encode_get_request(&GetRequest { mailbox_id: mailbox.clone(), most: 1 });
    let fetch = encode_fetch_request(&FetchRequest { account_id: counting(32), serial: 0 });
    let empty_answer = encode_get_answer(&GetAnswer::default());
    let handle_bytes = |n: u8| byte(0).concat(&mailbox).concat(&byte(n)).concat(&counting(n));
    let tbs = DeliveryAuthTbs {
        challenge: counting(32),
        relay: ascii(RELAY),
        action: GET,
        account_id: counting(32),
        serial: 1,
        request_hash: counting(32),
    };
    let with = |change: &dyn Fn(&mut DeliveryAuthTbs), key_types: &[u16]| {
        let mut tbs = tbs.clone();
        change(&mut tbs);
        let mut signatures = TypedSignatures::new(0);
        for key_type in key_types {
            let signature = counting(64);
            signatures = signatures.push(&TypedSignature { key_type: *key_type, signature });
        }
        encode_delivery_auth(&DeliveryAuth { tbs, signatures })
    };
    let auth = with(&|_| {}, &[]);
    let named = |n: usize| with(&|tbs| tbs.relay = repeat(0x61, n), &[]);
    let with_action = |action: u8| with(&|tbs| tbs.action = action, &[]);
    let hashed = |n: u8| with(&|tbs| tbs.request_hash = counting(n), &[]);
    let stock = encode_prekey_stock(&PrekeyStock { one_time: 1, kem_one_time: 1 });
    for (number, about, bytes, action) in [
        (13, "action commit, which decodes", with_action(COMMIT), COMMIT),
        (14, "a relay's name of a byte", named(1), GET),
        (15, "a relay's name as long as one may be", named(255), GET),
        (16, "signatures of two types, in their order", with(&|_| {}, &[0x0001, 0x0002]), GET),
    ] {
        must("decode", decode_delivery_auth(&bytes));
        t.valid(
            number,
            "DS-02 DS-03",
            about,
            fields! { operation: "decode", type: "DeliveryAuth", bytes: bytes },
            fields! {},
            fields! { action: action },
        );
    }
    let verdict = |structure: &str, bytes: &Octets| match structure {
        "FetchRequest" => decode_fetch_request(bytes).map(|_| ()),
        "FetchAnswer" => decode_fetch_answer(bytes).map(|_| ()),
        "GetRequest" => decode_get_request(bytes).map(|_| ()),
        "GetAnswer" => decode_get_answer(bytes).map(|_| ()),
        "AcknowledgeRequest" => decode_acknowledge_request(bytes).map(|_| ()),
        "DeliveryAuth" => decode_delivery_auth(bytes).map(|_| ()),
        "PrekeyStock" => decode_prekey_stock(bytes).map(|_| ()),
        _ => decode_publication(bytes).map(|_| ()),
    };
    let (malformed, unsupported) = (ErrorClass::Malformed, ErrorClass::UnsupportedVersion);
    for (number, clauses, about, structure, bytes, class) in [
        (20, "ID-01", "version 1", "GetRequest", version(&get), unsupported),
        (21, "ENC-02", "a byte behind it", "GetRequest", get.concat(&byte(0)), malformed),
        (22, "ENC-04", "most is missing", "GetRequest", get.slice(0, 33), malformed),
        (23, "ID-01", "version 1", "FetchRequest", version(&fetch), unsupported),
        (24, "ENC-02", "a byte behind it", "FetchRequest", fetch.concat(&byte(0)), malformed),
        (
            25,
            "DS-21 ENC-05",
            "more is 2",
            "GetAnswer",
            byte(0).concat(&byte(0)).concat(&byte(2)),
            malformed,
        ),
        (26, "ENC-02", "more is missing", "GetAnswer", empty_answer.slice(0, 2), malformed),
        (27, "DS-15", "a handle of 15 bytes", "AcknowledgeRequest", handle_bytes(15), malformed),
        (28, "DS-15", "a handle and a half", "AcknowledgeRequest", handle_bytes(24), malformed),
        (29, "ENC-05", "action 0", "DeliveryAuth", with_action(0), malformed),
        (30, "ENC-05", "action 7", "DeliveryAuth", with_action(7), malformed),
        (31, "ID-01", "version 1", "DeliveryAuth", version(&auth), unsupported),
        (32, "ENC-02", "a byte behind it", "DeliveryAuth", auth.concat(&byte(0)), malformed),
        (33, "ID-01", "version 1", "FetchAnswer", byte(1).concat(&byte(0)), unsupported),
        (34, "ID-20", "no device list", "Publication", byte(0).concat(&byte(0)), malformed),
        (35, "DS-03", "a relay without a name", "DeliveryAuth", named(0), malformed),
        (36, "DS-03 LIM-01", "a relay's name of 256 bytes", "DeliveryAuth", named(256), malformed),
        (37, "DS-02", "a request's hash of 31 bytes", "DeliveryAuth", hashed(31), malformed),
        (
            38,
            "DS-02",
            "two signatures of one type",
            "DeliveryAuth",
            with(&|_| {}, &[0x0001, 0x0001]),
            malformed,
        ),
        (
            39,
            "DS-02",
            "signatures in descending order of type",
            "DeliveryAuth",
            with(&|_| {}, &[0x0002, 0x0001]),
            malformed,
        ),
        (100, "ID-01", "version 1", "PrekeyStock", version(&stock), unsupported),
        (101, "ENC-02", "a byte behind it", "PrekeyStock", stock.concat(&byte(0)), malformed),
        (102, "ENC-04", "a byte short", "PrekeyStock", stock.slice(0, 8), malformed),
        (
            103,
            "DS-14 LIM-01",
            "an envelope more than there may be",
            "GetAnswer",
            encode_get_answer(&envelopes(MAX_GET + 1)),
            malformed,
        ),
        (
            104,
            "DS-14 LIM-01",
            "a handle more than there may be",
            "AcknowledgeRequest",
            encode_acknowledge_request(&handles(MAX_GET + 1)),
            malformed,
        ),
    ] {
        let read = verdict(structure, &bytes);
        let input = fields! { operation: "decode", type: structure, bytes: bytes };
        t.refused(number, clauses, about, input, read, class);
    }
}
