//! What the client keeps of groups beside the library's records.

use super::limits::COMMIT_POLL;
use crate::client::model::account_id;
use crate::error::{About, Error, Result};
use crate::wire::{Reader, Writer};
use sceau::Wire;
use sceau::group::{Check, GroupContent, MlsMessage};
use sceau::pairwise::AccountId;
use sceau::pairwise::content::Content;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Whether a group goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It does.
    Active,
    /// Something did not fit: nothing is sent until the person has decided (`GDS-12`).
    Forked,
    /// The person has decided for the other branch: a Welcome takes this one's place (`GDS-14`).
    Rejoining,
    /// The device was away for longer than the relay keeps commits (`GDS-09`).
    Gone,
    /// The device is no member any more.
    Removed,
    /// A ReInit has ended it: another group takes its place (`GDS-46`).
    Replaced,
    /// The person has given it up.
    Forgotten,
}

/// A device: an account's id in hex, and the serial.
pub type DeviceOf = (String, u64);

/// What is to be done to a group by a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// Adds a device, with the key package that it has given.
    Add(DeviceOf),
    /// Removes a device.
    Remove(DeviceOf),
    /// Gives the own leaf new keys (`GDS-27`).
    Update,
}

/// A commit that is made and not decided on: what to say to the relay, and what follows when it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pending {
    /// `sealed_commit`, in hex.
    pub sealed: String,
    /// The encoded Welcome, in hex.
    pub welcome: Option<String>,
    /// What it does, to be done again if another one is kept.
    pub wishes: Vec<Wish>,
}

/// A Welcome that its session does not have yet (`GDS-47`).
#[derive(Clone, Serialize, Deserialize)]
pub struct Unsent {
    /// The newcomer.
    pub to: DeviceOf,
    /// The encoded `MLSMessage`, in hex.
    pub welcome: String,
}

/// A group: what its records do not tell.
#[derive(Clone, Serialize, Deserialize)]
pub struct GroupItem {
    /// `group_id`, in hex.
    pub id: String,
    /// What the person calls it.
    pub name: String,
    /// Whether it goes on.
    pub status: Status,
    /// When its epoch was entered, in seconds since 1970.
    pub entered_at: u64,
    /// When the relay has last said that nothing follows this epoch.
    pub answered_at: Option<u64>,
    /// When its relay was last asked and had time to answer, if that is another one than the own.
    #[serde(default)]
    pub asked_at: Option<u64>,
    /// When the relay last gave as the next commit what can't be taken (`GDS-10`).
    #[serde(default)]
    pub stuck_at: Option<u64>,
    /// The class by which that was refused.
    #[serde(default)]
    pub stuck_as: Option<String>,
    /// What is to be done.
    pub wishes: Vec<Wish>,
    /// The own commit that the relay is asked about.
    pub pending: Option<Pending>,
    /// When the own leaf got its keys, in seconds since 1970.
    pub updated_at: u64,
    /// Welcomes for which there is no session.
    pub welcomes: Vec<Unsent>,
    /// Envelopes of own proposals in the outbox.
    pub proposed: Vec<i64>,
    /// Whether the person leaves it: what asks for that is of its epoch, and is sent anew in the next one (`GDS-25`).
    #[serde(default)]
    pub leaving: bool,
}

/// Characters of a group's name.
pub const MAX_NAME: usize = 64;

/// Whether a group can have a name.
///
/// # Errors
/// What others would get cut or changed, or could not tell from none.
pub fn check_name(name: &str) -> Result<()> {
    let length = (1..=MAX_NAME).contains(&name.chars().count()) && !name.trim().is_empty();
    if length && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::usage("this can't be a group's name")
        .next(format!("a name has 1 to {MAX_NAME} characters in one line; choose another one")))
}

/// Bytes from hex that this client has stored.
///
/// # Errors
/// A store that holds something else.
pub fn stored(hex: &str) -> Result<Vec<u8>> {
    hex::decode(hex).about("an item of the store")
}

/// Whether something was less than `commit_poll` ago (`LIM-02`).
fn within_poll(at: Option<u64>, now: u64) -> bool {
    at.is_some_and(|at| now.saturating_sub(at) < COMMIT_POLL)
}

impl GroupItem {
    /// `group_id`
    ///
    /// # Errors
    /// As [`stored`].
    pub fn group_id(&self) -> Result<Vec<u8>> {
        stored(&self.id)
    }

