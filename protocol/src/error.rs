//! Errors, in four families that a caller can act on.
//!
//! | family | meaning | act |
//! |---|---|---|
//! | [`Malformed`] | bytes that are no valid encoding, or a value that the text forbids | drop the input |
//! | [`Peer`] | well-formed input that is refused: identity, signature, key, order, age | drop; perhaps tell the user |
//! | [`Misuse`] | a call that can't be made now, or a bound reached | change the call |
//! | [`ProviderFailed`] | the cryptographic provider or a key's holder failed | retry or repair the device |
//!
//! Each error has the class that the specification's registry gives it ([`Error::class`]). Nothing
//! of it may be sent to the peer or the relay (`ENC-12`). A message that is refused is acknowledged to the relay like one that is taken,
//! unless the own store or provider failed (`DS-11`).

use crate::group::Refused;
use core::fmt;

/// What a call of this crate can fail with. A call that fails leaves the state as it was (`ENC-11`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The input is not a valid encoding, or has a value that the specification forbids.
    Malformed(Malformed),
    /// Well-formed input of a peer, a relay or a stored state that is refused.
    Peer(Peer),
    /// A call that the interface or the state forbids.
    Misuse(Misuse),
    /// The provider of cryptography, or the holder of a key, failed.
    Provider(ProviderFailed),
    /// Well-formed input of a group that is refused: family [`Peer`], with the check and the culprit.
    Group(Refused),
}

/// Input that is no valid encoding (page *Conventions*), or a forbidden value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// The input ends inside a value.
    Truncated,
    /// A length that is not encoded in the fewest bytes, or has prefix 11 (`ENC-01`).
    LengthEncoding,
    /// Bytes are left over after a value (`ENC-02`).
    TrailingBytes,
    /// A presence byte other than 0 and 1 (`ENC-03`).
    Presence,
    /// A length or a number of items above the field's limit (`ENC-04`, `LIM-01`).
    TooLong,
    /// An unknown value of an enumeration (`ENC-05`).
    Enumeration,
    /// A list out of order, or with a repeated item (`ENC-07`, `ID-01`, `PRE-03`).
    Order,
    /// A list that must not be empty (`ID-01`).
    Empty,
    /// A key, ciphertext or digest of a wrong length, or a key that fails its check (`SUI-03`, `ID-03`).
    Key,
    /// Padding that is not the fewest zeros (`HS-12`, `FRM-01`).
    Padding,
    /// A ratchet header that contradicts its chain (page *Ratchet*, step 3).
    Header,
    /// A value that the text forbids at this place.
    Value,
    /// A structure's version, or a frame's content type, is unknown (class `unsupported_version`).
    UnsupportedVersion,
    /// An unknown extension in a list named `critical` (`ENC-08`, class `critical_extension`).
    CriticalExtension,
}

/// Well-formed input that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Peer {
    /// Another account or device than expected.
    IdentityMismatch,
    /// A signature does not verify.
    BadSignature,
    /// A device that its account does not list.
    NotListed,
    /// A device that nobody entitled has added to its list (no device of the pinned list and no trusted issuer has attested it,
    /// `ID-08`), or a credential without the attestation of an issuer where the policy requires one (`ID-13`).
    UnauthorisedDevice,
    /// An older or forked list, or an older state.
    Rollback,
    /// The validity of a credential or batch has ended.
    Expired,
    /// A time that lies in the future.
    NotYetValid,
    /// A device list older than the policy allows.
    StaleList,
    /// A prekey that is not in its batch.
    BadPath,
    /// A prekey that the device does not have (any more).
    UnknownPrekey,
    /// A pre-shared key that the device does not have.
    UnknownPsk,
    /// A handshake that was done already, whose session is gone.
    Replay,
    /// Own keys, or an own message.
    Reflection,
    /// An all-zero key-agreement output.
    LowOrder,
    /// No key opens the message: it is damaged, of a session that is gone, or the caller gave another mailbox or other
    /// `authenticated_data` than the sender.
    Undecryptable,
    /// The message key is used or gone.
    Duplicate,
    /// More messages are missing than may be skipped.
    TooFar,
    /// No suite in common, or one that the device does not speak.
    UnsupportedSuite,
    /// The replay cache of the batch is full: publish a new batch (`HS-09`, class `limit`).
    ReplayCacheFull,
}

