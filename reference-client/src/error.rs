//! Why a command stopped, for a person: what happened, and what to do next.

use rusqlite::ErrorCode;
use std::fmt;

/// What kind of thing went wrong; each has its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something was refused: an identity, a signature, an old copy of the store (1).
    Refused,
    /// Something that does not exist here: a contact, a message, a file (2).
    NotFound,
    /// The relay can't be reached or is busy: try again (3).
    Unreachable,
    /// A call that makes no sense as it stands (64).
    Usage,
    /// Something that should not happen: a damaged file, a full disk (70).
    Fault,
}

/// Why a command stopped.
#[derive(Clone, Debug)]
pub struct Error {
    /// What kind.
    pub kind: Kind,
    what: String,
    next: Option<String>,
    /// The specification's class, where it was the protocol that refused.
    pub class: Option<&'static str>,
}

/// What a command returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of a kind.
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), next: None, class: None }
    }

    /// Something was refused.
    pub fn refused(what: impl Into<String>) -> Self {
        Self::new(Kind::Refused, what)
    }

    /// Something is not there.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, what)
    }

    /// The relay can't be reached.
    pub fn unreachable(what: impl Into<String>) -> Self {
        Self::new(Kind::Unreachable, what)
    }

    /// A wrong call.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Kind::Usage, what)
    }

    /// Something that should not happen.
    pub fn fault(what: impl Into<String>) -> Self {
        Self::new(Kind::Fault, what)
    }

    /// Says what to do next.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// Says what could not be done because of it.
    #[must_use]
    pub fn of(mut self, what: &str) -> Self {
        self.what = format!("{what}: {}", self.what);
        self
    }

    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self.kind {
            Kind::Refused => 1,
            Kind::NotFound => 2,
            Kind::Unreachable => 3,
            Kind::Usage => 64,
            Kind::Fault => 70,
        }
    }

    /// What happened, without what to do.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do next, if there is something.
    #[must_use]
    pub fn what_next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.next {
            Some(next) => write!(f, "\n  next: {next}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<sceau::Error> for Error {
    fn from(error: sceau::Error) -> Self {
        let kind = match error {
            sceau::Error::Provider(_) => Kind::Fault,
            _ => Kind::Refused,
        };
        let mut made = Self::new(kind, format!("refused by the protocol ({error})"));
        made.class = Some(error.class());
        made
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        if matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) {
            return Self::fault(format!("the store is damaged: {error}")).next(
                "it can't be trusted any more: enrol a new device with `sceau init` in another folder (--home), and tell your \
                 contacts its account id",
            );
        }
        Self::fault(format!("the store failed: {error}")).next(
            "check that its disk has room and that the file may be written; nothing was half done",
        )
    }
}

impl From<crate::wire::Malformed> for Error {
    fn from(_: crate::wire::Malformed) -> Self {
        Self::refused("bytes that are not in the format that is wanted here")
    }
}

/// Names what a failing operation was about.
pub trait About<T> {
    /// Puts `what` before the message.
    ///
    /// # Errors
    /// The given one, as a fault.
    fn about(self, what: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> About<T> for std::result::Result<T, E> {
    fn about(self, what: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Error::fault(format!("{what}: {error}")))
    }
}
