//! What a case is, and what can come of it.

use crate::scene::Scene;
use crate::wire::Randomness;
use serde::Serialize;

/// How deep an adapter reaches into an implementation. Each level has what the ones before have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Access {
    /// Wire only: a shipped application.
    L1,
    /// A library with its own randomness and clock.
    L2,
    /// A test build: fed randomness and clock, single primitives.
    L3,
}

impl Access {
    /// The level of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "L1" => Some(Access::L1),
            "L2" => Some(Access::L2),
            "L3" => Some(Access::L3),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Access::L1 => "L1",
            Access::L2 => "L2",
            Access::L3 => "L3",
        }
    }
}

/// Strength of the requirement that a case tests (RFC 2119).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// A failure is a nonconformity.
    Must,
    /// A failure is reported and judged by the laboratory.
    Should,
}

/// Which of the two runs of a negative case this is. They differ in exactly one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Twin {
    /// Without the deviation: must be accepted, or the case says nothing.
    Control,
    /// With the deviation: must be refused.
    Deviant,
}

impl Twin {
    /// The first of two things for the control, the second for the deviant: the one difference.
    pub fn pick<T>(self, control: T, deviant: T) -> T {
        match self {
            Twin::Control => control,
            Twin::Deviant => deviant,
        }
    }
}

/// Why a run of a case ended before its last step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The implementation did what it must not.
    Fail(String),
    /// Nothing can be said of the implementation.
    Inconclusive(String),
    /// The adapter lacks what the case needs.
    Unsupported(String),
    /// The adapter exited, hung or wrote garbage: a failure of its own kind, never a rejection.
    Crash(String),
}

/// Result of a step.
pub type Outcome<T = ()> = Result<T, Stop>;

/// How a case runs; its polarity.
#[derive(Clone, Copy)]
pub enum Run {
    /// Everything must be accepted.
    Positive(fn(&mut Scene) -> Outcome),
    /// Runs twice; the deviant twin must be refused.
    Negative(fn(&mut Scene, Twin) -> Outcome),
    /// As `Positive`, for one row of a table.
    PositiveOf(fn(&mut Scene, &'static str) -> Outcome, &'static str),
    /// As `Negative`, for one row of a table; mostly the name of the peer's deviation.
    NegativeOf(fn(&mut Scene, Twin, &'static str) -> Outcome, &'static str),
}

impl Run {
    /// Does the steps; a positive case's are those of the control twin.
    ///
    /// # Errors
    /// They end before the last.
    pub fn steps(&self, scene: &mut Scene, twin: Twin) -> Outcome {
        match *self {
            Run::Positive(steps) => steps(scene),
            Run::Negative(steps) => steps(scene, twin),
            Run::PositiveOf(steps, row) => steps(scene, row),
            Run::NegativeOf(steps, row) => steps(scene, twin, row),
        }
    }
}

/// A case of the suite. Built by [`Case::positive`] or [`Case::negative`] and the setters below.
#[derive(Clone, Copy)]
pub struct Case {
    /// Immutable name; ends in `n` for a negative case and in `p` for a positive one.
    pub id: &'static str,
    /// What must hold, in a sentence.
    pub title: &'static str,
    /// The clauses that it tests.
    pub clauses: &'static [&'static str],
    /// Strength of the requirement.
    pub level: Level,
    /// Access needed.
    pub access: Access,
    /// Seeded bugs that it is meant to catch.
    pub mutants: &'static [&'static str],
    /// The suite or profile that it belongs to; none for what holds for every adapter.
    pub suite: Option<&'static str>,
    /// Commands that the implementation's adapter must have.
    pub needs: &'static [&'static str],
    /// Whether the peer takes part.
    pub peer: bool,
    /// Whether an adapter may lack the commands without being incomplete.
    pub optional: bool,
    /// Whether the implementation draws its own randomness, whatever the run's source is.
    pub unfed: bool,
    /// The steps.
    pub run: Run,
}

impl Case {
    /// A case in which everything must be accepted.
    #[must_use]
    pub const fn positive(
        id: &'static str,
        title: &'static str,
        run: fn(&mut Scene) -> Outcome,
    ) -> Self {
        Case::new(id, title, Run::Positive(run))
    }

    /// A case whose deviant twin must be refused.
    #[must_use]
    pub const fn negative(
        id: &'static str,
        title: &'static str,
        run: fn(&mut Scene, Twin) -> Outcome,
    ) -> Self {
        Case::new(id, title, Run::Negative(run))
    }

    /// A positive case that is one row of a table.
    #[must_use]
    pub const fn positive_of(
        id: &'static str,
        title: &'static str,
        run: fn(&mut Scene, &'static str) -> Outcome,
        row: &'static str,
    ) -> Self {
        Case::new(id, title, Run::PositiveOf(run, row))
    }

    /// A negative case that is one row of a table.
    #[must_use]
    pub const fn negative_of(
        id: &'static str,
        title: &'static str,
        run: fn(&mut Scene, Twin, &'static str) -> Outcome,
        row: &'static str,
    ) -> Self {
        Case::new(id, title, Run::NegativeOf(run, row))
    }

    const fn new(id: &'static str, title: &'static str, run: Run) -> Self {
        Case {
            id,
            title,
            clauses: &[],
            level: Level::Must,
            access: Access::L1,
            mutants: &[],
            suite: None,
            needs: &[],
            peer: false,
            optional: false,
            unfed: false,
            run,
        }
    }

    /// The clauses that it tests.
    #[must_use]
    pub const fn clauses(mut self, clauses: &'static [&'static str]) -> Self {
        self.clauses = clauses;
        self
    }

    /// The seeded bugs that it is meant to catch.
    #[must_use]
    pub const fn mutants(mut self, mutants: &'static [&'static str]) -> Self {
        self.mutants = mutants;
        self
    }

    /// The suite or profile that it belongs to.
    #[must_use]
    pub const fn suite(mut self, suite: &'static str) -> Self {
        self.suite = Some(suite);
        self
    }

    /// The access level and the commands that it needs.
    #[must_use]
    pub const fn needs(mut self, access: Access, commands: &'static [&'static str]) -> Self {
        self.access = access;
        self.needs = commands;
        self
    }

    /// The requirement is a SHOULD.
    #[must_use]
    pub const fn should(mut self) -> Self {
        self.level = Level::Should;
        self
    }

    /// The peer takes part.
    #[must_use]
    pub const fn with_peer(mut self) -> Self {
        self.peer = true;
        self
    }

    /// An adapter may lack the commands.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The implementation draws its own randomness.
    #[must_use]
    pub const fn unfed(mut self) -> Self {
        self.unfed = true;
        self
    }

    /// Where the implementation's randomness comes from in this case.
    #[must_use]
    pub fn source(&self, run: Randomness) -> Randomness {
        if self.unfed { Randomness::Own } else { run }
    }

    /// Whether it is a negative one.
    #[must_use]
    pub const fn is_negative(&self) -> bool {
        matches!(self.run, Run::Negative(_) | Run::NegativeOf(..))
    }
}

/// What a run of the suite says of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Did what the clauses say.
    Pass,
    /// Did something else, or crashed.
    Fail,
    /// The case could not tell.
    Inconclusive,
    /// The adapter lacks what the case needs, or its access is too shallow.
    Unsupported,
    /// An operator stated it, with evidence; never counted as a pass.
    Attested,
}

impl Verdict {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Unsupported => "unsupported",
            Verdict::Attested => "attested",
        }
    }
}
