//! Listen to the Cluster API family: one watch for every kind.

use super::decode::{self, ADDONS, BOOTSTRAP, CONTROL_PLANE, CORE, INFRASTRUCTURE};
use super::decode_made as made;
use crate::Heard;
use crate::kubernetes::{Cluster, Told, Wanted, watch_kind};
use domain::{CapiChange, Change, Entity, Feed, Link, Observation, Source};
use futures::StreamExt;
use futures::stream::select_all;
use serde_json::Value;

const NEW_FIRST: &[&str] = &["v1beta2", "v1beta1"];
const TALOS: &[&str] = &["v1beta1", "v1alpha3"];
const HETZNER: &[&str] = &["v1beta1", "v1beta2"];

/// Every kind of the family that the cockpit reads.
pub fn machines(cluster: &Cluster) -> Heard {
    use CapiChange as Say;
    let core = |kind: &str| Wanted::all(CORE, kind, NEW_FIRST);
    let infra = |kind: &str| Wanted::all(INFRASTRUCTURE, kind, HETZNER);
    let talos = |group: &str, kind: &str| Wanted::all(group, kind, TALOS);
    select_all([
        needed(cluster, core("Cluster"), "clusters", decode::cluster, Say::Clusters),
        needed(cluster, core("Machine"), "machines", decode::machine, Say::Machines),
        needed(cluster, core("MachineSet"), "machinesets", decode::machine_set, Say::MachineSets),
        needed(
            cluster,
            core("MachineDeployment"),
            "machinedeployments",
            decode::machine_deployment,
            Say::MachineDeployments,
        ),
        welcome(
            cluster,
            core("MachineHealthCheck"),
            "machinehealthchecks",
            decode::health_check,
            Say::HealthChecks,
        ),
        welcome(
            cluster,
            talos(CONTROL_PLANE, "TalosControlPlane"),
            "taloscontrolplanes",
            decode::talos_control_plane,
            Say::TalosControlPlanes,
        ),
        welcome(
            cluster,
            Wanted::all(CONTROL_PLANE, "KubeadmControlPlane", NEW_FIRST),
            "kubeadmcontrolplanes",
            decode::kubeadm_control_plane,
            Say::KubeadmControlPlanes,
        ),
        welcome(
            cluster,
            talos(BOOTSTRAP, "TalosConfig"),
            "talosconfigs",
            made::talos_config,
            Say::TalosConfigs,
        ),
        welcome(
            cluster,
            infra("HetznerCluster"),
            "hetznerclusters",
            |it| decode::infra_cluster(it, "HetznerCluster"),
            Say::InfraClusters,
        ),
        welcome(
            cluster,
            infra("HCloudMachine"),
            "hcloudmachines",
            |it| made::infra_machine(it, "HCloudMachine"),
            Say::InfraMachines,
        ),
        welcome(
            cluster,
            infra("HCloudMachineTemplate"),
            "hcloudmachinetemplates",
            |it| made::machine_template(it, "HCloudMachineTemplate"),
            Say::MachineTemplates,
        ),
        welcome(
            cluster,
            Wanted::all(ADDONS, "HelmChartProxy", &["v1alpha1"]),
            "helmchartproxies",
            decode::chart_proxy,
            Say::ChartProxies,
        ),
    ])
    .boxed()
}

/// A kind without which there is no Cluster API.
fn needed<T>(
    cluster: &Cluster,
    wanted: Wanted,
    part: &'static str,
    decode: fn(&Value) -> T,
    say: fn(Change<T>) -> CapiChange,
) -> Heard
where
    T: Entity + Send + 'static,
    T::Id: Send,
{
    heard(cluster, wanted, Feed::of(Source::Capi, part), false, decode, move |it| Observation::Capi(say(it)))
}

/// A kind of one provider among several: that it is not installed is no news.
fn welcome<T>(
    cluster: &Cluster,
    wanted: Wanted,
    part: &'static str,
    decode: fn(&Value) -> T,
    say: fn(Change<T>) -> CapiChange,
) -> Heard
where
    T: Entity + Send + 'static,
    T::Id: Send,
{
    heard(cluster, wanted, Feed::of(Source::Capi, part), true, decode, move |it| Observation::Capi(say(it)))
}

/// One kind as observations. An `optional` one says nothing of itself before it is there.
pub(crate) fn heard<T>(
    cluster: &Cluster,
    wanted: Wanted,
    feed: Feed,
    optional: bool,
    decode: fn(&Value) -> T,
    say: impl Fn(Change<T>) -> Observation + Send + 'static,
) -> Heard
where
    T: Entity + Send + 'static,
    T::Id: Send,
{
    watch_kind(cluster, wanted, move |it: Value, _| Some(decode(&it)))
        .filter_map(move |told| {
            let observation = match told {
                Told::Link(Link::NotInstalled { .. } | Link::Connecting) if optional => None,
                Told::Link(link) => Some(Observation::Link(feed.clone(), link)),
                Told::Change(change) => Some(say(change)),
            };
            std::future::ready(observation)
        })
        .boxed()
}
