//! PublicMessage and PrivateMessage.

use super::SUITES;
use super::members::{key_package, unsigned_leaf};
use crate::vector::{Fields, Topic, fields, must};
use hacspec_lib::*;
use sceau_spec::group::commit::{Commit, ProposalOrRef, ProposalsOrRefs};
use sceau_spec::group::content_auth::{
    check_sender_content, framed_content_tbs, sign_framed_content, verify_framed_content,
};
use sceau_spec::group::credentials::Credential;
use sceau_spec::group::framing::{
    AuthenticatedContent, Content, EXTERNAL, FramedContent, MEMBER, MLS_PRIVATE_MESSAGE,
    MLS_PUBLIC_MESSAGE, MlsMessage, NEW_MEMBER_COMMIT, NEW_MEMBER_PROPOSAL, Sender,
    decode_mls_message, encode_authenticated_content, encode_framed_content, encode_mls_message,
};
use sceau_spec::group::group_context::{GroupContext, encode_group_context};
use sceau_spec::group::leaf_node::encode_leaf_node;
use sceau_spec::group::private_message::{
    PrivateMessage, encode_private_message_content, encode_sender_data, open_sender_data,
    padding_for, private_content_aad, protect_private, sender_data_aad, unprotect_private,
};
use sceau_spec::group::profile::{check_leaf_profile, check_wire_format};
use sceau_spec::group::proposals::Proposal;
use sceau_spec::group::public_message::{PublicMessage, protect_public, unprotect_public};
use sceau_spec::group::secret_tree::{KeyAndNonce, ratchet_key_and_nonce};
use sceau_spec::group::suite::{CipherSuite, aead_seal, nh, signature_public_key};
use sceau_spec::octets::{Octets, ascii, repeat};
use sceau_spec::pairwise::codec::Extensions;
use sceau_spec::pairwise::error::ErrorClass;

/// What the members of an epoch have.
#[derive(Clone)]
pub struct Epoch {
    suite: CipherSuite,
    group_id: Octets,
    context: Octets,
    signature_key: Octets,
    membership_key: Octets,
    sender_data_secret: Octets,
    ratchet_secret: Octets,
    authenticated_data: Octets,
    reuse_guard: Octets,
}

/// The generation in which all are sent.
const GENERATION: u32 = 2;

impl Epoch {
    /// The epoch of a vector.
    pub fn new(t: &Topic, number: u32, suite: CipherSuite) -> Self {
        let secret = |name: &str| t.draw(number, name, nh(suite));
        let group_id = t.draw(number, "group_id", 16);
        let context = GroupContext {
            cipher_suite: suite,
            group_id: group_id.clone(),
            epoch: 9,
            tree_hash: secret("tree_hash"),
            confirmed_transcript_hash: secret("confirmed_transcript_hash"),
            extensions: Extensions::new(0),
        };
        Self {
            suite,
            group_id,
            context: encode_group_context(&context),
            signature_key: t.draw(number, "signature_key", 32),
            membership_key: secret("membership_key"),
            sender_data_secret: secret("sender_data_secret"),
            ratchet_secret: secret("ratchet_secret"),
            authenticated_data: ascii("authenticated"),
            reuse_guard: t.draw(number, "reuse_guard", 4),
        }
    }

    fn framed(&self, sender: Sender, content: &Content) -> FramedContent {
        FramedContent {
            group_id: self.group_id.clone(),
            epoch: 9,
            sender,
            authenticated_data: self.authenticated_data.clone(),
            content: content.clone(),
        }
    }

    /// A content of the member at leaf 1, signed.
    pub fn signed(&self, wire_format: u16, content: &Content) -> AuthenticatedContent {
        let sender = Sender { sender_type: MEMBER, index: 1 };
        self.signed_by(sender, wire_format, content)
    }

    /// What the member at leaf 1 has signed for a PrivateMessage beside this `authenticated_data`.
    pub fn signed_beside(
        &self,
        authenticated_data: &Octets,
        content: &Content,
    ) -> AuthenticatedContent {
        let beside = Self { authenticated_data: authenticated_data.clone(), ..self.clone() };
        beside.signed(MLS_PRIVATE_MESSAGE, content)
    }

