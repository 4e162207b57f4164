//! Headers and bodies, sealed.

use crate::conversation::header_fields;
use crate::vector::{Topic, counting, fields, must};
use sceau_spec::octets::{Octets, ascii, empty};
use sceau_spec::pairwise::chain::{kdf_ck, kdf_rk, message_key_and_nonce, ratchet_context};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::pad;
use sceau_spec::pairwise::header::{
    Header, RatchetMessage, decode_header, decode_ratchet_message, encode_header,
    encode_ratchet_message, header_aad, message_aad, open_header, seal_header,
};
use sceau_spec::pairwise::ratchet::seal_body;
use sceau_spec::pairwise::suite::aead_open;

/// The vectors of headers.
pub fn headers() -> Topic {
    let mut t = Topic::new("header-sealing", "RAT-HDR");
    let example = Header { ratchet_key: counting(32), flags: 0, pn: 7, n: 258 };
    let key = t.draw(1, "header_key", 32);
    let cases = [
        (1, "the text's example", counting(32), example),
        (
            2,
            "the first header of a chain",
            t.draw(2, "session_id", 32),
            Header { pn: 0, n: 0, ..header(&t, 2) },
        ),
        (3, "flag absorbed", t.draw(3, "session_id", 32), Header { flags: 1, ..header(&t, 3) }),
        (
            4,
            "the last number of a chain",
            t.draw(4, "session_id", 32),
            Header { pn: 65_536, n: 65_535, ..header(&t, 4) },
        ),
        (
            5,
            "the largest numbers that can be encoded",
            t.draw(5, "session_id", 32),
            Header { pn: 0xff_ffff, n: 0xff_ffff, ..header(&t, 5) },
        ),
    ];
    for (number, about, session_id, header) in cases {
        let sealed = seal_header(&key, &session_id, &header);
        assert_eq!(open_header(&key, &session_id, &sealed), Some(encode_header(&header)));
        must("decode", decode_header(&encode_header(&header)));
        t.valid(
            number,
            "RAT-02 RAT-14 RAT-15",
            about,
            fields! { header_key: key, session_id: session_id, header: header_fields(&header) },
            fields! { encoded: encode_header(&header), header_aad: header_aad(&session_id) },
            fields! { sealed_header: sealed },
        );
    }
    refused_headers(&mut t);
    t
}

fn header(t: &Topic, number: u32) -> Header {
    Header { ratchet_key: t.draw(number, "ratchet_key", 32), flags: 0, pn: 3, n: 4 }
}

fn refused_headers(t: &mut Topic) {
    let (key, session_id) = (t.draw(10, "header_key", 32), t.draw(10, "session_id", 32));
    let encoded = encode_header(&header(t, 10));
    let sealed = seal_header(&key, &session_id, &header(t, 10));
    let mut bit = sealed.clone();
    bit[55usize] ^= 1;
    let mut first = sealed.clone();
    first[0usize] ^= 1;
    for (number, about, key, session_id, sealed) in [
        (
            10,
            "another header key",
            t.draw(11, "header_key", 32),
            session_id.clone(),
            sealed.clone(),
        ),
        (11, "another session id", key.clone(), t.draw(11, "session_id", 32), sealed.clone()),
        (12, "a wrong bit in the tag", key.clone(), session_id.clone(), bit),
        (13, "a wrong bit in the ciphertext", key, session_id, first),
    ] {
        let opened = open_header(&key, &session_id, &sealed).ok_or(ErrorClass::Undecryptable);
        t.refused(
            number,
            "RAT-14 RAT-17 SUI-07",
            about,
            fields! { operation: "open_header", header_key: key, session_id: session_id, sealed_header: sealed },
            opened,
            ErrorClass::Undecryptable,
        );
    }
    let mut flags = encoded.clone();
    flags[33usize] = 2;
    let mut high = encoded.clone();
    high[32usize] = 0x80;
    for (number, clauses, about, bytes) in [
        (14, "RAT-15", "a flag that has no meaning", flags),
        (15, "RAT-15", "the highest flag", high),
        (16, "ENC-02", "a byte too many", encoded.concat(&Octets::new(1))),
        (17, "ENC-04", "a byte too few", encoded.slice(0, 39)),
    ] {
        t.refused(
            number,
            clauses,
            about,
            fields! { operation: "decode_header", encoded: bytes },
            decode_header(&bytes),
            ErrorClass::Malformed,
        );
    }
}

