//! Writes the test vectors of the pairwise protocol and of groups, from the executable specification
//! alone: `vectors --out DIR` makes `DIR/pairwise/TOPIC.json` and `DIR/group/TOPIC.json`. `cargo vectors`
//! calls it, lays the files out and lists them.
//!
//! Each vector is made by running its step: one that must succeed and refuses, or the other way
//! round, stops the program. All inputs come from the vectors' names, or are examples of the text.

// A vector has a number, clauses, a description and an error class beside what it is about.
#![allow(clippy::too_many_arguments)]

mod conversation;
mod scene;
#[path = "../peer/second_device.rs"]
mod second_device;
/// Signatures that other rules of verification take; the peer makes them too.
#[allow(dead_code)]
#[path = "../peer/forge/signature.rs"]
mod signature;
mod vector;
mod world;

mod absorb;
mod announced;
mod callers;
mod codec;
mod content;
mod delivery_commit;
mod delivery_service;
mod device_lists;
mod exporter;
mod first_message;
mod frames;
mod given_up;
mod group;
mod handshake_key_schedule;
mod identities;
mod key_derivation;
mod limits;
mod mailboxes;
mod merkle;
mod prekeys;
mod ratchet_in_order;
mod ratchet_loss;
mod ratchet_ping_pong;
mod ratchet_reordering;
mod ratchet_skip_limits;
mod replacement;
mod safety_numbers;
mod sealing;
mod state_contents;
mod state_pairs;
mod state_records;
mod unaccepted;

use std::path::PathBuf;
use vector::Topic;
use world::World;

fn topics(world: &World) -> Vec<Topic> {
    vec![
        key_derivation::topic(),
        handshake_key_schedule::topic(world),
        ratchet_in_order::topic(),
        ratchet_ping_pong::topic(),
        ratchet_loss::topic(),
        ratchet_reordering::topic(),
        ratchet_skip_limits::topic(),
        state_records::topic(world),
        codec::topic(),
        merkle::topic(),
        sealing::headers(),
        sealing::bodies(),
        frames::inner(world),
        frames::padding(),
        mailboxes::topic(),
        safety_numbers::topic(),
        exporter::topic(),
        content::topic(),
        limits::topic(),
        identities::topic(world),
        device_lists::topic(world),
        prekeys::batches(world),
        prekeys::bundles(world),
        first_message::topic(world),
        absorb::topic(world),
        replacement::topic(world),
        delivery_service::topic(world),
        delivery_commit::topic(),
    ]
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [option, folder] = arguments.as_slice() else { panic!("vectors --out DIR") };
    assert_eq!(option, "--out", "vectors --out DIR");
    let world = World::new();
    for topic in topics(&world).into_iter().chain(group::topics(&world)) {
        let folder = PathBuf::from(folder).join(topic.area());
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        let (name, count, file) = topic.file();
        let json = serde_json::to_vec(&file).expect("JSON can be written");
        std::fs::write(folder.join(format!("{name}.json")), &json)
            .expect("the file can be written");
        println!("{name}: {count} vectors, {} bytes", json.len());
    }
}
