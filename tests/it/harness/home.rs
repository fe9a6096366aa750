//! A world of talhelper, and somebody who works on it from a shell: plan, apply, ledger, and what the world was asked to
//! change.

use super::{PATIENCE, Program};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;
use tempfile::TempDir;

/// Its control planes.
pub const PLANES: [&str; 3] = ["home-cp-1", "home-cp-2", "home-cp-3"];
/// The patch of all its nodes.
pub const PATCH: &str = "clusters/home/talos/patches/global.yaml";

/// What is said where nobody answers, and where a node does not.
const NOBODY: &str = "no node of the cluster answers";
const UNREAD: &str = "could not be read: ";

/// A world, and somebody who works on it from a shell.
pub struct Home {
    pub world: Program,
    pub dir: TempDir,
}

impl Home {
    pub fn serve(story: &str, speed: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().join("world").to_string_lossy().into_owned();
        let arguments = [
            "demo",
            "--serve",
            &at,
            "--world",
            "talhelper",
            "--story",
            story,
            "--speed",
            speed,
            "--until-eof",
        ];
        let mut world = Program::start(&arguments, &[], dir.path());
        world.until("the world is ready", |line| line.starts_with("ready"));
        Self { world, dir }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join("world").join(name)
    }

    /// The program's arguments and variables: talhelper and the age key are found where the person has them.
    pub fn sources(&self, talosconfig: &str) -> (Vec<String>, Vec<(String, String)>) {
        let words = |name: &str| self.at(name).to_string_lossy().into_owned();
        let arguments = [
            "--kubeconfig",
            &words("kubeconfig"),
            "--talosconfig",
            &words(talosconfig),
            "--repo",
            &words("repo"),
        ];
        let path = format!("{}:{}", words("bin"), std::env::var("PATH").unwrap());
        let variables = [("PATH", path), ("SOPS_AGE_KEY_FILE", words("age.key"))];
        (
            arguments.iter().map(|it| (*it).to_owned()).collect(),
            variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        )
    }

    pub fn run_as(&self, talosconfig: &str, words: &[&str]) -> Output {
        let (arguments, variables) = self.sources(talosconfig);
        Command::new(env!("CARGO_BIN_EXE_pilothouse"))
            .args(arguments)
            .args(words)
            .current_dir(self.dir.path())
            .env("HOME", self.dir.path())
            .env_remove("XDG_STATE_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .envs(variables)
            .output()
            .unwrap()
    }

    /// Its exit status, and all that it said.
    pub fn run(&self, words: &[&str]) -> (i32, String) {
        let done = self.run_as("talosconfig", words);
        let said =
            format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        (done.status.code().unwrap(), said)
    }

    /// What a commit would do. A machine that is busy with other tests may keep a node from answering in its time:
    /// then it is asked again.
    pub fn plan(&self, revision: &str) -> Value {
        let began = Instant::now();
        loop {
            let done = self.run_as("talosconfig", &["plan", revision, "-o", "json"]);
            let busy = match serde_json::from_slice::<Value>(&done.stdout) {
                Ok(plan) if !plan["nodes"].as_array().unwrap().iter().any(unanswered) => return plan,
                Ok(plan) => format!("{plan:#}"),
                Err(_) => String::from_utf8_lossy(&done.stderr).into_owned(),
            };
            let node = busy.starts_with('{') || busy.contains(NOBODY);
            assert!(node && began.elapsed() < PATIENCE, "{busy}");
        }
    }

    /// What an apply comes to. Where a node did not answer before anything was sent, it is said again.
    pub fn apply(&self, words: &[&str]) -> (i32, String) {
        let began = Instant::now();
        let sent = || self.changes().len() + self.kubernetes().len();
        let before = sent();
        loop {
            let (code, said) = self.run(words);
            let busy = said.contains(NOBODY) || said.contains(UNREAD);
            if code == 0 || !busy || sent() > before || began.elapsed() > PATIENCE {
                return (code, said);
            }
        }
    }

    /// What `drift --exit-code` comes to. Where not everything could be compared in its time, it is asked again.
    pub fn drift(&self) -> (i32, String) {
        let began = Instant::now();
        loop {
            let (code, said) = self.run(&["drift", "--exit-code"]);
            if code != 2 || began.elapsed() > PATIENCE {
                return (code, said);
            }
        }
    }

    pub fn ledger(&self) -> Vec<Value> {
        let (code, said) = self.run(&["ledger", "-o", "json"]);
        assert_eq!((code, self.run(&["ledger", "verify"]).0), (0, 0));
        serde_json::from_str(&said).unwrap()
    }

    /// Somebody edits the patch of all nodes, in a clone of his own, and pushes it. The commit.
    pub fn push(&self, value: &str) -> String {
        self.commit(&format!("Accept queues of {value}"), |clone| edit(clone, value))
    }

    /// Somebody changes files in a clone of his own, and pushes them. The commit.
    pub fn commit(&self, message: &str, change: impl FnOnce(&Path)) -> String {
        let clone = self.at("other");
        if !clone.exists() {
            git(self.dir.path(), &["clone", "-q", &remote(&self.at("repo")), &clone.to_string_lossy()]);
        }
        change(&clone);
        git(&clone, &["add", "--all"]);
        git(&clone, &["commit", "-qm", message]);
        git(&clone, &["push", "-q", "origin", "HEAD:main"]);
        git(&self.at("repo"), &["fetch", "-q"]);
        git(&clone, &["rev-parse", "HEAD"])
    }

    /// Somebody asks for another Talos on every node. The commit.
    pub fn bump(&self, version: &str) -> String {
        self.commit(&format!("Talos {version}"), |clone| {
            let path = clone.join("clusters/home/talos/talconfig.yaml");
            let text = std::fs::read_to_string(&path).unwrap();
            let lines = text.lines().map(|it| match it.starts_with("talosVersion:") {
                true => format!("talosVersion: {version}"),
                false => it.to_owned(),
            });
            std::fs::write(&path, lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
        })
    }

    /// Wait until the plan of a commit says so.
    pub fn until_planned(&self, revision: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let plan = self.plan(revision);
            if holds(&plan) {
                return plan;
            }
            assert!(began.elapsed() < PATIENCE, "never: {what}: {plan:#}");
        }
    }

    /// Everything that Kubernetes was asked to change: the verb, the path, and the digest of the body.
    pub fn kubernetes(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.at("mutations.jsonl")).unwrap();
        let lines = text.lines().map(|it| serde_json::from_str::<Value>(it).unwrap());
        lines.filter(|it| it["wire"] == "kubernetes").collect()
    }

