//! One encoding of each structure, with a value that a decoder may not refuse. Lists of extensions
//! hold a GREASE type and a type of private use.

use super::draft::Draft;

/// A structure of the text.
pub struct Structure {
    /// Its name there.
    pub name: &'static str,
    /// Whether it ends in bytes without a length, so that more of them are no fault.
    pub open: bool,
    /// Its encoding.
    pub draft: fn() -> Draft,
}

const fn of(name: &'static str, draft: fn() -> Draft) -> Structure {
    Structure { name, open: false, draft }
}

/// What travels.
pub const WIRE: &[Structure] = &[
    of("Credential", credential),
    of("DeviceList", device_list),
    of("PrekeyBatch", batch),
    of("PublishedBatch", published),
    of("PrekeyBundle", bundle),
    of("PrekeyBundle", bundle_without),
    of("HandshakeMessage", handshake),
    of("HandshakeMessage", handshake_without),
    of("FirstMessage", first),
    of("InitiatorIdentity", initiator),
    Structure { name: "RatchetMessage", open: true, draft: ratchet },
    of("Header", header),
    of("InnerFrame", frame),
    of("CredentialUpdate", update),
    of("MailboxRotation", rotation),
    of("Envelope", envelope),
    of("Content", content),
    of("AttachmentReference", attachment),
    of("Receipt", receipt),
    of("VerificationCode", code),
];

/// What devices and relays tell each other.
pub const DELIVERY: &[Structure] = &[
    of("Publication", publication),
    of("FetchRequest", fetch_request),
    of("FetchAnswer", || fetch_answer(bundle_without())),
    of("FetchAnswer", || fetch_answer(bundle().then(bundle_without()))),
    of("GetRequest", get_request),
    of("GetAnswer", || get_answer(stored(b"one").then(stored(b"two")))),
    of("GetAnswer", || get_answer(Draft::new())),
    of("AcknowledgeRequest", || acknowledge_request(&[0xe1; 32])),
    of("PrekeyStock", prekey_stock),
    of("DeliveryAuth", || delivery_auth(b"relay.example", &HASH)),
];

/// What is stored; of the profile *portable state*. The bodies of the other records are held against
/// the importer.
pub const STATE: &[Structure] = &[
    of("Record", record),
    of("Change", change),
    of("Head", head),
    of("SessionState", session_state),
];

/// Public keys of RFC 8032 §7.1.
const ED25519: [[u8; 32]; 3] = [
    *b"\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a\
       \x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a",
    *b"\x3d\x40\x17\xc3\xe8\x43\x89\x5a\x92\xb7\x0a\xa7\x4d\x1b\x7e\xbc\
       \x9c\x98\x2c\xcf\x2e\xc4\x96\x8c\xc0\xcd\x55\xf1\x2a\xf4\x66\x0c",
    *b"\xfc\x51\xcd\x8e\x62\x18\xa1\xa3\x8d\xa4\x7e\xd0\x02\x30\xf0\x58\
       \x08\x16\xed\x13\xba\x33\x03\xac\x5d\xeb\x91\x15\x48\x90\x80\x25",
];
/// A public key of RFC 7748 §6.1.
const X25519: [u8; 32] = *b"\x85\x20\xf0\x09\x89\x30\xa7\x54\x74\x8b\x7d\xdc\xb4\x3e\xf7\x5a\
                            \x0d\xbf\x3a\x0d\x26\x38\x1a\xf4\xeb\xa4\xa9\x8e\xaa\x9b\x4e\x6a";
const HASH: [u8; 32] = [0x44; 32];
const TIME: u64 = crate::scene::START;
const GREASE: &[(u16, &[u8])] = &[(0x0a0a, b"grease"), (0xf001, b"")];

/// The items of `TypedKey x<V>`.
fn keys(list: &[(u16, &[u8])]) -> Draft {
    list.iter().fold(Draft::new(), |draft, &(kind, key)| draft.u16(kind).opaque(key))
}

