//! What others say of the control planes: where Cluster API and Kubernetes have them, for when none of the addresses
//! in the talosconfig answers any more, and which clusters there are.

use domain::{
    CapiChange, Change, Cluster, Entity, KubeNode, Machine, MachineId, NodeName, ObjectRef, Observation,
};
use std::collections::{BTreeMap, BTreeSet};

/// The latest that others said. Nobody vouches for it: a server at such an address must still show a certificate of
/// the talosconfig's CA.
#[derive(Debug, Default)]
pub(super) struct Hearsay {
    machines: BTreeMap<MachineId, Vec<String>>,
    nodes: BTreeMap<NodeName, Vec<String>>,
    clusters: BTreeMap<ObjectRef, ()>,
    made: BTreeMap<MachineId, Made>,
}

/// How Cluster API made a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    pub node: NodeName,
    /// The Secret with what it was given to boot with.
    pub boot_data: ObjectRef,
    /// The control plane it is of, or its deployment.
    pub by: ObjectRef,
}

impl Hearsay {
    /// Take in what is said in passing. True where it told something new.
    pub(super) fn hear(&mut self, told: &Observation) -> bool {
        match told {
            Observation::Capi(CapiChange::Machines(change)) => {
                let moved = absorb(&mut self.machines, change, of_machine);
                absorb(&mut self.made, change, made) | moved
            }
            Observation::Capi(CapiChange::Clusters(change)) => {
                absorb(&mut self.clusters, change, |_: &Cluster| Some(()))
            }
            Observation::KubeNodes(change) => absorb(&mut self.nodes, change, of_node),
            _ => false,
        }
    }

    /// Every address of a control plane.
    pub(super) fn control_planes(&self) -> BTreeSet<&str> {
        self.machines.values().chain(self.nodes.values()).flatten().map(String::as_str).collect()
    }

    /// How Cluster API made its nodes.
    pub(super) fn made(&self) -> impl Iterator<Item = &Made> {
        self.made.values()
    }

    /// The cluster whose credentials are looked for: the first, as everywhere in the cockpit.
    pub(super) fn cluster(&self) -> Option<&ObjectRef> {
        self.clusters.keys().next()
    }
}

fn of_machine(machine: &Machine) -> Option<Vec<String>> {
    machine.control_plane.then(|| reachable(&machine.addresses))
}

fn made(machine: &Machine) -> Option<Made> {
    let of = |group: &str, kind: &str, name: &str| ObjectRef {
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespace: machine.id.namespace.clone(),
        name: name.to_owned(),
    };
    let talos = machine.bootstrap.as_ref().is_some_and(|it| it.kind == "TalosConfig");
    let deployment =
        || machine.deployment.as_deref().map(|it| of("cluster.x-k8s.io", "MachineDeployment", it));
    Some(Made {
        node: machine.node.clone().filter(|_| talos && !machine.deleting())?,
        boot_data: of("", "Secret", machine.boot_data.as_deref()?),
        by: if machine.control_plane { machine.meta.owner.clone() } else { deployment() }?,
    })
}

fn of_node(node: &KubeNode) -> Option<Vec<String>> {
    node.control_plane().then(|| reachable(&node.addresses))
}

/// Addresses proper: names of machines are seldom known to anybody's resolver.
fn reachable(addresses: &[domain::Address]) -> Vec<String> {
    let of = |kind: &'static str| addresses.iter().filter(move |it| it.kind == kind);
    of("ExternalIP").chain(of("InternalIP")).map(|it| it.address.clone()).collect()
}

fn absorb<T: Entity, V: PartialEq>(
    known: &mut BTreeMap<T::Id, V>,
    change: &Change<T>,
    keep: impl Fn(&T) -> Option<V>,
) -> bool {
    let put = |known: &mut BTreeMap<T::Id, V>, it: &T| match keep(it) {
        Some(new) if known.get(it.id()) != Some(&new) => {
            known.insert(it.id().clone(), new);
            true
        }
        Some(_) => false,
        None => known.remove(it.id()).is_some(),
    };
    match change {
        Change::Snapshot(all) => {
            let here: BTreeSet<&T::Id> = all.iter().map(Entity::id).collect();
            let before = known.len();
            known.retain(|id, _| here.contains(id));
            let gone = known.len() < before;
            all.iter().fold(gone, |news, it| news | put(known, it))
        }
        Change::Part(some) => some.iter().fold(false, |news, it| news | put(known, it)),
        Change::Upsert(it) => put(known, it),
        Change::Remove(id) => known.remove(id).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Address;

    fn machine(name: &str, control_plane: bool, addresses: &[(&str, &str)]) -> Machine {
        let address =
            |(kind, address): &(&str, &str)| Address { kind: (*kind).into(), address: (*address).into() };
        Machine {
            id: MachineId { name: name.into(), ..MachineId::default() },
            control_plane,
            addresses: addresses.iter().map(address).collect(),
            ..Machine::default()
        }
    }

    #[test]
    fn control_planes_are_where_others_have_them() {
        let mut hearsay = Hearsay::default();
        let said = |change| Observation::Capi(CapiChange::Machines(change));
        let cp = machine(
            "cp-1",
            true,
            &[("InternalIP", "10.0.0.2"), ("ExternalIP", "203.0.113.2"), ("Hostname", "cp-1")],
        );
        let worker = machine("w-1", false, &[("InternalIP", "10.0.0.9")]);
        assert!(hearsay.hear(&said(Change::Snapshot(vec![cp.clone(), worker]))));
        assert_eq!(hearsay.control_planes().into_iter().collect::<Vec<_>>(), ["10.0.0.2", "203.0.113.2"]);
        assert!(!hearsay.hear(&said(Change::Upsert(cp.clone()))), "nothing new");

        let node = KubeNode {
            name: "cp-2".into(),
            roles: vec!["control-plane".into()],
            addresses: vec![Address { kind: "InternalIP".into(), address: "10.0.0.3".into() }],
            ..KubeNode::default()
        };
        assert!(hearsay.hear(&Observation::KubeNodes(Change::Upsert(node))));
        assert!(hearsay.hear(&said(Change::Snapshot(Vec::new()))));
        assert_eq!(
            hearsay.control_planes().into_iter().collect::<Vec<_>>(),
            ["10.0.0.3"],
            "the other has gone"
        );
    }
}
