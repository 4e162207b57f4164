//! Which proposals a bundle has: those to which its Commit refers.

use super::{commit, encoded};
use crate::group::SUITES;
use crate::group::framing::Epoch;
use crate::group::members::key_package;
use crate::vector::{Topic, fields, must};
use sceau_spec::group::commit::ProposalOrRef;
use sceau_spec::group::crypto::{make_key_package_ref, make_proposal_ref};
use sceau_spec::group::delivery::{BundledProposals, CommitBundle, check_bundled_proposals};
use sceau_spec::group::framing::{
    AuthenticatedContent, Content, MEMBER, MLS_PRIVATE_MESSAGE, Sender,
    encode_authenticated_content,
};
use sceau_spec::group::proposals::{Proposal, encode_proposal};
use sceau_spec::group::suite::{AES128GCM_SHA256, CipherSuite, MLKEM768X25519_SHA384};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::error::ErrorClass;

/// An epoch with two proposals, an Add and a Remove.
struct Scene {
    suite: CipherSuite,
    epoch: Epoch,
    add: AuthenticatedContent,
    remove: AuthenticatedContent,
}

impl Scene {
    fn new(t: &Topic, number: u32, suite: CipherSuite) -> Self {
        let epoch = Epoch::new(t, number, suite);
        let signed = |proposal| epoch.signed(MLS_PRIVATE_MESSAGE, &Content::Proposal(proposal));
        let add = signed(Proposal::Add(key_package(AES128GCM_SHA256, "newcomer")));
        let remove = signed(Proposal::Remove(3));
        Self { suite, epoch, add, remove }
    }

    /// The reference of a proposal.
    fn to(&self, proposal: &AuthenticatedContent) -> ProposalOrRef {
        let content = encode_authenticated_content(proposal);
        ProposalOrRef::Reference(make_proposal_ref(self.suite, &content))
    }

    /// A Commit of these, with proposals beside it: accepted, or refused as malformed.
    fn case(
        &self,
        t: &mut Topic,
        number: u32,
        about: &str,
        committed: &[ProposalOrRef],
        proposals: &[&AuthenticatedContent],
        fits: bool,
    ) {
        let commit = self.epoch.signed(MLS_PRIVATE_MESSAGE, &commit(committed));
        let bundled = proposals.iter().map(|content| (*content).clone()).collect();
        let bundled = BundledProposals::from_vec(bundled);
        let bundle = CommitBundle { proposals: bundled, commit: commit.clone() };
        let result = check_bundled_proposals(self.suite, &bundle);
        let input = fields! {
            operation: "check_bundled_proposals", cipher_suite: self.suite,
            proposals: encoded(proposals), commit: encode_authenticated_content(&commit),
        };
        if fits {
            must(about, result);
            let reference = |content: &Octets| make_proposal_ref(self.suite, content);
            let references: Vec<Octets> = encoded(proposals).iter().map(reference).collect();
            let steps = fields! { references: references };
            t.valid(number, "GDS-36 GDS-37", about, input, steps, fields! {});
        } else {
            t.refused(number, "GDS-37", about, input, result, ErrorClass::Malformed);
        }
    }
}

/// Those of a suite, which makes the references.
pub fn of_suite(t: &mut Topic, base: u32, suite: CipherSuite) {
    let scene = Scene::new(t, base, suite);
    let Scene { add, remove, .. } = &scene;
    let both = [scene.to(add), scene.to(remove)];
    scene.case(t, base, "the proposals to which the Commit refers", &both, &[add, remove], true);
    scene.case(t, base + 1, "in another order", &both, &[remove, add], false);
    let other = match suite {
        MLKEM768X25519_SHA384 => AES128GCM_SHA256,
        _ => MLKEM768X25519_SHA384,
    };
    let other = Scene { suite: other, epoch: scene.epoch.clone(), ..Scene::new(t, base, suite) };
    let made_otherwise = [other.to(add), other.to(remove)];
    let about = "references by another suite's hash";
    scene.case(t, base + 2, about, &made_otherwise, &[add, remove], false);
}

/// Those that do not depend on a suite, in that of `0x0001`.
pub fn exact(t: &mut Topic, base: u32) {
    let scene = Scene::new(t, base, SUITES[0].1);
    let Scene { add, remove, .. } = &scene;
    let (a, r) = (&scene.to(add), &scene.to(remove));
    let value = &ProposalOrRef::Proposal(Proposal::Remove(3));
    let cases: [(_, _, &[&ProposalOrRef], &[&AuthenticatedContent], _); 18] = [
        (0, "a Commit of a proposal by value", &[value], &[], true),
        (1, "a Commit of no proposals", &[], &[], true),
        (2, "a Commit of a proposal by reference", &[r], &[remove], true),
        (3, "a proposal by value between two by reference", &[a, value, r], &[add, remove], true),
        (4, "a proposal referred to twice", &[a, r, a], &[add, remove], true),
        (5, "a proposal referred to twice, one after the other", &[a, a, r], &[add, remove], true),
        (10, "the last one is missing", &[a, r], &[add], false),
        (11, "the first one is missing", &[a, r], &[remove], false),
        (12, "all are missing", &[a, r], &[], false),
        (13, "one too many, behind the others", &[a], &[add, remove], false),
        (14, "one too many, before the others", &[r], &[add, remove], false),
        (15, "one that the Commit has by value", &[value], &[remove], false),
        (16, "one beside a Commit of no proposals", &[], &[remove], false),
        (17, "the first one twice", &[a, r], &[add, add, remove], false),
        (18, "the first one twice, again at the end", &[a, r], &[add, remove, add], false),
        (19, "one referred to twice, and there twice", &[a, r, a], &[add, remove, add], false),
        (20, "the order of the last references", &[a, r, a], &[remove, add], false),
        (21, "one of the two twice, and not the other", &[a, r], &[add, add], false),
    ];
    for (i, about, committed, proposals, fits) in cases {
        let committed: Vec<ProposalOrRef> = committed.iter().map(|item| (*item).clone()).collect();
        scene.case(t, base + i, about, &committed, proposals, fits);
    }
    others(t, base + 30, &scene);
}

/// References that are nearly right.
fn others(t: &mut Topic, base: u32, scene: &Scene) {
    let Scene { suite, epoch, remove, .. } = scene;
    let right = make_proposal_ref(*suite, &encode_authenticated_content(remove));
    let content = encode_authenticated_content(remove);
    let proposal = encode_proposal(&Proposal::Remove(3));
    let mut unsigned = remove.clone();
    unsigned.auth.signature[63usize] ^= 1;
    let sender = Sender { sender_type: MEMBER, index: 2 };
    let twin = epoch.signed_by(sender, MLS_PRIVATE_MESSAGE, &remove.content.content);
    for (i, about, reference, there) in [
        (0, "the same proposal with another signature", right.clone(), &unsigned),
        (1, "the same proposal of another member", right.clone(), &twin),
        (2, "a reference that lacks a byte", right.slice(0, 31), remove),
        (3, "a reference with a byte more", right.concat(&right.slice(0, 1)), remove),
        (4, "a reference of the proposal alone", make_proposal_ref(*suite, &proposal), remove),
        (
            5,
            "a reference by the label of KeyPackages",
            make_key_package_ref(*suite, &content),
            remove,
        ),
    ] {
        scene.case(t, base + i, about, &[ProposalOrRef::Reference(reference)], &[there], false);
    }
}
