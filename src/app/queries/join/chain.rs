//! One thing under its five names: Machine, Kubernetes node, Talos node, etcd member, server.

use super::members::{SeenEtcd, SeenMember, seen};
use crate::Model;
use domain::{InfraMachine, KubeNode, Machine, Node, NodeName, Server, ServerId, first_label};

/// What is known of one machine, wherever one starts from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chain<'a> {
    pub machine: Option<&'a Machine>,
    pub infra: Option<&'a InfraMachine>,
    pub kube: Option<&'a KubeNode>,
    pub talos: Option<&'a Node>,
    pub member: Option<SeenMember>,
    pub server: Option<&'a Server>,
}

/// The chain of a Machine: by provider id, then by its node reference, then by its provider machine's name, then by
/// host name.
pub fn of_machine<'a>(model: &'a Model, machine: &'a Machine) -> Chain<'a> {
    of_machine_in(model, machine, &seen(&model.world))
}

/// The same with etcd put together once for many.
pub fn of_machine_in<'a>(model: &'a Model, machine: &'a Machine, etcd: &SeenEtcd) -> Chain<'a> {
    let world = &model.world;
    let infra = world.capi.infra_of(machine);
    let id = machine.provider_id.as_deref().or(infra.and_then(|it| it.provider_id.as_deref()));
    // The reference is looked at first where the ids agree: a search through all nodes for each machine is dear.
    let referred = machine.node.as_ref().and_then(|it| world.kube_nodes.get(it));
    let agreed = referred.filter(|it| id.is_none() || it.provider_id.as_deref() == id);
    let by_id = || id.and_then(|id| world.kube_nodes.iter().find(|it| it.provider_id.as_deref() == Some(id)));
    let by_infra = || infra.and_then(|it| world.kube_nodes.get(&NodeName(it.meta.id.name.clone())));
    let kube = agreed.or_else(by_id).or(referred).or_else(by_infra);
    let host = machine.hostname().or_else(|| kube.map(|it| first_label(&it.name.0)));
    let host = host.or_else(|| infra.map(|it| first_label(&it.meta.id.name)));
    let addresses = || {
        let kinds = ["InternalIP", "ExternalIP"];
        machine
            .addresses
            .iter()
            .filter(move |it| kinds.contains(&it.kind.as_str()))
            .map(|it| it.address.as_str())
    };
    let by_name = kube.and_then(|it| world.nodes.get(&it.name));
    let by_host =
        || host.as_ref().and_then(|host| world.nodes.iter().find(|it| first_label(&it.name.0) == *host));
    let by_address = || world.nodes.iter().find(|it| addresses().any(|address| address == it.address));
    let talos = by_name.or_else(by_host).or_else(by_address);
    let member =
        if machine.control_plane { host.as_ref().and_then(|it| etcd.member(it)).cloned() } else { None };
    let server = id.and_then(server_number).and_then(|it| world.servers.get(&it));
    Chain { machine: Some(machine), infra, kube, talos, member, server }
}

/// The chain of a Kubernetes or Talos node, or of an etcd member, by its host name.
pub fn of_host<'a>(model: &'a Model, host: &str) -> Chain<'a> {
    let world = &model.world;
    let host = first_label(host);
    let etcd = seen(world);
    let kube = world.kube_nodes.iter().find(|it| first_label(&it.name.0) == host);
    let named = |it: &&Machine| it.hostname().is_some_and(|it| it == host);
    let id = kube.and_then(|it| it.provider_id.as_deref());
    let by_id = |it: &&Machine| id.is_some() && it.provider_id.as_deref() == id;
    let by_infra =
        |it: &&Machine| world.capi.infra_of(it).is_some_and(|it| first_label(&it.meta.id.name) == host);
    let machines = || world.capi.machines.iter();
    let machine =
        machines().find(by_id).or_else(|| machines().find(named)).or_else(|| machines().find(by_infra));
    match machine {
        Some(machine) => {
            let chain = of_machine_in(model, machine, &etcd);
            Chain { kube: chain.kube.or(kube), ..chain }
        }
        None => Chain {
            kube,
            talos: world.nodes.iter().find(|it| first_label(&it.name.0) == host),
            member: etcd.member(&host).cloned(),
            server: id.and_then(server_number).and_then(|it| world.servers.get(&it)),
            ..Chain::default()
        },
    }
}

/// The chain of a server.
pub fn of_server(model: &Model, id: ServerId) -> Chain<'_> {
    let world = &model.world;
    let owns = |it: &str| server_number(it) == Some(id);
    match world.capi.machines.iter().find(|it| it.provider_id.as_deref().is_some_and(owns)) {
        Some(machine) => of_machine(model, machine),
        None => Chain {
            infra: world.capi.infra_machines.iter().find(|it| it.provider_id.as_deref().is_some_and(owns)),
            kube: world.kube_nodes.iter().find(|it| it.provider_id.as_deref().is_some_and(owns)),
            server: world.servers.get(&id),
            ..Chain::default()
        },
    }
}

/// The number in `hcloud://5821903`; bare metal (`hcloud://bm-7`, `hrobot://7`) has no cloud server.
pub fn server_number(provider_id: &str) -> Option<ServerId> {
    provider_id.strip_prefix("hcloud://")?.parse().ok().map(ServerId)
}
