//! Engines that run for one test, started by `tests/engines/engines up --hold`.

use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// They end when this is dropped, and with the process of the test however that ends.
pub struct Engines {
    child: Child,
    input: Option<ChildStdin>,
    dir: tempfile::TempDir,
    report: Value,
}

impl Engines {
    /// Build what is missing, start these engines and what they need, and wait until all are ready. `options` are those
    /// of `engines up`.
    #[expect(clippy::print_stderr, reason = "the log of the gate names what ran, and in which version")]
    pub fn up(only: &[&str], options: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines/engines");
        let mut command = Command::new(program);
        command.arg("up").arg("--hold").arg("--dir").arg(dir.path().join("engines"));
        // Nobody waits for less long than the tests themselves.
        command.arg("--patience").arg(format!("{}s", 2 * crate::harness::PATIENCE.as_secs()));
        if !only.is_empty() {
            command.args(["--only", &only.join(",")]);
        }
        command.args(options).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        let mut said = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = loop {
            let Some(Ok(line)) = lines.next() else { break false };
            eprintln!("engines: {line}");
            said.push_str(&line);
            said.push('\n');
            if line.starts_with("They run until") {
                break true;
            }
        };
        assert!(ready, "the engines did not start: {said}{:?}", child.wait());
        let report = std::fs::read_to_string(dir.path().join("engines/engines.json")).unwrap();
        Self { child, input, dir, report: serde_json::from_str(&report).unwrap() }
    }

    /// All that the default world stands on.
    pub fn for_a_world() -> Self {
        let engines = [
            "argo-cd",
            "hetzner",
            "kube-controller-manager",
            "kube-scheduler",
            "talos-bootstrap",
            "talos-control-plane",
        ];
        Self::up(&engines, &["--cluster-name", "k8s"])
    }

    /// Where they left `engines.json`, credentials and logs.
    pub fn dir(&self) -> PathBuf {
        self.dir.path().join("engines")
    }

    /// A text of `engines.json` by its JSON pointer, such as `/gitea/url`.
    pub fn text(&self, pointer: &str) -> &str {
        self.report.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}"))
    }

    /// Where a program that was built for them is.
    pub fn program(&self, name: &str) -> PathBuf {
        PathBuf::from(self.text(&format!("/programs/{name}")))
    }

    /// `stop` or `start` single processes, by their names.
    pub fn tell(&self, verb: &str, processes: &[&str]) {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines/engines");
        let told = Command::new(program).arg(verb).arg("--dir").arg(self.dir()).args(processes).status();
        assert!(told.unwrap().success(), "engines {verb} {processes:?}");
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        drop(self.input.take());
        // It has stopped everything, or it is gone and everything with it.
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "on real engines; .ci/engines runs it"]
fn an_api_server_comes_up_and_goes() {
    let engines = Engines::up(&["kube-apiserver"], &[]);
    let kubectl = engines.program("kubectl");
    let version = || {
        let mut command = Command::new(&kubectl);
        let asked = command.arg("--kubeconfig").arg(engines.text("/kubernetes/kubeconfig")).arg("version");
        String::from_utf8_lossy(&asked.output().unwrap().stdout).into_owned()
    };
    assert!(version().contains("Server Version"), "{}", version());
    engines.tell("stop", &["kube-apiserver"]);
    assert!(!version().contains("Server Version"));
    engines.tell("start", &["kube-apiserver"]);
    assert!(version().contains("Server Version"));
}
