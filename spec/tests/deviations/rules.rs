//! Rules of receiving that an implementation may never have heard of.

use crate::peer::{NOW, Peer};
use serde_json::{Value, json};

/// Alice has a session that waits and one, unanswered, that she gave up for it; Bob has answered the
/// one given up. What Alice says of both after the answer: given up, waiting.
fn given_up(peer: &mut Peer, rule: &str) -> [String; 2] {
    let [_, bob] = peer.stage(false);
    peer.initiate(&bob, &[], false);
    let first = peer.send("alice", &[], json!({"body": "00"}));
    assert_eq!(peer.receive("bob", &first, false)["answer"], "ok");
    let answer = peer.send("bob", &[], json!({"body": "01"}));
    for name in ["alice", "bob"] {
        peer.ok("party.clock", name, json!({"now": (NOW + 100_000).to_string()}));
    }
    let keys = json!({"generation": 1, "kem_id": 1});
    let bundle = peer.ok("pw.bundle", "bob", keys)["bundle"].clone();
    let again = json!({"id": 1, "cmd": "pw.initiate", "party": "alice", "session": "t",
        "seed": "00".repeat(32), "in": {"account_id": bob["account_id"], "bundle": bundle}});
    assert_eq!(peer.line(&again)["answer"], "ok");
    let read = json!({"mailbox": answer["mailbox"], "message": answer["message"]});
    let rules: &[&str] = if rule.is_empty() { &[] } else { &[rule] };
    let read = peer.ask("pw.receive", "alice", rules, read);
    assert_eq!(read["answer"], "ok", "{read}");
    ["s", "t"].map(|session| {
        let observe = json!({"id": 1, "cmd": "party.observe", "party": "alice",
            "session": session, "in": {}});
        peer.line(&observe)["out"]["status"].as_str().unwrap().to_owned()
    })
}

#[test]
fn rules_of_a_handshake_given_up() {
    let mut peer = Peer::start();
    assert_eq!(given_up(&mut peer, ""), ["established", "archived"]);
    assert_eq!(given_up(&mut peer, "given-up-stays"), ["archived", "waiting"]);
    assert_eq!(given_up(&mut peer, "given-up-always-back"), ["established", "archived"]);
}

/// Alice's session waits; Bob has taken it and has made another one from it, whose first message
/// comes before the answer. What happens at Alice's, and what of the first session after the answer.
fn gone_on(peer: &mut Peer, rule: &str) -> [String; 2] {
    let [alice, bob] = peer.stage(false);
    peer.initiate(&bob, &[], false);
    let first = peer.send("alice", &[], json!({"body": "00"}));
    assert_eq!(peer.receive("bob", &first, false)["answer"], "ok");
    let answer = peer.send("bob", &[], json!({"body": "01"}));
    let keys = json!({"generation": 1, "kem_id": 1});
    let bundle = peer.ok("pw.bundle", "alice", keys)["bundle"].clone();
    let from_bob = |cmd: &str, input: Value| {
        json!({"id": 2, "cmd": cmd, "party": "bob", "session": "t", "seed": "00".repeat(32),
            "in": input})
    };
    let input = json!({"account_id": alice["account_id"], "bundle": bundle});
    assert_eq!(peer.line(&from_bob("pw.initiate", input))["out"]["resumed"], 1);
    let news = peer.line(&from_bob("pw.send", json!({"body": "02"})))["out"].clone();
    let rules: &[&str] = if rule.is_empty() { &[] } else { &[rule] };
    let input = json!({"mailbox": news["mailbox"], "message": news["message"], "new_session": "t"});
    let event = peer.dare("pw.receive", "alice", rules, input)["event"].clone();
    let input = json!({"mailbox": answer["mailbox"], "message": answer["message"]});
    peer.dare("pw.receive", "alice", rules, input);
    let status = peer.ok("party.observe", "alice", json!({}))["status"].clone();
    [event, status].map(|text| text.as_str().unwrap().to_owned())
}

#[test]
fn rules_of_a_session_made_from_one_that_waits() {
    let mut peer = Peer::start();
    assert_eq!(gone_on(&mut peer, ""), ["new_session", "archived"]);
    assert_eq!(gone_on(&mut peer, "given-up-always-back"), ["new_session", "established"]);
    assert_eq!(gone_on(&mut peer, "waiting-not-replaced"), ["session_replaced", "established"]);
}

#[test]
fn rules_of_rotation() {
    let mut peer = Peer::start();
    let [_, bob] = peer.stage(false);
    peer.initiate(&bob, &[], false);
    peer.converse(false);
    peer.send("alice", &[], json!({"content_type": 4, "body": "00000001"}));
    let sent = peer.send("alice", &[], json!({"body": "07"}));
    let look = ["rotation-not-ahead"];
    let count = |out: &Value| out["incoming"].as_array().unwrap().len();
    assert_eq!(count(&peer.ok("pw.mailboxes", "bob", json!({}))), 14);
    assert_eq!(count(&peer.dare("pw.mailboxes", "bob", &look, json!({}))), 7);
    let input = json!({"mailbox": sent["mailbox"], "message": sent["message"]});
    assert_eq!(peer.ask("pw.receive", "bob", &look, input.clone())["class"], "undecryptable");
    assert_eq!(peer.ask("pw.receive", "bob", &[], input)["answer"], "ok");
}

#[test]
fn rules_of_the_rotation_before() {
    let mut peer = Peer::start();
    let [_, bob] = peer.stage(false);
    peer.initiate(&bob, &[], false);
    peer.converse(false);
    let before = peer.send("alice", &[], json!({"body": "07"}));
    let rotation = peer.send("alice", &[], json!({"content_type": 4, "body": "00000001"}));
    assert_eq!(peer.receive("bob", &rotation, false)["answer"], "ok");
    let look = ["rotation-not-behind"];
    let count = |out: &Value| out["incoming"].as_array().unwrap().len();
    assert_eq!(count(&peer.ok("pw.mailboxes", "bob", json!({}))), 21);
    assert_eq!(count(&peer.dare("pw.mailboxes", "bob", &look, json!({}))), 14);
    let neither = ["rotation-not-behind", "rotation-not-ahead"];
    assert_eq!(count(&peer.dare("pw.mailboxes", "bob", &neither, json!({}))), 7);
    let input = json!({"mailbox": before["mailbox"], "message": before["message"]});
    assert_eq!(peer.ask("pw.receive", "bob", &look, input.clone())["class"], "undecryptable");
    assert_eq!(peer.ask("pw.receive", "bob", &[], input)["answer"], "ok");
}
