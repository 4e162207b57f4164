//! HMAC-SHA-256 (RFC 2104, RFC 4231).

use super::{agree, cut, flip};
use crate::case::{Access, Case, Outcome, Twin};
use crate::cases::vectors::{Set, rows};
use crate::digest::hex;
use crate::scene::Scene;

const CMD: &[&str] = &["prim.hmac_sha256"];

/// The cases.
pub const CASES: &[Case] = &[
    Case::positive("PRIM-HMAC-KAT-001p", "HMAC-SHA-256 gives RFC 4231's values.", rfc4231)
        .clauses(&["ENC-09"])
        .suite("core")
        .needs(Access::L3, CMD),
    Case::positive("PRIM-HMAC-EDGE-002p", "HMAC-SHA-256 is right for keys of all lengths.", edge)
        .clauses(&["ENC-09"])
        .suite("core")
        .needs(Access::L3, CMD),
    Case::positive("PRIM-HMAC-PEER-003p", "HMAC-SHA-256 of random bytes is the peer's.", peer)
        .clauses(&["ENC-09"])
        .suite("core")
        .needs(Access::L3, CMD)
        .with_peer(),
    Case::negative("PRIM-HMAC-TAG-004n", "An HMAC tag that differs in one bit is refused.", bit)
        .clauses(&["ENC-10"])
        .mutants(&["P11"])
        .suite("core")
        .needs(Access::L3, &["prim.hmac_sha256_verify"])
        .optional(),
    Case::negative("PRIM-HMAC-SHORT-005n", "A shortened HMAC tag is refused.", short)
        .clauses(&["ENC-10"])
        .mutants(&["P19"])
        .suite("core")
        .needs(Access::L3, &["prim.hmac_sha256_verify"])
        .optional(),
];

/// RFC 4231 §4.2, §4.3 and §4.7 (a key longer than a block).
fn rfc4231(scene: &mut Scene) -> Outcome {
    let long = "aa".repeat(131);
    for (key, msg, tag) in [
        (
            "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
            "4869205468657265",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            "4a656665",
            "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            &long,
            "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048\
             617368204b6579204669727374",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ] {
        scene.iut("prim.hmac_sha256").text("key", key).text("msg", msg).ok()?.is("tag", tag)?;
    }
    Ok(())
}

fn edge(scene: &mut Scene) -> Outcome {
    for row in rows(Set::HmacSha256, "valid")? {
        let call = scene.iut("prim.hmac_sha256").text("key", row.get("key"));
        call.text("msg", row.get("msg")).ok()?.is("tag", row.get("tag"))?;
    }
    Ok(())
}

fn peer(scene: &mut Scene) -> Outcome {
    for length in [1, 32, 64, 65, 200] {
        let key = hex(&scene.random("key", length));
        let msg = hex(&scene.random("msg", 3 * length));
        agree(scene, "prim.hmac_sha256", &[("key", &key), ("msg", &msg)], "tag")?;
    }
    Ok(())
}

fn bit(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in rows(Set::HmacSha256, "valid")?.iter().take(4) {
        for at in 0..32 {
            let tag = twin.pick(row.get("tag").to_owned(), flip(row.get("tag"), at, 1));
            let call = scene.iut("prim.hmac_sha256_verify").text("key", row.get("key"));
            call.text("msg", row.get("msg")).text("tag", &tag).judged(twin)?;
        }
    }
    Ok(())
}

fn short(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in rows(Set::HmacSha256, "valid")?.iter().take(4) {
        for length in [0, 1, 16, 31] {
            let tag = twin.pick(row.get("tag"), cut(row.get("tag"), length));
            let call = scene.iut("prim.hmac_sha256_verify").text("key", row.get("key"));
            call.text("msg", row.get("msg")).text("tag", tag).judged(twin)?;
        }
    }
    Ok(())
}
