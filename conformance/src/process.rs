//! A program with limits around it: lines in, lines out, each within a time and a length.
//!
//! Nothing that the program does can block or bloat the runner: its input is written and its output
//! read by threads of their own, lines and standard error are bounded, and in the end its whole
//! process group is killed, children that have outlived it included.

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fmt, io, thread};

/// Bytes of standard error that are kept, from its beginning.
const STDERR_KEPT: usize = 64 << 10;
/// Lines that a program may be ahead of the runner.
const LINES_AHEAD: usize = 4;

/// Why a program is no longer there, or of no more use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Crash {
    /// It ended.
    Exit(String),
    /// It did not answer in time.
    Timeout(Duration),
    /// Its answers took longer than that in one run of a case, all together.
    Slow(Duration),
    /// It wrote what is no answer.
    Garbage(String),
    /// It wrote a line longer than allowed, in bytes.
    TooLong(usize),
    /// It could not be started.
    Start(String),
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Crash::Exit(status) => write!(f, "the program ended ({status})"),
            Crash::Timeout(limit) => write!(f, "no answer within {} ms", limit.as_millis()),
            Crash::Slow(limit) => {
                write!(f, "its answers took more than {} s in all", limit.as_secs())
            }
            Crash::Garbage(why) => write!(f, "what it wrote is no answer: {why}"),
            Crash::TooLong(limit) => write!(f, "a line longer than {limit} bytes"),
            Crash::Start(why) => write!(f, "the program does not start: {why}"),
        }
    }
}

enum Output {
    Line(String),
    NotText,
    TooLong,
    End,
}

/// A running program.
pub struct Process {
    child: Child,
    input: SyncSender<Vec<u8>>,
    output: Receiver<Output>,
    stderr: Arc<Mutex<Vec<u8>>>,
    largest_line: usize,
}

impl Process {
    /// Starts a program as the leader of a process group of its own.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(words: &[String], largest_line: usize) -> Result<Self, Crash> {
        let (program, arguments) =
            words.split_first().ok_or_else(|| Crash::Start("no command".to_owned()))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| Crash::Start(format!("{program}: {error}")))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(Crash::Start("no pipes".to_owned()));
        };
        let (input, requests) = sync_channel(LINES_AHEAD);
        let (lines, output) = sync_channel(LINES_AHEAD);
        let kept = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&kept);
        thread::spawn(move || write_lines(stdin, &requests));
        thread::spawn(move || read_lines(stdout, largest_line, &lines));
        thread::spawn(move || drain(stderr, &keep));
        Ok(Process { child, input, output, stderr: kept, largest_line })
    }

    /// Writes one line and waits for one.
    ///
    /// # Errors
    /// The program ended, was silent for longer than `limit`, or wrote what is no line of text.
    pub fn exchange(&mut self, line: &str, limit: Duration) -> Result<String, Crash> {
        // A line that waits already was written without a request.
        if let Ok(Output::Line(unasked)) = self.output.try_recv() {
            return Err(Crash::Garbage(format!(
                "a line that nobody asked for: {}",
                clip(&unasked)
            )));
        }
        self.write(line);
        match self.output.recv_timeout(limit) {
            Ok(Output::Line(line)) => Ok(line),
            Ok(Output::NotText) => Err(Crash::Garbage("a line that is not UTF-8".to_owned())),
            Ok(Output::TooLong) => Err(Crash::TooLong(self.largest_line)),
            Ok(Output::End) | Err(RecvTimeoutError::Disconnected) => {
                Err(Crash::Exit(self.status()))
            }
            Err(RecvTimeoutError::Timeout) => Err(Crash::Timeout(limit)),
        }
    }

    /// Writes one line and waits for nothing.
    pub fn write(&mut self, line: &str) {
        let mut bytes = Vec::with_capacity(line.len() + 1);
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        // A full channel means that earlier requests were never read; the answer will not come.
        let _ = self.input.try_send(bytes);
    }

    /// What it wrote on standard error so far, from the beginning and bounded.
    #[must_use]
    pub fn stderr(&self) -> String {
        let kept = self.stderr.lock().map(|kept| kept.clone()).unwrap_or_default();
        String::from_utf8_lossy(&kept).into_owned()
    }

    /// Most address space that it has had so far, in bytes; `None` where the system does not tell.
    #[must_use]
    pub fn peak(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:"))?;
        let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024)
    }

    /// How it ended; waits a moment for it to do so. Its number stays taken, so that its group can
    /// still be named.
    fn status(&mut self) -> String {
        let deadline = Instant::now() + Duration::from_millis(500);
        let Some(id) = self.pid() else { return "no process".to_owned() };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        loop {
            match waitid(WaitId::Pid(id), options) {
                Ok(Some(status)) => {
                    return match (status.exit_status(), status.terminating_signal()) {
                        (Some(code), _) => format!("exit status: {code}"),
                        (None, Some(signal)) => format!("signal: {signal}"),
                        (None, None) => "ended".to_owned(),
                    };
                }
                Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
                Ok(None) => return "output closed, still running".to_owned(),
                Err(error) => return error.to_string(),
            }
        }
    }

    /// Its number, which is also that of its group.
    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The child has not been waited for, or its number would be free for somebody else's group.
        if let Some(group) = self.pid() {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first part of a text, for messages.
#[must_use]
pub fn clip(text: &str) -> String {
    plain(text, 200)
}

/// The first characters of a text that a program wrote, with what a terminal or a page would act on (control and
/// bidirectional characters) made visible.
#[must_use]
pub fn plain(text: &str, most: usize) -> String {
    let mut short = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == most {
            short.push('…');
            break;
        }
        match acts(character) {
            true => short.extend(character.escape_unicode()),
            false => short.push(character),
        }
    }
    short
}

