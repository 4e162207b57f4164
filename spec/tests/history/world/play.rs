//! Plays an operation.

use super::super::forge;
use super::super::op::{DATA, Fetch, Op, Restart, Tamper, Time};
use super::super::side::{Frame, Side};
use super::super::specified::vec;
use super::super::tape::Tape;
use super::{DAY, Flight, PSK, Played, World};
use hacspec_lib::*;
use sceau_spec::octets::from_bytes;
use sceau_spec::pairwise::bundle::encode_prekey_bundle;
use sceau_spec::pairwise::device::own_contact_mailbox;
use sceau_spec::pairwise::limits::MAX_CHAIN_LENGTH;
use sceau_spec::pairwise::pairs::set_session;
use sceau_spec::pairwise::records::{decode_records, encode_record};
use sceau_spec::pairwise::session::SessionState;
use sceau_spec::pairwise::state::{commit, export_state};
use sceau_spec::pairwise::typed_keys::encode_typed_keys;

impl World<'_> {
    fn edge(&self, which: u8) -> u64 {
        let limits = &self.devices[0].spec.policy.limits;
        let all = [
            limits.skipped_key_age,
            limits.max_session_age,
            limits.archive_age,
            limits.simultaneous_window,
            limits.recovery_interval,
            limits.max_list_age,
            14 * DAY,
            14 * DAY + limits.prekey_grace,
            120 * DAY,
            604_800,
            604_800 * (1 + limits.mailbox_look_back),
        ];
        all[usize::from(which) % all.len()]
    }

    pub fn play(&mut self, op: Op) -> Played {
        let now = self.now;
        match op {
            Op::Batch { of, one_time, kem, days } => {
                // 255: one key more than a batch may have.
                let few = (u32::from(one_time % 4), u32::from(kem % 4));
                let (one_time, kem) = if one_time == 255 { (1_000, 23) } else { few };
                let lifetime = u64::from(days % 33) * DAY + u64::from(days > 200);
                self.create_batch(self.device(of), one_time, kem, lifetime)?;
            }
            Op::Check { from, to, fetch } => {
                let (from, to) = (self.device(from), self.device(to));
                let Some(bundle) = self.fetch(to, Fetch { again: true, ..fetch }) else {
                    return Ok(());
                };
                let bundle = forge::damage(vec(&encode_prekey_bundle(&bundle)), fetch.damage);
                let account = self.account(to);
                self.both(from, "check_bundle", |side, _| {
                    side.check_bundle(&account, &bundle, now)
                })?
                .ok();
            }
            Op::Initiate { from, to, fetch, psk, recovery } => {
                let from = self.device(from);
                // One in 16 means the device itself.
                let to = if to >= 240 { from } else { self.peer(from, to) };
                let Some(bundle) = self.fetch(to, fetch) else { return Ok(()) };
                let bundle = forge::damage(vec(&encode_prekey_bundle(&bundle)), fetch.damage);
                let account = self.account(to);
                let psk = psk.then_some(PSK);
                let name = if recovery { "recover" } else { "initiate" };
                self.both(from, name, |side, tape| {
                    side.initiate(&account, &bundle, psk, recovery, now, tape)
                })?
                .ok();
            }
            Op::Send { from, session, body, with, data } => {
                let from = self.device(from);
                let Some(session) = self.pick(from, session) else { return Ok(()) };
                let frame = self.frame(from, &session, body, with);
                let data = vec![0x64; DATA[usize::from(data) % DATA.len()]];
                self.send(from, &session, &frame, data)?;
            }
            Op::Burst { from, session, count } => {
                let from = self.device(from);
                let Some(session) = self.pick(from, session) else { return Ok(()) };
                for i in 0..count % 12 {
                    if i > 0 && self.flights.pop().is_none() {
                        break;
                    }
                    let frame = Frame { body: vec![i], ..Frame::default() };
                    if !self.send(from, &session, &frame, vec![])? {
                        break;
                    }
                }
            }
            Op::Deliver { envelope, keep, mailbox, damage, other_data, knowing } => {
                let Some(at) = usize::from(envelope).checked_rem(self.flights.len()) else {
                    return Ok(());
                };
                let flight = self.flights[at].clone();
                if !keep {
                    self.flights.remove(at);
                }
                let mailbox = self.mailbox(&flight, mailbox);
                let message = forge::damage(flight.message.clone(), damage);
                let mut data = flight.data.clone();
                if other_data {
                    data.push(1);
                }
                let account = match knowing % 4 {
                    1 => Some(self.account(flight.from)),
                    2 => Some(self.account(self.peer(flight.from, knowing))),
                    _ => None,
                };
                let psk = (knowing >= 4).then_some(PSK);
                self.both(flight.to, "receive", |side, tape| {
                    side.receive(&mailbox, &message, &data, account.as_deref(), psk, now, tape)
                })?
                .ok();
            }
            Op::Lose { envelope } => {
                if let Some(at) = usize::from(envelope).checked_rem(self.flights.len()) {
                    self.flights.remove(at);
                }
            }
            Op::Decide { of, session, accept } => {
                let of = self.device(of);
                let Some(session) = self.pick(of, session) else { return Ok(()) };
                let id = vec(&session.session_id);
                let name = if accept { "accept_session" } else { "decline_session" };
                self.both(of, name, |side, _| side.decide(&id, accept, now))?.ok();
            }
            Op::Renew { of, days, attested } => {
                let not_after = now + u64::from(days) * DAY;
                self.both(self.device(of), "renew", |side, _| {
                    side.renew(not_after, attested, now)
                })?
                .ok();
            }
            Op::Apply { of, whose, lists, damage } => {
                let (of, whose) = (self.device(of), self.device(whose));
                let lists = forge::encoded_lists(&self.devices[whose].spec.state, lists, now);
                let lists = forge::damage(lists, damage);
                let account = self.account(whose);
                self.both(of, "apply_lists", |side, _| side.apply_lists(&account, &lists, now))?
                    .ok();
            }
            Op::Forge { from, session, wrong } => {
                let from = self.device(from);
                let Some(session) = self.pick(from, session) else { return Ok(()) };
                let Some(to) = self.device_of(&session) else { return Ok(()) };
                let peer_session = self.peer_session(&session);
                let Some(message) = forge::ratchet(&session, wrong, &peer_session, now) else {
                    return Ok(());
                };
                let sent = sceau_spec::pairwise::device::wrap(&session, &from_bytes(&message), now);
                let mailbox = sent.map(|sent| vec(&sent.mailbox)).unwrap_or(vec![0; 32]);
                self.log.push_str(" -> in flight");
                self.flights.push(Flight { from, to, mailbox, message, data: vec![] });
            }
            Op::ForgeFirst { from, to, fetch, wrong } => {
                let from = self.device(from);
                let to = self.peer(from, to);
                let Some(bundle) = self.fetch(to, fetch) else { return Ok(()) };
                let other =
                    self.devices[self.peer(from, self.step as u8)].spec.state.account.clone();
                let (state, peer) = (&self.devices[from].spec.state, &self.devices[to].spec.state);
                let tape = &mut Tape::new(self.setting.seed, self.step);
                let message =
                    forge::first(state, peer, &other.credential, &bundle, wrong, now, tape);
                let Some(message) = message else { return Ok(()) };
                let mailbox = vec(&own_contact_mailbox(peer));
                self.log.push_str(" -> in flight");
                self.flights.push(Flight { from, to, mailbox, message, data: vec![] });
            }
            Op::Tamper { of, session, tamper } => {
                let of = self.device(of);
                let Some(session) = self.pick(of, session) else { return Ok(()) };
                if self.session_at(of, 0).is_none() || session.peer_account.len() == 0 {
                    return Ok(());
                }
                let near = |by: u8| MAX_CHAIN_LENGTH - u32::from(by % 8);
                let changed = match tamper {
                    Tamper::Sent(by) => SessionState {
                        sending: forge::chain_at(&session.sending, near(by)),
                        ..session
                    },
                    Tamper::Received(by) => SessionState {
                        receiving: forge::chain_at(&session.receiving, near(by)),
                        ..session
                    },
                };
                let state = commit(&set_session(&self.devices[of].spec.state, &changed));
                let bytes = vec(&export_state(&state));
                self.both(of, "import", |side, _| side.import(&bytes, 0))?.ok();
            }
            Op::Restart { of, how } => self.restart(self.device(of), how)?,
            Op::Expire { of } => {
                self.both(self.device(of), "expire", |side, _| side.expire(now))?.ok();
            }
            Op::Observe { of, session } => {
                let of = self.device(of);
                let Some(session) = self.pick(of, session) else { return Ok(()) };
                let peer = self.device_of(&session).unwrap_or(of);
                let keys = &self.devices[peer].spec.state.account.device_list.tbs.account_keys;
                let (id, keys) = (vec(&session.session_id), vec(&encode_typed_keys(keys)));
                self.both(of, "observe", |side, _| side.observe(&id, &keys, now))?.ok();
            }
            Op::Wait { time } => {
                let seconds = match time {
                    Time::Seconds(n) => u64::from(n),
                    Time::Hours(n) => u64::from(n) * 3_600,
                    Time::Days(n) => u64::from(n) * DAY,
                    Time::Edge(which, by) => {
                        self.edge(which).saturating_add_signed(i64::from(by.clamp(-2, 2)))
                    }
                };
                self.now += seconds;
            }
        }
        Ok(())
    }

    fn restart(&mut self, of: usize, how: Restart) -> Played {
        let device = &mut self.devices[of];
        let export = device.spec.export();
        let changes = device.spec.state.head.changes;
        match how {
            Restart::Own => {
                let own = device.library.export();
                for (side, bytes) in
                    [(&mut device.spec as &mut dyn Side, &export), (&mut device.library, &own)]
                {
                    side.import(bytes, changes).map_err(|class| format!("own export: {class}"))?;
                }
            }
            Restart::Crossed => {
                let other = device.library.export();
                device
                    .spec
                    .import(&other, changes)
                    .map_err(|c| format!("the library's export: {c}"))?;
                let taken = device.library.import(&export, changes);
                taken.map_err(|c| format!("the specification's export: {c}"))?;
            }
            Restart::TooOld => {
                self.both(of, "import", |side, _| side.import(&export, changes + 1))?.ok();
            }
            Restart::Damaged(at, value) => {
                let mut bytes = export;
                let at = usize::from(at) % bytes.len();
                self.log.push_str(&format!(" -> {}", place(&bytes, at)));
                bytes[at] = value;
                self.import_damaged(of, &bytes)?;
            }
            Restart::Cut(to) => {
                let to = usize::from(to) % export.len();
                self.import_and_go_back(of, &export[..to])?;
            }
            Restart::Without(which) => {
                let records = decode_records(&from_bytes(&export)).map_err(|c| format!("{c:?}"))?;
                let which = usize::from(which) % records.len();
                let kept = (0..records.len()).filter(|i| *i != which);
                let bytes: Vec<u8> = kept.flat_map(|i| vec(&encode_record(&records[i]))).collect();
                self.import_and_go_back(of, &bytes)?;
            }
        }
        match self.state_difference(of) {
            Some(found) => Err(found),
            None => Ok(()),
        }
    }

    /// Imports a state with a byte changed. How much of a record's contents an importer looks at is its own affair
    /// (stored state is inside the trust boundary, `STA-04`), but what both take they understand alike.
    fn import_damaged(&mut self, of: usize, bytes: &[u8]) -> Played {
        let export = self.devices[of].spec.export();
        let device = &mut self.devices[of];
        let (spec, library) = (device.spec.import(bytes, 0), device.library.import(bytes, 0));
        let mut found = None;
        if spec.is_ok() && library.is_ok() {
            found = self.state_difference(of);
        }
        let device = &mut self.devices[of];
        device.spec.import(&export, 0).map_err(|class| format!("own export: {class}"))?;
        device.library.import(&export, 0).map_err(|class| format!("own export: {class}"))?;
        found.map_or(Ok(()), Err)
    }

    /// Imports a state that is not its own: both refuse it, or both take it and export the same.
    fn import_and_go_back(&mut self, of: usize, bytes: &[u8]) -> Played {
        let export = self.devices[of].spec.export();
        if self.both(of, "import_damaged", |side, _| side.import(bytes, 0))?.is_ok() {
            let device = &mut self.devices[of];
            device.spec.import(&export, 0).map_err(|class| format!("own export: {class}"))?;
            device.library.import(&export, 0).map_err(|class| format!("own export: {class}"))?;
        }
        Ok(())
    }
}

/// In which record a byte of an export stands.
fn place(export: &[u8], at: usize) -> String {
    let records = decode_records(&from_bytes(export)).unwrap_or_default();
    let mut start = 0;
    for i in 0..records.len() {
        let (kind, length) = (records[i].key.kind, encode_record(&records[i]).len());
        if at < start + length {
            let body = length - records[i].body.len();
            let within = (at - start) as i64 - body as i64;
            return format!("record kind {kind}, byte {within} of its body of {}", length - body);
        }
        start += length;
    }
    "nowhere".to_owned()
}
