//! Rows of tables, and what their words stand for.

use super::{
    Change, Member, PUBLIC, Setup, USUAL, key_package, member, path, propose, propose_update,
    removed, step, value,
};
use crate::case::{Outcome, Stop, Twin};
use crate::digest::hex;
use crate::scene::{Call, Home, Scene};

/// Id of the external pre-shared key that all members have.
pub const PSK_ID: &str = "70736b";

/// The words that a row may have behind the deviation; each is read somewhere.
pub const WORDS: &[&str] = &[
    // Suite and framing.
    "0003",
    "f64a",
    "public",
    // Who is there, and what the group has gone through.
    "four",
    "dave",
    "blank",
    "blanks",
    "seven",
    "second",
    "filled",
    "required",
    "earlier",
    "package",
    // What is committed.
    "add",
    "remove",
    "psk",
    "resumption",
    "extensions",
    "reinit",
    "update",
    "propose",
    "forced",
    "reference",
    // What else is said before or after.
    "before",
    "other",
    "loose",
    "new",
];

/// A row, taken apart: the name of the peer's deviation (`-` for none), what is committed, and what else there is.
#[derive(Clone, Copy)]
pub struct Row {
    deviation: &'static str,
    words: &'static str,
}

impl Row {
    /// Takes a row apart.
    #[must_use]
    pub fn of(row: &'static str) -> Self {
        let (deviation, words) = row.split_once(' ').unwrap_or((row, ""));
        Row { deviation, words }
    }

    /// Whether a word stands behind the deviation.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.words.split(' ').any(|found| found == word)
    }

    /// Has the peer deviate in the deviant twin.
    pub fn apply<'s, 'a>(&self, call: Call<'s, 'a>, twin: Twin) -> Call<'s, 'a> {
        if self.deviation == "-" { call } else { call.deviate_if(twin, self.deviation) }
    }

    /// Suite and framing: `public`, `0003`, `f64a`.
    #[must_use]
    pub fn setup(&self) -> Setup {
        let suite = ["0003", "f64a"].into_iter().find(|suite| self.has(suite)).unwrap_or("0001");
        Setup { suite, ..if self.has("public") { PUBLIC } else { USUAL } }
    }

    /// What Alice commits: `add`, `remove` (of Dave), `psk`, `resumption`, `extensions`, `reinit`, `update` and
    /// `propose` (Carol's, by reference); else a path. With `forced`, a path in any case.
    ///
    /// # Errors
    /// A proposal cannot be made.
    pub fn change(&self, scene: &mut Scene, cast: &Cast) -> Outcome<Change> {
        let mut change = Change::default();
        if self.has("update") {
            change.by_reference.push(propose_update(scene, &cast.carol)?);
        }
        if self.has("propose") {
            change.by_reference.push(propose(scene, &cast.carol, &psk())?);
        }
        if self.has("add") {
            let newcomer = cast.newcomer.ok_or_else(|| lacks("a newcomer"))?;
            change.by_value.push(format!("add:{}", key_package(scene, &newcomer)?));
        }
        if self.has("remove") {
            let dave = cast.dave.ok_or_else(|| lacks("Dave"))?;
            change.by_value.push(format!("remove:{}", dave.identity()));
        }
        if self.has("psk") {
            change.by_value.push(psk());
        }
        if self.has("resumption") {
            change.by_value.push("resumption_psk:1".to_owned());
        }
        if self.has("extensions") {
            change.by_value.push(EXTENSIONS.to_owned());
        }
        if self.has("reinit") {
            change.by_value.push(format!("re_init:{}:{}", self.setup().suite, hex(b"next")));
        }
        let nothing = change.by_reference.is_empty() && change.by_value.is_empty();
        change.path = nothing || self.has("forced");
        Ok(change)
    }
}

/// Required capabilities that everybody has: basic credentials.
pub const EXTENSIONS: &str = "group_context_extensions:0003=0000020001";

/// Required capabilities that each leaf of Sceau's profile has: the policy extension's type (GRP-05).
pub const REQUIRED: &str = "group_context_extensions:0003=02f64a0000";

/// A PreSharedKey proposal of the key that all have.
#[must_use]
pub fn psk() -> String {
    format!("external_psk:{PSK_ID}")
}

fn lacks(whom: &str) -> Stop {
    Stop::Inconclusive(format!("the row needs {whom}"))
}

