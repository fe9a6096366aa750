//! Pushes to a real server as people are let in there: by what their git knows, over HTTP, and over SSH by an agent's key
//! with the OpenSSH client. Whatever stands in the way is told on the cockpit's own screen, in its own words and in
//! bounded time, and nobody else writes on the terminal.

use super::gitea::{Place, done, git, host_key, ssh, url};
use crate::harness::{Terminal, script};
use serde_json::json;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// What git and ssh write on a terminal where they have one.
const THEIRS: [&str; 6] =
    ["(yes/no", "Username for '", "Password for '", "password: ", "passphrase", "Permanently added"];

/// Whether one of them has written something on it. What the cockpit tells of them is its own.
fn written(out: &str) -> Option<&'static str> {
    let out = out.replace("could not read Username for '", "").replace("could not read Password for '", "");
    THEIRS.into_iter().find(|it| out.contains(it))
}

/// A cockpit with a commit that waits to be pushed, before the question whether it shall be.
struct Pushing {
    terminal: Terminal,
}

impl Pushing {
    fn new(place: &Place, variables: &[(&str, &str)]) -> Self {
        place.committed("spec.replicas", "5", "Scale up");
        let own = place.variables("skipper");
        let own = own.iter().map(|(name, value)| (*name, value.as_str()));
        let all: Vec<(&str, &str)> = own.chain(variables.iter().copied()).collect();
        let repo = place.repo().to_string_lossy().into_owned();
        let mut terminal = Terminal::start_with(&["--repo", &repo], (200, 40), place.dir.path(), &all);
        terminal.until("main is at");
        terminal.press("8");
        terminal.until("not pushed");
        Self { terminal }
    }

    /// Push, and wait for what is said of it beside the draft, to its end.
    fn refused(&mut self, says: &[&str]) {
        self.push(&format!("it says {says:?}"), |screen| {
            let beside =
                screen.lines().filter_map(|it| it.split_once('│')).map(|it| it.1.trim_end_matches('│'));
            let said = beside.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
            said.contains("NOT PUSHED") && says.iter().all(|it| said.contains(it))
        });
        self.nobody_wrote();
    }

    /// Push, and wait until it is taken.
    fn taken(&mut self) {
        let row = |it: &str| it.contains("Scale up") && it.contains("pushed ") && it.contains(" ago");
        self.push("it is pushed", |screen| screen.lines().any(row));
        self.nobody_wrote();
    }

    fn push(&mut self, what: &str, holds: impl Fn(&str) -> bool) {
        self.terminal.press("P");
        self.terminal.until("┌ Push");
        self.terminal.press("y");
        self.terminal.until_that(what, holds);
    }

    /// Nobody but the cockpit has written anything since it began.
    fn nobody_wrote(&self) {
        let out: Vec<u8> = self.terminal.output().into_iter().flat_map(|(_, bytes)| bytes).collect();
        assert_eq!(written(&String::from_utf8_lossy(&out)), None);
    }
}

