//! Every story of docs/stories.md, through the real binary to its named end, and what the cockpit says of it: the
//! same model, told by `pilothouse status --watch`. Waits are for states; a story that needs the cockpit's own
//! patience runs slower than the others.

use crate::engines::Engines;
use crate::harness::{PATIENCE, Program};
use serde_json::Value;
use std::cell::Cell;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;
use tempfile::TempDir;

thread_local! {
    /// Whether worlds that begin here stand on real engines.
    static REAL: Cell<bool> = const { Cell::new(false) };
}

/// Play what a test plays, on real engines.
pub fn on_real_engines(test: impl FnOnce()) {
    REAL.set(true);
    test();
    REAL.set(false);
}

/// A world that plays a story, and somebody who looks at it.
pub struct Play {
    story: &'static str,
    looker: Program,
    world: Program,
    /// What it stands on, where that is not the stand-ins.
    engines: Option<Engines>,
    dir: TempDir,
}

impl Play {
    pub fn begin(story: &'static str, speed: u32) -> Self {
        Self::start(story, speed, &[])
    }

    fn start(story: &'static str, speed: u32, more: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().join("world").to_string_lossy().into_owned();
        let speed = speed.to_string();
        let mut arguments = vec!["demo", "--serve", &at, "--story", story, "--speed", &speed, "--until-eof"];
        arguments.extend(more);
        let engines = REAL.get().then(Engines::for_a_world);
        let below = engines.as_ref().map(|it| it.dir().to_string_lossy().into_owned());
        arguments.extend(below.iter().flat_map(|it| ["--engines", it]));
        let mut world = Program::start(&arguments, &[], dir.path());
        world.until("the world is ready", |line| line.starts_with("ready"));
        let looker =
            Program::start(&with(&at, &["status", "--watch", "-o", "json"]), &cloud(&at), dir.path());
        Self { story, looker, world, engines, dir }
    }

    /// Nothing happens before all of the world was seen: for what is over again after a while.
    fn seen(story: &'static str, speed: u32) -> Self {
        let mut play = Self::start(story, speed, &["--begin-on-line"]);
        play.is_calm();
        play.world.say("begin");
        play
    }

    /// What it stands on, where that is real.
    pub fn engines(&self) -> Option<&Engines> {
        self.engines.as_ref()
    }

    /// Where the world wrote its configuration.
    pub fn at(&self) -> PathBuf {
        self.dir.path().join("world")
    }

    /// Wait until the cockpit names a problem: its rule, and what its title says. Answers the problem.
    fn names(&mut self, rule: &str, title: impl Fn(&str) -> bool) -> Value {
        let problem = |line: &str| {
            let told = problems(line);
            told.into_iter().find(|it| it["rule"] == rule && title(text(&it["title"])))
        };
        let line =
            self.looker.until(&format!("{} is told as {rule}", self.story), |line| problem(line).is_some());
        problem(&line).unwrap()
    }

    /// Wait until the world has come to the named end of its story.
    pub fn ends(&mut self) {
        let told = self.world.until("the story has ended", |line| !line.starts_with("ready"));
        assert_eq!(told, format!("ended {}", self.story));
    }

    /// Wait until every source is heard, and nothing but what is good to know is wrong any more.
    pub fn is_calm(&mut self) {
        let live = |it: &str| it == "live" || it.starts_with("not installed");
        let calm = |line: &str| parsed(line)["exit"] == 0 && sources(&parsed(line)).all(live);
        self.looker.until(&format!("{} is calm", self.story), calm);
    }

