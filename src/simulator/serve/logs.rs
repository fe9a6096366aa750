//! What containers write, for `pods/log`: controllers of this world their own journals, everything else its chatter.

use crate::control::Journals;
use crate::kubernetes::PodLogs;
use crate::world::{Lock, World, pod_logs};
use std::sync::Arc;

/// The source of all logs of a world.
pub(super) fn of(world: &World, journals: &Journals) -> PodLogs {
    let (world, journals) = (world.passive(), journals.clone());
    Arc::new(move |namespace, pod, container, previous| {
        if let Some(journal) = journals.of_pod(pod).filter(|_| !previous) {
            return journal.lines();
        }
        let key = (namespace.to_owned(), pod.to_owned());
        let nodes = world.nodes();
        let home =
            nodes.iter().find(|it| it.kubelet_pods.held().contains_key(&key) || pod.ends_with(&it.spec.name));
        let started = home.and_then(|node| {
            let pods = node.pods();
            pods.container(&format!("{namespace}/{pod}:{container}")).map(|it| (node.seed, it.since))
        });
        let Some((seed, started)) = started else { return Vec::new() };
        pod_logs(seed, pod, container, previous, started, world.clock().now())
    })
}
