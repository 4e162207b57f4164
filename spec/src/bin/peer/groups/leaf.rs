//! Leaves (§7.2) and key packages (§10) that the peer makes.

use super::forge::{Forge, flipped, no_room, short};
use super::member::{Member, Package, other_member};
use super::message;
use super::signing;
use crate::wire::Stop;
use hacspec_lib::Seq;
use sceau_spec::group::credentials::{BASIC, Certificates, Credential, SCEAU, X509};
use sceau_spec::group::extensions::{Values, write_values};
use sceau_spec::group::framing::MLS_KEY_PACKAGE;
use sceau_spec::group::key_package::{KeyPackage, key_package_tbs};
use sceau_spec::group::labels::{FRAMED_CONTENT_TBS, KEY_PACKAGE_TBS, LEAF_NODE_TBS};
use sceau_spec::group::leaf_node::{
    Capabilities, LeafNode, MLS10, SOURCE_COMMIT, SOURCE_KEY_PACKAGE, SOURCE_UPDATE,
    encode_leaf_node, leaf_node_tbs,
};
use sceau_spec::group::profile::POLICY_EXTENSION;
use sceau_spec::group::ratchet_tree::leaf_at;
use sceau_spec::group::suite::{
    AES128GCM_SHA256, CHACHA20POLY1305_SHA256, CipherSuite, MLKEM768X25519_SHA384,
    signature_public_key,
};
use sceau_spec::octets::{Octets, ascii, empty, from_bytes, u16_be, zeros};
use sceau_spec::pairwise::codec::{Extension, Extensions, write_opaque};

/// How long a key package is good, and how long before it is made: seconds.
const LIFETIME: u64 = 28 * 24 * 3600;
const EARLIER: u64 = 3600;
/// Extension type `last_resort` (§17.3), which many list.
const LAST_RESORT: u16 = 0x000a;
/// Extension type `delivery`, which each leaf of Sceau's lists (`[GDS-30]`).
const DELIVERY: u16 = 0xf64b;
/// A value that no capabilities list.
pub const UNLISTED: u16 = 0xf0ce;
/// A GREASE value (§13.5).
pub const GREASE: u16 = 0x0a0a;

/// Where a leaf will stand.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub group_id: &'a Octets,
    pub index: u32,
}

fn values(values: &[u16]) -> Values {
    Seq::from_native_slice(values)
}

fn extension(extension_type: u16) -> Extension {
    Extension { extension_type, data: ascii("data") }
}

/// The suite that has the same sizes, or, of the hybrid one, another.
pub fn other_suite(suite: CipherSuite) -> CipherSuite {
    if suite == AES128GCM_SHA256 { CHACHA20POLY1305_SHA256 } else { AES128GCM_SHA256 }
}

/// A leaf's honest fields, of a source, without keys.
pub fn fresh(identity: &Octets, grease: bool) -> LeafNode {
    let suites = [AES128GCM_SHA256, CHACHA20POLY1305_SHA256, MLKEM768X25519_SHA384];
    let mut extra = Vec::new();
    if grease {
        extra.push(GREASE);
    }
    let with = |known: &[u16]| values(&[known, &extra[..]].concat());
    LeafNode {
        credential: Credential::Basic(identity.clone()),
        capabilities: Capabilities {
            versions: values(&[MLS10]),
            cipher_suites: with(&suites),
            extensions: with(&[LAST_RESORT, POLICY_EXTENSION, DELIVERY]),
            proposals: with(&[]),
            credentials: with(&[BASIC]),
        },
        extensions: match grease {
            true => Extensions::new(0).push(&extension(GREASE)),
            false => Extensions::new(0),
        },
        ..LeafNode::default()
    }
}

/// Signs a leaf whose fields are set, but for deviations.
pub fn sign(
    forge: &mut Forge,
    suite: CipherSuite,
    leaf: &LeafNode,
    signer: &Octets,
    place: Option<Place>,
) -> LeafNode {
    let mut leaf = leaf.clone();
    capabilities(forge, suite, &mut leaf);
    source(forge, &mut leaf);
    if forge.is("leaf-encryption-key-short") {
        leaf.encryption_key = short(&leaf.encryption_key);
    }
    if forge.wants("leaf-encryption-key-not-reduced") && suite == MLKEM768X25519_SHA384 {
        forge.is("leaf-encryption-key-not-reduced");
        leaf.encryption_key = not_reduced(&leaf.encryption_key);
    }
    leaf.signature_key =
        signing::neutral(forge).unwrap_or_else(|| signature_public_key(suite, signer));
    leaf.signature = signature(forge, suite, &leaf, signer, place);
    leaf
}

