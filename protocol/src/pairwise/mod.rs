//! The pairwise protocol: identities, handshake, ratchet, sessions.
//!
//! [`Account`] is the state of a device. What comes from outside (bundles, lists, messages) goes in as
//! bytes; what changes comes out as [`Changes`].
//!
//! | to | call |
//! |---|---|
//! | enrol a device | [`Account::create`], [`Account::renew`], [`Account::reissue_list`] |
//! | publish prekeys | [`Account::create_batch`] |
//! | start a session | [`Account::verify_bundle`], [`Account::initiate`], [`Account::recover`] |
//! | know where to look for messages | [`Account::contact_mailbox`], [`Account::mailboxes`] |
//! | send and receive | [`Account::encrypt`], [`Account::receive`] |
//! | announce a renewal or a list signed anew | [`Account::unannounced`], [`Account::credential_update`], [`Account::device_list_update`] |
//! | take a peer's list from elsewhere | [`Account::apply_device_lists`] |
//! | decide on a replaced session | [`Account::accept_session`], [`Account::decline_session`] |
//! | show a peer's new and removed devices | [`DeviceChanges`] of [`Received`], [`Initiated`], [`AppliedLists`] |
//! | let people verify | [`Account::safety_number`], [`Account::verification_code`], [`Account::check_code`] |
//! | keep state | [`Changes`], [`Account::export_state`], [`Account::import`], [`Account::expire`] |
//!
//! # Store, then send
//!
//! Each call that changes an [`Account`] returns [`Changes`] beside its result. Store them before you send or show
//! anything that the call produced (`RAT-05`), all of them or none (`STA-07`), and only where each `expected` generation is
//! the stored one (`STA-06`):
//!
//! ```text
//! begin transaction
//!   for each change:  stored generation (0 if none) == change.expected()  else  stale_state
//!                     put change.record(), sealed, or delete where there is none
//!   put the outgoing envelope, or the received message, beside them
//! commit
//! send, or show and acknowledge
//! ```
//!
//! So a crash at any point loses nothing and repeats no key: before the commit the step has not happened; after it the
//! envelope is sent, or sent once more, which the receiver refuses as a duplicate. What [`Received`] says of event and devices is
//! not given again: store it with the message until it has been shown. (An open question is found again as a session that is
//! [`Unaccepted`](SessionStatus::Unaccepted).) The comparison that ends in `stale_state` is the store's to make. When the transaction
//! fails, drop
//! what the call produced *and the account*, and [import](Account::import) the stored records anew: the account in memory is
//! ahead of its store.
//!
//! `examples/store.rs` is such a store: `cargo run -p sceau --example store`.
//!
//! The records hold private keys in clear. Seal each with its key and generation as associated data, and keep
//! [`Account::changes`] in another place where old copies are a threat (`STA-05`). At a start:
//!
//! ```
//! # use sceau::pairwise::{Account, AccountParams, Policy};
//! # use sceau::crypto::Provider;
//! # let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
//! # let now = 1_800_000_000;
//! # let (mut account, _) = Account::create(&mut rng, now, AccountParams::new(1, now, now + 31_536_000))?;
//! # let (records, least_changes) = (account.export_state(), account.changes());
//! // All records in ascending order of their keys (kind, then id bytewise; so the head first), one behind the other.
//! let mut account = Account::import(&records, Some(least_changes), Provider::Default, Policy::default())?;
//! let changes = account.expire(now); // and once a day
//! # let _ = changes;
//! # Ok::<(), sceau::Error>(())
//! ```
//!
//! # What people must be told
//!
//! Each step that accepts a peer's device list says which devices it has added to the account and removed (`ID-23`): a
//! bundle when a session is initiated, any message that is received, a list that the caller applies; nothing where no list of the
//! account was pinned before. Show it, and show as text what is of type [`content_type::APPLICATION`] alone:
//!
//! ```
//! # use sceau::pairwise::{Received, content_type};
//! fn show(received: &Received) {
//!     for serial in &received.devices.added {
//!         println!("{:?} has a new device: {serial}", received.devices.account);
//!     }
//!     for serial in &received.devices.removed {
//!         println!("{:?} has removed device {serial}", received.devices.account);
//!     }
//!     if received.content_type == content_type::APPLICATION {
//!         println!("{} bytes of a message", received.body.len()); // other types: page Inner frame
//!     }
//! }
//! ```
//!
//! [`Event::SessionReplaced`] is a question to the person as well: nothing is sent in that session until it is answered, and what
//! has arrived in it is shown apart, if at all. The peer is not told when it is declined.
//!
//! # Keys that are held elsewhere
//!
//! Account keys, the device's identity keys and an issuer's may lie in a smartcard or HSM. Say so with
//! [`AccountParams::account_keys`], [`AccountParams::identity_keys`] and [`IssuerKeys::held_elsewhere`], and either attach
//! the holder ([`Account::attach_signer`], [`Account::attach_agreement`]; after each import again, it is not stored), or use
//! the resumable form of a step, `…_begin` and `…_resume`: it stops with its requests, and goes on with the answers
//! whenever they are there. Between the two the account may be used; if its state has changed, the resumed step is refused
//! (`stale_state`) and begun anew.
//!
//! | step | asks for |
//! |---|---|
//! | [`Account::create_begin`], [`Account::renew_begin`] | signatures, twice: for the credential, then for the list |
//! | [`Account::create_batch_begin`], [`Account::reissue_list_begin`], [`Account::delivery_auth_begin`] | signatures |
//! | [`Account::initiate_begin`], [`Account::receive_begin`] | two agreements |
//!
//! Everything else, each message of a session among it, uses keys of the session alone. Signatures that come back are
//! verified before they are used, agreements are checked for length and for zeros.

