//! How members are told to the person.

use super::model::DeviceOf;
use crate::client::model::{Contact, Profile};
use crate::client::store::{Kind, Tx};
use crate::error::Result;

/// What the person calls the people behind devices.
///
/// # Errors
/// A store that is damaged.
pub fn names(tx: &Tx<'_>, devices: &[DeviceOf]) -> Result<String> {
    let contacts: Vec<(i64, Contact)> = tx.items(Kind::Contact)?;
    let profiles: Vec<(i64, Profile)> = tx.items(Kind::Profile)?;
    let own = profiles.first().map(|(_, profile)| hex::encode(&profile.account));
    let contacts: Vec<Contact> = contacts.into_iter().map(|(_, contact)| contact).collect();
    let names = devices.iter().map(|(account, serial)| {
        let name = match own.as_ref() == Some(account) {
            true => "you".to_owned(),
            false => name_of(&contacts, account),
        };
        if *serial == 1 { name } else { format!("{name} (device {serial})") }
    });
    Ok(names.collect::<Vec<_>>().join(", "))
}

/// What the person calls an account.
#[must_use]
pub fn name_of(contacts: &[Contact], account: &str) -> String {
    let known = contacts.iter().find(|contact| contact.account == account);
    match known {
        Some(contact) => contact.name.clone(),
        None => format!("account {}…", account.get(..16).unwrap_or(account)),
    }
}
