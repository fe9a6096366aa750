//! Leases that say that a kubelet lives. They stop when the machine is dark.

use super::{Kubelets, is_absent, is_up};
use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::json;
use std::time::Duration;

/// Between two renewals of one kubelet, in a world of a few machines.
const EVERY: Duration = Duration::from_secs(10);
/// However many machines there are: a kubelet that is silent for 40 s is taken for dead.
const AT_MOST: Duration = Duration::from_secs(25);
/// However fast the world goes, not more often than this.
const LEAST: Duration = Duration::from_millis(60);
/// Renewals a second of all machines together, at speed 1.
const RATE: u64 = 40;

/// Renew every lease in turn, less often where there are many machines.
pub async fn keep(kubelets: Kubelets) {
    loop {
        let nodes = kubelets.world.nodes();
        let span = EVERY.max(Duration::from_secs(nodes.len() as u64 / RATE)).min(AT_MOST);
        let leases: Api<Lease> = Api::namespaced(kubelets.client.clone(), "kube-node-lease");
        for node in nodes.iter().filter(|it| is_up(it)) {
            let (leases, name, turns) = (leases.clone(), node.hostname(), kubelets.turns.clone());
            let spec = json!({
                "holderIdentity": name,
                "leaseDurationSeconds": 40,
                "renewTime": jiff::Timestamp::from_millisecond(kubelets.clock.now())
                    .map(|it| format!("{it:.6}")).unwrap_or_default(),
            });
            tokio::spawn(async move {
                let Ok(_turn) = turns.acquire().await else { return };
                let patch = json!({ "spec": spec });
                let renewed = leases.patch(&name, &PatchParams::default(), &Patch::Merge(&patch)).await;
                if is_absent(&renewed) {
                    let lease = json!({ "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                        "metadata": { "name": name, "namespace": "kube-node-lease" }, "spec": spec });
                    if let Ok(lease) = serde_json::from_value::<Lease>(lease) {
                        let _ = leases.create(&PostParams::default(), &lease).await;
                    }
                }
            });
        }
        tokio::join!(kubelets.clock.sleep(span), tokio::time::sleep(LEAST));
    }
}
