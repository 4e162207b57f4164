//! The tools: where they are, which version they have, and a run with a time limit.

use crate::error::{About, Error, Result};
use crate::models::registry::{Run, Tool};
use crate::models::results::{Outcome, outcomes};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// How often it is looked whether a run has ended.
const PAUSE: Duration = Duration::from_millis(20);
/// How much of a failing run's output is shown.
const SHOWN_LINES: usize = 8;

/// A tool that is there.
#[derive(Debug)]
pub struct Present {
    /// Which.
    pub tool: Tool,
    /// What is started.
    program: OsString,
    /// Name and version, as records have it.
    pub version: String,
    /// The searches that were compiled, each with its program.
    compiled: Mutex<BTreeMap<PathBuf, PathBuf>>,
}

/// Looks for a tool: at the path in the variable of its name (`PROVERIF`, `VERIFPAL`), else on the
/// path. Searches need `rustc`, which is there.
pub fn find(tool: Tool) -> Result<Option<Present>> {
    if tool == Tool::Search {
        let program = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        return Ok(Some(Present::new(tool, program, tool.to_string())));
    }
    let named = std::env::var_os(tool.id().to_uppercase());
    let program = named.clone().unwrap_or_else(|| tool.id().into());
    let asked = Command::new(&program).arg(version_option(tool)).output();
    match (asked, named) {
        (Ok(output), _) => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let version = version(&said);
            let version = version.ok_or_else(|| Error::new(format!("{tool} says no version")))?;
            Ok(Some(Present::new(tool, program, format!("{tool} {version}"))))
        }
        (Err(error), Some(path)) => Err(Error::new(format!("{}: {error}", path.to_string_lossy()))),
        (Err(_), None) => Ok(None),
    }
}

fn version_option(tool: Tool) -> &'static str {
    if tool == Tool::ProVerif { "-help" } else { "--version" }
}

/// The second word of what a tool says of itself, without a full stop.
fn version(said: &str) -> Option<String> {
    let word = said.split_whitespace().nth(1)?.trim_end_matches('.');
    word.starts_with(|first: char| first.is_ascii_digit()).then(|| word.to_owned())
}

/// What came of a run.
pub struct Ended {
    /// The answers, or why there are none.
    pub got: Result<Vec<Outcome>>,
    /// How long it took.
    pub seconds: f64,
}

impl Present {
    /// A tool, of which nothing was compiled yet.
    pub fn new(tool: Tool, program: OsString, version: String) -> Self {
        Self { tool, program, version, compiled: Mutex::default() }
    }

    /// Runs a model of the folder. `scratch` is where a search is compiled.
    pub fn run(&self, folder: &Path, scratch: &Path, run: &Run) -> Ended {
        let started = Instant::now();
        let got = self.output(folder, scratch, run).and_then(|said| outcomes(self.tool, &said));
        Ended { got, seconds: started.elapsed().as_secs_f64() }
    }

    fn output(&self, folder: &Path, scratch: &Path, run: &Run) -> Result<String> {
        let limit = Duration::from_secs(run.limit);
        let mut command = Command::new(&self.program);
        command.current_dir(folder);
        let mut main = PathBuf::from(&run.main);
        if run.is_edited() {
            let source = std::fs::read_to_string(folder.join(&main)).about(&run.main)?;
            let ending = main.extension().unwrap_or_default().to_owned();
            main = scratch.join(&run.id).with_extension(ending);
            std::fs::create_dir_all(scratch).about(scratch.display())?;
            std::fs::write(&main, run.edited(&source)?).about(main.display())?;
        }
        match self.tool {
            Tool::ProVerif => {
                for lib in &run.libs {
                    command.args(["-lib", lib]);
                }
                command.arg(main);
            }
            Tool::Verifpal => {
                let sessions = run.sessions.unwrap_or(2).to_string();
                command.arg("verify").arg(main);
                command.args(["--format", "json", "--sessions", &sessions]);
            }
            Tool::Search => return self.search(command, &main, scratch, run, limit),
        }
        limited(&mut command, limit)
    }

    /// Starts the program of a search with the run's id.
    fn search(
        &self,
        compile: Command,
        main: &Path,
        scratch: &Path,
        run: &Run,
        limit: Duration,
    ) -> Result<String> {
        let program = self.compiled(compile, main, scratch, limit)?;
        limited(Command::new(&program).arg(&run.id), limit)
    }

    /// Compiles the program of a search, unless that was done; runs at the same time wait for it.
    fn compiled(
        &self,
        mut compile: Command,
        main: &Path,
        scratch: &Path,
        limit: Duration,
    ) -> Result<PathBuf> {
        let mut compiled = self.compiled.lock().map_err(|_| Error::new("a run panicked"))?;
        if let Some(program) = compiled.get(main) {
            return Ok(program.clone());
        }
        std::fs::create_dir_all(scratch).about(scratch.display())?;
        let program = scratch.join(format!("search-{}", compiled.len()));
        compile.args(["--edition", "2024", "-O", "-D", "warnings", "--crate-name", "search", "-o"]);
        limited(compile.arg(&program).arg(main), limit)?;
        compiled.insert(main.to_owned(), program.clone());
        Ok(program)
    }
}

/// Runs a command for its standard output, at most so long.
fn limited(command: &mut Command, limit: Duration) -> Result<String> {
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().about(command.get_program().to_string_lossy())?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (status, out, err) = thread::scope(|scope| {
        let out = scope.spawn(move || read(out));
        let err = scope.spawn(move || read(err));
        let status = wait(&mut child, limit);
        (status, out.join().unwrap_or_default(), err.join().unwrap_or_default())
    });
    if status?.success() {
        Ok(out)
    } else {
        let lines: Vec<&str> = out.lines().chain(err.lines()).collect();
        let shown = lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default();
        Err(Error::new(format!("the tool failed:\n{}", shown.join("\n"))))
    }
}

fn read(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    // What was read before a pipe broke is all that there is.
    let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits until a child ends, or ends it.
fn wait(child: &mut Child, limit: Duration) -> Result<ExitStatus> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().about("waiting for a tool")? {
            return Ok(status);
        }
        if started.elapsed() >= limit {
            child.kill().about("ending a tool")?;
            child.wait().about("waiting for a tool")?;
            return Err(Error::new(format!("not done after {} s", limit.as_secs())));
        }
        thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_say_their_version() {
        let proverif = "Proverif 2.05. Cryptographic protocol verifier, by Bruno Blanchet\n";
        assert_eq!(version(proverif).as_deref(), Some("2.05"));
        assert_eq!(version("verifpal 1.6.7\n").as_deref(), Some("1.6.7"));
        assert_eq!(version("command not found"), None);
    }

    #[test]
    fn a_run_is_ended_at_its_limit() {
        let started = Instant::now();
        let ended = limited(Command::new("sleep").arg("60"), Duration::from_millis(100));
        assert!(ended.is_err_and(|error| error.to_string().contains("not done")));
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_failing_tool_shows_its_last_words() {
        let script = "echo one; echo RESULT x is true.; echo bad >&2; exit 2";
        let ended = limited(Command::new("sh").args(["-c", script]), Duration::from_secs(30));
        assert!(ended.is_err_and(|error| error.to_string().ends_with("is true.\nbad")));
    }
}