mod absorb;
mod accept;
mod account;
mod announce;
mod batches;
pub(crate) mod bundle;
mod commit;
pub mod content;
pub(crate) mod credential;
mod device_changes;
pub(crate) mod device_list;
mod effects;
mod enrol;
mod envelope;
mod expiry;
pub(crate) mod frame;
mod handshake;
mod id_bytes;
pub(crate) mod identity;
mod initiate;
mod keyring;
mod mailbox;
mod merkle;
mod peer;
mod policy;
mod prekeys;
mod ratchet;
mod receive;
mod records;
mod replacement;
mod send;
mod session;
mod state;
mod structures;
#[cfg(test)]
pub(crate) mod tests;
mod verification;

pub use accept::PendingReceive;
pub use account::{Account, BatchStatus};
pub use announce::AppliedLists;
pub use batches::{BatchStep, PendingBatch};
pub use bundle::{PrekeyBundle, VerifiedBundle};
pub use credential::{Credential, CredentialTbs, VerifiedCredential};
pub use device_changes::DeviceChanges;
pub use device_list::{DeviceEntry, DeviceList, DeviceListTbs, DeviceLists};
pub use enrol::{
    AccountParams, CreateStep, Created, PendingCreate, PendingReissue, PendingRenew, RenewStep,
};
pub use envelope::Envelope;
pub use frame::{CredentialUpdate, Frame, MailboxRotation, content_type};
pub use handshake::{FirstMessage, HandshakeMessage, InitiatorIdentity, PskId};
pub use identity::{AccountId, Attestation, Extension, Issuer, TypedKey, TypedKeys};
pub use initiate::{ExternalPsk, InitiateStep, Initiated, PendingInitiate};
pub use keyring::IssuerKeys;
pub use mailbox::{MailboxId, Mailboxes};
pub use policy::Policy;
pub use prekeys::{
    Prekey, PrekeyBatch, PrekeyBatchTbs, PrekeyType, ProvenPrekey, PublishedBatch, TypedSignature,
};
pub use receive::{Event, ReceiveOptions, ReceiveStep, Received};
pub use send::Outgoing;
pub use session::{Role, Session, SessionId, SessionStatus};
pub use state::{Change, Changes, Record, RecordKey, RecordKind};
pub(crate) use structures::reencode;
pub use verification::VerificationCode;
