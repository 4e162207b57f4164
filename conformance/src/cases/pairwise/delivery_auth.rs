//! What a device signs for a relay, and what a relay checks of it. An implementation may leave either to another component.

use super::codec::draft::Draft;
use super::forge::reference;
use super::stage::{CHECK, Device, Part, SIGN, cast, demand, device};
use crate::case::{Access, Case, Outcome, Twin};
use crate::digest::{hex, unhex};
use crate::scene::{Call, Home, START, Scene};

const fn case(
    case: Case,
    clauses: &'static [&'static str],
    needs: &'static [&'static str],
) -> Case {
    case.clauses(clauses).needs(Access::L2, needs).suite(super::PROFILE).with_peer().optional()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive("PW-DEL-AUTH-001p", "What is signed for a relay is what the relay expects, its name included.", made), &["DS-02", "DS-03"], SIGN),
    case(Case::negative("PW-DEL-AUTH-002n", "Nothing is signed for a relay without a name, or with one that is too long.", named), &["DS-03", "LIM-01"], SIGN),
    case(Case::positive("PW-DEL-AUTH-003p", "What a device has signed for this relay is taken, under any of its names.", taken), &["DS-02"], CHECK),
    case(Case::negative_of("PW-DEL-AUTH-004n", "What was signed for another relay is refused.", refused, "relay"), &["DS-02"], CHECK),
    case(Case::negative_of("PW-DEL-AUTH-005n", "What was signed for another challenge is refused.", refused, "challenge"), &["DS-02"], CHECK),
    case(Case::negative_of("PW-DEL-AUTH-006n", "What was signed for another action is refused.", refused, "action"), &["DS-02"], CHECK),
    case(Case::negative_of("PW-DEL-AUTH-007n", "What was signed for another request is refused.", refused, "request"), &["DS-02"], CHECK),
    case(Case::negative_of("PW-DEL-AUTH-008n", "What another device has signed is refused.", refused, "credential"), &["DS-02"], CHECK),
    case(Case::negative_of("PW-DEL-AUTH-009n", "A signature with a wrong bit is refused.", refused, "signature"), &["DS-02", "ENC-09"], CHECK),
    case(Case::negative_of("PW-DEL-AUTH-011n", "A device may not ask for what is in another's contact mailbox.", refused, "mailbox"), &["DS-02"], CHECK),
    case(Case::negative("PW-DEL-AUTH-010n", "A relay of edition 0 refuses the action `commit` before it looks at anything else.", commit), &["DS-02"], CHECK),
    case(Case::negative("PW-DEL-AUTH-012n", "A request that does not decode is refused as that, whatever else is wrong.", undecodable), &["DS-02", "ENC-02", "ENC-13"], CHECK),
    case(Case::negative_of("PW-DEL-AUTH-013n", "What is signed for a fetch, which needs no signature, is refused.", unsigned, "fetch"), &["DS-02"], CHECK),
    case(Case::negative_of("PW-DEL-AUTH-014n", "What is signed for a put, which needs no signature, is refused.", unsigned, "put"), &["DS-02"], CHECK),
];

const NAME: &[u8] = b"relay.example";
const GET: u64 = 4;

/// `contact_mailbox` of a device.
fn contact(device: &Device) -> String {
    let account = unhex(&device.account).unwrap_or_default();
    let value = Draft::new().opaque(&account).raw(&device.serial.to_be_bytes());
    hex(&reference("contact mailbox", value.bytes()))
}

/// A request of an action on a mailbox: a `GetRequest`, an `AcknowledgeRequest` of one handle.
fn request(action: u64, mailbox: &str) -> String {
    match action {
        5 => format!("00{mailbox}10{}", "0a".repeat(16)),
        _ => format!("00{mailbox}0040"),
    }
}

fn sign_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    device: &Device,
    relay: &[u8],
    action: u64,
) -> Call<'s, 'a> {
    let challenge = "c4".repeat(32);
    let asked = request(action, &contact(device));
    let call = scene.call(device.party, "pw.delivery_auth").text("challenge", &challenge);
    call.bytes("relay", relay).integer("action", action).text("request", &asked)
}

