//! The proof that the library needs neither `std` nor an operating system.

use crate::error::Result;
use crate::run::{build_binary, program, run};

/// Links the library into a program without `std`, C library and start files, and runs it.
pub fn run_proof() -> Result {
    let manifest = "protocol/tests/no_std/Cargo.toml";
    let proof = build_binary(
        "sceau-no-std",
        &["--release", "--manifest-path", manifest, "--target", "x86_64-unknown-linux-gnu"],
    )?;
    run(&mut program(&proof.to_string_lossy(), std::iter::empty::<&str>()))?;
    println!("no_std: linked and run without std, C library and start files");
    Ok(())
}
