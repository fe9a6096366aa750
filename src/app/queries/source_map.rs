//! Where a thing that is on the screen is written in Git, and what Git says it shall be.

use super::sources;
use crate::{Model, Page, Place};
use domain::{
    DeclaredNode, Link, MachineId, NodeName, ObjectRef, Quotes, RepoPath, Scalar, Source, SourceMap,
    SourceObject,
};
use std::sync::Arc;

/// A value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub value: String,
    pub path: RepoPath,
    /// From 1.
    pub line: u32,
}

impl Said {
    fn of(object: &SourceObject, scalar: &Scalar) -> Self {
        Self { value: scalar.value.clone(), path: object.path.clone(), line: scalar.line }
    }

    /// "cluster-api/control-plane.yaml:61"
    pub fn place(&self) -> String {
        format!("{}:{}", self.path, self.line)
    }
}

/// The repository as it was read; else why it was not.
pub fn read(model: &Model) -> Result<&Arc<SourceMap>, String> {
    model.world.sources.as_ref().ok_or_else(|| {
        let link = model.world.feeds.iter().find(|(feed, _)| feed.source == Source::Git).map(|it| &it.1.link);
        match link {
            Some(Link::NotConfigured { why } | Link::Degraded { why, .. } | Link::Forbidden { why }) => {
                format!("the repository could not be read: {why}")
            }
            // It was looked at, and there was nothing to read.
            Some(Link::Live) => {
                let branch =
                    model.world.repository.as_ref().map(|it| it.branch.0.clone()).unwrap_or_default();
                format!("the branch {branch} has no commit here that was fetched; --branch names another")
            }
            _ => "the repository is still being read; try again in a moment".into(),
        }
    })
}

/// Where this cluster's object is written, by the paths that the repository names for the cluster.
pub fn find<'a>(model: &'a Model, object: &ObjectRef) -> Option<&'a SourceObject> {
    let map = model.world.sources.as_ref()?;
    match sources::entry(model) {
        Some(entry) => map.find_within(object, |path| entry.holds(path)),
        None => map.find(object),
    }
}

/// Where an object, or one of its fields, is written.
pub fn of(model: &Model, object: &ObjectRef, field: Option<&str>) -> Option<Said> {
    let source = find(model, object)?;
    match field {
        Some(field) => source.scalar(field).map(|scalar| Said::of(source, scalar)),
        None => Some(Said { value: String::new(), path: source.path.clone(), line: source.line }),
    }
}

/// Whether a file lies in the folder of another one, or below it.
pub fn is_beside(path: &RepoPath, of: &RepoPath) -> bool {
    match of.0.rsplit_once('/') {
        Some((folder, _)) => path.0.strip_prefix(folder).is_some_and(|it| it.starts_with('/')),
        None => true,
    }
}

/// Whether a folder holds a file, however the folder is written: `./a/b/`, `a/b`, `.`.
pub fn covers(folder: &str, path: &RepoPath) -> bool {
    let folder = folder.trim_matches('/').trim_start_matches("./");
    folder.is_empty() || folder == "." || path.0.strip_prefix(folder).is_some_and(|it| it.starts_with('/'))
}

/// The node of this cluster as a talconfig declares it: the one at its address, else the one of its name, where only
/// one cluster of the repository has such a node.
pub fn declared_node<'a>(model: &'a Model, name: &NodeName) -> Option<&'a DeclaredNode> {
    let map = model.world.sources.as_ref().filter(|it| !it.nodes.is_empty())?;
    let live = model.world.nodes.get(name);
    let addresses: Vec<&String> =
        live.iter().flat_map(|it| std::iter::once(&it.address).chain(&it.addresses)).collect();
    let entry = sources::entry(model);
    let inside = |it: &&DeclaredNode| entry.is_none_or(|entry| entry.holds(&it.path));
    let at = |it: &&DeclaredNode| it.addresses.iter().any(|address| addresses.contains(&address));
    let found = map.nodes.iter().filter(inside).find(at);
    found.or_else(|| {
        let mut named = map.nodes.iter().filter(inside).filter(|it| it.hostname == name.0);
        named.next().filter(|_| named.next().is_none())
    })
}