/// What a relay compares.
struct Asked<'d> {
    challenge: String,
    relays: Vec<Vec<u8>>,
    action: u64,
    request: String,
    device: &'d Device,
}

impl<'d> Asked<'d> {
    fn right(device: &'d Device) -> Self {
        let (challenge, request) = ("c4".repeat(32), request(GET, &contact(device)));
        Asked { challenge, relays: vec![NAME.to_vec()], action: GET, request, device }
    }

    fn call<'s, 'a>(&self, scene: &'s mut Scene<'a>, at: &Device, auth: &str) -> Call<'s, 'a> {
        let relays: Vec<String> = self.relays.iter().map(|name| hex(name)).collect();
        let call = scene.call(at.party, "pw.check_delivery_auth").text("delivery_auth", auth);
        let call = call.text("challenge", &self.challenge).list("relays", &relays);
        let call = call.integer("action", self.action).text("request", &self.request);
        let call = call.text("credential", &self.device.credential);
        match at.party.home {
            // An implementation may need the list that the credential was verified with.
            Home::Iut => call.text("device_list", &self.device.list),
            Home::Peer => call,
        }
    }
}

/// The peer is the relay. Signing changes nothing.
fn made(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let before = scene.digest(alice.party)?;
    let longest = vec![b'r'; 255];
    for (relay, action) in [(NAME, GET), (b"r", 5), (&longest, GET)] {
        let auth = sign_call(scene, &alice, relay, action).ok()?.hex("delivery_auth")?;
        let request = request(action, &contact(&alice));
        let relays = vec![relay.to_vec()];
        let asked = Asked { relays, action, request, ..Asked::right(&alice) };
        asked.call(scene, &bob, &auth).ok()?;
    }
    demand(before == scene.digest(alice.party)?, "signing for a relay changed the state")
}

fn named(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, _) = cast(scene, Part::Initiator)?;
    for (good, bad) in [(1, 0), (255, 256)] {
        let call = sign_call(scene, &alice, &vec![b'r'; twin.pick(good, bad)], GET);
        match twin {
            Twin::Control => call.ok().map(drop)?,
            Twin::Deviant => call.refused().map(drop)?,
        }
    }
    Ok(())
}

/// The implementation is the relay.
fn taken(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let names = [NAME, b"other.example", b"r"];
    for relay in names {
        for action in [GET, 5] {
            let auth = sign_call(scene, &alice, relay, action).ok()?.hex("delivery_auth")?;
            let relays = names.iter().map(|name| name.to_vec()).collect();
            let request = request(action, &contact(&alice));
            let asked = Asked { relays, action, request, ..Asked::right(&alice) };
            asked.call(scene, &bob, &auth).ok()?;
        }
    }
    Ok(())
}

/// Control: the action that was signed.
fn commit(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let auth = sign_call(scene, &alice, NAME, GET).ok()?.hex("delivery_auth")?;
    let asked = Asked { action: twin.pick(GET, 6), ..Asked::right(&alice) };
    match twin {
        Twin::Control => asked.call(scene, &bob, &auth).ok().map(drop),
        Twin::Deviant => asked.call(scene, &bob, &auth).refused_with("malformed"),
    }
}

/// A byte more, a byte less, nothing at all; also for another relay, with another challenge, and of actions that need no
/// signature.
fn undecodable(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let auth = sign_call(scene, &alice, NAME, GET).ok()?.hex("delivery_auth")?;
    let right = || Asked::right(&alice);
    if twin == Twin::Control {
        return right().call(scene, &bob, &auth).ok().map(drop);
    }
    let whole = request(GET, &contact(&alice));
    let short = whole.get(..whole.len() - 2).unwrap_or_default().to_owned();
    for request in [whole.clone() + "00", short, String::new()] {
        let relays = vec![b"other.example".to_vec()];
        let asked = || Asked { request: request.clone(), ..right() };
        for asked in
            [asked(), Asked { relays, ..asked() }, Asked { challenge: "00".repeat(32), ..asked() }]
        {
            asked.call(scene, &bob, &auth).refused_with("malformed")?;
        }
    }
    // A get is no publication, no put and no acknowledgement; and a version is no fetch.
    for (action, request) in [(1, &*whole), (3, &*whole), (5, &*whole), (2, "00")] {
        let asked = Asked { action, request: request.to_owned(), ..right() };
        asked.call(scene, &bob, &auth).refused_with("malformed")?;
    }
    Ok(())
}

