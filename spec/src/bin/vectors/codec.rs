//! The encoding: lengths, vectors, presence bytes, extensions.

use crate::vector::{Fields, Topic, counting, fields, items, must};
use sceau_spec::octets::{Octets, ascii, byte, from_bytes, repeat, u16_be};
use sceau_spec::pairwise::codec::{
    Extension, Extensions, finish, read_extensions, read_length, read_opaque, read_presence,
    read_u32, reader, write_extensions, write_length, write_opaque,
};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::limits::{MAX_EXTENSION, MAX_FRAME};
use sceau_spec::pairwise::typed_keys::{decode_typed_keys, encode_typed_keys};

const MALFORMED: ErrorClass = ErrorClass::Malformed;

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new("codec", "ENC");
    lengths(&mut t);
    opaques(&mut t);
    presence(&mut t);
    extensions(&mut t);
    keys(&mut t);
    t
}

fn lengths(t: &mut Topic) {
    let good = [37, 64, 15_293, 16_384, 0, 1, 63, 65, 16_383, 16_385, (1 << 30) - 1];
    for (number, length) in (1..).zip(good) {
        let bytes = write_length(length);
        let (read, r) = must("read_length", read_length(reader(&bytes)));
        must("finish", finish(&r));
        assert_eq!(read, length);
        t.valid(
            number,
            "ENC-01",
            &format!("the length {length}"),
            fields! { operation: "length", bytes: bytes },
            fields! {},
            fields! { length: length },
        );
    }
    let bad = [
        ("4025", "37 in two bytes"),
        ("80000040", "64 in four bytes"),
        ("4000", "0 in two bytes"),
        ("403f", "63 in two bytes"),
        ("80003fff", "16,383 in four bytes"),
        ("80000000", "0 in four bytes"),
        ("c0", "prefix 11"),
        ("c000000000000040", "prefix 11, as RFC 9000 writes 64"),
        ("", "no byte"),
        ("40", "the second of two bytes is missing"),
        ("800040", "the fourth of four bytes is missing"),
    ];
    for (number, (hex, about)) in (20..).zip(bad) {
        let bytes = if hex.is_empty() { Octets::new(0) } else { Octets::from_hex(hex) };
        t.refused(
            number,
            "ENC-01 ENC-13",
            about,
            fields! { operation: "length", bytes: bytes },
            read_length(reader(&bytes)),
            MALFORMED,
        );
    }
}

/// `opaque x<V>` with a limit.
fn opaques(t: &mut Topic) {
    let read = |bytes: &Octets, limit: usize| {
        let (x, r) = read_opaque(reader(bytes), limit)?;
        finish(&r)?;
        Ok(x)
    };
    let input =
        |bytes: &Octets, limit: usize| fields! { operation: "opaque", bytes: bytes, limit: limit };
    let good = [
        (40, 0, "an empty vector"),
        (41, 63, "63 bytes"),
        (42, 64, "64 bytes: the length takes two"),
    ];
    for (number, n, about) in good {
        let x = counting(n);
        let bytes = write_opaque(&x);
        assert_eq!(must("read", read(&bytes, 64)), x);
        t.valid(number, "ENC-01", about, input(&bytes, 64), fields! {}, fields! { value: x });
    }
    let x = write_opaque(&counting(8));
    let mut wrong = |number: u32, clauses: &str, about: &str, bytes: &Octets, limit: usize| {
        t.refused(number, clauses, about, input(bytes, limit), read(bytes, limit), MALFORMED);
    };
    wrong(50, "ENC-02", "a byte behind the value", &x.concat(&byte(0)), 64);
    wrong(51, "ENC-04", "a byte short", &x.slice(0, 8), 64);
    wrong(52, "ENC-04 LIM-01", "a byte above the limit", &x, 7);
    wrong(
        53,
        "ENC-04 LIM-01",
        "a length of a gigabyte, and nothing behind it",
        &Octets::from_hex("bfffffff"),
        MAX_FRAME,
    );
    wrong(
        54,
        "ENC-04",
        "a length of a megabyte within the limit, and nothing behind it",
        &Octets::from_hex("80100000"),
        MAX_FRAME,
    );
}

/// `optional<uint32>`.
fn presence(t: &mut Topic) {
    let read = |bytes: &Octets| {
        let (present, r) = read_presence(reader(bytes))?;
        let (value, r) = if present {
            let (value, r) = read_u32(r)?;
            (Some(value), r)
        } else {
            (None, r)
        };
        finish(&r)?;
        Ok(value)
    };
    let input = |bytes: &Octets| fields! { operation: "optional_uint32", bytes: bytes };
    for (number, hex, about) in [(60, "00", "absent"), (61, "0100000007", "present")] {
        let bytes = Octets::from_hex(hex);
        let value = must("read", read(&bytes));
        let out = match value {
            Some(value) => fields! { present: true, value: value },
            None => fields! { present: false },
        };
        t.valid(number, "ENC-03", about, input(&bytes), fields! {}, out);
    }
    for (number, clauses, hex, about) in [
        (62, "ENC-03", "0200000007", "a presence byte of 2"),
        (63, "ENC-03", "ff00000007", "a presence byte of 255"),
        (64, "ENC-02", "0000000007", "absent, and a value behind it"),
        (65, "ENC-04", "01000007", "present, and a value cut short"),
    ] {
        let bytes = Octets::from_hex(hex);
        t.refused(number, clauses, about, input(&bytes), read(&bytes), MALFORMED);
    }
}

