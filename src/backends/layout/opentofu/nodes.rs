//! Nodes and pools of nodes in the values of OpenTofu: told by what they hold, and by what the variable is called.

use super::module::{At, Given, Module};
use crate::hcl::{Kind, Value};
use crate::plain::plain;
use domain::inventory::{Node, Place, Pool, Role, Said};

/// Maps of nodes by name.
const NODES: [&str; 12] = [
    "nodes",
    "nodes_config",
    "talos_nodes",
    "node_config",
    "cluster_nodes",
    "machines",
    "control_planes",
    "controlplanes",
    "control_plane_nodes",
    "controlplane_nodes",
    "worker_nodes",
    "workers",
];
const POOLS: [&str; 6] = [
    "control_plane_nodepools",
    "worker_nodepools",
    "cluster_autoscaler_nodepools",
    "control_plane_nodes",
    "worker_nodes",
    "node_pools",
];
const ADDRESSES: [&str; 6] = ["ip", "ip_address", "address", "ipv4", "ipv4_address", "private_ip"];

pub(super) fn nodes(module: &Module<'_>) -> (Vec<Node>, Vec<Pool>) {
    let (mut nodes, mut pools): (Vec<Node>, Vec<Pool>) = (Vec::new(), Vec::new());
    module.each(&mut |way, given| {
        let name = way.rsplit('.').next().unwrap_or(way);
        if given.role.is_some() {
            return;
        }
        if NODES.contains(&name) {
            for node in named(name, given).chain(listed(name, given)) {
                if !nodes.iter().any(|it| it.name == node.name) {
                    nodes.push(node);
                }
            }
        }
        let found = if POOLS.contains(&name) {
            of_pools(name, given)
        } else {
            counted(module, name, given).into_iter().collect()
        };
        for pool in found {
            if !pools.iter().any(|it| it.source.place() == pool.source.place()) {
                pools.push(pool);
            }
        }
    });
    (nodes, pools)
}

/// Nodes that shall have another version than the rest already.
pub(super) fn upgraded(module: &Module<'_>) -> Vec<String> {
    let mut found = Vec::new();
    module.each(&mut |way, given| {
        if NODES.contains(&way) && given.role.is_none() {
            let up = |it: &Value| {
                ["upgrade", "update"]
                    .iter()
                    .any(|key| it.get(key).map(|it| &it.kind) == Some(&Kind::Bool(true)))
            };
            found.extend(given.at.value.entries().iter().filter(|it| up(&it.value)).map(|it| it.key.clone()));
        }
    });
    found
}

/// A map of nodes by their names.
fn named<'a>(name: &'a str, given: &'a Given<'_>) -> impl Iterator<Item = Node> + 'a {
    let entries = given.at.value.entries().iter();
    entries.filter(|it| matches!(it.value.kind, Kind::Map(_))).map(move |it| {
        let source = Said::new(given.at.path, it.line, plain(&it.key));
        node(name, &it.value, source)
    })
}

/// A list of nodes that say their names.
fn listed<'a>(name: &'a str, given: &'a Given<'_>) -> impl Iterator<Item = Node> + 'a {
    given.at.value.items().iter().filter_map(move |it| {
        let said = ["name", "hostname"].iter().find_map(|key| it.get(key))?;
        ADDRESSES.iter().find_map(|key| it.get(key))?;
        let source = Said::new(given.at.path, said.line, plain(&said.literal()?));
        Some(node(name, it, source))
    })
}

fn node(variable: &str, value: &Value, source: Said) -> Node {
    let text = |keys: &[&str]| keys.iter().find_map(|it| value.get(it)?.literal());
    let role =
        text(&["machine_type", "role", "node_role"]).map_or_else(|| role_in(variable), |it| role_in(&it));
    Node {
        name: source.value.clone(),
        role,
        address: text(&ADDRESSES).map(|it| plain(&it).into_owned()).unwrap_or_default(),
        source,
        talos: None,
        kubernetes: None,
        schematic: None,
    }
}

fn role_in(text: &str) -> Role {
    let text = text.to_lowercase();
    if text.contains("control") || text.contains("master") {
        Role::ControlPlane
    } else if text.contains("work") {
        Role::Worker
    } else {
        Role::Unknown
    }
}

/// Pools, or nodes that have no names: so many of one kind.
fn of_pools(variable: &str, given: &Given<'_>) -> Vec<Pool> {
    let At { path, value, .. } = given.at;
    let said = |value: &Value| Some(Said::new(path, value.line, plain(&value.literal()?)));
    let role = match variable.contains("autoscaler") {
        true => Role::Worker,
        false => role_in(variable),
    };
    let mut found: Vec<Pool> = Vec::new();
    for (number, it) in value.items().iter().enumerate() {
        // With an address and a name it is a node.
        if it.get("name").is_some() && ADDRESSES.iter().any(|key| it.get(key).is_some()) {
            continue;
        }
        let server_type = ["type", "server_type"].iter().find_map(|key| said(it.get(key)?));
        let count = ["count", "replicas"].iter().find_map(|key| said(it.get(key)?));
        let Some(name) = it.get("name").and_then(said) else {
            // hcloud-talos: one item is one node, by its number.
            match found.first_mut().filter(|_| number > 0) {
                Some(first) => first.replicas = first.replicas.map(|it| it + 1),
                None => {
                    let source = Said::new(path, it.line, plain(variable));
                    found.push(pool(plain(variable).into_owned(), role, Some(1), source, server_type));
                }
            }
            continue;
        };
        // A pool of which the number is not written has one.
        let replicas = count
            .as_ref()
            .map_or(Some(1), |it| it.value.parse().ok())
            .filter(|_| !variable.contains("autoscaler"));
        let value = name.value.clone();
        found.push(pool(value, role, replicas, count.unwrap_or(name), server_type));
    }
    found
}

/// `worker_count = 3`
fn counted<'a>(module: &Module<'a>, name: &str, given: &Given<'a>) -> Option<Pool> {
    let names = [
        "control_plane_count",
        "controlplane_count",
        "worker_count",
        "workers_count",
        "control_planes_count",
    ];
    if !names.contains(&name) {
        return None;
    }
    let at = module.resolved(given.at)?;
    let Kind::Number(number) = &at.value.kind else { return None };
    let source = Said::new(at.path, at.line, plain(number));
    let title = if role_in(name) == Role::Worker { "workers" } else { "control planes" };
    Some(pool(title.to_owned(), role_in(name), number.parse().ok(), source, None))
}

fn pool(name: String, role: Role, replicas: Option<u32>, source: Said, server_type: Option<Said>) -> Pool {
    let begins = Place { file: source.file.clone(), line: source.line };
    Pool { name, role, replicas, source, begins, kubernetes: None, image: None, server_type }
}
