//! The Nodes screen: one row for every Talos node.

use crate::{Model, RowKey};
use domain::{Node, Stage};

pub const COLUMNS: &[&str] = &["name", "stage", "talos"];

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

#[derive(Debug, Clone, PartialEq)]
pub struct NodeRow {
    pub key: RowKey,
    pub mark: Mark,
    pub name: String,
    pub stage: &'static str,
    pub talos: String,
}

pub fn rows(model: &Model) -> Vec<NodeRow> {
    let filter = model.screen.listing().map(|list| list.filter.to_lowercase()).unwrap_or_default();
    model
        .world
        .nodes
        .iter()
        .filter(|node| filter.is_empty() || node.name.0.to_lowercase().contains(&filter))
        .map(row)
        .collect()
}

fn row(node: &Node) -> NodeRow {
    NodeRow {
        key: RowKey(node.name.0.clone()),
        mark: match (node.stage, node.ready) {
            (Stage::Running, true) => Mark::Good,
            (Stage::Unknown, _) => Mark::Lost,
            (Stage::Running, false) => Mark::Problem,
            _ => Mark::UnderWay,
        },
        name: node.name.0.clone(),
        stage: node.stage.word(),
        talos: node.version.clone().unwrap_or_default(),
    }
}
