//! Receiving: what lies in the mailboxes is decrypted and stored in one transaction with the changed
//! state; only then it is acknowledged to the relay (`DS-11`) and shown.

use super::device::{BATCH_LIFETIME, Device};
use super::group::advance::advance_all;
use super::group::inbox;
use super::group::model::DeviceOf;
use super::received::{keep, tell_devices};
use super::relays::Relays;
use super::removal::end_all_removed;
use super::upkeep::{keep_up, runs_low};
use crate::crypto;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::time::now;
use sceau::Error as Refused;
use sceau::delivery::{AuthRequest, Handle, StoredEnvelope};
use sceau::error::Peer;
use sceau::limits::MAX_GET;
use sceau::pairwise::{MailboxId, ReceiveOptions, Session, SessionStatus};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Answers of the relay for one mailbox of which all is refused, as what it gives again and again; then the mailbox is left.
const IDLE: usize = 16;

/// What came of looking into the mailboxes.
#[derive(Debug, Default)]
pub struct Report {
    /// Numbers of the new messages.
    pub messages: Vec<i64>,
    /// What the person should know, and is not in the store (`Tx::tell`).
    pub notices: Vec<String>,
    /// Envelopes that were refused, by class. Duplicates are normal after a stop.
    pub refused: BTreeMap<&'static str, usize>,
    /// Why a group could not be followed, if so: what it waits for is still there.
    pub failed: Option<Error>,
}

impl Report {
    /// Counts something that was refused.
    pub fn refuse(&mut self, class: &'static str) {
        *self.refused.entry(class).or_default() += 1;
    }

    /// How many envelopes were refused.
    fn refusals(&self) -> usize {
        self.refused.values().sum()
    }

    /// Adds what came of another step.
    pub fn add(&mut self, other: Self) {
        self.messages.extend(other.messages);
        self.notices.extend(other.notices);
        for (class, count) in other.refused {
            *self.refused.entry(class).or_default() += count;
        }
    }
}

/// Looks into all mailboxes, and after all groups.
///
/// # Errors
/// A relay that can't be reached; what was received before is stored.
pub fn receive(device: &mut Device, relays: &mut Relays) -> Result<Report> {
    let mut report = Report::default();
    receive_into(device, relays, &mut report).map(|()| report)
}

/// As [`receive`]; what it has to tell is in `report` also when it fails.
///
/// # Errors
/// As [`receive`].
pub fn receive_into(device: &mut Device, relays: &mut Relays, report: &mut Report) -> Result<()> {
    let revoked = device.read_revoked();
    report.notices.extend(device.take_notices());
    revoked?;
    // Whose messages wait for groups in vain, as many as may: what else they have sent does not wait behind them.
    let mut beyond = BTreeSet::new();
    // Whose messages wait for groups that can't be followed now: what others send first does not wait behind them.
    let mut passed = BTreeSet::new();
    let groups = loop {
        let held = fetch_but(device, relays, &beyond, &passed, report)?;
        let groups = advance_all(device, relays, report);
        let mut again = false;
        for peer in held {
            let in_vain = inbox::room(device, Some(&peer), &beyond)? == 0;
            // What waits for a group whose relay is away now does not wait in vain.
            if in_vain && groups.is_err() && inbox::wait_for_own(device, |_| true)?.contains(&peer)
            {
                again |= passed.insert(peer);
                continue;
            }
            again = true;
            if in_vain {
                beyond.insert(peer);
            }
        }
        if !again {
            break groups;
        }
    };
    if groups.is_ok() {
        end_all_removed(device)?;
    }
    match keep_up(device) {
        // An issuer that does not sign a renewal now is asked again next time.
        Err(error) if error.class.is_some() && error.kind != ErrorKind::Unreachable => {
            report.notices.push(format!("the own account was not renewed: {error}"));
        }
        done => done?,
    }
    relays.publish(device)?;
    // A group whose relay is away keeps nothing else from being done.
    if let Err(error) = groups {
        report.failed = Some(error.of("a group could not be looked after"));
    }
    Ok(())
}

