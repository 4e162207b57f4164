//! `group`

use super::Out;
use super::list::say_message;
use super::receive::{say_refused, show};
use super::send::text;
use crate::cli::GroupCommand;
use crate::client::device::Device;
use crate::client::group::advance::{advance, seal_and_tell};
use crate::client::group::change::wish;
use crate::client::group::identity::{members, policy};
use crate::client::group::inbox::look;
use crate::client::group::join::create;
use crate::client::group::leave::leave;
use crate::client::group::model::{
    DeviceOf, GroupItem, Status, TheirPackage, Waiting, Wish, check_name,
};
use crate::client::group::packages::{give_anew, withdraw};
use crate::client::group::people::{name_of, names};
use crate::client::group::reach::open_sessions;
use crate::client::group::send::{drafts, queue};
use crate::client::group::settle::give_up;
use crate::client::model::Contact;
use crate::client::receive::{Report, fetch};
use crate::client::relays::Relays;
use crate::client::store::Kind;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::text::one_line;
use crate::time::now;
use sceau::group::{Confirmation, MlsMessage};
use serde_json::json;

/// What a command about groups works with.
struct Work<'a> {
    device: &'a mut Device,
    relays: Relays,
    report: Report,
    out: &'a Out,
}

/// What is shown of a group.
struct View {
    epoch: u64,
    relay: Option<String>,
    members: Vec<(DeviceOf, Confirmation)>,
    number: Option<String>,
}

/// Does something with groups.
pub fn run(device: &mut Device, command: &GroupCommand, out: &Out) -> Result<()> {
    let relays = Relays::new(&device.profile)?;
    let mut work = Work { device, relays, report: Report::default(), out };
    let done = work.command(command);
    // What came meanwhile is shown too.
    let report = std::mem::take(&mut work.report);
    show(work.device, &report, out)?;
    say_refused(&report, out);
    done
}

