//! What a user does, with Sceau, with the primitives alone, and with vodozemac.
//!
//! To see where instructions go, whatever else the machine does:
//!
//! ```text
//! cargo bench -p sceau-benches --bench table --no-run        # prints the program's path
//! valgrind --tool=callgrind --toggle-collect='*counted*' PATH --count 'decrypt 1 KiB' sceau 200
//! ```

mod handshake;
mod message;
mod state;

use crate::measure::Run;

/// The ratios that an operation should not exceed; none where none is set.
#[derive(Clone, Copy, Default)]
pub struct Aims {
    /// To the floor.
    pub floor: Option<f64>,
    /// To vodozemac.
    pub peer: Option<f64>,
}

/// Three ways to do one thing.
pub struct Ways {
    /// Sceau's.
    pub sceau: Run,
    /// The primitives alone.
    pub floor: Run,
    /// vodozemac's, where it can.
    pub peer: Option<Run>,
}

/// A thing that a user does, by its size.
pub struct Operation {
    /// Its name, with its size.
    pub name: &'static str,
    /// The ratios aimed at.
    pub aims: Aims,
    /// Makes ready to do it.
    pub ways: fn() -> Ways,
}

const fn free(name: &'static str, ways: fn() -> Ways) -> Operation {
    Operation { name, aims: Aims { floor: None, peer: None }, ways }
}

const fn bound(name: &'static str, aims: [Option<f64>; 2], ways: fn() -> Ways) -> Operation {
    let [floor, peer] = aims;
    Operation { name, aims: Aims { floor, peer }, ways }
}

/// All, in the order of a conversation.
pub const ALL: &[Operation] = &[
    free("prekey batch, 22 keys", || handshake::batch(10)),
    free("prekey batch, 202 keys", || handshake::batch(100)),
    free("bundle verification", handshake::bundle),
    bound("first message out", [Some(1.15), None], handshake::first_out),
    bound("first message in", [Some(1.15), None], handshake::first_in),
    free("encrypt 64 B", || message::encrypt(64)),
    bound("encrypt 1 KiB", [Some(1.5), Some(0.3)], || message::encrypt(1_024)),
    free("encrypt 64 KiB", || message::encrypt(65_536)),
    free("decrypt 64 B", || message::decrypt(64)),
    bound("decrypt 1 KiB", [Some(1.5), Some(1.0)], || message::decrypt(1_024)),
    free("decrypt 64 KiB", || message::decrypt(65_536)),
    bound("ping-pong 1 KiB", [Some(1.1), Some(1.0)], || message::ping_pong(1_024)),
    free("gap of 1,000", || message::gap(1_000)),
    free("decrypt, one of 40 sessions", || message::routed(40)),
    free("header trial, 40 sessions", || message::trial(40)),
    free("state out, 1 session", || state::out(1)),
    free("state in, 1 session", || state::back(1)),
    free("state out, 40 sessions", || state::out(40)),
    free("state in, 40 sessions", || state::back(40)),
    free("safety number", state::safety_number),
];

/// Those whose name contains one of the words; all where there are none.
pub fn chosen(words: &[String]) -> impl Iterator<Item = &'static Operation> {
    let is = |operation: &&Operation| {
        words.is_empty() || words.iter().any(|word| operation.name.contains(word.as_str()))
    };
    ALL.iter().filter(is)
}

/// Bytes of the body of a message that is not measured by size.
pub const KIB: usize = 1_024;

/// A body of so many bytes.
fn body(size: usize) -> Vec<u8> {
    vec![b'x'; size]
}

/// How many messages of a size are prepared in advance: they should stay in the cache.
fn chunk(size: usize) -> u64 {
    (0x4_0000 / size).clamp(1, 64) as u64
}
