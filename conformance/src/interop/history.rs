//! Random histories: groups of 3 to 20 members of all implementations, whose choices hang on the seed.

use super::commit::Change;
use super::matrix::Operation;
use super::scripts::CONTEXT;
use super::table::{PSK, Stop, Table};
use crate::seed::Seed;

/// Random choices.
pub struct Draws {
    seed: Seed,
    drawn: u64,
}

impl Draws {
    /// Those of a seed.
    pub fn new(seed: Seed) -> Self {
        Self { seed, drawn: 0 }
    }

    /// A number below another.
    fn below(&mut self, most: usize) -> usize {
        self.drawn += 1;
        let bytes = self.seed.value("", self.drawn, "choice", 8);
        let number = bytes.iter().fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
        let most = u64::try_from(most.max(1)).unwrap_or(1);
        usize::try_from(number % most).unwrap_or(0)
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// Plays a history.
pub fn play(
    table: &mut Table<'_>,
    mut draws: Draws,
    sides: &[usize],
    members: u32,
    steps: u32,
) -> Result<(), Stop> {
    let most = usize::try_from(members.clamp(3, 200)).unwrap_or(3);
    let side = |draws: &mut Draws| sides.get(draws.below(sides.len())).copied().unwrap_or(0);
    let first = side(&mut draws);
    table.create(first)?;
    // One of each to begin with, in a random order of adapters.
    let mut change = Change { path: true, ..Change::default() };
    for index in 0..sides.len().max(2) {
        let next = sides.get((index + first) % sides.len()).copied().unwrap_or(0);
        add(table, &mut change, next)?;
    }
    table.commit(0, &change)?;
    for _ in 0..steps {
        let newcomer = side(&mut draws);
        step(table, &mut draws, newcomer, most)?;
    }
    Ok(())
}

/// An Add by value.
fn add(table: &mut Table<'_>, change: &mut Change, side: usize) -> Result<(), Stop> {
    let who = table.newcomer(side)?;
    let package = table.key_package(&who, table.suite())?;
    change.by_value.push((Some(Operation::Add), format!("add:{package}")));
    change.joining.push(who);
    Ok(())
}

fn step(table: &mut Table<'_>, draws: &mut Draws, side: usize, most: usize) -> Result<(), Stop> {
    let count = table.members.len();
    let by = draws.below(count);
    // Somebody else than the committer.
    let other = (by + 1 + draws.below(count - 1)) % count;
    let mut change = Change { path: !draws.one_in(3), ..Change::default() };
    match draws.below(10) {
        0..=2 if count < most => {
            for _ in 0..=draws.below((most - count).min(3)) {
                add(table, &mut change, side)?;
            }
            change.tree_beside = draws.one_in(3);
        }
        3 if count < most => {
            let who = table.newcomer(side)?;
            let words = format!("add:{}", table.key_package(&who, table.suite())?);
            change.proposed.push(table.propose(other, Operation::AddByReference, &words)?);
            change.joining.push(who);
        }
        4 if count > 3 => {
            let who = table.member(other)?;
            let words = format!("remove:{}", crate::digest::hex(who.party.as_bytes()));
            change.leaving.push(who.party);
            change.by_value.push((Some(Operation::Remove), words));
        }
        5 if count < most => {
            let who = table.newcomer(side)?;
            let operation = match draws.below(3) {
                0 => Operation::ExternalCommitTreeBeside,
                1 => Operation::ExternalCommitPsk,
                _ => Operation::ExternalCommit,
            };
            return table.join_externally(&who, by, operation);
        }
        6 => {
            let words = format!("external_psk:{}", PSK.0);
            change.by_value.push((Some(Operation::ExternalPsk), words));
        }
        7 => {
            let words = if draws.one_in(2) { CONTEXT } else { "group_context_extensions" };
            let proposed = table.propose(other, Operation::ContextByReference, words)?;
            change.proposed.push(proposed);
        }
        8 => {
            let who = table.member(other)?;
            return table.join_externally(&who, by, Operation::Resync);
        }
        _ => {
            // Some propose new keys of their own, another commits.
            for place in 0..count {
                if place != by && draws.one_in(3) {
                    change.proposed.push(table.propose(place, Operation::Update, "")?);
                }
            }
            if change.proposed.is_empty() {
                change.alone = Some(Operation::Path);
            }
        }
    }
    table.commit(by, &change)
}
