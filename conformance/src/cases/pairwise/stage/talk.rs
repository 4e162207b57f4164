//! Messages on their way, and conversations.

use super::{Device, Part, SESSION, cast, demand_of, fetch, initiate};
use crate::case::Outcome;
use crate::scene::{Call, Out, Party, Scene};

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Hexadecimal bytes.
    pub message: String,
    /// The mailbox that it is sent to.
    pub mailbox: String,
    /// Whether that is the contact mailbox.
    pub contact: bool,
    /// What it says.
    pub body: String,
}

/// `pw.send` of an application message; the body is text.
pub fn send_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    from: Party,
    session: &str,
    body: &str,
) -> Call<'s, 'a> {
    scene.call(from, "pw.send").session(session).bytes("body", body.as_bytes())
}

/// What `pw.send` gave, as a message.
///
/// # Errors
/// Something is missing in it.
pub fn mail(out: &Out, body: &str) -> Outcome<Mail> {
    Ok(Mail {
        message: out.hex("message")?,
        mailbox: out.hex("mailbox")?,
        contact: out.integer("contact")? != 0,
        body: crate::digest::hex(body.as_bytes()),
    })
}

/// Sends a message.
///
/// # Errors
/// It is refused, or the state stays as it was.
pub fn send(scene: &mut Scene, from: &Device, session: &str, body: &str) -> Outcome<Mail> {
    let out = send_call(scene, from.party, session, body).accepted()?;
    mail(&out, body)
}

/// Whether a message makes its receiver draw a ratchet key: the first of each chain does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first of its chain that is received: a DH step.
    Dh,
    /// Of a chain of which one has been received.
    Same,
}

/// `pw.receive`.
pub fn receive_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    to: Party,
    mail: &Mail,
    step: Step,
) -> Call<'s, 'a> {
    let call = scene.call(to, "pw.receive");
    let call = call.text("mailbox", &mail.mailbox).text("message", &mail.message);
    match step {
        Step::Dh => call.rand("ratchet_key", 32),
        Step::Same => call,
    }
}

/// `pw.receive` of a message that makes a session.
pub fn accept_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    to: Party,
    mail: &Mail,
    session: &str,
) -> Call<'s, 'a> {
    receive_call(scene, to, mail, Step::Dh).text("new_session", session)
}

/// Receives a message in a session that exists, and compares what it says.
///
/// # Errors
/// It is refused, or something else comes out.
pub fn receive(scene: &mut Scene, to: &Device, mail: &Mail, step: Step) -> Outcome<Out> {
    let out = receive_call(scene, to.party, mail, step).accepted()?;
    event(&out, to, "message")?;
    out.is("body", &mail.body)?;
    Ok(out)
}

/// Receives a message that makes a session, and compares what it says.
///
/// # Errors
/// It is refused, or something else comes out.
pub fn accept(scene: &mut Scene, to: &Device, mail: &Mail, session: &str) -> Outcome<Out> {
    let out = accept_call(scene, to.party, mail, session).accepted()?;
    event(&out, to, "new_session")?;
    out.is("body", &mail.body)?;
    Ok(out)
}

/// Demands an event of `pw.receive`.
///
/// # Errors
/// It is another.
pub fn event(out: &Out, at: &Device, expected: &str) -> Outcome {
    let got = out.text("event")?;
    demand_of(at.party.home, got == expected, || {
        format!("pw.receive: event \"{got}\", not \"{expected}\"")
    })
}

/// Sends a message and has it received.
///
/// # Errors
/// One of the two is refused.
pub fn pass(
    scene: &mut Scene,
    from: &Device,
    to: &Device,
    session: &str,
    body: &str,
    step: Step,
) -> Outcome {
    let mail = send(scene, from, session, body)?;
    receive(scene, to, &mail, step).map(drop)
}

/// A message from each side, `first` beginning; for a session in which `second` spoke last.
///
/// # Errors
/// One of them is refused.
pub fn talk(scene: &mut Scene, first: &Device, second: &Device, session: &str) -> Outcome {
    pass(scene, first, second, session, "how are you", Step::Dh)?;
    pass(scene, second, first, session, "well, and you", Step::Dh)
}

/// Alice's session [`SESSION`] with Bob, who has not heard of it.
///
/// # Errors
/// Something is refused.
pub fn waiting(scene: &mut Scene, part: Part) -> Outcome<(Device, Device)> {
    let (alice, bob) = cast(scene, part)?;
    let bundle = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, SESSION, &bundle)?;
    Ok((alice, bob))
}

/// The same after Bob has received Alice's first message, "hello".
///
/// # Errors
/// Something is refused.
pub fn answered(scene: &mut Scene, part: Part) -> Outcome<(Device, Device)> {
    let (alice, bob) = waiting(scene, part)?;
    meet(scene, &alice, &bob, SESSION)?;
    Ok((alice, bob))
}

/// The same after Alice has received Bob's answer too: [`talk`] may follow, Alice beginning.
///
/// # Errors
/// Something is refused.
pub fn established(scene: &mut Scene, part: Part) -> Outcome<(Device, Device)> {
    let (alice, bob) = answered(scene, part)?;
    pass(scene, &bob, &alice, SESSION, "hello to you", Step::Dh)?;
    Ok((alice, bob))
}

/// The first message of a session that `from` has initiated.
///
/// # Errors
/// Something is refused.
pub fn meet(scene: &mut Scene, from: &Device, to: &Device, session: &str) -> Outcome<Out> {
    let mail = send(scene, from, session, "hello")?;
    accept(scene, to, &mail, session)
}

/// A whole handshake between devices that exist, with a new batch, and one message in each direction.
///
/// # Errors
/// Something is refused.
pub fn connect(scene: &mut Scene, from: &Device, to: &Device, session: &str) -> Outcome {
    let bundle = fetch(scene, to)?;
    initiate(scene, from, to, session, &bundle)?;
    meet(scene, from, to, session)?;
    pass(scene, to, from, session, "hello to you", Step::Dh)
}
