//! How long the fields of RFC 9420's structures may be: each as long as it may be, and a byte longer. What is long is
//! zeros, which are left out of the file.

use super::SUITES;
use super::framing::Epoch;
use super::members::{key_package, unsigned_leaf};
use crate::vector::{Topic, fields, must};
use hacspec_lib::*;
use sceau_spec::group::commit::{
    Commit, HpkeCiphertexts, ProposalOrRef, ProposalsOrRefs, UpdatePath, UpdatePathNode,
    UpdatePathNodes,
};
use sceau_spec::group::credentials::Credential;
use sceau_spec::group::external_senders::{
    ExternalSender, ExternalSenders, decode_external_senders, encode_external_senders,
};
use sceau_spec::group::framing::{Content, MlsMessage, decode_mls_message, encode_mls_message};
use sceau_spec::group::group_context::GroupContext;
use sceau_spec::group::hpke::HpkeCiphertext;
use sceau_spec::group::key_package::KeyPackage;
use sceau_spec::group::leaf_node::{LeafNode, SOURCE_COMMIT};
use sceau_spec::group::limits::{MAX_GROUP_PSKS, MAX_GROUP_SECRETS};
use sceau_spec::group::private_message::PrivateMessage;
use sceau_spec::group::proposals::Proposal;
use sceau_spec::group::psk::{EXTERNAL, PreSharedKeyId, PreSharedKeyIds};
use sceau_spec::group::public_message::PublicMessage;
use sceau_spec::group::welcome::{
    EncryptedGroupSecrets, EncryptedSecrets, GroupInfo, GroupSecrets, Welcome,
    decode_group_secrets, encode_group_secrets,
};
use sceau_spec::octets::{Octets, is_zero, repeat, u16_be, u32_be};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::limits::{MAX_IDENTITY, MAX_KEY, MAX_MESSAGE, MAX_SIGNATURE};

/// A byte that fills nothing but what is looked for.
const MARK: u8 = 0xa5;

/// What a field belongs to, its name and its limit, and how the structure is made around it.
type Case<'a> = (&'a str, usize, &'a dyn Fn(Octets) -> Made);

