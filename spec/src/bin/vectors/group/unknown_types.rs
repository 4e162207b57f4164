//! Messages with types that the device does not know.

use super::SUITES;
use super::framing::Epoch;
use super::members::{of_credential, package_of};
use crate::vector::{Topic, fields};
use sceau_spec::group::commit::{Commit, ProposalOrRef, ProposalsOrRefs};
use sceau_spec::group::framing::{Content, MLS_PRIVATE_MESSAGE, MlsMessage, encode_mls_message};
use sceau_spec::group::proposals::Proposal;
use sceau_spec::octets::ascii;
use sceau_spec::pairwise::error::ErrorClass;

/// PrivateMessages that open to a proposal or credential of an unknown type.
pub fn unprotected(t: &mut Topic, base: u32) {
    let suite = SUITES[0].1;
    let epoch = Epoch::new(t, base, suite);
    let unknown = Proposal::Other(0xf001, ascii("content"));
    let leaf = of_credential(suite, 0xf001, &ascii("content"));
    let add = Proposal::Add(package_of(&leaf, "newcomer"));
    let by_value = ProposalsOrRefs::new(0).push(&ProposalOrRef::Proposal(unknown.clone()));
    for (i, about, content) in [
        (0, "a proposal of an unknown type", Content::Proposal(unknown)),
        (1, "an Add with a credential of an unknown type", Content::Proposal(add)),
        (
            2,
            "a Commit of a proposal of an unknown type by value",
            Content::Commit(Commit { proposals: by_value, path: None }),
        ),
    ] {
        let message = epoch.private(&epoch.signed(MLS_PRIVATE_MESSAGE, &content), 20);
        let result = epoch.open_private(&message);
        let mut input = epoch.receiver("unprotect_private");
        let message = encode_mls_message(&MlsMessage::PrivateMessage(message));
        input.extend(fields! { message: message });
        t.refused(base + i, "GRP-18", about, input, result, ErrorClass::Malformed);
    }
}
