//! Where the chain Machine, node, Talos node, etcd member, server is broken, in words.

use super::chain::{of_machine_in, server_number};
use super::members::{SeenEtcd, seen};
use crate::Model;
use domain::{Link, Machine, Moment, Source, first_label};
use std::collections::BTreeSet;
use std::time::Duration;

/// A thing that has no counterpart where it should have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Stable from one look to the next: which link is broken.
    pub kind: &'static str,
    pub subject: String,
    pub says: String,
    pub source: Source,
    /// Since when, where that is known.
    pub since: Option<Moment>,
    /// Whether it costs something by itself: money, or a member less.
    pub grave: bool,
}

/// A young thing may lack its counterpart for so long.
pub(crate) const GRACE: Duration = Duration::from_secs(300);

/// Every break. A side that is not heard breaks nothing.
pub fn breaks(model: &Model) -> Vec<Break> {
    let etcd = seen(&model.world);
    let mut found = Vec::new();
    for machine in model.world.capi.machines.iter() {
        of_a_machine(model, machine, &etcd, &mut found);
    }
    strangers(model, &etcd, &mut found);
    found.sort_by(|a, b| (b.grave, a.kind, &a.subject).cmp(&(a.grave, b.kind, &b.subject)));
    found
}

fn live(model: &Model, source: Source, part: &str) -> bool {
    model.world.feeds.iter().any(|(feed, state)| {
        feed.source == source && (part.is_empty() || feed.part == part) && state.link == Link::Live
    })
}

fn of_a_machine(model: &Model, machine: &Machine, etcd: &SeenEtcd, found: &mut Vec<Break>) {
    let world = &model.world;
    let chain = of_machine_in(model, machine, etcd);
    let name = &machine.id.name;
    let age = |since: Option<Moment>| since.map_or(Duration::MAX, |it| model.now.since(it));
    if machine.deleting() {
        return;
    }
    if let Some(id) = &machine.provider_id {
        if chain.kube.is_none() && live(model, Source::Kube, "nodes") && age(machine.phase_since) > GRACE {
            found.push(Break {
                kind: "machine-without-node",
                subject: name.clone(),
                says: format!("machine {name} has server {id} but no node carries that provider id"),
                source: Source::Kube,
                since: machine.phase_since,
                grave: false,
            });
        }
        let server = server_number(id);
        // The provider is asked every minute or so: it does not know of a new server at once.
        if server.is_some()
            && age(machine.meta.created) > GRACE
            && chain.server.is_none()
            && !world.servers.is_empty()
            && live(model, Source::Hcloud, "")
        {
            found.push(Break {
                kind: "machine-without-server",
                subject: name.clone(),
                says: format!("machine {name} says its server is {id}; the provider has no such server"),
                source: Source::Hcloud,
                since: None,
                grave: true,
            });
        }
    }
    let ready = chain.kube.is_some_and(|it| it.ready());
    // It may have been a member until the list last changed.
    let changed = world.history.members.split_first().and_then(|(_, later)| later.last()).map(|it| it.0);
    let ready_since = chain.kube.and_then(|it| it.conditions.true_since("Ready")).max(changed);
    if machine.control_plane
        && ready
        && etcd.known()
        && !machine.etcd_leaving
        && chain.member.is_none()
        && age(ready_since) > GRACE / 5
    {
        let node = chain.kube.map(|it| it.name.0.clone()).unwrap_or_default();
        found.push(Break {
            kind: "machine-without-member",
            subject: name.clone(),
            says: format!("machine {name} runs as {node}, which is no etcd member"),
            source: Source::Etcd,
            since: ready_since,
            grave: true,
        });
    }
    if let Some(kube) = chain.kube
        && chain.talos.is_none()
        && !world.nodes.is_empty()
        && age(kube.meta.created) > GRACE
    {
        found.push(Break {
            kind: "node-without-talos",
            subject: name.clone(),
            says: format!(
                "node {} of machine {name} is not among the nodes that Talos answers for",
                kube.name
            ),
            source: Source::Talos,
            since: kube.meta.created,
            grave: false,
        });
    }
}

