//! The command line.

mod group;

use clap::{Args, Parser, Subcommand, ValueHint};
use std::net::SocketAddr;
use std::path::PathBuf;

pub use group::{Group, GroupCommand};

/// A client and a relay for the Sceau messaging protocol.
///
/// A first conversation, on one machine:
///
///   sceau relay --listen 127.0.0.1:7400 --data /tmp/relay &
///   sceau --home ada init --relay http://127.0.0.1:7400
///   sceau --home bob init --relay http://127.0.0.1:7400
///   sceau --home bob whoami                    # Bob tells Ada his account id
///   sceau --home ada add bob ACCOUNT-ID
///   sceau --home ada send bob "hello"
///   sceau --home bob receive
///
/// `sceau demo` does all of this, and more, and shows each step.
#[derive(Debug, Parser)]
#[command(name = "sceau", version, verbatim_doc_comment, after_help = EXIT_CODES)]
pub struct Cli {
    /// The folder of the client's store.
    #[arg(long, global = true, env = "SCEAU_HOME", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub home: Option<PathBuf>,
    /// The file that holds the store's passphrase in its first line; else SCEAU_PASSPHRASE, else it is asked for.
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub passphrase_file: Option<PathBuf>,
    /// Prints one JSON object a line, for scripts.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 refused (an identity, a signature, an old store), 2 not there, \
3 the relay can't be reached or has too much to do (nothing is lost), 64 wrong call, 70 fault (disk, damage).";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a relay: keeps prekeys and sealed envelopes for devices. `GET /v0/health` says whether it can.
    Relay(Relay),
    /// Makes an account with this device, and publishes prekeys.
    Init(Init),
    /// Gives the account's device another relay, other certificates of it, or another token.
    Set(Set),
    /// Shows the own account id, which contacts need.
    Whoami,
    /// Adds a contact, or gives one another name or relay.
    Add(Add),
    /// Removes a contact: closes the sessions, and drops what comes from there until it is added again.
    Remove(Name),
    /// Compares safety numbers with a contact: shows the number and a QR code, or checks the contact's.
    Verify(Verify),
    /// Accepts a session that a contact has begun beside the one in use.
    Accept(Name),
    /// Declines a session that a contact has begun beside the one in use.
    Decline(Name),
    /// Sends a text or a file.
    Send(Send),
    /// Fetches and shows new messages; sends what waits in the outbox.
    Receive(Receive),
    /// Shows contacts and messages.
    List(List),
    /// Makes groups, changes them, and sends to them.
    ///
    /// The relay orders a group's changes, and knows neither its name nor who is in it. Each
    /// member can add and remove, and all are told who did. A first group:
    ///
    ///   bob$ sceau group allow ada             # Ada may add Bob; Carol does the same
    ///   ada$ sceau group create team bob carol
    ///   bob$ sceau receive
    ///   bob$ sceau group send team "hello"
    #[command(verbatim_doc_comment)]
    Group(Group),
    /// Fetches a received file, checks it, and writes it to a folder.
    Save(Save),
    /// Writes prekeys, or what waits to be sent, to a file for removable media.
    Export(Export),
    /// Reads a file that a contact has exported.
    Import(Import),
    /// Issues credentials for an organisation whose relay and clients accept no others.
    Issuer(Issuer),
    /// Shows a relay, two people, a file, an offline bundle, a restart and a group of three, in seconds.
    Demo(Demo),
    /// Measures a relay under load, beside bare SQLite transactions.
    Load(Load),
    /// Prints completions for a shell: `sceau completions bash > /etc/bash_completion.d/sceau`.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Options of `relay`.
#[derive(Debug, Args)]
pub struct Relay {
    /// Where to listen; port 0 takes a free one, which is printed.
    #[arg(long, default_value = "127.0.0.1:7400", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// A name of the relay: the host of the URL that clients use, without port, which their signatures name; may be
    /// repeated. Without it the address of --listen, and localhost, 127.0.0.1 and ::1 for one of this machine alone;
    /// needed where the relay listens at every address, or behind a proxy.
    #[arg(long, value_name = "NAME")]
    pub name: Vec<String>,
    /// The folder of the store; with --nats of nothing but the relay's own things.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, required_unless_present = "nats")]
    pub data: Option<PathBuf>,
    /// MiB that the file of the store may have; above that nothing new is taken (`unavailable`). On NATS the server bounds it
    /// (`max_file_store`).
    #[arg(long, value_name = "MIB", conflicts_with = "nats", value_parser = clap::value_parser!(u32).range(1..=16_000_000))]
    pub max_store: Option<u32>,
    /// A NATS server with JetStream, instead of the folder: several relays can share it.
    #[arg(long, value_name = "URL", requires = "nats_key")]
    pub nats: Option<String>,
    /// The key that the relays on one NATS server share and that it does not have: names there are a hash under it,
    /// values are sealed. The first relay makes the file; the others get a copy of it.
    #[arg(long, value_name = "FILE", requires = "nats", value_hint = ValueHint::FilePath)]
    pub nats_key: Option<PathBuf>,
    /// Copies that the NATS cluster keeps of everything.
    #[arg(long, default_value_t = 1, value_name = "N", requires = "nats", value_parser = at_least_one)]
    pub replicas: usize,
    /// The chain of certificates (PEM), for TLS.
    #[arg(long, value_name = "FILE", requires = "key", value_hint = ValueHint::FilePath)]
    pub cert: Option<PathBuf>,
    /// The certificate's key (PEM).
    #[arg(long, value_name = "FILE", requires = "cert", value_hint = ValueHint::FilePath)]
    pub key: Option<PathBuf>,
    /// A proxy stands before the relay and does TLS.
    #[arg(long, conflicts_with = "cert")]
    pub behind_proxy: bool,
    /// Takes prekeys of this issuer's accounts alone (a file of `sceau issuer init`), so that nobody else can be fetched or
    /// has a contact mailbox; may be repeated. It does not decide who may put and fetch: that is --token.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub issuer: Vec<PathBuf>,
    /// Does not serve the accounts in this file (of `sceau issuer revoke`), which is read again when it changes; may be
    /// repeated. The newest list stays in force, whatever the file holds later.
    #[arg(long, value_name = "FILE", requires = "issuer", value_hint = ValueHint::FilePath)]
    pub revoked: Vec<PathBuf>,
    /// Every request must bear one of the tokens in this file, one a line.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub token: Option<PathBuf>,
    /// Commits of groups that are taken in a day from those who have one token; without tokens, from all.
    #[arg(long, default_value_t = 10_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_commits: u32,
    /// Connections at a time.
    #[arg(long, default_value_t = 16_384, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,
}

/// Options of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The relay, `http://…` or `https://…`.
    #[arg(long, value_name = "URL")]
    pub relay: String,
    /// What the own device is called here.
    #[arg(long, default_value = "me", value_name = "NAME")]
    pub name: String,
    /// Certificates (PEM) that vouch for the relay.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca: Option<PathBuf>,
    /// The relay's access token, in the first line of this file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub token: Option<PathBuf>,
    /// Where the count of changes is kept, which shows an old copy of the store: best on another disk than the store.
    #[arg(long, value_name = "FILE", env = "SCEAU_ANCHOR", value_hint = ValueHint::FilePath)]
    pub anchor: Option<PathBuf>,
    /// Accepts accounts of this issuer alone (a file of `sceau issuer init`); may be repeated.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub issuer: Vec<PathBuf>,
    /// Accepts nobody in this file (of `sceau issuer revoke`), which is read at each command; may be repeated. The newest
    /// list stays in force, whatever the file holds later.
    #[arg(long, value_name = "FILE", requires = "issuer", value_hint = ValueHint::FilePath)]
    pub revoked: Vec<PathBuf>,
    /// The command that asks the issuer to sign: gets a request on standard input, answers with the signature.
    #[arg(long, value_name = "COMMAND", requires = "issuer")]
    pub issuer_command: Option<String>,
    /// One-time keys of each type that are published at a time, at most 500.
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    pub prekeys: u32,
    /// Does not tell contacts that their messages have arrived.
    #[arg(long)]
    pub no_receipts: bool,
    /// Does not ask the relay first whether it answers, and publishes with the first `receive`.
    #[arg(long)]
    pub offline: bool,
    /// KiB of memory that opening the store takes; more makes guessing the passphrase dearer.
    #[arg(long, default_value_t = 65_536, value_name = "KIB")]
    pub kdf_memory: u32,
}

