//! Each deviation of a group, with each of its commands, is refused by whom it reaches, who then goes on as
//! if nothing had come; the allowed ones are taken.

use super::circle::{Circle, PSK, take};
use super::table::{self, Deviation};
use serde_json::{Value, json};

/// What was said of what deviates.
struct Said {
    answer: Value,
    /// Whether an honest Commit of Alice's can follow.
    goes_on: bool,
}

fn said(answer: Value) -> Said {
    Said { answer, goes_on: false }
}

fn words(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

/// Those that only private messages have, and those that only public ones.
fn only(name: &str) -> Option<bool> {
    let private = ["private-", "sender-data-", "reuse-", "ratchets-", "padding-", "generation-"];
    let public = ["membership-", "sender-external", "sender-new-member", "sender-type"];
    let starts = |list: &[&str]| list.iter().any(|start| name.starts_with(start));
    if starts(&private) {
        Some(true)
    } else if starts(&public) || name == "external-reference" {
        Some(false)
    } else {
        None
    }
}

#[test]
fn deviations_are_refused_and_the_group_goes_on() {
    for (suite, encrypt) in [("0001", false), ("0001", true), ("f64a", true)] {
        let mut circle = Circle::new(suite, encrypt);
        let mut run = 0;
        for deviation in table::all().filter(|deviation| deviation.name != "rules-unchecked") {
            for command in deviation.commands {
                let fits = only(deviation.name).is_none_or(|private| private == encrypt);
                let hybrid = deviation.name.ends_with("-key-not-reduced");
                if (!fits && *command != "mls.protect") || (hybrid && suite != "f64a") {
                    continue;
                }
                judge(&mut circle, deviation, command);
                run += 1;
            }
        }
        assert!(run > 350, "{run}");
    }
}

fn judge(circle: &mut Circle, deviation: &Deviation, command: &str) {
    let name = deviation.name;
    circle.stage();
    if ["leaf-capabilities-empty", "tree-leaf-without-required"].contains(&name) {
        circle.commit("alice", &[], &words("group_context_extensions:0003=02000a0000"), &[]);
    }
    let before = circle.ok("mls.state_auth", "victor", json!({}));
    let said = match command {
        "mls.protect" => protect(circle, name),
        "mls.commit" if of_welcome(name) => welcome(circle, name),
        "mls.commit" => commit(circle, name),
        "mls.propose" | "mls.update_proposal" => propose(circle, name, command),
        "mls.create_key_package" => key_package(circle, name),
        "mls.external_join" => external(circle, name),
        "mls.group_info" => group_info(circle, name),
        "peer.external_propose" => outside(circle, name),
        "mls.reinit_welcome" => reinit(circle, name),
        "mls.create_branch" => branch(circle, name),
        other => panic!("{other}"),
    };
    let taken = deviation.what.starts_with("allowed");
    let expected = if taken { "ok" } else { "reject" };
    assert_eq!(said.answer["answer"], expected, "{name} {command}: {}", said.answer);
    if said.goes_on && !taken {
        assert_eq!(circle.ok("mls.state_auth", "victor", json!({})), before, "{name} {command}");
        circle.commit("alice", &[], &[], &[]);
    }
}

fn of_welcome(name: &str) -> bool {
    ["welcome-", "group-info-", "tree-"].iter().any(|start| name.starts_with(start))
}

fn protect(circle: &mut Circle, name: &str) -> Said {
    let text = json!({"authenticated_data": "aa", "plaintext": "0102"});
    if name == "generation-reused" {
        let sent = circle.ok("mls.protect", "alice", text.clone());
        circle.ok("mls.unprotect", "victor", json!({"ciphertext": sent["ciphertext"]}));
    }
    let sent = circle.dare("mls.protect", "alice", &[name], text.clone());
    let input = json!({"ciphertext": sent["ciphertext"]});
    let answer = circle.ask("mls.unprotect", "victor", &[], input);
    let next = circle.ok("mls.protect", "alice", text.clone());
    let read = circle.ok("mls.unprotect", "victor", json!({"ciphertext": next["ciphertext"]}));
    assert_eq!(read, text, "{name}");
    Said { answer, goes_on: true }
}

/// What a Commit must have for a deviation: references, words, whether a path is forced.
fn list(circle: &mut Circle, name: &str) -> (Vec<String>, Vec<String>, bool) {
    match name {
        "remove-twice" => (Vec::new(), vec![Circle::remove("dave")], false),
        "add-twice" => (Vec::new(), vec![circle.add("eve")], false),
        "psk-twice" | "psk-nonce-short" | "psk-nonce-long" | "psk-nonce-constant" => {
            (Vec::new(), words(PSK), false)
        }
        "reinit-version" => (Vec::new(), vec![format!("re_init:{}:09:", circle.suite)], false),
        "reference-twice" | "remove-updated" => (vec![circle.update("bob")], Vec::new(), false),
        "path-encrypted-to-added" => (Vec::new(), vec![circle.add("eve")], true),
        _ => (Vec::new(), Vec::new(), false),
    }
}

/// Alice's deviating Commit, and what it refers to.
pub fn commit_of(circle: &mut Circle, name: &str) -> (Value, Vec<String>) {
    let (references, words, path) = list(circle, name);
    let input = Circle::commit_input(&references, &words, path);
    (circle.dare("mls.commit", "alice", &[name], input), references)
}

fn commit(circle: &mut Circle, name: &str) -> Said {
    if name == "generation-reused" {
        let references = [circle.update("alice")];
        circle.ok("mls.commit", "victor", Circle::commit_input(&references, &[], true));
        circle.ok("mls.clear_pending_commit", "victor", json!({}));
    }
    let (made, references) = commit_of(circle, name);
    let input = json!({"proposals": references, "commit": made["commit"]});
    let answer = circle.ask("mls.handle_commit", "victor", &[], input);
    circle.ok("mls.clear_pending_commit", "alice", json!({}));
    Said { answer, goes_on: name != "generation-largest" }
}

fn welcome(circle: &mut Circle, name: &str) -> Said {
    if ["tree-unmerged-missing", "tree-unmerged-out-of-order"].contains(&name) {
        circle.party("frank");
        let adds = [circle.add("eve"), circle.add("frank")];
        circle.commit("alice", &[], &adds, &["eve", "frank"]);
        circle.commit("alice", &[], &[Circle::remove("eve")], &[]);
        circle.commit("frank", &[], &[], &[]);
    }
    let pathless = [
        "welcome-path-secret-unexpected",
        "tree-unmerged-missing",
        "tree-unmerged-out-of-order",
        "tree-unmerged-twice",
    ];
    let mut words = vec![circle.add("wanda")];
    if name == "tree-unmerged-out-of-order" {
        words.push(circle.add("eve"));
    }
    if name == "welcome-psk-left-out" {
        words.push(PSK.to_owned());
    }
    let input = Circle::commit_input(&[], &words, !pathless.contains(&name));
    let made = circle.dare("mls.commit", "alice", &[name], input);
    circle.follow("alice", &made, &[]);
    let input = json!({"welcome": made["welcome"], "encrypt_handshake": 0});
    said(circle.ask("mls.join_group", "wanda", &[], input))
}

/// A proposal that a member commits, by reference; where the peer cannot read it, what it says of the message.
fn propose(circle: &mut Circle, name: &str, command: &str) -> Said {
    let mut references = Vec::new();
    if name == "generation-reused" {
        references.push(circle.update("alice"));
    }
    let input = match (command, name) {
        ("mls.propose", "reinit-version") => {
            json!({"proposal": format!("re_init:{}:09:", circle.suite)})
        }
        ("mls.propose", _) => json!({"proposal": PSK}),
        _ => json!({}),
    };
    let made = circle.dare(command, "alice", &[name], input);
    references.push(take(&made, "proposal"));
    let input = Circle::commit_input(&references, &[], true);
    let made = circle.ask("mls.commit", "carol", &[], input.clone());
    if made["answer"] != "ok" {
        let answer = circle.ask("mls.commit", "victor", &[], input);
        return Said { answer, goes_on: !name.starts_with("generation") };
    }
    let input = json!({"proposals": references, "commit": made["out"]["commit"]});
    let answer = circle.ask("mls.handle_commit", "victor", &[], input);
    circle.ok("mls.clear_pending_commit", "carol", json!({}));
    Said { answer, goes_on: !name.starts_with("generation") }
}

fn key_package(circle: &mut Circle, name: &str) -> Said {
    if name == "leaf-duplicate-encryption-key" {
        let add = circle.add("eve");
        circle.commit("alice", &[], &[add], &["eve"]);
    }
    if name == "leaf-duplicate-signature-key" {
        circle.key_package("carol", &[]);
    }
    let package = circle.key_package("eve", &[name]);
    // The message around it is for who adds to judge, and the peer takes what it is told to.
    if ["message-version", "message-wire-format-unknown"].contains(&name) {
        let input = json!({"new_group": "new", "key_packages": [package], "external_tree": 0});
        return said(circle.ask("mls.create_branch", "victor", &[], input));
    }
    let input = Circle::commit_input(&[], &[format!("add:{package}")], true);
    let made = circle.dare("mls.commit", "alice", &[], input);
    let input = json!({"proposals": [], "commit": made["commit"]});
    let answer = circle.ask("mls.handle_commit", "victor", &[], input);
    circle.ok("mls.clear_pending_commit", "alice", json!({}));
    Said { answer, goes_on: name != "leaf-duplicate-encryption-key" }
}

fn external(circle: &mut Circle, name: &str) -> Said {
    let mut references = Vec::new();
    if name == "external-add" {
        circle.key_package("eve", &[]);
    }
    if name == "external-remove-both" {
        // Two members have Wanda's identity.
        let input = json!({"suite": circle.suite, "identity": "77616e6461", "grease": 0});
        let second = circle.ok("mls.create_key_package", "eve", input);
        let adds = [circle.add("wanda"), format!("add:{}", take(&second, "key_package"))];
        circle.commit("alice", &[], &adds, &["wanda", "eve"]);
    }
    let mut input = circle.external_input("wanda", "bob", &[]);
    if name == "external-remove-both" {
        input["remove_prior"] = json!(1);
    }
    if name == "external-reference" {
        references.push(circle.propose("bob", PSK));
        input["by_reference"] = json!(references);
    }
    let made = circle.dare("mls.external_join", "wanda", &[name], input);
    let input = json!({"proposals": references, "commit": made["commit"]});
    let answer = circle.ask("mls.handle_commit", "victor", &[], input);
    Said { answer, goes_on: name != "external-remove-both" }
}

fn group_info(circle: &mut Circle, name: &str) -> Said {
    if name == "tree-unmerged-twice" {
        let add = circle.add("eve");
        circle.commit_with("alice", &[], &[add], &["eve"], false);
    }
    let input = circle.external_input("wanda", "alice", &[name]);
    Said { answer: circle.ask("mls.external_join", "wanda", &[], input), goes_on: false }
}

fn outside(circle: &mut Circle, name: &str) -> Said {
    let input = json!({"suite": circle.suite, "identity": "ee"});
    let senders = circle.ok("peer.external_sender", "eve", input)["external_senders"].clone();
    let extensions = format!("group_context_extensions:0005={}", senders.as_str().unwrap());
    circle.commit("alice", &[], &[extensions], &[]);
    let epoch = circle.ok("mls.state_auth", "victor", json!({}))["epoch"].clone();
    let group_id = "67726f7570";
    let mut input = json!({"suite": circle.suite, "group_id": group_id, "epoch": epoch,
        "identity": "ee"});
    if !name.starts_with("new-member") {
        input["sender_index"] = json!(0);
        input["proposal"] = json!("remove_leaf:3");
    }
    let honest = circle.ok("peer.external_propose", "eve", input.clone());
    let honest = Circle::commit_input(&[take(&honest, "proposal")], &[], true);
    circle.ok("mls.commit", "victor", honest);
    circle.ok("mls.clear_pending_commit", "victor", json!({}));
    let made = circle.dare("peer.external_propose", "eve", &[name], input);
    let input = Circle::commit_input(&[take(&made, "proposal")], &[], true);
    said(circle.ask("mls.commit", "victor", &[], input))
}

/// The suite of the new group's key packages.
fn successor_suite(circle: &Circle, name: &str) -> &'static str {
    match (name, circle.suite) {
        ("successor-other-suite", "0001") => "0003",
        ("successor-other-suite", _) => "0001",
        (_, suite) => suite,
    }
}

fn reinit(circle: &mut Circle, name: &str) -> Said {
    let words = format!("re_init:{}:09:", circle.suite);
    let input = Circle::commit_input(&[], &[words], false);
    let made = circle.ok("mls.commit", "alice", input);
    circle.follow_last("alice", &made);
    let suite = successor_suite(circle, name);
    said(circle.succeed(false, suite, &[name]))
}

fn branch(circle: &mut Circle, name: &str) -> Said {
    let suite = successor_suite(circle, name);
    said(circle.succeed(true, suite, &[name]))
}
