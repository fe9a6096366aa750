//! A roll that is killed again and again, at whatever word it has come to: it goes on or stands still, and no node is
//! given the same config for good twice, nor booted twice for the same Talos. `KILLS=100 cargo test --test it
//! killed_roll` does it so often.

use crate::harness::home::{Home, PLANES, apply, rendered};
use crate::harness::{PATIENCE, Program};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Instant;

const WORKERS: [&str; 2] = ["home-wk-1", "home-wk-2"];
/// A roll of five nodes says about so many lines; one that is killed later has ended.
const LINES: usize = 90;
/// The same of an upgrade of two.
const UPGRADE_LINES: usize = 85;

/// Somebody who rolls a commit out, and is killed.
struct Killed<'a> {
    home: &'a Home,
    nodes: &'a [&'a str],
    random: StdRng,
    /// How often that happened so far.
    kills: usize,
}

impl<'a> Killed<'a> {
    fn new(home: &'a Home, nodes: &'a [&'a str], seed: u64) -> Self {
        Self { home, nodes, random: StdRng::seed_from_u64(seed), kills: 0 }
    }

    fn is_enough(&self) -> bool {
        let wanted = std::env::var("KILLS").ok().and_then(|it| it.parse().ok());
        self.kills >= wanted.unwrap_or(3)
    }

    /// Roll out what main says, as often as it takes until every node is done: killed at some line of what it says, or
    /// let go on to its end.
    fn roll_out(&mut self, lines: usize, done: impl Fn(&Value) -> bool) {
        let (arguments, variables) = self.home.sources("talosconfig");
        let wish = apply("main", self.nodes, &["home"]);
        let words: Vec<&str> = arguments.iter().map(String::as_str).chain(wish).collect();
        // One patience for each node: every one of them may be killed.
        let (began, patience) = (Instant::now(), PATIENCE * u32::try_from(self.nodes.len()).unwrap());
        loop {
            let mut roll = Program::start(&words, &variables, self.home.dir.path());
            self.kills += usize::from(!roll.has_ended_before(self.random.random_range(0..lines)));
            drop(roll);
            self.home.ledger();
            let plan = self.home.plan("main");
            // A trial runs what it tries, and what it tries is not kept yet.
            let over = |it: &Value| it["pending"].is_null() && done(it);
            let ours = |it: &&Value| self.nodes.iter().any(|node| it["node"] == *node);
            if plan["nodes"].as_array().unwrap().iter().filter(ours).all(over) {
                return;
            }
            assert!(began.elapsed() < patience, "it never comes to its end: {plan:#}");
        }
    }
}

#[test]
fn a_roll_that_is_killed_again_and_again_does_nothing_twice() {
    let home = Home::serve("steady", "20");
    let nodes: Vec<&str> = PLANES.into_iter().chain(WORKERS).collect();
    let mut killed = Killed::new(&home, &nodes, 20_261_121);
    let mut round = 0;
    while !killed.is_enough() {
        round += 1;
        home.push(&format!("{}", 60_000 + round));
        let published = rendered(&home.plan("main"));
        killed.roll_out(LINES, |it| it["effect"] == "no effect");
        let mut kept: BTreeMap<String, usize> = BTreeMap::new();
        for it in home.changes().iter().filter(|it| it["mode"] == "NO_REBOOT") {
            if published.contains(it["sha256"].as_str().unwrap()) {
                *kept.entry(it["node"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        let once: BTreeMap<String, usize> = nodes.iter().map(|it| ((*it).to_owned(), 1)).collect();
        assert_eq!(kept, once, "round {round}, after {} kills", killed.kills);
    }
}

#[test]
fn an_upgrade_that_is_killed_again_and_again_boots_a_node_once() {
    let home = Home::serve("steady", "20");
    let nodes = ["home-cp-1", "home-wk-1"];
    let mut killed = Killed::new(&home, &nodes, 19_690_720);
    let mut patch = 2;
    while !killed.is_enough() {
        patch += 1;
        home.bump(&format!("v1.13.{patch}"));
        killed.roll_out(UPGRADE_LINES, |it| {
            it["effect"] == "no effect" && it["upgrade"].is_null() && it["cordoned"] == false
        });
        let reboots = |node: &str| {
            let all = home.changes();
            let of = all.iter().filter(|it| it["node"] == node && it["code"] == "Ok");
            of.filter(|it| it["rpc"].as_str().is_some_and(|it| it.ends_with("/Reboot"))).count()
        };
        let kills = killed.kills;
        assert_eq!(nodes.map(reboots), [patch - 2, patch - 2], "v1.13.{patch}, after {kills} kills");
    }
}
