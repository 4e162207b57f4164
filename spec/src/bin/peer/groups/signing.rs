//! Signatures that the peer makes (§5.1.2), those that another rule than the pinned one takes among them
//! (`[GRP-12]`).

use super::forge::{Forge, flipped};
use crate::forge::signature::{kind, message_under_neutral, neutral_key, sign_message};
use sceau_spec::group::crypto::labelled_content;
use sceau_spec::group::suite::{CipherSuite, sign as honest};
use sceau_spec::octets::Octets;

/// SignWithLabel, of an object that deviations know by a name: `<object>-bad-signature` is wrong in one bit.
pub fn sign(
    forge: &Forge,
    object: &str,
    suite: CipherSuite,
    private_key: &Octets,
    label: &str,
    content: &Octets,
) -> Octets {
    let message = labelled_content(label, content);
    if forge.is(&format!("{object}-bad-signature")) {
        return flipped(&honest(suite, private_key, &message));
    }
    if let Some(kind) = kind(object, forge.names()) {
        forge.is(&format!("{object}-signature{kind}"));
        return sign_message(kind, private_key, &message);
    }
    honest(suite, private_key, &message)
}

/// The neutral element as the signature key of a leaf.
pub fn neutral(forge: &Forge) -> Option<Octets> {
    if forge.is("leaf-signature-key-small-order") {
        return Some(neutral_key(true));
    }
    forge.is("leaf-signature-key-noncanonical").then(|| neutral_key(false))
}

/// A signature under it.
pub fn under_neutral(seed: &Octets, label: &str, content: &Octets) -> Octets {
    message_under_neutral(seed, &labelled_content(label, content))
}