    /// Whether the device is a member, as far as it knows.
    #[must_use]
    pub fn is_member(&self) -> bool {
        !matches!(self.status, Status::Gone | Status::Removed | Status::Forgotten)
    }

    /// A new epoch begins: the relay has not answered for it.
    pub fn enter(&mut self, now: u64) {
        (self.entered_at, self.answered_at, self.stuck_at) = (now, None, None);
    }

    /// Whether the relay has said within `commit_poll` that nothing follows this epoch (`GDS-08`, `LIM-02`), and has given no
    /// commit that ends it and lacks only a pre-shared key (`GRP-67`).
    #[must_use]
    pub fn may_leave(&self, now: u64) -> bool {
        self.status == Status::Active && within_poll(self.answered_at, now) && !self.lacks_psk()
    }

    /// Whether this epoch's commit has come, and waits for a pre-shared key.
    #[must_use]
    pub fn lacks_psk(&self) -> bool {
        self.stuck_at.is_some() && self.stuck_as.as_deref() == Some(Check::PskUnknown.class())
    }

    /// Whether the relay is waited for: not within `commit_poll` after it gave what can't be taken, for it would give that
    /// at once again (`GDS-10`).
    #[must_use]
    pub fn is_awaited(&self, now: u64) -> bool {
        self.status == Status::Active && !within_poll(self.stuck_at, now)
    }

    /// Whether the relay has not answered for so long that it may have forgotten (`GDS-43`).
    #[must_use]
    pub fn is_forgotten(&self, max_envelope_age: u64, now: u64) -> bool {
        now.saturating_sub(self.answered_at.unwrap_or(self.entered_at)) >= max_envelope_age
    }

    /// Whether messages may be sent in it; else why not.
    ///
    /// # Errors
    /// What the person can do about it.
    pub fn may_send(&self) -> Result<()> {
        let name = &self.name;
        match self.status {
            Status::Active => Ok(()),
            Status::Forked => Err(Error::refused(format!("{name} may have split: something did not fit"))
                .next(format!(
                    "compare the numbers that `sceau group list {name}` shows with the other members; if they are the \
                     same, `sceau group resume {name}` goes on; else `sceau group rejoin {name}`, and have a member of the \
                     other branch remove you and add you again, or make a new group and give this one up with `sceau \
                     group forget {name}`"
                ))),
            Status::Rejoining => Err(Error::refused(format!("{name} waits for you to be added again"))
                .next("ask a member of the other branch to remove you and add you again")),
            Status::Gone => Err(Error::refused(format!("{name} has gone on for too long without this device"))
                .next("ask a member to remove you and add you again")),
            Status::Removed => Err(Error::refused(format!("you are no member of {name} any more"))
                .next("ask a member to add you again")),
            Status::Replaced => Err(Error::refused(format!("{name} was ended: another group takes its place"))
                .next("the member who ended it makes the new one, and adds you")),
            Status::Forgotten => Err(Error::refused(format!("you have given {name} up"))
                .next("ask a member to remove you and add you again")),
        }
    }
}

/// A message of the person that is to be sent to a group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Draft {
    /// `group_id`, in hex.
    pub group: String,
    /// The encoded `Content`, in hex.
    pub content: String,
    /// The epoch that it was sealed in, and the encoded `MLSMessage`, in hex.
    pub sealed: Option<(u64, String)>,
    /// The devices that it is still to go to.
    pub to: Vec<DeviceOf>,
    /// Its envelopes in the outbox.
    pub outbox: Vec<i64>,
    /// When it was written.
    pub at: u64,
}

impl Draft {
    /// Whether it is the message of an id, in hex.
    #[must_use]
    pub fn is(&self, message_id: &str) -> bool {
        let content = hex::decode(&self.content).ok().and_then(|of| Content::from_bytes(&of).ok());
        content.is_some_and(|content| hex::encode(content.message_id) == message_id)
    }
}

/// What came in a session for a group and was not looked at yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Waiting {
    /// The session's peer.
    pub from: DeviceOf,
    /// The encoded `GroupContent`, in hex.
    pub content: String,
    /// The group in which the device is and for which this is a Welcome: set aside (`GDS-39`); or a message of a later epoch,
    /// beside which the person has decided to go on (`GDS-12`).
    pub of: Option<String>,
    /// The name that the sender gives the group of a Welcome.
    pub name: Option<String>,
    /// The own clock when it came.
    pub at: u64,
}

