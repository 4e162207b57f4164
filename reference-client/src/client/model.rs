//! What the client keeps beside the protocol's records.

use crate::error::{Error, Result};
use sceau::pairwise::AccountId;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How this client was set up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What its person calls it.
    pub name: String,
    /// The own account's id.
    #[serde(with = "hex::serde")]
    pub account: Vec<u8>,
    /// The own relay.
    pub relay: String,
    /// The access token that the relay's operator gave out.
    pub token: Option<String>,
    /// Certificates of the authority that the relay's certificate comes from (PEM).
    pub ca: Option<PathBuf>,
    /// Where the count of changes is kept (`STA-05`).
    pub anchor: PathBuf,
    /// Public keys of the issuers whose accounts alone are accepted; empty: everybody's are.
    pub issuers: Vec<String>,
    /// The files with the issuers' lists of accounts that are not accepted any more.
    pub revoked: Vec<PathBuf>,
    /// What asks the issuer for a signature.
    pub issuer_command: Option<String>,
    /// The account's seed in hex, where an issuer signs: then it is not in the protocol's records.
    pub account_seed: Option<String>,
    /// One-time keys of each type in a batch.
    pub stock: u32,
    /// Expiry of the newest batch, in seconds since 1970.
    pub batch_expiry: u64,
    /// Whether the relay's stock runs low, or the replay cache is full: publish a new batch.
    pub restock: bool,
    /// Whether peers are told that their messages have arrived.
    pub receipts: bool,
    /// Changes of groups since the start (`STA-05`).
    #[serde(default)]
    pub group_changes: u64,
}

/// Somebody whom the person knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contact {
    /// The name, given by the own person.
    pub name: String,
    /// The account's id, in hex.
    pub account: String,
    /// The contact's relay, where it is not the own one.
    pub relay: Option<String>,
    /// Whether the safety number was compared.
    pub verified: bool,
    /// A prekey bundle from a file, for the first message to somebody without a relay.
    pub bundle: Option<String>,
    /// Whether the contact may add this device to groups: then it always has a key package.
    #[serde(default)]
    pub groups: bool,
}

impl Contact {
    /// The account's id.
    ///
    /// # Errors
    /// A store that holds no hex there.
    pub fn account_id(&self) -> Result<AccountId> {
        account_id(&self.account)
    }
}

/// An account's id from hex.
///
/// # Errors
/// What is no hex of 32 bytes or more.
pub fn account_id(text: &str) -> Result<AccountId> {
    match hex::decode(text.trim()) {
        Ok(bytes) if bytes.len() >= 32 => Ok(AccountId::new(&bytes)),
        _ => Err(Error::usage("an account id is 64 or more hexadecimal digits")
            .next("ask your contact for the one that `sceau whoami` shows")),
    }
}

/// Where a message came from or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Received.
    In,
    /// Sent.
    Out,
}

/// A message as a person sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Received or sent.
    pub direction: Direction,
    /// The other account, in hex; none for an own message to a group.
    pub account: String,
    /// The group that it is of, in hex.
    #[serde(default)]
    pub group: Option<String>,
    /// Of a group's message that was sent in an epoch before the one in which it was read (`GDS-33`).
    #[serde(default)]
    pub late: Option<Late>,
    /// The random id that its sender gave it, in hex.
    pub message_id: String,
    /// The sender's clock.
    pub sent_at: u64,
    /// The own clock when it was stored.
    pub stored_at: u64,
    /// Text, where it is one.
    pub text: Option<String>,
    /// A file, where it is one.
    pub file: Option<File>,
    /// What a content of an unknown type says of itself (`CON-02`).
    pub unknown: Option<u16>,
    /// The id that it answers to, in hex.
    pub in_reply_to: Option<String>,
    /// Whether it came in a session that the person has not accepted: to be shown apart.
    pub apart: bool,
    /// Whether `receive` has shown it.
    pub shown: bool,
    /// Whether the peer has said that it arrived.
    pub delivered: bool,
    /// Whether its sender asked to delete it.
    pub deleted: bool,
}

/// What is told of a message from a past epoch of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// That epoch.
    pub epoch: u64,
    /// Whether its sender has been removed since.
    pub removed: bool,
}

/// A file that came with a message: what is needed to fetch and open it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct File {
    /// Its name, as the sender says.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// The encoded `AttachmentReference`, in hex.
    pub reference: String,
    /// Where it was saved last.
    #[serde(default)]
    pub saved: Option<PathBuf>,
}

/// A file that is being sent: what is needed to go on after a stop.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Upload {
    /// The contact's account, in hex.
    pub to: String,
    /// Where the file is.
    pub path: PathBuf,
    /// Its key, in hex.
    pub key: String,
    /// SHA-256 of the file, in hex: a file that has changed needs another key.
    pub content: String,
    /// Bytes.
    pub size: u64,
    /// Chunks that the relay has.
    pub done: u64,
}
