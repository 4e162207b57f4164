//! What a device signs for a relay, and what a relay checks of it.

use crate::party::Party;
use crate::wire::{Answer, Out, Request, Stop, octets};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::delivery_auth::{
    RelayNames, check_delivery_auth, decode_delivery_auth, delivery_auth, encode_delivery_auth,
};
use sceau_spec::pairwise::enrolment::identity_sign;
use sceau_spec::pairwise::error::{self, ErrorClass};
use sceau_spec::pairwise::identities::decode_credential;

/// The challenge and the action of a request.
fn asked_for(request: &Request) -> Result<(Octets, u8), Stop> {
    let challenge = request.bytes("challenge")?;
    let action = u8::try_from(request.int("action")?).map_err(|_| ErrorClass::Malformed)?;
    error::check(challenge.len() == 32, ErrorClass::Malformed)?;
    Ok((challenge, action))
}

/// `pw.delivery_auth`.
pub fn make(party: &Party, request: &Request) -> Answer {
    request.knows(&["challenge", "relay", "action", "request"])?;
    let (challenge, action) = asked_for(request)?;
    let (relay, asked) = (request.bytes("relay")?, request.bytes("request")?);
    let state = party.device()?;
    let credential = &state.account.credential;
    let key = identity_sign(state)?;
    let made = delivery_auth(&challenge, &relay, action, &asked, credential, &key)?;
    Ok(Out::default().bytes("delivery_auth", &encode_delivery_auth(&made)))
}

/// `pw.check_delivery_auth`.
pub fn check(request: &Request) -> Answer {
    request.knows(&["delivery_auth", "challenge", "relays", "action", "request", "credential"])?;
    let (challenge, action) = asked_for(request)?;
    let mut names = RelayNames::new(0);
    for name in request.list("relays")? {
        names = names.push(&octets(&name)?);
    }
    let credential = decode_credential(&request.bytes("credential")?)?;
    let auth = decode_delivery_auth(&request.bytes("delivery_auth")?)?;
    let asked = request.bytes("request")?;
    check_delivery_auth(&auth, &challenge, &names, action, &asked, &credential)?;
    Ok(Out::default())
}
