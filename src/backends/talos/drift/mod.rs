//! What each node's machine config is, beside what it should be: by the tip of the tracked branch, or by what Cluster
//! API gave its machine to boot with. Configs are secret: fields leave this folder masked, and nothing else does.

mod compare;
mod former;
mod forms;
mod mend;
mod place;
mod same;
mod sides;
mod watch;

use super::{Talos, running, spoken};
use crate::Heard;
use crate::git::Repository;
use crate::kubernetes::Cluster;
use crate::render::Tools;
use domain::CommitId;
use sides::Memory;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Everything that machine configs are compared by. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Drift {
    talos: Arc<Talos>,
    repository: Repository,
    /// Where Cluster API keeps what its machines boot with.
    management: Cluster,
    tools: Arc<Tools>,
    memory: Arc<Mutex<Memory>>,
}

impl Drift {
    pub(crate) fn new(
        talos: Arc<Talos>,
        repository: Repository,
        management: Cluster,
        tools: Arc<Tools>,
    ) -> Self {
        Self { talos, repository, management, tools, memory: Arc::default() }
    }

    /// Listen to the config of every node that the fleet has found, beside what it should be by this commit.
    pub(crate) fn watch(&self, tip: CommitId) -> Heard {
        let drift = self.clone();
        spoken(move |heard| watch::listen(drift, tip, heard))
    }
}
