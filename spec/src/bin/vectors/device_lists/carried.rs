//! Lists that are carried together.

use super::account::Account;
use crate::vector::{Topic, fields};
use crate::world::NOW;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::decode_device_lists;
use sceau_spec::pairwise::identities::{DeviceList, DeviceLists, encode_device_lists};

/// Lists that may not stand together.
pub fn carried(t: &mut Topic, account: &Account, of_bob: &DeviceList) {
    let one = &account.devices[0];
    let lists: Vec<DeviceList> =
        (1..18).map(|number| account.list(number, NOW, &[one], None, false)).collect();
    let joined = |of: &[&DeviceList]| {
        let mut out = DeviceLists::new(0);
        for list in of {
            out = out.push(*list);
        }
        encode_device_lists(&out)
    };
    for (number, clauses, about, bytes) in [
        (50, "ID-20", "no list", joined(&[])),
        (51, "ID-20", "lists of two accounts", joined(&[&lists[0], of_bob])),
        (52, "ID-20", "a list twice", joined(&[&lists[0], &lists[0]])),
        (53, "ID-20", "descending numbers", joined(&[&lists[1], &lists[0]])),
        (54, "LIM-01", "seventeen lists", joined(&lists.iter().collect::<Vec<_>>())),
    ] {
        let read = decode_device_lists(&bytes);
        t.refused(
            number,
            clauses,
            about,
            fields! { operation: "decode_device_lists", bytes: bytes },
            read,
            ErrorClass::Malformed,
        );
    }
}
