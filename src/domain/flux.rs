//! What Flux delivers: kustomizations and releases, and the sources they come from.

use crate::{Conditions, Entity, Meta, Moment, ObjectRef};

/// A Kustomization, HelmRelease or source; `meta.id.kind` says which.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct FluxObject {
    pub meta: Meta,
    pub suspended: bool,
    /// What it last applied: `main@sha1:…`, a chart version, an artifact.
    pub applied: Option<String>,
    pub attempted: Option<String>,
    /// Folder, chart or URL.
    pub path: String,
    /// The source it reads.
    pub source: Option<ObjectRef>,
    /// Branch, tag or range a source follows.
    pub follows: String,
    /// What it must wait for.
    pub depends_on: Vec<String>,
    pub conditions: Conditions,
    pub observed_generation: i64,
    /// The last reconcile request it has answered.
    pub handled: Option<String>,
    /// The reconcile request that stands in its annotations.
    pub requested: Option<String>,
    pub resource_count: u32,
    /// Newest first: what was applied, when, with which outcome.
    pub history: Vec<FluxStep>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FluxStep {
    pub what: String,
    pub at: Option<Moment>,
    pub status: String,
}

impl FluxObject {
    /// The commit in a revision such as `main@sha1:0a1b…`.
    pub fn commit(&self) -> Option<&str> {
        self.applied.as_deref().map(|it| it.rsplit(':').next().unwrap_or(it)).filter(|it| !it.is_empty())
    }

    /// Whether a request is still to be answered.
    pub fn awaits(&self) -> bool {
        self.requested.is_some() && self.requested != self.handled
    }
}

impl Entity for FluxObject {
    type Id = ObjectRef;
    fn id(&self) -> &ObjectRef {
        &self.meta.id
    }
}
