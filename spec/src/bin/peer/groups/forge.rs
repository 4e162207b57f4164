//! What one command draws, and in which respects it deviates.

use super::member::Signers;
use crate::party::Party;
use crate::wire::{Request, Stop, fault};
use sceau_spec::group::kem::{KeyPair, derive_key_pair, nrandom};
use sceau_spec::group::key_package::KeyPackage;
use sceau_spec::group::suite::CipherSuite;
use sceau_spec::octets::{Octets, u64_be};
use sceau_spec::primitives::hkdf_sha256_expand;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Randomness and deviations of one command.
pub struct Forge {
    names: Vec<String>,
    /// Those that found something to deviate in.
    done: RefCell<BTreeSet<String>>,
    key: Octets,
    draws: u64,
    /// The party's clock, in seconds.
    pub now: u64,
    /// The group's limit of generations passed over.
    pub max_skip: u32,
    /// Signature keys of all parties of this process.
    pub signers: Signers,
    /// Key packages of the other parties of this process.
    pub packages: Vec<KeyPackage>,
}

impl Forge {
    /// That of a request. Groups draw their own randomness, so that none is told of as used; a seed makes it
    /// come again.
    pub fn new(request: &mut Request, party: &Party) -> Result<Self, Stop> {
        if request.rand.take().is_some_and(|rand| !rand.is_empty()) {
            return Err(Stop::Unsupported("rand: groups draw their own".to_owned()));
        }
        let key = request.draw("group", 32)?;
        request.used.clear();
        Ok(Forge {
            names: request.deviate.clone(),
            done: RefCell::default(),
            key,
            draws: 0,
            now: party.now,
            max_skip: party.policy.limits.max_skip,
            signers: Signers::new(),
            packages: Vec::new(),
        })
    }

    /// Whether to deviate so. Who asks does it.
    pub fn is(&self, name: &str) -> bool {
        let is = self.wants(name);
        if is {
            self.done.borrow_mut().insert(name.to_owned());
        }
        is
    }

    /// Whether it is asked to deviate so, somewhere.
    pub fn wants(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// The deviations that are asked for.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Faults what found nothing to deviate in.
    pub fn finish(&self) -> Result<(), Stop> {
        match self.names.iter().find(|name| !self.done.borrow().contains(*name)) {
            Some(name) => fault(format!("{name}: there is nothing to deviate in")),
            None => Ok(()),
        }
    }

    /// Random bytes.
    pub fn draw(&mut self, length: usize) -> Octets {
        self.draws += 1;
        hkdf_sha256_expand(&self.key, &u64_be(self.draws), length)
    }

    /// A fresh key pair for HPKE.
    pub fn key_pair(&mut self, suite: CipherSuite) -> KeyPair {
        derive_key_pair(suite, &self.draw(32))
    }

    /// The randomness of an encapsulation.
    pub fn encapsulation(&mut self, suite: CipherSuite) -> Octets {
        self.draw(nrandom(suite))
    }
}

/// The fault of a deviation that a state leaves no room for.
pub fn no_room<T>(what: &str) -> Result<T, Stop> {
    fault(format!("there is no {what} to deviate in"))
}

/// The bytes with one bit of the last byte changed; of an empty string, a byte.
pub fn flipped(bytes: &Octets) -> Octets {
    let mut out = bytes.clone();
    if out.len() == 0 {
        return out.push(&1);
    }
    let last = out.len() - 1;
    out[last] ^= 1;
    out
}

/// The bytes without the last.
pub fn short(bytes: &Octets) -> Octets {
    bytes.slice(0, bytes.len().saturating_sub(1))
}
