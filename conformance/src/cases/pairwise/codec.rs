//! The encoding: each structure there and back, and each way in which an encoding can be wrong.
//!
//! The structures of [`structures`] know where their lengths, presence bytes and enumerations stand
//! ([`draft`]); a fault is put into each such place of each structure, with all lengths around it right.

pub mod delivery;
pub mod draft;
mod faults;
pub mod limits;
pub mod structures;
mod values;

use self::draft::{Draft, Mark, What, length};
use self::faults::{
    choice, is_length, minimal, nested, order, overrun, prefix, presence, repeat, version,
};
use self::structures::{
    STATE, Structure, WIRE, credential_with, device_list, device_list_with, entry,
};
use self::values::{
    change_of, content_type, expiry, long_prefix, receipts, reply, session_suite, utf8,
};
use crate::case::{Access, Case, Outcome, Stop, Twin};
use crate::digest::hex;
use crate::scene::{Home, Scene};
use std::time::{Duration, Instant};

const DECODE: &[&str] = &["codec.decode"];

/// The cases.
pub const CASES: &[Case] = &[
    there("PW-COD-CREDENTIAL-001p", "A credential decodes and encodes to itself.", |s| {
        same(s, "Credential")
    }),
    there("PW-COD-LIST-002p", "A device list decodes and encodes to itself.", |s| {
        same(s, "DeviceList")
    }),
    there("PW-COD-BATCH-003p", "A prekey batch decodes and encodes to itself.", |s| {
        same(s, "PrekeyBatch")
    }),
    there("PW-COD-PUBLISHED-004p", "A published batch decodes and encodes to itself.", |s| {
        same(s, "PublishedBatch")
    }),
    there("PW-COD-BUNDLE-005p", "A bundle decodes and encodes to itself.", |s| {
        same(s, "PrekeyBundle")
    }),
    there("PW-COD-HANDSHAKE-006p", "A handshake message decodes and encodes to itself.", |s| {
        same(s, "HandshakeMessage")
    }),
    there("PW-COD-FIRST-007p", "A first message decodes and encodes to itself.", |s| {
        same(s, "FirstMessage")
    }),
    there("PW-COD-INITIATOR-008p", "An initiator's identity decodes and encodes to itself.", |s| {
        same(s, "InitiatorIdentity")
    }),
    there("PW-COD-RATCHET-009p", "A ratchet message decodes and encodes to itself.", |s| {
        same(s, "RatchetMessage")
    }),
    there("PW-COD-HEADER-010p", "A header decodes and encodes to itself.", |s| same(s, "Header")),
    there("PW-COD-FRAME-011p", "A frame decodes and encodes to itself.", |s| same(s, "InnerFrame")),
    there("PW-COD-UPDATE-012p", "A credential update decodes and encodes to itself.", |s| {
        same(s, "CredentialUpdate")
    }),
    there("PW-COD-ROTATION-013p", "A mailbox rotation decodes and encodes to itself.", |s| {
        same(s, "MailboxRotation")
    }),
    there("PW-COD-ENVELOPE-014p", "An envelope decodes and encodes to itself.", |s| {
        same(s, "Envelope")
    }),
    there("PW-COD-CONTENT-015p", "A content decodes and encodes to itself.", |s| {
        same(s, "Content")
    }),
    there(
        "PW-COD-ATTACHMENT-016p",
        "An attachment reference decodes and encodes to itself.",
        |s| same(s, "AttachmentReference"),
    ),
    there("PW-COD-RECEIPT-017p", "A receipt decodes and encodes to itself.", |s| {
        same(s, "Receipt")
    }),
    there("PW-COD-CODE-018p", "A verification code decodes and encodes to itself.", |s| {
        same(s, "VerificationCode")
    }),
    wrong("PW-COD-MINIMAL-019n", "A length in more bytes than it needs is refused.", |s, t| {
        each(s, t, WIRE, minimal)
    })
    .clauses(&["ENC-01"])
    .mutants(&["D1"]),
    wrong("PW-COD-PREFIX-020n", "The length prefix 11 is refused.", |s, t| {
        each(s, t, WIRE, prefix)
    })
    .clauses(&["ENC-01"])
    .mutants(&["D1"]),
    wrong("PW-COD-TRAILING-021n", "Bytes behind the end are refused.", |s, t| trailing(s, t, WIRE))
        .clauses(&["ENC-02"])
        .mutants(&["D2"]),
    wrong("PW-COD-NESTED-022n", "Bytes left over at the end of a list are refused.", |s, t| {
        each(s, t, WIRE, nested)
    })
    .clauses(&["ENC-02"])
    .mutants(&["D2"]),
    wrong(
        "PW-COD-TRUNCATED-023n",
        "Truncated structures are refused, whatever the length.",
        |s, t| truncated(s, t, WIRE),
    )
    .clauses(&["ENC-04", "ENC-13"])
    .mutants(&["D3"]),
    wrong("PW-COD-OVERRUN-024n", "A length beyond the end of its list is refused.", |s, t| {
        each(s, t, WIRE, overrun)
    })
    .clauses(&["ENC-04", "ENC-13"])
    .mutants(&["D3"]),
    wrong(
        "PW-COD-HUGE-025n",
        "The longest length with few bytes behind it is refused at once.",
        |s, t| huge(s, t, WIRE),
    )
    .clauses(&["ENC-04", "LIM-01"])
    .mutants(&["D3", "D4"]),
    wrong("PW-COD-PRESENCE-026n", "A presence byte other than 0 and 1 is refused.", |s, t| {
        each(s, t, WIRE, presence)
    })
    .clauses(&["ENC-03"]),
    wrong("PW-COD-ORDER-027n", "Extensions out of order are refused.", |s, t| {
        each(s, t, WIRE, order)
    })
    .clauses(&["ENC-07"]),
    wrong("PW-COD-REPEAT-028n", "A repeated extension is refused.", |s, t| {
        each(s, t, WIRE, repeat)
    })
    .clauses(&["ENC-07"]),
    wrong(
        "PW-COD-ENUM-029n",
        "Unknown values of enumerations are refused, and nothing else happens.",
        |s, t| each(s, t, WIRE, choice),
    )
    .clauses(&["ENC-05", "ENC-13"])
    .mutants(&["D6"]),
    wrong("PW-COD-VERSION-030n", "Unknown versions of structures are refused.", |s, t| {
        each(s, t, WIRE, version)
    })
    .clauses(&["ENC-05", "ID-01", "FRM-03"]),
    there("PW-COD-GREASE-031p", "All GREASE types are ignored in each list of extensions.", grease)
        .mutants(&["D7"])
        .clauses(&["ENC-08"]),
    there("PW-COD-UNKNOWN-032p", "Unknown keys, suites and signers are ignored and kept.", unknown)
        .mutants(&["D7", "D9"])
        .clauses(&["ENC-05", "ID-03", "SUI-09"]),
    wrong("PW-COD-FLAGS-033n", "Unknown flags in a header are refused.", flags)
        .clauses(&["ENC-13"]),
    wrong(
        "PW-COD-ORDERED-034n",
        "Keys, entries and attestations out of order are refused.",
        ordered,
    )
    .clauses(&["ID-01"]),
    wrong(
        "PW-COD-PREFIX-048n",
        "The length prefix 11 is refused where a long length stands.",
        long_prefix,
    )
    .clauses(&["ENC-01"])
    .mutants(&["D1"]),
    wrong("PW-COD-EXPIRY-049n", "An envelope expires at a full hour.", expiry).clauses(&["ENV-06"]),
    wrong("PW-COD-REPLY-036n", "A reply is to no message or to an id of 16 bytes.", reply)
        .clauses(&["CON-03"]),
    wrong("PW-COD-UTF8-037n", "A text that is not UTF-8 is refused.", utf8)
        .clauses(&["CON-02", "CON-03"]),
    wrong("PW-COD-RECEIPTS-038n", "A receipt is for one or more ids of 16 bytes.", receipts)
        .clauses(&["CON-03"]),
    there(
        "PW-COD-CONTENTTYPE-039p",
        "A content of unknown type is kept for the caller.",
        content_type,
    )
    .clauses(&["CON-02"])
    .mutants(&["D6"]),
    stored("PW-COD-RECORD-040p", "Each stored structure decodes and encodes to itself.", |s| {
        all(s, STATE)
    })
    .clauses(&["STA-01"]),
    spoilt(
        "PW-COD-RECORDMINIMAL-041n",
        "A stored length in more bytes than needed is refused.",
        |s, t| each(s, t, STATE, minimal),
    )
    .mutants(&["D1"]),
    spoilt("PW-COD-RECORDTRAILING-042n", "Bytes behind a stored structure are refused.", |s, t| {
        trailing(s, t, STATE)
    })
    .mutants(&["D2"]),
    spoilt("PW-COD-RECORDNESTED-043n", "Bytes left over in a stored list are refused.", |s, t| {
        each(s, t, STATE, nested)
    })
    .mutants(&["D2"]),
    spoilt("PW-COD-RECORDTRUNCATED-044n", "Truncated stored structures are refused.", |s, t| {
        truncated(s, t, STATE)
    })
    .mutants(&["D3"]),
    spoilt(
        "PW-COD-RECORDHUGE-045n",
        "A huge length in a stored structure is refused at once.",
        |s, t| huge(s, t, STATE),
    )
    .mutants(&["D3", "D4"]),
    spoilt("PW-COD-RECORDENUM-046n", "Unknown values in stored structures are refused.", |s, t| {
        each(s, t, STATE, choice)
    })
    .mutants(&["D6"]),
    spoilt(
        "PW-COD-RECORDPRESENCE-047n",
        "A stored presence byte other than 0 and 1 is refused.",
        |s, t| each(s, t, STATE, presence),
    ),
    spoilt(
        "PW-COD-CHANGE-068n",
        "A change holds a record of its own key, one generation on.",
        change_of,
    )
    .clauses(&["STA-11", "STA-02"]),
    spoilt(
        "PW-COD-SUITE-069n",
        "A stored session of an unknown suite is refused as that, whatever the lengths in it.",
        session_suite,
    ),
];

