//! Where a service leads: Endpoints and an EndpointSlice of the pods it selects.

use super::super::store::{Key, Stored};
use super::desk::{Desk, owned_by};
use serde_json::{Value, json};
use std::sync::Arc;

const SLICES: &str = "endpointslices.discovery.k8s.io";
/// More than this does not fit in one object.
const MOST: usize = 1000;

pub fn look(desk: &mut Desk, key: &Key) {
    let Some(service) = desk.get("services", key).filter(|it| !it.deleting) else {
        desk.delete("endpoints", key, &Default::default());
        return;
    };
    let Some(selector) = desk.index.services.get(key) else { return };
    let (mut pods, _) = desk.cluster.store.list("pods", Some(&key.namespace));
    pods.retain(|pod| !pod.node.is_empty() && selector.iter().all(|it| it.matches(|name| pod.label(name))));
    pods.retain(|pod| !matches!(pod.phase.as_str(), "Succeeded" | "Failed"));
    pods.truncate(MOST);
    let value = service.value();
    let pods: Vec<(Arc<Stored>, Value)> = pods
        .into_iter()
        .map(|pod| {
            let value = pod.value();
            (pod, value)
        })
        .filter(|(_, value)| value["status"]["podIP"].is_string())
        .collect();
    slice(desk, &service, &value, &pods);
    endpoints(desk, &service, &value, &pods);
}

/// The ports of the service as numbers of the pods.
fn ports(service: &Value, pods: &[(Arc<Stored>, Value)]) -> Vec<Value> {
    let list = service["spec"]["ports"].as_array().into_iter().flatten();
    let number = |target: &Value| match target {
        Value::String(name) => pods.first().and_then(|(_, pod)| named(pod, name)).unwrap_or(0),
        other => other.as_i64().unwrap_or(0),
    };
    list.map(|it| {
        let name = it["name"].as_str().unwrap_or_default();
        json!({ "name": name, "protocol": it["protocol"], "port": number(&it["targetPort"]) })
    })
    .collect()
}

fn named(pod: &Value, name: &str) -> Option<i64> {
    let containers = pod["spec"]["containers"].as_array()?;
    let mut ports = containers.iter().flat_map(|it| it["ports"].as_array().into_iter().flatten());
    ports.find(|it| it["name"] == name)?["containerPort"].as_i64()
}

fn reference(pod: &Stored) -> Value {
    json!({ "kind": "Pod", "namespace": pod.key.namespace, "name": pod.key.name, "uid": pod.uid })
}

fn slice(desk: &Desk, service: &Stored, value: &Value, pods: &[(Arc<Stored>, Value)]) {
    let endpoint = |(pod, value): &(Arc<Stored>, Value)| {
        json!({
            "addresses": [value["status"]["podIP"]], "nodeName": pod.node, "targetRef": reference(pod),
            "conditions": {
                "ready": pod.ready && !pod.deleting, "serving": pod.ready, "terminating": pod.deleting,
            },
        })
    };
    let endpoints: Value = pods.iter().map(endpoint).collect::<Vec<_>>().into();
    let ports: Value = ports(value, pods).into();
    let known = desk.index.owned_by(&service.uid, SLICES).next().cloned();
    match known {
        Some(key) => desk.edit(SLICES, &key, |it| {
            it["endpoints"] = endpoints;
            it["ports"] = ports;
        }),
        None => {
            let metadata = json!({
                "generateName": format!("{}-", service.key.name), "namespace": service.key.namespace,
                "labels": {
                    "kubernetes.io/service-name": service.key.name,
                    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                },
                "ownerReferences": owned_by("v1", "Service", service),
            });
            desk.create(
                SLICES,
                json!({
                    "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata,
                    "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
                }),
            );
        }
    }
}

fn endpoints(desk: &Desk, service: &Stored, value: &Value, pods: &[(Arc<Stored>, Value)]) {
    let address = |(pod, value): &(Arc<Stored>, Value)| json!({ "ip": value["status"]["podIP"], "nodeName": pod.node, "targetRef": reference(pod) });
    let (ready, not): (Vec<_>, Vec<_>) =
        pods.iter().filter(|(pod, _)| !pod.deleting).partition(|(pod, _)| pod.ready);
    let mut subset = json!({ "ports": ports(value, pods) });
    for (name, list) in [("addresses", ready), ("notReadyAddresses", not)] {
        if !list.is_empty() {
            subset[name] = list.into_iter().map(address).collect::<Vec<_>>().into();
        }
    }
    let subsets = if subset.as_object().is_some_and(|it| it.len() > 1) { json!([subset]) } else { json!([]) };
    if desk.get("endpoints", &service.key).is_some() {
        desk.edit("endpoints", &service.key, |it| it["subsets"] = subsets);
    } else {
        let metadata = json!({ "name": service.key.name, "namespace": service.key.namespace });
        desk.create(
            "endpoints",
            json!({ "apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, "subsets": subsets }),
        );
    }
}
