//! Resources over real wires: an API server, the hands that listen to it, the mind that holds what was heard.

use crate::harness::PATIENCE;
use app::{Action, Message, Model, Page, Place, Tab, arrange, queries, update, watches};
use backends::{Hands, Heard, Sources};
use domain::{Feed, Finding, KindRef, Link, Look, ObjectRef, RepoPath, Source, Watch};
use futures::StreamExt;
use futures::stream::SelectAll;
use serde_json::{Value, json};
use simulator::Clock;
use simulator::kubernetes::{ApiServer, Options, User};
use simulator::pki::{Authority, Identity, KeyKind, kubeconfig};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

/// A cockpit without a screen: what the model wants to hear is listened to.
struct Cockpit {
    server: ApiServer,
    hands: Hands,
    model: Model,
    listening: BTreeSet<Watch>,
    heard: SelectAll<Heard>,
    _dir: tempfile::TempDir,
}

impl Cockpit {
    async fn start(user: &str, seed: Vec<Value>) -> Self {
        let authority = Authority::new("kubernetes", KeyKind::EcdsaP256).unwrap();
        let leaf = authority.server(&["127.0.0.1"]).unwrap();
        let mut options =
            Options::new(&leaf.cert_pem, &leaf.key_pem, authority.cert_pem(), Clock::running(1.0));
        options.seed = seed;
        options.controllers = false;
        options.pod_logs = Some(Arc::new(|_, pod, container, _| {
            vec![format!("2026-11-21T08:00:00.5Z {pod} {container} says \u{1b}[31mhello\u{1b}[0m")]
        }));
        for (name, forbidden) in [("all", vec![]), ("limited", vec!["pods".to_owned()])] {
            let groups = if forbidden.is_empty() { vec!["system:masters".into()] } else { Vec::new() };
            options.users.push(User { token: Some(name.into()), name: name.into(), groups, forbidden });
        }
        let server = ApiServer::start(options).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let url = format!("https://{}", server.address());
        let text = kubeconfig("test", &url, authority.cert_pem(), user, &Identity::Token(user.into()));
        let path = dir.path().join("kubeconfig");
        std::fs::write(&path, text).unwrap();
        let hands = Hands::new(Sources { kubeconfig: Some(path), ..Sources::default() });
        let mut model = Model::default();
        model.screen.rows = 20;
        Self { server, hands, model, listening: BTreeSet::new(), heard: SelectAll::new(), _dir: dir }
    }

    /// Listen to what concerns this screen, and take in what is heard until `holds`.
    async fn until(&mut self, what: &str, holds: impl Fn(&Model) -> bool) {
        let waiting = async {
            loop {
                arrange(&mut self.model);
                if holds(&self.model) {
                    return;
                }
                for watch in watches(&self.model) {
                    let ours = matches!(
                        watch,
                        Watch::Kinds | Watch::Counts | Watch::Rows(_) | Watch::Object(_) | Watch::PodLogs(_)
                    );
                    if ours && self.listening.insert(watch.clone()) {
                        self.heard.push(self.hands.watch(&watch));
                    }
                }
                let observation = self.heard.next().await.expect("a watch never ends");
                update(&mut self.model, Message::Observed(observation));
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            panic!("waited in vain until {what}: {:#?}\n{:#?}", self.model.world.feeds, shown(&self.model));
        }
    }

    fn go(&mut self, group: &str, kind: &str) {
        self.model.screen.place = Place::Rows(KindRef::new(group, kind));
        arrange(&mut self.model);
    }
}

/// The rows in sight, their values parted by bars.
fn shown(model: &Model) -> Vec<String> {
    let columns = queries::rows::columns(model);
    queries::rows::in_sight(model, &columns, 0, 20).map(|row| row.values.join("|")).collect()
}

fn link(model: &Model, part: &str) -> Option<Link> {
    model.world.feeds.get(&Feed::of(Source::Kube, part)).map(|it| it.link.clone())
}

fn pod(name: &str, phase: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
        "spec": {"nodeName": "node-1", "containers": [{"name": "web", "image": "nginx"}, {"name": "side", "image": "x"}]},
        "status": {"phase": phase}})
}

