//! The machines of the first moment: every object of Cluster API, the servers behind them, and the machines themselves.
//!
//! All statuses are made by the very functions that the controllers use, as of days ago, so that no controller finds
//! anything to change when it begins.

mod addons;
mod cloud;
mod declared;
mod parts;
mod secrets;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::control::{Condition, Naming, Problem, kinds, name, owner_reference, set_condition, text};
use crate::faces::hetzner::Cloud;
use crate::kubelets;
use crate::pki::Authority;
use crate::providers::caph;
use crate::stand_ins::cabpt::Bundle;
use crate::stand_ins::cacppt::well;
use crate::stand_ins::capi::{
    Around, CLUSTER_NAME, Parts, cluster_status, deployment_status, health_check_status, machine_set,
    machine_status, selects, set_status, template_hash,
};
use crate::world::World;
use declared::Declared;
use parts::Birth;

/// How long ago the cluster was made, and how long ago its machines were last rolled.
const CLUSTER_AGE: i64 = 268 * 86_400_000;
const MACHINE_AGE: i64 = 12 * 86_400_000;

/// A machine that is there from the beginning.
#[derive(Debug, Clone)]
pub(crate) struct Founder {
    /// Server, node and HCloudMachine alike. A worker's is `<deployment>-<set>-<letters>`.
    pub name: String,
    pub server_id: u64,
    pub address: IpAddr,
    pub control_plane: bool,
}

pub(crate) struct Premises<'a> {
    /// The documents of `cluster-api/`, as they are in the API: with whatever labels Argo CD gave them.
    pub manifests: &'a [Value],
    pub machines: &'a [Founder],
    /// Milliseconds since the epoch.
    pub now: i64,
    /// Host and port of the API server.
    pub endpoint: (String, u16),
    /// An administrator's, for the secret `<cluster>-kubeconfig`.
    pub kubeconfig: &'a str,
    /// The authorities of the Talos API and of Kubernetes.
    pub os: &'a Authority,
    pub kubernetes: &'a Authority,
    pub hcloud_token: &'a str,
    pub naming: &'a Naming,
}

/// Place the machines in the world and in the cloud, and answer all objects: those declared, those that follow from
/// them, the secrets, and the Nodes.
pub(crate) fn found(premises: &Premises<'_>, world: &World, cloud: &Cloud) -> Result<Vec<Value>, Problem> {
    let mut declared = Declared::read(premises.manifests)?;
    let birth = Birth { naming: premises.naming };
    let old = premises.now - CLUSTER_AGE;
    for object in declared.all() {
        birth.give(object, old);
    }
    for chart in &mut declared.charts {
        birth.give(chart, old);
    }
    let (host, port) = &premises.endpoint;
    declared.infrastructure["spec"]["controlPlaneEndpoint"] = json!({"host": host, "port": port});
    declared.cluster["spec"]["controlPlaneEndpoint"] = json!({"host": host, "port": port});
    let bundle = Bundle::of(premises.naming, premises.os, premises.kubernetes);
    let bundle = bundle.map_err(|error| Problem::Other(error.to_string()))?;
    let grounds = cloud::place(cloud, &declared, premises)?;
    adopt(&mut declared, &grounds, premises);

    let mut machines = Vec::new();
    let mut objects = Vec::new();
    let mut sets = Vec::new();
    for deployment in &declared.deployments {
        let set = set_of(deployment, premises, &birth);
        sets.push(set);
    }
    for (number, founder) in premises.machines.iter().enumerate() {
        let age = MACHINE_AGE - i64::try_from(number).unwrap_or_default() * 140_000 % 3_600_000;
        let at = premises.now - age;
        let maker = parts::Maker { premises, declared: &declared, bundle: &bundle, birth: &birth, at };
        let made = if founder.control_plane {
            maker.control_plane(founder)?
        } else {
            let set = sets.iter().find(|it| founder.name.starts_with(name(it))).or_else(|| sets.first());
            maker.worker(
                founder,
                set.ok_or_else(|| Problem::Other("no deployment for the workers".to_owned()))?,
            )?
        };
        let spec = maker.spec(founder, &made)?;
        let span = Duration::from_millis(u64::try_from(age - 60_000).unwrap_or_default());
        world.place_running(spec, span).map_err(|error| Problem::Other(error.to_string()))?;
        machines.push((made, at));
    }
    let nodes = kubelets::first_nodes(world);
    let by_provider: HashMap<&str, &Value> =
        nodes.iter().map(|it| (text(it, "/spec/providerID"), it)).collect();
    let mut finished = Vec::new();
    for (made, at) in machines {
        let node = by_provider.get(text(&made.machine, "/spec/providerID")).copied();
        let deployment = declared
            .deployments
            .iter()
            .find(|it| text(&made.machine, "/metadata/labels/cluster.x-k8s.io~1deployment-name") == name(it));
        let mut machine = made.machine;
        let joined = crate::control::timestamp(at + 75_000);
        if declared.checks.iter().any(|it| selects(it, &machine)) {
            let told = Condition::yes("HealthCheckSucceeded", "HealthCheckSucceeded");
            set_condition(&mut machine["status"]["conditions"], &told, Some(1), &joined);
        }
        let around =
            Around { bootstrap: Some(&made.config), infrastructure: Some(&made.server), node, deployment };
        machine_status(&mut machine, &around, &joined);
        if let Some(node) = node {
            objects.push(marked(node, &machine, at));
        }
        objects.extend([made.config, made.server, made.data]);
        finished.push(machine);
    }
    objects.extend(sum_up(&mut declared, sets, &finished, &nodes, premises));
    objects.extend(finished);
    objects.extend(secrets::all(&declared, &bundle, premises, &birth)?);
    objects.extend(addons::all(&declared, premises, &birth));
    objects.extend(declared.all().map(|it| it.take()));
    Ok(objects)
}

