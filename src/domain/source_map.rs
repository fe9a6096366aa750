//! Where every Kubernetes object is written: file, document, and the line of each of its values.

use crate::inventory::Inventory;
use crate::{CommitId, ObjectRef, RepoPath};
use std::sync::Arc;

/// The YAML of one commit of the tracked branch, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceMap {
    pub commit: CommitId,
    pub objects: Vec<SourceObject>,
    /// Nodes that are declared by a talconfig, of all clusters of the repository.
    pub nodes: Vec<DeclaredNode>,
    /// YAML files that were read.
    pub files: u32,
    /// Files that are templates of something, and so are no YAML yet.
    pub templates: u32,
    /// Files with values that SOPS has locked.
    pub locked: Vec<RepoPath>,
    /// Files that should be YAML and are not, with the reason.
    pub unreadable: Vec<(RepoPath, String)>,
    /// What all of it declares together.
    pub inventory: Arc<Inventory>,
}

/// One node as a talconfig declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredNode {
    pub cluster: String,
    pub hostname: String,
    pub addresses: Vec<String>,
    pub path: RepoPath,
    /// The line of its name, from 1.
    pub line: u32,
    /// The versions that its cluster shall have, with their `v`, and their lines.
    pub talos: Option<(String, u32)>,
    pub kubernetes: Option<(String, u32)>,
}

/// One Kubernetes object as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceObject {
    /// Its namespace is empty where the file names none.
    pub object: ObjectRef,
    pub path: RepoPath,
    /// Which document of the file, from 0.
    pub document: u32,
    /// The line it begins at, from 1.
    pub line: u32,
    pub scalars: Vec<Scalar>,
}

/// One value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// Where in the document, as `spec.template.spec.version` or `spec.containers[0].image`.
    pub field: String,
    pub value: String,
    /// From 1.
    pub line: u32,
    /// The bytes of the token in the file, its quotes included.
    pub start: u32,
    pub end: u32,
    pub quotes: Quotes,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    Plain,
    Single,
    Double,
    /// A text over several lines; it cannot be edited in place.
    Block,
    /// It stands for, or is the pattern of, other places; it cannot be edited in place.
    Shared,
}

impl SourceObject {
    pub fn scalar(&self, field: &str) -> Option<&Scalar> {
        self.scalars.iter().find(|it| it.field == field)
    }

    pub fn value(&self, field: &str) -> Option<&str> {
        self.scalar(field).map(|it| it.value.as_str())
    }
}

impl SourceMap {
    /// Where an object is written. A file that names no namespace is taken for any, where nothing fits better.
    pub fn find(&self, object: &ObjectRef) -> Option<&SourceObject> {
        self.find_within(object, |_| true)
    }

    /// The same, in the files for which `inside` holds: where a repository declares several clusters.
    pub fn find_within(
        &self,
        object: &ObjectRef,
        inside: impl Fn(&RepoPath) -> bool,
    ) -> Option<&SourceObject> {
        let same = |it: &&SourceObject| {
            it.object.kind == object.kind
                && it.object.name == object.name
                && it.object.group == object.group
                && inside(&it.path)
        };
        let mut found: Vec<&SourceObject> = self.objects.iter().filter(same).collect();
        if let Some(exact) = found.iter().find(|it| it.object.namespace == object.namespace) {
            return Some(exact);
        }
        found.retain(|it| it.object.namespace.is_empty());
        match found.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Every object of a kind.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a SourceObject> {
        self.objects.iter().filter(move |it| it.object.kind == kind)
    }
}