const fn there(id: &'static str, title: &'static str, run: fn(&mut Scene) -> Outcome) -> Case {
    Case::positive(id, title, run)
        .clauses(&["ENC-01", "ENC-06"])
        .suite("core")
        .needs(Access::L2, DECODE)
}

const fn wrong(
    id: &'static str,
    title: &'static str,
    run: fn(&mut Scene, Twin) -> Outcome,
) -> Case {
    Case::negative(id, title, run).suite("core").needs(Access::L2, DECODE)
}

const fn stored(id: &'static str, title: &'static str, run: fn(&mut Scene) -> Outcome) -> Case {
    there(id, title, run).suite("portable state")
}

const fn spoilt(
    id: &'static str,
    title: &'static str,
    run: fn(&mut Scene, Twin) -> Outcome,
) -> Case {
    wrong(id, title, run).suite("portable state").clauses(&["STA-04"])
}

fn decode_as(scene: &mut Scene, name: &str, bytes: &[u8]) -> Outcome {
    let bytes = hex(bytes);
    scene.iut("codec.decode").text("type", name).text("bytes", &bytes).ok()?.is("bytes", &bytes)?;
    Ok(())
}

fn same(scene: &mut Scene, name: &str) -> Outcome {
    match WIRE.iter().find(|structure| structure.name == name) {
        Some(structure) => decode_as(scene, name, (structure.draft)().bytes()),
        None => Err(Stop::Inconclusive(format!("no structure {name}"))),
    }
}

