//! Writes what honest devices send and store as seeds for the targets into `corpus`:
//! `cargo +nightly run --release --example seeds`.

use sceau::Wire;
use sceau::pairwise::{
    Envelope, FirstMessage, Frame, PrekeyBundle, Record, VerificationCode, content,
};
use sceau_fuzz::groups::Groups;
use sceau_fuzz::honest;
use std::fs;
use std::path::Path;

fn seed(target: &str, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let honest = honest();
    let bundle = PrekeyBundle::from_bytes(&honest.bundle)?;
    seed("decode_bundle", "honest", &honest.bundle)?;
    seed("decode_credential", "honest", &bundle.credential.to_bytes())?;
    seed("decode_device_list", "honest", &bundle.device_lists.to_bytes())?;
    let update = [bundle.device_lists.to_bytes(), bundle.credential.to_bytes()].concat();
    seed("decode_credential_update", "honest", &update)?;
    seed("decode_identity", "honest", &[&update[..], &[0, 0, 0]].concat())?;
    seed("decode_identity", "recovery", &[&update[..], &[0, 0, 3, 0, 1, 0]].concat())?;
    seed("decode_keys", "honest", &bundle.credential.tbs().identity_keys.to_bytes())?;
    seed("decode_batch", "honest", &honest.published)?;
    seed("decode_first_message", "honest", &honest.first)?;
    let _ = FirstMessage::from_bytes(&honest.first)?;
    let (message, mailbox) = honest.ratchet.clone();
    let limits = sceau::limits::Limits::default();
    let envelope = Envelope::new(mailbox, false, message, 1_800_000_000, &limits);
    seed("decode_envelope", "honest", &envelope.to_bytes())?;
    let code = VerificationCode {
        own: honest.account.as_bytes().to_vec(),
        peer: honest.peer.as_bytes().to_vec(),
    };
    seed("decode_verification_code", "honest", &code.to_bytes())?;
    let mut frame = Frame::application(b"hi").to_bytes();
    frame.resize(256, 0);
    seed("decode_frame", "honest", &frame)?;
    let text = [&[0, 0, 1][..], &[7; 16], &[0; 16], &[0, 2], b"hi", &[0]].concat();
    let _ = content::Content::from_bytes(&text)?;
    seed("decode_content", "text", &text)?;
    let receipt = [&[1, 16][..], &[7; 16]].concat();
    let _ = content::Receipt::from_bytes(&receipt)?;
    seed("decode_receipt", "one", &receipt)?;
    let reference = [
        &[1, b'a', 3][..],
        b"a/b",
        &9u64.to_be_bytes(),
        &[32],
        &[1; 32],
        &[32],
        &[2; 32],
        &[1, b'x'],
    ];
    let reference = reference.concat();
    let _ = content::AttachmentReference::from_bytes(&reference)?;
    seed("decode_attachment", "file", &reference)?;
    let head = &honest.bob[..28];
    let _ = Record::from_bytes(head)?;
    seed("decode_record", "head", head)?;
    let change = [&[0, 0][..], &2u64.to_be_bytes(), &[1], head].concat();
    seed("decode_change", "head", &change)?;
    let mut messages = Vec::new();
    Groups::with(|groups| messages = groups.messages().to_vec());
    for (number, message) in messages.iter().enumerate() {
        // The first of the structures.
        seed("decode_group", &format!("message-{number}"), &[&[0][..], message].concat())?;
    }
    Ok(())
}