/// The version of Talos that a file at `path` is written for: the lowest of the nodes that the nearest talconfig above
/// it declares, else the lowest that this cluster's nodes run.
pub fn talos_at(model: &Model, path: &RepoPath) -> Option<String> {
    let folder = |it: &RepoPath| it.0.rsplit_once('/').map_or("", |(folder, _)| folder).len();
    let above = |it: &&DeclaredNode| {
        let of = it.path.0.get(..folder(&it.path)).unwrap_or_default();
        of.is_empty() || path.0.strip_prefix(of).is_some_and(|rest| rest.starts_with('/'))
    };
    let declared = model.world.sources.iter().flat_map(|it| &it.nodes).filter(above);
    let nearest = declared.clone().map(|it| folder(&it.path)).max();
    let declared = declared.filter(|it| Some(folder(&it.path)) == nearest);
    let declared = declared.filter_map(|it| it.talos.as_ref().map(|(version, _)| version.as_str()));
    let live = model.world.nodes.iter().filter_map(|it| it.version.as_deref());
    let lowest = declared.min_by(|a, b| crate::natural(a, b));
    lowest.or_else(|| live.min_by(|a, b| crate::natural(a, b))).map(ToOwned::to_owned)
}

/// Where a roller's Kubernetes version is written.
fn version_field(kind: &str) -> &'static str {
    match kind {
        "MachineDeployment" | "MachineSet" | "MachinePool" => "spec.template.spec.version",
        "Cluster" => "spec.topology.version",
        _ => "spec.version",
    }
}

/// The Kubernetes version that Git wants of a control plane or a deployment.
pub fn kubernetes_of(model: &Model, roller: &ObjectRef) -> Option<Said> {
    of(model, roller, Some(version_field(&roller.kind)))
}

/// How many machines Git wants of it.
pub fn replicas_of(model: &Model, roller: &ObjectRef) -> Option<Said> {
    of(model, roller, Some("spec.replicas"))
}

/// The template that Git has it make machines of.
pub fn template_of<'a>(model: &'a Model, roller: &ObjectRef) -> Option<&'a SourceObject> {
    let map = model.world.sources.as_ref()?;
    let source = find(model, roller)?;
    let reference = ["spec.infrastructureTemplate", "spec.template.spec.infrastructureRef"]
        .into_iter()
        .find(|it| source.scalar(&format!("{it}.name")).is_some())?;
    let name = source.value(&format!("{reference}.name"))?;
    let kind = source.value(&format!("{reference}.kind")).unwrap_or_default();
    map.objects.iter().find(|it| it.object.name == name && (it.object.kind == kind || kind.is_empty()))
}

/// The Talos version that Git wants of it: the one that the image of its template names.
pub fn talos_of(model: &Model, roller: &ObjectRef) -> Option<Said> {
    let template = template_of(model, roller)?;
    let scalar = template.scalar("spec.template.spec.imageName")?;
    let value = version_in(&scalar.value)?.to_owned();
    Some(Said { value, ..Said::of(template, scalar) })
}

/// "v1.12.2" in "talos-amd64-v1.12.2".
fn version_in(text: &str) -> Option<&str> {
    let digits = |it: &str| !it.is_empty() && it.chars().all(|it| it.is_ascii_digit());
    text.match_indices('v').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let end = rest.find(|it: char| !(it.is_ascii_digit() || it == '.')).unwrap_or(rest.len());
        let version = rest[..end].trim_end_matches('.');
        (version.split('.').count() >= 2 && version.split('.').all(digits))
            .then(|| &text[at..=at + version.len()])
    })
}

/// The control plane or the deployment that a node belongs to.
pub fn roller_of_node(model: &Model, node: &str) -> Option<ObjectRef> {
    let capi = &model.world.capi;
    let named =
        |it: &&domain::Machine| it.node.as_ref().is_some_and(|name| name.0 == node) || it.id.name == node;
    capi.machines.iter().find(named).and_then(|machine| capi.roller_of(machine))
}

/// What the selection on the screen is written as: the object in Git, and the field `e` begins with.
pub fn subject(model: &Model) -> Result<(ObjectRef, Option<String>), String> {
    read(model)?;
    let selected = model.screen.listing().and_then(|list| list.selected.as_ref());
    let key = match (&model.screen.place, selected) {
        (Place::Object(object, _), _) => object.name.as_str(),
        // Whatever is looked at of a node, the node is what is declared.
        (place, selected) => match (place.node(), selected) {
            (Some(node), _) => node.0.as_str(),
            (None, Some(key)) => key.0.as_str(),
            (None, None) => return Err("nothing is selected".into()),
        },
    };
    let object = match (&model.screen.place, model.screen.place.page()) {
        (Place::Object(object, _), _) => owner(model, object),
        (Place::Rows(kind), _) => {
            let (namespace, name) = key.split_once('/').unwrap_or(("", key));
            let (group, kind) = (kind.group.clone(), kind.kind.clone());
            owner(model, &ObjectRef { group, kind, namespace: namespace.into(), name: name.into() })
        }
        (_, Page::Nodes | Page::Etcd) => roller_of_node(model, key)
            .ok_or_else(|| format!("no machine of Cluster API is known for {key}"))?,
        (_, Page::Bridge) => {
            object_of(model, key).ok_or("what is wrong is no one thing in Git; enter goes where it is")?
        }
        _ => object_of(model, key).ok_or_else(|| format!("{key} is not a thing that Git declares"))?,
    };
    let field = match object.kind.as_str() {
        "ApplicationSet" => generator_of(model, &object, key).unwrap_or_default(),
        kind => version_field(kind).to_owned(),
    };
    let has = of(model, &object, Some(&field)).is_some();
    Ok((object, has.then_some(field)))
}

