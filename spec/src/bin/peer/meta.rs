//! `meta.*`.

use crate::party::Parties;
use crate::wire::{Answer, Out, Request, Stop, fault, hex};
use crate::{LARGEST_LINE, decode, deviations, groups, pairwise, prim};
use sceau_spec::primitives::sha256;

const COMMANDS: &[&str] =
    &["meta.hello", "meta.reset", "meta.echo", "meta.poll", "meta.draw", "codec.decode"];

/// Runs one.
pub fn run(parties: &mut Parties, request: &mut Request) -> Answer {
    match request.cmd.as_str() {
        "meta.hello" => hello(request),
        "meta.reset" => {
            request.knows(&[])?;
            parties.clear();
            Ok(Out::default())
        }
        "meta.echo" => {
            request.knows(&["text", "number", "data"])?;
            let data = request.bytes("data")?;
            Ok(Out::default()
                .text("text", request.text("text")?.unwrap_or_default())
                .long("number", request.long("number")?)
                .int("len", data.len() as u64)
                .bytes("sha256", &sha256(&data)))
        }
        "meta.poll" => fault("nothing is pending"),
        "meta.draw" => {
            request.knows(&["draws"])?;
            let mut drawn = Vec::new();
            for draw in request.list("draws")? {
                match draw.rsplit_once(':').map(|(name, length)| (name, length.parse::<usize>())) {
                    Some((name, Ok(length))) if length <= 255 * 32 => {
                        drawn.push(hex(&request.draw(name, length)?));
                    }
                    _ => return fault("draws: name:length"),
                }
            }
            Ok(Out::default().list("drawn", drawn))
        }
        other => Err(Stop::Unsupported(other.to_owned())),
    }
}

fn hello(request: &Request) -> Answer {
    if !request.list("versions")?.iter().any(|version| version == "0") {
        return Err(Stop::Unsupported("versions".to_owned()));
    }
    let commands = [COMMANDS, pairwise::COMMANDS, groups::COMMANDS, prim::COMMANDS].concat();
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    Ok(Out::default()
        .text("version", "0")
        .int("largest_line", LARGEST_LINE)
        .text("implementation", "sceau-spec")
        .text("implementation_version", env!("CARGO_PKG_VERSION"))
        .list("profiles", own(&["core", "portable state"]))
        .text("access", "L3")
        .list("commands", own(&commands))
        .list("randomness", own(&["fed", "seed", "own"]))
        .text("clock", "fed")
        .list("deviations", deviations::names().map(str::to_owned).collect())
        .list("structures", own(decode::TYPES)))
}