    /// All problems, notices left out, that were told at any time, as `rule: title`.
    pub fn ever_told(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .looker
            .lines()
            .iter()
            .flat_map(|line| problems(line))
            .filter(|it| it["weight"] != "notice")
            .map(|it| format!("{}: {}", text(&it["rule"]), text(&it["title"])))
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// Look once, with a program of its own: its exit status and what it says. It gives itself seconds: where a source
    /// had not answered by then, it is asked again.
    fn look_once(&self) -> (Option<i32>, Value) {
        let began = Instant::now();
        let waits = |it: &str| it.contains("connecting") || it.ends_with("feeds live");
        loop {
            let (code, told) = self.once(&["status", "-o", "json"]);
            if !sources(&told).any(waits) || began.elapsed() > PATIENCE {
                return (code, told);
            }
        }
    }

    /// What differs, each as `class: where field`. Everything was compared: where somebody did not answer in the time
    /// that one look gives itself, it is looked again.
    pub fn drift(&self) -> Vec<String> {
        let began = Instant::now();
        let told = loop {
            let (_, told) = self.once(&["drift", "-o", "json"]);
            let compared = |side: &str| told["compared"][side].as_u64().unwrap();
            let known = told["unknown"] == Value::Array(Vec::new());
            if known && compared("nodes") == 6 && compared("objects") > 100 {
                break told;
            }
            assert!(began.elapsed() < PATIENCE, "{told:#}");
        };
        let differences = told["differences"].as_array().unwrap();
        let word = |it: &Value, key: &str| text(&it[key]).to_owned();
        differences
            .iter()
            .map(|it| format!("{}: {} {}", word(it, "class"), word(it, "where"), word(it, "field")))
            .collect()
    }

    fn once(&self, asked: &[&'static str]) -> (Option<i32>, Value) {
        let at = self.at().to_string_lossy().into_owned();
        let told = Command::new(env!("CARGO_BIN_EXE_pilothouse"))
            .args(with(&at, asked))
            .current_dir(self.dir.path())
            .env("HOME", self.dir.path())
            .envs(cloud(&at))
            .output()
            .unwrap();
        (told.status.code(), serde_json::from_slice(&told.stdout).unwrap())
    }
}

/// Arguments, and where the world of `at` is.
fn with<'a>(at: &str, arguments: &[&'a str]) -> Vec<&'a str> {
    let mut all = arguments.to_vec();
    for (option, file) in
        [("--kubeconfig", "kubeconfig"), ("--talosconfig", "talosconfig"), ("--repo", "repo")]
    {
        all.push(option);
        // A test's few paths may live as long as the test binary.
        all.push(Box::leak(format!("{at}/{file}").into_boxed_str()));
    }
    all
}

/// The variables that lead to the world's cloud.
fn cloud(at: &str) -> Vec<(String, String)> {
    let lines = std::fs::read_to_string(format!("{at}/hcloud.env")).unwrap();
    let pair = |line: &str| {
        let (name, value) = line.trim().trim_start_matches("export ").split_once('=')?;
        Some((name.to_owned(), value.trim_matches('"').to_owned()))
    };
    lines.lines().filter_map(pair).collect()
}

fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

/// What each source is said to be.
fn sources(told: &Value) -> impl Iterator<Item = &str> {
    told["sources"].as_array().into_iter().flatten().map(|it| text(&it["says"]))
}

