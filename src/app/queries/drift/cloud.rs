//! Servers, load balancers and networks at Hetzner that are not as declared, or that nothing declares.

use crate::Model;
use crate::model::ListAge;
use crate::queries::{join, source_map};
use domain::{
    Class, CloudAction, Difference, Feed, InfraCluster, Link, LoadBalancer, Look, Moment, ObjectRef, Said,
    Source, Subject, Sureness, WantedBalancer, Way, Written,
};

pub(super) fn add(model: &Model, found: &mut Vec<Difference>) {
    if !heard(model, "") {
        return;
    }
    for (server, since) in join::leaked(model) {
        let of = Subject::Server(server.id, server.name.clone());
        found.push(Difference {
            git: Said::Nothing,
            declared: Said::Nothing,
            live: Said::Value(format!("{} {}", server.kind, server.status)),
            since,
            why: "it is labelled as this cluster's, and no machine of it is declared".into(),
            ..difference(of, "server", Class::Unmanaged)
        });
    }
    found.extend(gone(model));
    // The lists are read seldom: one that is older than what is wanted of it says nothing.
    let lists = &model.world.lists;
    for cluster in clusters(model) {
        let changed = lists.changed(&cluster.meta.id);
        if lists.balancers.tells_of(changed) {
            balancer(model, cluster, found);
        }
        if lists.networks.tells_of(changed) {
            network(model, cluster, found);
        }
    }
}

fn clusters(model: &Model) -> impl Iterator<Item = &InfraCluster> {
    model.world.capi.infra_clusters.iter().filter(|it| it.ready && it.meta.deleted.is_none())
}

/// What compares a list with what a cluster wants of it.
type Compare = fn(&Model, &InfraCluster, &mut Vec<Difference>);

/// The lists on which something is not as wanted, and that may be otherwise by now.
pub fn unsure(model: &Model) -> Vec<Look> {
    if !heard(model, "") {
        return Vec::new();
    }
    let lists = &model.world.lists;
    let differs = |compare: Compare, cluster: &InfraCluster| {
        let mut found = Vec::new();
        compare(model, cluster, &mut found);
        !found.is_empty()
    };
    let due = |list: &ListAge, compare: Compare| {
        let due = |it: &InfraCluster| list.is_due(lists.changed(&it.meta.id), model.now);
        clusters(model).any(|it| due(it) && differs(compare, it))
    };
    let balancers = due(&lists.balancers, balancer).then_some(Look::LoadBalancers);
    balancers.into_iter().chain(due(&lists.networks, network).then_some(Look::Networks)).collect()
}

/// Whether a part of Hetzner answers, so that what it does not tell of is not there.
pub(super) fn heard(model: &Model, part: &str) -> bool {
    let state = model.world.feeds.get(&Feed::of(Source::Hcloud, part));
    state.is_some_and(|it| it.link == Link::Live)
}

/// Whether anything at Hetzner is declared: by Cluster API, or by OpenTofu.
pub(super) fn is_declared(model: &Model) -> bool {
    let by_tofu = model
        .world
        .sources
        .as_ref()
        .map(|it| &it.inventory.cloud)
        .is_some_and(|it| !(it.servers.is_empty() && it.networks.is_empty() && it.firewalls.is_empty()));
    by_tofu || !model.world.capi.infra_clusters.is_empty()
}

/// A difference of which nothing is said yet.
pub(super) fn difference(of: Subject, field: impl Into<String>, class: Class) -> Difference {
    Difference {
        of,
        document: String::new(),
        field: field.into(),
        class,
        git: Said::Silent,
        declared: Said::Silent,
        live: Said::Silent,
        written: None,
        writer: None,
        since: None,
        why: String::new(),
        ways: Vec::new(),
    }
}

/// The newest action of one of these commands that was about a thing.
pub(super) fn last<'a>(
    model: &'a Model,
    kind: &str,
    number: u64,
    commands: &[&str],
) -> Option<&'a CloudAction> {
    let about = |it: &&CloudAction| {
        commands.contains(&it.command.as_str()) && it.about.iter().any(|(of, id)| of == kind && *id == number)
    };
    model.world.cloud_actions.iter().rev().find(about)
}

/// Provider machines whose server is not there any more.
fn gone(model: &Model) -> Vec<Difference> {
    let world = &model.world;
    let lasts = |it: &&domain::InfraMachine| {
        let old = |at: Option<Moment>| at.is_none_or(|at| model.now.since(at) > join::GRACE);
        it.meta.deleted.is_none() && it.ready && old(it.meta.created) && old(it.boot_since)
    };
    let mut found = Vec::new();
    for infra in world.capi.infra_machines.iter().filter(lasts) {
        let Some(id) = infra.provider_id.as_deref().and_then(join::server_number) else { continue };
        let owner = world.capi.machines.iter().find(|it| it.infrastructure.as_ref() == Some(&infra.meta.id));
        if world.servers.get(&id).is_some() || owner.is_some_and(domain::Machine::deleting) {
            continue;
        }
        let deleted = last(model, "server", id.0, &["delete_server"]).and_then(|it| it.at);
        found.push(Difference {
            declared: Said::Value(format!("hcloud://{}", id.0)),
            live: Said::Nothing,
            since: deleted,
            why: "Hetzner has no server of this number".into(),
            ..difference(Subject::Object(infra.meta.id.clone()), "server", Class::Missing)
        });
    }
    found
}

