//! What Git declares for a page of which nothing is heard: the desired side alone, with file and line.

use super::fleet::Mark;
use super::sources;
use super::words::{Phrase, Tone, count};
use crate::{Model, Page, Place, RowKey};
use domain::inventory::{Cluster, FindingKind, Inventory, Role, Said};
use domain::{Link, RepoPath, Source};

/// One declared thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredRow {
    pub key: RowKey,
    /// As the columns.
    pub cells: Vec<String>,
    pub path: RepoPath,
    /// From 1.
    pub line: u32,
    /// False where it is archived or an example.
    pub active: bool,
}

/// What a page shows of the desired side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// Why nothing live is shown.
    pub unheard: String,
    pub columns: &'static [&'static str],
    pub rows: Vec<DesiredRow>,
}

/// What is declared for the page on the screen, where nothing of it is heard and Git says something of it.
pub fn shown(model: &Model) -> Option<Desired> {
    let Place::Page(page) = model.screen.place else { return None };
    let world = &model.world;
    let (silent, sources): (bool, &[Source]) = match page {
        Page::Nodes => (world.nodes.is_empty(), &[Source::Talos]),
        Page::Etcd => (world.etcd.is_empty(), &[Source::Etcd]),
        Page::Machines => (world.capi.machines.is_empty() && world.capi.clusters.is_empty(), &[Source::Capi]),
        Page::Delivery => {
            let none = world.delivery.applications.is_empty() && world.delivery.flux().next().is_none();
            (none, &[Source::Argo, Source::Flux])
        }
        _ => return None,
    };
    // What is being asked may answer in a moment, and what answers has nothing: then nothing is what there is.
    let asked = |source: &Source| {
        world.feeds_of(*source).any(|(_, it)| matches!(it.link, Link::Connecting | Link::Live))
    };
    if !silent || sources.iter().any(asked) {
        return None;
    }
    let inventory = &world.sources.as_ref()?.inventory;
    let (columns, mut rows) = match page {
        Page::Nodes => nodes(inventory, |_| true),
        Page::Etcd => nodes(inventory, |role| role == Role::ControlPlane),
        Page::Machines => machines(inventory),
        _ => delivery(inventory),
    };
    let filter = model.screen.listing().map(|it| it.filter.to_lowercase()).unwrap_or_default();
    let fits = |row: &DesiredRow| {
        let all = format!("{} {}", row.cells.join(" "), row.path).to_lowercase();
        filter.split_whitespace().all(|word| all.contains(word))
    };
    let any = !rows.is_empty();
    rows.retain(fits);
    rows.sort_by_key(|it| !it.active);
    let marks = sources::marks(model);
    let says = |source: &Source| {
        let mark = marks.iter().find(|it| it.source == *source)?;
        Some(format!("{} {}", source.word(), mark.says))
    };
    let mut unheard: Vec<String> = Vec::new();
    for said in sources.iter().filter_map(says) {
        // Argo CD and Flux are of one cluster, and mostly not there for one reason.
        let reason = said.split_once(' ').map_or("", |(_, reason)| reason);
        if !unheard.iter().any(|it| it.ends_with(reason)) {
            unheard.push(said);
        }
    }
    let unheard = unheard.join("; ");
    any.then_some(Desired { unheard, columns, rows })
}

/// Where the selected row of the declared side is written.
pub fn selected(model: &Model) -> Option<(RepoPath, u32)> {
    let key = model.screen.listing()?.selected.clone()?;
    let found = shown(model)?.rows.into_iter().find(|it| it.key == key)?;
    Some((found.path, found.line))
}

/// A declared thing is neither well nor ill.
pub const MARK: Mark = Mark::NotConfigured;

fn row(cells: Vec<String>, said: &Said, active: bool) -> DesiredRow {
    let place = format!("{}:{}", said.file, said.line);
    let mut cells = cells;
    let key = RowKey(format!("{} {place}", cells.first().cloned().unwrap_or_default()));
    cells.push(place);
    DesiredRow { key, cells, path: said.file.clone(), line: said.line, active }
}

