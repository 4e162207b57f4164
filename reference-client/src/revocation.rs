//! The list of accounts that an organisation has withdrawn, signed by its issuer ([REVOCATION.md](../REVOCATION.md) has
//! the format).
//!
//! Relays and clients keep the newest list that they have seen ([`Kept`]), and go by it whatever a file says later: an
//! older one brings nobody back.

use crate::error::{About, Error, Result};
use crate::issuer::{ED25519, message, sign_with};
use crate::relay::directory::Revoked;
use crate::time::shown;
use crate::wire::{Malformed, Reader, Writer};
use sceau::Wire;
use sceau::crypto::{CryptoProvider, DefaultProvider, SignatureAlgorithm};
use sceau::pairwise::TypedKeys;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The label of its signature, without the prefix.
pub const LABEL: &str = "revocation list";
/// Bytes of the longest list.
const MAX_LIST: usize = 1 << 20;
/// Seconds after which a list is old enough to be spoken of: 35 days.
const OLD: u64 = 35 * 86_400;

/// A list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevocationList {
    /// One more with each list of an issuer.
    pub number: u64,
    /// When it was made, in seconds since 1970.
    pub issued_at: u64,
    /// Account ids, with the serial of one device, or with 0 for all of them.
    pub revoked: BTreeSet<(Vec<u8>, u64)>,
}

impl RevocationList {
    fn tbs(&self) -> Vec<u8> {
        let mut revoked = Writer::default();
        for (account, serial) in &self.revoked {
            revoked.opaque(account).u64(*serial);
        }
        let mut tbs = Writer::default();
        tbs.u8(0).u64(self.number).u64(self.issued_at).opaque(&revoked.0);
        tbs.0
    }

    /// The encoded list with the signature of an issuer of Ed25519.
    ///
    /// # Errors
    /// A seed of wrong length; a list that is too long.
    pub fn signed(&self, seed: &[u8]) -> Result<Vec<u8>> {
        let tbs = self.tbs();
        let mut signatures = Writer::default();
        signatures.u16(ED25519).opaque(&sign_with(seed, &message(LABEL, &tbs))?);
        let mut list = Writer::default();
        list.raw(&tbs).opaque(&signatures.0);
        if list.0.len() > MAX_LIST {
            return Err(Error::refused("the list has grown too long").next(
                "withdraw fewer, or let credentials run out: an account that is expired need not stand in the list",
            ));
        }
        Ok(list.0)
    }

    /// Reads an encoded list that one of the issuers has signed, and says which.
    ///
    /// # Errors
    /// `malformed`, `bad_signature`
    pub fn verified(bytes: &[u8], issuers: &[TypedKeys]) -> Result<(usize, Self)> {
        let (list, tbs, signatures) = parse(bytes).map_err(|_| {
            classed(Error::refused("this is no list of `sceau issuer revoke`"), "malformed")
        })?;
        let right = |keys: &TypedKeys| {
            let known = keys.as_slice().iter().filter(|key| key.key_type == ED25519);
            let mut known = known.peekable();
            // Each of its keys of known type.
            known.peek().is_some()
                && known.all(|key| {
                    let signature = signatures.get(&key.key_type);
                    signature.is_some_and(|signature| {
                        let algorithm = SignatureAlgorithm::Ed25519;
                        let message = message(LABEL, &tbs);
                        DefaultProvider.verify(algorithm, &key.key, &message, signature) == Ok(true)
                    })
                })
        };
        let issuer = issuers.iter().position(right).ok_or_else(|| {
            let error = Error::refused("the list of revoked accounts is not signed by the issuer");
            classed(error.next("get it from your organisation again"), "bad_signature")
        })?;
        Ok((issuer, list))
    }

    /// What it says.
    #[must_use]
    pub fn revoked(&self) -> Revoked {
        let mut revoked = Revoked::default();
        self.revoked.iter().for_each(|(account, serial)| revoked.add(account.clone(), *serial));
        revoked
    }
}

fn classed(mut error: Error, class: &'static str) -> Error {
    error.class = Some(class);
    error
}

type Signatures = BTreeMap<u16, Vec<u8>>;