/// Looks into all mailboxes: the contact mailbox first (`ENV-02`), then those of the sessions. What a peer has sent for groups
/// stays at the relay while as much of it waits here as may (`GDS-38`); the contact mailbox does not stay so for those of whom
/// nothing waits for a group that goes on.
///
/// # Errors
/// A relay that can't be reached; what was received before is stored.
pub fn fetch(device: &mut Device, relays: &mut Relays, report: &mut Report) -> Result<()> {
    let mut passed = BTreeSet::new();
    loop {
        fetch_but(device, relays, &BTreeSet::new(), &passed, report)?;
        let mut full = inbox::full(device)?;
        if full.is_subset(&passed) {
            return Ok(());
        }
        let hopeful = inbox::wait_for_own(device, |item| item.stuck_at.is_none())?;
        full.retain(|peer| !hopeful.contains(peer));
        let known = passed.len();
        passed.extend(full);
        if passed.len() == known {
            return Ok(());
        }
    }
}

/// As [`fetch`], but that all comes of the devices `beyond`, and in the contact mailbox of those `passed`; gives whose
/// mailboxes were left with something in them.
fn fetch_but(
    device: &mut Device,
    relays: &mut Relays,
    beyond: &BTreeSet<DeviceOf>,
    passed: &BTreeSet<DeviceOf>,
    report: &mut Report,
) -> Result<BTreeSet<DeviceOf>> {
    let (mut idle, mut held) = (0, BTreeSet::new());
    let anyhow = beyond | passed;
    loop {
        let most = room(device, None, &anyhow, report)?;
        if most == 0 {
            held = inbox::full(device)?;
            break;
        }
        let contact = device.read(|account| Ok(account.contact_mailbox()))?;
        let cell = RefCell::new(&mut *device);
        let sign = |request: &AuthRequest<'_>| cell.borrow_mut().delivery_auth(request);
        let (answer, left) = relays.signed.get_some(contact, most, Some(&sign), 0)?;
        let before = report.refusals();
        let handles = take(device, contact, &answer.envelopes, report)?;
        idle += usize::from(report.refusals() - before >= answer.envelopes.len());
        // DS-08: at most once an hour, since the number is the relay's word. One that tells none has lost the device.
        let left = left.map(|left| left.one_time.min(left.kem_one_time));
        let made_at = device.profile.batch_expiry.saturating_sub(BATCH_LIFETIME);
        if runs_low(left, device.profile.stock, made_at, now()) {
            device.step(|_, _, profile| {
                profile.restock = true;
                Ok(())
            })?;
        }
        let progress = !handles.is_empty();
        if progress {
            let cell = RefCell::new(&mut *device);
            let sign = |request: &AuthRequest<'_>| cell.borrow_mut().delivery_auth(request);
            relays.signed.acknowledge(contact, handles, Some(&sign))?;
        }
        if !answer.more || !progress || idle >= IDLE {
            break;
        }
    }
    let mailboxes = incoming_of(device)?;
    let all: Vec<MailboxId> = mailboxes.iter().map(|(mailbox, _)| *mailbox).collect();
    let holding = relays.own.wait(&all, 0)?;
    for (mailbox, peer) in mailboxes.into_iter().filter(|(id, _)| holding.contains(id)) {
        let mut idle = 0;
        loop {
            let most = room(device, Some(&peer), beyond, report)?;
            if most == 0 {
                held.insert(peer);
                break;
            }
            let (answer, _) = relays.own.get_some(mailbox, most, None, 0)?;
            let before = report.refusals();
            let handles = take(device, mailbox, &answer.envelopes, report)?;
            idle += usize::from(report.refusals() - before >= answer.envelopes.len());
            let progress = !handles.is_empty();
            if progress {
                relays.own.acknowledge(mailbox, handles, None)?;
            }
            if !answer.more || !progress || idle >= IDLE {
                break;
            }
        }
    }
    Ok(held)
}

