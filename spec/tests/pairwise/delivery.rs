//! What a relay and its devices exchange, and a list that is signed anew.

use crate::party::{DAY, Party, conversation};
use hacspec_lib::*;
use sceau_spec::octets::{Octets, ascii, byte, repeat};
use sceau_spec::pairwise::delivery::{
    AcknowledgeRequest, Bundles, FetchRequest, GetAnswer, GetRequest, PrekeyStock, Publication,
    StoredEnvelope, decode_acknowledge_request, decode_fetch_answer, decode_get_answer,
    decode_prekey_stock, encode_acknowledge_request, encode_fetch_answer, encode_fetch_request,
    encode_get_answer, encode_get_request, encode_prekey_stock, encode_publication,
};
use sceau_spec::pairwise::delivery_auth::{
    ACKNOWLEDGE, COMMIT, FETCH, GET, PUBLISH, PUT, RelayNames, check_delivery_auth,
    decode_delivery_auth, delivery_auth, encode_delivery_auth,
};
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::enrolment::identity_sign;
use sceau_spec::pairwise::envelope::{Envelope, encode_envelope};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::DEVICE_LISTS;
use sceau_spec::pairwise::identities::{DeviceLists, encode_credential, encode_device_lists};
use sceau_spec::pairwise::limits::{MAX_DEVICES, MAX_GET};
use sceau_spec::pairwise::pairs::pinned_list;
use sceau_spec::pairwise::prekeys::{
    ProvenPrekey, PublishedBatch, decode_published_batch, encode_published_batch,
};
use sceau_spec::pairwise::state::{AccountState, DeviceState};
use sceau_spec::pairwise::typed_keys::TypedKeys;

const MALFORMED: Option<ErrorClass> = Some(ErrorClass::Malformed);

#[test]
fn what_is_listed_is_bounded() {
    let bob = Party::new("bob");
    let bundle = bob.bundle(None, 1);
    let bundles = |n: usize| encode_fetch_answer(&Bundles::from_vec(vec![bundle.clone(); n]));
    let read = decode_fetch_answer(&bundles(MAX_DEVICES)).unwrap();
    assert_eq!(read.len(), MAX_DEVICES);
    assert_eq!(decode_fetch_answer(&bundles(MAX_DEVICES + 1)).err(), MALFORMED);
    let envelope = StoredEnvelope { handle: repeat(1, 16), expiry: 3600, message: ascii("m") };
    let answer = |n: usize| {
        let envelopes = Seq::from_vec(vec![envelope.clone(); n]);
        encode_get_answer(&GetAnswer { envelopes, more: true })
    };
    assert_eq!(decode_get_answer(&answer(MAX_GET)).unwrap().envelopes.len(), MAX_GET);
    assert_eq!(decode_get_answer(&answer(MAX_GET + 1)).err(), MALFORMED);
    let request = |n: usize| {
        let handles = Seq::from_vec(vec![repeat(1, 16); n]);
        encode_acknowledge_request(&AcknowledgeRequest { mailbox_id: repeat(2, 32), handles })
    };
    assert_eq!(decode_acknowledge_request(&request(MAX_GET)).unwrap().handles.len(), MAX_GET);
    assert_eq!(decode_acknowledge_request(&request(MAX_GET + 1)).err(), MALFORMED);
}

#[test]
fn a_stock_is_read_as_it_was_written() {
    let stock = encode_prekey_stock(&PrekeyStock { one_time: 3, kem_one_time: u32::MAX });
    assert_eq!(stock.to_hex(), "0000000003ffffffff");
    let read = decode_prekey_stock(&stock).unwrap();
    assert_eq!((read.one_time, read.kem_one_time), (3, u32::MAX));
    assert_eq!(decode_prekey_stock(&stock.concat(&byte(0))).err(), MALFORMED);
    assert_eq!(decode_prekey_stock(&stock.slice(0, 8)).err(), MALFORMED);
}

#[test]
fn a_published_batch_has_each_key_once() {
    let mut bob = Party::new("bob");
    let published = bob.batch(2, 1);
    let keys: Vec<ProvenPrekey> =
        (0..published.prekeys.len()).map(|i| published.prekeys[i].clone()).collect();
    let with = |order: &[usize]| {
        let prekeys = Seq::from_vec(order.iter().map(|i| keys[*i].clone()).collect());
        decode_published_batch(&encode_published_batch(&PublishedBatch {
            prekeys,
            ..published.clone()
        }))
    };
    assert!(with(&[0, 1, 2, 3, 4]).is_ok());
    for order in [&[0, 1, 2, 3][..], &[0, 1, 2, 3, 4, 4], &[0, 1, 2, 4, 3], &[0, 1, 2, 3, 3], &[]] {
        assert_eq!(with(order).err(), MALFORMED, "{order:?}");
    }
}

