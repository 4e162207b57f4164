//! Protection of messages (RFC 9420 §6).

mod auth;
mod private;
mod public;

pub(crate) use auth::{confirmation_tag, framed_content_tbs, sign_content, verify_content};
#[cfg(test)]
pub(crate) use private::tests_guarded;
pub(crate) use private::{
    PrivateKeys, SenderData, check_bucket, open_content, open_sender_data, protect_private,
    sender_data_keys,
};
pub(crate) use public::{protect_public, verify_membership};
