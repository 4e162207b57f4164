//! Parties: devices of the library, each with its clock, its folder and the runner's names of its sessions.

use crate::line::{Answer, No, Out, Request};
use crate::store::{self, Aside, Pending};
use sceau::crypto::Provider;
use sceau::pairwise::{Account, Changes, Policy, SessionId, TypedKeys};
use sceau::{Wire, pairwise};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The commands.
pub const COMMANDS: &[&str] = &[
    "party.new",
    "party.free",
    "party.clock",
    "party.policy",
    "party.observe",
    "party.save",
    "party.load",
    "party.export_state",
    "party.import_state",
    "party.step_changes",
];

/// A party.
#[derive(Default)]
pub struct Party {
    /// Seconds since 1970.
    pub now: u64,
    /// Its device, once it has one.
    pub account: Option<Account>,
    /// Its policy.
    pub policy: Policy,
    /// What the adapter keeps beside the library's state.
    pub aside: Aside,
    folder: PathBuf,
    pending: Pending,
    last: Vec<u8>,
}

/// All parties.
#[derive(Default)]
pub struct Parties(BTreeMap<String, Party>);

impl Parties {
    /// Forgets them all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The party that a request names.
    ///
    /// # Errors
    /// `fault` if it is not there.
    pub fn acting(&mut self, request: &Request) -> Result<&mut Party, No> {
        let unknown = || No::Fault(format!("no party {}", request.party));
        self.0.get_mut(&request.party).ok_or_else(unknown)
    }

    /// Carries out a command of the family `party`.
    pub fn run(&mut self, request: &Request) -> Answer {
        let cmd = request.cmd.as_str();
        if !COMMANDS.contains(&cmd) {
            return Err(No::Unsupported(cmd.to_owned()));
        }
        if matches!(cmd, "party.new" | "party.load") {
            return self.make(request);
        }
        let party = self.acting(request)?;
        match cmd {
            "party.free" => {
                request.only(&[])?;
                self.0.remove(&request.party);
                Ok(Out::default())
            }
            "party.clock" => {
                request.only(&["now"])?;
                party.now = request.long("now")?;
                Ok(Out::default())
            }
            "party.policy" => party.set_policy(request),
            "party.observe" => party.observe(request),
            "party.save" => party.save(request),
            "party.export_state" => {
                request.only(&[])?;
                Ok(Out::default().bytes("state", &party.device()?.export_state()))
            }
            "party.import_state" => party.import(request),
            _ => {
                request.only(&[])?;
                Ok(Out::default().bytes("changes", &party.last))
            }
        }
    }

    /// `party.new` and `party.load`.
    fn make(&mut self, request: &Request) -> Answer {
        if request.party.is_empty() || self.0.contains_key(&request.party) {
            return Err(No::Fault(format!("the party {}", request.party)));
        }
        let folder = PathBuf::from(request.text("folder")?);
        let mut party = Party { now: request.long("now")?, folder, ..Party::default() };
        let mut out = Out::default();
        if request.cmd == "party.load" {
            request.only(&["folder", "now", "least_changes"])?;
            let (state, aside) = store::load(&party.folder)?;
            party.aside = aside;
            party.limit()?;
            if !state.is_empty() {
                out = party.take(&state, least_changes(request)?)?;
            }
            out = out.list("sessions", party.aside.names.keys().cloned().collect());
        } else {
            request.only(&["folder", "now"])?;
        }
        self.0.insert(request.party.clone(), party);
        Ok(out)
    }
}

impl Party {
    /// Its device.
    ///
    /// # Errors
    /// `fault` before `pw.create`.
    pub fn device(&mut self) -> Result<&mut Account, No> {
        self.account.as_mut().ok_or_else(|| No::Fault("the party has no account".to_owned()))
    }

    /// Keeps what a step has changed until it is stored.
    pub fn changed(&mut self, changes: Changes) {
        self.last = changes.to_bytes();
        self.pending.add(changes);
    }

    /// The session of a name.
    ///
    /// # Errors
    /// `fault` where there is none.
    pub fn session(&self, name: &str) -> Result<SessionId, No> {
        self.aside.names.get(name).copied().ok_or_else(|| No::Fault(format!("no session {name}")))
    }

