//! What people do with the client, as they do it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Stage, program, texts};
use sceau::pairwise::SessionStatus;
use sceau_client::client::device::Device;
use sceau_client::process::{ClientProcess, PASSPHRASE};

fn stage() -> Stage {
    Stage::new(|relay| relay.url.clone())
}

fn field(said: &[serde_json::Value], key: &str) -> serde_json::Value {
    said.iter().find_map(|line| line.get(key).filter(|value| !value.is_null())).unwrap().clone()
}

#[test]
fn a_conversation() {
    let stage = stage();
    stage.ada.json(&["send", "bob", "one"]).unwrap();
    stage.ada.json(&["send", "bob", "two\u{1b}[2J"]).unwrap();
    let said = stage.bob.run(&["receive"]).unwrap();
    let shown = String::from_utf8(said.stdout).unwrap();
    assert!(shown.contains("one") && shown.contains("two\u{fffd}"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "no control characters of somebody else");
    let number = field(&stage.bob.json(&["list", "ada"]).unwrap(), "number").to_string();
    stage.bob.json(&["send", "ada", "three", "--reply-to", &number]).unwrap();
    stage.ada.json(&["receive"]).unwrap();
    let listed = stage.ada.json(&["list"]).unwrap();
    let delivered = listed.iter().filter(|line| line["delivered"] == true).count();
    assert_eq!(delivered, 2, "the relay does not tell, Bob does");
    let reply = listed.iter().find(|line| line["text"] == "three").unwrap();
    let first = listed.iter().find(|line| line["text"] == "one").unwrap();
    assert_eq!(reply["in_reply_to"], first["message_id"]);
    // Shown once.
    assert!(stage.bob.run(&["receive"]).unwrap().stdout.is_empty());
    // A wish to delete.
    let number = first["number"].to_string();
    stage.ada.json(&["send", "bob", "--delete", &number]).unwrap();
    stage.bob.json(&["receive"]).unwrap();
    let listed = stage.bob.json(&["list"]).unwrap();
    assert!(listed.iter().any(|line| line["deleted"] == true && line["text"].is_null()));
}

#[test]
fn people_verify_each_other() {
    let stage = stage();
    let shown = stage.ada.json(&["verify", "bob"]).unwrap();
    let (number, code) = (field(&shown, "number"), field(&shown, "code"));
    let (number, code) = (number.as_str().unwrap(), code.as_str().unwrap());
    assert_eq!(
        field(&stage.bob.json(&["verify", "ada"]).unwrap(), "number"),
        number,
        "the same on both sides"
    );
    let person = String::from_utf8(stage.ada.run(&["verify", "bob"]).unwrap().stdout).unwrap();
    assert!(person.contains(&number[..5]) && person.contains('█'));
    let wrong = format!("{}{}", &number[1..], &number[..1]);
    assert_eq!(
        stage.bob.run(&["verify", "ada", "--number", &wrong]).unwrap().status.code(),
        Some(1)
    );
    // The own code is not the other's.
    assert_eq!(stage.ada.run(&["verify", "bob", "--code", code]).unwrap().status.code(), Some(1));
    let verified = |client: &ClientProcess| field(&client.json(&["list"]).unwrap(), "verified");
    assert_eq!(verified(&stage.bob), false);
    stage.bob.json(&["verify", "ada", "--code", code]).unwrap();
    assert_eq!(verified(&stage.bob), true);
    let spaced = number
        .as_bytes()
        .chunks(5)
        .map(|g| str::from_utf8(g).unwrap())
        .collect::<Vec<_>>()
        .join(" ");
    stage.ada.json(&["verify", "bob", "--number", &spaced]).unwrap();
    assert_eq!(verified(&stage.ada), true);
}

#[test]
fn files_of_any_size_go_on_where_they_stopped() {
    let mut stage = stage();
    let folder = stage.folder.path().to_owned();
    let saved = folder.join("saved");
    for size in [0usize, 5, 1 << 20, 3_500_000] {
        let file = folder.join(format!("file-{size}"));
        let bytes: Vec<u8> =
            (0..size).map(|n| u8::try_from(common::mix(n as u64) % 256).unwrap()).collect();
        std::fs::write(&file, &bytes).unwrap();
        let arguments = ["send", "bob", "--file", file.to_str().unwrap()];
        if size > 3_000_000 {
            // Stopped at several points: the relay is gone, the process is killed.
            stage.relay.kill();
            assert_eq!(stage.ada.run(&arguments).unwrap().status.code(), Some(3));
            stage.restart();
            for millis in [15, 30, 60, 120] {
                let mut child = stage.ada.command(&arguments).spawn().unwrap();
                std::thread::sleep(std::time::Duration::from_millis(millis));
                let _ = child.kill();
                child.wait().unwrap();
            }
        }
        stage.ada.json(&arguments).unwrap();
        stage.settle();
        let listed = stage.bob.json(&["list"]).unwrap();
        let message = listed.iter().rfind(|line| line["file"]["size"] == size).unwrap();
        let number = message["number"].to_string();
        let to = saved.to_str().unwrap().to_owned();
        if size > 3_000_000 {
            for millis in [15, 40] {
                let mut child = stage.bob.command(&["save", &number, "--to", &to]).spawn().unwrap();
                std::thread::sleep(std::time::Duration::from_millis(millis));
                let _ = child.kill();
                child.wait().unwrap();
            }
        }
        let done = saved.join(format!("file-{size}"));
        if !done.exists() {
            stage.bob.json(&["save", &number, "--to", &to]).unwrap();
        }
        assert!(std::fs::read(done).unwrap() == bytes, "{size}");
    }
    let parts = std::fs::read_dir(&saved)
        .unwrap()
        .filter(|f| f.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(parts.count(), 0);
    // The relay's store held it, and did not hold its contents.
    assert_eq!(stage.bob.run(&["save", "999"]).unwrap().status.code(), Some(2));
}

#[test]
fn people_without_a_relay() {
    let mut stage = stage();
    stage.relay.kill();
    let stick = |name: &str| stage.folder.path().join(name).to_string_lossy().into_owned();
    stage.bob.json(&["export", "--prekeys", &stick("keys")]).unwrap();
    assert_eq!(stage.ada.run(&["import", &stick("keys")]).unwrap().status.code(), Some(64));
    stage.ada.json(&["import", &stick("keys"), "--from", "bob"]).unwrap();
    stage.ada.json(&["send", "bob", "by hand", "--later"]).unwrap();
    stage.ada.json(&["send", "bob", "by hand too", "--later"]).unwrap();
    stage.ada.json(&["export", "--outbox", &stick("mail")]).unwrap();
    for (read, refused) in [(2, 0), (0, 2)] {
        let said = stage.bob.json(&["import", &stick("mail")]).unwrap();
        assert_eq!(field(&said, "read"), read);
        let counts = field(&said, "refused");
        let count: u64 = counts.as_object().unwrap().values().filter_map(|n| n.as_u64()).sum();
        assert_eq!(count, refused, "the second time all is known");
    }
    assert_eq!(texts(&stage.bob).0, ["by hand", "by hand too"]);
    // Not the prekeys of somebody else, and not a damaged file.
    stage.ada.json(&["export", "--prekeys", &stick("own")]).unwrap();
    assert_eq!(
        stage.ada.run(&["import", &stick("own"), "--from", "bob"]).unwrap().status.code(),
        Some(1)
    );
    std::fs::write(stick("junk"), "Sceau offline 0\n\u{7}").unwrap();
    assert_eq!(stage.bob.run(&["import", &stick("junk")]).unwrap().status.code(), Some(1));
}

#[test]
fn files_go_by_hand_too() {
    let mut stage = stage();
    stage.ada.json(&["send", "bob", "hello"]).unwrap();
    stage.settle();
    stage.bob.json(&["send", "ada", "hello"]).unwrap();
    stage.settle();
    stage.relay.kill();
    let folder = stage.folder.path().to_owned();
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let sizes = [0usize, 5, 3_500_000];
    let bytes = |size: usize| -> Vec<u8> {
        (0..size).map(|n| u8::try_from(common::mix(n as u64) % 256).unwrap()).collect()
    };
    for size in sizes {
        std::fs::write(path(&format!("file-{size}")), bytes(size)).unwrap();
        let file = path(&format!("file-{size}"));
        stage.ada.json(&["send", "bob", "--later", "--file", &file]).unwrap();
        // The outbox holds all of it: what happens to the file is of no matter.
        std::fs::remove_file(file).unwrap();
    }
    let said = stage.ada.json(&["export", "--outbox", &path("stick")]).unwrap();
    assert_eq!((&said[0]["envelopes"], &said[0]["chunks"]), (&3.into(), &6.into()));
    // Neither names nor contents stand in the file, nor the chunks in the clear in Bob's store.
    let stick = std::fs::read(path("stick")).unwrap();
    let has = |whole: &[u8], what: &[u8]| whole.windows(what.len()).any(|part| part == what);
    assert!(stick.len() > 3_500_000 && !has(&stick, b"file-") && !has(&stick, &bytes(5)));

    // One byte less, and none of it is taken.
    std::fs::write(path("cut"), &stick[..stick.len() - 1]).unwrap();
    assert_eq!(stage.bob.run(&["import", &path("cut")]).unwrap().status.code(), Some(1));
    // A chunk that was changed on the way is not kept, and may come once more.
    let mut changed = stick.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    std::fs::write(path("changed"), changed).unwrap();
    let said = stage.bob.json(&["import", &path("changed")]).unwrap();
    assert_eq!((field(&said, "read"), field(&said, "chunks")), (3.into(), 5.into()));
    let listed = stage.bob.json(&["list"]).unwrap();
    let number = |size: usize| {
        let message = listed.iter().find(|line| line["file"]["size"] == size).unwrap();
        message["number"].to_string()
    };
    let save = |size: usize| stage.bob.run(&["save", &number(size), "--to", &path("saved")]);
    assert_eq!(save(5).unwrap().status.code(), Some(0));
    assert_eq!(save(3_500_000).unwrap().status.code(), Some(3), "no relay has the last one");
    let said = stage.bob.json(&["import", &path("stick")]).unwrap();
    assert_eq!((field(&said, "read"), field(&said, "chunks")), (0.into(), 6.into()));
    for size in sizes {
        assert!(save(size).unwrap().status.success(), "{size}");
    }
    for size in sizes {
        let saved = std::fs::read(path(&format!("saved/file-{size}"))).unwrap();
        assert!(saved == bytes(size), "{size}");
    }
    assert_eq!(save(3_500_000).unwrap().status.code(), Some(3), "deleted when it was saved");
    // For somebody else the file holds nothing.
    let eve = ClientProcess::new(program(), &folder.join("eve"));
    stage.restart();
    eve.json(&["init", "--relay", &stage.relay.url, "--kdf-memory", "8"]).unwrap();
    let said = eve.json(&["import", &path("stick")]).unwrap();
    assert_eq!((field(&said, "read"), field(&said, "chunks")), (0.into(), 0.into()));
    // With the relay it goes as ever: what waits is put there, and can be fetched.
    stage.settle();
    let saved = stage.bob.json(&["save", &number(3_500_000), "--to", &path("again")]);
    assert_eq!(field(&saved.unwrap(), "size"), 3_500_000);
    assert!(std::fs::read(path("again/file-3500000")).unwrap() == bytes(3_500_000));
}

#[test]
fn a_lost_device_begins_anew_and_is_asked_about() {
    let stage = stage();
    stage.ada.json(&["send", "bob", "hello"]).unwrap();
    stage.settle();
    let new = ClientProcess::new(program(), &stage.folder.path().join("ada2"));
    new.json(&["init", "--relay", &stage.relay.url, "--kdf-memory", "8"]).unwrap();
    new.json(&["add", "bob", &stage.bob.account().unwrap()]).unwrap();
    new.json(&["send", "bob", "it is me, with a new account"]).unwrap();
    let said = stage.bob.json(&["receive"]).unwrap();
    assert!(
        said.iter().any(|line| line["notice"].as_str().is_some_and(|n| n.contains("somebody new")))
    );
    let listed = stage.bob.json(&["list"]).unwrap();
    let contact =
        listed.iter().find(|line| line["text"] == "it is me, with a new account").unwrap();
    assert!(contact["contact"].as_str().unwrap().starts_with("new-"));
    // The name of the old account is not taken over.
    let taken = stage.bob.run(&["add", "ada", &new.account().unwrap()]).unwrap();
    assert_eq!(taken.status.code(), Some(1));
    assert_eq!(stage.bob.run(&["accept", "ada"]).unwrap().status.code(), Some(2));
}

/// Who was removed comes back by being added, and by nothing else.
#[test]
fn a_contact_that_is_removed() {
    let stage = stage();
    stage.ada.json(&["send", "bob", "hello"]).unwrap();
    stage.settle();
    stage.bob.json(&["send", "ada", "hello to you"]).unwrap();
    stage.settle();
    let removed = stage.ada.json(&["remove", "bob"]).unwrap();
    assert_eq!(removed[0]["sessions"], 1);
    assert_eq!(stage.ada.run(&["send", "bob", "still there?"]).unwrap().status.code(), Some(2));
    let mut device = Device::open(stage.ada.home(), PASSPHRASE).unwrap();
    let mut live = || {
        let closed = |status| status == SessionStatus::Closed;
        device.read(|a| Ok(a.sessions().filter(|s| !closed(s.status())).count())).unwrap()
    };
    assert_eq!(live(), 0);
    let told = |said: Vec<serde_json::Value>| serde_json::to_string(&said).unwrap();
    assert!(told(stage.bob.json(&["receive"]).unwrap()).contains("ada has closed the session"));
    // A first message of his begins nothing.
    stage.bob.json(&["send", "ada", "let me in"]).unwrap();
    let said = told(stage.ada.json(&["receive"]).unwrap());
    assert!(!said.contains("somebody new") && !said.contains("let me in"), "{said}");
    assert!(!told(stage.ada.json(&["list"]).unwrap()).contains("let me in"));
    assert_eq!(live(), 0);
    let account = stage.bob.account().unwrap();
    stage.ada.json(&["add", "robert", &account]).unwrap();
    stage.settle();
    stage.bob.json(&["send", "ada", "thank you"]).unwrap();
    let said = told(stage.ada.json(&["receive"]).unwrap());
    assert!(said.contains("thank you") && said.contains("robert"), "{said}");
    stage.ada.json(&["send", "robert", "welcome back"]).unwrap();
    assert!(told(stage.bob.json(&["receive"]).unwrap()).contains("welcome back"));
}

#[test]
fn help_teaches_and_errors_say_what_next() {
    let client = ClientProcess::new(program(), &tempfile::tempdir().unwrap().path().join("x"));
    let help = String::from_utf8(client.run(&["--help"]).unwrap().stdout).unwrap();
    assert!(help.contains("sceau --home ada send bob") && help.contains("Exit codes"), "{help}");
    for command in ["relay", "init", "send", "receive", "verify", "issuer", "load", "export"] {
        let help = client.run(&[command, "--help"]).unwrap();
        assert!(help.status.success() && help.stdout.len() > 200, "{command}");
    }
    for (arguments, code) in [
        (&["send"][..], 64),
        (&["whoami"], 2),
        (&["init", "--relay", "https://127.0.0.1:1"], 64),
        (&["init", "--relay", "http://127.0.0.1:1", "--kdf-memory", "8"], 3),
        (&["whoami"], 2),
        (&["init", "--relay", "http://127.0.0.1:1", "--kdf-memory", "8", "--offline"], 0),
        (&["init", "--relay", "http://127.0.0.1:1"], 64),
        (&["receive"], 3),
        (&["add", "bob", &"00".repeat(32), "--relay", "ftp://relay"], 64),
        (&["add", "", &"00".repeat(32)], 64),
        (&["add", "a\nb", &"00".repeat(32)], 64),
        (&["set", "--relay", "http://127.0.0.1:1/path"], 64),
        (&["set", "--relay", "http://127.0.0.1:2"], 3),
        (&["add", "bob", "not hex"], 64),
    ] {
        let output = client.run(arguments).unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(
            code == 0 || code == 64 && arguments.len() == 1 || said.contains("next:"),
            "{arguments:?}: {said}"
        );
    }
    for shell in ["bash", "zsh", "fish"] {
        let output = client.run(&["completions", shell]).unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("receive"), "{shell}");
    }
}

#[test]
fn the_demonstration_takes_seconds() {
    let began = std::time::Instant::now();
    let output = std::process::Command::new(program()).arg("demo").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("Everything worked"), "{said}");
    println!("{:.1} s", began.elapsed().as_secs_f32());
}
