//! A step of `apply_device_lists`.

use crate::identities::policy_fields;
use crate::vector::{Topic, fields, items, must, put};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::device_lists::{apply_device_lists, device_changes};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::decode_device_lists;
use sceau_spec::pairwise::identities::{
    DeviceList, DeviceLists, encode_device_list, encode_device_lists,
};
use sceau_spec::pairwise::limits::Policy;

/// One case of `apply_device_lists`.
pub struct Case<'a> {
    pub number: u32,
    pub clauses: &'a str,
    pub about: &'a str,
    pub pinned: Option<&'a DeviceList>,
    pub lists: Vec<&'a DeviceList>,
    pub now: u64,
    pub policy: &'a Policy,
    pub refused: Option<ErrorClass>,
}

/// Applies the lists, and writes down what comes of it.
pub fn apply(t: &mut Topic, account: &Octets, case: Case) {
    let mut lists = DeviceLists::new(0);
    for list in &case.lists {
        lists = lists.push(*list);
    }
    let encoded = encode_device_lists(&lists);
    must("decode", decode_device_lists(&encoded));
    let mut input = fields! { operation: "apply_device_lists", account_id: account, device_lists: encoded, now: case.now, policy: policy_fields(case.policy) };
    if let Some(pinned) = case.pinned {
        put(&mut input, "pinned", encode_device_list(pinned));
    }
    let result = apply_device_lists(&case.pinned.cloned(), account, &lists, case.now, case.policy);
    match case.refused {
        None => {
            let list = must(case.about, result);
            let devices = device_changes(&case.pinned.cloned(), &Some(list.clone()));
            t.valid(
                case.number,
                case.clauses,
                case.about,
                input,
                fields! {},
                fields! {
                    number: list.tbs.number, pinned: encode_device_list(&list),
                    devices_added: items(&devices.added), devices_removed: items(&devices.removed),
                },
            );
        }
        Some(class) => t.refused(case.number, case.clauses, case.about, input, result, class),
    }
}
