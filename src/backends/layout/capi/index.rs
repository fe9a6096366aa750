//! The objects of Cluster API by what asks for them. What an overlay of kustomize lays over an object is no object of its
//! own: it is kept apart.

use super::super::files::{Files, Object, shared};
use super::super::label::Label;
use super::{CORE, is_capi};
use crate::relative::{beside, folder_of};
use std::collections::{HashMap, HashSet};

pub(super) struct Index<'a> {
    /// By kind and name.
    objects: HashMap<(&'a str, &'a str), Vec<Object<'a>>>,
    overlays: HashMap<(&'a str, &'a str), Vec<Object<'a>>>,
    clusters: Vec<Object<'a>>,
    /// MachineDeployments and MachinePools by the names of their clusters.
    workers: HashMap<&'a str, Vec<Object<'a>>>,
}

fn named<'a>(it: &Object<'a>) -> (&'a str, &'a str) {
    (it.object.kind.as_str(), it.object.name.as_str())
}

impl<'a> Index<'a> {
    pub fn new(files: &Files<'a>) -> Self {
        let laid = patches(files);
        let all: Vec<Object<'a>> = files.every_object().filter(is_capi).collect();
        let whole: HashSet<_> = all.iter().filter(|it| !laid.contains(&it.path.0)).map(named).collect();
        let mut found = Self {
            objects: HashMap::new(),
            overlays: HashMap::new(),
            clusters: Vec::new(),
            workers: HashMap::new(),
        };
        for it in all {
            // A patch of what lies elsewhere is all that is here of it.
            if laid.contains(&it.path.0) && whole.contains(&named(&it)) {
                found.overlays.entry(named(&it)).or_default().push(it);
                continue;
            }
            found.objects.entry(named(&it)).or_default().push(it);
            match (it.object.group.as_str(), it.object.kind.as_str()) {
                (CORE, "Cluster") => found.clusters.push(it),
                (CORE, "MachineDeployment" | "MachinePool") => {
                    let of = it.doc.value("spec.clusterName").unwrap_or_default();
                    found.workers.entry(of).or_default().push(it);
                }
                _ => {}
            }
        }
        found
    }

    pub fn clusters(&self) -> impl Iterator<Item = Object<'a>> {
        self.clusters.iter().copied()
    }

    /// What a reference of an object names.
    pub fn referred(&self, from: Object<'a>, field: &str) -> Option<Object<'a>> {
        let (kind, name) = (from.value(&format!("{field}.kind"))?, from.value(&format!("{field}.name"))?);
        let namespace = from.value(&format!("{field}.namespace")).unwrap_or(&from.object.namespace);
        let kinship = |it: &&Object<'a>| {
            (it.path == from.path, it.object.namespace == namespace, shared(&it.path.0, &from.path.0))
        };
        self.objects.get(&(kind, name))?.iter().max_by_key(kinship).copied()
    }

    /// What overlays lay over an object; where several are of its name, over the nearest.
    pub fn overlays(&self, of: Object<'a>) -> impl Iterator<Item = Object<'a>> {
        let name = named(&of);
        let same = self.objects.get(&name).map(Vec::as_slice).unwrap_or_default();
        let patches = self.overlays.get(&name).map(Vec::as_slice).unwrap_or_default();
        patches.iter().copied().filter(move |it| is_nearest(same, of, *it))
    }

    /// MachineDeployments and MachinePools of a cluster, where several files declare one of its name of the nearest.
    pub fn workers(&self, of: Object<'a>) -> Vec<Object<'a>> {
        let same = self.objects.get(&named(&of)).map(Vec::as_slice).unwrap_or_default();
        let all = self.workers.get(of.object.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        all.iter().copied().filter(|it| is_nearest(same, of, *it)).collect()
    }
}

/// Whether an object is the nearest of several to another one.
fn is_nearest(several: &[Object<'_>], one: Object<'_>, to: Object<'_>) -> bool {
    let near = several.iter().max_by_key(|it| (it.path == to.path, shared(&it.path.0, &to.path.0)));
    near.is_some_and(|it| it.path == one.path && it.doc.line == one.doc.line)
}

/// Files that kustomizations lay over what they take from elsewhere.
fn patches(files: &Files<'_>) -> HashSet<String> {
    let mut found = HashSet::new();
    for at in files.labelled(|it| *it == Label::Kustomize) {
        let each = |list: &str, key: &str| {
            let named = (0..at.doc.items(list)).filter_map(|it| at.doc.value(&format!("{list}[{it}]{key}")));
            let files = named.filter_map(|it| beside(folder_of(&at.path.0), it));
            files.collect::<Vec<_>>()
        };
        found.extend(each("patches", ".path"));
        found.extend(each("patchesJson6902", ".path"));
        found.extend(each("patchesStrategicMerge", ""));
    }
    found
}
