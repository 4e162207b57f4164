//! The report of a run: `report.json` for programs, `summary.txt` for people, transcripts beside.
//!
//! It has the items of ISO/IEC 17025:2017 §7.8.2 that a program can know. Two runs with fed
//! randomness and one seed differ only in the member `volatile`. (Transcripts of the cases that run unfed
//! differ too.)

mod diff;
mod summary;
mod write;

pub use diff::{difference, read};
pub use summary::summary;
pub use write::{Transcripts, write};

use crate::case::{Access, Case, Level, Verdict};
use crate::digest::hex;
use crate::exit::Exit;
use crate::runner::{CaseResult, Options, Results};
use crate::selftest::{self, Check};
use crate::wire::{Hello, Randomness};
use crate::{EDITION, digest};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How the verdicts of the cases become one.
pub const DECISION_RULE: &str = "Nonconformant: a case of level MUST fails (a crash is a failure). \
Incomplete: none of these, but a case is inconclusive, a case of level SHOULD fails, a case that the \
declared profiles, access level and this edition make mandatory was not run, the harness's self-test \
failed, `core` is not among the declared profiles, or one of them has no case that passed. Conformant: none of \
these, for the whole suite at the stated access level. Selected: none of these, for a selection of \
cases. Unsupported and attested cases never count as passed. Verdicts are exact; there is no \
measurement uncertainty to account for.";

/// What a run comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Conclusion {
    /// Every mandatory case passed.
    Conformant,
    /// Every case of a selection passed; says nothing of the others.
    Selected,
    /// Something stayed open.
    Incomplete,
    /// A mandatory case failed.
    Nonconformant,
}

impl Conclusion {
    /// Its exit code.
    #[must_use]
    pub fn exit(self) -> Exit {
        match self {
            Conclusion::Conformant | Conclusion::Selected => Exit::Conformant,
            Conclusion::Incomplete => Exit::Inconclusive,
            Conclusion::Nonconformant => Exit::Nonconformity,
        }
    }
}

/// A report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `sceau-report-0`.
    pub schema: &'static str,
    /// The verdict of all.
    pub conclusion: Conclusion,
    /// Cases passed, failed (inconclusive ones among them) and skipped.
    pub totals: Totals,
    /// Who tested.
    pub laboratory: String,
    /// What was tested.
    pub item: Item,
    /// How.
    pub method: Method,
    /// The inputs that make the run repeatable.
    pub seeds: Seeds,
    /// SHA-256 of everything that has a part in the result; null where it was not given.
    pub hashes: BTreeMap<&'static str, Option<String>>,
    /// What the harness checked of itself.
    pub self_test: Vec<Check>,
    /// What the report cannot say.
    pub gaps: Vec<String>,
    /// Results by clause.
    pub clauses: Vec<ClauseResult>,
    /// Results by case, in the suite's order.
    pub cases: Vec<CaseEntry>,
    /// What differs from run to run.
    pub volatile: Volatile,
}

/// Counts of cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Passed.
    pub passed: usize,
    /// Failed, crashed or inconclusive.
    pub failed: usize,
    /// Of these, inconclusive.
    pub inconclusive: usize,
    /// Unsupported or attested.
    pub skipped: usize,
}

/// The item under test.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// The command line of its adapter.
    pub command: Vec<String>,
    /// What the adapter declared.
    pub declared: Hello,
    /// The command line of the peer.
    pub peer_command: Option<Vec<String>>,
    /// What the peer declared.
    pub peer: Option<Hello>,
}

/// The method.
#[derive(Clone, Debug, Serialize)]
pub struct Method {
    /// Name of the suite.
    pub suite: &'static str,
    /// Its edition.
    pub edition: &'static str,
    /// Version of the runner.
    pub runner: &'static str,
    /// Access level tested at.
    pub level: Access,
    /// The patterns that selected cases; empty for the whole suite.
    pub selection: Vec<String>,
    /// Longest time that one answer might take, milliseconds.
    pub timeout_ms: u128,
    /// How the verdicts become one.
    pub decision_rule: &'static str,
    /// What no suite can find.
    pub limits: &'static str,
}

