//! Headers and bodies that the peer seals as it must not, so that nothing but the named thing is wrong.

use super::bounds::{begins, goes_on};
use super::row;
use crate::case::Case;

/// The cases.
pub const CASES: &[Case] = &[
    row("PW-RAT-HEADER-001n", "One's own ratchet key as the peer's is refused.", begins, "header-own-key malformed")
        .clauses(&["RAT-13"])
        .mutants(&["R26"]),
    row("PW-RAT-HEADER-002n", "One's own last ratchet key as the peer's is refused.", begins, "header-own-previous-key malformed")
        .clauses(&["RAT-13"])
        .mutants(&["R26"]),
    row("PW-RAT-HEADER-003n", "A new chain under the peer's old ratchet key is refused.", begins, "header-same-key malformed")
        .clauses(&["RAT-13"])
        .mutants(&["R14"]),
    row("PW-RAT-HEADER-004n", "A ratchet key of low order is refused.", begins, "header-low-order low_order")
        .clauses(&["RAT-13", "SUI-01"])
        .mutants(&["P1", "P2"]),
    row("PW-RAT-HEADER-005n", "An unknown flag is refused at the start of a chain.", begins, "header-flag-unknown malformed")
        .clauses(&["RAT-15"]),
    row("PW-RAT-HEADER-006n", "An unknown flag is refused in a chain.", goes_on, "header-flag-unknown malformed")
        .clauses(&["RAT-15"]),
    row("PW-RAT-HEADER-007n", "The flag `absorbed` with nothing to absorb is refused.", begins, "header-flag-absorbed-unexpected malformed")
        .clauses(&["REP-07"]),
    row("PW-RAT-HEADER-008n", "The flag `absorbed` is refused in a chain that began without.", goes_on, "header-flag-absorbed-unexpected malformed")
        .clauses(&["REP-07", "RAT-06"]),
    row("PW-RAT-HEADER-009n", "Another ratchet key within a chain is refused.", goes_on, "header-key-changed-in-chain malformed")
        .clauses(&["RAT-13", "RAT-06"]),
    row("PW-RAT-HEADER-010n", "A header sealed under another nonce is refused.", begins, "header-wrong-nonce undecryptable")
        .clauses(&["RAT-02", "RAT-17"]),
    row("PW-RAT-HEADER-011n", "A header whose associated data lacks the session is refused.", begins, "header-aad-without-session undecryptable")
        .clauses(&["RAT-14", "RAT-17"])
        .mutants(&["R1", "P20"]),
    row("PW-RAT-BODY-012n", "A body whose associated data lacks the header is refused.", begins, "body-aad-without-header undecryptable")
        .clauses(&["RAT-14", "RAT-17"])
        .mutants(&["R1", "P20"]),
    row("PW-RAT-BODY-013n", "A body in a chain whose associated data lacks the header is refused.", goes_on, "body-aad-without-header undecryptable")
        .clauses(&["RAT-14", "RAT-17"])
        .mutants(&["R1", "P20"]),
    row("PW-RAT-BODY-014n", "A body whose associated data lacks the session is refused.", begins, "body-aad-without-session undecryptable")
        .clauses(&["RAT-14", "RAT-17"])
        .mutants(&["R1", "P20"]),
    row("PW-RAT-BODY-015n", "A body under the chain key instead of the message key is refused.", begins, "message-key-as-chain-key undecryptable")
        .clauses(&["RAT-03", "RAT-17"])
        .mutants(&["R18"]),
    row("PW-RAT-TAG-016n", "A message whose tag is shortened is refused.", begins, "tag-truncated")
        .clauses(&["SUI-07"])
        .mutants(&["P19"]),
    row("PW-RAT-TAG-017n", "A message in a chain whose tag is shortened is refused.", goes_on, "tag-truncated")
        .clauses(&["SUI-07"])
        .mutants(&["P19"]),
];
