//! The Machines screen in the middle of a rollout, wide and narrow.

use crate::{Theme, draw};
use app::{Action, Message, Model, RowKey, update};
use domain::{
    CapiChange, Change, Cluster, Condition, Conditions, ControlPlane, Counts, EtcdView, InfraCluster,
    InfraMachine, ListedMember, Machine, MachineDeployment, MachineId, MachinePhase, MachineSet, MemberId,
    Meta, Moment, NodeName, ObjectRef, Observation, Truth,
};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::time::Duration;

const BEGAN: Moment = Moment(1_795_248_000_000);

fn object(group: &str, kind: &str, name: &str) -> ObjectRef {
    let group =
        if group.is_empty() { "cluster.x-k8s.io".to_owned() } else { format!("{group}.cluster.x-k8s.io") };
    ObjectRef { group, kind: kind.into(), namespace: "default".into(), name: name.into() }
}

fn meta(id: ObjectRef) -> Meta {
    Meta { id, cluster: Some("k8s".into()), ..Meta::default() }
}

fn at(seconds: i64) -> Moment {
    Moment(BEGAN.0 + seconds * 1000)
}

fn condition(kind: &str, status: Truth, reason: &str, message: &str, since: Moment) -> Condition {
    Condition {
        kind: kind.into(),
        status,
        reason: reason.into(),
        message: message.into(),
        severity: None,
        since: Some(since),
    }
}

fn machine(name: &str, version: &str, created: i64, owner: ObjectRef) -> Machine {
    let control_plane = owner.kind == "TalosControlPlane";
    Machine {
        id: MachineId { namespace: "default".into(), name: name.into() },
        meta: Meta {
            uid: name.into(),
            created: Some(at(created)),
            owner: Some(owner),
            ..meta(object("", "Machine", name))
        },
        cluster: "k8s".into(),
        control_plane,
        version: Some(version.into()),
        provider_id: Some(format!("hcloud://58{:05}", created.rem_euclid(99_999))),
        infrastructure: Some(object("infrastructure", "HCloudMachine", name)),
        phase: MachinePhase::Running,
        phase_since: Some(at(created + 90)),
        node: Some(NodeName(name.trim_start_matches("k8s-").into())),
        bootstrap_ready: true,
        infrastructure_ready: true,
        conditions: Conditions(vec![
            condition("InfrastructureReady", Truth::True, "Ready", "", at(created + 40)),
            condition("NodeHealthy", Truth::True, "Healthy", "", at(created + 90)),
        ]),
        ..Machine::default()
    }
}

fn heard(model: &mut Model, change: CapiChange) {
    update(model, Message::Observed(Observation::Capi(change)));
}

fn members(model: &mut Model, names: &[&str]) {
    let listed = names.iter().zip(1..).map(|(name, id)| ListedMember {
        id: MemberId(id),
        name: (*name).into(),
        ..ListedMember::default()
    });
    let listed: Vec<ListedMember> = listed.collect();
    let views = names.iter().map(|name| EtcdView {
        node: NodeName((*name).into()),
        answers: true,
        members: listed.clone(),
        ..EtcdView::default()
    });
    update(model, Message::Observed(Observation::Etcd(Change::Snapshot(views.collect()))));
}

fn tick(model: &mut Model, seconds: i64) {
    update(model, Message::Ticked(at(seconds)));
}

