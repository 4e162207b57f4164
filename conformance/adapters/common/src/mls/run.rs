//! From requests to calls, from results to answers.

use super::{
    Client, Commit, Committed, Description, Done, ExternalJoin, NewGroup, SUCCESSORS, State,
    Successor, Welcomed,
};
use crate::line::{Answer, No, Out, Request, hex16, unhex};

/// Carries out a command of the family `mls`.
pub fn run(request: &Request, client: &mut impl Client) -> Answer {
    if request.rand.is_some() || request.seed.is_some() {
        return Err(No::Unsupported("groups draw their own randomness".to_owned()));
    }
    let group = request.group.as_str();
    match request.cmd.as_str() {
        "mls.create_group" => {
            request.only(&["suite", "group_id", "identity", "encrypt_handshake"])?;
            let new = NewGroup {
                suite: suite(request)?,
                group_id: request.optional_bytes("group_id")?,
                identity: request.bytes("identity")?,
                encrypt_handshake: request.flag("encrypt_handshake")?,
            };
            client.create_group(named(group)?, new)?;
            state(client.state(group)?)
        }
        "mls.create_key_package" => {
            request.only(&["suite", "identity", "grease"])?;
            let (identity, grease) = (request.bytes("identity")?, request.flag("grease")?);
            let package = client.create_key_package(suite(request)?, &identity, grease)?;
            Ok(Out::default().bytes("key_package", &package))
        }
        "mls.join_group" => {
            request.only(&["welcome", "ratchet_tree", "encrypt_handshake"])?;
            client.join_group(named(group)?, welcomed(request)?)?;
            state(client.state(group)?)
        }
        "mls.external_join" => external_join(request, client),
        "mls.group_info" => {
            request.only(&["external_tree"])?;
            let (info, tree) = client.group_info(group, request.flag("external_tree")?)?;
            Ok(optional(Out::default().bytes("group_info", &info), "ratchet_tree", tree))
        }
        "mls.state_auth" => {
            request.only(&[])?;
            state(client.state(group)?)
        }
        "mls.export" => {
            request.only(&["label", "context", "key_length"])?;
            let length = request.integer("key_length")?;
            let length = usize::try_from(length).map_err(|error| No::Fault(error.to_string()))?;
            let (label, context) = (request.text("label")?, request.bytes("context")?);
            let secret = client.export(group, label, &context, length)?;
            Ok(Out::default().bytes("exported_secret", &secret))
        }
        "mls.store_psk" => {
            request.only(&["psk_id", "psk_secret"])?;
            client.store_psk(&request.bytes("psk_id")?, &request.bytes("psk_secret")?)?;
            Ok(Out::default())
        }
        "mls.protect" | "mls.unprotect" => application(request, client),
        "mls.propose" | "mls.update_proposal" => propose(request, client),
        "mls.commit" => commit(request, client),
        "mls.handle_pending_commit" => {
            request.only(&[])?;
            client.merge_pending(group)?;
            state(client.state(group)?)
        }
        "mls.clear_pending_commit" => {
            request.only(&[])?;
            client.clear_pending(group)?;
            state(client.state(group)?)
        }
        "mls.handle_commit" => {
            request.only(&["proposals", "commit"])?;
            let proposals = messages(request, "proposals")?;
            client.handle_commit(group, &proposals, &request.bytes("commit")?)?;
            state(client.state(group)?)
        }
        _ => succeed(request, client),
    }
}

fn external_join(request: &Request, client: &mut impl Client) -> Answer {
    const PARAMETERS: [&str; 6] =
        ["group_info", "ratchet_tree", "identity", "remove_prior", "psks", "encrypt_handshake"];
    request.only(&PARAMETERS)?;
    let join = ExternalJoin {
        group_info: request.bytes("group_info")?,
        ratchet_tree: request.optional_bytes("ratchet_tree")?,
        identity: request.bytes("identity")?,
        remove_prior: request.flag("remove_prior")?,
        psks: messages(request, "psks")?,
        encrypt_handshake: request.flag("encrypt_handshake")?,
    };
    let commit = client.external_join(named(&request.group)?, join)?;
    Ok(state(client.state(&request.group)?)?.bytes("commit", &commit))
}

