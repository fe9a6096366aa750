//! A roll that is killed again and again, at whatever word it has come to: it goes on or stands still, and no node is
//! given the same config for good twice, nor booted twice for the same Talos. `KILLS=100 cargo test --test it killed_roll` does it so often.

use crate::harness::home::{Home, PLANES, apply, effects, rendered};
use crate::harness::{PATIENCE, Program};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::time::Instant;

const WORKERS: [&str; 2] = ["home-wk-1", "home-wk-2"];
/// A roll of five nodes says about so many lines; one that is killed later has ended.
const LINES: usize = 90;
/// The same of an upgrade of two.
const UPGRADE_LINES: usize = 85;

#[test]
fn a_roll_that_is_killed_again_and_again_does_nothing_twice() {
    let kills: usize = std::env::var("KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(3);
    let home = Home::serve("steady", "20");
    let nodes: Vec<&str> = PLANES.into_iter().chain(WORKERS).collect();
    let (arguments, variables) = home.sources("talosconfig");
    let wish = apply("main", &nodes, &["home"]);
    let words: Vec<&str> = arguments.iter().map(String::as_str).chain(wish.iter().copied()).collect();
    let mut random = StdRng::seed_from_u64(20_261_121);
    let (mut killed, mut round) = (0, 0);
    while killed < kills {
        round += 1;
        home.push(&format!("{}", 60_000 + round));
        let published = rendered(&home.plan("main"));
        let began = Instant::now();
        // As often as it takes: killed at some line of what it says, or let go on to its end.
        loop {
            let mut roll = Program::start(&words, &variables, home.dir.path());
            killed += usize::from(!roll.has_ended_before(random.random_range(0..LINES)));
            drop(roll);
            home.ledger();
            let plan = home.plan("main");
            // A trial runs what it tries, and what it tries is not kept yet.
            let tried = plan["nodes"].as_array().unwrap().iter().any(|it| !it["pending"].is_null());
            if !tried && effects(&plan).iter().all(|(_, effect)| *effect == "no effect") {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "it never comes to its end: {plan:#}");
        }
        let mut kept: BTreeMap<String, usize> = BTreeMap::new();
        for it in home.changes().iter().filter(|it| it["mode"] == "NO_REBOOT") {
            if published.contains(it["sha256"].as_str().unwrap()) {
                *kept.entry(it["node"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        let once: BTreeMap<String, usize> = nodes.iter().map(|it| ((*it).to_owned(), 1)).collect();
        assert_eq!(kept, once, "round {round}, after {killed} kills");
    }
}

#[test]
fn an_upgrade_that_is_killed_again_and_again_boots_a_node_once() {
    let kills: usize = std::env::var("KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(3);
    let home = Home::serve("steady", "20");
    let nodes = ["home-cp-1", "home-wk-1"];
    let (arguments, variables) = home.sources("talosconfig");
    let wish = apply("main", &nodes, &["home"]);
    let words: Vec<&str> = arguments.iter().map(String::as_str).chain(wish.iter().copied()).collect();
    let mut random = StdRng::seed_from_u64(19_690_720);
    let (mut killed, mut patch) = (0, 2);
    while killed < kills {
        patch += 1;
        home.bump(&format!("v1.13.{patch}"));
        let began = Instant::now();
        loop {
            let mut roll = Program::start(&words, &variables, home.dir.path());
            killed += usize::from(!roll.has_ended_before(random.random_range(0..UPGRADE_LINES)));
            drop(roll);
            home.ledger();
            let plan = home.plan("main");
            let done = |it: &serde_json::Value| {
                !nodes.iter().any(|node| it["node"] == *node)
                    || it["effect"] == "no effect" && it["upgrade"].is_null() && it["cordoned"] == false
            };
            let tried = |it: &serde_json::Value| !it["pending"].is_null();
            if plan["nodes"].as_array().unwrap().iter().all(|it| done(it) && !tried(it)) {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "it never comes to its end: {plan:#}");
        }
        let reboots = |node: &str| {
            let all = home.changes();
            let of = all.iter().filter(|it| it["node"] == node && it["code"] == "Ok");
            of.filter(|it| it["rpc"].as_str().is_some_and(|it| it.ends_with("/Reboot"))).count()
        };
        assert_eq!(nodes.map(reboots), [patch - 2, patch - 2], "v1.13.{patch}, after {killed} kills");
    }
}
