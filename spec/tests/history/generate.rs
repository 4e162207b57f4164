//! Random histories: mostly honest conversations, with everything else in between.

use super::history::begin::{KINDS, prelude};
use super::history::op::{
    Body, Damage, Fetch, History, Lists, Mailbox, Op, Pick, Restart, Setting, Tamper, Time, With,
    Wrong, WrongFirst,
};
use proptest::prelude::*;

fn device() -> impl Strategy<Value = u8> {
    0..4u8
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        3 => (any::<u16>(), 0..8u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        1 => any::<u16>().prop_map(Damage::Cut),
        1 => Just(Damage::Longer),
    ]
}

fn rarely(strategy: impl Strategy<Value = Damage> + 'static) -> impl Strategy<Value = Damage> {
    prop_oneof![12 => Just(Damage::None), 1 => strategy]
}

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![
        12 => (0..3u8).prop_map(Pick::Live),
        1 => Just(Pick::Unaccepted),
        3 => (0..8u8).prop_map(Pick::Any),
    ]
}

fn lists() -> impl Strategy<Value = Lists> {
    prop_oneof![
        4 => Just(Lists::Current),
        1 => Just(Lists::Newer),
        1 => Just(Lists::Forked),
        1 => Just(Lists::Older),
        1 => prop_oneof![Just(59u16), Just(60), Just(61), Just(300), Just(301)].prop_map(Lists::Future),
        1 => prop_oneof![Just(19u8), Just(20), Just(21), Just(30), Just(31)].prop_map(Lists::Past),
        1 => Just(Lists::Added),
        1 => Just(Lists::AddedByDevice),
        1 => Just(Lists::AddedByIssuer),
        1 => Just(Lists::Replaced),
        1 => Just(Lists::Swapped),
        1 => Just(Lists::Renewed),
        1 => Just(Lists::Ascending),
        1 => Just(Lists::Descending),
        1 => Just(Lists::Empty),
        1 => any::<u8>().prop_map(Lists::BadSignature),
        1 => prop_oneof![
            Just(Lists::ComesAndGoes),
            Just(Lists::GoesAndComes),
            Just(Lists::ComesAgain),
            Just(Lists::ComesAfterOlder)
        ],
    ]
}

fn fetch() -> impl Strategy<Value = Fetch> {
    (any::<bool>(), any::<bool>(), 0..9u8, 0..10u8, 0..12u8, rarely(damage())).prop_map(
        |(one_time, kem, older, again, current, damage)| Fetch {
            one_time,
            kem,
            older: older.saturating_sub(6),
            again: again == 9,
            current: current == 11,
            damage,
        },
    )
}

fn honest_fetch() -> impl Strategy<Value = Fetch> {
    fetch().prop_map(|fetch| Fetch { damage: Damage::None, current: false, ..fetch })
}

fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        12 => (0..24u8).prop_map(Body::Application),
        1 => Just(Body::Close),
        1 => Just(Body::FilledClose),
        2 => Just(Body::CredentialUpdate),
        1 => (0..3u8).prop_map(Body::ForeignUpdate),
        2 => lists().prop_map(Body::Lists),
        1 => lists().prop_map(Body::UpdateWith),
        3 => Just(Body::Rotation(1)),
        1 => (0..4u8).prop_map(Body::Rotation),
        1 => Just(Body::Label),
        1 => Just(Body::Receipt),
        1 => any::<u8>().prop_map(Body::Unknown),
        1 => (any::<u8>(), 0..8u8).prop_map(|(n, length)| Body::Garbage(n, length)),
    ]
}

fn with() -> impl Strategy<Value = With> {
    prop_oneof![
        12 => Just(With::Nothing),
        2 => Just(With::Grease),
        1 => (0..40u8).prop_map(With::Absorb),
        1 => Just(With::Unordered),
        1 => Just(With::Critical),
    ]
}

fn wrong() -> impl Strategy<Value = Wrong> {
    let around = || prop_oneof![4 => 0..12u16, 1 => 990..1_010u16, 1 => any::<u16>()];
    prop_oneof![
        4 => around().prop_map(Wrong::Skip),
        1 => around().prop_map(Wrong::Number),
        2 => around().prop_map(Wrong::Previous),
        1 => (0..4u16).prop_map(Wrong::Flags),
        1 => (0..4u8).prop_map(Wrong::RatchetKey),
        3 => (around(), 0..5u8).prop_map(|(pn, key)| Wrong::NewChain(pn, key)),
        1 => any::<u8>().prop_map(Wrong::Padding),
        1 => Just(Wrong::Bucket),
        3 => (0..16u8, prop_oneof![0..8u8, any::<u8>()]).prop_map(|(at, value)| Wrong::Frame(at, value)),
        3 => prop_oneof![
            Just(With::Grease),
            (0..40u8).prop_map(With::Absorb),
            Just(With::Absorb(0)),
            Just(With::Unordered),
            Just(With::Critical)
        ].prop_map(Wrong::Extensions),
    ]
}

fn wrong_first() -> impl Strategy<Value = WrongFirst> {
    prop_oneof![
        4 => Just(WrongFirst::Nothing),
        2 => (0..4u8, prop_oneof![Just(0u8), Just(1), Just(3), Just(32)])
            .prop_map(|(psk_type, length)| WrongFirst::Psk(psk_type, length)),
        3 => (0..8u8).prop_map(WrongFirst::Resumption),
        2 => (0..6u8).prop_map(WrongFirst::Recovery),
        4 => lists().prop_map(WrongFirst::Lists),
        1 => (0..3u8).prop_map(WrongFirst::Credential),
        2 => (0..7u8).prop_map(WrongFirst::Message),
    ]
}

