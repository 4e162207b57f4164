//! What comes of device lists: what the caller is told of them, and rules about them that an
//! implementation may have instead.

use crate::party::Party;
use crate::wire::Out;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::device_lists::{DeviceChanges, Serials};
use sceau_spec::pairwise::error::{ErrorClass, check};
use sceau_spec::pairwise::handshake::decode_initiator_identity;
use sceau_spec::pairwise::identities::{DeviceLists, encode_device_list};
use sceau_spec::pairwise::pairs::pinned_list;
use sceau_spec::pairwise::receive::Receipt;

fn asked(names: &[String], name: &str) -> bool {
    names.iter().any(|asked| asked == name)
}

/// `devices_added` and `devices_removed` (`[ID-23]`).
pub fn tell(out: Out, devices: &DeviceChanges, names: &[String]) -> Out {
    let text = |serials: &Serials| {
        let told = if asked(names, "devices-untold") { 0 } else { serials.len() };
        (0..told).map(|i| serials[i].to_string()).collect()
    };
    out.list("devices_added", text(&devices.added)).list("devices_removed", text(&devices.removed))
}

/// Refuses lists that the specification takes, if that is asked for.
pub fn refuse(
    party: &Party,
    account: &Octets,
    lists: &DeviceLists,
    names: &[String],
) -> Result<(), ErrorClass> {
    let pinned = party.state.as_ref().and_then(|state| pinned_list(state, account));
    let (Some(pinned), false) = (pinned, names.is_empty()) else { return Ok(()) };
    let last = &lists[lists.len() - 1];
    let other = encode_device_list(last) != encode_device_list(&pinned);
    let fork = last.tbs.number == pinned.tbs.number && other;
    check(!fork || !asked(names, "attestations-compared"), ErrorClass::Rollback)?;
    let older = last.tbs.number < pinned.tbs.number;
    check(!older || !asked(names, "older-list-refused"), ErrorClass::Rollback)
}

/// The same for those of a first message that has made a session.
pub fn refuse_first(party: &Party, receipt: &Receipt, names: &[String]) -> Result<(), ErrorClass> {
    if names.is_empty() || receipt.identity.len() == 0 {
        return Ok(());
    }
    let identity = decode_initiator_identity(&receipt.identity)?;
    refuse(party, &receipt.account_id, &identity.device_lists, names)
}
