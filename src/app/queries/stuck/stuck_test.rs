//! The deadlocks that are known, and what must not be taken for one.

use super::{Class, all, of_roller};
use crate::{Message, Model, update};
use domain::{
    CapiChange, Change, Condition, Conditions, ControlPlane, EtcdView, Link, ListedMember, Machine,
    MachineId, MachinePhase, MachineSet, MemberId, Meta, Moment, Node, NodeName, ObjectRef, Observation,
    Service, Truth,
};
use std::time::Duration;

pub(super) const NOW: Moment = Moment(1_795_248_000_000);

pub(super) fn ago(seconds: i64) -> Moment {
    Moment(NOW.0 - seconds * 1000)
}

pub(super) fn condition(kind: &str, status: Truth, message: &str, since: Moment) -> Condition {
    Condition {
        kind: kind.into(),
        status,
        message: message.into(),
        since: Some(since),
        ..Condition::default()
    }
}

fn object(kind: &str, name: &str) -> ObjectRef {
    let group = "controlplane.cluster.x-k8s.io".into();
    ObjectRef { group, kind: kind.into(), namespace: "default".into(), name: name.into() }
}

pub(super) fn machine(name: &str, version: &str, age: i64) -> Machine {
    Machine {
        id: MachineId { namespace: "default".into(), name: name.into() },
        meta: Meta {
            uid: name.into(),
            created: Some(ago(age)),
            owner: Some(object("TalosControlPlane", "k8s-cp")),
            ..Meta::default()
        },
        cluster: "k8s".into(),
        control_plane: true,
        version: Some(version.into()),
        phase: MachinePhase::Running,
        phase_since: Some(ago(age)),
        node: Some(NodeName(name.trim_start_matches("k8s-").into())),
        ..Machine::default()
    }
}

/// Three machines of v1.35.2 are wanted.
pub(super) fn plane() -> ControlPlane {
    let cluster = Some("k8s".into());
    ControlPlane {
        meta: Meta { id: object("TalosControlPlane", "k8s-cp"), cluster, ..Meta::default() },
        replicas: 3,
        version: Some("v1.35.2".into()),
        ..ControlPlane::default()
    }
}

/// Four machines, of which the oldest is outdated; etcd has the `members`, and is called unhealthy since `unhealthy`.
pub(super) fn world(members: &[&str], unhealthy: i64) -> Model {
    let mut model = Model::default();
    update(&mut model, Message::Ticked(NOW));
    let unhealthy = condition(
        "EtcdClusterHealthyCondition",
        Truth::False,
        "expected to have 4 members, got 3",
        ago(unhealthy),
    );
    let plane = ControlPlane { conditions: Conditions(vec![unhealthy]), ..plane() };
    let machines = vec![
        machine("k8s-cp-b2", "v1.35.0", 9000),
        machine("k8s-cp-c3", "v1.35.0", 8000),
        machine("k8s-cp-d4", "v1.35.0", 7000),
        machine("k8s-cp-a1", "v1.35.2", 300),
    ];
    hear(&mut model, CapiChange::TalosControlPlanes(Change::Snapshot(vec![plane])));
    hear(&mut model, CapiChange::Machines(Change::Snapshot(machines)));
    let listed: Vec<ListedMember> = members
        .iter()
        .zip(1..)
        .map(|(name, id)| ListedMember { id: MemberId(id), name: (*name).into(), ..ListedMember::default() })
        .collect();
    let views = members.iter().map(|name| EtcdView {
        node: NodeName((*name).into()),
        answers: true,
        members: listed.clone(),
        ..EtcdView::default()
    });
    update(&mut model, Message::Observed(Observation::Etcd(Change::Snapshot(views.collect()))));
    model
}

pub(super) fn hear(model: &mut Model, change: CapiChange) {
    update(model, Message::Observed(Observation::Capi(change)));
}

/// A node as Talos tells of it: etcd is on its list of services only while it runs.
fn service(model: &mut Model, node: &str, running: bool) {
    let names: &[&str] = if running { &["etcd", "kubelet"] } else { &["kubelet"] };
    let services =
        names.iter().map(|it| Service { name: (*it).into(), running: true, healthy: None }).collect();
    let node = Node { name: NodeName(node.into()), services, ..Node::default() };
    update(model, Message::Observed(Observation::Nodes(Change::Upsert(node))));
}

fn roller() -> ObjectRef {
    object("TalosControlPlane", "k8s-cp")
}

#[test]
fn left_but_not_deleted_is_named_with_its_proof() {
    let mut model = world(&["cp-c3", "cp-d4", "cp-a1"], 700);
    service(&mut model, "cp-b2", false);
    let it = of_roller(&model, &roller()).unwrap();
    assert_eq!(it.class, Class::LeftNotDeleted);
    assert_eq!(it.title, "etcd member of k8s-cp-b2 left, its machine was never deleted");
    assert!(it.held && it.proven && it.since == ago(700));
    assert!(it.flaw.is_some_and(|it| it.contains("#237") && it.contains("0.5.13")));
    let said: Vec<&str> = it.proof.iter().map(|it| it.says.as_str()).collect();
    assert!(said.contains(&"expected to have 4 members, got 3"), "{said:?}");
    assert!(said.contains(&"etcd has 3 members, and cp-b2 is none of them"), "{said:?}");
    assert!(said.contains(&"the etcd service of cp-b2 has stopped"), "{said:?}");
    assert!(it.advice[0].starts_with("delete machine k8s-cp-b2"));
}

