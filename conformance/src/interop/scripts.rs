//! Each operation alone: done by one implementation, followed by another, in a group of two members of each.

use super::commit::Change;
use super::matrix::Operation;
use super::table::{PSK, Stop, Table};

/// An operation of one side, with another.
pub struct Script {
    operation: Operation,
    from: usize,
    to: usize,
    /// Whether proposals and commits are private messages.
    pub encrypt_handshake: bool,
}

const OPERATIONS: [Operation; 21] = [
    Operation::Add,
    Operation::AddGreased,
    Operation::AddTreeBeside,
    Operation::AddByReference,
    Operation::Path,
    Operation::Update,
    Operation::Remove,
    Operation::RemoveByReference,
    Operation::ExternalPsk,
    Operation::ExternalPskByReference,
    Operation::ResumptionPsk,
    Operation::ResumptionPskByReference,
    Operation::Context,
    Operation::ContextByReference,
    Operation::ExternalCommit,
    Operation::ExternalCommitTreeBeside,
    Operation::Resync,
    Operation::ExternalCommitPsk,
    Operation::ReInit,
    Operation::ReInitByReference,
    Operation::Branch,
];

/// A `required_capabilities` extension that asks for basic credentials, which everybody has.
pub const CONTEXT: &str = "group_context_extensions:0003=0000020001";

impl Script {
    /// Its name.
    pub fn id(&self, suite: u16) -> String {
        let framing = if self.encrypt_handshake { "private" } else { "public" };
        format!("{:?}-{suite:04x}-{}-{}-{framing}", self.operation, self.from, self.to)
    }
}

/// All of them, for these sides.
pub fn all(sides: &[usize]) -> Vec<Script> {
    let mut scripts = Vec::new();
    for operation in OPERATIONS {
        for from in sides {
            for to in sides.iter().filter(|to| *to != from) {
                for encrypt_handshake in [false, true] {
                    scripts.push(Script { operation, from: *from, to: *to, encrypt_handshake });
                }
            }
        }
    }
    scripts
}

/// Members 0 and 2 are of the side that acts, 1 and 3 of the other.
pub fn play(table: &mut Table<'_>, script: &Script) -> Result<(), Stop> {
    table.create(script.from)?;
    let mut change = Change { path: true, ..Change::default() };
    for side in [script.to, script.from, script.to] {
        let who = table.newcomer(side)?;
        let package = table.key_package(&who, table.suite())?;
        change.by_value.push((Some(Operation::Add), format!("add:{package}")));
        change.joining.push(who);
    }
    table.commit(0, &change)?;
    act(table, script)?;
    if !matches!(script.operation, Operation::ReInitByReference) {
        // The other side goes on, and is followed.
        let path = Change { path: true, alone: Some(Operation::Path), ..Change::default() };
        table.commit(1, &path)?;
        table.say(0)?;
        table.say(1)?;
    }
    Ok(())
}

fn act(table: &mut Table<'_>, script: &Script) -> Result<(), Stop> {
    let operation = script.operation;
    let mut change = Change { path: true, ..Change::default() };
    match operation {
        Operation::Path => {
            change.alone = Some(operation);
            table.commit(0, &change)
        }
        Operation::Add | Operation::AddTreeBeside | Operation::AddByReference => {
            let who = table.newcomer(script.to)?;
            let words = format!("add:{}", table.key_package(&who, table.suite())?);
            change.joining.push(who);
            change.tree_beside = operation == Operation::AddTreeBeside;
            // A commit of Adds alone needs no path.
            change.path = false;
            by_value_or_reference(table, change, operation, &words)
        }
        Operation::AddGreased => {
            // Of the side that acts; the other side adds it.
            let who = table.newcomer(script.from)?;
            let words = format!("add:{}", table.greased(&who)?);
            change.greased = Some(script.from);
            change.joining.push(who);
            change.by_value.push((Some(operation), words));
            table.commit(1, &change)
        }
        Operation::Remove | Operation::RemoveByReference => {
            let who = table.member(3)?;
            change.leaving.push(who.party.clone());
            let words = format!("remove:{}", crate::digest::hex(who.party.as_bytes()));
            by_value_or_reference(table, change, operation, &words)
        }
        Operation::Update => by_value_or_reference(table, change, operation, ""),
        Operation::ExternalPsk | Operation::ExternalPskByReference => {
            change.path = false;
            by_value_or_reference(table, change, operation, &format!("external_psk:{}", PSK.0))
        }
        Operation::ResumptionPsk | Operation::ResumptionPskByReference => {
            // All members were there in this epoch, and have left it behind.
            let epoch = table.epoch;
            let path = Change { path: true, alone: Some(Operation::Path), ..Change::default() };
            table.commit(0, &path)?;
            by_value_or_reference(table, change, operation, &format!("resumption_psk:{epoch}"))
        }
        Operation::Context | Operation::ContextByReference => {
            by_value_or_reference(table, change, operation, CONTEXT)
        }
        Operation::ExternalCommit
        | Operation::ExternalCommitTreeBeside
        | Operation::ExternalCommitPsk => {
            let who = table.newcomer(script.from)?;
            table.join_externally(&who, 1, operation)
        }
        Operation::Resync => {
            let who = table.member(2)?;
            table.join_externally(&who, 1, operation)
        }
        Operation::ReInit | Operation::ReInitByReference => {
            table.all_have("mls.reinit_welcome", operation, script.from)?;
            let suite = if table.suite() == 1 { 3 } else { 1 };
            let id = crate::digest::hex(b"the group that replaces it");
            let words = format!("re_init:{suite:04x}:{id}");
            reinitialise(table, change, operation, &words)?;
            match operation {
                Operation::ReInit => {
                    let others = table.members.get(1..).unwrap_or_default().to_vec();
                    table.succeed(operation, suite, &others)
                }
                _ => Ok(()),
            }
        }
        Operation::Branch => {
            table.all_have("mls.create_branch", operation, script.from)?;
            let others = table.members.get(1..3).unwrap_or_default().to_vec();
            table.succeed(operation, table.suite(), &others)
        }
        Operation::GroupInfo | Operation::Application => Ok(()),
    }
}

/// By value, member 0 commits; by reference, member 0 proposes and member 1, of the other side, commits.
fn by_value_or_reference(
    table: &mut Table<'_>,
    mut change: Change,
    operation: Operation,
    words: &str,
) -> Result<(), Stop> {
    let by = prepare(table, &mut change, operation, words)?;
    table.commit(by, &change)
}

fn prepare(
    table: &mut Table<'_>,
    change: &mut Change,
    operation: Operation,
    words: &str,
) -> Result<usize, Stop> {
    let by_reference = matches!(
        operation,
        Operation::AddByReference
            | Operation::Update
            | Operation::RemoveByReference
            | Operation::ExternalPskByReference
            | Operation::ResumptionPskByReference
            | Operation::ContextByReference
            | Operation::ReInitByReference
    );
    if by_reference {
        change.proposed.push(table.propose(0, operation, words)?);
        return Ok(1);
    }
    change.by_value.push((Some(operation), words.to_owned()));
    Ok(0)
}

/// Nobody says anything in a group that was replaced.
fn reinitialise(
    table: &mut Table<'_>,
    mut change: Change,
    operation: Operation,
    words: &str,
) -> Result<(), Stop> {
    change.last = true;
    let by = prepare(table, &mut change, operation, words)?;
    table.commit(by, &change)
}
