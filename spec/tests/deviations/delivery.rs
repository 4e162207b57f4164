//! Commands about lists and relays.

use crate::peer::{NOW, Peer};
use serde_json::json;

#[test]
fn a_list_is_signed_anew_and_announced() {
    let mut peer = Peer::start();
    let [alice, bob] = peer.stage(false);
    peer.initiate(&bob, &[], false);
    peer.converse(false);
    peer.ok("party.clock", "alice", json!({"now": (NOW + 1_000_000).to_string()}));
    peer.ok("party.clock", "bob", json!({"now": (NOW + 1_000_000).to_string()}));
    let made = peer.ok("party.reissue_list", "alice", json!({}));
    assert_eq!(made["credential"], alice["credential"]);
    assert_ne!(made["device_list"], alice["device_list"]);
    let list = made["device_list"].as_str().unwrap();
    let lists = format!("{:04x}{list}", 0x4000 | (list.len() / 2));
    let sent = peer.send("alice", &[], json!({"content_type": 3, "body": lists}));
    assert_eq!(peer.receive("bob", &sent, false)["answer"], "ok");
    // The old one is behind.
    let old = alice["device_list"].as_str().unwrap();
    let lists = format!("{:04x}{old}", 0x4000 | (old.len() / 2));
    let input = json!({"account_id": alice["account_id"], "device_lists": lists});
    assert_eq!(peer.ask("pw.apply_lists", "bob", &[], input)["class"], "rollback");
}

#[test]
fn what_a_device_signs_for_a_relay() {
    let mut peer = Peer::start();
    let [alice, _] = peer.stage(false);
    let challenge = "11".repeat(32);
    // A get of at most one envelope, on the own contact mailbox and on another.
    let contact = peer.line(&json!({"id": 9, "cmd": "pw.mailboxes", "party": "alice", "in": {}}))
        ["out"]["contact"].as_str().unwrap().to_owned();
    let get = |mailbox: &str| format!("00{mailbox}0001");
    let (own, other) = (get(&contact), get(&"07".repeat(32)));
    let made = |relay: &str, action: u8| json!({"challenge": challenge, "relay": relay, "action": action, "request": own});
    let auth = peer.ok("pw.delivery_auth", "alice", made("72", 4))["delivery_auth"].clone();
    let check = |relays: &[&str], action: u8, request: &str| {
        json!({"delivery_auth": auth, "challenge": challenge, "relays": relays, "action": action,
            "request": request, "credential": alice["credential"]})
    };
    peer.ok("pw.check_delivery_auth", "alice", check(&["73", "72"], 4, &own));
    for (relays, action, request, class) in [
        (&["73"], 4, &own, "bad_signature"),
        (&["72"], 4, &other, "bad_signature"),
        (&["72"], 5, &own, "malformed"),
    ] {
        let answer =
            peer.ask("pw.check_delivery_auth", "alice", &[], check(relays, action, request));
        assert_eq!(answer["class"], class, "{answer}");
    }
    let longest = "61".repeat(255);
    peer.ok("pw.delivery_auth", "alice", made(&longest, 4));
    for relay in ["", &format!("{longest}61")] {
        let answer = peer.ask("pw.delivery_auth", "alice", &[], made(relay, 4));
        assert_eq!(answer["class"], "malformed", "{answer}");
    }
}
