//! What can happen in a history. Numbers are taken modulo what there is to choose from, so that
//! every history can be played and what is left of one that was shrunk keeps its meaning.

use arbitrary::Arbitrary;
use core::fmt;

/// Who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub struct Setting {
    /// 2 to 4, modulo 3.
    pub devices: u8,
    /// Whether the limits are those of `limits::tight`.
    pub tight: bool,
    /// By device: attested by the issuer.
    pub attested: u8,
    /// By device: trusts the issuer.
    pub trusting: u8,
    /// By device: demands the issuer's attestation.
    pub demanding: u8,
    /// Of all random bytes.
    pub seed: u64,
}

/// A history.
#[derive(Clone, PartialEq, Eq, Arbitrary)]
pub struct History {
    /// Who takes part.
    pub setting: Setting,
    /// What happens.
    pub ops: Vec<Op>,
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "History {{ setting: {:?}, ops: vec![", self.setting)?;
        for op in &self.ops {
            writeln!(f, "    {op:?},")?;
        }
        f.write_str("] }")
    }
}

/// A session of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub enum Pick {
    /// The live one with a device, if there is one; else any.
    Live(u8),
    /// The one that awaits acceptance, of any peer; else any.
    Unaccepted,
    /// In the order of ids.
    Any(u8),
    /// One that isn't there.
    Unknown,
}

/// What a directory serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub struct Fetch {
    /// Whether a one-time prekey is served while there are some.
    pub one_time: bool,
    /// Whether a one-time KEM prekey is served while there are some.
    pub kem: bool,
    /// How many batches back.
    pub older: u8,
    /// Whether a key is served that was served before.
    pub again: bool,
    /// The current credential, whatever that of the batch is.
    pub current: bool,
    /// What is wrong with it.
    pub damage: Damage,
}

/// Something in a message or bundle that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub enum Damage {
    None,
    /// A bit of a byte.
    Flip(u16, u8),
    /// As many bytes are left, modulo its length.
    Cut(u16),
    /// A zero more.
    Longer,
}

/// Where an envelope goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub enum Mailbox {
    /// Where it was sent to.
    Right,
    /// The contact mailbox of the device.
    Contact,
    /// An incoming mailbox of one of its sessions.
    OfSession(u8, u8),
    /// None that is known.
    Unknown,
}

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub enum Body {
    /// The caller's bytes; one of `SIZES`.
    Application(u8),
    Close,
    /// With a body, which is refused.
    FilledClose,
    CredentialUpdate,
    /// The credential of another device.
    ForeignUpdate(u8),
    /// The own credential, with other lists.
    UpdateWith(Lists),
    Lists(Lists),
    /// By how much the rotation grows.
    Rotation(u8),
    Label,
    Receipt,
    /// An unknown content type.
    Unknown(u8),
    /// A type that the library handles, with bytes that are no such body.
    Garbage(u8, u8),
}

/// Which extensions a frame has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub enum With {
    Nothing,
    Grease,
    /// `absorb`, with a session id of the peer's or bytes that are none.
    Absorb(u8),
    /// Not in ascending order.
    Unordered,
    Critical,
}

/// Device lists of a device's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub enum Lists {
    Current,
    Newer,
    /// Same number, other bytes.
    Forked,
    Older,
    /// This many seconds after now.
    Future(u16),
    /// This many days ago.
    Past(u8),
    /// A second device, that nobody attests.
    Added,
    /// A second device, that the first attests.
    AddedByDevice,
    /// A second device, that the issuer attests.
    AddedByIssuer,
    /// Another device alone.
    Replaced,
    /// Same generation, other reference.
    Swapped,
    /// A generation more without attestation by the device.
    Renewed,
    Ascending,
    Descending,
    Empty,
    /// A signature with a bit changed.
    BadSignature(u8),
    /// A series in which a second device comes and goes.
    ComesAndGoes,
    /// One in which it goes and comes.
    GoesAndComes,
    /// One in which it comes, goes and comes again.
    ComesAgain,
    /// One in which it comes again behind an older list that had it.
    ComesAfterOlder,
}