/// The seeds.
#[derive(Clone, Debug, Serialize)]
pub struct Seeds {
    /// Seed of the run, hexadecimal.
    pub run: String,
    /// Source of the implementation's randomness.
    pub randomness: Randomness,
}

/// What the cases say of a clause.
#[derive(Clone, Debug, Serialize)]
pub struct ClauseResult {
    /// The clause.
    pub clause: String,
    /// The worst verdict of its cases.
    pub verdict: Verdict,
    /// Its cases that passed.
    pub passed: Vec<&'static str>,
    /// Its cases that did not: the gaps in what the verdict rests on, or what it failed for.
    pub open: Vec<&'static str>,
}

/// What came of a case.
#[derive(Clone, Debug, Serialize)]
pub struct CaseEntry {
    /// Its id.
    pub id: &'static str,
    /// Its sentence.
    pub title: &'static str,
    /// Its clauses.
    pub clauses: &'static [&'static str],
    /// Strength of the requirement.
    pub level: Level,
    /// Access that it needs.
    pub access: Access,
    /// `negative` or `positive`.
    pub polarity: &'static str,
    /// Whether the implementation drew its own randomness, whatever the run's source was.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unfed: bool,
    /// The suite that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suite: Option<&'static str>,
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether the adapter crashed in it.
    pub crashed: bool,
    /// Why it did not pass: what was got.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Where the transcript of a case that failed is, below the report's folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
}

/// What differs from run to run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Volatile {
    /// Unique name of this report.
    pub id: String,
    /// Beginning, seconds since 1970.
    pub started: u64,
    /// End, seconds since 1970.
    pub finished: u64,
    /// Worker threads.
    pub jobs: usize,
    /// Operating system and processor.
    pub machine: String,
}

/// What the runner alone does not know.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Who tests.
    pub laboratory: Option<String>,
    /// Folder of the specification.
    pub specification: Option<PathBuf>,
    /// Folder of the vectors.
    pub vectors: Option<PathBuf>,
    /// Patterns that selected cases.
    pub selection: Vec<String>,
    /// What differs from run to run.
    pub volatile: Volatile,
}

impl Report {
    /// Puts a report together.
    #[must_use]
    pub fn new(cases: &[Case], options: &Options, results: &Results, context: Context) -> Self {
        let self_test = selftest::run();
        let hashes = hashes(options, &context);
        let mut gaps: Vec<String> = Vec::new();
        let missing = hashes.iter().filter(|(_, hash)| hash.is_none());
        gaps.extend(missing.map(|(name, _)| format!("no hash of the {name}")));
        if context.laboratory.is_none() {
            gaps.push("the laboratory is not named (--laboratory)".to_owned());
        }
        if results.hello.access == Access::L1 || !results.hello.has("party.observe") {
            gaps.push(
                "no state digests: that a refusal changes nothing was not observed".to_owned(),
            );
        }
        if results.randomness != Randomness::Fed {
            gaps.push(
                "randomness was not fed: the run cannot be repeated byte for byte".to_owned(),
            );
        }
        let unsound = self_test.iter().filter(|check| !check.holds);
        gaps.extend(unsound.map(|check| format!("the harness's self-test failed: {}", check.name)));
        let conclusion = conclude(cases, results, &context.selection, &self_test);
        Report {
            schema: "sceau-report-0",
            conclusion,
            totals: totals(&results.cases),
            laboratory: context.laboratory.unwrap_or_else(|| "not stated".to_owned()),
            item: Item {
                command: options.adapter.clone(),
                declared: results.hello.clone(),
                peer_command: options.peer.clone(),
                peer: results.peer.clone(),
            },
            method: Method {
                suite: "Sceau conformance suite",
                edition: EDITION,
                runner: env!("CARGO_PKG_VERSION"),
                level: results.level,
                selection: context.selection,
                timeout_ms: options.timeout.as_millis(),
                decision_rule: DECISION_RULE,
                limits: "The result holds for the item with these hashes alone. An adapter that \
                         relays to another implementation has that one tested: compare the hashes.",
            },
            seeds: Seeds { run: hex(&options.seed.0), randomness: results.randomness },
            hashes,
            self_test,
            gaps,
            clauses: by_clause(cases, &results.cases),
            cases: cases.iter().zip(&results.cases).map(|(case, came)| entry(case, came)).collect(),
            volatile: context.volatile,
        }
    }
}

