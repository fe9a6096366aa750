//! Another Talos on its road to nodes, in the world of talhelper: one control plane at a time, then the workers, each
//! drained before it goes down and uncordoned when it is back. Through the real binary, as a person without a screen.

use crate::harness::Program;
use crate::harness::home::{Home, PATCH, PLANES, apply, effects, rendered};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

const ALL: [&str; 5] = ["home-cp-1", "home-cp-2", "home-cp-3", "home-wk-1", "home-wk-2"];

fn word<'a>(it: &'a Value, key: &str) -> &'a str {
    it[key].as_str().unwrap_or_default()
}

/// What an act is, in one word: the mode of a config, else the method.
fn act(it: &Value) -> &str {
    it["mode"].as_str().unwrap_or_else(|| word(it, "rpc").rsplit('/').next().unwrap_or_default())
}

/// The installer that each node's rendered config names, as the plan compares it field by field.
fn images(plan: &Value) -> BTreeSet<String> {
    let fields = plan["nodes"].as_array().unwrap().iter().flat_map(|it| it["fields"].as_array().unwrap());
    let images = fields.filter(|it| it["field"] == "machine.install.image");
    images.map(|it| word(it, "after").to_owned()).collect()
}

fn digest(body: &Value) -> String {
    Sha256::digest(body.to_string()).iter().map(|it| format!("{it:02x}")).collect()
}

/// Every mutating request that the world has seen is one that a published commit licences: configs by their digest,
/// installers by their image, and what goes with a reboot.
fn is_licensed(home: &Home, plan: &Value, commit: &str) {
    let (published, images) = (rendered(plan), images(plan));
    for it in home.changes() {
        match act(&it) {
            "TRY" | "NO_REBOOT" | "STAGED" => assert!(published.contains(word(&it, "sha256")), "{it}"),
            "Pull" | "Upgrade" => assert!(images.contains(word(&it, "image")), "{it}"),
            "Reboot" | "EtcdForfeitLeadership" => {}
            _ => panic!("nobody may: {it}"),
        }
    }
    let mark = |value: Value, unschedulable: Value| {
        digest(&json!({ "metadata": { "annotations": { "pilothouse/cordoned-for": value } },
            "spec": { "unschedulable": unschedulable } }))
    };
    let cordons = [mark(json!(&commit[..7]), json!(true)), mark(Value::Null, Value::Null)];
    for it in home.kubernetes() {
        let path = word(&it, "path").split('?').next().unwrap_or_default();
        let evicts = word(&it, "verb") == "create" && path.ends_with("/eviction");
        let cordon = path.starts_with("/api/v1/nodes/") && cordons.contains(&word(&it, "sha256").to_owned());
        assert!(evicts || cordon, "nobody may: {it}");
    }
}

/// Nodes that were cordoned and not uncordoned after it.
fn cordoned(home: &Home) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    for it in home.kubernetes() {
        let Some(node) = word(&it, "path").split('?').next().and_then(|it| it.strip_prefix("/api/v1/nodes/"))
        else {
            continue;
        };
        match open.iter().position(|it| it == node) {
            Some(at) => _ = open.remove(at),
            None => open.push(node.to_owned()),
        }
    }
    open
}

