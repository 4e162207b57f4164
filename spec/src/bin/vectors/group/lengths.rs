//! How long a leaf and a GroupContext's extensions may be once they are decoded.

use super::members::{signed, unsigned_leaf};
use crate::vector::{Fields, Topic, fields, items, must, put};
use hacspec_lib::*;
use sceau_spec::group::credentials::Credential;
use sceau_spec::group::extensions::{check_max_context_extensions, read_group_extensions};
use sceau_spec::group::leaf_node::{
    LeafNode, SOURCE_COMMIT, SOURCE_UPDATE, check_max_leaf, encode_leaf_node, read_leaf_node,
};
use sceau_spec::group::limits::{MAX_CONTEXT_EXTENSIONS, MAX_LEAF};
use sceau_spec::group::profile::{DELIVERY_EXTENSION, POLICY_EXTENSION};
use sceau_spec::group::suite::AES128GCM_SHA256;
use sceau_spec::octets::{Octets, empty, is_zero, zeros};
use sceau_spec::pairwise::codec::{Extension, Extensions, finish, reader, write_extensions};
use sceau_spec::pairwise::error::ErrorClass;

/// How many zeros there are behind each other at least, so that they are left out of a file.
const MANY: usize = 16_384;

/// A leaf with so many zeros in it.
type Made = dyn Fn(&Topic, usize) -> LeafNode;

/// A newcomer's leaf.
fn leaf() -> LeafNode {
    unsigned_leaf(AES128GCM_SHA256, "newcomer", 0)
}

/// A leaf with so many zeros as its credential's identity.
fn by_credential(n: usize) -> LeafNode {
    LeafNode { credential: Credential::Basic(zeros(n)), ..leaf() }
}

/// A leaf with so many zeros in an extension.
fn by_extension(n: usize) -> LeafNode {
    LeafNode { extensions: list(&[(POLICY_EXTENSION, n)]), ..leaf() }
}

/// The same for the path of a Commit.
fn by_extension_of_commit(t: &Topic, n: usize) -> LeafNode {
    LeafNode {
        leaf_node_source: SOURCE_COMMIT,
        parent_hash: t.draw(17, "parent_hash", 32),
        ..by_extension(n)
    }
}

/// A list of extensions of so many zeros each.
fn list(of: &[(u16, usize)]) -> Extensions {
    let extension = |(extension_type, n): &(u16, usize)| Extension {
        extension_type: *extension_type,
        data: zeros(*n),
    };
    Extensions::from_vec(of.iter().map(extension).collect())
}

/// Leaves as long as they may be, and a byte longer.
pub fn leaves(t: &mut Topic, base: u32) {
    let of_commit = |t: &Topic, n| by_extension_of_commit(t, n);
    let of_update = |_: &Topic, n| LeafNode { leaf_node_source: SOURCE_UPDATE, ..by_credential(n) };
    let made: [(_, &Made); 4] = [
        ("by its credential", &|_, n| by_credential(n)),
        ("by an extension", &|_, n| by_extension(n)),
        ("by an extension, of a path", &of_commit),
        ("by its credential, of an Update", &of_update),
    ];
    for (i, (about, make)) in made.into_iter().enumerate() {
        let number = base + 2 * i as u32;
        let make = |t: &Topic, n| {
            signed(AES128GCM_SHA256, "newcomer", make(t, n), &t.draw(number, "group_id", 16), 1)
        };
        let around = encode_leaf_node(&make(t, MANY)).len() - MANY;
        let mut of_length = |number: u32, about: &str, length: usize, fits: bool| {
            let leaf = make(t, length - around);
            let encoded = encode_leaf_node(&leaf);
            assert_eq!(encoded.len(), length);
            let (decoded, r) = must(about, read_leaf_node(reader(&encoded)));
            must(about, finish(&r));
            let mut input = fields! { operation: "check_max_leaf" };
            without_zeros(&mut input, "leaf_node", &encoded, length - around);
            let result = check_max_leaf(&decoded);
            checked(t, number, "GRP-37", about, input, length, result, fits);
        };
        of_length(number, &format!("a leaf as long as one may be, {about}"), MAX_LEAF, true);
        of_length(number + 1, &format!("a leaf a byte longer, {about}"), MAX_LEAF + 1, false);
    }
}

/// Bytes without the zeros that stand in them at one place, where those are, and how many.
fn without_zeros(input: &mut Fields, name: &str, bytes: &Octets, n: usize) {
    let native = bytes.native_slice();
    let at = native.windows(MANY).position(|some| some.iter().all(|byte| *byte == 0));
    let first = at.expect("zeros");
    // A zero before them belongs to what stands before.
    let last = (first..native.len()).find(|i| native[*i] != 0).expect("an end");
    let at = last - n;
    assert!(is_zero(&bytes.slice(at, n)));
    let behind = bytes.slice(last, bytes.len() - last);
    put(input, name, bytes.slice(0, at).concat(&behind));
    put(input, &format!("{name}_zeros_at"), at);
    put(input, &format!("{name}_zeros"), n);
}

/// Extensions of a GroupContext as long as they may be, and a byte longer.
pub fn context_extensions(t: &mut Topic, base: u32) {
    // Type and length of long data have six bytes.
    let most = MAX_CONTEXT_EXTENSIONS - 6;
    let half = MAX_CONTEXT_EXTENSIONS / 2 - 6;
    let cases: [(_, _, &[(u16, usize)], _); 7] = [
        (0, "no extensions", &[], true),
        (1, "an extension as long as one may be", &[(DELIVERY_EXTENSION, most)], true),
        (2, "an extension a byte longer", &[(DELIVERY_EXTENSION, most + 1)], false),
        (3, "two, together as long", &[(POLICY_EXTENSION, half), (0xf001, half)], true),
        (4, "two, together a byte longer", &[(POLICY_EXTENSION, half), (0xf001, half + 1)], false),
        (5, "a long one and an empty one", &[(0xf001, most - 3), (POLICY_EXTENSION, 0)], true),
        (6, "a byte longer than these", &[(0xf001, most - 2), (POLICY_EXTENSION, 0)], false),
    ];
    for (i, about, of, fits) in cases {
        let extensions = list(of);
        let encoded = write_extensions(&extensions);
        let (decoded, r) = must(about, read_group_extensions(reader(&encoded)));
        must(about, finish(&r));
        let entry = |extension: &Extension| fields! { type: extension.extension_type, data: empty(), data_zeros: extension.data.len() };
        let entries: Vec<Fields> = items(&extensions).iter().map(entry).collect();
        let input = fields! { operation: "check_max_context_extensions", extensions: entries };
        // The list's own length, of one byte or of four, is none of its items.
        let length = encoded.len() - if extensions.len() == 0 { 1 } else { 4 };
        let result = check_max_context_extensions(&decoded);
        checked(t, base + i, "GRP-38", about, input, length, result, fits);
    }
}

/// A vector of a check, in whose steps is the length that was looked at.
fn checked(
    t: &mut Topic,
    number: u32,
    clauses: &str,
    about: &str,
    input: Fields,
    length: usize,
    result: Result<(), ErrorClass>,
    fits: bool,
) {
    if fits {
        must(about, result);
        t.valid(number, clauses, about, input, fields! { length: length }, fields! {});
    } else {
        t.refused(number, clauses, about, input, result, ErrorClass::Malformed);
    }
}