/// The signature of a leaf.
pub fn signature(
    forge: &Forge,
    suite: CipherSuite,
    leaf: &LeafNode,
    signer: &Octets,
    place: Option<Place>,
) -> Octets {
    let (mut group_id, mut index) = match place {
        Some(place) => (place.group_id.clone(), place.index),
        None => (empty(), 0),
    };
    if place.is_some() && forge.is("leaf-other-group-id") {
        group_id = flipped(&group_id);
    }
    if place.is_some() && forge.is("leaf-other-index") {
        index += 1;
    }
    let label = if forge.is("leaf-wrong-label") { FRAMED_CONTENT_TBS } else { LEAF_NODE_TBS };
    let tbs = leaf_node_tbs(leaf, &group_id, index);
    let raw = raw(forge, leaf);
    let tbs = replace(&tbs, &raw.0, &raw.1);
    if signing::neutral(forge).is_some() {
        return signing::under_neutral(signer, label, &tbs);
    }
    signing::sign(forge, "leaf", suite, signer, label, &tbs)
}

/// What of a leaf's encoding stands for what cannot be encoded, and by what it is replaced.
fn raw(forge: &Forge, leaf: &LeafNode) -> (Octets, Octets) {
    if forge.is("leaf-credential-unknown") {
        let body = write_opaque(&ascii("credential"));
        return (u16_be(SCEAU).concat(&body), u16_be(UNLISTED).concat(&body));
    }
    if forge.is("leaf-odd-capabilities") {
        let listed = write_values(&leaf.capabilities.cipher_suites);
        let odd = listed.slice(1, listed.len() - 1).push(&0);
        return (listed, write_opaque(&odd));
    }
    (empty(), empty())
}

/// The bytes with the encoding of a leaf in them replaced by what cannot be encoded, where the leaf deviates so.
pub fn with_raw(forge: &Forge, bytes: &Octets, leaf: &LeafNode) -> Octets {
    let (from, to) = raw(forge, leaf);
    let honest = encode_leaf_node(leaf);
    replace(bytes, &honest, &replace(&honest, &from, &to))
}

/// The bytes with the first `from` replaced.
fn replace(bytes: &Octets, from: &Octets, to: &Octets) -> Octets {
    let all = bytes.native_slice();
    let part = from.native_slice();
    if part.is_empty() {
        return bytes.clone();
    }
    match all.windows(part.len()).position(|window| window == part) {
        Some(at) => from_bytes(&[&all[..at], to.native_slice(), &all[at + part.len()..]].concat()),
        None => bytes.clone(),
    }
}

fn capabilities(forge: &Forge, suite: CipherSuite, leaf: &mut LeafNode) {
    let own = &mut leaf.capabilities;
    if forge.is("leaf-capabilities-empty") {
        own.extensions = values(&[]);
        own.proposals = values(&[]);
    }
    if forge.is("leaf-capabilities-without-basic") {
        own.credentials = values(&[X509]);
    }
    if forge.is("leaf-capabilities-without-suite") {
        own.cipher_suites = values(&[other_suite(suite)]);
    }
    if forge.is("leaf-capabilities-without-version") {
        own.versions = values(&[2]);
    }
    if forge.is("leaf-capabilities-defaults") {
        let listed = own.extensions.native_slice();
        own.extensions = values(&[listed, &[1, 2, 3, 4, 5]].concat());
        own.proposals = values(&[1, 2, 3, 4, 5, 6, 7]);
    }
    if forge.is("leaf-credential-x509") {
        own.credentials = values(&[BASIC, X509]);
        leaf.credential = x509();
    }
    if forge.wants("leaf-credential-unknown") {
        own.credentials = values(&[BASIC, UNLISTED]);
        leaf.credential = Credential::Sceau(ascii("credential"));
    }
    if forge.is("leaf-extension-unlisted") {
        leaf.extensions = leaf.extensions.push(&extension(UNLISTED));
    }
    if forge.is("leaf-extension-repeated") {
        let repeated = extension(POLICY_EXTENSION);
        leaf.extensions = leaf.extensions.push(&repeated).push(&repeated);
    }
    if forge.is("leaf-extension-grease") {
        leaf.capabilities.extensions = leaf.capabilities.extensions.push(&GREASE);
        leaf.extensions = leaf.extensions.push(&extension(GREASE));
    }
}

