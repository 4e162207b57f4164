//! What a caller cannot give.

use crate::replacement::{NAME, talked};
use crate::scene::{Scene, Who::A};
use crate::vector::{Topic, counting};
use crate::world::World;
use sceau_spec::octets::{ascii, empty, repeat};
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::device::frame;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::{APPLICATION, EXTENSION_ABSORB, InnerFrame};
use sceau_spec::pairwise::initiate::external_psk;

/// The vectors.
pub fn scenes(t: &mut Topic, world: &World) {
    let (s, id) = talked(t, world, 80);
    let absorb = Extension { extension_type: EXTENSION_ABSORB, data: id.clone() };
    let given = InnerFrame {
        non_critical: Extensions::new(0).push(&absorb),
        ..frame(APPLICATION, &ascii("hi"))
    };
    let about = "the caller gives the extension absorb";
    s.cannot_send(t, 80, "REP-05", about, A, &id, &given, ErrorClass::Misuse);

    for (number, about, id, secret) in [
        (81, "an external PSK whose id has 4,097 bytes", repeat(0x61, 4097), counting(32)),
        (82, "an external PSK whose id is empty", empty(), counting(32)),
        (83, "an external PSK that is empty", ascii("id"), empty()),
    ] {
        let s = Scene::new(t, NAME, world, number);
        s.cannot_use(t, number, "HS-14", about, external_psk(&id, &secret));
    }
}
