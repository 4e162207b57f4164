//! What commands print: lines for people, or JSON objects for scripts.

use crate::error::{Error, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use std::cell::Cell;
use std::io::{ErrorKind, IsTerminal, Write};

/// Where results go.
pub struct Out {
    json: bool,
    /// What kept something from being written.
    failed: Cell<Option<ErrorKind>>,
}

impl Out {
    /// Results for people, or as JSON.
    #[must_use]
    pub fn new(json: bool) -> Self {
        Self { json, failed: Cell::new(None) }
    }

    /// Whether results are JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a result: the text for people, or the value.
    pub fn say(&self, text: impl AsRef<str>, value: &Value) {
        match self.json {
            true => self.text(format!("{value}\n").as_bytes()),
            false => self.text(format!("{}\n", text.as_ref()).as_bytes()),
        }
    }

    /// Prints a text as it is.
    pub fn text(&self, text: &[u8]) {
        let mut out = std::io::stdout().lock();
        if let Err(error) = out.write_all(text).and_then(|()| out.flush()) {
            self.failed.set(Some(error.kind()));
        }
    }

    /// Whether something could not be written, so that nobody has seen it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.failed.get().is_some()
    }

    /// Says so at the end.
    ///
    /// # Errors
    /// Standard output that can't be written. Whoever has closed a pipe does not want more, and that is none.
    pub fn finish(&self) -> Result<()> {
        match self.failed.get() {
            None | Some(ErrorKind::BrokenPipe) => Ok(()),
            Some(kind) => {
                Err(Error::fault(format!("what was to be shown could not be written: {kind}"))
                    .next("it is kept: see `sceau list`"))
            }
        }
    }

    /// Prints something that the person should know, which is no result.
    pub fn notice(&self, text: &str) {
        self.say(format!("! {text}"), &json!({ "notice": text }));
    }

    /// A bar for what takes long, on a terminal.
    #[must_use]
    pub fn bar(&self, length: u64, what: &str) -> ProgressBar {
        let hidden = self.json || !std::io::stderr().is_terminal();
        let target =
            if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {bytes}/{total_bytes} {eta}");
        let bar = ProgressBar::with_draw_target(Some(length), target).with_message(what.to_owned());
        match style {
            Ok(style) => bar.with_style(style.progress_chars("=> ")),
            Err(_) => bar,
        }
    }

    /// Prints why a command stopped, to standard error.
    pub fn error(&self, error: &Error) {
        if self.json {
            let value = json!({
                "error": error.what(),
                "next": error.what_next(),
                "class": error.class,
                "code": error.code(),
            });
            eprintln!("{value}");
        } else {
            eprintln!("sceau: {error}");
        }
    }
}
