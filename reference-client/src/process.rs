//! Relays and clients as processes of their own: for the demonstration, the load command and the tests.

use crate::error::{About, Error, Result};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// The passphrase of a [`ClientProcess`]'s store.
pub const PASSPHRASE: &str = "a passphrase for this purpose alone";

/// A relay that runs; it is ended when this is dropped.
pub struct RelayProcess {
    child: Child,
    /// Where it listens, such as `http://127.0.0.1:7400`.
    pub url: String,
}

impl RelayProcess {
    /// Starts a relay and waits until it listens.
    ///
    /// # Errors
    /// A relay that ends at once.
    pub fn start(program: &Path, arguments: &[&str]) -> Result<Self> {
        let mut child = Command::new(program)
            .args(["--json", "relay"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()
            .about("the relay")?;
        let log = child.stderr.take().map(|log| std::thread::spawn(move || last_line(log)));
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line).about("the relay")?;
        }
        let said: Value = serde_json::from_str(&line).unwrap_or_default();
        match said.get("listening").and_then(Value::as_str) {
            Some(url) => Ok(Self { url: url.to_owned(), child }),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                let cause = log.and_then(|log| log.join().ok()).unwrap_or_default();
                let said: Value = serde_json::from_str(&cause).unwrap_or_default();
                let told = |key: &str| said.get(key).and_then(Value::as_str).map(str::to_owned);
                let cause = told("error").unwrap_or(cause);
                let error = Error::fault(format!("the relay did not start: {cause}"));
                Err(told("next").into_iter().fold(error, Error::next))
            }
        }
    }

    /// The address without its scheme.
    #[must_use]
    pub fn address(&self) -> &str {
        self.url.split("://").nth(1).unwrap_or_default()
    }

    /// The process's number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a log to its end, and gives its last line.
fn last_line(log: impl std::io::Read) -> String {
    let lines = BufReader::new(log).lines().map_while(std::result::Result::ok);
    lines.last().unwrap_or_default()
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A client that is called as a command.
#[derive(Clone)]
pub struct ClientProcess {
    program: PathBuf,
    home: PathBuf,
}

impl ClientProcess {
    /// A client with a store in a folder.
    #[must_use]
    pub fn new(program: &Path, home: &Path) -> Self {
        Self { program: program.to_owned(), home: home.to_owned() }
    }

    /// Its folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// A command that is not started yet.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--home").arg(&self.home).args(arguments);
        command.env("SCEAU_PASSPHRASE", PASSPHRASE);
        command.env("SCEAU_ANCHOR", self.home.with_extension("count"));
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// A program that can't be started.
    pub fn run(&self, arguments: &[&str]) -> Result<Output> {
        self.command(arguments).output().about("the client")
    }

    /// Runs a command that must succeed, and gives its results: one JSON object a line.
    ///
    /// # Errors
    /// What the client says.
    pub fn json(&self, arguments: &[&str]) -> Result<Vec<Value>> {
        let output = self.run(&[&["--json"], arguments].concat())?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Error::fault(format!("sceau {}: {said}", arguments.join(" "))));
        }
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        lines.lines().map(|line| serde_json::from_str(line).about("the client's answer")).collect()
    }

    /// The own account id.
    ///
    /// # Errors
    /// As [`ClientProcess::json`].
    pub fn account(&self) -> Result<String> {
        let said = self.json(&["whoami"])?;
        let account = said.iter().find_map(|said| said.get("account")?.as_str());
        account.map(str::to_owned).ok_or_else(|| Error::fault("no account id"))
    }
}
