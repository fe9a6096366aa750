//! Namespaces: what each one has, and how one goes with everything in it.

use super::super::store::Key;
use super::super::verbs::delete::DeleteOptions;
use super::desk::Desk;
use serde_json::{Value, json};

pub fn look(desk: &mut Desk, name: &str) {
    let Some(namespace) = desk.get("namespaces", &Key::new("", name)) else { return };
    if namespace.deleting {
        return empty(desk, name);
    }
    let own = |object: &str| Key::new(name, object);
    if desk.get("serviceaccounts", &own("default")).is_none() {
        desk.create("serviceaccounts", object("ServiceAccount", name, "default", json!({})));
    }
    if desk.get("configmaps", &own("kube-root-ca.crt")).is_none() {
        let data = json!({ "data": { "ca.crt": "" } });
        desk.create("configmaps", object("ConfigMap", name, "kube-root-ca.crt", data));
    }
}

fn object(kind: &str, namespace: &str, name: &str, mut rest: Value) -> Value {
    rest["apiVersion"] = "v1".into();
    rest["kind"] = kind.into();
    rest["metadata"] = json!({ "name": name, "namespace": namespace });
    rest
}

/// Delete what is in it; when nothing is left, the namespace itself is free to go.
fn empty(desk: &Desk, name: &str) {
    let mut left = 0;
    for kind in desk.cluster.kinds.all().iter().filter(|it| it.namespaced && !it.review) {
        let resource = kind.resource();
        let (objects, _) = desk.cluster.store.list(&resource, Some(name));
        for object in &objects {
            if !object.deleting {
                let options = DeleteOptions { propagation: Some("Background".into()), ..Default::default() };
                desk.delete(&resource, &object.key, &options);
            }
        }
        left += desk.cluster.store.list(&resource, Some(name)).0.len();
    }
    if left == 0 {
        desk.edit("namespaces", &Key::new("", name), |it| it["spec"]["finalizers"] = json!([]));
    }
}
