//! Breadth first through all states.

use crate::queries::{Query, watched};
use crate::rules::Rules;
use crate::state::World;
use crate::steps::{Scope, steps};
use std::collections::HashSet;
use std::rc::Rc;

/// Tries everything from the given worlds. For each query the shortest history that breaks it, if any.
pub fn search(
    starts: Vec<World>,
    rules: Rules,
    scope: &Scope,
    queries: &[Query],
) -> (usize, Vec<Option<Vec<String>>>) {
    let mut worlds: Vec<Rc<World>> = Vec::new();
    let mut parents: Vec<usize> = Vec::new();
    let mut known: HashSet<Rc<World>> = HashSet::new();
    let mut broken: Vec<Option<Vec<String>>> = vec![None; queries.len()];
    for start in starts.into_iter().map(Rc::new) {
        if known.insert(start.clone()) {
            parents.push(usize::MAX);
            worlds.push(start);
        }
    }
    let mut at = 0;
    while at < worlds.len() {
        let world = worlds[at].clone();
        for (query, history) in queries.iter().zip(&mut broken) {
            if history.is_none() && !query.holds(&world, rules) {
                *history = Some(names(&worlds, &parents, at, rules, scope, queries));
            }
        }
        for (_, next) in steps(&world, rules, scope) {
            let next = Rc::new(watched(next, queries));
            if known.insert(next.clone()) {
                parents.push(at);
                worlds.push(next);
            }
        }
        at += 1;
    }
    (worlds.len(), broken)
}

/// The steps that lead to a world.
fn names(
    worlds: &[Rc<World>],
    parents: &[usize],
    mut at: usize,
    rules: Rules,
    scope: &Scope,
    queries: &[Query],
) -> Vec<String> {
    let mut names = Vec::new();
    while parents[at] != usize::MAX {
        let all = steps(&worlds[parents[at]], rules, scope);
        let step = all.into_iter().find(|(_, next)| watched(next.clone(), queries) == *worlds[at]);
        names.extend(step.map(|(name, _)| name));
        at = parents[at];
    }
    names.reverse();
    names
}