/// What belongs to the cluster says so; what its infrastructure and its finalizers are.
fn adopt(declared: &mut Declared, grounds: &cloud::Grounds, premises: &Premises<'_>) {
    let cluster = declared.cluster.clone();
    let labelled = |object: &mut Value, controller: Option<bool>, finalizer: Option<&str>| {
        object["metadata"]["labels"][CLUSTER_NAME] = json!(name(&cluster));
        if let Some(controller) = controller {
            object["metadata"]["ownerReferences"] =
                json!([owner_reference(kinds::CLUSTER, &cluster, controller)]);
        }
        if let Some(finalizer) = finalizer {
            object["metadata"]["finalizers"] = json!([finalizer]);
        }
    };
    labelled(&mut declared.cluster, None, Some("cluster.cluster.x-k8s.io"));
    labelled(&mut declared.control_plane, Some(true), Some("talos.controlplane.cluster.x-k8s.io"));
    labelled(
        &mut declared.infrastructure,
        Some(true),
        Some("infrastructure.cluster.x-k8s.io/hetznercluster"),
    );
    for it in &mut declared.deployments {
        labelled(it, Some(false), Some("cluster.x-k8s.io/machinedeployment"));
        it["metadata"]["annotations"]["machinedeployment.clusters.x-k8s.io/revision"] = json!("5");
    }
    for it in &mut declared.checks {
        labelled(it, Some(false), None);
    }
    let at = crate::control::timestamp(premises.now - CLUSTER_AGE + 30_000);
    caph::reachable(&mut declared.infrastructure, &at);
    caph::cluster_status(
        &mut declared.infrastructure,
        &grounds.balancer,
        grounds.network.as_ref(),
        &grounds.groups,
        &at,
    );
    let domains =
        json!([{"name": declared.infrastructure["spec"]["controlPlaneRegions"][0], "controlPlane": true}]);
    declared.cluster["status"]["failureDomains"] = domains;
}

/// The one set of a deployment, named as its machines are.
fn set_of(deployment: &Value, premises: &Premises<'_>, birth: &Birth<'_>) -> Value {
    let prefix = format!("{}-", name(deployment));
    let workers: Vec<&Founder> =
        premises.machines.iter().filter(|it| !it.control_plane && it.name.starts_with(&prefix)).collect();
    let ending =
        workers.first().and_then(|it| it.name.strip_prefix(&prefix)?.split('-').next().map(str::to_owned));
    let ending = ending.unwrap_or_else(|| premises.naming.letters(5));
    let mut set = machine_set(deployment, &template_hash(deployment), &ending, workers.len(), 5);
    set["apiVersion"] = json!(kinds::MACHINE_SET.api_version());
    set["kind"] = json!(kinds::MACHINE_SET.kind);
    birth.give(&mut set, premises.now - MACHINE_AGE - 5_000);
    set
}

/// The node as its machine marks it.
fn marked(node: &Value, machine: &Value, at: i64) -> Value {
    let mut node = node.clone();
    let owner = crate::control::controller_of(machine).cloned().unwrap_or_default();
    let annotations = &mut node["metadata"]["annotations"];
    annotations["cluster.x-k8s.io/cluster-name"] = machine["spec"]["clusterName"].clone();
    annotations["cluster.x-k8s.io/cluster-namespace"] = machine["metadata"]["namespace"].clone();
    annotations["cluster.x-k8s.io/machine"] = json!(name(machine));
    annotations["cluster.x-k8s.io/owner-kind"] = owner["kind"].clone();
    annotations["cluster.x-k8s.io/owner-name"] = owner["name"].clone();
    annotations["cluster.x-k8s.io/labels-from-machine"] = json!("");
    node["metadata"]["creationTimestamp"] = json!(crate::control::timestamp(at + 68_000));
    node
}

/// Whoever sums others up does so; answers the sets.
fn sum_up(
    declared: &mut Declared,
    mut sets: Vec<Value>,
    machines: &[Value],
    nodes: &[Value],
    premises: &Premises<'_>,
) -> Vec<Value> {
    let at = crate::control::timestamp(premises.now - MACHINE_AGE + 3_700_000);
    let owned = |owner: &Value| -> Vec<&Value> {
        machines.iter().filter(|it| crate::control::owned_by(it, owner)).collect()
    };
    for set in &mut sets {
        let members = owned(set);
        set_status(set, &members, &[], &at);
    }
    for deployment in &mut declared.deployments {
        let members: Vec<&Value> =
            sets.iter().filter(|it| crate::control::owned_by(it, deployment)).flat_map(&owned).collect();
        deployment_status(deployment, &members, &at);
    }
    let nodes: Vec<&Value> = nodes.iter().collect();
    let members = owned(&declared.control_plane);
    well(&mut declared.control_plane, &members, &nodes, &at);
    for check in &mut declared.checks {
        let members: Vec<&Value> = machines.iter().filter(|it| selects(check, it)).collect();
        health_check_status(check, &members, members.len(), &at);
    }
    let parts = Parts {
        infrastructure: Some(&declared.infrastructure),
        control_plane: Some(&declared.control_plane),
        machines: machines.iter().collect(),
        deployments: declared.deployments.iter().collect(),
    };
    cluster_status(&mut declared.cluster, &parts, &at);
    sets
}
