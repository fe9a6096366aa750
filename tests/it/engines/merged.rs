//! A world whose delivery engine reads from a real forge: what is offered there is approved and merged by others, and goes
//! on until the machines are what it says.

use super::gitea::{Place, done, git, url};
use crate::harness::{Program, Terminal};
use serde_json::json;

#[test]
#[ignore = "on real engines; .ci/engines runs it"]
fn what_is_merged_there_goes_on_until_it_is_verified() {
    let place = Place::empty("lighthouse");
    let word = |name: &str| place.dir.path().join(name).to_string_lossy().into_owned();
    let arguments = ["demo", "--serve", &word("world"), "--speed", "20", "--until-eof"];
    let mut world = Program::start(&arguments, &[], place.dir.path());
    world.until("the world is ready", |line| line.starts_with("ready"));
    std::os::unix::fs::symlink(word("world/repo"), place.repo()).unwrap();
    // The team moves to another host as every team does: by a commit that says so, on the old one for the last time.
    let (repo, old) = (place.repo(), git(&place.repo(), &["remote", "get-url", "origin"]));
    for file in std::fs::read_dir(repo.join("argocd")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace(&old, &place.remote())).unwrap();
    }
    git(&repo, &["commit", "-qam", "Gitea is where we are from now on"]);
    git(&repo, &["push", "-q", &place.remote_of("skipper"), "HEAD:main"]);
    git(&repo, &["push", "-q", "origin", "HEAD:main"]);
    place.follow("skipper");
    let rule = json!({"rule_name": "main", "enable_push": false, "required_approvals": 1});
    place.api("POST", "/branch_protections", &rule);
    place.done(&["edit", "set", "cluster-api/control-plane.yaml", "spec.version", "v1.35.2"]);
    place.done(&["commit", "-m", "Kubernetes 1.35.2"]);

    let (kubeconfig, talosconfig) = (word("world/kubeconfig"), word("world/talosconfig"));
    let arguments = ["--kubeconfig", &kubeconfig, "--talosconfig", &talosconfig, "--repo", &word("repo")];
    let variables = place.variables("skipper");
    let variables: Vec<(&str, &str)> = variables.iter().map(|it| (it.0, it.1.as_str())).collect();
    let mut terminal = Terminal::start_with(&arguments, (160, 45), place.dir.path(), &variables);
    terminal.until("6 of 6 ready");
    terminal.until("main is at");
    terminal.press("8");
    terminal.until("not pushed");
    terminal.press("P");
    terminal.until("┌ Push");
    terminal.press("y");
    terminal.until("NOT PUSHED");
    terminal.until("P offers it as a pull request");
    terminal.press("P");
    terminal.until("a pull request  from a branch of its own");
    terminal.press("y");
    terminal.until(&format!("offered as #1: {}/skipper/lighthouse/pulls/1", url()));
    terminal.until("#1: an approval is wanted");
    let review = json!({"event": "APPROVED", "body": "good"});
    done("reviewer", "POST", "/repos/skipper/lighthouse/pulls/1/reviews", &review);
    let merge = json!({"Do": "squash", "delete_branch_after_merge": true});
    place.api("POST", "/pulls/1/merge", &merge);
    let landed = place.tip("main").unwrap();
    terminal.press("1");
    terminal.until_that("the machines are what was merged", |screen| {
        screen.contains("ARRIVED") && screen.contains(&landed[..7])
    });
}
