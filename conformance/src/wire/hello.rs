//! The answer to `meta.hello`: what an adapter declares of itself and of its implementation.

use super::value::Fields;
use super::{SMALLEST_LARGEST_LINE, VERSION};
use crate::case::Access;
use serde::Serialize;

/// Where an implementation's randomness comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Randomness {
    /// From the requests' `rand`, name by name.
    Fed,
    /// Expanded by the adapter from the requests' `seed`.
    Seed,
    /// The implementation's own generator.
    Own,
}

impl Randomness {
    /// The word on the line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Randomness::Fed => "fed",
            Randomness::Seed => "seed",
            Randomness::Own => "own",
        }
    }

    /// The source with that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Randomness::Fed, Randomness::Seed, Randomness::Own].into_iter().find(|r| r.word() == word)
    }
}

/// Whose clock an implementation follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// The runner's, party by party.
    Fed,
    /// The machine's.
    Own,
}

/// An adapter's declarations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hello {
    /// Version of the adapter protocol chosen.
    pub version: String,
    /// Longest line that the adapter accepts, bytes.
    pub largest_line: u64,
    /// Name of the implementation.
    pub implementation: String,
    /// Version of the implementation.
    pub implementation_version: String,
    /// Profiles and suites that it claims, `core` first of all.
    pub profiles: Vec<String>,
    /// How deep the adapter reaches into the implementation.
    pub access: Access,
    /// Commands that the adapter has.
    pub commands: Vec<String>,
    /// Sources of randomness that it can be run with.
    pub randomness: Vec<Randomness>,
    /// Its clock.
    pub clock: Clock,
    /// Deviations that it can be asked for; empty for all but the peer.
    pub deviations: Vec<String>,
}

impl Hello {
    /// Reads the declarations.
    ///
    /// # Errors
    /// A sentence that tells which one is missing or wrong.
    pub fn parse(out: &Fields) -> Result<Self, String> {
        let text = |name: &str| {
            out.text(name).map(str::to_owned).ok_or_else(|| format!("meta.hello: no \"{name}\""))
        };
        let list = |name: &str| {
            out.list(name)
                .map(<[_]>::to_vec)
                .ok_or_else(|| format!("meta.hello: no list \"{name}\""))
        };
        let version = text("version")?;
        if version != VERSION {
            return Err(format!("meta.hello: version \"{version}\" was not offered"));
        }
        let largest_line = out.integer("largest_line").ok_or("meta.hello: no \"largest_line\"")?;
        if largest_line < SMALLEST_LARGEST_LINE {
            return Err(format!("meta.hello: largest_line is below {SMALLEST_LARGEST_LINE}"));
        }
        let randomness = list("randomness")?
            .iter()
            .map(|word| {
                Randomness::of(word).ok_or_else(|| format!("meta.hello: randomness \"{word}\""))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if randomness.is_empty() {
            return Err("meta.hello: \"randomness\" is empty".to_owned());
        }
        Ok(Hello {
            version,
            largest_line,
            implementation: text("implementation")?,
            implementation_version: text("implementation_version")?,
            profiles: list("profiles")?,
            access: Access::of(&text("access")?)
                .ok_or("meta.hello: \"access\" is not L1, L2 or L3")?,
            commands: list("commands")?,
            randomness,
            clock: match text("clock")?.as_str() {
                "fed" => Clock::Fed,
                "own" => Clock::Own,
                other => return Err(format!("meta.hello: clock \"{other}\"")),
            },
            deviations: out.list("deviations").map(<[_]>::to_vec).unwrap_or_default(),
        })
    }

    /// Whether it has a command.
    #[must_use]
    pub fn has(&self, command: &str) -> bool {
        self.commands.iter().any(|known| known == command)
    }
}
