//! The table of ratios, measured in turn; see the crate's front page.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "benchmarks")]

use sceau_benches::operations::{ALL, chosen};
use sceau_benches::paired::{Effort, measure};
use sceau_benches::table::{Row, json, text};
use sceau_benches::{bytes, chart, results};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--count") {
        return count(&arguments[at + 1..]);
    }
    let test = arguments.iter().any(|argument| argument == "--test");
    let words: Vec<_> = arguments.into_iter().filter(|word| !word.starts_with('-')).collect();
    let effort = if test { Effort::TEST } else { Effort::FULL };
    let rows: Vec<Row> = chosen(&words)
        .map(|operation| {
            eprintln!("in turn: {}", operation.name);
            Row::new(operation, &measure(operation, effort))
        })
        .collect();
    let bytes = if words.is_empty() { bytes::all() } else { Vec::new() };
    let (text, json) = (text(&rows, &bytes), json(&rows, &bytes));
    let svg = chart::svg(&rows);
    if test {
        println!("{} operations and {} sizes: they run", rows.len(), bytes.len());
        return;
    }
    let json = serde_json::to_string_pretty(&json).unwrap();
    println!("{text}\n{}", results::write(&[("table.json", &json), ("ratios.svg", &svg)]));
}

/// `--count NAME WHO N`
fn count(arguments: &[String]) {
    let [name, who, n, ..] = arguments else { panic!("--count NAME sceau|floor|vodozemac N") };
    let operation = ALL.iter().find(|operation| operation.name == name);
    let ways = (operation.unwrap_or_else(|| panic!("no operation {name}")).ways)();
    let run = match who.as_str() {
        "sceau" => Some(ways.sceau),
        "floor" => Some(ways.floor),
        "vodozemac" => ways.peer,
        _ => None,
    };
    let mut run = run.unwrap_or_else(|| panic!("{name} has no {who}"));
    (run)(n.parse().unwrap());
}
