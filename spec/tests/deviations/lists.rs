//! Second devices, lists that are older or have other attestations, and floods of sessions that await a
//! decision.

use crate::peer::{NOW, Peer};
use serde_json::{Value, json};

/// A request of a party about a session.
fn request(cmd: &str, party: &str, session: &str, rules: &[&str], input: Value) -> Value {
    let seed = format!("{:02x}", session.as_bytes()[0]).repeat(32);
    json!({"id": 5, "cmd": cmd, "party": party, "session": session, "seed": seed,
        "deviate": rules, "in": input})
}

fn ok(peer: &mut Peer, request: &Value) -> Value {
    let answer = peer.line(request);
    assert_eq!(answer["answer"], "ok", "{request}: {answer}");
    answer["out"].clone()
}

/// A first message from a party to Bob, in a session of this name.
fn first(peer: &mut Peer, party: &str, session: &str, bob: &Value, recovery: u8) -> Value {
    let keys = json!({"generation": 1, "kem_id": 1});
    let bundle = ok(peer, &request("pw.bundle", "bob", session, &[], keys))["bundle"].clone();
    let input = json!({"account_id": bob["account_id"], "bundle": bundle, "recovery": recovery});
    ok(peer, &request("pw.initiate", party, session, &[], input));
    ok(peer, &request("pw.send", party, session, &[], json!({"body": "00"})))
}

fn receive(peer: &mut Peer, session: &str, rule: &str, sent: &Value) -> Value {
    let rules: &[&str] = if rule.is_empty() { &[] } else { &[rule] };
    let input = json!({"mailbox": sent["mailbox"], "message": sent["message"],
        "new_session": session});
    peer.line(&request("pw.receive", "bob", session, rules, input))
}

fn sessions(peer: &mut Peer) -> u64 {
    let observe = json!({"id": 6, "cmd": "party.observe", "party": "bob", "in": {}});
    peer.line(&observe)["out"]["sessions"].as_u64().unwrap()
}

/// Bob has talked with Alice; a thief has made himself a second device of her account, and writes.
fn stolen(peer: &mut Peer) -> Value {
    let (bob, _) = with_thief(peer);
    first(peer, "thief", "u", &bob, 0)
}

/// What `pw.create` told of Bob, and `peer.second_device` of the thief.
fn with_thief(peer: &mut Peer) -> (Value, Value) {
    let [alice, bob] = peer.stage(false);
    let hello = first(peer, "alice", "s", &bob, 0);
    assert_eq!(receive(peer, "s", "", &hello)["out"]["event"], "new_session");
    let now = (NOW + 700).to_string();
    peer.ok("party.new", "thief", json!({"folder": "/nonexistent", "now": now}));
    let made = peer.ok("peer.second_device", "thief", json!({"of": "alice"}));
    assert_eq!(made["account_id"], alice["account_id"]);
    assert_ne!(made["device_list"], alice["device_list"]);
    peer.ok("pw.batch", "thief", json!({"one_time": 1, "kem_one_time": 1, "lifetime": "604800"}));
    (bob, made)
}

#[test]
fn a_second_device_is_asked_about() {
    let mut peer = Peer::start();
    let hello = stolen(&mut peer);
    let out = receive(&mut peer, "u", "", &hello)["out"].clone();
    assert_eq!((&out["event"], &out["serial"]), (&json!("session_replaced"), &json!(2)));
    assert_eq!((&out["devices_added"], &out["devices_removed"]), (&json!(["2"]), &json!([])));
    let answer = peer.line(&request("pw.send", "bob", "u", &[], json!({"body": "01"})));
    assert_eq!(answer["class"], "session_replaced");
    ok(&mut peer, &request("pw.accept_session", "bob", "u", &[], json!({})));
    ok(&mut peer, &request("pw.send", "bob", "u", &[], json!({"body": "01"})));
}

#[test]
fn rules_of_second_devices() {
    let mut peer = Peer::start();
    let hello = stolen(&mut peer);
    let out = receive(&mut peer, "u", "new-device-established", &hello)["out"].clone();
    assert_eq!(out["event"], "new_session");
    assert_eq!(out["devices_added"], json!(["2"]));
    ok(&mut peer, &request("pw.send", "bob", "u", &[], json!({"body": "01"})));
    let hello = stolen(&mut peer);
    let out = receive(&mut peer, "u", "devices-untold", &hello)["out"].clone();
    assert_eq!((&out["event"], &out["devices_added"]), (&json!("session_replaced"), &json!([])));
}

