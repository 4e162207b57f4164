//! The command line of `group`.

use clap::{Args, Subcommand};

/// `group`
#[derive(Debug, Args)]
pub struct Group {
    /// What to do.
    #[command(subcommand)]
    pub command: GroupCommand,
}

/// What is done with groups.
#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// Lets a contact add this device to groups: the contact always has a key package of it.
    Allow {
        /// The contact.
        contact: String,
        /// Takes it back.
        #[arg(long)]
        no: bool,
    },
    /// Makes a group, with contacts who have allowed it.
    Create {
        /// The group's name; the others get it as a proposal.
        name: String,
        /// Contacts.
        contacts: Vec<String>,
    },
    /// Adds contacts who have allowed it, with each of their devices.
    Add {
        /// The group.
        name: String,
        /// Contacts.
        #[arg(required = true)]
        contacts: Vec<String>,
    },
    /// Removes people, with each of their devices.
    Remove {
        /// The group.
        name: String,
        /// Contacts, or account ids.
        #[arg(required = true)]
        contacts: Vec<String>,
    },
    /// Sends a text.
    Send {
        /// The group.
        name: String,
        /// The text; `-` reads it from standard input.
        text: String,
    },
    /// Shows groups; of one, its members, the number that all have who are on one branch, and its messages.
    List {
        /// The group.
        name: Option<String>,
        /// Only the last messages.
        #[arg(long, default_value_t = 50, value_name = "N")]
        last: usize,
    },
    /// Gives the own leaf new keys: what was copied from this device before opens nothing that follows.
    Update {
        /// The group.
        name: String,
    },
    /// Asks the others to remove this device; the first of them who runs `receive` does it.
    Leave {
        /// The group.
        name: String,
    },
    /// Goes on in a group in which something did not fit, after its numbers were compared.
    Resume {
        /// The group.
        name: String,
    },
    /// Decides for the other branch of a group in which something did not fit: as soon as a member of it has removed this
    /// device and added it again, that branch takes this one's place.
    Rejoin {
        /// The group.
        name: String,
    },
    /// Gives a group up: erases its keys here, and tells nobody. What was read in it stays.
    Forget {
        /// The group.
        name: String,
    },
}
