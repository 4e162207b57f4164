//! One commit an epoch (Delivery service): what a relay is asked with `commit`, what it answers, and
//! which answers a device refuses. Handle and message are opaque to the relay.

use super::codec::{Reader, finish, read_bytes, read_opaque, read_u8, reader, write_opaque};
use super::error::{ErrorClass, check};
use super::identities::read_version;
use super::limits::MAX_MESSAGE;
use crate::octets::{Octets, byte, empty};

/// Size of a `commit_handle`.
pub const COMMIT_HANDLE: usize = 32;

/// CommitState: nothing is kept for the handle.
pub const EMPTY: u8 = 0;
/// CommitState: the message that came is the one that is kept.
pub const KEPT: u8 = 1;
/// CommitState: another message is kept.
pub const TAKEN: u8 = 2;
/// CommitState: a message was kept and is deleted.
pub const GONE: u8 = 3;

/// `CommitRequest`.
#[derive(Clone, Debug, Default)]
pub struct CommitRequest {
    /// The handle, 32 bytes.
    pub commit_handle: Octets,
    /// The message; empty where the device only asks.
    pub message: Octets,
}

/// `CommitAnswer`.
#[derive(Clone, Debug, Default)]
pub struct CommitAnswer {
    /// CommitState.
    pub state: u8,
    /// The message that is kept, when the state is `taken`; else empty.
    pub message: Octets,
}

/// What a relay has of one handle.
#[derive(Clone, Debug, Default)]
pub enum KeptCommit {
    /// Nothing.
    #[default]
    Nothing,
    /// The first message that came.
    Message(Octets),
    /// That there was one, which is deleted (`[DS-24]`).
    Deleted,
}

/// `encode(CommitRequest)`.
pub fn encode_commit_request(request: &CommitRequest) -> Octets {
    byte(0).concat_owned(request.commit_handle.clone()).concat_owned(write_opaque(&request.message))
}

/// `encode(CommitAnswer)`.
pub fn encode_commit_answer(answer: &CommitAnswer) -> Octets {
    byte(0).concat_owned(byte(answer.state)).concat_owned(write_opaque(&answer.message))
}

// ANCHOR: decode_commit_request
/// Decodes a `CommitRequest`; its message is at most `max_message` bytes long (`[DS-23]`).
/// See also [LIM-01].
pub fn decode_commit_request(bytes: &Octets) -> Result<CommitRequest, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (commit_handle, r) = read_bytes(r, COMMIT_HANDLE)?;
    let (message, r) = read_opaque(r, MAX_MESSAGE)?;
    finish(&r)?;
    Ok(CommitRequest { commit_handle, message })
}
// ANCHOR_END: decode_commit_request

// ANCHOR: decode_commit_answer
/// Reads the version of an answer, whose other versions are `malformed` (`[DS-25]`).
fn read_answer_version(r: Reader) -> Result<Reader, ErrorClass> {
    let (version, r) = read_u8(r)?;
    check(version == 0, ErrorClass::Malformed)?;
    Ok(r)
}

/// Decodes a `CommitAnswer`: version 0, a state that there is, and a message where the state is `taken` and
/// nowhere else (`[DS-25]`).
/// See also [LIM-01].
pub fn decode_commit_answer(bytes: &Octets) -> Result<CommitAnswer, ErrorClass> {
    let r = read_answer_version(reader(bytes))?;
    let (state, r) = read_u8(r)?;
    let (message, r) = read_opaque(r, MAX_MESSAGE)?;
    finish(&r)?;
    check(state <= GONE, ErrorClass::Malformed)?;
    check((state == TAKEN) == (message.len() > 0), ErrorClass::Malformed)?;
    Ok(CommitAnswer { state, message })
}

/// The answer to a request: one of state `kept` to a device that only asked, and one of state `empty` to a
/// device that did not, are refused (`[DS-25]`).
pub fn read_commit_answer(
    request: &CommitRequest,
    bytes: &Octets,
) -> Result<CommitAnswer, ErrorClass> {
    let answer = decode_commit_answer(bytes)?;
    let only_asked = request.message.len() == 0;
    check(!(only_asked && answer.state == KEPT), ErrorClass::Malformed)?;
    check(only_asked || answer.state != EMPTY, ErrorClass::Malformed)?;
    Ok(answer)
}
// ANCHOR_END: decode_commit_answer

/// An answer that has no message.
fn without_message(state: u8) -> CommitAnswer {
    CommitAnswer { state, message: empty() }
}

// ANCHOR: commit
/// `commit(handle, message)` at the relay: what it has of the handle from now on, and its answer (`[DS-22]`).
/// Where there is no room for a new handle one that brings a message is refused (`limit`, `[DS-23]`).
pub fn commit(
    kept: &KeptCommit,
    message: &Octets,
    room: bool,
) -> Result<(KeptCommit, CommitAnswer), ErrorClass> {
    match kept {
        KeptCommit::Nothing => {
            if message.len() == 0 {
                Ok((KeptCommit::Nothing, without_message(EMPTY)))
            } else {
                check(room, ErrorClass::Limit)?;
                Ok((KeptCommit::Message(message.clone()), without_message(KEPT)))
            }
        }
        KeptCommit::Message(first) => {
            let answer = if *message == *first {
                without_message(KEPT)
            } else {
                CommitAnswer { state: TAKEN, message: first.clone() }
            };
            Ok((KeptCommit::Message(first.clone()), answer))
        }
        KeptCommit::Deleted => Ok((KeptCommit::Deleted, without_message(GONE))),
    }
}
// ANCHOR_END: commit
