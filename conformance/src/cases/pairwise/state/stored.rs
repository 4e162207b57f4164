//! What is stored in a folder, whatever its form: it comes back whole, once, and not older.

use crate::case::{Access, Case, Outcome, Stop, Twin};
use crate::cases::pairwise::stage::{
    Device, Mail, Part, SESSION, Step, accept, cast, demand, established, fetch, initiate,
    judged_with, pass, receive, receive_call, restart, send,
};
use crate::digest::hex;
use crate::scene::{Call, Decision, Home, Party, Scene};
use crate::wire::Randomness;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

const STORE: &[&str] = &[
    "party.new",
    "party.free",
    "party.observe",
    "party.save",
    "party.load",
    "pw.create",
    "pw.send",
    "pw.receive",
];

/// The cases.
pub const CASES: &[Case] = &[
    good(
        "PW-STA-RESTART-001p",
        "An initiator that restarts at each step goes on as if it had not.",
        |s| restarts(s, Part::Initiator),
    )
    .clauses(&["STA-08", "RAT-05"])
    .mutants(&["S4"]),
    good(
        "PW-STA-RESTART-002p",
        "A responder that restarts at each step goes on as if it had not.",
        |s| restarts(s, Part::Responder),
    )
    .clauses(&["STA-08", "RAT-05"])
    .mutants(&["S4"]),
    good("PW-STA-RESTART-003p", "Skipped keys survive a restart.", skipped)
        .clauses(&["STA-08", "RAT-09"])
        .mutants(&["S4"]),
    good("PW-STA-KILL-004p", "A process killed before it stored is where it was.", |s| {
        killed(s, false)
    })
    .clauses(&["STA-07", "STA-08"])
    .mutants(&["S4"]),
    good("PW-STA-KILL-005p", "A process killed after it stored has gone on.", |s| killed(s, true))
        .clauses(&["STA-07", "STA-08"])
        .mutants(&["S4"]),
    bad("PW-STA-REPLAY-006n", "A message received before a restart is refused after it.", replay)
        .clauses(&["STA-08", "STA-09", "RAT-10"])
        .mutants(&["R6", "S4"]),
    good(
        "PW-STA-WRITE-007p",
        "A process killed while it stores leaves the state before or after.",
        interrupted,
    )
    .clauses(&["STA-07"])
    .mutants(&["S4"]),
    good(
        "PW-STA-DAMAGE-008p",
        "A damaged file never makes a process crash or go back unnoticed.",
        damaged,
    )
    .clauses(&["STA-07", "ENC-13"])
    .mutants(&["S1", "S4", "D3"]),
    bad(
        "PW-STA-STALE-009n",
        "A second writer that works from the same copy cannot store.",
        |s, t| stale(s, t, "pw.send"),
    )
    .clauses(&["STA-06"])
    .mutants(&["S3", "S7"]),
    bad(
        "PW-STA-STALE-010n",
        "A second writer that has received from the same copy cannot store.",
        |s, t| stale(s, t, "pw.receive"),
    )
    .clauses(&["STA-06", "STA-07"])
    .mutants(&["S3", "S7"]),
    bad(
        "PW-STA-STALE-011n",
        "A writer that was refused is refused again until it loads.",
        stale_again,
    )
    .clauses(&["STA-06"])
    .mutants(&["S7"]),
    bad(
        "PW-STA-ROLLBACK-012n",
        "An older copy is refused where the caller knows of a newer one.",
        rollback,
    )
    .clauses(&["STA-05", "STA-04"])
    .mutants(&["S1", "S3"]),
    bad(
        "PW-STA-ROLLBACK-013n",
        "A copy one change older than the caller knows of is refused.",
        least,
    )
    .clauses(&["STA-05", "STA-04"])
    .mutants(&["S1"]),
    good(
        "PW-STA-ERASED-033p",
        "Keys that were erased stand in no file of the storage folder.",
        erased,
    )
    .clauses(&["STA-09", "HS-08", "RAT-12"])
    .mutants(&["H9", "R15"]),
    good(
        "PW-STA-CHANGES-014p",
        "The count of changes grows with each step and with nothing else.",
        changes,
    )
    .clauses(&["STA-03"])
    .mutants(&["S1"]),
];

const fn good(id: &'static str, title: &'static str, run: fn(&mut Scene) -> Outcome) -> Case {
    Case::positive(id, title, run).suite("core").needs(Access::L2, STORE).with_peer()
}

const fn bad(id: &'static str, title: &'static str, run: fn(&mut Scene, Twin) -> Outcome) -> Case {
    Case::negative(id, title, run).suite("core").needs(Access::L2, STORE).with_peer()
}

