//! What can be looked up on a node beyond the facts that are always listened to: tables and texts.

use crate::{Fare, NodeName};

/// One sheet: what, of which node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SheetOf {
    pub node: NodeName,
    pub what: SheetKind,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SheetKind {
    Services,
    /// Everything that writes a log: services and containers.
    Containers,
    Processes,
    Disks,
    Network,
    /// The machine config, secrets masked.
    Config,
    /// Which types of resources the node has.
    Types,
    /// The resources of one type.
    Resources(CosiType),
    /// One of them, as YAML.
    Resource(CosiType, String),
}

/// A type of Talos's own resources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CosiType {
    pub namespace: String,
    /// Its canonical spelling: "Members.cluster.talos.dev".
    pub name: String,
}

impl CosiType {
    /// The part before the first dot.
    pub fn short(&self) -> &str {
        self.name.split('.').next().unwrap_or(&self.name)
    }
}

/// What a sheet holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sheet {
    Table {
        /// Titles; those that hang on the right are numbers.
        columns: Vec<SheetColumn>,
        rows: Vec<SheetRow>,
    },
    Yaml(Vec<Box<str>>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetColumn {
    pub title: &'static str,
    pub right: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SheetRow {
    /// Its name, for selecting it.
    pub key: String,
    pub fare: Fare,
    pub cells: Vec<SheetCell>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetCell {
    Text(String),
    /// Shown with a binary unit.
    Bytes(u64),
    Count(u64),
    Seconds(u64),
}

/// Which logs of nodes are wanted; those of several are interleaved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeLogs {
    pub nodes: Vec<NodeName>,
    pub of: NodeLog,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeLog {
    /// The kernel's.
    Dmesg,
    /// A Talos service's, by its name.
    Service(String),
    /// A container's of Kubernetes, by the id that Talos lists it under.
    Container(String),
}

impl NodeLog {
    /// Whose log it is, in a word.
    pub fn word(&self) -> &str {
        match self {
            NodeLog::Dmesg => "kernel",
            NodeLog::Service(name) | NodeLog::Container(name) => name,
        }
    }
}
