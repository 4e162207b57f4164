//! Proposals in words (`conformance/GROUPS.md`).

use super::forge::Forge;
use super::list::{Item, external_psk, leaf_of_identity, nonce, resumption, suite};
use super::member::Member;
use crate::wire::{Stop, fault, octets};
use sceau_spec::group::key_package::{KeyPackage, read_key_package};
use sceau_spec::group::leaf_node::MLS10;
use sceau_spec::group::proposals::{ADD, Proposal, ReInit};
use sceau_spec::group::psk::USAGE_APPLICATION;
use sceau_spec::group::suite::CipherSuite;
use sceau_spec::octets::{Octets, u16_be};
use sceau_spec::pairwise::codec::{Extension, Extensions, finish, read_rest, read_u16, reader};
use sceau_spec::pairwise::error::ErrorClass;

/// The proposal of words. Of a key package that cannot be decoded the bytes are taken as they are.
pub fn from_words(member: &Member, forge: &mut Forge, words: &str) -> Result<Item, Stop> {
    let (kind, rest) = words.split_once(':').unwrap_or((words, ""));
    match kind {
        "remove" => match leaf_of_identity(&member.tree, &octets(rest)?) {
            Some(leaf) => Ok(Item::value(member.leaf, Proposal::Remove(leaf))),
            None => fault("no member of that identity"),
        },
        "resumption_psk" => match rest.parse() {
            Ok(epoch) => {
                let id = resumption(member, forge, USAGE_APPLICATION, epoch);
                Ok(Item::value(member.leaf, Proposal::PreSharedKey(id)))
            }
            Err(_) => fault("resumption_psk:EPOCH"),
        },
        _ => {
            let mut item = outside(forge, member.suite(), words)?;
            item.sender = Some(member.leaf);
            Ok(item)
        }
    }
}

/// The proposal of words that need no group.
pub fn outside(forge: &mut Forge, own_suite: CipherSuite, words: &str) -> Result<Item, Stop> {
    let (kind, rest) = words.split_once(':').unwrap_or((words, ""));
    let own = 0;
    let proposal = match kind {
        "add" => {
            let message = octets(rest)?;
            let body = message.slice(4.min(message.len()), message.len().saturating_sub(4));
            return Ok(match key_package(&body) {
                Ok(key_package) => Item::value(own, Proposal::Add(key_package)),
                Err(_) => Item::raw(own, u16_be(ADD).concat(&body)),
            });
        }
        "remove_leaf" => match rest.parse() {
            Ok(leaf) => Proposal::Remove(leaf),
            Err(_) => return fault("remove_leaf:INDEX"),
        },
        "external_psk" => {
            let nonce = nonce(own_suite, forge);
            Proposal::PreSharedKey(external_psk(&octets(rest)?, nonce))
        }
        "group_context_extensions" => Proposal::GroupContextExtensions(extensions(rest)?),
        "re_init" => {
            let mut parts = rest.splitn(3, ':');
            let mut next = || parts.next().unwrap_or_default();
            let cipher_suite = suite(next())?;
            let group_id = octets(next())?;
            let extensions = extensions(next())?;
            let version = if forge.is("reinit-version") { 0 } else { MLS10 };
            Proposal::ReInit(ReInit { group_id, version, cipher_suite, extensions })
        }
        _ => return Err(Stop::Unsupported(format!("proposal {kind}"))),
    };
    Ok(Item::value(own, proposal))
}

/// A KeyPackage of any version: the peer adds one that others must refuse.
fn key_package(bytes: &Octets) -> Result<KeyPackage, ErrorClass> {
    let (version, rest) = read_u16(reader(bytes))?;
    let (behind, _) = read_rest(rest)?;
    let (key_package, rest) = read_key_package(reader(&u16_be(MLS10).concat(&behind)))?;
    finish(&rest)?;
    Ok(KeyPackage { version, ..key_package })
}

/// Extensions in words, `TYPE=DATA:…`.
pub fn extensions(words: &str) -> Result<Extensions, Stop> {
    let mut out = Extensions::new(0);
    for word in words.split(':').filter(|word| !word.is_empty()) {
        let (number, data) = word.split_once('=').unwrap_or_default();
        let extension_type = suite(number)?;
        out = out.push(&Extension { extension_type, data: octets(data)? });
    }
    Ok(out)
}