/// Things that belong to no machine.
fn strangers(model: &Model, etcd: &SeenEtcd, found: &mut Vec<Break>) {
    let world = &model.world;
    if world.capi.machines.is_empty() || !live(model, Source::Capi, "machines") {
        return;
    }
    let ids: BTreeSet<&str> = world.capi.machines.iter().filter_map(|it| it.provider_id.as_deref()).collect();
    let mut hosts: BTreeSet<String> = world.capi.machines.iter().filter_map(Machine::hostname).collect();
    hosts.extend(
        world
            .capi
            .machines
            .iter()
            .filter_map(|it| world.capi.infra_of(it))
            .map(|it| first_label(&it.meta.id.name)),
    );
    for node in world.kube_nodes.iter() {
        let known = node.provider_id.as_deref().is_some_and(|it| ids.contains(it))
            || hosts.contains(&first_label(&node.name.0));
        let old = node.meta.created.is_none_or(|it| model.now.since(it) > GRACE);
        if !known && old {
            found.push(Break {
                kind: "node-without-machine",
                subject: node.name.0.clone(),
                says: format!("node {} belongs to no machine", node.name),
                source: Source::Kube,
                since: node.meta.created,
                grave: false,
            });
        }
    }
    for member in etcd.members.iter().filter(|it| !it.host.is_empty() && !hosts.contains(&it.host)) {
        // etcd is asked a few times a minute: it may have left with its machine already.
        let mut lives = world.history.lives.values();
        let life = lives.find(|it| it.node.as_deref().map(first_label).as_ref() == Some(&member.host));
        found.push(Break {
            kind: "member-without-machine",
            subject: member.host.clone(),
            says: format!("etcd member {} belongs to no machine", member.host),
            source: Source::Etcd,
            since: life.and_then(|it| it.gone),
            grave: true,
        });
    }
    let owned: BTreeSet<&str> = world
        .capi
        .machines
        .iter()
        .filter_map(|it| it.infrastructure.as_ref())
        .map(|it| it.name.as_str())
        .collect();
    for infra in world.capi.infra_machines.iter().filter(|it| !owned.contains(it.meta.name())) {
        let old = infra.meta.created.is_none_or(|it| model.now.since(it) > GRACE);
        if old && infra.provider_id.as_deref().is_none_or(|it| !ids.contains(it)) {
            let server = infra.provider_id.as_deref().unwrap_or("no server yet");
            found.push(Break {
                kind: "server-without-machine",
                subject: infra.meta.name().to_owned(),
                says: format!(
                    "{} {} ({server}) belongs to no machine and goes on billing",
                    infra.meta.id.kind,
                    infra.meta.name()
                ),
                source: Source::Capi,
                since: infra.meta.deleted.or(infra.meta.created),
                grave: true,
            });
        }
    }
    for (server, since) in leaked(model) {
        found.push(Break {
            kind: "server-leaked",
            subject: server.name.clone(),
            says: format!(
                "server {} ({}) is labelled as ours but nothing declares it",
                server.name, server.id.0
            ),
            source: Source::Hcloud,
            since,
            grave: true,
        });
    }
}

/// Servers that are labelled as ours and that nothing declares, and since when.
pub fn leaked(model: &Model) -> Vec<(&domain::Server, Option<Moment>)> {
    let world = &model.world;
    let made: BTreeSet<&str> = world.capi.infra_machines.iter().map(|it| it.meta.name()).collect();
    let mut found = Vec::new();
    for server in world.servers.iter() {
        let ours = server.labels.keys().any(|it| it.starts_with("caph-cluster-"));
        let name = server.labels.get("machine.caph-name").unwrap_or(&server.name);
        // The provider is asked every minute or so: a server may be gone already, soon after its machine.
        let mut lives = world.history.lives.values();
        let life = lives.find(|it| it.server.as_deref().and_then(server_number) == Some(server.id));
        let alone = life.map_or(server.created, |it| it.gone);
        let known = life.is_none_or(|it| it.gone.is_some());
        let old = known && alone.is_none_or(|it| model.now.since(it) > GRACE);
        let machine = server.labels.contains_key("machine_type");
        if ours && machine && old && !made.is_empty() && !made.contains(name.as_str()) {
            found.push((server, alone));
        }
    }
    found
}
