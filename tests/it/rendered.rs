//! Charts and kustomizations beside what is live, by the real kustomize and helm: what their renderings say is the same
//! as what an engine applied, and what is changed past it is found. `tests/manifests` pins their versions.

use crate::harness::cockpit::Cockpit;
use crate::harness::go;
use backends::Sources;
use domain::{Found, ObjectComparison};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use simulator::{Options, serve};
use std::path::Path;
use std::process::Command;

const FILES: [(&str, &str); 7] = [
    (
        "apps/web/kustomization.yaml",
        "resources: [../base]\nnamespace: default\nnamePrefix: prod-\nconfigMapGenerator: [{name: words, literals: [a=b]}]\n",
    ),
    ("apps/base/kustomization.yaml", "resources: [web.yaml]\n"),
    (
        "apps/base/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n  selector: {matchLabels: {a: web}}\n  template:\n    metadata: {labels: {a: web}}\n    spec:\n      containers: [{name: web, image: 'web:v1', envFrom: [{configMapRef: {name: words}}]}]\n",
    ),
    ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
    ("charts/web/values.yaml", "greeting: hello\nsize: 1\n"),
    (
        "charts/web/templates/a.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}', namespace: '{{ .Release.Namespace }}'}\ndata:\n  greeting: '{{ .Values.greeting }}'\n  size: '{{ add .Values.size 1 }}'\n  able: '{{ .Capabilities.APIVersions.Has \"argoproj.io/v1alpha1/Application\" }}'\n  version: '{{ .Capabilities.KubeVersion.Version }}'\n",
    ),
    (
        "charts/web/crds/c.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: no-crd, namespace: default}\n",
    ),
];