#[test]
fn another_talos_goes_one_node_at_a_time_and_leaves_none_cordoned() {
    let home = Home::serve("steady", "10");
    let commit = home.bump("v1.13.9");
    let plan = home.plan("main");
    for node in plan["nodes"].as_array().unwrap() {
        assert_eq!((word(node, "effect"), &node["reboots"]), ("live", &json!(true)), "{node:#}");
        let upgrade = &node["upgrade"];
        assert_eq!(
            (word(&upgrade["from"], "version"), word(&upgrade["to"], "version")),
            ("v1.13.2", "v1.13.9")
        );
        assert_eq!(upgrade["from"]["schematic"], upgrade["to"]["schematic"], "only the version is another");
    }
    assert!(home.changes().is_empty() && home.kubernetes().is_empty(), "a plan changes nothing");
    let (code, said) = home.apply(&apply("main", &["home-wk-1"], &[]));
    assert!(code == 1 && said.contains("what reboots a node wants its name typed"), "{said}");

    let (code, said) = home.apply(&apply("main", &ALL, &["home"]));
    assert_eq!(code, 0, "{said}");
    for gate in
        ["installer has written", "pods drained", "has booted anew", "runs the Talos", "takes pods again"]
    {
        assert_eq!(said.matches(&format!("passed   {gate}")).count(), 5, "{gate}: {said}");
    }
    // One after another, and each in its order.
    let mut order: Vec<(String, Vec<String>)> = Vec::new();
    for it in home.changes() {
        let node = word(&it, "node").to_owned();
        match order.last_mut().filter(|(last, _)| *last == node) {
            Some((_, acts)) => acts.push(act(&it).to_owned()),
            None => order.push((node, vec![act(&it).to_owned()])),
        }
    }
    assert_eq!(order.iter().map(|(node, _)| node.as_str()).collect::<Vec<_>>(), ALL);
    for (node, acts) in &order {
        let acts: Vec<&str> =
            acts.iter().map(String::as_str).filter(|it| *it != "EtcdForfeitLeadership").collect();
        assert_eq!(acts, ["TRY", "NO_REBOOT", "Pull", "Upgrade", "Reboot"], "{node}");
    }
    let handed = order.iter().flat_map(|(_, acts)| acts).filter(|it| *it == "EtcdForfeitLeadership").count();
    assert!(handed >= 1, "whoever led etcd handed over before it went down");
    is_licensed(&home, &plan, &commit);
    assert_eq!(cordoned(&home), Vec::<String>::new());
    assert!(home.kubernetes().iter().any(|it| word(it, "path").contains("/eviction")), "pods were drained");

    let after = home.plan("main");
    assert!(effects(&after).iter().all(|(_, effect)| *effect == "no effect"), "{after:#}");
    assert!(
        after["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["talos"] == "v1.13.9" && it["upgrade"].is_null())
    );
    let (code, said) = home.drift();
    assert_eq!(code, 0, "an upgrade leaves no difference behind: {said}");
    let ends: Vec<Value> = home.ledger().into_iter().filter(|it| it["ends"]["applied"].is_string()).collect();
    assert!(
        ends.len() == 5 && ends.iter().all(|it| it["ends"]["talos"]["version"] == "v1.13.9"),
        "{ends:#?}"
    );
}

#[test]
fn an_installer_that_fails_stops_the_roll_with_its_last_words() {
    let mut home = Home::serve("installer-fails", "10");
    let commit = home.bump("v1.13.9");
    let plan = home.plan("main");
    let (code, said) = home.apply(&apply("main", &PLANES, &["home"]));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("home-cp-2 stopped at `installer has written`"), "{said}");
    assert!(
        said.contains("the installer ended with 1") && said.contains("no space left on device"),
        "{said}"
    );
    assert!(said.contains("home-cp-3        not touched"), "{said}");
    let told = home.world.until("the story has ended", |line| !line.starts_with("ready"));
    assert_eq!(told, "ended installer-fails");
    let of = |node: &str| -> Vec<String> {
        home.changes().iter().filter(|it| word(it, "node") == node).map(|it| act(it).to_owned()).collect()
    };
    assert_eq!(of("home-cp-2"), ["TRY", "NO_REBOOT", "Pull", "Upgrade"], "nothing was rebooted");
    assert!(of("home-cp-3").is_empty() && cordoned(&home).is_empty());
    // It has its config, and the plan says what is left.
    let left = home.plan("main");
    assert_eq!(
        (word(&left["nodes"][1], "effect"), word(&left["nodes"][1], "talos")),
        ("no effect", "v1.13.2")
    );
    assert_eq!(word(&left["nodes"][1]["upgrade"]["to"], "version"), "v1.13.9");
    let (code, said) = home.apply(&apply("main", &["home-cp-2"], &["home-cp-2"]));
    assert_eq!(code, 0, "{said}");
    assert_eq!(&of("home-cp-2")[4..6], ["Pull", "Upgrade"], "the config was there already");
    is_licensed(&home, &plan, &commit);
}

const BUDGET: &str = "---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: board
  namespace: household
spec:
  maxUnavailable: 0
  selector:
    matchLabels:
      app.kubernetes.io/name: board
";

/// A node of a plan.
fn of<'a>(plan: &'a Value, node: &str) -> &'a Value {
    plan["nodes"].as_array().unwrap().iter().find(|it| it["node"] == node).unwrap()
}

