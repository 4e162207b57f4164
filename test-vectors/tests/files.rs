//! Holds the committed files against their manifest, their schemas and their twins.

use sceau_test_vectors::{Manifest, VectorFile, finish, folder};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

type Result = std::result::Result<(), Box<dyn Error>>;

/// Topics, and how many vectors each has.
const COUNTS: &[(&str, usize)] = &[
    ("absorb", 11),
    ("body-sealing", 12),
    ("bundle", 36),
    ("codec", 57),
    ("content", 26),
    ("delivery-commit", 57),
    ("delivery-service", 97),
    ("device-lists", 60),
    ("exporter", 10),
    ("first-message", 81),
    ("group-capabilities", 59),
    ("group-crypto", 74),
    ("group-delivery", 219),
    ("group-framing", 73),
    ("group-key-schedule", 51),
    ("group-leaf-credential", 78),
    ("group-limits", 89),
    ("group-psk", 21),
    ("group-secret-tree", 48),
    ("group-transcript-hashes", 9),
    ("group-tree", 66),
    ("group-tree-math", 17),
    ("handshake-key-schedule", 37),
    ("header-sealing", 13),
    ("identities", 61),
    ("inner-frame", 20),
    ("key-derivation", 54),
    ("limits", 21),
    ("mailboxes", 25),
    ("merkle", 25),
    ("padding", 36),
    ("prekey-batch", 22),
    ("ratchet-in-order", 12),
    ("ratchet-loss", 4),
    ("ratchet-ping-pong", 16),
    ("ratchet-reordering", 12),
    ("ratchet-skip-limits", 10),
    ("replacement", 69),
    ("safety-numbers", 12),
    ("state-records", 78),
];

fn json(path: &str) -> std::result::Result<Value, Box<dyn Error>> {
    Ok(serde_json::from_slice(&std::fs::read(folder().join(path))?)?)
}

