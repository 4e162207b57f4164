//! Attacker: a device or a relay, that asks or answers for the other.
//! Reached: decoders of requests and answers. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::delivery::{
    AcknowledgeRequest, CommitAnswer, CommitRequest, DeliveryAuth, FetchAnswer, FetchRequest,
    GetAnswer, GetRequest, PrekeyStock, Publication, RelayName,
};
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else { return };
    match which % 11 {
        0 => decodes::<Publication>(bytes),
        1 => decodes::<FetchRequest>(bytes),
        2 => decodes::<FetchAnswer>(bytes),
        3 => decodes::<GetRequest>(bytes),
        4 => decodes::<GetAnswer>(bytes),
        5 => decodes::<AcknowledgeRequest>(bytes),
        6 => decodes::<CommitRequest>(bytes),
        7 => decodes::<CommitAnswer>(bytes),
        8 => decodes::<PrekeyStock>(bytes),
        9 => decodes::<RelayName>(bytes),
        _ => decodes::<DeliveryAuth>(bytes),
    }
});
