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
    pub(super) fn digests(&self) -> Running {
        Running { active: self.active.digest().clone(), persistent: self.persistent.digest().clone() }
    }
}

/// Ask a node; it takes os:admin.
pub(super) async fn running(roads: &Roads, at: &str) -> Result<RunningConfig, Trouble> {
    let of = Type::of("config", "MachineConfigs.config.talos.dev");
    let all = cosi::list(roads, at, &of).await?;
    let find = |id: &str| all.iter().find(|it| it.id == id);
    let active = find("v1alpha1").ok_or_else(|| Trouble::Missing("it has no machine config".into()))?;
    // Talos before 1.10 does not tell the one on disk apart.
    let persistent = find("persistent").unwrap_or(active);
    let config = |it: &cosi::Resource| MachineConfig::of(config_bytes(it));
    let (now, disk) = (config(active), config(persistent));
    // Whichever changed last is the new one: what is tried is in force, what is staged is on disk. Both begin with the
    // same version at boot, so where the second does not tell, the number of changes does.
    let last = |it: &cosi::Resource| (it.updated, it.version.parse::<u64>().ok());
    let pending = (now.digest() != disk.digest()).then(|| match last(active).cmp(&last(persistent)) {
        std::cmp::Ordering::Greater => Pending::Try,
        std::cmp::Ordering::Less => Pending::Staged,
        std::cmp::Ordering::Equal => Pending::Either,
    });
    Ok(RunningConfig { active: now, persistent: disk, pending })
}
