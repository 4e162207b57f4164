//! Which answers fit what was asked.

use super::{answer, request};
use crate::vector::{Topic, counting, fields, must};
use sceau_spec::octets::{ascii, empty};
use sceau_spec::pairwise::delivery_commit::{
    CommitRequest, EMPTY, GONE, KEPT, TAKEN, read_commit_answer,
};
use sceau_spec::pairwise::error::ErrorClass;

/// Every state as the answer to a device that only asks, and to one that brings the message `one`.
pub fn read(t: &mut Topic) {
    let handle = counting(32);
    let (none, one, other) = (empty(), ascii("one"), ascii("other"));
    for (number, about, message, state, kept, fits) in [
        (50, "asked: empty", &none, EMPTY, &none, true),
        (51, "asked: taken", &none, TAKEN, &other, true),
        (52, "asked: gone", &none, GONE, &none, true),
        (53, "brought one: kept", &one, KEPT, &none, true),
        (54, "brought one: taken by another", &one, TAKEN, &other, true),
        (55, "brought one: taken by that very message", &one, TAKEN, &one, true),
        (56, "brought one: gone", &one, GONE, &none, true),
        (57, "asked: kept", &none, KEPT, &none, false),
        (58, "brought one: empty", &one, EMPTY, &none, false),
    ] {
        let asked = CommitRequest { commit_handle: handle.clone(), message: message.clone() };
        let bytes = answer(state, kept);
        let result = read_commit_answer(&asked, &bytes);
        let input = fields! {
            operation: "read_commit_answer", commit_request: request(&handle, message),
            commit_answer: bytes,
        };
        if fits {
            let read = must(about, result);
            let out = fields! { state: read.state, message: read.message };
            t.valid(number, "DS-25", about, input, fields! {}, out);
        } else {
            t.refused(number, "DS-25", about, input, result, ErrorClass::Malformed);
        }
    }
}
