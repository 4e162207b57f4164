//! An organisation that signs its accounts' credentials, and takes them back (`issuer`).
//!
//! The issuer's key signs what page *Identities* lets an issuer sign, and the list of withdrawn accounts
//! ([`crate::revocation`]) that relays and clients read ([`lists`]); nothing else. How a client asks is in [`ask`].

pub mod ask;
pub mod lists;

use crate::client::seal::{Cost, Seal};
use crate::crypto;
use crate::error::{About, Error, Kind, Result};
use crate::private;
use crate::relay::directory::Revoked;
use crate::time::shown;
use crate::wire::{Reader, Writer};
use sceau::Wire;
use sceau::crypto::{CryptoProvider, DefaultProvider, Provider, SignatureAlgorithm};
use sceau::pairwise::{CredentialTbs, DeviceListTbs, Issuer, TypedKey, TypedKeys};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;
use zeroize::Zeroizing;

/// Ed25519 (page *Registries*).
pub(crate) const ED25519: u16 = 0x0001;
/// What an issuer signs.
const CREDENTIAL: &str = "credential by issuer";
const LIST: &str = "device list by issuer";

/// What a device asks its issuer to sign: one line of JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// The label, without its prefix.
    pub label: String,
    /// The type of the key.
    pub key_type: u16,
    /// The structure, encoded.
    #[serde(with = "hex::serde")]
    pub content: Vec<u8>,
}

/// Keys of Ed25519 from a seed.
///
/// # Errors
/// A seed of wrong length.
pub fn public_keys(seed: &[u8]) -> Result<TypedKeys> {
    let key = DefaultProvider.signature_public(SignatureAlgorithm::Ed25519, seed);
    let key = key.map_err(|_| Error::fault("a key of wrong length"))?;
    Ok(TypedKeys::new(vec![TypedKey { key_type: ED25519, key }])?)
}

/// Refuses a folder with an issuer in it.
///
/// # Errors
/// That.
pub fn check_free(dir: &Path) -> Result<()> {
    if !dir.join("issuer.key").exists() {
        return Ok(());
    }
    Err(Error::usage(format!("there is an issuer in {} already", dir.display()))
        .next("use it, or choose another folder"))
}

/// Makes an issuer in a folder; gives its public keys.
///
/// # Errors
/// An issuer that is there already.
pub fn init(dir: &Path, passphrase: &str) -> Result<TypedKeys> {
    check_free(dir)?;
    let (secret, public) = (dir.join("issuer.key"), dir.join("issuer.pub"));
    private::folder(dir).about(format!("the folder {}", dir.display()))?;
    let seed = crypto::random::<32>().map(Zeroizing::new);
    let seed = seed.ok_or_else(|| Error::fault("the system has no randomness"))?;
    let keys = public_keys(seed.as_ref())?;
    let (seal, lock) = Seal::new(passphrase, Cost::default())?;
    let mut file = Writer::default();
    file.opaque(&lock).opaque(&seal.seal(b"issuer", seed.as_ref())?);
    let mut key = private::create(&secret).about(secret.display())?;
    key.write_all(&file.0).and_then(|()| key.sync_all()).about(secret.display())?;
    std::fs::write(&public, format!("{}\n", hex::encode(keys.to_bytes())))
        .about(public.display())?;
    lists::first(dir, &Opened { seal, seed: Zeroizing::new(seed.to_vec()) })?;
    Ok(keys)
}

/// What a request is for, so that an officer can decide.
///
/// # Errors
/// Something that an issuer does not sign, or of an account that was withdrawn.
pub fn describe(request: &Request, revoked: &Revoked) -> Result<String> {
    let withdrawn = |account: &[u8], serial: u64| {
        if revoked.has(account, serial) {
            return Err(Error::refused(format!("account {} is revoked", hex::encode(account))));
        }
        Ok(())
    };
    match request.label.as_str() {
        CREDENTIAL => {
            let tbs = CredentialTbs::from_bytes(&request.content)?;
            withdrawn(&tbs.account_id, tbs.serial)?;
            Ok(format!(
                "credential {} of device {} of account {}, good until {}",
                tbs.generation,
                tbs.serial,
                hex::encode(&tbs.account_id),
                shown(tbs.not_after)
            ))
        }
        LIST => {
            let tbs = DeviceListTbs::from_bytes(&request.content)?;
            let account = tbs.account_keys.account_id(&Provider::Default)?;
            withdrawn(account.as_bytes(), 0)?;
            let devices: Vec<String> = tbs.devices.iter().map(|d| d.serial.to_string()).collect();
            Ok(format!(
                "list {} of account {}, with the devices {}",
                tbs.number,
                hex::encode(account.as_bytes()),
                devices.join(", ")
            ))
        }
        label => Err(Error::refused(format!("an issuer does not sign \"{label}\""))),
    }
}

