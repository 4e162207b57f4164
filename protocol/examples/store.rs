//! A store for a device: `cargo run -p sceau --example store`
//!
//! One file holds the records and the outbox. A step is written to a new file that takes the old one's place, whole or not
//! at all; a product uses a database's transaction instead, and seals each record with its key and generation. The number
//! of changes is kept in another place, where an old copy of the file does not bring an old number back.
use getrandom::{SysRng, rand_core::UnwrapErr};
use sceau::crypto::Provider;
use sceau::limits::Limits;
use sceau::pairwise::*;
use sceau::{Error as Refused, Wire};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

const NOW: u64 = 1_800_000_000;

type Failed = Box<dyn std::error::Error>;

/// What the file holds: records with their generations, and envelopes that are still to be sent.
#[derive(Default)]
struct Contents {
    records: BTreeMap<RecordKey, (u64, Vec<u8>)>,
    outbox: Vec<Vec<u8>>,
}

struct Store {
    file: PathBuf,
    /// In a product: a server, or a counter in hardware.
    counter: PathBuf,
}

impl Store {
    fn read(&self) -> Result<Contents, Failed> {
        let mut contents = Contents::default();
        let bytes = fs::read(&self.file).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(Vec::new()),
            _ => Err(error),
        })?;
        let mut rest = bytes.as_slice();
        while let Some((head, tail)) = rest.split_first_chunk::<5>() {
            let [kind, length @ ..] = *head;
            let length = u32::from_be_bytes(length) as usize;
            let (item, tail) = tail.split_at_checked(length).ok_or("the store is damaged")?;
            if kind == 0 {
                let record = Record::from_bytes(item)?;
                let entry = (record.generation(), item.to_vec());
                contents.records.insert(record.key().clone(), entry);
            } else {
                contents.outbox.push(item.to_vec());
            }
            rest = tail;
        }
        Ok(contents)
    }

    fn write(&self, contents: &Contents) -> Result<(), Failed> {
        let records = contents.records.values().map(|(_, record)| (0u8, record));
        let items = records.chain(contents.outbox.iter().map(|envelope| (1, envelope)));
        let new = self.file.with_extension("new");
        let mut file = File::create(&new)?;
        for (kind, item) in items {
            file.write_all(&[kind])?;
            file.write_all(&u32::try_from(item.len())?.to_be_bytes())?;
            file.write_all(item)?;
        }
        file.sync_all()?;
        fs::rename(&new, &self.file)?; // The commit.
        Ok(())
    }

    /// One transaction, of which nothing is stored when it fails (`STA-07`).
    fn transaction<T>(
        &self,
        change: impl FnOnce(&mut Contents) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        let lock = File::create(self.file.with_extension("lock"))?;
        lock.lock()?; // Until it is dropped.
        let mut contents = self.read()?;
        let result = change(&mut contents)?;
        self.write(&contents)?;
        Ok(result)
    }

    /// Stores the changes of a step together with what it is to send, if nobody else was first (`STA-06`).
    fn commit(&self, changes: &Changes, outgoing: Option<Envelope>) -> Result<(), Failed> {
        self.transaction(|contents| {
            for change in changes.iter() {
                let stored = contents.records.get(change.key());
                if stored.map_or(0, |(generation, _)| *generation) != change.expected() {
                    return Err("stale_state".into());
                }
                match change.record() {
                    Some(record) => {
                        let entry = (record.generation(), record.to_bytes());
                        contents.records.insert(change.key().clone(), entry)
                    }
                    None => contents.records.remove(change.key()),
                };
            }
            contents.outbox.extend(outgoing.map(|envelope| envelope.to_bytes()));
            Ok(())
        })
    }

    /// Carries out a step of the device: stores it, then notes elsewhere how far the device is. When this has returned, what
    /// the step made may be sent or shown; when it fails, the step has not happened: the account in memory is ahead of
    /// its store and is dropped, whatever the step made with it.
    fn step<T>(
        &self,
        mut account: Account,
        step: impl FnOnce(&mut Account) -> Result<(T, Changes, Option<Envelope>), Refused>,
    ) -> Result<(Account, T), Failed> {
        // A step that is refused has changed nothing; the account could be used on.
        let (result, changes, outgoing) = step(&mut account)?;
        self.commit(&changes, outgoing)?;
        fs::write(&self.counter, account.changes().to_string())?;
        Ok((account, result))
    }

    /// A start, or a restart after whatever happened.
    fn open(&self) -> Result<Account, Failed> {
        let records: Vec<u8> = self.read()?.records.into_values().flat_map(|(_, r)| r).collect();
        let least = fs::read_to_string(&self.counter)?.parse()?;
        let account = Account::import(&records, Some(least), Provider::Default, Policy::default())?;
        let (account, ()) = self.step(account, |a| Ok(((), a.expire(NOW), None)))?;
        Ok(account)
    }

    /// Gives what waits to a transport. After a crash it is sent once more: receivers refuse duplicates.
    fn send(&self, transport: impl FnMut(Envelope)) -> Result<(), Failed> {
        self.transaction(|contents| {
            let waiting = contents.outbox.drain(..).map(|bytes| Envelope::from_bytes(&bytes));
            waiting.collect::<Result<Vec<_>, _>>()?.into_iter().for_each(transport);
            Ok(())
        })
    }
}

