//! A cluster as it is declared.

use super::{Place, Said};
use serde::{Serialize, Serializer};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cluster {
    pub name: String,
    /// Where the name is written; none where it comes from the environment or from the name of a folder.
    pub source: Option<Said>,
    pub managed_by: ManagedBy,
    /// False where it is archived, an example, or a template that is filled in elsewhere.
    pub active: bool,
    /// Why it is not active.
    pub inactive_because: Option<String>,
    /// Where it is declared, without `/` at its end; empty for the root.
    pub folder: String,
    pub kubernetes: Version,
    pub talos: TalosVersion,
    /// The address of the Kubernetes API.
    pub endpoint: Option<Said>,
    pub nodes: Vec<Node>,
    pub pools: Vec<Pool>,
    /// In the order in which they are laid over each other.
    pub patches: Vec<Patch>,
    pub schematics: Vec<Said>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ManagedBy {
    Talhelper,
    Topf,
    Omni,
    /// Machine configs written as templates.
    Jinja,
    OpenTofu,
    Capi,
    Talosctl,
}

impl ManagedBy {
    pub fn told(self) -> &'static str {
        match self {
            Self::Talhelper => "talhelper",
            Self::Topf => "topf",
            Self::Omni => "Omni",
            Self::Jinja => "templates of machine configs",
            Self::OpenTofu => "OpenTofu",
            Self::Capi => "Cluster API",
            Self::Talosctl => "talosctl",
        }
    }
}

/// A version and every place that says it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Version {
    /// As the place says it that counts most, with or without `v`; "unknown" where Git does not say it.
    #[serde(serialize_with = "or_unknown")]
    pub value: Option<String>,
    /// Whether places differ that should not.
    pub conflict: bool,
    /// What counts most first.
    pub sources: Vec<Said>,
}

/// The version of Talos, and how it is said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TalosVersion {
    /// As in [`Version`].
    #[serde(serialize_with = "or_unknown")]
    pub value: Option<String>,
    /// How the value is said; where the value is unknown, all that is said.
    pub kind: Option<TalosKind>,
    pub conflict: bool,
    pub sources: Vec<Said>,
    /// Places of the contract that machine configs are generated for. It is no version of what runs.
    pub contract: Vec<Said>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TalosKind {
    /// The version itself.
    Version,
    /// Only the contract of the machine config.
    Contract,
    /// The name or the tag of an image.
    Image,
}

fn or_unknown<S: Serializer>(value: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(value.as_deref().unwrap_or("unknown"))
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    pub name: String,
    pub role: Role,
    /// As it is written; several joined by `,`; empty where none is.
    pub address: String,
    /// The line of its name.
    pub source: Said,
    /// Its own version, where it is not that of the cluster.
    pub talos: Option<Said>,
    pub kubernetes: Option<Said>,
    pub schematic: Option<Said>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    ControlPlane,
    Worker,
    /// It is not written.
    Unknown,
}

/// Machines of one kind, declared by their number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pool {
    pub name: String,
    pub role: Role,
    /// None where another one counts, or it is not written.
    pub replicas: Option<u32>,
    /// The line of the number; of the name, where no number is written.
    pub source: Said,
    /// Where the pool is declared.
    pub begins: Place,
    /// The version of Kubernetes that it has of its own.
    pub kubernetes: Option<Said>,
    pub image: Option<Said>,
    pub server_type: Option<Said>,
}

/// One patch of machine configs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Patch {
    /// "cluster", "controlplane", "worker", or the name of a node or a pool.
    pub scope: String,
    pub form: PatchForm,
    pub file: crate::RepoPath,
    pub line: u32,
    /// The values that it sets, with what looks like a secret masked.
    pub fields: Vec<PatchField>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PatchForm {
    /// Laid over the config; documents of Talos's own kinds, too.
    Strategic,
    Json6902,
    /// Not YAML before it is filled in.
    Template,
    /// A file that is not in the repository.
    Missing,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PatchField {
    pub field: String,
    pub value: String,
    pub line: u32,
}
