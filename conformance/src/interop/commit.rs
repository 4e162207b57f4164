//! A commit, which everybody follows, and what all then say.

use super::matrix::{Operation, Went};
use super::sides::{No, Who};
use super::table::{Proposed, Stop, Table, fields, flag, take, text};
use crate::wire::{Fields, Value};

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

/// What a member says of the epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) epoch: String,
    epoch_authenticator: String,
    members: u64,
    active: u64,
}

impl View {
    pub(super) fn of(out: &Fields) -> Result<Self, Stop> {
        let integer = |name| out.integer(name).ok_or(Stop::Failed(format!("no {name}")));
        Ok(Self {
            epoch: take(out, "epoch")?,
            epoch_authenticator: take(out, "epoch_authenticator")?,
            members: integer("members")?,
            active: integer("active")?,
        })
    }
}

impl Table<'_> {
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
    pub(super) fn compare(
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
}
