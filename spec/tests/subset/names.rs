//! Names that the subset has, and such as it has not.

/// Macros that may be called: those of hacspec-lib that declare public arrays or build sequences of
/// public bytes. `bytes!` makes arrays of secret bytes, which `octets` says why not to use.
pub const MACROS: [&str; 3] = ["array", "public_bytes", "public_byte_seq"];

/// Traits that may be derived.
pub const DERIVES: [&str; 6] = ["Clone", "Copy", "Debug", "Default", "PartialEq", "Eq"];

/// Methods and functions that panic on purpose.
pub const PANICKING: [&str; 6] =
    ["unwrap", "expect", "unwrap_err", "expect_err", "unwrap_unchecked", "unwrap_none"];

/// Methods that take functions or are iterators.
pub const HIGHER_ORDER: [&str; 33] = [
    "all",
    "and_then",
    "any",
    "chain",
    "chunks",
    "collect",
    "count",
    "enumerate",
    "filter",
    "find",
    "flat_map",
    "fold",
    "for_each",
    "into_iter",
    "is_none_or",
    "is_ok_and",
    "is_some_and",
    "iter",
    "iter_mut",
    "map",
    "map_err",
    "map_or",
    "map_or_else",
    "ok_or_else",
    "or_else",
    "position",
    "retain",
    "rev",
    "sort_by",
    "then",
    "unwrap_or_else",
    "windows",
    "zip",
];

/// Types of native Rust for which hacspec has `Seq`, or which share or hide state.
pub const CONTAINERS: [&str; 17] = [
    "Vec",
    "VecDeque",
    "Box",
    "Rc",
    "Arc",
    "Cell",
    "RefCell",
    "Mutex",
    "RwLock",
    "Cow",
    "String",
    "HashMap",
    "HashSet",
    "BTreeMap",
    "BTreeSet",
    "LinkedList",
    "BinaryHeap",
];

/// First segments of paths that stay inside; besides, those which the file itself brings in.
pub const INSIDE: [&str; 4] = ["crate", "self", "super", "hacspec_lib"];

/// Native types, whose associated functions and constants may be used.
pub const NATIVE: [&str; 13] =
    ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "bool", "str"];
