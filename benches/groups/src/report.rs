//! The table that closes a run.

use crate::bytes::Bytes;
use crate::operations::Operation;
use crate::scene::Kind;
use sceau_benches::chart::{Bars, draw};
use sceau_benches::paired::least;
use sceau_benches::results::{aim, summary};
use sceau_benches::table::{Ratio, cells, number, or_dash};
use serde_json::{Value, json};
use std::fmt::Write;

/// The libraries' columns.
const COLUMNS: [&str; 5] = ["Sceau", "floor", "openmls", "mls-rs", "mls-rs, AWS-LC"];
/// The peers on the same RustCrypto primitives.
const EQUALS: [&str; 2] = ["openmls", "mls-rs"];

/// An operation, measured.
pub struct Row {
    operation: Operation,
    size: usize,
    kind: Kind,
    suite: &'static str,
    rounds: usize,
    /// Least microseconds, by who.
    times: Vec<(&'static str, f64)>,
    /// To the floor.
    to_floor: Option<Ratio>,
    /// To the faster of the peers on the same primitives.
    to_peer: Option<Ratio>,
    /// To each other.
    to_each: Vec<(&'static str, Ratio)>,
    name: String,
}

/// What an operation should not exceed: of its floor, of the faster peer.
fn aims(operation: Operation, size: usize, kind: Kind) -> [Option<f64>; 2] {
    match (operation, size, kind) {
        (Operation::Create, 1_000, _) => [None, Some(0.5)],
        (Operation::Create, 5_000, _) => [None, Some(0.2)],
        (Operation::Join, 100.., _) => [Some(1.15), Some(1.0)],
        (Operation::Commit, 1_000, Kind::Fresh) => [None, Some(1.0)],
        (Operation::Commit, 1_000, Kind::Grown) => [None, Some(0.7)],
        (Operation::Process, 1_000, _) => [None, Some(0.8)],
        (Operation::Encrypt(_), 1_000, _) => [None, Some(0.7)],
        (Operation::Decrypt(_), 1_000, _) => [Some(1.15), Some(1.0)],
        _ => [None, None],
    }
}

impl Row {
    /// Of what each way took in each round; `names` says whose is whose.
    #[must_use]
    pub fn new(
        (operation, size, kind, suite): (Operation, usize, Kind, &'static str),
        names: &[&'static str],
        taken: &[Vec<f64>],
    ) -> Self {
        let of = |who: &str| names.iter().position(|name| *name == who).map(|at| &taken[at]);
        let times = COLUMNS.iter().filter_map(|who| Some((*who, least(of(who)?)? / 1e3)));
        let times: Vec<_> = times.collect();
        let [floor, peer] = if suite.is_empty() { aims(operation, size, kind) } else { [None; 2] };
        let ratio = |who: &str, aim| Ratio::new(of("Sceau")?, of(who)?, aim);
        let time = |who: &str| times.iter().find(|(name, _)| *name == who).map(|(_, time)| *time);
        let faster = EQUALS.iter().filter_map(|who| Some((time(who)?, *who)));
        let faster = faster.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, who)| who);
        Self {
            operation,
            size,
            kind,
            suite,
            rounds: taken.first().map_or(0, Vec::len),
            to_floor: ratio("floor", floor),
            to_peer: faster.and_then(|who| ratio(who, peer)),
            to_each: COLUMNS[1..]
                .iter()
                .filter_map(|who| Some((*who, ratio(who, None)?)))
                .collect(),
            name: format!("{}{suite}, {size} {}", operation.name(), kind.name()),
            times,
        }
    }

    fn time(&self, who: &str) -> Option<f64> {
        self.times.iter().find(|(name, _)| *name == who).map(|(_, time)| *time)
    }

    fn to_json(&self) -> Value {
        let times = self.times.iter().map(|(who, time)| ((*who).to_owned(), json!(time)));
        let ratios = self.to_each.iter().map(|(who, ratio)| ((*who).to_owned(), ratio.to_json()));
        json!({
            "operation": self.operation.name(),
            "suite": if self.suite.is_empty() { "0001" } else { self.suite.trim() },
            "members": self.size,
            "tree": self.kind.name(),
            "rounds": self.rounds,
            "least_us": times.collect::<serde_json::Map<_, _>>(),
            "to_floor": self.to_floor.as_ref().map(Ratio::to_json),
            "to_faster_peer": self.to_peer.as_ref().map(Ratio::to_json),
            "to": ratios.collect::<serde_json::Map<_, _>>(),
        })
    }
}

/// How an operation's time grows from a thousand to five thousand members: linearly and a fifth more at most.
struct Growth {
    name: String,
    ratio: Ratio,
}

fn growth(rows: &[Row]) -> Vec<Growth> {
    let find = |of: &Row, size| {
        rows.iter().find(|row| {
            (row.operation, row.kind, row.suite) == (of.operation, of.kind, of.suite)
                && row.size == size
        })
    };
    let growing = [Operation::Create, Operation::Join, Operation::Commit];
    let small = rows.iter().filter(|row| row.size == 1_000 && growing.contains(&row.operation));
    let grown = small.filter_map(|small| {
        let value = find(small, 5_000)?.time("Sceau")? / small.time("Sceau")?;
        let name = format!("{}{}, {}", small.operation.name(), small.suite, small.kind.name());
        Some(Growth { name, ratio: Ratio { value, paired: value, aim: Some(6.0) } })
    });
    grown.collect()
}

/// A run: what was measured, and how busy the machine was.
pub struct Report {
    /// Times.
    pub rows: Vec<Row>,
    /// Sizes.
    pub bytes: Vec<Bytes>,
    /// The load averages before and after.
    pub load: [String; 2],
}

impl Report {
    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let heads: String = COLUMNS.iter().map(|who| format!(" {who:>14}")).collect();
        let title = "groups: least time, µs";
        let _ = writeln!(
            out,
            "\n{title:<34}{heads} │ {:<24} │ to the faster of openmls and mls-rs",
            "to floor"
        );
        let ratio = format!("{:>7} {:>7} {:<8}", "ratio", "paired", "aim");
        let _ = writeln!(out, "{:<109} │ {ratio} │ {ratio}", "");
        for row in &self.rows {
            let cell = |who: &&str| format!(" {:>14}", or_dash(row.time(who).map(number)));
            let times: String = COLUMNS.iter().map(cell).collect();
            let ratios = cells(row.to_floor.as_ref()) + &cells(row.to_peer.as_ref());
            let _ = writeln!(out, "{:<34}{times}{}", row.name, ratios.trim_end());
        }
        let growth = growth(&self.rows);
        if !growth.is_empty() {
            let _ = writeln!(out, "\nSceau from 1,000 members to 5,000");
        }
        for Growth { name, ratio } in &growth {
            let (value, aim) = (ratio.value, ratio.aim().unwrap_or_default());
            let _ = writeln!(out, "{name:<34} {value:>14.2} {aim}");
        }
        if !self.bytes.is_empty() {
            let _ = writeln!(out, "\n{:<34}{heads}", "bytes");
        }
        for row in &self.bytes {
            let name = format!("{}, {} {}", row.what, row.size, row.kind.name());
            let of = |who: &&str| row.of.iter().find(|(name, _)| name == who);
            let cell = |who: &&str| format!(" {:>14}", or_dash(of(who).map(|(_, bytes)| *bytes)));
            let cells: String = COLUMNS.iter().map(cell).collect();
            let aim = row.aim.zip(row.missed()).map(|(most, missed)| aim(most, missed));
            let line = format!("{name:<34}{} {}", cells.trim_end(), aim.unwrap_or_default());
            let _ = writeln!(out, "{}", line.trim_end());
        }
        let ratios = self.rows.iter().flat_map(|row| [row.to_floor.as_ref(), row.to_peer.as_ref()]);
        let ratios = ratios.flatten().chain(growth.iter().map(|growth| &growth.ratio));
        let bytes = self.bytes.iter().filter_map(Bytes::missed);
        let met = summary(ratios.filter_map(Ratio::missed).chain(bytes));
        let [before, after] = &self.load;
        let _ = writeln!(out, "{met}; load average {before} before, {after} after");
        out
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let bytes = self.bytes.iter().map(|row| {
            let of = row.of.iter().map(|(who, bytes)| ((*who).to_owned(), json!(bytes)));
            let of = of.collect::<serde_json::Map<_, _>>();
            json!({ "what": row.what, "members": row.size, "tree": row.kind.name(), "bytes": of })
        });
        let growth = growth(&self.rows);
        let growth = growth.iter().map(|growth| (growth.name.clone(), growth.ratio.to_json()));
        json!({
            "operations": self.rows.iter().map(Row::to_json).collect::<Vec<_>>(),
            "growth": growth.collect::<serde_json::Map<_, _>>(),
            "bytes": bytes.collect::<Vec<_>>(),
            "load_average": self.load,
        })
    }

    /// The ratios, drawn.
    #[must_use]
    pub fn svg(&self) -> String {
        fn bars(row: &Row) -> Bars<'_> {
            Bars { name: &row.name, floor: row.to_floor.as_ref(), peer: row.to_peer.as_ref() }
        }
        let shown = |row: &&Row| {
            row.size >= 100 && !matches!(row.operation, Operation::Store | Operation::Load)
        };
        let bars: Vec<_> = self.rows.iter().filter(shown).map(bars).collect();
        draw(&bars, "the faster of openmls and mls-rs on RustCrypto")
    }
}
