//! SHA-256 (FIPS 180-4).

use super::agree;
use crate::case::{Access, Case, Outcome};
use crate::digest::{hex, sha256};
use crate::scene::Scene;

const CMD: &[&str] = &["prim.sha256"];

/// The cases.
pub const CASES: &[Case] = &[
    Case::positive("PRIM-SHA256-KAT-001p", "SHA-256 gives FIPS 180-4's examples.", examples)
        .clauses(&["ENC-09"])
        .suite("core")
        .needs(Access::L3, CMD),
    Case::positive(
        "PRIM-SHA256-BLOCKS-002p",
        "SHA-256 pads right around block boundaries.",
        blocks,
    )
    .clauses(&["ENC-09"])
    .suite("core")
    .needs(Access::L3, CMD),
    Case::positive("PRIM-SHA256-PEER-003p", "SHA-256 of random bytes is the peer's.", peer)
        .clauses(&["ENC-09"])
        .suite("core")
        .needs(Access::L3, CMD)
        .with_peer(),
];

/// FIPS 180-4's examples: one block, two blocks, a million times "a".
fn examples(scene: &mut Scene) -> Outcome {
    for (msg, digest) in [
        (&b""[..], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
    ] {
        scene.iut("prim.sha256").bytes("msg", msg).ok()?.is("digest", digest)?;
    }
    let million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
    scene.iut("prim.sha256").repeat("msg", b'a', 1_000_000).ok()?.is("digest", million)?;
    Ok(())
}

/// All lengths from 0 to 130 bytes; expected is what the harness's own SHA-256 gives.
fn blocks(scene: &mut Scene) -> Outcome {
    for length in 0..=130 {
        let msg = scene.random("msg", length);
        scene.iut("prim.sha256").bytes("msg", &msg).ok()?.is("digest", &sha256(&msg))?;
    }
    Ok(())
}

fn peer(scene: &mut Scene) -> Outcome {
    for length in [1, 31, 64, 200, 1000] {
        let msg = hex(&scene.random("msg", length));
        agree(scene, "prim.sha256", &[("msg", &msg)], "digest")?;
    }
    Ok(())
}