    /// Everything that Talos was asked to change, but what was only asked about.
    pub fn changes(&self) -> Vec<Value> {
        let all = self.asked();
        let (dry, wet): (Vec<Value>, Vec<Value>) = all.into_iter().partition(|it| it["dry_run"] == true);
        assert!(dry.iter().all(|it| it["mode"] == "TRY"), "another mode ends somebody's trial: {dry:?}");
        wet
    }

    pub fn asked(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.at("mutations.jsonl")).unwrap();
        let lines = text.lines().map(|it| serde_json::from_str::<Value>(it).unwrap());
        lines.filter(|it| it["wire"] == "talos").collect()
    }
}

/// Whether a plan knows less of a node than it would, had it answered.
fn unanswered(node: &Value) -> bool {
    let says = |key: &str| node[key].as_str().unwrap_or_default();
    says("why").contains(UNREAD) || says("not_confirmed").starts_with("its dry run:")
}

pub fn git(folder: &Path, words: &[&str]) -> String {
    let who = ["-c", "user.name=Jon Vik", "-c", "user.email=jon@example.org", "-c", "commit.gpgSign=false"];
    let done = Command::new("git")
        .args(who)
        .args(words)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

pub fn remote(repository: &Path) -> String {
    git(repository, &["remote", "get-url", "origin"])
}

/// Set one sysctl of every node, whatever it was.
pub fn edit(clone: &Path, value: &str) {
    let path = clone.join(PATCH);
    let text = std::fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = text.lines().filter(|it| !it.contains("net.core.somaxconn")).collect();
    let (mark, line) = ("  sysctls:", format!("  sysctls:\n    net.core.somaxconn: \"{value}\""));
    let text = format!("{}\n", kept.join("\n")).replace(mark, &line);
    std::fs::write(&path, text).unwrap();
}

/// The words of an apply. What holds is believed soon: the world's trials go by faster than life.
pub fn apply<'a>(revision: &'a str, nodes: &[&'a str], names: &[&'a str]) -> Vec<&'a str> {
    [&apply_as_usual(revision, nodes, names)[..], &["--steady", "0.3"][..]].concat()
}

/// The same as a person says it: what holds for a moment only is not believed.
pub fn apply_as_usual<'a>(revision: &'a str, nodes: &[&'a str], names: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec!["apply", revision];
    nodes.iter().for_each(|it| words.extend(["--node", it]));
    names.iter().for_each(|it| words.extend(["--confirm", it]));
    words
}

pub fn effects(plan: &Value) -> Vec<(&str, &str)> {
    let nodes = plan["nodes"].as_array().unwrap().iter();
    nodes.map(|it| (it["node"].as_str().unwrap(), it["effect"].as_str().unwrap())).collect()
}

/// The digests of what a commit renders to.
pub fn rendered(plan: &Value) -> BTreeSet<String> {
    plan["nodes"].as_array().unwrap().iter().map(|it| it["rendered"].as_str().unwrap().to_owned()).collect()
}
