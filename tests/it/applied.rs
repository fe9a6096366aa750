//! The road from a published commit to nodes, in the world of talhelper: what is put in force is what a commit on the
//! remote renders to, and nothing else ever is. Through the real binary, as a person without a screen would.

use crate::harness::Program;
use crate::harness::home::{Home, PATCH, PLANES, apply, apply_as_usual, edit, effects, git, rendered};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

#[test]
fn a_published_commit_is_put_in_force_and_nothing_else_ever_is() {
    let home = Home::serve("steady", "4");
    assert!(effects(&home.plan("main")).iter().all(|(_, effect)| *effect == "no effect"));
    let commit = home.push("65535");
    let plan = home.plan(&commit[..8]);
    assert!(effects(&plan).iter().all(|(_, effect)| *effect == "live"), "{plan:#}");
    assert_eq!(plan["nodes"][0]["fields"][0]["field"], "machine.sysctls.net.core.somaxconn");
    assert!(plan["nodes"][0]["confirmed"].is_string(), "the node itself said that it takes it");
    assert!(home.changes().is_empty(), "a plan changes nothing");

    // What is not typed is not done.
    for names in [&[][..], &["home-cp-2"], &["home-wk-1"]] {
        let (code, said) = home.apply(&apply("main", &["home-cp-1"], names));
        assert!(code == 1 && said.contains("name typed"), "{names:?}: {said}");
    }
    // A dirty work tree is nobody's commit: it changes nothing of a plan.
    edit(&home.at("repo"), "1");
    assert_eq!(rendered(&home.plan("main")), rendered(&plan));
    // A local commit can be planned and not applied.
    git(&home.at("repo"), &["checkout", "-q", "-b", "mine"]);
    git(&home.at("repo"), &["commit", "-qam", "mine alone"]);
    let local = git(&home.at("repo"), &["rev-parse", "HEAD"]);
    assert!(home.run(&["plan", &local]).0 == 0);
    let (code, said) = home.apply(&apply(&local, &["home-cp-1"], &["home-cp-1"]));
    assert!(code == 1 && said.contains("not on the remote branch"), "{said}");
    assert!(home.changes().is_empty(), "nothing of it reached a node");

    let (code, said) = home.apply(&apply("main", &PLANES, &PLANES));
    assert_eq!(code, 0, "{said}");
    for gate in [
        "members healthy",
        "no alarm",
        "nothing else rolls",
        "services healthy",
        "etcd member healthy",
        "verified",
    ] {
        assert_eq!(said.matches(&format!("passed   {gate}")).count(), 3, "{gate}: {said}");
    }
    let workers = ["home-wk-1", "home-wk-2"];
    let after = home.plan("main");
    assert!(
        effects(&after).iter().all(|(node, effect)| (*effect == "live") == workers.contains(node)),
        "{after:#}"
    );
    let sent = home.changes();
    let modes: Vec<(&str, &str)> =
        sent.iter().map(|it| (it["node"].as_str().unwrap(), it["mode"].as_str().unwrap())).collect();
    let twice = |node: &'static str| [(node, "TRY"), (node, "NO_REBOOT")];
    assert_eq!(modes, PLANES.iter().flat_map(|it| twice(it)).collect::<Vec<_>>());
    let published = rendered(&plan);
    assert!(sent.iter().all(|it| published.contains(it["sha256"].as_str().unwrap())), "{sent:#?}");
    let ends: Vec<String> =
        home.ledger().iter().filter_map(|it| it["ends"]["applied"].as_str().map(str::to_owned)).collect();
    assert_eq!(ends, PLANES);
    let (code, said) = home.apply(&apply("main", &PLANES, &PLANES));
    assert!(code == 0 && said.contains("nothing to do") && home.changes().len() == sent.len(), "{said}");

    // A commit that was on the branch and was forced away is published no more.
    let clone = home.at("other");
    git(&clone, &["push", "-qf", "origin", "HEAD~1:main"]);
    let (code, said) = home.apply(&apply(&commit, &["home-wk-1"], &["home-wk-1"]));
    assert!(code == 1 && said.contains("not on the remote branch"), "{said}");
    git(&clone, &["push", "-qf", "origin", "HEAD:main"]);

    // An object that is not what its name says is found before anything is rendered of it.
    let repo = home.at("repo");
    let blob = git(&repo, &["rev-parse", &format!("{local}:{PATCH}")]);
    let loose = |id: &str| repo.join(".git/objects").join(&id[..2]).join(&id[2..]);
    // Another blob under its name: Git itself would not notice before it is asked to check.
    std::fs::write(repo.join("other.txt"), "machine: {type: worker}\n").unwrap();
    let other = git(&repo, &["hash-object", "-w", "other.txt"]);
    std::fs::remove_file(loose(&blob)).unwrap();
    std::fs::copy(loose(&other), loose(&blob)).unwrap();
    let (code, said) = home.run(&["plan", &local]);
    assert!(code == 2 && said.contains("tampered"), "{said}");
}

