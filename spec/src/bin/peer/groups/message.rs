//! MLSMessages that go out (§6), and the deviations of their encoding: in the length of the last vector,
//! which nothing covers.

use super::forge::{Forge, short};
use sceau_spec::group::leaf_node::MLS10;
use sceau_spec::octets::{Octets, byte, u16_be, u32_be};
use sceau_spec::pairwise::codec::{MAX_VECTOR, write_length};

/// A message without deviations.
pub fn whole(wire_format: u16, body: &Octets) -> Octets {
    u16_be(MLS10).concat(&u16_be(wire_format)).concat(body)
}

/// A message whose last vector has `last`.
pub fn finish(forge: &Forge, wire_format: u16, head: &Octets, last: &Octets) -> Octets {
    let version = if forge.is("message-version") { 2 } else { MLS10 };
    let wire_format = if forge.is("message-wire-format-unknown") { 6 } else { wire_format };
    let body = head.concat(&length(forge, last.len())).concat(last);
    let message = u16_be(version).concat(&u16_be(wire_format)).concat(&body);
    let message = if forge.is("message-trailing") { message.push(&0) } else { message };
    if forge.is("message-truncated") { short(&message) } else { message }
}

fn length(forge: &Forge, length: usize) -> Octets {
    if forge.is("message-length-not-minimal") {
        return match write_length(length).len() {
            1 => u16_be(0x4000 | length as u16),
            _ => u32_be(0x8000_0000 | length as u32),
        };
    }
    if forge.is("message-length-reserved") {
        return byte(0xc0 | length as u8 & 0x3f);
    }
    if forge.is("message-length-overrun") {
        return write_length(length + 1);
    }
    if forge.is("message-length-largest") {
        return write_length(MAX_VECTOR);
    }
    write_length(length)
}
