//! What the Helm add-on provider made of its charts, and the inventory of all providers.

use serde_json::{Value, json};

use super::declared::Declared;
use super::parts::Birth;
use super::{CLUSTER_AGE, Premises};
use crate::control::{Condition, label, name, namespace, set_condition, timestamp};
use crate::stand_ins::capi::CLUSTER_NAME;

/// Namespace, name, type and version of every provider that is installed.
const PROVIDERS: [(&str, &str, &str, &str); 5] = [
    ("capi-system", "cluster-api", "CoreProvider", "v1.12.2"),
    ("cabpt-system", "bootstrap-talos", "BootstrapProvider", "v0.6.12"),
    ("cacppt-system", "control-plane-talos", "ControlPlaneProvider", "v0.5.13"),
    ("caph-system", "infrastructure-hetzner", "InfrastructureProvider", "v1.1.8"),
    ("caaph-system", "addon-helm", "AddonProvider", "v0.6.4"),
];

/// The releases of the charts on this cluster, and the charts themselves with their status; and the inventory.
pub(super) fn all(declared: &Declared, premises: &Premises<'_>, birth: &Birth<'_>) -> Vec<Value> {
    let cluster = &declared.cluster;
    let born = premises.now - CLUSTER_AGE;
    let at = timestamp(born + 600_000);
    let mut objects = Vec::new();
    for chart in &declared.charts {
        let mut chart = chart.clone();
        let selector =
            chart["spec"]["clusterSelector"]["matchLabels"].as_object().cloned().unwrap_or_default();
        let matching = selector.iter().all(|(key, value)| label(cluster, key) == value.as_str());
        if matching {
            objects.push(release(&chart, cluster, birth, born, &at));
        }
        let clusters = if matching {
            json!([{"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "name": name(cluster),
                "namespace": namespace(cluster)}])
        } else {
            json!([])
        };
        chart["metadata"]["finalizers"] = json!(["helmchartproxy.addons.cluster.x-k8s.io"]);
        chart["status"]["matchingClusters"] = clusters;
        chart["status"]["observedGeneration"] = json!(1);
        for kind in ["Ready", "HelmReleaseProxySpecsUpToDate", "HelmReleaseProxiesReady"] {
            set_condition(&mut chart["status"]["conditions"], &Condition::yes(kind, kind), Some(1), &at);
        }
        objects.push(chart);
    }
    for (space, provider, kind, version) in PROVIDERS {
        let mut object = json!({
            "apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3", "kind": "Provider",
            "metadata": {"name": provider, "namespace": space, "labels": {
                "cluster.x-k8s.io/provider": provider, "clusterctl.cluster.x-k8s.io": "",
                "clusterctl.cluster.x-k8s.io/core": "inventory"}},
            "providerName": provider.split_once('-').map_or(provider, |(_, it)| it),
            "type": kind, "version": version,
        });
        birth.give(&mut object, born - 3_600_000);
        objects.push(object);
    }
    objects
}

fn release(chart: &Value, cluster: &Value, birth: &Birth<'_>, born: i64, at: &str) -> Value {
    let spec = &chart["spec"];
    let mut release = json!({
        "apiVersion": "addons.cluster.x-k8s.io/v1alpha1", "kind": "HelmReleaseProxy",
        "metadata": {
            "name": birth.naming.name(&format!("{}-{}-", name(chart), name(cluster))),
            "namespace": namespace(chart),
            "labels": {CLUSTER_NAME: name(cluster),
                "helmreleaseproxy.addons.cluster.x-k8s.io/helmchartproxy-name": name(chart)},
            "ownerReferences": [{"apiVersion": "addons.cluster.x-k8s.io/v1alpha1", "kind": "HelmChartProxy",
                "name": name(chart), "uid": chart["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true}],
            "finalizers": ["helmreleaseproxy.addons.cluster.x-k8s.io"],
        },
        "spec": {
            "clusterRef": {"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "name": name(cluster),
                "namespace": namespace(cluster)},
            "chartName": spec["chartName"], "repoURL": spec["repoURL"], "version": spec["version"],
            "releaseName": spec["releaseName"], "namespace": spec["namespace"],
            "reconcileStrategy": spec["reconcileStrategy"],
        },
        "status": {"status": "deployed", "revision": 1, "observedGeneration": 1},
    });
    birth.give(&mut release, born + 500_000);
    for kind in ["Ready", "HelmReleaseReady", "ClusterAvailable"] {
        set_condition(&mut release["status"]["conditions"], &Condition::yes(kind, kind), Some(1), at);
    }
    release
}
