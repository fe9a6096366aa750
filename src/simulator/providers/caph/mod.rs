//! The infrastructure provider for Hetzner Cloud: it speaks to a Kubernetes API and to Hetzner's, as any client does.

mod cluster;
mod hcloud;
mod machine;
mod status;

pub(crate) use cluster::balancer_order;
pub(crate) use hcloud::{Hcloud, Refused};
pub(crate) use status::{cluster_status, machine_status, reachable};

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::Clock;
use crate::control::{Journal, Mirror, Reconcile, run};

#[derive(Clone)]
pub(crate) struct Provider {
    pub mirror: Mirror,
    pub clock: Clock,
    pub journal: Journal,
    pub hcloud: Hcloud,
    /// Host and port of the API server: what stands behind the load balancer in this world.
    pub endpoint: (String, u16),
}

/// Run the provider.
pub(crate) fn start(provider: &Provider, tasks: &mut JoinSet<()>) {
    let (machines, clusters) =
        (Arc::new(machine::Machines(provider.clone())), Arc::new(cluster::Clusters::new(provider.clone())));
    provider.mirror.watch(&machines.kinds(), &provider.clock, tasks);
    provider.mirror.watch(&clusters.kinds(), &provider.clock, tasks);
    let (mirror, clock, journal) = (&provider.mirror, &provider.clock, &provider.journal);
    tasks.spawn(run(machines, mirror.clone(), clock.clone(), journal.clone()));
    tasks.spawn(run(clusters, mirror.clone(), clock.clone(), journal.clone()));
}