fn version(value: Option<&String>) -> String {
    value.cloned().unwrap_or_else(|| "unknown".into())
}

fn role(role: Role) -> &'static str {
    match role {
        Role::ControlPlane => "control plane",
        Role::Worker => "worker",
        Role::Unknown => "unknown",
    }
}

fn nodes(inventory: &Inventory, wanted: impl Fn(Role) -> bool) -> (&'static [&'static str], Vec<DesiredRow>) {
    let of = |cluster: &Cluster| -> Vec<DesiredRow> {
        let one = |node: &domain::inventory::Node| {
            let talos = node.talos.as_ref().map(|it| &it.value).or(cluster.talos.value.as_ref());
            let kubernetes =
                node.kubernetes.as_ref().map(|it| &it.value).or(cluster.kubernetes.value.as_ref());
            let cells = vec![
                node.name.clone(),
                cluster.name.clone(),
                role(node.role).to_owned(),
                version(talos),
                version(kubernetes),
                node.address.clone(),
            ];
            row(cells, &node.source, cluster.active)
        };
        let pool = |pool: &domain::inventory::Pool| {
            let many = pool.replicas.map_or("some".to_owned(), |it| it.to_string());
            let kubernetes = pool.kubernetes.as_ref().map(|it| &it.value);
            let cells = vec![
                format!("{many} of {}", pool.name),
                cluster.name.clone(),
                role(pool.role).to_owned(),
                version(cluster.talos.value.as_ref()),
                version(kubernetes.or(cluster.kubernetes.value.as_ref())),
                String::new(),
            ];
            row(cells, &pool.source, cluster.active)
        };
        let nodes = cluster.nodes.iter().filter(|it| wanted(it.role)).map(one);
        nodes.chain(cluster.pools.iter().filter(|it| wanted(it.role)).map(pool)).collect()
    };
    let rows = inventory.clusters.iter().flat_map(of).collect();
    (&["name", "cluster", "role", "talos", "kubernetes", "address", "written in"], rows)
}

fn machines(inventory: &Inventory) -> (&'static [&'static str], Vec<DesiredRow>) {
    let clusters = inventory.clusters.iter().filter_map(|it| {
        let said = it.source.as_ref().or(it.kubernetes.sources.first()).or(it.talos.sources.first())?;
        let cells = vec![
            format!("cluster {}", it.name),
            it.managed_by.told().to_owned(),
            version(it.kubernetes.value.as_ref()),
            it.endpoint.as_ref().map(|it| it.value.clone()).unwrap_or_default(),
        ];
        Some(row(cells, said, it.active))
    });
    let objects = inventory.capi.iter().map(|it| {
        let group = it.api_version.split('/').next().unwrap_or_default();
        let cells = vec![
            format!("{} {}", it.kind, it.name),
            group.split('.').next().unwrap_or_default().to_owned(),
            String::new(),
            it.namespace.clone(),
        ];
        row(cells, &it.source, it.active)
    });
    (&["what", "by", "kubernetes", "endpoint or namespace", "written in"], clusters.chain(objects).collect())
}

