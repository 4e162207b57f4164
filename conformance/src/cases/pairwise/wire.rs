//! Where things stand in what crosses the wire, for cases that look at the bytes or change them.
//!
//! Only the public formats of the pages *Identities*, *Prekeys* and *Handshake*: nothing is verified here.

use crate::case::{Outcome, Stop};
use crate::digest::{hex, unhex};
use std::ops::Range;

/// A place in some bytes.
pub type Place = Range<usize>;

/// Reads places one after another.
struct Reader {
    bytes: Vec<u8>,
    at: usize,
}

impl Reader {
    fn new(text: &str) -> Outcome<Self> {
        let bytes = unhex(text).ok_or_else(|| garbage("is no hexadecimal"))?;
        Ok(Reader { bytes, at: 0 })
    }

    fn skip(&mut self, length: usize) -> Outcome<Place> {
        let place = self.at..self.at.saturating_add(length);
        if place.end > self.bytes.len() {
            return Err(garbage("ends too early"));
        }
        self.at = place.end;
        Ok(place)
    }

    fn byte(&mut self) -> Outcome<u8> {
        let place = self.skip(1)?;
        Ok(self.bytes.get(place.start).copied().unwrap_or_default())
    }

    /// The content of a vector `<V>`.
    fn vector(&mut self) -> Outcome<Place> {
        let first = self.byte()?;
        let mut length = usize::from(first & 0x3f);
        for _ in 0..(1_usize << (first >> 6)) - 1 {
            length = length << 8 | usize::from(self.byte()?);
        }
        self.skip(length)
    }

    /// A credential, which stands in no vector of its own: identity keys and the whole.
    fn credential(&mut self) -> Outcome<(Place, Place)> {
        let start = self.at;
        self.skip(1)?;
        self.vector()?;
        self.skip(8 + 4 + 8 + 8)?;
        let keys = self.vector()?;
        self.vector()?;
        self.vector()?;
        self.vector()?;
        Ok((keys, start..self.at))
    }

    /// A device list: where its first signature stands.
    fn list(&mut self) -> Outcome<Place> {
        self.skip(1)?;
        self.vector()?;
        self.skip(8 + 8)?;
        self.vector()?;
        self.vector()?;
        let attestations = self.vector()?;
        self.inside(attestations.start, |inner| {
            inner.skip(1)?;
            inner.vector()?;
            inner.skip(2)?;
            inner.vector()
        })
    }

    /// Reads from an earlier place, and comes back.
    fn inside<T>(&mut self, at: usize, read: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        let back = std::mem::replace(&mut self.at, at);
        let result = read(self);
        self.at = back;
        result
    }

    fn prekey(&mut self) -> Outcome<ProvenPrekey> {
        let start = self.at;
        self.skip(1 + 4)?;
        let key = self.vector()?;
        let path = self.vector()?;
        Ok(ProvenPrekey { key, path, whole: start..self.at })
    }
}

fn garbage(what: &str) -> Stop {
    Stop::Fail(format!("a structure on the wire {what}"))
}

/// Places in a `FirstMessage`.
pub struct First {
    /// Public key of EK_i.
    pub ephemeral_key: Place,
    /// The KEM ciphertext.
    pub kem_ciphertext: Place,
    /// The sealed initiator identity.
    pub sealed_identity: Place,
    /// The whole handshake message.
    pub handshake: Place,
    /// The ratchet message behind it.
    pub message: Place,
    /// Whether a one-time prekey is named.
    pub one_time: bool,
}

/// Reads a `FirstMessage`, and demands that nothing follows.
///
/// # Errors
/// It is none.
pub fn first(message: &str) -> Outcome<First> {
    let mut reader = Reader::new(message)?;
    if reader.byte()? != 2 {
        return Err(garbage("is no first message"));
    }
    reader.skip(4 + 4)?;
    let one_time = reader.byte()? == 1;
    reader.skip(if one_time { 4 } else { 0 })?;
    reader.skip(4)?;
    let (ephemeral_key, kem_ciphertext) = (reader.vector()?, reader.vector()?);
    let sealed_identity = reader.vector()?;
    let handshake = 0..reader.at;
    let message = reader.vector()?;
    match reader.at == reader.bytes.len() {
        true => Ok(First {
            ephemeral_key,
            kem_ciphertext,
            sealed_identity,
            handshake,
            message,
            one_time,
        }),
        false => Err(garbage("has more behind it")),
    }
}

/// Places in a prekey of a bundle.
pub struct ProvenPrekey {
    /// The public key.
    pub key: Place,
    /// Its path.
    pub path: Place,
    /// All of it.
    pub whole: Place,
}

