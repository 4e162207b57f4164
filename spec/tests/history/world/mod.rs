//! Devices, envelopes in flight and a clock: plays operations to both sides and compares.

mod compare;
mod play;

use super::forge;
use super::library::{Library, policy as library_policy};
use super::op::{Body, Fetch, History, Lists, Mailbox, Pick, SIZES, Setting, With};
use super::side::{Answer, Frame, Side};
use super::specified::{Specified, issuer_keys, tight, vec};
use super::tape::Tape;
use compare::{difference, differing_records, field};
use hacspec_lib::*;
use sceau_spec::octets::from_bytes;
use sceau_spec::pairwise::bundle::PrekeyBundle;
use sceau_spec::pairwise::device::{own_account, own_contact_mailbox};
use sceau_spec::pairwise::envelope::incoming_mailboxes;
use sceau_spec::pairwise::frame::{
    CLOSE, CREDENTIAL_UPDATE, CredentialUpdate, DEVICE_LISTS, LABEL, MAILBOX_ROTATION, RECEIPT,
    encode_credential_update, encode_mailbox_rotation,
};
use sceau_spec::pairwise::identities::{Credential, DeviceLists};
use sceau_spec::pairwise::limits::{Limits, Policy, default_limits};
use sceau_spec::pairwise::pairs::find_pair;
use sceau_spec::pairwise::prekeys::{PublishedBatch, decode_published_batch};
use sceau_spec::pairwise::session::{ARCHIVED, ESTABLISHED, SessionState, UNACCEPTED};
use std::collections::BTreeMap;

const START: u64 = 1_800_000_000;
const DAY: u64 = 86_400;
/// Id and bytes of the external PSK that all devices may use.
const PSK: (&[u8], &[u8]) = (b"psk", b"a secret that both callers know");
/// A difference is reported as text: the history so far, and what differs.
pub type Played = Result<(), String>;

/// How often each operation had which verdict.
#[derive(Default)]
pub struct Statistics {
    pub histories: u64,
    pub steps: u64,
    pub verdicts: BTreeMap<(String, String), u64>,
}

/// A batch at the directory, and how many of its keys were served.
struct Published {
    batch: PublishedBatch,
    credential: Credential,
    one_time: Vec<u32>,
    kem: Vec<u32>,
    served: (usize, usize),
}

struct Device {
    spec: Specified,
    library: Library,
    published: Vec<Published>,
}

/// An envelope.
#[derive(Clone)]
struct Flight {
    from: usize,
    to: usize,
    mailbox: Vec<u8>,
    message: Vec<u8>,
    data: Vec<u8>,
}

struct World<'a> {
    setting: Setting,
    now: u64,
    step: u64,
    devices: Vec<Device>,
    flights: Vec<Flight>,
    log: String,
    statistics: &'a mut Statistics,
}

/// Plays a history; the error is a report: what happened, what differs, the history.
pub fn play(history: &History, statistics: &mut Statistics) -> Played {
    played(history, statistics).map_err(|(log, found)| format!("{log}\n\n{found}\n\n{history:?}"))
}

/// Plays a history; the error is the steps and what differs after the last.
pub fn played(history: &History, statistics: &mut Statistics) -> Result<(), (String, String)> {
    statistics.histories += 1;
    let mut world =
        World::new(history.setting, statistics).map_err(|found| (String::new(), found))?;
    world.log.push('\n');
    for op in &history.ops {
        world.step += 1;
        world.log.push_str(&format!("{:3}. {op:?}", world.step));
        let before = world.log.len();
        if let Err(found) = world.play(*op) {
            return Err((world.log, found));
        }
        if world.log.len() == before {
            world.log.push_str(" -> nothing to do");
        }
        world.log.push('\n');
    }
    Ok(())
}

