//! What only one side has: filled in by the server, added by a person, taken away; and where words count by the letter.

use super::*;

const HEAD: &str = "apiVersion: v1\nkind: X\nmetadata: {name: x}\n";

/// An engine applied the object, then somebody wrote these fields.
fn live(manager: &str, fields: &Value, object: &Value) -> Value {
    let mut live = object.clone();
    live["metadata"]["creationTimestamp"] = "2026-11-19T08:00:00Z".into();
    live["metadata"]["managedFields"] = json!([
        {"manager": "argocd-controller", "operation": "Apply", "time": "2026-11-20T08:00:00Z", "fieldsV1": {"f:spec": {}}},
        {"manager": manager, "operation": "Update", "time": "2026-11-21T08:00:00Z", "fieldsV1": fields}]);
    live
}

fn same(git: &str, live: &Value) {
    assert_eq!(told(&format!("{HEAD}{git}\n"), live, Rules::default()), Vec::<String>::new(), "{git}");
}

fn differs(git: &str, live: &Value) -> String {
    told(&format!("{HEAD}{git}\n"), live, Rules::default()).join(", ")
}

#[test]
fn an_empty_list_is_filled_by_controllers_and_not_by_people() {
    let git = "spec: {tolerations: []}";
    let fields = json!({"f:spec": {"f:tolerations": {}}});
    let object = json!({"metadata": {}, "spec": {"tolerations": [{"key": "a"}]}});
    same(git, &live("kube-controller-manager", &fields, &object));
    let told = differs(git, &live("kubectl-edit", &fields, &object));
    assert_eq!(told, "spec.tolerations[0]:4 - > {\"key\":\"a\"} by kubectl-edit");
    same("spec: {hosts: []}", &json!({"metadata": {}, "spec": {"hosts": ["a"]}}));
}

#[test]
fn an_empty_text_is_filled_in_by_the_server_and_not_by_people() {
    let git = "spec: {clusterIP: ''}";
    let fields = json!({"f:spec": {"f:clusterIP": {}}});
    let object = json!({"metadata": {}, "spec": {"clusterIP": "10.0.0.1"}});
    same(git, &object);
    same(git, &live("argocd-controller", &fields, &object));
    assert_eq!(
        differs(git, &live("kubectl-edit", &fields, &object)),
        "spec.clusterIP:4  > 10.0.0.1 by kubectl-edit"
    );
    let told = differs("data: {a: ''}", &json!({"metadata": {}, "data": {"a": "x"}}));
    assert_eq!(told, "data.a:4  > x");
}

#[test]
fn maps_that_git_does_not_have_are_looked_at() {
    let fields = json!({"f:metadata": {"f:labels": {"f:p": {}}}, "f:immutable": {}, "f:data": {"f:a": {}}});
    let object = json!({"apiVersion": "v1", "kind": "X", "metadata": {"name": "x", "uid": "u", "labels": {"p": "q"}},
        "immutable": true, "data": {"a": "b"}, "status": {"a": 1}, "spec": {}});
    assert_eq!(
        told(HEAD, &live("kubectl-label", &fields, &object), Rules::default()),
        [
            "metadata.labels.p:3 - > q by kubectl-label",
            "data:1 - > {\"a\":\"b\"} by kubectl-label",
            "immutable:1 - > true by kubectl-label",
        ]
    );
    assert_eq!(
        told(HEAD, &live("node-controller", &fields, &object), Rules::default()),
        Vec::<String>::new()
    );
}

#[test]
fn what_was_there_from_the_beginning_is_nobodys_edit() {
    let fields = json!({"f:spec": {"f:revisionHistoryLimit": {}}});
    let mut it = live(
        "kubectl-client-side-apply",
        &fields,
        &json!({"metadata": {}, "spec": {"revisionHistoryLimit": 10}}),
    );
    assert_ne!(differs("spec: {a: ''}", &it), "");
    it["metadata"]["managedFields"][1]["time"] = "2026-11-19T08:00:01Z".into();
    same("spec: {a: ''}", &it);
}

