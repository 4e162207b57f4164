//! How a client asks its issuer: by a command of the person's, once for the credential and once for the list that names it.

use super::{Request, describe, sign_with};
use crate::error::{About, Error, Result};
use crate::relay::directory::Revoked;
use sceau::crypto::{KeyRole, SignRequest};
use sceau::error::Misuse;
use std::io::Write;
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

/// Answers requests for signatures where the account's key is the client's own, and the issuer is asked by a command.
#[derive(Clone)]
pub struct Asker {
    /// The account's seed.
    pub account: Zeroizing<Vec<u8>>,
    /// What asks the issuer.
    pub command: Option<String>,
}

impl Asker {
    /// A signature.
    ///
    /// # Errors
    /// An issuer that does not sign.
    pub fn answer(&self, request: &SignRequest) -> Result<Vec<u8>> {
        match (request.role, &self.command) {
            (KeyRole::Account, _) => sign_with(&self.account, &request.message()),
            (KeyRole::Issuer, Some(command)) => ask(command, request),
            _ => Err(Error::refused("there is nobody to sign")
                .next("name the command that asks the issuer: `sceau init --issuer-command …`")),
        }
    }
}

impl sceau::crypto::Signer for Asker {
    fn sign(
        &self,
        request: &SignRequest,
    ) -> std::result::Result<Vec<u8>, sceau::error::ProviderFailed> {
        self.answer(request).map_err(|_| sceau::error::ProviderFailed::KeyHolder)
    }
}

/// What it means that signatures do not verify that somebody has given.
#[must_use]
pub fn wrong_answer(error: sceau::Error) -> Error {
    match error {
        sceau::Error::Misuse(Misuse::WrongAnswer) => Error::refused(
            "what the issuer's command answered is not signed by the key in the --issuer file",
        )
        .next("check that file and command are of the same issuer; nothing was made yet"),
        error => error.into(),
    }
}

/// Runs the command with the request on its standard input, and reads the signature. The person sees before that what is
/// asked for, to tell the officer.
fn ask(command: &str, request: &SignRequest) -> Result<Vec<u8>> {
    let refused = |why: String| {
        Error::refused(format!("the issuer has not signed: {why}"))
            .next("ask the organisation's officer; nothing was made yet")
    };
    let asked = Request {
        label: request.label.to_owned(),
        key_type: request.key_type,
        content: request.content.clone(),
    };
    let what = describe(&asked, &Revoked::default())?;
    eprintln!("asking the issuer, with `{command}`, to sign the {what}");
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .about(format!("the command {command}"))?;
    let mut line = serde_json::to_vec(&asked).about("a request")?;
    line.push(b'\n');
    if let Some(mut input) = child.stdin.take() {
        // A command that does not read has its own reason, which its exit tells.
        let _ = input.write_all(&line);
    }
    let output = child.wait_with_output().about(format!("the command {command}"))?;
    if !output.status.success() {
        return Err(refused(format!("`{command}` ended with {}", output.status)));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    hex::decode(said.trim()).map_err(|_| refused(format!("`{command}` gave no signature")))
}
