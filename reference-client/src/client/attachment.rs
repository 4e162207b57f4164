//! Files: sealed in chunks, each chunk an envelope in a mailbox of its own (`ATTACHMENTS.md` has the
//! format).

use super::device::Device;
use super::files;
use super::model::{Contact, Direction, Upload};
use super::net::Net;
use super::relays::{Outgoing, Relays, put};
use super::store::{Kind, Tx};
use crate::crypto::{self, TAG};
use crate::error::{About, Error, Kind as ErrorKind, Result};
use crate::time::now;
use sceau::Wire;
use sceau::limits::Limits;
use sceau::pairwise::content::AttachmentReference;
use sceau::pairwise::{Envelope, MailboxId};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use zeroize::Zeroizing;

/// Bytes of a file in one chunk.
pub const CHUNK: u64 = 1 << 20;
/// The last chunk is padded with zeros to a multiple of this.
const PAD: usize = 4_096;

/// The keys of one file.
pub struct FileKey {
    key: Zeroizing<[u8; 32]>,
    chunks: Zeroizing<[u8; 32]>,
}

impl FileKey {
    /// The keys that come from an `AttachmentReference`'s key.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        let chunks = Zeroizing::new(crypto::expand(&key, "attachment chunk", b""));
        Self { key: Zeroizing::new(key), chunks }
    }

    /// The mailbox of a chunk.
    #[must_use]
    pub fn mailbox(&self, number: u64) -> MailboxId {
        let context = number.to_be_bytes();
        MailboxId::new(crypto::expand(&self.key, "attachment mailbox", &context))
    }

    /// Seals a chunk in its place.
    pub fn seal(&self, number: u64, last: bool, chunk: &mut Vec<u8>) {
        if last {
            chunk.resize(chunk.len().max(1).next_multiple_of(PAD), 0);
        }
        crypto::seal(&self.chunks, &nonce(number, last), b"", chunk);
    }

    /// Opens a chunk in its place.
    #[must_use]
    pub fn open(&self, number: u64, last: bool, chunk: &mut Vec<u8>) -> bool {
        crypto::open(&self.chunks, &nonce(number, last), b"", chunk)
    }
}

/// `uint8 last || zeros(3) || uint64 number`
fn nonce(number: u64, last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[0] = last.into();
    nonce[4..].copy_from_slice(&number.to_be_bytes());
    nonce
}

/// Chunks of a file: at least one.
#[must_use]
pub fn chunks(size: u64) -> u64 {
    size.div_ceil(CHUNK).max(1)
}

/// Bytes of the file in a chunk.
fn length_of(number: u64, size: u64) -> u64 {
    size.saturating_sub(number.saturating_mul(CHUNK)).min(CHUNK)
}

fn read_chunk(file: &mut File, number: u64, size: u64) -> Result<Vec<u8>> {
    let length = usize::try_from(length_of(number, size)).unwrap_or(0);
    let mut chunk = Vec::with_capacity(length + PAD + TAG);
    file.take(length_of(number, size)).read_to_end(&mut chunk).about("the file")?;
    if chunk.len() == length { Ok(chunk) } else { Err(changed()) }
}

fn changed() -> Error {
    Error::refused("the file has changed while it was sent").next("send it again when it rests")
}

/// Size and SHA-256 of a file.
fn content(path: &Path) -> Result<(u64, String)> {
    let about = || format!("the file {}", path.display());
    let mut file = files::open(path)?;
    let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer).about(about())?;
        if read == 0 {
            return Ok((size, hex::encode(hash.finalize())));
        }
        hash.update(&buffer[..read]);
        size += read as u64;
    }
}

