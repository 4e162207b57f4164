//! Ed25519 (RFC 8032 §5.1) with the verification that the specification pins.

use super::{agree, cut, flip};
use crate::case::{Access, Case, Outcome, Twin};
use crate::cases::vectors::{Row, Set, rows};
use crate::digest::hex;
use crate::scene::{Call, Scene};

const SIGN: &[&str] = &["prim.ed25519_public", "prim.ed25519_sign"];
const VERIFY: &[&str] = &["prim.ed25519_verify"];

/// The cases.
pub const CASES: &[Case] = &[
    Case::positive("PRIM-ED25519-SIGN-001p", "Keys and signatures are RFC 8032's.", sign)
        .clauses(&["SUI-06"])
        .suite("core")
        .needs(Access::L3, SIGN),
    Case::positive("PRIM-ED25519-VERIFY-002p", "Good signatures are accepted.", valid)
        .clauses(&["SUI-06"])
        .suite("core")
        .needs(Access::L3, VERIFY),
    Case::positive(
        "PRIM-ED25519-MIXED-003p",
        "A and R of mixed order are no reason to refuse.",
        mixed,
    )
    .clauses(&["SUI-06"])
    .mutants(&["P6", "P7"])
    .suite("core")
    .needs(Access::L3, VERIFY),
    negative("PRIM-ED25519-FORGED-004n", "Wycheproof's bad signatures are refused.", invalid),
    negative("PRIM-ED25519-BIT-005n", "One wrong bit anywhere is refused.", bit),
    negative("PRIM-ED25519-S-006n", "S not below L is refused.", large_s).mutants(&["P4"]),
    negative(
        "PRIM-ED25519-COFACTOR-007n",
        "What holds with the cofactor only is refused.",
        cofactor,
    )
    .mutants(&["P6"]),
    negative("PRIM-ED25519-SMALLA-008n", "A key of small order is refused.", small_a)
        .mutants(&["P7"]),
    negative("PRIM-ED25519-CANONA-009n", "A key in a second encoding is refused.", canonical_a)
        .mutants(&["P7"]),
    negative("PRIM-ED25519-SMALLR-010n", "An R of small order is refused.", small_r)
        .mutants(&["P7"]),
    negative("PRIM-ED25519-CANONR-011n", "An R in a second encoding is refused.", canonical_r)
        .mutants(&["P7"]),
    negative(
        "PRIM-ED25519-LENGTH-012n",
        "Keys and signatures of wrong length are refused.",
        length,
    )
    .clauses(&["SUI-06", "ENC-13"]),
    Case::positive("PRIM-ED25519-PEER-013p", "Signatures with random keys are the peer's.", peer)
        .clauses(&["SUI-06"])
        .suite("core")
        .needs(Access::L3, SIGN)
        .with_peer(),
];

const fn negative(
    id: &'static str,
    title: &'static str,
    run: fn(&mut Scene, Twin) -> Outcome,
) -> Case {
    Case::negative(id, title, run).clauses(&["SUI-06"]).suite("core").needs(Access::L3, VERIFY)
}

/// RFC 8032 §7.1, tests 1 to 3: secret key, public key, message, signature.
const RFC8032: [[&str; 4]; 3] = [
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
];

fn sign(scene: &mut Scene) -> Outcome {
    for [secret, public, msg, signature] in RFC8032 {
        scene.iut("prim.ed25519_public").text("secret", secret).ok()?.is("public", public)?;
        let call = scene.iut("prim.ed25519_sign").text("secret", secret);
        call.text("msg", msg).ok()?.is("signature", signature)?;
    }
    Ok(())
}

fn verify<'s, 'a>(
    scene: &'s mut Scene<'a>,
    public: &str,
    msg: &str,
    signature: &str,
) -> Call<'s, 'a> {
    let call = scene.iut("prim.ed25519_verify").text("public", public);
    call.text("msg", msg).text("signature", signature)
}

