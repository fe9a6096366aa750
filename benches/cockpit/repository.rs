//! What reading a large repository costs: cold, and after an edit.

use crate::{middle, say};
use backends::git::Inspector;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const COMMITS: usize = 30_000;
const FILES: usize = 2_000;
const TURNS: usize = 5;

pub fn measure() {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q", "-b", "main"]);
    import(dir.path(), &history());
    let mut inspector = Inspector::default();
    let cold = (0..TURNS).map(|_| {
        inspector = Inspector::default();
        timed(&mut inspector, dir.path())
    });
    let cold = middle(cold.collect::<Vec<_>>().into_iter());
    let after = (0..TURNS).map(|turn| {
        import(dir.path(), &edit(turn));
        timed(&mut inspector, dir.path())
    });
    let after = middle(after.collect::<Vec<_>>().into_iter());
    let what = format!("repository of {COMMITS} commits and {FILES} YAML files read");
    say(&what, &format!("{cold:.0} ms cold, {after:.0} ms after an edit"));
}

fn timed(inspector: &mut Inspector, folder: &Path) -> f64 {
    let began = Instant::now();
    let found = inspector.inspect(folder).unwrap();
    assert_eq!(found.repository.yaml_files as usize, FILES + 1);
    assert_eq!(found.clusters.len(), 1);
    began.elapsed().as_secs_f64() * 1e3
}

/// A file as such repositories have them: an application, a release of a chart, a workload.
fn file(at: usize, version: usize) -> (String, String) {
    let path = format!("apps/ns-{}/app-{at}/app.yaml", at % 50);
    let head = format!("metadata:\n  name: app-{at}\n  namespace: ns-{}\n", at % 50);
    let text = match at % 4 {
        0 => format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\n{head}spec:\n  source:\n    repoURL: https://h.example/a/b\n    path: apps/ns-{}/app-{at}\n    targetRevision: HEAD\n",
            at % 50
        ),
        1 => format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n{head}spec:\n  chart:\n    spec:\n      chart: app\n      version: 1.{version}.0\n"
        ),
        2 => format!(
            "# a comment\napiVersion: v1\nkind: ConfigMap\n{head}data:\n  a: |\n    one\n    two {version}\n"
        ),
        _ => String::new(),
    };
    let mut more = text;
    let _ = write!(
        more,
        "---\napiVersion: apps/v1\nkind: Deployment\n{head}spec:\n  replicas: {version}\n  template:\n    spec:\n      containers:\n"
    );
    for it in 0..4 {
        let _ = write!(
            more,
            "        - name: c{it}\n          image: registry.example/app-{at}:v1.{version}.{it}\n          env:\n            - {{name: A, value: b}}\n          resources:\n            requests: {{cpu: 100m, memory: 64Mi}}\n            limits: {{memory: 128Mi}}\n"
        );
    }
    (path, more)
}

fn history() -> String {
    let talconfig = "clusterName: home\ntalosVersion: v1.13.2\nkubernetesVersion: v1.35.0\nnodes:\n  - hostname: a\n    ipAddress: 10.0.0.1\n";
    let mut stream = commit(0, &[("talconfig.yaml".into(), talconfig.into())], "");
    for at in 0..COMMITS {
        stream.push_str(&commit(at + 1, &[file(at % FILES, at / FILES)], ""));
    }
    stream
}

fn edit(turn: usize) -> String {
    commit(COMMITS + 1 + turn, &[file(turn, 1_000 + turn)], "from refs/heads/main^0\n")
}

fn commit(at: usize, files: &[(String, String)], from: &str) -> String {
    let mut said = format!(
        "commit refs/heads/main\ncommitter Ada <ada@example.org> {} +0000\ndata 1\nx\n{from}",
        1_700_000_000 + at
    );
    for (path, text) in files {
        let _ = write!(said, "M 100644 inline {path}\ndata {}\n{text}\n", text.len());
    }
    said
}

fn git(folder: &Path, words: &[&str]) {
    assert!(Command::new("git").args(words).current_dir(folder).status().unwrap().success());
}

fn import(folder: &Path, stream: &str) {
    let mut git = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    git.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(git.wait().unwrap().success());
}
