//! The answer to `meta.hello`: what an adapter declares of itself and of its implementation.

use super::value::Fields;
use super::{SMALLEST_LARGEST_LINE, VERSION};
use crate::case::Access;
use crate::process::acts;
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

/// Most characters of a text in the declarations.
const LONGEST_TEXT: usize = 200;
/// Most items of a list in them.
const LONGEST_LIST: usize = 10_000;

/// What stands in reports and on terminals as it is.
fn word(name: &str, text: &str) -> Result<(), String> {
    if text.chars().count() > LONGEST_TEXT {
        return Err(format!("meta.hello: more than {LONGEST_TEXT} characters in \"{name}\""));
    }
    match text.chars().any(acts) {
        true => Err(format!("meta.hello: a control character in \"{name}\"")),
        false => Ok(()),
    }
}

impl Hello {
    /// Reads the declarations.
    ///
    /// # Errors
    /// A sentence that tells which one is missing or wrong.
    pub fn parse(out: &Fields) -> Result<Self, String> {
        let text = |name: &str| {
            let text = out.text(name).ok_or_else(|| format!("meta.hello: no \"{name}\""))?;
            word(name, text).map(|()| text.to_owned())
        };
        let list = |name: &str| {
            let list = out.list(name).ok_or_else(|| format!("meta.hello: no list \"{name}\""))?;
            if list.len() > LONGEST_LIST {
                return Err(format!("meta.hello: more than {LONGEST_LIST} items in \"{name}\""));
            }
            list.iter().try_for_each(|item| word(name, item)).map(|()| list.to_vec())
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
            deviations: match out.get("deviations") {
                Some(_) => list("deviations")?,
                None => Vec::new(),
            },
        })
    }

    /// Whether it has a command.
    #[must_use]
    pub fn has(&self, command: &str) -> bool {
        self.commands.iter().any(|known| known == command)
    }
}

#[cfg(test)]
mod tests {
    use super::Hello;
    use crate::wire::{Fields, Value};

    fn hello(name: &str, commands: Vec<String>) -> Result<Hello, String> {
        let mut out = Fields::default();
        for (field, text) in [
            ("version", "0"),
            ("implementation", name),
            ("implementation_version", "1"),
            ("access", "L3"),
            ("clock", "fed"),
        ] {
            out.set(field, Value::Text(text.to_owned()));
        }
        out.set("largest_line", Value::Integer(1 << 20));
        out.set("profiles", Value::List(vec!["core".to_owned()]));
        out.set("randomness", Value::List(vec!["fed".to_owned()]));
        out.set("commands", Value::List(commands));
        Hello::parse(&out)
    }

    #[test]
    fn names_are_short_and_plain() {
        assert!(hello("Sceau 密", vec!["meta.echo".to_owned()]).is_ok());
        assert!(hello(&"x".repeat(200), Vec::new()).is_ok());
        assert!(hello(&"x".repeat(201), Vec::new()).is_err());
        assert!(hello("x\nCONFORMANT: y", Vec::new()).is_err());
        assert!(hello("x\u{1b}[2J", Vec::new()).is_err());
        assert!(hello("x", vec!["a\u{202e}b".to_owned()]).is_err());
        assert!(hello("x", vec!["a".to_owned(); 10_001]).is_err());
    }
}
