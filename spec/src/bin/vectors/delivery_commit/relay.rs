//! What a relay does with a request, by what it has of the handle.

use super::request;
use crate::vector::{Fields, Topic, counting, fields, must};
use sceau_spec::octets::{Octets, ascii, empty};
use sceau_spec::pairwise::delivery_commit::{KeptCommit, commit, encode_commit_answer};
use sceau_spec::pairwise::error::ErrorClass;

/// What is had of a handle: `nothing`, `message` with the one that is kept, or `deleted`.
fn had(kept: &KeptCommit) -> Fields {
    match kept {
        KeptCommit::Nothing => fields! { kept: "nothing" },
        KeptCommit::Message(message) => fields! { kept: "message", kept_message: message },
        KeptCommit::Deleted => fields! { kept: "deleted" },
    }
}

/// The steps.
pub fn steps(t: &mut Topic) {
    let handle = counting(32);
    let (none, one) = (empty(), ascii("one"));
    let (longer, shorter) = (ascii("one more"), ascii("on"));
    let first = KeptCommit::Message(one.clone());
    let nothing = KeptCommit::Nothing;
    let deleted = KeptCommit::Deleted;
    let input = |kept: &KeptCommit, message: &Octets, room: bool| {
        let mut input = fields! { operation: "commit" };
        input.extend(had(kept));
        input.extend(fields! { room: room, commit_request: request(&handle, message) });
        input
    };
    for (number, clauses, about, kept, message, room) in [
        (60, "DS-22", "nothing is kept: a device asks", &nothing, &none, true),
        (61, "DS-22", "nothing is kept: the first message comes", &nothing, &one, true),
        (62, "DS-22", "a message is kept: a device asks", &first, &none, true),
        (63, "DS-22", "a message is kept: it comes again", &first, &one, true),
        (64, "DS-22", "a message is kept: one comes that it begins", &first, &longer, true),
        (65, "DS-22", "a message is kept: its beginning comes", &first, &shorter, true),
        (66, "DS-22 DS-24", "the message was deleted: a device asks", &deleted, &none, true),
        (67, "DS-22 DS-24", "the message was deleted: one comes", &deleted, &one, true),
        (68, "DS-23", "there is no room: a device asks of a new handle", &nothing, &none, false),
        (69, "DS-23", "there is no room: another message for a kept one", &first, &longer, false),
        (70, "DS-23", "there is no room: a kept message comes again", &first, &one, false),
    ] {
        let (after, answer) = must(about, commit(kept, message, room));
        let mut out = had(&after);
        out.extend(fields! { commit_answer: encode_commit_answer(&answer) });
        t.valid(number, clauses, about, input(kept, message, room), fields! {}, out);
    }
    let about = "there is no room: a message for a new handle";
    let result = commit(&nothing, &one, false);
    t.refused(71, "DS-23", about, input(&nothing, &one, false), result, ErrorClass::Limit);
}
