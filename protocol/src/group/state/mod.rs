//! A group's state as keyed records.
//!
//! | kind | id | body |
//! |---|---|---|
//! | head | | number of changes so far, status |
//! | epoch | | context, secrets, identity, sizes |
//! | leaf, parent | index | a node of the tree |
//! | private | node | an HPKE private key |
//! | secret node | epoch, node | a node of a secret tree |
//! | ratchet | epoch, leaf, kind | a sender ratchet with its skipped keys |
//! | past | epoch | what late messages of a past epoch need |
//! | resumption | epoch | a resumption key |
//! | proposal, update | reference, key | a proposal of this epoch; the private side of an Update of one's own |
//! | pending | | a commit of one's own that is not merged |
//!
//! A message changes a ratchet, the first of a sender some nodes of the secret tree as well, and the head: a few
//! hundred bytes. The caller keeps the records of each group apart, and seals them: they hold private keys.
//!
//! ```text
//! call, such as encrypt
//! begin transaction
//!   stored head's number (0 if none) == changes.expected()   else  stale_state
//!   for each change: replace or delete the record
//!   put the outgoing message beside them
//! commit
//! send
//! ```

mod body;
mod key;
mod load;
mod message;
mod pending;
mod write;

pub use key::{GroupChange, GroupChanges, GroupRecordKey, GroupRecordKind};
pub(crate) use key::{Key, Touched};
pub use message::StoredGroup;
