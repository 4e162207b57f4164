//! Links the library into a program that has no `std`, no C library and no start files, and runs it.
//! What the library would need from an operating system is missing here, so that needing anything
//! is an error of the linker. For x86_64 Linux, whose two system calls stand in `platform`.

#![no_std]
#![no_main]

extern crate alloc;

mod memory;
mod platform;

use alloc::vec::Vec;
use sceau as _;

/// Calls the library; `false` ends the program with an error.
fn exercise() -> bool {
    let heap: Vec<u8> = (0..=255).collect();
    heap.len() == 256
}
