//! What is kept for the next start, and how it is brought back: marked as old until the wires speak.

use crate::Model;
use crate::model::FeedState;
use domain::{CapiChange, Change, DeliveryChange, LastKnown, Link, Observation};
use std::time::Duration;

/// So long after a start what differs from the last known state is no news: nobody knows when it happened.
const QUIET: Duration = Duration::from_secs(30);

/// What of the model is worth keeping.
pub fn last_known(model: &Model) -> LastKnown {
    let (world, capi) = (&model.world, &model.world.capi);
    LastKnown {
        at: model.now,
        feeds: world.feeds.iter().map(|(feed, state)| (feed.clone(), heard(model, state))).collect(),
        nodes: world.nodes.iter().cloned().collect(),
        kube_nodes: world.kube_nodes.iter().cloned().collect(),
        etcd: world.etcd.iter().cloned().collect(),
        clusters: capi.clusters.iter().cloned().collect(),
        infra_clusters: capi.infra_clusters.iter().cloned().collect(),
        control_planes: capi.talos_control_planes.iter().cloned().collect(),
        machine_deployments: capi.machine_deployments.iter().cloned().collect(),
        machine_sets: capi.machine_sets.iter().cloned().collect(),
        machines: capi.machines.iter().cloned().collect(),
        infra_machines: capi.infra_machines.iter().cloned().collect(),
        machine_templates: capi.machine_templates.iter().cloned().collect(),
        bootstrap_configs: capi.bootstrap_configs.iter().cloned().collect(),
        applications: world.delivery.applications.iter().cloned().collect(),
        application_sets: world.delivery.application_sets.iter().cloned().collect(),
        servers: world.servers.iter().cloned().collect(),
    }
}

fn heard(model: &Model, state: &FeedState) -> Option<domain::Moment> {
    if state.link == Link::Live { Some(model.now) } else { state.heard }
}

/// Show what was known, before anything is heard. Every feed is connecting, and was heard when it was heard.
pub fn recall(model: &mut Model, known: LastKnown) {
    let world = &mut model.world;
    world.quiet_until = model.now.plus(QUIET);
    for (feed, heard) in known.feeds {
        world.feeds.insert(feed, FeedState { link: Link::Connecting, since: model.now, heard });
    }
    let observations = [
        Observation::Nodes(Change::Snapshot(known.nodes)),
        Observation::KubeNodes(Change::Snapshot(known.kube_nodes)),
        Observation::Etcd(Change::Snapshot(known.etcd)),
        Observation::Capi(CapiChange::Clusters(Change::Snapshot(known.clusters))),
        Observation::Capi(CapiChange::InfraClusters(Change::Snapshot(known.infra_clusters))),
        Observation::Capi(CapiChange::TalosControlPlanes(Change::Snapshot(known.control_planes))),
        Observation::Capi(CapiChange::MachineDeployments(Change::Snapshot(known.machine_deployments))),
        Observation::Capi(CapiChange::MachineSets(Change::Snapshot(known.machine_sets))),
        Observation::Capi(CapiChange::Machines(Change::Snapshot(known.machines))),
        Observation::Capi(CapiChange::InfraMachines(Change::Snapshot(known.infra_machines))),
        Observation::Capi(CapiChange::MachineTemplates(Change::Snapshot(known.machine_templates))),
        Observation::Capi(CapiChange::TalosConfigs(Change::Snapshot(known.bootstrap_configs))),
        Observation::Delivery(DeliveryChange::Applications(Change::Snapshot(known.applications))),
        Observation::Delivery(DeliveryChange::ApplicationSets(Change::Snapshot(known.application_sets))),
        Observation::Servers(Change::Snapshot(known.servers)),
    ];
    for observation in observations {
        crate::update(model, crate::Message::Observed(observation));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, update};
    use domain::{Feed, Moment, Node, NodeName, Source};

    #[test]
    fn what_was_known_comes_back_marked_as_old() {
        let mut before = Model { now: Moment(50_000), ..Model::default() };
        let node = Node { name: NodeName::from("cp-1"), ready: true, ..Node::default() };
        update(&mut before, Message::Observed(Observation::Nodes(Change::Snapshot(vec![node]))));
        update(
            &mut before,
            Message::Observed(Observation::Link(Feed::of(Source::Talos, "cp-1"), Link::Live)),
        );

        let mut after = Model { now: Moment(900_000), ..Model::default() };
        recall(&mut after, last_known(&before));
        assert_eq!(after.world.nodes.len(), 1);
        let state = after.world.feeds.values().next().unwrap();
        assert_eq!((&state.link, state.heard), (&Link::Connecting, Some(Moment(50_000))));
        assert_eq!(crate::queries::sources::bar(&after).as_of, Some(Moment(50_000)));
        assert!(after.world.news.is_empty());
    }
}
