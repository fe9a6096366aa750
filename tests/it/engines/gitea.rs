//! A real forge: Gitea, asked by its API as its users, and somebody with a clone of a repository there.

use super::running::Engines;
use base64::Engine as _;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use tempfile::TempDir;

pub const PLANE: &str = "apiVersion: controlplane.cluster.x-k8s.io/v1alpha3\nkind: TalosControlPlane\nmetadata:\n  name: k8s-cp\nspec:\n  version: v1.35.0 # renovate\n  replicas: 3\n";

/// One for all tests: each has a repository of its own. It ends with the process.
static GITEA: LazyLock<Engines> = LazyLock::new(|| Engines::up(&["gitea"], &[]));

/// A repository there, and a clone of it in which somebody works.
pub struct Place {
    pub dir: TempDir,
    pub name: String,
}

/// `http://127.0.0.1:1234`
pub fn url() -> &'static str {
    GITEA.text("/gitea/url")
}

/// `ssh://git@127.0.0.1:1234`
pub fn ssh() -> &'static str {
    GITEA.text("/gitea/ssh")
}

/// The line of a `known_hosts` for it.
pub fn host_key() -> &'static str {
    GITEA.text("/gitea/ssh_host_key")
}

pub fn token(user: &str) -> &'static str {
    let at = ["skipper", "reviewer", "outsider"].iter().position(|it| *it == user).unwrap();
    GITEA.text(&format!("/gitea/users/{at}/token"))
}

/// Ask its API as a user: the status, and what it says.
pub fn ask(user: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    ask_by(&format!("token {}", token(user)), method, path, body)
}

/// A token of skipper's that may do no more than these, `read:repository`.
pub fn token_for(name: &str, scopes: &[&str]) -> String {
    let word = format!("skipper:{}", GITEA.text("/gitea/users/0/password"));
    let by = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(word));
    let (status, said) =
        ask_by(&by, "POST", "/users/skipper/tokens", &json!({ "name": name, "scopes": scopes }));
    assert_eq!(status, 201, "{said}");
    said["sha1"].as_str().unwrap().to_owned()
}

