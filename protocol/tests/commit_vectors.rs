//! The vectors of one commit an epoch (`test-vectors/pairwise/delivery-commit.json`), by what devices and relays call.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use sceau::delivery::{CommitAnswer, CommitHandle, CommitRequest};
use sceau::hazmat::reencode;
use sceau::{Error, Wire};
use sceau_test_vectors::{Fields, Vector};
use sha2::{Digest, Sha256};

#[test]
fn every_vector() {
    let file = sceau_test_vectors::load_whole("delivery-commit").unwrap();
    // What a relay keeps is a relay's affair: the reference client's relays run those vectors.
    let (relays, own): (Vec<_>, Vec<_>) =
        file.vectors.iter().partition(|vector| vector.input.text("operation") == Ok("commit"));
    for vector in &own {
        let result = run(vector).map_err(|error| error.class());
        let expected = if vector.valid { Ok(()) } else { Err(vector.error().unwrap()) };
        assert_eq!(result, expected, "{} {}", vector.id, vector.description);
    }
    assert!(own.len() >= 45 && relays.len() >= 12, "{} and {}", own.len(), relays.len());
}

fn message(input: &Fields) -> Vec<u8> {
    match input.u64("message_length") {
        Ok(length) => vec![0; usize::try_from(length).unwrap()],
        Err(_) => input.bytes("message").unwrap(),
    }
}

fn answer(state: u64, message: Vec<u8>) -> CommitAnswer {
    match (state, message.is_empty()) {
        (0, true) => CommitAnswer::Empty,
        (1, true) => CommitAnswer::Kept,
        (2, _) => CommitAnswer::Taken(message),
        (3, true) => CommitAnswer::Gone,
        other => panic!("{other:?}"),
    }
}

/// A structure's encoding, or its hash, is the vector's; it is read again.
fn same<T: Wire + PartialEq + std::fmt::Debug>(
    vector: &Vector,
    name: &str,
    value: &T,
) -> Result<(), Error> {
    let bytes = value.to_bytes();
    let read = T::from_bytes(&bytes)?;
    assert_eq!(read, *value, "{}", vector.id);
    let out = vector.out().unwrap();
    match out.bytes(name) {
        Ok(expected) => assert!(bytes == expected, "{}: other bytes", vector.id),
        Err(_) => {
            let expected = out.bytes(&format!("{name}_sha256")).unwrap();
            assert_eq!(Sha256::digest(&bytes)[..], expected[..], "{}", vector.id);
        }
    }
    Ok(())
}

fn run(vector: &Vector) -> Result<(), Error> {
    let input = &vector.input;
    let bytes = |name: &str| input.bytes(name).unwrap();
    match input.text("operation").unwrap() {
        "decode" => {
            let again = reencode(input.text("type").unwrap(), &bytes("bytes")).unwrap()?;
            assert_eq!(again, bytes("bytes"));
        }
        "commit_request" => {
            let handle = CommitHandle::new(input.array("commit_handle").unwrap());
            let request = CommitRequest { handle, message: message(input) };
            same(vector, "commit_request", &request)?;
        }
        "commit_answer" => {
            let answer = answer(input.u64("state").unwrap(), message(input));
            same(vector, "commit_answer", &answer)?;
        }
        "read_commit_answer" => {
            let request = CommitRequest::from_bytes(&bytes("commit_request")).unwrap();
            let read = CommitAnswer::from_bytes(&bytes("commit_answer"))?;
            read.check(&request)?;
            let out = vector.out().unwrap();
            let expected = answer(out.u64("state").unwrap(), out.bytes("message").unwrap());
            assert_eq!(read, expected, "{}", vector.id);
        }
        other => panic!("{}: nobody knows {other}", vector.id),
    }
    Ok(())
}
