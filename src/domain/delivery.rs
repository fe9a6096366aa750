//! What a watch of the delivery engines says: one table for every kind.

use crate::{Application, ApplicationSet, Change, FluxObject, Project};

#[derive(Debug, Clone, PartialEq)]
pub enum DeliveryChange {
    Applications(Change<Application>),
    Projects(Change<Project>),
    ApplicationSets(Change<ApplicationSet>),
    Kustomizations(Change<FluxObject>),
    HelmReleases(Change<FluxObject>),
    GitRepositories(Change<FluxObject>),
}
