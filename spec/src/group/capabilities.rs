//! What the leaves of a group must support, so that each member can process what the others send (§7.2, §7.3,
//! §11.1, §13.4; Leaf nodes).

use super::credentials::credential_type;
use super::extensions::{Values, has_value, read_values, write_values};
use super::leaf_node::{Capabilities, LeafNode, MLS10};
use super::suite::CipherSuite;
use crate::octets::Octets;
use crate::pairwise::codec::{Extensions, finish, reader};
use crate::pairwise::error::{ErrorClass, check};

/// RequiredCapabilities (§11.1): the data of the extension `required_capabilities`.
#[derive(Clone, Debug, Default)]
pub struct RequiredCapabilities {
    /// Extension types.
    pub extension_types: Values,
    /// Proposal types.
    pub proposal_types: Values,
    /// Credential types.
    pub credential_types: Values,
}

/// `encode(RequiredCapabilities)`.
pub fn encode_required_capabilities(required: &RequiredCapabilities) -> Octets {
    write_values(&required.extension_types)
        .concat_owned(write_values(&required.proposal_types))
        .concat_owned(write_values(&required.credential_types))
}

/// Decodes a RequiredCapabilities.
pub fn decode_required_capabilities(bytes: &Octets) -> Result<RequiredCapabilities, ErrorClass> {
    let (extension_types, r) = read_values(reader(bytes))?;
    let (proposal_types, r) = read_values(r)?;
    let (credential_types, r) = read_values(r)?;
    finish(&r)?;
    Ok(RequiredCapabilities { extension_types, proposal_types, credential_types })
}

/// Whether an extension type is one of those that need not be listed, `application_id` to
/// `external_senders` (§7.2).
fn is_default_extension(extension_type: u16) -> bool {
    extension_type >= 1 && extension_type <= 5
}

/// Whether a proposal type is one of those that need not be listed, `add` to `group_context_extensions` (§7.2).
fn is_default_proposal(proposal_type: u16) -> bool {
    proposal_type >= 1 && proposal_type <= 7
}

// ANCHOR: check_capabilities
/// Whether a value is one of GREASE: 0x0a0a, 0x1a1a and so on to 0xeaea (§13.5).
pub fn is_grease(value: u16) -> bool {
    let (high, low) = (value >> 8, value & 0xff);
    high == low && low & 0x0f == 0x0a && low != 0xfa
}

/// Whether a list has a value that counts as listed: those of GREASE are listed by nobody.
fn lists(values: &Values, value: u16) -> bool {
    has_value(values, value) && !is_grease(value)
}

/// Whether a leaf supports an extension type.
fn supports_extension(capabilities: &Capabilities, extension_type: u16) -> bool {
    is_default_extension(extension_type) || lists(&capabilities.extensions, extension_type)
}

/// Whether a leaf supports a proposal type.
fn supports_proposal(capabilities: &Capabilities, proposal_type: u16) -> bool {
    is_default_proposal(proposal_type) || lists(&capabilities.proposals, proposal_type)
}

/// Refuses a leaf whose capabilities do not list the version and the group's suite (`[GRP-52]`).
pub fn check_leaf_suite(leaf: &LeafNode, suite: CipherSuite) -> Result<(), ErrorClass> {
    let capabilities = &leaf.capabilities;
    let listed =
        has_value(&capabilities.versions, MLS10) && has_value(&capabilities.cipher_suites, suite);
    check(listed, ErrorClass::Malformed)
}

/// Refuses a leaf that does not support what the group requires, GREASE included (`[GRP-53]`, `[GRP-69]`).
pub fn check_required_capabilities(
    leaf: &LeafNode,
    required: &RequiredCapabilities,
) -> Result<(), ErrorClass> {
    let capabilities = &leaf.capabilities;
    let mut supported = true;
    for i in 0..required.extension_types.len() {
        supported = supported && supports_extension(capabilities, required.extension_types[i]);
    }
    for i in 0..required.proposal_types.len() {
        supported = supported && supports_proposal(capabilities, required.proposal_types[i]);
    }
    for i in 0..required.credential_types.len() {
        let listed = lists(&capabilities.credentials, required.credential_types[i]);
        supported = supported && listed;
    }
    check(supported, ErrorClass::Malformed)
}

/// Refuses two members of whom one does not support the other's credential (`[GRP-54]`).
pub fn check_member_credentials(leaf: &LeafNode, other: &LeafNode) -> Result<(), ErrorClass> {
    let understood = has_value(&other.capabilities.credentials, credential_type(&leaf.credential));
    let understands = has_value(&leaf.capabilities.credentials, credential_type(&other.credential));
    check(understood && understands, ErrorClass::Malformed)
}

/// Refuses a leaf that does not support an extension of the GroupContext, GREASE included (`[GRP-61]`, `[GRP-69]`).
pub fn check_context_extensions(
    leaf: &LeafNode,
    context_extensions: &Extensions,
) -> Result<(), ErrorClass> {
    let mut supported = true;
    for i in 0..context_extensions.len() {
        let extension_type = context_extensions[i].extension_type;
        supported = supported && supports_extension(&leaf.capabilities, extension_type);
    }
    check(supported, ErrorClass::Malformed)
}
// ANCHOR_END: check_capabilities
