//! What a relay is asked, what it answers, and who may ask (`DeliveryAuth`).

use crate::vector::{Fields, Topic, counting, edit, fields, items, join, must};
use crate::world::{NOW, World};
use hacspec_lib::*;
use sceau_spec::octets::{Octets, ascii, byte};
use sceau_spec::pairwise::delivery::{
    AcknowledgeRequest, Bundles, FetchRequest, GetAnswer, GetRequest, Publication, StoredEnvelope,
    decode_acknowledge_request, decode_fetch_answer, decode_fetch_request, decode_get_answer,
    decode_get_request, decode_publication, encode_acknowledge_request, encode_fetch_answer,
    encode_fetch_request, encode_get_answer, encode_get_request, encode_publication,
};
use sceau_spec::pairwise::delivery_auth::{
    ACKNOWLEDGE, DeliveryAuth, DeliveryAuthTbs, GET, PUBLISH, check_delivery_auth,
    check_publication, decode_delivery_auth, delivery_auth, encode_delivery_auth,
    encode_delivery_auth_tbs,
};
use sceau_spec::pairwise::device::{own_account, own_contact_mailbox};
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::envelope::Mailboxes;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::{DeviceLists, encode_credential, encode_device_list};
use sceau_spec::pairwise::kdf::{sign_content, sign_with_label};
use sceau_spec::pairwise::labels::{DELIVERY, PREKEY_BATCH};
use sceau_spec::pairwise::prekeys::{
    PrekeyBatchTbs, TypedSignature, TypedSignatures, encode_published_batch, sign_batch,
};
use sceau_spec::pairwise::suite::ED25519;

/// The vectors.
pub fn topic(world: &World) -> Topic {
    let mut t = Topic::new("delivery-service", "DS-REL");
    requests(&mut t, world);
    malformed(&mut t);
    authorised(&mut t, world);
    publications(&mut t, world);
    t
}

/// What Bob publishes.
fn publication(world: &World) -> Publication {
    Publication {
        device_lists: DeviceLists::new(0).push(&world.bob.state.account.device_list),
        credential: world.bob.state.account.credential.clone(),
        batch: world.bob.published.clone(),
    }
}

fn contact(world: &World) -> Octets {
    own_contact_mailbox(&world.bob.state)
}

/// One of each format.
fn requests(t: &mut Topic, world: &World) {
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
            "DS-14",
            about,
            fields! { operation: "get_answer", envelopes: listed, more: answer.more },
            fields! {},
            fields! { get_answer: encoded },
        );
    }
    let handles = Mailboxes::new(0).push(&stored(1, "").handle).push(&stored(2, "").handle);
    let request = AcknowledgeRequest { mailbox_id: contact(world), handles };
    let encoded = encode_acknowledge_request(&request);
    must("decode", decode_acknowledge_request(&encoded));
    t.valid(
        7,
        "DS-11 DS-14",
        "both are acknowledged",
        fields! { operation: "acknowledge_request", mailbox_id: request.mailbox_id, handles: items(&request.handles) },
        fields! {},
        fields! { acknowledge_request: encoded },
    );
}

