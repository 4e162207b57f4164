//! First messages that deviate.
use crate::party::Party;
use crate::wire::Stop;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::bundle::PrekeyBundle;
use sceau_spec::pairwise::handshake::Psk;
use sceau_spec::pairwise::initiate::{InitiateRandomness, Initiated};
use sceau_spec::pairwise::state::DeviceState;

pub fn deviate(
    _party: &Party,
    _honest: &DeviceState,
    _initiated: &Initiated,
    _bundle: &PrekeyBundle,
    _external: &Option<Psk>,
    _random: &InitiateRandomness,
    _names: &[String],
) -> Result<(DeviceState, Octets), Stop> {
    Err(Stop::Unsupported("not yet".to_owned()))
}
