//! `issuer`

use super::{Out, passphrase};
use crate::cli::{Cli, IssuerCommand};
use crate::client::model::account_id;
use crate::error::{About, Error, Result};
use crate::issuer::lists::{self, Change};
use crate::issuer::{self, Request};
use crate::time::shown;
use sceau::Wire;
use serde_json::json;
use std::io::{BufRead, BufReader, Read};

/// Whose passphrase is asked for.
const OF_ISSUER: &str = "the issuer";

/// What an issuer does.
pub fn run(cli: &Cli, command: &IssuerCommand, out: &Out) -> Result<()> {
    match command {
        IssuerCommand::Init { dir } => {
            issuer::check_free(dir)?;
            let keys = issuer::init(dir, &passphrase(cli, OF_ISSUER, true)?)?;
            let keys = hex::encode(keys.to_bytes());
            let public = dir.join("issuer.pub");
            out.say(
                format!(
                    "made an issuer in {}\nRelays and clients get {}: sceau relay --issuer FILE, sceau init --issuer FILE",
                    dir.display(),
                    public.display()
                ),
                &json!({ "issuer": keys, "file": public }),
            );
            Ok(())
        }
        IssuerCommand::Sign { dir, yes } => {
            let mut line = String::new();
            std::io::stdin().read_to_string(&mut line).about("the request")?;
            let request: Request = serde_json::from_str(&line).map_err(|_| {
                Error::refused("standard input holds no request of `sceau init`")
                    .next("`sceau init --issuer-command` gives it to this command")
            })?;
            let what = issuer::describe(&request, &lists::revoked(dir)?.revoked())?;
            if !yes && !agrees(&what)? {
                return Err(Error::refused("not signed"));
            }
            let opened = issuer::open(dir, &passphrase(cli, OF_ISSUER, false)?)?;
            // By the list that was signed last, whatever the file is.
            issuer::describe(&request, &lists::newest(dir, &opened)?.revoked())?;
            out.text(format!("{}\n", hex::encode(opened.sign(&request)?)).as_bytes());
            Ok(())
        }
        IssuerCommand::Revoke { dir, account, serial, undo, anyway } => {
            let account = account.as_deref().map(account_id).transpose()?;
            let account = account.map(|account| account.as_bytes().to_vec());
            let change = match (account, undo) {
                (None, _) => Change::Renew,
                (Some(account), false) => Change::Add(account, *serial),
                (Some(account), true) => Change::Remove(account, *serial),
            };
            let opened = issuer::open(dir, &passphrase(cli, OF_ISSUER, false)?)?;
            let (path, list) = lists::revoke(dir, &opened, change, *anyway)?;
            out.say(
                format!(
                    "list {} of {}: {} revoked\nRelays and clients read {}: sceau relay --revoked FILE, sceau init \
                     --revoked FILE",
                    list.number,
                    shown(list.issued_at),
                    list.revoked.len(),
                    path.display()
                ),
                &json!({
                    "number": list.number, "issued_at": list.issued_at, "revoked": list.revoked.len(), "file": path,
                }),
            );
            Ok(())
        }
    }
}

/// Asks the officer, on the terminal: standard input holds the request.
fn agrees(what: &str) -> Result<bool> {
    eprint!("Sign the {what}? [y/N] ");
    let terminal = std::fs::File::open("/dev/tty").map_err(|error| {
        Error::usage(format!("there is nobody to ask: {error}"))
            .next("sign without asking with --yes")
    })?;
    let mut answer = String::new();
    BufReader::new(terminal).read_line(&mut answer).about("the answer")?;
    Ok(matches!(answer.trim(), "y" | "yes"))
}
