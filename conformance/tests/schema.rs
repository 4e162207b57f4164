//! What the runner writes fits the schemas that it publishes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

use jsonschema::Validator;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn schema(name: &str) -> Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(name);
    jsonschema::validator_for(&serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
        .unwrap()
}

/// A part of a schema, by the name of its definition.
fn part(name: &str, definition: &str) -> Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(name);
    let mut whole: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    whole.as_object_mut().unwrap().remove("oneOf");
    whole["$ref"] = json!(format!("#/$defs/{definition}"));
    jsonschema::validator_for(&whole).unwrap()
}

fn demand(validator: &Validator, value: &Value) {
    let errors: Vec<String> =
        validator.iter_errors(value).map(|e| format!("{e} at {}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

fn run(mode: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("schema-{mode}"));
    let _ = fs::remove_dir_all(&folder);
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().parent().unwrap().join("examples/null-adapter");
    assert!(program.is_file(), "build the examples first: cargo build --examples");
    let adapter = |mode: &str| format!("'{}' --mode {mode}", program.display());
    let output = Command::new(env!("CARGO_BIN_EXE_sceau-conformance"))
        .args([
            "run",
            "--adapter",
            &adapter(mode),
            "--peer",
            &adapter("honest"),
            "--all-transcripts",
        ])
        .args(["--report", folder.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.code().is_some_and(|code| code < 3));
    folder
}

#[test]
fn reports_and_transcripts_fit() {
    let (report, transcript) = (schema("report-0.json"), schema("transcript-0.json"));
    let (request, answer) = (part("adapter-0.json", "request"), part("adapter-0.json", "answer"));
    for mode in ["honest", "accept-all", "crash", "garbage"] {
        let folder = run(mode);
        demand(
            &report,
            &serde_json::from_str(&fs::read_to_string(folder.join("report.json")).unwrap())
                .unwrap(),
        );
        let mut lines = 0;
        for entry in fs::read_dir(folder.join("transcripts")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "jsonl") {
                continue;
            }
            // Cases of the family `meta` send what is no request on purpose.
            let regular = !path.file_name().unwrap().to_str().unwrap().starts_with("META-");
            for line in fs::read_to_string(&path).unwrap().lines() {
                let value: Value = serde_json::from_str(line).unwrap();
                demand(&transcript, &value);
                lines += 1;
                if regular && value.get("send").is_some() {
                    demand(&request, &value["send"]);
                    if value["receive"].is_object() {
                        demand(&answer, &value["receive"]);
                    }
                }
            }
        }
        assert!(lines > 10, "{mode}: {lines} lines");
    }
}

#[test]
fn the_schema_of_a_hello_is_the_runners() {
    let hello = part("adapter-0.json", "hello");
    let good = json!({
        "version": "0", "largest_line": 1 << 20, "implementation": "x", "implementation_version": "1",
        "profiles": ["core"], "access": "L2", "commands": [], "randomness": ["own"], "clock": "own"
    });
    demand(&hello, &good);
    for member in good.as_object().unwrap().keys() {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove(member);
        assert!(!hello.is_valid(&bad), "{member}");
    }
}