#[test]
fn a_signature_for_one_relay_is_none_for_another() {
    let bob = Party::new("bob");
    let credential = &bob.state.account.credential;
    let key = identity_sign(&bob.state).unwrap();
    let challenge = repeat(1, 32);
    let get = |mailbox_id| encode_get_request(&GetRequest { mailbox_id, most: 1 });
    let request = get(device::own_contact_mailbox(&bob.state));
    let names =
        |names: &[&str]| RelayNames::from_vec(names.iter().map(|name| ascii(name)).collect());
    let sign = |name: &Octets| delivery_auth(&challenge, name, GET, &request, credential, &key);
    let auth = sign(&ascii("relay.example")).unwrap();
    let encoded = encode_delivery_auth(&auth);
    assert_eq!(encode_delivery_auth(&decode_delivery_auth(&encoded).unwrap()), encoded);
    let check = |known: &[&str], action: u8| {
        check_delivery_auth(&auth, &challenge, &names(known), action, &request, credential)
    };
    assert!(check(&["relay.example"], GET).is_ok());
    assert!(check(&["r", "relay.example"], GET).is_ok());
    for known in [&[][..], &["relay.example."], &["relay"], &["Relay.example"]] {
        assert_eq!(check(known, GET).err(), Some(ErrorClass::BadSignature), "{known:?}");
    }
    for action in [PUBLISH, FETCH, PUT, ACKNOWLEDGE, COMMIT] {
        assert_eq!(check(&["relay.example"], action).err(), MALFORMED);
    }
    // There is no `DeliveryAuth` for a fetch or a put.
    let fetch = FetchRequest { account_id: credential.tbs.account_id.clone(), serial: 1 };
    let put = Envelope { mailbox_id: repeat(7, 32), expiry: 3600, message: ascii("hi") };
    for (action, request) in [(FETCH, encode_fetch_request(&fetch)), (PUT, encode_envelope(&put))] {
        let name = ascii("relay.example");
        let auth = delivery_auth(&challenge, &name, action, &request, credential, &key).unwrap();
        let names = names(&["relay.example"]);
        let checked = check_delivery_auth(&auth, &challenge, &names, action, &request, credential);
        assert_eq!(checked.err(), Some(ErrorClass::BadSignature));
    }
    for n in [0, 256] {
        assert_eq!(sign(&repeat(0x61, n)).err(), MALFORMED);
        let mut named = auth.clone();
        named.tbs.relay = repeat(0x61, n);
        assert_eq!(decode_delivery_auth(&encode_delivery_auth(&named)).err(), MALFORMED);
    }
}

#[test]
fn a_signature_is_for_the_own_contact_mailbox_and_publication() {
    let (mut alice, mut bob) = (Party::new("alice"), Party::new("bob"));
    let (challenge, relay) = (repeat(1, 32), ascii("relay.example"));
    let publication = |party: &mut Party| {
        let batch = party.batch(0, 0);
        let own = &party.state.account;
        encode_publication(&Publication {
            device_lists: DeviceLists::new(0).push(&own.device_list),
            credential: own.credential.clone(),
            batch,
        })
    };
    let get = |party: &Party| {
        let mailbox_id = device::own_contact_mailbox(&party.state);
        encode_get_request(&GetRequest { mailbox_id, most: 1 })
    };
    let acknowledge = |party: &Party| {
        let mailbox_id = device::own_contact_mailbox(&party.state);
        let handles = Seq::from_vec(vec![repeat(1, 16)]);
        encode_acknowledge_request(&AcknowledgeRequest { mailbox_id, handles })
    };
    let requests = [&mut alice, &mut bob].map(|party| {
        [(PUBLISH, publication(party)), (GET, get(party)), (ACKNOWLEDGE, acknowledge(party))]
    });
    for (asked, requests) in requests.iter().enumerate() {
        for (signer, party) in [&alice, &bob].into_iter().enumerate() {
            let credential = &party.state.account.credential;
            let key = identity_sign(&party.state).unwrap();
            for (action, request) in requests {
                let auth = delivery_auth(&challenge, &relay, *action, request, credential, &key);
                let names = RelayNames::new(0).push(&relay);
                let auth = auth.unwrap();
                let verdict =
                    check_delivery_auth(&auth, &challenge, &names, *action, request, credential);
                let own = asked == signer;
                assert_eq!(verdict.err(), (!own).then_some(ErrorClass::BadSignature), "{action}");
            }
        }
    }
}

#[test]
fn a_list_signed_anew_is_announced() {
    let (mut alice, mut bob, session) = conversation();
    let before = alice.state.account.clone();
    alice.now += 15 * DAY;
    bob.now = alice.now;
    alice.take(device::reissue_list(&alice.state, alice.now, &alice.policy).unwrap());
    let after = alice.state.account.clone();
    assert_eq!(after.device_list.tbs.number, before.device_list.tbs.number + 1);
    assert_eq!(after.device_list.tbs.issued_at, alice.now);
    assert_eq!(after.device_list.attestations.len(), 2);
    assert_eq!(encode_credential(&after.credential), encode_credential(&before.credential));
    let body = encode_device_lists(&DeviceLists::new(0).push(&after.device_list));
    let sent = alice.try_send_frame(&session, DEVICE_LISTS, &body).unwrap();
    bob.try_receive(&sent).unwrap();
    let pinned = pinned_list(&bob.state, &alice.account()).unwrap();
    assert_eq!(pinned.tbs.number, after.device_list.tbs.number);
    bob.receive(&alice.send(&session, "on"), "on");
    // Bundles carry it from the next publication on.
    alice.batch(0, 0);
    let bundle = alice.bundle(None, 1);
    assert_eq!(bundle.device_lists[0usize].tbs.number, pinned.tbs.number);
}

#[test]
fn a_list_is_signed_anew_by_both_keys_or_not_at_all() {
    let bob = Party::new("bob");
    let account = bob.state.account.clone();
    let none = TypedKeys::new(0);
    for account in [
        AccountState { account_private: none.clone(), ..account.clone() },
        AccountState { identity_private: none.clone(), ..account },
    ] {
        let state = DeviceState { account, ..bob.state.clone() };
        let refused = device::reissue_list(&state, bob.now, &bob.policy).err();
        assert_eq!(refused, Some(ErrorClass::Misuse));
    }
}
