//! `send`

use super::Out;
use super::receive::tell;
use crate::cli::Send;
use crate::client::attachment::upload;
use crate::client::device::Device;
use crate::client::model::Message;
use crate::client::relays::{Flushed, Relays};
use crate::client::send::{Draft, queue};
use crate::client::store::Kind as Store;
use crate::error::{About, Error, Kind, Result};
use serde_json::json;
use std::io::Read;

/// Sends a text, a file, or the wish that a message be deleted.
pub fn run(device: &mut Device, options: &Send, out: &Out) -> Result<()> {
    let (_, contact) = device.contact(&options.name)?;
    let mut relays = Relays::new(&device.profile)?;
    let mut draft = Draft::default();
    if let Some(number) = options.reply_to {
        draft.in_reply_to = message_id(device, number)?;
    }
    if let (Some(path), true) = (&options.file, options.later) {
        draft.enclosed = Some(path.clone());
    } else if let Some(path) = &options.file {
        let size = std::fs::metadata(path).map_or(0, |file| file.len());
        let bar = out.bar(size, &path.display().to_string());
        let uploaded = upload(device, &mut relays, &contact, path, |done| bar.set_position(done));
        bar.finish_and_clear();
        let (reference, upload) = uploaded.map_err(|error| match error.kind {
            Kind::Unreachable => error.next("run the same command again: it goes on where it was"),
            _ => error,
        })?;
        (draft.file, draft.upload) = (Some(reference), Some(upload));
    } else if let Some(number) = options.delete {
        draft.delete = Some(message_id(device, number)?);
    } else {
        let text = text(options.text.as_deref().unwrap_or_default())?;
        if text.is_empty() {
            return Err(Error::usage("there is no text to send").next("give one, or a --file"));
        }
        draft.text = Some(text);
    }
    let queued = queue(device, &mut relays, &contact, &draft)?;
    tell(device, out)?;
    let flushed = if options.later { Ok(Flushed::default()) } else { relays.flush(device, |_| {}) };
    // What has failed may be something else that waits.
    let waits = device.store().transaction(|tx| {
        let waiting = queued.outbox.iter().map(|item| tx.has(Store::Outbox, *item));
        Ok(waiting.collect::<Result<Vec<_>>>()?.contains(&true))
    })?;
    let state = if waits { "in the outbox" } else { "sent" };
    relays.clock_notice().iter().for_each(|notice| out.notice(notice));
    out.say(
        format!("#{} to {}: {state}", queued.number, contact.name),
        &json!({
            "number": queued.number, "message_id": queued.message_id, "to": contact.name, "state": state,
            "devices": queued.devices,
        }),
    );
    flushed.map(|_| ())
}

pub(super) fn text(given: &str) -> Result<String> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| {
        Error::usage(format!("the text from standard input: {error}"))
            .next("a text is UTF-8; send anything else with --file")
    })?;
    Ok(text)
}

fn message_id(device: &Device, number: i64) -> Result<Vec<u8>> {
    let messages: Vec<(i64, Message)> = device.messages()?;
    let message = messages.into_iter().find(|(id, _)| *id == number);
    let (_, message) = message.ok_or_else(|| {
        Error::not_found(format!("there is no message #{number}"))
            .next("`sceau list` shows the numbers")
    })?;
    hex::decode(message.message_id).about("a message id of the store")
}
