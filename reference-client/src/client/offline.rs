//! Files for removable media: prekeys, and envelopes that go without a relay.
//!
//! ```text
//! struct { uint8 type; opaque body<V>; } OfflineItem;    /* type 1: PrekeyBundle, 2: Envelope */
//! ```
//! A file is the line `Sceau offline 0` and items, until it ends. It holds nothing that a relay would
//! not see.

use super::device::Device;
use super::receive::{Report, take};
use super::relays::parse;
use super::store::Kind;
use crate::crypto;
use crate::error::{About, Error, Result};
use crate::time::now;
use crate::wire::{Reader, Writer};
use sceau::Wire;
use sceau::delivery::{Handle, StoredEnvelope};
use sceau::pairwise::{Envelope, PrekeyBundle};
use std::path::Path;

const FIRST_LINE: &[u8] = b"Sceau offline 0\n";
const BUNDLE: u8 = 1;
const ENVELOPE: u8 = 2;
/// Longest item.
const MAX_ITEM: usize = 1 << 22;

/// What a file holds.
#[derive(Debug, Default)]
pub struct Contents {
    /// Prekey bundles, encoded.
    pub bundles: Vec<Vec<u8>>,
    /// Envelopes.
    pub envelopes: Vec<Envelope>,
}

/// Writes a file with a prekey bundle, if that is wanted, and with what waits in the outbox, if that is. What is in
/// the outbox stays there, in case the medium is lost: an envelope that arrives twice is refused.
///
/// # Errors
/// A file that can't be written.
pub fn export(device: &mut Device, path: &Path, prekeys: bool, outbox: bool) -> Result<Contents> {
    let mut contents = Contents::default();
    if prekeys {
        contents.bundles.push(device.step(|account, tx, _| {
            // A batch of its own, which no relay serves: its one-time keys are in this file alone.
            let (batch, changes) = account.create_batch(
                1,
                1,
                super::device::BATCH_LIFETIME,
                now(),
                &mut crypto::rng(),
            )?;
            tx.apply(&changes)?;
            Ok(account.bundle(&batch, Some(2), 3)?.to_bytes())
        })?);
    }
    if outbox {
        for (_, row) in device.outgoing(Kind::Outbox, 0, usize::MAX)? {
            let (_, envelope) = parse(&row)?;
            if envelope.expiry > now() {
                contents.envelopes.push(envelope);
            }
        }
    }
    let mut file = Writer::default();
    file.raw(FIRST_LINE);
    for bundle in &contents.bundles {
        file.u8(BUNDLE).opaque(bundle);
    }
    for envelope in &contents.envelopes {
        file.u8(ENVELOPE).opaque(&envelope.to_bytes());
    }
    std::fs::write(path, &file.0).about(format!("the file {}", path.display()))?;
    Ok(contents)
}

/// Reads a file.
///
/// # Errors
/// A file in another format.
pub fn read(path: &Path) -> Result<Contents> {
    let bytes = std::fs::read(path)
        .map_err(|error| Error::not_found(format!("the file {}: {error}", path.display())))?;
    let other = || {
        Error::refused(format!("{} is no file of `sceau export`, or is damaged", path.display()))
            .next("ask your contact to export it again")
    };
    let mut r = Reader::new(bytes.strip_prefix(FIRST_LINE).ok_or_else(other)?);
    let mut contents = Contents::default();
    while !r.rest().is_empty() {
        let (of, body) = (r.u8().map_err(|_| other())?, r.opaque(MAX_ITEM).map_err(|_| other())?);
        match of {
            BUNDLE => contents.bundles.push(PrekeyBundle::from_bytes(body)?.to_bytes()),
            ENVELOPE => contents.envelopes.push(Envelope::from_bytes(body)?),
            _ => return Err(other()),
        }
    }
    Ok(contents)
}

/// Keeps the prekeys of a file for a contact, once they are verified, and receives its envelopes.
///
/// # Errors
/// Prekeys that are not the contact's; a store that can't be written.
pub fn import(device: &mut Device, contents: Contents, from: Option<&str>) -> Result<Report> {
    let mut report = Report::default();
    if let Some(bundle) = contents.bundles.first() {
        let name = from.ok_or_else(|| {
            Error::usage("the file holds prekeys").next("say whose they are with --from NAME")
        })?;
        let (id, mut contact) = device.contact(name)?;
        let peer = contact.account_id()?;
        device.read(|account| Ok(account.verify_bundle(&peer, bundle, now())?)).map_err(
            |error| {
                error
                    .next(format!("these are not prekeys of {name}: ask where the file comes from"))
            },
        )?;
        contact.bundle = Some(hex::encode(bundle));
        device.store().transaction(|tx| tx.replace(Kind::Contact, id, &contact))?;
        report.notices.push(format!("prekeys of {name} are kept for the next message to {name}"));
    }
    // The contact mailbox first, as with a relay (`ENV-02`).
    let own = device.read(|account| Ok(account.contact_mailbox()))?;
    let mut envelopes = contents.envelopes;
    envelopes.sort_by_key(|envelope| envelope.mailbox_id != own);
    for Envelope { mailbox_id, expiry, message } in envelopes {
        let stored = StoredEnvelope { handle: Handle::new([0; 16]), expiry, message };
        take(device, mailbox_id, &[stored], &mut report)?;
    }
    Ok(report)
}
