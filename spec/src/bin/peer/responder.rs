//! First messages for a bundle that deviated in an allowed way: the prologue is that of the bundle as it
//! was given out.

use crate::party::Party;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::accept::{Expectation, accept_with, find_keys, session_of_handshake};
use sceau_spec::pairwise::bundle::PrekeyBundle;
use sceau_spec::pairwise::device::{end, own_contact_mailbox};
use sceau_spec::pairwise::error::{ErrorClass, check};
use sceau_spec::pairwise::expiry::expire;
use sceau_spec::pairwise::handshake::{HandshakeMessage, decode_first_message, handshake_ref};
use sceau_spec::pairwise::initiate::bundle_prologue;
use sceau_spec::pairwise::receive::{Receipt, enter_accepted};
use sceau_spec::pairwise::state::DeviceState;

/// Receives a first message that is `undecryptable` under the honest prologue.
pub fn receive(
    party: &Party,
    mailbox: &Octets,
    message: &Octets,
    authenticated_data: &Octets,
    expectation: &Expectation,
    ratchet_key: &Octets,
) -> Result<(DeviceState, Receipt), ErrorClass> {
    let (now, policy) = (party.now, &party.policy);
    let none = DeviceState::default();
    let state = expire(party.state.as_ref().unwrap_or(&none), now, &policy.limits);
    if party.presented.is_empty() || *mailbox != own_contact_mailbox(&state) {
        return Err(ErrorClass::Undecryptable);
    }
    let first = decode_first_message(message)?;
    let known = session_of_handshake(&state, &handshake_ref(&first.handshake)).is_some();
    check(!known, ErrorClass::Undecryptable)?;
    let mut keys = find_keys(&state, &first.handshake)?;
    let mut result = Err(ErrorClass::Undecryptable);
    for bundle in party.presented.iter().filter(|bundle| names(&first.handshake, bundle)) {
        if result.is_err() {
            keys.batch.credential = bundle.credential.clone();
            let ephemeral = &first.handshake.ephemeral_key;
            let prologue = bundle_prologue(bundle, ephemeral, &first.handshake.kem_ciphertext);
            result = accept_with(
                &state,
                &first,
                &keys,
                &prologue,
                authenticated_data,
                expectation,
                ratchet_key,
                now,
                policy,
            );
        }
    }
    let (entered, accepted) = result?;
    let (after, receipt) = enter_accepted(&state, &entered, &accepted, now, policy)?;
    Ok((end(&state, &after, policy), receipt))
}

/// Whether a message names the keys of a bundle.
fn names(message: &HandshakeMessage, bundle: &PrekeyBundle) -> bool {
    let one_time = bundle.one_time_prekey.as_ref().map(|proven| proven.prekey.id);
    message.batch_generation == bundle.batch.tbs.generation
        && message.signed_prekey_id == bundle.signed_prekey.prekey.id
        && message.one_time_prekey_id == one_time
        && message.kem_prekey_id == bundle.kem_prekey.prekey.id
}
