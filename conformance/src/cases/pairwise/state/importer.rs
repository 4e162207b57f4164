//! What an importer of the profile *portable state* refuses.

use super::portable::{bad, export, import_call, map, rich};
use super::records::{
    ACCOUNT, BATCH, HEAD, PEER, Record, SESSION as SESSION_RECORD, head, join, parse, without,
};
use crate::case::{Case, Outcome, Twin};
use crate::cases::pairwise::stage::{SESSION, demand, send};
use crate::scene::{Home, Scene};

/// The cases.
pub const CASES: &[Case] = &[
    bad("PW-STA-VERSION-020n", "A record of another version is refused.", |s, t| {
        each(s, t, "unsupported_version", versions)
    })
    .clauses(&["STA-04"])
    .mutants(&["S5"]),
    bad("PW-STA-TRUNCATED-021n", "A truncated state is refused.", truncated)
        .clauses(&["STA-04", "ENC-04", "ENC-13"])
        .mutants(&["D3"]),
    bad("PW-STA-BODY-022n", "A record whose body is truncated or too long is refused.", |s, t| {
        each(s, t, "malformed", bodies)
    })
    .clauses(&["STA-04", "ENC-02", "ENC-13"])
    .mutants(&["D2", "D3"]),
    bad("PW-STA-ORDER-023n", "Records out of order or twice are refused.", |s, t| {
        each(s, t, "malformed", orders)
    })
    .clauses(&["STA-04", "STA-01"]),
    bad("PW-STA-KIND-024n", "A record of unknown kind is refused.", |s, t| {
        each(s, t, "malformed", kinds)
    })
    .clauses(&["STA-04", "ENC-05"])
    .mutants(&["D6"]),
    bad("PW-STA-MISSING-025n", "A state without head or account is refused.", |s, t| {
        each(s, t, "malformed", missing)
    })
    .clauses(&["STA-04"]),
    bad(
        "PW-STA-REFER-026n",
        "A record that refers to one that is not there is refused.",
        |s, t| each(s, t, "malformed", dangling),
    )
    .clauses(&["STA-04"]),
    bad("PW-STA-SUM-027n", "A head whose sum does not agree is refused.", |s, t| {
        each(s, t, "rollback", sums)
    })
    .clauses(&["STA-04", "STA-03"])
    .mutants(&["S1"]),
    bad("PW-STA-MIXED-028n", "A newer state with an older record in it is refused.", mixed)
        .clauses(&["STA-04", "STA-03"])
        .mutants(&["S1"]),
    bad("PW-STA-DELETED-029n", "A newer state from which a record was taken is refused.", taken)
        .clauses(&["STA-04", "STA-03"])
        .mutants(&["S1"]),
    bad(
        "PW-STA-OLDER-030n",
        "A state with fewer changes than the caller knows of is refused.",
        older,
    )
    .clauses(&["STA-04", "STA-05"])
    .mutants(&["S1"]),
];

/// Accepted in the control twin, refused with the class in the deviant; the party is made anew.
fn judge(
    scene: &mut Scene,
    twin: Twin,
    (good, bad): (&[u8], &[u8]),
    least: Option<u64>,
    class: &str,
) -> Outcome {
    let call = import_call(scene, "import", twin.pick(good, bad))?;
    let call = match least {
        Some(least) => call.long("least_changes", least),
        None => call,
    };
    match twin {
        Twin::Control => call.ok().map(drop)?,
        Twin::Deviant => call.refused_with(class)?,
    }
    scene.at(Home::Iut, "party.free").party("import").ok().map(drop)
}

/// Imports the state and each spoilt form of it.
fn each(
    scene: &mut Scene,
    twin: Twin,
    class: &str,
    spoilt: fn(&[Record]) -> Outcome<Vec<Vec<Record>>>,
) -> Outcome {
    let (_, bob) = rich(scene)?;
    let state = export(scene, &bob)?;
    for bad in spoilt(&parse(&state)?)? {
        judge(scene, twin, (&state, &join(&bad)), None, class)?;
    }
    Ok(())
}

/// One state for each record of which `change` makes something else.
fn one_by_one(records: &[Record], change: impl Fn(&mut Record) -> bool) -> Vec<Vec<Record>> {
    let spoil = |index: usize| {
        let mut spoilt = records.to_vec();
        spoilt.get_mut(index).is_some_and(&change).then_some(spoilt)
    };
    (0..records.len()).filter_map(spoil).collect()
}

fn versions(records: &[Record]) -> Outcome<Vec<Vec<Record>>> {
    let mut all = Vec::new();
    for version in [1, 255] {
        all.extend(one_by_one(records, |record| {
            record.version = version;
            true
        }));
    }
    Ok(all)
}

fn bodies(records: &[Record]) -> Outcome<Vec<Vec<Record>>> {
    let mut all = one_by_one(records, |record| record.body.pop().is_some());
    all.extend(one_by_one(records, |record| {
        record.body.push(0);
        true
    }));
    all.extend(one_by_one(records, |record| {
        record.body.clear();
        true
    }));
    Ok(all)
}

