//! `summary.txt`: the report as a page to read.

use super::Report;
use crate::case::Verdict;
use std::fmt::Write;

/// The page.
#[must_use]
pub fn summary(report: &Report) -> String {
    let mut page = String::new();
    let _ = render(report, &mut page);
    page
}

fn render(report: &Report, page: &mut String) -> std::fmt::Result {
    let declared = &report.item.declared;
    let name = format!("{} {}", declared.implementation, declared.implementation_version);
    let conclusion = format!("{:?}", report.conclusion).to_uppercase();
    writeln!(page, "{conclusion}: {name}")?;
    writeln!(page, "report      {}", report.volatile.id)?;
    writeln!(page, "laboratory  {}", report.laboratory)?;
    writeln!(page, "adapter     {}", report.item.command.join(" "))?;
    writeln!(page, "profiles    {}", declared.profiles.join(" "))?;
    writeln!(
        page,
        "suite       edition {}, access {:?}",
        report.method.edition, report.method.level
    )?;
    writeln!(page, "seed        {} ({})", report.seeds.run, report.seeds.randomness.word())?;
    for (what, hash) in &report.hashes {
        writeln!(page, "sha256      {} {what}", hash.as_deref().unwrap_or("not given"))?;
    }
    if !report.method.selection.is_empty() {
        writeln!(page, "selection   {}", report.method.selection.join(" "))?;
    }
    for (verdict, heading) in [
        (Verdict::Fail, "Failed"),
        (Verdict::Inconclusive, "Inconclusive"),
        (Verdict::Attested, "Attested"),
        (Verdict::Unsupported, "Skipped"),
    ] {
        let mut of = report.cases.iter().filter(|case| case.verdict == verdict).peekable();
        if of.peek().is_some() {
            writeln!(page, "\n{heading}")?;
        }
        for case in of {
            writeln!(page, "  {}  [{}]", case.id, case.clauses.join(", "))?;
            writeln!(page, "      expected    {}", case.title)?;
            writeln!(page, "      got         {}", case.reason)?;
            if let Some(transcript) = &case.transcript {
                writeln!(page, "      transcript  {transcript}")?;
            }
        }
    }
    writeln!(page, "\nClauses")?;
    for clause in &report.clauses {
        let (word, passed) = (clause.verdict.word(), clause.passed.len());
        let all = passed + clause.open.len();
        writeln!(page, "  {:<8} {word:<12} {passed} of {all} cases passed", clause.clause)?;
    }
    if !report.gaps.is_empty() {
        writeln!(page, "\nNot said by this report")?;
        for gap in &report.gaps {
            writeln!(page, "  {gap}")?;
        }
    }
    let totals = report.totals;
    writeln!(
        page,
        "\n{} passed, {} failed, {} skipped",
        totals.passed, totals.failed, totals.skipped
    )
}
