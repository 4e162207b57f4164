//! Criterion's series of each operation, of its floor and of the peer.
#![allow(missing_docs, reason = "benchmarks")]

use criterion::Criterion;
use sceau_benches::measure::Run;
use sceau_benches::operations::ALL;
use std::time::Duration;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_200))
        .configure_from_args();
    for operation in ALL {
        let mut group = criterion.benchmark_group(operation.name);
        let ways = (operation.ways)();
        let mut bench = |who: &str, mut run: Run| {
            group.bench_function(who, |b| b.iter_custom(&mut run));
        };
        bench("sceau", ways.sceau);
        bench("floor", ways.floor);
        if let Some(peer) = ways.peer {
            bench("vodozemac", peer);
        }
        group.finish();
    }
    criterion.final_summary();
}