/// The node that a plan says cannot be drained because of the board's budget.
fn held(plan: &Value) -> Option<String> {
    let nodes = plan["nodes"].as_array().unwrap().iter();
    let mut held = nodes.filter(|it| it["notes"].to_string().contains("household/board"));
    held.next().map(|it| word(it, "node").to_owned())
}

/// Somebody keeps every pod of the board, and asks for another Talos. The commit, its plan, and the node that cannot be
/// drained: a roll of it stands still before it goes down, until somebody gives it room.
fn hold_up(home: &Home) -> (String, Value, String) {
    home.commit("Keep the board", |clone| {
        let path = clone.join("clusters/home/kubernetes/apps/board.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.trim_end().to_owned() + "\n" + BUDGET).unwrap();
    });
    let commit = home.bump("v1.13.9");
    let plan = home.until_planned("main", "the plan names the budget", |it| held(it).is_some());
    let node = held(&plan).unwrap();
    (commit, plan, node)
}

fn give_room(home: &Home) {
    home.commit("Two boards are enough", |clone| {
        let path = clone.join("clusters/home/kubernetes/apps/board.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("maxUnavailable: 0", "maxUnavailable: 1")).unwrap();
    });
    home.until_planned("main", "the budget has room", |it| held(it).is_none());
}

/// Roll main out on a node, and kill that where it says so.
fn killed_at(home: &Home, node: &str, said: &str) {
    let (arguments, variables) = home.sources("talosconfig");
    let wish = apply("main", &[node], &[node]);
    let words: Vec<&str> = arguments.iter().map(String::as_str).chain(wish).collect();
    let mut roll = Program::start(&words, &variables, home.dir.path());
    roll.until(&format!("it has come to {said}"), |line| line.contains(said));
    // Its end is a SIGKILL.
    drop(roll);
}

/// What it says where a pod of the board is asked to go.
const DRAINS: &str = "does     evict household/board-";

#[test]
fn a_budget_that_lets_no_pod_go_stops_the_roll_and_one_that_is_killed_goes_on_where_the_node_stands() {
    let home = Home::serve("steady", "10");
    let (commit, plan, node) = hold_up(&home);
    killed_at(&home, &node, DRAINS);
    assert_eq!(cordoned(&home), std::slice::from_ref(&node));
    let wish = apply("main", &[&node], &[&node]);
    let (code, said) = home.run(&[&wish[..], &["--drain-timeout", "6"][..]].concat());
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("in this boot already, as the ledger tells"), "{said}");
    assert!(said.contains(&format!("{node} stopped at `pods drained`")), "{said}");
    assert!(said.contains("household/board-") && said.contains("The disruption budget board"), "{said}");
    assert!(said.contains("it is cordoned, and takes no new pods"), "{said}");
    assert_eq!(cordoned(&home), std::slice::from_ref(&node));
    assert!(home.changes().iter().all(|it| act(it) != "Reboot"), "it never went down");

    // Somebody gives it room: the same node goes on where it stands, and nothing is written twice.
    give_room(&home);
    killed_at(&home, &node, "did      reboot");
    assert_eq!(cordoned(&home), std::slice::from_ref(&node), "nobody has uncordoned it");
    let left = home.until_planned("main", "it is back", |it| word(of(it, &node), "talos") == "v1.13.9");
    assert!(of(&left, &node)["upgrade"].is_null() && of(&left, &node)["cordoned"] == true, "{left:#}");
    let (code, said) = home.run(&wish);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("passed   takes pods again"), "{said}");
    let changes: Vec<Value> = home.changes().into_iter().filter(|it| word(it, "node") == node).collect();
    let acts: Vec<&str> = changes.iter().map(act).filter(|it| *it != "EtcdForfeitLeadership").collect();
    assert_eq!(acts, ["TRY", "NO_REBOOT", "Pull", "Upgrade", "Reboot"], "each of it once");
    assert_eq!(cordoned(&home), Vec::<String>::new());
    assert!(of(&home.plan("main"), &node)["cordoned"] == false);
    is_licensed(&home, &plan, &commit);
}

