//! What is read from a case, and why a case did not pass.

use sceau::group::CipherSuite;
use serde_json::Value;
use std::fmt;

/// Why a case did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The library does not speak the case's cipher suite.
    Unsupported(u16),
    /// Something is not as the case has it, or the case is none of its format.
    Failed(String),
}

/// What running a case comes to.
pub type Outcome = Result<(), Failure>;

impl Failure {
    /// A failure with these words.
    pub(crate) fn new(why: impl fmt::Display) -> Self {
        Self::Failed(why.to_string())
    }

    /// The same, with the place before it.
    pub(crate) fn at(self, place: impl fmt::Display) -> Self {
        match self {
            Self::Failed(why) => Self::Failed(format!("{place}: {why}")),
            unsupported => unsupported,
        }
    }
}

impl From<sceau::Error> for Failure {
    fn from(error: sceau::Error) -> Self {
        Self::new(error)
    }
}

impl From<sceau::error::Malformed> for Failure {
    fn from(error: sceau::error::Malformed) -> Self {
        sceau::Error::from(error).into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(suite) => write!(f, "cipher suite {suite:#06x} is not spoken"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

/// Two values that must be the same. Bytes are not shown: they are long.
pub(crate) fn same<A: PartialEq<B>, B>(what: impl fmt::Display, got: A, expected: B) -> Outcome {
    if got == expected { Ok(()) } else { Err(Failure::new(format!("{what} is another one"))) }
}

/// A condition that must hold.
pub(crate) fn require(holds: bool, what: impl fmt::Display) -> Outcome {
    if holds { Ok(()) } else { Err(Failure::new(what)) }
}

/// A JSON value whose members are read by their names.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a>(pub(crate) &'a Value);

type Read<T> = Result<T, Failure>;

impl<'a> Case<'a> {
    /// A member, which must be there.
    pub(crate) fn get(self, name: &str) -> Read<Case<'a>> {
        self.0.get(name).map(Case).ok_or_else(|| Failure::new(format!("no {name}")))
    }

    /// A member that may be absent or null.
    pub(crate) fn optional(self, name: &str) -> Option<Case<'a>> {
        self.0.get(name).filter(|value| !value.is_null()).map(Case)
    }

    /// The bytes of a string in hexadecimal.
    pub(crate) fn as_bytes(self) -> Read<Vec<u8>> {
        let text = self.0.as_str().ok_or_else(|| Failure::new("no string"))?;
        hex::decode(text).map_err(Failure::new)
    }

    pub(crate) fn as_u32(self) -> Read<u32> {
        let number = self.0.as_u64().and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| Failure::new("no 32-bit number"))
    }

    pub(crate) fn as_list(self) -> Read<impl ExactSizeIterator<Item = Case<'a>> + Clone> {
        let items = self.0.as_array().ok_or_else(|| Failure::new("no list"))?;
        Ok(items.iter().map(Case))
    }

    pub(crate) fn bytes(self, name: &str) -> Read<Vec<u8>> {
        self.get(name)?.as_bytes().map_err(|why| why.at(name))
    }

    pub(crate) fn u16(self, name: &str) -> Read<u16> {
        let number = self.u32(name)?;
        u16::try_from(number).map_err(|_| Failure::new(format!("{name}: no 16-bit number")))
    }

    pub(crate) fn u32(self, name: &str) -> Read<u32> {
        self.get(name)?.as_u32().map_err(|why| why.at(name))
    }

    pub(crate) fn u64(self, name: &str) -> Read<u64> {
        let number = self.get(name)?.0.as_u64();
        number.ok_or_else(|| Failure::new(format!("{name}: no number")))
    }

    pub(crate) fn usize(self, name: &str) -> Read<usize> {
        usize::try_from(self.u64(name)?).map_err(Failure::new)
    }

    pub(crate) fn text(self, name: &str) -> Read<&'a str> {
        let text = self.get(name)?.0.as_str();
        text.ok_or_else(|| Failure::new(format!("{name}: no string")))
    }

    pub(crate) fn list(self, name: &str) -> Read<impl ExactSizeIterator<Item = Case<'a>> + Clone> {
        self.get(name)?.as_list().map_err(|why| why.at(name))
    }

    /// The case's cipher suite.
    pub(crate) fn suite(self) -> Read<CipherSuite> {
        let value = self.u16("cipher_suite")?;
        CipherSuite::from_u16(value).ok_or(Failure::Unsupported(value))
    }
}

/// Randomness that need not be secret.
pub(crate) fn rng() -> impl rand_core::CryptoRng {
    getrandom::rand_core::UnwrapErr(getrandom::SysRng)
}
