//! The connections of a client to its relay and to those of its contacts.

use super::address::{self, host_of};
use super::device::Device;
use super::group::settle::held;
use super::model::Profile;
use super::net::Net;
use super::patience::{self, Patience};
use super::refusal::clock;
use super::store::Kind;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::text::{count, one_line};
use crate::time::now;
use crate::wire::{Reader, Writer};
use sceau::Wire;
use sceau::delivery::{AuthRequest, CommitAnswer, CommitHandle, RelayName};
use sceau::limits::Limits;
use sceau::pairwise::Envelope;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Envelopes that are read from the outbox at a time.
pub const GROUP: usize = 32;
/// Time within which a relay of others begins its answer.
const ANSWER: Duration = Duration::from_secs(20);
/// Longest address of a relay.
const MAX_URL: usize = 4_096;
/// `WireFormat` of a message for a contact mailbox (page *Handshake*).
const FIRST_V0: u8 = 2;

/// Connections to relays: the contact mailbox is opened over one, the sessions' over another (`DS-20`).
pub struct Relays {
    /// For what the device signs.
    pub signed: Net,
    /// For the mailboxes of sessions.
    pub own: Net,
    /// For what goes to others.
    others: HashMap<String, Net>,
    profile: Profile,
    /// How long those of others are waited for.
    pub patience: Patience,
    /// Whether it is looked again and again: then what can't be taken is not asked for at each look (`GDS-10`).
    pub follows: bool,
    /// Whether the person was told of a wrong clock.
    clock_told: bool,
}

/// What became of the outbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flushed {
    /// Envelopes that relays have now.
    pub sent: usize,
    /// Envelopes that wait.
    pub waiting: usize,
}

impl Relays {
    /// The relays of a profile.
    ///
    /// # Errors
    /// Certificates that can't be read.
    pub fn new(profile: &Profile) -> Result<Self> {
        let net = || Net::new(&profile.relay, profile.token.as_deref(), profile.ca.as_deref());
        let (signed, own) = (net()?, net()?);
        Ok(Self {
            signed,
            own,
            others: HashMap::new(),
            profile: profile.clone(),
            patience: Patience::new(patience::ALL),
            follows: false,
            clock_told: false,
        })
    }

    /// The relay at an address; the own one for an empty address.
    ///
    /// # Errors
    /// Certificates that can't be read.
    pub fn at(&mut self, url: &str) -> Result<&Net> {
        let url = if url.is_empty() { &self.profile.relay } else { url };
        if !self.others.contains_key(url) {
            let time = (*url != self.profile.relay).then_some(ANSWER);
            let (url, net) = (url.to_owned(), self.connect(url, time)?);
            self.others.insert(url, net);
        }
        self.others.get(url).ok_or_else(|| Error::fault("no connection"))
    }

    /// Asks the relay at an address for something; another one than the own is waited for as long as [`Patience`] says.
    ///
    /// # Errors
    /// As [`Relays::at`]; what comes of the work.
    pub fn ask<T>(&mut self, url: &str, work: impl FnOnce(&Net) -> Result<T>) -> Result<T> {
        if url.is_empty() || url == self.profile.relay {
            return work(self.at(url)?);
        }
        let time = self.patience.for_relay(url)?;
        let asked = Instant::now();
        let net = self.at(url)?;
        net.bound(Some(time));
        let answer = work(net);
        net.bound(None);
        self.took(url, asked, &answer);
        answer
    }

    fn took<T>(&mut self, url: &str, asked: Instant, answer: &Result<T>) {
        let silent = answer.as_ref().is_err_and(|error| error.kind == ErrorKind::Unreachable);
        self.patience.took(url, asked.elapsed(), !silent);
    }

    /// Asks the relay of a name (`GDS-02`) for the commit of a handle, as [`Net::commit`], over a connection of its own (`DS-27`):
    /// the own relay, one of the `known` addresses, or the one that TLS finds under the name.
    ///
    /// # Errors
    /// As [`Relays::ask`].
    pub fn commit(
        &mut self,
        name: &RelayName,
        known: &[String],
        handle: CommitHandle,
        message: Vec<u8>,
    ) -> Result<CommitAnswer> {
        let url = self.url_of(name, known);
        if url == self.profile.relay {
            return self.connect(&url, None)?.commit(handle, message);
        }
        let time = self.patience.for_relay(&url)?;
        let net = self.connect(&url, Some(time))?;
        net.bound(Some(time));
        let asked = Instant::now();
        let answer = net.commit(handle, message);
        self.took(&url, asked, &answer);
        answer
    }

    /// Whether [`Relays::commit`] asks a relay of others now, which has its whole share of the time to answer.
    pub fn has_time_for(&mut self, name: &RelayName, known: &[String]) -> bool {
        let url = self.url_of(name, known);
        url != self.profile.relay && self.patience.is_whole_for(&url)
    }

    fn url_of(&self, name: &RelayName, known: &[String]) -> String {
        let has_name = |url: &&String| host_of(url).as_ref() == Some(name);
        let own = Some(&self.profile.relay).filter(|_| self.own.name() == name);
        let url = own.or_else(|| known.iter().find(has_name)).cloned();
        // What is no host's name is refused as an address, by this name.
        let no_host = || one_line(&String::from_utf8_lossy(name.as_bytes()));
        url.or_else(|| address::url_of(name)).unwrap_or_else(no_host)
    }

