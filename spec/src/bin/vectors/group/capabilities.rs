//! What leaves must support, and who may propose from outside.

use super::SUITES;
use super::members::{signature_key, unsigned_leaf};
use crate::frames::extension_fields;
use crate::vector::{Fields, Topic, fields, items, must};
use hacspec_lib::*;
use sceau_spec::group::capabilities::{
    RequiredCapabilities, check_context_extensions, check_leaf_suite, check_member_credentials,
    check_required_capabilities, decode_required_capabilities, encode_required_capabilities,
};
use sceau_spec::group::credentials::{BASIC, Credential, SCEAU, encode_credential};
use sceau_spec::group::external_senders::{
    ExternalSender, ExternalSenders, decode_external_senders, encode_external_senders,
    external_sender,
};
use sceau_spec::group::leaf_node::{LeafNode, encode_leaf_node};
use sceau_spec::group::limits::MAX_GROUP_SENDERS;
use sceau_spec::group::profile::{DELIVERY_EXTENSION, POLICY_EXTENSION};
use sceau_spec::group::suite::{AES128GCM_SHA256, CHACHA20POLY1305_SHA256, signature_public_key};
use sceau_spec::octets::{Octets, ascii, byte, empty};
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::error::ErrorClass;

const MALFORMED: ErrorClass = ErrorClass::Malformed;

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::group("group-capabilities", "GRP-CAP");
    formats(&mut t);
    suites(&mut t);
    required(&mut t);
    credentials(&mut t);
    extensions(&mut t);
    senders(&mut t);
    grease(&mut t);
    t
}

fn values(of: &[u16]) -> Seq<u16> {
    Seq::from_vec(of.to_vec())
}

fn requiring(extensions: &[u16], proposals: &[u16], credentials: &[u16]) -> RequiredCapabilities {
    RequiredCapabilities {
        extension_types: values(extensions),
        proposal_types: values(proposals),
        credential_types: values(credentials),
    }
}

/// A leaf of suite `0x0001` that supports the policy's and the delivery's extension, a proposal for private use,
/// and the credentials `basic` and Sceau's.
fn leaf() -> LeafNode {
    let mut leaf = unsigned_leaf(AES128GCM_SHA256, "newcomer", 0);
    leaf.capabilities.extensions = values(&[POLICY_EXTENSION, DELIVERY_EXTENSION]);
    leaf.capabilities.proposals = values(&[0xf001]);
    leaf
}

/// A vector of a check that gives nothing back.
fn checked(
    t: &mut Topic,
    number: u32,
    clauses: &str,
    about: &str,
    input: Fields,
    result: Result<(), ErrorClass>,
    fits: bool,
) {
    if fits {
        must(about, result);
        t.valid(number, clauses, about, input, fields! {}, fields! {});
    } else {
        t.refused(number, clauses, about, input, result, MALFORMED);
    }
}

/// RequiredCapabilities.
fn formats(t: &mut Topic) {
    for (number, about, required) in [
        (1, "nothing is required", requiring(&[], &[], &[])),
        (
            2,
            "extensions, a proposal and a credential",
            requiring(&[POLICY_EXTENSION, DELIVERY_EXTENSION], &[0xf001], &[SCEAU]),
        ),
    ] {
        let encoded = encode_required_capabilities(&required);
        must(about, decode_required_capabilities(&encoded));
        t.valid(
            number,
            "GRP-53",
            about,
            fields! {
                operation: "required_capabilities",
                extension_types: items(&required.extension_types),
                proposal_types: items(&required.proposal_types),
                credential_types: items(&required.credential_types),
            },
            fields! {},
            fields! { required_capabilities: encoded },
        );
    }
    let good = encode_required_capabilities(&requiring(&[POLICY_EXTENSION], &[], &[SCEAU]));
    for (number, clauses, about, bytes) in [
        (3, "ENC-02 GRP-15", "a byte behind it", good.concat(&byte(0))),
        (4, "ENC-04 GRP-15", "a byte less", good.slice(0, good.len() - 1)),
        (5, "ENC-04 GRP-15", "credential types are missing", byte(0).concat(&byte(0))),
        (
            6,
            "ENC-02 GRP-15",
            "a list of an odd number of bytes",
            byte(1).concat(&byte(0)).concat(&byte(0)).concat(&byte(0)),
        ),
        (7, "ENC-04 GRP-15", "no bytes", empty()),
    ] {
        let result = decode_required_capabilities(&bytes);
        let input = fields! { operation: "decode", type: "RequiredCapabilities", bytes: bytes };
        t.refused(number, clauses, about, input, result, MALFORMED);
    }
}

