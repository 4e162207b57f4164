//! Conformance suite of the Sceau protocol: what tells whether an implementation conforms.
//!
//! The implementation under test is a program behind an adapter ([`adapter`]): one JSON object a
//! line on its standard input and output, as `ADAPTERS.md` says. The other side of each
//! conversation is played by the executable specification's `peer`, which speaks the same
//! protocol. This package links no implementation of Sceau, so it cannot judge one by itself.
//!
//! | module | has |
//! |---|---|
//! | [`wire`] | the adapter protocol: values, requests, answers, `meta.hello` |
//! | [`process`], [`adapter`] | a program with limits around it; the calls to it |
//! | [`case`], [`scene`] | what a case is; the steps that it is written in |
//! | [`cases`] | the cases, one topic a file |
//! | [`runner`] | worker threads, twins, verdicts |
//! | [`report`], [`transcript`] | what remains of a run |
//! | [`map`], [`coverage`] | which clause is answered by what |
//! | [`cli`] | the commands |

pub mod adapter;
pub mod case;
pub mod cases;
pub mod cli;
pub mod coverage;
pub mod digest;
pub mod doctor;
pub mod exit;
pub mod interop;
pub mod map;
pub mod process;
pub mod replay;
pub mod report;
pub mod runner;
pub mod scene;
pub mod seed;
pub mod selftest;
pub mod transcript;
pub mod wire;

/// Edition of the suite: the set of cases and their meaning. Zero until the first is frozen.
pub const EDITION: &str = "0";
