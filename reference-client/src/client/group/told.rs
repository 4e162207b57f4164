//! What the person is told of a commit (`GDS-16`): who has left or was removed, who was added, and by whom; who has ended the
//! group. That is who has proposed it, who need not be who has committed it.

use super::identity::device_of;
use super::model::{DeviceOf, Pending, stored};
use super::people::names;
use crate::client::store::Tx;
use crate::error::Result;
use sceau::Wire;
use sceau::group::{AuthenticatedContent, Content, Group, Proposal, Sender, StagedCommit};

/// A device, and who has proposed what became of it; none for somebody who is no member.
type By = (DeviceOf, Option<DeviceOf>);

/// What a commit does, while the group is in the epoch before it.
#[derive(Default)]
pub struct Told {
    gone: Vec<By>,
    new: Vec<By>,
    /// Who has proposed the ReInit, if there is one.
    pub ended_by: Option<DeviceOf>,
}

impl Told {
    /// Of somebody else's commit: whoever commits an Add answers for it.
    pub fn of(group: &Group, staged: &StagedCommit) -> Self {
        let gone = staged.removals().filter_map(|(leaf, by)| gone(group, leaf, by)).collect();
        let ended_by = staged.reinit_by().and_then(|sender| member(group, sender));
        Self { gone, ended_by, new: Vec::new() }
    }

    /// Of the own commit: what others have proposed, by the bundle. The rest is the own wish.
    ///
    /// # Errors
    /// A store that holds something else.
    pub fn of_own(group: &Group, pending: &Pending) -> Result<Self> {
        let bundle = group.commit_secrets()?.open(&stored(&pending.sealed)?)?;
        let own = member(group, Sender::Member(group.own_leaf()));
        let mut told = Self { ended_by: own, ..Self::default() };
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

    /// Who is added by `by`.
    pub fn added(&mut self, new: impl IntoIterator<Item = DeviceOf>, by: Option<&DeviceOf>) {
        self.new.extend(new.into_iter().map(|new| (new, by.cloned())));
    }

    /// Who has proposed that a device be removed, if it is.
    pub fn removed_by(&self, device: &DeviceOf) -> Option<&DeviceOf> {
        let (_, by) = self.gone.iter().find(|(gone, _)| gone == device)?;
        by.as_ref()
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
            told.push(format!("{} removed {who} from the group {group}", has(tx, by)?));
        }
        for (by, who) in joined(&self.new) {
            let who = names(tx, &who)?;
            told.push(format!("{} added {who} to the group {group}", has(tx, by)?));
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
