//! What can be listened to and looked up, and what was heard: the only way facts enter the model.

use crate::{Change, Feed, Link, Node};

/// What can be listened to. The set that is wanted is a function of the model; the runtime keeps the difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Watch {
    /// Every Talos node: stage, version, services, use.
    Fleet,
}

/// One thing a backend heard.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    Link(Feed, Link),
    Nodes(Change<Node>),
}

/// One question, asked once; a newer one of the same key drops the older.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Look {}

/// The answer to a [`Look`].
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {}
