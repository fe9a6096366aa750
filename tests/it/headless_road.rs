//! The road of a change without a screen: set, show, commit, push, revert, against real repositories.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PLANE: &str = "apiVersion: controlplane.cluster.x-k8s.io/v1alpha3\nkind: TalosControlPlane\nmetadata:\n  name: k8s-cp\nspec:\n  version: v1.35.0 # renovate\n  replicas: 3\n";

struct Bench {
    dir: tempfile::TempDir,
}

fn git(folder: &Path, args: &[&str]) -> String {
    let done = Command::new("git")
        .args(["-c", "init.defaultBranch=main", "-c", "user.name=Jon", "-c", "user.email=jon@example.org"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        git(root, &["init", "-q", "--bare", "remote.git"]);
        git(root, &["clone", "-q", "remote.git", "other"]);
        let other = root.join("other");
        std::fs::write(other.join("cp.yaml"), PLANE).unwrap();
        std::fs::write(other.join("talconfig.yaml"), "clusterName: a\ntalosVersion: v1.11.1\n").unwrap();
        git(&other, &["add", "."]);
        git(&other, &["commit", "-qm", "Begin"]);
        git(&other, &["push", "-q", "origin", "HEAD:main"]);
        git(root, &["clone", "-q", "remote.git", "repo"]);
        let repo = root.join("repo");
        for (key, value) in
            [("user.name", "Mara"), ("user.email", "mara@example.org"), ("commit.gpgSign", "false")]
        {
            git(&repo, &["config", key, value]);
        }
        Self { dir }
    }

    fn repo(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pilothouse"));
        for name in ["GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "FORGEJO_TOKEN", "GITEA_TOKEN", "KUBECONFIG"]
        {
            command.env_remove(name);
        }
        command
            .args(words)
            .current_dir(self.repo())
            .env("XDG_STATE_HOME", self.dir.path().join("state"))
            .env("XDG_CONFIG_HOME", self.dir.path().join("config"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap()
    }

    /// Done, and what it printed.
    fn done(&self, words: &[&str]) -> String {
        let done = self.run(words);
        let said = format!("{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(done.status.code(), Some(0), "{said}");
        String::from_utf8(done.stdout).unwrap()
    }

    /// Refused, and why.
    fn refused(&self, words: &[&str]) -> String {
        let done = self.run(words);
        let said = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(1), "{words:?}: {said}");
        said
    }

    fn json(&self, words: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.done(&[words, &["-o", "json"]].concat())).unwrap()
    }

    fn main(&self) -> String {
        git(&self.dir.path().join("remote.git"), &["rev-parse", "main"])
    }
}

#[test]
fn a_change_goes_its_whole_road_without_a_screen_and_back() {
    let bench = Bench::new();
    let begin = bench.main();
    let said = bench.done(&["edit", "set", "cp.yaml", "spec.version", "v1.35.2"]);
    assert_eq!(said, "cp.yaml:6  spec.version  v1.35.0 → v1.35.2\n");
    bench.done(&["edit", "set", "talconfig.yaml", "talosVersion", "v1.11.2"]);
    // A second set of the same value is the same draft.
    bench.done(&["edit", "set", "cp.yaml", "spec.version", "v1.35.1"]);
    let shown = bench.json(&["edit", "show"]);
    let shown = shown.as_array().unwrap();
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert_eq!(shown[0]["field"], "spec.version");
    let diff = shown[0]["diff"].to_string();
    assert!(
        diff.contains("-  version: v1.35.0 # renovate") && diff.contains("+  version: v1.35.1"),
        "{diff}"
    );
    assert_eq!(shown[1]["path"], "talconfig.yaml");
    assert!(shown[0]["checks"].to_string().contains("only 1 value differs"), "{}", shown[0]["checks"]);
    assert!(bench.done(&["edit", "show"]).contains("+   version: v1.35.1 # renovate"));

    let commit = bench.done(&["commit", "-m", "Bump it\n\nbecause"]).trim().to_owned();
    assert_eq!(bench.main(), begin, "committing publishes nothing");
    let repo = bench.repo();
    assert_eq!(git(&repo, &["show", "-s", "--format=%B", &commit]), "Bump it\n\nbecause");
    assert_eq!(git(&repo, &["diff", "--name-only", "origin/main", &commit]), "cp.yaml\ntalconfig.yaml");
    assert_eq!(bench.json(&["changes"])[0]["stage"], "committed");
    assert!(bench.done(&["push"]).contains("to main"));
    assert_eq!(bench.main(), commit);
    let changes = bench.json(&["changes"]);
    assert_eq!((&changes[0]["stage"], &changes[0]["commit"]), (&"pushed".into(), &commit.clone().into()));

    let said = bench.done(&["revert", &commit[..9]]);
    assert!(said.contains("cp.yaml  Revert \"Bump it\""), "{said}");
    let back = bench.done(&["commit"]).trim().to_owned();
    let message = git(&repo, &["show", "-s", "--format=%B", &back]);
    assert_eq!(message, format!("Revert \"Bump it\"\n\nThis reverts commit {commit}."));
    assert_eq!(git(&repo, &["diff", &begin, &back]), "", "all is as it was");
    bench.done(&["push"]);
    assert_eq!(bench.main(), back);
    assert_eq!(git(&repo, &["status", "--porcelain"]), "", "the work tree is the operator's");
    git(&repo, &["fsck", "--strict"]);
    let ledger = bench.done(&["ledger"]);
    assert!(ledger.contains("pushed") && ledger.contains("committed"), "{ledger}");
    bench.done(&["ledger", "verify"]);
}

#[test]
fn what_cannot_go_on_says_why_and_ends_with_1() {
    let bench = Bench::new();
    assert!(bench.refused(&["commit"]).contains("there is no draft to commit"));
    assert!(bench.refused(&["push"]).contains("nothing is committed"));
    assert!(bench.refused(&["edit", "set", "no.yaml", "a", "1"]).contains("no no.yaml in commit"));
    assert!(bench.refused(&["edit", "set", "/etc/passwd", "a", "1"]).contains("is not in the repository"));
    assert!(bench.refused(&["edit", "set", "cp.yaml", "spec.verison", "1"]).contains("spec has"));
    assert!(bench.refused(&["revert", &bench.main()]).contains("is the first commit"));
    // A secret does not enter.
    bench.done(&["edit", "set", "talconfig.yaml", "clusterName", &format!("ghp_{}", "a1B2".repeat(9))]);
    let shown = bench.run(&["edit", "show"]);
    assert_eq!(shown.status.code(), Some(1));
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(text.contains("clusterName would be a token of GitHub in clear"), "{text}");
    assert!(bench.refused(&["commit", "-m", "x"]).contains("would be a token of GitHub in clear"));
    let nowhere = bench.run(&["edit", "show", "--repo", "/"]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", String::from_utf8_lossy(&nowhere.stderr));
}

#[test]
fn a_lost_race_makes_it_a_draft_again_and_a_pull_request_goes_beside_the_branch() {
    let bench = Bench::new();
    bench.done(&["edit", "set", "cp.yaml", "spec.replicas", "5"]);
    bench.done(&["commit", "-m", "Scale up"]);
    let other = bench.dir.path().join("other");
    std::fs::write(other.join("cp.yaml"), PLANE.replace("v1.35.0", "v1.35.1")).unwrap();
    git(&other, &["commit", "-qam", "Somebody else"]);
    git(&other, &["push", "-q", "origin", "HEAD:main"]);
    let moved = bench.main();
    let said = bench.refused(&["push"]);
    assert!(said.contains("main moved on meanwhile") && said.contains("it is a draft again"), "{said}");
    assert_eq!(bench.json(&["changes"])[0]["stage"], "draft");
    let again = bench.done(&["commit"]).trim().to_owned();
    let said = bench.done(&["push", "--pr"]);
    assert!(said.contains("offered as pilothouse/scale-up"), "{said}");
    assert_eq!(bench.main(), moved, "the branch itself is left alone");
    let remote = bench.dir.path().join("remote.git");
    assert_eq!(git(&remote, &["rev-parse", "pilothouse/scale-up"]), again);
    let changes = bench.json(&["changes"]);
    assert_eq!((&changes[0]["stage"], &changes[0]["proposal"]["onto"]), (&"offered".into(), &"main".into()));
    // Merged by hand: the next look sees it.
    git(&other, &["fetch", "-q"]);
    git(&other, &["merge", "-q", "--no-edit", "origin/pilothouse/scale-up"]);
    git(&other, &["push", "-q", "origin", "HEAD:main"]);
    assert_eq!(bench.json(&["changes"])[0]["stage"], "pushed");
}
