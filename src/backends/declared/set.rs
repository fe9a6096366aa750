//! The whole of what a commit declares for this cluster.

use super::deliverer::Delivery;
use super::manifests::{self, Manifest};
use super::origin::Origin;
use super::rules::Engine;
use super::{Declared, compare};
use crate::git::Tree;
use crate::kubernetes::Kinds;
use crate::plain::plain;
use domain::ObjectRef;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Declared objects by what they are.
pub(super) type Set = BTreeMap<ObjectRef, Arc<Declared>>;

/// What the deliveries deliver; where there are none, and `engines` have not hidden theirs, whatever is written.
pub(super) fn of(tree: &Tree, deliveries: &[Delivery], hidden: bool, kinds: &Kinds) -> Set {
    let mut set = Set::new();
    for delivery in deliveries {
        for manifest in manifests::of_folder(tree, &delivery.of.folder, &delivery.directory) {
            let origin = Origin::File(manifest.path.clone());
            add(&mut set, made(manifest, origin, Some(delivery), kinds));
        }
    }
    if deliveries.is_empty() && !hidden {
        for manifest in manifests::of_tree(tree) {
            let origin = Origin::Named(manifest.path.clone());
            add(&mut set, made(manifest, origin, None, kinds));
        }
    }
    set
}

/// The first who declares an object has it.
fn add(set: &mut Set, declared: Option<Declared>) {
    if let Some(declared) = declared {
        set.entry(declared.object.clone()).or_insert_with(|| Arc::new(declared));
    }
}

/// The object of a manifest, as it is delivered. None where it is no object that stays: a hook, one without a name of
/// its own, a file of a tool.
fn made(manifest: Manifest, origin: Origin, delivery: Option<&Delivery>, kinds: &Kinds) -> Option<Declared> {
    let Manifest { node, .. } = manifest;
    let api = node.said("apiVersion")?;
    let (group, version) = api.rsplit_once('/').unwrap_or(("", api));
    let (group, version) = (plain(group).into_owned(), plain(version).into_owned());
    let kind = plain(node.said("kind")?).into_owned();
    // These are files of kustomize and of SOPS, not objects of a cluster.
    if group.starts_with("kustomize.config.k8s.io") || group == "viaduct.ai" {
        return None;
    }
    let annotation =
        |name: &str| node.at("metadata.annotations").and_then(|it| it.get(name)).and_then(|it| it.text());
    if annotation("argocd.argoproj.io/hook").is_some() || annotation("helm.sh/hook").is_some() {
        return None;
    }
    let rules = delivery.map(|it| it.rules.clone()).unwrap_or_default();
    let put_in = |text: &str| match &rules.substitutions {
        Some(values) if text.contains("${") => compare::substituted(text, values),
        _ => Some(text.to_owned()),
    };
    let name = put_in(node.said("metadata.name")?)?;
    let namespaced = kinds.find(&group, &kind, &[&version]).map(|it| it.namespaced);
    let said = node.said("metadata.namespace").map(put_in);
    let namespace = match (namespaced, said) {
        (Some(false), _) => String::new(),
        (_, said) => {
            let target = delivery.and_then(|it| it.namespace.clone());
            let moves = delivery.is_some_and(|it| it.moves);
            match (target, said) {
                (Some(target), _) if moves => target,
                (_, Some(said)) => said?,
                (Some(target), None) => target,
                (None, None) if namespaced == Some(true) => "default".into(),
                (None, None) => String::new(),
            }
        }
    };
    let left_alone = [
        ("kustomize.toolkit.fluxcd.io/reconcile", "disabled"),
        ("kustomize.toolkit.fluxcd.io/ssa", "Ignore"),
        ("kustomize.toolkit.fluxcd.io/ssa", "IfNotPresent"),
    ];
    let told = left_alone.iter().find(|(name, value)| {
        rules.engine == Engine::Flux && annotation(name).is_some_and(|it| it.eq_ignore_ascii_case(value))
    });
    let unknown = delivery.and_then(|it| it.unknown.clone());
    let unknown =
        unknown.or_else(|| told.map(|(name, value)| format!("Flux leaves it alone: {name} is {value}")));
    Some(Declared {
        object: ObjectRef {
            group,
            kind,
            namespace: plain(&namespace).into_owned(),
            name: plain(&name).into_owned(),
        },
        version,
        origin,
        delivered_by: delivery.map(|it| it.of.by.clone()),
        rules,
        unknown,
        node,
    })
}

#[cfg(test)]
pub(super) fn declared(text: &str, rules: super::rules::Rules) -> Declared {
    let path = domain::RepoPath("a.yaml".into());
    let manifest = manifests::of_text(&path, text).remove(0);
    let mut made = made(manifest, Origin::File(path), None, &Kinds::default()).unwrap();
    made.rules = Arc::new(rules);
    made
}
