//! `receive`

use super::Out;
use super::list::say_message;
use crate::cli::Receive;
use crate::client::device::Device;
use crate::client::follow::Follower;
use crate::client::model::{Contact, Direction, Message};
use crate::client::receive::{Report, receive_into};
use crate::client::relays::Relays;
use crate::client::store::Kind;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::text::count;
use serde_json::json;
use std::time::Duration;

/// Fetches and shows new messages, once or until it is stopped.
pub fn run(mut device: Device, options: &Receive, out: &Out) -> Result<()> {
    let mut relays = Relays::new(&device.profile)?;
    if !options.follow {
        // What others have sent and is refused is told, and is no failure of this command.
        return match once(&mut device, &mut relays, out)? {
            Some(error) if error.kind == ErrorKind::Refused => {
                out.notice(&error.to_string());
                Ok(())
            }
            failed => failed.map_or(Ok(()), Err),
        };
    }
    relays.follows = true;
    let profile = device.profile.clone();
    let mut follower = Follower::new(device, &profile)?;
    let (mut away, mut told) = (false, None);
    while !out.is_closed() {
        // What fails now may succeed later: the person sees it once, and it goes on.
        match follower.with(|device| once(device, &mut relays, out)) {
            Err(error) if error.kind == ErrorKind::Unreachable => {
                if !away {
                    out.error(&error);
                }
                away = true;
                std::thread::sleep(Duration::from_secs(2));
            }
            done => {
                let failed = done?.map(|error| error.to_string());
                if away {
                    out.notice("the relay answers again");
                }
                away = false;
                if failed != told {
                    failed.iter().for_each(|why| out.notice(why));
                    told.clone_from(&failed);
                }
                // What a group waits for does not go by being looked at.
                if failed.is_some() {
                    std::thread::sleep(Duration::from_secs(2));
                }
            }
        }
        follower.wait();
    }
    Ok(())
}

/// Fetches, shows and sends once; gives why a group could not be looked after, if so.
fn once(device: &mut Device, relays: &mut Relays, out: &Out) -> Result<Option<Error>> {
    // What a process that ended has not shown.
    tell(device, out)?;
    // What is refused for its times is made anew while receiving, and published then.
    let published = relays.publish(device).or_else(|error| match error.kind {
        ErrorKind::Refused => Ok(()),
        _ => Err(error),
    });
    // What was received before the relay failed is shown too.
    let mut report = Report::default();
    let received = published.and_then(|()| receive_into(device, relays, &mut report));
    show(device, &report, out)?;
    let flushed = relays.flush(device, |_| {});
    tell(device, out)?;
    relays.clock_notice().iter().for_each(|notice| out.notice(notice));
    if received.is_err() {
        say_refused(&report, out);
    }
    received?;
    say_refused(&report, out);
    let flushed = flushed?;
    if out.is_json() {
        out.say("", &json!({ "received": report.messages.len(), "sent": flushed.sent }));
    }
    Ok(report.failed)
}

/// Says what was refused; duplicates are normal after a stop.
pub fn say_refused(report: &Report, out: &Out) {
    for (class, number) in &report.refused {
        if *class != "duplicate" {
            out.notice(&format!("refused: {} ({class})", count(*number, "envelope")));
        }
    }
}

/// Tells what the store keeps to be told, then deletes it: what was printed just before a stop is printed again.
pub fn tell(device: &mut Device, out: &Out) -> Result<()> {
    let untold = device.untold()?;
    untold.iter().for_each(|(_, notice)| out.notice(notice));
    // What nobody has seen is told again.
    if untold.is_empty() || out.is_closed() { Ok(()) } else { device.has_told(&untold) }
}

/// Shows what is to be told, and the messages that were not shown yet, then marks them: one that was printed just before a stop is
/// printed again, with the same number.
pub fn show(device: &mut Device, report: &Report, out: &Out) -> Result<()> {
    tell(device, out)?;
    report.notices.iter().for_each(|notice| out.notice(notice));
    let contacts: Vec<Contact> =
        device.contacts()?.into_iter().map(|(_, contact)| contact).collect();
    let fresh =
        |(_, message): &(i64, Message)| message.direction == Direction::In && !message.shown;
    let fresh: Vec<_> = device.messages()?.into_iter().filter(fresh).collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let groups = device.store().groups()?;
    for (number, message) in &fresh {
        say_message(*number, message, &contacts, &groups, out);
    }
    // What nobody has seen is shown again.
    if out.is_closed() {
        return Ok(());
    }
    device.store().transaction(|tx| {
        for (number, mut message) in fresh {
            message.shown = true;
            tx.replace(Kind::Message, number, &message)?;
        }
        Ok(())
    })
}
