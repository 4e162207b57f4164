//! One of each format.

use super::{contact, publication};
use crate::vector::{Fields, Topic, counting, fields, items, must};
use crate::world::{NOW, World};
use hacspec_lib::*;
use sceau_spec::octets::{Octets, ascii, empty, repeat, u16_be};
use sceau_spec::pairwise::delivery::{
    AcknowledgeRequest, Bundles, FetchRequest, GetAnswer, GetRequest, PrekeyStock, StoredEnvelope,
    decode_acknowledge_request, decode_fetch_answer, decode_fetch_request, decode_get_answer,
    decode_get_request, decode_prekey_stock, decode_publication, encode_acknowledge_request,
    encode_fetch_answer, encode_fetch_request, encode_get_answer, encode_get_request,
    encode_prekey_stock, encode_publication,
};
use sceau_spec::pairwise::device::own_account;
use sceau_spec::pairwise::identities::{encode_credential, encode_device_list};
use sceau_spec::pairwise::limits::MAX_GET;
use sceau_spec::pairwise::prekeys::encode_published_batch;

/// Requests and answers.
pub fn requests(t: &mut Topic, world: &World) {
    let account = &world.bob.state.account;
    let published = encode_publication(&publication(world));
    must("decode", decode_publication(&published));
    t.valid(
        1,
        "DS-04 PRE-01",
        "a publication of Bob's batch",
        fields! {
            operation: "publication", device_list: encode_device_list(&account.device_list),
            credential: encode_credential(&account.credential),
            published: encode_published_batch(&world.bob.published),
        },
        fields! {},
        fields! { publication: published },
    );
    let request = FetchRequest { account_id: own_account(&world.bob.state), serial: 1 };
    let encoded = encode_fetch_request(&request);
    must("decode", decode_fetch_request(&encoded));
    t.valid(
        2,
        "DS-10",
        "a fetch of the bundle of one device",
        fields! { operation: "fetch_request", account_id: request.account_id, serial: request.serial },
        fields! {},
        fields! { fetch_request: encoded },
    );
    let bundles = Bundles::new(0).push(&world.bob.bundle(None, 1));
    let encoded = encode_fetch_answer(&bundles);
    must("decode", decode_fetch_answer(&encoded));
    t.valid(
        3,
        "DS-06 DS-09",
        "the answer when no one-time key is left",
        fields! { operation: "fetch_answer", bundles_of: "REP-PAIR-001.in.bob_bundle" },
        fields! {},
        fields! { fetch_answer: encoded },
    );
    let request = GetRequest { mailbox_id: contact(world), most: 256 };
    let encoded = encode_get_request(&request);
    must("decode", decode_get_request(&encoded));
    t.valid(
        4,
        "DS-14",
        "what waits in Bob's contact mailbox",
        fields! { operation: "get_request", mailbox_id: request.mailbox_id, most: request.most },
        fields! {},
        fields! { get_request: encoded },
    );
    let stored = |n: u8, message: &str| StoredEnvelope {
        handle: Octets::from_vec(vec![n; 16]),
        expiry: NOW,
        message: ascii(message),
    };
    for (number, about, envelopes, more) in [
        (5, "an empty mailbox, or one that never was", Vec::new(), false),
        (6, "two envelopes, and there are more", vec![stored(1, "one"), stored(2, "two")], true),
        (
            17,
            "three envelopes in another order than they came, and no more",
            vec![stored(3, "three"), stored(1, "one"), stored(2, "two")],
            false,
        ),
    ] {
        let answer = GetAnswer { envelopes: Seq::from_vec(envelopes), more };
        let encoded = encode_get_answer(&answer);
        must("decode", decode_get_answer(&encoded));
        let listed: Vec<Fields> = items(&answer.envelopes)
            .iter()
            .map(|e| fields! { handle: e.handle, expiry: e.expiry, message: e.message })
            .collect();
        t.valid(
            number,
            "DS-14 DS-21",
            about,
            fields! { operation: "get_answer", envelopes: listed, more: answer.more },
            fields! {},
            fields! { get_answer: encoded },
        );
    }
    for (number, clauses, about, of) in [
        (7, "DS-11 DS-14", "both are acknowledged", vec![1, 2]),
        (18, "DS-14 DS-21", "handles in another order, and one twice", vec![2, 1, 2]),
    ] {
        let handles = of.iter().map(|n| stored(*n, "").handle).collect();
        let request =
            AcknowledgeRequest { mailbox_id: contact(world), handles: Seq::from_vec(handles) };
        let encoded = encode_acknowledge_request(&request);
        must("decode", decode_acknowledge_request(&encoded));
        t.valid(
            number,
            clauses,
            about,
            fields! { operation: "acknowledge_request", mailbox_id: request.mailbox_id, handles: items(&request.handles) },
            fields! {},
            fields! { acknowledge_request: encoded },
        );
    }
    stocks(t);
    full(t);
}

/// What is left of a batch.
fn stocks(t: &mut Topic) {
    for (number, about, one_time, kem_one_time) in [
        (8, "three one-time prekeys and a KEM prekey are left", 3, 1),
        (9, "nothing is left", 0, 0),
        (10, "as many as the format can say", u32::MAX, u32::MAX - 1),
    ] {
        let stock = PrekeyStock { one_time, kem_one_time };
        let encoded = encode_prekey_stock(&stock);
        must("decode", decode_prekey_stock(&encoded));
        t.valid(
            number,
            "DS-08",
            about,
            fields! { operation: "prekey_stock", one_time: one_time, kem_one_time: kem_one_time },
            fields! {},
            fields! { prekey_stock: encoded },
        );
    }
}

/// As many as there may be.
fn full(t: &mut Topic) {
    let answer = encode_get_answer(&envelopes(MAX_GET));
    must("decode", decode_get_answer(&answer));
    let acknowledged = encode_acknowledge_request(&handles(MAX_GET));
    must("decode", decode_acknowledge_request(&acknowledged));
    for (number, structure, about, bytes) in [
        (11, "GetAnswer", "as many envelopes as there may be", answer),
        (12, "AcknowledgeRequest", "as many handles as there may be", acknowledged),
    ] {
        t.valid(
            number,
            "DS-14 LIM-01",
            about,
            fields! { operation: "decode", type: structure, bytes: bytes },
            fields! {},
            fields! { count: MAX_GET },
        );
    }
}

/// An answer with that many envelopes.
pub fn envelopes(n: usize) -> GetAnswer {
    let stored = |i: usize| StoredEnvelope {
        handle: repeat(0, 14).concat(&u16_be(i as u16)),
        expiry: NOW,
        message: empty(),
    };
    GetAnswer { envelopes: Seq::from_vec((0..n).map(stored).collect()), more: false }
}

/// The acknowledgement of that many.
pub fn handles(n: usize) -> AcknowledgeRequest {
    let handles = items(&envelopes(n).envelopes).iter().map(|e| e.handle.clone()).collect();
    AcknowledgeRequest { mailbox_id: counting(32), handles: Seq::from_vec(handles) }
}
