//! The table that closes a run.

use crate::bytes::Bytes;
use crate::operations::Operation;
use crate::paired::{Rounds, least, median_ratio};
use crate::results;
use serde_json::{Value, json};
use std::fmt::{Display, Write};

/// A ratio of Sceau's time to another's.
pub struct Ratio {
    /// Of the least times.
    pub value: f64,
    /// Median of the rounds' own ratios.
    pub paired: f64,
    /// What it should not exceed.
    pub aim: Option<f64>,
}

impl Ratio {
    /// Of what two ways took in each round; none where one has not been measured.
    #[must_use]
    pub fn new(a: &[f64], b: &[f64], aim: Option<f64>) -> Option<Self> {
        Some(Self { value: least(a)? / least(b)?, paired: median_ratio(a, b)?, aim })
    }

    /// Whether it exceeds its aim; none where it has none.
    #[must_use]
    pub fn missed(&self) -> Option<bool> {
        self.aim.map(|aim| self.value > aim)
    }

    /// The cell of its aim.
    #[must_use]
    pub fn aim(&self) -> Option<String> {
        Some(results::aim(format_args!("{:.2}", self.aim?), self.missed()?))
    }

    /// For programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "ratio": self.value, "paired": self.paired, "aim": self.aim })
    }
}

/// An operation, measured. Times are in microseconds.
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// Sceau's least time.
    pub sceau: f64,
    /// The floor's.
    pub floor: f64,
    /// The peer's.
    pub peer: Option<f64>,
    /// To the floor.
    pub to_floor: Ratio,
    /// To the peer.
    pub to_peer: Option<Ratio>,
    rounds: usize,
}

impl Row {
    /// Of an operation that was measured.
    #[must_use]
    pub fn new(operation: &Operation, rounds: &Rounds) -> Self {
        let us = |times: &[f64]| least(times).map(|ns| ns / 1e3);
        let aims = operation.aims;
        Row {
            name: operation.name,
            sceau: us(&rounds.sceau).unwrap(),
            floor: us(&rounds.floor).unwrap(),
            peer: us(&rounds.peer),
            to_floor: Ratio::new(&rounds.sceau, &rounds.floor, aims.floor).unwrap(),
            to_peer: Ratio::new(&rounds.sceau, &rounds.peer, aims.peer),
            rounds: rounds.sceau.len(),
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "operation": self.name,
            "rounds": self.rounds,
            "least_us": { "sceau": self.sceau, "floor": self.floor, "vodozemac": self.peer },
            "to_floor": self.to_floor.to_json(),
            "to_vodozemac": self.to_peer.as_ref().map(Ratio::to_json),
        })
    }
}

/// A value, or that there is none.
pub fn or_dash(value: Option<impl Display>) -> String {
    value.map_or_else(|| "–".into(), |value| value.to_string())
}

/// A number with as many places as tell something.
#[must_use]
pub fn number(value: f64) -> String {
    if value < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}

/// The cells of a ratio: itself, the rounds' median, its aim.
#[must_use]
pub fn cells(ratio: Option<&Ratio>) -> String {
    let value = or_dash(ratio.map(|ratio| number(ratio.value)));
    let paired = or_dash(ratio.map(|ratio| number(ratio.paired)));
    let aim = ratio.and_then(Ratio::aim).unwrap_or_default();
    format!(" │ {value:>7} {paired:>7} {aim:<8}")
}

/// Both tables, for people.
#[must_use]
pub fn text(rows: &[Row], bytes: &[Bytes]) -> String {
    let mut out = String::new();
    let title = "least time, µs";
    let _ = writeln!(
        out,
        "\n{title:<28} {:>10} {:>10} {:>10} │ {:<24} │ to vodozemac",
        "Sceau", "floor", "vodozemac", "to floor"
    );
    let heads = format!("{:>7} {:>7} {:<8}", "ratio", "paired", "aim");
    let _ = writeln!(out, "{:<61} │ {heads} │ {heads}", "");
    for row in rows {
        let peer = or_dash(row.peer.map(number));
        let times = format!("{:>10} {:>10} {peer:>10}", number(row.sceau), number(row.floor));
        let ratios = cells(Some(&row.to_floor)) + &cells(row.to_peer.as_ref());
        let _ = writeln!(out, "{:<28} {times}{}", row.name, ratios.trim_end());
    }
    let ratios = rows.iter().flat_map(|row| [Some(&row.to_floor), row.to_peer.as_ref()]);
    let _ = writeln!(out, "{}", results::summary(ratios.flatten().filter_map(Ratio::missed)));
    if !bytes.is_empty() {
        let _ = writeln!(out, "\n{:<28} {:>10} {:>10} {:>10}", "bytes", "Sceau", "", "vodozemac");
    }
    for row in bytes {
        let _ = writeln!(out, "{:<28} {:>10} {:>21}", row.name, row.sceau, or_dash(row.peer));
    }
    out
}

/// Both tables, for programs.
#[must_use]
pub fn json(rows: &[Row], bytes: &[Bytes]) -> Value {
    let of = |row: &Bytes| json!({ "what": row.name, "sceau": row.sceau, "vodozemac": row.peer });
    json!({
        "operations": rows.iter().map(Row::to_json).collect::<Vec<_>>(),
        "bytes": bytes.iter().map(of).collect::<Vec<_>>(),
    })
}
