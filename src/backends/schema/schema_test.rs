//! Texts as people write them, against Talos of several versions and a server's schemas.

use super::{Kinds, of_kubernetes, of_talos, read, versions};
use domain::Diagnosis;
use serde_json::json;
use std::sync::Arc;

fn told(found: &[Diagnosis]) -> Vec<String> {
    found.iter().map(|it| format!("{}:{} {}", it.line, it.column, it.says)).collect()
}

const PATCH: &str = "\
machine:
  kubelet:
    extraArg:
      rotate-server-certificates: true
    nodeIP:
      validSubnets: 10.0.0.0/24
  sysctls:
    vm.nr_hugepages: 1024
  kernel:
    modules: [{name: nbd, parameters: [x]}]
  install:
    wipe: \"yes\"
cluster:
  allowSchedulingOnControlPlanes: perhaps
";

#[test]
fn a_patch_says_what_talos_would_not_take() {
    assert_eq!(
        told(&of_talos(PATCH, Some("v1.13.9"))),
        [
            "3:5 Talos 1.13 knows no machine.kubelet.extraArg: is it extraArgs?",
            "6:21 machine.kubelet.nodeIP.validSubnets wants a list",
            "12:11 machine.install.wipe wants true or false, and here is a text in quotes",
            "14:35 cluster.allowSchedulingOnControlPlanes wants true or false",
        ]
    );
}

#[test]
fn documents_go_by_their_version_of_talos() {
    let text = "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: a\n---\n\
        apiVersion: v1alpha1\nkind: KubeSpanConfig\nenabled: true\n---\n\
        apiVersion: v1alpha1\nkind: HostnamesConfig\n";
    assert_eq!(
        told(&of_talos(text, Some("v1.12.0"))),
        [
            "6:7 the document KubeSpanConfig needs Talos 1.13, and here it is 1.12",
            "10:7 Talos 1.12 knows no document HostnamesConfig: is it HostnameConfig?",
        ]
    );
    assert_eq!(told(&of_talos(text, None)).len(), 1, "no version knows the last");
}

#[test]
fn a_field_of_another_version_says_which() {
    let text = "apiVersion: v1alpha1\nkind: VolumeConfig\nname: STATE\nmount:\n  secure: true\n";
    assert_eq!(told(&of_talos(text, Some("v1.14.0"))), Vec::<String>::new());
    assert_eq!(told(&of_talos(text, Some("v1.12.4"))), ["4:1 mount needs Talos 1.13, and here it is 1.12"]);
}

#[test]
fn a_patch_in_a_patch_is_read_where_it_stands() {
    let text = "clusterName: home\npatches:\n  - |-\n    machine:\n      kubelet:\n        imgae: x\n  - \"@./a.yaml\"\n";
    assert_eq!(
        told(&of_talos(text, Some("v1.13.9"))),
        ["6:9 Talos 1.13 knows no machine.kubelet.imgae: is it image?"],
        "{text}"
    );
}

#[test]
fn what_is_not_of_talos_is_left_alone() {
    let values = "cluster:\n  instances: 3\n  storage: {size: 1Gi}\n";
    let machine = "machine: i5\nprice: 3\n";
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nspec: {replica: 3}\n";
    for text in [values, machine, deployment, "- op: add\n  path: /machine/x\n", "", "a: [\n"] {
        assert_eq!(told(&of_talos(text, Some("v1.13.9"))), Vec::<String>::new(), "{text}");
    }
    let deleted = "machine:\n  network:\n    $patch: delete\n  nodeLabels:\n    a/b:\n      $patch: delete\n";
    assert_eq!(told(&of_talos(deleted, None)), Vec::<String>::new());
}

/// As an API server writes it: kinds, types they share, and types that are no maps.
fn server() -> Arc<Kinds> {
    let schemas = json!({
        "io.apps.v1.Widget": {
            "type": "object",
            "x-kubernetes-group-version-kind": [{"group": "apps", "version": "v1", "kind": "Widget"}],
            "properties": {
                "apiVersion": {"type": "string"}, "kind": {"type": "string"},
                "metadata": {"default": {}, "allOf": [{"$ref": "#/components/schemas/io.Meta"}]},
                "spec": {"$ref": "#/components/schemas/io.apps.v1.WidgetSpec"},
            },
        },
        "io.apps.v1.WidgetSpec": {
            "type": "object",
            "properties": {
                "replicas": {"type": "integer"},
                "size": {"allOf": [{"$ref": "#/components/schemas/io.Quantity"}]},
                "port": {"$ref": "#/components/schemas/io.IntOrString"},
                "policy": {"type": "string", "enum": ["Always", "Never"]},
                "paused": {"type": "boolean"},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "hosts": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
            },
        },
        "io.Meta": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
        "io.Quantity": {"oneOf": [{"type": "string"}, {"type": "number"}]},
        "io.IntOrString": {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
    });
    Arc::new(read("apps/v1", &json!({"components": {"schemas": schemas}})))
}

#[test]
fn an_object_says_what_the_server_would_not_take() {
    let text = "\
apiVersion: apps/v1
kind: Widget
metadata:
  name: web
  annotations: {checked: true, port: \"80\"}
spec:
  replica: 3
  replicas: \"3\"
  size: 3
  port: 8080
  policy: Sometimes
  paused: ${PAUSED}
  free: {anything: [1]}
  hosts:
    - name: a
      nam: b
    - [c]
---
apiVersion: apps/v1
kind: Unheard
spec: {x: 1}
---
sops: {mac: x}
";
    let found = of_kubernetes(text, &[server()]);
    assert_eq!(
        told(&found),
        [
            "5:26 metadata.annotations.checked wants a text, and here is none without quotes",
            "7:3 Widget has no spec.replica: is it replicas?",
            "8:13 spec.replicas wants a number, and here is a text in quotes",
            "11:11 spec.policy wants one of Always, Never",
            "16:7 Widget has no spec.hosts[].nam: is it name?",
            "17:7 spec.hosts[] wants a map, and here is a list",
        ]
    );
}

#[test]
fn what_is_still_to_be_filled_in_and_what_has_no_name_is_not_judged() {
    let object = |spec: &str| format!("apiVersion: apps/v1\nkind: Widget\nspec: {spec}\n");
    for spec in ["{replicas: {{ .Values.replicas }}}", "{replicas: 3, ? {a: b} : text, paused: true}"] {
        assert_eq!(told(&of_kubernetes(&object(spec), &[server()])), Vec::<String>::new(), "{spec}");
    }
    let many: Vec<String> = (0..1000).map(|it| format!("x{it}: 1")).collect();
    assert_eq!(of_kubernetes(&object(&format!("{{{}}}", many.join(", "))), &[server()]).len(), 200);
}

#[test]
fn it_is_asked_by_group_and_version() {
    let text = "apiVersion: apps/v1\nkind: A\n---\napiVersion: v1\nkind: B\n---\napiVersion: apps/v1\nkind: C\n---\n\
        apiVersion: v1alpha1\nkind: LinkConfig\n---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
    assert_eq!(versions(text), ["apps/v1", "v1"]);
}
