//! Parties: a device's state with its policy, its clock, the names of its sessions and what a relay
//! would keep for it; and its folder.

use crate::groups;
use crate::wire::{Stop, fault, hex, unhex};
use sceau_spec::octets::{Octets, ascii, empty, from_bytes, u64_be};
use sceau_spec::pairwise::bundle::PrekeyBundle;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::limits::{Limits, Policy, default_policy};
use sceau_spec::pairwise::prekeys::{
    PublishedBatch, decode_published_batch, encode_published_batch,
};
use sceau_spec::pairwise::session::SessionState;
use sceau_spec::pairwise::state::{DeviceState, export_state, import_state};
use sceau_spec::pairwise::typed_keys::{TypedKeys, decode_typed_keys, encode_typed_keys};
use sceau_spec::primitives::sha256;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// All parties of this process.
pub type Parties = BTreeMap<String, Party>;

/// A party.
pub struct Party {
    /// The device, once it has an account.
    pub state: Option<DeviceState>,
    pub policy: Policy,
    pub now: u64,
    /// The runner's names of sessions.
    pub names: BTreeMap<String, Octets>,
    /// Batches as published, whose one-time keys the device may have deleted.
    pub published: Vec<PublishedBatch>,
    /// Private key of the issuer that stands behind the account.
    pub issuer_seed: Option<Octets>,
    /// Of each session that has made a DH step, what stood between its two halves; for deviations.
    pub between: BTreeMap<String, Between>,
    /// Bundles with deviations as they were given out, whose first messages are bound to them; by
    /// generation of the batch. Not stored.
    pub presented: Vec<PrekeyBundle>,
    /// Groups. Not stored.
    pub groups: groups::Store,
    folder: PathBuf,
    /// SHA-256 of the file as this process last read or wrote it.
    seen: Option<Octets>,
}

/// A session between the receiving and the sending half of its last DH step.
#[derive(Clone)]
pub struct Between {
    pub session: SessionState,
    /// The peer's ratchet key before that step.
    pub previous_remote: Octets,
}

impl Party {
    pub fn new(folder: &str, now: u64) -> Self {
        Party {
            state: None,
            policy: default_policy(),
            now,
            names: BTreeMap::new(),
            published: Vec::new(),
            issuer_seed: None,
            between: BTreeMap::new(),
            presented: Vec::new(),
            groups: groups::Store::default(),
            folder: PathBuf::from(folder),
            seen: None,
        }
    }

    /// The device; a party without an account makes no sense for most commands.
    pub fn device(&self) -> Result<&DeviceState, Stop> {
        self.state.as_ref().ok_or_else(|| Stop::Fault("the party has no account".to_owned()))
    }

    /// The session of a name.
    pub fn session(&self, name: &str) -> Result<Octets, Stop> {
        match self.names.get(name) {
            Some(id) => Ok(id.clone()),
            None => fault(format!("no session \"{name}\"")),
        }
    }

    /// The name of a session; one that has none is named by its id.
    pub fn name_of(&mut self, id: &Octets) -> String {
        match self.names.iter().find(|(_, known)| *known == id) {
            Some((name, _)) => name.clone(),
            None => {
                let name = format!("s:{}", hex(id));
                self.names.insert(name.clone(), id.clone());
                name
            }
        }
    }

    /// Everything that is stored.
    fn stored(&self) -> String {
        let state = self.state.as_ref().map_or_else(empty, export_state);
        let names: BTreeMap<_, _> = self.names.iter().map(|(name, id)| (name, hex(id))).collect();
        let published: Vec<_> =
            self.published.iter().map(|batch| hex(&encode_published_batch(batch))).collect();
        let issuers: Vec<_> = (0..self.policy.issuers.len())
            .map(|i| hex(&encode_typed_keys(&self.policy.issuers[i])))
            .collect();
        json!({
            "state": hex(&state),
            "names": names,
            "published": published,
            "issuer_seed": self.issuer_seed.as_ref().map(hex),
            "require_issuer": self.policy.require_issuer,
            "issuers": issuers,
            "limits": limits_text(&self.policy.limits),
        })
        .to_string()
    }

    /// The state digest: over all that is stored, and the clock.
    pub fn digest(&self) -> Octets {
        sha256(&ascii(&self.stored()).concat(&u64_be(self.now)))
    }

