//! Clauses against cases.

use crate::cases;
use crate::cli::Refusal;
use crate::exit::Exit;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Prints each clause of the map with its cases, then what is open.
///
/// # Errors
/// The map cannot be read.
pub fn run(map: &Path, check: bool) -> Result<Exit, Refusal> {
    let usage = |why: String| (Exit::Usage, format!("{}: {why}", map.display()));
    let text = std::fs::read_to_string(map).map_err(|error| usage(error.to_string()))?;
    let table: toml::Table =
        text.parse().map_err(|error: toml::de::Error| usage(error.to_string()))?;
    let mut clauses = BTreeSet::new();
    collect(&toml::Value::Table(table), &mut clauses);

    let mut covered: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let all = cases::all();
    for case in &all {
        for clause in case.clauses {
            covered.entry(clause).or_default().push(case.id);
        }
    }
    let none: Vec<&String> = clauses.iter().filter(|c| !covered.contains_key(c.as_str())).collect();
    // Clauses of the adapter protocol stand in ADAPTERS.md, not in the specification.
    let stray = |clause: &&str| !clause.starts_with("ADP-") && !clauses.contains(*clause);
    let unknown: Vec<&str> = covered.keys().copied().filter(stray).collect();
    for (clause, cases) in &covered {
        println!("{clause:<8} {}", cases.join(" "));
    }
    println!("\nwithout a case: {}", none.iter().map(|c| c.as_str()).collect::<Vec<_>>().join(" "));
    println!("not in the map: {}", unknown.join(" "));
    println!("{} clauses, {} without a case", clauses.len(), none.len());
    let open = !none.is_empty() || !unknown.is_empty();
    Ok(if check && open { Exit::Inconclusive } else { Exit::Conformant })
}

/// Collects clause ids wherever the map has them as a key, or as the value of `clause` or `id`.
fn collect(value: &toml::Value, into: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                if is_clause(key) {
                    into.insert(key.clone());
                }
                if let (true, Some(id)) = (key == "clause" || key == "id", value.as_str())
                    && is_clause(id)
                {
                    into.insert(id.to_owned());
                }
                collect(value, into);
            }
        }
        toml::Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        _ => {}
    }
}

/// Whether it looks as `HS-07` does.
fn is_clause(text: &str) -> bool {
    text.split_once('-').is_some_and(|(topic, number)| {
        (2..=4).contains(&topic.len())
            && topic.bytes().all(|b| b.is_ascii_uppercase())
            && number.len() >= 2
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}