fn restarts(scene: &mut Scene, part: Part) -> Outcome {
    let (alice, bob) = cast(scene, part)?;
    let iut = if part == Part::Initiator { &alice } else { &bob };
    let again = |scene: &mut Scene| {
        let before = scene.digest(iut.party)?;
        restart(scene, iut)?;
        demand(before == scene.digest(iut.party)?, "another state came back")
    };
    again(scene)?;
    let bundle = fetch(scene, &bob)?;
    again(scene)?;
    initiate(scene, &alice, &bob, SESSION, &bundle)?;
    again(scene)?;
    let first = send(scene, &alice, SESSION, "hello")?;
    again(scene)?;
    let second = send(scene, &alice, SESSION, "hello again")?;
    again(scene)?;
    accept(scene, &bob, &first, SESSION)?;
    again(scene)?;
    receive(scene, &bob, &second, Step::Same)?;
    again(scene)?;
    let (mut from, mut to) = (&bob, &alice);
    for turn in 0..4 {
        for step in [Step::Dh, Step::Same] {
            let letter = send(scene, from, SESSION, &format!("turn {turn}"))?;
            again(scene)?;
            receive(scene, to, &letter, step)?;
            again(scene)?;
        }
        (from, to) = (to, from);
    }
    Ok(())
}

fn skipped(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let early = send(scene, &alice, SESSION, "skipped")?;
    pass(scene, &alice, &bob, SESSION, "arrives", Step::Dh)?;
    restart(scene, &bob)?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "new chain", Step::Dh)?;
    restart(scene, &bob)?;
    receive(scene, &bob, &early, Step::Same).map(drop)
}

fn killed(scene: &mut Scene, stored: bool) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.save(bob.party)?;
    let before = scene.digest(bob.party)?;
    let letter = send(scene, &alice, SESSION, "arrives")?;
    receive(scene, &bob, &letter, Step::Dh)?;
    let after = scene.digest(bob.party)?;
    if stored {
        scene.save(bob.party)?;
    }
    scene.kill(Home::Iut)?;
    scene.load(bob.party)?;
    let expected = if stored { after } else { before };
    demand(expected == scene.digest(bob.party)?, "another state came back")?;
    if !stored {
        receive(scene, &bob, &letter, Step::Dh)?;
    }
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)
}

fn replay(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let first = send(scene, &alice, SESSION, "first")?;
    let second = send(scene, &alice, SESSION, "second")?;
    receive(scene, &bob, &first, Step::Dh)?;
    restart(scene, &bob)?;
    let call = receive_call(scene, bob.party, twin.pick(&second, &first), Step::Same);
    judged_with(call, twin, "duplicate")
}

/// The longer the process lives, the further it gets; which of the two states it leaves is its affair.
/// Each round begins with the folder as it was, so that the requests do not depend on it.
fn interrupted(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.save(bob.party)?;
    let before = scene.digest(bob.party)?;
    let letter = send(scene, &alice, SESSION, "arrives")?;
    let (folder, aside) = (scene.folder(bob.party), scene.storage().join("aside"));
    disk(copy(&folder, &aside))?;
    for micros in [0, 20, 50, 100, 200, 300, 500, 800, 1200, 2000, 4000, 10_000] {
        receive(scene, &bob, &letter, Step::Dh)?;
        let after = scene.digest(bob.party)?;
        scene.interrupt_save(bob.party, Duration::from_micros(micros))?;
        scene.load(bob.party)?;
        let now = scene.digest(bob.party)?;
        demand(now == before || now == after, &format!("killed after {micros} µs: a third state"))?;
        scene.call(bob.party, "party.free").ok()?;
        disk(copy(&aside, &folder))?;
        scene.load(bob.party)?;
    }
    receive(scene, &bob, &letter, Step::Dh)?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)
}

fn load_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    party: Party,
    folder: &Path,
    least: Option<u64>,
) -> Call<'s, 'a> {
    let call = scene.at(party.home, "party.load").party(party.name);
    let call = call.text("folder", &folder.to_string_lossy()).long("now", crate::scene::START);
    match least {
        Some(least) => call.long("least_changes", least),
        None => call,
    }
}

fn save(scene: &mut Scene, party: Party) -> Outcome<u64> {
    scene.call(party, "party.save").ok()?.long("changes")
}

/// Most bytes of a stored state that are looked at.
const LARGEST: u64 = 256 << 20;