/// A credential of a chain of one certificate, which is none.
pub fn x509() -> Credential {
    Credential::X509(Certificates::new(0).push(&ascii("certificate")))
}

fn source(forge: &Forge, leaf: &mut LeafNode) {
    if leaf.leaf_node_source != SOURCE_KEY_PACKAGE && forge.is("leaf-source-key-package") {
        leaf.leaf_node_source = SOURCE_KEY_PACKAGE;
        (leaf.not_before, leaf.not_after) = lifetime(forge.now);
    }
    if leaf.leaf_node_source != SOURCE_UPDATE && forge.is("leaf-source-update") {
        leaf.leaf_node_source = SOURCE_UPDATE;
    }
    if leaf.leaf_node_source != SOURCE_COMMIT && forge.is("leaf-source-commit") {
        leaf.leaf_node_source = SOURCE_COMMIT;
    }
    if forge.is("leaf-source-unknown") {
        leaf.leaf_node_source = 4;
    }
}

/// First and last second of a key package.
fn lifetime(now: u64) -> (u64, u64) {
    (now.saturating_sub(EARLIER), now + LIFETIME)
}

/// A member's next leaf, not yet signed: with a new encryption key, and its private key, and the key that signs it.
pub fn renewed(
    member: &Member,
    forge: &mut Forge,
    source: u8,
) -> Result<(LeafNode, Octets, Octets), Stop> {
    let pair = forge.key_pair(member.suite());
    let mut leaf = LeafNode {
        encryption_key: pair.public_key,
        leaf_node_source: source,
        not_before: 0,
        not_after: 0,
        parent_hash: empty(),
        ..member.own_leaf()
    };
    let mut private_key = pair.private_key;
    let mut signer = member.signer.clone();
    if forge.is("leaf-encryption-key-kept") {
        leaf.encryption_key = member.own_leaf().encryption_key;
        private_key = member.private_key(2 * member.leaf).unwrap_or(private_key);
    }
    if forge.is("leaf-new-signature-key") || forge.wants("group-info-old-signature-key") {
        signer = forge.draw(32);
    }
    if forge.is("leaf-other-identity") {
        leaf.credential = Credential::Basic(ascii("somebody else"));
    }
    if forge.wants("leaf-duplicate-encryption-key") || forge.wants("leaf-duplicate-signature-key") {
        let other = other_member(&member.tree, member.leaf);
        let other = other.and_then(|other| leaf_at(&member.tree, other));
        let Some(other) = other else { return no_room("other member") };
        if forge.is("leaf-duplicate-encryption-key") {
            leaf.encryption_key = other.encryption_key;
        } else if forge.is("leaf-duplicate-signature-key") {
            signer = match known_signer(member, forge) {
                Some(signer) => signer,
                None => return no_room("other member of this peer"),
            };
        }
    }
    Ok((leaf, private_key, signer))
}

/// The signature key of another member that this process plays.
fn known_signer(member: &Member, forge: &Forge) -> Option<Octets> {
    super::member::members(&member.tree)
        .into_iter()
        .filter(|leaf| *leaf != member.leaf)
        .filter_map(|leaf| leaf_at(&member.tree, leaf))
        .find_map(|leaf| forge.signers.get(leaf.signature_key.native_slice()).cloned())
}