/// What of a set makes an application: the element of its name, else the folders that it is made of.
fn generator_of(model: &Model, set: &ObjectRef, key: &str) -> Option<String> {
    let name = key.rsplit(['/', ' ']).next().unwrap_or(key);
    let all = || find(model, set).into_iter().flat_map(|it| &it.scalars);
    let mut of_it = all().filter(|it| it.field.starts_with("spec.generators"));
    let named = of_it.clone().find(|it| it.value == name);
    named.or_else(|| of_it.find(|it| it.field.ends_with(".path"))).map(|it| it.field.clone())
}

/// File and line of the node that is selected or shown, where a talconfig declares it.
pub fn declared(model: &Model) -> Option<(RepoPath, u32)> {
    let place = &model.screen.place;
    let selected =
        || model.screen.listing().and_then(|list| list.selected.as_ref()).map(|it| NodeName(it.0.clone()));
    let name = place
        .node()
        .cloned()
        .or_else(|| selected().filter(|_| matches!(place.page(), Page::Nodes | Page::Etcd)))?;
    declared_node(model, &name).map(|it| (it.path.clone(), it.line))
}

/// What is declared in place of an object: itself, or what made it: the control plane or the deployment of a machine or
/// a node, the template of a provider's machine, the workload of a pod, the set of an application.
fn owner(model: &Model, object: &ObjectRef) -> ObjectRef {
    let capi = &model.world.capi;
    let made = match object.kind.as_str() {
        "Machine" => object_of(model, &format!("Machine {}/{}", object.namespace, object.name)),
        "MachineSet" => object_of(model, &format!("MachineSet {}/{}", object.namespace, object.name)),
        "Node" => roller_of_node(model, &object.name),
        _ if capi.infra_machines.get(object).is_some() => template_of_machine(model, object),
        _ if capi.bootstrap_configs.get(object).is_some() => {
            let machine = capi.machines.iter().find(|it| it.bootstrap.as_ref() == Some(object));
            machine.and_then(|it| capi.roller_of(it))
        }
        "Pod" | "ReplicaSet" | "ControllerRevision" | "Job" if find(model, object).is_none() => {
            workload_of(model, object)
        }
        "Application" if find(model, object).is_none() => {
            let set = model.world.delivery.applications.get(object).and_then(|it| it.set.clone());
            set.map(|name| ObjectRef { kind: "ApplicationSet".into(), name, ..object.clone() })
        }
        _ => None,
    };
    made.unwrap_or_else(|| object.clone())
}

/// The template that a provider's machine was cloned from, else whatever rolls the machine it belongs to.
fn template_of_machine(model: &Model, object: &ObjectRef) -> Option<ObjectRef> {
    let capi = &model.world.capi;
    let infra = capi.infra_machines.get(object)?;
    let template = infra.cloned_from.as_ref().map(|name| ObjectRef {
        kind: format!("{}Template", object.kind),
        name: name.clone(),
        ..object.clone()
    });
    template.filter(|it| find(model, it).is_some()).or_else(|| {
        let machine = capi.machines.iter().find(|it| it.infrastructure.as_ref() == Some(object))?;
        capi.roller_of(machine)
    })
}

/// The workload that is declared, of which a pod or a replica set is a part: its name is the beginning of theirs.
fn workload_of(model: &Model, object: &ObjectRef) -> Option<ObjectRef> {
    let part = |it: &&str| {
        object
            .name
            .strip_prefix(*it)
            .is_some_and(|rest| rest.starts_with('-') && rest.matches('-').count() < 3)
    };
    let kinds = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"];
    let within = |it: &ObjectRef| kinds.contains(&it.kind.as_str()) && part(&it.name.as_str());
    let compared =
        model.world.declared.iter().map(|it| &it.object).filter(|it| it.namespace == object.namespace);
    let compared = compared.filter(|it| within(it)).max_by_key(|it| it.name.len()).cloned();
    compared.or_else(|| {
        let written = model.world.sources.iter().flat_map(|it| &it.objects).map(|it| &it.object);
        let here = |it: &&ObjectRef| it.namespace == object.namespace || it.namespace.is_empty();
        let found = written.filter(here).filter(|it| within(it)).max_by_key(|it| it.name.len())?;
        Some(ObjectRef { namespace: object.namespace.clone(), ..found.clone() })
    })
}

