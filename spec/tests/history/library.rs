//! A device of the library.

use super::side::{Answer, Extensions, Frame, Out, Psk, Side};
use super::specified::ISSUER;
use super::tape::Tape;
use sceau::crypto::{Provider, Secret};
use sceau::limits::Limits;
use sceau::pairwise::{
    Account, AccountId, AccountParams, Changes, Event, Extension, ExternalPsk,
    Frame as LibraryFrame, Issuer, IssuerKeys, MailboxId, Policy, ReceiveOptions, SessionId,
    TypedKeys,
};
use sceau::{Error, Wire};

/// A device of the library.
pub struct Library {
    pub account: Account,
}

fn class(error: Error) -> String {
    error.class().to_owned()
}

fn issuer() -> IssuerKeys {
    IssuerKeys::from_seed(&Provider::Default, 1, &ISSUER).expect("a seed of 32 bytes")
}

/// The policy.
pub fn policy(trusting: bool, demanding: bool, limits: Limits) -> Policy {
    let mut policy = Policy::default();
    policy.require_issuer = demanding;
    if trusting {
        let issuer = Issuer::new(&Provider::Default, issuer().keys().clone());
        policy.issuers.push(issuer.expect("Ed25519"));
    }
    policy.limits = limits;
    policy
}

fn extensions(list: &Extensions) -> Vec<Extension> {
    list.iter()
        .map(|(extension_type, data)| Extension {
            extension_type: *extension_type,
            data: data.clone(),
        })
        .collect()
}

fn external(psk: Psk) -> Option<ExternalPsk> {
    psk.map(|(id, key)| ExternalPsk { id: id.to_vec(), key: Secret::from_slice(key) })
}

fn session_id(bytes: &[u8]) -> SessionId {
    SessionId::new(bytes.try_into().expect("histories name sessions by 32 bytes"))
}

fn mailbox_id(bytes: &[u8]) -> MailboxId {
    MailboxId::new(bytes.try_into().expect("histories name mailboxes by 32 bytes"))
}

/// A step's results and its changes.
fn with(changes: &Changes, mut out: Out) -> Answer {
    out.push(("changes", changes.to_bytes()));
    Ok(out)
}

impl Library {
    /// A device of an account of its own.
    pub fn create(attested: bool, policy: Policy, now: u64, tape: &mut Tape) -> (Self, Out) {
        let mut params = AccountParams::new(1, now, now + 120 * 86_400);
        params.list_number = 3;
        params.issuer = attested.then(issuer);
        params.policy = policy;
        let (account, changes) = Account::create(tape, now, params).expect("valid parameters");
        (Self { account }, vec![("changes", changes.to_bytes())])
    }
}

impl Side for Library {
    fn export(&self) -> Vec<u8> {
        self.account.export_state().to_vec()
    }

    fn import(&mut self, state: &[u8], least_changes: u64) -> Answer {
        let policy = self.account.policy().clone();
        self.account = Account::import(state, Some(least_changes), Provider::Default, policy)
            .map_err(class)?;
        Ok(Vec::new())
    }

    fn create_batch(
        &mut self,
        one_time: u32,
        kem: u32,
        lifetime: u64,
        now: u64,
        tape: &mut Tape,
    ) -> Answer {
        let (published, changes) =
            self.account.create_batch(one_time, kem, lifetime, now, tape).map_err(class)?;
        with(&changes, vec![("published", published.to_bytes())])
    }

    fn check_bundle(&mut self, account: &[u8], bundle: &[u8], now: u64) -> Answer {
        let verified =
            self.account.verify_bundle(&AccountId::new(account), bundle, now).map_err(class)?;
        Ok(vec![("one_time", vec![verified.one_time() as u8])])
    }

    fn initiate(
        &mut self,
        account: &[u8],
        bundle: &[u8],
        psk: Psk,
        recovery: bool,
        now: u64,
        tape: &mut Tape,
    ) -> Answer {
        let (account, psk) = (AccountId::new(account), external(psk));
        let (initiated, changes) = if recovery {
            self.account.recover(&account, bundle, psk, now, tape)
        } else {
            self.account.initiate(&account, bundle, psk, now, tape)
        }
        .map_err(class)?;
        assert_eq!(initiated.account, account);
        let out = vec![
            ("session", initiated.session.as_bytes().to_vec()),
            ("serial", initiated.serial.to_be_bytes().to_vec()),
            ("one_time", vec![initiated.one_time as u8]),
            ("last_resort", vec![initiated.last_resort as u8]),
            ("resumed", vec![initiated.resumed as u8]),
        ];
        with(&changes, out)
    }

