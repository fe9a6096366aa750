//! The cockpit on a bad day: API servers that hang, break off or talk nonsense, kubeconfigs that are wrong, and texts
//! that would steer a terminal. It says what is wrong, and obeys nobody.

use crate::harness::cockpit::Cockpit;
use app::{Model, Page, Place, Tab, queries};
use backends::Sources;
use domain::{KindRef, ObjectRef, Source};
use futures::future::join_all;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Value, json};
use simulator::Clock;
use simulator::kubernetes::{ApiServer, Options};
use simulator::pki::{Authority, Identity, KeyKind, kubeconfig};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use views::Theme;

/// What no error, no screen and no file may hold.
const SECRET: &str = "t0ps3cret";

fn says(model: &Model, source: Source) -> String {
    let mark = queries::sources::marks(model).into_iter().find(|it| it.source == source);
    mark.map(|it| it.says).unwrap_or_default()
}

/// Serve the same bytes to whoever asks; none: never say anything. Answers where.
async fn serve(answer: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            match answer {
                None => held.push(stream),
                Some(answer) => {
                    tokio::spawn(async move {
                        let _ = stream.read(&mut [0; 4096]).await;
                        let _ = stream.write_all(answer.as_bytes()).await;
                    });
                }
            }
        }
    });
    format!("http://{at}")
}

/// What Kubernetes is said to be, with this kubeconfig, once it is said to be anything but connecting.
async fn kube_of(dir: &Path, name: &str, text: &str, wanted: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    let mut cockpit = Cockpit::of(Sources { kubeconfig: Some(path), ..Sources::default() });
    let hears = |it: &Model| says(it, Source::Kube).contains(wanted);
    cockpit.until(&format!("{name}: {wanted}"), hears).await;
    let said = says(&cockpit.model, Source::Kube);
    assert!(!said.contains(SECRET), "{name}: {said}");
    assert!(!said.chars().any(domain::unseen), "{name}: {said:?}");
    said
}

fn at(server: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{{name: a, context: {{cluster: a, user: a}}}}]\n\
         clusters: [{{name: a, cluster: {{server: '{server}'}}}}]\nusers: [{{name: a, user: {{token: {SECRET}}}}}]\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_server_that_misbehaves_is_described() {
    let dir = tempfile::tempdir().unwrap();
    let cases = [
        ("hangs", None, "nothing was heard for 20 s"),
        ("resets", Some(""), "connection"),
        ("no-http", Some("SSH-2.0-OpenSSH_9.2\r\n"), "invalid HTTP"),
        (
            "forbids",
            Some(
                "HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n{\"message\":\"nobody \\u001b[2Jgets in here\"}\n",
            ),
            "forbidden: nobody gets in here",
        ),
        ("signed-out", Some("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"), "not signed in"),
        (
            "fails",
            Some("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 21\r\n\r\netcdserver: no leader"),
            "the server answered 500: etcdserver: no leader",
        ),
        (
            "proxy",
            Some(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 25\r\n\r\n<html>Please log in<html>",
            ),
            "an answer cannot be read",
        ),
        (
            "redirects",
            Some("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/login\r\ncontent-length: 0\r\n\r\n"),
            "the server answered 302",
        ),
        (
            "half",
            Some(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{\"kind\":\"APIGroupDiscove",
            ),
            "an answer cannot be read",
        ),
        (
            "cut-off",
            Some(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"kind\":",
            ),
            "end of file before message length reached",
        ),
    ];
    let dir = dir.path();
    join_all(cases.map(|(name, answer, wanted)| async move {
        let server = serve(answer).await;
        kube_of(dir, name, &at(&server), wanted).await;
    }))
    .await;
    kube_of(dir, "nobody", &at("http://127.0.0.1:1"), "refused").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kubeconfig_that_is_wrong_is_described_without_its_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let good = at("http://127.0.0.1:1");
    let cases = [
        ("empty", String::new(), "not configured"),
        ("garbage", format!("\u{1b}[2J{SECRET}: ["), "not configured"),
        ("misplaced", good.replace(&format!("{{token: {SECRET}}}"), SECRET), "not a kubeconfig"),
        ("unquoted", good.replace("users: [", &format!("users: {SECRET} [")), "not a kubeconfig"),
        ("no-context", good.replace("current-context: a", "current-context: \"b\\e[2J\""), "context"),
        ("no-server", good.replace("server:", "servant:"), "not configured"),
        ("no-file", good.replace(&format!("token: {SECRET}"), "client-certificate: /nowhere"), "/nowhere"),
        (
            "no-program",
            good.replace(&format!("token: {SECRET}"), "exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-program, installHint: install it}"),
            "there is no sign-in program `no-such-program`: install it",
        ),
    ];
    for (name, text, wanted) in cases {
        kube_of(dir.path(), name, &text, wanted).await;
    }
    let mut folder = Cockpit::of(Sources { kubeconfig: Some(dir.path().to_owned()), ..Sources::default() });
    folder.until("a folder is no kubeconfig", |it| says(it, Source::Kube).contains("directory")).await;
}

/// Everything that a terminal would obey, and what hides in plain text.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]52;c;cm0gLXJmIH4=\u{7}\u{9b}31m\r\u{8}\u{202e}evil\u{2066}\u{200b}y\u{feff}日本\u{1f680}e\u{301}\u{301}\u{301}";

async fn hostile_server(dir: &Path) -> (ApiServer, Sources) {
    let authority = Authority::new("kubernetes", KeyKind::EcdsaP256).unwrap();
    let leaf = authority.server(&["127.0.0.1"]).unwrap();
    let mut options = Options::new(&leaf.cert_pem, &leaf.key_pem, authority.cert_pem(), Clock::running(1.0));
    options.controllers = false;
    options.pod_logs = Some(Arc::new(|_, _, _, _| vec![format!("2026-11-21T08:00:00Z {HOSTILE}")]));
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "p", "namespace": "default", "annotations": {"a": HOSTILE}, "labels": {"l": HOSTILE}},
        "spec": {"nodeName": HOSTILE, "containers": [{"name": "c", "image": HOSTILE, "env": [{"name": HOSTILE, "value": HOSTILE}]}]},
        "status": {"phase": "Running", "reason": HOSTILE, "message": HOSTILE, "podIP": HOSTILE, "containerStatuses": [
            {"name": "c", "ready": true, "state": {"running": {"startedAt": "2026-11-21T08:00:00Z"}},
             "lastState": {"terminated": {"reason": HOSTILE, "message": HOSTILE, "exitCode": 1}}}]},
    });
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "default"},
        "involvedObject": {"kind": "Pod", "namespace": "default", "name": "p"},
        "type": HOSTILE, "reason": HOSTILE, "message": HOSTILE, "lastTimestamp": "2026-11-21T08:00:00Z",
    });
    let node = json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "labels": {"node-role.kubernetes.io/control-plane": ""}},
        "status": {"nodeInfo": {"kubeletVersion": HOSTILE, "osImage": HOSTILE}, "conditions": [
            {"type": "Ready", "status": "False", "reason": HOSTILE, "message": HOSTILE}]},
    });
    let held = |name: &str| json!({"name": name, "namespace": "default", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": SECRET}});
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": held("s"), "type": HOSTILE,
        "data": {"token": "dDBwczNjcmV0", HOSTILE: "="}, "stringData": {"more": SECRET},
    });
    options.seed = vec![pod, event, node, secret];
    let server = ApiServer::start(options).await.unwrap();
    let identity = Identity::Certificate(authority.client("admin", &["system:masters"]).unwrap());
    let url = format!("https://{}", server.address());
    let path = dir.join("kubeconfig");
    std::fs::write(&path, kubeconfig("k", &url, authority.cert_pem(), "admin", &identity)).unwrap();
    (server, Sources { kubeconfig: Some(path), ..Sources::default() })
}

