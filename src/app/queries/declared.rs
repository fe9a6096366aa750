//! What Git declares of clusters, in a line: for a screen that has nothing live to show.

use super::words::{Phrase, Tone, count};
use crate::Model;
use domain::inventory::{Cluster, FindingKind, Inventory, Said};

fn inventory(model: &Model) -> Option<&Inventory> {
    model.world.sources.as_ref().map(|it| &*it.inventory)
}

fn in_force(model: &Model) -> impl Iterator<Item = &Cluster> {
    inventory(model).into_iter().flat_map(|it| &it.clusters).filter(|it| it.active)
}

fn place(said: &Said) -> String {
    format!("{}:{}", said.file, said.line)
}

/// "k8s: Talos v1.12.2, Kubernetes v1.35.0"
fn told(cluster: &Cluster) -> Phrase {
    let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".into());
    let tone = |conflict: bool| if conflict { Tone::Wait } else { Tone::Plain };
    Phrase::new()
        .plain(cluster.name.clone())
        .faint(": Talos ")
        .say(tone(cluster.talos.conflict), said(&cluster.talos.value))
        .faint(", Kubernetes ")
        .say(tone(cluster.kubernetes.conflict), said(&cluster.kubernetes.value))
}

/// How many nodes there shall be: named, or by the number of their pool.
pub fn node_count(model: &Model) -> usize {
    let of = |it: &Cluster| {
        let pools: u32 = it.pools.iter().filter_map(|it| it.replicas).sum();
        it.nodes.len() + usize::try_from(pools).unwrap_or(0)
    };
    in_force(model).map(of).sum()
}

/// The clusters in one line, and what contradicts itself; none where nothing is declared.
pub fn summary(model: &Model) -> Option<Phrase> {
    let found = inventory(model)?;
    let mut line = Phrase::new();
    for (at, cluster) in in_force(model).enumerate() {
        line = if at == 0 { line.faint("declares ") } else { line.faint("   ") };
        line = line.join(told(cluster));
    }
    let conflicts: Vec<_> = found.findings.iter().filter(|it| it.kind == FindingKind::Conflict).collect();
    if let Some(first) = conflicts.first() {
        let places: Vec<String> = first.sources.iter().map(place).collect();
        let many = count(conflicts.len(), "contradiction", "contradictions");
        line = line.say(Tone::Wait, format!("   {many}: {} ({})", first.message, places.join(", ")));
    }
    (!line.0.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::inventory::{Finding, ManagedBy, Node, Role, TalosVersion, Version};
    use domain::{RepoPath, SourceMap};
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
    }
}
