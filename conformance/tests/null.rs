//! Adapters that do nothing, lie, hang or crash must never be found conformant; an honest one must.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// The cases that a null adapter can be put to: it speaks none of the protocols.
const SPOKEN: [&str; 4] = ["--only", "META-*", "PARTY-*", "PRIM-*"];

/// What came of a run: exit code, last line printed, report.
struct Ran {
    code: i32,
    last: String,
    report: Option<Value>,
    folder: PathBuf,
}

/// The example `null-adapter`, which `cargo test` builds beside the tests.
fn adapter(mode: &str) -> String {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().parent().unwrap().join("examples/null-adapter");
    assert!(program.is_file(), "build the examples first: cargo build --examples");
    format!("'{}' --mode {mode}", program.display())
}

fn run_command(name: &str, command: &str, arguments: &[&str]) -> Ran {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    let output = Command::new(env!("CARGO_BIN_EXE_sceau-conformance"))
        .args(["run", "--adapter", command, "--peer", &adapter("honest"), "--jobs", "2"])
        .args(["--report", folder.to_str().unwrap()])
        .args(arguments)
        .output()
        .unwrap();
    let last = String::from_utf8(output.stdout).unwrap().lines().last().unwrap_or("").to_owned();
    let report = fs::read_to_string(folder.join("report.json")).ok();
    let report = report.map(|text| serde_json::from_str(&text).unwrap());
    Ran { code: output.status.code().unwrap(), last, report, folder }
}

fn run(name: &str, mode: &str, arguments: &[&str]) -> Ran {
    run_command(name, &adapter(mode), arguments)
}

fn conclusion(ran: &Ran) -> &str {
    ran.report.as_ref().map_or("none", |report| report["conclusion"].as_str().unwrap())
}

/// Verdict of one case.
fn verdict<'r>(ran: &'r Ran, id: &str) -> &'r str {
    let cases = ran.report.as_ref().unwrap()["cases"].as_array().unwrap();
    cases.iter().find(|case| case["id"] == id).unwrap()["verdict"].as_str().unwrap()
}

#[test]
fn an_honest_adapter_conforms() {
    let ran = run("honest", "honest", &SPOKEN);
    assert_eq!((ran.code, conclusion(&ran)), (0, "selected"), "{}", ran.last);
    let of = |case: &&sceau_conformance::case::Case| {
        !["PW-", "GR-"].iter().any(|of| case.id.starts_with(of))
    };
    let count = sceau_conformance::cases::all().iter().filter(of).count();
    assert_eq!(ran.last, format!("{count} passed, 0 failed, 0 skipped"));
}

#[test]
fn none_of_the_null_adapters_conforms() {
    for mode in [
        "accept-all",
        "reject-all",
        "unsupported-all",
        "fault-all",
        "pending-all",
        "echo",
        "echo-all",
        "crash",
        "crash-on-reject",
        "garbage",
        "duplicate-keys",
        "huge-line",
        "constant-digest",
        "accept-bad",
        "liar",
        "chatter",
        "wrong-id",
        "leftover",
        "second-run",
        "ends-behind-a-reject",
    ] {
        // Generous where nothing has to time out, since the machine may be busy.
        let limit = if mode == "pending-all" { "300" } else { "20000" };
        let ran = run(mode, mode, &["--timeout-ms", limit, "--most-crashes", "3"]);
        assert!([1, 2, 75].contains(&ran.code), "{mode} exits with {}", ran.code);
        assert!(!["conformant", "selected"].contains(&conclusion(&ran)), "{mode}: {}", ran.last);
    }
}