/// The files of a folder, in order. A pipe, a device or a link would be opened for as long as it likes.
fn files(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let (mut found, mut size) = (Vec::new(), 0);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let about = fs::symlink_metadata(&path)?;
            if about.is_dir() {
                folders.push(path);
            } else if about.is_file() {
                size += about.len();
                found.push(path);
            } else {
                let what = format!("{} is neither a file nor a folder", path.display());
                return Err(io::Error::other(what));
            }
        }
    }
    if size > LARGEST {
        return Err(io::Error::other(format!("a state of {size} bytes")));
    }
    found.sort();
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let files = files(from)?;
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for path in files {
        let target = to.join(path.strip_prefix(from).unwrap_or(&path));
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&path, target)?;
    }
    Ok(())
}

fn disk<T>(result: io::Result<T>) -> Outcome<T> {
    result.map_err(|error| Stop::Inconclusive(format!("storage folder: {error}")))
}

/// Whatever happened to a file: the state that was stored comes back, or none.
fn damaged(scene: &mut Scene) -> Outcome {
    let (_, bob) = established(scene, Part::Responder)?;
    let changes = save(scene, bob.party)?;
    let good = scene.digest(bob.party)?;
    let (folder, aside) = (scene.folder(bob.party), scene.storage().join("aside"));
    disk(copy(&folder, &aside))?;
    for path in disk(files(&aside))? {
        let target = folder.join(path.strip_prefix(&aside).unwrap_or(&path));
        let bytes = disk(fs::read(&path))?;
        let half = bytes.len() / 2;
        let longer = [bytes.clone(), vec![0; 9]].concat();
        for damage in [
            Vec::new(),
            bytes[..half].to_vec(),
            bytes[..bytes.len().saturating_sub(1)].to_vec(),
            longer,
        ] {
            scene.call(bob.party, "party.free").send().map(drop)?;
            disk(copy(&aside, &folder))?;
            disk(fs::write(&target, damage))?;
            if let Decision::Accepted(_) =
                load_call(scene, bob.party, &folder, Some(changes)).send()?
            {
                demand(good == scene.digest(bob.party)?, "a damaged state came back as another")?;
            } else {
                disk(copy(&aside, &folder))?;
                load_call(scene, bob.party, &folder, Some(changes)).ok()?;
            }
        }
    }
    Ok(())
}

/// A second party that works from the stored state of the first, as a second process would.
fn double(scene: &mut Scene, of: &Device) -> Outcome<Device> {
    let party = Party { name: "double", home: of.party.home };
    let folder = scene.folder(of.party);
    load_call(scene, party, &folder, None).ok()?;
    Ok(Device { party, ..of.clone() })
}

fn stored(call: Call, twin: Twin) -> Outcome {
    match twin {
        Twin::Control => call.ok().map(drop),
        Twin::Deviant => call.refused_with("stale_state"),
    }
}

/// Both do a step; in the deviant twin the first has stored when the second wants to.
fn stale(scene: &mut Scene, twin: Twin, cmd: &str) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.save(bob.party)?;
    let other = double(scene, &bob)?;
    let letter = send(scene, &alice, SESSION, "arrives")?;
    let step = |scene: &mut Scene, device: &Device, body: &str| match cmd {
        "pw.send" => send(scene, device, SESSION, body).map(Some),
        _ => receive(scene, device, &letter, Step::Dh).map(|_| None),
    };
    let one = step(scene, &bob, "from one")?;
    if twin == Twin::Deviant {
        scene.save(bob.party)?;
    }
    let two = step(scene, &other, "from the other")?;
    stored(scene.call(other.party, "party.save"), twin)?;
    // What the writer that was refused has sealed never leaves the device.
    let leaves: Option<Mail> = twin.pick(two, one);
    if let Some(leaves) = leaves {
        receive(scene, &alice, &leaves, Step::Same)?;
    }
    Ok(())
}

fn stale_again(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.save(bob.party)?;
    let other = double(scene, &bob)?;
    send(scene, &bob, SESSION, "from one")?;
    if twin == Twin::Deviant {
        scene.save(bob.party)?;
    }
    for body in ["one", "two", "three"] {
        send(scene, &other, SESSION, body)?;
        stored(scene.call(other.party, "party.save"), twin)?;
    }
    scene.call(other.party, "party.free").ok()?;
    let folder = scene.folder(bob.party);
    load_call(scene, other.party, &folder, None).ok()?;
    let letter = send(scene, &other, SESSION, "from the one that has loaded")?;
    scene.save(other.party)?;
    receive(scene, &alice, &letter, Step::Same).map(drop)
}

