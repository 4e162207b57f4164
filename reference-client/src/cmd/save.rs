//! `save`

use super::Out;
use crate::cli::Save;
use crate::client::attachment::{acknowledge, download};
use crate::client::device::Device;
use crate::client::relays::Relays;
use crate::client::store::Kind as Item;
use crate::error::{About, Error, Kind, Result};
use crate::text::one_line;
use sceau::Wire;
use sceau::pairwise::content::AttachmentReference;
use serde_json::json;

/// Fetches a received file.
pub fn run(device: &mut Device, options: &Save, out: &Out) -> Result<()> {
    let messages = device.messages()?;
    let found = messages.into_iter().find(|(number, _)| *number == options.number);
    let no_file = || {
        Error::not_found(format!("message #{} holds no file", options.number))
            .next("`sceau list` shows which ones do")
    };
    let (number, mut message) = found.ok_or_else(no_file)?;
    let file = message.file.as_mut().ok_or_else(no_file)?;
    let reference = hex::decode(&file.reference).about("a reference of the store")?;
    let reference = AttachmentReference::from_bytes(&reference)?;
    let mut relays = Relays::new(&device.profile)?;
    let bar = out.bar(reference.size, &one_line(&file.name));
    let progress = |done| bar.set_position(done);
    let saved = download(device, &mut relays, &reference, &options.to, progress);
    bar.finish_and_clear();
    let path = saved.map_err(|error| match (error.kind, &file.saved) {
        (Kind::Unreachable, _) => error.next("run the same command again: it goes on where it was"),
        (Kind::NotFound, Some(before)) => {
            let before = one_line(&before.to_string_lossy());
            Error::not_found(format!(
                "the file was saved already as {before}; the relay has it no more"
            ))
            .next("use that one, or ask your contact to send it again")
        }
        _ => error,
    })?;
    file.saved = Some(std::path::absolute(&path).unwrap_or_else(|_| path.clone()));
    device.store().transaction(|tx| tx.replace(Item::Message, number, &message))?;
    // What can't be acknowledged now expires.
    let _ = acknowledge(device, &mut relays, &reference);
    out.say(
        format!("saved {}", one_line(&path.to_string_lossy())),
        &json!({ "saved": path, "size": reference.size }),
    );
    Ok(())
}