    /// A content of whomever, signed.
    pub fn signed_by(
        &self,
        sender: Sender,
        wire_format: u16,
        content: &Content,
    ) -> AuthenticatedContent {
        let framed = self.framed(sender, content);
        let mut signed = sign_framed_content(
            self.suite,
            &self.signature_key,
            wire_format,
            &framed,
            &self.context,
        );
        if let Content::Commit(_) = content {
            signed.auth.confirmation_tag = repeat(0xc0, nh(self.suite));
        }
        signed
    }

    fn keys(&self) -> KeyAndNonce {
        ratchet_key_and_nonce(self.suite, &self.ratchet_secret, GENERATION)
    }

    /// A signed content as a PrivateMessage.
    pub fn private(&self, signed: &AuthenticatedContent, padding: usize) -> PrivateMessage {
        must(
            "protect",
            protect_private(
                self.suite,
                signed,
                &self.keys(),
                GENERATION,
                &self.reuse_guard,
                padding,
                &self.sender_data_secret,
            ),
        )
    }

    /// A content of the member at leaf 1 as a PrivateMessage without padding.
    pub fn private_message(&self, content: &Content) -> MlsMessage {
        MlsMessage::PrivateMessage(self.private(&self.signed(MLS_PRIVATE_MESSAGE, content), 0))
    }

    /// The same as a PublicMessage.
    pub fn public_message(&self, content: &Content) -> MlsMessage {
        let signed = self.signed(MLS_PUBLIC_MESSAGE, content);
        let message = protect_public(self.suite, &signed, &self.context, &self.membership_key);
        MlsMessage::PublicMessage(must("protect", message))
    }

    /// What a receiver does with a PrivateMessage of the epoch.
    pub fn open_private(
        &self,
        message: &PrivateMessage,
    ) -> Result<AuthenticatedContent, ErrorClass> {
        let data = open_sender_data(self.suite, message, &self.sender_data_secret)?;
        let content = unprotect_private(self.suite, message, &data, &self.keys())?;
        self.verify(&content)?;
        Ok(content)
    }

    fn open_public(&self, message: &PublicMessage) -> Result<AuthenticatedContent, ErrorClass> {
        let content = unprotect_public(self.suite, message, &self.context, &self.membership_key)?;
        self.verify(&content)?;
        Ok(content)
    }

    fn verify(&self, content: &AuthenticatedContent) -> Result<(), ErrorClass> {
        let public_key = signature_public_key(self.suite, &self.signature_key);
        verify_framed_content(self.suite, &public_key, content, &self.context)
    }

    /// What a receiver has.
    pub fn receiver(&self, operation: &str) -> Fields {
        let mut out = fields! { operation: operation, cipher_suite: self.suite,
        group_context: self.context,
        signature_public_key: signature_public_key(self.suite, &self.signature_key) };
        let more = match operation {
            "unprotect_public" => fields! { membership_key: self.membership_key },
            _ => fields! { sender_data_secret: self.sender_data_secret,
            ratchet_secret: self.ratchet_secret, generation: GENERATION },
        };
        out.extend(more);
        out
    }
}

/// An Add by value and a reference, without a path.
pub fn commit_of(t: &Topic, number: u32) -> Content {
    let proposals = ProposalsOrRefs::new(0)
        .push(&ProposalOrRef::Proposal(Proposal::Remove(3)))
        .push(&ProposalOrRef::Reference(t.draw(number, "proposal_ref", 32)));
    Content::Commit(Commit { proposals, path: None })
}

fn encoded(message: MlsMessage) -> Octets {
    let bytes = encode_mls_message(&message);
    let again = must("decode", decode_mls_message(&bytes));
    assert!(encode_mls_message(&again) == bytes);
    bytes
}

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::group("group-framing", "GRP-FR");
    for (base, suite) in SUITES {
        let contents = |t: &Topic, number: u32| {
            [
                ("a Remove", Content::Proposal(Proposal::Remove(3))),
                ("a Commit", commit_of(t, number)),
                ("application data", Content::Application(ascii("hello"))),
            ]
        };
        for i in 0..3 {
            let number = base + i as u32;
            let (about, content) = contents(&t, number)[i].clone();
            private(&mut t, number, suite, about, &content);
            if i < 2 {
                public(&mut t, number + 10, suite, about, &content);
            }
        }
        refused_private(&mut t, base + 20, suite);
        refused_public(&mut t, base + 40, suite);
    }
    senders(&mut t, 1);
    profile(&mut t, 40);
    t
}