/// A call that the interface or the state forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// A bound of page *Limits* is reached.
    Limit,
    /// The sending chain is exhausted (`RAT-02`).
    ChainExhausted,
    /// The session would replace another one and waits for the caller's acceptance (`REP-02`).
    SessionReplaced,
    /// The session is too old to send in (`REP-08`).
    SessionExpired,
    /// The session only receives.
    Archived,
    /// The session is closed.
    Closed,
    /// The state has changed since: another writer, or another step, was first (`STA-06`).
    StaleState,
    /// There is no such session.
    UnknownSession,
    /// There is no such batch or prekey.
    UnknownBatch,
    /// A private key that this call needs is held elsewhere: attach its holder, or use the resumable form.
    KeyHeldElsewhere,
    /// The answer to a resumable step does not fit its requests.
    WrongAnswer,
    /// A handshake that page *Replacement* forbids at this time: an own one waits for its answer, or the caller has yet to
    /// decide on an unaccepted session (`REP-13`).
    HandshakeInProgress,
    /// The call makes no sense with these arguments.
    Arguments,
    /// A commit of one's own is pending: merge or clear it first.
    PendingCommit,
    /// There is no commit of one's own that is pending.
    NoPendingCommit,
    /// Proposals are to be committed before application data is sent (RFC 9420 §12.4).
    ProposalsPending,
    /// The group was replaced or the device removed: it sends no more (RFC 9420 §12.4.2).
    GroupInactive,
}

/// The provider of cryptography, or the holder of an identity key, failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderFailed {
    /// The algorithm is not one of the provider's.
    Unsupported,
    /// An argument has a size that the algorithm does not take.
    Size,
    /// The holder of a key gave no answer.
    KeyHolder,
}

impl Error {
    /// The error class of the specification's registry (page *Registries*), such as `"malformed"`.
    ///
    /// For [`Error::Provider`], which no input can cause, it is `"fault"`.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Malformed(error) => match error {
                Malformed::UnsupportedVersion => "unsupported_version",
                Malformed::CriticalExtension => "critical_extension",
                _ => "malformed",
            },
            Self::Peer(error) => match error {
                Peer::IdentityMismatch => "identity_mismatch",
                Peer::BadSignature => "bad_signature",
                Peer::NotListed => "not_listed",
                Peer::UnauthorisedDevice => "unauthorised_device",
                Peer::Rollback => "rollback",
                Peer::Expired => "expired",
                Peer::NotYetValid => "not_yet_valid",
                Peer::StaleList => "stale_list",
                Peer::BadPath => "bad_path",
                Peer::UnknownPrekey => "unknown_prekey",
                Peer::UnknownPsk => "unknown_psk",
                Peer::Replay => "replay",
                Peer::Reflection => "reflection",
                Peer::LowOrder => "low_order",
                Peer::Undecryptable => "undecryptable",
                Peer::Duplicate => "duplicate",
                Peer::TooFar => "too_far",
                Peer::UnsupportedSuite => "unsupported_suite",
                Peer::ReplayCacheFull => "limit",
            },
            Self::Misuse(error) => match error {
                Misuse::Limit => "limit",
                Misuse::ChainExhausted => "chain_exhausted",
                Misuse::SessionReplaced => "session_replaced",
                Misuse::SessionExpired => "session_expired",
                Misuse::Archived => "archived",
                Misuse::Closed => "closed",
                Misuse::StaleState => "stale_state",
                _ => "misuse",
            },
            Self::Provider(_) => "fault",
            Self::Group(refused) => refused.check.class(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "{}: {error:?}", self.class()),
            Self::Peer(error) => write!(f, "{}: {error:?}", self.class()),
            Self::Misuse(error) => write!(f, "{}: {error:?}", self.class()),
            Self::Provider(error) => write!(f, "{}: {error:?}", self.class()),
            Self::Group(refused) => write!(f, "{}: {refused}", self.class()),
        }
    }
}

impl core::error::Error for Error {}

impl From<Malformed> for Error {
    fn from(error: Malformed) -> Self {
        Self::Malformed(error)
    }
}

impl From<Peer> for Error {
    fn from(error: Peer) -> Self {
        Self::Peer(error)
    }
}

impl From<Misuse> for Error {
    fn from(error: Misuse) -> Self {
        Self::Misuse(error)
    }
}

impl From<ProviderFailed> for Error {
    fn from(error: ProviderFailed) -> Self {
        Self::Provider(error)
    }
}

/// A result with this crate's [`enum@Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;