impl Work<'_> {
    fn command(&mut self, command: &GroupCommand) -> Result<()> {
        match command {
            GroupCommand::Allow { contact, no } => self.allow(contact, !no),
            GroupCommand::Create { name, contacts } => {
                check_name(name)?;
                let wishes = self.adds(contacts)?;
                let item = create(self.device, name, self.relays.own.name())?;
                self.change(&item, wishes)
            }
            GroupCommand::Add { name, contacts } => {
                let (_, item) = self.device.store().group_of_name(name)?;
                item.may_send()?;
                let wishes = self.adds(contacts)?;
                self.change(&item, wishes)
            }
            GroupCommand::Remove { name, contacts } => {
                let (_, item) = self.device.store().group_of_name(name)?;
                item.may_send()?;
                let wishes = self.removes(&item, contacts)?;
                self.change(&item, wishes)
            }
            GroupCommand::Update { name } => {
                let (_, item) = self.device.store().group_of_name(name)?;
                item.may_send()?;
                self.change(&item, vec![Wish::Update])
            }
            GroupCommand::Send { name, text: given } => self.send(name, &text(given)?),
            GroupCommand::List { name: None, .. } => self.list(),
            GroupCommand::List { name: Some(name), last } => self.list_one(name, *last),
            GroupCommand::Leave { name } => self.leave(name),
            GroupCommand::Resume { name } => self.resume(name),
            GroupCommand::Rejoin { name } => self.rejoin(name),
            GroupCommand::Forget { name } => self.forget(name),
        }
    }

    /// Lets a contact add this device, or no longer.
    fn allow(&mut self, name: &str, allow: bool) -> Result<()> {
        let (id, mut contact) = self.device.contact(name)?;
        contact.groups = allow;
        self.device.step(|_, tx, _| {
            tx.replace(Kind::Contact, id, &contact)?;
            if allow { Ok(()) } else { withdraw(tx, &contact.account) }
        })?;
        let (given, failure) = if allow { self.give(&contact)? } else { (0, None) };
        let said = match (allow, given) {
            (false, _) => format!("{name} can't add you to groups any more"),
            (true, 0) => format!("{name} may add you to groups, as soon as a session is there"),
            (true, _) => format!("{name} may add you to groups"),
        };
        self.out.say(said, &json!({ "contact": name, "groups": allow, "devices": given }));
        failure.map_or(Ok(()), Err)
    }

    /// Sends key packages to a contact; gives how many devices have one, and why they have not left.
    fn give(&mut self, contact: &Contact) -> Result<(usize, Option<Error>)> {
        let wanted = [(contact.account.clone(), 0)];
        let mut failure = None;
        let peer = contact.account_id()?;
        let known = self
            .device
            .read(|account| Ok(!crate::client::send::sessions(account, &peer, now()).is_empty()))?;
        if !known {
            let opened = open_sessions(self.device, &mut self.relays, &wanted, &mut self.report);
            failure = opened.err();
        }
        let given = self.device.step(|account, tx, _| give_anew(account, tx, contact, now()))?;
        failure = failure.or(self.relays.flush(self.device, |_| {}).err());
        Ok((given, failure))
    }

    /// The wishes that add contacts' devices.
    fn adds(&mut self, names: &[String]) -> Result<Vec<Wish>> {
        let mut wishes = Vec::new();
        for name in names {
            let (_, contact) = self.device.contact(name)?;
            if self.device.revoked().has(contact.account_id()?.as_bytes(), 0) {
                let what = format!("{name}'s account was revoked by its organisation");
                return Err(Error::refused(what));
            }
            let mut devices = self.devices_with_packages(&contact)?;
            if devices.is_empty() {
                // It may lie in a mailbox.
                fetch(self.device, &mut self.relays, &mut self.report)?;
                look(self.device, &mut self.report)?;
                devices = self.devices_with_packages(&contact)?;
            }
            if devices.is_empty() {
                let me = &self.device.profile.name;
                return Err(Error::not_found(format!("{name} has not let you add them to groups"))
                    .next(format!(
                        "ask {name} to run `sceau group allow NAME`, with the name that they gave you (such as {me})"
                    )));
            }
            wishes.extend(devices.into_iter().map(Wish::Add));
        }
        Ok(wishes)
    }

    fn devices_with_packages(&mut self, contact: &Contact) -> Result<Vec<DeviceOf>> {
        let packages: Vec<(i64, TheirPackage)> = self.device.store().items(Kind::TheirPackage)?;
        let of = packages.into_iter().map(|(_, package)| package);
        let of = of.filter(|p| p.from.0 == contact.account && p.not_after > now());
        let mut devices: Vec<DeviceOf> = of.map(|package| package.from).collect();
        devices.sort();
        devices.dedup();
        Ok(devices)
    }

    /// The wishes that remove people's devices.
    fn removes(&mut self, item: &GroupItem, names: &[String]) -> Result<Vec<Wish>> {
        let members = self.view(item)?.map(|view| view.members).unwrap_or_default();
        let members: Vec<DeviceOf> = members.into_iter().map(|(device, _)| device).collect();
        let own = hex::encode(&self.device.profile.account);
        let mut wishes = Vec::new();
        for name in names {
            let account = match self.device.contact(name) {
                Ok((_, contact)) => contact.account,
                Err(_) if members.iter().any(|(account, _)| account == name) => name.clone(),
                Err(error) => return Err(error),
            };
            if account == own {
                return Err(Error::usage("nobody removes himself")
                    .next(format!("`sceau group leave {}` asks the others to do it", item.name)));
            }
            let devices = members.iter().filter(|(of, _)| *of == account);
            let before = wishes.len();
            wishes.extend(devices.cloned().map(Wish::Remove));
            if wishes.len() == before {
                return Err(Error::not_found(format!("{name} is not in {}", item.name))
                    .next(format!("`sceau group list {}` shows who is", item.name)));
            }
        }
        Ok(wishes)
    }

    /// A group that the device is in, as it is now.
    fn view(&mut self, item: &GroupItem) -> Result<Option<View>> {
        if !item.is_member() {
            return Ok(None);
        }
        self.device.step(|account, tx, _| {
            let group = tx.group_if_kept(&item.group_id()?, policy(account))?;
            Ok(group.map(|group| View {
                epoch: group.epoch(),
                relay: group
                    .relay()
                    .map(|relay| one_line(&String::from_utf8_lossy(relay.as_bytes()))),
                members: members(&group),
                number: group.epoch_authenticator().first_chunk::<16>().map(hex::encode),
            }))
        })
    }

    /// Changes a group, and says what it is then.
    fn change(&mut self, item: &GroupItem, wishes: Vec<Wish>) -> Result<()> {
        wish(self.device, &item.id, wishes)?;
        let done = advance(self.device, &mut self.relays, &item.id, &mut self.report);
        let flushed = self.relays.flush(self.device, |_| {});
        let (_, item) = self.device.store().group_of_name(&item.name)?;
        self.say(&item)?;
        let kept = |error: Error| match error.kind {
            ErrorKind::Unreachable => error
                .next("the change is kept, and goes with the next command that reaches the relay"),
            _ => error,
        };
        done.map_err(kept)?;
        flushed.map(|_| ())
    }

    fn say(&mut self, item: &GroupItem) -> Result<Option<View>> {
        let view = self.view(item)?;
        let waits = item.pending.is_some() || !item.wishes.is_empty();
        let status = match item.status {
            Status::Active if waits => ", a change waits for the relay",
            Status::Active => "",
            Status::Forked => ", MAY HAVE SPLIT",
            Status::Rejoining => ", waits for you to be added again",
            Status::Gone => ", has gone on without this device",
            Status::Removed => ", you are no member any more",
            Status::Replaced => ", has ended: another group takes its place",
            Status::Forgotten => ", given up",
        };
        let epoch = view.as_ref().map(|view| view.epoch);
        let count = view.as_ref().map_or(0, |view| view.members.len());
        let text = epoch.map_or(String::new(), |epoch| format!(", epoch {epoch}"));
        self.out.say(
            format!("{:<16} {count} devices{text}{status}", item.name),
            &json!({
                "group": item.name, "id": item.id, "epoch": epoch, "devices": count, "status": item.status,
                "waits": waits, "relay": view.as_ref().and_then(|view| view.relay.as_ref()),
            }),
        );
        Ok(view)
    }

    fn send(&mut self, name: &str, text: &str) -> Result<()> {
        let (_, item) = self.device.store().group_of_name(name)?;
        self.tell_unconfirmed(&item)?;
        let (number, message_id) = queue(self.device, &item.id, text)?;
        let mut turns = || -> Result<()> {
            let (device, relays, report) = (&mut *self.device, &mut self.relays, &mut self.report);
            advance(device, relays, &item.id, report)?;
            seal_and_tell(device, relays, &item.id, report)?;
            relays.flush(device, |_| {})?;
            // Whether the epoch was near enough all the time.
            advance(device, relays, &item.id, report)
        };
        let sent = turns();
        let waits = drafts(self.device, &item.id)?.iter().any(|draft| draft.is(&message_id));
        // Removed meanwhile, say: then it does not go.
        let open = self.device.store().group_of_name(name)?.1.may_send();
        let state = match &open {
            // Until all have it, and the relay has said that its epoch was near enough.
            _ if waits => "kept, and goes with the next command that reaches all",
            Err(_) => "not sent",
            Ok(()) => "sent",
        };
        let sent = sent.and(open);
        self.out.say(
            format!("#{number} to {name}: {state}"),
            &json!({ "number": number, "message_id": message_id, "group": name, "state": state }),
        );
        sent
    }

    /// Tells which members are unconfirmed (`GDS-51`); the person decides whether to send meanwhile.
    fn tell_unconfirmed(&mut self, item: &GroupItem) -> Result<()> {
        let unconfirmed = |(device, known)| (known != Confirmation::Confirmed).then_some(device);
        let members = self.view(item)?.map(|view| view.members).unwrap_or_default();
        let of: Vec<DeviceOf> = members.into_iter().filter_map(unconfirmed).collect();
        if !of.is_empty() {
            let who = self.device.step(|_, tx, _| names(tx, &of))?;
            self.out.notice(&format!(
                "unconfirmed in {}: {who}. No device list that you have, and no issuer, says that these devices are \
                 theirs; `sceau group list {}` shows them",
                item.name, item.name
            ));
        }
        Ok(())
    }

    fn list(&mut self) -> Result<()> {
        for (_, item) in self.device.store().groups()? {
            self.say(&item)?;
        }
        Ok(())
    }

    fn list_one(&mut self, name: &str, last: usize) -> Result<()> {
        let (_, item) = self.device.store().group_of_name(name)?;
        let view = self.say(&item)?;
        let contacts = self.device.contacts()?;
        let contacts: Vec<Contact> = contacts.into_iter().map(|(_, contact)| contact).collect();
        let own = hex::encode(&self.device.profile.account);
        let members = view.iter().flat_map(|view| &view.members);
        for ((account, serial), known) in members.cloned() {
            let name = match account == own {
                true => "you".to_owned(),
                false => name_of(&contacts, &account),
            };
            let verified = contacts.iter().any(|c| c.account == account && c.verified);
            let words = if verified || account == own { "" } else { ", not verified" };
            let (known, told) = match known {
                Confirmation::Confirmed => ("confirmed", ""),
                Confirmation::Refuted => ("refuted", ", REFUTED by the account's list"),
                _ => ("unconfirmed", ", unconfirmed"),
            };
            self.out.say(
                format!("  {name:<14} device {serial}{words}{told}  {account}"),
                &json!({
                    "member": name, "account": account, "serial": serial, "verified": verified, "leaf": known,
                }),
            );
        }
        if let Some(View { epoch, number: Some(number), .. }) = &view {
            self.out.say(
                format!(
                    "  who has the same number in epoch {epoch} is on the same branch: {number}"
                ),
                &json!({ "epoch": epoch, "authenticator": number }),
            );
        }
        let messages = self.device.messages()?;
        let of = messages.iter().filter(|(_, message)| message.group.as_ref() == Some(&item.id));
        let of: Vec<_> = of.collect();
        let groups = [(0, item)];
        for (number, message) in of.iter().skip(of.len().saturating_sub(last)) {
            say_message(*number, message, &contacts, &groups, self.out);
        }
        Ok(())
    }

    fn leave(&mut self, name: &str) -> Result<()> {
        let (_, item) = self.device.store().group_of_name(name)?;
        advance(self.device, &mut self.relays, &item.id, &mut self.report)?;
        leave(self.device, &mut self.relays, &item.id, &mut self.report)?;
        let flushed = self.relays.flush(self.device, |_| {});
        self.out.say(
            format!("the others were asked to remove you from {name}: the first who runs `sceau receive` does it"),
            &json!({ "group": name, "leaving": true }),
        );
        flushed.map(|_| ())
    }

    fn resume(&mut self, name: &str) -> Result<()> {
        let (_, item) = self.device.store().group_of_name(name)?;
        if item.status != Status::Forked {
            return Err(Error::usage(format!("{name} has not stopped")).next("send as before"));
        }
        self.device.step(|_, tx, _| {
            let (number, mut item) = tx.group_item(&item.id)?;
            item.status = Status::Active;
            // What is of a later epoch than the relay knows has been decided about: it waits on.
            for (waits, mut waiting) in tx.items::<Waiting>(Kind::GroupInbox)? {
                let MlsMessage::Private(message) = waiting.open()?.1 else { continue };
                if hex::encode(message.group_id) == item.id {
                    waiting.of = Some(item.id.clone());
                    tx.replace(Kind::GroupInbox, waits, &waiting)?;
                }
            }
            tx.replace(Kind::Group, number, &item)
        })?;
        self.change(&item, Vec::new())
    }

    /// Lets the other branch take the place of this one (`GDS-14`).
    fn rejoin(&mut self, name: &str) -> Result<()> {
        let (_, item) = self.device.store().group_of_name(name)?;
        if item.status != Status::Forked {
            return Err(Error::usage(format!("{name} has not stopped")).next("send as before"));
        }
        self.device.step(|_, tx, _| {
            let (number, mut item) = tx.group_item(&item.id)?;
            item.end(Status::Rejoining);
            tx.replace(Kind::Group, number, &item)
        })?;
        // Its Welcome may be here.
        look(self.device, &mut self.report)?;
        let (_, item) = self.device.store().group_of_name(name)?;
        self.change(&item, Vec::new())
    }

    /// Erases a group (`GDS-46`).
    fn forget(&mut self, name: &str) -> Result<()> {
        let (_, item) = self.device.store().group_of_name(name)?;
        self.device.step(|account, tx, _| {
            let (number, mut item) = tx.group_item(&item.id)?;
            if let Some(group) = tx.group_if_kept(&item.group_id()?, policy(account))? {
                tx.erase_group(group)?;
            }
            // The person has decided so.
            give_up(tx, &mut item)?;
            item.end(Status::Forgotten);
            tx.replace(Kind::Group, number, &item)
        })?;
        self.out.say(
            format!("{name} is given up here; the others are told nothing"),
            &json!({ "group": name, "forgotten": true }),
        );
        Ok(())
    }
}
