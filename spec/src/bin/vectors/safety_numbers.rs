//! Safety numbers and the payload of a QR code.

use crate::vector::{Topic, counting, fields, must};
use sceau_spec::octets::{Octets, byte};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::typed_keys::{TypedKey, TypedKeys, account_id, encode_typed_keys};
use sceau_spec::pairwise::verification::{
    check_code, digits, fingerprint, safety_number, verification_code,
};

fn keys(of: &[(u16, Octets)]) -> TypedKeys {
    let mut out = TypedKeys::new(0);
    for (key_type, key) in of {
        out = out.push(&TypedKey { key_type: *key_type, key: key.clone() });
    }
    out
}

fn text(digits: &Octets) -> String {
    String::from_utf8(digits.native_slice().to_vec()).expect("digits")
}

/// In groups of five.
fn grouped(digits: &Octets) -> String {
    let groups: Vec<String> = digits
        .native_slice()
        .chunks(5)
        .map(|group| String::from_utf8_lossy(group).into())
        .collect();
    groups.join(" ")
}

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new("safety-numbers", "VER-NUM");
    let first = keys(&[(1, counting(32))]);
    let second = keys(&[(1, counting(64).slice(32, 32))]);
    let drawn = |number: u32, name: &str| keys(&[(1, t.draw(number, name, 32))]);
    let two = keys(&[(1, t.draw(4, "a", 32)), (0x00f0, t.draw(4, "unknown", 57))]);
    let cases = [
        (1, "the text's example", first.clone(), second.clone()),
        (2, "the same from the other side", second.clone(), first.clone()),
        (3, "drawn keys", drawn(3, "a"), drawn(3, "b")),
        (4, "an account with a second key, of unknown type", two, drawn(4, "b")),
        (5, "drawn keys", drawn(5, "a"), drawn(5, "b")),
    ];
    for (number, about, a, b) in cases {
        let ids = (account_id(&a), account_id(&b));
        let safety = must("safety_number", safety_number(&a, &b));
        assert_eq!(must("safety_number", safety_number(&b, &a)), safety);
        let code = must("code", verification_code(&ids.0, &ids.1));
        must("check", check_code(&code, &ids.1, &ids.0));
        t.valid(
            number,
            "VER-01 VER-02",
            about,
            fields! { own_keys: encode_typed_keys(&a), peer_keys: encode_typed_keys(&b) },
            fields! {
                own_account_id: ids.0, peer_account_id: ids.1,
                own_fingerprint: fingerprint(&a), peer_fingerprint: fingerprint(&b),
                own_digits: text(&digits(&fingerprint(&a))), peer_digits: text(&digits(&fingerprint(&b))),
            },
            fields! { safety_number: text(&safety), shown: grouped(&safety), verification_code: code },
        );
    }
    t.refused(
        10,
        "VER-03",
        "an account with itself",
        fields! { own_keys: encode_typed_keys(&first), peer_keys: encode_typed_keys(&first) },
        safety_number(&first, &first),
        ErrorClass::Misuse,
    );
    codes(&mut t, &account_id(&first), &account_id(&second));
    t
}

fn codes(t: &mut Topic, own: &Octets, peer: &Octets) {
    let shown = must("code", verification_code(peer, own));
    let input = |code: &Octets, own: &Octets, peer: &Octets| fields! { operation: "check_code", code: code, own_account_id: own, pinned_peer: peer };
    must("check", check_code(&shown, own, peer));
    t.valid(
        20,
        "VER-02",
        "a code of the pinned peer for the own account",
        input(&shown, own, peer),
        fields! {},
        fields! { equal: true },
    );
    let third = t.draw(21, "account", 32);
    let swapped = must("code", verification_code(own, peer));
    let other = must("code", verification_code(&third, own));
    let elsewhere = must("code", verification_code(peer, &third));
    let mut version = shown.clone();
    version[0usize] = 1;
    let mismatch = ErrorClass::IdentityMismatch;
    for (number, clauses, about, code, class) in [
        (21, "VER-02", "the own code", swapped, mismatch),
        (22, "VER-02", "another account shows it", other, mismatch),
        (23, "VER-02", "it is shown for another account", elsewhere, mismatch),
        (24, "VER-02 ENC-05", "version 1", version, ErrorClass::UnsupportedVersion),
        (25, "VER-02 ENC-02", "a byte behind it", shown.concat(&byte(0)), ErrorClass::Malformed),
    ] {
        t.refused(
            number,
            clauses,
            about,
            input(&code, own, peer),
            check_code(&code, own, peer),
            class,
        );
    }
}