#[test]
fn a_node_that_does_not_come_back_goes_back_by_itself_and_stops_the_roll() {
    let mut home = Home::serve("try-reverts", "5");
    home.push("65535");
    let plan = home.plan("main");
    // The node falls silent only after it has taken what is tried.
    let (code, said) = home.apply(&apply_as_usual("main", &PLANES, &["home"]));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("home-cp-2 stopped at `answers`"), "{said}");
    assert!(
        said.contains("it went back by itself") && said.contains("home-cp-3        not touched"),
        "{said}"
    );
    let told = home.world.until("the story has ended", |line| !line.starts_with("ready"));
    assert_eq!(told, "ended try-reverts");
    let sent: Vec<(String, String)> = home
        .changes()
        .iter()
        .map(|it| (it["node"].as_str().unwrap().to_owned(), it["mode"].as_str().unwrap().to_owned()))
        .collect();
    let pair = |node: &str, mode: &str| (node.to_owned(), mode.to_owned());
    assert_eq!(
        sent,
        [pair("home-cp-1", "TRY"), pair("home-cp-1", "NO_REBOOT"), pair("home-cp-2", "TRY")],
        "nothing was sent to the node that failed, and nothing to the third"
    );
    let ends: Vec<Value> =
        home.ledger().into_iter().map(|it| it["ends"].clone()).filter(|it| !it.is_null()).collect();
    assert_eq!(
        (ends.len(), &ends[1]["stopped"], &ends[1]["gate"]),
        (2, &"home-cp-2".into(), &"answers".into())
    );
    assert!(ends[1]["after"].as_str().unwrap().contains("went back by itself"));
    let after = home.plan("main");
    let against = |plan: &Value, at: usize| plan["nodes"][at]["against"].clone();
    assert_eq!(against(&after, 1), against(&plan, 1), "it runs what it ran before");
    assert_eq!(against(&after, 2), against(&plan, 2));
}

#[test]
fn a_trial_of_somebody_else_is_seen_named_and_left_alone() {
    let home = Home::serve("try-pending", "1");
    home.push("65535");
    let plan = home.plan("main");
    assert!(plan["nodes"][2]["pending"].as_str().unwrap().contains("tried"), "{plan:#}");
    assert!(plan["nodes"][0]["pending"].is_null());
    let (code, said) = home.apply(&apply("main", &["home-cp-3"], &["home-cp-3"]));
    assert!(code == 1 && said.contains("not ours to cancel"), "{said}");
    // Nor is any other node touched meanwhile.
    let (code, said) = home.apply(&apply("main", &["home-wk-1"], &["home-wk-1"]));
    assert!(code == 1 && said.contains("on home-cp-3") && said.contains("nothing else rolls"), "{said}");
    assert!(home.changes().is_empty());
    assert_eq!(home.plan("main")["nodes"][2]["against"], plan["nodes"][2]["against"], "it is tried still");
}

#[test]
fn a_roll_that_was_killed_stands_still_and_is_never_done_twice() {
    let home = Home::serve("steady", "4");
    home.push("65535");
    let (arguments, variables) = home.sources("talosconfig");
    let words: Vec<&str> =
        arguments.iter().map(String::as_str).chain(apply("main", &PLANES, &["home"])).collect();
    let mut roll = Program::start(&words, &variables, home.dir.path());
    roll.until("the second node is tried", |line| {
        line.starts_with("home-cp-2") && line.contains("did      try")
    });
    // Its end is a SIGKILL.
    drop(roll);
    let standing =
        pilothouse::ledger::standing(Some(&home.dir.path().join(".local/state/pilothouse"))).unwrap();
    assert!(
        standing.open && standing.at.0 == "home-cp-2" && standing.done == ["home-cp-1".into()],
        "{standing:?}"
    );
    let (code, said) = home.apply(&apply("main", &PLANES, &["home"]));
    assert!(
        code == 1 && said.contains("home-cp-2: a config is being tried"),
        "its own trial is not cut short: {said}"
    );
    // Nobody makes it permanent, so Talos takes it back.
    let reverted = |plan: &Value| plan["nodes"][1]["pending"].is_null();
    let began = std::time::Instant::now();
    while !reverted(&home.plan("main")) {
        assert!(began.elapsed() < crate::harness::PATIENCE, "the trial never ended");
    }
    let (code, said) = home.apply(&apply("main", &PLANES, &["home"]));
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("home-cp-1        does"), "what is there already is not done again: {said}");
    let permanent: Vec<Value> = home.changes().into_iter().filter(|it| it["mode"] == "NO_REBOOT").collect();
    let nodes: Vec<&str> = permanent.iter().map(|it| it["node"].as_str().unwrap()).collect();
    assert_eq!(nodes, PLANES, "each of them once");
}

