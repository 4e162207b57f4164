//! Files for removable media: prekeys, and envelopes that go without a relay.
//!
//! ```text
//! struct { uint8 type; opaque body<V>; } OfflineItem;
//!     /* type 1: PrekeyBundle, 2: Envelope with a message, 3: Envelope with a chunk of a file */
//! ```
//! A file is the line `Sceau offline 0` and items in ascending order of type, until it ends; so a file's reference stands
//! before its chunks. It holds nothing that a relay would not see. It is written and read item by item, since the chunks of
//! large files may be more than fits into memory.

use super::attachment::{Chunk, awaited};
use super::device::Device;
use super::group::inbox;
use super::group::settle::held;
use super::receive::{Report, take};
use super::relays::{GROUP, parse};
use super::store::Kind;
use crate::crypto;
use crate::error::{About, Error, Result};
use crate::time::now;
use crate::wire::Writer;
use sceau::Wire;
use sceau::delivery::{Handle, StoredEnvelope};
use sceau::pairwise::{Envelope, MailboxId, PrekeyBundle};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

const FIRST_LINE: &[u8] = b"Sceau offline 0\n";
const BUNDLE: u8 = 1;
const ENVELOPE: u8 = 2;
const CHUNK: u8 = 3;
/// Longest item.
const MAX_ITEM: usize = 1 << 22;

/// How much a file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Prekey bundles.
    pub prekeys: usize,
    /// Envelopes with messages.
    pub envelopes: usize,
    /// Chunks of files.
    pub chunks: usize,
}

/// Writes a file with a prekey bundle, if that is wanted, and with what waits in the outbox, if that is. What is in
/// the outbox stays there, in case the medium is lost: an envelope that arrives twice is refused.
///
/// # Errors
/// A file that can't be written: nothing of it stays then.
pub fn export(device: &mut Device, path: &Path, prekeys: bool, outbox: bool) -> Result<Counts> {
    refuse_other(path)?;
    let mut bundle = Vec::new();
    if prekeys {
        bundle = device.step(|account, tx, _| {
            // A batch of its own, which no relay serves: its one-time keys are in this file alone.
            let lifetime = super::device::BATCH_LIFETIME;
            let (batch, changes) =
                account.create_batch(1, 1, lifetime, now(), &mut crypto::rng())?;
            tx.apply(&changes)?;
            Ok(account.bundle(&batch, Some(2), 3)?.to_bytes())
        })?;
    }
    // Before the file is there: nothing leaves the device whose count has not followed.
    device.outgoing(Kind::Outbox, 0, 1)?;
    let written = write(device, path, &bundle, outbox);
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written
}

/// Refuses to write over a file that is no export.
fn refuse_other(path: &Path) -> Result<()> {
    if !path.exists() || path.is_file() && Items::open(path).is_ok() {
        return Ok(());
    }
    Err(Error::usage(format!("{} is there, and is no file of `sceau export`", path.display()))
        .next("choose another name, or remove it"))
}

fn write(device: &mut Device, path: &Path, bundle: &[u8], outbox: bool) -> Result<Counts> {
    let about = || format!("the file {}", path.display());
    let mut counts = Counts::default();
    let mut file = BufWriter::new(File::create(path).about(about())?);
    file.write_all(FIRST_LINE).about(about())?;
    let mut put = |of: u8, body: &[u8]| {
        let mut item = Writer::default();
        item.u8(of).opaque(body);
        file.write_all(&item.0).about(about())
    };
    if !bundle.is_empty() {
        put(BUNDLE, bundle)?;
        counts.prekeys += 1;
    }
    for chunks in [false, true].into_iter().filter(|_| outbox) {
        let mut after = 0;
        loop {
            let rows = device.outgoing(Kind::Outbox, after, GROUP)?;
            let Some((last, _)) = rows.last() else { break };
            after = *last;
            let held = held(device.store(), now())?;
            for (id, row) in &rows {
                let item = parse(row)?;
                let goes = item.envelope.expiry > now() && !held.contains(id);
                if item.chunk == chunks && goes {
                    put(if chunks { CHUNK } else { ENVELOPE }, &item.envelope.to_bytes())?;
                    *(if chunks { &mut counts.chunks } else { &mut counts.envelopes }) += 1;
                }
            }
        }
    }
    let file = file.into_inner().map_err(|error| error.into_error()).about(about())?;
    file.sync_all().about(about())?;
    Ok(counts)
}

/// A file that was looked through: each item is well-formed.
#[derive(Debug)]
pub struct Bundle {
    path: PathBuf,
    bundles: Vec<Vec<u8>>,
    envelopes: Vec<Envelope>,
    /// How much it holds.
    pub counts: Counts,
}