/// Encodings that are none.
fn malformed(t: &mut Topic) {
    let mailbox = counting(32);
    let version = |encoded: &Octets| {
        let mut out = encoded.clone();
        out[0usize] = 1;
        out
    };
    let get = encode_get_request(&GetRequest { mailbox_id: mailbox.clone(), most: 1 });
    let fetch = encode_fetch_request(&FetchRequest { account_id: counting(32), serial: 0 });
    let empty_answer = encode_get_answer(&GetAnswer::default());
    let handles = |n: u8| byte(0).concat(&mailbox).concat(&byte(n)).concat(&counting(n));
    let auth = encode_delivery_auth(&DeliveryAuth {
        tbs: DeliveryAuthTbs {
            challenge: counting(32),
            action: GET,
            account_id: counting(32),
            serial: 1,
            request_hash: counting(32),
        },
        signatures: TypedSignatures::new(0),
    });
    must("decode", decode_delivery_auth(&auth));
    let with_action = |action: u8| {
        let mut out = auth.clone();
        out[33usize] = action;
        out
    };
    let verdict = |structure: &str, bytes: &Octets| match structure {
        "FetchRequest" => decode_fetch_request(bytes).map(|_| ()),
        "FetchAnswer" => decode_fetch_answer(bytes).map(|_| ()),
        "GetRequest" => decode_get_request(bytes).map(|_| ()),
        "GetAnswer" => decode_get_answer(bytes).map(|_| ()),
        "AcknowledgeRequest" => decode_acknowledge_request(bytes).map(|_| ()),
        "DeliveryAuth" => decode_delivery_auth(bytes).map(|_| ()),
        _ => decode_publication(bytes).map(|_| ()),
    };
    let (malformed, unsupported) = (ErrorClass::Malformed, ErrorClass::UnsupportedVersion);
    for (number, clauses, about, structure, bytes, class) in [
        (20, "ID-01", "version 1", "GetRequest", version(&get), unsupported),
        (21, "ENC-02", "a byte behind it", "GetRequest", get.concat(&byte(0)), malformed),
        (22, "ENC-04", "most is missing", "GetRequest", get.slice(0, 33), malformed),
        (23, "ID-01", "version 1", "FetchRequest", version(&fetch), unsupported),
        (24, "ENC-02", "a byte behind it", "FetchRequest", fetch.concat(&byte(0)), malformed),
        (
            25,
            "ENC-05",
            "more is 2",
            "GetAnswer",
            byte(0).concat(&byte(0)).concat(&byte(2)),
            malformed,
        ),
        (26, "ENC-02", "more is missing", "GetAnswer", empty_answer.slice(0, 2), malformed),
        (27, "DS-15", "a handle of 15 bytes", "AcknowledgeRequest", handles(15), malformed),
        (28, "DS-15", "a handle and a half", "AcknowledgeRequest", handles(24), malformed),
        (29, "ENC-05", "action 0", "DeliveryAuth", with_action(0), malformed),
        (30, "ENC-05", "action 7", "DeliveryAuth", with_action(7), malformed),
        (31, "ID-01", "version 1", "DeliveryAuth", version(&auth), unsupported),
        (32, "ENC-02", "a byte behind it", "DeliveryAuth", auth.concat(&byte(0)), malformed),
        (33, "ID-01", "version 1", "FetchAnswer", byte(1).concat(&byte(0)), unsupported),
        (34, "ID-20", "no device list", "Publication", byte(0).concat(&byte(0)), malformed),
    ] {
        let read = verdict(structure, &bytes);
        let input = fields! { operation: "decode", type: structure, bytes: bytes };
        t.refused(number, clauses, about, input, read, class);
    }
}

fn authorised(t: &mut Topic, world: &World) {
    let bob = &world.bob;
    let credential = &bob.state.account.credential;
    let key = &bob.enrolment.identity_sign;
    let get = encode_get_request(&GetRequest { mailbox_id: contact(world), most: 256 });
    let acknowledge = encode_acknowledge_request(&AcknowledgeRequest {
        mailbox_id: contact(world),
        handles: Mailboxes::new(0).push(&counting(16)),
    });
    let publish = encode_publication(&publication(world));
    for (number, about, action, request, whole) in [
        (40, "a get on a contact mailbox", GET, &get, true),
        (41, "an acknowledgement", ACKNOWLEDGE, &acknowledge, true),
        (42, "the publication of DS-REL-001", PUBLISH, &publish, false),
    ] {
        let challenge = t.draw(number, "challenge", 32);
        let auth = delivery_auth(&challenge, action, request, credential, key);
        must("fits", check_delivery_auth(&auth, &challenge, action, request, credential));
        let encoded = encode_delivery_auth(&auth);
        must("decode", decode_delivery_auth(&encoded));
        let mut input = fields! {
            operation: "delivery_auth", challenge: challenge, action: action,
            account_id: auth.tbs.account_id, serial: auth.tbs.serial, identity_sign: key,
        };
        if whole {
            input = join(input, fields! { request: request });
        } else {
            input = join(input, fields! { request_of: "DS-REL-001.out.publication" });
        }
        let tbs = encode_delivery_auth_tbs(&auth.tbs);
        t.valid(
            number,
            "DS-02 ENC-09",
            about,
            input,
            fields! { request_hash: auth.tbs.request_hash, tbs: tbs, sign_content: sign_content(DELIVERY, &tbs) },
            fields! { delivery_auth: encoded },
        );
    }
    // What does not fit: what the relay expects is that of vector 40's form.
    let challenge = t.draw(50, "challenge", 32);
    let good = delivery_auth(&challenge, GET, &get, credential, key);
    let signed = |tbs: DeliveryAuthTbs, private: &Octets, label: &str| {
        let signature = sign_with_label(private, label, &encode_delivery_auth_tbs(&tbs));
        let signatures = TypedSignatures::new(0);
        DeliveryAuth {
            tbs,
            signatures: signatures.push(&TypedSignature { key_type: ED25519, signature }),
        }
    };
    let with = |change: fn(&mut DeliveryAuthTbs)| {
        let mut tbs = good.tbs.clone();
        change(&mut tbs);
        signed(tbs, key, DELIVERY)
    };
    let mut corrupted = good.clone();
    corrupted.signatures[0usize].signature[0usize] ^= 1;
    let unsigned = DeliveryAuth { signatures: TypedSignatures::new(0), ..good.clone() };
    let mut unknown = good.clone();
    unknown.signatures[0usize].key_type = 0x0002;
    for (number, about, auth) in [
        (50, "another challenge", with(|tbs| tbs.challenge[0usize] ^= 1)),
        (51, "another action", with(|tbs| tbs.action = ACKNOWLEDGE)),
        (52, "another account", with(|tbs| tbs.account_id[0usize] ^= 1)),
        (53, "another device", with(|tbs| tbs.serial = 2)),
        (54, "another request", with(|tbs| tbs.request_hash[0usize] ^= 1)),
        (55, "a signature with a bit changed", corrupted),
        (56, "no signature", unsigned),
        (57, "a signature of unknown type alone", unknown),
        (58, "signed under another label", signed(good.tbs.clone(), key, PREKEY_BATCH)),
        (
            59,
            "signed by the account key",
            signed(good.tbs.clone(), &bob.enrolment.account_key, DELIVERY),
        ),
    ] {
        let result = check_delivery_auth(&auth, &challenge, GET, &get, credential);
        t.refused(
            number,
            "DS-02",
            about,
            fields! {
                operation: "check_delivery_auth", challenge: challenge, action: GET, request: get,
                credential_of: "DS-REL-001.in.credential", delivery_auth: encode_delivery_auth(&auth),
            },
            result,
            ErrorClass::BadSignature,
        );
    }
}

