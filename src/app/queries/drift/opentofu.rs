//! Servers and networks that OpenTofu's files declare, beside those at Hetzner.

use super::cloud::{difference, heard};
use super::firewalls::by_tofu;
use crate::Model;
use domain::inventory::{CloudThing, Lines};
use domain::{Class, Difference, RepoPath, Said, Subject, Sureness, Written};
use std::collections::BTreeMap;

pub(super) fn add(model: &Model, found: &mut Vec<Difference>) {
    let Some(cloud) = model.world.sources.as_ref().map(|it| &it.inventory.cloud) else { return };
    if !heard(model, "") {
        return;
    }
    let networks: Vec<&CloudThing> =
        cloud.networks.iter().filter(|it| it.address.starts_with("hcloud_network.")).collect();
    for it in networks.iter().filter(|it| is_written_out(&it.name)) {
        network(model, it, found);
    }
    let live = model
        .world
        .networks
        .iter()
        .map(|it| (Subject::Network(it.name.clone()), &it.name, &it.labels, &it.range));
    unmanaged(&networks, "network", live, found);

    let servers: Vec<&CloudThing> = cloud.servers.iter().collect();
    for it in servers.iter().filter(|it| is_written_out(&it.name)) {
        if !model.world.servers.iter().any(|live| live.name == it.name) {
            found.push(missing(it, "server"));
        }
    }
    let live = model
        .world
        .servers
        .iter()
        .map(|it| (Subject::Server(it.id, it.name.clone()), &it.name, &it.labels, &it.status));
    unmanaged(&servers, "server", live, found);
}

fn network(model: &Model, it: &CloudThing, found: &mut Vec<Difference>) {
    let Some(live) = model.world.networks.get(&it.name) else {
        found.push(missing(it, "network"));
        return;
    };
    let range = it.arguments.iter().find(|it| it.name == "ip_range").map(|it| &it.source);
    if let Some(range) = range.filter(|it| it.value != live.range) {
        let at = Written { path: range.file.clone(), line: range.line, sure: Sureness::Exact };
        found.push(Difference {
            git: Said::Value(range.value.clone()),
            live: Said::Value(live.range.clone()),
            written: Some(at),
            why: "Hetzner has the network with another range".into(),
            ways: vec![by_tofu(&range.file)],
            ..difference(Subject::Network(it.name.clone()), "ip range", Class::Drifted)
        });
    }
}

fn missing(it: &CloudThing, what: &str) -> Difference {
    let Lines { file, line, .. } = &it.source;
    // What is not there has no number.
    let of = match what {
        "network" => Subject::Network(it.name.clone()),
        _ => Subject::Server(domain::ServerId(0), it.name.clone()),
    };
    Difference {
        git: Said::Value("declared".into()),
        live: Said::Nothing,
        written: Some(Written { path: file.clone(), line: *line, sure: Sureness::Exact }),
        why: format!("Hetzner has no {what} of this name"),
        ways: vec![by_tofu(&RepoPath(file.0.clone()))],
        ..difference(of, what, Class::Missing)
    }
}

/// Whoever declares things of a kind declares all of them, but for those that Cluster API makes; where a name is
/// computed, nobody can say which are not.
fn unmanaged<'a>(
    declared: &[&CloudThing],
    what: &str,
    live: impl Iterator<Item = (Subject, &'a String, &'a BTreeMap<String, String>, &'a String)>,
    found: &mut Vec<Difference>,
) {
    if declared.is_empty() || !declared.iter().all(|it| is_written_out(&it.name)) {
        return;
    }
    for (of, name, labels, is) in live {
        let capi = labels.keys().any(|it| it.starts_with("caph-cluster-"));
        if !capi && !declared.iter().any(|it| it.name == *name) {
            found.push(Difference {
                git: Said::Nothing,
                live: Said::Value(is.clone()),
                why: format!("no file declares this {what}, and Cluster API does not own it"),
                ..difference(of, what, Class::Unmanaged)
            });
        }
    }
}

/// A name, and not an expression that comes to one.
fn is_written_out(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '_')
}
