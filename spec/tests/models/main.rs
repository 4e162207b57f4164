//! The symbolic models and the executable specification have the same key schedule: the same inputs at the same positions, the
//! same labels and contexts, the same structures hashed, signed and authenticated. Both sides are parsed; what a model leaves out
//! stands here by name, and has to be there to be left out.

mod proverif;
mod specification;
mod term;

use proverif::Models;
use specification::Source;
use std::collections::BTreeSet;
use term::{Term, read};

/// Other names of one thing, model's first.
const NAMES: &[(&str, &str)] = &[
    ("ikm", ""),
    ("identity_ikm", ""),
    ("ss", "kem_secret"),
    ("prologue_h", "prologue_hash"),
    ("tr", "transcript_hash"),
    ("hs", "handshake_secret"),
    ("rk", "root_key"),
    ("shared", "dh"),
    ("sid", "session_id"),
    ("ck", "chain_key"),
    ("mk", "message_key"),
    ("nothing", "empty"),
    ("h", "sealed_header"),
    ("ad", "authenticated_data"),
    ("ratchet_v0", "RATCHET_V0"),
];

fn model(term: &Term) -> Term {
    term.renamed(NAMES)
}

#[test]
fn the_secrets_of_a_handshake_stand_in_one_order() {
    let specified = Source::read("key_schedule").result("handshake_secret");
    let secrets = "kem_secret || dh1 || dh2 || dh3 || dh4 || dh5 || psk_input";
    assert_eq!(specified.to_string(), format!("extract(zeros; {secrets})"));
    assert_eq!(model(&Models::read().function("handshake_secret")), specified);
}

/// What a model drops is dropped: it has the same salt, and no input that the specification lacks.
#[test]
fn weaker_models_have_fewer_inputs() {
    let specified = Source::read("key_schedule").result("handshake_secret");
    let models = Models::read();
    for file in proverif::WEAKER {
        let weaker = model(&models.weaker(file, "handshake_secret"));
        assert_eq!((weaker.name.as_str(), &weaker.args[0]), ("extract", &specified.args[0]));
        let inputs = Term::row(vec![weaker.args[1].clone()]).args;
        assert!(inputs.iter().all(|input| specified.args[1].args.contains(input)), "{file}");
        assert!(inputs.len() < specified.args[1].args.len(), "{file}");
    }
}

/// Which keys meet in each DH, both sides of the specification and of both tools' models.
#[test]
fn each_dh_is_of_the_same_keys() {
    let expected = ["IK_i SPK_r", "EK_i IK_r", "EK_i SPK_r", "EK_i OPK_r", "IK_i IK_r"];
    let initiate = Source::read("initiate");
    let accept = Source::read("accept");
    let models = Models::read();
    for (number, expected) in (1..).zip(expected) {
        let dh = format!("dh{number}");
        let keys = |term: &Term, names: &[(&str, &str)]| {
            let mut keys: Vec<_> = term.renamed(names).args.iter().map(Term::to_string).collect();
            keys.sort();
            keys.join(" ")
        };
        let names = [
            ("identity_agree", "IK_i"),
            ("ephemeral_key", "EK_i"),
            ("signed_prekey", "SPK_r"),
            ("prekey.key", "OPK_r"),
            ("keys.agreement", "IK_r"),
        ];
        assert_eq!(
            keys(&initiate.field("initiator_secrets", &dh), &names),
            expected,
            "initiate {dh}"
        );
        let names = [
            ("identity_agree", "IK_r"),
            ("ephemeral_key", "EK_i"),
            ("signed_prekey.private_key", "SPK_r"),
            ("private_key", "OPK_r"),
            ("agreement", "IK_i"),
        ];
        let specified = accept.field("responder_secrets", &dh);
        // DH3 was made before the initiator was known.
        if number != 3 {
            assert_eq!(keys(&specified, &names), expected, "accept {dh}");
        }
        let names = [
            ("ik_a", "IK_i"),
            ("ek", "EK_i"),
            ("spk", "SPK_r"),
            ("opk", "OPK_r"),
            ("ik_b", "IK_r"),
        ];
        for folder in ["lib", "session"] {
            let file = |name: &str| format!("proverif/{folder}/{name}.pvl");
            let modelled = models.local(&file("initiator"), &dh);
            assert_eq!(keys(&modelled, &names), expected, "{folder}: initiator, {dh}");
            let modelled = if number == 3 {
                models.local(&file("responder"), "dh3")
            } else {
                models.local(&file("responder"), "hs").args[number].clone()
            };
            assert_eq!(keys(&modelled, &names), expected, "{folder}: responder, {dh}");
        }
    }
}

