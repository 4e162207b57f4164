//! The first day with client and relay: wrong addresses, files and calls, and what is left behind.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Stage, program, texts};
use sceau::pairwise::AccountId;
use sceau_client::client::net::Net;
use sceau_client::process::{ClientProcess, RelayProcess};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn stage() -> Stage {
    Stage::new(|relay| relay.url.clone())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// Runs a command of somebody that must fail with a code, and gives what it says.
fn fails(person: &ClientProcess, arguments: &[&str], code: i32) -> String {
    let output = person.run(arguments).unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(said.contains("next:"), "{arguments:?}: {said}");
    said
}

#[test]
fn a_text_or_a_file_name_forges_no_line() {
    let stage = stage();
    stage.ada.json(&["send", "bob", "hi\n#9 2027-01-15 08:00 eve → me: forged\n! forged"]).unwrap();
    let file = stage.folder.path().join("x\n! forged\n#8 forged");
    std::fs::write(&file, "x").unwrap();
    stage.ada.json(&["send", "bob", "--file", file.to_str().unwrap()]).unwrap();
    for arguments in [&["receive"][..], &["list"]] {
        let shown = String::from_utf8(stage.bob.run(arguments).unwrap().stdout).unwrap();
        let begin = |with: char| shown.lines().filter(|line| line.starts_with(with)).count();
        assert_eq!((begin('#'), begin('!')), (2, 0), "{shown}");
        assert_eq!(shown.matches("forged").count(), 4, "{shown}");
    }
    let number = stage
        .bob
        .json(&["list"])
        .unwrap()
        .iter()
        .find_map(|line| line["file"].is_object().then(|| line["number"].to_string()));
    let to = stage.folder.path().join("saved");
    let saved = stage.bob.run(&["save", &number.unwrap(), "--to", to.to_str().unwrap()]).unwrap();
    assert_eq!(said(&saved).lines().count(), 1, "{}", said(&saved));
}

#[test]
fn init_makes_nothing_that_can_not_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(path("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(path("other.pem"), other.cert.pem()).unwrap();
    std::fs::write(path("empty"), "").unwrap();
    std::fs::write(path("token"), "right\n").unwrap();
    std::fs::write(path("wrong"), "wrong\n").unwrap();
    let relay = ["--listen", "127.0.0.1:0", "--data", &path("relay"), "--token", &path("token")];
    let tls = ["--cert", &path("cert.pem"), "--key", &path("key.pem")];
    let relay = RelayProcess::start(program(), &[&relay[..], &tls].concat()).unwrap();
    let ada = ClientProcess::new(program(), &folder.path().join("ada"));
    let init = |arguments: &[&str], code| {
        let told = fails(&ada, &[&["init", "--kdf-memory", "8"], arguments].concat(), code);
        assert_eq!(ada.run(&["whoami"]).unwrap().status.code(), Some(2), "{arguments:?}: made");
        told
    };
    for wrong in ["127.0.0.1:7400", "ftp://127.0.0.1", "https://127.0.0.1/path", "http://", "x"] {
        init(&["--relay", wrong], 64);
    }
    let url = relay.url.as_str();
    let token = path("token");
    let with = |ca: &str| ["--relay", url, "--token", &token, "--ca", ca].map(str::to_owned);
    let with = |ca: &str, code| {
        let arguments = with(&path(ca));
        init(&arguments.each_ref().map(String::as_str), code)
    };
    with("other.pem", 3);
    assert!(with("key.pem", 64).contains("private key"));
    with("empty", 64);
    with("nowhere", 64);
    let right_ca = path("cert.pem");
    assert!(init(&["--relay", url, "--ca", &right_ca], 1).contains("--token"));
    init(&["--relay", url, "--ca", &right_ca, "--token", &path("wrong")], 1);
    init(&["--relay", url, "--ca", &right_ca, "--token", &path("empty")], 64);
    // What was wrong is set right, without a new account.
    let wrong = ["--relay", url, "--ca", &path("other.pem"), "--token", &path("wrong")];
    ada.json(&[&["init", "--kdf-memory", "8", "--offline"], &wrong[..]].concat()).unwrap();
    fails(&ada, &["receive"], 3);
    fails(&ada, &["set", "--ca", &right_ca], 1);
    ada.json(&["set", "--ca", &right_ca, "--token", &token]).unwrap();
    ada.json(&["receive"]).unwrap();
    let id = AccountId::new(&hex::decode(ada.account().unwrap()).unwrap());
    let net = Net::new(url, Some("right"), Some(Path::new(&right_ca))).unwrap();
    assert_eq!(net.fetch(&id).unwrap().bundles.len(), 1);
}

#[test]
fn a_device_moves_to_another_relay() {
    let stage = stage();
    let data = stage.folder.path().join("second");
    let second = ["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let second = RelayProcess::start(program(), &second).unwrap();
    stage.bob.json(&["set", "--relay", &second.url]).unwrap();
    stage.bob.json(&["receive"]).unwrap();
    let bob = stage.bob.account().unwrap();
    stage.ada.json(&["add", "bob", &bob, "--relay", &second.url]).unwrap();
    stage.ada.json(&["send", "bob", "over there"]).unwrap();
    stage.bob.json(&["receive"]).unwrap();
    assert_eq!(texts(&stage.bob).0, ["over there"]);
}

#[test]
fn an_empty_passphrase_is_none() {
    let stage = stage();
    let other = ClientProcess::new(program(), &stage.folder.path().join("other"));
    let empty = stage.folder.path().join("empty");
    std::fs::write(&empty, "\n").unwrap();
    let init = ["init", "--relay", &stage.relay.url, "--kdf-memory", "8"];
    let by_file = ["--passphrase-file", empty.to_str().unwrap()];
    fails(&other, &[&init[..], &by_file].concat(), 64);
    let mut command = other.command(&init);
    let refused = command.env("SCEAU_PASSPHRASE", "").output().unwrap();
    assert_eq!(refused.status.code(), Some(64), "{}", said(&refused));
    let ca = stage.folder.path().join("ca");
    let mut command = other.command(&["issuer", "init", ca.to_str().unwrap()]);
    let refused = command.env("SCEAU_PASSPHRASE", "").output().unwrap();
    assert!(said(&refused).contains("does not protect the issuer"), "{}", said(&refused));
    assert!(!ca.join("issuer.key").exists());
}

#[test]
fn of_two_who_make_one_store_one_does() {
    let stage = stage();
    let both = ClientProcess::new(program(), &stage.folder.path().join("both"));
    let start = || {
        let mut command =
            both.command(&["init", "--relay", &stage.relay.url, "--kdf-memory", "32768"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let started = [start(), start(), start()];
    let done = started.map(|child| child.wait_with_output().unwrap());
    let made: Vec<_> = done.iter().filter(|output| output.status.success()).collect();
    assert_eq!(made.len(), 1, "{done:?}");
    let account = both.account().unwrap();
    assert!(said(made[0]).contains(&account));
    both.json(&["receive"]).unwrap();
}

#[test]
fn what_could_not_be_shown_is_shown_again() {
    let stage = stage();
    stage.ada.json(&["send", "bob", "hello"]).unwrap();
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let failed = stage.bob.command(&["receive"]).stdout(full()).output().unwrap();
    assert_eq!(failed.status.code(), Some(70), "{}", said(&failed));
    assert!(said(&failed).contains("sceau list"), "{}", said(&failed));
    let shown = stage.bob.run(&["receive"]).unwrap();
    assert!(said(&shown).contains("hello"), "{}", said(&shown));
    assert!(stage.bob.run(&["receive"]).unwrap().stdout.is_empty(), "shown once");
}

#[test]
fn save_leaves_nothing_behind_and_knows_what_it_has_saved() {
    let mut stage = stage();
    let folder = stage.folder.path().to_owned();
    let file = folder.join("plans");
    std::fs::write(&file, vec![7; 2_500_000]).unwrap();
    stage.ada.json(&["send", "bob", "--file", file.to_str().unwrap()]).unwrap();
    stage.bob.json(&["receive"]).unwrap();
    let listed = stage.bob.json(&["list"]).unwrap();
    let number = listed.iter().find(|line| line["file"].is_object()).unwrap()["number"].to_string();
    let to = folder.join("to");
    let save = ["save", &number, "--to", to.to_str().unwrap()];
    let names = || {
        let files = std::fs::read_dir(&to).unwrap();
        let mut names: Vec<_> =
            files.map(|f| f.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    stage.bob.json(&save).unwrap();
    let told = fails(&stage.bob, &save, 2);
    assert!(told.contains("saved already as") && told.contains("plans"), "{told}");
    assert_eq!(names(), ["plans"]);
    let shown = said(&stage.bob.run(&["list"]).unwrap());
    assert!(shown.contains("saved as"), "{shown}");
    // The sender has it.
    assert!(!said(&stage.ada.run(&["list"]).unwrap()).contains("sceau save"));
    // A relay that has lost it.
    stage.ada.json(&["send", "bob", "--file", file.to_str().unwrap()]).unwrap();
    stage.bob.json(&["receive"]).unwrap();
    stage.relay.kill();
    std::fs::remove_dir_all(folder.join("relay")).unwrap();
    stage.restart();
    let listed = stage.bob.json(&["list"]).unwrap();
    let number =
        listed.iter().rfind(|line| line["file"].is_object()).unwrap()["number"].to_string();
    fails(&stage.bob, &["save", &number, "--to", to.to_str().unwrap()], 2);
    assert_eq!(names(), ["plans"]);
}

#[test]
fn what_is_no_file_is_not_sent() {
    let stage = stage();
    let pipe = stage.folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let folder = stage.folder.path().to_str().unwrap();
    for wrong in ["/dev/zero", pipe.to_str().unwrap(), folder] {
        fails(&stage.ada, &["send", "bob", "--file", wrong], 64);
        fails(&stage.ada, &["send", "bob", "--file", wrong, "--later"], 64);
    }
}

/// Secrets, and what says who talks to whom, are their owner's alone, whatever the umask is.
#[test]
fn files_are_their_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "umask 000; cd {}; export SCEAU_PASSPHRASE=words SCEAU_ANCHOR=state/count; \
         {sceau} --json relay --listen 127.0.0.1:0 --data relay/data > said & relay=$!; \
         until [ -s said ]; do sleep 0.05; done; \
         url=$(sed 's/.*\"listening\":\"\\([^\"]*\\)\".*/\\1/' said); \
         {sceau} --home home/ada init --relay $url --kdf-memory 8 && {sceau} issuer init org/ca; \
         done=$?; kill $relay; exit $done",
        folder.path().display(),
        sceau = program().display(),
    );
    let run = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(run.status.success(), "{}", said(&run));
    let mode = |name: &str| {
        let data = std::fs::metadata(folder.path().join(name));
        data.unwrap_or_else(|_| panic!("{name}")).permissions().mode() & 0o777
    };
    for dir in ["relay", "relay/data", "home", "home/ada", "state", "org", "org/ca"] {
        assert_eq!(mode(dir), 0o700, "{dir}");
    }
    for file in [
        "relay/data/relay.db",
        "relay/data/relay.lock",
        "home/ada/client.db",
        "home/ada/client.lock",
        "state/count",
        "org/ca/issuer.key",
        "org/ca/issuer.last",
    ] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
}

#[test]
fn load_says_why_it_can_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let run =
        |arguments: &[&str]| Command::new(program()).arg("load").args(arguments).output().unwrap();
    for wrong in
        [["--seconds", "0"], ["--mailboxes", "0"], ["--clients", "0"], ["--mailboxes", "10,0"]]
    {
        let output = run(&wrong);
        assert_eq!(output.status.code(), Some(64), "{wrong:?}: {}", said(&output));
    }
    let key = folder.path().join("key");
    std::fs::write(&key, "no key\n").unwrap();
    let nats =
        ["--seconds", "1", "--nats", "nats://127.0.0.1:1", "--nats-key", key.to_str().unwrap()];
    let output = run(&nats);
    assert!(said(&output).contains("hexadecimal"), "{}", said(&output));
}

/// The officer's side by file: what is asked goes there, what is signed comes back (README).
#[test]
fn an_issuer_that_is_asked_by_file() {
    let stage = stage();
    let path = |name: &str| stage.folder.path().join(name).to_string_lossy().into_owned();
    let officer = ClientProcess::new(program(), stage.folder.path());
    officer.json(&["issuer", "init", &path("ca")]).unwrap();
    let ask = format!(
        "cat > {request}.new && mv {request}.new {request}; until [ -s {answer} ]; do sleep 0.1; done; \
         cat {answer}; rm {answer}",
        request = path("request"),
        answer = path("answer"),
    );
    let member = ClientProcess::new(program(), &stage.folder.path().join("member"));
    let public = path("ca/issuer.pub");
    let init = ["init", "--relay", &stage.relay.url, "--kdf-memory", "8", "--issuer", &public];
    let mut command = member.command(&[&init[..], &["--issuer-command", &ask]].concat());
    let made = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    for _ in 0..2 {
        while !Path::new(&path("request")).exists() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let request = std::fs::File::open(path("request")).unwrap();
        std::fs::remove_file(path("request")).unwrap();
        let mut sign = officer.command(&["issuer", "sign", &path("ca"), "--yes"]);
        let signed = sign.stdin(request).output().unwrap();
        assert!(signed.status.success(), "{}", said(&signed));
        std::fs::write(path("answer.new"), &signed.stdout).unwrap();
        std::fs::rename(path("answer.new"), path("answer")).unwrap();
    }
    let made = made.wait_with_output().unwrap();
    assert!(made.status.success(), "{}", said(&made));
    // The person could tell the officer for which account it is.
    let account = member.account().unwrap();
    assert!(String::from_utf8_lossy(&made.stderr).contains(&account), "{}", said(&made));
    // Another issuer's signature is said to be that.
    officer.json(&["issuer", "init", &path("other")]).unwrap();
    let sign = format!("{} issuer sign {} --yes", program().display(), path("other"));
    let other = ClientProcess::new(program(), &stage.folder.path().join("other-member"));
    let told = fails(&other, &[&init[..], &["--issuer-command", &sign]].concat(), 1);
    assert!(told.contains("not signed by the key"), "{told}");
    // And a wrong passphrase of the issuer's is told as that.
    let mut revoke = officer.command(&["issuer", "revoke", &path("ca")]);
    let refused = revoke.env("SCEAU_PASSPHRASE", "wrong").output().unwrap();
    assert!(said(&refused).contains("this issuer's key"), "{}", said(&refused));
    assert!(!said(&refused).contains("sceau init"), "{}", said(&refused));
}

#[test]
fn scripts_get_json_for_a_wrong_call_too() {
    let person = ClientProcess::new(program(), Path::new("nowhere"));
    let output = person.run(&["--json", "send"]).unwrap();
    assert_eq!(output.status.code(), Some(64));
    let said: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(said["code"], 64);
    assert!(said["error"].as_str().unwrap().contains("NAME"), "{said}");
}

#[test]
fn completions_end_with_their_pipe() {
    let script = format!("{} completions bash | head -1", program().display());
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", said(&output));
}

/// Files that are named on the command line and are not what they should be.
#[test]
fn wrong_files_are_wrong_calls() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(path("text"), "text\n").unwrap();
    let cert = |name: &str| {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        std::fs::write(path(&format!("{name}.pem")), made.cert.pem()).unwrap();
        std::fs::write(path(&format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
    };
    cert("one");
    cert("two");
    let (data, one, two) = (path("relay"), path("one.pem"), path("two.key"));
    for wrong in [
        ["--cert", "nowhere", "--key", "nowhere"],
        ["--cert", &one, "--key", &two],
        ["--cert", &one, "--key", &path("text")],
        ["--issuer", "nowhere", "--token", &path("text")],
        ["--issuer", &path("text"), "--token", &path("text")],
    ] {
        let arguments =
            [&["relay", "--listen", "127.0.0.1:0", "--data", &data], &wrong[..]].concat();
        fails(&ClientProcess::new(program(), folder.path()), &arguments, 64);
    }
}