    /// The token is the own relay's; nobody else gets it.
    fn connect(&self, url: &str, time: Option<Duration>) -> Result<Net> {
        let token = self.profile.token.as_deref().filter(|_| url == self.profile.relay);
        Net::within(url, token, self.profile.ca.as_deref(), time)
    }

    /// What the person should know of the own clock, by what the own relay has answered; said once.
    pub fn clock_notice(&mut self) -> Option<String> {
        let own = self.others.get(&self.profile.relay).map_or(0, Net::ahead);
        let answered = [self.signed.ahead(), self.own.ahead(), own];
        let notice = answered.into_iter().find_map(clock).filter(|_| !self.clock_told);
        self.clock_told |= notice.is_some();
        notice
    }

    /// Publishes what waits to be published.
    ///
    /// # Errors
    /// A relay that can't be reached, or refuses it.
    pub fn publish(&mut self, device: &mut Device) -> Result<()> {
        for (id, publication) in device.outgoing(Kind::Publication, 0, 1)? {
            let cell = std::cell::RefCell::new(&mut *device);
            let sign = |request: &AuthRequest<'_>| cell.borrow_mut().delivery_auth(request);
            match self.signed.publish(&publication, &sign) {
                // The relay has it already: an answer was lost.
                Err(error) if error.class == Some("rollback") => {}
                done => drop(done?),
            }
            device.store().transaction(|tx| tx.delete(Kind::Publication, id))?;
        }
        Ok(())
    }

    /// Sends what is in the outbox, oldest first. An envelope leaves the outbox when its relay has it; one that
    /// is sent twice, because a process ended in between, is refused by its receiver.
    ///
    /// # Errors
    /// The first failure, after everything that could be sent was.
    pub fn flush(
        &mut self,
        device: &mut Device,
        mut progress: impl FnMut(usize),
    ) -> Result<Flushed> {
        let (mut flushed, mut failure, mut after) = (Flushed::default(), None, 0);
        let mut unreachable: Vec<String> = Vec::new();
        loop {
            let rows = device.outgoing(Kind::Outbox, after, GROUP)?;
            let Some((last, _)) = rows.last() else { break };
            after = *last;
            let held = held(device.store(), now())?;
            let (mut done, mut expired) = (Vec::new(), 0);
            for (id, row) in &rows {
                let Outgoing { url, envelope, chunk } = parse(row)?;
                if envelope.expiry <= now() {
                    expired += 1;
                    done.push(*id);
                    continue;
                }
                if held.contains(id) || unreachable.contains(&url) {
                    flushed.waiting += 1;
                    continue;
                }
                match self.ask(&url, |net| put(net, envelope, chunk)) {
                    Ok(()) => {
                        flushed.sent += 1;
                        done.push(*id);
                        progress(flushed.sent);
                    }
                    Err(error) => {
                        // A full mailbox is that of one recipient, what is malformed is so itself; anything else is
                        // the relay's.
                        if !matches!(error.class, Some("limit" | "malformed")) {
                            unreachable.push(url);
                        }
                        flushed.waiting += 1;
                        failure.get_or_insert(error);
                    }
                }
            }
            device.store().transaction(|tx| {
                if expired > 0 {
                    let expired = count(expired, "envelope");
                    let again = "waited for too long and can't be sent any more: say it again";
                    tx.tell([format!("{expired} {again}")])?;
                }
                done.iter().try_for_each(|id| tx.delete(Kind::Outbox, *id))
            })?;
        }
        failure.map_or(Ok(flushed), Err)
    }
}

/// Puts an envelope with a message, or with a `chunk` of a file. It may have been made by a clock that was ahead, so its
/// expiry, which is outside of the seal, becomes one that `ENV-06` allows now by the own clock and by the relay's; never a
/// later one.
///
/// # Errors
/// As [`Net::put`].
pub fn put(net: &Net, mut envelope: Envelope, chunk: bool) -> Result<()> {
    let contact = !chunk && envelope.message.first() == Some(&FIRST_V0);
    let latest = || {
        let relays = now().saturating_sub(u64::try_from(net.ahead()).unwrap_or(0));
        Envelope::new(envelope.mailbox_id, contact, Vec::new(), relays, &Limits::default()).expiry
    };
    envelope.expiry = envelope.expiry.min(latest());
    match net.put(&envelope) {
        // The answer has told the relay's clock.
        Err(error) if error.class == Some("malformed") && latest() < envelope.expiry => {
            envelope.expiry = latest();
            net.put(&envelope)
        }
        done => done,
    }
}

/// An item of the outbox.
pub struct Outgoing {
    /// Whether it is a chunk of a file; else it is a message.
    pub chunk: bool,
    /// The relay's address, empty for the own one.
    pub url: String,
    /// What is to be put there.
    pub envelope: Envelope,
}

impl Outgoing {
    /// As the store keeps it: `uint8 chunk; opaque url<V>; Envelope envelope`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut row = Writer::default();
        row.u8(self.chunk.into()).opaque(self.url.as_bytes()).raw(&self.envelope.to_bytes());
        row.0
    }
}

/// Reads an item of the outbox.
///
/// # Errors
/// A store that holds something else there.
pub fn parse(row: &[u8]) -> Result<Outgoing> {
    let mut r = Reader::new(row);
    let chunk = r.u8()? == 1;
    let url = String::from_utf8_lossy(r.opaque(MAX_URL)?).into_owned();
    Ok(Outgoing { chunk, url, envelope: Envelope::from_bytes(r.rest())? })
}
