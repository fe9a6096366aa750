//! The project at Hetzner as the cluster's infrastructure and machines left it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::declared::Declared;
use super::parts::region;
use super::{CLUSTER_AGE, MACHINE_AGE, Premises};
use crate::control::{Problem, name, text, timestamp};
use crate::faces::hetzner::{Cloud, Placed};
use crate::providers::caph;

/// Servers that one spread group takes.
const SPREAD: usize = 10;

/// What the cluster stands on, as Hetzner tells it.
pub(super) struct Grounds {
    pub balancer: Value,
    pub network: Option<Value>,
    pub groups: Vec<Value>,
}

pub(super) fn place(cloud: &Cloud, declared: &Declared, premises: &Premises<'_>) -> Result<Grounds, Problem> {
    let infrastructure = &declared.infrastructure;
    let cluster = name(infrastructure);
    let labels = json!({format!("caph-cluster-{cluster}"): "owned"});
    let since = premises.now - CLUSTER_AGE;
    let created = timestamp(since);
    let networking = &infrastructure["spec"]["hcloudNetwork"];
    let network = (networking["enabled"] == true).then(|| {
        let range = networking["cidrBlock"].as_str().unwrap_or("10.0.0.0/16");
        let subnet = networking["subnetCidrBlock"].as_str().unwrap_or("10.0.0.0/24");
        cloud.place_network(cluster, range, &[subnet], labels.clone(), since)
    });
    let mut groups: BTreeMap<String, u64> = BTreeMap::new();
    for group in infrastructure["spec"]["hcloudPlacementGroups"].as_array().into_iter().flatten() {
        let short = text(group, "/name");
        let id = cloud.place("placement_groups", json!({
            "name": format!("{cluster}-{short}"), "type": "spread", "servers": [], "labels": labels, "created": created,
        }));
        groups.insert(short.to_owned(), id);
    }
    servers(cloud, declared, premises, network, &groups)?;
    let front: Vec<u64> =
        premises.machines.iter().filter(|it| it.control_plane).map(|it| it.server_id).collect();
    let balancer = cloud.place_load_balancer(&caph::balancer_order(infrastructure), &front, since);
    cloud.place("ssh_keys", json!({
        "name": "rescue", "fingerprint": "b7:2f:30:a0:2f:6c:58:6c:21:04:58:61:ba:06:3b:2c", "labels": {},
        "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl rescue",
        "created": created,
    }));
    let read = |collection: &str, id: u64| cloud.resource(collection, id);
    Ok(Grounds {
        balancer: read("load_balancers", balancer).unwrap_or_default(),
        network: network.and_then(|id| read("networks", id)),
        groups: groups.values().filter_map(|id| read("placement_groups", *id)).collect(),
    })
}

fn servers(
    cloud: &Cloud,
    declared: &Declared,
    premises: &Premises<'_>,
    network: Option<u64>,
    groups: &BTreeMap<String, u64>,
) -> Result<(), Problem> {
    let cluster = name(&declared.infrastructure);
    let worker =
        declared.deployments.first().map(|it| text(it, "/spec/template/spec/infrastructureRef/name"));
    let mut taken: BTreeMap<u64, usize> = BTreeMap::new();
    for founder in premises.machines {
        let template = if founder.control_plane {
            text(&declared.control_plane, "/spec/infrastructureTemplate/name")
        } else {
            worker.unwrap_or_default()
        };
        let spec = &declared.template("HCloudMachineTemplate", template)?["spec"]["template"]["spec"];
        let group = groups.get(text(spec, "/placementGroupName")).copied().filter(|id| {
            let count = taken.entry(*id).or_default();
            *count += 1;
            *count <= SPREAD
        });
        let role = if founder.control_plane { "control_plane" } else { "worker" };
        let placed = Placed {
            id: founder.server_id,
            name: founder.name.clone(),
            address: founder.address,
            server_type: text(spec, "/type").to_owned(),
            image: text(spec, "/imageName").to_owned(),
            location: region(&declared.infrastructure).to_owned(),
            labels: BTreeMap::from([
                (format!("caph-cluster-{cluster}"), "owned".to_owned()),
                ("machine.caph-name".to_owned(), founder.name.clone()),
                ("machine_type".to_owned(), role.to_owned()),
            ]),
            created: premises.now - MACHINE_AGE,
            placement_group: group,
            networks: network.into_iter().collect(),
        };
        cloud.place_server(&placed).map_err(|failure| Problem::Other(failure.message))?;
    }
    Ok(())
}