fn orders(records: &[Record]) -> Outcome<Vec<Vec<Record>>> {
    let mut all = Vec::new();
    for index in 1..records.len() {
        let mut swapped = records.to_vec();
        swapped.swap(index - 1, index);
        all.push(swapped);
    }
    let mut twice = records.to_vec();
    twice.extend(records.last().cloned());
    all.push(twice);
    Ok(all)
}

/// A record more, of a kind that does not exist; the head counts it.
fn kinds(records: &[Record]) -> Outcome<Vec<Vec<Record>>> {
    let (changes, retired) = head(records)?;
    let more = |kind: u8| {
        let mut more = records.to_vec();
        if let Some(first) = more.first_mut() {
            first.body = [(changes + 1).to_be_bytes(), retired.to_be_bytes()].concat();
        }
        more.push(Record { version: 0, kind, id: vec![1; 32], generation: 1, body: Vec::new() });
        more
    };
    Ok([7, 8, 0x7f, 255].into_iter().map(more).collect())
}

fn missing(records: &[Record]) -> Outcome<Vec<Vec<Record>>> {
    let headless = records.iter().filter(|record| record.kind != HEAD).cloned().collect();
    Ok(vec![headless, without(records, |record| record.kind == ACCOUNT)?, Vec::new()])
}

/// A batch with keys, a peer with a session, a session that a pair names.
fn dangling(records: &[Record]) -> Outcome<Vec<Vec<Record>>> {
    [BATCH, PEER, SESSION_RECORD]
        .into_iter()
        .map(|kind| {
            let of_kind = |record: &&Record| record.kind == kind;
            let chosen = records.iter().find(of_kind).map(Record::key);
            without(records, |record| Some(record.key()) == chosen)
        })
        .collect()
}

fn sums(records: &[Record]) -> Outcome<Vec<Vec<Record>>> {
    let (changes, retired) = head(records)?;
    let with = |changes: u64, retired: u64| {
        one_by_one(records, |record| {
            record.body = [changes.to_be_bytes(), retired.to_be_bytes()].concat();
            record.kind == HEAD
        })
    };
    let mut all = with(changes + 1, retired);
    all.extend(with(changes - 1, retired));
    all.extend(with(changes, retired + 1));
    all.extend(with(u64::MAX, retired));
    all.extend(with(changes, u64::MAX));
    all.extend(one_by_one(records, |record| {
        record.generation += 1;
        record.kind != HEAD
    }));
    Ok(all)
}

/// Ends of records, one byte before and behind, and lengths in between.
fn truncated(scene: &mut Scene, twin: Twin) -> Outcome {
    let (_, bob) = rich(scene)?;
    let state = export(scene, &bob)?;
    let mut ends = vec![0];
    for record in parse(&state)? {
        let last = ends.last().copied().unwrap_or_default();
        ends.push(last + record.encode().len());
    }
    let near = ends.iter().flat_map(|&end| [end.saturating_sub(1), end + 1, end + 2, end + 20]);
    let cuts: Vec<usize> =
        near.chain((0..state.len()).step_by(97)).filter(|&at| at < state.len()).collect();
    for at in cuts.into_iter().filter(|at| !ends.contains(at)) {
        judge(scene, twin, (&state, &state[..at]), None, "malformed")?;
    }
    Ok(())
}

/// Two states, a step apart; the older's session record in the newer.
fn mixed(scene: &mut Scene, twin: Twin) -> Outcome {
    let (_, bob) = rich(scene)?;
    let old = map(&export(scene, &bob)?)?;
    send(scene, &bob, SESSION, "a step")?;
    let new = export(scene, &bob)?;
    let mut records = parse(&new)?;
    let mut replaced = 0;
    for record in records.iter_mut().filter(|record| record.kind == SESSION_RECORD) {
        if let Some(before) = old.get(&record.key()).filter(|before| *before != record) {
            *record = before.clone();
            replaced += 1;
        }
    }
    demand(replaced > 0, "a message was sent, and no session's record has changed")?;
    judge(scene, twin, (&new, &join(&records)), None, "rollback")
}

/// A replay record is gone: nothing refers to it, and yet the sum tells.
fn taken(scene: &mut Scene, twin: Twin) -> Outcome {
    let (_, bob) = rich(scene)?;
    let state = export(scene, &bob)?;
    let records = parse(&state)?;
    let left: Vec<Record> = records.iter().filter(|record| record.kind != 4).cloned().collect();
    demand(left.len() < records.len(), "there is no replay record")?;
    judge(scene, twin, (&state, &join(&left)), None, "rollback")
}

fn older(scene: &mut Scene, twin: Twin) -> Outcome {
    let (_, bob) = rich(scene)?;
    let old = export(scene, &bob)?;
    send(scene, &bob, SESSION, "a step")?;
    let new = export(scene, &bob)?;
    let least = head(&parse(&new)?)?.0;
    judge(scene, twin, (&new, &old), Some(least), "rollback")
}
