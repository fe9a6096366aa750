//! The palette: pages, kinds, namespaces and actions by name, the best match first, each with its key.

use super::{resources, sheets};
use crate::{Action, Model, NodeTab, Scope};
use domain::{Kind, KindRef};

/// What choosing an offer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offered {
    Action(Action),
    /// List the objects of a kind, in a namespace where one was named too.
    Kind(KindRef, Option<String>),
    /// List what is in this namespace alone.
    Namespace(String),
    /// Look at the selected node in this way.
    NodeTab(NodeTab),
}

/// Why a way to look at a node cannot be gone.
pub const NO_NODE: &str = "no node is selected: 2 lists them";

/// The ways to look at a node that are called like nothing else.
const NODE_TABS: [NodeTab; 5] =
    [NodeTab::Dmesg, NodeTab::Processes, NodeTab::Disks, NodeTab::Network, NodeTab::Config];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub what: Offered,
    pub title: String,
    pub help: String,
    pub keys: String,
    /// Why it cannot be done now, where it cannot.
    pub refused: Option<String>,
}

/// How many offers are made at most; nobody reads further.
const MOST: usize = 60;

/// What the palette offers for `typed`: "pods", "po kube-system", "ns kube-system", "filter".
pub fn offers(model: &Model, typed: &str) -> Vec<Offer> {
    let typed = typed.trim().to_lowercase();
    let (word, rest) = typed.split_once(' ').map_or((typed.as_str(), ""), |(word, rest)| (word, rest.trim()));
    let mut found: Vec<(usize, Offer)> = Vec::new();
    if !rest.is_empty()
        && let Some(kind) = resources::named(model, word)
    {
        if kind.id == KindRef::new("", "Namespace") {
            found.extend(namespaces(model, rest).into_iter().map(|it| (0, it)));
        } else {
            found.push((0, kind_offer(kind, Some(rest))));
        }
    }
    let mut kinds: Vec<(usize, &Kind)> = model
        .world
        .kinds
        .iter()
        .filter(|kind| kind.watchable && !typed.is_empty())
        .filter_map(|kind| Some((kind_rank(&typed, kind)?, kind)))
        .collect();
    let favourite = resources::named(model, &typed).map(|kind| kind.id.clone());
    kinds.sort_by_key(|(rank, kind)| (*rank, Some(&kind.id) != favourite.as_ref(), kind.plural.len()));
    found.extend(kinds.into_iter().map(|(rank, kind)| (rank, kind_offer(kind, None))));
    let actions =
        Action::ALL.iter().filter_map(|action| Some((rank(&typed, *action)?, offer(model, *action))));
    let tabs = NODE_TABS.into_iter().filter(|it| typed.len() > 1 && it.title().starts_with(&typed));
    found.extend(tabs.map(|tab| (3, tab_offer(model, tab))));
    // What cannot be done now stays visible, below what can.
    found.extend(actions.map(|(rank, offer)| (rank + if offer.refused.is_some() { 6 } else { 0 }, offer)));
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, offer)| offer).take(MOST).collect()
}

/// Smaller is better; none where it does not match. A page comes before the kind of the same name.
fn rank(typed: &str, action: Action) -> Option<usize> {
    // Before anything is typed, enter must lead nowhere that one would not go: pages come first, the way out last.
    if typed.is_empty() {
        let quits = action == Action::Quit;
        return Some(if action.page().is_some() { 0 } else { 2 + usize::from(quits) * 7 });
    }
    let title = action.title().to_lowercase();
    if title == typed {
        Some(if action.page().is_some() { 0 } else { 2 })
    } else if title.starts_with(typed) {
        Some(3)
    } else if action.id().starts_with(typed) {
        Some(5)
    } else if title.contains(typed) || action.id().contains(typed) {
        Some(7)
    } else {
        action.help().to_lowercase().contains(typed).then_some(9)
    }
}

fn kind_rank(typed: &str, kind: &Kind) -> Option<usize> {
    if kind.plural == typed || kind.singular == typed || kind.short.iter().any(|it| it == typed) {
        Some(1)
    } else if kind.plural.starts_with(typed) {
        Some(4)
    } else if kind.plural.contains(typed) || kind.id.group.contains(typed) {
        Some(8)
    } else {
        None
    }
}

