//! The program: what it counts, and its exit codes.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::Command;

/// A case of its format that holds: RFC 9420 Appendix C, a tree of one leaf.
const GOOD: &str = r#"{"n_leaves":1,"n_nodes":1,"root":0,"left":[null],"right":[null],"parent":[null],"sibling":[null]}"#;
const BAD: &str = r#"{"n_leaves":2,"n_nodes":3,"root":0,"left":[null,0,null],"right":[null,2,null],"parent":[1,null,1],"sibling":[2,null,0]}"#;
const OTHER_SUITE: &str = r#"{"cipher_suite":7,"psks":[],"psk_secret":"00"}"#;

fn run(test: &str, files: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let program = env!("CARGO_BIN_EXE_sceau-mls-vectors");
    let output = Command::new(program).arg(&folder).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn counts_and_exit_codes() {
    let mixed = format!("[{GOOD},{OTHER_SUITE}]");
    let files = [("one.json", GOOD), ("in/mixed.json", &mixed), ("README.md", "no case")];
    let (code, text) = run("good", &files);
    assert_eq!(code, Some(0));
    assert_eq!(
        text,
        "in/mixed.json     1 passed,    0 failed,    1 unsupported\n\
         one.json          1 passed,    0 failed,    0 unsupported\n\
         2 passed, 0 failed, 1 skipped\n"
    );
    let (code, text) = run("bad", &[("a.json", &format!("[{GOOD},{BAD}]"))]);
    assert_eq!(code, Some(1));
    assert!(text.contains("case 1: root is another one\n"), "{text}");
    assert!(text.ends_with("1 passed, 1 failed, 0 skipped\n"), "{text}");
    for (name, text) in [("format", r#"[{"a":1}]"#), ("empty", "[]"), ("json", "{")] {
        let (code, text) = run(name, &[("a.json", text)]);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.ends_with("0 passed, 1 failed, 0 skipped\n"), "{text}");
    }
}

#[test]
fn nothing_run_is_no_success() {
    let (code, text) = run("suite", &[("a.json", OTHER_SUITE)]);
    assert_eq!((code, text.ends_with("0 passed, 0 failed, 1 skipped\n")), (Some(2), true));
    assert_eq!(run("none", &[("README.md", "")]).0, Some(2));
    let program = env!("CARGO_BIN_EXE_sceau-mls-vectors");
    let absent = Command::new(program).arg("/nowhere/at/all").output().unwrap();
    assert_eq!(absent.status.code(), Some(64));
}