/// Version and suite.
fn suites(t: &mut Topic) {
    let mut other_version = leaf();
    other_version.capabilities.versions = values(&[2, 0x1a1a]);
    let mut no_suites = leaf();
    no_suites.capabilities.cipher_suites = values(&[]);
    let cases = [
        (10, "both are listed", leaf(), AES128GCM_SHA256, true),
        (11, "the suite is not listed", leaf(), CHACHA20POLY1305_SHA256, false),
        (12, "no suite is listed", no_suites, AES128GCM_SHA256, false),
        (13, "the version is not listed", other_version, AES128GCM_SHA256, false),
    ];
    for (number, about, leaf, suite, fits) in cases {
        let input = fields! {
            operation: "check_leaf_suite", leaf_node: encode_leaf_node(&leaf), cipher_suite: suite,
        };
        let result = check_leaf_suite(&leaf, suite);
        checked(t, number, "GRP-52", about, input, result, fits);
    }
}

/// What a group requires.
fn required(t: &mut Topic) {
    let leaf = leaf();
    let cases = [
        (20, "nothing", requiring(&[], &[], &[]), true),
        (
            21,
            "all that the leaf lists",
            requiring(&[DELIVERY_EXTENSION, POLICY_EXTENSION], &[0xf001], &[SCEAU, BASIC]),
            true,
        ),
        (22, "the default extensions", requiring(&[1, 2, 3, 4, 5], &[], &[]), true),
        (23, "the default proposals", requiring(&[], &[1, 2, 3, 4, 5, 6, 7], &[]), true),
        (24, "an extension that it does not list", requiring(&[0xf64c], &[], &[]), false),
        (25, "extension 6", requiring(&[6], &[], &[]), false),
        (26, "a proposal that it does not list", requiring(&[], &[0xf002], &[]), false),
        (27, "proposal 8", requiring(&[], &[8], &[]), false),
        (28, "a credential that it does not list", requiring(&[], &[], &[2]), false),
        (
            29,
            "an extension's type that it lists, as a proposal's",
            requiring(&[], &[POLICY_EXTENSION], &[]),
            false,
        ),
    ];
    for (number, about, required, fits) in cases {
        required_of(t, number, "GRP-53", about, &leaf, &required, fits);
    }
}

/// What a group requires of a leaf.
fn required_of(
    t: &mut Topic,
    number: u32,
    clauses: &str,
    about: &str,
    leaf: &LeafNode,
    required: &RequiredCapabilities,
    fits: bool,
) {
    let input = fields! {
        operation: "check_required_capabilities", leaf_node: encode_leaf_node(leaf),
        required_capabilities: encode_required_capabilities(required),
    };
    let result = check_required_capabilities(leaf, required);
    checked(t, number, clauses, about, input, result, fits);
}

/// A leaf that lists these extensions, proposals and credentials besides.
fn listing(extensions: &[u16], proposals: &[u16], credentials: &[u16]) -> LeafNode {
    let mut leaf = leaf();
    let capabilities = &mut leaf.capabilities;
    capabilities.extensions = capabilities.extensions.concat(&values(extensions));
    capabilities.proposals = capabilities.proposals.concat(&values(proposals));
    capabilities.credentials = capabilities.credentials.concat(&values(credentials));
    leaf
}

