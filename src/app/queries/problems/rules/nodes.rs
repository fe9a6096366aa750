//! Nodes that are gone, not ready, or not themselves.

use super::{Rule, heard};
use crate::Model;
use crate::Place;
use crate::queries::departed::departed;
use crate::queries::problems::{Certainty, Evidence, Problem, Weight};
use crate::queries::words::Phrase;
use domain::{KubeNode, Link, NodeName, Source, Stage};

/// Nodes that Kubernetes calls not ready, joined with what their own Talos API says.
pub(super) fn not_ready(model: &Model, rule: &Rule) -> Vec<Problem> {
    let sick = |node: &&KubeNode| !node.ready() && node.meta.deleted.is_none();
    model.world.kube_nodes.iter().filter(sick).filter_map(|node| unready(model, rule, node)).collect()
}

fn unready(model: &Model, rule: &Rule, node: &KubeNode) -> Option<Problem> {
    let condition = node.conditions.get("Ready")?;
    if !rule.holds(model.now, condition.since) {
        return None;
    }
    let machine = model.world.capi.machines.iter().find(|it| it.node.as_ref() == Some(&node.name));
    if machine.is_some_and(domain::Machine::deleting) {
        // It is being taken away; that is told by its machine.
        return None;
    }
    let talos = model.world.nodes.get(&node.name);
    let silent = silent_since(model, &node.name);
    let (weight, says) = match (&silent, node.control_plane()) {
        (Some(_), true) => (Weight::Critical, " is gone: neither Kubernetes nor Talos hears it"),
        (Some(_), false) => (Weight::Lost, " is gone: neither Kubernetes nor Talos hears it"),
        (None, _) => (Weight::Stuck, " is not ready"),
    };
    let mut problem =
        Problem::new(rule.name, node.name.0.clone(), weight, Phrase::new().strong(&node.name.0).plain(says))
            .at(machine.map(|it| format!("machine {}", it.id.name)).unwrap_or_default())
            .since(condition.since)
            .opens(Place::Node(node.name.clone()))
            .proof(Evidence {
                says: Phrase::new().plain("Kubernetes says Ready is ").strong(condition.status.word()),
                detail: format!("{}: {}", condition.reason, first_line(&condition.message)),
                source: Source::Kube,
                heard: heard(model, Source::Kube),
            })
            .explains("talos-silent", node.name.0.clone());
    problem = match (silent, talos) {
        (Some(why), _) => problem
            .proof(Evidence { says: "its Talos API does not answer".into(), detail: why, source: Source::Talos, heard: None })
            .because(Certainty::Likely, "the machine is off, cut from the network, or has crashed: both its kubelet and its Talos API are silent")
            .remedy("look at the server", "the provider's console shows what it does; a machine health check replaces it where one covers it", "nothing"),
        (None, Some(talos)) if talos.stage != Stage::Running => problem
            .proof(Evidence {
                says: Phrase::new().plain("Talos says it is ").strong(talos.stage.word()),
                detail: talos.unmet.iter().map(|(name, why)| format!("{name}: {why}")).collect::<Vec<_>>().join("; "),
                source: Source::Talos,
                heard: heard(model, Source::Talos),
            })
            .because(Certainty::Proven, "the machine is not running yet; it is ready when its boot ends")
            .remedy("wait", "booting takes a minute or two", "nothing"),
        (None, Some(talos)) => {
            let broken: Vec<&str> = talos.services.iter().filter(|it| !it.running || it.healthy == Some(false)).map(|it| it.name.as_str()).collect();
            problem.proof(Evidence {
                says: Phrase::new().plain("Talos answers, stage ").strong(talos.stage.word()),
                detail: if broken.is_empty() { "all its services are healthy".into() } else { format!("not healthy: {}", broken.join(", ")) },
                source: Source::Talos,
                heard: heard(model, Source::Talos),
            })
        }
        (None, None) => problem,
    };
    Some(problem)
}

