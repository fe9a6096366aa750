//! Where a person can be: the ten pages, and what can be opened from them.

use crate::queries::problems::ProblemId;
use domain::{CommitId, KindRef, NodeLogs, NodeName, ObjectRef, Revision, SheetKind, SheetOf};

/// The main screens, in the order of their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Page {
    #[default]
    Bridge,
    Nodes,
    Etcd,
    Machines,
    Delivery,
    Git,
    Drift,
    Changes,
    Timeline,
    Resources,
}

impl Page {
    pub const ALL: [Page; 10] = [
        Page::Bridge,
        Page::Nodes,
        Page::Etcd,
        Page::Machines,
        Page::Delivery,
        Page::Git,
        Page::Drift,
        Page::Changes,
        Page::Timeline,
        Page::Resources,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Page::Bridge => "Bridge",
            Page::Nodes => "Nodes",
            Page::Etcd => "Etcd",
            Page::Machines => "Machines",
            Page::Delivery => "Delivery",
            Page::Git => "Git",
            Page::Drift => "Drift",
            Page::Changes => "Changes",
            Page::Timeline => "Timeline",
            Page::Resources => "Resources",
        }
    }
}

/// Where the person is. A page, or something opened on top of one; `esc` goes back one step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Page(Page),
    /// One node, with its services, resources, logs and machine config.
    Node(NodeName),
    /// One node, looked at in another way.
    NodeTab(NodeName, NodeTab),
    /// Resources of a node, or one of them.
    NodeSheet(SheetOf),
    /// Logs of nodes, interleaved.
    NodeLogs(NodeLogs),
    /// The objects of one kind.
    Rows(KindRef),
    /// One object, looked at in one of several ways.
    Object(ObjectRef, Tab),
    /// The logs of several pods, interleaved.
    PodLogs(Vec<ObjectRef>),
    /// What one commit changed.
    Commit(CommitId),
    /// A file as of a commit, with who wrote its lines.
    Blame(Revision),
    /// What a commit would do to each node, and the roll that puts it in force.
    Plan(CommitId),
    /// Why something is a problem: the evidence, and what can be done.
    Explain(ProblemId),
}

/// The ways to look at one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tab {
    Overview,
    Yaml,
    Events,
    Logs,
}

impl Tab {
    /// Those that there are for an object; only pods and what runs them have logs.
    pub fn of(object: &ObjectRef) -> &'static [Tab] {
        match domain::writes_logs(object) {
            true => &[Tab::Overview, Tab::Yaml, Tab::Events, Tab::Logs],
            false => &[Tab::Overview, Tab::Yaml, Tab::Events],
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Tab::Overview => "overview",
            Tab::Yaml => "yaml",
            Tab::Events => "events",
            Tab::Logs => "logs",
        }
    }
}

/// The ways to look at one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeTab {
    Overview,
    Services,
    Resources,
    Dmesg,
    Logs,
    Events,
    Config,
    Disks,
    Network,
    Processes,
}

impl NodeTab {
    pub const ALL: [NodeTab; 10] = [
        NodeTab::Overview,
        NodeTab::Services,
        NodeTab::Resources,
        NodeTab::Dmesg,
        NodeTab::Logs,
        NodeTab::Events,
        NodeTab::Config,
        NodeTab::Disks,
        NodeTab::Network,
        NodeTab::Processes,
    ];

    pub fn title(self) -> &'static str {
        match self {
            NodeTab::Overview => "overview",
            NodeTab::Services => "services",
            NodeTab::Resources => "resources",
            NodeTab::Dmesg => "dmesg",
            NodeTab::Logs => "logs",
            NodeTab::Events => "events",
            NodeTab::Config => "config",
            NodeTab::Disks => "disks",
            NodeTab::Network => "network",
            NodeTab::Processes => "processes",
        }
    }
}

impl Default for Place {
    fn default() -> Self {
        Place::Page(Page::default())
    }
}

impl Place {
    /// The one node that it is about.
    pub fn node(&self) -> Option<&NodeName> {
        match self {
            Place::Node(name) | Place::NodeTab(name, _) => Some(name),
            Place::NodeSheet(of) => Some(&of.node),
            Place::NodeLogs(of) => of.nodes.first(),
            _ => None,
        }
    }

    /// The page whose tab is lit while one is here.
    pub fn page(&self) -> Page {
        match self {
            Place::Page(page) => *page,
            Place::Node(_) | Place::NodeTab(..) | Place::NodeSheet(_) | Place::NodeLogs(_) => Page::Nodes,
            Place::Rows(_) | Place::Object(..) | Place::PodLogs(_) => Page::Resources,
            Place::Commit(_) | Place::Blame(_) => Page::Git,
            Place::Plan(_) => Page::Changes,
            Place::Explain(_) => Page::Bridge,
        }
    }

    /// One step of the breadcrumbs.
    pub fn crumb(&self) -> String {
        match self {
            Place::Page(page) => page.title().to_owned(),
            Place::Node(name) => name.0.clone(),
            Place::NodeTab(name, tab) => format!("{name} {}", tab.title()),
            Place::NodeSheet(of) => match &of.what {
                SheetKind::Resources(kind) => format!("{} {}", of.node, kind.short()),
                SheetKind::Resource(kind, id) => format!("{} {} {id}", of.node, kind.short()),
                _ => of.node.0.clone(),
            },
            Place::NodeLogs(of) if of.nodes.len() == 1 => {
                format!("{} {}", of.nodes.iter().map(|it| it.0.as_str()).collect::<String>(), of.of.word())
            }
            Place::NodeLogs(of) => format!("{} of {} nodes", of.of.word(), of.nodes.len()),
            Place::Rows(kind) => kind.to_string(),
            Place::Object(object, tab) => format!("{object} {}", tab.title()),
            Place::PodLogs(pods) if pods.iter().any(|it| it.kind != "Pod") => {
                format!("logs of {} workloads", pods.len())
            }
            Place::PodLogs(pods) => format!("logs of {} pods", pods.len()),
            Place::Commit(id) => id.short().to_owned(),
            Place::Plan(id) => format!("apply {}", id.short()),
            Place::Blame(revision) => format!("who wrote {}", revision.path),
            Place::Explain(_) => "why".into(),
        }
    }
}
