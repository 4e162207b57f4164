//! Which credential may follow that of a leaf.

use super::{credential, recertified};
use crate::vector::{Topic, fields, must};
use crate::world::{DAY, World};
use sceau_spec::group::leaf_credential::check_successor;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::encode_credential;

/// Credentials of one device, and of others.
pub fn successors(t: &mut Topic, world: &World) {
    let alice = &world.alice;
    let second = recertified(alice, &|tbs| tbs.generation = 2);
    let tenth = recertified(alice, &|tbs| tbs.generation = 10);
    let later = recertified(alice, &|tbs| {
        tbs.generation = 2;
        tbs.not_after += DAY;
    });
    let first = credential(alice);
    let other_device = recertified(alice, &|tbs| {
        tbs.serial = 2;
        tbs.generation = 3;
    });
    let other_account = credential(&world.bob);
    for (number, about, before, after, follows) in [
        (90, "the same credential", &first, &first, true),
        (91, "the next generation", &first, &second, true),
        (92, "a later generation", &second, &tenth, true),
        (93, "another credential of the same generation", &second, &later, true),
        (94, "the generation before", &second, &first, false),
        (95, "another device of the account", &first, &other_device, false),
        (96, "another account", &first, &other_account, false),
    ] {
        let result = check_successor(before, after);
        let input = fields! {
            operation: "check_successor", before: encode_credential(before),
            after: encode_credential(after),
        };
        if follows {
            must(about, result);
            t.valid(number, "GRP-09", about, input, fields! {}, fields! {});
        } else {
            let class = ErrorClass::IdentityMismatch;
            t.refused(number, "GRP-09", about, input, result, class);
        }
    }
}
