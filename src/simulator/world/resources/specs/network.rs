//! The machine's network.

use super::{Specified, of};
use crate::world::lock::Lock;
use crate::world::node::Node;
use crate::world::seeded;
use serde_json::{Value, json};

pub fn nothing(_: &Node) -> Vec<Specified> {
    Vec::new()
}

/// `cidr/32`, the way Hetzner gives addresses.
fn own(node: &Node) -> String {
    format!("{}/32", node.spec.address)
}

fn pod_gateway(node: &Node) -> String {
    node.pod_subnet().replace(".0/24", ".1")
}

fn mac(node: &Node, link: &str) -> String {
    let hex = seeded::hex(node.seed, link, 0, 6);
    format!("96:00:04:{}:{}:{}", &hex[..2], &hex[2..4], &hex[4..6])
}

pub fn hostname(node: &Node) -> Vec<Specified> {
    vec![of("hostname", &json!({ "hostname": node.hostname(), "domainname": "" }))]
}

pub fn node_addresses(node: &Node) -> Vec<Specified> {
    let (own, pods) = (own(node), format!("{}/24", pod_gateway(node)));
    let one = |id: &str, addresses: Value| of(id, &json!({ "addresses": addresses, "sortAlgorithm": "v1" }));
    vec![
        one("accumulative", json!([own, pods])),
        one("accumulative-no-k8s", json!([own])),
        one("accumulative-only-k8s", json!([pods])),
        one("current", json!([own, pods])),
        one("current-no-k8s", json!([own])),
        one("current-only-k8s", json!([pods])),
        one("default", json!([own])),
        one("routed", json!([own])),
        one("routed-no-k8s", json!([own])),
    ]
}

pub fn addresses(node: &Node) -> Vec<Specified> {
    let one = |link: &str, address: &str, scope: &str| {
        let local = address.split('/').next().unwrap_or_default();
        of(
            format!("{link}/{address}"),
            &json!({ "address": address, "local": local, "linkName": link, "family": "inet4", "scope": scope, "flags": "permanent" }),
        )
    };
    vec![
        one("cni0", &format!("{}/24", pod_gateway(node)), "global"),
        one("eth0", &own(node), "global"),
        one("lo", "127.0.0.1/8", "host"),
    ]
}

pub fn links(node: &Node) -> Vec<Specified> {
    let one = |name: &str, index: u32, kind: &str, link_type: &str, state: &str, mtu: u32| {
        of(
            name,
            &json!({
                "index": index, "type": link_type, "linkIndex": 0, "flags": "UP,BROADCAST,RUNNING,MULTICAST,LOWER_UP",
                "hardwareAddr": if name == "lo" { String::new() } else { mac(node, name) },
                "mtu": mtu, "queueDisc": "fq_codel", "operationalState": state, "kind": kind, "slaveKind": "",
                "linkState": true, "speedMbit": 4_294_967_295_u32, "port": "Other", "duplex": "Unknown",
                "driver": if name == "eth0" { "virtio_net" } else { "" },
            }),
        )
    };
    let up = node.state.held().network_ready;
    vec![
        one("cni0", 5, "bridge", "ether", "up", 1_450),
        one("eth0", 2, "", "ether", if up { "up" } else { "down" }, 1_500),
        one("flannel.1", 4, "vxlan", "ether", "unknown", 1_450),
        one("lo", 1, "", "loopback", "unknown", 65_536),
    ]
}

pub fn routes(node: &Node) -> Vec<Specified> {
    let one = |id: &str, dst: &str, gateway: &str, link: &str| {
        of(
            id,
            &json!({ "family": "inet4", "dst": dst, "src": "", "gateway": gateway, "outLinkName": link, "table": "main",
                "priority": 1_024, "scope": if gateway.is_empty() { "link" } else { "global" }, "type": "unicast", "protocol": "dhcp" }),
        )
    };
    vec![
        one("inet4/172.31.1.1//1024", "", "172.31.1.1", "eth0"),
        one("inet4//172.31.1.1/32/1024", "172.31.1.1/32", "", "eth0"),
        one("inet4//pods", &node.pod_subnet(), "", "cni0"),
    ]
}

pub fn resolvers(node: &Node) -> Vec<Specified> {
    let servers = node.spec.hardware.resolvers();
    vec![of("resolvers", &json!({ "dnsServers": servers, "searchDomains": [] }))]
}

pub fn time_servers(node: &Node) -> Vec<Specified> {
    vec![of("timeservers", &json!({ "timeServers": node.spec.hardware.time_servers() }))]
}

pub fn hardware_addresses(node: &Node) -> Vec<Specified> {
    ["eth0", "first"]
        .into_iter()
        .map(|id| of(id, &json!({ "name": "eth0", "hardwareAddr": mac(node, "eth0") })))
        .collect()
}

pub fn status(node: &Node) -> Vec<Specified> {
    let ready = node.state.held().network_ready;
    vec![of(
        "status",
        &json!({ "addressReady": ready, "connectivityReady": ready, "hostnameReady": ready, "etcFilesReady": true }),
    )]
}

pub fn probes(node: &Node) -> Vec<Specified> {
    let success = node.state.held().network_ready;
    let one = json!({ "success": success, "lastError": if success { "" } else { "dial tcp 1.1.1.1:443: i/o timeout" } });
    vec![of("tcp:1.1.1.1:443", &one)]
}