fn problems(line: &str) -> Vec<Value> {
    parsed(line)["problems"].as_array().cloned().unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What proves a problem, as `says` of everything.
fn proofs(problem: &Value) -> Vec<&str> {
    problem["evidence"].as_array().into_iter().flatten().map(|it| text(&it["says"])).collect()
}

/// It says why, with something that can be done.
fn is_explained(problem: &Value) {
    assert_eq!(problem["certainty"], "proven", "{problem:#}");
    assert!(problem["cause"].is_string() || problem["evidence"][1].is_object(), "{problem:#}");
    assert!(problem["evidence"].as_array().is_some_and(|all| all.iter().all(|it| it["source"].is_string())));
    assert!(problem["remedies"].as_array().is_some_and(|it| !it.is_empty()), "{problem:#}");
}

#[test]
pub fn steady_is_calm() {
    let mut play = Play::begin("steady", 20);
    play.ends();
    play.is_calm();
    let (code, told) = play.look_once();
    assert_eq!(code, Some(0), "{told:#}");
    assert_eq!(play.drift(), Vec::<String>::new());
    assert_eq!(play.ever_told(), Vec::<String>::new());
}

#[test]
pub fn rolling_upgrade_raises_no_alarm() {
    let mut play = Play::begin("rolling-upgrade", 20);
    play.ends();
    play.is_calm();
    assert_eq!(play.ever_told(), Vec::<String>::new());
}

#[test]
pub fn worker_rollout_raises_no_alarm() {
    let mut play = Play::begin("worker-rollout", 20);
    play.ends();
    play.is_calm();
    assert_eq!(play.ever_told(), Vec::<String>::new());
}

#[test]
pub fn cacppt_deadlock_is_named_and_proven() {
    let mut play = Play::begin("cacppt-deadlock", 20);
    play.ends();
    let told = play.names("standing-still", |it| it.contains("left, its machine was never deleted"));
    is_explained(&told);
    assert!(text(&told["cause"]).contains("#237"), "{told:#}");
    let proofs = proofs(&told);
    assert!(proofs.iter().any(|it| it.contains("etcd has 3 members, and")), "{proofs:?}");
    assert!(proofs.iter().any(|it| it.starts_with("the etcd service of")), "{proofs:?}");
    assert!(text(&told["remedies"][0]).starts_with("delete machine k8s-cp-"), "{told:#}");
}

#[test]
fn node_down_is_told_and_over_again() {
    let mut play = Play::seen("node-down", 8);
    let told =
        play.names("node-not-ready", |it| it.ends_with("is gone: neither Kubernetes nor Talos hears it"));
    assert!(text(&told["subject"]).starts_with("k8s-md-0-"), "{told:#}");
    play.ends();
    play.is_calm();
}

#[test]
fn etcd_member_lost_is_named() {
    let mut play = Play::begin("etcd-member-lost", 20);
    play.ends();
    let told = play.names("etcd-member-lost", |it| it.ends_with("does not answer; may lose none"));
    is_explained(&told);
    let member = text(&told["subject"]);
    assert!(member.starts_with("k8s-cp-"), "{member}");
    let (code, once) = play.look_once();
    assert_eq!(code, Some(1), "{once:#}");
    assert!(once["problems"].as_array().unwrap().iter().any(|it| it["subject"] == member), "{once:#}");
}

#[test]
fn etcd_nospace_is_an_alarm_and_not_a_loss() {
    let mut play = Play::begin("etcd-nospace", 20);
    play.ends();
    is_explained(&play.names("etcd-alarm", |it| it.contains("no space")));
    assert_eq!(play.ever_told(), ["etcd-alarm: etcd raises an alarm: no space: nothing can be written"]);
}

#[test]
pub fn pdb_blocks_drain_names_the_pod_and_its_budget() {
    let mut play = Play::begin("pdb-blocks-drain", 20);
    play.ends();
    let told = play.names("standing-still", |it| {
        it.contains("waits for pod ory/hydra-") && it.ends_with("its budget allows 0 disruptions")
    });
    is_explained(&told);
    assert!(proofs(&told).contains(&"budget ory/hydra wants 1 available, and 1 is there"), "{told:#}");
}

#[test]
fn hcloud_no_capacity_is_proven() {
    let mut play = Play::begin("hcloud-no-capacity", 20);
    play.ends();
    let told = play.names("standing-still", |it| it.contains("resource_unavailable"));
    is_explained(&told);
    assert!(text(&told["title"]).starts_with("no server is made for k8s-md-0-"), "{told:#}");
}

#[test]
pub fn apiserver_down_is_told_once_and_over_again() {
    let mut play = Play::seen("apiserver-down", 6);
    let told = play.names("source-lost", |it| it.starts_with("the Kubernetes API does not answer"));
    assert!(proofs(&told).contains(&"Talos answers on 6 nodes"), "{told:#}");
    play.ends();
    play.is_calm();
    assert_eq!(play.ever_told().len(), 1, "{:?}", play.ever_told());
}

#[test]
pub fn git_behind_says_what_others_pushed() {
    let mut play = Play::begin("git-behind", 20);
    play.ends();
    let told = play.names("clone-behind", |it| it == "your clone's main is 3 commits behind origin/main");
    is_explained(&told);
    assert!(proofs(&told).iter().any(|it| it.ends_with("by Jonas Feld")), "{told:#}");
    play.is_calm();
}

#[test]
pub fn argo_sync_failed_names_the_field_that_may_not_change() {
    let mut play = Play::begin("argo-sync-failed", 20);
    play.ends();
    let told = play.names("sync-failed", |it| it.starts_with("loki cannot sync") && it.contains("Forbidden"));
    is_explained(&told);
}

#[test]
pub fn out_of_band_change_is_live_and_tofu_takes_the_rule_back() {
    let mut play = Play::begin("out-of-band-change", 20);
    play.ends();
    let tofu = |ask: &str| {
        let world = play.at();
        let script = format!(". {0}/tofu.env && tofu -chdir={0}/repo/cloud {ask}", world.display());
        let done = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let rule = "unmanaged: firewall nodes rule tcp 8080 from anywhere";
    let told = play.drift();
    let [sysctl, forgejo, opened] = told.as_slice() else { panic!("{told:#?}") };
    assert!(sysctl.starts_with("drifted: k8s-cp-"), "{told:#?}");
    assert!(sysctl.ends_with(" machine.sysctls.net.core.somaxconn"), "{told:#?}");
    assert!(forgejo.starts_with("drifted: StatefulSet forgejo/forgejo "), "{told:#?}");
    assert_eq!(opened, rule);
    let plan = tofu("plan");
    assert!(plan.contains("    - rule tcp 8080 from 0.0.0.0/0, ::/0\n"), "{plan}");
    assert!(plan.ends_with("Plan: 0 to add, 1 to change, 0 to destroy.\n"), "{plan}");
    tofu("apply -auto-approve");
    assert!(tofu("plan").starts_with("No changes."));
    let left = play.drift();
    assert_eq!(left.len(), 2, "{left:#?}");
    assert!(!left.iter().any(|it| it == rule), "{left:#?}");
}
