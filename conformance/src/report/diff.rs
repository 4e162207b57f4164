//! The difference between two reports.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads a report: its folder or its file.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn read(path: &Path) -> Result<Value, String> {
    let file = if path.is_dir() { path.join("report.json") } else { path.to_owned() };
    let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let report: Value =
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
    match report.get("schema").and_then(Value::as_str) {
        Some("sceau-report-0") => Ok(report),
        _ => Err(format!("{}: not a report", file.display())),
    }
}

/// What differs, a line each; `volatile` aside.
#[must_use]
pub fn difference(a: &Value, b: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for member in ["conclusion", "item", "method", "seeds", "hashes", "self_test", "gaps"] {
        compare(member, &a[member], &b[member], &mut lines);
    }
    let (before, after) = (cases(a), cases(b));
    for (id, old) in &before {
        match after.get(id) {
            Some(new) if new == old => {}
            Some(new) => lines.push(format!("{id}: {} -> {}", told(old), told(new))),
            None => lines.push(format!("{id}: {} -> not in the second", told(old))),
        }
    }
    for (id, new) in after.iter().filter(|(id, _)| !before.contains_key(*id)) {
        lines.push(format!("{id}: not in the first -> {}", told(new)));
    }
    lines
}

fn compare(name: &str, a: &Value, b: &Value, lines: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let names: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in names {
                let (old, new) = (a.get(key), b.get(key));
                let null = Value::Null;
                compare(
                    &format!("{name}.{key}"),
                    old.unwrap_or(&null),
                    new.unwrap_or(&null),
                    lines,
                );
            }
        }
        _ if a == b => {}
        _ => lines.push(format!("{name}: {a} -> {b}")),
    }
}

fn cases(report: &Value) -> BTreeMap<&str, (&str, &str)> {
    let list = report["cases"].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .map(|case| (text(case, "id"), (text(case, "verdict"), text(case, "reason"))))
        .collect()
}

fn text<'v>(case: &'v Value, name: &str) -> &'v str {
    case[name].as_str().unwrap_or_default()
}

fn told(&(verdict, reason): &(&str, &str)) -> String {
    if reason.is_empty() { verdict.to_owned() } else { format!("{verdict} ({reason})") }
}
