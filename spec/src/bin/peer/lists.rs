//! What comes of device lists: what the caller is told of them, and rules about them that an
//! implementation may have instead.

use crate::party::Party;
use crate::wire::{Out, Stop};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::device::{AppliedLists, apply_lists, own_contact_mailbox};
use sceau_spec::pairwise::device_lists::{
    DeviceChanges, Serials, apply_device_list, older_than_pinned,
};
use sceau_spec::pairwise::error::{ErrorClass, check};
use sceau_spec::pairwise::frame::{
    CREDENTIAL_UPDATE, DEVICE_LISTS, decode_credential_update, decode_device_lists,
};
use sceau_spec::pairwise::handshake::decode_initiator_identity;
use sceau_spec::pairwise::identities::{DeviceLists, encode_device_list, encode_device_list_tbs};
use sceau_spec::pairwise::pairs::pinned_list;
use sceau_spec::pairwise::receive::Receipt;
use sceau_spec::pairwise::state::DeviceState;

fn asked(names: &[String], name: &str) -> bool {
    names.iter().any(|asked| asked == name)
}

/// Those of some rules that are asked for.
fn fitting(names: &[String], rules: &[&str]) -> Vec<String> {
    names.iter().filter(|name| rules.contains(&name.as_str())).cloned().collect()
}

/// `devices_added` and `devices_removed` (`[ID-23]`).
pub fn tell(out: Out, devices: &DeviceChanges, names: &[String]) -> Out {
    let text = |serials: &Serials| {
        let told = if asked(names, "devices-untold") { 0 } else { serials.len() };
        (0..told).map(|i| serials[i].to_string()).collect()
    };
    out.list("devices_added", text(&devices.added)).list("devices_removed", text(&devices.removed))
}

/// Accepts lists of an account: as one series, or one by one if that is asked for.
pub fn apply(
    party: &Party,
    account: &Octets,
    lists: &DeviceLists,
    names: &[String],
) -> Result<(DeviceState, AppliedLists), Stop> {
    let (now, policy) = (party.now, &party.policy);
    let mut state = party.device()?.clone();
    if !asked(names, "series-one-by-one") {
        return Ok(apply_lists(&state, account, lists, now, policy)?);
    }
    let pinned = pinned_list(&state, account).map_or(0, |pinned| pinned.tbs.number);
    let mut told = AppliedLists::default();
    for i in 0..lists.len() {
        if i + 1 == lists.len() || lists[i].tbs.number >= pinned {
            let one = DeviceLists::new(0).push(&lists[i]);
            let (after, applied) = apply_lists(&state, account, &one, now, policy)?;
            let added = told.devices.added.concat(&applied.devices.added);
            let removed = told.devices.removed.concat(&applied.devices.removed);
            told = AppliedLists { devices: DeviceChanges { added, removed }, ..applied };
            state = after;
        }
    }
    Ok((state, told))
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
    if asked(names, "pinned-list-verified")
        && encode_device_list_tbs(&last.tbs) == encode_device_list_tbs(&pinned.tbs)
    {
        // As a newer list that changes nothing.
        let mut before = pinned.clone();
        before.tbs.number -= 1;
        apply_device_list(&Some(before), account, last, 0, false, party.now, &party.policy)?;
    }
    let other = encode_device_list(last) != encode_device_list(&pinned);
    let fork = last.tbs.number == pinned.tbs.number && other;
    check(!fork || !asked(names, "attestations-compared"), ErrorClass::Rollback)?;
    let older = last.tbs.number < pinned.tbs.number;
    check(!older || !asked(names, "older-list-refused"), ErrorClass::Rollback)
}

/// The lists that a message announces, if it does.
fn announced(receipt: &Receipt) -> Result<Option<DeviceLists>, ErrorClass> {
    Ok(match receipt.frame.content_type {
        CREDENTIAL_UPDATE => Some(decode_credential_update(&receipt.frame.body)?.device_lists),
        DEVICE_LISTS => Some(decode_device_lists(&receipt.frame.body)?),
        _ => None,
    })
}

/// The same for those that a message announces, and those of a first message.
pub fn refuse_received(
    party: &Party,
    mailbox: &Octets,
    receipt: &Receipt,
    names: &[String],
) -> Result<(), ErrorClass> {
    let none = DeviceState::default();
    let state = party.state.as_ref().unwrap_or(&none);
    if names.is_empty() {
        return Ok(());
    }
    let first = *mailbox == own_contact_mailbox(state);
    if let Some(lists) = announced(receipt)? {
        let pinned = pinned_list(state, &receipt.account_id);
        let older = first && older_than_pinned(&pinned, &lists);
        check(!older || !asked(names, "older-body-refused"), ErrorClass::Rollback)?;
        let verified = fitting(names, &["pinned-list-verified"]);
        refuse(party, &receipt.account_id, &lists, &verified)?;
    }
    if receipt.identity.len() == 0 {
        return Ok(());
    }
    let identity = decode_initiator_identity(&receipt.identity)?;
    refuse(party, &receipt.account_id, &identity.device_lists, names)
}
