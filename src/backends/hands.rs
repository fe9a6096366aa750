//! The one door to every wire: listen, look up, carry.

use crate::{Sources, capi, delivery, git, hetzner, kubernetes, talos};
use domain::{Finding, Look, Observation, Order, Outcome, Watch};
use futures::stream::BoxStream;
use std::sync::Arc;

/// A stream of what a watch hears. It ends only when it is dropped: whatever breaks is tried again inside.
pub type Heard = BoxStream<'static, Observation>;

/// Every wire, connected when first needed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hands {
    talos: Arc<talos::Talos>,
    repository: git::Repository,
    cluster: kubernetes::Cluster,
    cloud: hetzner::Cloud,
}

impl Hands {
    pub fn new(sources: Sources) -> Self {
        let repository = git::Repository::new(&sources);
        let cluster = kubernetes::Cluster::new(&sources);
        let cloud = hetzner::Cloud::new(&sources);
        Self { talos: talos::Talos::new(&sources, &cluster), repository, cluster, cloud }
    }

    /// Start listening.
    pub fn watch(&self, watch: &Watch) -> Heard {
        match watch {
            Watch::Fleet => self.talos.fleet(),
            Watch::Machines => self.talos.overhear(capi::machines(&self.cluster)),
            Watch::Delivery => delivery::delivery(&self.cluster),
            Watch::KubeNodes => self.talos.overhear(capi::kube_nodes(&self.cluster)),
            Watch::Repository => self.repository.watch(),
            Watch::Servers => self.cloud.watch(),
            Watch::Node(name) => self.talos.node(name),
            Watch::Sheet(of) => self.talos.sheet(of),
            Watch::NodeLogs(of) => self.talos.logs(of),
            Watch::Etcd { closely } => self.talos.etcd(*closely),
            Watch::Kinds => kubernetes::kinds(&self.cluster),
            Watch::Counts => kubernetes::counts(&self.cluster),
            Watch::Rows(of) => kubernetes::rows(&self.cluster, of),
            Watch::Object(of) => kubernetes::object(&self.cluster, of),
            Watch::PodLogs(of) => kubernetes::logs(&self.cluster, of),
        }
    }

    /// Answer one question. The error is for a person to read.
    pub async fn look(&self, look: Look) -> Result<Finding, String> {
        match look {
            Look::EtcdSnapshot { node, path } => {
                let bytes = self.talos.snapshot(&node, std::path::Path::new(&path)).await?;
                Ok(Finding::EtcdSnapshot { path, bytes })
            }
            Look::File(_)
            | Look::CommitDiff(_)
            | Look::Blame(_)
            | Look::PathLog(_)
            | Look::Check(_)
            | Look::Diagnose { .. }
            | Look::Revert(_)
            | Look::Files(_)
            | Look::Merge(_)
            | Look::Fetch => self.repository.look(look).await,
        }
    }

    /// Carry one order to its end.
    pub async fn carry(&self, order: Order) -> Outcome {
        match order {
            Order::Commit(draft) => self.repository.commit(draft).await,
            Order::Refresh { object } => delivery::refresh(&self.cluster, object).await,
            Order::Sync { object } => delivery::sync(&self.cluster, object).await,
            Order::Push { commit, branch } => self.repository.push(commit, branch).await,
        }
    }
}