fn all(scene: &mut Scene, structures: &[Structure]) -> Outcome {
    structures.iter().try_for_each(|one| decode_as(scene, one.name, (one.draft)().bytes()))
}

/// Decodes the one in the control twin, the other in the deviant.
fn judge(scene: &mut Scene, twin: Twin, name: &str, good: &[u8], bad: &[u8]) -> Outcome {
    let call = scene.iut("codec.decode").text("type", name).bytes("bytes", twin.pick(good, bad));
    let place = |stop| match stop {
        Stop::Fail(why) => Stop::Fail(format!("{name} {}: {why}", hex(&bad[..bad.len().min(96)]))),
        other => other,
    };
    call.judged(twin).map_err(place)
}

/// Puts a fault into each place of each structure where it can be.
fn each(
    scene: &mut Scene,
    twin: Twin,
    structures: &[Structure],
    faults: fn(&Draft, &Mark) -> Vec<Vec<u8>>,
) -> Outcome {
    for structure in structures {
        let draft = (structure.draft)();
        for mark in draft.marks() {
            for mut bad in faults(&draft, mark) {
                if structure.name == "InnerFrame" {
                    bad.resize(draft.bytes().len(), 0);
                }
                judge(scene, twin, structure.name, draft.bytes(), &bad)?;
            }
        }
    }
    Ok(())
}