fn mailbox() -> impl Strategy<Value = Mailbox> {
    prop_oneof![
        30 => Just(Mailbox::Right),
        1 => Just(Mailbox::Contact),
        2 => (0..8u8, any::<u8>()).prop_map(|(n, m)| Mailbox::OfSession(n, m)),
        1 => Just(Mailbox::Unknown),
    ]
}

fn restart() -> impl Strategy<Value = Restart> {
    prop_oneof![
        4 => Just(Restart::Own),
        6 => Just(Restart::Crossed),
        1 => Just(Restart::TooOld),
        2 => (any::<u16>(), any::<u8>()).prop_map(|(at, value)| Restart::Damaged(at, value)),
        1 => any::<u16>().prop_map(Restart::Cut),
        1 => any::<u8>().prop_map(Restart::Without),
    ]
}

fn time() -> impl Strategy<Value = Time> {
    prop_oneof![
        4 => (0..4_000u16).prop_map(Time::Seconds),
        3 => (0..48u8).prop_map(Time::Hours),
        1 => (0..16u8).prop_map(Time::Days),
        3 => (0..5u8, -1..2i8).prop_map(|(which, by)| Time::Edge(which, by)),
        1 => (0..11u8, -1..2i8).prop_map(|(which, by)| Time::Edge(which, by)),
    ]
}

fn deliver() -> impl Strategy<Value = Op> {
    let envelope = prop_oneof![3 => Just(0u8), 1 => any::<u8>()];
    let knowing = prop_oneof![6 => Just(4u8), 1 => 0..8u8];
    (envelope, 0..6u8, mailbox(), rarely(damage()), 0..20u8, knowing).prop_map(
        |(envelope, keep, mailbox, damage, other_data, knowing)| Op::Deliver {
            envelope,
            keep: keep == 0,
            mailbox,
            damage,
            other_data: other_data == 0,
            knowing,
        },
    )
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => (device(), prop_oneof![20 => 0..4u8, 1 => Just(255u8)], 0..4u8, prop_oneof![8 => 1..31u8, 1 => any::<u8>()])
            .prop_map(|(of, one_time, kem, days)| Op::Batch { of, one_time, kem, days }),
        9 => (device(), prop_oneof![20 => 0..3u8, 1 => Just(250u8)], fetch(), 0..8u8, 0..6u8).prop_map(
            |(from, to, fetch, psk, recovery)| Op::Initiate {
                from, to, fetch, psk: psk == 0, recovery: recovery == 0,
            }
        ),
        1 => (device(), device(), fetch()).prop_map(|(from, to, fetch)| Op::Check { from, to, fetch }),
        22 => (device(), pick(), body(), with(), 0..6u8).prop_map(
            |(from, session, body, with, data)| Op::Send { from, session, body, with, data }
        ),
        2 => (device(), pick(), 0..12u8)
            .prop_map(|(from, session, count)| Op::Burst { from, session, count }),
        30 => deliver(),
        1 => any::<u8>().prop_map(|envelope| Op::Lose { envelope }),
        4 => (device(), prop_oneof![6 => Just(Pick::Unaccepted), 1 => pick(), 1 => Just(Pick::Unknown)], any::<bool>())
            .prop_map(|(of, session, accept)| Op::Decide { of, session, accept }),
        2 => (device(), prop_oneof![1 => 0..4u8, 4 => 100..200u8], any::<bool>())
            .prop_map(|(of, days, attested)| Op::Renew { of, days, attested }),
        2 => (device(), device(), lists(), rarely(damage()))
            .prop_map(|(of, whose, lists, damage)| Op::Apply { of, whose, lists, damage }),
        4 => (device(), pick(), wrong())
            .prop_map(|(from, session, wrong)| Op::Forge { from, session, wrong }),
        3 => (device(), 0..3u8, honest_fetch(), wrong_first())
            .prop_map(|(from, to, fetch, wrong)| Op::ForgeFirst { from, to, fetch, wrong }),
        1 => (device(), pick(), prop_oneof![(0..8u8).prop_map(Tamper::Sent), (0..8u8).prop_map(Tamper::Received)])
            .prop_map(|(of, session, tamper)| Op::Tamper { of, session, tamper }),
        4 => (device(), restart()).prop_map(|(of, how)| Op::Restart { of, how }),
        1 => device().prop_map(|of| Op::Expire { of }),
        1 => (device(), pick()).prop_map(|(of, session)| Op::Observe { of, session }),
        5 => time().prop_map(|time| Op::Wait { time }),
    ]
}

fn setting() -> impl Strategy<Value = Setting> {
    let mask = || prop_oneof![2 => Just(0u8), 1 => 0..16u8];
    (0..3u8, 0..4u8, mask(), mask(), mask(), any::<u64>()).prop_map(
        |(devices, tight, attested, trusting, demanding, seed)| Setting {
            devices,
            tight: tight > 0,
            attested,
            trusting,
            demanding,
            seed,
        },
    )
}

/// Histories of up to so many operations behind how they begin.
pub fn history(longest: usize) -> impl Strategy<Value = History> {
    let kept = prop::collection::vec(prop::bool::weighted(0.98), 12);
    (setting(), 0..KINDS, kept, prop::collection::vec(op(), 1..longest)).prop_map(
        |(setting, kind, kept, ops)| {
            // The flags shrink to false, so that what is not needed goes.
            let begin = prelude(kind, setting).into_iter().zip(kept);
            let begin = begin.filter(|(_, kept)| *kept).map(|(op, _)| op);
            History { setting, ops: begin.chain(ops).collect() }
        },
    )
}
