//! The table that closes a run.

use serde_json::Value;
use std::path::Path;

/// A row: an operation, its floor, and the ratio that it should not exceed.
pub struct Row {
    /// Name of the benchmark's group; the operation is measured as `sceau`, its floor as `floor`.
    pub group: &'static str,
    /// The ratio aimed at.
    pub aim: f64,
}

/// Prints operation, floor and ratio of each row that has been measured, from criterion's estimates in `folder`.
pub fn print(folder: &Path, rows: &[Row]) {
    println!(
        "\n{:<24} {:>12} {:>12} {:>7} {:>7}",
        "operation", "sceau µs", "floor µs", "ratio", "aim"
    );
    for row in rows {
        let of = |what: &str| median(&folder.join(row.group).join(what).join("new/estimates.json"));
        match (of("sceau"), of("floor")) {
            (Some(sceau), Some(floor)) => {
                let (a, b, ratio) = (sceau / 1e3, floor / 1e3, sceau / floor);
                println!("{:<24} {a:>12.2} {b:>12.2} {ratio:>7.2} {:>7.2}", row.group, row.aim);
            }
            _ => println!("{:<24} not measured", row.group),
        }
    }
}

/// The median in nanoseconds.
fn median(file: &Path) -> Option<f64> {
    let estimates: Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}
