//! HKDF-SHA-256 (RFC 5869).

use super::agree;
use crate::case::{Access, Case, Outcome, Twin};
use crate::cases::vectors::{Row, Set, rows};
use crate::digest::hex;
use crate::scene::Scene;

const BOTH: &[&str] = &["prim.hkdf_sha256_extract", "prim.hkdf_sha256_expand"];

/// The cases.
pub const CASES: &[Case] = &[
    Case::positive("PRIM-HKDF-KAT-001p", "Extract and expand give RFC 5869's values.", rfc5869)
        .clauses(&["ENC-09"])
        .mutants(&["P21"])
        .suite("core")
        .needs(Access::L3, BOTH),
    Case::positive("PRIM-HKDF-PRK-002p", "Extract takes the salt as key of the HMAC.", extract)
        .clauses(&["ENC-09"])
        .mutants(&["P21"])
        .suite("core")
        .needs(Access::L3, BOTH),
    Case::positive("PRIM-HKDF-EDGE-003p", "Expand is right for empty salts and all lengths.", edge)
        .clauses(&["ENC-09"])
        .suite("core")
        .needs(Access::L3, BOTH),
    Case::negative("PRIM-HKDF-LENGTH-004n", "Expand refuses more than 255 blocks.", too_long)
        .clauses(&["ENC-13"])
        .suite("core")
        .needs(Access::L3, BOTH),
    Case::positive("PRIM-HKDF-PEER-005p", "Extract and expand agree with the peer's.", peer)
        .clauses(&["ENC-09"])
        .suite("core")
        .needs(Access::L3, BOTH)
        .with_peer(),
];

fn rfc5869(scene: &mut Scene) -> Outcome {
    rows(Set::HkdfSha256, "rfc5869")?.iter().try_for_each(|row| derive(scene, row))
}

fn edge(scene: &mut Scene) -> Outcome {
    rows(Set::HkdfSha256, "valid")?.iter().try_for_each(|row| derive(scene, row))
}

fn derive(scene: &mut Scene, row: &Row) -> Outcome {
    let call = scene.iut("prim.hkdf_sha256_extract").text("salt", row.get("salt"));
    let prk = call.text("ikm", row.get("ikm")).ok()?.hex("prk")?;
    let length = row.get("len").parse().unwrap_or_default();
    let call = scene.iut("prim.hkdf_sha256_expand").text("prk", &prk);
    call.text("info", row.get("info")).integer("len", length).ok()?.is("okm", row.get("okm"))?;
    Ok(())
}

/// RFC 5869 appendix A.1 and A.3, the intermediate values.
fn extract(scene: &mut Scene) -> Outcome {
    let ikm = "0b".repeat(22);
    for (salt, prk) in [
        (
            "000102030405060708090a0b0c",
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        ),
        ("", "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04"),
    ] {
        let call = scene.iut("prim.hkdf_sha256_extract").text("salt", salt);
        call.text("ikm", &ikm).ok()?.is("prk", prk)?;
    }
    Ok(())
}

fn too_long(scene: &mut Scene, twin: Twin) -> Outcome {
    let call = scene.iut("prim.hkdf_sha256_expand").text("prk", &"07".repeat(32)).text("info", "");
    call.integer("len", twin.pick(255 * 32, 255 * 32 + 1)).judged(twin)
}

fn peer(scene: &mut Scene) -> Outcome {
    for length in [0, 1, 32, 100] {
        let (salt, ikm) =
            (hex(&scene.random("salt", length)), hex(&scene.random("ikm", 32 + length)));
        let both = [("salt", &*salt), ("ikm", &*ikm)];
        let prk = agree(scene, "prim.hkdf_sha256_extract", &both, "prk")?;
        let cmd = "prim.hkdf_sha256_expand";
        let call = scene.peer(cmd).text("prk", &prk).text("info", &ikm);
        let okm = call.integer("len", 77).ok()?.hex("okm")?;
        let call = scene.iut(cmd).text("prk", &prk).text("info", &ikm);
        call.integer("len", 77).ok()?.is("okm", &okm)?;
    }
    Ok(())
}
