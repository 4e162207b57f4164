//! What a device keeps about a peer: the pinned list, and the sessions of each pair (pages *State*,
//! *Replacement*).

use super::device_list::DeviceList;
use super::session::SessionId;
use crate::codec::{Decode, Encode, Reader, Writer, check_ascending};
use crate::error::Malformed;
use crate::limits::MAX_KEY;
use alloc::vec::Vec;

/// `SessionRef`: an archived or closed session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionRef {
    pub(crate) session_id: SessionId,
    pub(crate) archived_at: u64,
}

/// `PairState`: the own device and one of the peer's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) serial: u64,
    /// The one in which is sent.
    pub(crate) live: Option<SessionId>,
    pub(crate) unaccepted: Option<SessionId>,
    /// Archived and closed ones, newest first.
    pub(crate) archived: Vec<SessionRef>,
    /// 0: never.
    pub(crate) last_recovery: u64,
    /// `REP-15`: the device is new in an account that was known, and the caller has not decided. There is no live session.
    pub(crate) unconfirmed: bool,
}

impl Pair {
    /// Its sessions, whatever their status.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = SessionId> {
        let archived = self.archived.iter().map(|archived| archived.session_id);
        self.live.into_iter().chain(self.unaccepted).chain(archived)
    }

    fn has_sessions(&self) -> bool {
        self.sessions().next().is_some()
    }
}

/// `PeerState`
pub(crate) struct Peer {
    /// Of its record.
    pub(crate) generation: u64,
    /// The last list that was accepted for this account.
    pub(crate) device_list: DeviceList,
    /// In ascending order of serial.
    pub(crate) pairs: Vec<Pair>,
}

impl Peer {
    pub(crate) fn new(device_list: DeviceList) -> Self {
        Self { generation: 0, device_list, pairs: Vec::new() }
    }

    pub(crate) fn pair(&self, serial: u64) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.serial == serial)
    }

    /// The pair with a device, made when there is none.
    pub(crate) fn pair_mut(&mut self, serial: u64) -> Option<&mut Pair> {
        let place = match self.pairs.binary_search_by_key(&serial, |pair| pair.serial) {
            Ok(place) => place,
            Err(place) => {
                self.pairs.insert(place, Pair { serial, ..Pair::default() });
                place
            }
        };
        self.pairs.get_mut(place)
    }

    /// Whether the caller is to be asked about the sessions of a device (`REP-15`): that of an unconfirmed pair, or one
    /// that the pinned list has not, so that the list which brings it is still to be pinned.
    pub(crate) fn is_unconfirmed(&self, serial: u64) -> bool {
        let listed = self.device_list.entry(serial).is_some();
        !listed || self.pair(serial).is_some_and(|pair| pair.unconfirmed)
    }

    /// Pins a list in the place of the pinned one: the pairs of the devices that it adds are unconfirmed (`REP-15`). In the
    /// own account `own` is the own device's serial, with which there is no pair.
    pub(crate) fn replace_list(&mut self, list: DeviceList, own: Option<u64>) {
        let before = core::mem::replace(&mut self.device_list, list);
        let serials = self.device_list.tbs().devices.iter().map(|entry| entry.serial);
        let added: Vec<_> = serials
            .filter(|serial| before.entry(*serial).is_none() && own != Some(*serial))
            .collect();
        for serial in added {
            if let Some(pair) = self.pair_mut(serial) {
                pair.unconfirmed = true;
            }
        }
    }

    /// Deletes the pairs without sessions of devices that the pinned list has not (page *State*).
    pub(crate) fn drop_idle_pairs(&mut self) {
        let list = &self.device_list;
        self.pairs.retain(|pair| pair.has_sessions() || list.entry(pair.serial).is_some());
    }

    /// Refuses a record with a pair that [`Self::drop_idle_pairs`] would delete.
    pub(crate) fn decode(r: &mut Reader<'_>, generation: u64) -> Result<Self, Malformed> {
        let device_list = DeviceList::decode(r)?;
        let pairs = r.list(u32::MAX, Pair::decode)?;
        check_ascending(&pairs, |pair| pair.serial)?;
        let listed = |pair: &Pair| device_list.entry(pair.serial).is_some();
        if !pairs.iter().all(|pair| pair.has_sessions() || listed(pair)) {
            return Err(Malformed::Value);
        }
        Ok(Self { generation, device_list, pairs })
    }
}

impl Encode for Peer {
    fn encode(&self, w: &mut Writer) {
        w.item(&self.device_list);
        w.list(&self.pairs, Writer::item);
    }
}

impl Decode for SessionId {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let bytes = r.opaque(MAX_KEY)?.try_into().map_err(|_| Malformed::Value)?;
        Ok(Self::new(bytes))
    }
}

impl Encode for SessionId {
    fn encode(&self, w: &mut Writer) {
        w.opaque(self.as_bytes());
    }
}

impl Decode for SessionRef {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { session_id: SessionId::decode(r)?, archived_at: r.u64()? })
    }
}

impl Encode for SessionRef {
    fn encode(&self, w: &mut Writer) {
        w.item(&self.session_id);
        w.u64(self.archived_at);
    }
}

impl Decode for Pair {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            serial: r.u64()?,
            live: r.optional(SessionId::decode)?,
            unaccepted: r.optional(SessionId::decode)?,
            archived: r.list(u32::MAX, SessionRef::decode)?,
            last_recovery: r.u64()?,
            unconfirmed: match r.u8()? {
                0 => false,
                1 => true,
                _ => return Err(Malformed::Value),
            },
        })
    }
}

impl Encode for Pair {
    fn encode(&self, w: &mut Writer) {
        w.u64(self.serial);
        w.optional(self.live.as_ref(), Writer::item);
        w.optional(self.unaccepted.as_ref(), Writer::item);
        w.list(&self.archived, Writer::item);
        w.u64(self.last_recovery);
        w.u8(u8::from(self.unconfirmed));
    }
}
