//! The adapter itself: lines, numbers, large values, what it must not accept.

use crate::case::{Access, Case, Outcome, Stop};
use crate::digest::{hex, sha256};
use crate::scene::{Home, Scene};
use crate::wire::{Answer, Randomness};

/// The cases.
pub const CASES: &[Case] = &[
    Case::positive("META-ECHO-TEXT-001p", "Text and 64-bit numbers come through unchanged.", text)
        .clauses(&["ADP-01", "ADP-05"]),
    Case::positive("META-ECHO-BYTES-002p", "Bytes come through unchanged.", bytes)
        .clauses(&["ADP-01"]),
    Case::positive("META-ECHO-REPEAT-003p", "The repeat form stands for its bytes.", repeat)
        .clauses(&["ADP-04"]),
    Case::positive("META-ECHO-FILE-004p", "The file form stands for the file's bytes.", file)
        .clauses(&["ADP-04"]),
    Case::positive("META-FILE-HASH-005p", "A file with another hash is a fault.", wrong_file)
        .clauses(&["ADP-04"]),
    Case::positive("META-LINE-LONG-006p", "A line of 1 MiB is accepted.", long_line)
        .clauses(&["ADP-04"]),
    Case::positive("META-CMD-UNKNOWN-007p", "An unknown command is unsupported.", unknown)
        .clauses(&["ADP-02"]),
    Case::positive("META-PARAM-UNKNOWN-008p", "An unknown parameter is unsupported.", parameter)
        .clauses(&["ADP-02"]),
    Case::positive("META-DEVIATE-UNKNOWN-009p", "An unknown deviation is unsupported.", deviation)
        .clauses(&["ADP-02"]),
    Case::positive("META-KEY-TWICE-010p", "A key that stands twice is a fault.", twice)
        .clauses(&["ADP-03"]),
    Case::positive("META-LINE-BAD-011p", "A line that is no request is a fault.", no_request)
        .clauses(&["ADP-03"]),
    Case::positive("META-HEX-BAD-012p", "Bytes that are not lowercase hex are a fault.", bad_hex)
        .clauses(&["ADP-03"]),
    Case::positive("META-RESET-ALL-013p", "A reset forgets every party.", reset)
        .clauses(&["ADP-06"])
        .needs(Access::L1, &["party.new"]),
    Case::positive("META-RAND-DRAW-014p", "Randomness is what the runner fed, all of it.", draw)
        .clauses(&["ADP-10"])
        .needs(Access::L3, &["meta.draw"])
        .optional(),
    Case::positive("META-RAND-MISSING-015p", "Missing randomness is a fault.", missing)
        .clauses(&["ADP-10"])
        .needs(Access::L3, &["meta.draw"])
        .optional(),
];

fn text(scene: &mut Scene) -> Outcome {
    for text in ["", "a \"quoted\" \\ word", "é 密 🖋 \u{1}\u{2028}", "{\"id\":1}"] {
        for number in [0, 1 << 53, u64::MAX] {
            let call = scene.iut("meta.echo").text("text", text).long("number", number);
            let out = call.text("data", "").ok()?;
            demand(out.text("text")? == text, "meta.echo: another text came back")?;
            demand(out.long("number")? == number, "meta.echo: another number came back")?;
        }
    }
    Ok(())
}

fn bytes(scene: &mut Scene) -> Outcome {
    for length in [0, 1, 255, 70_000] {
        let data = scene.random("data", length);
        let call = scene.iut("meta.echo").text("text", "").long("number", 0);
        let out = call.bytes("data", &data).ok()?;
        demand(out.integer("len")? == data.len() as u64, "meta.echo: another length")?;
        out.is("sha256", &sha256(&data))?;
    }
    Ok(())
}

