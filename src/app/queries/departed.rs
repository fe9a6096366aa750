//! Nodes that are no more. A talosconfig names addresses long after their machines were replaced; such a node is not
//! lost, it has left.

use crate::Model;
use domain::{Feed, Link, Node, Source};

/// Whether everybody who would know of this node knows of none: its Talos API is silent, Kubernetes has no such node
/// and Cluster API no machine at its address, while both are heard.
pub fn departed(model: &Model, node: &Node) -> bool {
    let world = &model.world;
    let heard = |source| world.feeds_of(source).any(|(_, state)| state.link == Link::Live);
    let silent = |part: &str| {
        let feed = world.feeds.get(&Feed::of(Source::Talos, part));
        feed.is_some_and(|it| matches!(it.link, Link::Degraded { .. }))
    };
    (silent(&node.name.0) || silent(&node.address))
        && heard(Source::Kube)
        && heard(Source::Capi)
        && !world.kube_nodes.is_empty()
        && !world.capi.machines.is_empty()
        && world.kube_nodes.get(&node.name).is_none()
        && !world.capi.machines.iter().any(|it| {
            it.node.as_ref() == Some(&node.name) || it.addresses.iter().any(|it| it.address == node.address)
        })
}

#[cfg(test)]
mod tests {
    use crate::queries::{fleet, problems, sources};
    use crate::{Message, Model, update};
    use domain::{
        CapiChange, Change, Feed, KubeNode, Link, Machine, Moment, Node, NodeName, Observation, Source,
    };

    #[test]
    fn a_node_that_was_replaced_is_not_lost() {
        let mut model = Model { now: Moment(1_000_000), ..Model::default() };
        let node = |name: &str| Node {
            name: NodeName::from(name),
            address: format!("addr-{name}"),
            ..Node::default()
        };
        let kube = KubeNode { name: NodeName::from("new"), ..KubeNode::default() };
        let machine = Machine { node: Some(NodeName::from("new")), ..Machine::default() };
        let gone = Link::Degraded { since: Moment(1), why: "refused".into() };
        for observation in [
            Observation::Nodes(Change::Snapshot(vec![node("old"), node("new")])),
            Observation::Link(Feed::of(Source::Talos, "old"), gone),
            Observation::Link(Feed::of(Source::Talos, "new"), Link::Live),
        ] {
            update(&mut model, Message::Observed(observation));
        }
        assert_eq!(fleet::present(&model).count(), 2, "nobody else is heard yet");
        for observation in [
            Observation::KubeNodes(Change::Snapshot(vec![kube])),
            Observation::Capi(CapiChange::Machines(Change::Snapshot(vec![machine]))),
            Observation::Link(Feed::of(Source::Kube, "nodes"), Link::Live),
            Observation::Link(Feed::of(Source::Capi, "machines"), Link::Live),
        ] {
            update(&mut model, Message::Observed(observation));
        }
        assert_eq!(fleet::present(&model).count(), 1);
        assert!(!problems::find(&model).iter().any(|it| it.id.rule == "talos-silent"));
        let talos = sources::marks(&model).into_iter().find(|it| it.source == Source::Talos).unwrap();
        assert_eq!(talos.says, "live");
    }
}
