//! One version of all the places that say it, or a conflict with every one of them.

use super::files::shared;
use super::version::{bare, is_open, version_in};
use domain::RepoPath;
use domain::inventory::{Cluster, Finding, FindingKind, Role, Said, TalosKind};

/// Decide what the places of a cluster say together, and tell where they differ.
pub(super) fn settle(cluster: &mut Cluster, findings: &mut Vec<Finding>) {
    let (value, _) = settled(&cluster.kubernetes.sources);
    let (_, conflict) = settled(&of_all(cluster, value.as_deref()));
    cluster.kubernetes.value = value;
    cluster.kubernetes.conflict = conflict;
    let (value, conflict) = settled(&cluster.talos.sources);
    let said = cluster.talos.sources.iter().find(|it| counts(it));
    cluster.talos.kind = match said {
        Some(said) if said.written.is_some() => Some(TalosKind::Image),
        Some(_) => Some(TalosKind::Version),
        None if !cluster.talos.contract.is_empty() => Some(TalosKind::Contract),
        None => cluster.talos.sources.first().map(|it| match it.value.contains('/') {
            true => TalosKind::Image,
            false => TalosKind::Version,
        }),
    };
    cluster.talos.value = value;
    cluster.talos.conflict = conflict;
    if !cluster.active {
        return;
    }
    let name = cluster.name.clone();
    let kubernetes = of_all(cluster, cluster.kubernetes.value.as_deref());
    let both = [("Kubernetes", &kubernetes), ("Talos", &cluster.talos.sources)];
    for (what, sources) in both
        .into_iter()
        .zip([cluster.kubernetes.conflict, cluster.talos.conflict])
        .filter(|it| it.1)
        .map(|it| it.0)
    {
        let sources: Vec<Said> = sources.iter().filter(|it| counts(it)).cloned().collect();
        let mut versions: Vec<&str> = Vec::new();
        for source in &sources {
            if !versions.iter().any(|it| bare(it) == bare(&source.value)) {
                versions.push(&source.value);
            }
        }
        let message = format!("{name} shall have {what} {}", versions.join(" and "));
        findings.push(Finding { kind: FindingKind::Conflict, message, sources });
    }
}

/// The cluster that a file is of, which says a version of no cluster by name: the only one in force, else the one with
/// which it shares more of its path than with any other.
pub(super) fn nearest<'a>(clusters: &'a mut [Cluster], path: &RepoPath) -> Option<&'a mut Cluster> {
    let active = |it: &&Cluster| it.active;
    let only = clusters.iter().filter(active).count() == 1;
    let most = clusters.iter().filter(active).map(|it| shared(&it.folder, &path.0)).max()?;
    let first = clusters.iter().filter(active).filter(|it| shared(&it.folder, &path.0) == most).count() == 1;
    if !only && (!first || most == 0) {
        return None;
    }
    clusters.iter_mut().find(|it| it.active && shared(&it.folder, &path.0) == most)
}

/// The places that say which Kubernetes the cluster as a whole shall have: without those of workers that stay behind
/// its control plane, as Kubernetes lets them.
fn of_all(cluster: &Cluster, value: Option<&str>) -> Vec<Said> {
    let Some(value) = value else { return cluster.kubernetes.sources.clone() };
    let pools =
        cluster.pools.iter().filter(|it| it.role == Role::Worker).filter_map(|it| it.kubernetes.as_ref());
    let nodes =
        cluster.nodes.iter().filter(|it| it.role == Role::Worker).filter_map(|it| it.kubernetes.as_ref());
    let behind: Vec<&Said> = pools.chain(nodes).filter(|it| numbers(&it.value) < numbers(value)).collect();
    let stays = |it: &&Said| !behind.iter().any(|one| one.file == it.file && one.line == it.line);
    cluster.kubernetes.sources.iter().filter(stays).cloned().collect()
}

/// "v1.35.2" as what can be compared.
fn numbers(version: &str) -> Vec<u32> {
    bare(version).split(['.', '-']).map_while(|it| it.parse().ok()).collect()
}

/// The first that says a version, and whether others differ.
fn settled(sources: &[Said]) -> (Option<String>, bool) {
    let mut all = sources.iter().filter(|it| counts(it)).map(|it| it.value.as_str());
    let Some(first) = all.next() else { return (None, false) };
    (Some(first.to_owned()), all.any(|it| bare(it) != bare(first)))
}

/// Whether a place says a version of the whole cluster.
fn counts(said: &Said) -> bool {
    said.role.is_none() && !is_open(&said.value) && version_in(&said.value).is_some()
}
