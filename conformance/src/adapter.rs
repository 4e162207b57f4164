//! An adapter as the cases see it: requests in, answers out, restarted after a crash.

use crate::process::{Crash, Process, clip};
use crate::wire::{Answer, Hello, LARGEST_LINE, Reply, Request, VERSION, Value};
use std::thread;
use std::time::{Duration, Instant};

/// An adapter's command line and the process that it names.
pub struct Adapter {
    words: Vec<String>,
    timeout: Duration,
    process: Option<Process>,
    hello: Hello,
    stderr: String,
}

impl Adapter {
    /// Starts an adapter and exchanges `meta.hello`.
    ///
    /// # Errors
    /// It does not start, or what it says is no hello.
    pub fn start(words: &[String], timeout: Duration) -> Result<Self, Crash> {
        let mut process = Process::start(words, LARGEST_LINE)?;
        let hello = greet(&mut process, timeout).map_err(|crash| told(crash, &process.stderr()))?;
        let words = words.to_vec();
        Ok(Adapter { words, timeout, process: Some(process), hello, stderr: String::new() })
    }

    /// What it declared.
    #[must_use]
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Longest time that one answer may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// What the process that crashed last had written on standard error.
    #[must_use]
    pub fn last_stderr(&self) -> &str {
        &self.stderr
    }

    /// Starts the process again if it is gone.
    ///
    /// # Errors
    /// It does not start, or declares something else than it did the first time.
    pub fn revive(&mut self) -> Result<(), Crash> {
        if self.process.is_none() {
            let mut process = Process::start(&self.words, LARGEST_LINE)?;
            let hello = greet(&mut process, self.timeout)
                .map_err(|crash| told(crash, &process.stderr()))?;
            if hello != self.hello {
                return Err(Crash::Garbage("meta.hello differs after a restart".to_owned()));
            }
            self.process = Some(process);
        }
        Ok(())
    }

    /// Ends the process; the next [`revive`](Self::revive) starts a new one.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            self.stderr = process.stderr();
        }
    }

    /// Sends a line as it is and waits for a line.
    ///
    /// # Errors
    /// The process is gone, silent or writes no text; it has been killed then.
    pub fn exchange(&mut self, line: &str) -> Result<String, Crash> {
        let process = self.process.as_mut().ok_or_else(|| Crash::Exit("not running".to_owned()))?;
        let answer = process.exchange(line, self.timeout);
        if answer.is_err() {
            self.kill();
        }
        answer
    }

    /// Most address space that the process has had so far, in bytes, if the system tells.
    #[must_use]
    pub fn peak(&self) -> Option<u64> {
        self.process.as_ref()?.peak()
    }

    /// Sends a line and ends the process after a while, whether or not it has answered by then.
    pub fn interrupt(&mut self, line: &str, after: Duration) {
        if let Some(process) = &mut self.process {
            process.write(line);
            thread::sleep(after);
        }
        self.kill();
    }

    /// Reads an answer; garbage ends the process, for nobody knows what it would answer next.
    ///
    /// # Errors
    /// The line is no answer, or one to another request.
    pub fn read(&mut self, line: &str, id: u64) -> Result<Answer, Crash> {
        let crash = match Reply::parse(line) {
            Ok(reply) if reply.id == id => return Ok(reply.answer),
            // A fault may say that the number could not be read.
            Ok(Reply { id: 0, answer: answer @ Answer::Fault { .. } }) => return Ok(answer),
            Ok(reply) => format!("the answer to request {} where {id} was asked", reply.id),
            Err(malformed) => format!("{} in {}", malformed.0, clip(line)),
        };
        self.kill();
        Err(Crash::Garbage(crash))
    }

    /// Sends a request and waits for its answer, polling while that is pending.
    ///
    /// # Errors
    /// As [`exchange`](Self::exchange) and [`read`](Self::read).
    pub fn call(&mut self, request: &Request) -> Result<Answer, Crash> {
        let line = self.exchange(&request.line())?;
        self.read(&line, request.id)
    }

    /// A poll for a pending answer.
    #[must_use]
    pub fn poll(id: u64, token: &str) -> Request {
        let mut poll = Request::new("meta.poll");
        poll.id = id;
        poll.input.set("poll", Value::Text(token.to_owned()));
        poll
    }

    /// When an answer asked for now must be there at the latest, pending or not.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }
}

fn greet(process: &mut Process, timeout: Duration) -> Result<Hello, Crash> {
    let mut request = Request::new("meta.hello");
    request.id = 1;
    request.input.set("versions", Value::List(vec![VERSION.to_owned()]));
    request.input.set("largest_line", Value::Integer(LARGEST_LINE as u64));
    let line = process.exchange(&request.line(), timeout)?;
    match Reply::parse(&line) {
        Ok(Reply { id: 1, answer: Answer::Ok { out, .. } }) => {
            Hello::parse(&out).map_err(Crash::Garbage)
        }
        Ok(reply) => Err(Crash::Garbage(format!("meta.hello was answered with {reply:?}"))),
        Err(malformed) => Err(Crash::Garbage(format!("{} in {}", malformed.0, clip(&line)))),
    }
}

/// A crash with the first words of standard error, where it says more.
fn told(crash: Crash, stderr: &str) -> Crash {
    match (crash, stderr.trim()) {
        (Crash::Exit(status), said) if !said.is_empty() => {
            Crash::Exit(format!("{status}; it said: {}", clip(said)))
        }
        (crash, _) => crash,
    }
}
