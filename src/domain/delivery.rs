//! What a watch of the delivery engines says: one table for every kind.

use crate::{Application, ApplicationSet, Change, FluxObject, Project};

#[derive(Debug, Clone, PartialEq)]
pub enum DeliveryChange {
    Applications(Change<Application>),
    Projects(Change<Project>),
    ApplicationSets(Change<ApplicationSet>),
    Kustomizations(Change<FluxObject>),
    HelmReleases(Change<FluxObject>),
    /// What Flux reads from, by kind: GitRepository, OCIRepository, HelmRepository, HelmChart, Bucket.
    FluxSources(&'static str, Change<FluxObject>),
}
