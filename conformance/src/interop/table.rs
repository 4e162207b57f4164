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

/// A commit that somebody is to make.
#[derive(Clone, Default)]
pub struct Change {
    /// By reference.
    pub proposed: Vec<Proposed>,
    /// By value, in the words of a request.
    pub by_value: Vec<(Option<Operation>, String)>,
    /// Who is added, by whichever of them.
    pub joining: Vec<Who>,
    /// Who is removed, by whichever of them.
    pub leaving: Vec<String>,
    /// Whether there must be a path.
    pub path: bool,
    /// Whether the tree is beside the Welcome.
    pub tree_beside: bool,
    /// What is counted of a commit that has no proposals.
    pub alone: Option<Operation>,
    /// Who has made the key package of a newcomer, where it is that which is tried out.
    pub greased: Option<usize>,
    /// Whether the group ends with it.
    pub last: bool,
}

/// A group.
pub struct Table<'a> {
    sides: &'a mut Sides,
    matrix: &'a mut Matrix,
    suite: u16,
    encrypt_handshake: bool,
    group: String,
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

fn flag(set: bool) -> Value {
    Value::Integer(u64::from(set))
}

fn hex(text: &str) -> String {
    crate::digest::hex(text.as_bytes())
}

fn take(out: &Fields, name: &str) -> Result<String, Stop> {
    out.text(name).map(str::to_owned).ok_or_else(|| Stop::Failed(format!("no {name} in an answer")))
}

/// What a member says of the epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
struct View {
    epoch: String,
    epoch_authenticator: String,
    members: u64,
    active: u64,
}

impl View {
    fn of(out: &Fields) -> Result<Self, Stop> {
        let integer = |name| out.integer(name).ok_or(Stop::Failed(format!("no {name}")));
        Ok(Self {
            epoch: take(out, "epoch")?,
            epoch_authenticator: take(out, "epoch_authenticator")?,
            members: integer("members")?,
            active: integer("active")?,
        })
    }
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

    fn count(&mut self, operation: Operation, from: usize, to: usize, went: Went) {
        self.matrix.count(self.suite, operation, from, to, went);
    }