#[test]
fn an_old_talos_is_upgraded_in_one_call_and_takes_a_newer_config_after_it() {
    let mut home = Home::serve("talos-behind", "10");
    let plan = home.plan("main");
    for node in plan["nodes"].as_array().unwrap() {
        assert_eq!((word(node, "effect"), word(node, "talos")), ("no effect", "v1.12.6"), "{node:#}");
        assert_eq!(word(&node["upgrade"]["to"], "version"), "v1.13.2");
    }
    let (code, said) = home.apply(&apply("main", &["home-cp-1"], &["home-cp-1"]));
    assert_eq!(code, 0, "{said}");
    let acts = |node: &str| -> Vec<String> {
        let of = home.changes().into_iter().filter(|it| word(it, "node") == node);
        of.map(|it| word(&it, "rpc").to_owned()).filter(|it| !it.ends_with("Leadership")).collect()
    };
    assert_eq!(acts("home-cp-1"), ["machine.MachineService/Upgrade"], "as Talos before 1.13 does it");
    // A document that only the next minor version knows: the upgrade goes first, and the config after it.
    let commit = home.commit("Say which proxy", |clone| {
        let path = clone.join(crate::harness::home::PATCH);
        let text = std::fs::read_to_string(&path).unwrap();
        let proxy =
            "---\napiVersion: v1alpha1\nkind: EnvironmentConfig\nvariables:\n  NO_PROXY: home.example\n";
        std::fs::write(&path, text.trim_end().to_owned() + "\n" + proxy).unwrap();
    });
    let plan = home.plan("main");
    let effect = |at: usize| word(&plan["nodes"][at], "effect").to_owned();
    assert_eq!((effect(0).as_str(), effect(1).as_str()), ("live", "once upgraded"), "{plan:#}");
    let why = word(&plan["nodes"][1], "why");
    assert!(why.contains("refuses it") && why.contains("not registered"), "{plan:#}");
    let (code, said) = home.apply(&apply("main", &ALL, &["home"]));
    assert_eq!(code, 0, "{said}");
    let after = home.plan("main");
    assert!(effects(&after).iter().all(|(_, effect)| *effect == "no effect"), "{after:#}");
    assert!(after["nodes"].as_array().unwrap().iter().all(|it| it["talos"] == "v1.13.2"), "{after:#}");
    for node in &ALL[1..] {
        let apply = "machine.MachineService/ApplyConfiguration";
        assert_eq!(acts(node), ["machine.MachineService/Upgrade", apply, apply], "{node}");
    }
    assert_eq!(cordoned(&home), Vec::<String>::new());
    assert!(
        !commit.is_empty()
            && home.world.until("it has ended", |it| !it.starts_with("ready")) == "ended talos-behind"
    );
}

#[test]
fn a_talos_that_was_written_and_taken_back_in_git_is_not_booted_by_the_next_reboot() {
    let home = Home::serve("steady", "10");
    let old = word(&home.plan("main")["nodes"][0], "talos").to_owned();
    let (_, _, node) = hold_up(&home);
    killed_at(&home, &node, DRAINS);
    assert!(home.changes().iter().any(|it| act(it) == "Upgrade") && cordoned(&home).len() == 1);
    home.bump(&old);
    home.commit("A proxy", |clone| {
        let path = clone.join(PATCH);
        let text = std::fs::read_to_string(&path).unwrap();
        let env = "  env:\n    HTTPS_PROXY: http://proxy.example\n  sysctls:";
        std::fs::write(&path, text.replace("  sysctls:", env)).unwrap();
    });
    give_room(&home);
    let plan = home.plan("main");
    let planned = of(&plan, &node);
    assert!(word(planned, "effect") == "needs a reboot" && planned["upgrade"].is_null(), "{planned:#}");
    let (code, said) = home.apply(&apply("main", &[&node], &[&node]));
    assert_eq!(code, 0, "{said}");
    assert_eq!(word(of(&home.plan("main"), &node), "talos"), old, "{said}");
    assert_eq!(cordoned(&home), Vec::<String>::new());
    let images: Vec<String> = home
        .changes()
        .iter()
        .filter(|it| act(it) == "Upgrade")
        .map(|it| word(it, "image").to_owned())
        .collect();
    assert!(images.len() == 2 && images[1].ends_with(&old), "{images:?}");
}
