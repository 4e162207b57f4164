//! The stage of a case: parties, the commands that they are given, and what is expected of them.
//!
//! A case reads as a scenario. Each step ends in `?`, and the word that ends it says what must
//! happen:
//!
//! | word | expects | of a party also |
//! |---|---|---|
//! | [`ok`](Call::ok) | acceptance | nothing |
//! | [`accepted`](Call::accepted) | acceptance | its state digest changes |
//! | [`taken`](Call::taken) | acceptance | its state digest changes, if it is of the implementation's |
//! | [`refused`](Call::refused) | rejection | its state digest stays |
//! | [`refused_with`](Call::refused_with) | rejection with a class that a clause pins | likewise |
//! | [`judged`](Call::judged) | `accepted` of the control twin, `refused` of the deviant | |
//! | [`send`](Call::send) | any of the two; the case decides | nothing |
//!
//! Answers other than acceptance and rejection end the case by themselves: `unsupported` as
//! unsupported, `fault` as inconclusive, a crash as a crash; of the peer, all as inconclusive.

mod call;
mod out;

pub use call::{Call, Decision};
pub use out::Out;

use crate::adapter::Adapter;
use crate::case::{Outcome, Stop, Twin};
use crate::process::{Crash, clip};
use crate::seed::Seed;
use crate::transcript::Entry;
use crate::wire::{Answer, Randomness, Request};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fmt, thread};

/// Where a party lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Home {
    /// In the implementation under test.
    Iut,
    /// In the peer.
    Peer,
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Home::Iut => "the implementation",
            Home::Peer => "the peer",
        })
    }
}

/// A party of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its name in the requests.
    pub name: &'static str,
    /// Where it lives.
    pub home: Home,
}

/// Time at which every case begins, seconds since 1970: 2027-01-01.
pub const START: u64 = 1_798_761_600;

/// The stage of one run of a case.
pub struct Scene<'a> {
    pub(crate) iut: &'a mut Adapter,
    pub(crate) peer: Option<&'a mut Adapter>,
    pub(crate) seed: Seed,
    pub(crate) randomness: Randomness,
    pub(crate) twin: Option<Twin>,
    storage: PathBuf,
    next: [u64; 2],
    now: u64,
    flags: Vec<String>,
    entries: Vec<Entry>,
    written: usize,
    longest: Duration,
    waited: Duration,
}

/// Bytes of a run's lines that its transcript has whole; of later lines it has the beginning.
const WHOLE: usize = 16 << 20;

impl<'a> Scene<'a> {
    /// A stage on which nothing has happened; `storage` is an empty folder for this run alone.
    #[must_use]
    pub fn new(
        iut: &'a mut Adapter,
        peer: Option<&'a mut Adapter>,
        seed: Seed,
        randomness: Randomness,
        twin: Option<Twin>,
        storage: PathBuf,
    ) -> Self {
        let (flags, entries) = (Vec::new(), Vec::new());
        Scene {
            iut,
            peer,
            seed,
            randomness,
            twin,
            storage,
            next: [1, 1],
            now: START,
            flags,
            entries,
            written: 0,
            longest: Duration::MAX,
            waited: Duration::ZERO,
        }
    }

