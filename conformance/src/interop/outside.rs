//! External commits, and groups that follow others.

use super::commit::{Change, View};
use super::matrix::{Operation, Went};
use super::sides::{No, Who};
use super::table::{PSK, Stop, Table, fields, flag, hex, take, text};
use crate::wire::Value;

impl Table<'_> {
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
