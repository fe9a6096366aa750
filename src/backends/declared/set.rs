//! The whole of what a commit declares for this cluster.

use super::deliverer::Delivery;
use super::kustomize::{self, Kustomized};
use super::manifests::{self, Manifest};
use super::origin::{Makings, Origin};
use super::rules::Engine;
use super::substitutions::{is_unknown, unknown};
use super::{Declared, remote};
use crate::git::Tree;
use crate::kubernetes::Kinds;
use crate::plain::plain;
use crate::render::source;
use crate::yaml::{Node, What};
use domain::{DeliveredFolder, Found, ObjectRef, RepoPath};
use serde_json::Value;
use std::cell::OnceCell;
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
    let own = OnceCell::new();
    for delivery in deliveries {
        delivered(tree, delivery, kinds, &own, &mut all);
    }
    if deliveries.is_empty() && !hidden {
        for manifest in manifests::of_tree(tree) {
            let origin = Origin::Named(manifest.path.clone());
            add(&mut all.set, made(manifest, origin, None, kinds));
        }
    }
    all
}

fn delivered(
    tree: &Tree,
    delivery: &Delivery,
    kinds: &Kinds,
    own: &OnceCell<Vec<Manifest>>,
    all: &mut Gathered,
) {
    let folder = &delivery.of.folder;
    let argo = delivery.rules.engine == Engine::Argo;
    let source = if argo { source(&delivery.spec, folder).unwrap_or_default() } else { Value::Null };
    let mut delivery = delivery.clone();
    if source.get("plugin").is_some_and(|it| !it.is_null()) {
        let why = format!("{} has a plugin make it", delivery.of.by);
        delivery.unknown.get_or_insert(why);
    }
    let made_of = match (kustomize::file_in(tree, folder), kustomize::chart_in(tree, folder)) {
        (None, Some(chart)) if argo => {
            let mut others = kustomize::values_in(tree, folder);
            others.extend(own_manifest(own.get_or_init(|| manifests::of_deliverers(tree)), &delivery.of.by));
            let makings = Arc::new(Makings { from: chart, others, ..Makings::default() });
            return all.pending.push(Pending { delivery, makings });
        }
        (None, None) if argo => {
            for manifest in manifests::of_folder(tree, folder, &delivery.directory) {
                let origin = Origin::File(manifest.path.clone());
                add(&mut all.set, made(manifest, origin, Some(&delivery), kinds));
            }
            return;
        }
        _ => kustomize::gathered(tree, folder),
    };
    let said = if argo { source.get("kustomize").unwrap_or(&Value::Null) } else { &delivery.spec };
    if let Some(what) = sets(said, argo) {
        let why = format!("{} sets {what}, which is not done here", delivery.of.by);
        delivery.unknown.get_or_insert(why);
    }
    for (folder, kustomized) in made_of {
        let Kustomized { objects, needs, makings, far } = kustomized;
        let of = DeliveredFolder { folder, ..delivery.of.clone() };
        let delivery = Delivery { of, ..delivery.clone() };
        for (address, line) in far {
            let why = "it lies elsewhere, where nobody looks".to_owned();
            let mut one = in_place_of(&delivery, "Remote", &remote::shown(&address), &makings.from, why);
            one.node.line = line;
            add(&mut all.set, Some(one));
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
fn sets(of: &Value, argo: bool) -> Option<String> {
    let keys: &[&str] = match argo {
        true => &[
            "images",
            "patches",
            "namePrefix",
            "nameSuffix",
            "namespace",
            "components",
            "replicas",
            "commonLabels",
            "commonAnnotations",
        ],
        false => &["images", "patches", "namePrefix", "nameSuffix", "components"],
    };
    let is_set = |it: &&&str| match of.get(**it) {
        None | Some(Value::Null) => false,
        Some(Value::Array(all)) => !all.is_empty(),
        Some(Value::Object(all)) => !all.is_empty(),
        Some(it) => it != "",
    };
    let found: Vec<&str> = keys.iter().filter(is_set).copied().collect();
    (!found.is_empty()).then(|| found.join(", "))
}

/// The manifest of the object that delivers: values may stand in it.
fn own_manifest(all: &[Manifest], by: &ObjectRef) -> Option<(RepoPath, Node)> {
    let is_it = |it: &&Manifest| {
        it.node.said("kind") == Some(&by.kind) && it.node.said("metadata.name") == Some(&by.name)
    };
    all.iter().find(is_it).map(|it| (it.path.clone(), it.node.clone()))
}

/// The objects that a program rendered of a folder. The error says why there are none.
pub(super) fn rendered(pending: &Pending, text: &str, kinds: &Kinds) -> Result<Vec<Declared>, String> {
    let all = manifests::read(&pending.makings.from, text)
        .map_err(|at| format!("what was rendered cannot be read: line {at}"))?;
    let sealed = generated_of_sealed(pending, &all);
    let made = all.into_iter().filter_map(|mut manifest| {
        let said = |path: &str| manifest.node.said(path).unwrap_or_default().to_owned();
        let (kind, name) = (said("kind"), said("metadata.name"));
        let is_one = sealed.contains(&name) && ["Secret", "ConfigMap"].contains(&kind.as_str());
        if !is_one {
            forget(&mut manifest.node, &sealed);
        }
        let origin = Origin::Rendered { of: pending.makings.clone(), kind, name };
        let mut made = made(manifest, origin, Some(&pending.delivery), kinds)?;
        if is_one {
            let why = "its name comes of a file that is sealed here and not where it is delivered";
            made.unknown.get_or_insert(why.to_owned());
        }
        Some(made)
    });
    Ok(made.collect())
}

/// The names that were generated here from sealed files. Where the delivery opens those, the names are others.
fn generated_of_sealed(pending: &Pending, all: &[Manifest]) -> Vec<String> {
    if pending.delivery.spec.get("decryption").is_none_or(Value::is_null) {
        return Vec::new();
    }
    let of_sealed = |name: &str| {
        let stem = name.rsplit_once('-').map(|(stem, _)| stem);
        stem.is_some_and(|stem| pending.makings.sealed.iter().any(|it| stem.contains(it.as_str())))
    };
    let named = all.iter().filter(|it| matches!(it.node.said("kind"), Some("Secret" | "ConfigMap")));
    named
        .filter_map(|it| it.node.said("metadata.name"))
        .filter(|it| of_sealed(it))
        .map(str::to_owned)
        .collect()
}

/// Mark every value that is one of these names as not known.
fn forget(node: &mut Node, names: &[String]) {
    match &mut node.what {
        What::Scalar { text, .. } if names.contains(text) => *text = unknown(text),
        What::Scalar { .. } => {}
        What::Map(entries) => entries.iter_mut().for_each(|(_, it)| forget(it, names)),
        What::List(items) => items.iter_mut().for_each(|it| forget(it, names)),
    }
}

/// What there is to say of a folder that could not be rendered: of each object that goes into it, else of the folder.
pub(super) fn unrendered(pending: &Pending, why: &str, kinds: &Kinds) -> Vec<Declared> {
    let delivery = Delivery { unknown: Some(why.to_owned()), ..pending.delivery.clone() };
    let bases = pending.makings.bases.iter();
    let mut all: Vec<Declared> = bases
        .filter_map(|it| made(it.clone(), Origin::Named(it.path.clone()), Some(&delivery), kinds))
        .collect();
    if all.is_empty() {
        all.push(whole(pending, why));
    }
    all
}

/// What stands for a folder until it is rendered: what is not known yet is not the same.
pub(super) fn awaited(pending: &Pending) -> Declared {
    whole(pending, Found::RENDERING)
}

/// What stands for all that a folder declares.
fn whole(pending: &Pending, why: &str) -> Declared {
    let Pending { delivery, makings } = pending;
    in_place_of(delivery, "Chart", &delivery.of.folder, &makings.from, why.to_owned())
}

/// What stands for objects that are not known one by one.
fn in_place_of(delivery: &Delivery, kind: &str, name: &str, from: &RepoPath, why: String) -> Declared {
    let by = delivery.of.by.clone();
    let object = ObjectRef {
        group: String::new(),
        kind: kind.into(),
        namespace: by.namespace.clone(),
        name: plain(name).into_owned(),
    };
    Declared {
        object,
        version: String::new(),
        node: Node { line: 1, what: What::Map(Vec::new()) },
        document: 0,
        inside: String::new(),
        origin: Origin::Named(from.clone()),
        delivered_by: Some(by),
        rules: delivery.rules.clone(),
        unknown: Some(why),
    }
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
    let Manifest { mut node, document, inside, .. } = manifest;
    let rules = delivery.map(|it| it.rules.clone()).unwrap_or_default();
    if let Some(values) = &rules.substitutions
        && !marked(&node, "kustomize.toolkit.fluxcd.io/substitute", "disabled")
    {
        values.put_in(&mut node);
    }
    let known = |text: &str| (!is_unknown(text)).then(|| text.to_owned());
    let api = known(node.said("apiVersion")?)?;
    let api = api.as_str();
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
    let name = known(node.said("metadata.name")?)?;
    let namespaced = kinds.find(&group, &kind, &[&version]).map(|it| it.namespaced);
    let said = node.said("metadata.namespace").map(known);
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
    let unknown = delivery.and_then(|it| it.unknown.clone());
    let unknown = unknown.or_else(|| rules.leaves(false, |name, value| marked(&node, name, value)));
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

/// Whether a label or an annotation has this value, in letters of any size.
fn marked(node: &Node, name: &str, value: &str) -> bool {
    let of = |it: &str| node.at(it).and_then(|it| it.get(name)).and_then(Node::text);
    ["metadata.labels", "metadata.annotations"]
        .iter()
        .filter_map(|it| of(it))
        .any(|it| it.eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod trial;
#[cfg(test)]
pub(super) use trial::{charts, declared};
