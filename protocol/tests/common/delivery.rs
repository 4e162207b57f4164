//! Devices and a relay.

use super::*;
use sceau::crypto::Provider;
use sceau::delivery::{
    AuthCheck, AuthRequest, GetRequest, Publication, RelayName, VerifiedPublication,
};
use sceau::pairwise::Policy;

pub const DEFAULT: Provider = Provider::Default;

pub fn relay() -> RelayName {
    RelayName::host("relay.example.org").unwrap()
}

/// What a relay of that one name compares.
pub fn check<'a>(asked: &AuthRequest<'a>) -> AuthCheck<'a> {
    let AuthRequest { challenge, relay, action, request } = *asked;
    AuthCheck { challenge, relays: core::slice::from_ref(relay), action, request }
}

/// Asks for what is in a device's contact mailbox.
pub fn get_of(device: &Account) -> Vec<u8> {
    GetRequest { mailbox_id: device.contact_mailbox(), most: 256 }.to_bytes()
}

pub fn publication(device: &Device) -> Publication {
    device.account.publication(device.batch.as_ref().unwrap()).unwrap()
}

/// As a relay that knows nothing yet takes it.
pub fn verify(publication: &Publication) -> Result<VerifiedPublication, Error> {
    publication.clone().verify(&DEFAULT, None, 0, NOW, &Policy::default())
}