fn signature() -> [u8; 64] {
    let mut signature = [0x33; 64];
    signature[63] = 0;
    signature
}

/// `Attestation` by a signer, of Ed25519.
pub fn attestation(signer: u8, id: &[u8]) -> Draft {
    Draft::new().u8(signer).opaque(id).u16(1).opaque(&signature())
}

fn credential() -> Draft {
    credential_with(&[(1, &ED25519[1]), (0x0101, &X25519)], &[1], GREASE)
}

/// `Credential` with these keys, suites and extensions.
pub fn credential_with(identity: &[(u16, &[u8])], suites: &[u16], more: &[(u16, &[u8])]) -> Draft {
    let attestations = attestation(1, b"").then(attestation(3, &HASH));
    credential_of(&HASH, identity, suites, more, attestations)
}

/// `Credential` of this account, with these keys, suites, extensions and attestations.
pub fn credential_of(
    account: &[u8],
    identity: &[(u16, &[u8])],
    suites: &[u16],
    more: &[(u16, &[u8])],
    attestations: Draft,
) -> Draft {
    let tbs = Draft::new().version().opaque(account).u64(1).u32(1).u64(TIME).u64(TIME + 1);
    let suites = suites.iter().fold(Draft::new(), |draft, &suite| draft.u16(suite));
    tbs.items(keys(identity)).items(suites).extensions(more).items(attestations)
}

/// `DeviceEntry`.
pub fn entry(serial: u64) -> Draft {
    entry_with(serial, &[(1, &ED25519[1])])
}

/// `DeviceEntry` with these keys.
pub fn entry_with(serial: u64, signing: &[(u16, &[u8])]) -> Draft {
    Draft::new().u64(serial).u32(1).opaque(&HASH).items(keys(signing))
}

/// `DeviceList`.
pub fn device_list() -> Draft {
    device_list_with(entry(1).then(entry(2)))
}

/// `DeviceList` with these entries.
pub fn device_list_with(entries: Draft) -> Draft {
    let attestations = attestation(1, b"").then(attestation(2, &1_u64.to_be_bytes()));
    device_list_of(3, &[(1, &ED25519[0])], entries, GREASE, attestations)
}

/// `DeviceList` with this number, these account keys, entries, extensions and attestations.
pub fn device_list_of(
    number: u64,
    account: &[(u16, &[u8])],
    entries: Draft,
    more: &[(u16, &[u8])],
    attestations: Draft,
) -> Draft {
    let tbs = Draft::new().version().items(keys(account)).u64(number).u64(TIME);
    tbs.items(entries).extensions(more).items(attestations)
}

/// `PrekeyBatch`.
fn batch() -> Draft {
    batch_of(4)
}

/// `PrekeyBatch` of so many keys.
pub fn batch_of(size: u32) -> Draft {
    batch_with(size, GREASE, Draft::new().u16(1).opaque(&signature()))
}

/// `PrekeyBatch` with these extensions and signatures.
pub fn batch_with(size: u32, more: &[(u16, &[u8])], signatures: Draft) -> Draft {
    let tbs = Draft::new().version().u16(1).opaque(&HASH).u32(1).u64(TIME).u64(TIME + 1);
    tbs.u32(size).opaque(&HASH).extensions(more).items(signatures)
}

fn proven(kind: u8, id: u32) -> Draft {
    proven_with(kind, id, &[0x55; 64])
}

/// `ProvenPrekey` with this path.
pub fn proven_with(kind: u8, id: u32, path: &[u8]) -> Draft {
    let key = if kind < 3 { X25519.to_vec() } else { [[0; 1152].as_slice(), &HASH].concat() };
    Draft::new().choice(kind).u32(id).opaque(&key).opaque(path)
}

fn published() -> Draft {
    batch().items(proven(1, 0).then(proven(4, 1)).then(proven(2, 2)).then(proven(3, 3)))
}

/// Without a one-time prekey.
pub fn bundle_without() -> Draft {
    bundle_with(device_list(), &[0x55; 64])
}