    fn call(&mut self, who: &Who, cmd: &str, input: Fields) -> Result<Fields, No> {
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

    /// What a commit of somebody brings others, each with who has caused it.
    fn operations(change: &Change, committer: usize) -> Vec<(Operation, usize)> {
        let by_value = change.by_value.iter().filter_map(|(operation, _)| *operation);
        let committer = change.greased.unwrap_or(committer);
        let by_value = by_value.chain(change.alone).map(|operation| (operation, committer));
        let proposed = change.proposed.iter().map(|one| (one.operation, one.from));
        by_value.chain(proposed).collect()
    }

    /// A member commits; everybody follows, newcomers join, and all agree.
    pub fn commit(&mut self, by: usize, change: &Change) -> Result<(), Stop> {
        let committer = self.member(by)?;
        let operations = Self::operations(change, committer.side);
        let proposals: Vec<String> = change.proposed.iter().map(|p| p.message.clone()).collect();
        let by_value = change.by_value.iter().map(|(_, words)| words.clone()).collect();
        let input = fields([
            ("by_reference", Value::List(proposals.clone())),
            ("by_value", Value::List(by_value)),
            ("force_path", flag(change.path)),
            ("external_tree", flag(change.tree_beside)),
        ]);
        let made = match self.call(&committer, "mls.commit", input) {
            Ok(made) => made,
            Err(no) => {
                let went = if no == No::Unsupported { Went::Unsupported } else { Went::Wrong };
                for (operation, from) in operations {
                    self.count(operation, from, committer.side, went);
                }
                return Err(no.into());
            }
        };
        let commit = take(&made, "commit")?;
        // The committer enters the epoch last, as with a delivery service that may refuse.
        let mut views = Vec::new();
        for who in self.members.clone() {
            if who != committer {
                let input = fields([
                    ("proposals", Value::List(proposals.clone())),
                    ("commit", text(commit.clone())),
                ]);
                let got = self.call(&who, "mls.handle_commit", input).map_err(Stop::from);
                views.push((who, got.and_then(|out| View::of(&out))));
            }
        }
        let own = self.call(&committer, "mls.handle_pending_commit", Fields::default())?;
        let own = View::of(&own)?;
        self.members.retain(|who| !change.leaving.contains(&who.party));
        self.members.extend(change.joining.iter().cloned());
        let followed = self.compare(&own, views, change, &operations);
        let joined = self.join(&committer, &made, change, &own);
        followed.and(joined)?;
        self.epoch = own.epoch.parse().map_err(|_| Stop::Failed("no epoch".to_owned()))?;
        // The committer's place, which a removal may have moved.
        let by = self.members.iter().position(|who| *who == committer).unwrap_or(0);
        if change.last { Ok(()) } else { self.say(by) }
    }

    /// What members say of the new epoch must be what the committer says.
    fn compare(
        &mut self,
        own: &View,
        views: Vec<(Who, Result<View, Stop>)>,
        change: &Change,
        operations: &[(Operation, usize)],
    ) -> Result<(), Stop> {
        let mut all = Ok(());
        let most = u64::try_from(self.members.len()).unwrap_or(u64::MAX);
        if own.members != most {
            all = Err(Stop::Failed(format!("{} members, of {most}", own.members)));
        }
        for (who, view) in views {
            let leaves = change.leaving.contains(&who.party);
            let fits = match &view {
                Ok(view) if leaves => view.active == 0,
                Ok(view) => view == own,
                Err(_) => false,
            };
            let went = if fits { Went::Well } else { Went::Wrong };
            for (operation, from) in operations {
                self.count(*operation, *from, who.side, went);
            }
            if !fits {
                let why = match view {
                    Err(Stop::Failed(why)) => why,
                    other => format!("{} ({}) is in {other:?}, not {own:?}", who.party, who.side),
                };
                all = all.and(Err(Stop::Failed(why)));
            }
        }
        all
    }

    /// Newcomers join by the Welcome.
    fn join(&mut self, by: &Who, made: &Fields, change: &Change, own: &View) -> Result<(), Stop> {
        let mut all = Ok(());
        for who in &change.joining {
            let mut input = fields([
                ("welcome", text(take(made, "welcome")?)),
                ("encrypt_handshake", flag(self.encrypt_handshake)),
            ]);
            if change.tree_beside {
                input.set("ratchet_tree", text(take(made, "ratchet_tree")?));
            }
            let got = self.call(who, "mls.join_group", input).map_err(Stop::from);
            let got = got.and_then(|out| View::of(&out));
            let operation = match change.tree_beside {
                true => Operation::AddTreeBeside,
                false => Operation::Add,
            };
            let fits = got.as_ref() == Ok(own);
            self.count(operation, by.side, who.side, if fits { Went::Well } else { Went::Wrong });
            if !fits {
                all = all.and(Err(match got {
                    Err(stop) => stop,
                    Ok(view) => Stop::Failed(format!("{} joined {view:?}, not {own:?}", who.party)),
                }));
            }
        }
        all
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

    /// A party joins by an external commit, with a member's group info.
    pub fn join_externally(
        &mut self,
        who: &Who,
        informer: usize,
        operation: Operation,
    ) -> Result<(), Stop> {
        let informer = self.member(informer)?;
        let beside = operation == Operation::ExternalCommitTreeBeside;
        let resync = operation == Operation::Resync;
        let info =
            self.call(&informer, "mls.group_info", fields([("external_tree", flag(beside))]))?;
        let mut input = fields([
            ("group_info", text(take(&info, "group_info")?)),
            ("identity", text(hex(&who.party))),
            ("remove_prior", flag(resync)),
            ("encrypt_handshake", flag(self.encrypt_handshake)),
        ]);
        if beside {
            input.set("ratchet_tree", text(take(&info, "ratchet_tree")?));
        }
        if operation == Operation::ExternalCommitPsk {
            input.set("psks", Value::List(vec![PSK.0.to_owned()]));
        }
        let made = match self.call(who, "mls.external_join", input) {
            Ok(made) => made,
            Err(no) => {
                let went = if no == No::Unsupported { Went::Unsupported } else { Went::Wrong };
                self.count(Operation::GroupInfo, informer.side, who.side, went);
                return Err(no.into());
            }
        };
        self.count(Operation::GroupInfo, informer.side, who.side, Went::Well);
        let (own, commit) = (View::of(&made)?, take(&made, "commit")?);
        self.members.retain(|member| member != who);
        let mut views = Vec::new();
        for member in self.members.clone() {
            let input =
                fields([("proposals", Value::List(Vec::new())), ("commit", text(commit.clone()))]);
            let got = self.call(&member, "mls.handle_commit", input).map_err(Stop::from);
            views.push((member, got.and_then(|out| View::of(&out))));
        }
        self.members.push(who.clone());
        self.compare(&own, views, &Change::default(), &[(operation, who.side)])?;
        self.epoch = own.epoch.parse().map_err(|_| Stop::Failed("no epoch".to_owned()))?;
        self.say(self.members.len() - 1)
    }

    /// The first member makes a group of `with` that replaces this one or branches off it, and they go on there.
    pub fn succeed(&mut self, operation: Operation, suite: u16, with: &[Who]) -> Result<(), Stop> {
        let branch = operation == Operation::Branch;
        let (make, follow) = match branch {
            true => ("mls.create_branch", "mls.handle_branch"),
            false => ("mls.reinit_welcome", "mls.handle_reinit_welcome"),
        };
        let founder = self.member(0)?;
        let mut packages = Vec::new();
        for who in with {
            packages.push(self.key_package(who, suite)?);
        }
        let new_group = text("n");
        let input =
            fields([("new_group", new_group.clone()), ("key_packages", Value::List(packages))]);
        let made = match self.call(&founder, make, input) {
            Ok(made) => made,
            Err(no) => {
                self.count(operation, founder.side, founder.side, Went::Wrong);
                return Err(no.into());
            }
        };
        let (own, mut all) = (View::of(&made)?, Ok(()));
        for who in with {
            let input = fields([
                ("new_group", new_group.clone()),
                ("welcome", text(take(&made, "welcome")?)),
                ("encrypt_handshake", flag(self.encrypt_handshake)),
            ]);
            let got = self.call(who, follow, input).map_err(Stop::from);
            let got = got.and_then(|out| View::of(&out));
            let fits = got.as_ref() == Ok(&own);
            let went = if fits { Went::Well } else { Went::Wrong };
            self.count(operation, founder.side, who.side, went);
            if !fits {
                all = all
                    .and(Err(Stop::Failed(format!("{} joined {got:?}, not {own:?}", who.party))));
            }
        }
        all?;
        self.group = "n".to_owned();
        self.members = std::iter::once(founder).chain(with.iter().cloned()).collect();
        self.say(0)
    }
}