#[test]
fn adapters_that_are_too_loud_or_too_late_do_not_conform() {
    for (mode, limit) in [("flood", "20000"), ("late", "300")] {
        let started = Instant::now();
        let arguments = ["--timeout-ms", limit, "--most-crashes", "3"];
        let ran = run(mode, mode, &arguments);
        assert_eq!((ran.code, conclusion(&ran)), (1, "nonconformant"), "{mode}: {}", ran.last);
        assert!(started.elapsed() < Duration::from_secs(60), "{mode}: {:?}", started.elapsed());
    }
    // Standard error is free.
    let ran = run("stderr", "stderr", &["--only", "PRIM-X25519", "PARTY-STATE"]);
    assert_eq!((ran.code, conclusion(&ran)), (0, "selected"), "{}", ran.last);
}

/// What such an adapter says to `meta.hello`, and then something else than an answer.
fn script(then: &str) -> String {
    let hello = concat!(
        r#"{"id":1,"answer":"ok","out":{"version":"0","largest_line":1048576,"#,
        r#""implementation":"x","implementation_version":"1","profiles":["core"],"access":"L3","#,
        r#""commands":["meta.echo"],"randomness":["fed","own"],"clock":"fed"}}"#
    );
    format!("sh -c 'read -r line; echo \"$0\"; {then}' '{hello}'")
}

/// It closes its input, its output, or leaves children behind that hold both open.
#[test]
fn adapters_that_let_go_of_their_pipes_cost_a_bounded_time() {
    for (name, then) in [
        ("closes-input", "exec <&-; sleep 600"),
        ("closes-output", "exec >&-; sleep 600"),
        ("ends", "exit 0"),
        ("leaves-a-child", "sleep 600 & exit 0"),
        ("leaves-a-reader", "sh -c \"while read -r x; do echo x; done\" & exit 0"),
    ] {
        let started = Instant::now();
        let arguments = ["--timeout-ms", "300", "--most-crashes", "3"];
        let ran = run_command(name, &script(then), &arguments);
        assert_eq!((ran.code, conclusion(&ran)), (1, "nonconformant"), "{name}: {}", ran.last);
        assert!(started.elapsed() < Duration::from_secs(60), "{name}: {:?}", started.elapsed());
    }
}

/// It passes what it is put to, and lacks what it claims.
#[test]
fn claims_are_held_against_what_is_there() {
    for mode in ["honest", "claims", "own-only"] {
        let ran = run(&format!("claims-{mode}"), mode, &[]);
        assert_eq!((ran.code, conclusion(&ran)), (2, "incomplete"), "{mode}: {}", ran.last);
        let of = |case: &&sceau_conformance::case::Case| case.id.starts_with("PW-");
        for case in sceau_conformance::cases::all().iter().filter(of) {
            assert_eq!(verdict(&ran, case.id), "unsupported", "{mode}: {}", case.id);
        }
    }
    let ran = run("own-only-fed", "own-only", &["--randomness", "fed"]);
    assert_eq!(ran.code, 64, "a source that the adapter does not have");
    let ran = run("own-only-gaps", "own-only", &SPOKEN);
    let gaps = ran.report.as_ref().unwrap()["gaps"].to_string();
    assert!(gaps.contains("randomness was not fed"), "{gaps}");
}

/// A stranger reads what was expected, what came instead, by which clause, and where it was said.
#[test]
fn a_failure_is_told_with_clause_expectation_answer_and_transcript() {
    let ran = run("told", "accept-bad", &["--only", "PRIM-AEAD-TAG-004n"]);
    assert_eq!(ran.code, 1);
    let summary = fs::read_to_string(ran.folder.join("summary.txt")).unwrap();
    for part in [
        "NONCONFORMANT",
        "PRIM-AEAD-TAG-004n  [SUI-07]",
        "expected    A wrong bit in any byte of the tag is refused.",
        "got         prim.aes256gcmsiv_open: accepted what must be refused",
        "transcript  transcripts/PRIM-AEAD-TAG-004n.jsonl",
    ] {
        assert!(summary.contains(part), "{part} is not in:\n{summary}");
    }
    assert!(ran.folder.join("transcripts/PRIM-AEAD-TAG-004n.jsonl").is_file());
}

