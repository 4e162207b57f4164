//! From an operation to the time that it takes.

use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::time::Duration;

/// Runs something a number of times, and says how long that took without what had to be prepared for it. What the
/// operation returns is dropped within the time.
pub type Run = Box<dyn FnMut(u64) -> Duration>;

/// How long this process has been at work: not the time in which others had the processor.
fn worked() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let (seconds, nanoseconds) = (time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs());
    Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
}

/// The time of something; in a frame of its own, by whose name an instruction counter finds it.
#[inline(never)]
pub fn counted(run: impl FnOnce()) -> Duration {
    let start = worked();
    run();
    worked().saturating_sub(start)
}

/// Something that needs no preparation.
pub fn plain<R>(mut run: impl FnMut() -> R + 'static) -> Run {
    Box::new(move |n| {
        counted(|| {
            for _ in 0..n {
                black_box(run());
            }
        })
    })
}

/// Something for which each time an input is prepared, at most `chunk` of them in advance. Both see `state`.
pub fn prepared<S: 'static, T, R>(
    chunk: u64,
    mut state: S,
    mut prepare: impl FnMut(&mut S) -> T + 'static,
    mut run: impl FnMut(&mut S, &mut T) -> R + 'static,
) -> Run {
    Box::new(move |n| {
        let (mut left, mut total) = (n, Duration::ZERO);
        while left > 0 {
            let now = left.min(chunk);
            left -= now;
            let mut inputs: Vec<T> = (0..now).map(|_| prepare(&mut state)).collect();
            total += counted(|| {
                for input in &mut inputs {
                    black_box(run(&mut state, input));
                }
            });
        }
        total
    })
}
