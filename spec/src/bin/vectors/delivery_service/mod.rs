//! What a relay is asked, what it answers, and who may ask (`DeliveryAuth`).

mod authorised;
mod formats;
mod malformed;
mod publications;

use crate::vector::Topic;
use crate::world::World;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::delivery::Publication;
use sceau_spec::pairwise::device::own_contact_mailbox;
use sceau_spec::pairwise::identities::DeviceLists;

/// The relay's name in the vectors.
const RELAY: &str = "relay.example";

/// The vectors.
pub fn topic(world: &World) -> Topic {
    let mut t = Topic::new("delivery-service", "DS-REL");
    formats::requests(&mut t, world);
    malformed::malformed(&mut t);
    authorised::made(&mut t, world);
    authorised::refused(&mut t, world);
    publications::publications(&mut t, world);
    t
}

/// What Bob publishes.
fn publication(world: &World) -> Publication {
    Publication {
        device_lists: DeviceLists::new(0).push(&world.bob.state.account.device_list),
        credential: world.bob.state.account.credential.clone(),
        batch: world.bob.published.clone(),
    }
}

fn contact(world: &World) -> Octets {
    own_contact_mailbox(&world.bob.state)
}