/// Options of `set`.
#[derive(Debug, Args)]
pub struct Set {
    /// The relay, `http://…` or `https://…`: the same one at another address, or another one.
    #[arg(long, value_name = "URL", required_unless_present_any = ["ca", "token"])]
    pub relay: Option<String>,
    /// Certificates (PEM) that vouch for the relay.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca: Option<PathBuf>,
    /// The relay's access token, in the first line of this file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub token: Option<PathBuf>,
    /// Does not ask the relay first whether it answers.
    #[arg(long)]
    pub offline: bool,
}

/// Options of `add`.
#[derive(Debug, Args)]
pub struct Add {
    /// The contact's name, as you like it.
    pub name: String,
    /// The contact's account id: what `sceau whoami` shows there.
    pub account: String,
    /// The contact's relay, where it is not the own one.
    #[arg(long, value_name = "URL")]
    pub relay: Option<String>,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The contact.
    pub name: String,
    /// The code that the contact's QR code holds, in hex: checks it.
    #[arg(long, value_name = "HEX")]
    pub code: Option<String>,
    /// The number that the contact has read out: checks it.
    #[arg(long, value_name = "DIGITS", conflicts_with = "code")]
    pub number: Option<String>,
}

/// A contact.
#[derive(Debug, Args)]
pub struct Name {
    /// The contact.
    pub name: String,
}

