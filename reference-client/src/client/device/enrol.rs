//! Enrolment: a device's account and its store are made.

use super::{CREDENTIAL_LIFETIME, Device, asker, lock_of, own_issuer, policy, restock};
use crate::client::anchor::Anchor;
use crate::client::model::Profile;
use crate::client::seal::Cost;
use crate::client::store::{ClientStore, Kind};
use crate::crypto;
use crate::error::{About, Error, Result};
use crate::issuer;
use crate::issuer::ask::wrong_answer;
use crate::private;
use crate::revocation::{self, Kept};
use sceau::pairwise::{Account, AccountParams, Changes, CreateStep, Created};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

impl Device {
    /// Enrols a device: makes its account, and a store with it and a first batch to be published.
    ///
    /// # Errors
    /// A store that is there already, or can't be written.
    pub fn create(
        home: &Path,
        passphrase: &str,
        cost: Cost,
        mut profile: Profile,
        now: u64,
    ) -> Result<Self> {
        // Of two at once one makes it.
        private::folder(home).about(format!("the folder {}", home.display()))?;
        let alone = lock_of(home)?;
        if alone.try_lock().is_err() {
            return Err(Error::refused(format!(
                "another process uses the folder {}",
                home.display()
            ))
            .next("wait for it to end, or choose another folder with --home"));
        }
        // Before anything is made.
        let mut kept = Kept::new(&profile.issuers)?;
        for path in &profile.revoked {
            kept.take(&revocation::read(path)?)?;
        }
        let (mut account, changes) = new_account(&mut profile, now)?;
        profile.account = account.account_id().as_bytes().to_vec();
        if profile.anchor.as_os_str().is_empty() {
            profile.anchor = default_anchor(&profile.account)?;
        }
        let mut anchor = Anchor::new(&profile.anchor, &profile.account);
        if anchor.exists() {
            let path = profile.anchor.display();
            return Err(Error::usage(format!("the counter {path} is another store's")).next(
                "name another file with --anchor; or delete this one, if its store is no more",
            ));
        }
        let store = ClientStore::create(home, passphrase, cost, |tx| {
            tx.apply(&changes)?;
            restock(&mut account, tx, &mut profile, now)?;
            tx.add(Kind::Profile, &profile)?;
            anchor.write((account.changes(), 0))
        })?;
        let mut device = Self::of(home, store, profile)?;
        drop(alone);
        device.read_revoked()?;
        Ok(device)
    }
}

/// Makes an account; where an issuer signs, the account's key is the client's own, and each signature is asked for.
fn new_account(profile: &mut Profile, now: u64) -> Result<(Account, Changes)> {
    let mut params = AccountParams::new(1, now, now + CREDENTIAL_LIFETIME);
    params.policy = policy(profile)?;
    if profile.issuer_command.is_none() {
        return Ok(Account::create(&mut crypto::rng(), now, params)?);
    }
    let seed = crypto::random::<32>().map(Zeroizing::new);
    let seed = seed.ok_or_else(|| Error::fault("the system has no randomness"))?;
    params.account_keys = Some(issuer::public_keys(seed.as_ref())?);
    profile.account_seed = Some(hex::encode(seed.as_ref()));
    params.issuer = own_issuer(profile)?;
    let asker = asker(profile)?.ok_or_else(|| Error::fault("nobody signs"))?;
    let mut step = Account::create_begin(&mut crypto::rng(), now, params)?;
    loop {
        match step {
            CreateStep::Done(created) => {
                let Created { mut account, changes, .. } = *created;
                account.attach_signer(Arc::new(asker));
                return Ok((account, changes));
            }
            CreateStep::NeedsSignatures(pending) => {
                let answers = pending.requests().iter().map(|request| asker.answer(request));
                let answers = answers.collect::<Result<Vec<_>>>()?;
                step = pending.resume(answers).map_err(wrong_answer)?;
            }
        }
    }
}

/// Where the counter is kept unless the person says otherwise: not beside the store.
fn default_anchor(account: &[u8]) -> Result<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let folder = state.or_else(home).ok_or_else(|| {
        Error::usage("there is no folder for the store's counter").next("name a file with --anchor")
    })?;
    Ok(folder.join("sceau").join(format!("{}.count", hex::encode(account))))
}