fn library_limits(limits: &Limits) -> sceau::limits::Limits {
    let mut out = sceau::limits::Limits::default();
    let wanted = [
        ("max_skip", u64::from(limits.max_skip)),
        ("max_skipped_keys", limits.max_skipped_keys as u64),
        ("max_skipped_chains", limits.max_skipped_chains as u64),
        ("skipped_key_age", limits.skipped_key_age),
        ("max_first_messages", u64::from(limits.max_first_messages)),
        ("max_session_age", limits.max_session_age),
        ("max_archived", limits.max_archived as u64),
        ("archive_age", limits.archive_age),
        ("simultaneous_window", limits.simultaneous_window),
        ("recovery_interval", limits.recovery_interval),
        ("max_candidates", limits.max_candidates as u64),
        ("clock_skew", limits.clock_skew),
        ("max_list_age", limits.max_list_age),
        ("prekey_grace", limits.prekey_grace),
        ("replay_cache_size", limits.replay_cache_size as u64),
        ("max_authenticated_data", limits.max_authenticated_data as u64),
        ("mailbox_look_back", limits.mailbox_look_back),
        ("max_envelope_age", limits.max_envelope_age),
    ];
    for (name, value) in wanted {
        assert!(out.set(name, value), "{name}");
    }
    out
}

impl<'a> World<'a> {
    fn new(setting: Setting, statistics: &'a mut Statistics) -> Result<Self, String> {
        let limits = if setting.tight {
            Limits { max_archived: 1 + (setting.seed % 3) as usize, ..tight(default_limits()) }
        } else {
            default_limits()
        };
        let mut world = Self {
            setting,
            now: START,
            step: 0,
            devices: Vec::new(),
            flights: Vec::new(),
            log: String::new(),
            statistics,
        };
        for i in 0..2 + setting.devices % 3 {
            let of = |mask: u8| mask >> i & 1 == 1;
            let (attested, trusting) = (of(setting.attested), of(setting.trusting));
            let demanding = of(setting.demanding) && trusting;
            let issuers = Seq::new(0);
            let issuers = if trusting { issuers.push(&issuer_keys()) } else { issuers };
            let policy = Policy { require_issuer: demanding, issuers, limits: limits.clone() };
            let tape = || Tape::new(setting.seed, u64::MAX - u64::from(i));
            let (spec, a) = Specified::create(attested, policy, START, &mut tape());
            let policy = library_policy(trusting, demanding, library_limits(&limits));
            let (library, b) = Library::create(attested, policy, START, &mut tape());
            world.devices.push(Device { spec, library, published: Vec::new() });
            let found = difference(&Ok(a), &Ok(b)).or(world.state_difference(usize::from(i)));
            if let Some(found) = found {
                return Err(format!("create: {found}"));
            }
            world.create_batch(usize::from(i), 2, 2, 14 * DAY)?;
        }
        Ok(world)
    }

    fn device(&self, n: u8) -> usize {
        usize::from(n) % self.devices.len()
    }

    /// Another device, so that most histories do something.
    fn peer(&self, of: usize, n: u8) -> usize {
        (of + 1 + usize::from(n) % (self.devices.len() - 1)) % self.devices.len()
    }

    fn account(&self, device: usize) -> Vec<u8> {
        vec(&own_account(&self.devices[device].spec.state))
    }

    fn state_difference(&self, device: usize) -> Option<String> {
        let device = &self.devices[device];
        let (spec, library) = (device.spec.export(), device.library.export());
        (spec != library).then(|| differing_records(&spec, &library))
    }

    /// Plays a step of a device to both sides and compares answer, draws and state.
    fn both(
        &mut self,
        device: usize,
        name: &str,
        step: impl Fn(&mut dyn Side, &mut Tape) -> Answer,
    ) -> Result<Answer, String> {
        self.statistics.steps += 1;
        let mut tapes = [(); 2].map(|()| Tape::new(self.setting.seed, self.step));
        let before = self.devices[device].library.export();
        let archived = self.archived(device);
        let spec = step(&mut self.devices[device].spec, &mut tapes[0]);
        let library = step(&mut self.devices[device].library, &mut tapes[1]);
        let verdict = match &spec {
            Ok(_) => "ok".to_owned(),
            Err(class) => class.clone(),
        };
        self.log.push_str(&format!(" -> {name} of {device}: {verdict}"));
        *self.statistics.verdicts.entry((name.to_owned(), verdict)).or_default() += 1;
        if self
            .sessions(device)
            .iter()
            .any(|s| s.status == ESTABLISHED && archived.contains(&s.session_id.to_hex()))
        {
            // [REP-14]
            *self
                .statistics
                .verdicts
                .entry((name.to_owned(), "comes_back".to_owned()))
                .or_default() += 1;
        }
        if let Some(found) = difference(&spec, &library) {
            return Err(found);
        }
        if spec.is_ok() && tapes[0].drawn != tapes[1].drawn {
            return Err(format!("draws: {} and {} bytes", tapes[0].drawn, tapes[1].drawn));
        }
        if let Some(found) = self.state_difference(device) {
            return Err(found);
        }
        if spec.is_err() && self.devices[device].library.export() != before {
            return Err("a step that failed has changed the state".to_owned());
        }
        Ok(spec)
    }

