//! Upgrades that a controller in the cluster carries out: tuppr, system-upgrade-controller. They are one more place that
//! says which version a cluster shall have.

use super::files::{Files, Object};
use super::patches::tagged;
use super::version::{bare, is_open, older, version_in};
use super::versions::nearest;
use domain::inventory::{Cluster, Finding, FindingKind, Said, Upgrade};

const TUPPR: &str = "tuppr.home-operations.com";
const PLANS: &str = "upgrade.cattle.io";

pub(super) fn upgrades(
    files: &Files<'_>,
    clusters: &mut [Cluster],
    findings: &mut Vec<Finding>,
) -> Vec<Upgrade> {
    let mut found = Vec::new();
    for it in files.every_object() {
        let Some((of, source)) = wanted(it) else { continue };
        found.push(Upgrade {
            kind: it.object.kind.clone(),
            name: it.object.name.clone(),
            of: of.to_owned(),
            source: source.clone(),
            begins: it.doc.begins(it.path),
        });
        let Some(cluster) = nearest(clusters, it.path).filter(|_| it.active()) else { continue };
        let all = match of {
            "talos" => &mut cluster.talos.sources,
            _ => &mut cluster.kubernetes.sources,
        };
        if let Some(declared) =
            all.first().filter(|it| !is_open(&it.value) && older(&source.value, &it.value))
        {
            let message = format!(
                "the {} {} would take {} back from {} to {}",
                it.object.kind, it.object.name, cluster.name, declared.value, source.value
            );
            let sources = vec![source.clone(), declared.clone()];
            findings.push(Finding { kind: FindingKind::Downgrade, message, sources });
        }
        all.push(source);
    }
    found
}

/// Of what, and the version.
fn wanted(it: Object<'_>) -> Option<(&'static str, Said)> {
    match (it.object.group.as_str(), it.object.kind.as_str()) {
        (TUPPR, "TalosUpgrade") => it.said("spec.talos.version").map(|it| ("talos", it)),
        (TUPPR, "KubernetesUpgrade") => it.said("spec.kubernetes.version").map(|it| ("kubernetes", it)),
        (PLANS, "Plan") => plan(it),
        _ => None,
    }
}

/// A plan of the system-upgrade-controller is of what its program is.
fn plan(it: Object<'_>) -> Option<(&'static str, Said)> {
    let image = it.value("spec.upgrade.image").unwrap_or_default();
    let words: Vec<&str> = it.doc.below("spec.upgrade").map(|(_, it)| it.value.as_str()).collect();
    let has = |word: &str| image.contains(word) || words.iter().any(|it| it.contains(word));
    if !has("talosctl") && !has("talos") {
        return None;
    }
    let of_kubernetes = words.iter().any(|it| it.contains("upgrade-k8s"));
    let version = it.said("spec.version").or_else(|| {
        let said = it.said("spec.upgrade.image")?;
        Some(tagged(it.path, said.line, &said.value))
    })?;
    let version = Said { value: version_in(&version.value).unwrap_or(&version.value).to_owned(), ..version };
    (!bare(&version.value).is_empty())
        .then_some((if of_kubernetes { "kubernetes" } else { "talos" }, version))
}
