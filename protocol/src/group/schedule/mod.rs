//! From secrets of a commit to the keys of messages (RFC 9420 §8, §9).

mod epoch;
mod exporter;
mod psk;
mod ratchet;
mod secret_tree;
mod transcript;

pub(crate) use epoch::{
    CommitSecret, ConfirmationKey, EncryptionSecret, EpochAuthenticator, EpochSecret, EpochSecrets,
    ExporterSecret, ExternalSecret, InitSecret, JoinerSecret, MembershipKey, PskSecret,
    ResumptionPsk, SenderDataSecret, WelcomeSecret,
};
pub(crate) use exporter::export;
pub(crate) use psk::psk_secret;
pub(crate) use ratchet::{MessageKey, Ratchet, RatchetKind, RatchetLimits};
pub(crate) use secret_tree::{RatchetKey, SecretTree, SecretTreeChanges, SecretTreeUse};
pub(crate) use transcript::{confirmed_transcript_hash, interim_transcript_hash};
