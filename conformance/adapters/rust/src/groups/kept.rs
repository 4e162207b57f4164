//! Groups as they are stored, beside the records of the party's device.

use super::{Groups, Member, policy};
use sceau::crypto::{Provider, Secret};
use sceau::group::{Group, GroupChanges, GroupRecordKey, OwnKeyPackage};
use sceau_adapter::line::{No, unhex};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The records of a group: encoded key and body.
pub type Records = BTreeMap<Vec<u8>, Vec<u8>>;

/// All that a party has of groups, bytes in hexadecimal.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Suite, name, private key.
    keys: Vec<(u16, String, String)>,
    key_packages: Vec<String>,
    external: BTreeMap<String, String>,
    members: BTreeMap<String, KeptMember>,
}

/// A member's view of a group.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptMember {
    records: BTreeMap<String, String>,
    public: bool,
    sent: Vec<String>,
}

fn texts(records: &Records) -> BTreeMap<String, String> {
    records.iter().map(|(key, body)| (hex::encode(key), hex::encode(body))).collect()
}

fn bytes(text: &str) -> Result<Vec<u8>, No> {
    unhex(text).map_err(|_| No::Reject("malformed"))
}

fn record_key(text: &str) -> Result<GroupRecordKey, No> {
    GroupRecordKey::from_bytes(&bytes(text)?).map_err(|_| No::Reject("malformed"))
}

impl KeptMember {
    /// The member again, as after a restart.
    ///
    /// # Errors
    /// As the library's import.
    pub fn open(&self) -> Result<Member, No> {
        let mut records = Vec::new();
        for (key, body) in &self.records {
            records.push((record_key(key)?, bytes(body)?));
        }
        let given = records.iter().map(|(key, body)| (key, body.as_slice()));
        let group = Group::import(given, policy(), &Provider::default())?;
        let stored = records.iter().map(|(key, body)| (key.to_bytes(), body.clone())).collect();
        let sent = self.sent.iter().map(|message| bytes(message)).collect::<Result<_, _>>()?;
        Ok(Member { group, public: self.public, sent, stored })
    }
}

impl Member {
    /// All records of the group as it is.
    pub fn records(&self) -> Records {
        let all = self.group.export_state();
        let body = |body: Option<&[u8]>| body.unwrap_or_default().to_vec();
        all.iter().map(|record| (record.key().to_bytes(), body(record.body()))).collect()
    }

    /// As it would be stored.
    pub fn keep(&self) -> KeptMember {
        KeptMember {
            records: texts(&self.records()),
            public: self.public,
            sent: self.sent.iter().map(hex::encode).collect(),
        }
    }

    /// Brings what is stored up to date by the changes that the library tells.
    fn store(&mut self) -> Result<(), No> {
        let changes = self.group.take_changes();
        if changes.is_empty() {
            return Ok(());
        }
        let head = self.stored.get(&GroupRecordKey::head().to_bytes());
        let number = head.map_or(Ok(0), |head| GroupChanges::number_of(head));
        let number = number.map_err(|_| No::Fault("the head of a group".to_owned()))?;
        if number != changes.expected() {
            return Err(No::Reject("stale_state"));
        }
        for change in changes.iter() {
            match change.body() {
                Some(body) => self.stored.insert(change.key().to_bytes(), body.to_vec()),
                None => self.stored.remove(&change.key().to_bytes()),
            };
        }
        if self.stored != self.records() {
            return Err(No::Fault("the changes do not add up to the group".to_owned()));
        }
        Ok(())
    }
}

impl Groups {
    /// All of it, as it would be stored.
    pub fn view(&self) -> Kept {
        let keys = self.keys.iter();
        let own = self.key_packages.iter();
        let external = self.external.iter();
        Kept {
            keys: keys.map(|((s, name), key)| (*s, hex::encode(name), hex::encode(key))).collect(),
            key_packages: own.map(|own| hex::encode(own.to_record().as_slice())).collect(),
            external: external.map(|(id, psk)| (hex::encode(id), hex::encode(psk))).collect(),
            members: self.members.iter().map(|(name, m)| (name.clone(), m.keep())).collect(),
        }
    }

    /// All of it, to be stored.
    ///
    /// # Errors
    /// `stale_state`, or `fault` where changes of a group were not told.
    pub fn store(&mut self) -> Result<Kept, No> {
        self.members.values_mut().try_for_each(Member::store)?;
        Ok(self.view())
    }

    /// Groups that were stored.
    ///
    /// # Errors
    /// As the library's import.
    pub fn load(kept: &Kept) -> Result<Self, No> {
        let mut groups = Groups::default();
        for (suite, name, key) in &kept.keys {
            groups.keys.insert((*suite, bytes(name)?), bytes(key)?);
        }
        for record in &kept.key_packages {
            let own = OwnKeyPackage::from_record(&bytes(record)?, &Provider::default())?;
            groups.key_packages.push(own);
        }
        for (id, psk) in &kept.external {
            let (id, psk) = (bytes(id)?, bytes(psk)?);
            groups.psks.insert_external(&id, Secret::from_vec(psk.clone()));
            groups.external.insert(id, psk);
        }
        for (name, member) in &kept.members {
            groups.members.insert(name.clone(), member.open()?);
        }
        Ok(groups)
    }
}