fn application(request: &Request, client: &mut impl Client) -> Answer {
    if request.cmd == "mls.protect" {
        request.only(&["authenticated_data", "plaintext"])?;
        let data = request.optional_bytes("authenticated_data")?.unwrap_or_default();
        let ciphertext = client.protect(&request.group, &data, &request.bytes("plaintext")?)?;
        return Ok(Out::default().bytes("ciphertext", &ciphertext));
    }
    request.only(&["ciphertext"])?;
    let got = client.unprotect(&request.group, &request.bytes("ciphertext")?)?;
    let out = Out::default().bytes("plaintext", &got.plaintext);
    Ok(out.bytes("authenticated_data", &got.authenticated_data))
}

fn propose(request: &Request, client: &mut impl Client) -> Answer {
    let proposal = if request.cmd == "mls.propose" {
        request.only(&["proposal"])?;
        client.propose(&request.group, Description::read(request.text("proposal")?)?)?
    } else {
        request.only(&[])?;
        client.propose_update(&request.group)?
    };
    Ok(Out::default().bytes("proposal", &proposal))
}

fn commit(request: &Request, client: &mut impl Client) -> Answer {
    request.only(&["by_reference", "by_value", "force_path", "external_tree"])?;
    let by_value = request.list("by_value")?.iter().map(|text| Description::read(text));
    let commit = Commit {
        by_reference: messages(request, "by_reference")?,
        by_value: by_value.collect::<Done<_>>()?,
        force_path: request.flag("force_path")?,
        external_tree: request.flag("external_tree")?,
    };
    Ok(committed(client.commit(&request.group, commit)?))
}

/// Groups that follow others.
fn succeed(request: &Request, client: &mut impl Client) -> Answer {
    let group = request.group.as_str();
    if !SUCCESSORS.contains(&request.cmd.as_str()) {
        return Err(No::Unsupported(request.cmd.clone()));
    }
    let new_group = named(request.text("new_group")?)?;
    if matches!(request.cmd.as_str(), "mls.reinit_welcome" | "mls.create_branch") {
        request.only(&["new_group", "key_packages", "external_tree"])?;
        let successor = Successor {
            new_group: new_group.to_owned(),
            key_packages: messages(request, "key_packages")?,
            external_tree: request.flag("external_tree")?,
        };
        let made = match request.cmd.as_str() {
            "mls.reinit_welcome" => client.replace(group, successor)?,
            _ => client.branch(group, successor)?,
        };
        let out = state(client.state(new_group)?)?;
        let out = optional(out, "welcome", made.welcome);
        return Ok(optional(out, "ratchet_tree", made.ratchet_tree));
    }
    request.only(&["new_group", "welcome", "ratchet_tree", "encrypt_handshake"])?;
    match request.cmd.as_str() {
        "mls.handle_reinit_welcome" => {
            client.join_replacement(group, new_group, welcomed(request)?)?
        }
        _ => client.join_branch(group, new_group, welcomed(request)?)?,
    }
    state(client.state(new_group)?)
}

fn named(group: &str) -> Done<&str> {
    if group.is_empty() { Err(No::Fault("no group".to_owned())) } else { Ok(group) }
}

fn suite(request: &Request) -> Done<u16> {
    hex16(request.text("suite")?).ok_or_else(|| No::Fault("suite".to_owned()))
}

fn welcomed(request: &Request) -> Done<Welcomed> {
    Ok(Welcomed {
        welcome: request.bytes("welcome")?,
        ratchet_tree: request.optional_bytes("ratchet_tree")?,
        encrypt_handshake: request.flag("encrypt_handshake")?,
    })
}

/// A list of bytes.
fn messages(request: &Request, name: &str) -> Done<Vec<Vec<u8>>> {
    let read = |text: &String| unhex(text).map_err(|why| No::Fault(format!("{name}: {why}")));
    request.list(name)?.iter().map(read).collect()
}

fn state(state: State) -> Answer {
    Ok(Out::default()
        .long("epoch", state.epoch)
        .bytes("epoch_authenticator", &state.epoch_authenticator)
        .integer("members", state.members)
        .integer("active", u8::from(state.active)))
}

fn committed(made: Committed) -> Out {
    let out = Out::default().bytes("commit", &made.commit);
    optional(optional(out, "welcome", made.welcome), "ratchet_tree", made.ratchet_tree)
}

fn optional(out: Out, name: &str, bytes: Option<Vec<u8>>) -> Out {
    match bytes {
        Some(bytes) => out.bytes(name, &bytes),
        None => out,
    }
}
