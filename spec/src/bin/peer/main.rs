//! The executable specification as a peer: it plays the other side of a conformance case, and on
//! demand deviates from the specification in exactly one respect (`deviations`). It speaks the adapter
//! protocol (`conformance/ADAPTERS.md`, `conformance/PAIRWISE.md`) on standard input and output.

mod decode;
mod deviations;
mod forge;
mod groups;
mod handshake;
mod lists;
mod meta;
mod pairwise;
mod party;
mod prim;
mod ratchet;
mod responder;
mod rules;
mod second_device;
mod wire;

use party::Parties;
use std::io::{BufRead, Write};
use wire::{Answer, Request, Stop, fault};

/// Longest line that is taken.
const LARGEST_LINE: u64 = 16 << 20;

fn main() -> std::io::Result<()> {
    let always = match always() {
        Ok(names) => names,
        Err(usage) => {
            eprintln!("{usage}");
            std::process::exit(64);
        }
    };
    let mut parties = Parties::default();
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        let said = answer(&mut parties, &always, &line);
        line.clear();
        writeln!(output, "{said}")?;
        output.flush()?;
    }
    Ok(())
}

/// Deviations of every request that takes them: `--deviate NAME[,NAME]`.
fn always() -> Result<Vec<String>, String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<String> = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Vec::new(),
        ["--deviate", names] => names.split(',').map(str::to_owned).collect(),
        _ => return Err("peer [--deviate NAME[,NAME]]".to_owned()),
    };
    match names.iter().find(|name| !deviations::known(name)) {
        Some(name) => Err(format!("no deviation {name}")),
        None => Ok(names),
    }
}

fn answer(parties: &mut Parties, always: &[String], line: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(line) else {
        return wire::line(0, fault("not UTF-8"), Vec::new());
    };
    match wire::parse(text) {
        (id, Err(stop)) => wire::line(id, Err(stop), Vec::new()),
        (id, Ok(mut request)) => {
            request.deviate.extend(deviations::fitting(always, &request.cmd));
            let answer = run(parties, &mut request);
            wire::line(id, answer, request.used)
        }
    }
}

fn run(parties: &mut Parties, request: &mut Request) -> Answer {
    if let Some(name) = request.deviate.iter().find(|name| !deviations::fits(name, &request.cmd)) {
        return Err(Stop::Unsupported(format!("deviation {name} of {}", request.cmd)));
    }
    let cmd = request.cmd.clone();
    match cmd.split_once('.').unwrap_or_default().0 {
        "meta" => meta::run(parties, request),
        "prim" if prim::COMMANDS.contains(&cmd.as_str()) => prim::run(request),
        "codec" if cmd == "codec.decode" => decode::run(request),
        "party" | "pw" | "peer" if pairwise::COMMANDS.contains(&cmd.as_str()) => {
            pairwise::run(parties, request)
        }
        "mls" | "peer" if groups::COMMANDS.contains(&cmd.as_str()) => groups::run(parties, request),
        _ => Err(Stop::Unsupported(cmd)),
    }
}
