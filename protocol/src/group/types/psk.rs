//! Pre-shared keys' ids (RFC 9420 §8.4).

use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::Malformed;
use crate::limits::{MAX_GROUP_ID, MAX_KEY};
use alloc::vec::Vec;

/// `ResumptionPSKUsage`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResumptionUsage {
    /// For the application.
    Application,
    /// For a group that replaces another.
    Reinit,
    /// For a group that branches off another.
    Branch,
}

/// Where a pre-shared key comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PskKind {
    /// The application, by its id.
    External(Vec<u8>),
    /// An epoch of a group.
    Resumption {
        /// What for.
        usage: ResumptionUsage,
        /// The group.
        group_id: Vec<u8>,
        /// Its epoch.
        epoch: u64,
    },
}

/// `PreSharedKeyID`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PreSharedKeyId {
    /// Which key.
    pub kind: PskKind,
    /// `psk_nonce`: fresh at each injection.
    pub nonce: Vec<u8>,
}

impl PreSharedKeyId {
    /// The usage of a resumption key.
    pub(crate) fn usage(&self) -> Option<ResumptionUsage> {
        match self.kind {
            PskKind::Resumption { usage, .. } => Some(usage),
            PskKind::External(_) => None,
        }
    }
}

impl Decode for PreSharedKeyId {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let kind = match r.u8()? {
            1 => PskKind::External(r.opaque(MAX_KEY)?.to_vec()),
            2 => PskKind::Resumption {
                usage: match r.u8()? {
                    1 => ResumptionUsage::Application,
                    2 => ResumptionUsage::Reinit,
                    3 => ResumptionUsage::Branch,
                    _ => return Err(Malformed::Enumeration),
                },
                group_id: r.opaque(MAX_GROUP_ID)?.to_vec(),
                epoch: r.u64()?,
            },
            _ => return Err(Malformed::Enumeration),
        };
        Ok(Self { kind, nonce: r.opaque(MAX_KEY)?.to_vec() })
    }
}

impl Encode for PreSharedKeyId {
    fn encode(&self, w: &mut Writer) {
        match &self.kind {
            PskKind::External(id) => {
                w.u8(1);
                w.opaque(id);
            }
            PskKind::Resumption { usage, group_id, epoch } => {
                w.u8(2);
                w.u8(match usage {
                    ResumptionUsage::Application => 1,
                    ResumptionUsage::Reinit => 2,
                    ResumptionUsage::Branch => 3,
                });
                w.opaque(group_id);
                w.u64(*epoch);
            }
        }
        w.opaque(&self.nonce);
    }
}
