//! ML-KEM-768 (FIPS 203 §7.2, §7.3): what it must refuse.

use super::{cut, flip};
use crate::case::{Access, Case, Outcome, Stop, Twin};
use crate::cases::vectors::{Row, Set, rows};
use crate::scene::Scene;

/// The cases.
pub const CASES: &[Case] = &[
    Case::negative(
        "PRIM-MLKEM-MODULUS-008n",
        "An unreduced encapsulation key is refused.",
        modulus,
    )
    .clauses(&["SUI-03"])
    .mutants(&["P8"])
    .suite("core")
    .needs(Access::L3, &["prim.mlkem768_encap"]),
    Case::negative(
        "PRIM-MLKEM-EKLEN-009n",
        "An encapsulation key of wrong length is refused.",
        ek_length,
    )
    .clauses(&["SUI-03"])
    .suite("core")
    .needs(Access::L3, &["prim.mlkem768_encap"]),
    Case::negative("PRIM-MLKEM-CTLEN-010n", "A ciphertext of wrong length is refused.", ct_length)
        .clauses(&["SUI-03"])
        .suite("core")
        .needs(Access::L3, &["prim.mlkem768_decap"]),
    Case::negative("PRIM-MLKEM-SEEDLEN-011n", "A seed of wrong length is refused.", seed_length)
        .clauses(&["ENC-13"])
        .suite("core")
        .needs(Access::L3, &["prim.mlkem768_keygen"]),
    Case::negative(
        "PRIM-MLKEM-DKHASH-012n",
        "An expanded key with a wrong hash is refused.",
        dk_hash,
    )
    .clauses(&["SUI-05"])
    .mutants(&["P9"])
    .suite("core")
    .needs(Access::L3, &["prim.mlkem768_decap_expanded"])
    .optional(),
    Case::negative("PRIM-MLKEM-HEADER-013n", "A second half of another key is refused.", header)
        .clauses(&["SUI-03"])
        .mutants(&["P26"])
        .suite("core")
        .needs(Access::L3, &["prim.mlkem768_encap_split"])
        .optional(),
];

fn modulus(scene: &mut Scene, twin: Twin) -> Outcome {
    let good = rows(Set::MlKem768, "encap")?;
    for row in rows(Set::MlKem768, "modulus")? {
        let row = twin.pick(good.first().unwrap_or(row), row);
        let call =
            scene.iut("prim.mlkem768_encap").text("ek", row.get("ek")).text("m", row.get("m"));
        match twin {
            Twin::Control => call.ok().map(drop)?,
            Twin::Deviant => call.refused_with("malformed")?,
        }
    }
    Ok(())
}

fn ek_length(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in rows(Set::MlKem768, "encap")?.iter().take(1) {
        let good = row.get("ek");
        for bad in [String::new(), cut(good, 1183).to_owned(), format!("{good}00")] {
            let call = scene.iut("prim.mlkem768_encap").text("ek", twin.pick(good, &bad));
            call.text("m", row.get("m")).judged(twin)?;
        }
    }
    Ok(())
}

fn ct_length(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in rows(Set::MlKem768, "decap")?.iter().take(1) {
        let good = row.get("ct");
        for bad in [String::new(), cut(good, 1087).to_owned(), format!("{good}00")] {
            let call = scene.iut("prim.mlkem768_decap").text("seed", row.get("seed"));
            call.text("ct", twin.pick(good, &bad)).judged(twin)?;
        }
    }
    Ok(())
}

fn seed_length(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in rows(Set::MlKem768, "keygen")?.iter().take(1) {
        let good = row.get("seed");
        for bad in [String::new(), cut(good, 32).to_owned(), format!("{good}00")] {
            let call = scene.iut("prim.mlkem768_keygen").text("seed", twin.pick(good, &bad));
            call.judged(twin)?;
        }
    }
    Ok(())
}

/// An expanded key: 1152 bytes of s, the encapsulation key, its hash, z.
fn dk_hash(scene: &mut Scene, twin: Twin) -> Outcome {
    let rows = rows(Set::MlKem768, "expanded")?;
    let Some(good) = rows.first() else { return Ok(()) };
    let hash = 1152 + 1184;
    for bad in [flip(good.get("dk"), hash, 1), flip(good.get("dk"), hash + 31, 0x80)] {
        let dk = twin.pick(good.get("dk"), &bad);
        let call = scene.iut("prim.mlkem768_decap_expanded").text("dk", dk);
        call.text("ct", good.get("ct")).judged(twin)?;
    }
    Ok(())
}

fn header(scene: &mut Scene, twin: Twin) -> Outcome {
    let rows = rows(Set::MlKem768, "encap")?;
    let [row, other, ..] = rows else { return Ok(()) };
    let (vector, rho) = row.get("ek").split_at(2 * 1152);
    let hash = sha3_256_of(row)?;
    let call = scene.iut("prim.mlkem768_encap_split").text("header", &format!("{rho}{hash}"));
    let vector = twin.pick(vector, cut(other.get("ek"), 1152));
    call.text("vector", vector).text("m", row.get("m")).judged(twin)
}

/// SHA3-256 of a row's encapsulation key.
pub fn sha3_256_of(row: &Row) -> Outcome<String> {
    match row.get("ek_hash") {
        "" => Err(Stop::Inconclusive("the row has no ek_hash".to_owned())),
        hash => Ok(hash.to_owned()),
    }
}
