//! Members that are devices of accounts (page *Groups*, `GRP-04` and `GRP-07` to `GRP-09`).

pub(in crate::group) mod credential;
mod validator;

use credential::follows;
pub use credential::{LeafCredential, PendingLeafCredential};
pub use validator::{Contacts, DeviceCredentials};
