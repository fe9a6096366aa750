//! Clusters that a topf.yaml declares.

use super::files::{Files, Found};
use super::label::Label;
use super::{archived, patches};
use crate::plain::plain;
use crate::relative::{beside, folder_of, inside};
use domain::RepoPath;
use domain::inventory::{Cluster, ManagedBy, Node, Patch, Role, Said, TalosVersion, Version};

pub(super) fn clusters(files: &Files<'_>) -> Vec<Cluster> {
    files.labelled(|it| *it == Label::Topf).map(|it| cluster(files, it)).collect()
}

fn cluster(files: &Files<'_>, at: Found<'_>) -> Cluster {
    let Found { path, doc } = at;
    let folder = folder_of(&path.0);
    let root =
        beside(folder, doc.value("patchesDir").unwrap_or_default()).unwrap_or_else(|| folder.to_owned());
    let below = |name: &str| if root.is_empty() { name.to_owned() } else { format!("{root}/{name}") };
    let mut all: Vec<Patch> = Vec::new();
    for (name, scope) in [
        ("all", "cluster"),
        ("control-plane", "controlplane"),
        ("controlplane", "controlplane"),
        ("worker", "worker"),
    ] {
        all.extend(of_folder(files, &below(name), scope));
    }
    let (mut talos, mut kubernetes): (Vec<Said>, Vec<Said>) = (
        doc.said(path, "talosVersion").into_iter().collect(),
        doc.said(path, "kubernetesVersion").into_iter().collect(),
    );
    let (images, kubelets) = patches::versions(&all);
    talos.extend(images);
    kubernetes.extend(kubelets);
    let mut nodes = Vec::new();
    for number in 0..doc.items("nodes") {
        let said = |name: &str| doc.said(path, &format!("nodes[{number}].{name}"));
        let Some(source) = said("host").or_else(|| said("ip")) else { continue };
        let own = of_folder(files, &below(&format!("node/{}", source.value)), &source.value);
        let (images, kubelets) = patches::versions(&own);
        all.extend(own);
        nodes.push(Node {
            name: source.value.clone(),
            role: match said("role").map(|it| it.value).as_deref() {
                Some("control-plane" | "controlplane") => Role::ControlPlane,
                Some("worker") => Role::Worker,
                _ => Role::Unknown,
            },
            address: said("ip").map(|it| it.value).unwrap_or_default(),
            talos: images.into_iter().next(),
            kubernetes: kubelets.into_iter().next(),
            schematic: said("schematicId"),
            source,
        });
    }
    let inactive_because = archived::why(&path.0);
    Cluster {
        name: plain(doc.value("clusterName").unwrap_or_default()).into_owned(),
        source: doc.said(path, "clusterName"),
        managed_by: ManagedBy::Topf,
        active: inactive_because.is_none(),
        inactive_because,
        folder: folder.to_owned(),
        kubernetes: Version { sources: kubernetes, ..Version::default() },
        talos: TalosVersion { sources: talos, ..TalosVersion::default() },
        endpoint: doc.said(path, "clusterEndpoint"),
        nodes,
        pools: Vec::new(),
        patches: all,
        schematics: doc.said(path, "schematicId").into_iter().collect(),
    }
}

/// The patches of a folder by the names of their files, which is the order in which topf lays them.
fn of_folder(files: &Files<'_>, folder: &str, scope: &str) -> Vec<Patch> {
    let ours = |it: &&RepoPath| folder_of(&it.0) == folder && inside(&it.0, folder);
    let names = files.all.iter().map(|it| &it.0).filter(ours);
    let patches = names.filter(|it| [".yaml", ".yml", ".yaml.tpl"].iter().any(|end| it.0.ends_with(end)));
    patches.flat_map(|it| patches::of_file(files, it, scope)).collect()
}