#[test]
fn a_hanging_adapter_costs_a_bounded_time() {
    let started = Instant::now();
    let ran = run("hang", "hang", &["--timeout-ms", "300", "--most-crashes", "3"]);
    assert_eq!((ran.code, conclusion(&ran)), (1, "nonconformant"));
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[test]
fn slow_and_late_answers_are_fine() {
    for mode in ["slow", "pending"] {
        let only = ["--only", "PRIM-X25519-KAT", "PARTY-STATE"];
        let ran = run(mode, mode, &only);
        assert_eq!((ran.code, conclusion(&ran)), (0, "selected"), "{mode}: {}", ran.last);
    }
}

/// Excluded by the method, not by the suite: it is the adapter that it relays to, and the report's
/// hash shows that another file was tested.
#[test]
fn a_proxy_is_told_by_its_hash() {
    let (honest, to) = (run("direct", "honest", &SPOKEN), adapter("honest").replace('\'', "\""));
    let link = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("proxy-adapter");
    let program = adapter("").replace("' --mode ", "").replace('\'', "");
    let _ = fs::remove_file(&link);
    fs::copy(&program, &link).unwrap();
    let mut bytes = fs::read(&link).unwrap();
    bytes.push(0);
    fs::write(&link, bytes).unwrap();
    let command = format!("'{}' --mode proxy --to '{to}'", link.display());
    let ran = run_command("proxy", &command, &SPOKEN);
    assert_eq!(conclusion(&ran), "selected");
    let hash = |ran: &Ran| ran.report.as_ref().unwrap()["hashes"]["adapter"].clone();
    assert_ne!(hash(&ran), hash(&honest));
}

#[test]
fn the_cases_that_should_catch_it_do() {
    let ran = run("accept-bad-cases", "accept-bad", &["--most-crashes", "1000"]);
    for id in ["PRIM-X25519-ZERO-007n", "PRIM-AEAD-TAG-004n", "PRIM-MLKEM-MODULUS-008n"] {
        assert_eq!(verdict(&ran, id), "fail", "{id}");
    }
    let ran = run("reject-all-cases", "reject-all", &["--most-crashes", "1000"]);
    // A control that is refused makes the refusal of the deviant worthless.
    assert_eq!(verdict(&ran, "PRIM-X25519-ZERO-007n"), "inconclusive");
    let ran = run("constant-digest-cases", "constant-digest", &[]);
    assert_eq!(verdict(&ran, "PARTY-DIGEST-CLOCK-002p"), "fail");
}

#[test]
fn randomness_may_be_fed_or_seeded_and_must_be_consumed() {
    for source in ["fed", "seed"] {
        let only = ["--randomness", source, "--only", "META-RAND-DRAW"];
        let ran = run(&format!("random-{source}"), "honest", &only);
        assert_eq!(ran.last, "1 passed, 0 failed, 0 skipped", "{source}");
    }
    let ran = run("random-leftover", "leftover", &["--only", "META-RAND-DRAW"]);
    assert_eq!(verdict(&ran, "META-RAND-DRAW-014p"), "inconclusive");
    let ran = run("random-own", "honest", &["--randomness", "own", "--only", "META-RAND-DRAW"]);
    assert_eq!(verdict(&ran, "META-RAND-DRAW-014p"), "unsupported");
}

#[test]
fn an_adapter_that_does_not_start_is_told_apart() {
    assert_eq!(run_command("missing", "/no/such/adapter", &[]).code, 75);
    assert_eq!(run_command("silent", "true", &[]).code, 75);
    assert_eq!(run_command("unclosed", "'adapter", &[]).code, 64);
}

#[test]
fn two_runs_with_one_seed_differ_in_volatile_alone() {
    let seed = "a5".repeat(32);
    let runs = ["first", "second"].map(|name| {
        let ran = run(name, "liar-not", &["--seed", &seed, "--all-transcripts"]);
        let mut report = ran.report.clone().unwrap();
        report.as_object_mut().unwrap().remove("volatile").unwrap();
        (report, transcripts(&ran))
    });
    assert_eq!(runs[0].0, runs[1].0);
    assert!(runs[0].1.len() > 50);
    assert_eq!(runs[0].1, runs[1].1);
    let other = run("third", "liar-not", &["--all-transcripts"]);
    assert_ne!(runs[0].1, transcripts(&other));
}

fn transcripts(ran: &Ran) -> Vec<(String, String)> {
    let entries = fs::read_dir(ran.folder.join("transcripts")).unwrap();
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), text)
    };
    let mut all: Vec<_> = entries.map(read).collect();
    all.sort();
    all
}