/// Verifpal's handshake: inputs, DHs and what messages are bound to.
#[test]
fn verifpal_has_the_same_inputs() {
    let path = proverif::folder().join("verifpal/handshake.vp");
    let source = std::fs::read_to_string(path).expect("handshake.vp");
    let value = |name: &str| {
        let start = format!("\t{name} = ");
        let at = source.find(&start).unwrap_or_else(|| panic!("no {name}"));
        read(&source[at + start.len()..])
    };
    let specified = Source::read("key_schedule").result("handshake_secret").args[1].to_string();
    let expected = ["IK_i SPK_r", "EK_i IK_r", "EK_i SPK_r", "EK_i OPK_r", "IK_i IK_r"];
    let keys = [
        ("a_agree", "IK_i"),
        ("ga_agree", "IK_i"),
        ("a_eph", "EK_i"),
        ("ga_eph", "EK_i"),
        ("b_spk", "SPK_r"),
        ("gb_spk", "SPK_r"),
        ("b_opk", "OPK_r"),
        ("gb_opk", "OPK_r"),
        ("b_agree", "IK_r"),
        ("gb_agree", "IK_r"),
    ];
    for (side, secret) in [("a", "ss"), ("b", "b_ss")] {
        let dhs = [1, 2, 3, 4, 5].map(|n| (format!("{side}_dh{n}"), format!("dh{n}")));
        let mut names: Vec<(&str, &str)> =
            dhs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        names.extend([("HASH", ""), (secret, "kem_secret"), ("nil", "psk_input")]);
        assert_eq!(
            value(&format!("{side}_input")).renamed(&names).to_string(),
            specified,
            "{side}"
        );
        for (dh, expected) in dhs.iter().zip(expected) {
            let term = value(&dh.0).renamed(&keys);
            let mut met: Vec<String> = term.args.iter().map(Term::to_string).collect();
            met.sort();
            assert_eq!(
                (term.name.as_str(), met.join(" ").as_str()),
                ("DH_KEX", expected),
                "{}",
                dh.0
            );
        }
        let names = [
            ("HASH", ""),
            ("s_message", "\"message\""),
            ("header1", "sealed_header"),
            ("a_sid", "session_id"),
            ("b_sid", "session_id"),
        ];
        let aad = if side == "a" { value("body1") } else { value("b_m1") };
        let specified = Source::read("header").result("message_aad");
        let specified = specified.without(&["RATCHET_V0", "authenticated_data"]);
        assert_eq!(aad.args[3].renamed(&names).to_string(), specified.to_string(), "{side}");
    }
}

#[test]
fn the_identitys_key_has_the_same_inputs_and_labels() {
    let (models, source) = (Models::read(), Source::read("key_schedule"));
    let modelled = model(&models.function("identity_key"));
    let labels = &models.labels()["label_identity"];
    assert_eq!(labels.len(), 2, "one term for key and nonce");
    for (label, field) in labels.iter().zip(["identity_key", "identity_nonce"]) {
        let modelled = modelled.renamed(&[("label_identity", &format!("\"{label}\""))]);
        assert_eq!(modelled, source.field("identity_secrets", field));
    }
}

/// Each output has its label and the transcript as context; the models expand some of them.
#[test]
fn every_output_is_bound_to_the_transcript() {
    let (models, source) = (Models::read(), Source::read("key_schedule"));
    let fields = [
        "root_key",
        "initiator_header_key",
        "responder_header_key",
        "pq_secret",
        "session_id",
        "exporter_secret",
    ];
    let specified = fields.map(|field| source.field("handshake_outputs", field));
    let mut labels = BTreeSet::new();
    for output in &specified {
        assert_eq!(output.name, "expand_with_label");
        assert_eq!(output.args[0].to_string(), "handshake_secret");
        assert_eq!(output.args[2].to_string(), "transcript_hash");
        labels.insert(output.args[1].to_string());
    }
    assert_eq!(labels.len(), fields.len(), "a label each");
    assert_eq!(source.result("handshake_outputs").args.len(), fields.len());
    for function in ["initiator_key", "responder_key"] {
        let modelled = model(&models.function(function));
        assert!(specified.contains(&modelled), "{function}: {modelled}");
    }
    // What a session starts with, where the models have the ratchet too.
    let functions = [
        ("root_key", 0),
        ("header_key_initiator", 1),
        ("header_key_responder", 2),
        ("session_id", 4),
    ];
    for (function, place) in functions {
        assert_eq!(model(&models.function(function)), specified[place], "{function}");
    }
}

