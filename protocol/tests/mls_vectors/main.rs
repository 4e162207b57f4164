//! The MLS working group's test vectors (<https://github.com/mlswg/mls-implementations>), read where they lie:
//! in `SCEAU_MLS_VECTORS`, or else in `../shared/mls-vectors` beside the repository. Elsewhere each test says that it
//! was not run; with `SCEAU_REQUIRE_MLS=1` that is a failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod basics;
mod files;
mod passive;
mod protection;
mod schedule;
mod trees;