/// Bob decides about the session, by a rule.
fn decline(peer: &mut Peer, session: &str, rule: &str) {
    let rules: &[&str] = if rule.is_empty() { &[] } else { &[rule] };
    ok(peer, &request("pw.decline_session", "bob", session, rules, json!({})));
}

/// The second device's list has come first; by a rule of receiving and one of declining Bob takes two
/// handshakes, of which he declines the first. What happens with each.
fn again(peer: &mut Peer, received: &str, declined: &str) -> [Value; 2] {
    let (bob, thief) = with_thief(peer);
    peer.pin("bob", &thief);
    let hello = first(peer, "thief", "u", &bob, 0);
    let one = receive(peer, "u", received, &hello)["out"]["event"].clone();
    if one == "session_replaced" {
        decline(peer, "u", declined);
    } else {
        ok(peer, &request("pw.send", "bob", "u", &[], json!({"content_type": 1})));
    }
    for name in ["thief", "bob"] {
        peer.ok("party.clock", name, json!({"now": (NOW + 100_000).to_string()}));
    }
    let hello = first(peer, "thief", "v", &bob, 0);
    [one, receive(peer, "v", received, &hello)["out"]["event"].clone()]
}

#[test]
fn a_second_device_is_asked_about_until_somebody_decides() {
    let mut peer = Peer::start();
    let (asked, new) = (json!("session_replaced"), json!("new_session"));
    assert_eq!(again(&mut peer, "", ""), [asked.clone(), asked.clone()]);
    assert_eq!(again(&mut peer, "new-device-asked-once", ""), [new.clone(), new.clone()]);
    assert_eq!(again(&mut peer, "", "decline-confirms"), [asked.clone(), new]);
    // The message that brings the list asks by that rule, too.
    let hello = stolen(&mut peer);
    let out = receive(&mut peer, "u", "new-device-asked-once", &hello)["out"].clone();
    assert_eq!(out["event"], asked);
}

#[test]
fn a_device_takes_the_list_of_another() {
    let mut peer = Peer::start();
    let (bob, thief) = with_thief(&mut peer);
    let taken = peer.ok("peer.own_list", "alice", json!({"of": "thief"}));
    assert_eq!(taken["device_list"], thief["device_list"]);
    // In a bundle of the first device.
    let keys = json!({"generation": 1, "kem_id": 1});
    let bundle = ok(&mut peer, &request("pw.bundle", "alice", "t", &[], keys))["bundle"].clone();
    let input = json!({"account_id": thief["account_id"], "bundle": bundle, "recovery": 1});
    let out = ok(&mut peer, &request("pw.initiate", "bob", "t", &[], input));
    assert_eq!((&out["serial"], &out["devices_added"]), (&json!(1), &json!(["2"])));
    let hello = first(&mut peer, "thief", "u", &bob, 0);
    assert_eq!(receive(&mut peer, "u", "", &hello)["out"]["event"], "session_replaced");
    // Without the second device, which is gone then.
    let without = peer.ok("peer.own_list", "alice", json!({"of": "alice", "without": 2}));
    let lists = |list: &Value| {
        let list = list.as_str().unwrap();
        json!({"account_id": thief["account_id"],
            "device_lists": format!("{:04x}{list}", 0x4000 | (list.len() / 2))})
    };
    let out = peer.ok("pw.apply_lists", "bob", lists(&without["device_list"]));
    assert_eq!((&out["number"], &out["devices_removed"]), (&json!("5"), &json!(["2"])));
    let answer = peer.ask("peer.own_list", "bob", &[], json!({"of": "alice"}));
    assert_eq!(answer["answer"], "fault");
}

/// Alice announces her list of number 3 in a first message, and has signed it anew since.
fn older_body(peer: &mut Peer, rule: &str) -> Value {
    let [alice, bob] = peer.stage(false);
    peer.initiate(&bob, &[], false);
    let list = alice["device_list"].as_str().unwrap();
    let body = format!("{:04x}{list}", 0x4000 | (list.len() / 2));
    let sent = peer.send("alice", &[], json!({"content_type": 3, "body": body}));
    let mut newer = peer.ok("party.reissue_list", "alice", json!({}));
    newer["account_id"] = alice["account_id"].clone();
    peer.pin("bob", &newer);
    receive(peer, "s", rule, &sent)
}

