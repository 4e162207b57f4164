//! Parties: devices of the library, each with its clock, its folder and the runner's names of its sessions.

use crate::draw::Draws;
use crate::groups::{Groups, Kept};
use crate::store::{self, Aside, Pending, Set};
use sceau::crypto::Provider;
use sceau::pairwise::{Account, Changes, Issuer, Policy, SessionId, TypedKeys};
use sceau::{Error, Wire};
use sceau_adapter::line::{Answer, No, Out, Request, decimal, unhex};
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
    /// Its groups.
    groups: Groups,
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
            party.policy = policy_of(&aside.policy)?;
            party.groups = Groups::load(&aside.groups)?;
            party.aside = aside;
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
    /// Its groups, at the party's time.
    pub fn groups(&mut self) -> &mut Groups {
        self.groups.set_now(self.now);
        &mut self.groups
    }

    /// Its device.
    ///
    /// # Errors
    /// `fault` before `pw.create`.
    pub fn device(&mut self) -> Result<&mut Account, No> {
        self.account.as_mut().ok_or_else(|| No::Fault("the party has no account".to_owned()))
    }

    /// Carries out a step that draws. Where a draw is missing the device is as it was before (`ADP-10`).
    ///
    /// # Errors
    /// `fault` for a missing draw; else as the step.
    pub fn draw<T>(
        &mut self,
        draws: &mut Draws,
        step: impl FnOnce(&mut Account, &mut Draws) -> Result<(T, Changes), Error>,
    ) -> Result<T, No> {
        let policy = self.policy.clone();
        let device = self.device()?;
        let before = device.export_state();
        let done = step(device, draws);
        if let Err(missing) = draws.complete() {
            let again = Account::import(&before, None, Provider::Default, policy);
            *device = again.map_err(|error| No::Fault(error.to_string()))?;
            return Err(missing);
        }
        let (result, changes) = done?;
        self.changed(changes);
        Ok(result)
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
        let mut set = self.aside.policy.clone();
        if request.input.get("require_issuer").is_some() {
            set.require_issuer = request.flag("require_issuer")?;
        }
        if request.input.get("issuers").is_some() {
            set.issuers = request.list("issuers")?.to_vec();
        }
        for limit in request.list("limits")? {
            let (name, value) = limit.split_once('=').unwrap_or_default();
            let value = decimal(value).ok_or_else(|| No::Fault(format!("limit {limit}")))?;
            set.limits.insert(name.to_owned(), value);
        }
        // Only what is good as a whole is kept.
        self.policy = policy_of(&set)?;
        self.aside.policy = set;
        if let Some(account) = &mut self.account {
            account.set_policy(self.policy.clone());
        }
        Ok(Out::default())
    }

    fn observe(&mut self, request: &Request) -> Answer {
        request.only(&[])?;
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let mut digest = Sha256::new();
        digest.update(self.now.to_be_bytes());
        for (name, id) in &self.aside.names {
            digest.update(format!("{name}={}\n", hex::encode(id.as_bytes())));
        }
        let policy = serde_json::to_vec(&self.aside.policy);
        digest.update(policy.map_err(|error| No::Fault(error.to_string()))?);
        let groups = self.groups.view();
        if groups != Kept::default() {
            let groups = serde_json::to_vec(&groups);
            digest.update(groups.map_err(|error| No::Fault(error.to_string()))?);
        }
        let named = match request.session.as_str() {
            "" => None,
            name => Some(self.session(name)?),
        };
        let Some(account) = &self.account else {
            return Ok(Out::default().bytes("digest", &digest.finalize()));
        };
        digest.update(account.export_state().as_slice());
        let out = Out::default()
            .bytes("digest", &digest.finalize())
            .integer("sessions", count(account.sessions().count()))
            .integer("prekeys", count(account.prekey_count()))
            .integer("replay", count(account.replay_count()));
        let Some(id) = named else { return Ok(out) };
        let session = account.session(&id).ok_or(No::Reject("misuse"))?;
        Ok(out
            .text("status", session.status().name())
            .integer("skipped_keys", count(session.skipped_keys(self.now, &self.policy.limits)))
            .integer("n_send", session.sent())
            .integer("n_receive", session.received())
            .bytes("session_id", id.as_bytes()))
    }

    fn save(&mut self, request: &Request) -> Answer {
        request.only(&[])?;
        self.aside.groups = self.groups.store()?;
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

/// The policy that was set, on top of the default one.
fn policy_of(set: &Set) -> Result<Policy, No> {
    let mut policy = Policy::default();
    policy.require_issuer = set.require_issuer;
    for keys in &set.issuers {
        let keys = TypedKeys::from_bytes(&unhex(keys).map_err(No::Fault)?)?;
        policy.issuers.push(Issuer::new(&Provider::Default, keys)?);
    }
    for (name, value) in &set.limits {
        if !policy.limits.set(name, *value) {
            return Err(No::Unsupported(format!("limit {name}={value}")));
        }
    }
    Ok(policy)
}

fn least_changes(request: &Request) -> Result<Option<u64>, No> {
    request.input.get("least_changes").map(|_| request.long("least_changes")).transpose()
}