/// An address of this machine where nobody listens.
fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
#[ignore = "on real engines; .ci/engines runs it"]
fn over_http_by_what_git_knows() {
    let place = Place::new("over-http");
    let (repo, token) = (place.repo(), super::gitea::token("skipper"));
    let set = |key: &str, value: &str| git(&repo, &["config", key, value]);
    // A helper by its program, as most have one; the program that asks; and nobody at all.
    let helper = place.dir.path().join("helper");
    script(&helper, &format!("[ \"$1\" = get ] && echo username=skipper && echo password={token}"));
    let askpass = place.dir.path().join("askpass");
    script(&askpass, &format!("case \"$1\" in Username*) echo skipper;; *) echo {token};; esac"));
    let (helper, askpass) = (helper.to_string_lossy(), askpass.to_string_lossy());
    let push = |message: &str, field: &str, value: &str, variables: &[(&'static str, String)]| {
        let commit = place.committed(field, value, message);
        let all = [place.variables("skipper"), variables.to_vec()].concat();
        let (code, said) = place.run(&all, &["push"]);
        assert_eq!(written(&said), None, "{said}");
        assert!(!said.contains(token), "{said}");
        ((code, said), place.tip("main") == Some(commit))
    };
    set("credential.helper", &helper);
    let ((code, said), there) = push("By a helper", "spec.replicas", "5", &[]);
    assert!(code == 0 && there, "{said}");
    set("credential.helper", "");
    let ((code, said), there) =
        push("By a program", "spec.replicas", "6", &[("GIT_ASKPASS", askpass.to_string())]);
    assert!(code == 0 && there, "{said}");
    let ((code, said), there) = push("By nobody", "spec.replicas", "7", &[]);
    assert!(code == 1 && !there && said.contains("the remote does not let us in"), "{said}");
    assert!(said.contains("set a credential helper"), "{said}");
    // What waits goes with the first that is let in.
    set("credential.helper", &helper);
    place.done(&["push"]);
    assert_eq!(place.change()["stage"], json!("pushed"));
}

#[test]
#[ignore = "on real engines; .ci/engines runs it"]
fn a_server_that_is_dead_is_told_on_the_screen() {
    let place = Place::new("dead");
    let repo = place.repo();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = silent.local_addr().unwrap();
    let command = format!("ssh -F none -o UserKnownHostsFile={}/none", place.dir.path().display());
    let mut pushing = Pushing::new(&place, &[("GIT_SSH_COMMAND", &command)]);
    let to = |remote: String| git(&repo, &["config", "remote.origin.url", &remote]);
    to(format!("http://{}/skipper/dead.git", closed()));
    pushing.refused(&[
        "the remote cannot be reached",
        "nothing was pushed; the commit is kept, and P tries again",
    ]);
    to(format!("ssh://git@{}/skipper/dead.git", closed()));
    pushing.refused(&["the remote cannot be reached (ssh: connect to host 127.0.0.1", "P tries again"]);
    // It takes the connection, and never says a word.
    to(format!("ssh://git@{at}/skipper/dead.git"));
    pushing.refused(&["the remote cannot be reached (Connection to 127.0.0.1 port"]);
    to(place.remote());
    pushing.taken();
    drop(silent);
}

/// An agent of OpenSSH with one key, which is nowhere else; it ends with this.
struct Agent {
    child: Child,
    socket: PathBuf,
}

impl Agent {
    fn new(place: &Place) -> Self {
        let at = |name: &str| place.dir.path().join(name);
        let (key, socket) = (at("key"), at("agent.sock"));
        let mut command = Command::new("ssh-agent");
        command.arg("-D").arg("-a").arg(&socket).stdout(Stdio::null());
        let child = command.spawn().unwrap();
        let agent = Self { child, socket };
        let keygen = ["-q", "-t", "ed25519", "-N", "", "-C", "skipper", "-f"];
        assert!(Command::new("ssh-keygen").args(keygen).arg(&key).status().unwrap().success());
        // It takes a moment until it listens.
        let began = std::time::Instant::now();
        let add = || {
            let mut command = Command::new("ssh-add");
            command.arg("-q").arg(&key).env("SSH_AUTH_SOCK", &agent.socket).stderr(Stdio::null());
            command.status().unwrap().success()
        };
        while !add() {
            assert!(began.elapsed() < crate::harness::PATIENCE, "the agent takes no key");
        }
        let public = std::fs::read_to_string(at("key.pub")).unwrap();
        done("skipper", "POST", "/user/keys", &json!({"title": place.name, "key": public}));
        std::fs::remove_file(key).unwrap();
        agent
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "on real engines; .ci/engines runs it"]
#[expect(clippy::print_stderr, reason = "whoever runs the tests shall know what was not tested")]
fn over_ssh_by_the_key_of_an_agent() {
    if Command::new("ssh").arg("-V").output().is_err() {
        eprintln!("skipped: there is no OpenSSH client here (apt-get install openssh-client)");
        return;
    }
    let place = Place::new("over-ssh");
    let agent = Agent::new(&place);
    let known = place.dir.path().join("known_hosts");
    // The person's own configuration and hosts are left alone.
    let command =
        format!("ssh -F none -o UserKnownHostsFile={} -o GlobalKnownHostsFile=/dev/null", known.display());
    let socket = agent.socket.to_string_lossy().into_owned();
    let variables = [("GIT_SSH_COMMAND", command.as_str()), ("SSH_AUTH_SOCK", &socket)];
    let mut pushing = Pushing::new(&place, &variables);
    git(&place.repo(), &["config", "remote.origin.url", &format!("{}/skipper/over-ssh.git", ssh())]);
    pushing.refused(&[
        "the key of the remote's host is not known here, so it was not trusted",
        "compare its key",
    ]);
    assert!(!known.exists(), "and it is not remembered");
    // Another host's key than the one that answers.
    let other = place.dir.path().join("other-host");
    let keygen = ["-q", "-t", "rsa", "-N", "", "-f"];
    assert!(Command::new("ssh-keygen").args(keygen).arg(&other).status().unwrap().success());
    let public = std::fs::read_to_string(other.with_extension("pub")).unwrap();
    let host = host_key().split(' ').next().unwrap();
    let words = public.split(' ').take(2).collect::<Vec<_>>().join(" ");
    std::fs::write(&known, format!("{host} {words}\n")).unwrap();
    pushing
        .refused(&["the key of the remote's host is another one than it was", "somebody may be in between"]);
    std::fs::write(&known, format!("{}\n", host_key())).unwrap();
    pushing.taken();
    drop(pushing);
    // A pull request of a remote that is reached by SSH is made where the environment says that its web is.
    place.done_with(&variables, &["edit", "set", "cp.yaml", "spec.version", "v1.35.2"]);
    place.done_with(&variables, &["commit", "-m", "Bump it"]);
    let said = place.done_with(&variables, &["push", "--pr"]);
    assert!(said.contains(&format!("offered as #1: {}/skipper/over-ssh/pulls/1", url())), "{said}");
    // Without a key nobody is let in, and nobody is asked for one.
    drop(agent);
    place.done_with(&variables, &["edit", "set", "cp.yaml", "spec.version", "v1.35.3"]);
    place.done_with(&variables, &["commit", "-m", "Bump it once more"]);
    let all = [place.variables("skipper"), own(&variables)].concat();
    let (code, said) = place.run(&all, &["push"]);
    assert!(code == 1 && said.contains("the remote does not let us in"), "{said}");
    assert!(said.contains("put the key into an agent"), "{said}");
}

fn own(variables: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}
