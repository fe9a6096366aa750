//! What a node runs now: the config in force and the one on disk, and whether they are two.

use super::cosi::{self, Type};
use super::decode::node::config_bytes;
use super::roads::Roads;
use super::trouble::Trouble;
use crate::render::MachineConfig;
use domain::{Pending, Running};

/// Both configs of a node. Their bytes are secret.
#[derive(Debug, Clone)]
pub(super) struct RunningConfig {
    pub active: MachineConfig,
    pub persistent: MachineConfig,
    pub pending: Option<Pending>,
}

impl RunningConfig {
    /// Of the resources as the node told them. None where it has no config.
    pub(super) fn of(all: &[cosi::Resource]) -> Option<Self> {
        let find = |id: &str| all.iter().find(|it| it.id == id);
        let active = find(ACTIVE)?;
        // Talos before 1.10 does not tell the one on disk apart.
        let persistent = find("persistent").unwrap_or(active);
        let config = |it: &cosi::Resource| MachineConfig::of(config_bytes(it));
        let (now, disk) = (config(active), config(persistent));
        // Whichever changed last is the new one: what is tried is in force, what is staged is on disk. Both begin with
        // the same version at boot, so where the second does not tell, the number of changes does.
        let last = |it: &cosi::Resource| (it.updated, it.version.parse::<u64>().ok());
        let pending = (now.digest() != disk.digest()).then(|| match last(active).cmp(&last(persistent)) {
            std::cmp::Ordering::Greater => Pending::Try,
            std::cmp::Ordering::Less => Pending::Staged,
            std::cmp::Ordering::Equal => Pending::Either,
        });
        Some(Self { active: now, persistent: disk, pending })
    }

    pub(super) fn digests(&self) -> Running {
        Running { active: self.active.digest().clone(), persistent: self.persistent.digest().clone() }
    }
}

/// The kind that both configs are of.
pub(super) fn configs() -> Type {
    Type::of("config", "MachineConfigs.config.talos.dev")
}

/// The id of the config in force.
pub(super) const ACTIVE: &str = "v1alpha1";

/// Ask a node; it takes os:admin.
pub(super) async fn running(roads: &Roads, at: &str) -> Result<RunningConfig, Trouble> {
    let all = cosi::list(roads, at, &configs()).await?;
    RunningConfig::of(&all).ok_or_else(|| Trouble::Missing("it has no machine config".into()))
}