fn ask_by(authorization: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let host = url().strip_prefix("http://").unwrap();
    let body = body.to_string();
    let mut stream = TcpStream::connect(host).unwrap();
    // The older version of the protocol ends with the connection, and has no pieces.
    let head = format!(
        "{method} /api/v1{path} HTTP/1.0\r\nhost: {host}\r\nauthorization: {authorization}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    let (head, body) = said.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

/// The same of what is taken.
pub fn done(user: &str, method: &str, path: &str, body: &Value) -> Value {
    let (status, said) = ask(user, method, path, body);
    assert!((200..300).contains(&status), "{method} {path}: {status} {said}");
    said
}

pub fn git(folder: &Path, words: &[&str]) -> String {
    let who = ["-c", "init.defaultBranch=main", "-c", "user.name=Jon", "-c", "user.email=jon@example.org"];
    let mut command = Command::new("git");
    command.args(who).args(words).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
    let done = command.env("GIT_TERMINAL_PROMPT", "0").output().unwrap();
    assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

impl Place {
    /// Skipper's repository, with nothing in it and no clone yet. Reviewer may write it too.
    pub fn empty(name: &str) -> Self {
        done("skipper", "POST", "/user/repos", &json!({ "name": name, "default_branch": "main" }));
        let place = Self { dir: tempfile::tempdir().unwrap(), name: name.to_owned() };
        place.api("PUT", "/collaborators/reviewer", &json!({ "permission": "write" }));
        place
    }

    /// The same with one control plane in it, and skipper's clone.
    pub fn new(name: &str) -> Self {
        let place = Self::empty(name);
        git(place.dir.path(), &["init", "-q", "other"]);
        let other = place.dir.path().join("other");
        std::fs::write(other.join("cp.yaml"), PLANE).unwrap();
        git(&other, &["add", "."]);
        git(&other, &["commit", "-qm", "Begin"]);
        git(&other, &["push", "-q", &place.remote_of("skipper"), "HEAD:main"]);
        place.clone_as("skipper");
        place
    }

    /// Where it is, for those who are asked who they are.
    pub fn remote(&self) -> String {
        format!("{}/skipper/{}.git", url(), self.name)
    }

    /// The same with a user's token in it.
    pub fn remote_of(&self, user: &str) -> String {
        self.remote().replacen("http://", &format!("http://{user}:{}@", token(user)), 1)
    }

    /// A clone whose helper knows the user, and takes the token out of the environment.
    pub fn clone_as(&self, user: &str) {
        let _ = std::fs::remove_dir_all(self.repo());
        git(self.dir.path(), &["clone", "-q", &self.remote_of(user), "repo"]);
        for (key, value) in
            [("user.name", "Mara"), ("user.email", "mara@example.org"), ("commit.gpgSign", "false")]
        {
            git(&self.repo(), &["config", key, value]);
        }
        self.follow(user);
    }

    /// The clone's remote is the one there, and its helper knows a user and takes the token out of the environment.
    pub fn follow(&self, user: &str) {
        let helper =
            format!("!f() {{ echo username={user}; echo \"password=${{PUSH_TOKEN:-$GITEA_TOKEN}}\"; }}; f");
        git(&self.repo(), &["config", "remote.origin.url", &self.remote()]);
        git(&self.repo(), &["config", "credential.helper", &helper]);
    }

    /// Somebody else changes the file on the branch itself.
    pub fn other_pushes(&self, from: &str, to: &str) {
        let other = self.dir.path().join("other");
        git(&other, &["pull", "-q", "--ff-only", &self.remote_of("skipper"), "main"]);
        let text = std::fs::read_to_string(other.join("cp.yaml")).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(other.join("cp.yaml"), text.replace(from, to)).unwrap();
        git(&other, &["commit", "-qam", "Somebody else"]);
        git(&other, &["push", "-q", &self.remote_of("skipper"), "HEAD:main"]);
    }

    pub fn repo(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    /// Ask the API of the repository as its owner.
    pub fn api(&self, method: &str, path: &str, body: &Value) -> Value {
        done("skipper", method, &format!("/repos/skipper/{}{path}", self.name), body)
    }

    /// The variables by which somebody with a token is known, beside a home of one's own.
    pub fn variables(&self, user: &str) -> Vec<(&'static str, String)> {
        let at = |name: &str| self.dir.path().join(name).to_string_lossy().into_owned();
        vec![
            ("GITEA_HOST", url().to_owned()),
            ("GITEA_TOKEN", token(user).to_owned()),
            ("XDG_STATE_HOME", at("state")),
            ("XDG_CONFIG_HOME", at("config")),
            ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ]
    }

    pub fn run_with(&self, variables: &[(&str, String)], words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pilothouse"));
        for name in
            ["FORGEJO_HOST", "FORGEJO_TOKEN", "KUBECONFIG", "GIT_ASKPASS", "SSH_ASKPASS", "SSH_AUTH_SOCK"]
        {
            command.env_remove(name);
        }
        let variables = variables.iter().map(|(name, value)| (name, value));
        command.args(words).current_dir(self.repo()).env("HOME", self.dir.path()).envs(variables);
        command.output().unwrap()
    }

    /// Exit status, and all that it said.
    pub fn run(&self, variables: &[(&str, String)], words: &[&str]) -> (i32, String) {
        let done = self.run_with(variables, words);
        let said = [done.stdout, done.stderr].concat();
        (done.status.code().unwrap(), String::from_utf8(said).unwrap())
    }

    /// As skipper: done, and what it said.
    pub fn done(&self, words: &[&str]) -> String {
        self.done_with(&[], words)
    }

    /// The same with more variables.
    pub fn done_with(&self, variables: &[(&'static str, &str)], words: &[&str]) -> String {
        let more = variables.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let all: Vec<_> = self.variables("skipper").into_iter().chain(more).collect();
        let (code, said) = self.run(&all, words);
        assert_eq!(code, 0, "{words:?}: {said}");
        said
    }

    /// One edit, committed. The commit.
    pub fn committed(&self, field: &str, value: &str, message: &str) -> String {
        self.done(&["edit", "set", "cp.yaml", field, value]);
        self.done(&["commit", "-m", message]).trim().to_owned()
    }

    /// The newest change, as `changes` tells it.
    pub fn change(&self) -> Value {
        let (code, said) = self.run(&self.variables("skipper"), &["changes", "-o", "json"]);
        assert_eq!(code, 0, "{said}");
        let all: Value = serde_json::from_str(&said).unwrap();
        all.as_array().unwrap().last().unwrap().clone()
    }

    /// How its pull request fares.
    pub fn says(&self) -> String {
        self.change()["proposal"]["says"].as_str().unwrap_or_default().to_owned()
    }

    /// Wait until it fares so.
    pub fn until_says(&self, says: &str) {
        let began = std::time::Instant::now();
        loop {
            let said = self.says();
            if said == says {
                return;
            }
            assert!(began.elapsed() < crate::harness::PATIENCE, "never {says:?}, but {said:?}");
        }
    }

    /// The commit of a branch there; none where it has none of that name.
    pub fn tip(&self, branch: &str) -> Option<String> {
        let path = format!("/repos/skipper/{}/branches/{branch}", self.name);
        let (status, said) = ask("skipper", "GET", &path, &Value::Null);
        (status == 200).then(|| said["commit"]["id"].as_str().unwrap().to_owned())
    }
}
