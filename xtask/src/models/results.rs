//! What the tools say.

use crate::error::{About, Error, Result};
use crate::models::registry::Tool;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// The answer to one query.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub enum Outcome {
    /// Proved (ProVerif), or true in every state tried (search).
    #[serde(rename = "true")]
    True,
    /// An attack, or a state that is reached.
    #[serde(rename = "false")]
    False,
    /// ProVerif shows what tells two processes apart. (It never calls an equivalence false.)
    #[serde(rename = "distinguished")]
    Distinguished,
    /// Neither.
    #[serde(rename = "cannot be proved")]
    Unproved,
    /// Verifpal's search ended without an attack.
    #[serde(rename = "no attack found")]
    NoAttack,
    /// Verifpal found an attack.
    #[serde(rename = "attack found")]
    Attack,
    /// Verifpal found no attack and did not search to the end of its bound.
    #[serde(rename = "search cut short")]
    CutShort,
}

impl Outcome {
    /// Whether the tool can say so.
    pub fn is_of(self, tool: Tool) -> bool {
        match tool {
            Tool::ProVerif => !matches!(self, Self::NoAttack | Self::Attack | Self::CutShort),
            Tool::Search => matches!(self, Self::True | Self::False),
            Tool::Verifpal => matches!(self, Self::NoAttack | Self::Attack),
        }
    }

    /// Whether the query holds, as far as the tool can tell.
    pub fn holds(self) -> bool {
        matches!(self, Self::True | Self::NoAttack)
    }

    /// Whether the tool shows that it does not.
    pub fn fails(self) -> bool {
        matches!(self, Self::False | Self::Distinguished | Self::Attack)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::True => "true",
            Self::False => "false",
            Self::Distinguished => "distinguished",
            Self::Unproved => "cannot be proved",
            Self::NoAttack => "no attack found",
            Self::Attack => "attack found",
            Self::CutShort => "search cut short",
        })
    }
}

/// The answers in a tool's standard output, in its order.
pub fn outcomes(tool: Tool, output: &str) -> Result<Vec<Outcome>> {
    match tool {
        Tool::ProVerif | Tool::Search => result_lines(output),
        Tool::Verifpal => verifpal(output),
    }
}

/// Lines such as `RESULT not attacker(k[]) is true.` ProVerif puts what it knows besides into
/// brackets (`RESULT (but …)`, `RESULT (even …)`, `RESULT (query encoded as …)`); a result that
/// rests on something unproved begins with `PARTIAL` and is none. Of an equivalence that does not hold it says
/// that it cannot be proved, after it has found a trace that shows the difference.
fn result_lines(output: &str) -> Result<Vec<Outcome>> {
    let besides = ["(but ", "(even ", "(query encoded as "];
    let mut found = Vec::new();
    let mut before = "";
    for line in output.lines() {
        let has_trace = before == "A trace has been found.";
        before = line;
        let Some(said) = line.strip_prefix("RESULT ") else { continue };
        if besides.iter().any(|start| said.starts_with(start)) {
            continue;
        }
        found.push(match said.trim_end().trim_end_matches('.') {
            said if said.ends_with(" is true") => Outcome::True,
            said if said.ends_with(" is false") => Outcome::False,
            said if said.ends_with(" cannot be proved") && has_trace => Outcome::Distinguished,
            said if said.ends_with(" cannot be proved") => Outcome::Unproved,
            _ => return Err(Error::new(format!("a result that says nothing known: {line}"))),
        });
    }
    Ok(found)
}

/// The report of `verifpal verify --format json` on one model.
fn verifpal(output: &str) -> Result<Vec<Outcome>> {
    let report: Value = serde_json::from_str(output).about("Verifpal's report")?;
    if report.get("ok").and_then(Value::as_bool) != Some(true) {
        let why = report.pointer("/models/0/error").map(Value::to_string).unwrap_or_default();
        return Err(Error::new(format!("Verifpal refuses the model: {why}")));
    }
    let queries = report.pointer("/models/0/analysis/queries").and_then(Value::as_array);
    let queries = queries.ok_or_else(|| Error::new("Verifpal's report has no queries"))?;
    let outcome = |query: &Value| {
        let flag = |pointer| query.pointer(pointer).and_then(Value::as_bool);
        match (flag("/resolved"), flag("/envelope/exhausted")) {
            (Some(true), _) => Ok(Outcome::Attack),
            (Some(false), Some(true)) => Ok(Outcome::NoAttack),
            (Some(false), Some(false)) => Ok(Outcome::CutShort),
            _ => Err(Error::new("a query of Verifpal's report has no verdict")),
        }
    };
    queries.iter().map(outcome).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROVERIF: &str = "\
-- Query not attacker(m[]) in process 0.
Translating the process into Horn clauses...
RESULT not attacker(m[]) is true.
A trace has been found.
RESULT inj-event(Accept(a)) ==> inj-event(Start(a)) is false.
RESULT (but event(Accept(a)) ==> event(Start(a)) is true.)
RESULT (query encoded as event(x) ==> event(y))
RESULT (even event(Accept(a)) ==> event(Start(a)) is false.)
RESULT Observational equivalence cannot be proved.
A trace has been found.
RESULT Observational equivalence cannot be proved.
PARTIAL RESULT not attacker(k[]) is true if the inductive queries can be proved.

Verification summary:
Query not attacker(m[]) is true.
";

    #[test]
    fn proverif_says_one_result_a_query() -> Result {
        let found = outcomes(Tool::ProVerif, PROVERIF)?;
        let equivalences = [Outcome::Unproved, Outcome::Distinguished];
        assert_eq!(found, [&[Outcome::True, Outcome::False], &equivalences[..]].concat());
        Ok(())
    }

    #[test]
    fn an_unknown_result_is_refused() {
        assert!(outcomes(Tool::ProVerif, "RESULT no biprocess can be computed\n").is_err());
    }

    fn report(resolved: bool, exhausted: bool) -> String {
        let query = format!(
            r#"{{"resolved":{resolved},"envelope":{{"sessions":2,"exhausted":{exhausted}}}}}"#
        );
        format!(r#"{{"ok":true,"models":[{{"analysis":{{"queries":[{query}]}}}}]}}"#)
    }

    #[test]
    fn verifpal_never_proves() -> Result {
        assert_eq!(outcomes(Tool::Verifpal, &report(false, true))?, [Outcome::NoAttack]);
        assert_eq!(outcomes(Tool::Verifpal, &report(true, true))?, [Outcome::Attack]);
        assert_eq!(outcomes(Tool::Verifpal, &report(false, false))?, [Outcome::CutShort]);
        Ok(())
    }

    #[test]
    fn a_model_that_verifpal_refuses_is_an_error() {
        let refused = r#"{"ok":false,"models":[{"ok":false,"error":"expected a query"}]}"#;
        let error = outcomes(Tool::Verifpal, refused);
        assert!(error.is_err_and(|error| error.to_string().contains("expected a query")));
        assert!(outcomes(Tool::Verifpal, "").is_err());
        assert!(outcomes(Tool::Verifpal, r#"{"ok":true,"models":[]}"#).is_err());
    }
}
