//! The cluster as this machine knows it: members, identity, etcd.

use super::{Specified, of};
use crate::world::Lock;
use crate::world::node::Node;
use crate::world::seeded;
use serde_json::{Value, json};

/// Discovery needs every machine to know the others; the cluster keeps the list.
fn all(node: &Node) -> Vec<(String, Value)> {
    let mut found: Vec<(String, Value)> = node
        .cluster
        .discovered()
        .into_iter()
        .map(|it| {
            let mut spec = json!({
                "nodeId": it.node_id, "addresses": [it.address], "hostname": it.hostname,
                "machineType": it.role.word(), "operatingSystem": format!("Talos ({})", it.talos_version),
            });
            if it.role.word() == "controlplane"
                && let Value::Object(map) = &mut spec
            {
                map.insert("controlPlane".into(), json!({ "port": 6_443 }));
            }
            (it.hostname, spec)
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

pub fn node_id(node: &Node) -> String {
    seeded::hex(node.seed, "identity", 0, 44)
}

pub fn members(node: &Node) -> Vec<Specified> {
    all(node).into_iter().map(|(name, spec)| of(name, &spec)).collect()
}

pub fn affiliates(node: &Node) -> Vec<Specified> {
    let mut found: Vec<Specified> = all(node)
        .into_iter()
        .map(|(name, mut spec)| {
            let id = spec["nodeId"].as_str().unwrap_or_default().to_owned();
            if let Value::Object(map) = &mut spec {
                map.insert("nodename".into(), json!(name));
            }
            of(id, &spec)
        })
        .collect();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found
}

pub fn info(node: &Node) -> Vec<Specified> {
    vec![of("current", &json!({ "clusterId": node.cluster.id, "clusterName": node.cluster.name }))]
}

pub fn identity(node: &Node) -> Vec<Specified> {
    vec![of("local", &json!({ "nodeId": node_id(node) }))]
}

pub fn etcd_member(node: &Node) -> Vec<Specified> {
    let member = node.state.held().etcd_member;
    member.map(|id| of("local", &json!({ "memberID": format!("{id:016x}") }))).into_iter().collect()
}

pub fn etcd_spec(node: &Node) -> Vec<Specified> {
    if !node.is_control_plane() {
        return Vec::new();
    }
    let address = node.spec.address.to_string();
    vec![of(
        "etcd",
        &json!({
            "name": node.hostname(), "advertisedAddresses": [address], "listenPeerAddresses": ["::"],
            "listenClientAddresses": ["::"], "image": "registry.k8s.io/etcd:v3.6.7", "extraArgs": {},
        }),
    )]
}

pub fn etcd_pki(node: &Node) -> Vec<Specified> {
    if node.is_control_plane() {
        vec![of("etcd", &json!({ "ready": true, "version": "1" }))]
    } else {
        Vec::new()
    }
}