fn repeat(scene: &mut Scene) -> Outcome {
    for (byte, length) in [(0x00, 0_u32), (0xa5, 1), (0x61, 5_000_000)] {
        let call = scene.iut("meta.echo").text("text", "").long("number", 0);
        let out = call.repeat("data", byte, u64::from(length)).ok()?;
        demand(out.integer("len")? == u64::from(length), "meta.echo: another length")?;
        out.is("sha256", &sha256(&vec![byte; length as usize]))?;
    }
    Ok(())
}

fn file(scene: &mut Scene) -> Outcome {
    let data = scene.random("data", 8000).repeat(300);
    let form = stored(scene, &data, &sha256(&data))?;
    let call = scene.iut("meta.echo").text("text", "").long("number", 0);
    let out = call.text("data", &form).ok()?;
    demand(out.integer("len")? == data.len() as u64, "meta.echo: another length")?;
    out.is("sha256", &sha256(&data))?;
    Ok(())
}

fn wrong_file(scene: &mut Scene) -> Outcome {
    let data = scene.random("data", 100);
    let form = stored(scene, &data, &sha256(b"something else"))?;
    let id = scene.next_id(Home::Iut);
    fault(scene, id, &echo(id, "", "0", &form))
}

/// Writes a file for the adapter and gives the form that names it.
fn stored(scene: &Scene, data: &[u8], hash: &str) -> Outcome<String> {
    let path = scene.storage().join("data");
    std::fs::write(&path, data)
        .map_err(|e| Stop::Inconclusive(format!("{}: {e}", path.display())))?;
    Ok(format!("@file:{hash}:{}", path.display()))
}

fn long_line(scene: &mut Scene) -> Outcome {
    // Random bytes once, then doubled: it is the length that counts.
    let data = scene.random("data", 1000).repeat(523);
    let call = scene.iut("meta.echo").text("text", "").long("number", 0);
    call.bytes("data", &data).ok()?.is("sha256", &sha256(&data))?;
    Ok(())
}

