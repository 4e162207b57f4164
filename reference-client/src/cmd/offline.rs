//! `export` and `import`

use super::Out;
use super::receive::show;
use crate::cli::{Export, Import};
use crate::client::device::Device;
use crate::client::offline;
use crate::error::Result;
use crate::text::count;
use serde_json::json;

/// Writes a file for removable media.
pub fn export(device: &mut Device, options: &Export, out: &Out) -> Result<()> {
    let counts = offline::export(device, &options.file, options.prekeys, options.outbox)?;
    let mut parts = Vec::new();
    if counts.prekeys > 0 {
        parts.push("prekeys for one contact".to_owned());
    }
    if options.outbox {
        parts.push(count(counts.envelopes, "envelope"));
    }
    if counts.chunks > 0 {
        parts.push(format!("{} of files", count(counts.chunks, "part")));
    }
    let what = parts.join(", ");
    out.say(
        format!(
            "{} holds {what}: your contact reads it with `sceau import`",
            options.file.display()
        ),
        &json!({
            "file": options.file, "prekeys": counts.prekeys, "envelopes": counts.envelopes, "chunks": counts.chunks,
        }),
    );
    Ok(())
}

/// Reads a file that a contact has exported.
pub fn import(device: &mut Device, options: &Import, out: &Out) -> Result<()> {
    let bundle = offline::read(&options.file)?;
    let counts = bundle.counts;
    let (report, kept) = offline::import(device, bundle, options.from.as_deref())?;
    show(device, &report, out)?;
    let refused: usize = report.refused.values().sum();
    let fresh = counts.envelopes.saturating_sub(refused);
    let mut said = format!(
        "{} read, {refused} refused (read before, or for somebody else)",
        count(fresh, "envelope")
    );
    if counts.chunks > 0 {
        said.push_str(&format!(
            "; {kept} of {} parts of files kept for `sceau save`",
            counts.chunks
        ));
    }
    out.say(said, &json!({ "read": fresh, "refused": report.refused, "chunks": kept }));
    Ok(())
}
