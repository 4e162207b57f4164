//! Randomness of a command: fed by name, derived from a seed, or the system's own.
//!
//! The library draws without names, in the order that the specification gives; the adapter
//! knows the names of each command's draws and hands them out in that order.

use rand_core::{TryCryptoRng, TryRng};
use sceau_adapter::line::{Field, No, Request, decode};
use sha2::Sha256;
use std::convert::Infallible;

/// A source that knows what the next draws are called.
pub struct Draws<'a> {
    request: &'a Request,
    names: Vec<(String, usize)>,
    used: Vec<String>,
    missing: Option<String>,
}

impl<'a> Draws<'a> {
    /// The source of a request, which knows no names yet.
    pub fn new(request: &'a Request) -> Self {
        Draws { request, names: Vec::new(), used: Vec::new(), missing: None }
    }

    /// Names what is drawn next, each of that many bytes, in this order.
    pub fn expect(&mut self, names: Vec<(String, usize)>) -> &mut Self {
        self.names.extend(names);
        self
    }

    /// Draws one value by its name; empty where it is missing, of which [`used`](Self::used) tells.
    pub fn take(&mut self, name: &str, length: usize) -> Vec<u8> {
        let mut value = vec![0; length];
        let Ok(()) = self.expect(vec![(name.to_owned(), length)]).try_fill_bytes(&mut value);
        value
    }

    /// Whether all that was drawn was there.
    ///
    /// # Errors
    /// `fault` where something was missing or of another length (`ADP-10`).
    pub fn complete(&self) -> Result<(), No> {
        match &self.missing {
            Some(what) => Err(No::Fault(format!("no randomness {what}"))),
            None => Ok(()),
        }
    }

    /// Names and lengths of what was drawn.
    ///
    /// # Errors
    /// As [`complete`](Self::complete).
    pub fn used(self) -> Result<Vec<String>, No> {
        self.complete().map(|()| self.used)
    }

    fn value(&mut self, length: usize) -> Option<Vec<u8>> {
        if self.request.rand.is_none() && self.request.seed.is_none() {
            let mut value = vec![0; length];
            getrandom::fill(&mut value).ok()?;
            return Some(value);
        }
        let (name, expected) = self.names.get(self.used.len())?.clone();
        let fed = self.request.rand.as_ref().and_then(|rand| rand.get(&name));
        let value = match (fed, self.request.seed) {
            (Some(Field::Text(value)), _) => decode(value).ok()?,
            (None, Some(seed)) => derive(&seed, self.request, &name, length)?,
            _ => return None,
        };
        if value.len() != length || expected != length {
            return None;
        }
        self.used.push(format!("{name}:{length}"));
        Some(value)
    }
}

/// The value that a seeded request stands for (`ADAPTERS.md`, Randomness).
fn derive(seed: &[u8; 32], request: &Request, name: &str, length: usize) -> Option<Vec<u8>> {
    let mut value = vec![0; length];
    let info = format!("{}\0{}\0{name}", request.party, request.id);
    let hkdf = hkdf::Hkdf::<Sha256>::new(Some(b"sceau conformance 0 rand"), seed);
    hkdf.expand(info.as_bytes(), &mut value).ok()?;
    Some(value)
}

impl TryRng for Draws<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, output: &mut [u8]) -> Result<(), Infallible> {
        match self.value(output.len()) {
            Some(value) => output.copy_from_slice(&value),
            None => {
                let next = self.names.get(self.used.len()).map_or("?", |(name, _)| name.as_str());
                let missing = format!("{next}:{}", output.len());
                self.missing.get_or_insert(missing);
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Draws<'_> {}