fn private(t: &mut Topic, number: u32, suite: CipherSuite, about: &str, content: &Content) {
    let epoch = Epoch::new(t, number, suite);
    let signed = epoch.signed(MLS_PRIVATE_MESSAGE, content);
    let unpadded = encode_private_message_content(content, &signed.auth, 0);
    let padding = padding_for(unpadded.len());
    let message = epoch.private(&signed, padding);
    let opened = must("open", epoch.open_private(&message));
    assert!(encode_authenticated_content(&opened) == encode_authenticated_content(&signed));
    let data = must("sender data", open_sender_data(suite, &message, &epoch.sender_data_secret));
    t.valid(
        number,
        "GRP-40 GRP-41 GRP-42 GRP-43",
        &format!("{about} as PrivateMessage"),
        fields! { operation: "protect_private", cipher_suite: suite,
        framed_content: encode_framed_content(&signed.content), group_context: epoch.context,
        signature_private_key: epoch.signature_key,
        confirmation_tag: signed.auth.confirmation_tag,
        ratchet_secret: epoch.ratchet_secret, generation: GENERATION,
        reuse_guard: epoch.reuse_guard, sender_data_secret: epoch.sender_data_secret },
        fields! { framed_content_tbs: framed_content_tbs(
            MLS_PRIVATE_MESSAGE, &signed.content, &epoch.context),
        signature: signed.auth.signature,
        private_message_content: encode_private_message_content(content, &signed.auth, 0),
        padding: padding, private_content_aad: private_content_aad(&message),
        key: epoch.keys().key, nonce: epoch.keys().nonce,
        sender_data: encode_sender_data(&data), sender_data_aad: sender_data_aad(&message) },
        fields! { message: encoded(MlsMessage::PrivateMessage(message)) },
    );
}

fn public(t: &mut Topic, number: u32, suite: CipherSuite, about: &str, content: &Content) {
    let epoch = Epoch::new(t, number, suite);
    let signed = epoch.signed(MLS_PUBLIC_MESSAGE, content);
    let message = protect_public(suite, &signed, &epoch.context, &epoch.membership_key);
    let message = must("protect", message);
    must("open", epoch.open_public(&message));
    t.valid(
        number,
        "GRP-46",
        &format!("{about} as PublicMessage"),
        fields! { operation: "protect_public", cipher_suite: suite,
        framed_content: encode_framed_content(&signed.content), group_context: epoch.context,
        signature_private_key: epoch.signature_key,
        confirmation_tag: signed.auth.confirmation_tag, membership_key: epoch.membership_key },
        fields! { signature: signed.auth.signature, membership_tag: message.membership_tag },
        fields! { message: encoded(MlsMessage::PublicMessage(message)) },
    );
}

/// The plaintext sealed as the content of a message, whatever it is.
fn sealed(epoch: &Epoch, like: &PrivateMessage, plaintext: &Octets) -> PrivateMessage {
    let keys = epoch.keys();
    let nonce = sceau_spec::group::private_message::guarded_nonce(&keys.nonce, &epoch.reuse_guard);
    let aad = private_content_aad(like);
    let ciphertext = aead_seal(epoch.suite, &keys.key, &nonce, &aad, plaintext);
    let data = must("data", open_sender_data(epoch.suite, like, &epoch.sender_data_secret));
    let outer = sceau_spec::group::private_message::sender_data_key_and_nonce(
        epoch.suite,
        &epoch.sender_data_secret,
        &ciphertext,
    );
    let encrypted_sender_data = aead_seal(
        epoch.suite,
        &outer.key,
        &outer.nonce,
        &sender_data_aad(like),
        &encode_sender_data(&data),
    );
    PrivateMessage { ciphertext, encrypted_sender_data, ..like.clone() }
}

