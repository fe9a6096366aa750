//! Pairs of what Git says and what is live, and what is told of them.

mod closed;
mod left_out;

use super::compare;
use crate::declared::rules::Rules;
use crate::declared::set::declared;
use domain::Found;
use serde_json::{Value, json};

fn told(git: &str, live: &Value, rules: Rules) -> Vec<String> {
    let words = |it: &domain::Unlike| {
        let none = || "-".to_owned();
        let by = it.writer.as_ref().map_or_else(String::new, |it| format!(" by {}", it.name));
        let (wanted, live) = (it.wanted.clone().unwrap_or_else(none), it.live.clone().unwrap_or_else(none));
        format!("{}:{} {wanted} > {live}{by}", it.field, it.written.as_ref().unwrap().line)
    };
    match compare(&declared(git, rules), live) {
        Found::Same => Vec::new(),
        Found::Differs(all) => all.iter().map(words).collect(),
        other => vec![format!("{other:?}")],
    }
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  paused: false
  strategy: {}
  template:
    spec:
      volumes: []
      containers:
        - name: web
          image: web:v1
          args: [--a, --b]
          ports:
            - containerPort: 80
          resources:
            limits: {cpu: 0.5, memory: 1Gi}
          env:
            - name: MODE
              value: fast
";

fn live() -> Value {
    json!({
        "metadata": {"name": "web", "labels": {"app": "web", "more": "x"}, "managedFields": [
            {"manager": "argocd-controller", "operation": "Apply", "time": "2026-11-20T08:00:00Z", "fieldsV1": {
                "f:metadata": {"f:labels": {"f:app": {}}},
                "f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {
                    ".": {}, "f:name": {}, "f:image": {}, "f:args": {},
                    "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}},
                    "f:env": {"k:{\"name\":\"MODE\"}": {".": {}, "f:name": {}, "f:value": {}}}}}}}}}}]},
        "spec": {"replicas": 2, "strategy": {"type": "RollingUpdate"}, "progressDeadlineSeconds": 600, "template": {"spec": {
            "containers": [
                {"name": "injected", "image": "proxy"},
                {"name": "web", "image": "web:v1", "args": ["--a", "--b"], "imagePullPolicy": "IfNotPresent",
                    "ports": [{"containerPort": 80, "protocol": "TCP"}],
                    "resources": {"limits": {"cpu": "500m", "memory": "1024Mi"}},
                    "env": [{"name": "INJECTED", "value": "x"}, {"name": "MODE", "value": "fast"}]}]}}},
        "status": {"replicas": 1},
    })
}

#[test]
fn what_the_server_and_controllers_fill_in_is_no_difference() {
    assert_eq!(told(DEPLOYMENT, &live(), Rules::default()), Vec::<String>::new());
}

/// Whoever changed a field by hand.
fn by_hand(live: &mut Value, manager: &str, subresource: &str, fields: &Value) {
    let entry = json!({"manager": manager, "operation": "Update", "time": "2026-11-21T08:00:00Z",
        "subresource": subresource, "fieldsV1": fields});
    live["metadata"]["managedFields"].as_array_mut().unwrap().push(entry);
}

#[test]
fn what_was_changed_by_hand_is_told_with_who() {
    let mut it = live();
    it["spec"]["template"]["spec"]["containers"][1]["image"] = "web:v2".into();
    it["spec"]["template"]["spec"]["containers"][1]["args"] = json!(["--a", "--c"]);
    it["metadata"]["labels"]["mine"] = "1".into();
    by_hand(
        &mut it,
        "kubectl-edit",
        "",
        &json!({"f:metadata": {"f:labels": {"f:mine": {}}}, "f:spec": {"f:template": {"f:spec": {"f:containers": {
            "k:{\"name\":\"web\"}": {"f:image": {}, "f:args": {}}}}}}}),
    );
    let argo = Rules::of_application(&json!({}));
    assert_eq!(
        told(DEPLOYMENT, &it, argo),
        [
            "metadata.labels.mine:5 - > 1 by kubectl-edit",
            "spec.template.spec.containers[0].image:15 web:v1 > web:v2 by kubectl-edit",
            "spec.template.spec.containers[0].args[1]:16 --b > --c by kubectl-edit",
        ]
    );
}

