//! X25519 (RFC 7748 §5).

use super::{agree, cut, flip};
use crate::case::{Access, Case, Outcome, Twin};
use crate::cases::vectors::{Set, rows};
use crate::digest::hex;
use crate::scene::Scene;

const CMD: &[&str] = &["prim.x25519"];

/// The cases.
pub const CASES: &[Case] = &[
    Case::positive("PRIM-X25519-KAT-001p", "X25519 gives RFC 7748's values.", rfc7748)
        .clauses(&["SUI-02"])
        .suite("core")
        .needs(Access::L3, CMD),
    Case::positive("PRIM-X25519-BASE-002p", "X25519 makes RFC 7748's public keys.", base)
        .clauses(&["SUI-02"])
        .suite("core")
        .needs(Access::L3, &["prim.x25519_base"]),
    Case::positive("PRIM-X25519-EDGE-003p", "X25519 is right on the twist and at the edges.", edge)
        .clauses(&["SUI-02"])
        .suite("core")
        .needs(Access::L3, CMD),
    Case::positive("PRIM-X25519-REDUCE-004p", "A coordinate above the prime is reduced.", reduce)
        .clauses(&["SUI-02"])
        .suite("core")
        .needs(Access::L3, CMD),
    Case::positive("PRIM-X25519-TOPBIT-005p", "The top bit of a public key is ignored.", top_bit)
        .clauses(&["SUI-02"])
        .mutants(&["P3"])
        .suite("core")
        .needs(Access::L3, CMD),
    Case::positive("PRIM-X25519-CLAMP-006p", "A private key is clamped when it is used.", clamp)
        .clauses(&["SUI-02"])
        .suite("core")
        .needs(Access::L3, CMD),
    Case::negative("PRIM-X25519-ZERO-007n", "An all-zero output is refused as low_order.", zero)
        .clauses(&["SUI-01"])
        .mutants(&["P1"])
        .suite("core")
        .needs(Access::L3, CMD),
    Case::negative("PRIM-X25519-LENGTH-008n", "Keys that have not 32 bytes are refused.", length)
        .clauses(&["ENC-13"])
        .suite("core")
        .needs(Access::L3, CMD),
    Case::positive("PRIM-X25519-PEER-009p", "X25519 of random keys is the peer's.", peer)
        .clauses(&["SUI-02"])
        .suite("core")
        .needs(Access::L3, CMD)
        .with_peer(),
];

const SCALAR: &str = "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4";
const POINT: &str = "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c";
const SHARED: &str = "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552";

/// RFC 7748 §6.1: private and public key.
const ALICE: (&str, &str) = (
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
);
const BOB: (&str, &str) = (
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
);

/// RFC 7748 §5.2 (with a coordinate whose top bit is set), §6.1, and Wycheproof's ordinary ones.
fn rfc7748(scene: &mut Scene) -> Outcome {
    for (scalar, point, shared) in [
        (SCALAR, POINT, SHARED),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ),
        (ALICE.0, BOB.1, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"),
    ] {
        call(scene, scalar, point)?.is("shared", shared)?;
    }
    known(scene, "valid")
}

fn base(scene: &mut Scene) -> Outcome {
    for (scalar, point) in [ALICE, BOB] {
        scene.iut("prim.x25519_base").text("scalar", scalar).ok()?.is("point", point)?;
    }
    Ok(())
}

fn edge(scene: &mut Scene) -> Outcome {
    known(scene, "edge")
}

fn reduce(scene: &mut Scene) -> Outcome {
    known(scene, "non_canonical")
}

fn known(scene: &mut Scene, group: &str) -> Outcome {
    for row in rows(Set::X25519, group)? {
        call(scene, row.get("scalar"), row.get("point"))?.is("shared", row.get("shared"))?;
    }
    Ok(())
}

fn call(scene: &mut Scene, scalar: &str, point: &str) -> Outcome<crate::scene::Out> {
    scene.iut("prim.x25519").text("scalar", scalar).text("point", point).ok()
}

fn top_bit(scene: &mut Scene) -> Outcome {
    call(scene, SCALAR, POINT)?.is("shared", SHARED)?;
    call(scene, SCALAR, &flip(POINT, 31, 0x80))?.is("shared", SHARED)?;
    Ok(())
}

fn clamp(scene: &mut Scene) -> Outcome {
    for (at, bit) in [(0, 1), (0, 2), (0, 4), (31, 0x80), (31, 0x40)] {
        call(scene, &flip(SCALAR, at, bit), POINT)?.is("shared", SHARED)?;
    }
    Ok(())
}

fn zero(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in rows(Set::X25519, "low_order")? {
        let call = scene.iut("prim.x25519").text("scalar", row.get("scalar"));
        match twin {
            Twin::Control => call.text("point", POINT).ok().map(drop)?,
            Twin::Deviant => call.text("point", row.get("point")).refused_with("low_order")?,
        }
    }
    Ok(())
}

fn length(scene: &mut Scene, twin: Twin) -> Outcome {
    let long = |text: &str| format!("{text}00");
    for (scalar, point) in [
        (SCALAR.to_owned(), cut(POINT, 31).to_owned()),
        (SCALAR.to_owned(), long(POINT)),
        (SCALAR.to_owned(), String::new()),
        (cut(SCALAR, 31).to_owned(), POINT.to_owned()),
        (long(SCALAR), POINT.to_owned()),
    ] {
        let call = scene.iut("prim.x25519").text("scalar", twin.pick(SCALAR, &scalar));
        call.text("point", twin.pick(POINT, &point)).judged(twin)?;
    }
    Ok(())
}

fn peer(scene: &mut Scene) -> Outcome {
    for name in ["a", "b", "c", "d"] {
        let scalar = hex(&scene.random(name, 32));
        let point = hex(&scene.random(&format!("{name} point"), 32));
        agree(scene, "prim.x25519", &[("scalar", &scalar), ("point", &point)], "shared")?;
    }
    Ok(())
}
