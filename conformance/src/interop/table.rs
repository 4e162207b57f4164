//! A group whose members live behind different adapters, and the delivery service between them.

use super::matrix::{Matrix, Operation, Went};
use super::sides::{No, Sides, Who};
use crate::wire::{Fields, Value};

/// Why a script does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Somebody lacks what it takes.
    Unsupported,
    /// Somebody did something wrong.
    Failed(String),
}

impl From<No> for Stop {
    fn from(no: No) -> Self {
        match no {
            No::Unsupported => Stop::Unsupported,
            No::Failed(why) => Stop::Failed(why),
        }
    }
}

/// A pre-shared key that every party knows: its id and secret.
pub const PSK: (&str, &str) =
    ("6b6e6f776e", "7365637265742074686174206576657279626f6479206b6e6f7773");

/// A proposal that was sent.
#[derive(Clone)]
pub struct Proposed {
    /// What it is.
    pub operation: Operation,
    /// The proposer's adapter.
    pub from: usize,
    /// The message.
    pub message: String,
}

/// A group.
pub struct Table<'a> {
    pub(super) sides: &'a mut Sides,
    pub(super) matrix: &'a mut Matrix,
    pub(super) suite: u16,
    pub(super) encrypt_handshake: bool,
    pub(super) group: String,
    /// Its members.
    pub members: Vec<Who>,
    parties: u32,
    messages: u32,
    /// Its epoch.
    pub epoch: u64,
}

/// Names and values of a request.
pub fn fields<const N: usize>(values: [(&str, Value); N]) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in values {
        fields.set(name, value);
    }
    fields
}

/// A text, or bytes.
pub fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

pub(super) fn flag(set: bool) -> Value {
    Value::Integer(u64::from(set))
}

pub(super) fn hex(text: &str) -> String {
    crate::digest::hex(text.as_bytes())
}

pub(super) fn take(out: &Fields, name: &str) -> Result<String, Stop> {
    out.text(name).map(str::to_owned).ok_or_else(|| Stop::Failed(format!("no {name} in an answer")))
}

impl<'a> Table<'a> {
    /// A group without members.
    pub fn new(sides: &'a mut Sides, matrix: &'a mut Matrix) -> Self {
        let (members, group) = (Vec::new(), "g".to_owned());
        let (suite, encrypt_handshake) = (0, false);
        Self {
            sides,
            matrix,
            suite,
            encrypt_handshake,
            group,
            members,
            parties: 0,
            messages: 0,
            epoch: 0,
        }
    }

    /// Its suite, and whether proposals and commits are private messages.
    pub fn set(&mut self, suite: u16, encrypt_handshake: bool) {
        (self.suite, self.encrypt_handshake) = (suite, encrypt_handshake);
    }

    /// The suite.
    pub fn suite(&self) -> u16 {
        self.suite
    }

    /// Whether all members' adapters have a command; an operation of `from` is counted as not there otherwise.
    pub fn all_have(
        &mut self,
        command: &str,
        operation: Operation,
        from: usize,
    ) -> Result<(), Stop> {
        let lacks = |who: &&Who| !self.sides.has(who.side, command);
        let lacking: Vec<usize> = self.members.iter().filter(lacks).map(|who| who.side).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        for who in &self.members {
            self.matrix.count(self.suite, operation, from, who.side, Went::Unsupported);
        }
        Err(Stop::Unsupported)
    }

    pub(super) fn count(&mut self, operation: Operation, from: usize, to: usize, went: Went) {
        self.matrix.count(self.suite, operation, from, to, went);
    }

    pub(super) fn call(&mut self, who: &Who, cmd: &str, input: Fields) -> Result<Fields, No> {
        let group = self.group.clone();
        self.sides.call(who, &group, cmd, input)
    }

    /// A member, by its place.
    pub fn member(&self, place: usize) -> Result<Who, Stop> {
        self.members.get(place).cloned().ok_or_else(|| Stop::Failed("no such member".to_owned()))
    }