fn commit(repository: &Path) {
    for (path, text) in FILES {
        let file = repository.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgSign=false"];
    for words in [&["add", "."][..], &["commit", "-qm", "Apps"], &["push", "-q", "origin", "HEAD"]] {
        let done = Command::new("git").args(who).args(words).current_dir(repository).output().unwrap();
        assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

struct Live(kube::Client);

impl Live {
    fn of(&self, group: &str, version: &str, kind: &str, namespace: &str) -> Api<DynamicObject> {
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        Api::namespaced_with(self.0.clone(), namespace, &kind)
    }

    /// Apply as Argo CD does.
    async fn apply(&self, group: &str, version: &str, kind: &str, name: &str, mut object: Value) {
        let api = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
        object["apiVersion"] = api.into();
        object["kind"] = kind.into();
        object["metadata"] = json!({"name": name, "namespace": "default"});
        let by = PatchParams::apply("argocd-controller").force();
        let done = self.of(group, version, kind, "default").patch(name, &by, &Patch::Apply(&object)).await;
        done.unwrap_or_else(|err| panic!("{kind} {name}: {err}"));
    }
}

fn told(cockpit: &Cockpit, by: &str) -> Vec<String> {
    let ours = |it: &&ObjectComparison| it.delivered_by.as_ref().is_some_and(|it| it.name == by);
    let one = |it: &ObjectComparison| {
        let found = match &it.found {
            Found::Differs(all) => all
                .iter()
                .map(|it| {
                    let word = |it: &Option<String>| it.clone().unwrap_or_else(|| "-".into());
                    let written = it.written.as_ref().map(|it| format!("{}:{}", it.path, it.line));
                    let written = written.unwrap_or_default();
                    format!("{} {} > {} at {written}", it.field, word(&it.wanted), word(&it.live))
                })
                .collect::<Vec<_>>()
                .join(", "),
            other => format!("{other:?}"),
        };
        format!("{} {}: {found}", it.object.kind, it.object.name)
    };
    let mut all: Vec<String> = cockpit.model.world.declared.iter().filter(ours).map(one).collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "builds Go programs; .ci/run has a step for it"]
async fn the_real_kustomize_and_helm_say_what_has_drifted() {
    let dir = tempfile::tempdir().unwrap();
    let tools = dir.path().join("bin");
    std::fs::create_dir(&tools).unwrap();
    for package in ["sigs.k8s.io/kustomize/kustomize/v5", "helm.sh/helm/v3/cmd/helm"] {
        if go::build("manifests", package, &tools).is_none() {
            return;
        }
    }
    let options = Options { dir: dir.path().join("world"), ..Options::default() };
    let world = serve(&options).await.unwrap();
    let at = |name: &str| world.dir().join(name);
    commit(&at("repo"));
    let file = kube::config::Kubeconfig::read_from(at("kubeconfig")).unwrap();
    let config = kube::Config::from_custom_kubeconfig(file, &Default::default()).await.unwrap();
    let live = Live(kube::Client::try_from(config).unwrap());

    let applications = live.of("argoproj.io", "v1alpha1", "Application", "argocd");
    let known = applications.get("cluster-api").await.unwrap();
    let helm = json!({"skipCrds": true, "valuesObject": {"greeting": "bye"},
        "parameters": [{"name": "greeting", "value": "a, b"}, {"name": "size", "value": "4"}]});
    for (name, path, more) in [("kustomized", "apps/web", Value::Null), ("charted", "charts/web", helm)] {
        let source = json!({"repoURL": known.data["spec"]["source"]["repoURL"], "path": path, "targetRevision": "HEAD", "helm": more});
        let spec = json!({"project": "default", "source": source,
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"}});
        let object = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": name, "namespace": "argocd"}, "spec": spec});
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        applications.create(&PostParams::default(), &object).await.unwrap();
    }
    let version = live.0.apiserver_version().await.unwrap().git_version;
    let data = json!({"greeting": "a, b", "size": "5", "able": "true", "version": version});
    live.apply("", "v1", "ConfigMap", "charted", json!({ "data": data })).await;

    let mut cockpit = Cockpit::of(Sources {
        kubeconfig: Some(at("kubeconfig")),
        talosconfig: Some(at("talosconfig")),
        repository: Some(at("repo")),
        tools: Some(tools),
        ..Sources::default()
    });
    let absent =
        |it: &Cockpit| told(it, "kustomized").iter().filter(|it| it.ends_with("Absent")).count() == 2;
    cockpit.until_drawn("what kustomize made is missed", absent).await;
    let missed = told(&cockpit, "kustomized");
    let words = missed.iter().find_map(|it| it.strip_prefix("ConfigMap ")?.strip_suffix(": Absent"));
    let words = words.unwrap_or_else(|| panic!("{missed:?}")).to_owned();
    assert!(words.starts_with("prod-words-"), "{words}");

    live.apply("", "v1", "ConfigMap", &words, json!({"data": {"a": "b"}})).await;
    let container = json!({"name": "web", "image": "web:v1", "envFrom": [{"configMapRef": {"name": words}}]});
    let template = json!({"metadata": {"labels": {"a": "web"}}, "spec": {"containers": [container]}});
    let spec = json!({"replicas": 2, "selector": {"matchLabels": {"a": "web"}}, "template": template});
    live.apply("apps", "v1", "Deployment", "prod-web", json!({ "spec": spec })).await;
    let same = [format!("ConfigMap {words}: Same"), "Deployment prod-web: Same".into()];
    cockpit.until_drawn("what kustomize made is there", |it| told(it, "kustomized") == same).await;
    let same = ["ConfigMap charted: Same"];
    cockpit.until_drawn("what helm made is there", |it| told(it, "charted") == same).await;

    let by_hand = PatchParams { field_manager: Some("kubectl-edit".into()), ..PatchParams::default() };
    let patch = Patch::Merge(json!({"data": {"greeting": "c"}}));
    live.of("", "v1", "ConfigMap", "default").patch("charted", &by_hand, &patch).await.unwrap();
    let patch = Patch::Merge(json!({"spec": {"replicas": 7}}));
    live.of("apps", "v1", "Deployment", "default").patch("prod-web", &by_hand, &patch).await.unwrap();
    let differs = |it: &Cockpit| {
        let of = |by: &str| told(it, by).iter().any(|it| it.contains(" > "));
        of("charted") && of("kustomized")
    };
    cockpit.until_drawn("both differ", differs).await;
    assert_eq!(
        told(&cockpit, "kustomized")[1],
        "Deployment prod-web: spec.replicas 2 > 7 at apps/base/web.yaml:5"
    );
    assert!(
        told(&cockpit, "charted")[0].starts_with("ConfigMap charted: data.greeting a, b > c at charts/web/")
    );
}
