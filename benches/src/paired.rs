//! Operation, floor and peer in turn, so that each round has met the same machine.

use crate::measure::Run;
use crate::operations::Operation;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// What a batch of one way should take.
const BATCH: Duration = Duration::from_millis(1);

/// How long an operation is measured.
#[derive(Clone, Copy)]
pub struct Effort {
    /// Rounds at most.
    pub rounds: usize,
    /// Rounds at least.
    pub least: usize,
    /// Time after which no round begins, once the least are done.
    pub time: Duration,
}

impl Effort {
    /// Enough for ratios that stay the same to a few hundredths.
    pub const FULL: Self = Self { rounds: 600, least: 60, time: Duration::from_secs(3) };
    /// To see that it runs.
    pub const TEST: Self = Self { rounds: 1, least: 1, time: Duration::ZERO };
}

/// Nanoseconds of each way in each round; none of a way that is not there.
pub struct Rounds {
    /// Sceau's.
    pub sceau: Vec<f64>,
    /// The floor's.
    pub floor: Vec<f64>,
    /// The peer's.
    pub peer: Vec<f64>,
}

/// One way, and how often a batch does it.
struct Way {
    run: Run,
    count: u64,
    taken: Vec<f64>,
}

impl Way {
    /// Runs it until a batch is long enough; that warms it up, too.
    fn new(mut run: Run, effort: Effort) -> Self {
        let mut count = 1;
        if effort.rounds > 1 {
            loop {
                let took = (run)(count);
                if took >= BATCH / 2 {
                    break;
                }
                let more = BATCH.as_nanos() / took.as_nanos().max(1);
                count *= u64::try_from(more).unwrap().clamp(2, 100);
            }
        }
        Self { run, count, taken: Vec::new() }
    }

    fn batch(&mut self, round: usize) {
        let took = match round % 4 {
            0 => lower_by::<16>(&mut self.run, self.count),
            1 => lower_by::<32>(&mut self.run, self.count),
            2 => lower_by::<48>(&mut self.run, self.count),
            _ => lower_by::<64>(&mut self.run, self.count),
        };
        self.taken.push(took.as_nanos() as f64 / self.count as f64);
    }
}

/// Runs something with its stack some bytes lower. Where in a cache line the stack begins is chance in each process, and is
/// worth a hundredth to one way or the other; so that no table is decided by it, each round has it elsewhere.
#[inline(never)]
fn lower_by<const N: usize>(run: &mut Run, count: u64) -> Duration {
    let room = [0_u8; N];
    black_box(&room);
    let took = run(count);
    black_box(&room);
    took
}

/// Measures some ways to do one thing: the nanoseconds of each in each round. Who begins a round changes from round to
/// round.
#[must_use]
pub fn in_turn(runs: Vec<Run>, effort: Effort) -> Vec<Vec<f64>> {
    let mut ways: Vec<Way> = runs.into_iter().map(|run| Way::new(run, effort)).collect();
    let start = Instant::now();
    for round in 0..effort.rounds {
        if round >= effort.least && start.elapsed() > effort.time {
            break;
        }
        for turn in 0..ways.len() {
            let who = (round + turn) % ways.len();
            ways[who].batch(round);
        }
    }
    ways.into_iter().map(|way| way.taken).collect()
}

/// Measures an operation.
#[must_use]
pub fn measure(operation: &Operation, effort: Effort) -> Rounds {
    let ways = (operation.ways)();
    let runs = [Some(ways.sceau), Some(ways.floor), ways.peer];
    let mut taken = in_turn(runs.into_iter().flatten().collect(), effort).into_iter();
    let mut next = || taken.next().unwrap_or_default();
    Rounds { sceau: next(), floor: next(), peer: next() }
}

/// The least of some times.
#[must_use]
pub fn least(times: &[f64]) -> Option<f64> {
    times.iter().copied().min_by(f64::total_cmp)
}

/// The median of the ratios of two ways, round by round.
#[must_use]
pub fn median_ratio(a: &[f64], b: &[f64]) -> Option<f64> {
    let mut ratios: Vec<f64> = a.iter().zip(b).map(|(a, b)| a / b).collect();
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied()
}