/// Seals a text, as a step.
fn say(
    a: &mut Account,
    to: &SessionId,
    text: &str,
) -> Result<((), Changes, Option<Envelope>), Refused> {
    let (out, changes) = a.encrypt(to, &Frame::application(text.as_bytes()), b"", NOW)?;
    let envelope = Envelope::new(out.mailbox, out.contact, out.message, NOW, &Limits::default());
    Ok(((), changes, Some(envelope)))
}

fn main() -> Result<(), Failed> {
    let folder = std::env::temp_dir().join(format!("sceau-store-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let store = Store { file: folder.join("state"), counter: folder.join("counter") };
    let mut rng = UnwrapErr(SysRng);
    let device = || AccountParams::new(1, NOW, NOW + 31_536_000);

    // Bob, in memory alone.
    let (mut bob, _) = Account::create(&mut rng, NOW, device())?;
    let (published, _) = bob.create_batch(10, 10, 30 * 86_400, NOW, &mut rng)?;
    let (one_time, kem) = published.ids_for(0);
    let bundle = bob.bundle(&published, one_time, kem)?.to_bytes();

    // Ada's device is stored before anybody hears of it.
    let (ada, changes) = Account::create(&mut rng, NOW, device())?;
    store.commit(&changes, None)?;
    let (ada, session) = store.step(ada, |a| {
        let (made, changes) = a.initiate(bob.account_id(), &bundle, None, NOW, &mut rng)?;
        Ok((made.session, changes, None))
    })?;
    let old_copy = fs::read(&store.file)?;

    // The process ends between the commit and the sending: the message is in the outbox, and no key is used twice.
    let (ada, ()) = store.step(ada, |a| say(a, &session, "hello"))?;
    drop(ada);
    let ada = store.open()?;
    let mut got = Vec::new();
    let mut bob_receives = |envelope: Envelope| {
        let options = ReceiveOptions::default();
        let (to, message) = (&envelope.mailbox_id, &envelope.message);
        got.push(
            bob.receive(to, message, b"", &options, NOW, &mut rng)
                .map(|(received, _)| received.body),
        );
    };
    store.send(&mut bob_receives)?;

    // Two processes on one store: the second one's step is refused as a whole, and nothing of it is sent.
    let second = store.open()?;
    let (ada, ()) = store.step(ada, |a| say(a, &session, "by the first"))?;
    let refused = store.step(second, |a| say(a, &session, "by the second"));
    assert_eq!(refused.err().map(|error| error.to_string()).as_deref(), Some("stale_state"));
    store.send(&mut bob_receives)?;
    assert_eq!(got, [Ok(b"hello".to_vec()), Ok(b"by the first".to_vec())]);

    // An old copy of the file is found out by the number that is kept elsewhere (`STA-05`): enrol the device anew.
    drop(ada);
    fs::write(&store.file, old_copy)?;
    assert!(store.open().is_err_and(|error| error.to_string().starts_with("rollback")));
    fs::remove_dir_all(&folder)?;
    Ok(())
}
