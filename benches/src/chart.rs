//! The ratios, drawn.

use crate::table::{Ratio, Row};
use std::fmt::Write;

/// What is drawn of an operation.
pub struct Bars<'a> {
    /// Its name.
    pub name: &'a str,
    /// Sceau's time to the floor's.
    pub floor: Option<&'a Ratio>,
    /// And to the peer's.
    pub peer: Option<&'a Ratio>,
}

/// Pixels: from the left to the axis, of the axis, of a row.
const LEFT: f64 = 200.0;
const WIDTH: f64 = 560.0;
const ROW: f64 = 34.0;
const TOP: f64 = 64.0;
const FLOOR: &str = "#3b6ea5";
const PEER: &str = "#d08a2e";

/// Where a ratio lies on the axis, which is logarithmic from 1/64 to 16.
fn x(ratio: f64) -> f64 {
    LEFT + (ratio.log2().clamp(-6.0, 4.0) + 6.0) / 10.0 * WIDTH
}

/// A bar from 1 to the ratio, its value, and a stroke where its aim is.
fn bar(out: &mut String, y: f64, ratio: &Ratio, colour: &str) {
    let (one, at) = (x(1.0), x(ratio.value));
    let (start, width) = (one.min(at), (one - at).abs().max(1.0));
    let _ = writeln!(
        out,
        r#"<rect x="{start:.1}" y="{y:.1}" width="{width:.1}" height="11" fill="{colour}"/>"#
    );
    // To the right of both, so that the stroke does not cross it.
    let right = ratio.aim.map_or(at, |aim| at.max(x(aim)));
    let (text, anchor) = if at < one { (at - 4.0, "end") } else { (right + 4.0, "start") };
    let (value, below) = (ratio.value, y + 9.5);
    let _ = writeln!(
        out,
        r#"<text x="{text:.1}" y="{below:.1}" text-anchor="{anchor}" font-size="10">{value:.2}</text>"#
    );
    if let Some(aim) = ratio.aim {
        let (at, high, low) = (x(aim), y - 1.5, y + 12.5);
        let _ = writeln!(
            out,
            r##"<line x1="{at:.1}" y1="{high:.1}" x2="{at:.1}" y2="{low:.1}" stroke="#b00" stroke-width="2"/>"##
        );
    }
}

/// An SVG: for each operation Sceau's time as a multiple of its floor's and of vodozemac's.
#[must_use]
pub fn svg(rows: &[Row]) -> String {
    fn bars(row: &Row) -> Bars<'_> {
        Bars { name: row.name, floor: Some(&row.to_floor), peer: row.to_peer.as_ref() }
    }
    draw(&rows.iter().map(bars).collect::<Vec<_>>(), "vodozemac")
}

/// The same of any operations and any peer.
#[must_use]
pub fn draw(rows: &[Bars<'_>], peer: &str) -> String {
    let height = TOP + rows.len() as f64 * ROW + 10.0;
    let total = LEFT + WIDTH + 60.0;
    let mut out = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="10" y="20" font-size="14">Sceau's time as a multiple of another's; less is better</text>
<rect x="10" y="30" width="11" height="11" fill="{FLOOR}"/><text x="26" y="40">of its floor, the bare primitives</text>
<rect x="230" y="30" width="11" height="11" fill="{PEER}"/><text x="246" y="40">of {peer}</text>
<line x1="560" y1="29" x2="560" y2="43" stroke="#b00" stroke-width="2"/><text x="568" y="40">aim</text>
"##
    );
    for power in -6..=4 {
        let ratio = 2f64.powi(power);
        let (at, above, low) = (x(ratio), TOP - 6.0, height - 8.0);
        let name = if power < 0 { format!("1/{}", 2f64.powi(-power)) } else { ratio.to_string() };
        let colour = if power == 0 { "#444" } else { "#ddd" };
        let _ = writeln!(
            out,
            r##"<line x1="{at:.1}" y1="{TOP}" x2="{at:.1}" y2="{low}" stroke="{colour}"/><text x="{at:.1}" y="{above}" text-anchor="middle" font-size="10" fill="#666">{name}</text>"##
        );
    }
    for (i, row) in rows.iter().enumerate() {
        let y = TOP + i as f64 * ROW + 5.0;
        let (end, middle) = (LEFT - 10.0, y + 16.0);
        let _ =
            writeln!(out, r#"<text x="{end}" y="{middle}" text-anchor="end">{}</text>"#, row.name);
        if let Some(ratio) = row.floor {
            bar(&mut out, y, ratio, FLOOR);
        }
        if let Some(ratio) = row.peer {
            bar(&mut out, y + 13.0, ratio, PEER);
        }
    }
    out + "</svg>\n"
}