fn definition() -> Value {
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets", "singular": "widget", "shortNames": ["wi"]},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
                "additionalPrinterColumns": [{"name": "Colour", "type": "string", "jsonPath": ".spec.colour"}]}]}})
}

fn widget(name: &str, colour: &str) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name, "namespace": "default"},
        "spec": {"colour": colour}})
}

#[tokio::test]
async fn pods_are_listed_filtered_and_survive_a_dead_server() {
    let mut cockpit = Cockpit::start("all", vec![pod("b", "Running"), pod("a", "Pending")]).await;
    cockpit.go("", "Pod");
    assert!(queries::rows::nothing(&cockpit.model).unwrap().starts_with("loading"));
    cockpit.until("both pods are there", |model| shown(model).len() == 2).await;
    cockpit.until("it is live", |model| link(model, "Pod") == Some(Link::Live)).await;
    let seen = shown(&cockpit.model);
    assert!(seen[0].starts_with("default|a|0/2|Pending|0|"), "{seen:?}");
    cockpit.model.screen.listing_mut().filter = "status:run".into();
    cockpit.until("one is left", |model| shown(model).len() == 1).await;
    cockpit.model.screen.listing_mut().filter = "nothing".into();
    cockpit.until("none is left", |model| shown(model).is_empty()).await;
    assert_eq!(queries::rows::nothing(&cockpit.model).unwrap(), "none of 2 pods match; esc shows them all");
    cockpit.model.screen.listing_mut().filter.clear();
    cockpit.server.cut().await;
    cockpit
        .until("the loss is noticed", |model| matches!(link(model, "Pod"), Some(Link::Degraded { .. })))
        .await;
    assert_eq!(shown(&cockpit.model).len(), 2, "what was heard stays");
    cockpit.server.load(vec![pod("c", "Running")]);
    // Another test may have taken its port for a while.
    let began = Instant::now();
    while let Err(err) = cockpit.server.restore().await {
        assert!(began.elapsed() < PATIENCE, "{err}");
        tokio::task::yield_now().await;
    }
    cockpit.until("the third pod is there", |model| shown(model).len() == 3).await;
    cockpit.until("it is live again", |model| link(model, "Pod") == Some(Link::Live)).await;
}

#[tokio::test]
async fn a_custom_kind_shows_its_own_columns_as_soon_as_it_is_there() {
    let mut cockpit = Cockpit::start("all", Vec::new()).await;
    cockpit.go("example.com", "Widget");
    let absent = |model: &Model| matches!(link(model, "Widget.example.com"), Some(Link::NotInstalled { .. }));
    cockpit.until("the kind is known to be absent", absent).await;
    assert!(queries::rows::nothing(&cockpit.model).unwrap().starts_with("not installed: "));
    let token = "all";
    create(&cockpit, token, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &definition()).await;
    cockpit.until("the kind is there", |model| link(model, "Widget.example.com") == Some(Link::Live)).await;
    create(&cockpit, token, "/apis/example.com/v1/namespaces/default/widgets", &widget("w-10", "blue")).await;
    create(&cockpit, token, "/apis/example.com/v1/namespaces/default/widgets", &widget("w-9", "red")).await;
    cockpit.until("both are there", |model| shown(model).len() == 2).await;
    let seen = shown(&cockpit.model);
    assert!(seen[0].starts_with("default|w-9|red|") && seen[1].starts_with("default|w-10|blue|"), "{seen:?}");
    let kind = queries::resources::named(&cockpit.model, "wi").map(|kind| kind.id.to_string());
    assert_eq!(kind.as_deref(), Some("Widget.example.com"));
}

/// Make an object as another client would: the cockpit's own hands cannot.
async fn create(cockpit: &Cockpit, token: &str, path: &str, object: &Value) {
    let mut config = kube::Config::new(format!("https://{}", cockpit.server.address()).parse().unwrap());
    config.accept_invalid_certs = true;
    config.auth_info.token = Some(token.to_owned().into());
    let client = kube::Client::try_from(config).unwrap();
    let request = http::Request::post(path).header("content-type", "application/json");
    let request = request.body(serde_json::to_vec(object).unwrap()).unwrap();
    client.request::<Value>(request).await.unwrap();
}

