//! What differs between the two sides.

use super::super::side::{Answer, Out};
use hacspec_lib::*;
use sceau_spec::octets::from_bytes;
use sceau_spec::pairwise::records::{decode_records, encode_record};
use std::collections::BTreeMap;

pub fn hex(bytes: &[u8]) -> String {
    let text: String = bytes.iter().take(4_000).map(|byte| format!("{byte:02x}")).collect();
    format!("{text} ({} bytes)", bytes.len())
}

/// What differs between two answers.
pub fn difference(spec: &Answer, library: &Answer) -> Option<String> {
    match (spec, library) {
        (Ok(spec), Ok(library)) => {
            if spec.len() != library.len() {
                return Some("different fields".to_owned());
            }
            spec.iter().zip(library).find(|(a, b)| a != b).map(|((name, a), (_, b))| {
                format!("{name}:\n  specification {}\n  library       {}", hex(a), hex(b))
            })
        }
        (Err(spec), Err(library)) if spec == library => None,
        _ => {
            let short = |answer: &Answer| match answer {
                Ok(_) => "ok".to_owned(),
                Err(class) => class.clone(),
            };
            Some(format!("verdict: specification {}, library {}", short(spec), short(library)))
        }
    }
}

pub fn field<'a>(out: &'a Out, name: &str) -> &'a [u8] {
    out.iter().find(|(of, _)| *of == name).map(|(_, bytes)| bytes.as_slice()).unwrap_or_default()
}

/// The records of two exports that differ.
pub fn differing_records(spec: &[u8], library: &[u8]) -> String {
    let records = |bytes: &[u8]| -> BTreeMap<(u8, String), String> {
        let Ok(records) = decode_records(&from_bytes(bytes)) else { return BTreeMap::new() };
        let mut out = BTreeMap::new();
        for i in 0..records.len() {
            let record = records[i].clone();
            let bytes = encode_record(&record);
            out.insert((record.key.kind, record.key.id.to_hex()), hex(bytes.native_slice()));
        }
        out
    };
    let (spec, library) = (records(spec), records(library));
    let mut out = String::from("state:");
    for key in spec.keys().chain(library.keys()).collect::<std::collections::BTreeSet<_>>() {
        if spec.get(key) != library.get(key) {
            let (a, b) = (spec.get(key), library.get(key));
            out.push_str(&format!(
                "\n record kind {} id {}\n  specification {}\n  library       {}",
                key.0,
                key.1,
                a.map_or("-", |x| x),
                b.map_or("-", |x| x)
            ));
        }
    }
    out
}
