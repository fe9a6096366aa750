//! Looking closer at nodes: open one, another tab of it, its logs, those of several.

use super::looked::go;
use crate::{Action, Model, NodeTab, Page, Place, RowKey, queries};
use domain::{NodeLog, NodeLogs};

/// Open what is selected in the list of nodes or on a node. Says whether the place is one of those.
pub(super) fn open(model: &mut Model, key: &RowKey) -> bool {
    match &model.screen.place {
        Place::Page(_) if queries::desired::selected(model).is_some() => super::git::blame(model),
        Place::Page(Page::Nodes) => go(model, Place::Node(domain::NodeName(key.0.clone()))),
        Place::NodeTab(..) | Place::NodeSheet(_) => match queries::sheets::open(model, key) {
            Some(place) => go(model, place),
            None => model.screen.notice = Some("nothing more is known of it".into()),
        },
        _ => return false,
    }
    true
}

/// Take an action that is about nodes. Says whether it was one.
pub(super) fn noded(model: &mut Model, action: Action) -> bool {
    let Some(node) = queries::sheets::node(model) else { return false };
    match action {
        Action::Describe => tab(model, NodeTab::Overview),
        Action::Yaml => tab(model, NodeTab::Config),
        Action::Events => tab(model, NodeTab::Events),
        Action::Logs => match (&model.screen.place, selected(model)) {
            (Place::NodeTab(_, NodeTab::Services | NodeTab::Logs), Some(key)) => return open(model, &key),
            (Place::Page(_), _) => {
                go(model, Place::NodeLogs(NodeLogs { nodes: vec![node], of: NodeLog::Dmesg }))
            }
            _ => tab(model, NodeTab::Dmesg),
        },
        Action::MarkedLogs => {
            let (nodes, of) = (queries::sheets::nodes(model), NodeLog::Dmesg);
            go(model, Place::NodeLogs(NodeLogs { nodes, of }));
        }
        _ => return false,
    }
    true
}

fn selected(model: &Model) -> Option<RowKey> {
    model.screen.listing().and_then(|list| list.selected.clone())
}

/// Another way to look at the same node is no step in the history.
fn tab(model: &mut Model, tab: NodeTab) {
    let Some(node) = queries::sheets::node(model) else { return };
    let place = place_of(node, tab);
    match &model.screen.place {
        Place::Node(_) | Place::NodeTab(..) => model.screen.place = place,
        _ => model.screen.go(place),
    }
    super::moved::follow(model);
}

fn place_of(node: domain::NodeName, tab: NodeTab) -> Place {
    match tab {
        NodeTab::Overview => Place::Node(node),
        tab => Place::NodeTab(node, tab),
    }
}

/// The next or the previous tab of a node. Says whether one is looked at.
pub(super) fn step_tab(model: &mut Model, by: isize) -> bool {
    let here = match &model.screen.place {
        Place::Node(_) => NodeTab::Overview,
        Place::NodeTab(_, tab) => *tab,
        _ => return false,
    };
    let at = NodeTab::ALL.iter().position(|it| *it == here).unwrap_or(0);
    let next = (at + NodeTab::ALL.len()).saturating_add_signed(by) % NodeTab::ALL.len();
    if let Some(next) = NodeTab::ALL.get(next) {
        tab(model, *next);
    }
    true
}
