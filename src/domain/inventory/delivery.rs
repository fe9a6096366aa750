//! What is delivered into clusters, and by whom.

use super::{Place, Said};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Delivery {
    pub argo: Argo,
    pub flux: Flux,
    /// Every chart with the version that it shall have.
    pub charts: Vec<Chart>,
    /// Providers of Cluster API with the version that they shall have.
    pub providers: Vec<Provider>,
    /// Manifests and bases of elsewhere that a kustomization brings, with the version in their address.
    pub remotes: Vec<Remote>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Argo {
    pub applications: Vec<Application>,
    pub application_sets: Vec<ApplicationSet>,
    pub projects: Vec<Said>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Application {
    pub name: String,
    pub namespace: String,
    /// The line of its name.
    pub source: Said,
    pub begins: Place,
    /// Of every source that is a folder of Git, the first one's; empty for a chart alone.
    pub path: String,
    pub revision: String,
    pub repository: String,
    pub chart: String,
    /// Whether the folder is one of this repository, and is there.
    pub resolved: bool,
    pub active: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApplicationSet {
    pub name: String,
    pub namespace: String,
    /// "git-directories", "git-files", "list", "matrix(…)", "merge(…)", or what else it is.
    pub generator: String,
    /// The folders, files or patterns that it is made from.
    pub from: Vec<Said>,
    /// What is left out.
    pub without: Vec<Said>,
    pub generates: Vec<Generated>,
    /// Why not all of it can be told from Git alone.
    pub unresolved: Option<String>,
    pub source: Said,
    pub begins: Place,
    pub active: bool,
}

/// One Application that an ApplicationSet makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Generated {
    pub name: String,
    /// The folder that it delivers.
    pub path: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Flux {
    pub kustomizations: Vec<Kustomization>,
    pub helm_releases: Vec<HelmRelease>,
    pub sources: Vec<FluxSource>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kustomization {
    pub name: String,
    pub namespace: String,
    /// As it is written, with what is to be filled in.
    pub path: String,
    /// The same with what `substitute` fills in, where Git says all of it.
    pub resolved_path: Option<String>,
    pub source: Said,
    pub begins: Place,
    pub source_ref: String,
    /// What is filled in into what it delivers. It is shown, and nothing is filled in here.
    pub substitutes: Vec<Substitution>,
    /// ConfigMaps and Secrets that more of it comes from.
    pub substitutes_from: Vec<Said>,
    /// "sops", or nothing.
    pub decryption: String,
    pub active: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Substitution {
    pub name: String,
    pub source: Said,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HelmRelease {
    pub name: String,
    pub namespace: String,
    pub chart: String,
    /// Of the chart; none where it is written elsewhere or nowhere.
    pub version: Option<Said>,
    pub source: Said,
    pub begins: Place,
    pub active: bool,
}

/// A GitRepository, an OCIRepository, a HelmRepository or a Bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FluxSource {
    pub kind: String,
    pub name: String,
    pub namespace: String,
    pub url: String,
    /// The branch, tag or version.
    pub revision: Option<Said>,
    pub source: Said,
    pub begins: Place,
    pub active: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chart {
    pub chart: String,
    /// Where it comes from; empty where that is not written beside it.
    pub repository: String,
    /// "Application", "HelmChartProxy", "HelmRelease", "kustomization" or "Chart.yaml".
    pub by: String,
    /// The name of what brings it.
    pub name: String,
    pub version: Said,
    pub active: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provider {
    /// "bootstrap", "control plane", "infrastructure", "core", "addon" or "ipam".
    pub kind: String,
    pub name: String,
    pub version: Said,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remote {
    pub version: Said,
    pub active: bool,
}