/// Options of `send`.
#[derive(Debug, Args)]
#[command(
    override_usage = "sceau send [OPTIONS] <NAME> <TEXT>\n       sceau send [OPTIONS] <NAME> --file <FILE>\n       \
                      sceau send [OPTIONS] <NAME> --delete <NUMBER>"
)]
pub struct Send {
    /// The contact.
    pub name: String,
    /// The text; `-` reads it from standard input.
    #[arg(required_unless_present_any = ["file", "delete"])]
    pub text: Option<String>,
    /// A file of any size. When it is stopped, the same command goes on where it was.
    #[arg(long, value_name = "FILE", conflicts_with = "text", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// The number of the message that it answers to.
    #[arg(long, value_name = "NUMBER")]
    pub reply_to: Option<i64>,
    /// Asks the contact to delete the message of this number.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["text", "file"])]
    pub delete: Option<i64>,
    /// Does not send now: it stays in the outbox, a file with all of its bytes, for `export` or a later command.
    #[arg(long)]
    pub later: bool,
}

/// Options of `receive`.
#[derive(Debug, Args)]
pub struct Receive {
    /// Goes on until it is stopped.
    #[arg(long)]
    pub follow: bool,
}

/// Options of `list`.
#[derive(Debug, Args)]
pub struct List {
    /// Messages with this contact alone.
    pub name: Option<String>,
    /// Only the last messages.
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub last: usize,
}

/// Options of `save`.
#[derive(Debug, Args)]
pub struct Save {
    /// The number of the message.
    pub number: i64,
    /// The folder.
    #[arg(long, default_value = ".", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub to: PathBuf,
}

/// Options of `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The file to write.
    pub file: PathBuf,
    /// Prekeys, so that one contact can write without a relay.
    #[arg(long, required_unless_present = "outbox")]
    pub prekeys: bool,
    /// What waits in the outbox.
    #[arg(long)]
    pub outbox: bool,
}

/// Options of `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// The file to read.
    pub file: PathBuf,
    /// The contact whose prekeys are in it.
    #[arg(long, value_name = "NAME")]
    pub from: Option<String>,
}

/// `issuer`
#[derive(Debug, Args)]
pub struct Issuer {
    /// What to do.
    #[command(subcommand)]
    pub command: IssuerCommand,
}

/// What an issuer does.
#[derive(Debug, Subcommand)]
pub enum IssuerCommand {
    /// Makes an issuer: DIR/issuer.key, sealed under the passphrase, and DIR/issuer.pub for relays and clients.
    Init {
        /// The folder.
        dir: PathBuf,
    },
    /// Signs a request from standard input, after showing what it is for; the signature goes to standard output.
    Sign {
        /// The folder.
        dir: PathBuf,
        /// Signs without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Withdraws an account, or one of its devices: makes and signs the next DIR/revoked, for relays and clients. Without
    /// an account it signs the list anew, with today's date: do so once a month.
    Revoke {
        /// The folder.
        dir: PathBuf,
        /// The account id.
        account: Option<String>,
        /// The device; without it all devices of the account.
        #[arg(long, default_value_t = 0, value_name = "SERIAL", requires = "account")]
        serial: u64,
        /// Takes it back.
        #[arg(long, requires = "account")]
        undo: bool,
        /// Follows on the list that is in DIR, or on none, though it is not the last one that was signed: when that is lost.
        #[arg(long)]
        anyway: bool,
    },
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Keeps everything in this folder instead of one that is deleted.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub keep: Option<PathBuf>,
}

/// Options of `load`.
#[derive(Debug, Args)]
pub struct Load {
    /// Two relays on this NATS server instead of one on SQLite.
    #[arg(long, value_name = "URL", requires = "nats_key")]
    pub nats: Option<String>,
    /// Their key, as of `relay`; made if it is not there.
    #[arg(long, value_name = "FILE", requires = "nats", value_hint = ValueHint::FilePath)]
    pub nats_key: Option<PathBuf>,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub seconds: u64,
    /// Connections at a time.
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = at_least_one)]
    pub clients: usize,
    /// Mailboxes, one measurement each.
    #[arg(long, value_delimiter = ',', default_value = "100,1000,10000", value_name = "N,…", value_parser = at_least_one)]
    pub mailboxes: Vec<usize>,
    /// Bytes of a message.
    #[arg(long, default_value_t = 368, value_name = "N", value_parser = at_least_one)]
    pub size: usize,
}

fn at_least_one(number: &str) -> Result<usize, String> {
    match number.parse() {
        Ok(0) => Err("it has to be 1 at least".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(error.to_string()),
    }
}
