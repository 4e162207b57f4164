//! The whole adapter of an implementation that has groups only.

use crate::LARGEST_LINE;
use crate::line::{self, Answer, No, Out, Request};
use crate::meta::echo;
use crate::mls::{self, Client};
use std::collections::BTreeMap;
use std::io::{BufRead, Read, Write};

/// Who is behind the adapter.
pub struct Implementation {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Commands that it has beside [`mls::COMMANDS`].
    pub more: &'static [&'static str],
}

const COMMANDS: &[&str] =
    &["meta.hello", "meta.reset", "meta.echo", "party.new", "party.free", "party.clock"];

/// Answers lines until there are no more. `new` makes the client of a party, given the time in seconds since 1970.
///
/// # Errors
/// Standard input or output fails.
pub fn serve<C: Client>(
    implementation: &Implementation,
    new: impl Fn(u64) -> C,
) -> std::io::Result<()> {
    let (mut clients, mut input) = (BTreeMap::new(), std::io::stdin().lock());
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(u64::from(LARGEST_LINE) + 1).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let read = std::str::from_utf8(&line).map_err(|error| (0, No::Fault(error.to_string())));
        let answer = match read.and_then(Request::read) {
            Ok(request) => {
                let answer = run(implementation, &request, &mut clients, &new);
                line::write(request.id, answer, &[])
            }
            Err((id, no)) => line::write(id, Err(no), &[]),
        };
        let mut output = std::io::stdout().lock();
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
}

fn run<C: Client>(
    implementation: &Implementation,
    request: &Request,
    clients: &mut BTreeMap<String, C>,
    new: &impl Fn(u64) -> C,
) -> Answer {
    let known = clients.contains_key(&request.party);
    match request.cmd.as_str() {
        "meta.hello" => Ok(hello(implementation)),
        "meta.reset" => {
            request.only(&[])?;
            clients.clear();
            Ok(Out::default())
        }
        "meta.echo" => echo(request),
        "party.new" => {
            request.only(&["folder", "now"])?;
            if request.party.is_empty() || known {
                return Err(No::Fault(format!("the party {}", request.party)));
            }
            clients.insert(request.party.clone(), new(request.long("now")?));
            Ok(Out::default())
        }
        cmd if COMMANDS.contains(&cmd) || cmd.starts_with("mls.") => {
            let client = clients.get_mut(&request.party);
            let client = client.ok_or_else(|| No::Fault(format!("no party {}", request.party)))?;
            match cmd {
                "party.free" => {
                    request.only(&[])?;
                    clients.remove(&request.party);
                    Ok(Out::default())
                }
                // The implementations behind this have the machine's clock.
                "party.clock" => Err(No::Unsupported(cmd.to_owned())),
                _ => mls::run(request, client),
            }
        }
        cmd => Err(No::Unsupported(cmd.to_owned())),
    }
}

fn hello(implementation: &Implementation) -> Out {
    let list = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let commands = [&COMMANDS[..5], mls::COMMANDS, implementation.more].concat();
    Out::default()
        .text("version", "0")
        .integer("largest_line", LARGEST_LINE)
        .text("implementation", implementation.name)
        .text("implementation_version", implementation.version)
        .list("profiles", vec!["groups".to_owned()])
        .text("access", "L2")
        .list("commands", list(&commands))
        .list("randomness", list(&["own"]))
        .text("clock", "own")
}