/// Places in a `PrekeyBundle`.
pub struct Bundle {
    /// `DeviceList device_lists<V>`, its length included.
    pub lists: Place,
    /// The account's signature of its first device list.
    pub list_signature: Place,
    /// The credential.
    pub credential: Place,
    /// The first signature of the batch.
    pub batch_signature: Place,
    /// The batch.
    pub batch: Place,
    /// What is signed of the batch.
    pub batch_tbs: Place,
    /// The signed prekey.
    pub signed_prekey: ProvenPrekey,
    /// The one-time prekey.
    pub one_time_prekey: Option<ProvenPrekey>,
    /// The KEM prekey.
    pub kem_prekey: ProvenPrekey,
}

/// Reads a `PrekeyBundle`.
///
/// # Errors
/// It is none.
pub fn bundle(text: &str) -> Outcome<Bundle> {
    let mut reader = Reader::new(text)?;
    reader.skip(1)?;
    let content = reader.vector()?;
    let lists = 1..reader.at;
    let list_signature = reader.inside(content.start, Reader::list)?;
    let (_, credential) = reader.credential()?;
    let start = reader.at;
    reader.skip(1 + 2)?;
    reader.vector()?;
    reader.skip(4 + 8 + 8 + 4)?;
    reader.vector()?;
    reader.vector()?;
    let batch_tbs = start..reader.at;
    let signatures = reader.vector()?;
    let batch_signature = reader.inside(signatures.start, |inner| {
        inner.skip(2)?;
        inner.vector()
    })?;
    let batch = start..reader.at;
    let signed_prekey = reader.prekey()?;
    let one_time_prekey = match reader.byte()? {
        0 => None,
        _ => Some(reader.prekey()?),
    };
    let kem_prekey = reader.prekey()?;
    Ok(Bundle {
        lists,
        list_signature,
        credential,
        batch_signature,
        batch,
        batch_tbs,
        signed_prekey,
        one_time_prekey,
        kem_prekey,
    })
}

/// The agreement and signing keys in a credential, in hexadecimal.
///
/// # Errors
/// It is none.
pub fn identity_keys(credential: &str) -> Outcome<Vec<String>> {
    let mut reader = Reader::new(credential)?;
    let (keys, _) = reader.credential()?;
    let mut found = Vec::new();
    reader.at = keys.start;
    while reader.at < keys.end {
        reader.skip(2)?;
        let key = reader.vector()?;
        found.push(get(credential, &key).to_owned());
    }
    Ok(found)
}

/// What stands at a place.
#[must_use]
pub fn get<'t>(text: &'t str, place: &Place) -> &'t str {
    text.get(2 * place.start..2 * place.end).unwrap_or_default()
}

/// The text with something else of the same length at a place.
#[must_use]
pub fn put(text: &str, place: &Place, other: &str) -> String {
    let before = text.get(..2 * place.start).unwrap_or_default();
    let after = text.get(2 * place.end..).unwrap_or_default();
    [before, other, after].concat()
}

/// The text with the lowest bit of one byte of a place turned.
#[must_use]
pub fn turn(text: &str, place: &Place, at: usize) -> String {
    let mut bytes = unhex(text).unwrap_or_default();
    if let Some(byte) = bytes.get_mut(place.start + at) {
        *byte ^= 1;
    }
    hex(&bytes)
}

/// An Ed25519 signature with the group's order added to its S: equal modulo the order, not canonical.
#[must_use]
pub fn add_order(signature: &str) -> String {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut bytes = unhex(signature).unwrap_or_default();
    let mut carry = 0_u16;
    for (byte, order) in bytes.iter_mut().skip(32).zip(ORDER) {
        carry += u16::from(*byte) + u16::from(order);
        *byte = (carry & 0xff) as u8;
        carry >>= 8;
    }
    hex(&bytes)
}

#[cfg(test)]
mod tests {
    use super::{add_order, first, get, identity_keys};

    #[test]
    fn a_first_message_is_taken_apart() {
        let message = format!("02{:08x}{:08x}01{:08x}{:08x}02aabb01cc01dd02eeff", 1, 0, 2, 3);
        let parts = first(&message).ok().map(|p| {
            let all = [p.ephemeral_key, p.kem_ciphertext, p.sealed_identity, p.message];
            all.map(|place| get(&message, &place).to_owned())
        });
        assert_eq!(parts, Some(["aabb", "cc", "dd", "eeff"].map(str::to_owned)));
        assert!(first(&format!("{message}00")).is_err());
        assert!(first("02").is_err());
    }

    #[test]
    fn keys_of_a_credential() {
        let head = format!("0001aa{:016x}{:08x}{:016x}{:016x}", 1, 1, 0, 9);
        let credential = format!("{head}0a000102abcd010102ef01 0200010000").replace(' ', "");
        assert_eq!(
            identity_keys(&credential).ok(),
            Some(vec!["abcd".to_owned(), "ef01".to_owned()])
        );
    }

    #[test]
    fn the_order_is_added_with_carry() {
        let zero = "00".repeat(64);
        let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
        assert_eq!(add_order(&zero).get(64..), Some(order));
        let twice = add_order(&add_order(&zero));
        assert!(twice.ends_with("20") && twice.get(64..68) == Some("daa7"));
    }
}
