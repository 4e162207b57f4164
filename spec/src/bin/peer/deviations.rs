//! The named deviations. Each makes the peer deviate from the specification in exactly one respect:
//! what depends on the deviating part is hashed, signed and sealed again, so that nothing but the
//! named thing is wrong. Those marked *allowed* are unusual and must be accepted.

use crate::groups;

/// A deviation and the commands that take it.
pub struct Deviation {
    /// Its name.
    pub name: &'static str,
    /// The commands.
    pub commands: &'static [&'static str],
    /// What it does.
    #[allow(dead_code)]
    pub what: &'static str,
}

/// Those of a list that a command takes.
pub fn fitting(names: &[String], command: &str) -> Vec<String> {
    names.iter().filter(|name| fits(name, command)).cloned().collect()
}

/// All names, those of groups (`groups::deviations`) behind the others.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().map(|(name, _)| name)
}

/// Whether there is such a deviation.
pub fn known(name: &str) -> bool {
    names().any(|known| known == name)
}

/// Whether a command takes a deviation.
pub fn fits(name: &str, command: &str) -> bool {
    all().any(|(known, commands)| known == name && commands.contains(&command))
}

fn all() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let own = NAMES.iter().map(|known| (known.name, known.commands));
    own.chain(groups::deviations::all().map(|known| (known.name, known.commands)))
}

const CREATE: &[&str] = &["pw.create"];
const STATE: &[&str] = &["party.export_state"];
const BUNDLE: &[&str] = &["pw.bundle"];
const IDENTITY: &[&str] = &["pw.bundle", "pw.initiate"];
const INITIATE: &[&str] = &["pw.initiate"];
/// Where the pair has had sessions.
const AGAIN: &[&str] = &["pw.initiate"];
const SEND: &[&str] = &["pw.send"];
const RULE: &[&str] = &["pw.receive"];
/// Where the caller decides.
const DECIDE: &[&str] = &["pw.decline_session"];
/// Where lists are accepted.
const LISTS: &[&str] = &["pw.receive", "pw.initiate", "pw.apply_lists", "pw.verify_bundle"];
const LOOK: &[&str] = &["pw.receive", "pw.mailboxes"];

