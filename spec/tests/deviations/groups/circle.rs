//! A group whose members are parties of one peer.

use crate::peer::{NOW, Peer};
use serde_json::{Value, json};

/// A pre-shared key that all parties have.
pub const PSK: &str = "external_psk:aa";

/// A running peer with a group.
pub struct Circle {
    peer: Peer,
    pub suite: &'static str,
    encrypt: u8,
    members: Vec<String>,
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

pub fn take(out: &Value, name: &str) -> String {
    out[name].as_str().unwrap_or_else(|| panic!("{name}: {out}")).to_owned()
}

impl Circle {
    pub fn new(suite: &'static str, encrypt: bool) -> Self {
        Circle { peer: Peer::start(), suite, encrypt: u8::from(encrypt), members: Vec::new() }
    }

    /// Alice founds the group and adds Bob, Victor, Carol and Dave; Carol, Bob and Alice commit.
    pub fn stage(&mut self) {
        self.peer.ok("meta.reset", "", json!({}));
        for name in ["alice", "bob", "victor", "carol", "dave", "eve", "wanda"] {
            self.party(name);
        }
        let input = json!({"suite": self.suite, "group_id": hex("group"),
            "identity": hex("alice"), "encrypt_handshake": self.encrypt});
        self.ok("mls.create_group", "alice", input);
        self.members = vec!["alice".to_owned()];
        let joining = ["bob", "victor", "carol", "dave"];
        let words: Vec<String> = joining.iter().map(|who| self.add(who)).collect();
        self.advance("alice", &[], &words, &joining, true);
        for by in ["carol", "bob", "alice"] {
            self.advance(by, &[], &[], &[], true);
        }
    }

    pub fn party(&mut self, name: &str) {
        let input = json!({"folder": "/nonexistent", "now": NOW.to_string()});
        self.peer.ok("party.new", name, input);
        self.peer.ok("mls.store_psk", name, json!({"psk_id": "aa", "psk_secret": "bb"}));
    }

    pub fn ask(&mut self, cmd: &str, party: &str, deviate: &[&str], input: Value) -> Value {
        self.peer.of_group(cmd, party, "g", deviate, input)
    }

    pub fn dare(&mut self, cmd: &str, party: &str, deviate: &[&str], input: Value) -> Value {
        let answer = self.ask(cmd, party, deviate, input);
        assert_eq!(answer["answer"], "ok", "{cmd} {party} {deviate:?}: {answer}");
        answer["out"].clone()
    }

    pub fn ok(&mut self, cmd: &str, party: &str, input: Value) -> Value {
        self.dare(cmd, party, &[], input)
    }

    pub fn key_package(&mut self, who: &str, deviate: &[&str]) -> String {
        let input = json!({"suite": self.suite, "identity": hex(who), "grease": 0});
        take(&self.dare("mls.create_key_package", who, deviate, input), "key_package")
    }

    /// The words that add somebody.
    pub fn add(&mut self, who: &str) -> String {
        format!("add:{}", self.key_package(who, &[]))
    }

    pub fn remove(who: &str) -> String {
        format!("remove:{}", hex(who))
    }

    /// The input of a Commit.
    pub fn commit_input(references: &[String], words: &[String], path: bool) -> Value {
        json!({"by_reference": references, "by_value": words, "force_path": u8::from(path),
            "external_tree": 0})
    }

    /// An honest Commit with a path, which all follow.
    pub fn commit(&mut self, by: &str, references: &[String], words: &[String], joining: &[&str]) {
        self.commit_with(by, references, words, joining, true);
    }

    pub fn commit_with(
        &mut self,
        by: &str,
        references: &[String],
        words: &[String],
        joining: &[&str],
        path: bool,
    ) {
        self.advance(by, references, words, joining, path);
        self.agree();
    }

    fn advance(
        &mut self,
        by: &str,
        references: &[String],
        words: &[String],
        joining: &[&str],
        path: bool,
    ) {
        let made = self.ok("mls.commit", by, Self::commit_input(references, words, path));
        self.follow(by, &made, references);
        for who in joining {
            let input = json!({"welcome": made["welcome"], "encrypt_handshake": self.encrypt});
            self.ok("mls.join_group", who, input);
            self.members.push((*who).to_owned());
        }
    }

