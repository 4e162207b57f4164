//! What the server gets to see (`DS-18`): it stamps all that it keeps with a time, so names are a keyed hash of the ids
//! behind them, and values are sealed. The relays have the key, the server does not.
//!
//! ```text
//! name_key        = expand_with_label(key, "relay names", "", 32)
//! value_key       = expand_with_label(key, "relay values", "", 32)
//! handle_key      = expand_with_label(key, "relay handles", "", 32)
//! name(kind, id)  = hex(expand_with_label(name_key, kind, id, 32)[0..16])
//! sealed(place)   = nonce || AES-256-GCM-SIV.Seal(value_key, nonce, aad = place, value)    /* nonce: 12 random bytes */
//! handle          = AES-256(handle_key, uint64 sequence || mailbox_id[0..8])
//! ```
//! `place` is the whole name under which the value is kept, so that values can't be exchanged.

use super::failed;
use crate::crypto;
use crate::relay::store::StoreError;
use aes::Aes256;
use aes::cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use sceau::delivery::Handle;
use sceau::pairwise::MailboxId;
use zeroize::Zeroizing;

/// Bytes of a nonce.
const NONCE: usize = 12;

/// The keys that relays on one cluster share.
pub(super) struct Cover {
    names: Zeroizing<[u8; 32]>,
    values: Zeroizing<[u8; 32]>,
    handles: Aes256,
}

impl Cover {
    /// The keys behind the operator's.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let derived = |label: &str| Zeroizing::new(crypto::expand(key, label, b""));
        let handles = derived("relay handles");
        Self {
            names: derived("relay names"),
            values: derived("relay values"),
            handles: Aes256::new(&(*handles).into()),
        }
    }

    /// The name of an id, which tells nothing of it; ids of two kinds have different ones.
    pub(super) fn name(&self, kind: &str, id: &[u8]) -> String {
        let name = crypto::expand(&self.names, kind, id);
        hex::encode(name.first_chunk::<16>().unwrap_or(&[0; 16]))
    }

    /// A value as it is kept in a place.
    pub(super) fn seal(&self, place: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce: [u8; NONCE] = crypto::random().ok_or_else(|| failed("no randomness"))?;
        let mut sealed = value.to_vec();
        crypto::seal(&self.values, &nonce, place.as_bytes(), &mut sealed);
        Ok([&nonce[..], &sealed].concat())
    }

    /// The value that is kept in a place.
    pub(super) fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let wrong = || failed("the server holds something that these relays have not put there");
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
        let mut value = sealed.to_vec();
        let right = crypto::open(&self.values, nonce, place.as_bytes(), &mut value);
        if right { Ok(value) } else { Err(wrong()) }
    }

    /// The handle of an envelope (`DS-15`).
    pub(super) fn handle(&self, mailbox: &MailboxId, sequence: u64) -> Handle {
        let mut block = Block::<Aes256>::default();
        block[..8].copy_from_slice(&sequence.to_be_bytes());
        block[8..].copy_from_slice(&mailbox.as_bytes()[..8]);
        self.handles.encrypt_block(&mut block);
        Handle::new(block.into())
    }

    /// The sequence number behind a handle that was given out for this mailbox.
    pub(super) fn sequence(&self, mailbox: &MailboxId, handle: Handle) -> Option<u64> {
        let mut block = Block::<Aes256>::from(*handle.as_bytes());
        self.handles.decrypt_block(&mut block);
        let (sequence, of) = block.split_first_chunk::<8>()?;
        (*of == mailbox.as_bytes()[..8]).then(|| u64::from_be_bytes(*sequence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_need_the_key_and_their_place() {
        let (cover, other) = (Cover::new(&[1; 32]), Cover::new(&[2; 32]));
        assert_eq!(cover.name("mail", b"id"), Cover::new(&[1; 32]).name("mail", b"id"));
        assert_ne!(cover.name("mail", b"id"), cover.name("device", b"id"));
        assert_ne!(cover.name("mail", b"id"), cover.name("mail", b"ie"));
        assert_ne!(cover.name("mail", b"id"), other.name("mail", b"id"));
        let sealed = cover.seal("here", b"value").unwrap();
        assert_eq!(cover.open("here", &sealed), Ok(b"value".to_vec()));
        assert_ne!(sealed, cover.seal("here", b"value").unwrap());
        assert!(cover.open("there", &sealed).is_err());
        assert!(other.open("here", &sealed).is_err());
        assert!(cover.open("here", b"short").is_err());
    }

    #[test]
    fn a_handle_is_its_mailboxes() {
        let cover = Cover::new(&[1; 32]);
        let (one, two) = (MailboxId::new([1; 32]), MailboxId::new([2; 32]));
        let handle = cover.handle(&one, 77);
        assert_eq!(cover.sequence(&one, handle), Some(77));
        assert_eq!(cover.sequence(&two, handle), None);
        assert_eq!(Cover::new(&[2; 32]).sequence(&one, handle), None);
    }
}
