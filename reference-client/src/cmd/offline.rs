//! `export` and `import`

use super::Out;
use super::receive::show;
use crate::cli::{Export, Import};
use crate::client::device::Device;
use crate::client::offline;
use crate::error::Result;
use serde_json::json;

/// Writes a file for removable media.
pub fn export(device: &mut Device, options: &Export, out: &Out) -> Result<()> {
    let contents = offline::export(device, &options.file, options.prekeys, options.outbox)?;
    let (prekeys, envelopes) = (contents.bundles.len(), contents.envelopes.len());
    let what = match (prekeys, envelopes) {
        (0, envelopes) => format!("{envelopes} envelopes"),
        (_, 0) => "prekeys for one contact".to_owned(),
        (_, envelopes) => format!("prekeys for one contact and {envelopes} envelopes"),
    };
    out.say(
        format!(
            "{} holds {what}: your contact reads it with `sceau import`",
            options.file.display()
        ),
        &json!({ "file": options.file, "prekeys": prekeys, "envelopes": envelopes }),
    );
    Ok(())
}

/// Reads a file that a contact has exported.
pub fn import(device: &mut Device, options: &Import, out: &Out) -> Result<()> {
    let contents = offline::read(&options.file)?;
    let envelopes = contents.envelopes.len();
    let report = offline::import(device, contents, options.from.as_deref())?;
    show(device, Some(&report), out)?;
    let refused: usize = report.refused.values().sum();
    let fresh = envelopes.saturating_sub(refused);
    out.say(
        format!("{fresh} envelopes read, {refused} refused (read before, or for somebody else)"),
        &json!({ "read": fresh, "refused": report.refused }),
    );
    Ok(())
}