/// How many envelopes may be got: of a peer, or of the contact mailbox, where it may be anybody's. Where there is no room, what
/// can be read now is read, and of those `beyond` the oldest are dropped.
fn room(
    device: &mut Device,
    of: Option<&DeviceOf>,
    beyond: &BTreeSet<DeviceOf>,
    report: &mut Report,
) -> Result<u16> {
    if inbox::room(device, of, &BTreeSet::new())? == 0 {
        inbox::look(device, report)?;
    }
    let most = inbox::room(device, of, beyond)?.min(MAX_GET as usize);
    Ok(u16::try_from(most).unwrap_or(u16::MAX))
}

/// The mailboxes of all sessions that receive, in random order (`DS-20`).
///
/// # Errors
/// As any read of the store.
pub fn incoming(device: &mut Device) -> Result<Vec<MailboxId>> {
    Ok(incoming_of(device)?.into_iter().map(|(mailbox, _)| mailbox).collect())
}

/// As [`incoming`], each with the session's peer.
fn incoming_of(device: &mut Device) -> Result<Vec<(MailboxId, DeviceOf)>> {
    device.read(|account| {
        let receives = |status| status != SessionStatus::Closed;
        let sessions = account.sessions().filter(|s| receives(s.status()));
        let of = |s: &Session<'_>| (hex::encode(s.peer_account().as_bytes()), s.peer_serial());
        let sessions: Vec<_> = sessions.map(|session| (session.id(), of(&session))).collect();
        let mut mailboxes = Vec::new();
        for (session, of) in sessions {
            let incoming = account.mailboxes(&session, now())?.incoming;
            mailboxes.extend(incoming.into_iter().map(|mailbox| (mailbox, of.clone())));
        }
        // Ids are pseudorandom: their order under a fresh key is a random one.
        let key = crypto::random::<32>().unwrap_or_default();
        mailboxes.sort_by_cached_key(|(id, _)| crypto::sha256(&[&key, id.as_bytes()]));
        Ok(mailboxes)
    })
}

/// Decrypts and stores envelopes of a mailbox; gives the handles that may be acknowledged.
///
/// # Errors
/// A store that can't be written: then none may be.
pub fn take(
    device: &mut Device,
    mailbox: MailboxId,
    envelopes: &[StoredEnvelope],
    report: &mut Report,
) -> Result<Vec<Handle>> {
    if envelopes.is_empty() {
        return Ok(Vec::new());
    }
    let revoked = device.revoked().clone();
    let (handles, done) = device.step(|account, tx, profile| {
        let (mut handles, mut done) = (Vec::new(), Report::default());
        let options = ReceiveOptions::default();
        for stored in envelopes {
            let rng = &mut crypto::rng();
            match account.receive(&mailbox, &stored.message, b"", &options, now(), rng) {
                Ok((received, changes)) => {
                    tx.apply(&changes)?;
                    tell_devices(tx, &received.devices, &mut done)?;
                    if revoked.has(received.account.as_bytes(), received.serial) {
                        done.refuse("unauthorised_device");
                    } else {
                        keep(account, tx, profile, received, &mut done)?;
                    }
                }
                Err(error @ Refused::Provider(_)) => return Err(error.into()),
                // Acknowledged like what was taken: no second try does better (DS-11).
                Err(error) => {
                    // HS-09: a new batch has a replay cache of its own.
                    profile.restock |= error == Refused::Peer(Peer::ReplayCacheFull);
                    done.refuse(error.class());
                }
            }
            handles.push(stored.handle);
        }
        tx.tell(done.notices.drain(..))?;
        Ok((handles, done))
    })?;
    report.add(done);
    Ok(handles)
}
