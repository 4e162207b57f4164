//! `verify`

use super::Out;
use crate::cli::Verify;
use crate::client::device::Device;
use crate::client::relays::Relays;
use crate::client::store::Kind;
use crate::error::{About, Error, Result};
use crate::time::now;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use sceau::Wire;
use sceau::pairwise::TypedKeys;
use serde_json::json;

/// Shows the safety number and the QR code, or checks the contact's.
pub fn run(device: &mut Device, options: &Verify, out: &Out) -> Result<()> {
    let (id, mut contact) = device.contact(&options.name)?;
    let peer = contact.account_id()?;
    let mismatch = || {
        Error::refused(format!("this is not what {}'s client should show", options.name)).next(
            "one of you has another account than the other believes: do not trust this contact until you know why",
        )
    };
    let name = options.name.clone();
    if let Some(code) = &options.code {
        let code = hex::decode(code.trim()).map_err(|_| {
            Error::usage("the code is not in hexadecimal digits")
                .next("give what the QR code holds, as `sceau verify` shows it at the other side")
        })?;
        device.read(|account| Ok(account.check_code(&peer, &code)?)).map_err(|_| mismatch())?;
    } else {
        let keys = keys(device, &contact)?;
        let number = device.read(|account| Ok(account.safety_number(&keys)?))?;
        match &options.number {
            Some(said) if digits(said).len() != number.len() => {
                return Err(Error::usage(format!(
                    "a safety number has {} digits, and this has {}",
                    number.len(),
                    digits(said).len()
                ))
                .next("have it read out again, and type all of it"));
            }
            Some(said) if digits(said) == number => {}
            Some(_) => return Err(mismatch()),
            None => return show(device, &contact.name, &peer, &number, out),
        }
    }
    contact.verified = true;
    device.store().transaction(|tx| tx.replace(Kind::Contact, id, &contact))?;
    out.say(format!("{name} is verified"), &json!({ "contact": name, "verified": true }));
    Ok(())
}

fn digits(said: &str) -> String {
    said.chars().filter(char::is_ascii_digit).collect()
}

fn show(
    device: &mut Device,
    name: &str,
    peer: &sceau::pairwise::AccountId,
    number: &str,
    out: &Out,
) -> Result<()> {
    let code = device.read(|account| Ok(account.verification_code(peer)?))?.to_bytes();
    let groups: Vec<&str> =
        number.as_bytes().chunks(5).filter_map(|g| str::from_utf8(g).ok()).collect();
    let lines: Vec<String> = groups.chunks(4).map(|line| line.join(" ")).collect();
    let picture = QrCode::new(&code).about("the QR code")?.render::<Dense1x2>().build();
    let code = hex::encode(code);
    out.say(
        format!(
            "Safety number with {name}:\n\n  {}\n\n{picture}\nRead the number to each other on a line that you trust, \
             and check what {name} reads with\n  sceau verify {name} --number \"…\"\nor scan the code of the other \
             side, and check what it holds with\n  sceau verify {name} --code HEX\nThis code holds {code}",
            lines.join("\n  ")
        ),
        &json!({ "contact": name, "number": number, "code": code }),
    );
    Ok(())
}

/// The contact's account keys: from the list that is pinned, or from the relay, checked against the account id.
fn keys(device: &mut Device, contact: &crate::client::model::Contact) -> Result<TypedKeys> {
    let peer = contact.account_id()?;
    let pinned = device.read(|account| {
        let list = account.peers().find(|(id, _)| **id == peer).map(|(_, list)| list);
        Ok(list.map(|list| list.tbs().account_keys.clone()))
    })?;
    if let Some(keys) = pinned {
        return Ok(keys);
    }
    let mut relays = Relays::new(&device.profile)?;
    let net = relays.at(contact.relay.as_deref().unwrap_or_default())?;
    let answer = net.fetch(&peer)?;
    let bundle = answer.bundles.first().ok_or_else(|| {
        Error::not_found(format!("the relay has no prekeys of {}", contact.name))
            .next("check the account id, or verify when a first message has come")
    })?;
    device.read(|account| Ok(account.verify_bundle(&peer, &bundle.to_bytes(), now())?))?;
    let list = bundle.device_lists.as_slice().first();
    list.map(|list| list.tbs().account_keys.clone())
        .ok_or_else(|| Error::fault("a bundle without list"))
}
