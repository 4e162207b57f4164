//! The executable specification of groups against the MLS working group's test vectors
//! (<https://github.com/mlswg/mls-implementations>), read where they lie: in `SCEAU_MLS_VECTORS`, or else in
//! `../shared/mls-vectors` beside the repository. Elsewhere each test says that it was not run; with
//! `SCEAU_REQUIRE_MLS=1` that is a failure. Suites 0x0001 and 0x0003 are run; the hybrid suite has no
//! vectors there, and HPKE's own are in `hpke`.

mod basics;
mod files;
mod messages;
mod protection;
mod refused;
mod schedule;
mod tree_kem;
mod trees;