    /// The ids of the archived sessions.
    fn archived(&self, device: usize) -> Vec<String> {
        let archived = |s: &SessionState| s.status == ARCHIVED;
        self.sessions(device).into_iter().filter(archived).map(|s| s.session_id.to_hex()).collect()
    }

    fn session_at(&self, device: usize, at: usize) -> Option<SessionState> {
        let sessions = &self.devices[device].spec.state.sessions;
        (sessions.len() > 0).then(|| sessions[at % sessions.len()].clone())
    }

    fn sessions(&self, device: usize) -> Vec<SessionState> {
        let sessions = &self.devices[device].spec.state.sessions;
        (0..sessions.len()).map(|i| sessions[i].clone()).collect()
    }

    /// The session that is meant; none where there is none of any kind.
    fn pick(&self, device: usize, pick: Pick) -> Option<SessionState> {
        let any = |n: usize| self.session_at(device, n);
        match pick {
            Pick::Live(n) => {
                let peer = from_bytes(&self.account(self.peer(device, n)));
                let state = &self.devices[device].spec.state;
                let live = find_pair(state, &peer, 1).live;
                let is_live = |s: &SessionState| live.as_ref() == Some(&s.session_id);
                self.sessions(device).into_iter().find(is_live).or_else(|| any(usize::from(n)))
            }
            Pick::Unaccepted => {
                let is = |s: &SessionState| s.status == UNACCEPTED;
                self.sessions(device).into_iter().find(is).or_else(|| any(0))
            }
            Pick::Any(n) => any(usize::from(n)),
            Pick::Unknown => {
                Some(SessionState { session_id: from_bytes(&[9; 32]), ..SessionState::default() })
            }
        }
    }

    /// The device of a session's peer, if it takes part.
    fn device_of(&self, session: &SessionState) -> Option<usize> {
        let account = vec(&session.peer_account);
        (0..self.devices.len()).find(|device| self.account(*device) == account)
    }

    fn create_batch(&mut self, of: usize, one_time: u32, kem: u32, lifetime: u64) -> Played {
        let now = self.now;
        let made = self.both(of, "create_batch", |side, tape| {
            side.create_batch(one_time, kem, lifetime, now, tape)
        })?;
        if let Ok(out) = made {
            let batch = decode_published_batch(&from_bytes(field(&out, "published")))
                .map_err(|class| format!("published: {class:?}"))?;
            let credential = self.devices[of].spec.state.account.credential.clone();
            self.devices[of].published.push(Published {
                batch,
                credential,
                one_time: (2..2 + one_time).collect(),
                kem: (2 + one_time..2 + one_time + kem).collect(),
                served: (0, 0),
            });
        }
        Ok(())
    }

    /// What the directory serves, or nothing.
    fn fetch(&mut self, of: usize, fetch: Fetch) -> Option<PrekeyBundle> {
        let account = self.devices[of].spec.state.account.clone();
        let count = self.devices[of].published.len();
        let older = usize::from(fetch.older) % 3;
        let published = &mut self.devices[of].published[count.checked_sub(1 + older)?];
        let key = |keys: &[u32], served: &mut usize, wanted: bool| {
            if !wanted {
                return None;
            }
            let at = if fetch.again { served.saturating_sub(1) } else { *served };
            let key = keys.get(at).copied();
            *served += usize::from(!fetch.again && key.is_some());
            key
        };
        let one_time = key(&published.one_time, &mut published.served.0, fetch.one_time);
        let kem = key(&published.kem, &mut published.served.1, fetch.kem).unwrap_or(1);
        let proven = |id: u32| published.batch.prekeys[id as usize].clone();
        Some(PrekeyBundle {
            device_lists: DeviceLists::new(0).push(&account.device_list),
            credential: if fetch.current {
                account.credential
            } else {
                published.credential.clone()
            },
            batch: published.batch.batch.clone(),
            signed_prekey: proven(0),
            one_time_prekey: one_time.map(proven),
            kem_prekey: proven(kem),
        })
    }