/// Puts a file on the contact's relay, from where an earlier try was stopped; gives its reference, and the item that
/// is to be deleted when the reference is in the outbox.
///
/// # Errors
/// A file that changes; a relay that can't be reached: the next try goes on from there.
pub fn upload(
    device: &mut Device,
    relays: &mut Relays,
    contact: &Contact,
    path: &Path,
    progress: impl Fn(u64),
) -> Result<(AttachmentReference, i64)> {
    let path = path
        .canonicalize()
        .map_err(|error| Error::not_found(format!("the file {}: {error}", path.display())))?;
    let (size, content) = content(&path)?;
    let uploads: Vec<(i64, Upload)> = device.store().items(Kind::Transfer)?;
    let same = |upload: &Upload| {
        upload.to == contact.account && upload.path == path && upload.content == content
    };
    let (id, mut upload) = match uploads.into_iter().find(|(_, upload)| same(upload)) {
        Some(found) => found,
        None => {
            let key = crypto::random::<32>().ok_or_else(|| Error::fault("no randomness"))?;
            let (to, key) = (contact.account.clone(), hex::encode(key));
            let upload = Upload { to, path: path.clone(), key, content, size, done: 0 };
            (device.store().transaction(|tx| tx.add(Kind::Transfer, &upload))?, upload)
        }
    };
    let url = contact.relay.clone().unwrap_or_else(|| device.profile.relay.clone());
    let key = key_of(&hex::decode(&upload.key).about("a key of the store")?)?;
    let mut file = File::open(&path).about(format!("the file {}", path.display()))?;
    let (mut digest, mut again) = (Sha256::new(), Sha256::new());
    for number in 0..chunks(size) {
        let mut chunk = read_chunk(&mut file, number, size)?;
        again.update(&chunk);
        key.seal(number, number + 1 == chunks(size), &mut chunk);
        digest.update(&chunk);
        if number >= upload.done {
            let mailbox = key.mailbox(number);
            let limits = Limits::default();
            put(relays.at(&url)?, Envelope::new(mailbox, false, chunk, now(), &limits), true)?;
            upload.done = number + 1;
            device.store().transaction(|tx| tx.replace(Kind::Transfer, id, &upload))?;
        }
        progress((number + 1).saturating_mul(CHUNK).min(size));
    }
    if hex::encode(again.finalize()) != upload.content {
        device.store().transaction(|tx| tx.delete(Kind::Transfer, id))?;
        return Err(changed());
    }
    Ok((reference(&path, size, &key, &digest.finalize(), url), id))
}

fn reference(
    path: &Path,
    size: u64,
    key: &FileKey,
    digest: &[u8],
    url: String,
) -> AttachmentReference {
    AttachmentReference {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned().into_bytes(),
        media_type: b"application/octet-stream".to_vec(),
        size,
        key: key.key.to_vec(),
        digest: digest.to_vec(),
        location: url.into_bytes(),
    }
}

/// Puts the chunks of a file into the outbox, under a key of their own; gives the reference, which goes into the outbox
/// with the same transaction. So a file that changes meanwhile leaves nothing behind.
///
/// # Errors
/// A file that changes or is not there; a store that can't be written.
pub fn enclose(tx: &mut Tx<'_>, path: &Path, url: String) -> Result<AttachmentReference> {
    let about = || format!("the file {}", path.display());
    let mut file = files::open(path)?;
    let size = file.metadata().about(about())?.len();
    let key = crypto::random::<32>().ok_or_else(|| Error::fault("no randomness"))?;
    let (key, mut digest) = (FileKey::new(key), Sha256::new());
    for number in 0..chunks(size) {
        let mut chunk = read_chunk(&mut file, number, size)?;
        key.seal(number, number + 1 == chunks(size), &mut chunk);
        digest.update(&chunk);
        let mailbox = key.mailbox(number);
        let envelope = Envelope::new(mailbox, false, chunk, now(), &Limits::default());
        let outgoing = Outgoing { chunk: true, url: url.clone(), envelope };
        tx.add_raw(Kind::Outbox, &outgoing.to_bytes())?;
    }
    if file.read(&mut [0]).about(about())? > 0 {
        return Err(changed());
    }
    Ok(reference(path, size, &key, &digest.finalize(), url))
}

/// A chunk that is awaited.
pub struct Chunk {
    key: Rc<FileKey>,
    number: u64,
    last: bool,
}

