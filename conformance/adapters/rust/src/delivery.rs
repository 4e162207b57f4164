//! What a device signs for a relay, and what a relay checks of it (`PAIRWISE.md`).

use crate::party::Party;
use sceau::Wire;
use sceau::crypto::Provider;
use sceau::delivery::{AuthCheck, AuthRequest, Challenge, DeliveryAction, DeliveryAuth, RelayName};
use sceau::pairwise::{Credential, DeviceList};
use sceau_adapter::line::{Answer, No, Out, Request, unhex};

/// The commands.
pub const COMMANDS: &[&str] = &["pw.delivery_auth", "pw.check_delivery_auth"];

/// Carries out one.
pub fn run(request: &Request, party: &mut Party) -> Answer {
    match request.cmd.as_str() {
        "pw.delivery_auth" => make(request, party),
        "pw.check_delivery_auth" => check(request),
        other => Err(No::Unsupported(other.to_owned())),
    }
}

fn challenge(request: &Request) -> Result<Challenge, No> {
    let bytes = request.bytes("challenge")?.try_into();
    bytes.map(Challenge::new).map_err(|_| No::Fault("challenge".to_owned()))
}

fn action(request: &Request) -> Result<DeliveryAction, No> {
    match request.integer("action")? {
        1 => Ok(DeliveryAction::Publish),
        2 => Ok(DeliveryAction::Fetch),
        3 => Ok(DeliveryAction::Put),
        4 => Ok(DeliveryAction::Get),
        5 => Ok(DeliveryAction::Acknowledge),
        6 => Ok(DeliveryAction::Commit),
        _ => Err(No::Reject("malformed")),
    }
}

fn make(request: &Request, party: &mut Party) -> Answer {
    request.only(&["challenge", "relay", "action", "request"])?;
    let (challenge, relay) = (challenge(request)?, RelayName::new(&request.bytes("relay")?)?);
    let (action, asked) = (action(request)?, request.bytes("request")?);
    let asked = AuthRequest { challenge: &challenge, relay: &relay, action, request: &asked };
    let auth = party.device()?.delivery_auth(&asked)?;
    Ok(Out::default().bytes("delivery_auth", &auth.to_bytes()))
}

fn check(request: &Request) -> Answer {
    let parameters =
        ["delivery_auth", "challenge", "relays", "action", "request", "credential", "device_list"];
    request.only(&parameters)?;
    let (challenge, action) = (challenge(request)?, action(request)?);
    let name = |name: &String| -> Result<RelayName, No> {
        Ok(RelayName::new(&unhex(name).map_err(No::Fault)?)?)
    };
    let relays = request.list("relays")?.iter().map(name).collect::<Result<Vec<_>, No>>()?;
    let credential = Credential::from_bytes(&request.bytes("credential")?)?;
    let list = DeviceList::from_bytes(&request.bytes("device_list")?)?;
    let auth = DeliveryAuth::from_bytes(&request.bytes("delivery_auth")?)?;
    let asked = request.bytes("request")?;
    let asked = AuthCheck { challenge: &challenge, relays: &relays, action, request: &asked };
    auth.verify(&Provider::Default, &list, &credential, &asked)?;
    Ok(Out::default())
}
