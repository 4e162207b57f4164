//! Records with suites and key types that nobody has, and with numbers that cannot grow any more.

use super::portable::{bad, export, import_call, rich};
use super::records::{ACCOUNT, BATCH, Reader, Record, SESSION as SESSION_RECORD, join, parse};
use crate::case::{Access, Case, Outcome, Twin};
use crate::cases::pairwise::stage::{DAY, LIFETIME, PORT_RENEW, batch_call};
use crate::scene::{Home, Party, START, Scene};

/// The cases.
pub const CASES: &[Case] = &[
    bad("PW-STA-SUITE-041n", "A session of a suite that the importer lacks is refused.", |s, t| {
        unknown(s, t, SESSION_RECORD, |_| Ok(vec![0]))
    })
    .clauses(&["STA-04"]),
    bad("PW-STA-SUITE-042n", "A batch of a suite that the importer lacks is refused.", |s, t| {
        unknown(s, t, BATCH, |_| Ok(vec![1]))
    })
    .clauses(&["STA-04"]),
    bad(
        "PW-STA-SUITE-043n",
        "A private key of a type that the importer lacks is refused.",
        |s, t| unknown(s, t, ACCOUNT, key_types),
    )
    .clauses(&["STA-04", "ID-03"]),
    bad("PW-STA-LAST-044n", "After the last number no list is signed anew.", |s, t| {
        last(s, t, ("party.reissue_list", "limit"), list_number)
    })
    .clauses(&["ID-25", "ID-21"])
    .needs(Access::L2, PORT_RENEW),
    bad("PW-STA-LAST-045n", "After the last number of a list nothing is renewed.", |s, t| {
        last(s, t, ("pw.renew", "limit"), list_number)
    })
    .clauses(&["ID-25", "ID-15"])
    .needs(Access::L2, PORT_RENEW),
    bad("PW-STA-LAST-046n", "After the last generation nothing is renewed.", |s, t| {
        last(s, t, ("pw.renew", "limit"), generation)
    })
    .clauses(&["ID-25", "ID-15"])
    .needs(Access::L2, PORT_RENEW),
    bad("PW-STA-LAST-047n", "After the last generation no batch is made.", |s, t| {
        last(s, t, ("pw.batch", "limit"), batch_generation)
    })
    .clauses(&["ID-25"]),
];

/// Imports Bob's state with the two bytes at each of these places of the records of a kind set to what nobody knows.
fn unknown(
    scene: &mut Scene,
    twin: Twin,
    kind: u8,
    places: fn(&Record) -> Outcome<Vec<usize>>,
) -> Outcome {
    let (_, bob) = rich(scene)?;
    let state = export(scene, &bob)?;
    let records = parse(&state)?;
    for (index, record) in records.iter().enumerate().filter(|(_, record)| record.kind == kind) {
        for place in places(record)? {
            let mut spoilt = records.clone();
            set(spoilt.get_mut(index), place, &0xf042_u16.to_be_bytes());
            let call = import_call(scene, "import", &twin.pick(state.clone(), join(&spoilt)))?;
            match twin {
                Twin::Control => call.ok().map(drop)?,
                Twin::Deviant => call.refused_with("unsupported_suite")?,
            }
            scene.at(Home::Iut, "party.free").party("import").ok()?;
        }
    }
    Ok(())
}

fn set(record: Option<&mut Record>, place: usize, bytes: &[u8]) {
    let place = place..place + bytes.len();
    if let Some(target) = record.and_then(|record| record.body.get_mut(place)) {
        target.copy_from_slice(bytes);
    }
}

/// The last type of the account's keys, and of the device's.
fn key_types(account: &Record) -> Outcome<Vec<usize>> {
    let mut reader = Reader(&account.body);
    let mut places = Vec::new();
    for _ in 0..2 {
        let mut keys = Reader(reader.opaque()?);
        let mut last = keys.0.len();
        while !keys.0.is_empty() {
            last = keys.0.len();
            keys.take(2)?;
            keys.opaque()?;
        }
        places.push(account.body.len() - reader.0.len() - last);
    }
    Ok(places)
}

/// Behind the private keys: where the list's number stands.
fn list_number(account: &Record) -> Outcome<(usize, usize)> {
    let mut reader = Reader(&account.body);
    for _ in 0..2 {
        reader.opaque()?;
    }
    reader.take(1)?;
    reader.opaque()?;
    Ok((account.body.len() - reader.0.len(), 8))
}

/// Behind the list: where the credential's generation stands.
fn generation(account: &Record) -> Outcome<(usize, usize)> {
    let (at, _) = list_number(account)?;
    let mut reader = Reader(account.body.get(at..).unwrap_or_default());
    reader.take(8 + 8)?;
    for _ in 0..3 {
        reader.opaque()?;
    }
    reader.take(1)?;
    reader.opaque()?;
    reader.take(8)?;
    Ok((account.body.len() - reader.0.len(), 4))
}

fn batch_generation(account: &Record) -> Outcome<(usize, usize)> {
    Ok((account.body.len() - 4, 4))
}

/// Imports Bob's state with a number set to the largest (deviant) or the one before, and has it grow.
fn last(
    scene: &mut Scene,
    twin: Twin,
    (cmd, class): (&str, &str),
    place: fn(&Record) -> Outcome<(usize, usize)>,
) -> Outcome {
    let (_, bob) = rich(scene)?;
    let mut records = parse(&export(scene, &bob)?)?;
    for record in records.iter_mut().filter(|record| record.kind == ACCOUNT) {
        let (at, size) = place(record)?;
        let number = (u64::MAX - twin.pick(1, 0)).to_be_bytes();
        set(Some(record), at, number.get(8 - size..).unwrap_or_default());
    }
    import_call(scene, "import", &join(&records))?.ok()?;
    let party = Party { name: "import", ..bob.party };
    let call = match cmd {
        "pw.batch" => batch_call(scene, party, 1, 1, LIFETIME),
        "pw.renew" => scene.call(party, cmd).long("not_after", START + 400 * DAY),
        _ => scene.call(party, cmd),
    };
    match twin {
        Twin::Control => call.accepted().map(drop),
        Twin::Deviant => call.refused_with(class),
    }
}