fn trailing(scene: &mut Scene, twin: Twin, structures: &[Structure]) -> Outcome {
    for structure in structures.iter().filter(|structure| !structure.open) {
        let draft = (structure.draft)();
        for tail in [b"\0".as_slice(), b"\x01", &[0; 64]] {
            let bad = [draft.bytes(), tail].concat();
            judge(scene, twin, structure.name, draft.bytes(), &bad)?;
        }
    }
    Ok(())
}

/// Every length, except within a long field, where the first and last two bytes stand for all.
fn truncated(scene: &mut Scene, twin: Twin, structures: &[Structure]) -> Outcome {
    for structure in structures {
        let draft = (structure.draft)();
        let long = |at: usize| {
            let within = |mark: &Mark| {
                let start = mark.at + mark.size;
                mark.what == What::Opaque && at > start + 2 && at + 2 < start + mark.length
            };
            draft.marks().iter().any(|mark| mark.length > 60 && within(mark))
        };
        for at in (0..draft.bytes().len()).filter(|&at| !long(at)) {
            judge(scene, twin, structure.name, draft.bytes(), &draft.bytes()[..at])?;
        }
    }
    Ok(())
}

/// A decoder that allocates before it compares needs up to a gibibyte for each of these.
fn huge(scene: &mut Scene, twin: Twin, structures: &[Structure]) -> Outcome {
    const LONGEST: Duration = Duration::from_secs(2);
    const MOST: u64 = 96 << 20;
    for structure in structures {
        let draft = (structure.draft)();
        for mark in draft.marks().iter().filter(|mark| is_length(mark)) {
            for value in [0x8800_0000_u32, 0xa000_0000, 0xbfff_ffff] {
                let bad = draft.spliced(mark, 0, mark.size, &value.to_be_bytes());
                let before = scene.adapter(Home::Iut)?.peak();
                let started = Instant::now();
                judge(scene, twin, structure.name, draft.bytes(), &bad)?;
                let late = started.elapsed() > LONGEST;
                let after = scene.adapter(Home::Iut)?.peak();
                let large = before.zip(after).is_some_and(|(before, after)| after - before > MOST);
                if twin == Twin::Deviant && (late || large) {
                    let what = if late { "not at once" } else { "after memory was taken for it" };
                    return Err(Stop::Fail(format!("{}: refused, but {what}", structure.name)));
                }
            }
        }
    }
    Ok(())
}