fn unknown(scene: &mut Scene) -> Outcome {
    for cmd in ["meta.no_such_command", "nothing", ""] {
        let id = scene.next_id(Home::Iut);
        unsupported(scene, id, &format!(r#"{{"id":{id},"cmd":"{cmd}","in":{{}}}}"#))?;
    }
    Ok(())
}

fn parameter(scene: &mut Scene) -> Outcome {
    let id = scene.next_id(Home::Iut);
    let line = format!(
        r#"{{"id":{id},"cmd":"meta.echo","in":{{"text":"","number":"0","data":"","no_such":"1"}}}}"#
    );
    unsupported(scene, id, &line)
}

fn deviation(scene: &mut Scene) -> Outcome {
    let id = scene.next_id(Home::Iut);
    let line = format!(
        r#"{{"id":{id},"cmd":"meta.echo","deviate":["no-such-deviation"],"in":{{"text":"","number":"0","data":""}}}}"#
    );
    unsupported(scene, id, &line)
}

fn twice(scene: &mut Scene) -> Outcome {
    let id = scene.next_id(Home::Iut);
    let inner = r#""in":{"text":"a","text":"b","number":"0","data":""}"#;
    fault(scene, id, &format!(r#"{{"id":{id},"cmd":"meta.echo",{inner}}}"#))?;
    let id = scene.next_id(Home::Iut);
    let inner = r#""in":{"text":"a","number":"0","data":""}"#;
    fault(scene, id, &format!(r#"{{"id":{id},"cmd":"meta.echo","cmd":"meta.echo",{inner}}}"#))
}

/// After each the adapter must still be there.
fn no_request(scene: &mut Scene) -> Outcome {
    let id = scene.next_id(Home::Iut);
    for line in ["", "{", "[1,2]", "null", "meta.echo", "{\"cmd\":\"meta.echo\",\"in\":{}}"] {
        fault(scene, 0, line)?;
    }
    for input in
        [r#"{"number":0.5}"#, r#"{"number":-1}"#, r#"{"number":null}"#, r#"{"a":{"b":"c"}}"#]
    {
        fault(scene, id, &format!(r#"{{"id":{id},"cmd":"meta.echo","in":{input}}}"#))?;
    }
    text(scene)
}

fn bad_hex(scene: &mut Scene) -> Outcome {
    for data in ["0", "AB", "zz", "0x00", " 00", "@repeat:00", "@repeat:0000:5", "@what:00:1"] {
        let id = scene.next_id(Home::Iut);
        fault(scene, id, &echo(id, "", "0", data))?;
    }
    Ok(())
}

fn reset(scene: &mut Scene) -> Outcome {
    let party = scene.party("alice", Home::Iut)?;
    scene.begin()?;
    let again = scene.party("alice", Home::Iut)?;
    demand(party == again, "two parties of one name")
}

/// Fed or seeded, the bytes are the same.
fn draw(scene: &mut Scene) -> Outcome {
    if scene.randomness() == Randomness::Own {
        return Err(Stop::Unsupported("the implementation draws its own randomness".to_owned()));
    }
    let draws = [("a", 32), ("b/0", 16), ("b/1", 16), ("long", 2400)];
    let names: Vec<String> =
        draws.iter().map(|(name, length)| format!("{name}:{length}")).collect();
    for _ in 0..2 {
        let id = scene.next_id(Home::Iut);
        let call = scene.iut("meta.draw").party("alice").list("draws", &names);
        let out = draws.iter().fold(call, |call, (name, length)| call.rand(name, *length)).ok()?;
        let drawn = out.list("drawn")?.to_vec();
        let value = |(name, length): &(&str, usize)| hex(&scene.value("alice", id, name, *length));
        let expected: Vec<String> = draws.iter().map(value).collect();
        demand(drawn == expected, "meta.draw: other bytes than those that were fed")?;
    }
    Ok(())
}

fn missing(scene: &mut Scene) -> Outcome {
    if scene.randomness() != Randomness::Fed {
        return Err(Stop::Unsupported("randomness is not fed".to_owned()));
    }
    let id = scene.next_id(Home::Iut);
    let line = |rand: &str| {
        format!(r#"{{"id":{id},"cmd":"meta.draw","rand":{{{rand}}},"in":{{"draws":["a:2"]}}}}"#)
    };
    fault(scene, id, &line(r#""b":"0000""#))?;
    fault(scene, id, &line(r#""a":"00""#))
}

fn echo(id: u64, text: &str, number: &str, data: &str) -> String {
    format!(
        r#"{{"id":{id},"cmd":"meta.echo","in":{{"text":"{text}","number":"{number}","data":"{data}"}}}}"#
    )
}

fn fault(scene: &mut Scene, id: u64, line: &str) -> Outcome {
    match scene.raw(line, id)? {
        Answer::Fault { .. } => Ok(()),
        other => Err(Stop::Fail(format!(
            "{} was answered with {}, not fault",
            short(line),
            word(&other)
        ))),
    }
}

fn unsupported(scene: &mut Scene, id: u64, line: &str) -> Outcome {
    match scene.raw(line, id)? {
        Answer::Unsupported { .. } => Ok(()),
        other => {
            let (line, word) = (short(line), word(&other));
            Err(Stop::Fail(format!("{line} was answered with {word}, not unsupported")))
        }
    }
}

fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Ok { .. } => "ok",
        Answer::Reject { .. } => "reject",
        Answer::Unsupported { .. } => "unsupported",
        Answer::Fault { .. } => "fault",
        Answer::Pending { .. } => "pending",
    }
}

fn short(line: &str) -> String {
    let line: String = line.chars().take(80).collect();
    if line.is_ascii() { line } else { hex(line.as_bytes()) }
}

fn demand(holds: bool, what: &str) -> Outcome {
    if holds { Ok(()) } else { Err(Stop::Fail(what.to_owned())) }
}
