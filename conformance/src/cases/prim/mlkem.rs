//! ML-KEM-768 (FIPS 203): what it computes.

use super::agree;
use crate::case::{Access, Case, Outcome};
use crate::cases::vectors::{Set, rows};
use crate::digest::hex;
use crate::scene::Scene;

const KEYGEN: &[&str] = &["prim.mlkem768_keygen"];
const ENCAP: &[&str] = &["prim.mlkem768_encap"];
const DECAP: &[&str] = &["prim.mlkem768_decap"];
const ALL: &[&str] = &["prim.mlkem768_keygen", "prim.mlkem768_encap", "prim.mlkem768_decap"];

/// The cases.
pub const CASES: &[Case] = &[
    Case::positive("PRIM-MLKEM-KEYGEN-001p", "Keys made from a seed are FIPS 203's.", keygen)
        .clauses(&["SUI-04"])
        .suite("core")
        .needs(Access::L3, KEYGEN),
    Case::positive("PRIM-MLKEM-ENCAP-002p", "Encapsulation is FIPS 203's.", encap)
        .clauses(&["SUI-03"])
        .suite("core")
        .needs(Access::L3, ENCAP),
    Case::positive("PRIM-MLKEM-DECAP-003p", "Decapsulation is FIPS 203's.", decap)
        .clauses(&["SUI-04"])
        .suite("core")
        .needs(Access::L3, DECAP),
    Case::positive(
        "PRIM-MLKEM-REJECT-004p",
        "A wrong ciphertext gives the implicit secret.",
        reject,
    )
    .clauses(&["SUI-04"])
    .mutants(&["P12"])
    .suite("core")
    .needs(Access::L3, DECAP),
    Case::positive("PRIM-MLKEM-STRCMP-005p", "Ciphertexts are compared beyond a NUL.", strcmp)
        .clauses(&["SUI-04", "ENC-10"])
        .mutants(&["P11"])
        .suite("core")
        .needs(Access::L3, DECAP),
    Case::positive("PRIM-MLKEM-SPLIT-006p", "Encapsulation in two parts is FIPS 203's.", split)
        .clauses(&["SUI-03"])
        .mutants(&["P26"])
        .suite("core")
        .needs(Access::L3, &["prim.mlkem768_encap_split"])
        .optional(),
    Case::positive("PRIM-MLKEM-PEER-007p", "Random keys and secrets are the peer's.", peer)
        .clauses(&["SUI-03", "SUI-04"])
        .suite("core")
        .needs(Access::L3, ALL)
        .with_peer(),
];

fn keygen(scene: &mut Scene) -> Outcome {
    for row in rows(Set::MlKem768, "keygen")? {
        let out = scene.iut("prim.mlkem768_keygen").text("seed", row.get("seed")).ok()?;
        out.is("ek", row.get("ek"))?;
    }
    Ok(())
}

fn encap(scene: &mut Scene) -> Outcome {
    for row in rows(Set::MlKem768, "encap")? {
        let call = scene.iut("prim.mlkem768_encap").text("ek", row.get("ek"));
        let out = call.text("m", row.get("m")).ok()?;
        out.is("ct", row.get("ct"))?.is("shared", row.get("shared"))?;
    }
    Ok(())
}

fn decap(scene: &mut Scene) -> Outcome {
    opened(scene, "decap")
}

fn reject(scene: &mut Scene) -> Outcome {
    opened(scene, "rejection")
}

/// CCTV: an implementation that compares ciphertexts with strcmp accepts this one.
fn strcmp(scene: &mut Scene) -> Outcome {
    opened(scene, "strcmp")
}

fn opened(scene: &mut Scene, group: &str) -> Outcome {
    for row in rows(Set::MlKem768, group)? {
        let call = scene.iut("prim.mlkem768_decap").text("seed", row.get("seed"));
        call.text("ct", row.get("ct")).ok()?.is("shared", row.get("shared"))?;
    }
    Ok(())
}

/// The header is rho and the hash of the key, the vector the rest: `ek` = vector, then rho.
fn split(scene: &mut Scene) -> Outcome {
    for row in rows(Set::MlKem768, "encap")? {
        let (vector, rho) = row.get("ek").split_at(2 * 1152);
        let hash = super::mlkem_checks::sha3_256_of(row)?;
        let call = scene.iut("prim.mlkem768_encap_split").text("header", &format!("{rho}{hash}"));
        let out = call.text("vector", vector).text("m", row.get("m")).ok()?;
        let (ct1, ct2) = row.get("ct").split_at(2 * 960);
        out.is("ct1", ct1)?.is("ct2", ct2)?.is("shared", row.get("shared"))?;
    }
    Ok(())
}

fn peer(scene: &mut Scene) -> Outcome {
    for name in ["a", "b"] {
        let seed = hex(&scene.random(name, 64));
        let m = hex(&scene.random(&format!("{name} m"), 32));
        let ek = agree(scene, "prim.mlkem768_keygen", &[("seed", &seed)], "ek")?;
        let ct = agree(scene, "prim.mlkem768_encap", &[("ek", &ek), ("m", &m)], "ct")?;
        agree(scene, "prim.mlkem768_decap", &[("seed", &seed), ("ct", &ct)], "shared")?;
        let junk = hex(&scene.random(&format!("{name} junk"), 1088));
        agree(scene, "prim.mlkem768_decap", &[("seed", &seed), ("ct", &junk)], "shared")?;
    }
    Ok(())
}
