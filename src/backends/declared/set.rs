//! The whole of what a commit declares for this cluster.

use super::deliverer::Delivery;
use super::kustomize::{self, Kustomized};
use super::manifests::{self, Manifest};
use super::origin::{Makings, Origin};
use super::rules::Engine;
use super::{Declared, compare};
use crate::git::Tree;
use crate::kubernetes::Kinds;
use crate::plain::plain;
use crate::yaml::{Node, What};
use domain::{DeliveredFolder, ObjectRef, RepoPath};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Declared objects by what they are.
pub(super) type Set = BTreeMap<ObjectRef, Arc<Declared>>;

/// What can be told without a program, and what cannot.
#[derive(Default)]
pub(super) struct Gathered {
    pub set: Set,
    pub pending: Vec<Pending>,
}

/// A folder that a program has to render before it can be told what it declares.
#[derive(Clone)]
pub(super) struct Pending {
    /// With the folder that is rendered.
    pub delivery: Delivery,
    pub makings: Arc<Makings>,
}

/// What the deliveries deliver; where there are none, and no engine hides its own, whatever is written.
pub(super) fn of(tree: &Tree, deliveries: &[Delivery], hidden: bool, kinds: &Kinds) -> Gathered {
    let mut all = Gathered::default();
    for delivery in deliveries {
        delivered(tree, delivery, kinds, &mut all);
    }
    if deliveries.is_empty() && !hidden {
        for manifest in manifests::of_tree(tree) {
            let origin = Origin::Named(manifest.path.clone());
            add(&mut all.set, made(manifest, origin, None, kinds));
        }
    }
    all
}

fn delivered(tree: &Tree, delivery: &Delivery, kinds: &Kinds, all: &mut Gathered) {
    let folder = &delivery.of.folder;
    let argo = delivery.rules.engine == Engine::Argo;
    let made_of = match (kustomize::file_in(tree, folder), kustomize::chart_in(tree, folder)) {
        (None, Some(chart)) if argo => {
            let mut others = kustomize::values_in(tree, folder);
            others.extend(own_manifest(tree, &delivery.of.by));
            let makings = Arc::new(Makings { from: chart, others, ..Makings::default() });
            return all.pending.push(Pending { delivery: delivery.clone(), makings });
        }
        (None, None) if argo => {
            for manifest in manifests::of_folder(tree, folder, &delivery.directory) {
                let origin = Origin::File(manifest.path.clone());
                add(&mut all.set, made(manifest, origin, Some(delivery), kinds));
            }
            return;
        }
        _ => kustomize::gathered(tree, folder),
    };
    for (folder, kustomized) in made_of {
        let Kustomized { objects, needs, makings } = kustomized;
        let of = DeliveredFolder { folder, ..delivery.of.clone() };
        let mut delivery = Delivery { of, ..delivery.clone() };
        if let Some(what) = sets(&delivery.spec, argo) {
            let why = format!("{} sets {what}, which is not done here", delivery.of.by);
            delivery.unknown.get_or_insert(why);
        }
        match needs.is_empty() || delivery.unknown.is_some() {
            true => objects.into_iter().for_each(|(manifest, origin)| {
                add(&mut all.set, made(manifest, origin, Some(&delivery), kinds))
            }),
            false => all.pending.push(Pending { delivery, makings: Arc::new(makings) }),
        }
    }
}

/// What the object that delivers a folder changes of what comes of it.
fn sets(spec: &Value, argo: bool) -> Option<String> {
    let (of, keys): (&Value, &[&str]) = match argo {
        true => (
            spec.pointer("/source/kustomize").unwrap_or(&Value::Null),
            &["images", "patches", "namePrefix", "nameSuffix", "namespace", "components", "replicas"],
        ),
        false => (spec, &["images", "patches", "namePrefix", "nameSuffix", "components"]),
    };
    let is_set = |it: &&&str| {
        of.get(**it).is_some_and(|it| !it.is_null() && it.as_array().is_none_or(|it| !it.is_empty()))
    };
    let found: Vec<&str> = keys.iter().filter(|it| is_set(it)).copied().collect();
    (!found.is_empty()).then(|| found.join(", "))
}

/// The manifest of the object that delivers: values may stand in it.
fn own_manifest(tree: &Tree, by: &ObjectRef) -> Option<(RepoPath, Node)> {
    let is_it = |it: &Manifest| {
        it.node.said("kind") == Some(&by.kind) && it.node.said("metadata.name") == Some(&by.name)
    };
    manifests::of_tree(tree).into_iter().find(is_it).map(|it| (it.path, it.node))
}

/// The objects that a program rendered of a folder.
pub(super) fn rendered(pending: &Pending, text: &str, kinds: &Kinds) -> Vec<Declared> {
    let all = manifests::of_text(&pending.makings.from, text).into_iter();
    all.filter_map(|manifest| {
        let said = |path: &str| manifest.node.said(path).unwrap_or_default().to_owned();
        let (kind, name) = (said("kind"), said("metadata.name"));
        let origin = Origin::Rendered { of: pending.makings.clone(), kind, name };
        made(manifest, origin, Some(&pending.delivery), kinds)
    })
    .collect()
}

/// What there is to say of a folder that could not be rendered: of each object that goes into it, else of the folder.
pub(super) fn unrendered(pending: &Pending, why: &str, kinds: &Kinds) -> Vec<Declared> {
    let delivery = Delivery { unknown: Some(why.to_owned()), ..pending.delivery.clone() };
    let bases = pending.makings.bases.iter();
    let mut all: Vec<Declared> = bases
        .filter_map(|it| made(it.clone(), Origin::Named(it.path.clone()), Some(&delivery), kinds))
        .collect();
    if all.is_empty() {
        let by = delivery.of.by.clone();
        let name = plain(&delivery.of.folder).into_owned();
        all.push(Declared {
            object: ObjectRef {
                group: String::new(),
                kind: "Chart".into(),
                namespace: by.namespace.clone(),
                name,
            },
            version: String::new(),
            node: Node { line: 1, what: What::Map(Vec::new()) },
            document: 0,
            inside: String::new(),
            origin: Origin::Named(pending.makings.from.clone()),
            delivered_by: Some(by),
            rules: delivery.rules.clone(),
            unknown: delivery.unknown,
        });
    }
    all
}

/// The first who declares an object has it.
pub(super) fn add(set: &mut Set, declared: Option<Declared>) {
    if let Some(declared) = declared {
        set.entry(declared.object.clone()).or_insert_with(|| Arc::new(declared));
    }
}

/// The object of a manifest, as it is delivered. None where it is no object that stays: a hook, one without a name of
/// its own, a file of a tool.
fn made(manifest: Manifest, origin: Origin, delivery: Option<&Delivery>, kinds: &Kinds) -> Option<Declared> {
    let Manifest { node, document, inside, .. } = manifest;
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
        document,
        inside,
        node,
    })
}

#[cfg(test)]
pub(super) fn declared(text: &str, rules: super::rules::Rules) -> Declared {
    let path = RepoPath("a.yaml".into());
    let manifest = manifests::of_text(&path, text).remove(0);
    let mut made = made(manifest, Origin::File(path), None, &Kinds::default()).unwrap();
    made.rules = Arc::new(rules);
    made
}