/// A structure, by its name in a vector and encoded.
type Made = (&'static str, Octets);

/// The vectors.
pub fn fields_of_rfc9420(t: &mut Topic, base: u32) {
    let epoch = Epoch::new(t, base, SUITES[0].1);
    let mut number = base;
    let mut all = |cases: &[Case]| {
        for (about, most, make) in cases {
            both(t, number, about, *most, *make);
            number += 2;
        }
    };
    all(&[
        ("the init key of a KeyPackage", MAX_KEY, &|x| {
            package(KeyPackage { init_key: x, ..newcomer() })
        }),
        ("the encryption key of a leaf", MAX_KEY, &|x| {
            in_package(LeafNode { encryption_key: x, ..leaf() })
        }),
        ("the signature key of a leaf", MAX_KEY, &|x| {
            in_package(LeafNode { signature_key: x, ..leaf() })
        }),
        ("the signature of a leaf", MAX_SIGNATURE, &|x| {
            in_package(LeafNode { signature: x, ..leaf() })
        }),
        ("the signature of a KeyPackage", MAX_SIGNATURE, &|x| {
            package(KeyPackage { signature: x, ..newcomer() })
        }),
    ]);
    let commit = |x: Content| epoch.public_message(&x);
    all(&[
        ("the parent hash of a leaf", MAX_KEY, &|x| message(commit(path(x, bytes(1), bytes(2))))),
        ("the key of a node of an update path", MAX_KEY, &|x| {
            message(commit(path(bytes(1), x, bytes(2))))
        }),
        ("the KEM output of an update path", MAX_KEY, &|x| {
            message(commit(path(bytes(1), bytes(2), x)))
        }),
        ("the reference to a proposal", MAX_KEY, &|x| {
            message(commit(of(ProposalOrRef::Reference(x))))
        }),
        ("a PSK id", MAX_KEY, &|x| {
            message(commit(by_value(Proposal::PreSharedKey(psk(x, bytes(1))))))
        }),
        ("a PSK's nonce", MAX_KEY, &|x| {
            message(commit(by_value(Proposal::PreSharedKey(psk(bytes(1), x)))))
        }),
        ("the KEM output of an ExternalInit", MAX_KEY, &|x| {
            message(commit(by_value(Proposal::ExternalInit(x))))
        }),
    ]);
    let public = public(&epoch);
    all(&[
        ("the signature of a PublicMessage", MAX_SIGNATURE, &|x| {
            let mut altered = public.clone();
            altered.auth.signature = x;
            message(MlsMessage::PublicMessage(altered))
        }),
        ("the confirmation tag of a Commit", MAX_KEY, &|x| {
            let mut altered = public.clone();
            altered.auth.confirmation_tag = x;
            message(MlsMessage::PublicMessage(altered))
        }),
        ("the membership tag of a PublicMessage", MAX_KEY, &|x| {
            message(MlsMessage::PublicMessage(PublicMessage {
                membership_tag: x,
                ..public.clone()
            }))
        }),
        ("the authenticated_data of a PublicMessage", MAX_MESSAGE, &|x| {
            let mut altered = public.clone();
            altered.content.authenticated_data = x;
            message(MlsMessage::PublicMessage(altered))
        }),
    ]);
    let private = private(&epoch);
    all(&[
        ("the authenticated_data of a PrivateMessage", MAX_MESSAGE, &|x| {
            message(MlsMessage::PrivateMessage(PrivateMessage {
                authenticated_data: x,
                ..private.clone()
            }))
        }),
        ("the encrypted_sender_data of a PrivateMessage", MAX_KEY, &|x| {
            message(MlsMessage::PrivateMessage(PrivateMessage {
                encrypted_sender_data: x,
                ..private.clone()
            }))
        }),
    ]);
    all(&[
        ("the reference to a newcomer's KeyPackage", MAX_KEY, &|x| welcome(x, bytes(1), bytes(2))),
        ("the KEM output of a Welcome", MAX_KEY, &|x| welcome(bytes(1), x, bytes(2))),
        ("an encrypted GroupSecrets", MAX_GROUP_SECRETS, &|x| welcome(bytes(1), bytes(2), x)),
        ("the tree hash of a GroupContext", MAX_KEY, &|x| {
            in_group_info(GroupContext { tree_hash: x, ..context() })
        }),
        ("the confirmed transcript hash of a GroupContext", MAX_KEY, &|x| {
            in_group_info(GroupContext { confirmed_transcript_hash: x, ..context() })
        }),
        ("the confirmation tag of a GroupInfo", MAX_KEY, &|x| {
            group_info(GroupInfo { confirmation_tag: x, ..info() })
        }),
        ("the signature of a GroupInfo", MAX_SIGNATURE, &|x| {
            group_info(GroupInfo { signature: x, ..info() })
        }),
        ("the joiner secret of GroupSecrets", MAX_KEY, &|x| secrets(x, None)),
        ("the path secret of GroupSecrets", MAX_KEY, &|x| secrets(bytes(1), Some(x))),
        ("the signature key of an external sender", MAX_KEY, &|x| {
            sender(x, Credential::Basic(bytes(1)))
        }),
        ("the identity of a basic credential", MAX_IDENTITY, &|x| {
            sender(bytes(1), Credential::Basic(x))
        }),
        ("the content of a device credential", MAX_IDENTITY, &|x| {
            sender(bytes(1), Credential::Sceau(x))
        }),
    ]);
    psks_of_commits(t, number, &epoch);
}

/// A field as long as it may be, and one a byte longer.
fn both(t: &mut Topic, number: u32, about: &str, most: usize, make: &dyn Fn(Octets) -> Made) {
    for (i, n) in [(0, most), (1, most + 1)] {
        let (structure, encoded) = make(Octets::new(n));
        let at = place(&make(repeat(MARK, n)).1, n);
        assert!(is_zero(&encoded.slice(at, n)), "{about}");
        let around = encoded.slice(0, at).concat(&encoded.slice(at + n, encoded.len() - at - n));
        let input = fields! { operation: "decode", type: structure, bytes: around,
        bytes_zeros_at: at, bytes_zeros: n };
        let result = decode(structure, &encoded);
        let clauses = "LIM-01 GRP-15";
        if i == 0 {
            must(about, result);
            let about = format!("{about}, as long as it may be");
            t.valid(number, clauses, &about, input, fields! {}, fields! { length: n });
        } else {
            let about = format!("{about}, a byte longer than it may be");
            t.refused(number + 1, clauses, &about, input, result, ErrorClass::Malformed);
        }
    }
}

/// Where so many marks stand behind each other.
fn place(bytes: &Octets, n: usize) -> usize {
    let native = bytes.native_slice();
    let found = native.windows(n).position(|some| some.iter().all(|byte| *byte == MARK));
    found.expect("the field")
}

fn decode(structure: &str, bytes: &Octets) -> Result<(), ErrorClass> {
    match structure {
        "MLSMessage" => decode_mls_message(bytes).map(|_| ()),
        "ExternalSenders" => decode_external_senders(bytes).map(|_| ()),
        _ => decode_group_secrets(bytes).map(|_| ()),
    }
}

/// 32 bytes of another field.
fn bytes(which: u8) -> Octets {
    repeat(which, 32)
}

fn message(message: MlsMessage) -> Made {
    ("MLSMessage", encode_mls_message(&message))
}

fn newcomer() -> KeyPackage {
    key_package(SUITES[0].1, "newcomer")
}

fn leaf() -> LeafNode {
    newcomer().leaf_node
}

fn package(package: KeyPackage) -> Made {
    message(MlsMessage::KeyPackage(package))
}

fn in_package(leaf_node: LeafNode) -> Made {
    package(KeyPackage { leaf_node, ..newcomer() })
}

/// A Commit with a path of one node.
fn path(parent_hash: Octets, encryption_key: Octets, kem_output: Octets) -> Content {
    let sealed = HpkeCiphertext { kem_output, ciphertext: repeat(3, 48) };
    let encrypted_path_secret = HpkeCiphertexts::new(0).push(&sealed);
    let node = UpdatePathNode { encryption_key, encrypted_path_secret };
    let leaf_node = LeafNode {
        leaf_node_source: SOURCE_COMMIT,
        parent_hash,
        signature: repeat(4, 64),
        ..unsigned_leaf(SUITES[0].1, "newcomer", 0)
    };
    let path = Some(UpdatePath { leaf_node, nodes: UpdatePathNodes::new(0).push(&node) });
    Content::Commit(Commit { proposals: ProposalsOrRefs::new(0), path })
}

/// A Commit of one proposal.
fn of(proposal: ProposalOrRef) -> Content {
    let proposals = ProposalsOrRefs::new(0).push(&proposal);
    Content::Commit(Commit { proposals, path: None })
}

fn by_value(proposal: Proposal) -> Content {
    of(ProposalOrRef::Proposal(proposal))
}

fn psk(psk_id: Octets, psk_nonce: Octets) -> PreSharedKeyId {
    PreSharedKeyId { psktype: EXTERNAL, psk_id, psk_nonce, ..PreSharedKeyId::default() }
}

fn public(epoch: &Epoch) -> PublicMessage {
    match epoch.public_message(&of(ProposalOrRef::Reference(bytes(1)))) {
        MlsMessage::PublicMessage(message) => message,
        _ => panic!("no PublicMessage"),
    }
}

fn private(epoch: &Epoch) -> PrivateMessage {
    match epoch.private_message(&Content::Application(bytes(1))) {
        MlsMessage::PrivateMessage(message) => message,
        _ => panic!("no PrivateMessage"),
    }
}

fn welcome(new_member: Octets, kem_output: Octets, ciphertext: Octets) -> Made {
    let encrypted_group_secrets = HpkeCiphertext { kem_output, ciphertext };
    let secrets = EncryptedGroupSecrets { new_member, encrypted_group_secrets };
    message(MlsMessage::Welcome(Welcome {
        cipher_suite: SUITES[0].1,
        secrets: EncryptedSecrets::new(0).push(&secrets),
        encrypted_group_info: repeat(3, 64),
    }))
}

fn context() -> GroupContext {
    GroupContext {
        cipher_suite: SUITES[0].1,
        group_id: repeat(1, 16),
        epoch: 9,
        tree_hash: bytes(2),
        confirmed_transcript_hash: bytes(3),
        ..GroupContext::default()
    }
}

fn info() -> GroupInfo {
    GroupInfo {
        group_context: context(),
        confirmation_tag: bytes(4),
        signature: repeat(5, 64),
        ..GroupInfo::default()
    }
}

fn group_info(info: GroupInfo) -> Made {
    message(MlsMessage::GroupInfo(info))
}

fn in_group_info(group_context: GroupContext) -> Made {
    group_info(GroupInfo { group_context, ..info() })
}

fn secrets(joiner_secret: Octets, path_secret: Option<Octets>) -> Made {
    let psks = PreSharedKeyIds::new(0);
    ("GroupSecrets", encode_group_secrets(&GroupSecrets { joiner_secret, path_secret, psks }))
}

fn sender(signature_key: Octets, credential: Credential) -> Made {
    let senders = ExternalSenders::new(0).push(&ExternalSender { signature_key, credential });
    ("ExternalSenders", encode_external_senders(&senders))
}

/// As many PSKs by value in a Commit as there may be, and one more.
fn psks_of_commits(t: &mut Topic, number: u32, epoch: &Epoch) {
    for (i, n) in [(0, MAX_GROUP_PSKS), (1, MAX_GROUP_PSKS + 1)] {
        let mut proposals = ProposalsOrRefs::new(0);
        for j in 0..n as u16 {
            let nonce = u32_be(u32::from(j)).concat(&repeat(0, 28));
            let proposal = Proposal::PreSharedKey(psk(u16_be(j), nonce));
            proposals = proposals.push_owned(ProposalOrRef::Proposal(proposal));
        }
        let commit = Content::Commit(Commit { proposals, path: None });
        let (structure, encoded) = message(epoch.public_message(&commit));
        let result = decode(structure, &encoded);
        let input = fields! { operation: "decode", type: structure, bytes: encoded };
        if i == 0 {
            must("PSKs of a Commit", result);
            let about = "as many PSKs of a Commit by value as there may be";
            t.valid(number, "LIM-01 GRP-15", about, input, fields! {}, fields! { count: n });
        } else {
            let about = "one more of PSKs of a Commit by value";
            let class = ErrorClass::Malformed;
            t.refused(number + 1, "LIM-01 GRP-15", about, input, result, class);
        }
    }
}
