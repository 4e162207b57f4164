//! The rules, each with examples of what it refuses, and what is accepted.

/// A rule, what it keeps out, and files that break it and no other rule.
pub const RULES: &[(Rule, &[&str])] = &[
    (Rule::Trait, &["/// t\npub trait T {}", "/// t\nfn f(x: u8) -> u8 { <u8 as Into>::into(x) }"]),
    (Rule::Impl, &["impl S { }", "impl Clone for S { }", "impl<T> S<T> { }"]),
    (
        Rule::Generics,
        &[
            "/// f\nfn f<T>(x: T) -> T { x }",
            "/// f\nfn f<'a>(x: &u8) -> u8 { *x }",
            "/// f\nfn f(x: &'static str) -> u8 { 0 }",
            "/// s\nstruct S<T> { x: T }",
            "/// e\nenum E<T> { X(T) }",
            "/// a\ntype A<T> = Option<T>;",
            "/// f\nfn f<const N: usize>() -> usize { N }",
            "/// f\nfn f() -> u8 where u8: Copy { 0 }",
        ],
    ),
    (
        Rule::HigherOrder,
        &[
            "/// f\nfn f(x: u8) -> u8 { let g = |y: u8| y; g(x) }",
            "/// f\nfn f(g: fn(u8) -> u8) -> u8 { g(0) }",
            "/// f\nfn f(g: &dyn Fn(u8) -> u8) -> u8 { g(0) }",
            "/// f\nfn f(g: impl Fn(u8) -> u8) -> u8 { g(0) }",
            "/// f\nfn f(x: Option<u8>) -> Option<u8> { x.map(g) }",
            "/// f\nfn f(x: &Octets) -> usize { x.iter().count() }",
            "/// f\nfn f(x: Option<u8>) -> Option<u8> { Option::map(x, g) }",
        ],
    ),
    (
        Rule::Loop,
        &[
            "/// f\nfn f() { while true {} }",
            "/// f\nfn f() { loop {} }",
            "/// f\nfn f() { for i in 0..3 { break } }",
            "/// f\nfn f() { for i in 0..3 { continue } }",
            "/// f\nfn f() { 'a: for i in 0..3 {} }",
        ],
    ),
    (
        Rule::ForRange,
        &[
            "/// f\nfn f(x: &Octets) { for b in x {} }",
            "/// f\nfn f() { for b in 0..=3 {} }",
            "/// f\nfn f() { for b in 0.. {} }",
            "/// f\nfn f() { for (a, b) in 0..3 {} }",
        ],
    ),
    (Rule::Return, &["/// f\nfn f(x: u8) -> u8 { if x == 0 { return 1; } x }"]),
    (
        Rule::MutableReference,
        &[
            "/// f\nfn f(x: &mut u8) {}",
            "/// f\nfn f() { let mut x = 0; g(&mut x); }",
            "/// f\nfn f(x: Option<u8>) { match x { Some(ref y) => {} None => {} } }",
        ],
    ),
    (
        Rule::Unsafe,
        &[
            "/// f\nfn f() { unsafe {} }",
            "/// f\nunsafe fn f() {}",
            "/// f\nfn f(x: *const u8) {}",
            "/// f\nextern \"C\" fn f() {}",
            "extern \"C\" { }",
            "/// u\nunion U { a: u8, b: u8 }",
        ],
    ),
    (
        Rule::Float,
        &[
            "/// f\nfn f() { let x = 1.5; }",
            "/// f\nfn f(x: f64) {}",
            "/// f\nfn f(x: u8) { let y = x as f32; }",
        ],
    ),
    (
        Rule::Macro,
        &[
            "/// f\nfn f() { let x = vec![1]; }",
            "/// f\nfn f() { println!(\"x\"); }",
            "/// f\nfn f() { assert!(true); }",
            "/// f\nfn f() { debug_assert_eq!(1, 1); }",
            "/// f\nfn f() { panic!(); }",
            "/// f\nfn f() { unreachable!() }",
            "/// f\nfn f() { todo!() }",
            "/// f\nfn f(x: u8) -> bool { matches!(x, 1) }",
            "macro_rules! m { () => {} }",
            "std::thread_local!();",
            "bytes!(Key, 32);",
            "array!(A, { loop {} }, u8);",
            "/// f\nfn f() { let x = public_byte_seq!(g(|| 1)); }",
        ],
    ),
    (
        Rule::Panic,
        &[
            "/// f\nfn f(x: Option<u8>) -> u8 { x.unwrap() }",
            "/// f\nfn f(x: Option<u8>) -> u8 { x.expect(\"x\") }",
            "/// f\nfn f(x: Result<u8, u8>) -> u8 { x.unwrap_err() }",
            "/// f\nfn f(x: Option<u8>) -> u8 { Option::unwrap(x) }",
        ],
    ),
    (
        Rule::Outside,
        &[
            "use std::fs;",
            "use std::{env, io};",
            "use rand::random;",
            "use rand;",
            "use {rand};",
            "use rand as hacspec;",
            "use ::hacspec_lib::Seq;",
            "extern crate std;",
            "/// f\nfn f() { std::fs::remove_file(\"x\"); }",
            "/// f\nfn f() { let t = std::time::Instant::now(); }",
            "/// f\nfn f() { let x = ::core::mem::size_of::<u8>(); }",
            "/// f\nfn f() -> u8 { rand::random() }",
            "/// f\nfn f(x: std::env::Args) {}",
        ],
    ),
    (
        Rule::Container,
        &[
            "/// f\nfn f(x: Vec<u8>) {}",
            "/// f\nfn f() { let x = Vec::new(); }",
            "/// s\nstruct S { x: Box<u8> }",
            "/// f\nfn f(x: String) {}",
            "/// f\nfn f(x: HashMap<u8, u8>) {}",
            "/// f\nfn f(x: Cell<u8>) {}",
            "use hacspec_lib::Vec as List;",
        ],
    ),
    (Rule::Static, &["/// s\nstatic S: u8 = 0;", "/// s\nstatic mut S: u8 = 0;"]),
    (Rule::Async, &["/// f\nasync fn f() {}", "/// f\nfn f() { let x = async { 1 }; }"]),
    (
        Rule::Attribute,
        &[
            "#[allow(warnings)]\n/// f\nfn f() {}",
            "#[inline]\n/// f\nfn f() {}",
            "#[cfg(test)]\nmod tests {}",
            "#[path = \"../x.rs\"]\nmod x;",
            "#[derive(Hash)]\n/// s\nstruct S { x: u8 }",
        ],
    ),
    (
        Rule::Documentation,
        &[
            "fn f() {}",
            "struct S {}",
            "/// s\npub struct S { pub x: u8 }",
            "enum E { A }",
            "/// e\npub enum E { A }",
            "const C: u8 = 0;",
            "type T = u8;",
        ],
    ),
];

