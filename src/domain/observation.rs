//! What can be listened to and looked up, and what was heard: the only way facts enter the model.

use crate::{Budget, CapiChange, Change, DeliveryChange, Feed, KubeNode, Link, News, Node, NodeUse};

/// What can be listened to. The set that is wanted is a function of the model; the runtime keeps the difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Watch {
    /// Every Talos node: stage, version, services, use.
    Fleet,
    /// The Cluster API family: clusters, control planes, deployments, machines and what they are made with.
    Machines,
    /// What Argo CD and Flux deliver.
    Delivery,
    /// Kubernetes nodes, and the budgets that may hold up their drains.
    KubeNodes,
}

/// One thing a backend heard.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    Link(Feed, Link),
    /// The part that this feed told of is no more.
    Unlinked(Feed),
    /// Something that happened.
    News(News),
    Nodes(Change<Node>),
    Capi(CapiChange),
    Delivery(DeliveryChange),
    KubeNodes(Change<KubeNode>),
    Budgets(Change<Budget>),
    Uses(Change<NodeUse>),
}

/// One question, asked once; a newer one of the same key drops the older.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Look {}

/// The answer to a [`Look`].
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {}
