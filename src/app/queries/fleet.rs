//! The Nodes screen: one row for every Talos node, whoever knows of it.

use super::ages;
use super::departed;
use super::drift;
use super::sieve::Sieve;
use super::wanted::{Machines, Wanted, wanted};
use crate::{Listing, Model, Page, Place, RowKey};
use domain::{Feed, Link, Moment, Node, NodeName, NodeUse, Source, Stage, Subject};
use std::collections::BTreeSet;

/// Everything the list can be sorted and filtered by.
pub const COLUMNS: &[&str] = &[
    "name", "role", "stage", "talos", "kubelet", "ready", "drift", "cpu", "memory", "up", "machine", "server",
];

/// How a row fares. A view gives each a shape and a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    Good,
    UnderWay,
    Problem,
    Lost,
    NotConfigured,
    Nothing,
}

/// A version that is, and whether it is the one that is wanted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Version {
    pub is: String,
    pub wanted: Option<String>,
}

impl Version {
    fn of(is: Option<&String>, wanted: Option<&String>) -> Self {
        Self { is: is.cloned().unwrap_or_default(), wanted: wanted.cloned() }
    }

    /// It is known, and not what is wanted.
    pub fn drifts(&self) -> bool {
        !self.is.is_empty() && self.wanted.as_ref().is_some_and(|it| *it != self.is)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct NodeRow {
    pub key: RowKey,
    pub mark: Mark,
    pub name: String,
    pub role: &'static str,
    /// Its stage, or why it is not heard.
    pub stage: String,
    /// Nothing has been heard from it lately: what is shown is what was.
    pub stale: bool,
    pub talos: Version,
    pub kubelet: Version,
    /// What Kubernetes says; `None` where nobody knows.
    pub ready: Option<bool>,
    pub cordoned: bool,
    /// How much differs from what is declared; `None` where nothing is declared to us.
    pub drift: Option<usize>,
    pub cpu: Option<u8>,
    pub memory: Option<u8>,
    pub booted: Option<Moment>,
    pub machine: String,
    pub server: String,
}

impl NodeRow {
    /// What stands in a column, for filters.
    fn field(&self, title: &str, now: Moment) -> Option<String> {
        let percent = |it: Option<u8>| it.map(|it| it.to_string());
        Some(match title {
            "name" => self.name.clone(),
            "role" => self.role.into(),
            "stage" => self.stage.clone(),
            "talos" => self.talos.is.clone(),
            "kubelet" => self.kubelet.is.clone(),
            "ready" => self.ready.map(|it| if it { "yes" } else { "no" })?.into(),
            "drift" => self.drift?.to_string(),
            "cpu" => percent(self.cpu)?,
            "memory" => percent(self.memory)?,
            "up" => (now.since(self.booted?).as_secs() / 86_400).to_string(),
            "machine" => self.machine.clone(),
            "server" => self.server.clone(),
            _ => return None,
        })
    }

    /// Words of its state that a bare word of a filter finds.
    fn states(&self) -> Vec<&'static str> {
        let mut states = Vec::new();
        if self.ready == Some(true) && !self.stale {
            states.push("ready");
        }
        if self.stale {
            states.push("down");
        }
        if self.cordoned {
            states.push("cordoned");
        }
        if self.drift.is_some_and(|it| it > 0) {
            states.push("drifted");
        }
        states
    }
}

/// The nodes that there are: without those that have left.
pub fn present(model: &Model) -> impl Iterator<Item = &Node> {
    let nodes = &model.world.nodes;
    // In the first seconds a node is known by its address; once its name is heard, the address is no other node.
    let named: BTreeSet<&str> =
        nodes.iter().filter(|it| it.name.0 != it.address).map(|it| it.address.as_str()).collect();
    nodes.iter().filter(move |node| {
        !departed::departed(model, node) && (node.name.0 != node.address || !named.contains(&*node.address))
    })
}

/// The nodes of the list, filtered and in order. Rows are made of those in sight only.
pub fn listed(model: &Model) -> Vec<&Node> {
    let list = model.screen.lists.get(&Place::Page(Page::Nodes)).cloned().unwrap_or_default();
    let nodes: Vec<&Node> = present(model).collect();
    if list.filter.is_empty() && list.sort.is_none() {
        return nodes;
    }
    let sieve = Sieve::parse(&list.filter);
    let mut rows: Vec<(NodeRow, &Node)> = rows(model, &nodes).into_iter().zip(nodes).collect();
    rows.retain(|(row, _)| {
        let mut all =
            vec![row.name.as_str(), row.role, row.stage.as_str(), row.machine.as_str(), row.server.as_str()];
        all.extend([row.talos.is.as_str(), row.kubelet.is.as_str()]);
        all.extend(row.states());
        sieve.lets(&all, |title| row.field(title, model.now))
    });
    sort(&mut rows, &list);
    rows.into_iter().map(|(_, node)| node).collect()
}

/// The rows of some nodes.
pub fn rows(model: &Model, nodes: &[&Node]) -> Vec<NodeRow> {
    let machines = Machines::of(model);
    nodes.iter().map(|node| row(model, &machines, node)).collect()
}

/// How well the Talos API of a node is heard.
pub fn link<'a>(model: &'a Model, name: &NodeName) -> Option<&'a Link> {
    model.world.feeds.get(&Feed::of(Source::Talos, name.0.clone())).map(|it| &it.link)
}

