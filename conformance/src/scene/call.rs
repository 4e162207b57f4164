//! One command on its way: parameters first, then the word that sends it.

use super::{Home, Out, Party, Scene, blame};
use crate::case::{Outcome, Stop, Twin};
use crate::digest::hex;
use crate::wire::{Answer, Fields, Randomness, Request, Value};

/// A command that has not been sent yet.
#[must_use = "a command is sent by the word that says what is expected"]
pub struct Call<'s, 'a> {
    scene: &'s mut Scene<'a>,
    home: Home,
    party: Option<Party>,
    request: Request,
    draws: Vec<(String, usize)>,
    chosen: Vec<(String, String)>,
}

/// What a command came to.
#[derive(Clone, Debug)]
pub enum Decision {
    /// Accepted, with its results.
    Accepted(Out),
    /// Refused, with the advisory class of the error.
    Refused(String),
}

impl<'s, 'a> Call<'s, 'a> {
    pub(super) fn new(
        scene: &'s mut Scene<'a>,
        home: Home,
        party: Option<Party>,
        cmd: &str,
    ) -> Self {
        let mut request = Request::new(cmd);
        request.party = party.map(|party| party.name.to_owned());
        Call { scene, home, party, request, draws: Vec::new(), chosen: Vec::new() }
    }

    /// A parameter of bytes.
    pub fn bytes(self, name: &str, bytes: &[u8]) -> Self {
        self.text(name, &hex(bytes))
    }

    /// A parameter that is text; bytes in hexadecimal as well.
    pub fn text(mut self, name: &str, text: &str) -> Self {
        self.request.input.set(name, Value::Text(text.to_owned()));
        self
    }

    /// A parameter of `length` equal bytes, sent in its short form.
    pub fn repeat(self, name: &str, byte: u8, length: u64) -> Self {
        self.text(name, &format!("@repeat:{byte:02x}:{length}"))
    }

    /// A parameter that is a small integer.
    pub fn integer(mut self, name: &str, integer: u64) -> Self {
        self.request.input.set(name, Value::Integer(integer));
        self
    }

    /// A parameter that is a 64-bit number, as a decimal string.
    pub fn long(self, name: &str, number: u64) -> Self {
        self.text(name, &number.to_string())
    }

    /// A parameter that is a list.
    pub fn list(mut self, name: &str, items: &[String]) -> Self {
        self.request.input.set(name, Value::List(items.to_vec()));
        self
    }

    /// The name of a party that does not exist before the command, and so has no digest.
    pub fn party(mut self, name: &str) -> Self {
        self.request.party = Some(name.to_owned());
        self
    }

    /// The session that the command is about.
    pub fn session(mut self, name: &str) -> Self {
        self.request.session = Some(name.to_owned());
        self
    }

    /// The group that the command is about.
    pub fn group(mut self, name: &str) -> Self {
        self.request.group = Some(name.to_owned());
        self
    }

    /// Randomness that the command draws: its name and length in bytes, in the order of drawing.
    pub fn rand(mut self, name: &str, length: usize) -> Self {
        self.draws.push((name.to_owned(), length));
        self
    }