fn refused_private(t: &mut Topic, base: u32, suite: CipherSuite) {
    let epoch = Epoch::new(t, base, suite);
    let content = Content::Application(ascii("hello"));
    let signed = epoch.signed(MLS_PRIVATE_MESSAGE, &content);
    let honest = epoch.private(&signed, 20);
    must("honest", epoch.open_private(&honest));
    let plain = encode_private_message_content(&content, &signed.auth, 20);
    let mut uneven = plain.clone();
    uneven[plain.len() - 1] = 1;
    let mut wrong = signed.auth.clone();
    wrong.signature[40usize] ^= 1;
    let wrong = encode_private_message_content(&content, &wrong, 20);
    let as_public = epoch.signed(MLS_PUBLIC_MESSAGE, &content);
    let as_public = encode_private_message_content(&content, &as_public.auth, 20);
    let changed = |change: &dyn Fn(&mut PrivateMessage)| {
        let mut message = honest.clone();
        change(&mut message);
        message
    };
    let (closed, malformed, bad) =
        (ErrorClass::Undecryptable, ErrorClass::Malformed, ErrorClass::BadSignature);
    let all = [
        (
            "GRP-43",
            "altered sender data",
            changed(&|m| m.encrypted_sender_data[0usize] ^= 1),
            closed,
        ),
        ("GRP-43", "an altered ciphertext", changed(&|m| m.ciphertext[60usize] ^= 1), closed),
        ("GRP-43", "another epoch", changed(&|m| m.epoch = 10), closed),
        ("GRP-43", "another content type", changed(&|m| m.content_type = 2), closed),
        (
            "GRP-43",
            "other authenticated data",
            changed(&|m| m.authenticated_data = ascii("Authenticated")),
            closed,
        ),
        ("GRP-43", "padding that is not all zero", sealed(&epoch, &honest, &uneven), malformed),
        ("GRP-43", "content that ends too soon", sealed(&epoch, &honest, &ascii("x")), malformed),
        ("GRP-43", "an altered signature", sealed(&epoch, &honest, &wrong), bad),
        ("GRP-43", "a signature for a PublicMessage", sealed(&epoch, &honest, &as_public), bad),
    ];
    for (i, (clause, about, message, class)) in all.into_iter().enumerate() {
        let result = epoch.open_private(&message);
        let mut input = epoch.receiver("unprotect_private");
        input.extend(fields! { message: encoded(MlsMessage::PrivateMessage(message)) });
        t.refused(base + i as u32, clause, about, input, result, class);
    }
}

fn refused_public(t: &mut Topic, base: u32, suite: CipherSuite) {
    let epoch = Epoch::new(t, base, suite);
    let content = Content::Proposal(Proposal::Remove(3));
    let signed = epoch.signed(MLS_PUBLIC_MESSAGE, &content);
    let protect = |signed: &AuthenticatedContent| {
        must("protect", protect_public(suite, signed, &epoch.context, &epoch.membership_key))
    };
    let honest = protect(&signed);
    let mut other_tag = honest.clone();
    other_tag.membership_tag[0usize] ^= 1;
    let mut other_content = honest.clone();
    other_content.content.content = Content::Proposal(Proposal::Remove(4));
    let mut wrong = signed.clone();
    wrong.auth.signature[40usize] ^= 1;
    let mut application = honest.clone();
    application.content.content = Content::Application(ascii("hello"));
    let all = [
        ("GRP-46", "an altered membership tag", other_tag, ErrorClass::BadSignature),
        ("GRP-46", "another content under the tag", other_content, ErrorClass::BadSignature),
        (
            "GRP-43 GRP-46",
            "an altered signature, under a tag that is right",
            protect(&wrong),
            ErrorClass::BadSignature,
        ),
        ("GRP-47", "application data", application, ErrorClass::Malformed),
    ];
    for (i, (clause, about, message, class)) in all.into_iter().enumerate() {
        let result = epoch.open_public(&message);
        let mut input = epoch.receiver("unprotect_public");
        input.extend(fields! { message: encoded(MlsMessage::PublicMessage(message)) });
        t.refused(base + i as u32, clause, about, input, result, class);
    }
}

