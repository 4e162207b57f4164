//! The vectors of page *Delivery service* (`test-vectors/pairwise/delivery-service.json`), by what devices and relays
//! call.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use sceau::crypto::Provider;
use sceau::delivery::{
    AcknowledgeRequest, AuthCheck, AuthRequest, Challenge, DeliveryAction, DeliveryAuth,
    FetchAnswer, FetchRequest, GetAnswer, GetRequest, Handle, PrekeyStock, Publication, RelayName,
    StoredEnvelope,
};
use sceau::hazmat::reencode;
use sceau::pairwise::{Account, AccountId, Credential, DeviceList, MailboxId, Policy};
use sceau::{Error, Wire};
use sceau_test_vectors::{Fields, Vector, VectorFile};

const TOPIC: &str = "delivery-service";
const DEFAULT: Provider = Provider::Default;

/// The device list and the credential of the device whose requests are signed: those of the publication.
struct Device {
    list: Vec<u8>,
    credential: Vec<u8>,
}

#[test]
fn every_vector() {
    let file = sceau_test_vectors::load_whole(TOPIC).unwrap();
    let first = file.vectors.iter().find(|v| v.id == "DS-REL-001").unwrap();
    let device = Device {
        list: first.input.bytes("device_list").unwrap(),
        credential: first.input.bytes("credential").unwrap(),
    };
    let ran = file.vectors.iter().map(|vector| run(vector, &device)).count();
    assert_eq!(ran, listed(&file));
    assert!(ran >= 84, "{ran} vectors");
}

