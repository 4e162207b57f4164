//! AES-256-GCM-SIV (RFC 8452), the tag behind the ciphertext.

use super::{agree, cut, flip};
use crate::case::{Access, Case, Outcome, Twin};
use crate::cases::vectors::{Row, Set, rows};
use crate::digest::hex;
use crate::scene::{Call, Scene};

const SEAL: &[&str] = &["prim.aes256gcmsiv_seal"];
const OPEN: &[&str] = &["prim.aes256gcmsiv_open"];

/// The cases.
pub const CASES: &[Case] = &[
    Case::positive("PRIM-AEAD-SEAL-001p", "Sealing gives RFC 8452's values.", seal)
        .clauses(&["SUI-07"])
        .mutants(&["P20"])
        .suite("core")
        .needs(Access::L3, SEAL),
    Case::positive("PRIM-AEAD-OPEN-002p", "Opening gives RFC 8452's plaintexts.", open_valid)
        .clauses(&["SUI-07"])
        .mutants(&["P20"])
        .suite("core")
        .needs(Access::L3, OPEN),
    negative("PRIM-AEAD-FORGED-003n", "Wycheproof's modified tags are refused.", forged),
    negative("PRIM-AEAD-TAG-004n", "A wrong bit in any byte of the tag is refused.", tag)
        .mutants(&["P11", "P19"]),
    negative("PRIM-AEAD-NUL-005n", "A wrong tag byte behind a NUL is refused.", behind_nul)
        .mutants(&["P11"]),
    negative("PRIM-AEAD-SHORT-006n", "A shortened tag is refused.", short).mutants(&["P19"]),
    negative("PRIM-AEAD-BODY-007n", "A changed ciphertext is refused.", body),
    negative("PRIM-AEAD-AD-008n", "Changed or missing associated data is refused.", ad)
        .mutants(&["P20"]),
    negative("PRIM-AEAD-NONCE-009n", "Another nonce or key is refused.", nonce),
    negative("PRIM-AEAD-LENGTH-010n", "Keys and nonces of wrong length are refused.", length)
        .clauses(&["ENC-13"]),
    negative(
        "PRIM-AEAD-NUL-012n",
        "A wrong byte behind a NUL is refused where the tag stands alone.",
        behind_nul_alone,
    )
    .mutants(&["P11"]),
    Case::positive("PRIM-AEAD-PEER-011p", "Random messages are sealed as by the peer.", peer)
        .clauses(&["SUI-07"])
        .suite("core")
        .needs(Access::L3, SEAL)
        .with_peer(),
];

const fn negative(
    id: &'static str,
    title: &'static str,
    run: fn(&mut Scene, Twin) -> Outcome,
) -> Case {
    Case::negative(id, title, run).clauses(&["SUI-07"]).suite("core").needs(Access::L3, OPEN)
}

fn seal(scene: &mut Scene) -> Outcome {
    for row in rows(Set::Aes256GcmSiv, "seal")? {
        let call = scene.iut("prim.aes256gcmsiv_seal").text("key", row.get("key"));
        let call = call.text("nonce", row.get("nonce")).text("ad", row.get("ad"));
        let out = call.text("plaintext", row.get("plaintext")).ok()?;
        out.is("ciphertext", row.get("ciphertext"))?;
    }
    Ok(())
}

fn open<'s, 'a>(scene: &'s mut Scene<'a>, row: &Row, ad: &str, ciphertext: &str) -> Call<'s, 'a> {
    let call = scene.iut("prim.aes256gcmsiv_open").text("key", row.get("key"));
    call.text("nonce", row.get("nonce")).text("ad", ad).text("ciphertext", ciphertext)
}

fn open_valid(scene: &mut Scene) -> Outcome {
    for row in rows(Set::Aes256GcmSiv, "seal")? {
        let out = open(scene, row, row.get("ad"), row.get("ciphertext")).ok()?;
        out.is("plaintext", row.get("plaintext"))?;
    }
    Ok(())
}

fn forged(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in rows(Set::Aes256GcmSiv, "invalid")? {
        let ciphertext = row.get(twin.pick("control_ciphertext", "ciphertext"));
        open(scene, row, row.get("ad"), ciphertext).judged(twin)?;
    }
    Ok(())
}

