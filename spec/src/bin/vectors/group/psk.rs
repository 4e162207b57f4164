//! PSKs.

use super::SUITES;
use crate::vector::{Fields, Topic, fields, items};
use sceau_spec::group::psk::{
    EXTERNAL, PreSharedKey, PreSharedKeyId, PreSharedKeys, RESUMPTION, USAGE_APPLICATION,
    USAGE_BRANCH, USAGE_REINIT, check_psk_nonce, encode_psk_id, psk_secret,
};
use sceau_spec::group::suite::{CipherSuite, nh};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::error::ErrorClass;

/// The i-th PSK of a vector: external ones and resumption ones of each usage by turns.
fn psk(t: &Topic, number: u32, suite: CipherSuite, i: u32) -> PreSharedKey {
    let draw = |name: &str, n: usize| t.draw(number, &format!("{name}.{i}"), n);
    let usage = [0, USAGE_APPLICATION, USAGE_REINIT, USAGE_BRANCH][i as usize % 4];
    let id = PreSharedKeyId { psk_nonce: draw("psk_nonce", nh(suite)), ..Default::default() };
    let id = if usage == 0 {
        PreSharedKeyId { psktype: EXTERNAL, psk_id: draw("psk_id", 10), ..id }
    } else {
        let psk_group_id = draw("psk_group_id", 16);
        PreSharedKeyId { psktype: RESUMPTION, usage, psk_group_id, psk_epoch: 1 << 40, ..id }
    };
    PreSharedKey { id, psk: draw("psk", if i == 4 { 100 } else { 32 }) }
}

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::group("group-psk", "GRP-PSK");
    for (base, suite) in SUITES {
        for (i, count) in [0, 1, 2, 5].into_iter().enumerate() {
            let number = base + i as u32;
            let mut psks = PreSharedKeys::new(0);
            for j in 0..count {
                psks = psks.push(&psk(&t, number, suite, j));
            }
            let all = items(&psks);
            let ids: Vec<Octets> = all.iter().map(|psk| encode_psk_id(&psk.id)).collect();
            let given: Vec<Fields> = all.iter().map(one).collect();
            t.valid(
                number,
                "GRP-32",
                &format!("psk_secret of {count} PSKs"),
                fields! { operation: "psk_secret", cipher_suite: suite, psks: given },
                fields! { psk_ids: ids },
                fields! { psk_secret: psk_secret(suite, &psks) },
            );
        }
        for (i, length) in [0, nh(suite) - 1, nh(suite) + 1].into_iter().enumerate() {
            let number = base + 10 + i as u32;
            let mut id = psk(&t, number, suite, 0).id;
            id.psk_nonce = t.draw(number, "psk_nonce", length);
            t.refused(
                number,
                "GRP-32",
                &format!("a nonce of {length} bytes"),
                fields! { operation: "check_psk_nonce", cipher_suite: suite,
                psk_id: encode_psk_id(&id) },
                check_psk_nonce(suite, &id),
                ErrorClass::Malformed,
            );
        }
    }
    t
}

/// A PSK as it is given.
fn one(psk: &PreSharedKey) -> Fields {
    let id = &psk.id;
    if id.psktype == EXTERNAL {
        fields! { type: id.psktype, psk_id: id.psk_id, psk_nonce: id.psk_nonce, psk: psk.psk }
    } else {
        fields! { type: id.psktype, usage: id.usage, psk_group_id: id.psk_group_id,
        psk_epoch: id.psk_epoch, psk_nonce: id.psk_nonce, psk: psk.psk }
    }
}
