//! Challenges, and who shows by them that it is a device (`DS-02`, `DS-03`).

use super::Refusal;
use crate::crypto;
use crate::wire::{DeliveryAction, DeliveryAuth};
use sceau::pairwise::Credential;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Seconds for which a challenge is good (page *Limits*).
pub const CHALLENGE_AGE: u64 = 60;
/// Challenges of one connection that may wait; the oldest goes first.
const MAX_CHALLENGES: usize = 16;
/// The same where a proxy's connections carry everybody's.
const MAX_SHARED: usize = 65_536;

/// The challenges that were given out on one connection, or, behind a proxy, by one relay.
pub struct Challenges {
    given: Mutex<HashMap<[u8; 32], u64>>,
    most: usize,
}

impl Challenges {
    /// Those of one connection.
    #[must_use]
    pub fn of_connection() -> Self {
        Self { given: Mutex::default(), most: MAX_CHALLENGES }
    }

    /// Those of a relay behind a proxy, which mixes its clients' connections.
    #[must_use]
    pub fn shared() -> Self {
        Self { given: Mutex::default(), most: MAX_SHARED }
    }

    /// A new challenge.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] without randomness.
    pub fn give(&self, now: u64) -> Result<[u8; 32], Refusal> {
        let challenge = crypto::random().ok_or(Refusal::Unavailable)?;
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.retain(|_, at| fresh(*at, now));
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
        given.remove(challenge).is_some_and(|at| fresh(at, now))
    }
}

fn fresh(at: u64, now: u64) -> bool {
    now.saturating_sub(at) < CHALLENGE_AGE
}

/// `DS-02`: the challenge is one of these, the request is that one, and each signing key of the credential has
/// signed.
///
/// # Errors
/// [`Refusal::BadSignature`]
pub fn check(
    auth: &DeliveryAuth,
    challenges: &Challenges,
    action: DeliveryAction,
    request: &[u8],
    credential: &Credential,
    now: u64,
) -> Result<(), Refusal> {
    let tbs = &auth.tbs;
    let of = credential.tbs();
    let fits = challenges.take(&tbs.challenge, now)
        && tbs.action == action
        && tbs.request_hash == crypto::sha256(&[request])
        && tbs.account_id == of.account_id
        && tbs.serial == of.serial;
    if !fits {
        return Err(Refusal::BadSignature);
    }
    let message = tbs.message();
    let mut any = false;
    for key in of.identity_keys.as_slice() {
        let Some(algorithm) = crypto::signing(key.key_type) else { continue };
        let signature = auth.signatures.iter().find(|(key_type, _)| *key_type == key.key_type);
        let right = signature
            .is_some_and(|(_, signature)| crypto::verify(algorithm, &key.key, &message, signature));
        if !right {
            return Err(Refusal::BadSignature);
        }
        any = true;
    }
    if any { Ok(()) } else { Err(Refusal::BadSignature) }
}