#[test]
fn the_transcript_has_the_same_parts() {
    let (models, source) = (Models::read(), Source::read("handshake"));
    let parts = |function: &str, constructor: &str, names: &[(&str, &str)]| {
        let modelled = models.function(function);
        assert_eq!((modelled.name.as_str(), modelled.args.len()), ("hash", 1));
        assert_eq!(modelled.args[0].name, constructor);
        model(&modelled).args[0].renamed(&[names, &[(constructor, "")]].concat())
    };
    // A KEM prekey is its type and its key in the models.
    let names = [
        ("s", "suite"),
        ("credential", "responder_credential"),
        ("r", "batch"),
        ("spk", "signed_prekey"),
        ("opk", "one_time_prekey"),
        ("kem", "kem_prekey"),
        ("ek", "ephemeral_key"),
        ("ct", "kem_ciphertext"),
    ];
    let prologue = parts("prologue_hash", "prologue", &names).without(&["kem_type"]);
    let specified = source.result("encode_prologue").without(&["\"prologue\"", "FIRST_V0"]);
    assert_eq!(prologue, specified);
    let transcript = parts("transcript_hash", "transcript", &[("identity", "initiator_identity")]);
    let specified =
        source.result("encode_transcript").without(&["\"transcript\"", "sealed_identity"]);
    assert_eq!(transcript, specified);
    // Lists and credential are one object in the models.
    let identity =
        source.result("encode_initiator_identity").without(&["device_lists", "extensions"]);
    assert_eq!(identity.to_string(), "credential || psk");
    assert_eq!(models.types("initiator_identity"), ["bitstring", "psk_id"]);
    let key_schedule = Source::read("key_schedule");
    assert_eq!(key_schedule.result("prologue_hash").to_string(), "hash(prologue)");
    assert_eq!(key_schedule.result("transcript_hash").name, "hash");
}

#[test]
fn a_psk_goes_in_with_its_id() {
    let specified = Source::read("key_schedule").result("psk_input");
    let modelled = Models::read().after("psk_input(external(id)) =", |rest| rest);
    let secret = Term::call("external_psk", vec![Term::leaf("id")]);
    let extracted = Term::call("extract", vec![Term::leaf("zeros"), Term::leaf("secret")]);
    assert_eq!(modelled.args[0].args[1], secret);
    let mut modelled = modelled;
    modelled.args[0] = extracted;
    assert_eq!(modelled, specified);
}

#[test]
fn the_ratchets_derivations_are_the_same() {
    let (models, source) = (Models::read(), Source::read("chain"));
    let context = source.result("ratchet_context").to_string();
    assert_eq!(context, "session_id || flags");
    let prk = models.function("rk_prk");
    let pairs =
        [("rk_root", "root_key"), ("rk_chain", "chain_key"), ("rk_header", "next_header_key")];
    for (function, field) in pairs {
        let modelled = model(&models.function(function).with("prk", &prk));
        let specified = source.field("kdf_rk", field).renamed(&[("ratchet_context", "")]);
        assert_eq!(modelled.to_string(), specified.to_string(), "{function}");
    }
    for (place, function) in ["ck_next", "ck_message"].into_iter().enumerate() {
        let specified = &source.result("kdf_ck").args[place];
        assert_eq!(model(&models.function(function)), *specified, "{function}");
    }
    let sealed = model(&models.function("seal_body"));
    assert_eq!(sealed.name, "seal");
    // Key and nonce, one after the other.
    let specified = source.result("message_key_and_nonce").args;
    assert_eq!(sealed.args[0], Term::row(specified));
    assert_eq!(sealed.args[0], model(&models.function("open_body")).args[0]);
}

#[test]
fn headers_and_bodies_are_bound_to_the_same_data() {
    let (models, source) = (Models::read(), Source::read("header"));
    for function in ["seal_header", "open_header"] {
        let modelled = model(&models.function(function));
        assert_eq!(modelled.args[1], source.result("header_aad"), "{function}");
    }
    for function in ["seal_body", "open_body"] {
        let modelled = models.function(function);
        assert_eq!(modelled.args[1].to_string(), "message_aad(sid; h; ad)", "{function}");
    }
    assert_eq!(model(&models.function("message_aad")), source.result("message_aad"));
}

/// What is signed, under which label. The fields that the models have are the specification's; the others are said.
#[test]
fn the_signed_structures_have_the_same_labels() {
    let models = Models::read();
    let labels: Vec<(&str, &str)> =
        models.signed().iter().map(|(name, label)| (name.as_str(), label.as_str())).collect();
    let expected =
        [("credential_tbs", "credential by account"), ("prekey_batch_tbs", "prekey batch")];
    assert_eq!(labels, expected);
    let known = specification::labels();
    assert!(labels.iter().all(|(_, label)| known.iter().any(|known| known == label)));
    let times = ["0", "generation", "extensions", "not_before"];
    let specified = Source::read("prekeys").result("encode_prekey_batch_tbs");
    let specified = specified.without(&times).without(&["expiry", "size"]);
    assert_eq!(specified.to_string(), "suite || credential_ref || root");
    assert_eq!(models.types("prekey_batch_tbs"), ["bitstring", "suite", "root"]);
    let specified = Source::read("identities").result("encode_credential_tbs");
    let specified = specified.without(&times).without(&["account_id", "serial", "not_after"]);
    assert_eq!(specified.to_string(), "identity_keys || suites");
    assert_eq!(models.types("credential_tbs"), ["sig_key", "point", "suites"]);
}

/// Each label of the models is one of the specification's.
#[test]
fn the_models_have_no_label_of_their_own() {
    let known = specification::labels();
    let models = Models::read();
    let quoted: BTreeSet<&String> = models.labels().values().flatten().collect();
    let unknown: Vec<_> = quoted.iter().filter(|label| !known.contains(label)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(quoted.len() >= 12, "{quoted:?}");
}
