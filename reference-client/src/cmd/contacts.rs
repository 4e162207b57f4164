//! `add`, `remove`, `accept` and `decline`

use super::Out;
use crate::cli::Add;
use crate::client::address::name_of;
use crate::client::device::Device;
use crate::client::model::{Contact, account_id};
use crate::client::relays::Relays;
use crate::client::removal::{self, take_back};
use crate::client::store::Kind;
use crate::error::{Error, Result};
use crate::text::is_name;
use crate::time::now;
use sceau::pairwise::SessionStatus;
use serde_json::json;

/// Adds a contact, or changes one's name or relay.
pub fn add(device: &mut Device, options: &Add, out: &Out) -> Result<()> {
    let account = hex::encode(account_id(&options.account)?.as_bytes());
    if device.profile.account == hex::decode(&account).unwrap_or_default() {
        return Err(Error::usage("this is your own account id")
            .next("ask your contact for the one that `sceau whoami` shows there"));
    }
    if !is_name(&options.name) {
        return Err(Error::usage(
            "a name has something to see, and no control characters or spaces around it",
        )
        .next("choose another name"));
    }
    options.relay.as_deref().map(name_of).transpose()?;
    let contacts = device.contacts()?;
    let taken = contacts.iter().find(|(_, c)| c.name == options.name && c.account != account);
    if let Some((_, taken)) = taken {
        return Err(Error::refused(format!("{} is the name of another account", taken.name)).next(
            "choose another name; if your contact has a new account, compare safety numbers before you believe it",
        ));
    }
    let known = contacts.into_iter().find(|(_, contact)| contact.account == account);
    let (name, relay) = (options.name.clone(), options.relay.clone());
    let contact = match known {
        Some((id, mut contact)) => {
            contact.name = name;
            contact.relay = relay.or(contact.relay);
            device.store().transaction(|tx| tx.replace(Kind::Contact, id, &contact))?;
            contact
        }
        None => {
            let contact =
                Contact { name, account, relay, verified: false, bundle: None, groups: false };
            device.store().transaction(|tx| {
                take_back(tx, &contact.account)?;
                tx.add(Kind::Contact, &contact)
            })?;
            contact
        }
    };
    out.say(
        format!("{} is a contact; compare safety numbers with `sceau verify {}`", contact.name, contact.name),
        &json!({ "contact": contact.name, "account": contact.account, "verified": contact.verified }),
    );
    Ok(())
}

/// Removes a contact.
pub fn remove(device: &mut Device, name: &str, out: &Out) -> Result<()> {
    let (id, contact) = device.contact(name)?;
    let ended = device.step(|account, tx, _| removal::remove(account, tx, id, &contact))?;
    let flushed = Relays::new(&device.profile)?.flush(device, |_| {});
    out.say(
        format!(
            "{name} is no contact any more; what they send is dropped until you `sceau add` them again. What was said \
             stays in `sceau list`"
        ),
        &json!({ "removed": name, "account": contact.account, "sessions": ended }),
    );
    flushed.map(|_| ())
}

/// Accepts or declines a session that a contact has begun beside the one in use (`REP-02`).
pub fn decide(device: &mut Device, name: &str, accept: bool, out: &Out) -> Result<()> {
    let (_, contact) = device.contact(name)?;
    let peer = contact.account_id()?;
    let decided = device.step(|account, tx, _| {
        let waiting: Vec<_> = account
            .sessions()
            .filter(|s| *s.peer_account() == peer && s.status() == SessionStatus::Unaccepted)
            .map(|session| session.id())
            .collect();
        for session in &waiting {
            let changes = if accept {
                account.accept_session(session, now())?
            } else {
                account.decline_session(session, now())?
            };
            tx.apply(&changes)?;
        }
        Ok(waiting.len())
    })?;
    if decided == 0 {
        return Err(Error::not_found(format!("{name} has begun no session that waits for you")));
    }
    let word = if accept { "accepted" } else { "declined" };
    out.say(format!("{word} {name}'s new session"), &json!({ "contact": name, "session": word }));
    Ok(())
}