fn grease(scene: &mut Scene) -> Outcome {
    let types: Vec<u16> = (0..16).map(|i| 0x0a0a + i * 0x1010).collect();
    for types in types.chunks(8) {
        let list: Vec<(u16, &[u8])> =
            types.iter().map(|&kind| (kind, b"grease".as_slice())).collect();
        let list = Draft::new().extensions(&list);
        for structure in WIRE {
            let draft = (structure.draft)();
            for mark in draft.marks() {
                if mark.what == What::Extensions && mark.length > 0 {
                    let removed = mark.size + mark.length;
                    let mut bytes = draft.spliced(mark, 0, removed, list.bytes());
                    if structure.name == "InnerFrame" {
                        bytes.resize(draft.bytes().len(), 0);
                    }
                    decode_as(scene, structure.name, &bytes)?;
                }
            }
        }
    }
    Ok(())
}

fn unknown(scene: &mut Scene) -> Outcome {
    let keys: &[(u16, &[u8])] = &[
        (0x0001, &[0x58; 32]),
        (0x0002, b"short"),
        (0x00f0, b""),
        (0x0101, &[9; 32]),
        (0x0a0a, b"?"),
    ];
    let draft = credential_with(keys, &[0xf000, 1, 0x0a0a, 2], &[]);
    decode_as(scene, "Credential", draft.bytes())?;
    // A signer that nobody knows, behind the known ones.
    let list = device_list();
    let Some(mark) = list.marks().iter().rfind(|mark| mark.what == What::Items) else {
        return Err(Stop::Inconclusive("no attestations".to_owned()));
    };
    let content = &list.bytes()[mark.at + mark.size..][..mark.length];
    let signer = Draft::new().u8(9).opaque(b"who").u16(0x0a0a).opaque(b"signature");
    let more =
        [length(mark.length + signer.bytes().len()), content.to_vec(), signer.bytes().to_vec()];
    let bytes = list.spliced(mark, 0, mark.size + mark.length, &more.concat());
    decode_as(scene, "DeviceList", &bytes)
}

fn flags(scene: &mut Scene, twin: Twin) -> Outcome {
    for bit in 1..16 {
        let header = |flags: u16| Draft::new().raw(&[9; 32]).u16(flags).raw(&[0; 6]);
        let (good, bad) = (header(1), header(1 | 1 << bit));
        judge(scene, twin, "Header", good.bytes(), bad.bytes())?;
    }
    Ok(())
}

fn ordered(scene: &mut Scene, twin: Twin) -> Outcome {
    let key = [9_u8; 32];
    for (good, bad) in
        [((1, 0x0101), (0x0101, 1)), ((1, 0x0a0a), (0x0a0a, 1)), ((1, 0x0101), (1, 1))]
    {
        let credential = |(a, b): (u16, u16)| credential_with(&[(a, &key), (b, &key)], &[1], &[]);
        judge(scene, twin, "Credential", credential(good).bytes(), credential(bad).bytes())?;
    }
    for (a, b) in [(2, 1), (1, 1), (0, 1)] {
        let list = |a, b| device_list_with(entry(a).then(entry(b)));
        judge(scene, twin, "DeviceList", list(1, 2).bytes(), list(a, b).bytes())?;
    }
    let list = device_list();
    let Some(mark) = list.marks().iter().rfind(|mark| mark.what == What::Items) else {
        return Err(Stop::Inconclusive("no attestations".to_owned()));
    };
    let content = &list.bytes()[mark.at + mark.size..][..mark.length];
    // The account's attestation: signer, empty id, type, signature with its two bytes of length.
    let (account, device) = content.split_at(1 + 1 + 2 + 2 + 64);
    for bad in [[device, account].concat(), [account, account].concat()] {
        let bad = [length(bad.len()), bad].concat();
        let bad = list.spliced(mark, 0, mark.size + mark.length, &bad);
        judge(scene, twin, "DeviceList", list.bytes(), &bad)?;
    }
    let suites = |suites: &[u16]| credential_with(&[(1, &key), (0x0101, &key)], suites, &[]);
    judge(scene, twin, "Credential", suites(&[1, 2]).bytes(), suites(&[1, 1]).bytes())?;
    judge(scene, twin, "Credential", suites(&[1]).bytes(), suites(&[]).bytes())
}