/// In the deviant twin the folder is put back to what it was.
fn rollback(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.save(bob.party)?;
    let (folder, aside) = (scene.folder(bob.party), scene.storage().join("aside"));
    disk(copy(&folder, &aside))?;
    let letter = send(scene, &bob, SESSION, "sent from the newer state")?;
    let changes = save(scene, bob.party)?;
    receive(scene, &alice, &letter, Step::Same)?;
    scene.kill(Home::Iut)?;
    if twin == Twin::Deviant {
        disk(copy(&aside, &folder))?;
    }
    least_known(load_call(scene, bob.party, &folder, Some(changes)), twin)
}

fn least_known(call: Call, twin: Twin) -> Outcome {
    match twin {
        Twin::Control => call.ok().map(drop),
        Twin::Deviant => call.refused_with("rollback"),
    }
}

fn least(scene: &mut Scene, twin: Twin) -> Outcome {
    let (_, bob) = established(scene, Part::Responder)?;
    let changes = save(scene, bob.party)?;
    scene.kill(Home::Iut)?;
    let folder = scene.folder(bob.party);
    least_known(load_call(scene, bob.party, &folder, Some(changes + twin.pick(0, 1))), twin)
}

/// Whether some bytes stand in a file of the device's folder: as they are, or in hexadecimal.
fn stands(scene: &mut Scene, device: &Device, secret: &[u8]) -> Outcome<bool> {
    scene.save(device.party)?;
    let text = hex(secret);
    for path in disk(files(&scene.folder(device.party)))? {
        let bytes = disk(fs::read(&path))?;
        let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        if has(secret) || has(text.as_bytes()) || has(text.to_ascii_uppercase().as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Private keys are fed, so that they can be looked for, before their end and behind it.
fn erased(scene: &mut Scene) -> Outcome {
    if scene.randomness() != Randomness::Fed {
        return Err(Stop::Unsupported("the randomness is not fed".to_owned()));
    }
    let (alice, bob) = cast(scene, Part::Responder)?;
    let batch = scene.next_id(Home::Iut);
    let bundle = fetch(scene, &bob)?;
    let prekeys = [("one_time_prekey.0", 32), ("kem_prekey.0", 64)];
    let prekeys = prekeys.map(|(name, length)| scene.value("bob", batch, name, length));
    for secret in &prekeys {
        if !stands(scene, &bob, secret)? {
            let why = "what is stored is sealed, or keys stand in it in another form";
            return Err(Stop::Unsupported(why.to_owned()));
        }
    }
    initiate(scene, &alice, &bob, SESSION, &bundle)?;
    let first = send(scene, &alice, SESSION, "hello")?;
    // The state's digest is asked for before and after.
    let accepted = scene.next_id(Home::Iut) + 1;
    accept(scene, &bob, &first, SESSION)?;
    for secret in &prekeys {
        demand(!stands(scene, &bob, secret)?, "a one-time prekey is stored after its use")?;
    }
    let ratchet = scene.value("bob", accepted, "ratchet_key", 32);
    demand(stands(scene, &bob, &ratchet)?, "the ratchet key is not stored")?;
    pass(scene, &bob, &alice, SESSION, "hello to you", Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "again", Step::Dh)?;
    demand(!stands(scene, &bob, &ratchet)?, "a ratchet key is stored after its replacement")
}

fn changes(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let mut last = save(scene, bob.party)?;
    for turn in 0..4 {
        let same = save(scene, bob.party)?;
        demand(same == last, "storing again counts as a change")?;
        let letter = send(scene, &alice, SESSION, "arrives")?;
        receive(scene, &bob, &letter, if turn == 0 { Step::Dh } else { Step::Same })?;
        let now = save(scene, bob.party)?;
        demand(now > last, "a received message is no change")?;
        last = now;
        send(scene, &bob, SESSION, "answer")?;
        let now = save(scene, bob.party)?;
        demand(now > last, "a sent message is no change")?;
        last = now;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::files;
    use std::{fs, io};

    #[test]
    fn what_is_no_file_is_not_opened() -> io::Result<()> {
        let folder = std::env::temp_dir().join(format!("sceau-stored-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("inner"))?;
        fs::write(folder.join("inner/record"), b"1")?;
        assert_eq!(files(&folder)?, [folder.join("inner/record")]);
        let link = folder.join("inner/link");
        std::os::unix::fs::symlink("..", &link)?;
        assert!(files(&folder).is_err(), "a link that leads back");
        fs::remove_file(&link)?;
        let made = std::process::Command::new("mkfifo").arg(folder.join("pipe")).status()?;
        assert!(made.success() && files(&folder).is_err(), "a pipe");
        fs::remove_file(folder.join("pipe"))?;
        let large = fs::File::create(folder.join("large"))?;
        large.set_len(1 << 40)?;
        assert!(files(&folder).is_err(), "a file of a tebibyte");
        fs::remove_dir_all(&folder)
    }
}
