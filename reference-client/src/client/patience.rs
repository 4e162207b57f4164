//! How long the relays of others are waited for: one that does not answer, or slowly, keeps nothing else from being done.

use crate::error::{Error, Result};
use crate::text::one_line;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// For all relays but the own one together, within five minutes.
pub const ALL: Duration = Duration::from_secs(30);
/// After this they are waited for anew.
const PERIOD: Duration = Duration::from_secs(300);
/// One that has not answered is asked again after this (`commit_poll`).
const PAUSE: Duration = Duration::from_secs(60);
/// An answer may take as long without being counted; so may a failure, which at once is no waiting.
const PROMPT: Duration = Duration::from_secs(2);

/// The part of it that one address gets.
const SHARE: u32 = 3;

/// What is left of it.
pub struct Patience {
    all: Duration,
    since: Instant,
    left: Duration,
    /// What each address has taken of it.
    taken: HashMap<String, Duration>,
    /// Addresses of relays that have not answered, and since when.
    silent: HashMap<String, Instant>,
}

impl Patience {
    /// With so much for all relays together.
    #[must_use]
    pub fn new(all: Duration) -> Self {
        Self {
            all,
            since: Instant::now(),
            left: all,
            taken: HashMap::new(),
            silent: HashMap::new(),
        }
    }

    /// How long the relay at an address may take for its whole answer.
    ///
    /// # Errors
    /// One that has just not answered; nothing left.
    pub fn for_relay(&mut self, url: &str) -> Result<Duration> {
        if self.since.elapsed() >= PERIOD {
            (self.since, self.left) = (Instant::now(), self.all);
            self.taken.clear();
        }
        let left = self.left_of(url);
        let why = match self.silent.get(url) {
            Some(since) if since.elapsed() < PAUSE => "has not answered just now",
            _ if self.left.is_zero() => "was not asked, since others took too long to answer",
            _ if left.is_zero() => "was not asked again, since it took too long to answer",
            _ => return Ok(left),
        };
        Err(Error::unreachable(format!("the relay {} {why}", one_line(url)))
            .next("nothing is lost: it is asked again later"))
    }

    /// Whether the relay at an address has its whole share of the time now: one that had less is to be asked again early.
    pub fn is_whole_for(&mut self, url: &str) -> bool {
        let share = self.all / SHARE;
        self.for_relay(url).is_ok_and(|time| time >= share)
    }

    fn left_of(&self, url: &str) -> Duration {
        let taken = self.taken.get(url).copied().unwrap_or_default();
        self.left.min((self.all / SHARE).saturating_sub(taken))
    }

    /// A relay was asked: how long that took, and whether it has answered.
    pub fn took(&mut self, url: &str, took: Duration, answered: bool) {
        let counted = took.saturating_sub(if answered { PROMPT } else { Duration::ZERO });
        let counted = counted.min(self.left_of(url));
        self.left = self.left.saturating_sub(counted);
        *self.taken.entry(url.to_owned()).or_default() += counted;
        if answered {
            self.silent.remove(url);
        } else if took >= PROMPT.min(self.all / SHARE / 2) {
            self.silent.insert(url.to_owned(), Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends() {
        let seconds = Duration::from_secs;
        let mut patience = Patience::new(seconds(30));
        assert_eq!(patience.for_relay("a").unwrap(), seconds(10), "its share");
        assert!(patience.is_whole_for("a"));
        patience.took("a", seconds(20), false);
        assert!(patience.for_relay("a").is_err(), "asked a moment ago");
        assert_eq!(patience.for_relay("b").unwrap(), seconds(10));
        patience.took("b", seconds(1), true);
        assert_eq!(patience.for_relay("b").unwrap(), seconds(10));
        patience.took("b", seconds(6), true);
        assert_eq!(patience.for_relay("b").unwrap(), seconds(6));
        patience.took("b", seconds(100), true);
        assert!(patience.for_relay("b").is_err(), "it has answered, and had its share");
        patience.took("c", seconds(1), false);
        assert_eq!(patience.for_relay("c").unwrap(), seconds(9), "a failure at once");
        assert!(!patience.is_whole_for("d") && !patience.is_whole_for("b"));
        patience.took("d", seconds(10), false);
        assert!(patience.for_relay("e").is_err(), "nothing is left");
    }
}