impl Chunk {
    /// Whether these bytes are it.
    #[must_use]
    pub fn opens(&self, sealed: &[u8]) -> bool {
        self.key.open(self.number, self.last, &mut sealed.to_vec())
    }
}

/// The chunks of all received files that have at most so many, by their mailboxes.
///
/// # Errors
/// A store that is damaged.
pub fn awaited(device: &Device, most: usize) -> Result<HashMap<MailboxId, Chunk>> {
    let mut awaited = HashMap::new();
    for (_, message) in device.messages()? {
        let Some(file) = message.file.filter(|_| message.direction == Direction::In) else {
            continue;
        };
        let reference = hex::decode(&file.reference).about("a reference of the store")?;
        let reference = AttachmentReference::from_bytes(&reference)?;
        let count = chunks(reference.size);
        // What is larger than all there is comes by another way.
        let (Ok(key), true) = (key_of(&reference.key), count <= most as u64) else { continue };
        let key = Rc::new(key);
        for number in 0..count {
            let chunk = Chunk { key: Rc::clone(&key), number, last: number + 1 == count };
            awaited.insert(key.mailbox(number), chunk);
        }
    }
    Ok(awaited)
}

/// Fetches a file into a folder, from where an earlier try was stopped; gives its path when its digest is right. Chunks
/// that came on a medium are taken from the store, the others from the relay. What is there of it stays for the next try
/// where one may help: when the relay can't be reached, or the process is ended.
///
/// # Errors
/// A chunk that the relay does not have, or that does not open.
pub fn download(
    device: &mut Device,
    relays: &mut Relays,
    reference: &AttachmentReference,
    folder: &Path,
    progress: impl Fn(u64),
) -> Result<PathBuf> {
    std::fs::create_dir_all(folder).about(format!("the folder {}", folder.display()))?;
    let part = folder.join(format!(".sceau-{}.part", hex::encode(&reference.digest)));
    let fetched = fetch_all(device, relays, reference, &part, progress);
    if fetched.as_ref().is_err_and(|error| error.kind != ErrorKind::Unreachable) {
        let _ = std::fs::remove_file(&part);
    }
    fetched?;
    let path = files::free_name(folder, &reference.name);
    std::fs::rename(&part, &path).about(format!("the file {}", path.display()))?;
    Ok(path)
}

/// Fetches the chunks of a file into another file, which may have some of them.
fn fetch_all(
    device: &mut Device,
    relays: &mut Relays,
    reference: &AttachmentReference,
    part: &Path,
    progress: impl Fn(u64),
) -> Result<()> {
    let key = key_of(&reference.key)?;
    let location = String::from_utf8_lossy(&reference.location).into_owned();
    let about = || format!("the file {}", part.display());
    let mut file = File::options().create(true).truncate(false).read(true).write(true).open(part);
    let file = file.as_mut().map_err(|error| Error::fault(format!("{}: {error}", about())))?;
    let (size, count) = (reference.size, chunks(reference.size));
    let there = file.metadata().about(about())?.len() / CHUNK;
    let mut digest = Sha256::new();
    for number in 0..count {
        let last = number + 1 == count;
        let mut chunk;
        if number < there && !last {
            file.seek(SeekFrom::Start(number * CHUNK)).about(about())?;
            chunk = read_chunk(file, number, size)?;
        } else {
            let part = device.store().part(&key.mailbox(number))?;
            chunk = part.map(|part| part.to_vec()).unwrap_or_default();
            if !key.open(number, last, &mut chunk) {
                chunk = fetch(relays.at(&location)?, &key, number, last)?;
            }
            let length = usize::try_from(length_of(number, size)).unwrap_or(0);
            if chunk.len() < length || chunk.iter().skip(length).any(|byte| *byte != 0) {
                return Err(wrong());
            }
            chunk.truncate(length);
            file.seek(SeekFrom::Start(number * CHUNK)).about(about())?;
            file.write_all(&chunk).about(about())?;
        }
        key.seal(number, last, &mut chunk);
        digest.update(&chunk);
        progress(number.saturating_mul(CHUNK).saturating_add(CHUNK).min(size));
    }
    file.set_len(size).about(about())?;
    file.sync_all().about(about())?;
    if digest.finalize().as_slice() == reference.digest { Ok(()) } else { Err(wrong()) }
}

