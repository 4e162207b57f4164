//! The command on a small specification of its own, with tools that are shell scripts.

use super::*;
use std::fs;

const GOALS: &str = "**G-01 Secrecy.** m is secret.\n\n**G-02 Agreement.** They agree.\n\n\
    **G-03 Freshness.** Once.\n\n**G-04 Order.** In order.\n\n**G-05 Deniability.** Argued.\n";

const REGISTRY: &str = r#"
[[assumption]]
id = "A-once"
text = "Each event happens once."

[[claim]]
id = "G-05"
status = "argued"
text = "It is plain."
where = "handshake.md"
"#;

/// One goal's run and its twin.
fn pair(goal: &str, number: usize) -> String {
    format!(
        r#"
[[run]]
id = "run-{number}"
claim = "{goal}"
tool = "proverif"
main = "proverif/run_{number}.pv"
libs = ["proverif/lib.pvl"]
clauses = ["HS-01"]
queries = [{{ name = "m is secret", expect = "true" }}, {{ name = "reachable", expect = "false" }}]
scope = "unbounded"
abstracts = ["sizes"]
assumptions = ["A-once"]

[[run]]
id = "run-{number}-twin"
claim = "{goal}"
tool = "proverif"
main = "proverif/twin_{number}.pv"
libs = ["proverif/lib.pvl"]
clauses = ["HS-01"]
queries = [{{ name = "m is secret", expect = "false" }}]
scope = "unbounded"
assumptions = ["A-once"]
twin_of = "run-{number}"
removed = "the key"
"#
    )
}

/// A specification of five goals, four of them with runs; its models are what the fake tool prints.
struct Spec(PathBuf);

impl Spec {
    fn new(name: &str) -> Result<Self> {
        let folder = format!("sceau-models-{}-{name}", std::process::id());
        let spec = Self(std::env::temp_dir().join(folder));
        spec.put("prose/security-goals.md", GOALS)?;
        spec.put("prose/handshake.md", "why")?;
        spec.put("models/proofs.md", "# Proofs\n\n{{results}}\n")?;
        let mut registry = REGISTRY.to_owned();
        for (number, goal) in (1..).zip(["G-01", "G-02", "G-03", "G-04"]) {
            registry += &pair(goal, number);
            let whole = "RESULT m is true.\nRESULT not event(x) is false.\n";
            spec.put(&format!("models/proverif/run_{number}.pv"), whole)?;
            spec.put(&format!("models/proverif/twin_{number}.pv"), "RESULT m is false.\n")?;
        }
        spec.put("models/all.toml", &registry)?;
        spec.put("models/proverif/lib.pvl", "(* A-once *)\nrestriction x.\n")?;
        Ok(spec)
    }

    fn put(&self, file: &str, text: &str) -> Result {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap_or(&self.0)).about(file)?;
        fs::write(path, text).about(file)
    }

    fn edit(&self, file: &str, from: &str, to: &str) -> Result {
        let text = fs::read_to_string(self.0.join(file)).about(file)?;
        assert!(text.contains(from), "{from} does not stand in {file}");
        self.put(file, &text.replacen(from, to, 1))
    }

    /// Runs everything with a tool that prints the model, records it and writes the page.
    fn record(&self) -> Result<Vec<Line>> {
        let mut models = Models::read(&self.0)?;
        let tools = self.tools()?;
        let chosen: Vec<&Run> = models.registry.runs.iter().collect();
        let lines = run_all(&models, &chosen, &tools, &options())?;
        let rows = rows(&models, &chosen, &lines, &tools)?;
        models.record.renew(&models.registry, rows);
        models.record.write(&models.folder)?;
        models.write_page()?;
        Ok(lines)
    }

    fn tools(&self) -> Result<BTreeMap<Tool, Present>> {
        // `proverif -lib LIB MAIN`: prints MAIN.
        let script = self.script("cat-last", "for last; do :; done\nexec cat \"$last\"\n")?;
        let version = "ProVerif 0.0".to_owned();
        let tool = Tool::ProVerif;
        Ok(BTreeMap::from([(tool, Present::new(tool, script.into_os_string(), version))]))
    }

    /// A program.
    fn script(&self, name: &str, text: &str) -> Result<PathBuf> {
        self.put(name, &format!("#!/bin/sh\n{text}"))?;
        let script = self.0.join(name);
        #[cfg(unix)]
        fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .about(name)?;
        Ok(script)
    }

    fn problems(&self) -> Result<Vec<String>> {
        Models::read(&self.0)?.problems()
    }
}

