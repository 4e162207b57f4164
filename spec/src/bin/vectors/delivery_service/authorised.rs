//! `DeliveryAuth`: what fits and what does not.

use super::{RELAY, contact, publication};
use crate::vector::{Topic, counting, fields, items, join, must, put};
use crate::world::{NOW, World};
use sceau_spec::octets::{Octets, ascii, empty, repeat};
use sceau_spec::pairwise::delivery::{
    AcknowledgeRequest, FetchRequest, GetRequest, encode_acknowledge_request, encode_fetch_request,
    encode_get_request, encode_publication,
};
use sceau_spec::pairwise::delivery_auth::{
    ACKNOWLEDGE, COMMIT, DeliveryAuth, DeliveryAuthTbs, FETCH, GET, PUBLISH, PUT, RelayNames,
    check_delivery_auth, decode_delivery_auth, delivery_auth, encode_delivery_auth,
    encode_delivery_auth_tbs,
};
use sceau_spec::pairwise::device::own_contact_mailbox;
use sceau_spec::pairwise::envelope::{Envelope, Mailboxes, encode_envelope};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::encode_credential;
use sceau_spec::pairwise::kdf::{sign_content, sign_with_label};
use sceau_spec::pairwise::labels::{DELIVERY, PREKEY_BATCH};
use sceau_spec::pairwise::prekeys::{TypedSignature, TypedSignatures};
use sceau_spec::pairwise::suite::ED25519;

/// What devices sign.
pub fn made(t: &mut Topic, world: &World) {
    let bob = &world.bob;
    let credential = &bob.state.account.credential;
    let key = &bob.enrolment.identity_sign;
    let get = encode_get_request(&GetRequest { mailbox_id: contact(world), most: 256 });
    let acknowledge = encode_acknowledge_request(&AcknowledgeRequest {
        mailbox_id: contact(world),
        handles: Mailboxes::new(0).push(&counting(16)),
    });
    let publish = encode_publication(&publication(world));
    let longest = "a".repeat(255);
    for (number, about, name, action, request, whole) in [
        (40, "a get on a contact mailbox", RELAY, GET, &get, true),
        (41, "an acknowledgement", RELAY, ACKNOWLEDGE, &acknowledge, true),
        (42, "the publication of DS-REL-001", RELAY, PUBLISH, &publish, false),
        (43, "at another relay", "other.example", GET, &get, true),
        (44, "a relay's name as long as one may be", &longest, GET, &get, true),
    ] {
        let challenge = t.draw(number, "challenge", 32);
        let relay = ascii(name);
        let auth = delivery_auth(&challenge, &relay, action, request, credential, key);
        let auth = must("delivery_auth", auth);
        let names = RelayNames::new(0).push(&relay);
        must("fits", check_delivery_auth(&auth, &challenge, &names, action, request, credential));
        let encoded = encode_delivery_auth(&auth);
        must("decode", decode_delivery_auth(&encoded));
        let mut input = fields! {
            operation: "delivery_auth", challenge: challenge, relay: relay, action: action,
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
            "DS-02 DS-03 ENC-09",
            about,
            input,
            fields! { request_hash: auth.tbs.request_hash, tbs: tbs, sign_content: sign_content(DELIVERY, &tbs) },
            fields! { delivery_auth: encoded },
        );
    }
}