fn publications(t: &mut Topic, world: &World) {
    let bob = &world.bob;
    let honest = publication(world);
    let policy = &world.policy;
    let account = &bob.state.account;
    let check = |publication: &Publication, last: u32, now: u64| {
        check_publication(publication, &Some(account.device_list.clone()), last, now, policy)
    };
    must("publication", check(&honest, 0, NOW));
    t.valid(
        71,
        "DS-04 PRE-10",
        "a first batch, of a device whose list the relay has",
        fields! {
            operation: "check_publication", publication_of: "DS-REL-001.out.publication",
            device_list_of: "DS-REL-001.in.device_list", last_generation: 0, now: NOW,
        },
        fields! {},
        fields! { list_number: account.device_list.tbs.number },
    );
    let key = &bob.enrolment.identity_sign;
    let mut bad_signature = honest.clone();
    bad_signature.batch.batch.signatures[0usize].signature[0usize] ^= 1;
    let resigned = |change: fn(&mut PrekeyBatchTbs)| {
        let mut out = honest.clone();
        let mut tbs = honest.batch.batch.tbs.clone();
        change(&mut tbs);
        out.batch.batch = sign_batch(tbs, key);
        out
    };
    let mut bad_path = honest.clone();
    let last = bad_path.batch.prekeys.len() - 1;
    bad_path.batch.prekeys[last].path[0usize] ^= 1;
    let mut older = honest.clone();
    let mut list = account.device_list.tbs.clone();
    list.issued_at -= 1;
    older.device_lists = DeviceLists::new(0).push(&sign_device_list(
        list,
        &bob.enrolment.account_key,
        &Cosigners::default(),
    ));
    for (number, clauses, about, publication, last_generation, now, class) in [
        (
            80,
            "DS-04",
            "the generation of the last batch",
            honest.clone(),
            1,
            NOW,
            ErrorClass::Rollback,
        ),
        (
            81,
            "DS-04 PRE-03",
            "the batch's signature does not verify",
            bad_signature,
            0,
            NOW,
            ErrorClass::BadSignature,
        ),
        (
            82,
            "DS-04 PRE-07",
            "another credential's batch",
            resigned(|tbs| tbs.credential_ref[0usize] ^= 1),
            0,
            NOW,
            ErrorClass::IdentityMismatch,
        ),
        (
            83,
            "DS-04 PRE-08",
            "the batch has expired",
            honest.clone(),
            0,
            honest.batch.batch.tbs.expiry,
            ErrorClass::Expired,
        ),
        (84, "DS-04 PRE-10", "a wrong path of the last key", bad_path, 0, NOW, ErrorClass::BadPath),
        (
            85,
            "DS-04 PRE-10",
            "another root",
            resigned(|tbs| tbs.root[0usize] ^= 1),
            0,
            NOW,
            ErrorClass::BadPath,
        ),
        (
            86,
            "DS-04 ID-06",
            "another list of the number of the one that the relay has",
            older,
            0,
            NOW,
            ErrorClass::Rollback,
        ),
    ] {
        let result = check(&publication, last_generation, now);
        let base = encode_publication(&honest);
        let altered = encode_publication(&publication);
        let mut input = fields! {
            operation: "check_publication", device_list_of: "DS-REL-001.in.device_list",
            last_generation: last_generation, now: now,
        };
        let more = if base == altered {
            fields! { publication_of: "DS-REL-001.out.publication" }
        } else {
            fields! { publication_edit: edit("DS-REL-001.out.publication", &base, &altered) }
        };
        input = join(input, more);
        t.refused(number, clauses, about, input, result, class);
    }
}
