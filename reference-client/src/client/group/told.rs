//! What the person is told of a commit (`GDS-16`): who has left or was removed, who was added, and by whom; who has ended the
//! group. Who has proposed it need not be who has committed it: both are told.

use super::identity::device_of;
use super::model::{DeviceOf, Pending, stored};
use super::people::names;
use crate::client::store::Tx;
use crate::error::Result;
use sceau::Wire;
use sceau::group::{AuthenticatedContent, Content, Group, Proposal, Sender, StagedCommit};

/// A device, and who has proposed what became of it; none for somebody who is no member.
type By = (DeviceOf, Option<DeviceOf>);
/// A member who is added, by leaf, and who has proposed that.
type Added = (u32, Option<DeviceOf>);

/// What a commit does, while the group is in the epoch before it.
#[derive(Default)]
pub struct Told {
    gone: Vec<By>,
    new: Vec<By>,
    /// Who has committed it.
    committer: Option<DeviceOf>,
    /// Who has proposed the ReInit, if there is one.
    pub ended_by: Option<DeviceOf>,
}

impl Told {
    /// Of somebody else's commit; whom it adds, [`Told::added`] says.
    pub fn of(group: &Group, staged: &StagedCommit) -> Self {
        let gone = staged.removals().filter_map(|(leaf, by)| gone(group, leaf, by)).collect();
        let ended_by = staged.reinit_by().and_then(|sender| member(group, sender));
        Self { gone, ended_by, committer: member(group, staged.sender()), new: Vec::new() }
    }

    /// Whom a commit adds, while the group is in the epoch before it.
    pub fn additions(group: &Group, staged: &StagedCommit) -> Vec<Added> {
        staged.additions().map(|(leaf, by)| (leaf, member(group, by))).collect()
    }

    /// Of the own commit: what others have proposed, by the bundle. The rest is the own wish.
    ///
    /// # Errors
    /// A store that holds something else.
    pub fn of_own(group: &Group, pending: &Pending) -> Result<Self> {
        let bundle = group.commit_secrets()?.open(&stored(&pending.sealed)?)?;
        let own = member(group, Sender::Member(group.own_leaf()));
        let mut told = Self { ended_by: own.clone(), committer: own, ..Self::default() };
        for proposal in bundle.proposals {
            let framed = AuthenticatedContent::from_bytes(&proposal)?.content;
            let Content::Proposal(proposal) = framed.content else { continue };
            match *proposal {
                Proposal::Remove(leaf) => told.gone.extend(gone(group, leaf, framed.sender)),
                Proposal::Add(package) => {
                    let new = device_of(&package.leaf_node);
                    told.new.extend(new.map(|new| (new, member(group, framed.sender))));
                }
                Proposal::ReInit(_) => told.ended_by = member(group, framed.sender),
                _ => {}
            }
        }
        Ok(told)
    }

    /// Who is added, once the group is in the new epoch.
    pub fn added(&mut self, group: &Group, new: Vec<Added>) {
        let new = new.into_iter();
        self.new.extend(
            new.filter_map(|(leaf, by)| Some((group.member(leaf).and_then(device_of)?, by))),
        );
    }

    /// What the person is told whose own device, `own`, a commit removes.
    ///
    /// # Errors
    /// A store that is damaged.
    pub fn own_end(&self, tx: &Tx<'_>, own: Option<&DeviceOf>, group: &str) -> Result<String> {
        let by = self.gone.iter().find(|(gone, _)| Some(gone) == own);
        let by = by.and_then(|(_, by)| by.as_ref());
        if by == own {
            return Ok(format!("you have left the group {group}"));
        }
        let committed = self.committed(tx, by)?;
        Ok(format!("{} removed you from the group {group}{committed}", has(tx, by)?))
    }

    /// Who has committed what another one has proposed; empty where it is the same.
    fn committed(&self, tx: &Tx<'_>, by: Option<&DeviceOf>) -> Result<String> {
        let committer = self.committer.as_ref();
        Ok(if by == committer {
            String::new()
        } else {
            format!(", which {} committed", has(tx, committer)?)
        })
    }