    fn send(&mut self, session: &[u8], frame: &Frame, data: &[u8], now: u64) -> Answer {
        let frame = LibraryFrame {
            content_type: frame.content_type,
            critical: extensions(&frame.critical),
            non_critical: extensions(&frame.non_critical),
            body: frame.body.clone(),
        };
        let (sent, changes) =
            self.account.encrypt(&session_id(session), &frame, data, now).map_err(class)?;
        let out = vec![
            ("message", sent.message),
            ("mailbox", sent.mailbox.as_bytes().to_vec()),
            ("contact", vec![sent.contact as u8]),
        ];
        with(&changes, out)
    }

    fn receive(
        &mut self,
        mailbox: &[u8],
        message: &[u8],
        data: &[u8],
        account: Option<&[u8]>,
        psk: Psk,
        now: u64,
        tape: &mut Tape,
    ) -> Answer {
        let mut options = ReceiveOptions::default();
        options.expected_account = account.map(AccountId::new);
        options.psks.extend(external(psk));
        let (received, changes) = self
            .account
            .receive(&mailbox_id(mailbox), message, data, &options, now, tape)
            .map_err(class)?;
        let event = match received.event {
            Event::Message => 0,
            Event::NewSession => 1,
            Event::SessionReplaced => 2,
        };
        let mut non_critical = Vec::new();
        for extension in &received.non_critical {
            non_critical.extend(extension.extension_type.to_be_bytes());
            non_critical.extend(&extension.data);
        }
        let out = vec![
            ("session", received.session.as_bytes().to_vec()),
            ("event", vec![event]),
            ("content_type", vec![received.content_type]),
            ("body", received.body),
            ("non_critical", non_critical),
            ("account", received.account.as_bytes().to_vec()),
            ("serial", received.serial.to_be_bytes().to_vec()),
            ("one_time", vec![received.one_time as u8]),
            ("last_resort", vec![received.last_resort as u8]),
        ];
        with(&changes, out)
    }

    fn decide(&mut self, session: &[u8], accept: bool, now: u64) -> Answer {
        let session = session_id(session);
        let changes = if accept {
            self.account.accept_session(&session, now)
        } else {
            self.account.decline_session(&session, now)
        };
        with(&changes.map_err(class)?, Vec::new())
    }

    fn renew(&mut self, not_after: u64, attested: bool, now: u64) -> Answer {
        let changes = self.account.renew(not_after, attested.then(issuer), now).map_err(class)?;
        with(&changes, Vec::new())
    }

    fn apply_lists(&mut self, account: &[u8], lists: &[u8], now: u64) -> Answer {
        let (applied, changes) =
            self.account.apply_device_lists(&AccountId::new(account), lists, now).map_err(class)?;
        let serials = |of: &[u64]| of.iter().flat_map(|serial| serial.to_be_bytes()).collect();
        let out = vec![
            ("number", applied.number.to_be_bytes().to_vec()),
            ("devices_added", serials(&applied.devices.added)),
            ("devices_removed", serials(&applied.devices.removed)),
        ];
        with(&changes, out)
    }

    fn expire(&mut self, now: u64) -> Answer {
        with(&self.account.expire(now), Vec::new())
    }

    fn observe(&mut self, session: &[u8], peer_keys: &[u8], now: u64) -> Answer {
        let session = session_id(session);
        let mailboxes = self.account.mailboxes(&session, now).map_err(class)?;
        let incoming = mailboxes.incoming.iter().flat_map(|id| *id.as_bytes()).collect();
        let secret = self.account.export(&session, b"label", b"context", 40).map_err(class)?;
        let keys = TypedKeys::from_bytes(peer_keys).map_err(class)?;
        let number = self.account.safety_number(&keys).map_err(class)?;
        Ok(vec![
            ("outgoing", mailboxes.outgoing.as_bytes().to_vec()),
            ("incoming", incoming),
            ("export", secret.as_bytes().to_vec()),
            ("safety_number", number.into_bytes()),
        ])
    }
}