/// GREASE, which nobody lists: required, and among the GroupContext's extensions.
fn grease(t: &mut Topic) {
    let leaf = |of: u16| listing(&[of], &[of], &[of]);
    let all = |of: u16| requiring(&[of], &[of], &[of]);
    let (first, last) = (0x0a0a, 0xeaea);
    let cases = [
        (
            61,
            "the leaf's list has GREASE that is not required",
            first,
            requiring(&[], &[], &[]),
            true,
        ),
        (62, "a GREASE extension that is in its list", first, requiring(&[first], &[], &[]), false),
        (63, "a GREASE proposal that is in its list", first, requiring(&[], &[first], &[]), false),
        (
            64,
            "a GREASE credential that is in its list",
            first,
            requiring(&[], &[], &[first]),
            false,
        ),
        (65, "the last GREASE value as an extension", last, requiring(&[last], &[], &[]), false),
        (66, "the last GREASE value as a proposal", last, requiring(&[], &[last], &[]), false),
        (67, "the last GREASE value as a credential", last, requiring(&[], &[], &[last]), false),
        (
            68,
            "GREASE behind what the leaf supports",
            first,
            requiring(&[POLICY_EXTENSION, first], &[0xf001], &[SCEAU]),
            false,
        ),
        (69, "0xFAFA, which is none, in its lists", 0xfafa, all(0xfafa), true),
        (70, "0x0A1A, which is none, in its lists", 0x0a1a, all(0x0a1a), true),
        (71, "0x0A0B, which is none, in its lists", 0x0a0b, all(0x0a0b), true),
        (72, "0x0B0B, which is none, in its lists", 0x0b0b, all(0x0b0b), true),
        (73, "0x2020, which is none, in its lists", 0x2020, all(0x2020), true),
    ];
    for (number, about, of, required, fits) in cases {
        required_of(t, number, "GRP-53 GRP-69", about, &leaf(of), &required, fits);
    }
    let cases: [(_, _, _, &[u16], _); 6] = [
        (74, "the leaf's list has GREASE, the group has none", first, &[POLICY_EXTENSION], true),
        (75, "GREASE that is in its list", first, &[first], false),
        (76, "the last GREASE value in its list", last, &[last], false),
        (77, "GREASE in its list, between others", first, &[3, first, POLICY_EXTENSION], false),
        (78, "0xFAFA, which is no GREASE, in its list", 0xfafa, &[0xfafa], true),
        (79, "0x0A1A, which is no GREASE, in its list", 0x0a1a, &[0x0a1a], true),
    ];
    for (number, about, of, types, fits) in cases {
        context_of(t, number, "GRP-61 GRP-69", about, &leaf(of), types, fits);
    }
}

/// The credentials of two members.
fn credentials(t: &mut Topic) {
    let of_device = |credentials: &[u16]| {
        let mut out = leaf();
        out.credential = Credential::Sceau(ascii("of a device"));
        out.capabilities.credentials = values(credentials);
        out
    };
    let basic = |credentials: &[u16]| {
        let mut out = leaf();
        out.capabilities.credentials = values(credentials);
        out
    };
    let cases = [
        (
            30,
            "two types, each listed by the other",
            of_device(&[SCEAU, BASIC]),
            basic(&[BASIC, SCEAU]),
            true,
        ),
        (31, "one type", of_device(&[SCEAU]), of_device(&[SCEAU]), true),
        (
            32,
            "the other does not list the leaf's",
            of_device(&[SCEAU, BASIC]),
            basic(&[BASIC]),
            false,
        ),
        (
            33,
            "the leaf does not list the other's",
            of_device(&[SCEAU]),
            basic(&[BASIC, SCEAU]),
            false,
        ),
    ];
    for (number, about, leaf, other, fits) in cases {
        let input = fields! {
            operation: "check_member_credentials", leaf_node: encode_leaf_node(&leaf),
            other_leaf_node: encode_leaf_node(&other),
        };
        let result = check_member_credentials(&leaf, &other);
        checked(t, number, "GRP-54", about, input, result, fits);
    }
}

