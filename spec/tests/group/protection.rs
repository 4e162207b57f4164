//! Message protection.

use crate::files::{hex, suite_cases};
use sceau_spec::group::commit::{decode_commit, encode_commit};
use sceau_spec::group::content_auth::{sign_framed_content, verify_framed_content};
use sceau_spec::group::framing::{
    AuthenticatedContent, Content, FramedContent, MEMBER, MLS_PRIVATE_MESSAGE, MLS_PUBLIC_MESSAGE,
    MlsMessage, Sender, decode_mls_message, encode_content, encode_mls_message,
};
use sceau_spec::group::group_context::{GroupContext, encode_group_context};
use sceau_spec::group::hash_ratchet::{HashRatchet, hash_ratchet, ratchet_key_of, ratchet_next};
use sceau_spec::group::private_message::{open_sender_data, protect_private, unprotect_private};
use sceau_spec::group::proposals::{decode_proposal, encode_proposal};
use sceau_spec::group::public_message::{protect_public, unprotect_public};
use sceau_spec::group::secret_tree::{leaf_secret, ratchet_roots};
use sceau_spec::octets::{Octets, empty, repeat};
use sceau_spec::pairwise::codec::Extensions;
use sceau_spec::pairwise::error::ErrorClass;
use serde_json::Value;

/// What a case gives.
struct Epoch {
    suite: u16,
    group_id: Octets,
    epoch: u64,
    context: Octets,
    signature_priv: Octets,
    signature_pub: Octets,
    encryption_secret: Octets,
    sender_data_secret: Octets,
    membership_key: Octets,
}

impl Epoch {
    fn of(suite: u16, case: &Value) -> Self {
        let group_id = hex(&case["group_id"]);
        let epoch = case["epoch"].as_u64().unwrap();
        let context = GroupContext {
            cipher_suite: suite,
            group_id: group_id.clone(),
            epoch,
            tree_hash: hex(&case["tree_hash"]),
            confirmed_transcript_hash: hex(&case["confirmed_transcript_hash"]),
            extensions: Extensions::new(0),
        };
        Self {
            suite,
            group_id,
            epoch,
            context: encode_group_context(&context),
            signature_priv: hex(&case["signature_priv"]),
            signature_pub: hex(&case["signature_pub"]),
            encryption_secret: hex(&case["encryption_secret"]),
            sender_data_secret: hex(&case["sender_data_secret"]),
            membership_key: hex(&case["membership_key"]),
        }
    }

    fn ratchet(&self, content: &Content) -> HashRatchet {
        let secret = leaf_secret(self.suite, &self.encryption_secret, 1, 2);
        let roots = ratchet_roots(self.suite, &secret);
        match content {
            Content::Application(_) => hash_ratchet(&roots.application),
            _ => hash_ratchet(&roots.handshake),
        }
    }

    /// The content, signed by leaf 1.
    fn signed(&self, wire_format: u16, content: &Content) -> AuthenticatedContent {
        let framed = FramedContent {
            group_id: self.group_id.clone(),
            epoch: self.epoch,
            sender: Sender { sender_type: MEMBER, index: 1 },
            authenticated_data: empty(),
            content: content.clone(),
        };
        sign_framed_content(self.suite, &self.signature_priv, wire_format, &framed, &self.context)
    }

    /// The content of a PublicMessage, tag and signature verified.
    fn open_public(&self, message: &MlsMessage) -> Result<Content, ErrorClass> {
        let MlsMessage::PublicMessage(message) = message else { panic!("not public") };
        let content = unprotect_public(self.suite, message, &self.context, &self.membership_key)?;
        verify_framed_content(self.suite, &self.signature_pub, &content, &self.context)?;
        Ok(content.content.content)
    }

