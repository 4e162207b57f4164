//! `save`

use super::Out;
use crate::cli::Save;
use crate::client::attachment::{acknowledge, download};
use crate::client::device::Device;
use crate::client::relays::Relays;
use crate::error::{About, Error, Kind, Result};
use sceau::Wire;
use sceau::pairwise::content::AttachmentReference;
use serde_json::json;

/// Fetches a received file.
pub fn run(device: &mut Device, options: &Save, out: &Out) -> Result<()> {
    let messages = device.messages()?;
    let message = messages.into_iter().find(|(number, _)| *number == options.number);
    let file = message.and_then(|(_, message)| message.file).ok_or_else(|| {
        Error::not_found(format!("message #{} holds no file", options.number))
            .next("`sceau list` shows which ones do")
    })?;
    let reference = hex::decode(&file.reference).about("a reference of the store")?;
    let reference = AttachmentReference::from_bytes(&reference)?;
    let mut relays = Relays::new(&device.profile)?;
    let bar = out.bar(reference.size, &file.name);
    let progress = |done| bar.set_position(done);
    let saved = download(device, &mut relays, &reference, &options.to, progress);
    bar.finish_and_clear();
    let path = saved.map_err(|error| match error.kind {
        Kind::Unreachable => error.next("run the same command again: it goes on where it was"),
        _ => error,
    })?;
    // What can't be acknowledged now expires.
    let _ = acknowledge(device, &mut relays, &reference);
    out.say(format!("saved {}", path.display()), &json!({ "saved": path, "size": reference.size }));
    Ok(())
}