    /// All members follow a Commit.
    pub fn follow(&mut self, by: &str, made: &Value, references: &[String]) {
        for who in self.members.clone() {
            if who != by {
                let input = json!({"proposals": references, "commit": made["commit"]});
                let out = self.ok("mls.handle_commit", &who, input);
                if out["active"] == 0 {
                    self.members.retain(|member| *member != who);
                }
            }
        }
        self.ok("mls.handle_pending_commit", by, json!({}));
    }

    /// All members follow the last Commit of a group.
    pub fn follow_last(&mut self, by: &str, made: &Value) {
        for who in self.members.clone() {
            if who != by {
                let input = json!({"proposals": [], "commit": made["commit"]});
                assert_eq!(self.ok("mls.handle_commit", &who, input)["active"], 0);
            }
        }
        self.ok("mls.handle_pending_commit", by, json!({}));
    }

    /// All members are in one epoch, read what each says, and export one secret.
    pub fn agree(&mut self) {
        let members = self.members.clone();
        let state = self.ok("mls.state_auth", &members[0], json!({}));
        let export = json!({"label": "l", "context": "", "key_length": 32});
        let exported = self.ok("mls.export", &members[0], export.clone());
        for who in &members {
            assert_eq!(self.ok("mls.state_auth", who, json!({})), state, "{who}");
            assert_eq!(self.ok("mls.export", who, export.clone()), exported, "{who}");
            let said = json!({"authenticated_data": "01", "plaintext": hex(who)});
            let sent = self.ok("mls.protect", who, said.clone());
            for other in members.iter().filter(|other| *other != who) {
                let input = json!({"ciphertext": sent["ciphertext"]});
                assert_eq!(self.ok("mls.unprotect", other, input), said, "{who} {other}");
            }
        }
        assert_eq!(state["members"], members.len());
    }

    /// Somebody's input for joining by an external Commit.
    pub fn external_input(&mut self, who: &str, informer: &str, deviate: &[&str]) -> Value {
        let input = json!({"external_tree": 0});
        let info = self.dare("mls.group_info", informer, deviate, input);
        json!({"group_info": info["group_info"], "identity": hex(who), "remove_prior": 0,
            "psks": [], "encrypt_handshake": self.encrypt})
    }

    /// An external Commit that all follow.
    pub fn external(&mut self, who: &str, input: Value) {
        let made = self.ok("mls.external_join", who, input);
        self.members.retain(|member| member != who);
        for member in self.members.clone() {
            let input = json!({"proposals": [], "commit": made["commit"]});
            self.ok("mls.handle_commit", &member, input);
        }
        self.members.push(who.to_owned());
        self.agree();
    }

    pub fn propose(&mut self, who: &str, words: &str) -> String {
        take(&self.ok("mls.propose", who, json!({"proposal": words})), "proposal")
    }

    pub fn update(&mut self, who: &str) -> String {
        take(&self.ok("mls.update_proposal", who, json!({})), "proposal")
    }

    /// Alice makes a group that replaces this one or branches off it; what Victor says of its Welcome.
    pub fn succeed(&mut self, branch: bool, suite: &str, deviate: &[&str]) -> Value {
        let (make, follow) = match branch {
            true => ("mls.create_branch", "mls.handle_branch"),
            false => ("mls.reinit_welcome", "mls.handle_reinit_welcome"),
        };
        let mut packages = Vec::new();
        for who in ["bob", "victor", "carol", "dave"] {
            let input = json!({"suite": suite, "identity": hex(who), "grease": 0});
            packages.push(take(&self.ok("mls.create_key_package", who, input), "key_package"));
        }
        let input = json!({"new_group": "new", "key_packages": packages, "external_tree": 0});
        let made = self.dare(make, "alice", deviate, input);
        let input = json!({"new_group": "new", "welcome": made["welcome"],
            "encrypt_handshake": self.encrypt});
        self.ask(follow, "victor", &[], input)
    }
}
