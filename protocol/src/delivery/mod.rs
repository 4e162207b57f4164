//! What devices and relays tell each other (page *Delivery service*): publications and bundles of prekeys, envelopes, and
//! the signatures by which a device shows that it asks for its own. How requests are carried is left open.
//!
//! | who | does | with |
//! |---|---|---|
//! | device | publishes a batch | [`Account::publication`](crate::pairwise::Account::publication) |
//! | relay | takes it, once it verifies | [`Publication::verify`] |
//! | relay | serves a bundle | [`Publication::bundle`] in a [`FetchAnswer`] |
//! | device | shows that a request is its own | [`Account::delivery_auth`](crate::pairwise::Account::delivery_auth) |
//! | relay | checks that | [`DeliveryAuth::verify`] |
//! | device | sends | [`Envelope`](crate::pairwise::Envelope), which a relay checks with [`Envelope::check`](crate::pairwise::Envelope::check) |
//! | device | receives | [`GetRequest`], [`GetAnswer`], [`AcknowledgeRequest`] |
//! | member of a group | asks for, or brings, the commit of an epoch | [`CommitRequest`], [`CommitAnswer`] |
//!
//! Nothing that a device believes depends on a relay: what a bundle holds is verified again by
//! [`Account::initiate`](crate::pairwise::Account::initiate).
//!
//! A publish request, and `get` and `acknowledge` on a contact mailbox, need a [`DeliveryAuth`] over a [`Challenge`] that
//! the relay has given out within [`challenge_age`](crate::limits::Limits::challenge_age), and that was not used before, and
//! over the relay's [name](RelayName) (`DS-02`): the relay keeps account of the challenges, the library compares the bytes.
//! The relay answers them with a [`PrekeyStock`] as well (`DS-08`).

mod auth;
mod commit;
mod publication;
mod relay_name;
pub(crate) mod requests;

pub use auth::{
    AuthCheck, AuthRequest, Challenge, DeliveryAction, DeliveryAuth, DeliveryAuthTbs,
    PendingDeliveryAuth,
};
pub use commit::{CommitAnswer, CommitHandle, CommitRequest};
pub use publication::{Publication, VerifiedPublication};
pub use relay_name::RelayName;
pub use requests::{
    AcknowledgeRequest, FetchAnswer, FetchRequest, GetAnswer, GetRequest, Handle, PrekeyStock,
    StoredEnvelope,
};
