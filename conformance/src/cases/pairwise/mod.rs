//! The pairwise protocol, one topic a file; [`stage`] and [`twins`] set the scenes.
//!
//! Where many deviations need the same scene the topic is a table: one function, and a row for each.

pub mod announcements;
pub mod codec;
pub mod envelope;
pub mod forge;
pub mod frame;
pub mod ratchet;
pub mod stage;
pub mod state;
pub mod twins;
pub mod wire;

mod delivery_auth;
mod devices;
mod enrolment;
mod fed;
mod given_up;
mod gone_on;
mod handshake;
mod identities;
mod initiator;
mod issuers;
mod limits;
mod new_devices;
mod older_bodies;
mod one_time;
mod pinned_lists;
mod prekeys;
mod recovery;
mod reissues;
mod removals;
mod renewals;
mod replacement;
mod replays;
mod responder;
mod rotations;
mod series;
mod signatures;
mod simultaneous;
mod unfed;
mod updates;
mod verification;

use crate::case::Case;

/// The profile that an implementation declares to have these cases run.
pub const PROFILE: &str = "core";

/// All cases of the pairwise protocol.
#[must_use]
pub fn all() -> Vec<Case> {
    let topics = [
        codec::CASES,
        codec::limits::CASES,
        codec::delivery::CASES,
        identities::CASES,
        enrolment::CASES,
        devices::CASES,
        signatures::CASES,
        removals::CASES,
        issuers::CASES,
        renewals::CASES,
        reissues::CASES,
        new_devices::CASES,
        series::CASES,
        pinned_lists::CASES,
        older_bodies::CASES,
        verification::CASES,
        prekeys::CASES,
        one_time::CASES,
        handshake::CASES,
        initiator::CASES,
        responder::CASES,
        replays::CASES,
        replacement::CASES,
        given_up::CASES,
        gone_on::CASES,
        simultaneous::CASES,
        recovery::CASES,
        frame::CASES,
        announcements::CASES,
        updates::CASES,
        envelope::CASES,
        rotations::CASES,
        limits::CASES,
        delivery_auth::CASES,
        unfed::CASES,
        fed::CASES,
    ];
    let mut cases = topics.concat();
    cases.extend(ratchet::cases());
    cases.extend(state::cases());
    cases
}