    /// The content of a PrivateMessage, signature verified.
    fn open_private(&self, message: &MlsMessage, like: &Content) -> Result<Content, ErrorClass> {
        let MlsMessage::PrivateMessage(message) = message else { panic!("not private") };
        let data = open_sender_data(self.suite, message, &self.sender_data_secret)?;
        assert_eq!(data.leaf_index, 1);
        let ratchet = self.ratchet(like);
        let (keys, _) = ratchet_key_of(self.suite, &ratchet, data.generation, 100, 100)?;
        let content = unprotect_private(self.suite, message, &data, &keys)?;
        verify_framed_content(self.suite, &self.signature_pub, &content, &self.context)?;
        Ok(content.content.content)
    }

    fn check_public(&self, content: &Content, bytes: &Octets) {
        let message = decode_mls_message(bytes).unwrap();
        assert_eq!(encode_mls_message(&message), *bytes);
        let opened = self.open_public(&message).unwrap();
        assert_eq!(encode_content(&opened), encode_content(content));
        // Their own again.
        let mut signed = self.signed(MLS_PUBLIC_MESSAGE, content);
        if matches!(content, Content::Commit(_)) {
            signed.auth.confirmation_tag = repeat(9, 32);
        }
        let own = protect_public(self.suite, &signed, &self.context, &self.membership_key).unwrap();
        let mut forged = own.clone();
        forged.membership_tag[0usize] ^= 1;
        assert_eq!(
            encode_content(&self.open_public(&MlsMessage::PublicMessage(own)).unwrap()),
            encode_content(content)
        );
        let refused = self.open_public(&MlsMessage::PublicMessage(forged));
        assert_eq!(refused.err(), Some(ErrorClass::BadSignature));
    }

    fn check_private(&self, content: &Content, bytes: &Octets) {
        let message = decode_mls_message(bytes).unwrap();
        assert_eq!(encode_mls_message(&message), *bytes);
        let opened = self.open_private(&message, content).unwrap();
        assert_eq!(encode_content(&opened), encode_content(content));
        let mut signed = self.signed(MLS_PRIVATE_MESSAGE, content);
        if matches!(content, Content::Commit(_)) {
            signed.auth.confirmation_tag = repeat(9, 32);
        }
        let (generation, keys, _) = ratchet_next(self.suite, &self.ratchet(content)).unwrap();
        let guard = repeat(0xa5, 4);
        for padding in [0, 1, 100] {
            let own = protect_private(
                self.suite,
                &signed,
                &keys,
                generation,
                &guard,
                padding,
                &self.sender_data_secret,
            )
            .unwrap();
            let own = MlsMessage::PrivateMessage(own);
            assert_eq!(
                encode_content(&self.open_private(&own, content).unwrap()),
                encode_content(content)
            );
        }
    }
}

#[test]
fn message_protection() {
    for (suite, case) in suite_cases("message-protection", 7, 2) {
        let epoch = Epoch::of(suite, &case);
        let bytes = hex(&case["proposal"]);
        let proposal = decode_proposal(&bytes).unwrap();
        assert_eq!(encode_proposal(&proposal), bytes);
        let proposal = Content::Proposal(proposal);
        epoch.check_public(&proposal, &hex(&case["proposal_pub"]));
        epoch.check_private(&proposal, &hex(&case["proposal_priv"]));

        let bytes = hex(&case["commit"]);
        let commit = decode_commit(&bytes).unwrap();
        assert_eq!(encode_commit(&commit), bytes);
        let commit = Content::Commit(commit);
        epoch.check_public(&commit, &hex(&case["commit_pub"]));
        epoch.check_private(&commit, &hex(&case["commit_priv"]));

        let application = Content::Application(hex(&case["application"]));
        epoch.check_private(&application, &hex(&case["application_priv"]));
        let signed = epoch.signed(MLS_PUBLIC_MESSAGE, &application);
        let refused = protect_public(suite, &signed, &epoch.context, &epoch.membership_key);
        assert_eq!(refused.err(), Some(ErrorClass::Misuse));
    }
}
