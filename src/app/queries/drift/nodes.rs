//! Versions that a node runs, against those that Git and Cluster API say.

use super::{installed, since};
use crate::Model;
use crate::queries::source_map;
use crate::queries::wanted::{Machines, wanted};
use crate::queries::{departed, machines::outdated};
use domain::{
    Class, Difference, Node, NodeName, ObjectRef, Return, Said, Subject, Sureness, Way, Writer, Written,
};

pub(super) fn add(model: &Model, found: &mut Vec<Difference>) {
    let known = Machines::of(model);
    for node in model.world.nodes.iter().filter(|it| !departed::departed(model, it)) {
        let machine = known.of_node(node);
        match machine {
            Some(machine) => found.extend(of_machine(model, &known, node, machine)),
            None => found.extend(of_talconfig(model, node)),
        }
        let leaving = machine.is_some_and(|it| {
            wanted(model, &known, node).leaving || !outdated::reasons(&model.world.capi, it).is_empty()
        });
        if !leaving {
            let of_installer = installed::of_node(model, node, found);
            found.extend(of_installer);
        }
    }
}

/// What talhelper would make of the node. Who brings it together is a person.
fn of_talconfig(model: &Model, node: &Node) -> Vec<Difference> {
    let Some(declared) = source_map::declared_node(model, &node.name) else { return Vec::new() };
    let sides = [
        ("talos", &declared.talos, node.version.clone()),
        ("kubelet", &declared.kubernetes, kubelet(model, node)),
    ];
    let differ = sides.into_iter().filter_map(|(field, said, live)| {
        let (version, line) = said.as_ref()?;
        let live = live.filter(|it| it != version)?;
        let written = Written { path: declared.path.clone(), line: *line, sure: Sureness::ByRender };
        let newer = crate::natural(&live, version).is_gt();
        let (class, why) = match newer {
            true => (Class::Drifted, "the node runs a newer one than Git says: it was upgraded past it"),
            false => (Class::Pending, "the node is upgraded when a person says so: apply the tip to it"),
        };
        let line = since::commit_of(model, &written);
        let mut it = version_of(node, field, live, class, why);
        it.since = line.filter(|_| !newer).map(|it| it.at);
        it.writer = newer.then(|| Writer { name: "talosctl?".into(), at: None });
        it.written = Some(written);
        it.git = Said::Value(version.clone());
        it.ways = match newer {
            true => Vec::new(),
            false => vec![Way::BringBack(Return::Plan(node.name.clone()))],
        };
        Some(it)
    });
    differ.collect()
}

/// A machine of Cluster API runs what it was made with until it is replaced, unless somebody upgraded it in place.
fn of_machine(
    model: &Model,
    known: &Machines<'_>,
    node: &Node,
    machine: &domain::Machine,
) -> Option<Difference> {
    let wanted = wanted(model, known, node);
    let (live, version) = (node.version.clone()?, wanted.talos?);
    let capi = &model.world.capi;
    // One that is to be replaced is a part of its owner's rollout.
    if live == version || wanted.leaving || !outdated::reasons(capi, machine).is_empty() {
        return None;
    }
    let why =
        "its machine is of this image, and Talos was changed on it by hand: the next machine boots the image";
    let mut it = version_of(node, "talos", live, Class::Drifted, why);
    it.declared = Said::Value(version);
    it.writer = Some(Writer { name: "talosctl?".into(), at: None });
    let image = Some("spec.template.spec.imageName");
    if let Some(said) = template_of(model, machine).and_then(|it| source_map::of(model, &it, image)) {
        it.git = Said::Value(said.value.clone());
        it.written = Some(Written { path: said.path, line: said.line, sure: Sureness::Exact });
    }
    it.ways = capi.roller_of(machine).map(|of| Way::BringBack(Return::Roll { of })).into_iter().collect();
    Some(it)
}

fn template_of(model: &Model, machine: &domain::Machine) -> Option<ObjectRef> {
    let capi = &model.world.capi;
    let plane = capi.control_plane_of_machine(machine).and_then(|it| it.template.clone());
    plane.or_else(|| capi.deployment_of(machine).and_then(|it| it.template.clone()))
}

fn kubelet(model: &Model, node: &Node) -> Option<String> {
    let named = node.kubernetes.as_ref().map(|it| NodeName(it.name.clone()));
    let kube = named.and_then(|it| model.world.kube_nodes.get(&it));
    kube.or_else(|| model.world.kube_nodes.get(&node.name)).and_then(|it| it.kubelet.clone())
}

pub(super) fn version_of(node: &Node, field: &str, live: String, class: Class, why: &str) -> Difference {
    Difference {
        of: Subject::Node(node.name.clone()),
        document: String::new(),
        field: field.into(),
        class,
        git: Said::Silent,
        declared: Said::Silent,
        live: Said::Value(live),
        written: None,
        writer: None,
        since: None,
        why: why.into(),
        ways: Vec::new(),
    }
}
