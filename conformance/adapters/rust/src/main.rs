//! Adapter of the conformance suite for the library `sceau`.
//!
//! One line in, one line out, as `conformance/ADAPTERS.md` says; `PAIRWISE.md` has the commands `pw.*`,
//! `GROUPS.md` the commands `mls.*`.

mod delivery;
mod draw;
mod groups;
mod meta;
mod pairwise;
mod party;
mod prim;
mod store;

use draw::Draws;
use party::Parties;
use sceau_adapter::LARGEST_LINE;
use sceau_adapter::line::{self, Answer, No, Request};
use sceau_adapter::mls;
use std::io::{BufRead, Read, Write};

fn main() -> std::io::Result<()> {
    let (mut parties, mut input) = (Parties::default(), std::io::stdin().lock());
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(u64::from(LARGEST_LINE) + 1).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let answer = serve(&line, &mut parties);
        let mut output = std::io::stdout().lock();
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
}

fn serve(line: &[u8], parties: &mut Parties) -> String {
    let read = std::str::from_utf8(line).map_err(|error| (0, No::Fault(error.to_string())));
    match read.and_then(Request::read) {
        Ok(request) => {
            let mut draws = Draws::new(&request);
            let answer = run(&request, parties, &mut draws);
            match draws.used() {
                Ok(used) => line::write(request.id, answer, &used),
                Err(missing) => line::write(request.id, Err(missing), &[]),
            }
        }
        Err((id, no)) => line::write(id, Err(no), &[]),
    }
}

fn run(request: &Request, parties: &mut Parties, draws: &mut Draws) -> Answer {
    let family = request.cmd.split('.').next().unwrap_or_default();
    match family {
        "meta" => meta::run(request, parties, draws),
        "prim" => prim::run(request),
        "codec" => meta::decode(request),
        "party" if !pairwise::COMMANDS.contains(&request.cmd.as_str()) => parties.run(request),
        "pw" | "party" => pairwise::run(request, parties.acting(request)?, draws),
        "mls" => mls::run(request, parties.acting(request)?.groups()),
        _ => Err(No::Unsupported(request.cmd.clone())),
    }
}