/// The GroupContext's extensions.
fn extensions(t: &mut Topic) {
    let cases: [(_, _, &[u16], _); 5] = [
        (40, "none", &[], true),
        (41, "one that it lists", &[DELIVERY_EXTENSION], true),
        (42, "default ones", &[3, 5], true),
        (43, "one that it does not list", &[DELIVERY_EXTENSION, 0xf64c], false),
        (44, "GREASE that it does not list", &[0x3a3a], false),
    ];
    for (number, about, types, fits) in cases {
        context_of(t, number, "GRP-61", about, &leaf(), types, fits);
    }
}

/// Extensions of these types, empty, of a group of which a leaf is a member.
fn context_of(
    t: &mut Topic,
    number: u32,
    clauses: &str,
    about: &str,
    leaf: &LeafNode,
    types: &[u16],
    fits: bool,
) {
    let extension = |t: &u16| Extension { extension_type: *t, data: empty() };
    let types = Extensions::from_vec(types.iter().map(extension).collect());
    let input = fields! {
        operation: "check_context_extensions", leaf_node: encode_leaf_node(leaf),
        extensions: extension_fields(&types),
    };
    let result = check_context_extensions(leaf, &types);
    checked(t, number, clauses, about, input, result, fits);
}

/// External senders.
fn senders(t: &mut Topic) {
    let (_, suite) = SUITES[0];
    let sender = |name: &str| ExternalSender {
        signature_key: signature_public_key(suite, &signature_key(suite, name)),
        credential: Credential::Basic(ascii(name)),
    };
    let many = |n: usize| {
        let all = (0..n).map(|i| sender(&format!("sender {i}"))).collect();
        ExternalSenders::from_vec(all)
    };
    let fields_of = |senders: &ExternalSenders| -> Vec<Fields> {
        items(senders)
            .iter()
            .map(|s| fields! { signature_key: s.signature_key, credential: encode_credential(&s.credential) })
            .collect()
    };
    for (number, about, senders) in [
        (50, "two external senders", many(2)),
        (51, "none", many(0)),
        (52, "as many as there may be", many(MAX_GROUP_SENDERS)),
    ] {
        let encoded = encode_external_senders(&senders);
        must(about, decode_external_senders(&encoded));
        let input = fields! { operation: "external_senders", senders: fields_of(&senders) };
        let out = fields! { external_senders: encoded };
        t.valid(number, "GRP-70 LIM-01", about, input, fields! {}, out);
    }
    let two = encode_external_senders(&many(2));
    let cases: [(_, _, _, Octets); 4] = [
        (
            53,
            "LIM-01",
            "one more than there may be",
            encode_external_senders(&many(MAX_GROUP_SENDERS + 1)),
        ),
        (54, "ENC-02 GRP-15", "a byte behind them", two.concat(&byte(0))),
        (55, "ENC-04 GRP-15", "a byte less", two.slice(0, two.len() - 1)),
        (56, "ENC-04 GRP-15", "no bytes", empty()),
    ];
    for (number, clauses, about, bytes) in cases {
        let result = decode_external_senders(&bytes);
        let input = fields! { operation: "decode", type: "ExternalSenders", bytes: bytes };
        t.refused(number, clauses, about, input, result, MALFORMED);
    }
    let senders = must("two", decode_external_senders(&two));
    for (number, about, index) in [
        (57, "the second sender", 1),
        (58, "a sender that is not there", 2),
        (59, "the last index", u32::MAX),
    ] {
        let result = external_sender(&senders, index);
        let input = fields! {
            operation: "external_sender", external_senders: two, sender_index: index,
        };
        match result {
            Ok(found) => {
                let out = fields! { signature_key: found.signature_key };
                t.valid(number, "GRP-70", about, input, fields! {}, out);
            }
            Err(_) => t.refused(number, "GRP-70", about, input, result, MALFORMED),
        }
    }
}
