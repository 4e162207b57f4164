//! The limits of groups (Limits, *Of groups*) that are the same for all: what a decoder refuses as `malformed`
//! (`[LIM-01]`), and two that are for what is decoded.

/// Longest group id in bytes.
pub const MAX_GROUP_ID: usize = 1_024;
/// Largest number of leaves of a tree, blank ones included.
pub const MAX_GROUP_LEAVES: u32 = 1 << 20;
/// Largest number of nodes of an update path.
pub const MAX_GROUP_PATH: usize = 20;
/// Longest data of an extension, and longest encrypted GroupInfo, in bytes.
pub const MAX_GROUP_TREE: usize = 1 << 29;
/// Longest ciphertext of a PrivateMessage in bytes.
pub const MAX_GROUP_CIPHERTEXT: usize = 1 << 29;
/// Longest encrypted GroupSecrets in bytes.
pub const MAX_GROUP_SECRETS: usize = 65_536;
/// Largest number of proposals of a Commit, and of newcomers of a Welcome.
pub const MAX_GROUP_PROPOSALS: usize = 1 << 17;
/// Largest number of extensions in one list.
pub const MAX_GROUP_EXTENSIONS: usize = 64;
/// Longest encoded LeafNode in bytes, once it is decoded (`[GRP-37]`).
pub const MAX_LEAF: usize = 65_536;
/// Longest encoded items of a GroupContext's list of extensions in bytes, once they are decoded (`[GRP-38]`).
pub const MAX_CONTEXT_EXTENSIONS: usize = 65_536;
/// Largest number of values in one list of capabilities.
pub const MAX_GROUP_TYPES: usize = 1_024;
/// Largest number of certificates of an X.509 credential.
pub const MAX_GROUP_CERTIFICATES: usize = 16;
/// Largest number of external senders.
pub const MAX_GROUP_SENDERS: usize = 64;
/// Largest number of PSKs that a Commit, by value, or a GroupSecrets brings in.
pub const MAX_GROUP_PSKS: usize = 256;