fn delivery(inventory: &Inventory) -> (&'static [&'static str], Vec<DesiredRow>) {
    let argo = &inventory.delivery.argo;
    let applications = argo.applications.iter().map(|it| {
        let what = if it.path.is_empty() { &it.chart } else { &it.path };
        let cells =
            vec![it.name.clone(), "argo".into(), "application".into(), what.clone(), it.revision.clone()];
        row(cells, &it.source, it.active)
    });
    let sets = argo.application_sets.iter().flat_map(|set| {
        let cells = vec![
            set.name.clone(),
            "argo".into(),
            "application set".into(),
            format!("{}, makes {}", set.generator, set.generates.len()),
            String::new(),
        ];
        let made = set.generates.iter().map(|it| {
            let cells = vec![
                format!("  {}", it.name),
                "argo".into(),
                format!("of {}", set.name),
                it.path.clone(),
                String::new(),
            ];
            row(cells, &set.source, set.active)
        });
        std::iter::once(row(cells, &set.source, set.active)).chain(made)
    });
    let flux = &inventory.delivery.flux;
    let kustomizations = flux.kustomizations.iter().map(|it| {
        let cells = vec![
            it.name.clone(),
            "flux".into(),
            "kustomization".into(),
            it.path.clone(),
            it.source_ref.clone(),
        ];
        row(cells, &it.source, it.active)
    });
    let releases = flux.helm_releases.iter().map(|it| {
        let cells = vec![
            it.name.clone(),
            "flux".into(),
            "helm release".into(),
            it.chart.clone(),
            it.version.as_ref().map(|it| it.value.clone()).unwrap_or_default(),
        ];
        row(cells, &it.source, it.active)
    });
    let rows = applications.chain(sets).chain(kustomizations).chain(releases).collect();
    (&["name", "engine", "kind", "delivers", "revision", "written in"], rows)
}

fn in_force(model: &Model) -> impl Iterator<Item = &Cluster> {
    model.world.sources.iter().flat_map(|it| &it.inventory.clusters).filter(|it| it.active)
}

/// How many nodes this cluster shall have: named, or by the number of their pool. A repository may declare several:
/// this one is where `.pilothouse.toml` says, else the one of its name, else the only one.
pub fn node_count(model: &Model) -> usize {
    let all: Vec<&Cluster> = in_force(model).collect();
    let files = |it: &Cluster| -> Vec<RepoPath> {
        let nodes = it.nodes.iter().map(|it| &it.source).chain(it.pools.iter().map(|it| &it.source));
        it.source.iter().chain(nodes).map(|it| it.file.clone()).collect()
    };
    let live = model.world.capi.clusters.iter().map(|it| it.meta.name());
    let names: Vec<&str> = live.chain(model.settings.context.as_deref()).collect();
    let entry = sources::entry(model);
    let held = |it: &&Cluster| entry.is_none_or(|entry| files(it).iter().any(|path| entry.holds(path)));
    let mut ours: Vec<&Cluster> = all.into_iter().filter(held).collect();
    if ours.len() > 1 {
        let named: Vec<&Cluster> = ours.iter().copied().filter(|it| names.contains(&&*it.name)).collect();
        if entry.is_none() || !named.is_empty() {
            ours = named;
        }
    }
    let of = |it: &&Cluster| {
        let pools: u32 = it.pools.iter().filter_map(|it| it.replicas).sum();
        it.nodes.len() + usize::try_from(pools).unwrap_or(0)
    };
    ours.iter().map(of).sum()
}

/// The clusters in one line, and what contradicts itself; none where nothing is declared.
pub fn summary(model: &Model) -> Option<Phrase> {
    let found = &model.world.sources.as_ref()?.inventory;
    let mut line = Phrase::new();
    for (at, cluster) in in_force(model).enumerate() {
        line = if at == 0 { line.faint("declares ") } else { line.faint("   ") };
        line = line.join(told(cluster));
    }
    let conflicts: Vec<_> = found.findings.iter().filter(|it| it.kind == FindingKind::Conflict).collect();
    if let Some(first) = conflicts.first() {
        let places: Vec<String> = first.sources.iter().map(|it| format!("{}:{}", it.file, it.line)).collect();
        let many = count(conflicts.len(), "contradiction", "contradictions");
        line = line.say(Tone::Wait, format!("   {many}: {} ({})", first.message, places.join(", ")));
    }
    (!line.0.is_empty()).then_some(line)
}

