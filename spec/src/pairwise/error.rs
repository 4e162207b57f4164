//! Error classes of the registry: what a step answers when it refuses.

/// The class of a refusal (Registries, *Error classes*). A step that fails leaves the state as it was
/// (`[ENC-11]`): it returns a class and no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// Not a valid encoding, or a value that the text forbids.
    Malformed,
    /// A version or content type that the device does not speak.
    UnsupportedVersion,
    /// A suite that the device does not speak.
    UnsupportedSuite,
    /// An unknown critical extension.
    CriticalExtension,
    /// Another account or device than expected.
    IdentityMismatch,
    /// A signature does not verify.
    BadSignature,
    /// A device that its account does not list.
    NotListed,
    /// A device that nobody entitled added; an issuer's attestation is missing.
    UnauthorisedDevice,
    /// An older or forked list, an older state.
    Rollback,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// A device list too old to act on.
    StaleList,
    /// A prekey that is not in its batch.
    BadPath,
    /// A prekey that the device does not have (any more).
    UnknownPrekey,
    /// A PSK that the device does not have.
    UnknownPsk,
    /// A handshake already done.
    Replay,
    /// Own keys or own message.
    Reflection,
    /// An all-zero DH output.
    LowOrder,
    /// No key opens it.
    Undecryptable,
    /// The message key is used or gone.
    Duplicate,
    /// More messages skipped than the bound.
    TooFar,
    /// A chain has no more messages.
    ChainExhausted,
    /// Some other bound.
    Limit,
    /// A session that awaits the caller's acceptance.
    SessionReplaced,
    /// A session too old to send.
    SessionExpired,
    /// A session that only receives.
    Archived,
    /// A session that is over.
    Closed,
    /// A concurrent writer was first.
    StaleState,
    /// A call that the interface forbids.
    Misuse,
}

/// Goes on if the condition holds, and refuses with `class` if not.
pub fn check(condition: bool, class: ErrorClass) -> Result<(), ErrorClass> {
    if condition { Ok(()) } else { Err(class) }
}