fn accept(scene: &mut Scene, rows: &[Row]) -> Outcome {
    for row in rows {
        verify(scene, row.get("public"), row.get("msg"), row.get("signature")).ok()?;
    }
    Ok(())
}

fn valid(scene: &mut Scene) -> Outcome {
    for [_, public, msg, signature] in RFC8032 {
        verify(scene, public, msg, signature).ok()?;
    }
    accept(scene, rows(Set::Ed25519, "valid")?)
}

fn mixed(scene: &mut Scene) -> Outcome {
    accept(scene, rows(Set::Ed25519, "mixed_order")?)
}

/// The control is a good signature by the same key where Wycheproof has one.
fn invalid(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in rows(Set::Ed25519, "invalid")? {
        let pick =
            |control: &str, deviant: &str| twin.pick(row.get(control), row.get(deviant)).to_owned();
        let public = pick("control_public", "public");
        let (msg, signature) = (pick("control_msg", "msg"), pick("control_signature", "signature"));
        verify(scene, &public, &msg, &signature).judged(twin)?;
    }
    Ok(())
}

fn bit(scene: &mut Scene, twin: Twin) -> Outcome {
    let [_, public, msg, signature] = RFC8032[2];
    for at in (0..64).step_by(3) {
        let signature = twin.pick(signature.to_owned(), flip(signature, at, 4));
        verify(scene, public, msg, &signature).judged(twin)?;
    }
    let other = twin.pick(msg.to_owned(), flip(msg, 0, 1));
    verify(scene, public, &other, signature).judged(twin)?;
    let key = twin.pick(public, RFC8032[1][1]);
    verify(scene, key, msg, signature).judged(twin)
}

/// The control is an honest signature over the same message.
fn crafted(scene: &mut Scene, twin: Twin, group: &str) -> Outcome {
    let honest = rows(Set::Ed25519, "honest")?;
    for row in rows(Set::Ed25519, group)? {
        let row = twin.pick(honest.first().unwrap_or(row), row);
        let call = verify(scene, row.get("public"), row.get("msg"), row.get("signature"));
        match twin {
            Twin::Control => call.ok().map(drop)?,
            Twin::Deviant => call.refused_with("bad_signature")?,
        }
    }
    Ok(())
}

fn large_s(scene: &mut Scene, twin: Twin) -> Outcome {
    crafted(scene, twin, "large_s")
}

fn cofactor(scene: &mut Scene, twin: Twin) -> Outcome {
    crafted(scene, twin, "cofactored_only")
}

fn small_a(scene: &mut Scene, twin: Twin) -> Outcome {
    crafted(scene, twin, "small_order_key")
}

fn canonical_a(scene: &mut Scene, twin: Twin) -> Outcome {
    crafted(scene, twin, "non_canonical_key")
}

fn small_r(scene: &mut Scene, twin: Twin) -> Outcome {
    crafted(scene, twin, "small_order_r")
}

fn canonical_r(scene: &mut Scene, twin: Twin) -> Outcome {
    crafted(scene, twin, "non_canonical_r")
}

fn length(scene: &mut Scene, twin: Twin) -> Outcome {
    let [_, public, msg, signature] = RFC8032[2];
    for count in [0, 31, 32, 63] {
        verify(scene, public, msg, twin.pick(signature, cut(signature, count))).judged(twin)?;
    }
    let longer = twin.pick(signature.to_owned(), format!("{signature}00"));
    verify(scene, public, msg, &longer).judged(twin)?;
    for key in [cut(public, 31).to_owned(), format!("{public}00"), String::new()] {
        verify(scene, twin.pick(public, &key), msg, signature).judged(twin)?;
    }
    Ok(())
}

fn peer(scene: &mut Scene) -> Outcome {
    for name in ["a", "b", "c"] {
        let secret = hex(&scene.random(name, 32));
        let public = agree(scene, "prim.ed25519_public", &[("secret", &secret)], "public")?;
        let both = [("secret", &*secret), ("msg", &*public)];
        agree(scene, "prim.ed25519_sign", &both, "signature")?;
    }
    Ok(())
}
