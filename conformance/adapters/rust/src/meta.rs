//! `meta.*` and `codec.decode`.

use crate::draw::Draws;
use crate::party::Parties;
use crate::{delivery, pairwise, party, prim};
use sceau::hazmat;
use sceau_adapter::line::{Answer, No, Out, Request};
use sceau_adapter::meta::echo;
use sceau_adapter::{LARGEST_LINE, mls};

const COMMANDS: &[&str] = &["meta.hello", "meta.reset", "meta.echo", "meta.draw", "codec.decode"];

/// Carries out a command of the family `meta`.
pub fn run(request: &Request, parties: &mut Parties, draws: &mut Draws) -> Answer {
    match request.cmd.as_str() {
        "meta.hello" => Ok(hello()),
        "meta.reset" => {
            request.only(&[])?;
            parties.clear();
            Ok(Out::default())
        }
        "meta.echo" => echo(request),
        "meta.draw" => {
            request.only(&["draws"])?;
            let drawn = request.list("draws")?.iter().map(|draw| {
                let (name, length) = draw.split_once(':').ok_or(No::Fault(draw.clone()))?;
                let length = length.parse().map_err(|_| No::Fault(draw.clone()))?;
                Ok(hex::encode(draws.take(name, length)))
            });
            Ok(Out::default().list("drawn", drawn.collect::<Result<_, No>>()?))
        }
        other => Err(No::Unsupported(other.to_owned())),
    }
}

fn hello() -> Out {
    let families =
        [COMMANDS, party::COMMANDS, pairwise::COMMANDS, delivery::COMMANDS, prim::COMMANDS];
    let commands = [families.concat().as_slice(), mls::COMMANDS, mls::SUCCESSORS].concat();
    let list = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    Out::default()
        .text("version", "0")
        .integer("largest_line", LARGEST_LINE)
        .text("implementation", "sceau")
        .text("implementation_version", env!("CARGO_PKG_VERSION"))
        .list("profiles", list(&["core", "portable state", "groups", "groups of sceau"]))
        .text("access", "L3")
        .list("commands", list(&commands))
        .list("randomness", list(&["fed", "seed", "own"]))
        .text("clock", "fed")
}

/// `codec.decode`: a structure by its name in the specification, decoded and encoded again.
pub fn decode(request: &Request) -> Answer {
    if request.cmd != "codec.decode" {
        return Err(No::Unsupported(request.cmd.clone()));
    }
    request.only(&["type", "bytes"])?;
    let (name, bytes) = (request.text("type")?, request.bytes("bytes")?);
    let again = hazmat::reencode(name, &bytes);
    let again = again.ok_or_else(|| No::Unsupported(format!("structure {name}")))??;
    Ok(Out::default().bytes("bytes", &again))
}
