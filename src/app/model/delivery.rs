//! What Argo CD and Flux say, kind by kind.

use domain::{Application, ApplicationSet, DeliveryChange, FluxObject, Project, Table};

#[derive(Debug, Clone, Default)]
pub struct Delivery {
    pub applications: Table<Application>,
    pub projects: Table<Project>,
    pub application_sets: Table<ApplicationSet>,
    pub kustomizations: Table<FluxObject>,
    pub helm_releases: Table<FluxObject>,
    pub git_repositories: Table<FluxObject>,
}

impl Delivery {
    pub(crate) fn absorb(&mut self, change: DeliveryChange) {
        match change {
            DeliveryChange::Applications(change) => self.applications.absorb(change),
            DeliveryChange::Projects(change) => self.projects.absorb(change),
            DeliveryChange::ApplicationSets(change) => self.application_sets.absorb(change),
            DeliveryChange::Kustomizations(change) => self.kustomizations.absorb(change),
            DeliveryChange::HelmReleases(change) => self.helm_releases.absorb(change),
            DeliveryChange::GitRepositories(change) => self.git_repositories.absorb(change),
        }
    }

    /// Every Flux object that applies something or is read from.
    pub fn flux(&self) -> impl Iterator<Item = &FluxObject> {
        self.kustomizations.iter().chain(self.helm_releases.iter()).chain(self.git_repositories.iter())
    }
}
