//! Why a task stopped.

use std::fmt;

/// Why a task stopped, for a person.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    /// An error with this text.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<sceau_test_vectors::LoadError> for Error {
    fn from(error: sceau_test_vectors::LoadError) -> Self {
        Self(error.to_string())
    }
}

/// What a task returns.
pub type Result<T = ()> = std::result::Result<T, Error>;

/// Names what a failing operation was about.
pub trait About<T> {
    /// Puts `what` before the message.
    fn about(self, what: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> About<T> for std::result::Result<T, E> {
    fn about(self, what: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Error(format!("{what}: {error}")))
    }
}
