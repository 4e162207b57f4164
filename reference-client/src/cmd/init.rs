//! `init`, `set` and `whoami`

use super::{OF_STORE, Out, first_line, home, passphrase};
use crate::cli::{Cli, Init, Set};
use crate::client::device::Device;
use crate::client::model::Profile;
use crate::client::relays::Relays;
use crate::client::seal::Cost;
use crate::client::store::{ClientStore, Kind};
use crate::error::{About, Error, Kind as ErrorKind, Result};
use crate::issuer;
use crate::text::is_name;
use crate::time::now;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Makes an account.
pub fn run(cli: &Cli, options: &Init, out: &Out) -> Result<()> {
    let home = home(cli)?;
    if ClientStore::exists(&home) {
        return Err(Error::usage(format!("there is a store in {} already", home.display())).next(
            "use it; `sceau set` gives it another relay, certificates or token; or choose another folder with --home",
        ));
    }
    if !is_name(&options.name) {
        return Err(Error::usage(
            "a name has something to see, and no control characters or spaces around it",
        )
        .next("choose another one with --name"));
    }
    let revoked = options.revoked.iter().map(|path| absolute(path));
    let profile = Profile {
        name: options.name.clone(),
        relay: options.relay.clone(),
        token: options.token.as_deref().map(token).transpose()?,
        ca: options.ca.as_deref().map(absolute).transpose()?,
        anchor: options.anchor.as_deref().map(absolute).transpose()?.unwrap_or_default(),
        issuers: options
            .issuer
            .iter()
            .map(|path| issuer::read_keys(path))
            .collect::<Result<_>>()?,
        revoked: revoked.collect::<Result<_>>()?,
        issuer_command: options.issuer_command.clone(),
        stock: options.prekeys,
        receipts: !options.no_receipts,
        ..Profile::default()
    };
    // Before anything is made: an address that is none, certificates that can't be read, a relay that does not answer.
    let mut relays = Relays::new(&profile)?;
    if !options.offline {
        greet(&mut relays, "no account was made")?;
    }
    let cost = Cost { memory: options.kdf_memory, ..Cost::default() };
    let passphrase = passphrase(cli, OF_STORE, true)?;
    let mut device = Device::create(&home, &passphrase, cost, profile, now())?;
    let published = if options.offline { Ok(()) } else { relays.publish(&mut device) };
    whoami(&mut device, out)?;
    published.map_err(|error| {
        let what =
            format!("the account is made, but its prekeys are not published yet: {}", error.what());
        let next = match (error.kind, error.what_next()) {
            (ErrorKind::Refused, Some(next)) => next.to_owned(),
            _ => "run `sceau receive` when the relay can be reached".to_owned(),
        };
        Error::new(error.kind, what).next(next)
    })
}

/// Changes how a device reaches its relay.
pub fn set(device: &mut Device, options: &Set, out: &Out) -> Result<()> {
    let mut profile = device.profile.clone();
    let moved = options.relay.as_ref().is_some_and(|relay| *relay != profile.relay);
    if let Some(relay) = &options.relay {
        profile.relay.clone_from(relay);
    }
    if let Some(path) = &options.ca {
        profile.ca = Some(absolute(path)?);
    }
    if let Some(path) = &options.token {
        profile.token = Some(token(path)?);
    }
    let mut relays = Relays::new(&profile)?;
    if !options.offline {
        greet(&mut relays, "nothing was changed")?;
    }
    device.step(|_, _, stored| {
        (stored.relay, stored.ca, stored.token) = (profile.relay, profile.ca, profile.token);
        // A relay that does not know the device gets its prekeys with the next `receive`.
        stored.restock |= moved;
        Ok(())
    })?;
    let profile = &device.profile;
    out.say(
        format!("the relay is {}; `sceau receive` goes on there", profile.relay),
        &json!({ "relay": profile.relay, "ca": profile.ca, "token": profile.token.is_some() }),
    );
    if moved {
        out.notice(
            "contacts of the same relay are looked for at the new address; tell those whose client has the old one: \
             `sceau add NAME ACCOUNT-ID --relay URL`",
        );
    }
    Ok(())
}

/// Asks the relay for an answer, and holds the clock against its one.
fn greet(relays: &mut Relays, state: &str) -> Result<()> {
    let told = relays.own.greet().map_err(|error| {
        let mut made = Error::new(error.kind, format!("{state}: {}", error.what()));
        made.class = error.class;
        let next = match (error.kind, error.what_next()) {
            (ErrorKind::Refused, Some(next)) => next.to_owned(),
            _ => "check the address and --ca, and that the relay runs; or do it all the same with --offline".to_owned(),
        };
        made.next(next)
    });
    told?;
    match relays.clock_notice() {
        Some(clock) => Err(Error::refused(format!(
            "{state}: the clocks of this machine and the relay differ too much"
        ))
        .next(clock)),
        None => Ok(()),
    }
}

/// A path that is right in whichever folder a later command is called.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).about(path.display())
}

fn token(path: &Path) -> Result<String> {
    let token = first_line(path)?.trim().to_owned();
    let right = !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic());
    if right {
        return Ok(token);
    }
    Err(Error::usage(format!("the first line of {} is no token", path.display()))
        .next("it has letters, digits and signs of ASCII, without spaces"))
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
