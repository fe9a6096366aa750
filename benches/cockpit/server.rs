//! An API server with pods and nodes in a process of its own, so that its work is not counted as the cockpit's; and
//! an endpoint that takes every connection and never says a word.

use crate::crowd::pod;
use serde_json::{Value, json};
use simulator::Clock;
use simulator::kubernetes::{ApiServer, Options, User};
use simulator::pki::{Authority, Identity, KeyKind, kubeconfig, talosconfig};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

pub const NODES: usize = 500;

/// The server's process, and the files that lead to it.
pub struct Server {
    dir: TempDir,
    child: Child,
}

impl Server {
    /// Start one with so many pods, of which so many change each second.
    pub fn start(pods: usize, changes: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["serve", &dir.path().display().to_string(), &pods.to_string(), &changes.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        Self { dir, child }
    }

    /// The paths of its kubeconfig, and of a talosconfig whose endpoint never answers.
    pub fn files(&self) -> (String, String) {
        let path = |name: &str| self.dir.path().join(name).display().to_string();
        (path("kubeconfig"), path("talosconfig"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The child: serve until the parent goes.
pub fn serve(arguments: &[String]) {
    let number = |at: usize| arguments[at].parse::<usize>().unwrap();
    let (dir, pods, changes) = (Path::new(&arguments[1]), number(2), number(3));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = api(dir, pods).await;
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let talos = Authority::new("talos", KeyKind::Ed25519).unwrap();
        let reader = talos.client("", &["os:reader"]).unwrap();
        let (endpoint, node) = (silent.local_addr().unwrap().to_string(), "10.0.0.1".to_owned());
        let text = talosconfig("bench", talos.cert_pem(), &reader, &[endpoint], &[node]);
        std::fs::write(dir.join("talosconfig"), text).unwrap();
        std::thread::spawn(move || {
            let _held: Vec<_> = silent.incoming().collect();
        });
        println!("ready");
        let mut line = String::new();
        // The parent never writes; its end closes this.
        let gone = tokio::task::spawn_blocking(move || std::io::stdin().read_line(&mut line));
        tokio::select! {
            _ = gone => {}
            () = change(&server, pods, changes) => {}
        }
    });
}

async fn api(dir: &Path, pods: usize) -> ApiServer {
    let authority = Authority::new("kubernetes", KeyKind::EcdsaP256).unwrap();
    let leaf = authority.server(&["127.0.0.1"]).unwrap();
    let mut options = Options::new(&leaf.cert_pem, &leaf.key_pem, authority.cert_pem(), Clock::running(1.0));
    options.controllers = false;
    options.seed = (0..NODES).map(node).chain((0..pods).map(|at| pod(at, 0))).collect();
    let groups = vec!["system:masters".into()];
    options.users.push(User { token: Some("t".into()), name: "t".into(), groups, forbidden: Vec::new() });
    let server = ApiServer::start(options).await.unwrap();
    let url = format!("https://{}", server.address());
    let text = kubeconfig("bench", &url, authority.cert_pem(), "t", &Identity::Token("t".into()));
    std::fs::write(dir.join("kubeconfig"), text).unwrap();
    server
}

/// Change pods here and there, a hundredth of a second's worth at a time; for ever where none shall change.
async fn change(server: &ApiServer, pods: usize, changes: usize) {
    if changes == 0 {
        return std::future::pending().await;
    }
    let mut tick = tokio::time::interval(Duration::from_millis(10));
    for turn in 0.. {
        tick.tick().await;
        for at in 0..changes / 100 {
            let number = turn * changes / 100 + at;
            server.put(pod(number * 7_919 % pods, 1 + number / pods));
        }
    }
}

fn node(at: usize) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": { "name": format!("worker-{at}"), "labels": { "node-role.kubernetes.io/worker": "" } },
        "status": { "conditions": [{ "type": "Ready", "status": "True" }],
            "nodeInfo": { "kubeletVersion": "v1.35.0", "osImage": "Talos (v1.12.2)", "kernelVersion": "6.18.1" } },
    })
}