/// `PrekeyBundle` with these lists, and this path of its signed prekey.
pub fn bundle_with(lists: Draft, path: &[u8]) -> Draft {
    let draft = Draft::new().version().items(lists).then(credential()).then(batch());
    draft.then(proven_with(1, 0, path)).optional(None).then(proven(4, 1))
}

fn bundle() -> Draft {
    let draft = Draft::new().version().items(device_list()).then(credential()).then(batch());
    draft.then(proven(1, 0)).optional(Some(proven(2, 2))).then(proven(3, 3))
}

/// Without a one-time prekey.
fn handshake_without() -> Draft {
    let draft = Draft::new().choice(2).u32(1).u32(0).optional(None).u32(1);
    draft.opaque(&X25519).opaque(&[0x66; 1088]).opaque(&[0x77; 256])
}

fn handshake() -> Draft {
    handshake_with(272)
}

/// `HandshakeMessage` with so many bytes of sealed identity.
pub fn handshake_with(identity: usize) -> Draft {
    let draft = Draft::new().choice(2).u32(1).u32(0).optional(Some(Draft::new().u32(2))).u32(3);
    draft.opaque(&X25519).opaque(&[0x66; 1088]).opaque(&vec![0x77; identity])
}

fn first() -> Draft {
    first_with(ratchet().bytes())
}

/// `FirstMessage` with this message in it.
pub fn first_with(message: &[u8]) -> Draft {
    handshake().opaque(message)
}

fn initiator() -> Draft {
    initiator_with(device_list(), (2, &HASH), GREASE)
}

/// `InitiatorIdentity` with these lists, type and id of a PSK, and extensions.
pub fn initiator_with(lists: Draft, (kind, id): (u8, &[u8]), more: &[(u16, &[u8])]) -> Draft {
    let draft = Draft::new().items(lists).then(credential());
    draft.choice(kind).opaque(id).extensions(more)
}

/// The shortest `RatchetMessage`.
pub fn ratchet() -> Draft {
    Draft::new().choice(1).raw(&[0x88; 56]).raw(&[0x99; 16])
}

fn header() -> Draft {
    Draft::new().raw(&X25519).u16(1).raw(&[0, 0, 3]).raw(&[0, 1, 0])
}

fn frame() -> Draft {
    frame_with(&[], GREASE, b"body")
}

/// `InnerFrame` of 256 bytes, padding included.
pub fn frame_with(critical: &[(u16, &[u8])], more: &[(u16, &[u8])], body: &[u8]) -> Draft {
    let draft = Draft::new().choice(0).version().extensions(critical).extensions(more).opaque(body);
    let padding = vec![0; 256_usize.saturating_sub(draft.bytes().len())];
    draft.raw(&padding)
}

fn update() -> Draft {
    update_with(device_list())
}

/// `CredentialUpdate` with these lists.
pub fn update_with(lists: Draft) -> Draft {
    Draft::new().items(lists).then(credential())
}

fn rotation() -> Draft {
    Draft::new().u32(1)
}

fn envelope() -> Draft {
    Draft::new().version().raw(&HASH).u64(TIME).opaque(ratchet().bytes())
}

fn content() -> Draft {
    let draft = Draft::new().version().u16(1).raw(&[0xaa; 16]).u64(TIME).u64(1);
    draft.opaque(&[0xbb; 16]).opaque("Grüße".as_bytes()).extensions(GREASE)
}

fn attachment() -> Draft {
    attachment_with(b"a.png", b"image/png", b"https://files.example/a")
}

/// `AttachmentReference` with this name, type and location.
pub fn attachment_with(name: &[u8], media_type: &[u8], location: &[u8]) -> Draft {
    let draft = Draft::new().opaque(name).opaque(media_type).u64(70_000);
    draft.opaque(&HASH).opaque(&HASH).opaque(location)
}

fn receipt() -> Draft {
    Draft::new().choice(2).opaque(&[0xcc; 32])
}

