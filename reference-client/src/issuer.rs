//! An organisation that signs its accounts' credentials, and takes them back (`issuer`).
//!
//! The issuer's key signs what page *Identities* lets an issuer sign, and the list of withdrawn accounts
//! ([`crate::revocation`]) that relays and clients read; nothing else.

use crate::client::seal::{Cost, Seal};
use crate::crypto;
use crate::error::{About, Error, Result};
use crate::relay::directory::Revoked;
use crate::revocation::{self, RevocationList};
use crate::time::{now, shown};
use crate::wire::{Reader, Writer};
use sceau::Wire;
use sceau::crypto::{
    CryptoProvider, DefaultProvider, KeyRole, Provider, SignRequest, SignatureAlgorithm,
};
use sceau::pairwise::{CredentialTbs, DeviceListTbs, Issuer, TypedKey, TypedKeys};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
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

/// Makes an issuer in a folder; gives its public keys.
///
/// # Errors
/// An issuer that is there already.
pub fn init(dir: &Path, passphrase: &str) -> Result<TypedKeys> {
    let (secret, public) = (dir.join("issuer.key"), dir.join("issuer.pub"));
    if secret.exists() {
        return Err(Error::usage(format!("there is an issuer in {} already", dir.display())));
    }
    std::fs::create_dir_all(dir).about(format!("the folder {}", dir.display()))?;
    let seed = crypto::random::<32>().map(Zeroizing::new);
    let seed = seed.ok_or_else(|| Error::fault("the system has no randomness"))?;
    let keys = public_keys(seed.as_ref())?;
    let (seal, lock) = Seal::new(passphrase, Cost::default())?;
    let mut file = Writer::default();
    file.opaque(&lock).opaque(&seal.seal(b"issuer", seed.as_ref())?);
    std::fs::write(&secret, file.0).about(secret.display())?;
    std::fs::write(&public, format!("{}\n", hex::encode(keys.to_bytes())))
        .about(public.display())?;
    let first = RevocationList { number: 1, issued_at: now(), ..RevocationList::default() };
    write_revoked(dir, &first.signed(seed.as_ref())?)?;
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

/// Signs a request with the issuer's key.
///
/// # Errors
/// A wrong passphrase.
pub fn sign(dir: &Path, passphrase: &str, request: &Request) -> Result<Vec<u8>> {
    let seed = open(dir, passphrase)?;
    if request.key_type != ED25519 {
        return Err(Error::refused("this issuer has no key of that type"));
    }
    let message = message(&request.label, &request.content);
    sign_with(&seed, &message)
}

/// The issuer's seed.
fn open(dir: &Path, passphrase: &str) -> Result<Zeroizing<Vec<u8>>> {
    let path = dir.join("issuer.key");
    let file = std::fs::read(&path).map_err(|error| {
        Error::not_found(format!("{}: {error}", path.display()))
            .next("make one with `sceau issuer init`")
    })?;
    let mut r = Reader::new(&file);
    let (lock, sealed) = (r.opaque(4_096)?, r.opaque(4_096)?);
    Seal::open(passphrase, lock)?.open_row(b"issuer", sealed.to_vec())
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

/// What an officer does to the list.
#[derive(Clone, Debug)]
pub enum Change {
    /// Signs it anew, with another date.
    Renew,
    /// Withdraws an account, or with a serial one of its devices.
    Add(Vec<u8>, u64),
    /// Takes that back.
    Remove(Vec<u8>, u64),
}

/// The list of an issuer's folder.
///
/// # Errors
/// One that is not there, or is not signed by this issuer.
pub fn revoked(dir: &Path) -> Result<RevocationList> {
    let keys = hex::decode(read_keys(&dir.join("issuer.pub"))?).about("the issuer's keys")?;
    let bytes = revocation::read(&dir.join("revoked"))?;
    Ok(RevocationList::verified(&bytes, &[TypedKeys::from_bytes(&keys)?])?.1)
}

/// Makes the next list of an issuer's folder, and signs it.
///
/// # Errors
/// A wrong passphrase; a list that can't be read or written.
pub fn revoke(dir: &Path, passphrase: &str, change: Change) -> Result<(PathBuf, RevocationList)> {
    let seed = open(dir, passphrase)?;
    let mut list = revoked(dir)?;
    match change {
        Change::Renew => {}
        Change::Add(account, serial) => drop(list.revoked.insert((account, serial))),
        Change::Remove(account, serial) => {
            if !list.revoked.remove(&(account, serial)) {
                return Err(Error::not_found("that is not in the list of revoked accounts")
                    .next("give the account, and the serial, with which it was revoked"));
            }
        }
    }
    (list.number, list.issued_at) = (list.number + 1, now());
    Ok((write_revoked(dir, &list.signed(&seed)?)?, list))
}

/// Puts a list in the place of the one before.
fn write_revoked(dir: &Path, list: &[u8]) -> Result<PathBuf> {
    let (path, new) = (dir.join("revoked"), dir.join("revoked.new"));
    let mut file = std::fs::File::create(&new).about(new.display())?;
    writeln!(file, "{}", hex::encode(list)).and_then(|()| file.sync_all()).about(new.display())?;
    std::fs::rename(&new, &path).about(path.display())?;
    Ok(path)
}

/// Answers requests for signatures where the account's key is the client's own, and the issuer is asked by a command.
#[derive(Clone)]
pub struct Asker {
    /// The account's seed.
    pub account: Zeroizing<Vec<u8>>,
    /// What asks the issuer.
    pub command: Option<String>,
}

impl Asker {
    /// A signature.
    ///
    /// # Errors
    /// An issuer that does not sign.
    pub fn answer(&self, request: &SignRequest) -> Result<Vec<u8>> {
        match (request.role, &self.command) {
            (KeyRole::Account, _) => sign_with(&self.account, &request.message()),
            (KeyRole::Issuer, Some(command)) => ask(command, request),
            _ => Err(Error::refused("there is nobody to sign")
                .next("name the command that asks the issuer: `sceau init --issuer-command …`")),
        }
    }
}

impl sceau::crypto::Signer for Asker {
    fn sign(
        &self,
        request: &SignRequest,
    ) -> std::result::Result<Vec<u8>, sceau::error::ProviderFailed> {
        self.answer(request).map_err(|_| sceau::error::ProviderFailed::KeyHolder)
    }
}

/// Runs the command with the request on its standard input, and reads the signature.
fn ask(command: &str, request: &SignRequest) -> Result<Vec<u8>> {
    let refused = |why: String| {
        Error::refused(format!("the issuer has not signed: {why}"))
            .next("ask the organisation's officer; nothing was made yet")
    };
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .about(format!("the command {command}"))?;
    let asked = Request {
        label: request.label.to_owned(),
        key_type: request.key_type,
        content: request.content.clone(),
    };
    let line = serde_json::to_vec(&asked).about("a request")?;
    if let Some(mut input) = child.stdin.take() {
        // A command that does not read has its own reason, which its exit tells.
        let _ = input.write_all(&line);
    }
    let output = child.wait_with_output().about(format!("the command {command}"))?;
    if !output.status.success() {
        return Err(refused(format!("`{command}` ended with {}", output.status)));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    hex::decode(said.trim()).map_err(|_| refused(format!("`{command}` gave no signature")))
}

/// The public keys in a file of `sceau issuer init`: one line of hex, an encoded `TypedKey issuer_keys<V>`.
///
/// # Errors
/// A file that holds something else.
pub fn read_keys(path: &Path) -> Result<String> {
    let about = || format!("the issuer's keys in {}", path.display());
    let text = std::fs::read_to_string(path).about(about())?;
    let line = text.lines().next().unwrap_or_default().trim().to_owned();
    TypedKeys::from_bytes(&hex::decode(&line).about(about())?)?;
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