#[test]
fn rules_of_bodies_in_first_messages() {
    let mut peer = Peer::start();
    assert_eq!(older_body(&mut peer, "")["out"]["event"], "new_session");
    assert_eq!(older_body(&mut peer, "older-body-refused")["class"], "rollback");
}

#[test]
fn a_bundle_of_a_second_device_is_told_of() {
    let mut peer = Peer::start();
    let (_, thief) = with_thief(&mut peer);
    let keys = json!({"generation": 1, "kem_id": 1});
    let bundle = ok(&mut peer, &request("pw.bundle", "thief", "v", &[], keys))["bundle"].clone();
    let input = json!({"account_id": thief["account_id"], "bundle": bundle});
    let out = ok(&mut peer, &request("pw.initiate", "bob", "v", &[], input));
    assert_eq!((&out["serial"], &out["devices_added"]), (&json!(2), &json!(["2"])));
}

#[test]
fn a_flood_of_unaccepted_sessions() {
    for (rule, kept) in [("", 2), ("unaccepted-archived", 5)] {
        let mut peer = Peer::start();
        let [_, bob] = peer.stage(false);
        let hello = first(&mut peer, "alice", "s", &bob, 0);
        assert_eq!(receive(&mut peer, "s", "", &hello)["out"]["event"], "new_session");
        for (turn, session) in ["t", "u", "v", "w"].into_iter().enumerate() {
            let now = NOW + 3600 * (turn as u64 + 1);
            for name in ["alice", "bob"] {
                peer.ok("party.clock", name, json!({"now": now.to_string()}));
            }
            let hello = first(&mut peer, "alice", session, &bob, 1);
            let event = receive(&mut peer, session, rule, &hello)["out"]["event"].clone();
            assert_eq!(event, "session_replaced");
        }
        assert_eq!(sessions(&mut peer), kept, "{rule}");
    }
}

/// A first message of Alice with a deviating list, over her pinned list of number 3.
fn over_pinned(peer: &mut Peer, deviation: &str, rule: &str) -> Value {
    let [alice, bob] = peer.stage(false);
    peer.pin("bob", &alice);
    peer.initiate(&bob, &[deviation], false);
    let sent = peer.send("alice", &[], json!({"body": "00"}));
    receive(peer, "s", rule, &sent)
}

#[test]
fn rules_of_lists_in_first_messages() {
    let mut peer = Peer::start();
    for (deviation, rule, class) in [
        ("list-older", "older-list-refused", "rollback"),
        ("list-other-attestations", "attestations-compared", "rollback"),
        ("list-broken-attestation", "pinned-list-verified", "bad_signature"),
        ("list-broken-account-signature", "pinned-list-verified", "bad_signature"),
    ] {
        for rule in ["", "devices-untold"] {
            let out = over_pinned(&mut peer, deviation, rule)["out"].clone();
            assert_eq!(out["event"], "new_session", "{deviation}");
            assert_eq!(out["devices_added"], json!([]));
        }
        assert_eq!(over_pinned(&mut peer, deviation, rule)["class"], class);
    }
}

/// Bob has pinned Alice's list; the series adds a second device, takes it away and lists one of its serial again.
fn series(peer: &mut Peer, rule: &str) -> Value {
    let (_, thief) = with_thief(peer);
    let mut lists = vec![thief["device_list"].clone()];
    peer.ok("peer.own_list", "alice", json!({"of": "thief"}));
    let without = peer.ok("peer.own_list", "alice", json!({"of": "alice", "without": 2}));
    lists.push(without["device_list"].clone());
    let now = (NOW + 800).to_string();
    peer.ok("party.new", "again", json!({"folder": "/nonexistent", "now": now}));
    let again = peer.ok("peer.second_device", "again", json!({"of": "alice"}));
    lists.push(again["device_list"].clone());
    let joined: String = lists.iter().filter_map(Value::as_str).collect();
    let rules: &[&str] = if rule.is_empty() { &[] } else { &[rule] };
    let input = json!({"account_id": thief["account_id"],
        "device_lists": format!("{:04x}{joined}", 0x4000 | (joined.len() / 2))});
    peer.ask("pw.apply_lists", "bob", rules, input)
}

#[test]
fn rules_of_a_series() {
    let mut peer = Peer::start();
    assert_eq!(series(&mut peer, "")["class"], "unauthorised_device");
    let mut peer = Peer::start();
    let out = series(&mut peer, "series-one-by-one")["out"].clone();
    assert_eq!(
        (&out["devices_added"], &out["devices_removed"]),
        (&json!(["2", "2"]), &json!(["2"]))
    );
}
