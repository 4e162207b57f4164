//! The results of an accepted command.

use super::{Home, blame};
use crate::case::Outcome;
use crate::digest::{hex, unhex};
use crate::process::clip;
use crate::wire::Fields;

/// What an accepted command returned. A result that lacks or has another type fails the case.
#[derive(Clone, Debug)]
pub struct Out {
    pub(super) home: Home,
    pub(super) cmd: String,
    pub(super) fields: Fields,
}

impl Out {
    /// Bytes.
    ///
    /// # Errors
    /// There are none of that name.
    pub fn bytes(&self, name: &str) -> Outcome<Vec<u8>> {
        self.fields.bytes(name).ok_or_else(|| self.lacks(name, "bytes in lowercase hexadecimal"))
    }

    /// Bytes in hexadecimal.
    ///
    /// # Errors
    /// There are none of that name.
    pub fn hex(&self, name: &str) -> Outcome<String> {
        self.bytes(name).map(|bytes| hex(&bytes))
    }

    /// Text.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn text(&self, name: &str) -> Outcome<&str> {
        self.fields.text(name).ok_or_else(|| self.lacks(name, "a string"))
    }

    /// An integer.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn integer(&self, name: &str) -> Outcome<u64> {
        self.fields.integer(name).ok_or_else(|| self.lacks(name, "an integer"))
    }

    /// A 64-bit number, which travels as a decimal string.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn long(&self, name: &str) -> Outcome<u64> {
        let text = self.fields.text(name);
        text.and_then(|t| t.parse().ok()).ok_or_else(|| self.lacks(name, "a decimal string"))
    }

    /// A list.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn list(&self, name: &str) -> Outcome<&[String]> {
        self.fields.list(name).ok_or_else(|| self.lacks(name, "a list of strings"))
    }

    /// Whether there is a result of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.fields.get(name).is_some()
    }

    /// Demands certain bytes, given in hexadecimal.
    ///
    /// # Errors
    /// There are others.
    pub fn is(&self, name: &str, expected: &str) -> Outcome<&Self> {
        let got = self.bytes(name)?;
        if unhex(expected).as_ref() == Some(&got) {
            return Ok(self);
        }
        let (got, expected) = (hex(&got), clip(expected));
        Err(blame(self.home, format!("{}: {name} is {}, not {expected}", self.cmd, clip(&got))))
    }

    fn lacks(&self, name: &str, kind: &str) -> crate::case::Stop {
        blame(self.home, format!("{}: the answer has no {name} that is {kind}", self.cmd))
    }
}
