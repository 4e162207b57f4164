//! Groups: the peer's parties understand each other, and refuse what deviates.

mod circle;
mod deviating;
#[path = "../../../src/bin/peer/groups/deviations/mod.rs"]
mod table;
mod unchecked;

use circle::{Circle, PSK};
use serde_json::json;

/// Name, commands and description of every deviation of a group.
pub fn names() -> Vec<String> {
    table::all().map(|deviation| deviation.name.to_owned()).collect()
}

#[test]
fn members_understand_each_other() {
    for suite in ["0001", "0003", "f64a"] {
        for encrypt in [false, true] {
            let mut circle = Circle::new(suite, encrypt);
            circle.stage();
            let add = circle.add("eve");
            let proposals =
                [circle.propose("bob", &add), circle.update("victor"), circle.propose("dave", PSK)];
            circle.commit("carol", &proposals, &[PSK.to_owned()], &["eve"]);
            circle.commit("victor", &[], &["resumption_psk:5".to_owned()], &[]);
            circle.commit("eve", &[], &[Circle::remove("bob")], &[]);
            let add = circle.add("bob");
            circle.commit_with("dave", &[], &[add], &["bob"], false);
            circle.commit("carol", &[], &["group_context_extensions:0003=000000".to_owned()], &[]);
            let input = circle.external_input("wanda", "alice", &[]);
            circle.external("wanda", input);
            let mut input = circle.external_input("wanda", "bob", &[]);
            (input["remove_prior"], input["psks"]) = (json!(1), json!(["aa"]));
            circle.external("wanda", input);
        }
    }
}

#[test]
fn groups_branch_and_begin_anew() {
    for suite in ["0001", "f64a"] {
        let mut circle = Circle::new(suite, true);
        circle.stage();
        assert_eq!(circle.succeed(true, suite, &[])["answer"], "ok");
        circle.stage();
        let words = format!("re_init:0003:{}:", "09".repeat(8));
        let input = Circle::commit_input(&[], &[words], false);
        let made = circle.ok("mls.commit", "alice", input);
        circle.follow_last("alice", &made);
        assert_eq!(circle.succeed(false, "0003", &[])["answer"], "ok");
    }
}

#[test]
fn a_deviation_that_finds_nothing_is_a_fault() {
    let mut circle = Circle::new("0001", false);
    circle.stage();
    for name in ["welcome-trailing", "remove-twice", "private-aad-empty"] {
        let input = Circle::commit_input(&[], &[], true);
        assert_eq!(circle.ask("mls.commit", "alice", &[name], input)["answer"], "fault", "{name}");
    }
    let input = Circle::commit_input(&[], &[], true);
    let answer = circle.ask("mls.commit", "alice", &["padding"], input);
    assert_eq!(answer["answer"], "unsupported");
    circle.agree();
}