fn totals(results: &[CaseResult]) -> Totals {
    let mut totals = Totals::default();
    for result in results {
        match result.verdict {
            Verdict::Pass => totals.passed += 1,
            Verdict::Fail => totals.failed += 1,
            Verdict::Inconclusive => {
                totals.failed += 1;
                totals.inconclusive += 1;
            }
            Verdict::Unsupported | Verdict::Attested => totals.skipped += 1,
        }
    }
    totals
}

/// The decision rule.
fn conclude(
    cases: &[Case],
    results: &Results,
    selection: &[String],
    self_test: &[Check],
) -> Conclusion {
    let pairs = || cases.iter().zip(&results.cases);
    let failed = |(case, came): (&Case, &CaseResult)| {
        came.verdict == Verdict::Fail && case.level == Level::Must
    };
    let open = |(case, came): (&Case, &CaseResult)| match came.verdict {
        Verdict::Pass | Verdict::Attested => false,
        Verdict::Fail | Verdict::Inconclusive => true,
        Verdict::Unsupported => came.gap && case.level == Level::Must,
    };
    let passes_in = |profile: &String| {
        pairs().any(|(case, came)| {
            case.suite == Some(profile.as_str()) && came.verdict == Verdict::Pass
        })
    };
    if pairs().any(failed) {
        return Conclusion::Nonconformant;
    }
    if pairs().any(open) || !self_test.iter().all(|check| check.holds) {
        return Conclusion::Incomplete;
    }
    if !selection.is_empty() {
        return Conclusion::Selected;
    }
    let profiles = &results.hello.profiles;
    // The other profiles rest on `core`; one that no case of this edition is about cannot be claimed.
    if !profiles.iter().any(|profile| profile == "core") || !profiles.iter().all(passes_in) {
        return Conclusion::Incomplete;
    }
    Conclusion::Conformant
}

fn by_clause(cases: &[Case], results: &[CaseResult]) -> Vec<ClauseResult> {
    let clauses: BTreeSet<&str> = cases.iter().flat_map(|case| case.clauses).copied().collect();
    let rank = |verdict: Verdict| match verdict {
        Verdict::Pass => 0,
        Verdict::Attested => 1,
        Verdict::Unsupported => 2,
        Verdict::Inconclusive => 3,
        Verdict::Fail => 4,
    };
    let result = |clause: &str| {
        let of: Vec<_> =
            cases.iter().zip(results).filter(|(case, _)| case.clauses.contains(&clause)).collect();
        let ids = |pass: bool| {
            let wanted = of.iter().filter(|(_, came)| (came.verdict == Verdict::Pass) == pass);
            wanted.map(|(case, _)| case.id).collect()
        };
        let worst = of.iter().map(|(_, came)| came.verdict).max_by_key(|&verdict| rank(verdict));
        let (passed, open) = (ids(true), ids(false));
        let verdict = worst.unwrap_or(Verdict::Unsupported);
        ClauseResult { clause: clause.to_owned(), verdict, passed, open }
    };
    clauses.into_iter().map(result).collect()
}

fn entry(case: &Case, came: &CaseResult) -> CaseEntry {
    CaseEntry {
        id: case.id,
        title: case.title,
        clauses: case.clauses,
        level: case.level,
        access: case.access,
        polarity: if case.is_negative() { "negative" } else { "positive" },
        unfed: case.unfed,
        suite: case.suite,
        verdict: came.verdict,
        crashed: came.crashed,
        reason: came.reason.clone(),
        transcript: came.has_transcript().then(|| format!("transcripts/{}.jsonl", case.id)),
    }
}

fn hashes(options: &Options, context: &Context) -> BTreeMap<&'static str, Option<String>> {
    let tree = |path: &Option<PathBuf>| path.as_ref().and_then(|path| digest::tree(path).ok());
    let runner = std::env::current_exe().ok().and_then(|path| digest::file(&path).ok());
    BTreeMap::from([
        ("specification", tree(&context.specification)),
        ("vectors", tree(&context.vectors)),
        ("runner", runner),
        ("adapter", program(&options.adapter)),
        ("peer", options.peer.as_deref().and_then(program)),
    ])
}