/// An issuer's folder that the passphrase has opened.
pub struct Opened {
    seal: Seal,
    seed: Zeroizing<Vec<u8>>,
}

impl Opened {
    /// Signs a request with the issuer's key.
    ///
    /// # Errors
    /// A type of key that it has not.
    pub fn sign(&self, request: &Request) -> Result<Vec<u8>> {
        if request.key_type != ED25519 {
            return Err(Error::refused("this issuer has no key of that type")
                .next("make the account with an issuer of its own version"));
        }
        sign_with(&self.seed, &message(&request.label, &request.content))
    }
}

/// Opens an issuer's folder.
///
/// # Errors
/// No issuer there; a wrong passphrase.
pub fn open(dir: &Path, passphrase: &str) -> Result<Opened> {
    let path = dir.join("issuer.key");
    let file = std::fs::read(&path).map_err(|error| {
        Error::not_found(format!("{}: {error}", path.display()))
            .next("make one with `sceau issuer init`")
    })?;
    let mut r = Reader::new(&file);
    let (lock, sealed) = (r.opaque(4_096)?, r.opaque(4_096)?);
    let wrong = |error: Error| {
        match error.kind {
        Kind::Refused => Error::refused("the passphrase does not open this issuer's key").next(
            "try again; without it nothing can be signed or revoked any more: make another issuer, and give its keys to \
             relays and clients",
        ),
        _ => error,
    }
    };
    let seal = Seal::open(passphrase, lock).map_err(wrong)?;
    let seed = seal.open_row(b"issuer", sealed.to_vec()).map_err(|_| {
        Error::fault(format!("{} is damaged", path.display()))
            .next("put it back from a copy; without it nothing can be signed any more")
    })?;
    Ok(Opened { seal, seed })
}

/// A signature of Ed25519.
///
/// # Errors
/// A seed of wrong length.
pub fn sign_with(seed: &[u8], message: &[u8]) -> Result<Vec<u8>> {
    DefaultProvider
        .sign(SignatureAlgorithm::Ed25519, seed, message)
        .map_err(|_| Error::fault("a key of wrong length"))
}

/// `encode(SignContent{"Sceau 1 " || label, content})` (page *Conventions*).
pub(crate) fn message(label: &str, content: &[u8]) -> Vec<u8> {
    let mut w = Writer::default();
    w.opaque(format!("Sceau 1 {label}").as_bytes()).opaque(content);
    w.0
}

/// The public keys in a file of `sceau issuer init`: one line of hex, an encoded `TypedKey issuer_keys<V>`.
///
/// # Errors
/// A file that holds something else.
pub fn read_keys(path: &Path) -> Result<String> {
    let wrong = |why: &dyn std::fmt::Display| {
        Error::usage(format!("the issuer's keys in {}: {why}", path.display()))
            .next("give the file issuer.pub that `sceau issuer init` has made")
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    let line = text.lines().next().unwrap_or_default().trim().to_owned();
    let keys = hex::decode(&line).map_err(|error| wrong(&error))?;
    TypedKeys::from_bytes(&keys).map_err(|error| wrong(&error))?;
    Ok(line)
}

/// The issuers of keys in hex.
///
/// # Errors
/// Keys that are none.
pub fn issuers(keys: &[String]) -> Result<Vec<Issuer>> {
    let issuer = |keys: &String| {
        let keys = hex::decode(keys).about("an issuer's keys")?;
        Ok(Issuer::new(&Provider::Default, TypedKeys::from_bytes(&keys)?)?)
    };
    keys.iter().map(issuer).collect()
}
