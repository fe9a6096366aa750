//! The official kubectl, unmodified. Without it on the PATH these tests say so and pass.

use super::harness::Harness;
use super::kubelet::{kubelets, node};
use crate::stand_ins::kubernetes::Options;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// kubectl against a server of its own, with kubelets.
struct Kubectl {
    harness: Harness,
    _kubelets: super::kubelet::Kubelets,
}

impl Kubectl {
    /// `None` where there is no kubectl.
    #[expect(clippy::print_stderr, reason = "whoever runs the tests shall know what was not tested")]
    async fn start(change: impl FnOnce(&mut Options)) -> Option<Self> {
        if Command::new("kubectl").args(["version", "--client"]).output().await.is_err() {
            eprintln!("skipped: kubectl is not on the PATH");
            return None;
        }
        let harness = Harness::with(|options| {
            options.seed = ["a", "b", "c"].into_iter().map(node).collect();
            change(options);
        })
        .await;
        let kubelets = kubelets(harness.client("admin").await);
        Some(Self { harness, _kubelets: kubelets })
    }

    /// Run it with words and something to read; answers whether it went well, and all it said.
    async fn run(&self, words: &str, input: &str) -> (bool, String) {
        let mut child = Command::new("kubectl")
            .arg(format!("--kubeconfig={}", self.harness.kubeconfig().display()))
            .arg(format!("--cache-dir={}", self.harness.dir.path().join("cache").display()))
            .args(words.split_whitespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that reads nothing closes its end.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = child.wait_with_output().await.unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }

    /// Run what must go well.
    async fn does(&self, words: &str) -> String {
        self.reads(words, "").await
    }

    async fn reads(&self, words: &str, input: &str) -> String {
        let (well, said) = self.run(words, input).await;
        assert!(well, "kubectl {words}: {said}");
        said
    }

    /// Run what must be refused.
    async fn refused(&self, words: &str, input: &str) -> String {
        let (well, said) = self.run(words, input).await;
        assert!(!well, "kubectl {words} should have been refused: {said}");
        said
    }
}

const SETTINGS: &str =
    r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"},"data":{"a":"1","b":"2"}}"#;

#[tokio::test]
async fn it_applies_on_the_client_and_on_the_server() {
    let Some(kubectl) = Kubectl::start(|_| {}).await else { return };
    assert!(kubectl.reads("apply -f -", SETTINGS).await.contains("created"));
    assert!(kubectl.reads("apply -f -", SETTINGS).await.contains("unchanged"));
    let smaller = SETTINGS.replace(r#""a":"1","#, "");
    assert!(kubectl.reads("apply -f -", &smaller).await.contains("configured"));
    assert_eq!(kubectl.does("get cm settings -o jsonpath={.data}").await, r#"{"b":"2"}"#);

    let other = SETTINGS.replace("settings", "served");
    assert!(kubectl.reads("apply --server-side -f -", &other).await.contains("serverside-applied"));
    let quarrel = other.replace(r#""b":"2""#, r#""b":"3""#);
    let said = kubectl.refused("apply --server-side --field-manager=someone -f -", &quarrel).await;
    assert!(said.contains("Apply failed with 1 conflict: conflict with \"kubectl\": .data.b"), "{said}");
    kubectl.reads("apply --server-side --field-manager=someone --force-conflicts -f -", &quarrel).await;
    // What nobody wants any more goes; what someone still wants stays.
    let nothing = quarrel.replace(r#""a":"1","b":"3""#, "");
    kubectl.reads("apply --server-side -f -", &nothing).await;
    assert_eq!(kubectl.does("get cm served -o jsonpath={.data}").await, r#"{"a":"1","b":"3"}"#);
    let managers = kubectl
        .does("get cm served --show-managed-fields -o jsonpath={.metadata.managedFields[*].manager}")
        .await;
    // Whoever wrote last stands last, and two writes may fall into one second.
    let mut managers: Vec<&str> = managers.split(' ').collect();
    managers.sort_unstable();
    assert_eq!(managers, ["kubectl", "someone"]);
    let dry = kubectl.reads("apply --server-side --dry-run=server --force-conflicts -f -", &other).await;
    assert!(dry.contains("dry run"), "{dry}");
    assert_eq!(kubectl.does("get cm served -o jsonpath={.data.b}").await, "3");
}

#[tokio::test]
async fn it_patches_in_every_way() {
    let Some(kubectl) = Kubectl::start(|_| {}).await else { return };
    kubectl.does("create deployment web --image=nginx:1").await;
    kubectl.does(r#"patch deployment web -p {"spec":{"template":{"spec":{"containers":[{"name":"side","image":"x"}]}}}}"#).await;
    let names = kubectl.does("get deployment web -o jsonpath={.spec.template.spec.containers[*].name}").await;
    assert!(names.contains("nginx") && names.contains("side"), "{names}");
    kubectl.does(r#"patch deployment web --type=merge -p {"spec":{"replicas":3}}"#).await;
    kubectl
        .does(r#"patch deployment web --type=json -p [{"op":"add","path":"/spec/paused","value":true}]"#)
        .await;
    kubectl.does("scale deployment web --replicas=2").await;
    let spec = kubectl
        .does("get deployment web -o jsonpath={.spec.replicas},{.spec.paused},{.metadata.generation}")
        .await;
    assert!(spec.starts_with("2,true,"), "{spec}");
    kubectl.does("label deployment web tier=front").await;
    assert!(kubectl.does("get deployments -A -l tier=front -o name").await.contains("deployment.apps/web"));
    assert!(
        kubectl
            .refused("patch deployment web --type=json -p [{\"op\":\"remove\",\"path\":\"/x\"}]", "")
            .await
            .contains("missing path")
    );
}

#[tokio::test]
async fn it_rolls_drains_and_reads_logs() {
    let logs = |namespace: &str, _: &str, container: &str, _: bool| {
        vec![format!("2026-01-01T00:00:00Z hello from {namespace}/{container}")]
    };
    let Some(kubectl) = Kubectl::start(|options| options.pod_logs = Some(Arc::new(logs))).await else {
        return;
    };
    kubectl.does("create deployment web --image=nginx:1 --replicas=3").await;
    kubectl.does("rollout status deployment/web --timeout=60s").await;
    kubectl.does("set image deployment/web nginx=nginx:2").await;
    kubectl.does("rollout status deployment/web --timeout=60s").await;
    assert!(kubectl.does("get pods -A -o wide").await.contains("Running"));
    assert!(kubectl.does("logs deployment/web").await.contains("hello from default/nginx"));
    kubectl.does("wait --for=condition=Available deployment/web --timeout=60s").await;
    assert!(kubectl.does("describe pod -l app=web").await.contains("Successfully assigned default/web-"));
    assert!(kubectl.does("describe node a").await.contains("Non-terminated Pods"));

    kubectl.does("create poddisruptionbudget web --selector=app=web --min-available=3").await;
    kubectl.does("wait --for=jsonpath={.status.currentHealthy}=3 pdb/web --timeout=60s").await;
    let said = kubectl.refused("drain a --timeout=1s", "").await;
    assert!(said.contains("Cannot evict pod as it would violate the pod's disruption budget."), "{said}");
    kubectl.does("delete pdb web").await;
    assert!(kubectl.does("drain a --timeout=60s").await.contains("drained"));
    assert!(kubectl.does("get nodes").await.contains("Ready,SchedulingDisabled"));
    kubectl.does("uncordon a").await;
    kubectl.does("delete deployment web --cascade=foreground").await;
    assert!(kubectl.does("get pods,rs").await.contains("No resources found"));
}

const WIDGETS: &str = r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
"metadata":{"name":"widgets.example.com"},"spec":{"group":"example.com","scope":"Namespaced",
"names":{"kind":"Widget","plural":"widgets","shortNames":["wd"],"categories":["things"]},"versions":[
{"name":"v1beta1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object"}}},
{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},
"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"size":{"type":"integer"}}}}}},
"additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size"},
{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}]}]}}"#;

#[tokio::test]
async fn it_knows_custom_resources_in_all_their_versions() {
    let Some(kubectl) = Kubectl::start(|_| {}).await else { return };
    kubectl.reads("apply -f -", WIDGETS).await;
    kubectl.does("wait --for=condition=established crd/widgets.example.com").await;
    let widget =
        r#"{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"one"},"spec":{"size":3}}"#;
    kubectl.reads("apply --server-side -f -", widget).await;
    kubectl.does(r#"patch wd one --subresource=status --type=merge -p {"status":{"conditions":[{"type":"Ready","status":"True"}]}}"#).await;
    kubectl.does("wait --for=condition=Ready wd/one --timeout=60s").await;
    let table = kubectl.does("get things").await;
    assert!(table.contains("SIZE") && table.contains("True"), "{table}");
    let old = kubectl.does("get widgets.v1beta1.example.com one -o jsonpath={.apiVersion},{.spec.size},{.metadata.generation}").await;
    assert_eq!(old, "example.com/v1beta1,3,1");
    assert!(kubectl.does("explain widget.spec").await.contains("size"));
    assert!(kubectl.does("api-resources").await.contains("widgets"));
    kubectl.does("delete widget one").await;
    kubectl.does("delete crd widgets.example.com").await;
    assert!(kubectl.refused("get widgets", "").await.contains("the server"));
}

#[tokio::test]
async fn it_asks_who_may_what_and_empties_namespaces() {
    let Some(kubectl) = Kubectl::start(|_| {}).await else { return };
    assert_eq!(kubectl.does("auth can-i delete pods").await.trim(), "yes");
    assert!(kubectl.refused("--context limited auth can-i list secrets", "").await.contains("no"));
    assert!(kubectl.does("auth whoami").await.contains("system:masters"));
    let said = kubectl.refused("--context limited get secrets -A", "").await;
    assert!(said.contains("User \"limited\" cannot list resource \"secrets\""), "{said}");
    kubectl.does("create namespace demo").await;
    kubectl.does("-n demo create secret generic s --from-literal=k=v").await;
    assert_eq!(kubectl.does("-n demo get secret s -o jsonpath={.data.k}").await, "dg==");
    kubectl.does("delete namespace demo --timeout=60s").await;
    assert!(kubectl.refused("get namespace demo", "").await.contains("not found"));
    assert!(kubectl.does("get --raw /readyz?verbose").await.contains("readyz check passed"));
    kubectl.harness.server.cut().await;
    assert!(kubectl.refused("get nodes --request-timeout=2s", "").await.contains("refused"));
    kubectl.harness.server.restore().await.unwrap();
    kubectl.does("get nodes").await;
}
