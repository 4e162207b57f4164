//! The table of groups, measured in turn; see the crate's front page.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "benchmarks")]

use sceau_benches::measure::Run;
use sceau_benches::paired::{Effort, in_turn};
use sceau_benches::results;
use sceau_group_benches::bytes::{self, Bytes};
use sceau_group_benches::library::Library;
use sceau_group_benches::memory::Counting;
use sceau_group_benches::operations::Operation;
use sceau_group_benches::ours::{COMMON, HYBRID, Sceau};
use sceau_group_benches::report::{Report, Row};
use sceau_group_benches::scene::{Kind, others};
use sceau_group_benches::scenes::{Each, Scenes, Shared, scene};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Members.
const SIZES: [usize; 5] = [2, 10, 100, 1_000, 5_000];
/// Members of the one group that Sceau has alone.
const LARGE: usize = 50_000;

/// How long an operation is measured in a group of some size: longest where most is aimed at.
fn effort(size: usize) -> Effort {
    let of = |least, milliseconds| Effort {
        rounds: 300,
        least,
        time: Duration::from_millis(milliseconds),
    };
    match size {
        0..1_000 => of(20, 800),
        1_000 => of(9, 3_000),
        1_001..LARGE => of(5, 2_000),
        _ => Effort::TEST,
    }
}

struct Make(Operation);

impl Each<Run> for Make {
    fn of<L: Library>(&self, scene: &Shared<L>) -> Run {
        self.0.run(scene)
    }
}

/// What is measured.
struct Plan {
    sizes: Vec<usize>,
    words: Vec<String>,
    /// Whether everything is done once.
    test: bool,
}

impl Plan {
    fn effort(&self, size: usize) -> Effort {
        if self.test { Effort::TEST } else { effort(size) }
    }

    fn operations(&self, size: usize, kind: Kind) -> impl Iterator<Item = Operation> {
        Operation::ALL.into_iter().filter(move |operation| {
            let apt = match kind {
                Kind::Fresh => true,
                // A group of two is created like any; nobody has joined it late.
                Kind::Grown if size < 4 => {
                    !matches!(operation, Operation::Create | Operation::Join)
                }
                Kind::Grown => *operation != Operation::Create,
            };
            let asked = |word: &String| operation.name().contains(word.as_str());
            apt && (self.words.is_empty() || self.words.iter().any(asked))
        })
    }

    /// Each operation with each library in a group of one size.
    fn common(&self, size: usize, kind: Kind) -> (Vec<Row>, Vec<Bytes>) {
        let start = Instant::now();
        let scenes = Scenes::new(size, kind, size < LARGE);
        eprintln!("{size} members, {}: made in {:.1?}", kind.name(), start.elapsed());
        // Before Bob has skipped any keys.
        let bytes = if self.words.is_empty() { bytes::all(&scenes, size, kind) } else { vec![] };
        let state = <Sceau<COMMON>>::store(&mut scenes.sceau.borrow_mut().bob);
        let state = <Sceau<COMMON>>::stored_bytes(&state);
        let effort = self.effort(size);
        let rows = self.operations(size, kind).map(|operation| {
            let mut runs = scenes.each(&Make(operation));
            runs.push(("floor", operation.floor(size, kind, state)));
            row((operation, size, kind, ""), runs, effort)
        });
        (rows.collect(), bytes)
    }

    /// Each operation in the hybrid suite, which only Sceau has.
    fn hybrid(&self, size: usize, kind: Kind) -> Vec<Row> {
        let others = others::<HYBRID>(if kind == Kind::Fresh { size - 2 } else { 0 });
        let scene: Shared<Sceau<HYBRID>> = scene(size, kind, &others, HYBRID);
        let rows = self.operations(size, kind).map(|operation| {
            let run = vec![("Sceau", operation.run(&scene))];
            let effort = self.effort(size);
            let effort = Effort { time: effort.time / 3, ..effort };
            row((operation, size, kind, " hybrid"), run, effort)
        });
        rows.collect()
    }
}

fn row(
    what: (Operation, usize, Kind, &'static str),
    runs: Vec<(&'static str, Run)>,
    effort: Effort,
) -> Row {
    let start = Instant::now();
    let (names, runs): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
    let row = Row::new(what, &names, &in_turn(runs, effort));
    eprintln!("in turn: {}{}: {:.1?}", what.0.name(), what.3, start.elapsed());
    row
}

fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}

fn main() {
    // openmls asks rayon for threads: it gets one.
    if std::env::var("RAYON_NUM_THREADS").as_deref() != Ok("1") {
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.args(std::env::args_os().skip(1)).env("RAYON_NUM_THREADS", "1");
        std::process::exit(again.status().unwrap().code().unwrap_or(1));
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let test = arguments.iter().any(|argument| argument == "--test");
    let words = arguments.into_iter().filter(|word| !word.starts_with('-'));
    let (sizes, words): (Vec<_>, Vec<_>) = words.partition(|word| word.parse::<usize>().is_ok());
    let mut sizes: Vec<usize> = sizes.iter().filter_map(|size| size.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = if test { vec![2, 10] } else { [&SIZES[..], &[LARGE]].concat() };
    }
    let plan = Plan { sizes, words, test };
    if plan.operations(LARGE, Kind::Fresh).next().is_none() {
        return println!("groups: no operation has such a name");
    }

    let before = load();
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    for size in &plan.sizes {
        for kind in [Kind::Fresh, Kind::Grown] {
            let (more, bytes) = plan.common(*size, kind);
            rows.extend(more);
            all.extend(bytes);
        }
    }
    for size in plan.sizes.iter().filter(|size| **size < LARGE) {
        for kind in [Kind::Fresh, Kind::Grown] {
            rows.extend(plan.hybrid(*size, kind));
        }
    }
    let report = Report { rows, bytes: all, load: [before, load()] };
    let (text, json, svg) = (report.text(), report.json(), report.svg());
    if test {
        println!("{} rows, {} sizes: they run", report.rows.len(), report.bytes.len());
        return;
    }
    let json = serde_json::to_string_pretty(&json).unwrap();
    let files = [("groups.txt", &text[..]), ("groups.json", &json), ("groups.svg", &svg)];
    println!("{text}\n{}", results::write(&files));
}