/// What is wrong in a ratchet message that was made with valid keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub enum Wrong {
    /// n is this much more, with the chain advanced as far.
    Skip(u16),
    /// n is this much more, the chain where it was.
    Number(u16),
    /// pn is this.
    Previous(u16),
    /// The header's flags.
    Flags(u16),
    /// The ratchet key: 0 zeros, 1 the peer's own, 2 the peer's previous, 3 another.
    RatchetKey(u8),
    /// The header under the next header key: the start of a chain.
    NewChain(u16, u8),
    /// A byte of the frame's padding.
    Padding(u8),
    /// A bucket too long.
    Bucket,
    /// Bytes of the frame: position, value.
    Frame(u8, u8),
    /// The frame's extensions.
    Extensions(With),
}

/// What is wrong in a handshake that was made with valid keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub enum WrongFirst {
    /// Nothing: an initiator that keeps to no rule about time and live sessions.
    Nothing,
    /// PSK type, and how many bytes the id has.
    Psk(u8, u8),
    /// A resumption PSK of one of the peer's sessions.
    Resumption(u8),
    /// `recovery` with this many bytes; and a resumption PSK if odd.
    Recovery(u8),
    Lists(Lists),
    /// The credential of another device.
    Credential(u8),
    /// 0 a zero ephemeral key in the message, 1 a short ciphertext, 2 a long key, 3 ids swapped, 4 other batch,
    /// 5 wrong padding, 6 bytes cut from the sealed identity.
    Message(u8),
}

/// How a device restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub enum Restart {
    /// Each side from its own export.
    Own,
    /// Each side from the other's.
    Crossed,
    /// With a least count of changes above the one that it has.
    TooOld,
    /// A damaged export: refused, or taken, by both; the device goes on as it was.
    Damaged(u16, u8),
    /// Cut: refused by both.
    Cut(u16),
    /// A record that is left out: refused by both.
    Without(u8),
}

/// How the state of a session is changed from outside, to come near to a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub enum Tamper {
    /// Messages sent in the chain, below the bound.
    Sent(u8),
    /// Messages received in the chain, below the bound.
    Received(u8),
}

/// How long nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub enum Time {
    Seconds(u16),
    Hours(u8),
    Days(u8),
    /// To this many seconds before or after something that a limit of the setting decides.
    Edge(u8, i8),
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub enum Op {
    Batch {
        of: u8,
        one_time: u8,
        kem: u8,
        days: u8,
    },
    Initiate {
        from: u8,
        to: u8,
        fetch: Fetch,
        psk: bool,
        recovery: bool,
    },
    Check {
        from: u8,
        to: u8,
        fetch: Fetch,
    },
    Send {
        from: u8,
        session: Pick,
        body: Body,
        with: With,
        data: u8,
    },
    /// Sends some messages, of which the last alone is in flight.
    Burst {
        from: u8,
        session: Pick,
        count: u8,
    },
    /// `knowing`: 0 expects nobody, 1 the sender, 2 another account; from 4 on has the external PSK.
    Deliver {
        envelope: u8,
        keep: bool,
        mailbox: Mailbox,
        damage: Damage,
        other_data: bool,
        knowing: u8,
    },
    Lose {
        envelope: u8,
    },
    Decide {
        of: u8,
        session: Pick,
        accept: bool,
    },
    Renew {
        of: u8,
        days: u8,
        attested: bool,
    },
    Apply {
        of: u8,
        whose: u8,
        lists: Lists,
        damage: Damage,
    },
    Forge {
        from: u8,
        session: Pick,
        wrong: Wrong,
    },
    ForgeFirst {
        from: u8,
        to: u8,
        fetch: Fetch,
        wrong: WrongFirst,
    },
    Tamper {
        of: u8,
        session: Pick,
        tamper: Tamper,
    },
    Restart {
        of: u8,
        how: Restart,
    },
    Expire {
        of: u8,
    },
    Observe {
        of: u8,
        session: Pick,
    },
    Wait {
        time: Time,
    },
}

/// Bytes of a body: around the bounds of the buckets (a frame is 5 to 7 bytes longer) and of the limits.
pub const SIZES: [usize; 24] = [
    0, 1, 2, 63, 64, 100, 249, 250, 251, 505, 506, 507, 1017, 1018, 1019, 2041, 2042, 2043, 4089,
    4090, 4091, 8184, 8186, 16_383,
];

/// Bytes of authenticated data.
pub const DATA: [usize; 6] = [0, 0, 3, 16, 17, 65_537];
