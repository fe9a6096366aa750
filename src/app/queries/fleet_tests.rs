//! The list of nodes: states in words, filters, order.

use super::*;
use crate::{Message, update};
use domain::{Change, Observation, Share};

fn model() -> Model {
    let mut model = Model { now: Moment::from_seconds(1_000), ..Default::default() };
    model.screen.place = Place::Page(Page::Nodes);
    let node = |name: &str, stage, ready| Node {
        name: name.into(),
        stage,
        ready,
        version: Some("v1.12.2".into()),
        ..Default::default()
    };
    let nodes = vec![
        node("a", Stage::Running, true),
        node("b", Stage::Rebooting, false),
        node("c", Stage::Running, true),
    ];
    let uses = |name: &str, cpu| NodeUse {
        name: name.into(),
        cpu,
        memory: Share { used: 1, of: 2 },
        ..Default::default()
    };
    let down = Link::Degraded { since: Moment::from_seconds(760), why: "not reachable".into() };
    for it in [
        Observation::Nodes(Change::Snapshot(nodes)),
        Observation::Uses(Change::Snapshot(vec![
            uses("a", Some(31.0)),
            uses("b", Some(50.4)),
            uses("c", Some(9.0)),
        ])),
        Observation::Link(Feed::of(Source::Talos, "a"), Link::Live),
        Observation::Link(Feed::of(Source::Talos, "c"), down),
    ] {
        update(&mut model, Message::Observed(it));
    }
    model
}

fn all(model: &Model) -> Vec<NodeRow> {
    rows(model, &listed(model))
}

fn names(model: &Model) -> String {
    all(model).into_iter().map(|it| it.name).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_state_is_a_word_and_a_mark() {
    let said: Vec<_> = all(&model()).into_iter().map(|it| (it.stage, it.mark, it.cpu)).collect();
    assert_eq!(
        said,
        [
            ("running".to_owned(), Mark::Good, Some(31)),
            ("rebooting".to_owned(), Mark::UnderWay, Some(50)),
            ("down 4 min".to_owned(), Mark::Lost, None),
        ],
        "what is down keeps its row, not its figures"
    );
}

#[test]
fn filters_know_columns_and_states() {
    let mut model = model();
    for (typed, left) in
        [("down", "c"), ("!down", "a b"), ("cpu>40", "b"), ("stage:run", "a"), ("talos:v1.13", "")]
    {
        model.screen.listing_mut().filter = typed.into();
        assert_eq!(names(&model), left, "{typed}");
    }
}

#[test]
fn what_is_not_known_comes_last_in_either_order() {
    let mut model = model();
    let cpu = COLUMNS.iter().position(|it| *it == "cpu").unwrap();
    for (descending, order) in [(false, "a b c"), (true, "b a c")] {
        model.screen.listing_mut().sort = Some((cpu, descending));
        assert_eq!(names(&model), order);
    }
    model.screen.listing_mut().sort = Some((0, true));
    assert_eq!(names(&model), "c b a");
}

#[test]
fn drift_is_told_only_where_something_is_declared_and_is_what_the_drift_page_has() {
    let mut model = model();
    let node = model.world.nodes.get(&NodeName("a".into())).unwrap().clone();
    assert_eq!(drifts(&model, &node, &Wanted::default()), None);
    // A version that Cluster API rolls is a difference of the control plane there, and not of the node.
    let wanted = Wanted { kubelet: Some("v9.9.9".into()), ..Default::default() };
    assert_eq!(drifts(&model, &node, &wanted), Some(0));
    let of = |name: &str| domain::Difference {
        of: Subject::Node(NodeName(name.into())),
        document: String::new(),
        field: "talos".into(),
        class: domain::Class::Staged,
        git: domain::Said::Silent,
        declared: domain::Said::Silent,
        live: domain::Said::Silent,
        written: None,
        writer: None,
        since: None,
        why: String::new(),
        ways: Vec::new(),
    };
    model.drift.rows = vec![of("a"), of("b")];
    model.drift.index = crate::model::DriftIndex::of(&model.drift.rows, &model.world.declared);
    assert_eq!(drifts(&model, &node, &Wanted::default()), Some(1));
}
