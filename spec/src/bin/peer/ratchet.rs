//! Messages that deviate.
use crate::wire::Stop;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::device::Sent;
use sceau_spec::pairwise::frame::InnerFrame;
use sceau_spec::pairwise::limits::Policy;
use sceau_spec::pairwise::state::DeviceState;

pub fn send(
    _state: &DeviceState,
    _id: &Octets,
    _frame: &InnerFrame,
    _data: &Octets,
    _now: u64,
    _policy: &Policy,
    _names: &[String],
) -> Result<(DeviceState, Sent), Stop> {
    Err(Stop::Unsupported("not yet".to_owned()))
}