/// How much of a node differs, as the Drift page has it; none where nothing is declared of it to us.
fn drifts(model: &Model, node: &Node, wanted: &Wanted) -> Option<usize> {
    let compared = model.world.configs.get(&node.name).is_some_and(|it| it.basis.is_ok());
    let declared = wanted.talos.is_some() || wanted.kubelet.is_some();
    let count = drift::count(model, &Subject::Node(node.name.clone()));
    (compared || declared || count > 0).then_some(count)
}

fn row(model: &Model, machines: &Machines<'_>, node: &Node) -> NodeRow {
    let wanted = wanted(model, machines, node);
    let uses = model.world.uses.get(&node.name).cloned().unwrap_or_default();
    let kube = model.world.kube_nodes.get(&node.name);
    let ready = kube.map(|it| it.ready()).or(node.kubernetes.as_ref().map(|it| it.ready));
    let cordoned = kube.map(|it| it.unschedulable).or(node.kubernetes.as_ref().map(|it| it.unschedulable));
    let kubelet = node.kubelet.as_ref().or(kube.and_then(|it| it.kubelet.as_ref()));
    let link = link(model, &node.name);
    let stale = matches!(link, Some(Link::Degraded { .. } | Link::Forbidden { .. }));
    NodeRow {
        key: RowKey(node.name.0.clone()),
        mark: mark(node, link, ready, cordoned.unwrap_or(false) || wanted.leaving),
        name: node.name.0.clone(),
        role: node.role.map(|it| it.word()).unwrap_or_default(),
        stage: stage(node, link, model.now),
        stale,
        talos: Version::of(node.version.as_ref(), wanted.talos.as_ref()),
        kubelet: Version::of(kubelet, wanted.kubelet.as_ref()),
        ready,
        cordoned: cordoned.unwrap_or(false),
        drift: drifts(model, node, &wanted),
        cpu: uses.cpu.map(|it| it.round() as u8).filter(|_| !stale),
        memory: uses.memory.percent().filter(|_| !stale),
        booted: uses.booted.filter(|_| !stale),
        machine: wanted.machine.unwrap_or_default(),
        server: wanted.server.unwrap_or_default(),
    }
}

fn mark(node: &Node, link: Option<&Link>, ready: Option<bool>, passing: bool) -> Mark {
    match (link, node.stage) {
        (Some(Link::Degraded { .. }), _) => Mark::Lost,
        (Some(Link::Forbidden { .. }), _) => Mark::Problem,
        (_, Stage::Unknown) => Mark::UnderWay,
        (_, Stage::Running) if passing => Mark::UnderWay,
        (_, Stage::Running) if !node.ready || ready == Some(false) => Mark::Problem,
        (_, Stage::Running) if !node.diagnostics.is_empty() => Mark::Problem,
        (_, Stage::Running) => Mark::Good,
        _ => Mark::UnderWay,
    }
}

/// The stage in words, or why nothing newer is known.
pub fn stage(node: &Node, link: Option<&Link>, now: Moment) -> String {
    match (link, node.stage) {
        (Some(Link::Degraded { since, .. }), _) => format!("down {}", ages::short(now.since(*since))),
        (Some(Link::Forbidden { .. }), _) => "forbidden".into(),
        (_, Stage::Unknown) => "connecting".into(),
        (_, Stage::Running) if !node.ready => "not ready".into(),
        (_, stage) => stage.word().into(),
    }
}

fn sort(rows: &mut [(NodeRow, &Node)], list: &Listing) {
    let Some((column, descending)) = list.sort else { return };
    let title = COLUMNS.get(column).copied().unwrap_or("name");
    // What is not known comes last in either order.
    let number = |it: Option<u64>| it.map_or((1, 0), |it| (0, if descending { u64::MAX - it } else { it }));
    let numeric = matches!(title, "drift" | "cpu" | "memory" | "ready" | "up");
    rows.sort_by_cached_key(|(row, _)| match title {
        "drift" => (number(row.drift.map(|it| it as u64)), String::new()),
        "cpu" => (number(row.cpu.map(u64::from)), String::new()),
        "memory" => (number(row.memory.map(u64::from)), String::new()),
        "ready" => (number(row.ready.map(u64::from)), String::new()),
        // Who is up the longest has booted first.
        "up" => (number(row.booted.map(|it| u64::MAX / 2 - u64::try_from(it.0).unwrap_or(0))), String::new()),
        _ => ((0, 0), row.field(title, Moment::default()).unwrap_or_default()),
    });
    if descending && !numeric {
        rows.reverse();
    }
}

/// "41 d" since it booted.
pub fn up(uses: Option<&NodeUse>, now: Moment) -> Option<String> {
    uses.and_then(|it| it.booted).map(|it| ages::short(now.since(it)))
}

#[cfg(test)]
#[path = "fleet_tests.rs"]
mod tests;
