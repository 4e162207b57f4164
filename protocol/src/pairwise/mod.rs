//! The pairwise protocol: identities, handshake, ratchet, sessions.
//!
//! [`Account`] is the state of a device. What comes from outside (bundles, lists, messages) goes in as
//! bytes; what changes comes out as [`Changes`].
//!
//! | to | call |
//! |---|---|
//! | enrol a device | [`Account::create`], [`Account::renew`] |
//! | publish prekeys | [`Account::create_batch`] |
//! | start a session | [`Account::verify_bundle`], [`Account::initiate`], [`Account::recover`] |
//! | send and receive | [`Account::encrypt`], [`Account::receive`] |
//! | decide on a replaced session | [`Account::accept_session`], [`Account::decline_session`] |
//! | let people verify | [`Account::safety_number`], [`Account::verification_code`], [`Account::check_code`] |
//! | keep state | [`Changes`], [`Account::export_state`], [`Account::import`], [`Account::expire`] |

mod absorb;
mod accept;
mod account;
mod announce;
mod batches;
pub(crate) mod bundle;
mod commit;
pub mod content;
pub(crate) mod credential;
pub(crate) mod device_list;
mod enrol;
mod envelope;
mod frame;
mod handshake;
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
mod tests;
mod verification;

pub use accept::PendingReceive;
pub use account::Account;
pub use batches::{BatchStep, PendingBatch};
pub use bundle::{PrekeyBundle, VerifiedBundle};
pub use credential::{Credential, CredentialTbs, VerifiedCredential};
pub use device_list::{DeviceEntry, DeviceList, DeviceListTbs, DeviceLists};
pub use enrol::{AccountParams, CreateStep, Created, PendingCreate, PendingRenew, RenewStep};
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