/// Some rows with associated data and plaintext.
fn full() -> Outcome<Vec<&'static Row>> {
    let rows = rows(Set::Aes256GcmSiv, "seal")?.iter();
    let full = rows.filter(|row| !row.get("ad").is_empty() && !row.get("plaintext").is_empty());
    Ok(full.take(3).collect())
}

fn tag(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in full()? {
        let good = row.get("ciphertext");
        for at in 1..=16 {
            let ciphertext = twin.pick(good.to_owned(), flip(good, -at, 0x80));
            open(scene, row, row.get("ad"), &ciphertext).judged(twin)?;
        }
    }
    Ok(())
}

/// The tags have a NUL at byte 0, 1 and 8.
fn behind_nul(scene: &mut Scene, twin: Twin) -> Outcome {
    nul(scene, twin, "nul")
}

/// Of an empty plaintext: the tag given is the counter of what is sealed, so that with a wrong one
/// another plaintext comes out, and another tag is expected of it.
fn behind_nul_alone(scene: &mut Scene, twin: Twin) -> Outcome {
    nul(scene, twin, "nul_alone")
}

fn nul(scene: &mut Scene, twin: Twin, group: &str) -> Outcome {
    for row in rows(Set::Aes256GcmSiv, group)? {
        let good = row.get("ciphertext");
        let ciphertext = twin.pick(good.to_owned(), flip(&flip(good, -1, 0x55), -4, 0x55));
        open(scene, row, row.get("ad"), &ciphertext).judged(twin)?;
    }
    Ok(())
}

fn short(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in full()? {
        let good = row.get("ciphertext");
        for missing in [1, 4, 8, 12, 15, 16] {
            let ciphertext = twin.pick(good, cut(good, good.len() / 2 - missing));
            open(scene, row, row.get("ad"), ciphertext).judged(twin)?;
        }
        for length in [0, 1, 15] {
            let ciphertext = twin.pick(good, cut(good, length));
            open(scene, row, row.get("ad"), ciphertext).judged(twin)?;
        }
    }
    Ok(())
}

fn body(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in full()? {
        let good = row.get("ciphertext");
        for bad in [flip(good, 0, 1), format!("00{good}"), format!("{good}00")] {
            open(scene, row, row.get("ad"), twin.pick(good, &bad)).judged(twin)?;
        }
    }
    Ok(())
}

fn ad(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in full()? {
        let good = row.get("ad");
        for bad in [flip(good, 0, 1), String::new(), format!("{good}00")] {
            open(scene, row, twin.pick(good, &bad), row.get("ciphertext")).judged(twin)?;
        }
    }
    Ok(())
}

fn nonce(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in full()? {
        for (of_key, of_nonce) in [(0, 1), (1, 0)] {
            let key = flip(row.get("key"), 31, twin.pick(0, of_key));
            let nonce = flip(row.get("nonce"), 0, twin.pick(0, of_nonce));
            let call = scene.iut("prim.aes256gcmsiv_open").text("key", &key).text("nonce", &nonce);
            call.text("ad", row.get("ad"))
                .text("ciphertext", row.get("ciphertext"))
                .judged(twin)?;
        }
    }
    Ok(())
}

fn length(scene: &mut Scene, twin: Twin) -> Outcome {
    for row in full()?.iter().take(1) {
        let (key, nonce) = (row.get("key"), row.get("nonce"));
        for (bad_key, bad_nonce) in [
            (cut(key, 31), nonce),
            (cut(key, 16), nonce),
            ("", nonce),
            (key, cut(nonce, 11)),
            (key, ""),
        ] {
            let call = scene.iut("prim.aes256gcmsiv_open").text("key", twin.pick(key, bad_key));
            let call = call.text("nonce", twin.pick(nonce, bad_nonce)).text("ad", row.get("ad"));
            call.text("ciphertext", row.get("ciphertext")).judged(twin)?;
        }
    }
    Ok(())
}

fn peer(scene: &mut Scene) -> Outcome {
    for length in [0, 1, 16, 33, 300] {
        let parts = [("key", 32), ("nonce", 12), ("ad", length / 2), ("plaintext", length)];
        let parts = parts.map(|(name, length)| (name, hex(&scene.random(name, length))));
        let parts = parts.each_ref().map(|(name, value)| (*name, value.as_str()));
        agree(scene, "prim.aes256gcmsiv_seal", &parts, "ciphertext")?;
    }
    Ok(())
}
