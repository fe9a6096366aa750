//! What a repository declares: clusters, nodes, versions, what is delivered, and where each of it is written. It is what
//! `pilothouse inspect -o json` prints; docs/inspect.md explains every field.

mod cloud;
mod cluster;
mod delivery;
mod place;

pub use cloud::{Argument, Cloud, CloudThing, Firewall, FirewallRule, Lines};
pub use cluster::{
    Cluster, ManagedBy, Node, Patch, PatchField, PatchForm, Pool, Role, TalosKind, TalosVersion, Version,
};
pub use delivery::{
    Application, ApplicationSet, Argo, Chart, Delivery, Flux, FluxSource, Generated, HelmRelease,
    Kustomization, Provider, Remote, Substitution,
};
pub use place::{Place, Said};

use crate::RepoPath;
use serde::Serialize;

/// Raised where a field goes, or means another thing; a field that comes does not raise it.
pub const VERSION: u32 = 1;

/// Everything that one commit declares.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Inventory {
    /// Of this shape: [`VERSION`].
    pub version: u32,
    pub repository: Repository,
    pub clusters: Vec<Cluster>,
    /// Modules for clusters, without a cluster that is made of them here.
    pub modules: Vec<Place>,
    pub delivery: Delivery,
    /// Objects of Cluster API and of its operator.
    pub capi: Vec<Object>,
    /// Upgrades that a controller in the cluster carries out: tuppr, system-upgrade-controller.
    pub upgrades: Vec<Upgrade>,
    pub secrets: Vec<Sealed>,
    pub cloud: Cloud,
    /// What is made from other files, and ignored by Git or never to be edited.
    pub generated: Vec<Said>,
    pub findings: Vec<Finding>,
}

/// The commit that was read, and what of it could not be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Repository {
    /// The commit, in full; empty where there is none yet.
    pub head: String,
    /// Empty where HEAD is detached.
    pub branch: String,
    /// Tracked files.
    pub files: u32,
    pub yaml_files: u32,
    /// Files that are templates of something, and were read around what they fill in.
    pub templates: u32,
    /// Files that should be read and cannot be.
    pub unparsed: Vec<Unparsed>,
    /// Files that are not read at all.
    pub skipped: Vec<Skipped>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unparsed {
    pub file: RepoPath,
    /// From 1; 0 where the file as a whole cannot be read.
    pub line: u32,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    pub file: RepoPath,
    pub reason: String,
}

/// One object by kind and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Object {
    pub api_version: String,
    pub kind: String,
    pub name: String,
    /// Empty where the file names none.
    pub namespace: String,
    /// False in a folder of what is archived, an example or a document.
    pub active: bool,
    /// The line of its name.
    pub source: Said,
    /// The line that its document begins at.
    pub begins: Place,
}

/// One upgrade that a controller carries out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Upgrade {
    pub kind: String,
    pub name: String,
    /// "talos" or "kubernetes".
    pub of: String,
    pub source: Said,
    pub begins: Place,
}

/// A file that holds secrets that are sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sealed {
    pub file: RepoPath,
    /// "sops", "age" or "git-crypt".
    pub scheme: String,
}

/// Something that a person should know of what is declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub kind: FindingKind,
    pub message: String,
    pub sources: Vec<Said>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Places that say one thing differ.
    Conflict,
    /// What is named is not there, or not written in Git.
    Unresolved,
    /// An anchor is defined twice in one document; the last one before an alias counts.
    DuplicateAnchor,
    /// A place says an older version than what is declared.
    Downgrade,
    /// A copy that has fallen behind what it is a copy of.
    Stale,
    /// A value is written where nothing reads it.
    Ignored,
}