#[test]
fn what_means_something_else_when_it_is_gone_is_missed() {
    let git = "automountServiceAccountToken: false\nspec: {containers: [{name: a, securityContext: {allowPrivilegeEscalation: false, privileged: false}}], securityContext: {runAsUser: 0}, enableServiceLinks: false, paused: false}";
    let object = json!({"metadata": {}, "spec": {"containers": [{"name": "a", "securityContext": {}}], "securityContext": {}}});
    assert_eq!(
        differs(git, &object),
        "automountServiceAccountToken:4 false > -, \
         spec.containers[0].securityContext.allowPrivilegeEscalation:5 false > -, \
         spec.securityContext.runAsUser:5 0 > -, spec.enableServiceLinks:5 false > -"
    );
    let object = json!({"metadata": {}, "spec": {"containers": [{"name": "a"}]}});
    let told = differs(
        "spec: {containers: [{name: a, securityContext: {allowPrivilegeEscalation: false}}]}",
        &object,
    );
    assert_eq!(told, "spec.containers[0].securityContext.allowPrivilegeEscalation:4 false > -");
}

#[test]
fn a_restart_is_no_difference() {
    let restarted = json!({"kubectl.kubernetes.io/restartedAt": "2026-11-21T08:00:00Z"});
    let below = |it: &Value| json!({"f:spec": {"f:template": {"f:metadata": {"f:annotations": it}}}});
    let fields = below(&json!({"f:kubectl.kubernetes.io/restartedAt": {}}));
    let object = json!({"metadata": {}, "spec": {"template": {"metadata": {"labels": {"a": "b"}, "annotations": restarted}}}});
    let it = live("kubectl-rollout", &fields, &object);
    same("spec: {template: {metadata: {labels: {a: b}, annotations: {}}}}", &it);
    same("spec: {template: {metadata: {labels: {a: b}}}}", &it);
    let mut more = object.clone();
    more["spec"]["template"]["metadata"]["annotations"]["mine"] = "1".into();
    let it = live("kubectl-edit", &below(&json!({"f:mine": {}})), &more);
    assert_eq!(
        differs("spec: {template: {metadata: {labels: {a: b}}}}", &it),
        "spec.template.metadata.annotations.mine:4 - > 1 by kubectl-edit"
    );
}

#[test]
fn where_a_value_stands_says_how_it_is_compared() {
    same(
        "spec: {resources: {limits: {cpu: 1.0, memory: '1e3'}}}",
        &json!({"spec": {"resources": {"limits": {"cpu": "1", "memory": "1k"}}}}),
    );
    same("binaryData: {a: \"aGVs\\nbG8=\\n\"}", &json!({"binaryData": {"a": "aGVsbG8="}}));
    for (git, live) in [
        ("data: {a: 'True'}", json!({"data": {"a": "true"}})),
        ("data: {a: 60s}", json!({"data": {"a": "1m"}})),
        ("metadata: {name: x, labels: {a: 'True'}}", json!({"metadata": {"labels": {"a": "true"}}})),
        ("spec: {env: [{name: A, value: '1000m'}]}", json!({"spec": {"env": [{"name": "A", "value": "1"}]}})),
        ("spec: {args: ['1m']}", json!({"spec": {"args": ["60s"]}})),
    ] {
        assert!(!differs(git, &live).is_empty(), "{git}");
    }
}

#[test]
fn who_is_a_person() {
    let fields = json!({"f:spec": {"f:more": {}}});
    let object = json!({"metadata": {}, "spec": {"more": 1}});
    for controller in ["rancher", "helm", "helm-controller"] {
        same("spec: {a: ''}", &live(controller, &fields, &object));
    }
    assert_ne!(differs("spec: {a: ''}", &live("k9s", &fields, &object)), "");
}
