//! Secrets for the caller.

use crate::vector::{Topic, counting, fields, must};
use sceau_spec::octets::{Octets, ascii, empty, zeros};
use sceau_spec::pairwise::codec::write_opaque;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::exporter::export;
use sceau_spec::pairwise::session::SessionState;

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new("exporter", "RAT-EXP");
    let drawn = t.draw(2, "exporter_secret", 32);
    let input = |secret: &Octets, label: &str, context: &Octets, length: usize| {
        fields! { exporter_secret: secret, label: ascii(label), context: context, length: length }
    };
    let session = |secret: &Octets| SessionState {
        exporter_secret: secret.clone(),
        ..SessionState::default()
    };
    let longest = "a".repeat(4096);
    for (number, about, secret, label, context, length) in [
        (1, "the text's example", counting(32), "app", empty(), 16),
        (2, "32 bytes with a context", drawn.clone(), "call key", counting(8), 32),
        (3, "no label, no context", drawn.clone(), "", empty(), 32),
        (4, "label and context joined otherwise", drawn.clone(), "call keys", counting(7), 32),
        (5, "nothing", drawn.clone(), "app", empty(), 0),
        (6, "as much as there may be", drawn.clone(), "app", empty(), 8160),
        (7, "label and context as long as they may be", drawn.clone(), &longest, zeros(4096), 32),
    ] {
        let label_bytes = ascii(label);
        let output = must("export", export(&session(&secret), &label_bytes, &context, length));
        t.valid(
            number,
            "RAT-18 ENC-09",
            about,
            input(&secret, label, &context, length),
            fields! { export_context: write_opaque(&label_bytes).concat(&write_opaque(&context)) },
            fields! { output: output },
        );
    }
    let longer = "a".repeat(4097);
    for (number, about, label, context, length) in [
        (10, "a byte more", "app", empty(), 8161),
        (11, "a label of 4,097 bytes", &longer, empty(), 32),
        (12, "a context of 4,097 bytes", "app", zeros(4097), 32),
    ] {
        t.refused(
            number,
            "RAT-18",
            about,
            input(&drawn, label, &context, length),
            export(&session(&drawn), &ascii(label), &context, length),
            ErrorClass::Limit,
        );
    }
    t
}
