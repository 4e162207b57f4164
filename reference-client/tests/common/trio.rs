//! A relay and three people, of whom Ada knows the two others.

use super::program;
use sceau::pairwise::Account;
use sceau_client::client::device::Device;
use sceau_client::client::group::model::GroupItem;
use sceau_client::client::relays::Relays;
use sceau_client::client::store::{Kind, Tx};
use sceau_client::error::Result;
use sceau_client::process::{ClientProcess, PASSPHRASE, RelayProcess};
use tempfile::TempDir;

/// Three people at a relay; their stores open fast.
pub struct Trio {
    /// Everything is in it.
    pub folder: TempDir,
    /// The relay.
    pub relay: RelayProcess,
    /// Who makes groups.
    pub ada: ClientProcess,
    /// One whom she knows.
    pub bob: ClientProcess,
    /// Another one, whom Bob does not know.
    pub carol: ClientProcess,
}

impl Trio {
    /// Starts a relay, and enrols three people.
    pub fn new() -> Self {
        Self::at(|relay| relay.url.clone())
    }

    /// As [`Trio::new`], at `url` (of a proxy before the relay).
    pub fn at(url: impl FnOnce(&RelayProcess) -> String) -> Self {
        let (mut url, mut known) = (Some(url), None);
        Self::each_at(|relay| known.get_or_insert_with(|| (url.take().unwrap())(relay)).clone())
    }

    /// As [`Trio::at`], with a `url` for each of them.
    pub fn each_at(mut url: impl FnMut(&RelayProcess) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("relay");
        let data = ["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
        let relay = RelayProcess::start(program(), &data).unwrap();
        let mut person = |name: &str| {
            let url = url(&relay);
            let client = ClientProcess::new(program(), &folder.path().join(name));
            client.json(&["init", "--relay", &url, "--name", name, "--kdf-memory", "8"]).unwrap();
            client
        };
        let (ada, bob, carol) = (person("ada"), person("bob"), person("carol"));
        for (name, other) in [("bob", &bob), ("carol", &carol)] {
            ada.json(&["add", name, &other.account().unwrap()]).unwrap();
            other.json(&["add", "ada", &ada.account().unwrap()]).unwrap();
        }
        Self { folder, relay, ada, bob, carol }
    }

    /// Bob and Carol let Ada add them.
    pub fn allow(&self) {
        self.bob.json(&["group", "allow", "ada"]).unwrap();
        self.carol.json(&["group", "allow", "ada"]).unwrap();
    }

    /// A group of all three, at rest.
    pub fn with_group() -> Self {
        let trio = Self::new();
        trio.make_group();
        trio
    }

    /// Makes a group of all three.
    pub fn make_group(&self) {
        self.allow();
        self.ada.json(&["group", "create", "team", "bob", "carol"]).unwrap();
        self.settle();
    }

    /// All three.
    pub fn people(&self) -> [(&'static str, &ClientProcess); 3] {
        [("ada", &self.ada), ("bob", &self.bob), ("carol", &self.carol)]
    }

    /// Starts the relay again, at the same address.
    pub fn restart(&mut self) {
        self.relay.kill();
        let (address, data) = (self.relay.address().to_owned(), self.folder.path().join("relay"));
        let arguments = ["--listen", &address, "--data", data.to_str().unwrap()];
        self.relay = RelayProcess::start(program(), &arguments).unwrap();
    }

    /// All fetch and send until nothing moves any more.
    pub fn settle(&self) {
        let mut quiet = 0;
        let mut epochs = Vec::new();
        for _ in 0..100 {
            let mut moved = 0;
            let mut now = Vec::new();
            for (_, person) in self.people() {
                let said = person.json(&["receive"]).unwrap();
                let number =
                    |key: &str| said.iter().filter_map(|line| line.get(key)?.as_u64()).sum::<u64>();
                moved += number("received") + number("sent");
                let groups = person.json(&["group", "list"]).unwrap();
                now.push(format!("{groups:?}"));
            }
            let still = moved == 0 && now == epochs;
            epochs = now;
            quiet = if still { quiet + 1 } else { 0 };
            if quiet == 2 {
                return;
            }
        }
        panic!("it does not come to rest");
    }
}

/// A person's device, as a process of its own would have it.
pub fn open(person: &ClientProcess) -> (Device, Relays) {
    let device = Device::open(person.home(), PASSPHRASE).unwrap();
    let relays = Relays::new(&device.profile).unwrap();
    (device, relays)
}

/// Changes the item of the only group.
pub fn change(device: &mut Device, change: impl FnOnce(&mut GroupItem)) {
    device
        .step(|_, tx, _| {
            let (number, mut item) = tx.items::<GroupItem>(Kind::Group).unwrap().remove(0);
            change(&mut item);
            tx.replace(Kind::Group, number, &item)
        })
        .unwrap();
}

/// A step while a session that waits takes so many first messages at most.
pub fn with_first_messages(
    device: &mut Device,
    most: u32,
    step: impl FnOnce(&mut Account, &mut Tx<'_>) -> Result<()>,
) {
    device
        .step(|account, tx, _| {
            let mut policy = account.policy().clone();
            let all = policy.limits.max_first_messages;
            policy.limits.max_first_messages = most;
            account.set_policy(policy.clone());
            let done = step(account, tx);
            policy.limits.max_first_messages = all;
            account.set_policy(policy);
            done
        })
        .unwrap();
}

/// What a command ends with, and all that it says.
pub fn said(person: &ClientProcess, arguments: &[&str]) -> (Option<i32>, String) {
    let output = person.run(arguments).unwrap();
    let both = [&output.stdout[..], &output.stderr].concat();
    (output.status.code(), String::from_utf8(both).unwrap())
}

/// What a person is still to be told.
pub fn untold(device: &mut Device) -> String {
    let untold = device.untold().unwrap();
    untold.into_iter().map(|(_, notice)| notice).collect::<Vec<_>>().join("\n")
}

/// The texts that somebody has received in a group, sorted.
pub fn heard(person: &ClientProcess, group: &str) -> Vec<String> {
    let mut texts = texts(person, group, "in");
    texts.sort();
    texts
}

/// The texts of one direction in a group.
pub fn texts(person: &ClientProcess, group: &str, direction: &str) -> Vec<String> {
    let listed = person.json(&["group", "list", group, "--last", "1000000"]).unwrap();
    let of = listed.iter().filter(|line| line.get("direction").is_some_and(|d| d == direction));
    of.filter_map(|line| Some(line.get("text")?.as_str()?.to_owned())).collect()
}

/// The epoch, and the number that all have who are on one branch.
pub fn branch(person: &ClientProcess, group: &str) -> (u64, String) {
    let listed = person.json(&["group", "list", group]).unwrap();
    let line = listed.iter().find(|line| line.get("authenticator").is_some()).unwrap();
    let number = line["authenticator"].as_str().unwrap().to_owned();
    assert_eq!(number.len(), 32);
    (line["epoch"].as_u64().unwrap(), number)
}