/// The request decodes and was signed; nobody asks for a signature on it.
fn unsigned(scene: &mut Scene, twin: Twin, what: &'static str) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let mailbox = contact(&alice);
    let (action, asked) = match (twin, what) {
        (Twin::Control, _) => (GET, request(GET, &mailbox)),
        (_, "fetch") => (2, format!("0020{}{:016x}", alice.account, alice.serial)),
        _ => (3, format!("00{mailbox}{:016x}03010203", START - START % 3600 + 86_400)),
    };
    let call = scene.call(alice.party, "pw.delivery_auth").text("challenge", &"c4".repeat(32));
    let call = call.bytes("relay", NAME).integer("action", action).text("request", &asked);
    let auth = call.ok()?.hex("delivery_auth")?;
    let asked = Asked { action, request: asked, ..Asked::right(&alice) };
    match twin {
        Twin::Control => asked.call(scene, &bob, &auth).ok().map(drop),
        Twin::Deviant => asked.call(scene, &bob, &auth).refused_with("bad_signature"),
    }
}

/// One thing is another than what was signed.
fn refused(scene: &mut Scene, twin: Twin, what: &'static str) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let carol = device(scene, "carol", Home::Peer)?;
    let auth = sign_call(scene, &alice, NAME, GET).ok()?.hex("delivery_auth")?;
    let right = || Asked::right(&alice);
    if twin == Twin::Control {
        return right().call(scene, &bob, &auth).ok().map(drop);
    }
    let mut wrong = Vec::new();
    match what {
        "relay" => {
            let names: [&[u8]; 6] = [
                b"other.example",
                b"relay.exampl",
                b"relay.example.",
                b"Relay.example",
                b"relay.example\0",
                b"r",
            ];
            let one = |name: &&[u8]| Asked { relays: vec![name.to_vec()], ..right() };
            wrong.extend(names.iter().map(one));
            wrong.push(Asked {
                relays: names.iter().map(|name| name.to_vec()).collect(),
                ..right()
            });
            wrong.push(Asked { relays: Vec::new(), ..right() });
        }
        "challenge" => {
            for challenge in
                ["00".repeat(32), "c4".repeat(31) + "c5", "c5".to_owned() + &"c4".repeat(31)]
            {
                wrong.push(Asked { challenge, ..right() });
            }
        }
        "action" => {
            wrong.push(Asked { action: 5, request: request(5, &contact(&alice)), ..right() })
        }
        "request" => {
            // One envelope more is asked for.
            let request = request(GET, &contact(&alice)).replacen("0040", "0041", 1);
            wrong.push(Asked { request, ..right() });
        }
        "mailbox" => {
            // Signed by Alice, in her own name, for a mailbox that is not hers.
            let request = request(GET, &contact(&carol));
            let challenge = "c4".repeat(32);
            let call = scene.call(alice.party, "pw.delivery_auth").text("challenge", &challenge);
            let call = call.bytes("relay", NAME).integer("action", GET).text("request", &request);
            let auth = call.ok()?.hex("delivery_auth")?;
            let asked = Asked { request, ..right() };
            asked.call(scene, &bob, &auth).refused_with("bad_signature")?;
        }
        "credential" => wrong.push(Asked { device: &carol, ..right() }),
        _ => {}
    }
    for asked in wrong {
        asked.call(scene, &bob, &auth).refused_with("bad_signature")?;
    }
    if what == "signature" {
        // The last 64 bytes.
        for at in [1, 32, 33, 64] {
            let place = auth.len() / 2 - at;
            let spoilt = super::wire::turn(&auth, &(0..0), place);
            right().call(scene, &bob, &spoilt).refused_with("bad_signature")?;
        }
    }
    Ok(())
}