    /// What a draw of the peer is to be, in hexadecimal; of the implementation it cannot be chosen.
    pub fn choose(mut self, name: &str, value: &str) -> Self {
        self.chosen.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A deviation that the peer is to make.
    pub fn deviate(mut self, deviation: &str) -> Self {
        self.request.deviate.push(deviation.to_owned());
        self
    }

    /// A deviation that the peer is to make in the deviant twin only.
    pub fn deviate_if(self, twin: Twin, deviation: &str) -> Self {
        match twin {
            Twin::Control => self,
            Twin::Deviant => self.deviate(deviation),
        }
    }

    /// Sends it; acceptance and rejection are both fine.
    ///
    /// # Errors
    /// Any other answer, or none.
    pub fn send(self) -> Outcome<Decision> {
        self.dispatch().map(|(decision, _)| decision)
    }

    /// Must be accepted.
    ///
    /// # Errors
    /// It is rejected.
    pub fn ok(self) -> Outcome<Out> {
        let (decision, call) = self.dispatch()?;
        call.acceptance(decision)
    }

    /// Must be accepted and change the party's state.
    ///
    /// # Errors
    /// It is rejected, or the state digest is what it was.
    pub fn accepted(mut self) -> Outcome<Out> {
        let before = self.digest()?;
        let (decision, mut call) = self.dispatch()?;
        let out = call.acceptance(decision)?;
        if before.is_some() && before == call.digest()? {
            return Err(call.blame("accepted, and yet the state digest did not change"));
        }
        Ok(out)
    }

    /// Must be accepted; the state of a party of the implementation's changes by it. (The peer's digest does not have
    /// all that it keeps.)
    ///
    /// # Errors
    /// As [`accepted`](Self::accepted).
    pub fn taken(self) -> Outcome<Out> {
        if self.home == Home::Iut { self.accepted() } else { self.ok() }
    }

    /// Must be rejected and leave the party's state as it was. Gives the advisory class.
    ///
    /// # Errors
    /// It is accepted, or the state digest changed.
    pub fn refused(mut self) -> Outcome<String> {
        let before = self.digest()?;
        let (decision, mut call) = self.dispatch()?;
        let class = match decision {
            Decision::Refused(class) => class,
            Decision::Accepted(_) => return Err(call.blame("accepted what must be refused")),
        };
        if before.is_some() && before != call.digest()? {
            return Err(call.blame("refused, and yet the state digest changed"));
        }
        Ok(class)
    }

    /// Must be rejected with a class that a clause pins.
    ///
    /// # Errors
    /// As [`refused`](Self::refused), or the class is another.
    pub fn refused_with(self, class: &str) -> Outcome {
        let (home, cmd) = (self.home, self.request.cmd.clone());
        match self.refused()? {
            got if got == class => Ok(()),
            got => {
                Err(blame(home, format!("{cmd}: refused with class \"{got}\", not \"{class}\"")))
            }
        }
    }

    /// Must be accepted in the control twin and refused in the deviant.
    ///
    /// # Errors
    /// It is not; see [`accepted`](Self::accepted) and [`refused`](Self::refused).
    pub fn judged(self, twin: Twin) -> Outcome {
        match twin {
            Twin::Control => self.accepted().map(drop),
            Twin::Deviant => self.refused().map(drop),
        }
    }

    fn digest(&mut self) -> Outcome<Option<String>> {
        match self.party {
            Some(party) => self.scene.digest(party),
            None => Ok(None),
        }
    }

    /// Sends the request and gives the call back for what is to be checked afterwards.
    fn dispatch(mut self) -> Outcome<(Decision, Self)> {
        self.request.id = self.scene.number(self.home);
        if !self.request.deviate.is_empty() && self.home == Home::Iut {
            let cmd = &self.request.cmd;
            return Err(Stop::Inconclusive(format!(
                "{cmd}: a deviation is asked of {}",
                self.home
            )));
        }
        let feed = match self.home {
            Home::Iut => self.scene.randomness,
            // Groups draw their own, as the commands `mls.*` have it; the peer's can be told of what.
            Home::Peer if self.of_groups() => Randomness::Seed,
            Home::Peer => Randomness::Fed,
        };
        self.draw(feed);
        let decision = match self.scene.ask(self.home, &self.request)? {
            Answer::Ok { out, rand_used } => {
                if feed == Randomness::Fed {
                    self.account_for(&rand_used);
                }
                Decision::Accepted(Out {
                    home: self.home,
                    cmd: self.request.cmd.clone(),
                    fields: out,
                })
            }
            Answer::Reject { class } => Decision::Refused(class),
            Answer::Unsupported { note } => return Err(self.unsupported(&note)),
            Answer::Fault { note } => {
                let cmd = &self.request.cmd;
                return Err(Stop::Inconclusive(format!("{cmd}: fault of {}: {note}", self.home)));
            }
            Answer::Pending { .. } => return Err(self.blame("pending for ever")),
        };
        Ok((decision, self))
    }

    fn of_groups(&self) -> bool {
        ["mls.", "peer.create_group", "peer.external", "peer.look"]
            .iter()
            .any(|family| self.request.cmd.starts_with(family))
    }

    fn draw(&mut self, feed: Randomness) {
        let (id, seed) = (self.request.id, self.scene.seed);
        let party = self.request.party.as_deref().unwrap_or_default();
        match feed {
            Randomness::Fed => {
                let mut rand = Fields::default();
                for (name, length) in &self.draws {
                    let chosen = self.chosen.iter().find(|(chosen, _)| chosen == name);
                    let drawn = || hex(&seed.value(party, id, name, *length));
                    let value = chosen.map_or_else(drawn, |(_, value)| value.clone());
                    rand.set(name, Value::Text(value));
                }
                self.request.rand = rand;
            }
            Randomness::Seed => self.request.seed = Some(hex(&seed.0)),
            Randomness::Own => {}
        }
    }

    /// What was fed must have been consumed, all of it and nothing else.
    fn account_for(&mut self, used: &[String]) {
        let fed: Vec<String> =
            self.draws.iter().map(|(name, len)| format!("{name}:{len}")).collect();
        if fed != used {
            let (cmd, home) = (&self.request.cmd, self.home);
            let what = format!("{cmd}: randomness fed to {home}: {fed:?}, consumed: {used:?}");
            self.scene.flag(what);
        }
    }

    fn acceptance(&self, decision: Decision) -> Outcome<Out> {
        match decision {
            Decision::Accepted(out) => Ok(out),
            // The peer refuses what the implementation sent: that is the implementation's doing.
            Decision::Refused(class) => Err(Stop::Fail(format!(
                "{}: {} refuses what must be accepted (class \"{class}\")",
                self.request.cmd, self.home
            ))),
        }
    }

    fn unsupported(&self, note: &str) -> Stop {
        let what = format!("{}: {} does not support it: {note}", self.request.cmd, self.home);
        match self.home {
            Home::Iut => Stop::Unsupported(what),
            Home::Peer => Stop::Inconclusive(what),
        }
    }

    fn blame(&self, what: &str) -> Stop {
        blame(self.home, format!("{}: {what}", self.request.cmd))
    }
}
