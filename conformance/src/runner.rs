//! Runs cases: which, on how many threads, and what comes of each.

use crate::adapter::Adapter;
use crate::case::{Access, Case, Outcome, Stop, Twin, Verdict};
use crate::process::{Crash, plain};
use crate::scene::Scene;
use crate::seed::Seed;
use crate::transcript::Entry;
use crate::wire::{Hello, Randomness};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;
use std::{fs, io, thread};

/// How a run is done.
#[derive(Clone, Debug)]
pub struct Options {
    /// Command line of the implementation's adapter, in words.
    pub adapter: Vec<String>,
    /// Command line of the peer.
    pub peer: Option<Vec<String>>,
    /// Deepest access to test at; the adapter's own if none is given.
    pub level: Option<Access>,
    /// Seed of all randomness.
    pub seed: Seed,
    /// Source of the implementation's randomness; the first that it supports if none is given.
    pub randomness: Option<Randomness>,
    /// Worker threads, each with its own adapter and peer.
    pub jobs: usize,
    /// Longest time that one answer may take.
    pub timeout: Duration,
    /// Longest time that the implementation's answers may take in one run of a case, all together.
    pub case_timeout: Duration,
    /// Crashes after which the remaining cases are not run.
    pub most_crashes: usize,
}

/// What came of a case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The case's id.
    pub id: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, unless it passed.
    pub reason: String,
    /// Whether the adapter crashed, hung or wrote garbage.
    pub crashed: bool,
    /// Whether it is skipped although the adapter claims what the case is about.
    pub gap: bool,
    /// Where the implementation's randomness came from.
    pub randomness: Randomness,
    /// Whether anything was said.
    pub said: bool,
    /// What was said; gone once the caller has been told of the result.
    pub entries: Vec<Entry>,
    /// What the adapter wrote on standard error before it crashed.
    pub stderr: String,
}

impl CaseResult {
    /// Whether its transcript is written in any case: it did not pass, and something was said.
    #[must_use]
    pub fn has_transcript(&self) -> bool {
        matches!(self.verdict, Verdict::Fail | Verdict::Inconclusive) && self.said
    }
}

/// Everything that came of a run.
pub struct Results {
    /// What the adapter declared.
    pub hello: Hello,
    /// What the peer declared.
    pub peer: Option<Hello>,
    /// Access tested at.
    pub level: Access,
    /// Source of the implementation's randomness.
    pub randomness: Randomness,
    /// The cases in the suite's order.
    pub cases: Vec<CaseResult>,
}

/// Why there are no results.
#[derive(Debug)]
pub enum Trouble {
    /// The adapter or the peer does not start.
    NoAdapter(String),
    /// The harness failed.
    Harness(String),
    /// The command line asks for what cannot be.
    Usage(String),
}

/// Runs the cases, and tells of each as soon as it is done.
///
/// # Errors
/// An adapter does not start, or the machine lacks something.
pub fn run(
    cases: &[Case],
    options: &Options,
    done: &mut dyn FnMut(&CaseResult),
) -> Result<Results, Trouble> {
    let first = Pair::start(options)?;
    let hello = first.iut.hello().clone();
    let peer = first.peer.as_ref().map(|peer| peer.hello().clone());
    let randomness = choose(options.randomness, &hello)?;
    let level = options.level.unwrap_or(hello.access);
    let storage = Storage::create().map_err(|e| Trouble::Harness(format!("storage: {e}")))?;

    let (next, crashes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let first = Mutex::new(Some(first));
    let (sender, receiver) = mpsc::channel();
    let mut results: Vec<Option<CaseResult>> = cases.iter().map(|_| None).collect();
    let work = |worker: usize, sender: mpsc::Sender<(usize, CaseResult)>| {
        let pair = first.lock().ok().and_then(|mut first| first.take());
        let mut pair = pair.map_or_else(|| Pair::start(options), Ok);
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(index) else { return };
            let result = match &mut pair {
                _ if crashes.load(Ordering::Relaxed) >= options.most_crashes => {
                    give_up(case, options.most_crashes)
                }
                Err(trouble) => {
                    let why = format!("no adapter for this worker: {trouble:?}");
                    result(case, Verdict::Inconclusive, why)
                }
                Ok(pair) => {
                    let folder = storage.0.join(format!("{worker}"));
                    let case_options = Options { level: Some(level), ..options.clone() };
                    run_case(case, pair, &case_options, randomness, &folder)
                }
            };
            crashes.fetch_add(usize::from(result.crashed), Ordering::Relaxed);
            if sender.send((index, result)).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        for worker in 0..options.jobs.clamp(1, cases.len().max(1)) {
            let (sender, work) = (sender.clone(), &work);
            scope.spawn(move || work(worker, sender));
        }
        drop(sender);
        for (index, mut result) in receiver {
            done(&result);
            result.entries = Vec::new();
            if let Some(slot) = results.get_mut(index) {
                *slot = Some(result);
            }
        }
    });
    let cases = results.into_iter().collect::<Option<Vec<_>>>();
    let cases = cases.ok_or_else(|| Trouble::Harness("a case was lost".to_owned()))?;
    Ok(Results { hello, peer, level, randomness, cases })
}