fn parse(bytes: &[u8]) -> std::result::Result<(RevocationList, Vec<u8>, Signatures), Malformed> {
    let mut r = Reader::new(bytes);
    if r.u8()? != 0 || bytes.len() > MAX_LIST {
        return Err(Malformed);
    }
    let (number, issued_at) = (r.u64()?, r.u64()?);
    let mut entries = Reader::new(r.opaque(MAX_LIST)?);
    let tbs = bytes.get(..bytes.len() - r.rest().len()).ok_or(Malformed)?.to_vec();
    let mut revoked = BTreeSet::new();
    while !entries.rest().is_empty() {
        let entry = (entries.opaque(255)?.to_vec(), entries.u64()?);
        // Strictly ascending: there is one encoding.
        if entry.0.len() < 32 || revoked.last().is_some_and(|last| *last >= entry) {
            return Err(Malformed);
        }
        revoked.insert(entry);
    }
    let mut typed = Reader::new(r.opaque(MAX_LIST)?);
    r.finish()?;
    let mut signatures = Signatures::new();
    while !typed.rest().is_empty() {
        let key_type = typed.u16()?;
        if signatures.last_key_value().is_some_and(|(last, _)| *last >= key_type) {
            return Err(Malformed);
        }
        signatures.insert(key_type, typed.opaque(16_384)?.to_vec());
    }
    Ok((RevocationList { number, issued_at, revoked }, tbs, signatures))
}

/// The encoded list in a file: one line of hexadecimal digits.
///
/// # Errors
/// A file that is not there, or holds something else.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::usage(format!("the list in {}: {error}", path.display()))
            .next("check the path; the organisation's officer has the newest list")
    })?;
    hex::decode(text.trim()).map_err(|_| {
        let error =
            Error::refused(format!("{} is no list of `sceau issuer revoke`", path.display()));
        classed(error, "malformed")
    })
}

/// The newest lists that somebody has seen, by issuer.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    issuers: Vec<TypedKeys>,
    lists: BTreeMap<usize, (RevocationList, Vec<u8>)>,
}

impl Kept {
    /// None yet, of issuers whose keys are given in hex.
    ///
    /// # Errors
    /// Keys that are none.
    pub fn new(issuers: &[String]) -> Result<Self> {
        let keys = |keys: &String| {
            Ok(TypedKeys::from_bytes(&hex::decode(keys).about("an issuer's keys")?)?)
        };
        let issuers = issuers.iter().map(keys).collect::<Result<_>>()?;
        Ok(Self { issuers, lists: BTreeMap::new() })
    }

    /// Takes a list if it is newer than the one of its issuer; true when it was.
    ///
    /// # Errors
    /// A list that is not signed; `rollback` for one that is older, or another one of the same number.
    pub fn take(&mut self, bytes: &[u8]) -> Result<bool> {
        let (issuer, list) = RevocationList::verified(bytes, &self.issuers)?;
        if let Some((kept, encoded)) = self.lists.get(&issuer) {
            if encoded == bytes {
                return Ok(false);
            }
            if list.number <= kept.number {
                let error = Error::refused(format!(
                    "the list of revoked accounts has number {} of {}, and number {} of {} was seen before: that one \
                     stays in force",
                    list.number,
                    shown(list.issued_at),
                    kept.number,
                    shown(kept.issued_at)
                ));
                let next = "get the newest list from your organisation; somebody may have put an old one in its place";
                return Err(classed(error.next(next), "rollback"));
            }
        }
        self.lists.insert(issuer, (list, bytes.to_vec()));
        Ok(true)
    }

    /// The lists as they are stored, one of each issuer.
    pub fn encoded(&self) -> impl Iterator<Item = &[u8]> {
        self.lists.values().map(|(_, encoded)| encoded.as_slice())
    }

    /// All that they withdraw.
    #[must_use]
    pub fn revoked(&self) -> Revoked {
        let mut all = Revoked::default();
        self.lists.values().for_each(|(list, _)| all.join(list.revoked()));
        all
    }