/// What does not fit: what the relay expects is that of vector 40's form.
pub fn refused(t: &mut Topic, world: &World) {
    let bob = &world.bob;
    let credential = &bob.state.account.credential;
    let key = &bob.enrolment.identity_sign;
    let get = encode_get_request(&GetRequest { mailbox_id: contact(world), most: 256 });
    let relay = ascii(RELAY);
    let names = RelayNames::new(0).push(&relay);
    let challenge = t.draw(50, "challenge", 32);
    let good = must("good", delivery_auth(&challenge, &relay, GET, &get, credential, key));
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
    let elsewhere = ascii("other.example");
    let elsewhere = delivery_auth(&challenge, &elsewhere, GET, &get, credential, key);
    let mut renamed = must("elsewhere", elsewhere);
    renamed.tbs.relay = relay.clone();
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
        (60, "another relay", with(|tbs| tbs.relay = ascii("other.example"))),
        (61, "a part of the relay's name", with(|tbs| tbs.relay = ascii("relay"))),
        (62, "the relay's name and more", with(|tbs| tbs.relay = ascii("relay.example."))),
        (63, "the relay's name in capitals", with(|tbs| tbs.relay = ascii("RELAY.EXAMPLE"))),
        (64, "the relay's name put in afterwards", renamed),
    ] {
        let result = check_delivery_auth(&auth, &challenge, &names, GET, &get, credential);
        t.refused(
            number,
            "DS-02",
            about,
            fields! {
                operation: "check_delivery_auth", challenge: challenge, relays: items(&names),
                action: GET, request: get, credential_of: "DS-REL-001.in.credential",
                delivery_auth: encode_delivery_auth(&auth),
            },
            result,
            ErrorClass::BadSignature,
        );
    }
    let input = |names: &RelayNames, action: u8, auth: &DeliveryAuth| {
        fields! {
            operation: "check_delivery_auth", challenge: challenge, relays: items(names),
            action: action, request: get, credential_of: "DS-REL-001.in.credential",
            delivery_auth: encode_delivery_auth(auth),
        }
    };
    let two = RelayNames::new(0).push(&ascii("other.example")).push(&relay);
    must("fits", check_delivery_auth(&good, &challenge, &two, GET, &get, credential));
    let about = "a relay of two names, under the second";
    t.valid(65, "DS-02 DS-03", about, input(&two, GET, &good), fields! {}, fields! {});
    let commit = with(|tbs| tbs.action = COMMIT);
    let result = check_delivery_auth(&commit, &challenge, &names, COMMIT, &get, credential);
    let about = "a commit, for which no device signs";
    let class = ErrorClass::Malformed;
    t.refused(66, "DS-02", about, input(&names, COMMIT, &commit), result, class);
    let mut nothing_fits = commit.clone();
    nothing_fits.tbs.challenge[0usize] ^= 1;
    nothing_fits.signatures = TypedSignatures::new(0);
    for (number, about, auth) in [
        (105, "a get, with a DeliveryAuth of action commit", commit),
        (106, "the same with another challenge and unsigned: the action comes first", nothing_fits),
    ] {
        let result = check_delivery_auth(&auth, &challenge, &names, GET, &get, credential);
        t.refused(number, "DS-02", about, input(&names, GET, &auth), result, class);
    }
    for (number, about, name) in [
        (67, "a relay without a name", empty()),
        (68, "a relay's name of 256 bytes", repeat(0x61, 256)),
    ] {
        let result = delivery_auth(&challenge, &name, GET, &get, credential, key);
        let input = fields! {
            operation: "delivery_auth", challenge: challenge, relay: name, action: GET,
            account_id: good.tbs.account_id, serial: good.tbs.serial, identity_sign: key,
            request: get,
        };
        t.refused(number, "DS-03", about, input, result, ErrorClass::Malformed);
    }
    others(t, world, &names);
}

/// Requests that are not of the device that has signed.
fn others(t: &mut Topic, world: &World, names: &RelayNames) {
    let (alice, bob) = (&world.alice, &world.bob);
    let challenge = t.draw(50, "challenge", 32);
    let relay = ascii(RELAY);
    let get = |mailbox_id: &Octets| {
        encode_get_request(&GetRequest { mailbox_id: mailbox_id.clone(), most: 256 })
    };
    let of_alice = own_contact_mailbox(&alice.state);
    let handles = Mailboxes::new(0).push(&counting(16));
    let acknowledge = AcknowledgeRequest { mailbox_id: of_alice.clone(), handles };
    let acknowledge = encode_acknowledge_request(&acknowledge);
    let whole = get(&contact(world));
    let short = whole.slice(0, whole.len() - 1);
    let publish = encode_publication(&publication(world));
    let fetch = FetchRequest { account_id: bob.account(), serial: 1 };
    let fetch = encode_fetch_request(&fetch);
    let envelope = Envelope { mailbox_id: contact(world), expiry: NOW, message: ascii("message") };
    let put_whole = encode_envelope(&envelope);
    let cut = |request: &Octets| request.slice(0, request.len() - 1);
    let (signature, malformed) = (ErrorClass::BadSignature, ErrorClass::Malformed);
    for (number, about, action, request, who, class) in [
        (69, "a get on another device's contact mailbox", GET, get(&of_alice), bob, signature),
        (70, "an acknowledgement there", ACKNOWLEDGE, acknowledge, bob, signature),
        (74, "a get on no contact mailbox", GET, get(&repeat(7, 32)), bob, signature),
        (72, "the publication of another device", PUBLISH, publish, alice, signature),
        (73, "a request that is short of a byte", GET, short, bob, malformed),
        (75, "a fetch, for which there is no DeliveryAuth", FETCH, fetch.clone(), bob, signature),
        (76, "a put, for which there is none", PUT, put_whole.clone(), bob, signature),
        (77, "a fetch that is short of a byte", FETCH, cut(&fetch), bob, malformed),
        (78, "a put that is short of a byte", PUT, cut(&put_whole), bob, malformed),
    ] {
        let credential = &who.state.account.credential;
        let key = &who.enrolment.identity_sign;
        let auth = delivery_auth(&challenge, &relay, action, &request, credential, key);
        let auth = must(about, auth);
        let result = check_delivery_auth(&auth, &challenge, names, action, &request, credential);
        let mut input = fields! {
            operation: "check_delivery_auth", challenge: challenge, relays: items(names),
            action: action, credential: encode_credential(credential),
            delivery_auth: encode_delivery_auth(&auth),
        };
        if action == PUBLISH {
            put(&mut input, "request_of", "DS-REL-001.out.publication");
        } else {
            put(&mut input, "request", request);
        }
        t.refused(number, "DS-02", about, input, result, class);
    }
}