    /// The name of a session.
    #[must_use]
    pub fn name(&self, id: &SessionId) -> Option<&str> {
        self.aside.names.iter().find(|(_, known)| *known == id).map(|(name, _)| name.as_str())
    }

    fn set_policy(&mut self, request: &Request) -> Answer {
        request.only(&["require_issuer", "issuers", "limits"])?;
        let mut policy = self.policy.clone();
        if request.input.get("require_issuer").is_some() {
            policy.require_issuer = request.integer("require_issuer")? != 0;
        }
        if request.input.get("issuers").is_some() {
            let issuers = request.list("issuers").iter().map(|keys| {
                let bytes = crate::line::unhex(keys).map_err(No::Fault)?;
                let keys = TypedKeys::from_bytes(&bytes)?;
                Ok(pairwise::Issuer::new(&Provider::Default, keys)?)
            });
            policy.issuers = issuers.collect::<Result<_, No>>()?;
        }
        self.aside.limits.extend_from_slice(request.list("limits"));
        self.policy = policy;
        self.limit()?;
        Ok(Out::default())
    }

    /// Puts the limits that were set into the policy, and the policy into the device.
    fn limit(&mut self) -> Result<(), No> {
        for limit in &self.aside.limits {
            let known = limit
                .split_once('=')
                .and_then(|(name, value)| Some(self.policy.limits.set(name, value.parse().ok()?)));
            if known != Some(true) {
                return Err(No::Unsupported(format!("limit {limit}")));
            }
        }
        if let Some(account) = &mut self.account {
            account.set_policy(self.policy.clone());
        }
        Ok(())
    }

    fn observe(&mut self, request: &Request) -> Answer {
        request.only(&[])?;
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let mut digest = Sha256::new();
        digest.update(self.now.to_be_bytes());
        for (name, id) in &self.aside.names {
            digest.update(format!("{name}={}\n", hex::encode(id.as_bytes())));
        }
        let Some(account) = &self.account else {
            return Ok(Out::default().bytes("digest", &digest.finalize()));
        };
        digest.update(account.export_state().as_slice());
        let out = Out::default()
            .bytes("digest", &digest.finalize())
            .integer("sessions", count(account.sessions().count()))
            .integer("prekeys", count(account.prekey_count()))
            .integer("replay", count(account.replay_count()));
        if request.session.is_empty() {
            return Ok(out);
        }
        let id = self.session(&request.session)?;
        let Some(session) = account.session(&id) else {
            return Ok(out.text("status", "deleted").bytes("session_id", id.as_bytes()));
        };
        Ok(out
            .text("status", session.status().name())
            .integer("skipped_keys", count(session.skipped_keys(self.now, &self.policy.limits)))
            .integer("n_send", session.sent())
            .integer("n_receive", session.received())
            .bytes("session_id", id.as_bytes()))
    }

    fn save(&mut self, request: &Request) -> Answer {
        request.only(&[])?;
        self.pending.store(&self.folder, &self.aside)?;
        let Some(account) = &self.account else { return Ok(Out::default()) };
        let (stored, _) = store::load(&self.folder)?;
        if stored != account.export_state().as_slice() {
            return Err(No::Fault("the changes do not add up to the state".to_owned()));
        }
        Ok(Out::default().long("changes", account.changes()))
    }

    fn import(&mut self, request: &Request) -> Answer {
        request.only(&["state", "least_changes"])?;
        let out = self.take(&request.bytes("state")?, least_changes(request)?)?;
        let ids: Vec<SessionId> =
            self.account.iter().flat_map(Account::sessions).map(|session| session.id()).collect();
        self.aside.names =
            ids.into_iter().map(|id| (format!("s:{}", hex::encode(id.as_bytes())), id)).collect();
        Ok(out)
    }

    fn take(&mut self, state: &[u8], least: Option<u64>) -> Result<Out, No> {
        let account = Account::import(state, least, Provider::Default, self.policy.clone())?;
        let out = Out::default()
            .bytes("account_id", account.account_id().as_bytes())
            .long("changes", account.changes());
        self.account = Some(account);
        Ok(out)
    }
}

fn least_changes(request: &Request) -> Result<Option<u64>, No> {
    request.input.get("least_changes").map(|_| request.long("least_changes")).transpose()
}
