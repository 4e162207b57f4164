//! What commands print: lines for people, or JSON objects for scripts.

use crate::error::Error;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};

/// Where results go.
pub struct Out {
    json: bool,
}

impl Out {
    /// Results for people, or as JSON.
    #[must_use]
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether results are JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a result: the text for people, or the value.
    pub fn say(&self, text: impl AsRef<str>, value: &Value) {
        let mut out = std::io::stdout().lock();
        // Whoever has closed the pipe does not want more.
        let _ =
            if self.json { writeln!(out, "{value}") } else { writeln!(out, "{}", text.as_ref()) };
        let _ = out.flush();
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