/// Alice, Carol and Dave of the peer's, Bob of the implementation's; who else there is hangs on the row.
pub struct Cast {
    /// Creates the group, and commits.
    pub alice: Member,
    /// The implementation's.
    pub bob: Member,
    /// A third member.
    pub carol: Member,
    /// A fourth, in rows with `remove`, `four`, `dave` or `blank`; in the last he is removed.
    pub dave: Option<Member>,
    /// Who is to be added, in rows with `add`.
    pub newcomer: Option<Member>,
}

/// The cast of a row, in one group. Carol's path, the last Commit, has filled the nodes above the leaves, in rows with
/// `filled`.
///
/// # Errors
/// The group is not made.
pub fn cast(scene: &mut Scene, row: &Row) -> Outcome<Cast> {
    let setup = row.setup();
    let mut who = |name, home| member(scene, name, home, setup);
    let (alice, bob) = (who("alice", Home::Peer)?, who("bob", Home::Iut)?);
    let carol = who("carol", Home::Peer)?;
    let four = ["remove", "four", "blank", "dave"].iter().any(|word| row.has(word));
    let dave = four.then(|| who("dave", Home::Peer)).transpose()?;
    let newcomer = row.has("add").then(|| who("eve", Home::Peer)).transpose()?;
    let cast = Cast { alice, bob, carol, dave, newcomer };
    if ["psk", "propose"].iter().any(|word| row.has(word)) {
        let all = [Some(cast.alice), Some(cast.bob), Some(cast.carol), cast.dave, cast.newcomer];
        for member in all.iter().flatten() {
            store_psk(scene, member)?;
        }
    }
    // Carol is Alice's neighbour, Bob is further off.
    let mut others = vec![&cast.carol, &cast.bob];
    others.extend(&cast.dave);
    super::group(scene, &cast.alice, &others)?;
    if let Some(dave) = cast.dave.filter(|_| row.has("blank")) {
        let gone = removed(&dave);
        step(scene, &cast.alice, &[&cast.bob, &cast.carol], &gone)?;
    }
    let mut all = vec![cast.alice, cast.bob, cast.carol];
    all.extend(cast.dave.filter(|_| !row.has("blank")));
    let but = |who: &Member| -> Vec<&Member> {
        all.iter().filter(|member| member.party != who.party).collect()
    };
    if row.has("required") {
        step(scene, &cast.alice, &but(&cast.alice), &value(REQUIRED))?;
    }
    if row.has("filled") {
        step(scene, &cast.carol, &but(&cast.carol), &path())?;
    }
    Ok(cast)
}

/// Gives a member the key.
///
/// # Errors
/// It does not take it.
pub fn store_psk(scene: &mut Scene, of: &Member) -> Outcome {
    let call = scene.call(of.party, "mls.store_psk").text("psk_id", PSK_ID);
    call.text("psk_secret", &hex(&[7; 32])).ok().map(drop)
}

#[cfg(test)]
mod tests {
    use super::WORDS;
    use crate::case::Run;
    use crate::cases::groups::all;
    use std::collections::BTreeSet;

    /// The words of each row, with the case's id and what it needs.
    fn rows() -> Vec<(&'static str, Vec<&'static str>, &'static [&'static str])> {
        let row = |case: crate::case::Case| match case.run {
            Run::PositiveOf(_, row) | Run::NegativeOf(_, row) => {
                Some((case.id, row.split(' ').skip(1).collect(), case.needs))
            }
            Run::Positive(_) | Run::Negative(_) => None,
        };
        all().into_iter().filter_map(row).collect()
    }

    #[test]
    fn rows_have_known_words_and_no_word_is_idle() {
        let mut seen = BTreeSet::new();
        for (id, words, _) in rows() {
            for word in words {
                assert!(WORDS.contains(&word), "{id}: {word:?}");
                seen.insert(word);
            }
        }
        let idle: Vec<_> = WORDS.iter().filter(|word| !seen.contains(*word)).collect();
        assert!(idle.is_empty(), "{idle:?}");
    }

    #[test]
    fn rows_with_a_pre_shared_key_need_the_command_that_stores_it() {
        for (id, words, needs) in rows() {
            let psk = ["psk", "propose"].iter().any(|word| words.contains(word));
            assert!(!psk || needs.contains(&"mls.store_psk"), "{id}");
        }
    }
}