    /// What to say of lists that have not been renewed for long.
    #[must_use]
    pub fn old(&self, now: u64) -> Vec<String> {
        let old = self.lists.values().filter(|(list, _)| now.saturating_sub(list.issued_at) > OLD);
        let say = |(list, _): &(RevocationList, Vec<u8>)| {
            format!(
                "the list of revoked accounts is from {}: somebody may keep newer ones back",
                shown(list.issued_at)
            )
        };
        old.map(say).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuer::public_keys;

    fn list(number: u64) -> RevocationList {
        let revoked = BTreeSet::from([(vec![0x11; 32], 0), (vec![0x22; 32], 2)]);
        RevocationList { number, issued_at: 1_800_000_000, revoked }
    }

    fn seed() -> Vec<u8> {
        (0..32).collect()
    }

    fn kept() -> Kept {
        Kept::new(&[hex::encode(public_keys(&seed()).unwrap().to_bytes())]).unwrap()
    }

    /// The example of `REVOCATION.md`, whose values come from another encoder and from OpenSSL.
    #[test]
    fn the_pages_example() {
        let keys = "2300012003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
        let expected = "000000000000000003000000006b49d20040522011111111111111111111111111111111\
            111111111111111111111111111111110000000000000000202222222222222222222222\
            222222222222222222222222222222222222222222000000000000000240440001404035\
            65cb2f3e7fdcc07ce3d44fe21e926860e8746870fe641085745e0259b6cc92560cac3ff3\
            b6ac39044cb2c8a54200cb28b9183f8c9681c2606d9dc6a1cbaf07";
        assert_eq!(hex::encode(public_keys(&seed()).unwrap().to_bytes()), keys);
        assert_eq!(hex::encode(list(3).signed(&seed()).unwrap()), expected);
        let issuers = [TypedKeys::from_bytes(&hex::decode(keys).unwrap()).unwrap()];
        let read = RevocationList::verified(&hex::decode(expected).unwrap(), &issuers).unwrap();
        assert_eq!(read, (0, list(3)));
        let revoked = read.1.revoked();
        assert!(revoked.has(&[0x11; 32], 7) && revoked.has(&[0x22; 32], 2));
        assert!(!revoked.has(&[0x22; 32], 1));
    }

    #[test]
    fn nothing_but_what_the_issuer_signed() {
        let right = list(1).signed(&seed()).unwrap();
        for at in 0..right.len() {
            let mut wrong = right.clone();
            wrong[at] ^= 1;
            let class = kept().take(&wrong).unwrap_err().class;
            assert!(matches!(class, Some("malformed" | "bad_signature")), "{at}: {class:?}");
            assert_eq!(kept().take(&right[..at]).unwrap_err().class, Some("malformed"), "{at}");
        }
        let other = list(1).signed(&[9; 32]).unwrap();
        assert_eq!(kept().take(&other).unwrap_err().class, Some("bad_signature"));
        // The same content under another label is no list.
        let tbs = list(1).tbs();
        let mut signatures = Writer::default();
        let signature = sign_with(&seed(), &message("device list by issuer", &tbs)).unwrap();
        signatures.u16(ED25519).opaque(&signature);
        let mut other = Writer::default();
        other.raw(&tbs).opaque(&signatures.0);
        assert_eq!(kept().take(&other.0).unwrap_err().class, Some("bad_signature"));
        assert_eq!(Kept::new(&[]).unwrap().take(&right).unwrap_err().class, Some("bad_signature"));
    }

    #[test]
    fn an_older_list_brings_nobody_back() {
        let mut kept = kept();
        let signed = |list: RevocationList| list.signed(&seed()).unwrap();
        let empty = |number| RevocationList { revoked: BTreeSet::new(), ..list(number) };
        assert!(kept.take(&signed(list(5))).unwrap());
        assert!(!kept.take(&signed(list(5))).unwrap(), "the same again");
        for older in [4, 5] {
            let refused = kept.take(&signed(empty(older))).unwrap_err();
            assert_eq!(refused.class, Some("rollback"), "{older}");
            assert!(kept.revoked().has(&[0x11; 32], 1));
        }
        assert!(kept.take(&signed(empty(6))).unwrap());
        assert!(!kept.revoked().has(&[0x11; 32], 1), "taken back by a newer one");
        assert_eq!(kept.encoded().collect::<Vec<_>>(), [signed(empty(6))]);
        assert!(kept.old(1_800_000_000 + OLD).is_empty());
        assert_eq!(kept.old(1_800_000_001 + OLD).len(), 1);
    }

    #[test]
    fn each_issuer_has_its_own_list() {
        let keys = |seed: &[u8]| hex::encode(public_keys(seed).unwrap().to_bytes());
        let mut kept = Kept::new(&[keys(&seed()), keys(&[9; 32])]).unwrap();
        let of_other = BTreeSet::from([(vec![0x33; 32], 0)]);
        let of_other = RevocationList { number: 1, issued_at: 0, revoked: of_other };
        assert!(kept.take(&list(5).signed(&seed()).unwrap()).unwrap());
        assert!(kept.take(&of_other.signed(&[9; 32]).unwrap()).unwrap());
        assert!(kept.revoked().has(&[0x33; 32], 1) && kept.revoked().has(&[0x11; 32], 1));
    }
}