/// An implementation and the peer, as one worker has them.
pub struct Pair {
    /// The implementation.
    pub iut: Adapter,
    /// The peer.
    pub peer: Option<Adapter>,
}

impl Pair {
    /// Starts both.
    ///
    /// # Errors
    /// One of them does not start.
    pub fn start(options: &Options) -> Result<Self, Trouble> {
        let start = |who: &str, words: &[String]| {
            let started = Adapter::start(words, options.timeout);
            started.map_err(|crash: Crash| Trouble::NoAdapter(format!("{who}: {crash}")))
        };
        let iut = start("adapter", &options.adapter)?;
        let peer = options.peer.as_ref().map(|words| start("peer", words)).transpose()?;
        Ok(Pair { iut, peer })
    }
}

/// Runs one case: all of it if positive, both twins if negative.
pub fn run_case(
    case: &Case,
    pair: &mut Pair,
    options: &Options,
    randomness: Randomness,
    folder: &Path,
) -> CaseResult {
    if let Some(skipped) = skip(case, pair, options.level.unwrap_or(pair.iut.hello().access)) {
        return skipped;
    }
    let (seed, randomness) = (options.seed.case(case.id), case.source(randomness));
    let mut entries = Vec::new();
    let mut play = |twin: Option<Twin>| {
        // One seed for both twins, for the adapter must not know which of them is running.
        let run = Play { case, seed, randomness, twin, folder, longest: options.case_timeout };
        let (outcome, flags, said) = run.play(pair);
        entries.extend(said);
        (outcome, flags)
    };
    let (outcome, flags) = match case.is_negative() {
        false => play(None),
        true => twins(deviant_first(seed), &mut |twin| play(Some(twin))),
    };
    let (verdict, reason) = match outcome {
        Ok(()) if flags.is_empty() => (Verdict::Pass, String::new()),
        Ok(()) => (Verdict::Inconclusive, flags.join("; ")),
        Err(Stop::Fail(why)) => (Verdict::Fail, why),
        Err(Stop::Crash(ref why)) => (Verdict::Fail, format!("crash: {why}")),
        Err(Stop::Inconclusive(why)) => (Verdict::Inconclusive, why),
        Err(Stop::Unsupported(ref why)) => (Verdict::Unsupported, why.clone()),
    };
    let crashed = reason.starts_with("crash: ");
    let stderr = if crashed { pair.iut.last_stderr().to_owned() } else { String::new() };
    // Much of a reason may be what the adapter wrote.
    let reason = plain(&reason.replace(&*folder.to_string_lossy(), "{storage}"), LONGEST_REASON);
    let gap = verdict == Verdict::Unsupported && !case.optional;
    let said = !entries.is_empty();
    CaseResult { id: case.id, verdict, reason, crashed, gap, randomness, said, entries, stderr }
}

/// Most characters of a reason.
const LONGEST_REASON: usize = 2000;

/// Whether a case's deviant twin runs before its control twin: one half of the cases, which half hangs on the seed. An
/// adapter that knew would need no checks: it could refuse what differs from the run before.
fn deviant_first(seed: Seed) -> bool {
    seed.value("", 0, "order of the twins", 1).iter().any(|byte| byte & 1 == 1)
}

/// Both twins. The deviant's outcome counts when the control's steps are all taken.
fn twins(
    deviant_first: bool,
    play: &mut dyn FnMut(Twin) -> (Outcome, Vec<String>),
) -> (Outcome, Vec<String>) {
    let mut order = [Twin::Control, Twin::Deviant];
    if deviant_first {
        order.reverse();
    }
    let (mut flags, mut deviant) = (Vec::new(), Ok(()));
    for twin in order {
        let (outcome, more) = play(twin);
        flags.extend(more);
        match (twin, outcome) {
            (_, Ok(())) => {}
            (Twin::Deviant, failed @ Err(Stop::Fail(_))) => deviant = failed,
            (Twin::Control, Err(Stop::Fail(why))) => {
                let why = format!("the control twin fails, so the refusal says nothing: {why}");
                return (Err(Stop::Inconclusive(why)), flags);
            }
            (_, ended) => return (ended, flags),
        }
    }
    (deviant, flags)
}

/// One run of a case.
struct Play<'p> {
    case: &'p Case,
    seed: Seed,
    randomness: Randomness,
    twin: Option<Twin>,
    folder: &'p Path,
    longest: Duration,
}

impl Play<'_> {
    fn play(&self, pair: &mut Pair) -> (Outcome, Vec<String>, Vec<Entry>) {
        if let Err(error) = fs::create_dir_all(self.folder) {
            let why = format!("storage folder: {error}");
            return (Err(Stop::Inconclusive(why)), Vec::new(), Vec::new());
        }
        let peer = if self.case.peer { pair.peer.as_mut() } else { None };
        let (seed, folder) = (self.seed, self.folder.to_owned());
        let scene = Scene::new(&mut pair.iut, peer, seed, self.randomness, self.twin, folder);
        let mut scene = scene.within(self.longest);
        let outcome = scene.begin();
        let steps = |scene: &mut Scene| {
            self.case.run.steps(scene, self.twin.unwrap_or(Twin::Control))?;
            scene.close()
        };
        let outcome = outcome.and_then(|()| steps(&mut scene));
        let (flags, entries) = scene.end();
        let _ = fs::remove_dir_all(self.folder);
        (outcome, flags, entries)
    }
}

