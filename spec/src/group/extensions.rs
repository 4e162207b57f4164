//! Lists of extensions (§13.4) and of 16-bit values. An extension's order is the sender's, unlike that of
//! pairwise structures.

use super::limits::{
    MAX_CONTEXT_EXTENSIONS, MAX_GROUP_EXTENSIONS, MAX_GROUP_TREE, MAX_GROUP_TYPES,
};
use crate::octets::{Octets, empty, u16_be};
use crate::pairwise::codec::{
    Extension, Extensions, Reader, at_end, find_extension, finish, read_opaque, read_u16,
    read_vector, write_opaque,
};
use crate::pairwise::error::{ErrorClass, check};
use hacspec_lib::*;

/// Extension type `application_id` (§17.3).
pub const APPLICATION_ID: u16 = 0x0001;
/// Extension type `ratchet_tree` (§17.3).
pub const RATCHET_TREE: u16 = 0x0002;
/// Extension type `required_capabilities` (§17.3).
pub const REQUIRED_CAPABILITIES: u16 = 0x0003;
/// Extension type `external_pub` (§17.3).
pub const EXTERNAL_PUB: u16 = 0x0004;
/// Extension type `external_senders` (§17.3).
pub const EXTERNAL_SENDERS: u16 = 0x0005;

/// A list of 16-bit values: of versions, suites or types.
pub type Values = Seq<u16>;

/// Reads `Extension extensions<V>`: no type twice (§13.4).
/// See also [GRP-16], [LIM-01].
pub fn read_group_extensions(r: Reader) -> Result<(Extensions, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut extensions = Extensions::new(0);
    for _i in 0..inner.bytes.len() {
        if !at_end(&inner) {
            let (extension_type, rest) = read_u16(inner)?;
            let (data, rest) = read_opaque(rest, MAX_GROUP_TREE)?;
            let repeated = find_extension(&extensions, extension_type).is_some();
            check(!repeated, ErrorClass::Malformed)?;
            extensions = extensions.push_owned(Extension { extension_type, data });
            inner = rest;
        }
    }
    finish(&inner)?;
    check(extensions.len() <= MAX_GROUP_EXTENSIONS, ErrorClass::Malformed)?;
    Ok((extensions, r))
}

// ANCHOR: check_max_context_extensions
/// How many bytes the encoded items of a list have: type, length and data of each.
fn items_length(extensions: &Extensions) -> usize {
    let mut length = 0;
    for i in 0..extensions.len() {
        length = length + 2 + write_opaque(&extensions[i].data).len();
    }
    length
}

/// Refuses extensions of a GroupContext, a GroupContextExtensions proposal or a ReInit that have more than
/// `max_context_extensions` bytes (`[GRP-38]`).
pub fn check_max_context_extensions(extensions: &Extensions) -> Result<(), ErrorClass> {
    check(items_length(extensions) <= MAX_CONTEXT_EXTENSIONS, ErrorClass::Malformed)
}
// ANCHOR_END: check_max_context_extensions

/// Reads a vector of 16-bit values, one of the lists of `capabilities`.
/// See also [LIM-01].
pub fn read_values(r: Reader) -> Result<(Values, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut values = Values::new(0);
    for _i in 0..inner.bytes.len() {
        if !at_end(&inner) {
            let (value, rest) = read_u16(inner)?;
            values = values.push_owned(value);
            inner = rest;
        }
    }
    check(values.len() <= MAX_GROUP_TYPES, ErrorClass::Malformed)?;
    Ok((values, r))
}

/// A vector of 16-bit values.
pub fn write_values(values: &Values) -> Octets {
    let mut body = empty();
    for i in 0..values.len() {
        body = body.concat_owned(u16_be(values[i]));
    }
    write_opaque(&body)
}

/// Whether a list has a value.
pub fn has_value(values: &Values, value: u16) -> bool {
    let mut found = false;
    for i in 0..values.len() {
        if values[i] == value {
            found = true;
        }
    }
    found
}