/// "k8s: Talos v1.12.2, Kubernetes v1.35.0"
fn told(cluster: &Cluster) -> Phrase {
    let tone = |conflict: bool| if conflict { Tone::Wait } else { Tone::Plain };
    Phrase::new()
        .plain(cluster.name.clone())
        .faint(": Talos ")
        .say(tone(cluster.talos.conflict), version(cluster.talos.value.as_ref()))
        .faint(", Kubernetes ")
        .say(tone(cluster.kubernetes.conflict), version(cluster.kubernetes.value.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClusterMap;
    use domain::SourceMap;
    use domain::inventory::{Finding, ManagedBy, Node, TalosVersion, Version};
    use std::sync::Arc;

    #[test]
    fn what_git_declares_is_told_with_its_lines() {
        let said = |line: u32, value: &str| Said::new(&RepoPath("talconfig.yaml".into()), line, value);
        let cluster = Cluster {
            name: "home".into(),
            source: Some(said(1, "home")),
            managed_by: ManagedBy::Talhelper,
            active: true,
            inactive_because: None,
            folder: String::new(),
            kubernetes: Version { value: Some("v1.35.0".into()), conflict: true, sources: Vec::new() },
            talos: TalosVersion::default(),
            endpoint: None,
            nodes: vec![Node {
                name: "cp-1".into(),
                role: Role::ControlPlane,
                address: "10.0.0.1".into(),
                source: said(9, "cp-1"),
                talos: None,
                kubernetes: None,
                schematic: None,
            }],
            pools: Vec::new(),
            patches: Vec::new(),
            schematics: Vec::new(),
        };
        let gone = Cluster { active: false, ..cluster.clone() };
        let message = "home shall have Kubernetes v1.35.0 and v1.34.0".to_owned();
        let sources = vec![said(3, "v1.35.0"), said(30, "v1.34.0")];
        let inventory = Inventory {
            clusters: vec![cluster, gone],
            findings: vec![Finding { kind: FindingKind::Conflict, message, sources }],
            ..Inventory::default()
        };
        let mut model = Model::default();
        assert_eq!((summary(&model), node_count(&model)), (None, 0));
        model.world.sources =
            Some(Arc::new(SourceMap { inventory: Arc::new(inventory), ..SourceMap::default() }));
        let text = |it: &Phrase| it.0.iter().map(|it| it.1.as_str()).collect::<String>();
        assert_eq!(
            text(&summary(&model).unwrap()),
            "declares home: Talos unknown, Kubernetes v1.35.0   1 contradiction: home shall have Kubernetes v1.35.0 and v1.34.0 (talconfig.yaml:3, talconfig.yaml:30)"
        );
        assert_eq!(node_count(&model), 1);
        // Another cluster of the repository is not this one.
        let elsewhere = |it: &Cluster| Cluster {
            name: "lab".into(),
            source: None,
            nodes: it.nodes.iter().map(|it| Node { source: moved(&it.source), ..it.clone() }).collect(),
            ..it.clone()
        };
        let map = model.world.sources.as_mut().and_then(Arc::get_mut).unwrap();
        let mut inventory = Inventory::clone(&map.inventory);
        inventory.clusters.push(elsewhere(&inventory.clusters[0]));
        map.inventory = Arc::new(inventory);
        assert_eq!(node_count(&model), 0, "none of the two is known to be this one");
        model.settings.context = Some("lab".into());
        assert_eq!(node_count(&model), 1);
        let toml = "[clusters.lab]\nenvironment = \"LAB\"\npaths = [\"elsewhere\"]\n";
        model.settings.clusters = ClusterMap::parse(".pilothouse.toml", toml).unwrap();
        assert_eq!(node_count(&model), 1);
        let toml = toml.replace("elsewhere", "nowhere");
        model.settings.clusters = ClusterMap::parse(".pilothouse.toml", &toml).unwrap();
        assert_eq!(node_count(&model), 0);
    }

    fn moved(said: &Said) -> Said {
        Said { file: RepoPath(format!("elsewhere/{}", said.file)), ..said.clone() }
    }
}
