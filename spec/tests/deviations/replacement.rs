//! Histories of handshakes given up, and the rules that an implementation may have instead.

use crate::peer::{NOW, Peer};
use serde_json::{Value, json};

fn initiate(peer: &mut Peer, party: &str, session: &str, to: &Value, rules: &[&str], recovery: u8) {
    let whose = if party == "alice" { "bob" } else { "alice" };
    let keys = json!({"generation": 1, "kem_id": 1});
    let bundle = peer.about("pw.bundle", whose, session, &[], keys)["bundle"].clone();
    let input = json!({"account_id": to["account_id"], "bundle": bundle, "recovery": recovery});
    peer.about("pw.initiate", party, session, rules, input);
}

fn send(peer: &mut Peer, party: &str, session: &str, content_type: u8, body: &str) -> Value {
    let input = json!({"content_type": content_type, "body": body});
    peer.about("pw.send", party, session, &[], input)
}

/// Receives by a rule; the event.
fn receive(peer: &mut Peer, party: &str, session: &str, rule: &str, sent: &Value) -> String {
    let rules: &[&str] = if rule.is_empty() { &[] } else { &[rule] };
    let mut input = json!({"mailbox": sent["mailbox"], "message": sent["message"]});
    if sent["contact"] == 1 {
        input["new_session"] = json!(session);
    }
    let out = peer.about("pw.receive", party, session, rules, input);
    out["event"].as_str().unwrap().to_owned()
}

fn status(peer: &mut Peer, party: &str, session: &str) -> String {
    let out = peer.about("party.observe", party, session, &[], json!({}));
    out["status"].as_str().unwrap().to_owned()
}

fn clock(peer: &mut Peer, now: u64) {
    for name in ["alice", "bob"] {
        peer.ok("party.clock", name, json!({"now": now.to_string()}));
    }
}

/// Alice has given `s` up for `t`; Bob has taken `s`, and has what Alice sent in `t`, undecided.
fn twice(peer: &mut Peer, recovery: u8) -> [Value; 2] {
    let both = peer.stage(false);
    initiate(peer, "alice", "s", &both[1], &[], 0);
    let hello = send(peer, "alice", "s", 0, "00");
    assert_eq!(receive(peer, "bob", "s", "", &hello), "new_session");
    if recovery == 0 {
        clock(peer, NOW + 100_000);
    }
    initiate(peer, "alice", "t", &both[1], &[], recovery);
    let again = send(peer, "alice", "t", 0, "01");
    assert_eq!(receive(peer, "bob", "t", "", &again), "session_replaced");
    both
}

/// Bob declines `t` and initiates `u` with the PSK of `s`. What happens at Alice's, and what of `t`.
fn from_the_one_given_up(peer: &mut Peer, recovery: u8, rule: &str) -> [String; 2] {
    let both = twice(peer, recovery);
    peer.about("pw.decline_session", "bob", "t", &[], json!({}));
    initiate(peer, "bob", "u", &both[0], &[], 0);
    let news = send(peer, "bob", "u", 0, "02");
    let event = receive(peer, "alice", "u", rule, &news);
    let status = status(peer, "alice", "t");
    [event, status]
}

#[test]
fn a_session_made_from_the_one_given_up() {
    let mut peer = Peer::start();
    for recovery in [0, 1] {
        let honest = from_the_one_given_up(&mut peer, recovery, "");
        assert_eq!(honest, ["new_session", "archived"]);
    }
    // The recovery wins what is then a simultaneous handshake.
    let other = from_the_one_given_up(&mut peer, 1, "given-up-psk-unknown");
    assert_eq!(other, ["new_session", "waiting"]);
}

/// Bob answers `s` with a close. What is of `s` and of `t` then.
fn closed_first(peer: &mut Peer, rule: &str) -> [String; 2] {
    twice(peer, 0);
    let close = send(peer, "bob", "s", 1, "");
    receive(peer, "alice", "s", rule, &close);
    ["s", "t"].map(|session| status(peer, "alice", session))
}

#[test]
fn a_close_brings_nothing_back() {
    let mut peer = Peer::start();
    assert_eq!(closed_first(&mut peer, ""), ["closed", "waiting"]);
    assert_eq!(closed_first(&mut peer, "close-brings-back"), ["closed", "archived"]);
}

/// Alice closes `t`, and Bob's answer in `s` comes then. What is of `s` and of `t`.
fn none_live(peer: &mut Peer, rule: &str) -> [String; 2] {
    twice(peer, 0);
    send(peer, "alice", "t", 1, "");
    let answer = send(peer, "bob", "s", 0, "02");
    receive(peer, "alice", "s", rule, &answer);
    ["s", "t"].map(|session| status(peer, "alice", session))
}

#[test]
fn an_answer_brings_back_where_none_is_live() {
    let mut peer = Peer::start();
    assert_eq!(none_live(&mut peer, ""), ["established", "closed"]);
    assert_eq!(none_live(&mut peer, "none-live-stays"), ["archived", "closed"]);
    assert_eq!(none_live(&mut peer, "given-up-stays"), ["archived", "closed"]);
}

/// Handshake and recovery of one second, of which Bob takes both. What is of them when the answers
/// come in this order.
fn one_second(peer: &mut Peer, order: [&str; 2], rule: &str) -> [String; 2] {
    twice(peer, 1);
    let in_first = send(peer, "bob", "s", 0, "02");
    peer.about("pw.accept_session", "bob", "t", &[], json!({}));
    let in_second = send(peer, "bob", "t", 0, "03");
    for session in order {
        let sent = if session == "s" { &in_first } else { &in_second };
        receive(peer, "alice", session, rule, sent);
    }
    ["s", "t"].map(|session| status(peer, "alice", session))
}

#[test]
fn of_one_second_the_recovery_is_the_later() {
    let mut peer = Peer::start();
    for order in [["s", "t"], ["t", "s"]] {
        assert_eq!(one_second(&mut peer, order, ""), ["archived", "established"]);
    }
    let first = ["established", "archived"];
    assert_eq!(one_second(&mut peer, ["s", "t"], "tie-stays"), first);
    assert_eq!(one_second(&mut peer, ["t", "s"], "tie-always-back"), first);
    assert_eq!(one_second(&mut peer, ["s", "t"], "tie-always-back"), ["archived", "established"]);
}

/// Bob has talked in `s` and in `t`, made from it, and makes `u` with the PSK of `s`. The event.
fn from_an_old_one(peer: &mut Peer, rule: &str) -> String {
    let [alice, bob] = peer.stage(false);
    for session in ["s", "t"] {
        initiate(peer, "alice", session, &bob, &[], 0);
        let hello = send(peer, "alice", session, 0, "00");
        assert_eq!(receive(peer, "bob", session, "", &hello), "new_session");
        let answer = send(peer, "bob", session, 0, "01");
        receive(peer, "alice", session, "", &answer);
    }
    // Behind the window, so that the two are no simultaneous handshakes.
    clock(peer, NOW + 100_000);
    initiate(peer, "bob", "u", &alice, &["psk-of-archived"], 0);
    let news = send(peer, "bob", "u", 0, "02");
    receive(peer, "alice", "u", rule, &news)
}

#[test]
fn the_psk_of_an_old_session_replaces_nothing() {
    let mut peer = Peer::start();
    assert_eq!(from_an_old_one(&mut peer, ""), "session_replaced");
    assert_eq!(from_an_old_one(&mut peer, "archived-psk-replaces"), "new_session");
}