    /// Tells the person who has gone and come.
    ///
    /// # Errors
    /// As any write.
    pub fn tell(&self, tx: &mut Tx<'_>, group: &str) -> Result<()> {
        let itself = |(who, by): &&By| by.as_ref() == Some(who);
        let (left, removed): (Vec<&By>, Vec<&By>) = self.gone.iter().partition(itself);
        let mut told = Vec::new();
        for (who, _) in left {
            told.push(format!("{} left the group {group}", has(tx, Some(who))?));
        }
        for (by, who) in joined(removed) {
            let who = names(tx, &who)?;
            let committed = self.committed(tx, by)?;
            told.push(format!("{} removed {who} from the group {group}{committed}", has(tx, by)?));
        }
        for (by, who) in joined(&self.new) {
            let who = names(tx, &who)?;
            let committer = self.committer.as_ref();
            let proposed = match by == committer {
                true => String::new(),
                false => format!(", as {} proposed", has(tx, by)?),
            };
            told.push(format!(
                "{} added {who} to the group {group}{proposed}",
                has(tx, committer)?
            ));
        }
        tx.tell(told)
    }
}

/// What the person calls somebody who has done something.
///
/// # Errors
/// A store that is damaged.
pub fn name(tx: &Tx<'_>, by: Option<&DeviceOf>) -> Result<String> {
    by.map_or_else(|| Ok("somebody".to_owned()), |by| names(tx, std::slice::from_ref(by)))
}

/// What somebody has done begins so.
fn has(tx: &Tx<'_>, by: Option<&DeviceOf>) -> Result<String> {
    let name = name(tx, by)?;
    Ok(if name == "you" { "you have".to_owned() } else { format!("{name} has") })
}

/// The device of a sender who is a member.
pub fn member(group: &Group, sender: Sender) -> Option<DeviceOf> {
    match sender {
        Sender::Member(leaf) => group.member(leaf).and_then(device_of),
        _ => None,
    }
}

fn gone(group: &Group, leaf: u32, by: Sender) -> Option<By> {
    let who = group.member(leaf).and_then(device_of)?;
    Some((who, member(group, by)))
}

/// Those of one proposer beside each other.
fn joined<'a>(all: impl IntoIterator<Item = &'a By>) -> Vec<(Option<&'a DeviceOf>, Vec<DeviceOf>)> {
    let mut joined: Vec<(Option<&DeviceOf>, Vec<DeviceOf>)> = Vec::new();
    for (who, by) in all {
        match joined.iter_mut().find(|(of, _)| *of == by.as_ref()) {
            Some((_, them)) => them.push(who.clone()),
            None => joined.push((by.as_ref(), vec![who.clone()])),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::seal::Cost;
    use crate::client::store::{ClientStore, Kind};

    /// GDS-16
    #[test]
    fn who_has_committed_and_who_has_proposed() {
        let folder = tempfile::tempdir().unwrap();
        let cost = Cost { memory: 8, passes: 1 };
        let mut store = ClientStore::create(folder.path(), "secret", cost, |_| Ok(())).unwrap();
        let of = |name: &str| (name.to_owned(), 1);
        let told = Told {
            gone: vec![
                (of("ann"), Some(of("ann"))),
                (of("ben"), Some(of("cat"))),
                (of("dan"), Some(of("eve"))),
            ],
            new: vec![(of("fay"), Some(of("cat"))), (of("gus"), Some(of("eve")))],
            committer: Some(of("cat")),
            ended_by: None,
        };
        store.transaction(|tx| told.tell(tx, "team")).unwrap();
        let notices: Vec<(i64, String)> = store.items(Kind::Notice).unwrap();
        let notices: Vec<&str> = notices.iter().map(|(_, notice)| notice.as_str()).collect();
        assert_eq!(
            notices,
            [
                "account ann… has left the group team",
                "account cat… has removed account ben… from the group team",
                "account eve… has removed account dan… from the group team, which account cat… has committed",
                "account cat… has added account fay… to the group team",
                "account cat… has added account gus… to the group team, as account eve… has proposed",
            ]
        );
        let own = of("dan");
        let end = store.transaction(|tx| told.own_end(tx, Some(&own), "team")).unwrap();
        assert_eq!(
            end,
            "account eve… has removed you from the group team, which account cat… has committed"
        );
    }
}