/// Who may send what.
fn senders(t: &mut Topic, base: u32) {
    let suite = SUITES[0].1;
    let epoch = Epoch::new(t, base, suite);
    let commit = commit_of(t, base);
    let add = Content::Proposal(Proposal::Add(key_package(suite, "newcomer")));
    let update = Content::Proposal(Proposal::Update(unsigned_leaf(suite, "newcomer", 0)));
    let remove = Content::Proposal(Proposal::Remove(3));
    let init = Content::Proposal(Proposal::ExternalInit(repeat(1, 32)));
    let application = Content::Application(ascii("hello"));
    let all = [
        (EXTERNAL, "an external sender's Remove", &remove, true),
        (EXTERNAL, "an external sender's Add", &add, true),
        (EXTERNAL, "an external sender's Update", &update, false),
        (EXTERNAL, "an external sender's ExternalInit", &init, false),
        (EXTERNAL, "an external sender's Commit", &commit, false),
        (EXTERNAL, "an external sender's application data", &application, false),
        (NEW_MEMBER_PROPOSAL, "a new member's Add", &add, true),
        (NEW_MEMBER_PROPOSAL, "a new member's Remove", &remove, false),
        (NEW_MEMBER_PROPOSAL, "a new member's Commit as a proposal", &commit, false),
        (NEW_MEMBER_COMMIT, "a new member's Commit", &commit, true),
        (NEW_MEMBER_COMMIT, "a new member's Add as a Commit", &add, false),
        (MEMBER, "a member's Update", &update, true),
    ];
    for (i, (sender_type, about, content, valid)) in all.into_iter().enumerate() {
        let framed = epoch.framed(Sender { sender_type, index: 0 }, content);
        let result = check_sender_content(&framed);
        let input = fields! { operation: "check_sender_content", cipher_suite: suite,
        framed_content: encode_framed_content(&framed) };
        let number = base + i as u32;
        if valid {
            must(about, result);
            t.valid(number, "GRP-48", about, input, fields! {}, fields! {});
        } else {
            t.refused(number, "GRP-48", about, input, result, ErrorClass::Malformed);
        }
    }
}

/// What the profile asks beyond the RFC.
fn profile(t: &mut Topic, base: u32) {
    let suite = SUITES[2].1;
    let epoch = Epoch::new(t, base, suite);
    let remove = Content::Proposal(Proposal::Remove(3));
    let of = |sender_type: u8, content: &Content| {
        let sender = Sender { sender_type, index: 0 };
        let signed = epoch.signed_by(sender, MLS_PUBLIC_MESSAGE, content);
        let message = protect_public(suite, &signed, &epoch.context, &epoch.membership_key);
        MlsMessage::PublicMessage(must("protect", message))
    };
    let private = epoch.private(&epoch.signed(MLS_PRIVATE_MESSAGE, &remove), 0);
    let private = MlsMessage::PrivateMessage(private);
    let input = |operation: &str, name: &str, value: Octets| {
        let mut out = fields! { operation: operation };
        crate::vector::put(&mut out, name, value);
        out
    };
    let wire =
        |message: &MlsMessage| input("check_wire_format", "message", encode_mls_message(message));
    must("private", check_wire_format(&private));
    t.valid(base, "GRP-01", "a PrivateMessage", wire(&private), fields! {}, fields! {});
    let unauthorised = ErrorClass::UnauthorisedDevice;
    let all = [
        ("GRP-01", "a member's PublicMessage", of(MEMBER, &remove), ErrorClass::Malformed),
        ("GRP-02", "an external sender's proposal", of(EXTERNAL, &remove), unauthorised),
        ("GRP-02", "an external Commit", of(NEW_MEMBER_COMMIT, &commit_of(t, base)), unauthorised),
    ];
    for (i, (clause, about, message, class)) in all.into_iter().enumerate() {
        let result = check_wire_format(&message);
        t.refused(base + 1 + i as u32, clause, about, wire(&message), result, class);
    }
    let mut leaf = unsigned_leaf(suite, "newcomer", 0);
    let leaf_input = |leaf: &sceau_spec::group::leaf_node::LeafNode| {
        input("check_leaf_profile", "leaf_node", encode_leaf_node(leaf))
    };
    let result = check_leaf_profile(&leaf, false);
    let about = "a leaf with a basic credential";
    t.refused(base + 10, "GRP-04", about, leaf_input(&leaf), result, unauthorised);
    leaf.credential = Credential::Sceau(t.draw(base, "credential", 40));
    must("leaf", check_leaf_profile(&leaf, false));
    let about = "a leaf with a credential of Sceau (any bytes) and the policy extension";
    t.valid(base + 11, "GRP-04 GRP-05", about, leaf_input(&leaf), fields! {}, fields! {});
    leaf.capabilities.extensions = Seq::<u16>::new(0);
    let result = check_leaf_profile(&leaf, false);
    let about = "a leaf whose capabilities leave out the policy extension";
    t.refused(base + 12, "GRP-05", about, leaf_input(&leaf), result, ErrorClass::Malformed);
}