const fn d(name: &'static str, commands: &'static [&'static str], what: &'static str) -> Deviation {
    Deviation { name, commands, what }
}

/// All deviations.
pub const NAMES: &[Deviation] = &[
    // Rules of receiving, for the peer in the place of an implementation (`--deviate`).
    d("given-up-stays", RULE, "a handshake given up and answered stays archived"),
    d(
        "given-up-always-back",
        RULE,
        "a handshake of the own side that was archived unanswered is live again with its first message, \
         whatever the live session is",
    ),
    d(
        "waiting-not-replaced",
        RULE,
        "a session made with the resumption PSK of one that waits asks the caller",
    ),
    d(
        "given-up-psk-unknown",
        RULE,
        "a session made with the resumption PSK of a handshake given up enters like one made with another",
    ),
    d(
        "archived-psk-replaces",
        RULE,
        "a session made with the resumption PSK of any archived session replaces the live one",
    ),
    d(
        "close-brings-back",
        RULE,
        "a handshake given up takes the live one's place with a close, too",
    ),
    d(
        "tie-stays",
        RULE,
        "a recovery that was answered behind a handshake of the same second stays archived",
    ),
    d(
        "tie-always-back",
        RULE,
        "of two handshakes of one second the one that is answered last is live",
    ),
    d(
        "none-live-stays",
        RULE,
        "a handshake given up and answered stays archived where the pair has no live session",
    ),
    d("new-device-established", RULE, "a device that is new in a known account is not asked about"),
    d(
        "new-device-asked-once",
        RULE,
        "a device that is new in a known account is asked about by the message that brings its list, \
         and by no other",
    ),
    d(
        "decline-confirms",
        DECIDE,
        "a device that is new in a known account and was declined is not asked about again",
    ),
    d(
        "unaccepted-archived",
        RULE,
        "an unaccepted session is archived when another takes its place, and its messages are delivered",
    ),
    d(
        "attestations-compared",
        LISTS,
        "a list of the pinned number with other attestations: rollback",
    ),
    d(
        "pinned-list-verified",
        LISTS,
        "the pinned list with an attestation that does not verify: bad_signature",
    ),
    d(
        "older-body-refused",
        RULE,
        "a first message with a device_list or credential_update older than the pinned list: rollback",
    ),
    d(
        "older-list-refused",
        RULE,
        "a first message with a list older than the pinned one: rollback",
    ),
    d(
        "series-one-by-one",
        &["pw.apply_lists"],
        "the lists of a series are taken as if each came by itself: what comes and goes within is told, and \
         a serial that is gone may come again",
    ),
    d("devices-untold", LISTS, "nothing is said of devices that are new or gone"),
    d("rotation-not-ahead", LOOK, "mailboxes of the next rotation are not looked into"),
    d("rotation-not-behind", LOOK, "mailboxes of the rotation before are not looked into"),
    // Accounts, from their creation on.
    d(
        "account-key-small-order",
        CREATE,
        "the account key is the neutral element, under which anybody can sign",
    ),
    d("account-key-noncanonical", CREATE, "the account key is the neutral element, with y = p + 1"),
    d("account-key-unknown-first", CREATE, "an account key of unknown type before that of Ed25519"),
    d("account-key-agreement-first", CREATE, "an X25519 key as the only account key"),
    d(
        "account-key-unknown-beside",
        CREATE,
        "allowed: an account key of unknown type as the second",
    ),
    d("account-key-agreement-beside", CREATE, "allowed: an X25519 key as the second account key"),
    // States.
    d(
        "state-sending-chain-last",
        STATE,
        "allowed: the sending chain of the session named has one message left",
    ),
    // Device lists: of a bundle, and of the initiator in a first message.
    d(
        "list-bad-account-signature",
        IDENTITY,
        "the account's signature under the list does not verify",
    ),
    d(
        "list-wrong-account-key",
        IDENTITY,
        "list and credential are another account's, validly signed",
    ),
    d("list-stale", IDENTITY, "issued one second before max_list_age"),
    d("list-future", IDENTITY, "issued one second after clock_skew"),
    d("list-unauthorised-device", IDENTITY, "a further device, attested by nobody but the account"),
    d("list-added-device", IDENTITY, "allowed: a further device, attested by the first"),
    d(
        "list-wrong-device-attestation",
        IDENTITY,
        "a further device; the first one's attestation does not verify",
    ),
    d("list-unsigned-renewal", IDENTITY, "a renewed credential whose list no device attests"),
    d("list-rollback", BUNDLE, "the number is one smaller"),
    d(
        "list-older",
        INITIATE,
        "allowed: the number is one smaller, as if the list had changed since",
    ),
    d(
        "list-other-attestations",
        IDENTITY,
        "allowed: the device's attestation is added to the own list, or taken away from it",
    ),
    d(
        "list-broken-attestation",
        IDENTITY,
        "allowed where it is pinned: the own list, with an attestation of the device that does not verify",
    ),
    d(
        "list-broken-account-signature",
        IDENTITY,
        "allowed where it is pinned: the own list, whose account's signature does not verify",
    ),
    d("list-fork", IDENTITY, "the same number with other content"),
    d(
        "list-device-rollback",
        IDENTITY,
        "a newer list with another credential of the same generation",
    ),
    d("list-wrong-label", IDENTITY, "the account signs the list under another label"),
    d("list-grease", IDENTITY, "allowed: an extension of a GREASE type"),
    d("list-version", IDENTITY, "the list's version is 1"),
    d("list-devices-unordered", IDENTITY, "a further device in front of the first"),
    d("list-number-zero", IDENTITY, "the number is 0"),
    d("lists-unordered", IDENTITY, "two lists, the newer one first"),
    d(
        "list-signature-cofactored",
        IDENTITY,
        "the account's signature under the list is valid by the equation with the cofactor alone",
    ),
    d("list-signature-small-order-r", IDENTITY, "its R is the neutral element"),
    d("list-signature-noncanonical-r", IDENTITY, "its R is the neutral element, with y = p + 1"),
    d("list-signature-s-not-reduced", IDENTITY, "its S is L too large"),
    // Credentials: of a bundle, and of the initiator in a first message.
    d("credential-bad-account-signature", IDENTITY, "the account's signature does not verify"),
    d("credential-wrong-label", IDENTITY, "the account signs the credential under another label"),
    d("credential-expired", IDENTITY, "not_after is now"),
    d("credential-not-yet-valid", IDENTITY, "not_before is one second after clock_skew"),
    d("credential-not-listed", IDENTITY, "the list has another device alone"),
    d("credential-other-account", IDENTITY, "another account id in it"),
    d("credential-bad-issuer-attestation", IDENTITY, "the issuer's signature does not verify"),
    d("no-issuer-attestation", IDENTITY, "the issuer's attestation is missing"),
    d("credential-device-attestation", IDENTITY, "an attestation of signer device"),
    d("credential-suites-repeated", IDENTITY, "a suite twice"),
    d("credential-version", IDENTITY, "the credential's version is 1"),
    d("credential-unknown-suite", IDENTITY, "allowed: an unknown suite before core"),
    d("credential-grease", IDENTITY, "allowed: an extension of a GREASE type"),
    d("suite-preference", IDENTITY, "no suite in common"),
    d("low-order-identity", IDENTITY, "IK is a point of low order"),
    d(
        "credential-signature-cofactored",
        IDENTITY,
        "the account's signature is valid by the equation with the cofactor alone",
    ),
    d("credential-signature-small-order-r", IDENTITY, "its R is the neutral element"),
    d(
        "credential-signature-noncanonical-r",
        IDENTITY,
        "its R is the neutral element, with y = p + 1",
    ),
    d("credential-signature-s-not-reduced", IDENTITY, "its S is L too large"),
    d("credential-no-agreement-key", IDENTITY, "no key of type X25519"),
    d("credential-no-signing-key", IDENTITY, "a signing key of unknown type for that of Ed25519"),
    d("credential-unknown-keys", IDENTITY, "allowed: keys of unknown types beside the known"),
    d("credential-agreement-top-bit", IDENTITY, "allowed: the top bit of IK is set"),
    // Batches and prekeys.
    d("batch-bad-signature", BUNDLE, "the batch's signature does not verify"),
    d(
        "batch-signed-by-bundle-key",
        BUNDLE,
        "the batch is signed by a key that is not the credential's",
    ),
    d("batch-signed-by-account-key", BUNDLE, "the batch is signed by the account key"),
    d("batch-wrong-label", BUNDLE, "the batch is signed under another label"),
    d(
        "batch-signature-cofactored",
        BUNDLE,
        "the batch's signature is valid by the equation with the cofactor alone",
    ),
    d("batch-signature-small-order-r", BUNDLE, "its R is the neutral element"),
    d("batch-signature-noncanonical-r", BUNDLE, "its R is the neutral element, with y = p + 1"),
    d("batch-signature-s-not-reduced", BUNDLE, "its S is L too large"),
    d(
        "batch-small-order-key",
        BUNDLE,
        "IK_sig is the neutral element, under which anybody can sign",
    ),
    d("batch-noncanonical-key", BUNDLE, "IK_sig is the neutral element, with y = p + 1"),
    d("batch-grease", BUNDLE, "allowed: an extension of a GREASE type"),
    d("batch-unsigned-kem", BUNDLE, "a KEM prekey that is not in the tree"),
    d("batch-other-credential-ref", BUNDLE, "the batch is another credential's"),
    d("batch-expired", BUNDLE, "expiry is now"),
    d("batch-not-yet-valid", BUNDLE, "not_before is one second after clock_skew"),
    d("batch-lifetime-too-long", BUNDLE, "one second longer than max_batch_lifetime"),
    d("batch-expiry-first", BUNDLE, "expiry is not after not_before"),
    d("batch-other-suite", BUNDLE, "the batch is for another suite"),
    d("batch-version", BUNDLE, "the batch's version is 1"),
    d("bad-path-signed", BUNDLE, "a wrong path of the signed prekey"),
    d("bad-path-one-time", BUNDLE, "a wrong path of the one-time prekey"),
    d("bad-path-kem", BUNDLE, "a wrong path of the KEM prekey"),
    d("path-too-long", BUNDLE, "a node too many in the signed prekey's path"),
    d("path-too-short", BUNDLE, "a node too few in the signed prekey's path"),
    d("path-empty", BUNDLE, "no path of the signed prekey"),
    d("mixed-batch", BUNDLE, "one-time prekey and path of another batch"),
    d("prekey-wrong-id", BUNDLE, "the KEM prekey names another index"),
    d("prekey-wrong-type-kem", BUNDLE, "the signed prekey in the KEM prekey's place"),
    d("prekey-wrong-type-one-time", BUNDLE, "the signed prekey in the one-time prekey's place"),
    d("prekey-wrong-type-signed", BUNDLE, "the one-time prekey in the signed prekey's place"),
    d("signed-prekey-not-first", BUNDLE, "a signed prekey whose id is not 0"),
    d("kem-key-not-reduced", BUNDLE, "a coefficient above q, in the tree and signed"),
    d("kem-key-short", BUNDLE, "a KEM key without its last byte, in the tree and signed"),
    d("low-order-signed-prekey", BUNDLE, "a signed prekey of low order, in the tree and signed"),
    d(
        "low-order-one-time-prekey",
        BUNDLE,
        "a one-time prekey of low order, in the tree and signed",
    ),
    d("signed-prekey-top-bit", BUNDLE, "allowed: the top bit of the signed prekey is set"),
    d("one-time-prekey-top-bit", BUNDLE, "allowed: the top bit of the one-time prekey is set"),
    d("identity-is-signed-prekey", BUNDLE, "IK is the signed prekey too"),
    d("one-time-is-signed-prekey", BUNDLE, "the one-time prekey is the signed prekey too"),
    d("bundle-version", BUNDLE, "the bundle's version is 1"),
    d("bundle-trailing", BUNDLE, "a byte behind the bundle"),
    d("bundle-presence", BUNDLE, "a presence byte of 2"),
    // The initiator's handshake.
    d("low-order-ephemeral", INITIATE, "EK_i is a point of low order"),
    d("ephemeral-top-bit", INITIATE, "allowed: the top bit of EK_i is set"),
    d("omit-dh1", INITIATE, "DH1 is left out"),
    d("omit-dh2", INITIATE, "DH2 is left out"),
    d("omit-dh3", INITIATE, "DH3 is left out"),
    d("omit-dh4", INITIATE, "DH4, or the zeros for it, are left out"),
    d("omit-dh5", INITIATE, "DH5 is left out"),
    d("swap-dh1-dh2", INITIATE, "DH1 and DH2 in each other's place"),
    d("dh4-zero-although-used", INITIATE, "zeros for DH4 although a one-time prekey is named"),
    d("kem-secret-dropped", INITIATE, "zeros for the KEM secret"),
    d(
        "kem-left-out",
        INITIATE,
        "zeros for the KEM secret in the identity's key too, and a ciphertext that nobody made",
    ),
    d("dh-secrets-dropped", INITIATE, "zeros for all DHs"),
    d("combiner-swapped", INITIATE, "the DHs before the KEM secret"),
    d("salt-ikm-swapped", INITIATE, "salt and input key material in each other's place"),
    d("wrong-label", INITIATE, "the root key under another label"),
    d("no-psk-although-named", INITIATE, "zeros for a PSK that is named"),
    d("psk-not-named-but-mixed", INITIATE, "a PSK that is not named"),
    d("psk-type-unknown", INITIATE, "a PSK of type 3"),
    d("transcript-without-suite", INITIATE, "the outputs are not bound to the suite"),
    d("transcript-without-wire-format", INITIATE, "nor, each by itself, to the wire format"),
    d("transcript-without-responder-credential", INITIATE, "the responder's credential"),
    d("transcript-without-initiator-identity", INITIATE, "the initiator's identity"),
    d("transcript-without-batch", INITIATE, "the batch"),
    d("transcript-without-kem-ciphertext", INITIATE, "the KEM ciphertext"),
    d("identity-in-clear", INITIATE, "the identity is not sealed"),
    d("identity-wrong-nonce", INITIATE, "sealed with a nonce of zeros"),
    d("identity-without-aad", INITIATE, "sealed without associated data"),
    d("identity-grease", INITIATE, "allowed: an extension of a GREASE type"),
    d("identity-extension-repeated", INITIATE, "an unknown extension twice"),
    d("identity-recovery-data", INITIATE, "the extension recovery, with data"),
    d("identity-padding-nonzero", INITIATE, "the last byte of the padding is 1"),
    d("identity-trailing", INITIATE, "a byte of 1 right behind the identity"),
    d("identity-padding-short", INITIATE, "no padding"),
    d("identity-padding-long", INITIATE, "256 bytes of padding too many"),
    d("identity-lists-empty", INITIATE, "no device list"),
    d("kem-ciphertext-short", INITIATE, "the KEM ciphertext without its last byte"),
    d("kem-ciphertext-corrupted", INITIATE, "the KEM ciphertext of another secret"),
    d("ephemeral-key-short", INITIATE, "EK_i without its last byte"),
    d("wrong-prekey-type-one-time", INITIATE, "the signed prekey in the one-time prekey's place"),
    d("wrong-prekey-type-signed", INITIATE, "the one-time prekey in the signed prekey's place"),
    d("wrong-prekey-type-kem", INITIATE, "the id of the signed prekey in the KEM prekey's place"),
    d(
        "psk-of-archived",
        AGAIN,
        "allowed: made with the resumption PSK of the pair's session archived longest ago",
    ),
    d("reflected-identity", INITIATE, "the responder's own list and credential as the initiator's"),
    // Messages: first messages.
    d("first-trailing", SEND, "a byte behind a first message"),
    d("first-pn-not-zero", SEND, "the header of a first chain names one before it"),
    d("first-presence", SEND, "a presence byte of 2"),
    d("first-non-minimal-length", SEND, "the length of ephemeral_key in two bytes"),
    // Messages: the header. Those of a new chain deviate in the first message of the chain that a
    // `pw.receive` has just made; the honest chain goes on with number 1.
    d(
        "header-own-key",
        SEND,
        "new chain: the receiver's own current ratchet key, over a body that nobody can seal",
    ),
    d(
        "header-own-previous-key",
        SEND,
        "new chain: the receiver's own previous ratchet key, over a body that nobody can seal",
    ),
    d("header-same-key", SEND, "new chain with the ratchet key of the one before"),
    d("header-low-order", SEND, "new chain with a ratchet key of low order"),
    d(
        "header-top-bit",
        SEND,
        "allowed: the top bit of the ratchet key is set; asked for in each message of a chain",
    ),
    d("header-flag-unknown", SEND, "new chain with flag 2"),
    d(
        "header-flag-absorbed-unexpected",
        SEND,
        "new chain with flag absorbed, and nothing absorbed",
    ),
    d("header-pn-too-large", SEND, "new chain; pn above max_skip"),
    d("header-pn-too-small", SEND, "new chain; pn is 0"),
    d("header-key-changed-in-chain", SEND, "another ratchet key within the chain"),
    d("header-flags-changed-in-chain", SEND, "flag absorbed within the chain"),
    d("n-at-skip-limit", SEND, "allowed: max_skip messages left out before this one"),
    d("n-past-skip-limit", SEND, "one message more than max_skip left out before this one"),
    d("n-at-chain-limit", SEND, "the number max_chain_length"),
    d("header-wrong-nonce", SEND, "the header sealed with a nonce of ones"),
    d("header-aad-without-session", SEND, "the header not bound to the session"),
    d("header-tag-truncated", SEND, "the last byte of the header's tag is missing"),
    // Messages: the body.
    d("body-aad-without-header", SEND, "the body not bound to the header"),
    d("body-aad-without-caller-data", SEND, "the body not bound to the caller's data"),
    d("body-aad-without-session", SEND, "the body not bound to the session"),
    d("message-key-as-chain-key", SEND, "the next chain key as the message key"),
    d("kdf-rk-without-dh", SEND, "new chain whose root lacks the DH output"),
    d("no-dh-step-on-new-key", SEND, "new ratchet key, old chain"),
    d("absorb-wrong", SEND, "new chain with flag absorbed that mixes a wrong secret"),
    d("tag-truncated", SEND, "the last byte of the message is missing"),
    d("wire-format-unknown", SEND, "the message's wire format is 3"),
    // Messages: the frame.
    d("pad-nonzero", SEND, "the last byte of the padding is 1"),
    d("pad-wrong-bucket", SEND, "padded to the next bucket"),
    d("pad-missing", SEND, "no padding"),
    d("frame-trailing", SEND, "a byte of 1 right behind the frame"),
    d("frame-version", SEND, "the frame's version is 1"),
    d("frame-type-unknown", SEND, "content type 7"),
    d("frame-non-minimal-length", SEND, "the length of the body in four bytes"),
    d("critical-extension", SEND, "an unknown critical extension"),
    d("critical-grease", SEND, "an extension of a GREASE type among the critical ones"),
    d("extensions-unordered", SEND, "non-critical extensions in descending order"),
    d("extension-repeated", SEND, "a non-critical extension twice"),
    d("extension-grease", SEND, "allowed: a non-critical extension of a GREASE type"),
    d("absorb-unknown-session", SEND, "allowed: extension absorb with an unknown session id"),
    d("absorb-malformed", SEND, "allowed: extension absorb with data that is no session id"),
    d("rotation-unbounded", SEND, "allowed: a rotation by more than one, and the sender follows"),
    d(
        "body-unchecked",
        SEND,
        "the body as the caller gives it, however malformed, without effect on the sender",
    ),
];
