//! `demo`: a relay, two people, a file, an offline bundle, a restart and a group of three, each step as it would be typed.

use crate::error::{About, Error, Result};
use crate::process::{ClientProcess, RelayProcess};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Runs the demonstration in a folder.
///
/// # Errors
/// The first step that does not do what it should.
pub fn run(keep: Option<&Path>) -> Result<()> {
    let started = Instant::now();
    let temporary = std::env::temp_dir().join(format!("sceau-demo-{}", std::process::id()));
    let folder = keep.unwrap_or(&temporary);
    std::fs::create_dir_all(folder).about(format!("the folder {}", folder.display()))?;
    let played = Stage::new(folder).and_then(|mut stage| stage.play());
    if keep.is_none() {
        let _ = std::fs::remove_dir_all(folder);
    }
    played?;
    println!("\nEverything worked, in {:.1} s.", started.elapsed().as_secs_f32());
    Ok(())
}

struct Stage {
    folder: PathBuf,
    program: PathBuf,
    ada: ClientProcess,
    bob: ClientProcess,
    carol: ClientProcess,
    relay: Option<RelayProcess>,
}

impl Stage {
    fn new(folder: &Path) -> Result<Self> {
        let program = std::env::current_exe().about("the own program")?;
        let client = |name: &str| ClientProcess::new(&program, &folder.join(name));
        let (ada, bob, carol) = (client("ada"), client("bob"), client("carol"));
        Ok(Self { folder: folder.to_owned(), ada, bob, carol, program, relay: None })
    }

