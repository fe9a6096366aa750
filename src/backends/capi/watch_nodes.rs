//! Listen to Kubernetes nodes and to the budgets that may hold up their drains.

use super::decode_node::{budget, node};
use super::watch::heard;
use crate::Heard;
use crate::kubernetes::{Cluster, Wanted};
use domain::{Feed, Observation, Source};
use futures::StreamExt;
use futures::stream::select_all;

pub fn kube_nodes(cluster: &Cluster) -> Heard {
    let nodes = Wanted::all("", "Node", &["v1"]);
    let budgets = Wanted::all("policy", "PodDisruptionBudget", &["v1"]);
    select_all([
        heard(cluster, nodes, Feed::of(Source::Kube, "nodes"), false, node, Observation::KubeNodes),
        heard(
            cluster,
            budgets,
            Feed::of(Source::Kube, "poddisruptionbudgets"),
            true,
            budget,
            Observation::Budgets,
        ),
    ])
    .boxed()
}