/// The vectors of bodies, and of the keys above them.
pub fn bodies() -> Topic {
    let mut t = Topic::new("body-sealing", "RAT-BODY");
    for (number, about, data, length) in [
        (1, "an application frame, no authenticated data", 0, 7),
        (2, "with authenticated data", 32, 7),
        (3, "a body in the second bucket", 100, 300),
    ] {
        let message_key = t.draw(number, "message_key", 32);
        let session_id = t.draw(number, "session_id", 32);
        let sealed_header = t.draw(number, "sealed_header", 56);
        let data = t.draw(number, "authenticated_data", data);
        let frame = Octets::from_hex("00000000")
            .concat(&sceau_spec::pairwise::codec::write_opaque(&t.draw(number, "body", length)));
        let padded = must("pad", pad(&frame));
        let sealed_body = seal_body(&message_key, &session_id, &sealed_header, &data, &padded);
        let (key, nonce) = message_key_and_nonce(&message_key);
        let aad = message_aad(&session_id, &sealed_header, &data);
        assert_eq!(aead_open(&key, &nonce, &aad, &sealed_body), Some(padded.clone()));
        let message = encode_ratchet_message(&RatchetMessage {
            sealed_header: sealed_header.clone(),
            sealed_body: sealed_body.clone(),
        });
        must("decode", decode_ratchet_message(&message));
        assert_eq!(message.len(), 73 + padded.len());
        t.valid(
            number,
            "RAT-01 RAT-14 RAT-15 SUI-07",
            about,
            fields! { message_key: message_key, session_id: session_id, sealed_header: sealed_header, authenticated_data: data, frame: frame },
            fields! { key: key, nonce: nonce, message_aad: aad, padded_length: padded.len() },
            fields! { sealed_body: sealed_body, message_length: message.len() },
        );
    }
    for (number, label) in [(10, "no absorption"), (11, "a secret is absorbed, and the flag set")] {
        let (session_id, root_key) =
            (t.draw(number, "session_id", 32), t.draw(number, "root_key", 32));
        let shared = t.draw(number, "dh", 32);
        let absorb = if number == 11 { t.draw(number, "absorb_secret", 32) } else { empty() };
        let flags = if number == 11 { 1 } else { 0 };
        let out = kdf_rk(&session_id, &root_key, &shared, &absorb, flags);
        let clauses = if number == 11 { "ENC-09 REP-07" } else { "ENC-09" };
        t.valid(
            number,
            clauses,
            &format!("kdf_rk: {label}"),
            fields! { operation: "kdf_rk", session_id: session_id, root_key: root_key, dh: shared, absorb: absorb, flags: flags },
            fields! { ratchet_context: ratchet_context(&session_id, flags) },
            fields! { root_key: out.root_key, chain_key: out.chain_key, next_header_key: out.next_header_key },
        );
    }
    let mut chain_key = counting(32);
    let first = chain_key.clone();
    let mut chain = Vec::new();
    for n in 0..4 {
        let (next, message_key) = kdf_ck(&chain_key);
        let (key, nonce) = message_key_and_nonce(&message_key);
        chain.push(fields! { n: n, message_key: message_key, key: key, nonce: nonce, next_chain_key: next });
        chain_key = next;
    }
    t.valid(
        12,
        "RAT-01 RAT-03",
        "kdf_ck: the first four messages of a chain",
        fields! { operation: "kdf_ck", chain_key: first },
        fields! {},
        fields! { messages: chain },
    );
    refused_bodies(&mut t);
    t
}

fn refused_bodies(t: &mut Topic) {
    let message_key = t.draw(20, "message_key", 32);
    let (session_id, sealed_header) =
        (t.draw(20, "session_id", 32), t.draw(20, "sealed_header", 56));
    let data = ascii("data");
    let padded = must("pad", pad(&Octets::from_hex("00000000026869")));
    let sealed = seal_body(&message_key, &session_id, &sealed_header, &data, &padded);
    let mut bit = sealed.clone();
    bit[3usize] ^= 4;
    let other = t.draw(21, "other", 56);
    for (number, about, key, session, header, data, sealed) in [
        (
            20,
            "another message key",
            other.slice(0, 32),
            session_id.clone(),
            sealed_header.clone(),
            data.clone(),
            sealed.clone(),
        ),
        (
            21,
            "another session id",
            message_key.clone(),
            other.slice(0, 32),
            sealed_header.clone(),
            data.clone(),
            sealed.clone(),
        ),
        (
            22,
            "another sealed header",
            message_key.clone(),
            session_id.clone(),
            other.clone(),
            data.clone(),
            sealed.clone(),
        ),
        (
            23,
            "other authenticated data",
            message_key.clone(),
            session_id.clone(),
            sealed_header.clone(),
            ascii("date"),
            sealed.clone(),
        ),
        (
            24,
            "a wrong bit",
            message_key.clone(),
            session_id.clone(),
            sealed_header.clone(),
            data.clone(),
            bit,
        ),
        (
            25,
            "a byte short",
            message_key.clone(),
            session_id.clone(),
            sealed_header.clone(),
            data.clone(),
            sealed.slice(0, 271),
        ),
    ] {
        let (aead_key, nonce) = message_key_and_nonce(&key);
        let aad = message_aad(&session, &header, &data);
        let opened = aead_open(&aead_key, &nonce, &aad, &sealed).ok_or(ErrorClass::Undecryptable);
        t.refused(
            number,
            "RAT-14 RAT-17 SUI-07",
            about,
            fields! { operation: "open_body", message_key: key, session_id: session, sealed_header: header, authenticated_data: data, sealed_body: sealed },
            opened,
            ErrorClass::Undecryptable,
        );
    }
}