#[test]
fn what_is_scaled_by_an_autoscaler_is_its_business_and_what_a_person_scales_is_not() {
    let fields = json!({"f:spec": {"f:replicas": {}}});
    let mut it = live();
    it["spec"]["replicas"] = 5.into();
    by_hand(&mut it, "kube-controller-manager", "scale", &fields);
    assert_eq!(told(DEPLOYMENT, &it, Rules::default()), Vec::<String>::new());
    let mut it = live();
    it["spec"]["replicas"] = 5.into();
    by_hand(&mut it, "kubectl", "scale", &fields);
    assert_eq!(told(DEPLOYMENT, &it, Rules::default()), ["spec.replicas:7 2 > 5 by kubectl (scale)"]);
    let ignoring = Rules::of_application(
        &json!({"ignoreDifferences": [{"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}]}),
    );
    assert_eq!(told(DEPLOYMENT, &it, ignoring), Vec::<String>::new());
}

#[test]
fn what_is_gone_is_told() {
    let mut it = live();
    let containers = &mut it["spec"]["template"]["spec"]["containers"];
    containers[1].as_object_mut().unwrap().remove("env");
    containers[1]["resources"] = json!({});
    assert_eq!(
        told(DEPLOYMENT, &it, Rules::default()),
        [
            "spec.template.spec.containers[0].resources.limits.cpu:20 0.5 > -",
            "spec.template.spec.containers[0].resources.limits.memory:20 1Gi > -",
            "spec.template.spec.containers[0].env:22 [{\"name\":\"MODE\",\"value\":\"fast\"}] > -",
        ]
    );
}

#[test]
fn pairs_that_mean_the_same() {
    let head = "apiVersion: v1\nkind: X\nmetadata: {name: x}\n";
    for (git, live) in [
        // A route whose defaults were filled in.
        (
            "spec: {parentRefs: [{name: g}], rules: [{backendRefs: [{name: b, port: 80}]}]}",
            json!({"spec": {"parentRefs": [{"group": "g", "kind": "Gateway", "name": "g"}], "rules": [{"backendRefs":
                [{"group": "", "kind": "Service", "name": "b", "port": 80, "weight": 1}], "matches": [{"path": {}}]}]}}),
        ),
        ("spec: {interval: 15m}", json!({"spec": {"interval": "15m0s"}})),
        ("spec: {controlPlaneEndpoint: {host: '', port: 0}}", {
            let owner = json!([{"manager": "caph", "fieldsV1": {"f:spec": {"f:controlPlaneEndpoint": {"f:host": {}, "f:port": {}}}}}]);
            json!({"metadata": {"managedFields": owner}, "spec": {"controlPlaneEndpoint": {"host": "10.0.0.1", "port": 443}}})
        }),
        (
            "spec: {ports: [{port: 443, targetPort: '8443'}]}",
            json!({"spec": {"ports": [{"port": 443, "protocol": "TCP", "targetPort": 8443}]}}),
        ),
        ("data: {a: \"x\\n\"}", json!({"data": {"a": "x"}})),
        ("spec: {a: null, b: {}, c: [], d: {e: false}}", json!({"spec": {}})),
        (
            "metadata: {name: x, creationTimestamp: null, finalizers: [a]}\nstatus: {a: 1}",
            json!({"metadata": {}}),
        ),
        (
            "spec: {tolerations: [{key: a, operator: Exists}, {operator: Exists}]}",
            json!({"spec": {"tolerations": [{"key": "a", "operator": "Exists"}, {"operator": "Exists"}]}}),
        ),
        ("spec: {secret: 'ENC[AES256_GCM,data:x]'}\nsops: {mac: x}", json!({"spec": {"secret": "open"}})),
    ] {
        assert_eq!(told(&format!("{head}{git}\n"), &live, Rules::default()), Vec::<String>::new(), "{git}");
    }
}

#[test]
fn what_flux_puts_in_is_compared_as_far_as_it_is_known() {
    let rules = || Rules::of_kustomization(&json!({"postBuild": {"substitute": {"SIZE": "3"}}}));
    let git = "apiVersion: v1\nkind: X\nmetadata: {name: x}\nspec: {a: '${SIZE}', b: '${OTHER}', c: '${NONE:=z}'}\n";
    assert_eq!(told(git, &json!({"spec": {"a": 3, "b": "?", "c": "z"}}), rules()), Vec::<String>::new());
    assert_eq!(told(git, &json!({"spec": {"a": 4, "b": "?", "c": "z"}}), rules()), ["spec.a:4 3 > 4"]);
}

#[test]
fn a_list_that_is_one_value_has_no_more_than_git_says() {
    let git = "apiVersion: v1\nkind: X\nmetadata: {name: x}\nspec: {rules: [{host: a}], ips: [1.1.1.1]}\n";
    let live = json!({"spec": {"rules": [{"host": "a"}, {"host": "b"}], "ips": ["1.1.1.1", "2.2.2.2"]}});
    assert_eq!(
        told(git, &live, Rules::default()),
        ["spec.rules[1]:4 - > {\"host\":\"b\"}", "spec.ips:4 [\"1.1.1.1\"] > [\"1.1.1.1\",\"2.2.2.2\"]"]
    );
}