/// The line of a field of an object, as Git has it.
fn written(model: &Model, object: &ObjectRef, field: &str) -> Option<Written> {
    let said = source_map::of(model, object, Some(field)).or_else(|| source_map::of(model, object, None))?;
    Some(Written { path: said.path, line: said.line, sure: Sureness::Exact })
}

fn owned(labels: &std::collections::BTreeMap<String, String>, cluster: &InfraCluster) -> bool {
    labels.contains_key(&format!("caph-cluster-{}", cluster.meta.name()))
}

/// The load balancer of a cluster beside the one that it wants.
fn balancer(model: &Model, cluster: &InfraCluster, found: &mut Vec<Difference>) {
    let Some(wanted) = &cluster.load_balancer else { return };
    let mut live = model.world.load_balancers.iter().filter(|it| owned(&it.labels, cluster)).peekable();
    let at = "spec.controlPlaneLoadBalancer";
    if live.peek().is_none() {
        found.push(Difference {
            declared: Said::Value("wanted".into()),
            live: Said::Nothing,
            written: written(model, &cluster.meta.id, at),
            why: format!("Hetzner has no load balancer of {}", cluster.meta.name()),
            ways: vec![Way::Wait("CAPH makes it".into())],
            ..difference(Subject::Object(cluster.meta.id.clone()), "load balancer", Class::Missing)
        });
    }
    for live in live {
        for (field, key, declared, is) in unlike(wanted, live) {
            let path = format!("{at}.{key}");
            let said = source_map::of(model, &cluster.meta.id, Some(&path));
            found.push(Difference {
                git: said.map_or(Said::Silent, |it| Said::Value(it.value)),
                declared: Said::of(declared),
                live: Said::of(is),
                written: written(model, &cluster.meta.id, &path),
                why: format!("{} wants it otherwise", called(cluster)),
                ways: vec![Way::Wait("CAPH puts it back".into())],
                ..difference(Subject::LoadBalancer(live.name.clone()), field, Class::Drifted)
            });
        }
    }
}

fn called(cluster: &InfraCluster) -> String {
    Subject::Object(cluster.meta.id.clone()).words()
}

/// Field, its key in the spec, what is wanted, what is: where the two differ.
type Unlike = (String, String, Option<String>, Option<String>);

fn unlike(wanted: &WantedBalancer, live: &LoadBalancer) -> Vec<Unlike> {
    let mut found = Vec::new();
    for (key, wanted, is) in
        [("type", &wanted.kind, &live.kind), ("algorithm", &wanted.algorithm, &live.algorithm)]
    {
        if let Some(wanted) = wanted.as_ref().filter(|it| *it != is) {
            found.push((key.to_owned(), key.to_owned(), Some(wanted.clone()), Some(is.clone())));
        }
    }
    let words = |it: &domain::LoadBalancerService| format!("{} to {}", it.protocol, it.sends);
    for it in &wanted.extra {
        let is = live.services.iter().find(|one| one.listens == it.listens);
        if is != Some(it) {
            let field = format!("service {}", it.listens);
            found.push((field, "extraServices".to_owned(), Some(words(it)), is.map(words)));
        }
    }
    // The Kubernetes API's own service is not among those that are written.
    let api = |it: &&domain::LoadBalancerService| it.sends == wanted.port;
    let extra = |it: &&domain::LoadBalancerService| wanted.extra.iter().any(|one| one.listens == it.listens);
    for it in live.services.iter().filter(|it| !api(it) && !extra(it)) {
        found.push((format!("service {}", it.listens), "extraServices".to_owned(), None, Some(words(it))));
    }
    found
}

/// The network of a cluster beside the one that it wants. CAPH makes it once, and never changes it.
fn network(model: &Model, cluster: &InfraCluster, found: &mut Vec<Difference>) {
    let Some((range, subnet)) = &cluster.network else { return };
    let mut live = model.world.networks.iter().filter(|it| owned(&it.labels, cluster)).peekable();
    let at = |key: &str| written(model, &cluster.meta.id, &format!("spec.hcloudNetwork.{key}"));
    if live.peek().is_none() {
        found.push(Difference {
            declared: Said::Value(range.clone()),
            live: Said::Nothing,
            written: at("cidrBlock"),
            why: format!("Hetzner has no network of {}", cluster.meta.name()),
            ways: vec![Way::Wait("CAPH makes it".into())],
            ..difference(Subject::Object(cluster.meta.id.clone()), "network", Class::Missing)
        });
    }
    for live in live {
        let why = "CAPH makes a network once and does not change it".to_owned();
        if live.range != *range {
            found.push(Difference {
                declared: Said::Value(range.clone()),
                live: Said::Value(live.range.clone()),
                written: at("cidrBlock"),
                why: why.clone(),
                ..difference(Subject::Network(live.name.clone()), "ip range", Class::Drifted)
            });
        }
        if !live.subnets.contains(subnet) {
            found.push(Difference {
                declared: Said::Value(subnet.clone()),
                live: Said::Nothing,
                written: at("subnetCidrBlock"),
                why: why.clone(),
                ..difference(Subject::Network(live.name.clone()), format!("subnet {subnet}"), Class::Missing)
            });
        }
        for other in live.subnets.iter().filter(|it| *it != subnet) {
            found.push(Difference {
                declared: Said::Nothing,
                live: Said::Value("there".into()),
                written: at("subnetCidrBlock"),
                why: why.clone(),
                ..difference(Subject::Network(live.name.clone()), format!("subnet {other}"), Class::Unmanaged)
            });
        }
    }
}