    /// With a bound on the time that the implementation's answers may take in all.
    #[must_use]
    pub fn within(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// Clears what an earlier case left in the adapters.
    ///
    /// # Errors
    /// One of them does not start or does not answer.
    pub fn begin(&mut self) -> Outcome {
        for home in [Home::Iut, Home::Peer] {
            if home == Home::Peer && self.peer.is_none() {
                continue;
            }
            let revived = self.adapter(home)?.revive();
            revived.map_err(|crash| stop(home, &crash))?;
            self.at(home, "meta.reset").ok()?;
        }
        Ok(())
    }

    /// Asks the implementation once more: it must still be there when all steps are done.
    ///
    /// # Errors
    /// It does not answer.
    pub fn close(&mut self) -> Outcome {
        self.at(Home::Iut, "meta.reset").ok().map(drop)
    }

    /// What was found beside the verdict, and what was said.
    #[must_use]
    pub fn end(self) -> (Vec<String>, Vec<Entry>) {
        (self.flags, self.entries)
    }

    /// Creates a party with an empty storage folder and the clock at [`START`].
    ///
    /// # Errors
    /// The adapter does not create it.
    pub fn party(&mut self, name: &'static str, home: Home) -> Outcome<Party> {
        let party = Party { name, home };
        let folder = self.folder(party);
        if let Err(error) = std::fs::create_dir_all(&folder) {
            return Err(Stop::Inconclusive(format!("storage folder: {error}")));
        }
        let now = self.now;
        let call = self.at(home, "party.new").party(name);
        call.text("folder", &folder.to_string_lossy()).long("now", now).ok()?;
        Ok(party)
    }

    /// The folder that a party stores its state in.
    #[must_use]
    pub fn folder(&self, party: Party) -> PathBuf {
        self.storage.join(party.name)
    }

    /// A command to a party.
    pub fn call(&mut self, party: Party, cmd: &str) -> Call<'_, 'a> {
        Call::new(self, party.home, Some(party), cmd)
    }

    /// A command to the implementation that no party acts in.
    pub fn iut(&mut self, cmd: &str) -> Call<'_, 'a> {
        self.at(Home::Iut, cmd)
    }

    /// A command to the peer that no party acts in.
    pub fn peer(&mut self, cmd: &str) -> Call<'_, 'a> {
        self.at(Home::Peer, cmd)
    }

    /// A command that no party acts in.
    pub fn at(&mut self, home: Home, cmd: &str) -> Call<'_, 'a> {
        Call::new(self, home, None, cmd)
    }

    /// Bytes for a case's own use, the same in both twins.
    #[must_use]
    pub fn random(&self, name: &str, length: usize) -> Vec<u8> {
        self.seed.value("", 0, name, length)
    }

    /// Where the implementation's randomness comes from.
    #[must_use]
    pub fn randomness(&self) -> Randomness {
        self.randomness
    }

    /// The random value that a request of this case is fed.
    #[must_use]
    pub fn value(&self, party: &str, request: u64, name: &str, length: usize) -> Vec<u8> {
        self.seed.value(party, request, name, length)
    }

    /// Lets time pass for every party named.
    ///
    /// # Errors
    /// An adapter does not take the new time.
    pub fn advance(&mut self, seconds: u64, parties: &[Party]) -> Outcome {
        self.now += seconds;
        for &party in parties {
            let now = self.now;
            self.call(party, "party.clock").long("now", now).ok()?;
        }
        Ok(())
    }

    /// The state digest of a party; `None` where the adapter cannot tell.
    ///
    /// # Errors
    /// The adapter has `party.observe` and does not answer it as it must.
    pub fn digest(&mut self, party: Party) -> Outcome<Option<String>> {
        if !self.adapter(party.home)?.hello().has("party.observe") {
            return Ok(None);
        }
        let out = self.observe(party)?;
        let digest = out.hex("digest")?;
        match digest.len() {
            64 => Ok(Some(digest)),
            _ => Err(blame(party.home, format!("a state digest of {} digits", digest.len()))),
        }
    }

    /// Counters, key counts and digest of a party.
    ///
    /// # Errors
    /// The adapter does not answer with them.
    pub fn observe(&mut self, party: Party) -> Outcome<Out> {
        self.call(party, "party.observe").ok()
    }

    /// Stores a party's state in its folder.
    ///
    /// # Errors
    /// The adapter does not.
    pub fn save(&mut self, party: Party) -> Outcome {
        self.call(party, "party.save").ok().map(drop)
    }

    /// Loads a party's state from its folder.
    ///
    /// # Errors
    /// The adapter does not.
    pub fn load(&mut self, party: Party) -> Outcome {
        let folder = self.folder(party);
        let now = self.now;
        let call = self.at(party.home, "party.load").party(party.name);
        call.text("folder", &folder.to_string_lossy()).long("now", now).ok().map(drop)
    }

    /// Kills the process of an adapter and starts it again, as a power failure would.
    ///
    /// # Errors
    /// It does not start again.
    pub fn kill(&mut self, home: Home) -> Outcome {
        let adapter = self.adapter(home)?;
        adapter.kill();
        adapter.revive().map_err(|crash| stop(home, &crash))
    }

    /// Begins to store a party's state and kills the process a while after; it is then started again.
    ///
    /// # Errors
    /// It does not start again.
    pub fn interrupt_save(&mut self, party: Party, after: Duration) -> Outcome {
        let mut request = Request::new("party.save");
        request.party = Some(party.name.to_owned());
        request.id = self.number(party.home);
        let line = request.line();
        self.note(party.home, &line, Err("killed while it was asked".to_owned()));
        let adapter = self.adapter(party.home)?;
        adapter.interrupt(&line, after);
        adapter.revive().map_err(|crash| stop(party.home, &crash))
    }

    /// Sends a line as it is to the implementation and reads what comes as an answer to `id`.
    ///
    /// # Errors
    /// The answer is none.
    pub fn raw(&mut self, line: &str, id: u64) -> Outcome<Answer> {
        self.next[0] = self.next[0].max(id + 1);
        self.exchange(Home::Iut, line, id)
    }

    /// The number that the next request to an adapter gets.
    #[must_use]
    pub fn next_id(&self, home: Home) -> u64 {
        self.next[home as usize]
    }

    /// Notes something that makes a pass inconclusive.
    pub fn flag(&mut self, what: String) {
        self.flags.push(what);
    }

    /// The adapter that a party lives in.
    ///
    /// # Errors
    /// It is the peer, and there is none.
    pub fn adapter(&mut self, home: Home) -> Outcome<&mut Adapter> {
        match (home, &mut self.peer) {
            (Home::Iut, _) => Ok(self.iut),
            (Home::Peer, Some(peer)) => Ok(peer),
            (Home::Peer, None) => Err(Stop::Inconclusive("no peer was given (--peer)".to_owned())),
        }
    }

    /// Sends a request and polls while its answer is pending.
    pub(crate) fn ask(&mut self, home: Home, request: &Request) -> Outcome<Answer> {
        let deadline = self.adapter(home)?.deadline();
        let mut answer = self.exchange(home, &request.line(), request.id)?;
        let (mut pause, asked) = (Duration::from_millis(2), Instant::now());
        let polled = matches!(answer, Answer::Pending { .. });
        while let Answer::Pending { poll } = answer {
            if Instant::now() >= deadline {
                let crash = Crash::Timeout(self.adapter(home)?.timeout());
                self.adapter(home)?.kill();
                return Err(stop(home, &crash));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(200));
            let poll = Adapter::poll(request.id, &poll);
            let called = self.adapter(home)?.call(&poll);
            answer = called.map_err(|crash| stop(home, &crash))?;
            if !matches!(answer, Answer::Pending { .. })
                && let Some(last) = self.entries.last_mut()
            {
                let said = format!("polled: {answer:?}");
                let whole = said.len() <= WHOLE - self.written;
                let said = if whole { said } else { clip(&said) };
                self.written = (self.written + said.len()).min(WHOLE);
                last.receive = Some(serde_json::Value::String(said));
            }
        }
        if polled { self.spent(home, asked).map(|()| answer) } else { Ok(answer) }
    }

    /// Counts the time since then as the implementation's.
    fn spent(&mut self, home: Home, asked: Instant) -> Outcome {
        if home == Home::Iut {
            self.waited += asked.elapsed();
        }
        if self.waited <= self.longest {
            return Ok(());
        }
        self.iut.kill();
        Err(stop(Home::Iut, &Crash::Slow(self.longest)))
    }

    /// Notes what was said.
    fn note(&mut self, home: Home, sent: &str, received: Result<&str, String>) {
        let bytes = sent.len() + received.as_deref().map_or(0, str::len);
        let storage = self.storage.to_string_lossy();
        let entry = if bytes > WHOLE - self.written {
            let (sent, received) = (clip(sent), received.map(clip));
            let received = received.as_deref().map_err(Clone::clone);
            Entry::new(self.twin, home, &sent, received, &storage)
        } else {
            self.written += bytes;
            Entry::new(self.twin, home, sent, received, &storage)
        };
        self.entries.push(entry);
    }

    fn exchange(&mut self, home: Home, line: &str, id: u64) -> Outcome<Answer> {
        let adapter = self.adapter(home)?;
        if line.len() as u64 >= adapter.hello().largest_line {
            let why = format!("a line of {} bytes is longer than {home} takes", line.len());
            return Err(Stop::Inconclusive(why));
        }
        let asked = Instant::now();
        let received = adapter.exchange(line);
        let answer = match &received {
            Ok(text) => adapter.read(text, id),
            Err(crash) => Err(crash.clone()),
        };
        self.note(home, line, received.as_deref().map_err(ToString::to_string));
        self.spent(home, asked)?;
        answer.map_err(|crash| stop(home, &crash))
    }

    pub(crate) fn number(&mut self, home: Home) -> u64 {
        let next = &mut self.next[home as usize];
        *next += 1;
        *next - 1
    }

    /// The folder of this run.
    #[must_use]
    pub fn storage(&self) -> &Path {
        &self.storage
    }
}

/// A wrong answer: a failure of the implementation; of the peer, a reason to say nothing.
pub(crate) fn blame(home: Home, what: String) -> Stop {
    match home {
        Home::Iut => Stop::Fail(what),
        Home::Peer => Stop::Inconclusive(format!("the peer: {what}")),
    }
}

fn stop(home: Home, crash: &Crash) -> Stop {
    match home {
        Home::Iut => Stop::Crash(crash.to_string()),
        Home::Peer => Stop::Inconclusive(format!("the peer: {}", clip(&crash.to_string()))),
    }
}