/// Deletes all chunks of a file that is saved: those that came on a medium from the store, those on the relay by an
/// acknowledgement. Where all came on a medium the relay is left alone.
///
/// # Errors
/// A relay that can't be reached: then they expire.
pub fn acknowledge(
    device: &mut Device,
    relays: &mut Relays,
    reference: &AttachmentReference,
) -> Result<()> {
    let key = key_of(&reference.key)?;
    let mailboxes = (0..chunks(reference.size)).map(|number| key.mailbox(number));
    let dropped = device
        .store()
        .transaction(|tx| mailboxes.map(|mailbox| tx.drop_part(&mailbox)).sum::<Result<u64>>())?;
    if dropped == chunks(reference.size) {
        return Ok(());
    }
    let net = relays.at(&String::from_utf8_lossy(&reference.location))?;
    for number in 0..chunks(reference.size) {
        let (answer, _) = net.get_some(key.mailbox(number), 4, None, 0)?;
        let handles = answer.envelopes.iter().map(|stored| stored.handle).collect();
        net.acknowledge(key.mailbox(number), handles, None)?;
    }
    Ok(())
}

fn key_of(bytes: &[u8]) -> Result<FileKey> {
    Ok(FileKey::new(bytes.try_into().map_err(|_| wrong())?))
}

fn wrong() -> Error {
    Error::refused("the file is not what its sender has sealed")
        .next("try again; if it stays so, ask your contact to send it again")
}

/// A chunk from its mailbox: the first envelope there that opens, since an upload that was stopped may have put one
/// twice.
fn fetch(net: &Net, key: &FileKey, number: u64, last: bool) -> Result<Vec<u8>> {
    let (answer, _) = net.get_some(key.mailbox(number), 4, None, 0)?;
    if answer.envelopes.is_empty() {
        return Err(Error::not_found(format!("the relay does not have part {number} of the file (any more)"))
            .next("files are kept for 30 days, or until they were saved: ask your contact to send it again"));
    }
    for stored in answer.envelopes {
        let mut chunk = stored.message;
        if key.open(number, last, &mut chunk) {
            return Ok(chunk);
        }
    }
    Err(wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_open_in_their_place_alone() {
        let key = FileKey::new([7; 32]);
        let mut sealed = b"text".to_vec();
        key.seal(3, true, &mut sealed);
        assert_eq!(sealed.len(), PAD + TAG);
        for (number, last, right) in [(3, true, true), (3, false, false), (2, true, false)] {
            let mut chunk = sealed.clone();
            assert_eq!(key.open(number, last, &mut chunk), right);
            if right {
                assert_eq!(&chunk[..5], b"text\0");
            }
        }
        assert_ne!(key.mailbox(0), key.mailbox(1));
        assert_eq!([chunks(0), chunks(1), chunks(CHUNK), chunks(CHUNK + 1)], [1, 1, 1, 2]);
    }

    /// The example of `ATTACHMENTS.md`; its values come from another implementation of HKDF and AES-GCM-SIV.
    #[test]
    fn the_pages_example() {
        let key: [u8; 32] = std::array::from_fn(|n| u8::try_from(n).unwrap());
        let key = FileKey::new(key);
        let chunk_key = "75fa84fe11581ac60343924ce36e862aa57ea615c5a19b648a9f39c66ccc35b4";
        let mailbox = "44a671ce6cb9c87acf99e2239a1aca0bbb44fd38f38ad5132e3aef635348c1a0";
        let digest = "4587423d0eacf82f062979051c967f3a665355eac0f11041e5cdc03de0ad3e00";
        assert_eq!(hex::encode(*key.chunks), chunk_key);
        assert_eq!(hex::encode(key.mailbox(0).as_bytes()), mailbox);
        let mut chunk = b"hello".to_vec();
        key.seal(0, true, &mut chunk);
        assert_eq!(hex::encode(Sha256::digest(&chunk)), digest);
    }
}