/// Why the Talos API of a node does not answer; none where it does.
fn silent_since(model: &Model, name: &NodeName) -> Option<String> {
    let address = model.world.nodes.get(name).map(|it| it.address.clone()).unwrap_or_default();
    model.world.feeds_of(Source::Talos).find_map(|(feed, state)| match &state.link {
        Link::Degraded { why, .. } if feed.part == name.0 || feed.part == address => Some(why.clone()),
        _ => None,
    })
}

/// Nodes whose Talos API is silent while others answer.
pub(super) fn talos_silent(model: &Model, rule: &Rule) -> Vec<Problem> {
    let feeds: Vec<_> = model.world.feeds_of(Source::Talos).collect();
    if !feeds.iter().any(|(_, state)| state.link == Link::Live) {
        return Vec::new();
    }
    let silent = feeds.into_iter().filter_map(|(feed, state)| match &state.link {
        Link::Degraded { since, why } if rule.holds(model.now, Some(*since)) => {
            Some((feed, state, *since, why))
        }
        _ => None,
    });
    let gone = |address: &str, name: &str| {
        let known = model.world.nodes.iter().find(|it| it.address == address || it.name.0 == name);
        known.is_some_and(|node| departed(model, node))
    };
    silent
        .filter(|(feed, ..)| !gone(&feed.part, &feed.part))
        .map(|(feed, state, since, why)| {
            let named = model.world.nodes.iter().find(|it| it.address == feed.part);
            let name = named.map_or(feed.part.clone(), |it| it.name.0.clone());
            Problem::new(
                rule.name,
                name.clone(),
                Weight::Lost,
                Phrase::new().strong(&name).plain(" does not answer on its Talos API"),
            )
            .since(Some(since))
            .opens(Place::Node(NodeName(name)))
            .proof(Evidence {
                says: "the last call ended in an error".into(),
                detail: why.clone(),
                source: Source::Talos,
                heard: state.heard,
            })
        })
        .collect()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::queries::problems::{Weight, find};
    use crate::{Message, Model, update};
    use domain::{
        Change, Condition, Conditions, Feed, KubeNode, Link, Moment, Node, NodeName, Observation, Source,
        Stage, Truth,
    };

    fn model(talos: Link) -> Model {
        let mut model = Model { now: Moment(1_000_000), ..Model::default() };
        let ready = Condition {
            kind: "Ready".into(),
            status: Truth::Unknown,
            reason: "NodeStatusUnknown".into(),
            since: Some(Moment(900_000)),
            ..Condition::default()
        };
        let name = NodeName::from("worker-1");
        let kube =
            KubeNode { name: name.clone(), conditions: Conditions(vec![ready]), ..KubeNode::default() };
        let node = Node { name, address: "10.0.0.7".into(), stage: Stage::Running, ..Node::default() };
        for observation in [
            Observation::KubeNodes(Change::Snapshot(vec![kube])),
            Observation::Nodes(Change::Snapshot(vec![node])),
            Observation::Link(Feed::of(Source::Talos, "worker-1"), talos),
            Observation::Link(Feed::of(Source::Talos, "worker-2"), Link::Live),
        ] {
            update(&mut model, Message::Observed(observation));
        }
        model
    }

    #[test]
    fn a_node_that_nobody_hears_is_gone_and_is_told_once() {
        let gone = Link::Degraded { since: Moment(900_000), why: "timed out".into() };
        let found = find(&model(gone));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].title.text(), "worker-1 is gone: neither Kubernetes nor Talos hears it");
        assert_eq!(found[0].weight, Weight::Lost);
    }

    #[test]
    fn a_node_that_talos_still_hears_is_not_ready() {
        let found = find(&model(Link::Live));
        assert_eq!(found[0].title.text(), "worker-1 is not ready");
        assert!(found[0].evidence.iter().any(|it| it.says.text() == "Talos answers, stage running"));
    }
}