/// The screen as it is drawn now: nothing on it steers a terminal or hides, and no secret is on it.
fn drawn(cockpit: &Cockpit) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let theme =
        Theme::parse("night", &std::fs::read_to_string(root.join("themes/night.toml")).unwrap()).unwrap();
    let area = Rect::new(0, 0, 160, 45);
    let mut buf = Buffer::empty(area);
    views::draw(&cockpit.model, &theme, area, &mut buf);
    let text: String = buf.content().iter().map(|it| it.symbol()).collect();
    assert!(!text.chars().any(domain::unseen), "{:?}: {text:?}", cockpit.model.screen.place);
    assert!(!text.contains(SECRET) && !text.contains("dDBwczNjcmV0"), "{:?}", cockpit.model.screen.place);
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_steers_the_terminal_and_no_secret_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, sources) = hostile_server(dir.path()).await;
    let mut cockpit = Cockpit::of(sources);
    let object = |kind: &str, namespace: &str, name: &str| ObjectRef {
        group: String::new(),
        kind: kind.into(),
        namespace: namespace.into(),
        name: name.into(),
    };
    let (pod, secret, node) =
        (object("Pod", "default", "p"), object("Secret", "default", "s"), object("Node", "", "n"));
    let rows = |kind: &str| Place::Rows(KindRef::new("", kind));
    for (place, wanted) in [
        (rows("Pod"), "evil"),
        (rows("Node"), "n"),
        (rows("Event"), "evil"),
        (rows("Secret"), "evil"),
        (Place::Object(pod.clone(), Tab::Overview), "evil"),
        (Place::Object(pod.clone(), Tab::Yaml), "evil"),
        (Place::Object(pod.clone(), Tab::Events), "evil"),
        (Place::Object(pod, Tab::Logs), "evil"),
        (Place::Object(node.clone(), Tab::Overview), "evil"),
        (Place::Object(node, Tab::Yaml), "evil"),
        (Place::Object(secret.clone(), Tab::Overview), "token"),
        (Place::Object(secret, Tab::Yaml), "••••••"),
        (Place::Page(Page::Nodes), "NODES"),
        (Place::Page(Page::Bridge), "PROBLEMS"),
    ] {
        cockpit.model.screen.place = place.clone();
        let what = format!("{place:?} shows {wanted:?}");
        cockpit.until_drawn(&what, |it| drawn(it).to_lowercase().contains(&wanted.to_lowercase())).await;
    }
    // What is kept for the next start holds neither.
    let kept = serde_json::to_string(&app::last_known(&cockpit.model)).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert!(!kept.to_string().contains(SECRET) && !kept.to_string().contains("dDBwczNjcmV0"));
}