fn kind_offer(kind: &Kind, namespace: Option<&str>) -> Offer {
    let group = if kind.id.group.is_empty() { "" } else { " of " };
    let place = namespace.map(|it| format!(" in {it}")).unwrap_or_default();
    Offer {
        what: Offered::Kind(kind.id.clone(), namespace.map(str::to_owned)),
        title: format!("{}{place}", kind.plural),
        help: format!("Every {}{group}{}{place}.", kind.id.kind, kind.id.group),
        keys: kind.short.join(" "),
        refused: None,
    }
}

fn tab_offer(model: &Model, tab: NodeTab) -> Offer {
    let node = sheets::node(model);
    Offer {
        what: Offered::NodeTab(tab),
        title: tab.title().into(),
        help: node.as_ref().map(|it| format!("Of {it}.")).unwrap_or_default(),
        keys: String::new(),
        refused: node.is_none().then(|| NO_NODE.into()),
    }
}

/// The namespaces that are known and match, else the one that was typed.
fn namespaces(model: &Model, typed: &str) -> Vec<Offer> {
    let known = model.world.rows.iter().filter(|(of, _)| of.kind == KindRef::new("", "Namespace"));
    let names = known.flat_map(|(_, rows)| {
        (0..u32::try_from(rows.len()).unwrap_or(0)).filter_map(|slot| rows.row(slot)).map(|it| it.id.name())
    });
    let mut names: Vec<String> = names.filter(|it| it.contains(typed)).map(str::to_owned).collect();
    if !names.iter().any(|it| it == typed) {
        names.insert(0, typed.to_owned());
    }
    names
        .into_iter()
        .map(|name| Offer {
            title: format!("namespace {name}"),
            help: "List only what is in it.".into(),
            keys: String::new(),
            refused: None,
            what: Offered::Namespace(name),
        })
        .collect()
}

fn offer(model: &Model, action: Action) -> Offer {
    let keymap = &model.settings.keymap;
    let page = Scope::Page(model.screen.place.page());
    let keys = [page, Scope::Global].into_iter().flat_map(|scope| keymap.keys_in(scope, action)).next();
    Offer {
        what: Offered::Action(action),
        title: action.title().into(),
        help: action.help().into(),
        keys: keys.unwrap_or_default().to_owned(),
        refused: action.availability(model).err(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Change;

    fn model() -> Model {
        let kind = |group: &str, kind: &str, plural: &str, short: &str| Kind {
            id: KindRef::new(group, kind),
            version: "v1".into(),
            plural: plural.into(),
            singular: kind.to_lowercase(),
            short: vec![short.into()],
            namespaced: true,
            watchable: true,
        };
        let mut model = Model::default();
        model.world.kinds.absorb(Change::Snapshot(vec![
            kind("", "Pod", "pods", "po"),
            kind("metrics.k8s.io", "PodMetrics", "pods", ""),
            kind("policy", "PodDisruptionBudget", "poddisruptionbudgets", "pdb"),
            kind("", "Node", "nodes", "no"),
            kind("", "Namespace", "namespaces", "ns"),
        ]));
        model
    }

    fn first(typed: &str) -> Offered {
        offers(&model(), typed).remove(0).what
    }

    #[test]
    fn kinds_are_meant_by_any_of_their_names() {
        let pods = Offered::Kind(KindRef::new("", "Pod"), None);
        assert_eq!(first("pods"), pods);
        assert_eq!(first("po"), pods);
        assert_eq!(first("PDB"), Offered::Kind(KindRef::new("policy", "PodDisruptionBudget"), None));
        assert_eq!(first("nodes"), Offered::Action(Action::GoNodes));
        assert_eq!(first("no"), Offered::Kind(KindRef::new("", "Node"), None));
        let within = Offered::Kind(KindRef::new("", "Pod"), Some("kube-system".into()));
        assert_eq!(first("po kube-system"), within);
        assert_eq!(first("ns kube-system"), Offered::Namespace("kube-system".into()));
        assert_eq!(first("filter"), Offered::Action(Action::Filter));
    }

    #[test]
    fn a_way_to_look_at_a_node_is_found_by_its_name() {
        let mut model = model();
        let first = |model: &Model| offers(model, "dmesg").into_iter().next().unwrap();
        assert_eq!(
            (first(&model).what, first(&model).refused.is_some()),
            (Offered::NodeTab(NodeTab::Dmesg), true)
        );
        model.screen.place = crate::Place::Node("cp-1".into());
        assert_eq!((first(&model).help.as_str(), first(&model).refused), ("Of cp-1.", None));
    }
}