    fn play(&mut self) -> Result<()> {
        title("A relay, and two people with an account each");
        let url = self.start_relay("127.0.0.1:0")?;
        println!(
            "(--kdf-memory: stores that open fast, for this purpose; by default guessing a passphrase costs more)"
        );
        self.ada(&["init", "--relay", &url, "--name", "ada", "--kdf-memory", "8192"])?;
        self.bob(&["init", "--relay", &url, "--name", "bob", "--kdf-memory", "8192"])?;
        let (ada, bob) = (self.ada.account()?, self.bob.account()?);

        title("They add and verify each other; a real one would scan the QR code");
        self.ada(&["add", "bob", &bob])?;
        self.bob(&["add", "ada", &ada])?;
        let shown = self.bob.json(&["verify", "ada"])?;
        let number = shown.first().and_then(|shown| shown.get("number")?.as_str());
        let number = number.ok_or_else(|| Error::fault("no safety number"))?.to_owned();
        println!("(Bob reads out {number})");
        self.ada(&["verify", "bob", "--number", &number])?;

        title("A first message, while Bob is away; then an answer");
        self.ada(&["send", "bob", "Hello Bob, are you there?"])?;
        expect(&self.bob(&["receive"])?, "Hello Bob, are you there?")?;
        self.bob(&["send", "ada", "I am, Ada."])?;
        expect(&self.ada(&["receive"])?, "I am, Ada.")?;

        title("A file of 3 MB, sealed in chunks");
        let file = self.folder.join("plans.bin");
        let bytes: Vec<u8> =
            (0..3_000_000u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        std::fs::write(&file, &bytes).about("a file")?;
        self.ada(&["send", "bob", "--file", &file.to_string_lossy()])?;
        let shown = self.bob(&["receive"])?;
        expect(&shown, "plans.bin")?;
        let number = shown.rsplit("sceau save ").next().unwrap_or_default().lines().next();
        let to = self.folder.join("saved");
        let number = number.unwrap_or_default().trim().to_owned();
        self.bob(&["save", &number, "--to", &to.to_string_lossy()])?;
        let saved = std::fs::read(to.join("plans.bin")).about("the saved file")?;
        if saved != bytes {
            return Err(Error::fault("the saved file is another one"));
        }
        println!("(the same {} bytes)", saved.len());

        title("The relay is killed. Messages wait, and go by a memory stick");
        let address = self.relay.as_ref().map(|relay| relay.address().to_owned());
        self.relay = None;
        self.bob(&["send", "ada", "The network is down: take this by hand.", "--later"])?;
        let stick = self.folder.join("stick.sceau").to_string_lossy().into_owned();
        self.bob(&["export", "--outbox", &stick])?;
        expect(&self.ada(&["import", &stick])?, "take this by hand")?;

        title(
            "The relay starts again with what it had; the same envelope comes twice and is shown once",
        );
        self.start_relay(&address.unwrap_or_default())?;
        self.ada(&["send", "bob", "Got it. The relay is back."])?;
        expect(&self.bob(&["receive"])?, "The relay is back.")?;
        self.ada(&["receive"])?;
        let listed = self.ada(&["list"])?;
        expect(&listed, "delivered")?;
        match listed.matches("take this by hand").count() {
            1 => self.play_group(&url, &ada),
            times => Err(Error::fault(format!("it was shown {times} times"))),
        }
    }

    fn play_group(&self, url: &str, ada: &str) -> Result<()> {
        title("A group: Carol comes, and both let Ada add them");
        self.carol(&["init", "--relay", url, "--name", "carol", "--kdf-memory", "8192"])?;
        self.carol(&["add", "ada", ada])?;
        self.ada(&["add", "carol", &self.carol.account()?])?;
        self.bob(&["group", "allow", "ada"])?;
        self.carol(&["group", "allow", "ada"])?;
        self.ada(&["group", "create", "team", "bob", "carol"])?;
        expect(&self.bob(&["receive"])?, "added you to the group team, 3 devices")?;

        title("A message goes to each of the others in a session: the relay sees no group");
        self.bob(&["group", "send", "team", "Hello team, Bob here."])?;
        expect(&self.carol(&["receive"])?, "Hello team, Bob here.")?;
        expect(&self.ada(&["receive"])?, "Hello team, Bob here.")?;

        title("Carol is removed: she is told, and reads nothing that follows");
        self.ada(&["group", "remove", "team", "carol"])?;
        self.ada(&["group", "send", "team", "Carol is out."])?;
        expect(&self.bob(&["receive"])?, "Carol is out.")?;
        let told = self.carol(&["receive"])?;
        expect(&told, "removed you from the group team")?;
        if told.contains("is out.") {
            return Err(Error::fault("who was removed still reads"));
        }
        expect(&self.bob(&["group", "list", "team"])?, "2 devices")
    }

    fn start_relay(&mut self, address: &str) -> Result<String> {
        let data = self.folder.join("relay").to_string_lossy().into_owned();
        println!("$ sceau relay --listen {address} --data {data} &");
        let relay = RelayProcess::start(&self.program, &["--listen", address, "--data", &data])?;
        println!("listening at {}", relay.url);
        Ok(self.relay.insert(relay).url.clone())
    }

    fn ada(&self, arguments: &[&str]) -> Result<String> {
        show(&self.ada, arguments)
    }

    fn carol(&self, arguments: &[&str]) -> Result<String> {
        show(&self.carol, arguments)
    }

    fn bob(&self, arguments: &[&str]) -> Result<String> {
        show(&self.bob, arguments)
    }
}

fn title(text: &str) {
    println!("\n== {text}");
}

/// Shows a command and what it prints; it must succeed.
fn show(client: &ClientProcess, arguments: &[&str]) -> Result<String> {
    let name = client.home().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let quoted: Vec<String> = arguments
        .iter()
        .map(|word| if word.contains(' ') { format!("\"{word}\"") } else { (*word).to_owned() })
        .collect();
    println!("{name}$ sceau {}", quoted.join(" "));
    let output = client.run(arguments)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    print!("{said}");
    if output.status.success() {
        Ok(said)
    } else {
        Err(Error::fault(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}

fn expect(said: &str, what: &str) -> Result<()> {
    if said.contains(what) {
        Ok(())
    } else {
        Err(Error::fault(format!("\"{what}\" was not shown")))
    }
}