/// Makes a key package: with its private keys, and its MLSMessage.
pub fn key_package(
    forge: &mut Forge,
    suite: CipherSuite,
    identity: &Octets,
    signer: &Octets,
    grease: bool,
    last: Option<&KeyPackage>,
) -> Result<(Package, Octets), Stop> {
    let (init, encryption) = (forge.key_pair(suite), forge.key_pair(suite));
    let mut leaf = fresh(identity, grease);
    if forge.wants("key-package-extension-grease") {
        leaf.capabilities.extensions = leaf.capabilities.extensions.push(&GREASE);
    }
    leaf.encryption_key = encryption.public_key.clone();
    leaf.leaf_node_source = SOURCE_KEY_PACKAGE;
    (leaf.not_before, leaf.not_after) = lifetime(forge.now);
    if forge.is("leaf-lifetime-past") {
        leaf.not_after = forge.now.saturating_sub(3600);
        leaf.not_before = leaf.not_after.saturating_sub(LIFETIME);
    }
    if forge.is("leaf-lifetime-future") {
        leaf.not_before = forge.now + 24 * 3600;
        leaf.not_after = leaf.not_before + LIFETIME;
    }
    if forge.is("leaf-lifetime-too-long") {
        leaf.not_after = leaf.not_before + 100 * 365 * 24 * 3600;
    }
    if forge.is("leaf-duplicate-encryption-key") {
        leaf.encryption_key = match last {
            Some(last) => last.leaf_node.encryption_key.clone(),
            None => return no_room("key package before"),
        };
    }
    let mut signer = signer.clone();
    if forge.is("leaf-duplicate-signature-key") {
        let own = signature_public_key(suite, &signer);
        let other = forge
            .packages
            .iter()
            .find(|other| other.cipher_suite == suite && other.leaf_node.signature_key != own);
        let other = other.map(|other| other.leaf_node.signature_key.native_slice().to_vec());
        signer = match other.and_then(|other| forge.signers.get(&other).cloned()) {
            Some(signer) => signer,
            None => return no_room("key package of another party"),
        };
    }
    let made = sign(forge, suite, &leaf, &signer, None);
    let mut out = KeyPackage {
        version: MLS10,
        cipher_suite: suite,
        init_key: init.public_key,
        leaf_node: made,
        extensions: Extensions::new(0),
        signature: empty(),
    };
    let mut init_private_key = init.private_key;
    fields(forge, &mut out);
    if forge.is("key-package-init-key-in-leaf") {
        out.init_key = out.leaf_node.encryption_key.clone();
        init_private_key = encryption.private_key.clone();
    }
    if grease {
        out.extensions = out.extensions.push(&extension(GREASE));
    }
    let body = sign_key_package(forge, suite, &mut out, &signer);
    let message = message::finish(forge, MLS_KEY_PACKAGE, &body, &out.signature);
    let package = Package {
        key_package: out,
        init_private_key,
        encryption_private_key: encryption.private_key,
        signer,
    };
    Ok((package, message))
}

/// A hybrid key whose first coefficient is not reduced modulo q (FIPS 203 §7.2).
fn not_reduced(key: &Octets) -> Octets {
    from_bytes(&[0xff, 0xff]).concat(&key.slice(2, key.len() - 2))
}

fn fields(forge: &Forge, out: &mut KeyPackage) {
    if forge.is("key-package-version") {
        out.version = 2;
    }
    if forge.is("key-package-other-suite") {
        out.cipher_suite = other_suite(out.cipher_suite);
    }
    if forge.is("key-package-init-key-short") {
        out.init_key = short(&out.init_key);
    }
    if forge.is("key-package-init-key-zero") {
        out.init_key = zeros(out.init_key.len());
    }
    let hybrid = out.cipher_suite == MLKEM768X25519_SHA384;
    if hybrid && forge.is("key-package-init-key-not-reduced") {
        out.init_key = not_reduced(&out.init_key);
    }
    if forge.is("key-package-extension-repeated") {
        let repeated = extension(POLICY_EXTENSION);
        out.extensions = out.extensions.push(&repeated).push(&repeated);
    }
    if forge.is("key-package-extension-unlisted") {
        out.extensions = out.extensions.push(&extension(UNLISTED));
    }
    if forge.is("key-package-extension-grease") {
        out.extensions = out.extensions.push(&extension(GREASE));
    }
}

/// Signs a key package; its encoding without the signature.
fn sign_key_package(
    forge: &mut Forge,
    suite: CipherSuite,
    out: &mut KeyPackage,
    signer: &Octets,
) -> Octets {
    let tbs = with_raw(forge, &key_package_tbs(out), &out.leaf_node);
    let label = if forge.is("key-package-wrong-label") { LEAF_NODE_TBS } else { KEY_PACKAGE_TBS };
    let other = forge.draw(32);
    let signer = if forge.is("key-package-other-signature-key") { &other } else { signer };
    out.signature = match signing::neutral(forge) {
        Some(_) => signing::under_neutral(signer, label, &tbs),
        None => signing::sign(forge, "key-package", suite, signer, label, &tbs),
    };
    tbs
}