fn assert_valid(schema: &str, path: &str) -> Result {
    let validator = jsonschema::draft202012::new(&json(schema)?)?;
    let instance = json(path)?;
    let errors: Vec<String> =
        validator.iter_errors(&instance).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{path}: {errors:#?}");
    Ok(())
}

#[test]
fn there_are_vectors() -> Result {
    assert!(Manifest::read(&folder())?.vector_files().next().is_some());
    Ok(())
}

#[test]
fn manifest_lists_every_file() -> Result {
    let manifest = Manifest::read(&folder())?;
    let listed: Vec<&str> = manifest.files.iter().map(|entry| entry.path.as_str()).collect();
    let mut found = BTreeSet::new();
    for area in finish::AREAS.into_iter().chain([finish::SCHEMAS]) {
        for entry in std::fs::read_dir(folder().join(area))? {
            let name = entry?.file_name().into_string().map_err(|name| format!("{name:?}"))?;
            found.insert(format!("{area}/{name}"));
        }
    }
    assert_eq!(listed, found.iter().map(String::as_str).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn files_are_those_of_the_manifest() -> Result {
    for entry in Manifest::read(&folder())?.files {
        entry.read(&folder())?;
    }
    Ok(())
}

#[test]
fn files_are_of_the_schema() -> Result {
    assert_valid("schema/manifest-0.json", "manifest.json")?;
    for entry in Manifest::read(&folder())?.vector_files() {
        assert_valid("schema/vector-file-0.json", &entry.path)?;
    }
    Ok(())
}

#[test]
fn counts_are_those_of_the_manifest() -> Result {
    for entry in Manifest::read(&folder())?.vector_files() {
        let file = VectorFile::parse(&entry.path, &entry.read(&folder())?)?;
        assert_eq!(Some(file.vectors.len()), entry.vectors, "{}", entry.path);
        assert_eq!(file.topic, entry.topic());
    }
    Ok(())
}

#[test]
fn ids_are_unique() -> Result {
    let mut seen = BTreeSet::new();
    for file in sceau_test_vectors::all()? {
        for vector in file.vectors {
            assert!(seen.insert(vector.id.clone()), "{} stands there twice", vector.id);
        }
    }
    Ok(())
}

#[test]
fn twins_say_the_same() -> Result {
    for entry in Manifest::read(&folder())?.vector_files() {
        let twin = std::fs::read(folder().join(&entry.path).with_extension("cbor"))?;
        let twin: Value = serde_cbor::from_slice(&twin)?;
        assert_eq!(twin, json(&entry.path)?, "{}", entry.path);
    }
    Ok(())
}

/// The number of vectors of each topic: one that is lost or left out shows here, not only in the manifest
/// that the generator writes.
#[test]
fn counts_are_those_of_this_list() -> Result {
    let found: BTreeMap<String, usize> =
        sceau_test_vectors::all()?.into_iter().map(|f| (f.topic, f.vectors.len())).collect();
    let listed: BTreeMap<String, usize> =
        COUNTS.iter().map(|(topic, count)| ((*topic).to_owned(), *count)).collect();
    assert_eq!(found, listed);
    Ok(())
}

/// Every reference of the committed files leads somewhere, and none is left in a whole vector.
#[test]
fn references_are_resolved() -> Result {
    fn left(value: &Value) -> bool {
        match value {
            Value::Object(fields) => fields.iter().any(|(name, value)| {
                let reference = name.ends_with("_of") && value.is_string()
                    || name.ends_with("_edit") && value.is_object();
                reference || left(value)
            }),
            Value::Array(items) => items.iter().any(left),
            _ => false,
        }
    }
    let files = sceau_test_vectors::all()?;
    let collection = sceau_test_vectors::Collection::new(files.clone());
    let mut resolved = 0;
    for vector in files.iter().flat_map(|file| &file.vectors) {
        let whole = collection.whole(vector)?;
        resolved += usize::from(whole != *vector);
        assert!(!left(&serde_json::to_value(&whole)?), "{}", vector.id);
        assert_eq!((&whole.id, whole.valid), (&vector.id, vector.valid));
    }
    assert!(resolved >= 100, "{resolved}");
    // An edit differs from its base in the one place.
    let bundle = sceau_test_vectors::load_whole("bundle")?;
    let of =
        |id: &str| bundle.vectors.iter().find(|vector| vector.id == id).ok_or("no such vector");
    let (base, edited) = (of("PRE-BUN-003")?, of("PRE-BUN-010")?);
    assert_ne!(base.input.bytes("bundle")?, edited.input.bytes("bundle")?);
    Ok(())
}

/// The working group's files: a list of a known number of cases, or an error.
#[test]
fn working_group_files_have_the_cases_that_are_known() -> Result {
    use sceau_test_vectors::mls_working_group::cases_in;
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mls_working_group");
    std::fs::create_dir_all(&dir)?;
    std::fs::write(dir.join("two.json"), r#"[{"cipher_suite":1},{"cipher_suite":2}]"#)?;
    std::fs::write(dir.join("none.json"), r#"{"cipher_suite":1}"#)?;
    assert_eq!(cases_in(&dir, "two", 2)?[1]["cipher_suite"], 2);
    for (file, count) in [("two", 1), ("two", 3), ("none", 1), ("absent", 0)] {
        assert!(cases_in(&dir, file, count).is_err(), "{file} {count}");
    }
    Ok(())
}

/// What `finish` makes of a file in another layout, in a folder of its own.
#[test]
fn finishes_and_refuses() -> Result {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("finish");
    for area in finish::AREAS.into_iter().chain([finish::SCHEMAS]) {
        std::fs::create_dir_all(dir.join(area))?;
    }
    let path = dir.join("pairwise/topic.json");
    let vector = |id: &str, rest: &str| {
        format!(
            r#"{{"id":"{id}","clauses":["HS-01"],"description":"d","in":{{"k":"00ff"}},{rest}}}"#
        )
    };
    let file = |vectors: &[String]| {
        format!(
            r#"{{"format":"sceau-vectors","version":0,"edition":"0","suite":"core","topic":"topic","generator":"t","vectors":[{}]}}"#,
            vectors.join(",")
        )
    };
    let good = vector("T-001", r#""valid":true,"out":{"o":"01","n":3}"#);
    let bad = vector("T-002", r#""valid":false,"error":"malformed""#);

    std::fs::write(&path, file(&[good.clone(), bad.clone()]))?;
    assert_eq!(finish::finish(&dir)?, 2);
    let first = std::fs::read(&path)?;
    assert_eq!(finish::finish(&dir)?, 2);
    assert_eq!(first, std::fs::read(&path)?, "finishing twice changes nothing");
    let loaded = sceau_test_vectors::load_from(&dir, "topic")?;
    assert_eq!(loaded.vectors.len(), 2);
    for vector in &loaded.vectors {
        assert_eq!(vector.input.bytes("k")?, [0, 255]);
        assert_eq!(vector.out().is_ok(), vector.valid);
        assert_eq!(vector.error().is_err(), vector.valid);
    }
    assert!(sceau_test_vectors::load_from(&dir, "other").is_err());

    std::fs::write(&path, [first.as_slice(), b"\n"].concat())?;
    assert!(sceau_test_vectors::load_from(&dir, "topic").is_err(), "another hash");

    let refused = [
        vec![],
        vec![good.clone(), good],
        vec![vector("T-003", r#""valid":true,"error":"malformed""#)],
        vec![vector("T-003", r#""valid":false,"out":{}"#)],
        vec![vector("T-003", r#""valid":true,"out":{"n":-1}"#)],
        vec![vector("T-003", r#""valid":true,"out":{"n":null}"#)],
        vec![vector("T-003", r#""valid":true,"out":{},"more":1"#)],
    ];
    for vectors in refused {
        std::fs::write(&path, file(&vectors))?;
        assert!(finish::finish(&dir).is_err(), "{vectors:?}");
    }
    Ok(())
}