#[tokio::test]
async fn what_is_forbidden_says_so_and_what_is_needed() {
    let mut cockpit = Cockpit::start("limited", Vec::new()).await;
    cockpit.go("", "Pod");
    cockpit.until("it is refused", |model| matches!(link(model, "Pod"), Some(Link::Forbidden { .. }))).await;
    let said = queries::rows::nothing(&cockpit.model).unwrap();
    assert!(said.starts_with("forbidden: ") && said.ends_with("Needed: list and watch on pods"), "{said}");
}

#[tokio::test]
async fn an_object_is_read_as_text_and_its_logs_without_control_characters() {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "s", "namespace": "default"}, "data": {"password": "aHVudGVyMg=="}});
    let mut cockpit =
        Cockpit::start("all", vec![pod("web-1", "Running"), pod("web-2", "Running"), secret]).await;
    let object = |kind: &str, name: &str| ObjectRef {
        group: String::new(),
        kind: kind.into(),
        namespace: "default".into(),
        name: name.into(),
    };
    cockpit.model.screen.place = Place::Object(object("Secret", "s"), Tab::Yaml);
    cockpit.until("the secret is read", |model| queries::object::opened(model).is_some()).await;
    let yaml = queries::object::opened(&cockpit.model).unwrap().yaml.join("\n");
    assert!(yaml.contains("password: •••••• (7 bytes)") && !yaml.contains("aHVudGVyMg"), "{yaml}");
    cockpit.go("", "Pod");
    cockpit.until("the pods are there", |model| shown(model).len() == 2).await;
    for _ in 0..2 {
        update(&mut cockpit.model, Message::Asked(Action::Mark));
    }
    update(&mut cockpit.model, Message::Asked(Action::MarkedLogs));
    let lines = |model: &Model| -> Vec<String> {
        let of = queries::resources::logs_of(model).unwrap();
        let Some(book) = model.world.pod_logs.get(&of) else { return Vec::new() };
        (book.first()..book.end()).filter_map(|at| book.line(at)).map(|it| it.text.to_string()).collect()
    };
    cockpit.until("every container has spoken", |model| lines(model).len() >= 4).await;
    let mut said = lines(&cockpit.model);
    said.sort();
    said.dedup();
    assert_eq!(
        said,
        ["web-1 side says hello", "web-1 web says hello", "web-2 side says hello", "web-2 web says hello"]
    );
}

#[tokio::test]
async fn kinds_are_counted_and_a_sign_in_program_gets_no_terminal() {
    let mut cockpit = Cockpit::start("all", vec![pod("a", "Running"), pod("b", "Running")]).await;
    // Whoever finds a terminal gives no token.
    let script = r#"[ -t 0 ] || [ -t 2 ] || sh -c ': </dev/tty' 2>/dev/null && exit 1; echo noise >&2
        echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"all"}}'"#;
    let path = cockpit._dir.path().join("kubeconfig");
    let text = std::fs::read_to_string(&path).unwrap();
    let exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
        "interactiveMode": "IfAvailable"});
    // JSON is YAML.
    std::fs::write(&path, text.replace("token: all", &format!("exec: {exec}"))).unwrap();
    cockpit.model.screen.place = Place::Page(Page::Resources);
    let pods = |model: &Model| model.world.counts.get(&KindRef::new("", "Pod")).copied();
    cockpit.until("pods are counted", |model| pods(model) == Some(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_would_not_take_is_said_beside_the_text() {
    let spec = json!({"type": "object", "properties": {"size": {"type": "integer"}}});
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}},
            }],
        },
    });
    let cockpit = Cockpit::start("all", vec![definition]).await;
    let asked = async |text: &str| {
        let look = Look::Fields { path: RepoPath("widget.yaml".into()), text: text.into() };
        match cockpit.hands.look(look).await {
            Ok(Finding::Fields { diagnoses, .. }) => diagnoses
                .into_iter()
                .map(|it| format!("{}:{} {}", it.line, it.column, it.says))
                .collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        }
    };
    let text =
        "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec:\n  sizes: 1\n  size: big\n";
    assert_eq!(
        asked(text).await,
        ["5:3 Widget has no spec.sizes: is it size?", "6:9 spec.size wants a number"]
    );
    assert_eq!(
        asked("apiVersion: other.example.com/v1\nkind: Widget\nspec: {x: 1}\n").await,
        Vec::<String>::new()
    );
}