/// Looks through a file.
///
/// # Errors
/// A file in another format.
pub fn read(path: &Path) -> Result<Bundle> {
    let (mut bundles, mut envelopes, mut chunks) = (Vec::new(), Vec::new(), 0);
    let mut items = Items::open(path)?;
    while let Some((of, body)) = items.next()? {
        match of {
            BUNDLE => bundles.push(PrekeyBundle::from_bytes(&body)?.to_bytes()),
            ENVELOPE => envelopes.push(Envelope::from_bytes(&body)?),
            CHUNK => {
                Envelope::from_bytes(&body)?;
                chunks += 1;
            }
            _ => return Err(items.damaged()),
        }
    }
    let counts = Counts { prekeys: bundles.len(), envelopes: envelopes.len(), chunks };
    Ok(Bundle { path: path.to_owned(), bundles, envelopes, counts })
}

/// Keeps the prekeys of a file for a contact, once they are verified, receives its envelopes, and keeps the chunks of the
/// files that have come, for `save`; gives how many chunks.
///
/// # Errors
/// Prekeys that are not the contact's; a store that can't be written.
pub fn import(device: &mut Device, bundle: Bundle, from: Option<&str>) -> Result<(Report, usize)> {
    let mut report = Report::default();
    if let Some(bundle) = bundle.bundles.first() {
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
        device.store().transaction(|tx| {
            tx.tell([format!("prekeys of {name} are kept for the next message to {name}")])?;
            tx.replace(Kind::Contact, id, &contact)
        })?;
    }
    // The contact mailbox first, as with a relay (`ENV-02`).
    let own = device.read(|account| Ok(account.contact_mailbox()))?;
    let mut envelopes = bundle.envelopes;
    envelopes.sort_by_key(|envelope| envelope.mailbox_id != own);
    for Envelope { mailbox_id, expiry, message } in envelopes {
        let stored = StoredEnvelope { handle: Handle::new([0; 16]), expiry, message };
        take(device, mailbox_id, &[stored], &mut report)?;
    }
    // What was sealed for the epochs that this device knows is shown without a relay.
    inbox::look(device, &mut report)?;
    let mut kept = 0;
    if bundle.counts.chunks > 0 {
        let awaited = awaited(device, bundle.counts.chunks)?;
        kept = keep_chunks(device, &bundle.path, &awaited)?;
    }
    Ok((report, kept))
}

/// Keeps the chunks of a file that are awaited and open; those of other people's files are left.
fn keep_chunks(
    device: &mut Device,
    path: &Path,
    awaited: &HashMap<MailboxId, Chunk>,
) -> Result<usize> {
    let (mut items, mut kept) = (Items::open(path)?, 0);
    device.store().transaction(|tx| tx.expire_parts(now()))?;
    while let Some((of, body)) = items.next()? {
        if of != CHUNK {
            continue;
        }
        let Envelope { mailbox_id, expiry, message } = Envelope::from_bytes(&body)?;
        let opens = awaited.get(&mailbox_id).is_some_and(|chunk| chunk.opens(&message));
        if opens && expiry > now() {
            device.store().transaction(|tx| tx.put_part(&mailbox_id, expiry, &message))?;
            kept += 1;
        }
    }
    Ok(kept)
}

/// The items of a file, one after the other.
struct Items {
    file: BufReader<File>,
    path: PathBuf,
}

impl Items {
    fn open(path: &Path) -> Result<Self> {
        let file = File::open(path)
            .map_err(|error| Error::not_found(format!("the file {}: {error}", path.display())))?;
        let mut items = Self { file: BufReader::new(file), path: path.to_owned() };
        let first: Vec<u8> = items.bytes(FIRST_LINE.len())?;
        if first == FIRST_LINE { Ok(items) } else { Err(items.damaged()) }
    }

    fn damaged(&self) -> Error {
        let path = self.path.display();
        Error::refused(format!("{path} is no file of `sceau export`, or is damaged"))
            .next("ask your contact to export it again")
    }

    fn bytes(&mut self, count: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        match self.file.read_exact(&mut bytes) {
            Ok(()) => Ok(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(self.damaged()),
            Err(error) => Err(error).about(format!("the file {}", self.path.display())),
        }
    }

    /// The next item; none at the end.
    fn next(&mut self) -> Result<Option<(u8, Vec<u8>)>> {
        let mut of = [0];
        if self.file.read(&mut of).about(format!("the file {}", self.path.display()))? == 0 {
            return Ok(None);
        }
        // The length of a vector (RFC 9420 §2.1), in its shortest form.
        let first = self.bytes(1)?;
        let first = first.first().copied().unwrap_or(0);
        let (more, least) = match first >> 6 {
            0 => (0, 0),
            1 => (1, 64),
            2 => (3, 16_384),
            _ => return Err(self.damaged()),
        };
        let more = self.bytes(more)?;
        let length =
            more.iter().fold(usize::from(first & 0x3f), |n, byte| (n << 8) | usize::from(*byte));
        if length < least || length > MAX_ITEM {
            return Err(self.damaged());
        }
        Ok(Some((of[0], self.bytes(length)?)))
    }
}