/// The declared object behind the name of a row: itself, or for a machine what made it.
fn object_of(model: &Model, key: &str) -> Option<ObjectRef> {
    let capi = &model.world.capi;
    let machine = capi.machines.iter().find(|it| machine_named(&it.id, key));
    if let Some(machine) = machine {
        return capi.roller_of(machine);
    }
    let set = capi.machine_sets.iter().find(|it| named(&it.meta.id, key));
    if let Some(owner) = set.and_then(|it| it.meta.owner.clone()) {
        return Some(owner);
    }
    let infra = capi.infra_machines.iter().find(|it| named(&it.meta.id, key));
    if let Some(infra) = infra {
        return template_of_machine(model, &infra.meta.id);
    }
    let map = model.world.sources.as_ref()?;
    let written = map.objects.iter().find(|it| named(&it.object, key)).map(|it| it.object.clone());
    let application = || model.world.delivery.applications.iter().find(|it| named(&it.meta.id, key));
    let compared =
        || model.world.declared.iter().find(|it| named(&it.object, key)).map(|it| it.object.clone());
    written.or_else(compared).or_else(|| application().map(|it| owner(model, &it.meta.id)))
}

fn machine_named(id: &MachineId, key: &str) -> bool {
    let object = ObjectRef {
        group: "cluster.x-k8s.io".into(),
        kind: "Machine".into(),
        namespace: id.namespace.clone(),
        name: id.name.clone(),
    };
    named(&object, key) || key == format!("{}/{}", id.namespace, id.name)
}

/// Whether a row of that name stands for an object: "Kind namespace/name", "Kind name" or "Kind/namespace/name",
/// with or without its group.
fn named(object: &ObjectRef, key: &str) -> bool {
    let ObjectRef { group, kind, namespace, name } = object;
    let mut parts = key.split([' ', '/']).filter(|it| !it.is_empty()).rev();
    if parts.next() != Some(name) {
        return false;
    }
    let rest: Vec<&str> = parts.collect();
    let fits = |it: &&str| {
        let it = *it;
        it == namespace
            || it == kind
            || it == group
            || it.strip_prefix(kind.as_str()) == Some(&format!(".{group}"))
            || (namespace.is_empty() && !it.chars().any(char::is_uppercase))
    };
    let kinded = rest.iter().any(|it| *it == kind || it.starts_with(&format!("{kind}.")));
    kinded && rest.iter().all(fits)
}

/// The values of an object that `e` offers, the ones that are changed most often first.
pub fn offered(source: &SourceObject) -> Vec<&Scalar> {
    let usual = [
        "spec.version",
        "spec.template.spec.version",
        "spec.replicas",
        "spec.template.spec.imageName",
        "spec.template.spec.type",
        "spec.source.targetRevision",
    ];
    let editable = |it: &&Scalar| matches!(it.quotes, Quotes::Plain | Quotes::Single | Quotes::Double);
    let told = |it: &&Scalar| {
        !["apiVersion", "kind"].contains(&it.field.as_str()) && !it.field.starts_with("metadata.")
    };
    let mut all: Vec<&Scalar> = source.scalars.iter().filter(editable).filter(told).collect();
    all.sort_by_key(|it| usual.iter().position(|field| it.field == *field).unwrap_or(usual.len()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_an_image() {
        assert_eq!(version_in("talos-amd64-v1.12.2"), Some("v1.12.2"));
        assert_eq!(version_in("dev-v1.13.0-hcloud"), Some("v1.13.0"));
        assert_eq!(version_in("talos-linux"), None);
        assert_eq!(version_in("v2"), None);
    }

    #[test]
    fn rows_are_known_by_several_names() {
        let object = ObjectRef {
            group: "cluster.x-k8s.io".into(),
            kind: "MachineDeployment".into(),
            namespace: "default".into(),
            name: "k8s-md-0".into(),
        };
        for key in [
            "MachineDeployment default/k8s-md-0",
            "MachineDeployment k8s-md-0",
            "MachineDeployment.cluster.x-k8s.io default/k8s-md-0",
            "MachineDeployment/default/k8s-md-0",
            "cluster.x-k8s.io/MachineDeployment/default/k8s-md-0",
        ] {
            assert!(named(&object, key), "{key}");
        }
        assert!(!named(&object, "Deployment default/k8s-md-0"));
        assert!(!named(&object, "MachineDeployment other/k8s-md-0"));
        assert!(!named(&object, "k8s-md-0"));
    }
}
