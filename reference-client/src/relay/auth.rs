//! Challenges, and who shows by them that it is a device (`DS-02`, `DS-03`).

use super::Refusal;
use sceau::crypto::Provider;
use sceau::delivery::{AuthCheck, DeliveryAuth};
use sceau::pairwise::{Credential, DeviceList};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Challenges that may wait; above that the oldest goes first.
const MAX_CHALLENGES: usize = 262_144;

/// The challenges that one relay has given out, kept in its memory.
#[derive(Default)]
pub struct Challenges {
    given: Mutex<Given>,
}

#[derive(Default)]
struct Given {
    /// When each one that was not used yet was given out.
    at: HashMap<[u8; 32], u64>,
    /// All of them, the used ones too, oldest first.
    order: VecDeque<([u8; 32], u64)>,
}

impl Challenges {
    /// Keeps one, which is good for `age` seconds.
    pub fn give(&self, challenge: [u8; 32], now: u64, age: u64) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((oldest, at)) = given.order.front().copied()
            && (!fresh(at, now, age) || given.order.len() >= MAX_CHALLENGES)
        {
            given.order.pop_front();
            given.at.remove(&oldest);
        }
        given.order.push_back((challenge, now));
        given.at.insert(challenge, now);
    }

    /// Uses one up, and says whether it was good.
    pub fn take(&self, challenge: &[u8; 32], now: u64, age: u64) -> bool {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.at.remove(challenge).is_some_and(|at| fresh(at, now, age))
    }
}

/// Whether a challenge of a time is still good.
pub(super) fn fresh(at: u64, now: u64, age: u64) -> bool {
    now.saturating_sub(at) < age
}

/// `DS-02`: the signature is for this relay and this request, and of each signing key of the credential.
///
/// # Errors
/// [`Refusal::BadSignature`]; [`Refusal::Malformed`] for a commit.
pub fn check(
    auth: &DeliveryAuth,
    list: &DeviceList,
    credential: &Credential,
    asked: &AuthCheck<'_>,
) -> Result<(), Refusal> {
    let verified = auth.verify(&Provider::Default, list, credential, asked);
    verified.map_err(|error| match error.class() {
        "malformed" => Refusal::Malformed,
        _ => Refusal::BadSignature,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_and_for_a_while() {
        let challenges = Challenges::default();
        let give = |n: u8, now| challenges.give([n; 32], now, 60);
        let take = |n: u8, now| challenges.take(&[n; 32], now, 60);
        give(1, 100);
        give(2, 100);
        give(3, 101);
        assert!(take(1, 159));
        assert!(!take(1, 159), "twice");
        assert!(!take(2, 160), "too old");
        assert!(!take(2, 159), "used up by the attempt before");
        assert!(!take(9, 100), "nobody's");
        assert!(take(3, 160));
        // A clock that is set back makes none too old.
        give(4, 200);
        assert!(take(4, 100));
    }

    #[test]
    fn a_flood_takes_bounded_memory() {
        let challenges = Challenges::default();
        let name = |n: u32| {
            let mut name = [0; 32];
            name[..4].copy_from_slice(&n.to_be_bytes());
            name
        };
        let most = u32::try_from(MAX_CHALLENGES).unwrap_or(u32::MAX);
        for n in 0..=most {
            challenges.give(name(n), 100, 60);
            // Used ones count as well.
            if n % 2 == 1 {
                challenges.take(&name(n), 100, 60);
            }
        }
        assert_eq!(
            challenges.given.lock().map(|given| given.order.len()).ok(),
            Some(MAX_CHALLENGES)
        );
        assert!(!challenges.take(&name(0), 100, 60), "the oldest is gone");
        assert!(challenges.take(&name(2), 100, 60));
    }
}
