//! The Git repository of the world of talhelper: two clusters on shelves, rendered by hand and delivered by Flux.

mod content;
mod fleet;
mod history;

#[cfg(test)]
mod tests;

pub(crate) use fleet::{Shelved, fleet, place};

use super::repository::{Repository, replay};
use crate::sops::{Identity, SopsError};
use crate::stand_ins::cabpt::Bundle;

/// Its name in every address.
pub(crate) const NAME: &str = "home-ops";
/// The cluster that lives in this world; the other one is in Git only.
pub(crate) const CLUSTER: &str = "home";
/// Where its machines are declared, and the secrets they share.
pub(crate) const TALCONFIG: &str = "clusters/home/talos/talconfig.yaml";
pub(crate) const SECRETS: &str = "clusters/home/talos/talsecret.sops.yaml";
/// The folder from which Flux begins.
pub(crate) const FLUX: &str = "clusters/home/kubernetes/flux";

/// Which repository is wanted.
pub(crate) struct Wanted<'a> {
    /// Seconds since the epoch.
    pub now: i64,
    /// The address that Flux reads from.
    pub remote: String,
    /// Host and port of the Kubernetes API of `home`.
    pub api: String,
    pub machines: &'a [Shelved],
    /// For whom the secrets are sealed.
    pub keeper: &'a Identity,
    /// What the machines of each cluster share.
    pub home: &'a Bundle,
    pub lab: &'a Bundle,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum HomeOpsError {
    #[error("its own description: {0}")]
    Description(#[from] serde_yaml::Error),
    #[error("its secrets: {0}")]
    Secrets(#[from] SopsError),
}

/// Make it.
pub(crate) fn home_ops(wanted: &Wanted<'_>) -> Result<Repository, HomeOpsError> {
    let templates = content::templates(wanted)?;
    let steps = history::steps(wanted, &templates)?;
    let commits = replay(&templates, &steps);
    Ok(Repository { name: NAME, domain: "home.example", commits, branches: Vec::new() })
}
