//! What is sealed in Git, or put in there by Flux: it is neither a difference nor shown.

use super::*;

const HEAD: &str = "apiVersion: example.org/v1\nkind: X\nmetadata: {name: x}\n";
const SEALED: &str = "sops: {mac: 'ENC[AES256_GCM,data:m]'}\n";

/// Somebody with kubectl wrote all of the spec.
fn by_kubectl(spec: &Value, fields: &Value) -> Value {
    json!({"metadata": {"name": "x", "managedFields": [
        {"manager": "kustomize-controller", "operation": "Apply", "time": "2026-11-20T08:00:00Z", "fieldsV1": {"f:spec": {}}},
        {"manager": "kubectl-edit", "operation": "Update", "time": "2026-11-21T08:00:00Z", "fieldsV1": {"f:spec": fields}}]},
        "spec": spec})
}

#[test]
fn a_sealed_list_that_has_another_length_shows_nothing() {
    let git = format!("{HEAD}spec: {{tokens: ['ENC[AES256_GCM,data:a]']}}\n{SEALED}");
    let live = by_kubectl(&json!({"tokens": ["hunter2", "hunter3"]}), &json!({"f:tokens": {}}));
    assert_eq!(told(&git, &live, Rules::default()), Vec::<String>::new());
    let set =
        by_kubectl(&json!({"tokens": ["hunter2", "hunter3"]}), &json!({"f:tokens": {"v:\"hunter3\"": {}}}));
    assert_eq!(told(&git, &set, Rules::default()), Vec::<String>::new());
}

#[test]
fn a_list_whose_keys_are_sealed_shows_nothing() {
    let git = format!(
        "{HEAD}spec: {{users: [{{name: 'ENC[AES256_GCM,data:a]', word: 'ENC[AES256_GCM,data:b]'}}]}}\n{SEALED}"
    );
    let live = by_kubectl(
        &json!({"users": [{"name": "root", "word": "hunter2"}]}),
        &json!({"f:users": {"k:{\"name\":\"root\"}": {".": {}, "f:name": {}, "f:word": {}}}}),
    );
    assert_eq!(told(&git, &live, Rules::default()), Vec::<String>::new());
}

#[test]
fn what_was_added_beside_what_is_sealed_is_told_without_its_value() {
    let git = format!("{HEAD}spec: {{a: 'ENC[AES256_GCM,data:a]', size: 1}}\n{SEALED}");
    let live = by_kubectl(&json!({"a": "x", "b": "hunter2", "size": 2}), &json!({"f:b": {}, "f:size": {}}));
    assert_eq!(
        told(&git, &live, Rules::default()),
        ["spec.size:4 1 > 2 by kubectl-edit", "spec.b:4 - > •••••••• by kubectl-edit"]
    );
    let other = by_kubectl(&json!({"a": "x", "size": {"pin": "hunter2"}}), &json!({"f:size": {}}));
    let git = format!("{HEAD}spec: {{a: x, size: {{one: 'ENC[AES256_GCM,data:a]'}}}}\n{SEALED}");
    assert_eq!(told(&git, &other, Rules::default()).join(" ").matches("hunter2").count(), 0);
    let other = by_kubectl(&json!({"a": "x", "size": ["hunter2"]}), &json!({"f:size": {}}));
    assert_eq!(told(&git, &other, Rules::default()).join(" ").matches("hunter2").count(), 0);
}

#[test]
fn a_file_that_is_sealed_within_a_value_is_not_looked_into() {
    let git = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  app.env: |\n    A=ENC[AES256_GCM,data:a]\n    sops_mac=x\n";
    let live = json!({"metadata": {}, "data": {"app.env": "A=hunter2\n"}});
    assert_eq!(told(git, &live, Rules::default()), Vec::<String>::new());
}

fn flux(build: &Value) -> Rules {
    Rules::of_kustomization(&json!({ "postBuild": build }))
}

#[test]
fn what_flux_puts_into_keys_and_sets_is_put_in_before_they_are_compared() {
    let git = format!(
        "{HEAD}spec:\n  containers: [{{name: '${{APP}}', image: 'x:1'}}]\n  hosts: ['*.${{DOMAIN}}', '${{OTHER}}']\n  '${{APP}}-key': 1\n  count: ${{COUNT}}\n"
    );
    let live = by_kubectl(
        &json!({"containers": [{"name": "web", "image": "x:1"}], "hosts": ["*.example.org", "other"], "web-key": 1, "count": 3}),
        &json!({"f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:name": {}}}, "f:hosts": {"v:\"*.example.org\"": {}}}),
    );
    let known = flux(&json!({"substitute": {"APP": "web", "DOMAIN": "example.org", "COUNT": "3"}}));
    assert_eq!(told(&git, &live, known), Vec::<String>::new());
    let unknown =
        flux(&json!({"substitute": {"X": "y"}, "substituteFrom": [{"kind": "Secret", "name": "s"}]}));
    assert_eq!(told(&git, &live, unknown), Vec::<String>::new());
    let other = flux(&json!({"substitute": {"APP": "api", "DOMAIN": "example.org", "COUNT": "3"}}));
    assert_ne!(told(&git, &live, other), Vec::<String>::new());
}

#[test]
fn a_default_counts_only_where_nothing_else_may_say_it() {
    let git = format!("{HEAD}spec: {{a: '${{SIZE:=3}}'}}\n");
    let live = json!({"spec": {"a": 4}});
    let inline = flux(&json!({"substitute": {"X": "y"}}));
    assert_eq!(told(&git, &live, inline), ["spec.a:4 3 > 4"]);
    let from =
        flux(&json!({"substitute": {"X": "y"}, "substituteFrom": [{"kind": "ConfigMap", "name": "c"}]}));
    assert_eq!(told(&git, &live, from), Vec::<String>::new());
}

#[test]
fn what_flux_is_told_not_to_change_stays_as_it_is_written() {
    let git = "apiVersion: v1\nkind: X\nmetadata: {name: x, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}\nspec: {a: '${SIZE}'}\n";
    let rules = || flux(&json!({"substitute": {"SIZE": "3"}}));
    let live = |a: &str| {
        let annotations = json!({"kustomize.toolkit.fluxcd.io/substitute": "disabled"});
        json!({"metadata": {"annotations": annotations}, "spec": {"a": a}})
    };
    assert_eq!(told(git, &live("${SIZE}"), rules()), Vec::<String>::new());
    assert_eq!(told(git, &live("3"), rules()), ["spec.a:4 ${SIZE} > 3"]);
}