    /// A new party that knows the key that everybody knows.
    pub fn newcomer(&mut self, side: usize) -> Result<Who, Stop> {
        self.parties += 1;
        let who = Who { side, party: format!("p{}", self.parties) };
        self.sides.join_in(&who)?;
        let psk = fields([("psk_id", text(PSK.0)), ("psk_secret", text(PSK.1))]);
        self.sides.call(&who, "", "mls.store_psk", psk)?;
        Ok(who)
    }

    /// The first member creates the group.
    pub fn create(&mut self, side: usize) -> Result<(), Stop> {
        let who = self.newcomer(side)?;
        let input = fields([
            ("suite", text(format!("{:04x}", self.suite))),
            ("group_id", text(hex("a group"))),
            ("identity", text(hex(&who.party))),
            ("encrypt_handshake", flag(self.encrypt_handshake)),
        ]);
        self.call(&who, "mls.create_group", input)?;
        self.members = vec![who];
        Ok(())
    }

    /// A key package of a party, for a suite.
    pub fn key_package(&mut self, who: &Who, suite: u16) -> Result<String, Stop> {
        self.package(who, suite, false)
    }

    /// A key package with GREASE (RFC 9420 §13.5), where its maker has any.
    pub fn greased(&mut self, who: &Who) -> Result<String, Stop> {
        self.package(who, self.suite, true)
    }

    fn package(&mut self, who: &Who, suite: u16, grease: bool) -> Result<String, Stop> {
        let suite = text(format!("{suite:04x}"));
        let identity = text(hex(&who.party));
        let input = fields([("suite", suite), ("identity", identity), ("grease", flag(grease))]);
        let out = self.sides.call(who, "", "mls.create_key_package", input)?;
        take(&out, "key_package")
    }

    /// A member proposes something.
    pub fn propose(
        &mut self,
        by: usize,
        operation: Operation,
        words: &str,
    ) -> Result<Proposed, Stop> {
        let who = self.member(by)?;
        let (cmd, input) = match operation {
            Operation::Update => ("mls.update_proposal", Fields::default()),
            _ => ("mls.propose", fields([("proposal", text(words))])),
        };
        match self.call(&who, cmd, input) {
            Ok(out) => Ok(Proposed { operation, from: who.side, message: take(&out, "proposal")? }),
            Err(no) => {
                let went = if no == No::Unsupported { Went::Unsupported } else { Went::Wrong };
                for member in self.members.clone() {
                    if member != who {
                        self.count(operation, who.side, member.side, went);
                    }
                }
                Err(no.into())
            }
        }
    }

    /// A member says something, which all others must read; then all export the same secret.
    pub fn say(&mut self, by: usize) -> Result<(), Stop> {
        let who = match self.members.get(by) {
            Some(who) => who.clone(),
            None => self.member(0)?,
        };
        self.messages += 1;
        let (data, aad) = (hex(&format!("message {}", self.messages)), hex("said in the open"));
        let input =
            fields([("plaintext", text(data.clone())), ("authenticated_data", text(aad.clone()))]);
        let sealed = self.call(&who, "mls.protect", input)?;
        let sealed = take(&sealed, "ciphertext")?;
        let mut all = Ok(());
        for other in self.members.clone() {
            if other == who {
                continue;
            }
            let input = fields([("ciphertext", text(sealed.clone()))]);
            let got = self.call(&other, "mls.unprotect", input);
            let fits = got.as_ref().is_ok_and(|out| {
                out.text("plaintext") == Some(&data) && out.text("authenticated_data") == Some(&aad)
            });
            let went = if fits { Went::Well } else { Went::Wrong };
            self.count(Operation::Application, who.side, other.side, went);
            if !fits {
                all = all.and(Err(Stop::Failed(format!("{} reads {got:?}", other.party))));
            }
        }
        all?;
        let mut first = None;
        for member in self.members.clone() {
            let input = fields([
                ("label", text("interop")),
                ("context", text(data.clone())),
                ("key_length", Value::Integer(32)),
            ]);
            let out = self.call(&member, "mls.export", input)?;
            let secret = take(&out, "exported_secret")?;
            if first.get_or_insert_with(|| secret.clone()) != &secret {
                return Err(Stop::Failed(format!("{} exports another secret", member.party)));
            }
        }
        Ok(())
    }
}
