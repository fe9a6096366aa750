//! Frames of a big cluster: built, compared with the one before, and sent anew as a whole.

use crate::{held, timed};
use app::{Key, Message, Model, Page, Place, arrange, update};
use domain::{
    CapiChange, Change, Condition, Conditions, KubeNode, KubernetesSide, Machine, MachineId, MachinePhase,
    Moment, Node, NodeName, NodeRole, Observation, Service, Stage, Truth,
};
use pilothouse::encoder;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::hint::black_box;
use views::Theme;

const NIGHT: &str = include_str!("../../themes/night.toml");
const NODES: usize = 500;

pub fn measure() {
    let theme = Theme::parse("night", NIGHT).unwrap();
    let (mut model, pods) = crowded();
    let places = [
        ("10,000 pods", pods),
        ("500 nodes", Place::Page(Page::Nodes)),
        ("500 machines", Place::Page(Page::Machines)),
        ("the Bridge", Place::Page(Page::Bridge)),
    ];
    for (width, height) in [(80, 24), (180, 50)] {
        // Rows that nobody looks at are let go: each size begins anew, with the pods.
        (model, _) = crowded();
        for (what, place) in &places {
            model.screen.place = place.clone();
            let name = format!("{what} at {width}x{height}");
            drawn(&mut model, &theme, (width, height), &name);
        }
    }
    timed("a second's tick with 500 nodes, problems looked for", 40, |turn| {
        update(&mut model, Message::Ticked(Moment(1_795_300_001_000 + turn as i64 * 1_000)));
    });
}

/// A model of everything, and where its pods are.
fn crowded() -> (Model, Place) {
    let mut model = held::model(10_000);
    nodes(&mut model);
    let pods = model.screen.place.clone();
    (model, pods)
}

/// A key down, and the frame that answers it.
fn drawn(model: &mut Model, theme: &Theme, (width, height): (u16, u16), name: &str) {
    arrange(model);
    update(model, Message::Resized { width, height });
    update(model, Message::Fitted { rows: height - 8 });
    let area = Rect::new(0, 0, width, height);
    let (mut shown, mut next) = (Buffer::empty(area), Buffer::empty(area));
    let mut frame = |model: &Model| {
        next.reset();
        black_box(views::draw(model, theme, area, &mut next));
        black_box(encoder::changed(&shown, &next));
        std::mem::swap(&mut shown, &mut next);
    };
    timed(&format!("frame of {name}, built and diffed"), 400, |_| frame(model));
    timed(&format!("j on {name}, and its frame"), 400, |turn| {
        update(model, Message::Pressed(Key::from(if turn / 100 % 2 == 0 { "j" } else { "k" })));
        frame(model);
    });
    let mut next = Buffer::empty(area);
    views::draw(model, theme, area, &mut next);
    let mut sent = Vec::new();
    let shown = encoder::clear(&next, true, &mut sent);
    sent.extend(encoder::encode(encoder::changed(&shown, &next), &shown, &next));
    timed(&format!("bytes of {name}, made"), 400, |_| {
        black_box(encoder::encode(encoder::changed(&shown, &next), &shown, &next));
    });
    println!("{:<56} {:>13} bytes", format!("full repaint of {name}"), sent.len());
}

/// Nodes as Talos, Kubernetes and Cluster API tell of them.
fn nodes(model: &mut Model) {
    let name = |at: usize| NodeName(format!("worker-{at:03}"));
    let services = ["apid", "containerd", "cri", "kubelet", "machined", "syslogd", "udevd"];
    let node = |at: usize| Node {
        name: name(at),
        address: format!("10.1.{}.{}", at / 250, at % 250),
        role: Some(NodeRole::Worker),
        stage: Stage::Running,
        ready: true,
        version: Some("v1.12.2".into()),
        kubelet: Some("v1.35.0".into()),
        kubernetes: Some(KubernetesSide { name: name(at).0, ready: true, unschedulable: false }),
        services: services.map(|it| Service { name: it.into(), running: true, healthy: Some(true) }).into(),
        ..Node::default()
    };
    let ready = Condition { kind: "Ready".into(), status: Truth::True, ..Condition::default() };
    let kube_node = |at: usize| KubeNode {
        name: name(at),
        kubelet: Some("v1.35.0".into()),
        os_image: Some("Talos (v1.12.2)".into()),
        machine: Some(format!("k8s-md-0-{at:03}")),
        conditions: Conditions(vec![ready.clone()]),
        ..KubeNode::default()
    };
    let machine = |at: usize| Machine {
        id: MachineId { namespace: "default".into(), name: format!("k8s-md-0-{at:03}") },
        version: Some("v1.35.0".into()),
        node: Some(name(at)),
        phase: MachinePhase::Running,
        ..Machine::default()
    };
    let all = [
        Observation::Nodes(Change::Snapshot((0..NODES).map(node).collect())),
        Observation::KubeNodes(Change::Snapshot((0..NODES).map(kube_node).collect())),
        Observation::Capi(CapiChange::Machines(Change::Snapshot((0..NODES).map(machine).collect()))),
    ];
    for observation in all {
        update(model, Message::Observed(observation));
    }
}