/// A control plane of three, at the moment when its second machine drains and waits for a budget.
pub(super) fn rolling() -> Model {
    let mut model = Model::default();
    update(&mut model, Message::Resized { width: 160, height: 45 });
    tick(&mut model, -600);
    let plane = |version: &str| ControlPlane {
        meta: meta(object("controlplane", "TalosControlPlane", "k8s-cp")),
        replicas: 3,
        version: Some(version.into()),
        template: Some(object("infrastructure", "HCloudMachineTemplate", "k8s-cp-v5")),
        counts: Counts { current: 3, ready: Some(3), ..Counts::default() },
        initialized: true,
        ..ControlPlane::default()
    };
    let cp = || object("controlplane", "TalosControlPlane", "k8s-cp");
    let md = || object("", "MachineDeployment", "k8s-md-0");
    let set = || object("", "MachineSet", "k8s-md-0-x7c");
    let cluster = Cluster {
        meta: meta(object("", "Cluster", "k8s")),
        phase: "Provisioned".into(),
        endpoint: Some("10.0.0.1:6443".into()),
        control_plane: Some(cp()),
        infrastructure: Some(object("infrastructure", "HetznerCluster", "k8s")),
        infrastructure_ready: true,
        ..Cluster::default()
    };
    let infra = InfraCluster {
        meta: meta(object("infrastructure", "HetznerCluster", "k8s")),
        ready: true,
        ..InfraCluster::default()
    };
    let deployment = MachineDeployment {
        meta: meta(md()),
        replicas: 3,
        version: Some("v1.35.0".into()),
        counts: Counts { current: 3, ready: Some(3), ..Counts::default() },
        ..MachineDeployment::default()
    };
    let set_of = MachineSet { meta: Meta { owner: Some(md()), ..meta(set()) }, ..MachineSet::default() };
    heard(&mut model, CapiChange::Clusters(Change::Snapshot(vec![cluster])));
    heard(&mut model, CapiChange::InfraClusters(Change::Snapshot(vec![infra])));
    heard(&mut model, CapiChange::MachineDeployments(Change::Snapshot(vec![deployment])));
    heard(&mut model, CapiChange::MachineSets(Change::Snapshot(vec![set_of])));
    heard(&mut model, CapiChange::TalosControlPlanes(Change::Snapshot(vec![plane("v1.35.0")])));
    let old = |name: &str, age: i64| machine(name, "v1.35.0", age, cp());
    let mut all = vec![old("k8s-cp-d4", -9000), old("k8s-cp-b2", -8900), old("k8s-cp-c3", -8800)];
    all.extend(["w1", "w2", "w3"].map(|it| machine(&format!("k8s-md-0-x7c-{it}"), "v1.35.0", -8000, set())));
    let infra_machine = |name: &str| InfraMachine {
        meta: meta(object("infrastructure", "HCloudMachine", name)),
        server_type: Some("cx33".into()),
        image: Some("talos-amd64-v1.12.2".into()),
        region: Some("nbg1".into()),
        cloned_from: Some("k8s-cp-v5".into()),
        ..InfraMachine::default()
    };
    let names = ["k8s-cp-d4", "k8s-cp-b2", "k8s-cp-c3", "k8s-cp-a1", "k8s-cp-q9"];
    heard(&mut model, CapiChange::InfraMachines(Change::Snapshot(names.map(infra_machine).to_vec())));
    heard(&mut model, CapiChange::Machines(Change::Snapshot(all)));
    members(&mut model, &["cp-d4", "cp-b2", "cp-c3"]);
    tick(&mut model, -1);
    heard(&mut model, CapiChange::TalosControlPlanes(Change::Upsert(plane("v1.35.2"))));
    tick(&mut model, 0);
    heard(&mut model, CapiChange::Machines(Change::Upsert(machine("k8s-cp-a1", "v1.35.2", 2, cp()))));
    tick(&mut model, 100);
    members(&mut model, &["cp-d4", "cp-b2", "cp-c3", "cp-a1"]);
    tick(&mut model, 105);
    let drains = |name: &str, age: i64, from: i64, message: &str| {
        let mut it = old(name, age);
        it.meta.deleted = Some(at(from));
        it.deletion.drain_since = Some(at(from));
        it.phase = MachinePhase::Deleting;
        it.conditions.0.push(condition("Deleting", Truth::True, "DrainingNode", message, at(from)));
        it
    };
    heard(&mut model, CapiChange::Machines(Change::Upsert(drains("k8s-cp-d4", -9000, 300, ""))));
    members(&mut model, &["cp-b2", "cp-c3", "cp-a1"]);
    tick(&mut model, 310);
    heard(
        &mut model,
        CapiChange::Machines(Change::Remove(MachineId {
            namespace: "default".into(),
            name: "k8s-cp-d4".into(),
        })),
    );
    tick(&mut model, 360);
    heard(&mut model, CapiChange::Machines(Change::Upsert(machine("k8s-cp-q9", "v1.35.2", 370, cp()))));
    tick(&mut model, 470);
    members(&mut model, &["cp-b2", "cp-c3", "cp-a1", "cp-q9"]);
    tick(&mut model, 480);
    let message = "* Pod ory/hydra-0: cannot evict pod as it would violate the pod's disruption budget. The disruption \
                   budget hydra needs 1 healthy pods and has 1 currently";
    heard(&mut model, CapiChange::Machines(Change::Upsert(drains("k8s-cp-b2", -8900, 560, message))));
    tick(&mut model, 640);
    update(&mut model, Message::Asked(Action::GoMachines));
    model.screen.listing_mut().selected = Some(RowKey("Machine default/k8s-cp-b2".into()));
    model
}

/// The screen as text.
pub(super) fn text(model: &Model, width: u16, height: u16) -> String {
    let theme = Theme::parse("night", include_str!("../../../themes/night.toml")).unwrap();
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    draw(model, &theme, area, &mut buffer);
    area.rows()
        .map(|row| row.columns().map(|cell| buffer[(cell.x, cell.y)].symbol().to_owned()).collect::<String>())
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

#[test]
fn the_tree_the_chart_and_the_detail() {
    let model = rolling();
    let said = text(&model, 160, 45);
    for words in [
        "TalosControlPlane k8s-cp",
        "4 of 3",
        "◐ rolling",
        "2 of 3",
        "cp-b2 member",
        "next",
        "v1.35.0 → v1.35.2   one at a time, surge 1",
        "gone ",
        "waits for pod ory/hydra-0: budget allows 0",
        "quorum 3, may lose 1",
        "▒ is deleted",
        "draining for 80 s",
        "server ",
        "cx33 nbg1",
        "template k8s-cp-v5",
    ] {
        assert!(said.contains(words), "`{words}` is missing in\n{said}");
    }
}

#[test]
fn it_is_still_right_at_80_by_24() {
    let said = text(&rolling(), 80, 24);
    for words in ["TalosControlPlane k8s-cp", "4 of 3", "ROLLOUT", "k8s-cp-b2", "hydra-0", "draining"] {
        assert!(said.contains(words), "`{words}` is missing in\n{said}");
    }
}

#[test]
fn it_fits_every_size() {
    let mut model = rolling();
    for zoomed in [false, true] {
        model.screen.zoomed = zoomed;
        for (width, height) in
            (1..200).step_by(13).flat_map(|width| (1..50).step_by(3).map(move |it| (width, it)))
        {
            text(&model, width, height);
        }
    }
}

#[test]
fn enter_folds_and_a_long_stand_is_called_one() {
    let mut model = rolling();
    model.screen.listing_mut().selected = Some(RowKey("TalosControlPlane default/k8s-cp".into()));
    update(&mut model, Message::Asked(Action::Open));
    assert!(!text(&model, 160, 20).lines().take(12).any(|it| it.contains("│ ├")));
    update(&mut model, Message::Ticked(at(560).plus(Duration::from_secs(700))));
    let said = text(&model, 160, 45);
    assert!(
        said.contains("stands still for 11 min 40 s: drain of cp-b2 waits for pod ory/hydra-0"),
        "{said}"
    );
}