impl Waiting {
    /// What came, and the message in it.
    ///
    /// # Errors
    /// As [`stored`].
    pub fn open(&self) -> Result<(GroupContent, MlsMessage)> {
        let fault = |_| Error::fault("an item of the store");
        let content = GroupContent::from_bytes(&stored(&self.content)?).map_err(fault)?;
        let message = MlsMessage::from_bytes(&content.message).map_err(fault)?;
        Ok((content, message))
    }
}

/// A key package that a device has given, so that it can be added.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TheirPackage {
    /// Whose it is.
    pub from: DeviceOf,
    /// The encoded `MLSMessage`, in hex.
    pub message: String,
    /// Until when it serves.
    pub not_after: u64,
}

/// A key package that was given to a device (`GDS-20`), with its private keys.
pub struct GivenPackage {
    /// Who has it.
    pub to: DeviceOf,
    /// Until when it serves.
    pub not_after: u64,
    /// `KeyPackageRef`
    pub reference: Vec<u8>,
    /// As the library stores it.
    pub record: Zeroizing<Vec<u8>>,
}

impl GivenPackage {
    /// As the store keeps it: `opaque account<V>; uint64 serial; uint64 not_after; opaque reference<V>; record`.
    ///
    /// # Errors
    /// As [`stored`].
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>> {
        let mut w = Writer::default();
        w.opaque(&stored(&self.to.0)?).u64(self.to.1).u64(self.not_after);
        w.opaque(&self.reference).raw(&self.record);
        Ok(Zeroizing::new(w.0))
    }

    /// From the store.
    ///
    /// # Errors
    /// Something else there.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        let to = (hex::encode(r.opaque(4_096)?), r.u64()?);
        let (not_after, reference) = (r.u64()?, r.opaque(4_096)?.to_vec());
        Ok(Self { to, not_after, reference, record: Zeroizing::new(r.rest().to_vec()) })
    }
}

/// The account of a device.
///
/// # Errors
/// As [`stored`].
pub fn account_of(device: &DeviceOf) -> Result<AccountId> {
    account_id(&device.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GDS-08, GDS-43, LIM-02
    #[test]
    fn the_relays_answer_has_an_age() {
        let mut item = GroupItem {
            id: String::new(),
            name: String::new(),
            status: Status::Active,
            entered_at: 1_000,
            answered_at: None,
            asked_at: None,
            stuck_at: None,
            stuck_as: None,
            wishes: vec![],
            pending: None,
            updated_at: 0,
            welcomes: vec![],
            proposed: vec![],
            leaving: false,
        };
        assert!(!item.may_leave(1_000), "it has not answered for this epoch");
        assert!(!item.is_forgotten(500, 1_499) && item.is_forgotten(500, 1_500));
        item.answered_at = Some(2_000);
        assert!(item.may_leave(2_059) && !item.may_leave(2_060));
        assert!(item.may_leave(1_990), "a clock that was set back");
        assert!(!item.is_forgotten(500, 2_499) && item.is_forgotten(500, 2_500));
        item.status = Status::Forked;
        assert!(!item.may_leave(2_000));
        item.enter(3_000);
        assert_eq!((item.entered_at, item.answered_at), (3_000, None));
        // GDS-10
        item.status = Status::Active;
        assert!(item.is_awaited(3_000));
        item.stuck_at = Some(3_000);
        assert!(!item.is_awaited(3_059));
        assert!(item.is_awaited(3_060));
        // GDS-08, GRP-67: rubbish is no answer; a commit that lacks a key ends the epoch, whatever comes after it.
        item.answered_at = Some(3_000);
        item.get_stuck("undecryptable", 3_000);
        assert!(item.may_leave(3_001));
        item.get_stuck("unknown_psk", 3_001);
        assert!(!item.may_leave(3_001));
        item.get_stuck("undecryptable", 3_002);
        item.answered_at = Some(3_002);
        assert!(!item.may_leave(3_002));
        item.enter(3_001);
        assert!(item.is_awaited(3_001));
        item.answered_at = Some(3_002);
        assert!(item.may_leave(3_002));
    }
}
