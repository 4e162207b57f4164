//! Challenges, and who shows by them that it is a device (`DS-02`, `DS-03`).

use super::Refusal;
use crate::crypto;
use sceau::crypto::Provider;
use sceau::delivery::{AuthRequest, DeliveryAction, DeliveryAuth};
use sceau::pairwise::{Credential, DeviceList};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Challenges of one connection that may wait; the oldest goes first.
const MAX_CHALLENGES: usize = 16;
/// The same where a proxy's connections carry everybody's.
const MAX_SHARED: usize = 65_536;

/// The challenges that were given out on one connection, or, behind a proxy, by one relay.
pub struct Challenges {
    given: Mutex<HashMap<[u8; 32], u64>>,
    most: usize,
    /// Seconds for which one is good.
    age: u64,
}

impl Challenges {
    /// Those of one connection.
    #[must_use]
    pub fn of_connection(age: u64) -> Self {
        Self { given: Mutex::default(), most: MAX_CHALLENGES, age }
    }

    /// Those of a relay behind a proxy, which mixes its clients' connections.
    #[must_use]
    pub fn shared(age: u64) -> Self {
        Self { given: Mutex::default(), most: MAX_SHARED, age }
    }

    /// A new challenge.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] without randomness.
    pub fn give(&self, now: u64) -> Result<[u8; 32], Refusal> {
        let challenge = crypto::random().ok_or(Refusal::Unavailable)?;
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.retain(|_, at| fresh(*at, now, self.age));
        if given.len() >= self.most {
            let oldest = given.iter().min_by_key(|(_, at)| **at).map(|(challenge, _)| *challenge);
            oldest.map(|oldest| given.remove(&oldest));
        }
        given.insert(challenge, now);
        Ok(challenge)
    }

    /// Uses a challenge up, whatever comes of it.
    fn take(&self, challenge: &[u8; 32], now: u64) -> bool {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.remove(challenge).is_some_and(|at| fresh(at, now, self.age))
    }
}

fn fresh(at: u64, now: u64, age: u64) -> bool {
    now.saturating_sub(at) < age
}

/// `DS-02`: the challenge is one of these, the request is that one, and each signing key of the credential has
/// signed.
///
/// # Errors
/// [`Refusal::BadSignature`]
pub fn check(
    auth: &DeliveryAuth,
    challenges: &Challenges,
    (action, request): (DeliveryAction, &[u8]),
    list: &DeviceList,
    credential: &Credential,
    now: u64,
) -> Result<(), Refusal> {
    let challenge = &auth.tbs().challenge;
    if !challenges.take(challenge.as_bytes(), now) {
        return Err(Refusal::BadSignature);
    }
    let request = AuthRequest { challenge, action, request };
    auth.verify(&Provider::Default, list, credential, &request).map_err(|_| Refusal::BadSignature)
}