#[test]
fn what_takes_a_reboot_is_staged_handed_over_and_booted_as_the_plan_said() {
    let home = Home::serve("steady", "10");
    home.push("65535");
    let path = home.at("other").join(PATCH);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replace("  sysctls:", "  env:\n    HTTPS_PROXY: http://me:hunter2@proxy.example\n  sysctls:"),
    )
    .unwrap();
    git(&home.at("other"), &["commit", "-qam", "A proxy"]);
    git(&home.at("other"), &["push", "-q", "origin", "HEAD:main"]);
    git(&home.at("repo"), &["fetch", "-q"]);
    let plan = home.plan("main");
    assert_eq!(plan["nodes"][0]["effect"], "needs a reboot", "{plan:#}");
    assert!(!plan.to_string().contains("hunter2"), "no secret is told");
    let (code, said) = home.apply(&apply("main", &["home-cp-1"], &["home-cp-1"]));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("passed   has booted anew") && said.contains("passed   verified"), "{said}");
    let done: Vec<String> = home
        .changes()
        .iter()
        .map(|it| it["mode"].as_str().or_else(|| it["rpc"].as_str()?.rsplit('/').next()).unwrap().to_owned())
        .collect();
    assert!(
        done.first().is_some_and(|it| it == "STAGED") && done.last().is_some_and(|it| it == "Reboot"),
        "{done:?}"
    );
    assert!(done.len() == 2 || done[1] == "EtcdForfeitLeadership", "{done:?}");
    let ledger = serde_json::to_string(&home.ledger()).unwrap();
    assert!(ledger.contains("needs a reboot") && !ledger.contains("hunter2"));
    assert_eq!(home.plan("main")["nodes"][0]["effect"], "no effect");
}

#[test]
fn a_reader_is_told_which_role_it_lacks_and_an_interrupted_plan_leaves_no_folder_and_no_renderer() {
    let home = Home::serve("steady", "4");
    home.push("65535");
    let done = home.run_as("talosconfig-reader", &["plan", "main"]);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(done.status.code(), Some(1));
    assert!(said.contains("takes the role os:admin, and ours is os:reader"), "{said}");
    let done = home.run_as("talosconfig-reader", &apply("main", &["home-wk-1"], &["home-wk-1"]));
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&done.stderr).contains("os:admin"));
    assert!(home.asked().is_empty(), "nothing was even tried");
    let (arguments, variables) = home.sources("talosconfig");
    let (bin, private) = (home.dir.path().join("bin"), home.dir.path().join("run"));
    [&bin, &private].iter().for_each(|it| std::fs::create_dir(it).unwrap());
    let pid = home.dir.path().join("pid");
    let script = format!("sleep 600 & echo $! > {0}.new; mv {0}.new {0}; wait", pid.display());
    crate::harness::script(&bin.join("talhelper"), &script);
    let wait = |what: &str, holds: &dyn Fn() -> bool| {
        let began = std::time::Instant::now();
        while !holds() {
            assert!(began.elapsed() < crate::harness::PATIENCE, "waited in vain until {what}");
            std::thread::yield_now();
        }
    };
    for (word, signal) in [("plan", "-INT"), ("plan", "-TERM"), ("apply", "-INT")] {
        let _ = std::fs::remove_file(&pid);
        let mut words = vec![word, "main"];
        if word == "apply" {
            words.extend(["--node", "home-cp-1", "--confirm", "home-cp-1"]);
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_pilothouse"))
            .args(&arguments)
            .args(words)
            .current_dir(home.dir.path())
            .env("HOME", home.dir.path())
            .env("XDG_RUNTIME_DIR", &private)
            .envs(variables.clone())
            .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        wait("it renders", &|| pid.exists());
        assert_eq!(std::fs::read_dir(&private).unwrap().count(), 1, "it renders in a private folder");
        let told = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(told.success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(std::fs::read_dir(&private).unwrap().count(), 0, "nothing rendered is left");
        let stat = format!("/proc/{}/stat", std::fs::read_to_string(&pid).unwrap().trim());
        let gone = || std::fs::read_to_string(&stat).map_or(true, |it| it.contains(") Z "));
        wait("what the renderer started has ended", &|| !Path::new("/proc/self").exists() || gone());
    }
    assert!(home.asked().is_empty());
}