/// `Extension x<V>`.
fn extensions(t: &mut Topic) {
    let read = |bytes: &Octets| {
        let (extensions, r) = read_extensions(reader(bytes))?;
        finish(&r)?;
        Ok(extensions)
    };
    let list = |of: &[(u16, Octets)]| {
        let mut out = Extensions::new(0);
        for (extension_type, data) in of {
            out = out.push(&Extension { extension_type: *extension_type, data: data.clone() });
        }
        write_extensions(&out)
    };
    let input = |bytes: &Octets| fields! { operation: "extensions", bytes: bytes };
    let a = ascii("a");
    let none = Octets::new(0);
    let eight: Vec<(u16, Octets)> = (1..9).map(|n| (n, none.clone())).collect();
    let nine: Vec<(u16, Octets)> = (1..10).map(|n| (n, none.clone())).collect();
    let good = [
        (70, "ENC-07", "no extension", list(&[])),
        (71, "ENC-07", "one without data", list(&[(1, none.clone())])),
        (
            72,
            "ENC-07 ENC-08",
            "ascending, with GREASE",
            list(&[(1, a.clone()), (0x0a0a, none.clone()), (0xfafa, a.clone())]),
        ),
        (73, "ENC-07 LIM-01", "eight, as many as there may be", list(&eight)),
        (
            74,
            "ENC-07 LIM-01",
            "data of max_extension bytes",
            list(&[(1, repeat(0x61, MAX_EXTENSION))]),
        ),
    ];
    for (number, clauses, about, bytes) in good {
        let found: Vec<Fields> = items(&must("read", read(&bytes)))
            .iter()
            .map(|extension| match extension.data.len() {
                0..=16 => fields! { type: extension.extension_type, data: extension.data },
                long => fields! { type: extension.extension_type, length: long },
            })
            .collect();
        t.valid(number, clauses, about, input(&bytes), fields! {}, fields! { extensions: found });
    }
    let cut = from_bytes(&[4]).concat(&u16_be(1)).concat(&from_bytes(&[2, 0x61]));
    let inner = from_bytes(&[4]).concat(&u16_be(1)).concat(&from_bytes(&[0, 0]));
    let bad = [
        (80, "ENC-07", "a type twice", list(&[(1, none.clone()), (1, a.clone())])),
        (81, "ENC-07", "descending types", list(&[(2, none.clone()), (1, none.clone())])),
        (82, "ENC-02", "data that ends behind the list", cut),
        (83, "ENC-02", "a byte left over in the list", inner),
        (84, "ENC-02", "a byte left over behind the list", list(&[]).concat(&byte(0))),
        (85, "LIM-01", "nine extensions", list(&nine)),
        (
            86,
            "LIM-01",
            "data of a byte more than max_extension",
            list(&[(1, repeat(0x61, MAX_EXTENSION + 1))]),
        ),
    ];
    for (number, clauses, about, bytes) in bad {
        t.refused(number, clauses, about, input(&bytes), read(&bytes), MALFORMED);
    }
}

/// `TypedKey x<V>`, a vector of structures.
fn keys(t: &mut Topic) {
    let key = |key_type: u16, key: &Octets| u16_be(key_type).concat(&write_opaque(key));
    let list = |keys: &[Octets]| {
        write_opaque(&keys.iter().fold(Octets::new(0), |all, key| all.concat(key)))
    };
    let input = |bytes: &Octets| fields! { operation: "typed_keys", bytes: bytes };
    let (sign, agree) = (key(0x0001, &counting(32)), key(0x0101, &counting(32)));
    let unknown = key(0x00f0, &counting(5));
    let good = [
        (90, "ID-01", "one key", list(std::slice::from_ref(&sign))),
        (
            91,
            "ID-01 ID-03",
            "three keys, one of unknown type",
            list(&[sign.clone(), unknown.clone(), agree.clone()]),
        ),
    ];
    for (number, clauses, about, bytes) in good {
        let keys = must("decode", decode_typed_keys(&bytes));
        assert_eq!(encode_typed_keys(&keys), bytes);
        let keys: Vec<Fields> =
            items(&keys).iter().map(|key| fields! { type: key.key_type, key: key.key }).collect();
        t.valid(number, clauses, about, input(&bytes), fields! {}, fields! { keys: keys });
    }
    let bad = [
        (100, "ID-01", "no key", list(&[])),
        (101, "ID-01", "descending types", list(&[agree.clone(), sign.clone()])),
        (102, "ID-01", "a type twice", list(&[sign.clone(), sign.clone()])),
        (103, "ID-03", "an Ed25519 key of 31 bytes", list(&[key(0x0001, &counting(31))])),
        (104, "ID-03", "an X25519 key of 33 bytes", list(&[key(0x0101, &counting(33))])),
        (
            105,
            "LIM-01",
            "nine keys",
            list(&(0xf0..0xf9).map(|n| key(n, &counting(1))).collect::<Vec<_>>()),
        ),
        (106, "LIM-01", "a key of 4,097 bytes", list(&[key(0x00f0, &repeat(1, 4097))])),
    ];
    for (number, clauses, about, bytes) in bad {
        t.refused(number, clauses, about, input(&bytes), decode_typed_keys(&bytes), MALFORMED);
    }
}