/// How many vectors the manifest says that there are.
fn listed(file: &VectorFile) -> usize {
    let manifest = std::fs::read(sceau_test_vectors::folder().join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let of = |entry: &&serde_json::Value| {
        entry["path"].as_str().unwrap().ends_with(&format!("/{}.json", file.topic))
    };
    let entry = manifest["files"].as_array().unwrap().iter().find(of).unwrap();
    usize::try_from(entry["vectors"].as_u64().unwrap()).unwrap()
}

fn run(vector: &Vector, device: &Device) {
    let (id, input) = (&vector.id, &vector.input);
    let operation = input.text("operation").unwrap();
    let result = match operation {
        "delivery_auth" => signed(vector, device),
        "decode" => {
            let name = input.text("type").unwrap();
            reencode(name, &input.bytes("bytes").unwrap()).unwrap_or_else(|| panic!("{name}"))
        }
        "check_delivery_auth" => check_auth(input, device).map(|()| Vec::new()),
        "check_publication" => check_publication(input).map(|number| {
            assert_eq!(number, vector.out().unwrap().u64("list_number").unwrap(), "{id}");
            Vec::new()
        }),
        structure => Ok(encoded(structure, vector)),
    };
    match result {
        Ok(bytes) => {
            assert!(vector.valid, "{id} was taken");
            let expected = match operation {
                "check_delivery_auth" | "check_publication" => Vec::new(),
                "decode" => input.bytes("bytes").unwrap(),
                structure => vector.out().unwrap().bytes(structure).unwrap(),
            };
            assert!(bytes == expected, "{id}: other bytes");
        }
        Err(error) => {
            assert!(!vector.valid, "{id}: {error}");
            assert_eq!(error.class(), vector.error().unwrap(), "{id}");
        }
    }
}

/// A structure from its values.
fn encoded(structure: &str, vector: &Vector) -> Vec<u8> {
    let input = &vector.input;
    let mailbox_id = || MailboxId::new(input.array("mailbox_id").unwrap());
    match structure {
        "publication" => {
            // Read, since nothing but a device makes one; then its parts are the given ones.
            let bytes = vector.out().unwrap().bytes(structure).unwrap();
            let publication = Publication::from_bytes(&bytes).unwrap();
            let part = |name: &str| input.bytes(name).unwrap();
            let [list] = publication.device_lists().as_slice() else { panic!("{}", vector.id) };
            assert_eq!(list.to_bytes(), part("device_list"));
            assert_eq!(publication.credential().to_bytes(), part("credential"));
            assert_eq!(publication.batch().to_bytes(), part("published"));
            publication.to_bytes()
        }
        "fetch_request" => {
            let account_id = AccountId::new(&input.bytes("account_id").unwrap());
            FetchRequest { account_id, serial: input.u64("serial").unwrap() }.to_bytes()
        }
        "fetch_answer" => {
            let bytes = vector.out().unwrap().bytes(structure).unwrap();
            let answer = FetchAnswer::from_bytes(&bytes).unwrap();
            let bundles: Vec<u8> = answer.bundles.iter().flat_map(Wire::to_bytes).collect();
            let given = input
                .bytes("bundles")
                .or_else(|_| input.bytes_list("bundles").map(|bundles| bundles.concat()));
            assert_eq!(bundles, given.unwrap());
            answer.to_bytes()
        }
        "get_request" => {
            let most = u16::try_from(input.u64("most").unwrap()).unwrap();
            GetRequest { mailbox_id: mailbox_id(), most }.to_bytes()
        }
        "get_answer" => {
            let stored = |envelope: Fields| StoredEnvelope {
                handle: Handle::new(envelope.array("handle").unwrap()),
                expiry: envelope.u64("expiry").unwrap(),
                message: envelope.bytes("message").unwrap(),
            };
            let envelopes = input.object_list("envelopes").unwrap().into_iter().map(stored);
            let more = input.u64("more").unwrap() == 1;
            GetAnswer { envelopes: envelopes.collect(), more }.to_bytes()
        }
        "acknowledge_request" => {
            let handle = |bytes: Vec<u8>| Handle::new(bytes.try_into().unwrap());
            let handles = input.bytes_list("handles").unwrap().into_iter().map(handle).collect();
            AcknowledgeRequest { mailbox_id: mailbox_id(), handles }.to_bytes()
        }
        "prekey_stock" => {
            let number = |name: &str| u32::try_from(input.u64(name).unwrap()).unwrap();
            let (one_time, kem_one_time) = (number("one_time"), number("kem_one_time"));
            PrekeyStock { one_time, kem_one_time }.to_bytes()
        }
        other => panic!("{}: nobody knows {other}", vector.id),
    }
}

fn action(input: &Fields) -> DeliveryAction {
    match input.u64("action").unwrap() {
        1 => DeliveryAction::Publish,
        2 => DeliveryAction::Fetch,
        3 => DeliveryAction::Put,
        4 => DeliveryAction::Get,
        5 => DeliveryAction::Acknowledge,
        6 => DeliveryAction::Commit,
        other => panic!("action {other}"),
    }
}

fn challenge(input: &Fields) -> Challenge {
    Challenge::new(input.array("challenge").unwrap())
}

/// `DS-02`, at the device: what is signed, and the whole.
fn signed(vector: &Vector, device: &Device) -> Result<Vec<u8>, Error> {
    let (id, input) = (&vector.id, &vector.input);
    let account = account_of(device, &input.bytes("identity_sign").unwrap());
    assert_eq!(account.account_id().as_bytes(), input.bytes("account_id").unwrap(), "{id}");
    assert_eq!(account.serial(), input.u64("serial").unwrap(), "{id}");
    let (challenge, request) = (challenge(input), input.bytes("request").unwrap());
    let relay = &RelayName::new(&input.bytes("relay").unwrap())?;
    let asked =
        AuthRequest { challenge: &challenge, relay, action: action(input), request: &request };
    let pending = account.delivery_auth_begin(&asked)?;
    let auth = account.delivery_auth(&asked)?;
    let steps = vector.steps.as_ref().unwrap();
    assert_eq!(auth.tbs().request_hash, steps.bytes("request_hash").unwrap(), "{id}");
    assert_eq!(auth.tbs().to_bytes(), steps.bytes("tbs").unwrap(), "{id}");
    assert_eq!(pending.requests()[0].message(), steps.bytes("sign_content").unwrap(), "{id}");
    Ok(auth.to_bytes())
}

/// A device that has its signing identity key and nothing else, from its records (page *State*).
fn account_of(device: &Device, identity_sign: &[u8]) -> Account {
    let record = |kind: u8, body: &[u8]| {
        let length = u16::try_from(body.len()).unwrap() | 0x4000;
        let length = length.to_be_bytes();
        let length = if body.len() < 64 { &[length[1]] } else { &length[..] };
        [&[0, kind, 0][..], &1u64.to_be_bytes(), length, body].concat()
    };
    let head = [1u64.to_be_bytes(), 0u64.to_be_bytes()].concat();
    let key = [&[0x00, 0x01, 0x20][..], identity_sign].concat();
    let state = [
        &[0][..],
        &[u8::try_from(key.len()).unwrap()],
        &key,
        &device.list,
        &device.credential,
        &0u32.to_be_bytes(),
    ]
    .concat();
    let records = [record(0, &head), record(1, &state)].concat();
    Account::import(&records, None, DEFAULT, Policy::default()).unwrap()
}

/// `DS-02`, at the relay.
fn check_auth(input: &Fields, device: &Device) -> Result<(), Error> {
    let list = input.bytes("device_list").unwrap_or_else(|_| device.list.clone());
    let list = DeviceList::from_bytes(&list).unwrap();
    let credential = Credential::from_bytes(&input.bytes("credential").unwrap()).unwrap();
    let auth = DeliveryAuth::from_bytes(&input.bytes("delivery_auth").unwrap())?;
    let (challenge, request) = (challenge(input), input.bytes("request").unwrap());
    let names = input.bytes_list("relays").unwrap();
    let relays: Vec<_> = names.iter().map(|name| RelayName::new(name).unwrap()).collect();
    let asked = AuthCheck {
        challenge: &challenge,
        relays: &relays,
        action: action(input),
        request: &request,
    };
    auth.verify(&DEFAULT, &list, &credential, &asked)
}

/// `DS-04`: the number of the list that the relay has then.
fn check_publication(input: &Fields) -> Result<u64, Error> {
    let known = input.bytes("device_list").ok();
    let known = known.map(|list| DeviceList::from_bytes(&list).unwrap());
    let last_generation = u32::try_from(input.u64("last_generation").unwrap()).unwrap();
    let now = input.u64("now").unwrap();
    let publication = Publication::from_bytes(&input.bytes("publication").unwrap())?;
    let policy = Policy::default();
    let taken = publication.verify(&DEFAULT, known.as_ref(), last_generation, now, &policy)?;
    Ok(taken.device_list().tbs().number)
}