    fn frame(&self, from: usize, session: &SessionState, body: Body, with: With) -> Frame {
        let state = &self.devices[from].spec.state;
        let update = |credential: &Credential, which: Lists| {
            let device_lists = forge::device_lists(state, which, self.now);
            let update = CredentialUpdate { device_lists, credential: credential.clone() };
            vec(&encode_credential_update(&update))
        };
        let (content_type, body) = match body {
            Body::Application(size) => (0, vec![0x61; SIZES[usize::from(size) % SIZES.len()]]),
            Body::Close => (CLOSE, vec![]),
            Body::FilledClose => (CLOSE, vec![0]),
            Body::CredentialUpdate => {
                (CREDENTIAL_UPDATE, update(&state.account.credential, Lists::Current))
            }
            Body::ForeignUpdate(n) => {
                let other = self.peer(from, n);
                let credential = &self.devices[other].spec.state.account.credential;
                (CREDENTIAL_UPDATE, update(credential, Lists::Newer))
            }
            Body::UpdateWith(which) => {
                (CREDENTIAL_UPDATE, update(&state.account.credential, which))
            }
            Body::Lists(which) => (DEVICE_LISTS, forge::encoded_lists(state, which, self.now)),
            Body::Rotation(by) => {
                let rotation = session.rotation_send.saturating_add(u32::from(by));
                (MAILBOX_ROTATION, vec(&encode_mailbox_rotation(rotation)))
            }
            Body::Label => (LABEL, vec![1, 2]),
            Body::Receipt => (RECEIPT, vec![3]),
            Body::Unknown(n) => (7 + n % 200, vec![]),
            Body::Garbage(n, length) => (1 + n % 4, vec![n; usize::from(length) % 8]),
        };
        let (critical, non_critical) = forge::extensions(with, &self.peer_session(session));
        Frame { content_type, critical, non_critical, body }
    }

    /// A session that the peer of a session has, for the extension `absorb`.
    fn peer_session(&self, session: &SessionState) -> Vec<u8> {
        let peer = self.device_of(session).and_then(|peer| self.session_at(peer, 0));
        peer.map(|session| vec(&session.session_id)).unwrap_or(vec![5; 32])
    }

    fn send(
        &mut self,
        from: usize,
        session: &SessionState,
        frame: &Frame,
        data: Vec<u8>,
    ) -> Result<bool, String> {
        let (now, id) = (self.now, vec(&session.session_id));
        let sent = self.both(from, "send", |side, _| side.send(&id, frame, &data, now))?;
        let Ok(out) = sent else { return Ok(false) };
        if let Some(to) = self.device_of(session) {
            let (mailbox, message) =
                (field(&out, "mailbox").to_vec(), field(&out, "message").to_vec());
            self.flights.push(Flight { from, to, mailbox, message, data });
        }
        Ok(true)
    }

    fn mailbox(&self, flight: &Flight, mailbox: Mailbox) -> Vec<u8> {
        match mailbox {
            Mailbox::Right => flight.mailbox.clone(),
            Mailbox::Contact => vec(&own_contact_mailbox(&self.devices[flight.to].spec.state)),
            Mailbox::OfSession(n, m) => match self.session_at(flight.to, usize::from(n)) {
                Some(session) => {
                    let limits = &self.devices[flight.to].spec.policy.limits;
                    let mailboxes = incoming_mailboxes(&session, self.now, limits);
                    match mailboxes.len() {
                        0 => vec![2; 32],
                        n => vec(&mailboxes[usize::from(m) % n]),
                    }
                }
                None => vec![2; 32],
            },
            Mailbox::Unknown => vec![1; 32],
        }
    }
}
