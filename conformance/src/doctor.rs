//! Looks an adapter over before it is tested, and tells what is wrong in words.

use crate::case::{Access, Stop};
use crate::exit::Exit;
use crate::runner::{Options, Pair, Storage, Trouble};
use crate::scene::{Home, Scene};
use crate::seed::Seed;
use crate::wire::{Clock, Hello, Randomness};
use std::time::Instant;

/// Round trips that are timed.
const ROUNDS: u32 = 100;

/// Runs all checks and prints what they find.
#[must_use]
pub fn run(options: &Options) -> Exit {
    let mut pair = match Pair::start(options) {
        Ok(pair) => pair,
        Err(Trouble::NoAdapter(why) | Trouble::Harness(why) | Trouble::Usage(why)) => {
            println!("bad   start     {why}");
            println!("      Run the command by hand and type: {HELLO}");
            return Exit::NoAdapter;
        }
    };
    let hello = pair.iut.hello().clone();
    println!("good  start     {} {}", hello.implementation, hello.implementation_version);
    declared(&hello);
    let storage = match Storage::create() {
        Ok(storage) => storage,
        Err(error) => {
            println!("bad   storage   the runner cannot create a folder: {error}");
            return Exit::Harness;
        }
    };
    let randomness = hello.randomness.iter().min().copied().unwrap_or(Randomness::Own);
    let folder = storage.0.clone();
    let (iut, peer) = (&mut pair.iut, pair.peer.as_mut());
    let mut scene = Scene::new(iut, peer, Seed::DEFAULT, randomness, None, folder);
    let mut sound = true;
    let mut check = |name: &str, outcome: Result<String, Stop>| match outcome {
        Ok(said) => println!("good  {name:<9} {said}"),
        Err(Stop::Unsupported(why)) => println!("none  {name:<9} {why}"),
        Err(Stop::Fail(why) | Stop::Inconclusive(why) | Stop::Crash(why)) => {
            sound = false;
            println!("bad   {name:<9} {why}");
        }
    };
    check("reset", scene.begin().map(|()| "meta.reset".to_owned()));
    check("echo", echo(&mut scene));
    check("speed", speed(&mut scene));
    check("clock", clock(&mut scene, &hello));
    check("storage", store(&mut scene, &hello));
    check("peer", peer_hello(&mut scene));
    if sound { Exit::Conformant } else { Exit::Inconclusive }
}

const HELLO: &str =
    r#"{"id":1,"cmd":"meta.hello","in":{"versions":["0"],"largest_line":16777216}}"#;

fn declared(hello: &Hello) {
    let randomness: Vec<_> = hello.randomness.iter().map(|source| source.word()).collect();
    println!("      declares  profiles: {}", hello.profiles.join(" "));
    println!("                access {}, {} commands", hello.access.name(), hello.commands.len());
    println!("                randomness: {}, clock: {:?}", randomness.join(" "), hello.clock);
    if hello.access == Access::L3 && !hello.randomness.contains(&Randomness::Fed) {
        println!(
            "odd   access    L3 without fed randomness: byte-exact cases will be inconclusive"
        );
    }
    for command in ["meta.echo", "meta.reset"] {
        if !hello.has(command) {
            println!("odd   commands  {command} is not declared");
        }
    }
}

fn echo(scene: &mut Scene) -> Result<String, Stop> {
    let call =
        scene.iut("meta.echo").text("text", "Sceau \u{e9}\u{1f58b}").long("number", u64::MAX);
    let out = call.repeat("data", 0x61, 1 << 20).ok()?;
    let right = out.text("text")? == "Sceau \u{e9}\u{1f58b}"
        && out.long("number")? == u64::MAX
        && out.integer("len")? == 1 << 20;
    match right {
        true => Ok("text, 64-bit number and 1 MiB came through".to_owned()),
        false => Err(Stop::Fail("meta.echo returned something else".to_owned())),
    }
}

fn speed(scene: &mut Scene) -> Result<String, Stop> {
    let started = Instant::now();
    for _ in 0..ROUNDS {
        scene.iut("meta.echo").text("text", "").long("number", 0).text("data", "").ok()?;
    }
    let each = started.elapsed() / ROUNDS;
    Ok(format!("{} µs a round trip", each.as_micros()))
}

fn clock(scene: &mut Scene, hello: &Hello) -> Result<String, Stop> {
    if hello.clock == Clock::Own {
        return Err(Stop::Unsupported("the machine's: cases on expiry cannot run".to_owned()));
    }
    let party = scene.party("doctor", Home::Iut)?;
    scene.advance(86_400, &[party])?;
    Ok("a day passed".to_owned())
}

fn store(scene: &mut Scene, hello: &Hello) -> Result<String, Stop> {
    if !hello.has("party.save") || !hello.has("party.load") {
        return Err(Stop::Unsupported("no party.save and party.load".to_owned()));
    }
    let party = scene.party("storage", Home::Iut)?;
    let before = scene.digest(party)?;
    scene.save(party)?;
    scene.kill(Home::Iut)?;
    scene.load(party)?;
    match scene.digest(party)? == before {
        true => Ok("a state came back after the process was killed".to_owned()),
        false => Err(Stop::Fail("another state came back after the process was killed".to_owned())),
    }
}

fn peer_hello(scene: &mut Scene) -> Result<String, Stop> {
    match scene.peer.as_ref() {
        Some(peer) => {
            let hello = peer.hello();
            let (name, version) = (&hello.implementation, &hello.implementation_version);
            Ok(format!("{name} {version}, {} deviations", hello.deviations.len()))
        }
        None => {
            Err(Stop::Unsupported("no --peer: cases between two parties cannot run".to_owned()))
        }
    }
}
