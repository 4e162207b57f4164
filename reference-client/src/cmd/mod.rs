//! The commands.

mod contacts;
mod group;
mod init;
mod issuer;
mod list;
mod offline;
mod out;
mod receive;
mod relay;
mod save;
mod send;
mod verify;

use crate::cli::{Cli, Command};
use crate::client::device::Device;
use crate::error::{Error, Result};
use clap::CommandFactory;
pub use out::Out;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Runs a command.
///
/// # Errors
/// Why it stopped.
pub fn run(cli: &Cli) -> Result<()> {
    let out = Out::new(cli.json);
    dispatch(cli, &out)?;
    out.finish()
}

fn dispatch(cli: &Cli, out: &Out) -> Result<()> {
    match &cli.command {
        Command::Relay(options) => relay::run(options, out),
        Command::Init(options) => init::run(cli, options, out),
        Command::Set(options) => init::set(&mut open(cli, out)?, options, out),
        Command::Whoami => init::whoami(&mut open(cli, out)?, out),
        Command::Add(options) => contacts::add(&mut open(cli, out)?, options, out),
        Command::Remove(options) => contacts::remove(&mut open(cli, out)?, &options.name, out),
        Command::Verify(options) => verify::run(&mut open(cli, out)?, options, out),
        Command::Accept(options) => {
            contacts::decide(&mut open(cli, out)?, &options.name, true, out)
        }
        Command::Decline(options) => {
            contacts::decide(&mut open(cli, out)?, &options.name, false, out)
        }
        Command::Send(options) => send::run(&mut open(cli, out)?, options, out),
        Command::Receive(options) => receive::run(open(cli, out)?, options, out),
        Command::List(options) => list::run(&mut open(cli, out)?, options, out),
        Command::Group(options) => group::run(&mut open(cli, out)?, &options.command, out),
        Command::Save(options) => save::run(&mut open(cli, out)?, options, out),
        Command::Export(options) => offline::export(&mut open(cli, out)?, options, out),
        Command::Import(options) => offline::import(&mut open(cli, out)?, options, out),
        Command::Issuer(options) => issuer::run(cli, &options.command, out),
        Command::Demo(options) => crate::demo::run(options.keep.as_deref()),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "sceau", &mut text);
            out.text(&text);
            Ok(())
        }
        Command::Load(options) => crate::load::run(options, out),
    }
}

/// The folder of the client's store.
///
/// # Errors
/// A system without a home.
pub fn home(cli: &Cli) -> Result<PathBuf> {
    let data = || std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let share = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    match &cli.home {
        Some(home) => Ok(home.clone()),
        None => data()
            .or_else(share)
            .map(|folder| folder.join("sceau"))
            .ok_or_else(|| Error::usage("there is no home folder").next("name one with --home")),
    }
}

/// Whose passphrase is asked for.
pub const OF_STORE: &str = "the store";

/// The first line of a file.
///
/// # Errors
/// A file that can't be read.
pub fn first_line(path: &Path) -> Result<Zeroizing<String>> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let next = "check the path, and that the file can be read and is text";
        Error::usage(format!("{}: {error}", path.display())).next(next)
    });
    let text = Zeroizing::new(text?);
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// The passphrase of a thing, such as `the store`: from the file, the environment, or the person.
///
/// # Errors
/// None of them gives one; an empty one.
pub fn passphrase(cli: &Cli, of: &str, twice: bool) -> Result<Zeroizing<String>> {
    let given = given_passphrase(cli, of, twice)?;
    if given.trim().is_empty() {
        return Err(Error::usage(format!("an empty passphrase does not protect {of}"))
            .next("choose one of several words"));
    }
    Ok(given)
}

fn given_passphrase(cli: &Cli, of: &str, twice: bool) -> Result<Zeroizing<String>> {
    if let Some(file) = &cli.passphrase_file {
        return first_line(file);
    }
    if let Ok(passphrase) = std::env::var("SCEAU_PASSPHRASE") {
        return Ok(Zeroizing::new(passphrase));
    }
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|error| {
            Error::usage(format!("no passphrase: {error}"))
                .next("give it with --passphrase-file FILE, or in SCEAU_PASSPHRASE")
        })
    };
    let passphrase = ask(&format!("Passphrase of {of}: "))?;
    if twice && *ask("Once more: ")? != *passphrase {
        return Err(Error::usage("the two passphrases differ").next("try again"));
    }
    Ok(passphrase)
}

fn open(cli: &Cli, out: &Out) -> Result<Device> {
    let home = home(cli)?;
    if !crate::client::store::ClientStore::exists(&home) {
        return Err(Error::not_found(format!("there is no store in {}", home.display()))
            .next("make one with `sceau init`, or name its folder with --home"));
    }
    let mut device = Device::open(&home, &passphrase(cli, OF_STORE, false)?)?;
    device.take_notices().iter().for_each(|notice| out.notice(notice));
    Ok(device)
}
