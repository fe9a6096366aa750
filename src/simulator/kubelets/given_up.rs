//! A kubelet that was silent for too long and lives all the same: its Node is called unknown until it posts its status
//! again, as kubelets do all the time.

use super::register::set_status;
use super::{Kubelets, is_up};
use crate::world::Lock;
use futures::StreamExt;
use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::runtime::watcher::{Config, Event, watcher};
use std::time::Duration;

/// Listen to all Nodes.
pub async fn keep(kubelets: Kubelets) {
    let mut watch = watcher(Api::<Node>::all(kubelets.client.clone()), Config::default()).boxed();
    while let Some(event) = watch.next().await {
        match event {
            Ok(Event::InitApply(object) | Event::Apply(object)) if is_given_up(&object) => {
                let name = object.metadata.name.unwrap_or_default();
                let Some(node) = kubelets.world.node_of(&name) else { continue };
                // Who has just started, or was never ready, says so by himself.
                if is_up(&node) && node.state.held().node_ready == Some(true) {
                    let kubelets = kubelets.clone();
                    tokio::spawn(
                        async move { set_status(&kubelets, &node, kubelets.clock.now(), None).await },
                    );
                }
            }
            Ok(_) => {}
            Err(_) => kubelets.clock.sleep(Duration::from_secs(2)).await,
        }
    }
}

fn is_given_up(node: &Node) -> bool {
    let mut conditions = node.status.iter().flat_map(|it| it.conditions.iter().flatten());
    conditions.any(|it| it.type_ == "Ready" && it.status == "Unknown")
}
