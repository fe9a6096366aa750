//! The provider's audit and its boot gate: what proves that they hold a control plane up, and what does not.

use super::stuck_test::{NOW, ago, condition, hear, machine, plane, world};
use super::{Class, Stuck, all};
use crate::{Message, Model, update};
use domain::{
    Address, CapiChange, Change, Condition, Feed, Link, Machine, MachinePhase, Moment, Observation, Source,
    Truth,
};

fn of(model: &Model, class: Class) -> Option<Stuck> {
    all(model).into_iter().find(|it| it.class == class)
}

/// A machine whose server is there and that has no node, for so many seconds.
fn without_node(seconds: i64) -> Machine {
    let mut it = machine("k8s-cp-a1", "v1.35.2", seconds);
    (it.node, it.phase) = (None, MachinePhase::Provisioned);
    it.conditions.0.push(condition(
        "NodeHealthy",
        Truth::Unknown,
        "no node has its provider id",
        ago(seconds),
    ));
    it
}

#[test]
fn a_machine_without_a_node_keeps_a_stale_member_on_the_list() {
    let mut model = world(&["cp-b2", "cp-c3", "cp-d4", "cp-z9"], 900);
    hear(&mut model, CapiChange::Machines(Change::Upsert(without_node(700))));
    let it = of(&model, Class::AuditStarved).unwrap();
    assert_eq!(
        it.title,
        "k8s-cp-a1 never became a node, so etcd member cp-z9 without a machine is not removed"
    );
    assert!(it.held && it.proven);
    let said: Vec<&str> = it.proof.iter().map(|it| it.says.as_str()).collect();
    assert!(said.contains(&"no node has its provider id"), "{said:?}");
    assert!(said.contains(&"etcd lists cp-z9, and no machine runs it"), "{said:?}");
}

#[test]
fn a_young_machine_or_a_list_without_strangers_starves_nobody() {
    let mut young = world(&["cp-b2", "cp-c3", "cp-d4", "cp-z9"], 900);
    hear(&mut young, CapiChange::Machines(Change::Upsert(without_node(60))));
    assert!(of(&young, Class::AuditStarved).is_some_and(|it| !it.held && !it.proven));
    let mut clean = world(&["cp-b2", "cp-c3", "cp-d4"], 900);
    hear(&mut clean, CapiChange::Machines(Change::Upsert(without_node(700))));
    assert!(of(&clean, Class::AuditStarved).is_none());
}

fn published(name: &str) -> Machine {
    let mut it = machine("k8s-cp-b2", "v1.35.0", 9000);
    it.addresses.push(Address { kind: "Hostname".into(), address: name.into() });
    it
}

#[test]
fn a_published_name_that_is_not_the_nodes_endangers_its_member() {
    let mut model = world(&["cp-b2", "cp-c3", "cp-d4", "cp-a1"], 10);
    hear(&mut model, CapiChange::Machines(Change::Upsert(published("ip-10-0-0-7"))));
    let it = of(&model, Class::AuditMisled).unwrap();
    assert_eq!(
        it.title,
        "etcd member cp-b2 may be removed: its machine k8s-cp-b2 is published as ip-10-0-0-7"
    );
    assert!(it.held && !it.proven && it.flaw.is_some_and(|it| it.contains("#260")));
    hear(&mut model, CapiChange::Machines(Change::Upsert(published("CP-B2.example.org"))));
    assert!(of(&model, Class::AuditMisled).is_none(), "the first label is what counts");
}

#[test]
fn a_member_that_is_gone_proves_that_the_audit_was_misled() {
    let mut model = world(&["cp-c3", "cp-d4", "cp-a1"], 10);
    hear(&mut model, CapiChange::Machines(Change::Upsert(published("ip-10-0-0-7"))));
    let it = of(&model, Class::AuditMisled).unwrap();
    assert!(it.proven && it.title.starts_with("the etcd member of k8s-cp-b2 was removed"), "{}", it.title);
}

fn scaling_down(since: Moment) -> CapiChange {
    let mut plane = plane();
    let resized = condition("Resized", Truth::False, "Scaling down to 3 replicas (actual 4)", since);
    plane.conditions.0.push(Condition { reason: "ScalingDown".into(), ..resized });
    CapiChange::TalosControlPlanes(Change::Snapshot(vec![plane]))
}

fn talos(model: &mut Model, part: &str, link: Link) {
    update(model, Message::Observed(Observation::Link(Feed::of(Source::Talos, part), link)));
}

#[test]
fn a_silent_machine_keeps_the_gate_closed() {
    let mut model = world(&["cp-b2", "cp-c3", "cp-d4", "cp-a1"], 10);
    hear(&mut model, scaling_down(ago(3000)));
    assert!(of(&model, Class::BootGate).is_none(), "everybody answers");
    talos(&mut model, "cp-c3", Link::Live);
    update(&mut model, Message::Ticked(ago(400)));
    talos(&mut model, "cp-b2", Link::Degraded { since: ago(500), why: "no answer in time".into() });
    assert!(of(&model, Class::BootGate).is_some_and(|it| !it.held));
    update(&mut model, Message::Ticked(NOW));
    let it = of(&model, Class::BootGate).unwrap();
    assert_eq!(it.title, "nothing is scaled down while k8s-cp-b2 does not say that it booted");
    assert!(it.held && it.proven && it.since == ago(400));
    assert_eq!(it.proof[0].says, "Scaling down to 3 replicas (actual 4)");
    assert_eq!(it.advice, ["bring k8s-cp-b2 back, or delete its machine if it will not come back"]);
}
