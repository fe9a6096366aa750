//! Cluster API core: machines, sets, deployments, health checks, clusters, and their conditions.
//!
//! Objects are stored in the shape of v1beta2; a reader of v1beta1 gets the same object. What the older contract
//! looks for stands under `status.deprecated.v1beta1`.

mod aggregate;
mod clone;
mod cluster;
mod deployment;
mod health_check;
mod machine;
mod machine_set;
mod preflight;
mod rolling;

pub(crate) use clone::from_template;
pub(crate) use cluster::{Parts, cluster_status};
pub(crate) use deployment::{deployment_status, machine_set, template_hash};
pub(crate) use health_check::{health_check_status, selects};
pub(crate) use machine::{Around, machine_status};
pub(crate) use machine_set::set_status;

use std::sync::Arc;

use serde_json::Value;
use tokio::task::JoinSet;

use crate::Clock;
use crate::control::{Journal, Key, Kind, Mirror, Naming, Reconcile, kinds, label, namespace, run};

pub(crate) const CLUSTER_NAME: &str = "cluster.x-k8s.io/cluster-name";
pub(crate) const CONTROL_PLANE: &str = "cluster.x-k8s.io/control-plane";

/// What every controller of the core has at hand.
#[derive(Clone)]
pub(crate) struct Core {
    pub mirror: Mirror,
    pub clock: Clock,
    pub journal: Journal,
    pub naming: Naming,
}

impl Core {
    fn now(&self) -> String {
        crate::control::timestamp(self.clock.now())
    }

    /// The cluster that an object belongs to by its label.
    fn cluster_of(&self, object: &Value) -> Option<Arc<Value>> {
        self.mirror.get(kinds::CLUSTER, &Key::new(namespace(object), label(object, CLUSTER_NAME)?))
    }

    /// The objects of a kind that belong to a cluster by their label.
    fn in_cluster(&self, kind: Kind, space: &str, cluster: &str) -> Vec<Arc<Value>> {
        let mut all = self.mirror.list(kind);
        all.retain(|it| namespace(it) == space && label(it, CLUSTER_NAME) == Some(cluster));
        all
    }
}

/// Run all controllers of the core.
pub(crate) fn start(core: &Core, tasks: &mut JoinSet<()>) {
    go(cluster::Clusters(core.clone()), core, tasks);
    go(machine::Machines(core.clone()), core, tasks);
    go(machine_set::Sets(core.clone()), core, tasks);
    go(deployment::Deployments(core.clone()), core, tasks);
    go(health_check::Checks(core.clone()), core, tasks);
}

fn go<R: Reconcile>(controller: R, core: &Core, tasks: &mut JoinSet<()>) {
    core.mirror.watch(&controller.kinds(), &core.clock, tasks);
    tasks.spawn(run(Arc::new(controller), core.mirror.clone(), core.clock.clone(), core.journal.clone()));
}
