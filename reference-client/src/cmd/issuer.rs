//! `issuer`

use super::{Out, passphrase};
use crate::cli::{Cli, IssuerCommand};
use crate::client::model::account_id;
use crate::error::{About, Error, Result};
use crate::issuer::{self, Change, Request};
use crate::time::shown;
use sceau::Wire;
use serde_json::json;
use std::io::{BufRead, BufReader, Read};

/// What an issuer does.
pub fn run(cli: &Cli, command: &IssuerCommand, out: &Out) -> Result<()> {
    match command {
        IssuerCommand::Init { dir } => {
            let keys = hex::encode(issuer::init(dir, &passphrase(cli, true)?)?.to_bytes());
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
            let request: Request = serde_json::from_str(&line)
                .map_err(|_| Error::refused("standard input holds no request of `sceau init`"))?;
            let what = issuer::describe(&request, &issuer::revoked(dir)?.revoked())?;
            if !yes && !agrees(&what)? {
                return Err(Error::refused("not signed"));
            }
            let signature = issuer::sign(dir, &passphrase(cli, false)?, &request)?;
            println!("{}", hex::encode(signature));
            Ok(())
        }
        IssuerCommand::Revoke { dir, account, serial, undo } => {
            let account = account.as_deref().map(account_id).transpose()?;
            let account = account.map(|account| account.as_bytes().to_vec());
            let change = match (account, undo) {
                (None, _) => Change::Renew,
                (Some(account), false) => Change::Add(account, *serial),
                (Some(account), true) => Change::Remove(account, *serial),
            };
            let (path, list) = issuer::revoke(dir, &passphrase(cli, false)?, change)?;
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
