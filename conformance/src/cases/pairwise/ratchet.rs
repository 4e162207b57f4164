//! The ratchet: what is sent, what is received, what is skipped, and what must not be.

pub mod bounds;
mod exporter;
mod forged;
mod header;
mod receiving;
pub mod sending;
mod skipping;

use super::stage::{
    Device, Mail, Part, SESSION, Step, WATCH, established, mail, receive, send, send_call,
};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Call, Party, Scene};

/// The cases.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        sending::CASES,
        receiving::CASES,
        skipping::CASES,
        bounds::CASES,
        header::CASES,
        forged::CASES,
        exporter::CASES,
    ]
    .concat()
}

const fn good(id: &'static str, title: &'static str, run: fn(&mut Scene) -> Outcome) -> Case {
    Case::positive(id, title, run).suite("core").needs(Access::L2, WATCH).with_peer()
}

const fn bad(id: &'static str, title: &'static str, run: fn(&mut Scene, Twin) -> Outcome) -> Case {
    Case::negative(id, title, run).suite("core").needs(Access::L2, WATCH).with_peer()
}

/// A row: a deviation of the peer's, and the class of the refusal where a clause pins it.
const fn row(
    id: &'static str,
    title: &'static str,
    run: fn(&mut Scene, Twin, &'static str) -> Outcome,
    row: &'static str,
) -> Case {
    Case::negative_of(id, title, run, row).suite("core").needs(Access::L2, WATCH).with_peer()
}

/// The peer's Alice and the implementation's Bob, each of whom has received a message; the next one
/// of Alice's begins a chain.
fn listening(scene: &mut Scene) -> Outcome<(Device, Device)> {
    established(scene, Part::Responder)
}

/// Several messages in a row.
fn send_all(scene: &mut Scene, from: &Device, bodies: &[&str]) -> Outcome<Vec<Mail>> {
    bodies.iter().map(|body| send(scene, from, SESSION, body)).collect()
}

/// A message of the peer's that deviates in the deviant twin.
fn send_deviant(
    scene: &mut Scene,
    twin: Twin,
    from: &Device,
    body: &str,
    deviation: &str,
) -> Outcome<Mail> {
    let out = send_call(scene, from.party, SESSION, body).deviate_if(twin, deviation).ok()?;
    mail(&out, body)
}

/// How a message is received after another of its chain was accepted (control) or refused (deviant).
pub fn after(twin: Twin) -> Step {
    twin.pick(Step::Same, Step::Dh)
}

/// Accepted in the control twin, refused in the deviant, with the class if one is pinned.
pub fn judged(call: Call, twin: Twin, class: Option<&str>) -> Outcome {
    match class {
        Some(class) => super::stage::judged_with(call, twin, class),
        None => call.judged(twin),
    }
}

/// Deviation and class of a row.
pub fn split(row: &'static str) -> (&'static str, Option<&'static str>) {
    match row.split_once(' ') {
        Some((deviation, class)) => (deviation, Some(class)),
        None => (row, None),
    }
}

/// `pw.receive` of a message with another content than it was sent with.
fn receive_changed<'s, 'a>(
    scene: &'s mut Scene<'a>,
    to: Party,
    mail: &Mail,
    message: &str,
    step: Step,
) -> Call<'s, 'a> {
    let changed = Mail { message: message.to_owned(), ..mail.clone() };
    super::stage::receive_call(scene, to, &changed, step)
}

/// Receives messages of a chain of which none has been received yet.
fn receive_chain(scene: &mut Scene, to: &Device, mails: &[Mail]) -> Outcome {
    for (index, mail) in mails.iter().enumerate() {
        receive(scene, to, mail, if index == 0 { Step::Dh } else { Step::Same })?;
    }
    Ok(())
}