/// Whether a terminal or a page acts on a character instead of showing it.
#[must_use]
pub fn acts(character: char) -> bool {
    let directs =
        matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}');
    let more = matches!(character, '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    character.is_control() || directs || more
}

/// Splits a command line at blanks; single and double quotes keep blanks, a backslash keeps the
/// next character.
///
/// # Errors
/// A quote is not closed, or there is no word.
pub fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    match (quote, words.is_empty()) {
        (Some(open), _) => Err(format!("the quote {open} is not closed in: {line}")),
        (None, true) => Err("empty command line".to_owned()),
        (None, false) => Ok(words),
    }
}

fn write_lines(mut stdin: ChildStdin, requests: &Receiver<Vec<u8>>) {
    while let Ok(line) = requests.recv() {
        if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

fn read_lines(stdout: ChildStdout, largest: usize, lines: &SyncSender<Output>) {
    let mut reader = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        let read = reader.by_ref().take(largest as u64).read_until(b'\n', &mut line);
        let output = match read {
            Ok(0) | Err(_) => Output::End,
            Ok(_) if line.last() == Some(&b'\n') => {
                line.pop();
                String::from_utf8(line).map_or(Output::NotText, Output::Line)
            }
            Ok(count) if count >= largest => Output::TooLong,
            Ok(_) => Output::End,
        };
        let last = !matches!(output, Output::Line(_));
        if lines.send(output).is_err() || last {
            return;
        }
    }
}

/// Reads until the end, or until nobody wants to know any more: a child that has left the group may go on.
fn drain(mut stderr: ChildStderr, keep: &Arc<Mutex<Vec<u8>>>) {
    let mut block = [0; 4096];
    while Arc::strong_count(keep) > 1 {
        match stderr.read(&mut block) {
            Ok(0) => return,
            Ok(count) => {
                if let Ok(mut kept) = keep.lock() {
                    let room = STDERR_KEPT.saturating_sub(kept.len()).min(count);
                    kept.extend_from_slice(&block[..room]);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Crash, Process, plain, words};
    use std::time::{Duration, Instant};

    fn shell(script: &str) -> Result<Process, Crash> {
        Process::start(&["sh".to_owned(), "-c".to_owned(), script.to_owned()], 1 << 16)
    }

    #[test]
    fn command_lines_are_split_as_people_expect() {
        let split = |line| words(line).unwrap_or_default();
        assert_eq!(split("a  b"), ["a", "b"]);
        assert_eq!(
            split("python3 'my adapter.py' --x=\"1 2\""),
            ["python3", "my adapter.py", "--x=1 2"]
        );
        assert_eq!(split(r"a\ b ''"), ["a b", ""]);
        assert!(words("a 'b").is_err());
        assert!(words("  ").is_err());
    }

    #[test]
    fn what_a_terminal_would_act_on_is_shown() {
        assert_eq!(plain("Grüße 👋", 100), "Grüße 👋");
        assert_eq!(plain("a\u{1b}[2J\nb\u{202e}c", 100), "a\\u{1b}[2J\\u{a}b\\u{202e}c");
        assert_eq!(plain("abcdef", 3), "abc…");
        assert_eq!(plain("abc", 3), "abc");
    }

    #[test]
    fn a_program_that_reads_nothing_and_says_nothing_is_ended_with_its_children()
    -> Result<(), Crash> {
        let mut process = shell("sleep 600 & sleep 600")?;
        let started = Instant::now();
        let long = "x".repeat(1 << 20);
        let answer = process.exchange(&long, Duration::from_millis(100));
        assert_eq!(answer, Err(Crash::Timeout(Duration::from_millis(100))));
        drop(process);
        assert!(started.elapsed() < Duration::from_secs(5));
        Ok(())
    }

    #[test]
    fn a_child_that_outlives_the_program_is_ended() -> Result<(), Crash> {
        let mut process = shell("read first; sleep 600 & echo $!; read second; exit 3")?;
        let child = process.exchange("first", Duration::from_secs(10))?;
        let ended = process.exchange("second", Duration::from_millis(300));
        assert!(ended.is_err(), "the child keeps the output open: {ended:?}");
        drop(process);
        let stat = std::path::PathBuf::from(format!("/proc/{}/stat", child.trim()));
        let deadline = Instant::now() + Duration::from_secs(5);
        // Whoever takes over orphans may leave it as a zombie.
        let gone =
            |text: std::io::Result<String>| text.is_err() || text.is_ok_and(|t| t.contains(") Z"));
        while !gone(std::fs::read_to_string(&stat)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(gone(std::fs::read_to_string(&stat)), "the child is still there");
        Ok(())
    }

    #[test]
    fn a_flood_of_lines_is_no_answer() -> Result<(), Crash> {
        let mut process = shell("yes")?;
        // Its lines come by a thread of their own, which the machine may hold back for a while.
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut told = process.exchange("{}", Duration::from_secs(10));
        while told.is_ok() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
            told = process.exchange("{}", Duration::from_secs(10));
        }
        assert!(matches!(told, Err(Crash::Garbage(_))), "{told:?}");
        Ok(())
    }

    #[test]
    fn a_closed_input_is_told_by_the_time_that_passes() -> Result<(), Crash> {
        let mut process = shell("exec <&-; sleep 600")?;
        let limit = Duration::from_millis(200);
        for _ in 0..8 {
            assert_eq!(process.exchange("{}", limit), Err(Crash::Timeout(limit)));
        }
        Ok(())
    }

    #[test]
    fn a_line_without_end_is_cut() -> Result<(), Crash> {
        let mut process = shell("yes | tr -d '\\n'")?;
        let answer = process.exchange("{}", Duration::from_secs(10));
        assert_eq!(answer, Err(Crash::TooLong(1 << 16)));
        Ok(())
    }

    #[test]
    fn a_flood_on_standard_error_neither_blocks_nor_grows() -> Result<(), Crash> {
        let mut process = shell("head -c 3000000 /dev/zero >&2; read x; echo $x")?;
        assert_eq!(process.exchange("ok", Duration::from_secs(10)), Ok("ok".to_owned()));
        assert!(process.stderr().len() <= 64 << 10);
        Ok(())
    }

    #[test]
    fn an_end_is_told_with_its_status() -> Result<(), Crash> {
        let mut process = shell("read x; exit 7")?;
        let answer = process.exchange("{}", Duration::from_secs(10));
        assert_eq!(answer, Err(Crash::Exit("exit status: 7".to_owned())));
        Ok(())
    }
}
