//! What the objects of Cluster API in the repository's files say of the machines they make: the patches of a
//! TalosControlPlane, or of the TalosConfigTemplate that a MachineDeployment names.

use super::super::compare::path_words;
use super::patch::{self, Hit, Patch};
use super::{Entry, Sought};
use crate::git::{Leaf, Tree};
use crate::yaml::{self, Document};
use domain::{ObjectRef, RepoPath};

/// A document of a file of the repository.
pub(in super::super) struct Found<'a> {
    pub path: RepoPath,
    pub text: &'a str,
    /// Which of the file, from 0.
    pub at: usize,
    pub document: Document,
}

pub(super) struct Declared<'a> {
    /// The TalosControlPlane or the MachineDeployment, where a file has it.
    by: Option<Found<'a>>,
    /// What holds the patches.
    config: Found<'a>,
    /// Where in it.
    base: &'static str,
}

impl<'a> Declared<'a> {
    pub(super) fn find(tree: &'a Tree, by: &ObjectRef) -> Option<Self> {
        let found = find(tree, &by.kind, &by.namespace, &by.name)?;
        match by.kind.as_str() {
            "TalosControlPlane" => {
                let base = "spec.controlPlaneConfig.controlplane";
                Some(Self { by: None, config: found, base })
            }
            "MachineDeployment" => {
                let name = found.document.value("spec.template.spec.bootstrap.configRef.name")?;
                let config = find(tree, "TalosConfigTemplate", &by.namespace, name)?;
                Some(Self { by: Some(found), config, base: "spec.template.spec" })
            }
            "TalosConfigTemplate" => Some(Self { by: None, config: found, base: "spec.template.spec" }),
            _ => None,
        }
    }

    /// In the order in which the bootstrap provider lays them over. Its JSON patches are not told here: a config since
    /// Talos 1.12 has several documents, and takes none.
    pub(super) fn patches(&self) -> Vec<Patch> {
        let Found { path, text, at, document } = &self.config;
        let list = format!("{}.strategicPatches[", self.base);
        let all = document.scalars.iter().filter(|it| it.field.starts_with(&list));
        all.map(|it| Patch::value(path, text, *at, it, false)).collect()
    }

    /// What is written here beside the patches, or by an operation of its JSON patches.
    pub(super) fn key(&self, sought: &Sought<'_>) -> Option<(RepoPath, usize, Hit)> {
        let config = &self.config;
        let operations = format!("{}.configPatches", self.base);
        if let Some(hit) = patch::operations(&config.document, &operations, sought) {
            return Some((config.path.clone(), config.at, hit));
        }
        let field = path_words(sought.path);
        let (found, key) = match (sought.document, field.as_str()) {
            ("", "machine.install.image") => (config, format!("{}.talosVersion", self.base)),
            ("", field) if field.ends_with(".image") => match &self.by {
                Some(by) => (by, "spec.template.spec.version".to_owned()),
                None => (config, "spec.version".to_owned()),
            },
            ("", "machine.network.hostname") | ("HostnameConfig", "hostname") => {
                (config, format!("{}.hostname.source", self.base))
            }
            ("", "machine.type") => (config, format!("{}.generateType", self.base)),
            _ => return None,
        };
        let hit = patch::value(&found.document, &key)?;
        Some((found.path.clone(), found.at, hit))
    }

    /// Where its patches are listed.
    pub(super) fn entry(&self) -> Entry {
        let Found { path, at, document, .. } = &self.config;
        let list = format!("{}.strategicPatches", self.base);
        let count = Patch::items(document, &list);
        Entry { path: path.clone(), document: *at, list, count }
    }
}

/// The first document of a kind and name, where its namespace is not another.
pub(in super::super) fn find<'a>(
    tree: &'a Tree,
    kind: &str,
    namespace: &str,
    name: &str,
) -> Option<Found<'a>> {
    tree.leaves().iter().find_map(|(path, leaf)| {
        let Leaf::File { bytes, .. } = leaf else { return None };
        let yaml = path.0.ends_with(".yaml") || path.0.ends_with(".yml");
        let text =
            std::str::from_utf8(bytes).ok().filter(|it| yaml && it.contains(kind) && it.contains(name))?;
        let documents = yaml::documents(text).ok()?;
        let is = |it: &Document| {
            let space = it.value("metadata.namespace");
            it.value("kind") == Some(kind)
                && it.value("metadata.name") == Some(name)
                && space.is_none_or(|it| it == namespace)
        };
        let (at, document) = documents.into_iter().enumerate().find(|(_, it)| is(it))?;
        Some(Found { path: path.clone(), text, at, document })
    })
}