#[test]
fn a_moment_of_it_is_only_watched() {
    let model = world(&["cp-c3", "cp-d4", "cp-a1"], 15);
    assert!(of_roller(&model, &roller()).is_none());
    assert!(all(&model).iter().any(|it| it.class == Class::LeftNotDeleted && !it.held && !it.proven));
    let later = world(&["cp-c3", "cp-d4", "cp-a1"], 130);
    assert!(
        of_roller(&later, &roller()).is_some_and(|it| !it.proven),
        "one may say so, but it is not proven"
    );
}

#[test]
fn the_youngest_that_is_no_member_yet_did_not_leave() {
    let model = world(&["cp-b2", "cp-c3", "cp-d4"], 400);
    let it = of_roller(&model, &roller()).unwrap();
    assert_eq!(it.class, Class::MemberLost, "it is new: nothing says that it left");
    assert!(!it.advice.iter().any(|it| it.contains("delete machine")), "{:?}", it.advice);
}

#[test]
fn two_that_are_missing_prove_nothing() {
    let model = world(&["cp-d4", "cp-a1"], 4000);
    assert!(!all(&model).iter().any(|it| matches!(it.class, Class::LeftNotDeleted | Class::MemberLost)));
}

#[test]
fn a_machine_marked_as_leaving_is_no_deadlock() {
    let mut model = world(&["cp-c3", "cp-d4", "cp-a1"], 700);
    let mut leaving = machine("k8s-cp-b2", "v1.35.0", 9000);
    leaving.etcd_leaving = true;
    hear(&mut model, CapiChange::Machines(Change::Upsert(leaving)));
    assert!(of_roller(&model, &roller()).is_none());
}

#[test]
fn a_drain_that_waits_for_a_budget_says_which() {
    let mut model = world(&["cp-b2", "cp-c3", "cp-d4", "cp-a1"], 10);
    let mut it = machine("k8s-cp-b2", "v1.35.0", 9000);
    it.meta.deleted = Some(ago(400));
    it.deletion.drain_since = Some(ago(400));
    let message = "* Pod ory/hydra-0: cannot evict pod as it would violate the pod's disruption budget. The disruption \
                   budget hydra needs 1 healthy pods and has 1 currently";
    let mut deleting = condition("Deleting", Truth::True, message, ago(400));
    deleting.reason = "DrainingNode".into();
    it.conditions.0.push(deleting);
    hear(&mut model, CapiChange::Machines(Change::Upsert(it)));
    let it = of_roller(&model, &roller()).unwrap();
    assert_eq!((it.class, it.held, it.proven), (Class::DrainWaits, true, true));
    assert_eq!(it.title, "drain of cp-b2 waits for pod ory/hydra-0: its budget allows 0 disruptions");
}

#[test]
fn workers_that_wait_for_the_control_plane() {
    let mut model = world(&["cp-b2", "cp-c3", "cp-d4", "cp-a1"], 10);
    let set = MachineSet {
        meta: Meta {
            id: object("MachineSet", "k8s-md-0-x"),
            owner: Some(object("MachineDeployment", "k8s-md-0")),
            ..Meta::default()
        },
        conditions: Conditions(vec![condition(
            "ScalingUp",
            Truth::True,
            "Scaling up from 2 to 3 replicas is blocked because:\n* TalosControlPlane is upgrading (\"ControlPlaneIsStable\")",
            ago(50),
        )]),
        ..MachineSet::default()
    };
    hear(&mut model, CapiChange::MachineSets(Change::Snapshot(vec![set])));
    let found = all(&model);
    let it = found.iter().find(|it| it.class == Class::WorkersHeld).unwrap();
    assert_eq!(it.title, "workers of k8s-md-0 wait for the control plane");
}

#[test]
fn the_join_names_the_machine_that_is_no_member() {
    use crate::queries::join::{breaks, of_host};
    let mut model = world(&["cp-c3", "cp-d4", "cp-a1"], 700);
    let live = |part: &str, source| Observation::Link(domain::Feed::of(source, part), Link::Live);
    update(&mut model, Message::Observed(live("machines", domain::Source::Capi)));
    let ready = condition("Ready", Truth::True, "", ago(9000));
    let node = domain::KubeNode {
        name: NodeName("cp-b2".into()),
        conditions: Conditions(vec![ready]),
        ..domain::KubeNode::default()
    };
    update(&mut model, Message::Observed(Observation::KubeNodes(Change::Upsert(node))));
    let found = breaks(&model);
    let said: Vec<&str> = found.iter().map(|it| it.says.as_str()).collect();
    assert!(said.contains(&"machine k8s-cp-b2 runs as cp-b2, which is no etcd member"), "{said:?}");
    assert_eq!(of_host(&model, "CP-B2.example.org").machine.map(|it| it.id.name.as_str()), Some("k8s-cp-b2"));
    update(&mut model, Message::Ticked(NOW.plus(Duration::from_secs(1))));
    assert!(of_host(&model, "cp-a1").member.is_some());
}