    fn file(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    /// The hash of the file, if there is one.
    fn on_disk(&self) -> Option<Octets> {
        fs::read(self.file()).ok().map(|bytes| sha256(&from_bytes(&bytes)))
    }

    /// Stores all or nothing (`[STA-07]`), and nothing if another process stored since (`[STA-06]`).
    pub fn save(&mut self) -> Result<(), Stop> {
        if self.on_disk() != self.seen {
            return Err(ErrorClass::StaleState.into());
        }
        let text = self.stored();
        let write = || {
            fs::create_dir_all(&self.folder)?;
            let new = self.folder.join("state.new");
            let mut file = fs::File::create(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, self.file())?;
            fs::File::open(&self.folder)?.sync_all()
        };
        match write() {
            Ok(()) => {
                self.seen = self.on_disk();
                Ok(())
            }
            Err(error) => fault(error.to_string()),
        }
    }

    /// Loads what `save` stored.
    pub fn load(folder: &str, now: u64, least_changes: u64) -> Result<Self, Stop> {
        let mut party = Party::new(folder, now);
        let Ok(bytes) = fs::read(Path::new(folder).join("state.json")) else {
            return Err(ErrorClass::Malformed.into());
        };
        party.seen = Some(sha256(&from_bytes(&bytes)));
        let stored: Value =
            serde_json::from_slice(&bytes).map_err(|_| Stop::Reject(ErrorClass::Malformed))?;
        let text = |value: &Value| value.as_str().and_then(unhex);
        let state = text(&stored["state"]).ok_or(ErrorClass::Malformed)?;
        if state.len() > 0 {
            party.state = Some(import_state(&state, least_changes)?);
        } else if least_changes > 0 {
            return Err(ErrorClass::Rollback.into());
        }
        for (name, id) in stored["names"].as_object().into_iter().flatten() {
            party.names.insert(name.clone(), text(id).ok_or(ErrorClass::Malformed)?);
        }
        for batch in stored["published"].as_array().into_iter().flatten() {
            let bytes = text(batch).ok_or(ErrorClass::Malformed)?;
            party.published.push(decode_published_batch(&bytes)?);
        }
        party.issuer_seed = text(&stored["issuer_seed"]);
        party.policy.require_issuer = stored["require_issuer"] == Value::Bool(true);
        for issuer in stored["issuers"].as_array().into_iter().flatten() {
            party.trust(&text(issuer).ok_or(ErrorClass::Malformed)?)?;
        }
        for limit in stored["limits"].as_array().into_iter().flatten() {
            set_limit(&mut party.policy.limits, limit.as_str().unwrap_or_default())?;
        }
        Ok(party)
    }

    /// Adds a trusted issuer, by its encoded keys.
    pub fn trust(&mut self, issuer_keys: &Octets) -> Result<(), Stop> {
        let keys: TypedKeys = decode_typed_keys(issuer_keys)?;
        self.policy.issuers = self.policy.issuers.push(&keys);
        Ok(())
    }
}

macro_rules! limits {
    ($($name:ident),*) => {
        fn limits_text(limits: &Limits) -> Vec<String> {
            vec![$(format!("{}={}", stringify!($name), limits.$name)),*]
        }

        /// Sets a limit, `name=value`.
        pub fn set_limit(limits: &mut Limits, text: &str) -> Result<(), Stop> {
            let (name, value) = text.split_once('=').unwrap_or_default();
            match name {
                $(stringify!($name) => match value.parse() {
                    Ok(value) => {
                        limits.$name = value;
                        Ok(())
                    }
                    Err(_) => fault(format!("limit {text}")),
                },)*
                _ => Err(Stop::Unsupported(format!("limit {name}"))),
            }
        }
    };
}

limits!(
    max_skip,
    max_skipped_keys,
    max_skipped_chains,
    skipped_key_age,
    max_first_messages,
    max_session_age,
    max_archived,
    archive_age,
    simultaneous_window,
    recovery_interval,
    max_candidates,
    clock_skew,
    max_list_age,
    prekey_grace,
    replay_cache_size,
    max_authenticated_data,
    mailbox_look_back,
    max_envelope_age
);