/// A case that is not run, and whether that leaves a gap in what the adapter claims.
fn skip(case: &Case, pair: &Pair, level: Access) -> Option<CaseResult> {
    let hello = pair.iut.hello();
    let unsupported = |why: String, gap: bool| {
        let skipped = result(case, Verdict::Unsupported, why);
        Some(CaseResult { gap, ..skipped })
    };
    if case.access > level {
        return unsupported(format!("needs access {}", case.access.name()), false);
    }
    if let Some(suite) = case.suite
        && !hello.profiles.iter().any(|known| known == suite)
    {
        return unsupported(format!("\"{suite}\" is not among the profiles declared"), false);
    }
    if case.access > hello.access {
        let why = format!("needs access {}, the adapter has less", case.access.name());
        return unsupported(why, true);
    }
    if let Some(lacking) = case.needs.iter().find(|command| !hello.has(command)) {
        return unsupported(format!("the adapter has no {lacking}"), !case.optional);
    }
    if case.unfed && !hello.randomness.contains(&Randomness::Own) {
        let why = "the adapter cannot be run with the implementation's own randomness";
        return unsupported(why.to_owned(), true);
    }
    if case.peer && pair.peer.is_none() {
        let why = "no peer was given (--peer)".to_owned();
        return Some(result(case, Verdict::Inconclusive, why));
    }
    None
}

fn give_up(case: &Case, crashes: usize) -> CaseResult {
    let why = format!("not run: the adapter had crashed {crashes} times");
    result(case, Verdict::Inconclusive, why)
}

fn result(case: &Case, verdict: Verdict, reason: String) -> CaseResult {
    CaseResult {
        id: case.id,
        verdict,
        reason,
        crashed: false,
        gap: false,
        randomness: case.source(Randomness::Own),
        said: false,
        entries: Vec::new(),
        stderr: String::new(),
    }
}

/// The source of randomness asked for, or the best that the adapter has.
///
/// # Errors
/// It does not have the one asked for.
pub fn choose(asked: Option<Randomness>, hello: &Hello) -> Result<Randomness, Trouble> {
    match asked {
        Some(asked) if hello.randomness.contains(&asked) => Ok(asked),
        Some(asked) => {
            let word = asked.word();
            Err(Trouble::Usage(format!("the adapter cannot be run with {word} randomness")))
        }
        None => Ok(hello.randomness.iter().min().copied().unwrap_or(Randomness::Own)),
    }
}

/// The folder in which parties store their state; removed at the end.
pub struct Storage(pub PathBuf);

impl Storage {
    /// Creates a new one among the machine's temporary files.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn create() -> io::Result<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("sceau-conformance-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        Ok(Storage(folder))
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::{deviant_first, twins};
    use crate::case::{Case, Outcome, Stop, Twin};
    use crate::seed::Seed;

    fn come(deviant_first: bool, control: Outcome, deviant: Outcome) -> (Outcome, usize) {
        let mut count = 0;
        let mut play = |twin: Twin| {
            count += 1;
            (twin.pick(control.clone(), deviant.clone()), Vec::new())
        };
        let (outcome, _) = twins(deviant_first, &mut play);
        (outcome, count)
    }

    #[test]
    fn the_verdict_does_not_hang_on_the_order_of_the_twins() {
        let fail = || Err(Stop::Fail("x".to_owned()));
        let crash = || Err(Stop::Crash("x".to_owned()));
        for (control, deviant) in [
            (Ok(()), Ok(())),
            (Ok(()), fail()),
            (Ok(()), crash()),
            (fail(), Ok(())),
            (fail(), fail()),
        ] {
            let (one, _) = come(false, control.clone(), deviant.clone());
            let (other, _) = come(true, control.clone(), deviant.clone());
            assert_eq!(one, other);
            let expected = if control.is_ok() { deviant } else { one.clone() };
            assert_eq!(one, expected);
        }
        assert!(matches!(come(false, fail(), Ok(())), (Err(Stop::Inconclusive(_)), 1)));
        assert!(matches!(come(true, Ok(()), crash()), (Err(Stop::Crash(_)), 1)));
    }

    #[test]
    fn either_twin_comes_first() {
        let negative: Vec<Case> =
            crate::cases::all().into_iter().filter(Case::is_negative).collect();
        let deviant = |case: &&Case| deviant_first(Seed::DEFAULT.case(case.id));
        let (first, deviant) = (negative.len(), negative.iter().filter(deviant).count());
        assert!(deviant * 5 > first * 2 && deviant * 5 < first * 3, "{deviant} of {first}");
    }
}
