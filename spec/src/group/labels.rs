//! The labels of RFC 9420 that this half uses. Those of signatures, encryption and key derivation follow
//! `"MLS 1.0 "`; those of references are complete, as §5.2 writes them (`[GRP-19]`).

/// What stands before each label of §5.1.2, §5.1.3 and §8.
pub const PREFIX: &str = "MLS 1.0 ";

/// Reference to a KeyPackage (§5.2).
pub const KEY_PACKAGE_REFERENCE: &str = "MLS 1.0 KeyPackage Reference";
/// Reference to a Proposal (§5.2).
pub const PROPOSAL_REFERENCE: &str = "MLS 1.0 Proposal Reference";

/// Signature of a FramedContent (§6.1, §17.5).
pub const FRAMED_CONTENT_TBS: &str = "FramedContentTBS";
/// Signature of a LeafNode (§7.2, §17.5).
pub const LEAF_NODE_TBS: &str = "LeafNodeTBS";
/// Signature of a KeyPackage (§10, §17.5).
pub const KEY_PACKAGE_TBS: &str = "KeyPackageTBS";
/// Signature of a GroupInfo (§12.4.3, §17.5).
pub const GROUP_INFO_TBS: &str = "GroupInfoTBS";

/// Encryption of a path secret (§7.6, §17.6).
pub const UPDATE_PATH_NODE: &str = "UpdatePathNode";
/// Encryption of group secrets (§12.4.3.1, §17.6).
pub const WELCOME: &str = "Welcome";

/// Derivation of a path secret from the one below (§7.4).
pub const PATH: &str = "path";
/// Derivation of a node secret from a path secret (§7.4).
pub const NODE: &str = "node";

/// joiner_secret (§8).
pub const JOINER: &str = "joiner";
/// welcome_secret (§8).
pub const WELCOME_SECRET: &str = "welcome";
/// epoch_secret (§8).
pub const EPOCH: &str = "epoch";
/// init_secret (§8).
pub const INIT: &str = "init";
/// sender_data_secret (§8 table 4).
pub const SENDER_DATA: &str = "sender data";
/// encryption_secret (§8 table 4).
pub const ENCRYPTION: &str = "encryption";
/// exporter_secret (§8 table 4).
pub const EXPORTER: &str = "exporter";
/// external_secret (§8 table 4).
pub const EXTERNAL: &str = "external";
/// confirmation_key (§8 table 4).
pub const CONFIRM: &str = "confirm";
/// membership_key (§8 table 4).
pub const MEMBERSHIP: &str = "membership";
/// resumption_psk (§8 table 4).
pub const RESUMPTION: &str = "resumption";
/// epoch_authenticator (§8 table 4).
pub const AUTHENTICATION: &str = "authentication";
/// The init secret of an external Commit: an exporter context of HPKE, with its prefix (§8.3).
pub const EXTERNAL_INIT_SECRET: &str = "MLS 1.0 external init secret";
/// psk_input (§8.4).
pub const DERIVED_PSK: &str = "derived psk";
/// Exported values (§8.5).
pub const EXPORTED: &str = "exported";

/// What begins each label that is Sceau's own, of an exporter too (`[GRP-35]`).
pub const SCEAU_PREFIX: &str = "Sceau 1 ";
/// commit_handle, by the exporter (`[GDS-04]`).
pub const COMMIT_HANDLE_LABEL: &str = "Sceau 1 commit handle";
/// commit_key, by the exporter (`[GDS-04]`).
pub const COMMIT_KEY_LABEL: &str = "Sceau 1 commit key";

/// Secrets of a node's children (§9).
pub const TREE: &str = "tree";
/// Context of the left child (§9).
pub const LEFT: &str = "left";
/// Context of the right child (§9).
pub const RIGHT: &str = "right";
/// First secret of the handshake ratchet (§9).
pub const HANDSHAKE: &str = "handshake";
/// First secret of the application ratchet (§9).
pub const APPLICATION: &str = "application";
/// A key: of a ratchet (§9.1), of sender data (§6.3.2), of a Welcome (§12.4.3.1).
pub const KEY: &str = "key";
/// A nonce, likewise.
pub const NONCE: &str = "nonce";
/// The next secret of a ratchet (§9.1).
pub const SECRET: &str = "secret";
