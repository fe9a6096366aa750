//! Servers and networks that OpenTofu's files declare, beside those at Hetzner.

use super::cloud::{difference, heard};
use super::firewalls::by_tofu;
use crate::Model;
use domain::inventory::{CloudThing, Lines};
use domain::{Class, Difference, RepoPath, Said, Subject, Sureness, Written};
use std::collections::BTreeMap;

/// What a reference begins with.
const ROOTS: &[&str] = &["var", "local", "each", "module", "data", "count", "self", "path", "terraform"];

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
    unmanaged(model, &networks, "network", live, found);

    let servers: Vec<&CloudThing> = cloud.servers.iter().collect();
    for it in servers.iter().filter(|it| is_written_out(&it.name)) {
        if !model.world.servers.iter().any(|live| live.name == it.name) && is_ours(model, &it.source.file) {
            found.push(missing(it, "server"));
        }
    }
    let live = model
        .world
        .servers
        .iter()
        .map(|it| (Subject::Server(it.id, it.name.clone()), &it.name, &it.labels, &it.status));
    unmanaged(model, &servers, "server", live, found);
}

fn network(model: &Model, it: &CloudThing, found: &mut Vec<Difference>) {
    let Some(live) = model.world.networks.get(&it.name) else {
        found.extend(is_ours(model, &it.source.file).then(|| missing(it, "network")));
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

/// Whoever declares things of a kind for this project declares all of them, but for those that Cluster API makes; where
/// a name is computed, nobody can say which are not.
fn unmanaged<'a>(
    model: &Model,
    declared: &[&CloudThing],
    what: &str,
    live: impl Iterator<Item = (Subject, &'a String, &'a BTreeMap<String, String>, &'a String)>,
    found: &mut Vec<Difference>,
) {
    let ours = || declared.iter().filter(|it| is_ours(model, &it.source.file));
    if ours().next().is_none() || !ours().all(|it| is_written_out(&it.name)) {
        return;
    }
    for (of, name, labels, is) in live {
        let capi = labels.keys().any(|it| it.starts_with("caph-cluster-"));
        if !capi && !ours().any(|it| it.name == *name) {
            found.push(Difference {
                git: Said::Nothing,
                live: Said::Value(is.clone()),
                why: format!("no file declares this {what}, and Cluster API does not own it"),
                ..difference(of, what, Class::Unmanaged)
            });
        }
    }
}

/// Whether a folder declares this project: a token opens one, and a repository may have several. It does where
/// something that it names is there.
pub(super) fn is_ours(model: &Model, path: &RepoPath) -> bool {
    let Some(cloud) = model.world.sources.as_ref().map(|it| &it.inventory.cloud) else { return false };
    let folder = |it: &RepoPath| it.0.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let of = folder(path);
    let world = &model.world;
    let here = |it: &Lines| folder(&it.file) == of;
    cloud.firewalls.iter().any(|it| here(&it.source) && world.firewalls.get(&it.name).is_some())
        || cloud.networks.iter().any(|it| here(&it.source) && world.networks.get(&it.name).is_some())
        || cloud
            .servers
            .iter()
            .any(|it| here(&it.source) && world.servers.iter().any(|one| one.name == it.name))
}

/// A name, and not an expression that comes to one.
pub(super) fn is_written_out(name: &str) -> bool {
    let root = name.split('.').next().unwrap_or_default();
    let reference = name.contains('.') && (ROOTS.contains(&root) || root.contains('_'));
    !name.is_empty() && !reference && !name.contains(['$', '(', '[', '{', '"', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FeedState;
    use domain::inventory::{Cloud, Inventory};
    use domain::{Change, Feed, Link, Moment, Server, ServerId, Source, SourceMap};
    use std::sync::Arc;

    fn thing(folder: &str, name: &str) -> CloudThing {
        let file = RepoPath(format!("{folder}/main.tf"));
        let source = Lines { file, line: 3, last_line: 5 };
        let address = format!("hcloud_server.{name}");
        CloudThing { name: name.into(), address, arguments: Vec::new(), source }
    }

    /// Servers that are declared, and those that the token shows.
    fn found(declared: Vec<CloudThing>, live: &[&str]) -> Vec<Difference> {
        let mut model = Model::default();
        let feed = FeedState { link: Link::Live, since: Moment(0), heard: None };
        model.world.feeds.insert(Feed::of(Source::Hcloud, ""), feed);
        let cloud = Cloud { servers: declared, ..Cloud::default() };
        let inventory = Arc::new(Inventory { cloud, ..Inventory::default() });
        model.world.sources = Some(Arc::new(SourceMap { inventory, ..SourceMap::default() }));
        let server = |(name, id): (&&str, u64)| Server {
            id: ServerId(id),
            name: (*name).to_owned(),
            status: "running".into(),
            kind: String::new(),
            location: String::new(),
            created: None,
            labels: BTreeMap::new(),
            image: None,
            public_ip: None,
            private_ip: None,
            locked: false,
        };
        model.world.servers.absorb(Change::Snapshot(live.iter().zip(1..).map(server).collect()));
        let mut found = Vec::new();
        add(&model, &mut found);
        found
    }

    #[test]
    fn a_server_is_missing_or_unmanaged_where_its_project_is_declared() {
        let both = || vec![thing("prod", "web"), thing("prod", "db")];
        assert_eq!(found(both(), &["web", "db"]), []);
        let [missing] = found(both(), &["web"]).try_into().unwrap();
        assert_eq!((missing.class, missing.of.words().as_str()), (Class::Missing, "server db"));
        let [unmanaged] = found(both(), &["web", "db", "old"]).try_into().unwrap();
        assert_eq!((unmanaged.class, unmanaged.of.words().as_str()), (Class::Unmanaged, "server old"));
    }

    #[test]
    fn what_is_declared_of_another_project_says_nothing_of_this_one() {
        let staging = || vec![thing("staging", "web-s"), thing("staging", "db-s")];
        assert_eq!(found(staging(), &["web", "db"]), []);
        let all = staging().into_iter().chain([thing("prod", "web"), thing("prod", "db")]).collect();
        assert_eq!(found(all, &["web", "db"]), []);
    }

    #[test]
    fn an_expression_is_no_name() {
        for name in ["nodes", "web.example.net", "a b", "k8s_fw"] {
            assert!(is_written_out(name), "{name}");
        }
        for name in ["", "${var.a}-fw", "var.name", "hcloud_server.a.name", "format(\"%s\", x)", "a ? b : c"]
        {
            assert!(!is_written_out(name), "{name}");
        }
    }
}