impl Drop for Spec {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn options() -> Options {
    Options { jobs: JOBS, ..Options::default() }
}

/// A specification that holds, changed by `change`, has exactly these problems.
fn assert_problems(name: &str, change: impl Fn(&Spec) -> Result, expected: &[&str]) -> Result {
    let spec = Spec::new(name)?;
    spec.record()?;
    assert_eq!(spec.problems()?, Vec::<String>::new(), "before");
    change(&spec)?;
    assert_eq!(spec.problems()?, expected, "{name}");
    Ok(())
}

#[test]
fn every_query_is_held_against_its_expectation() -> Result {
    let spec = Spec::new("run")?;
    let lines = spec.record()?;
    assert_eq!(lines.len(), 12);
    assert!(lines.iter().all(Line::is_as_expected));
    // Found by the run: another answer, one answer too many, a tool that fails.
    spec.put("models/proverif/run_1.pv", "RESULT m is false.\nRESULT x is false.\n")?;
    spec.put(
        "models/proverif/run_2.pv",
        "RESULT m is true.\nRESULT x is false.\nRESULT y is true.\n",
    )?;
    fs::remove_file(spec.0.join("models/proverif/run_3.pv")).about("run_3")?;
    let lines = spec.record()?;
    let wrong: Vec<_> = lines.iter().filter(|line| !line.is_as_expected()).collect();
    let wrong: Vec<_> = wrong.iter().map(|l| (l.run.as_str(), l.query.as_str())).collect();
    let expected = [("run-1", "m is secret"), ("run-2", "number of queries"), ("run-3", "all")];
    assert_eq!(wrong, expected);
    Ok(())
}

#[test]
fn a_stale_or_missing_record_is_a_failure() -> Result {
    let stale = ["run-1: changed since its record"];
    assert_problems(
        "stale",
        |s| s.edit("models/proverif/run_1.pv", "RESULT m", "RESULT n"),
        &stale,
    )?;
    let lib = |spec: &Spec| spec.edit("models/proverif/lib.pvl", "restriction x", "restriction y");
    let all = [1, 2, 3, 4].map(|n| [format!("run-{n}"), format!("run-{n}-twin")]).concat();
    let all: Vec<String> = all.iter().map(|id| format!("{id}: changed since its record")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_problems("stale-lib", lib, &all)?;
    let gone = |spec: &Spec| spec.edit("models/record.toml", "id = \"run-1\"", "id = \"run-9\"");
    let page = "proofs.md is not what the models give: `cargo models --write`";
    assert_problems("gone", gone, &["run-1: no record", "run-9: a record of no run", page])?;
    let got = |spec: &Spec| spec.edit("models/record.toml", "\"true\"", "\"false\"");
    assert_problems("got", got, &["run-1: its record is not what is expected"])
}

#[test]
fn files_and_rows_belong_together() -> Result {
    let more = |spec: &Spec| spec.put("models/proverif/more.pv", "");
    assert_problems("unlisted", more, &["proverif/more.pv: no registry lists it"])?;
    let less =
        |spec: &Spec| fs::remove_file(spec.0.join("models/proverif/run_2.pv")).about("run_2");
    assert_problems("missing", less, &["run-2: there is no proverif/run_2.pv"])
}

#[test]
fn a_new_assumption_has_a_row_and_stands_on_the_page() -> Result {
    let place = |spec: &Spec| {
        spec.put("models/proverif/run_1.pv", "RESULT m is true.\nRESULT x is false.\naxiom y.\n")?;
        spec.record().map(drop)
    };
    let unnamed = "proverif/run_1.pv:3: axiom without an assumption's id";
    assert_problems("unnamed", place, &[unnamed])?;
    let named = |spec: &Spec| {
        spec.put(
            "models/proverif/run_1.pv",
            "RESULT m is true.\nRESULT x is false.\n(* A-new *) axiom y.\n",
        )?;
        spec.record().map(drop)
    };
    assert_problems("named", named, &["run-1: proverif/run_1.pv:3 assumes A-new"])?;
    let row = "[[assumption]]\nid = \"A-new\"\ntext = \"New.\"\n[[assumption]]\nid = \"A-once\"";
    let row = |spec: &Spec| spec.edit("models/all.toml", "[[assumption]]\nid = \"A-once\"", row);
    let page = "proofs.md is not what the models give: `cargo models --write`";
    assert_problems("row", row, &["A-new: no run makes it", page])
}

#[test]
fn a_claim_has_a_twin_that_fails() -> Result {
    let page = "proofs.md is not what the models give: `cargo models --write`";
    let strong = |spec: &Spec| {
        spec.edit(
            "models/all.toml",
            "\"m is secret\", expect = \"false\"",
            "\"m is secret\", expect = \"true\"",
        )
    };
    let holds = "run-1-twin: no query fails in the twin that holds in its run";
    let record = "run-1-twin: its record is not what is expected";
    assert_problems("strong", strong, &[holds, record, page])?;
    let alone = |spec: &Spec| {
        spec.edit("models/all.toml", "twin_of = \"run-1\"\nremoved = \"the key\"\n", "")?;
        spec.edit(
            "models/all.toml",
            "\"m is secret\", expect = \"false\"",
            "\"stated\", expect = \"false\"",
        )
    };
    assert_problems("alone", alone, &["G-01: ProVerif has no run with a twin", page])?;
    let attack = |spec: &Spec| {
        spec.edit("models/all.toml", "twin_of = \"run-1\"\nremoved = \"the key\"\n", "")
    };
    let unstated = "run-1-twin: an attack is expected and not called stated (m is secret)";
    assert_problems("attack", attack, &[unstated, "G-01: ProVerif has no run with a twin", page])
}

#[test]
fn a_goal_is_asked_or_says_why_not() -> Result {
    let page = "proofs.md is not what the models give: `cargo models --write`";
    let goal =
        |spec: &Spec| spec.put("prose/security-goals.md", &format!("{GOALS}\n**G-06 New.** x\n"));
    let missing =
        ["G-06: no run, and neither argued nor cited", "2 of 6 goals are asked of no tool", page];
    assert_problems("goal", goal, &missing)?;
    let nowhere =
        |spec: &Spec| fs::remove_file(spec.0.join("prose/handshake.md")).about("handshake");
    assert_problems(
        "nowhere",
        nowhere,
        &["G-05: argued on a page that is not there (handshake.md)"],
    )
}

#[test]
fn verifpal_is_never_unbounded() -> Result {
    let page = "proofs.md is not what the models give: `cargo models --write`";
    let tool = |spec: &Spec| {
        spec.edit("models/all.toml", "tool = \"proverif\"", "tool = \"verifpal\"")?;
        spec.edit("models/all.toml", "expect = \"true\"", "expect = \"no attack found\"")?;
        spec.edit("models/all.toml", "expect = \"false\"", "expect = \"attack found\"")?;
        spec.edit(
            "models/all.toml",
            "\"run-1-twin\"\nclaim = \"G-01\"\ntool = \"proverif\"",
            "\"run-1-twin\"\nclaim = \"G-01\"\ntool = \"verifpal\"",
        )?;
        spec.edit(
            "models/all.toml",
            "\"m is secret\", expect = \"false\"",
            "\"m is secret\", expect = \"attack found\"",
        )
    };
    let scope = |id: &str| format!("{id}: its scope cannot be \"unbounded\"");
    let record = |id: &str| format!("{id}: its record is not what is expected");
    let (a, b) = ("run-1", "run-1-twin");
    let expected = [scope(a), scope(b), record(a), record(b), page.to_owned()];
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    assert_problems("verifpal", tool, &expected)
}

#[test]
fn a_twin_may_be_an_edit() -> Result {
    let edit = "removed = \"the key\"\nedits = [{ from = \"RESULT m is true\", to = \"RESULT m is false\" }]";
    let as_edit = |spec: &Spec| {
        spec.edit("models/all.toml", "removed = \"the key\"", edit)?;
        spec.edit("models/all.toml", "twin_1.pv", "run_1.pv")?;
        spec.edit("models/all.toml", "{ name = \"m is secret\", expect = \"false\" }", "{ name = \"m is secret\", expect = \"false\" }, { name = \"reachable\", expect = \"false\" }")?;
        fs::remove_file(spec.0.join("models/proverif/twin_1.pv")).about("twin_1")?;
        let lines = spec.record()?;
        assert!(lines.iter().all(Line::is_as_expected));
        Ok(())
    };
    assert_problems("edit", as_edit, &[])?;
    let unfit = |spec: &Spec| {
        as_edit(spec)?;
        spec.edit("models/all.toml", "from = \"RESULT m is true", "from = \"RESULT")
    };
    assert_problems("unfit", unfit, &["run-1-twin: \"RESULT\" stands 2 times in proverif/run_1.pv"])
}

#[test]
fn queries_asked_anew_take_the_place_of_the_models_own() -> Result {
    let run = r#"
        id = "x"
        claim = "G-01"
        tool = "verifpal"
        main = "x.vp"
        clauses = []
        queries = [{ name = "m", expect = "attack found", ask = "confidentiality? m" }]
        scope = "bounded"
    "#;
    let run: Run = toml::from_str(run).about("run")?;
    let edited = run.edited("attacker[active]\nqueries[\n\tfreshness? m\n]\n")?;
    assert_eq!(edited, "attacker[active]\nqueries[\n\tconfidentiality? m\n]\n");
    assert!(run.edited("attacker[active]").is_err());
    Ok(())
}

#[test]
fn the_page_says_what_was_found() -> Result {
    let spec = Spec::new("page")?;
    spec.record()?;
    let page = fs::read_to_string(spec.0.join("prose/proofs.md")).about("proofs.md")?;
    for line in [
        "| [G-01](#g-01) Secrecy | proved | 2 | 1 |",
        "| [G-05](#g-05) Deniability | argued | 0 | 0 |",
        "| run-1 | m is secret | ProVerif 0.0 | proved | [1](#out-1) | [A-once](#a-once) |",
        "| run-1 | the key | m is secret | ProVerif 0.0 |",
        "*Argued* ([handshake](handshake.md)): It is plain.",
        "- <a id=\"a-once\"></a>**A-once** Each event happens once.",
        "1. <a id=\"out-1\"></a>Sizes",
    ] {
        assert!(page.lines().any(|found| found == line), "{line}\n{page}");
    }
    Ok(())
}

#[test]
fn a_search_is_compiled_once_for_all_its_runs() -> Result {
    let spec = Spec::new("search")?;
    // `rustc … -o PROGRAM MAIN`: makes a program that prints its argument.
    let compiler = spec.script(
        "compiler",
        "echo one >> \"$0.log\"\nwhile [ \"$1\" != -o ]; do shift; done\n\
         printf '#!/bin/sh\\necho \"RESULT $1 is true.\"\\n' > \"$2\"\nchmod +x \"$2\"\n",
    )?;
    let mut registry = REGISTRY.to_owned();
    for id in ["one", "two", "three"] {
        registry += &format!(
            "[[run]]\nid = \"{id}\"\nclaim = \"G-01\"\ntool = \"search\"\nmain = \"search/main.rs\"\n\
             clauses = [\"HS-01\"]\nscope = \"two steps\"\nqueries = [{{ name = \"m\", expect = \"true\" }}]\n"
        );
    }
    spec.put("models/all.toml", &registry)?;
    spec.put("models/search/main.rs", "")?;
    let models = Models::read(&spec.0)?;
    let tool = Present::new(Tool::Search, compiler.into_os_string(), "search".to_owned());
    let scratch = spec.0.join("scratch");
    for run in models.registry.runs.iter().filter(|run| run.tool == Tool::Search) {
        let ended = tool.run(&models.folder, &scratch, run);
        assert_eq!(ended.got?, [results::Outcome::True], "{}", run.id);
    }
    assert_eq!(fs::read_to_string(spec.0.join("compiler.log")).about("the log")?, "one\n");
    Ok(())
}

/// What the repository's own models say without any tool.
#[test]
fn the_models_of_the_repository_are_recorded() -> Result {
    let problems = Models::read(&crate::root().join("spec"))?.problems()?;
    assert_eq!(problems, Vec::<String>::new());
    Ok(())
}