fn code() -> Draft {
    Draft::new().version().opaque(&HASH).opaque(&[0x45; 32])
}

fn publication() -> Draft {
    Draft::new().version().items(device_list()).then(credential()).then(published())
}

fn fetch_request() -> Draft {
    fetch_request_with(&HASH)
}

/// `FetchRequest` for a device of this account.
pub fn fetch_request_with(account: &[u8]) -> Draft {
    Draft::new().version().opaque(account).u64(1)
}

/// `FetchAnswer` with these bundles.
pub fn fetch_answer(bundles: Draft) -> Draft {
    Draft::new().version().items(bundles)
}

fn get_request() -> Draft {
    Draft::new().version().raw(&HASH).u16(64)
}

/// `StoredEnvelope` with this message.
pub fn stored(message: &[u8]) -> Draft {
    Draft::new().raw(&[0xe1; 16]).u64(TIME).opaque(message)
}

/// `GetAnswer` with these envelopes, after which there are no more: a byte as that of a presence.
pub fn get_answer(envelopes: Draft) -> Draft {
    Draft::new().version().items(envelopes).optional(None)
}

/// `GetAnswer` of one envelope, with this in the place of `more`.
pub fn get_answer_with(more: u8) -> Draft {
    Draft::new().version().items(stored(b"one")).u8(more)
}

/// `AcknowledgeRequest` with these handles.
pub fn acknowledge_request(handles: &[u8]) -> Draft {
    Draft::new().version().raw(&HASH).opaque(handles)
}

fn prekey_stock() -> Draft {
    Draft::new().version().u32(17).u32(16)
}

/// `DeliveryAuth` for a relay of this name, by a device of this account.
pub fn delivery_auth(relay: &[u8], account: &[u8]) -> Draft {
    delivery_auth_with(relay, account, Draft::new().u16(1).opaque(&signature()))
}

/// `DeliveryAuth` with these signatures.
pub fn delivery_auth_with(relay: &[u8], account: &[u8], signatures: Draft) -> Draft {
    let tbs = Draft::new().version().raw(&[0xc4; 32]).opaque(relay).choice(4).opaque(account);
    tbs.u64(1).opaque(&HASH).items(signatures)
}

fn record() -> Draft {
    Draft::new().version().choice(5).opaque(&HASH).u64(7).opaque(&[0xdd; 80])
}

fn change() -> Draft {
    change_with(5, &HASH, 6)
}

/// `Change` from this generation, of a record of this kind and id; the record stays that of generation 7.
pub fn change_with(kind: u8, id: &[u8], expected: u64) -> Draft {
    Draft::new().choice(kind).opaque(id).u64(expected).optional(Some(record()))
}

fn head() -> Draft {
    Draft::new().u64(12).u64(3)
}

fn session_state() -> Draft {
    session_state_of(1, 32)
}

/// `SessionState` of this suite, with secrets of so many bytes.
pub fn session_state_of(suite: u16, length: usize) -> Draft {
    let secret = vec![0x44; length];
    let chain = || Draft::new().opaque(&HASH).opaque(&HASH).u32(4).u16(0);
    let skipped = Draft::new().u32(1).u64(TIME).opaque(&HASH).u32(3).u64(TIME).opaque(&HASH);
    let draft = Draft::new().u16(suite).u8(1).choice(2).u64(TIME);
    let draft = draft.opaque(&HASH).opaque(&HASH).u64(1).opaque(&HASH).opaque(b"").u8(0);
    let draft = draft.opaque(&secret).opaque(&secret).opaque(&secret).opaque(&[0x14; 32]);
    let draft = draft.opaque(&ED25519[2]).opaque(&X25519).opaque(&HASH).opaque(&HASH);
    let draft = draft.optional(Some(chain())).optional(Some(chain())).u32(5);
    let draft = draft.items(Draft::new().opaque(&HASH).items(skipped));
    draft.u8(0).opaque(b"").opaque(b"").u32(0).u32(1).optional(None)
}
