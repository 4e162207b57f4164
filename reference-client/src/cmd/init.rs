//! `init` and `whoami`

use super::{Out, first_line, home, passphrase};
use crate::cli::{Cli, Init};
use crate::client::device::Device;
use crate::client::model::Profile;
use crate::client::relays::Relays;
use crate::client::seal::Cost;
use crate::client::store::{ClientStore, Kind};
use crate::error::{Error, Result};
use crate::issuer;
use crate::time::now;
use serde_json::json;

/// Makes an account.
pub fn run(cli: &Cli, options: &Init, out: &Out) -> Result<()> {
    let home = home(cli)?;
    if ClientStore::exists(&home) {
        return Err(Error::usage(format!("there is a store in {} already", home.display()))
            .next("use it, or choose another folder with --home"));
    }
    let token = options.token.as_deref().map(first_line).transpose()?;
    let profile = Profile {
        name: options.name.clone(),
        relay: options.relay.clone(),
        token: token.map(|token| token.as_str().to_owned()),
        ca: options.ca.clone(),
        anchor: options.anchor.clone().unwrap_or_default(),
        issuers: options
            .issuer
            .iter()
            .map(|path| issuer::read_keys(path))
            .collect::<Result<_>>()?,
        revoked: options.revoked.clone(),
        issuer_command: options.issuer_command.clone(),
        stock: options.prekeys,
        receipts: !options.no_receipts,
        ..Profile::default()
    };
    // Before anything is made: an address that is none, certificates that can't be read.
    let mut relays = Relays::new(&profile)?;
    let cost = Cost { memory: options.kdf_memory, ..Cost::default() };
    let mut device = Device::create(&home, &passphrase(cli, true)?, cost, profile, now())?;
    let published = relays.publish(&mut device);
    whoami(&mut device, out)?;
    published.map_err(|error| {
        let what =
            format!("the account is made, but its prekeys are not published yet: {}", error.what());
        Error::new(error.kind, what).next("run `sceau receive` when the relay can be reached")
    })
}

/// Shows who one is.
pub fn whoami(device: &mut Device, out: &Out) -> Result<()> {
    let (account, serial) = device
        .read(|account| Ok((hex::encode(account.account_id().as_bytes()), account.serial())))?;
    let unpublished = !device.store().raw_items(Kind::Publication, 0, 1)?.is_empty();
    let profile = &device.profile;
    let state = if unpublished { " (prekeys not published yet)" } else { "" };
    out.say(
        format!(
            "{}, device {serial}, at {}{state}\naccount id: {account}\nYour contacts add you with: sceau add {} {account}",
            profile.name, profile.relay, profile.name
        ),
        &json!({
            "name": profile.name, "account": account, "device": serial, "relay": profile.relay,
            "published": !unpublished,
        }),
    );
    Ok(())
}
