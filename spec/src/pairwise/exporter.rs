//! Secrets for the caller (Ratchet, *Exporter*).

use super::codec::write_opaque;
use super::error::{ErrorClass, check};
use super::kdf::expand_with_label;
use super::labels::EXPORT;
use super::limits::MAX_KEY;
use super::session::SessionState;
use super::suite::NH;
use crate::octets::Octets;

// ANCHOR: export
/// A secret for the caller (`[RAT-18]`).
pub fn export(
    session: &SessionState,
    label: &Octets,
    context: &Octets,
    length: usize,
) -> Result<Octets, ErrorClass> {
    check(length <= 255 * NH, ErrorClass::Limit)?;
    check(label.len() <= MAX_KEY && context.len() <= MAX_KEY, ErrorClass::Limit)?;
    let export_context = write_opaque(label).concat(&write_opaque(context));
    Ok(expand_with_label(&session.exporter_secret, EXPORT, &export_context, length))
}
// ANCHOR_END: export
