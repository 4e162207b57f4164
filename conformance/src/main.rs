//! The command `sceau-conformance`; everything is in the library.

fn main() -> std::process::ExitCode {
    sceau_conformance::cli::main()
}