#[test]
fn a_transcript_replays() {
    let only = ["--only", "PRIM-AEAD-TAG", "PARTY-STATE-KILL", "--all-transcripts"];
    let ran = run("replay", "honest", &only);
    for id in ["PRIM-AEAD-TAG-004n", "PARTY-STATE-KILL-007p"] {
        let file = ran.folder.join(format!("transcripts/{id}.jsonl"));
        for (mode, code) in [("honest", 0), ("accept-bad", 1)] {
            let output = Command::new(env!("CARGO_BIN_EXE_sceau-conformance"))
                .args(["replay", file.to_str().unwrap(), "--adapter", &adapter(mode)])
                .output()
                .unwrap();
            let expected = if id.ends_with('n') { code } else { 0 };
            assert_eq!(output.status.code(), Some(expected), "{id} {mode}");
        }
    }
}

/// An adapter that checks nothing and refuses whatever differs from the run before passes where the control twin runs
/// first: it must not know that it does.
#[test]
fn the_order_of_the_twins_does_not_answer_for_the_implementation() {
    let ran = run("second-run-cases", "second-run", &["--only", "PRIM-*n"]);
    let cases = ran.report.as_ref().unwrap()["cases"].as_array().unwrap().clone();
    let failed = cases.iter().filter(|case| case["verdict"] != "pass").count();
    assert!(failed * 4 > cases.len(), "{failed} of {} fail", cases.len());
}

/// It has answered, and is gone: that is this case's failure, and not the next one's.
#[test]
fn who_ends_behind_an_answer_fails_that_case() {
    let ran = run("ends-behind", "ends-behind-a-reject", &["--only", "PRIM-X25519-ZERO-007n"]);
    assert_eq!((ran.code, verdict(&ran, "PRIM-X25519-ZERO-007n")), (1, "fail"), "{}", ran.last);
}

#[test]
fn answers_that_are_slow_in_all_are_told() {
    let only = ["--only", "PRIM-X25519-KAT", "--case-timeout-ms", "100"];
    let ran = run("slow-in-all", "slow", &only);
    assert_eq!((ran.code, conclusion(&ran)), (1, "nonconformant"), "{}", ran.last);
}

/// What an adapter writes neither moves a terminal's cursor nor adds lines to a page.
#[test]
fn what_an_adapter_writes_is_shown_and_not_acted_on() {
    assert_eq!(run("escapes", "escapes", &[]).code, 75);
    let ran = run("escape-class", "escape-class", &["--only", "PRIM-X25519-ZERO-007n"]);
    let summary = fs::read_to_string(ran.folder.join("summary.txt")).unwrap();
    assert!(!summary.contains('\u{1b}') && summary.contains("\\u{1b}[31m"), "{summary}");
}

/// Of more than a transcript holds, the beginning of each line is kept.
#[test]
fn an_adapter_that_bloats_its_answers_fills_no_disk() {
    let ran = run("bloats", "bloats", &["--only", "PRIM-X25519-KAT", "--all-transcripts"]);
    assert_eq!((ran.code, conclusion(&ran)), (0, "selected"), "{}", ran.last);
    for (name, text) in transcripts(&ran) {
        assert!(text.len() < 20 << 20, "{name} has {} bytes", text.len());
    }
}
