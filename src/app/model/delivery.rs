//! What Argo CD and Flux say, kind by kind.

use domain::{Application, ApplicationSet, DeliveryChange, FluxObject, ObjectRef, Project, Table};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default)]
pub struct Delivery {
    pub applications: Table<Application>,
    pub projects: Table<Project>,
    pub application_sets: Table<ApplicationSet>,
    pub kustomizations: Table<FluxObject>,
    pub helm_releases: Table<FluxObject>,
    /// What Flux reads from, by kind.
    pub flux_sources: BTreeMap<&'static str, Table<FluxObject>>,
}

impl Delivery {
    pub(crate) fn absorb(&mut self, change: DeliveryChange) {
        match change {
            DeliveryChange::Applications(change) => self.applications.absorb(change),
            DeliveryChange::Projects(change) => self.projects.absorb(change),
            DeliveryChange::ApplicationSets(change) => self.application_sets.absorb(change),
            DeliveryChange::Kustomizations(change) => self.kustomizations.absorb(change),
            DeliveryChange::HelmReleases(change) => self.helm_releases.absorb(change),
            DeliveryChange::FluxSources(kind, change) => {
                self.flux_sources.entry(kind).or_default().absorb(change);
            }
        }
    }

    /// Every Flux object that applies something or is read from.
    pub fn flux(&self) -> impl Iterator<Item = &FluxObject> {
        let sources = self.flux_sources.values().flat_map(Table::iter);
        self.kustomizations.iter().chain(self.helm_releases.iter()).chain(sources)
    }

    /// The source that an object of Flux reads. References leave the group out.
    pub fn flux_source(&self, of: &ObjectRef) -> Option<&FluxObject> {
        let table = self.flux_sources.get(of.kind.as_str())?;
        table.iter().find(|it| it.meta.id.namespace == of.namespace && it.meta.id.name == of.name)
    }
}
