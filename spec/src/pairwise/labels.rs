//! All labels (Registries, *Labels*), without the `Sceau 1 ` that begins each (`[ENC-09]`).

/// What begins every label.
pub const PREFIX: &str = "Sceau 1 ";

/// `ref_hash` of account keys.
pub const ACCOUNT: &str = "account";
/// `ref_hash` of issuer keys.
pub const ISSUER: &str = "issuer";
/// `ref_hash` of a `Credential`.
pub const CREDENTIAL: &str = "credential";
/// `ref_hash` of a `DeviceList`.
pub const DEVICE_LIST: &str = "device list";
/// Signature of a `CredentialTBS` by its account.
pub const CREDENTIAL_BY_ACCOUNT: &str = "credential by account";
/// Signature of a `CredentialTBS` by an issuer.
pub const CREDENTIAL_BY_ISSUER: &str = "credential by issuer";
/// Signature of a `DeviceListTBS` by its account.
pub const DEVICE_LIST_BY_ACCOUNT: &str = "device list by account";
/// Signature of a `DeviceListTBS` by a device of the list before.
pub const DEVICE_LIST_BY_DEVICE: &str = "device list by device";
/// Signature of a `DeviceListTBS` by an issuer.
pub const DEVICE_LIST_BY_ISSUER: &str = "device list by issuer";
/// Signature of a `PrekeyBatchTBS`.
pub const PREKEY_BATCH: &str = "prekey batch";
/// Signature of a `DeliveryAuthTBS`.
pub const DELIVERY: &str = "delivery";
/// Fingerprint of account keys.
pub const SAFETY_NUMBER: &str = "safety number";
/// `Prologue.label`.
pub const PROLOGUE: &str = "prologue";
/// `ref_hash` of a `HandshakeMessage`.
pub const HANDSHAKE: &str = "handshake";
/// `Transcript.label`.
pub const TRANSCRIPT: &str = "transcript";
/// Key that seals the initiator's identity.
pub const IDENTITY_KEY: &str = "identity key";
/// Nonce that seals the initiator's identity.
pub const IDENTITY_NONCE: &str = "identity nonce";
/// PSK input.
pub const PSK: &str = "psk";
/// First root key.
pub const ROOT: &str = "root";
/// Header key of the initiator's first chain.
pub const HEADER_INITIATOR: &str = "header initiator";
/// Header key of the responder's first chain.
pub const HEADER_RESPONDER: &str = "header responder";
/// First secret of the post-quantum ratchet.
pub const PQ_RATCHET: &str = "pq ratchet";
/// Session id.
pub const SESSION_ID: &str = "session id";
/// Exporter secret.
pub const EXPORTER: &str = "exporter";
/// PSK by which a session authenticates the next one.
pub const RESUMPTION_PSK: &str = "resumption psk";
/// What a losing session gives the winner.
pub const ABSORB: &str = "absorb";
/// Next root key.
pub const RATCHET_ROOT: &str = "ratchet root";
/// First chain key of a chain.
pub const RATCHET_CHAIN: &str = "ratchet chain";
/// Next header key.
pub const RATCHET_HEADER: &str = "ratchet header";
/// Next chain key.
pub const CHAIN: &str = "chain";
/// Message key; and, in `MessageAAD.label`, what a body is bound to.
pub const MESSAGE: &str = "message";
/// AEAD key of a body.
pub const MESSAGE_KEY: &str = "message key";
/// AEAD nonce of a body.
pub const MESSAGE_NONCE: &str = "message nonce";
/// `HeaderAAD.label`.
pub const HEADER: &str = "header";
/// Secret for the caller.
pub const EXPORT: &str = "export";
/// Secret from which mailbox ids come.
pub const MAILBOX_SECRET: &str = "mailbox secret";
/// Mailbox id.
pub const MAILBOX: &str = "mailbox";
/// `ref_hash` of a device's contact mailbox.
pub const CONTACT_MAILBOX: &str = "contact mailbox";
/// Signature of a `LeafKeyTBS` by a device.
pub const LEAF_KEY: &str = "leaf key";
