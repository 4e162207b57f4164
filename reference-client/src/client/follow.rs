//! Waiting for messages: two threads ask the relay over connections of their own, one for the contact
//! mailbox, one for those of the sessions.

use super::device::Device;
use super::group::advance::handles;
use super::model::Profile;
use super::receive::incoming;
use super::relays::Relays;
use crate::error::Result;
use sceau::delivery::AuthRequest;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Seconds that one request waits.
const WAIT: u64 = 30;
/// Time after a failure.
const PAUSE: Duration = Duration::from_secs(2);

/// A device that is told when something has come.
pub struct Follower {
    device: Arc<Mutex<Device>>,
    arrivals: Receiver<()>,
    /// How often mailboxes were looked into since the start.
    looks: Arc<(Mutex<u64>, Condvar)>,
}

impl Follower {
    /// Begins to wait for what comes for a device.
    ///
    /// # Errors
    /// Certificates that can't be read.
    pub fn new(device: Device, profile: &Profile) -> Result<Self> {
        let device = Arc::new(Mutex::new(device));
        let looks = Arc::new((Mutex::new(0), Condvar::new()));
        let (arrived, arrivals) = sync_channel(2);
        for contact in [true, false] {
            let relays = Relays::new(profile)?;
            let (device, looks, arrived) =
                (Arc::clone(&device), Arc::clone(&looks), arrived.clone());
            std::thread::spawn(move || watch(contact, &relays, &device, &looks, &arrived));
        }
        Ok(Self { device, arrivals, looks })
    }

    /// Runs `work` with the device.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn with<T>(&mut self, work: impl FnOnce(&mut Device) -> Result<T>) -> Result<T> {
        let done = work(&mut self.device.lock().unwrap_or_else(PoisonError::into_inner));
        let (looks, changed) = &*self.looks;
        *looks.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        changed.notify_all();
        done
    }

    /// Returns when something has come, or after a while: the mailboxes change with time.
    pub fn wait(&self) {
        let _ = self.arrivals.recv_timeout(Duration::from_secs(2 * WAIT));
    }
}

/// Waits for mailboxes again and again. After an arrival it waits until they were looked into.
fn watch(
    contact: bool,
    relays: &Relays,
    device: &Mutex<Device>,
    looks: &(Mutex<u64>, Condvar),
    arrived: &SyncSender<()>,
) {
    let (count, changed) = looks;
    let mut away = false;
    loop {
        let seen = *count.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever was away is asked for an answer at once.
        let wait = if away { 0 } else { WAIT };
        let found = match contact {
            true => first(relays, device, wait),
            false => later(relays, device, wait),
        };
        match found {
            // The look that follows tells the person that the relay is away, and the one after it that it is back.
            Err(_) if !away => {
                away = true;
                let _ = arrived.try_send(());
                std::thread::sleep(PAUSE);
            }
            Err(_) => std::thread::sleep(PAUSE),
            Ok(false) if !away => {}
            Ok(_) => {
                away = false;
                if arrived.send(()).is_err() {
                    return;
                }
                let count = count.lock().unwrap_or_else(PoisonError::into_inner);
                let waited = changed.wait_timeout_while(count, PAUSE, |count| *count == seen);
                drop(waited);
            }
        }
    }
}

fn first(relays: &Relays, device: &Mutex<Device>, wait: u64) -> Result<bool> {
    let mut locked = device.lock().unwrap_or_else(PoisonError::into_inner);
    let contact = locked.read(|account| Ok(account.contact_mailbox()))?;
    drop(locked);
    let sign = |request: &AuthRequest<'_>| {
        device.lock().unwrap_or_else(PoisonError::into_inner).delivery_auth(request)
    };
    let (answer, _) = relays.signed.get(contact, Some(&sign), wait)?;
    Ok(!answer.envelopes.is_empty())
}

fn later(relays: &Relays, device: &Mutex<Device>, wait: u64) -> Result<bool> {
    let mut locked = device.lock().unwrap_or_else(PoisonError::into_inner);
    let mailboxes = incoming(&mut locked)?;
    // Groups whose commits another relay orders are looked at whenever something else has come, and once a minute.
    let handles = handles(&mut locked, relays.own.name())?;
    drop(locked);
    if mailboxes.is_empty() && handles.is_empty() {
        std::thread::sleep(PAUSE);
        return Ok(false);
    }
    // Short enough that a session which has begun meanwhile is soon among them.
    relays.own.wait_for(&mailboxes, &handles, wait / 6)
}