/// Files that keep to the subset.
pub const ACCEPTED: &[&str] = &[
    "//! A session.
    use crate::octets::{Octets, checked_slice, u32_be};
    use crate::primitives::{self, sha256};
    use hacspec_lib::*;
    pub mod part;
    pub use part::helper;

    array!(Key, 32, u8);
    array!(Words, 4 * 8, u32, type_for_indexes: WordIndex);
    public_bytes!(Tag, 16);

    /// The largest number of skipped keys.
    pub const MAX_SKIP: usize = 1000;

    /// A list of keys.
    pub type Keys = Seq<SkippedKey>;

    /// What can go wrong.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Error {
        /// The input is malformed.
        Malformed,
        /// The message is number `n` too far ahead.
        TooFar(u32),
    }

    /// A phase.
    #[derive(Clone, Debug, Default)]
    pub enum Phase {
        /// At first.
        #[default]
        Initial,
        /// Later.
        Active {
            /// The chain key.
            chain_key: Octets,
        },
    }

    /// A skipped key.
    #[derive(Clone, Debug, Default)]
    pub struct SkippedKey {
        /// Its number.
        pub n: u32,
        /// The message key.
        pub message_key: Octets,
        /// The one before.
        pub previous: Option<Octets>,
    }

    /// A step.
    pub fn step(keys: &Keys, mut n: u32, input: &Octets) -> Result<(Keys, Octets), Error> {
        let header = parse(input).ok_or(Error::Malformed)?;
        let mut out = keys.clone();
        let mut found = Octets::new(0);
        for i in 0..keys.len() {
            let key = keys[i].clone();
            if key.n == n && found.len() == 0 {
                found = key.message_key.concat(&header).slice(0, 32);
            } else {
                out = out.push(&key);
            }
        }
        n += 1;
        out[0usize] = SkippedKey { n, ..SkippedKey::default() };
        found[0usize] ^= 0x5c;
        let words = Words([1; 32]);
        match checked_slice(&found, 0, 32) {
            Some(key) if n < u32::MAX => Ok((out, sha256(&key.concat(&u32_be(n))))),
            Some(_) => Err(Error::TooFar(n)),
            None => Err(Error::Malformed),
        }
    }

    /// A parser.
    fn parse(input: &Octets) -> Option<Octets> {
        let first = checked_slice(input, 0, 1)?;
        let (a, b) = (first[0usize], input.len() as u64);
        if let Some(rest) = checked_slice(input, 1, a as usize) {
            Some(primitives::sha256(&rest))
        } else {
            None
        }
    }",
    "//! The facade.
    pub mod hacspec;
    #[cfg(feature = \"fast\")]
    pub mod fast;
    #[cfg(feature = \"fast\")]
    use fast as backend;
    #[cfg(not(feature = \"fast\"))]
    use hacspec as backend;
    pub use backend::sha256;
    pub use hacspec::aes::cipher;",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    Trait,
    Impl,
    Generics,
    HigherOrder,
    Loop,
    ForRange,
    Return,
    MutableReference,
    Unsafe,
    Float,
    Macro,
    Panic,
    Outside,
    Container,
    Static,
    Async,
    Attribute,
    Documentation,
}