/// SHA-256 of a command: of its program's file, or, where arguments are files (a script, an
/// archive), over the hashes of all of them in order.
fn program(words: &[String]) -> Option<String> {
    let (first, arguments) = words.split_first()?;
    let program = if first.contains('/') {
        PathBuf::from(first)
    } else {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|folder| folder.join(first)).find(|p| p.is_file())?
    };
    let files = arguments.iter().map(Path::new).filter(|path| path.is_file());
    let mut hashes = vec![digest::file(&program).ok()?];
    for file in files {
        hashes.push(digest::file(file).ok()?);
    }
    match hashes.as_slice() {
        [only] => Some(only.clone()),
        several => Some(digest::sha256(several.join("\n").as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Conclusion, conclude};
    use crate::case::{Access, Case, Outcome, Verdict};
    use crate::runner::{CaseResult, Results};
    use crate::scene::Scene;
    use crate::wire::{Clock, Hello, Randomness};

    fn nothing(_: &mut Scene) -> Outcome {
        Ok(())
    }

    const MUST: Case = Case::positive("A-B-001p", "Must.", nothing).suite("core");
    const SHOULD: Case = Case::positive("A-B-002p", "Should.", nothing).suite("core").should();

    fn concluded(profiles: &[&str], came: [(Verdict, bool); 2], selection: &[&str]) -> Conclusion {
        concluded_of([MUST, SHOULD], profiles, came, selection)
    }

    fn concluded_of(
        cases: [Case; 2],
        profiles: &[&str],
        came: [(Verdict, bool); 2],
        selection: &[&str],
    ) -> Conclusion {
        let result = |(case, (verdict, gap)): (&Case, (Verdict, bool))| CaseResult {
            id: case.id,
            verdict,
            reason: String::new(),
            crashed: false,
            gap,
            randomness: Randomness::Fed,
            said: false,
            entries: Vec::new(),
            stderr: String::new(),
        };
        let hello = Hello {
            version: "0".to_owned(),
            largest_line: 1 << 20,
            implementation: "x".to_owned(),
            implementation_version: "1".to_owned(),
            profiles: profiles.iter().map(|&profile| profile.to_owned()).collect(),
            access: Access::L3,
            commands: Vec::new(),
            randomness: vec![Randomness::Fed],
            clock: Clock::Fed,
            deviations: Vec::new(),
        };
        let results = Results {
            hello,
            peer: None,
            level: Access::L3,
            randomness: Randomness::Fed,
            cases: cases.iter().zip(came).map(result).collect(),
        };
        let selection: Vec<String> = selection.iter().map(|&word| word.to_owned()).collect();
        conclude(&cases, &results, &selection, &[])
    }

    #[test]
    fn verdicts_become_one_by_the_decision_rule() {
        use Conclusion::{Conformant, Incomplete, Nonconformant, Selected};
        use Verdict::{Attested, Fail, Inconclusive, Pass, Unsupported};
        let pass = (Pass, false);
        for (must, should, expected) in [
            (pass, pass, Conformant),
            (pass, (Unsupported, true), Conformant),
            (pass, (Fail, false), Incomplete),
            ((Fail, false), pass, Nonconformant),
            ((Inconclusive, false), pass, Incomplete),
            ((Unsupported, true), pass, Incomplete),
            ((Unsupported, false), pass, Conformant),
            // What an operator states is no pass: the profile has none.
            ((Attested, false), (Attested, false), Incomplete),
        ] {
            let came = concluded(&["core"], [must, should], &[]);
            assert_eq!(came, expected, "{must:?}, {should:?}");
        }
        assert_eq!(concluded(&["core"], [pass, pass], &["A"]), Selected);
        assert_eq!(concluded(&[], [pass, pass], &[]), Incomplete, "no profile is claimed");
        let other = Case::positive("A-B-003p", "Other.", nothing).suite("portable state");
        let beside = |profiles| concluded_of([MUST, other], profiles, [pass, pass], &[]);
        assert_eq!(beside(&["core", "portable state"]), Conformant);
        assert_eq!(beside(&["portable state"]), Incomplete, "nothing that it rests on");
        let claims = ["core", "eu-gov"];
        assert_eq!(concluded(&claims, [pass, pass], &[]), Incomplete, "no case is about it");
    }
}
