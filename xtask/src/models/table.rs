//! What `cargo models` prints.

use crate::models::registry::Tool;
use crate::models::results::Outcome;
use std::collections::BTreeMap;

/// One query and what came of it.
#[derive(Debug)]
pub struct Line {
    /// The goal.
    pub claim: String,
    /// The run.
    pub run: String,
    /// The query.
    pub query: String,
    /// What answered.
    pub tool: Tool,
    /// What was to come.
    pub expected: String,
    /// What came.
    pub got: String,
    /// The answer, if there is one.
    pub outcome: Option<Outcome>,
    /// Of the run.
    pub seconds: f64,
}

impl Line {
    /// Whether the answer is the one expected.
    pub fn is_as_expected(&self) -> bool {
        self.outcome.is_some() && self.expected == self.got
    }
}

/// The table: claim, model, query, tool, expected, got, seconds. What differs is marked.
pub fn print(lines: &[Line]) {
    if lines.is_empty() {
        return;
    }
    let head = ["claim", "model", "query", "tool", "expected", "got", "seconds"];
    let mut rows = vec![head.map(str::to_owned)];
    for line in lines {
        let mark = if line.is_as_expected() { "" } else { "  <==" };
        rows.push([
            line.claim.clone(),
            line.run.clone(),
            line.query.clone(),
            line.tool.to_string(),
            line.expected.clone(),
            line.got.clone(),
            format!("{:.1}{mark}", line.seconds),
        ]);
    }
    let mut widths = [0; 7];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// How many claims stand how.
pub fn standings(standings: impl Iterator<Item = String>) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for standing in standings {
        *counts.entry(standing).or_default() += 1;
    }
    for (standing, count) in counts {
        let claims = if count == 1 { "claim" } else { "claims" };
        println!("{count} {claims}: {}", if standing.is_empty() { "nothing" } else { &standing });
    }
}
