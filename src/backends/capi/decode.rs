//! Objects of the Cluster API family, of every served version, as the words of the house. Total: an odd shape loses
//! a field, never the object.

use crate::probe::{
    addresses, annotation, annotations_under, at, conditions, count, duration, first, label, line, meta,
    moment, number, reference, text, text_of, texts, truth,
};
use domain::{
    ChartProxy, Cluster, ControlPlane, Counts, Deletion, HealthCheck, InfraCluster, LoadBalancerService,
    Machine, MachineDeployment, MachineId, MachinePhase, MachineSet, Meta, NodeName, Strategy,
    WantedBalancer,
};
use serde_json::Value;
use std::time::Duration;

pub(crate) const CORE: &str = "cluster.x-k8s.io";
pub(crate) const CONTROL_PLANE: &str = "controlplane.cluster.x-k8s.io";
pub(crate) const BOOTSTRAP: &str = "bootstrap.cluster.x-k8s.io";
pub(crate) const INFRASTRUCTURE: &str = "infrastructure.cluster.x-k8s.io";
pub(crate) const ADDONS: &str = "addons.cluster.x-k8s.io";

pub(crate) fn cluster(it: &Value) -> Cluster {
    let meta = meta(it, CORE, "Cluster");
    let namespace = meta.id.namespace.clone();
    let host = text(it, "spec.controlPlaneEndpoint.host");
    let port = number(it, "spec.controlPlaneEndpoint.port");
    Cluster {
        phase: text(it, "status.phase").unwrap_or_default(),
        endpoint: host.map(|host| format!("{host}:{}", port.unwrap_or(6443))),
        control_plane: reference(it, "spec.controlPlaneRef", &namespace),
        infrastructure: reference(it, "spec.infrastructureRef", &namespace),
        infrastructure_ready: truth(it, "status.initialization.infrastructureProvisioned")
            || truth(it, "status.infrastructureReady"),
        initialized: truth(it, "status.initialization.controlPlaneInitialized")
            || truth(it, "status.controlPlaneReady"),
        topology_version: text(it, "spec.topology.version"),
        conditions: conditions(it),
        meta,
    }
}

pub(crate) fn machine(it: &Value) -> Machine {
    let meta = meta(it, CORE, "Machine");
    let namespace = meta.id.namespace.clone();
    let drain = first(it, &["spec.deletion.nodeDrainTimeoutSeconds", "spec.nodeDrainTimeout"]);
    let mut hooks = annotations_under(it, "pre-drain.delete.hook.machine.cluster.x-k8s.io");
    hooks.extend(annotations_under(it, "pre-terminate.delete.hook.machine.cluster.x-k8s.io"));
    Machine {
        id: MachineId { namespace: namespace.clone(), name: meta.id.name.clone() },
        cluster: text(it, "spec.clusterName").or_else(|| meta.cluster.clone()).unwrap_or_default(),
        control_plane: label(it, "cluster.x-k8s.io/control-plane").is_some(),
        deployment: label(it, "cluster.x-k8s.io/deployment-name"),
        version: text(it, "spec.version"),
        provider_id: text(it, "spec.providerID"),
        infrastructure: reference(it, "spec.infrastructureRef", &namespace),
        bootstrap: reference(it, "spec.bootstrap.configRef", &namespace),
        boot_data: text(it, "spec.bootstrap.dataSecretName"),
        template_hash: label(it, "machine-template-hash"),
        phase: phase(text(it, "status.phase").as_deref()),
        phase_since: moment(it, "status.lastUpdated"),
        node: text(it, "status.nodeRef.name").map(NodeName),
        kubelet: text(it, "status.nodeInfo.kubeletVersion"),
        os_image: text(it, "status.nodeInfo.osImage"),
        failure_domain: text_of(it, &["status.failureDomain", "spec.failureDomain"]),
        addresses: addresses(it, "status.addresses"),
        bootstrap_ready: truth(it, "status.initialization.bootstrapDataSecretCreated")
            || truth(it, "status.bootstrapReady"),
        infrastructure_ready: truth(it, "status.initialization.infrastructureProvisioned")
            || truth(it, "status.infrastructureReady"),
        deletion: Deletion {
            drain_since: moment(it, "status.deletion.nodeDrainStartTime"),
            volumes_since: moment(it, "status.deletion.waitForNodeVolumeDetachStartTime"),
            pre_drain_since: moment(it, "status.deletion.waitForPreDrainHookStartTime"),
            pre_terminate_since: moment(it, "status.deletion.waitForPreTerminateHookStartTime"),
            drain_timeout: drain.and_then(timeout),
        },
        conditions: conditions(it),
        etcd_leaving: annotation(it, "controlplane.cluster.x-k8s.io/etcd-leaving")
            .is_some_and(|it| it == "true"),
        delete_first: annotation(it, "cluster.x-k8s.io/delete-machine").is_some(),
        hooks,
        meta,
    }
}

/// A timeout; unset and 0 both mean that it never comes.
fn timeout(it: &Value) -> Option<Duration> {
    duration(&serde_json::json!({ "it": it }), "it").filter(|it| !it.is_zero())
}

fn phase(word: Option<&str>) -> MachinePhase {
    match word.unwrap_or_default() {
        "Pending" => MachinePhase::Pending,
        "Provisioning" => MachinePhase::Provisioning,
        "Provisioned" => MachinePhase::Provisioned,
        "Running" => MachinePhase::Running,
        "Updating" => MachinePhase::Updating,
        "Deleting" => MachinePhase::Deleting,
        "Deleted" => MachinePhase::Deleted,
        "Failed" => MachinePhase::Failed,
        _ => MachinePhase::Unknown,
    }
}

fn counts(it: &Value) -> Counts {
    Counts {
        current: count(it, "status.replicas").unwrap_or(0),
        ready: count(it, "status.readyReplicas"),
        available: count(it, "status.availableReplicas"),
        up_to_date: count(it, "status.upToDateReplicas").or_else(|| count(it, "status.updatedReplicas")),
    }
}

fn strategy(it: &Value, path: &str) -> Strategy {
    let Some(it) = at(it, path) else { return Strategy::default() };
    if text(it, "type").as_deref() == Some("OnDelete") {
        return Strategy::OnDelete;
    }
    Strategy::Rolling {
        surge: text(it, "rollingUpdate.maxSurge").unwrap_or_else(|| "1".into()),
        unavailable: text(it, "rollingUpdate.maxUnavailable").unwrap_or_else(|| "0".into()),
    }
}

/// TalosControlPlane v1alpha3, and v1beta1 as it is being made.
pub(crate) fn talos_control_plane(it: &Value) -> ControlPlane {
    let meta = meta(it, CONTROL_PLANE, "TalosControlPlane");
    let templates = ["spec.infrastructureTemplate", "spec.machineTemplate.spec.infrastructureRef"];
    let mut counts = counts(it);
    if counts.ready.is_none() {
        let missing = count(it, "status.unavailableReplicas");
        counts.ready = missing.map(|it| counts.current.saturating_sub(it));
    }
    ControlPlane {
        replicas: count(it, "spec.replicas").unwrap_or(1),
        version: text(it, "spec.version"),
        status_version: text(it, "status.version"),
        template: templates.iter().find_map(|path| reference(it, path, &meta.id.namespace)),
        config: at(it, "spec.controlPlaneConfig.controlplane").map(super::digest::of),
        strategy: strategy(it, "spec.rolloutStrategy"),
        initialized: truth(it, "status.initialized")
            || truth(it, "status.initialization.controlPlaneInitialized"),
        counts,
        conditions: conditions(it),
        drain_timeout: at(it, "spec.machineTemplate.spec.deletion.nodeDrainTimeoutSeconds").and_then(timeout),
        meta: in_cluster(meta),
    }
}

pub(crate) fn kubeadm_control_plane(it: &Value) -> ControlPlane {
    let meta = meta(it, CONTROL_PLANE, "KubeadmControlPlane");
    let templates = ["spec.machineTemplate.spec.infrastructureRef", "spec.machineTemplate.infrastructureRef"];
    let drains = [
        "spec.machineTemplate.spec.deletion.nodeDrainTimeoutSeconds",
        "spec.machineTemplate.nodeDrainTimeout",
    ];
    let rolling =
        if at(it, "spec.rollout").is_some() { "spec.rollout.strategy" } else { "spec.rolloutStrategy" };
    ControlPlane {
        replicas: count(it, "spec.replicas").unwrap_or(1),
        version: text(it, "spec.version"),
        status_version: text(it, "status.version"),
        template: templates.iter().find_map(|path| reference(it, path, &meta.id.namespace)),
        config: None,
        strategy: strategy(it, rolling),
        initialized: truth(it, "status.initialization.controlPlaneInitialized")
            || truth(it, "status.initialized"),
        counts: counts(it),
        conditions: conditions(it),
        drain_timeout: first(it, &drains).and_then(timeout),
        meta: in_cluster(meta),
    }
}

/// A control plane names its cluster by label, else by its owner.
fn in_cluster(mut meta: Meta) -> Meta {
    if meta.cluster.is_none() {
        meta.cluster = meta.owner.as_ref().filter(|it| it.kind == "Cluster").map(|it| it.name.clone());
    }
    meta
}

pub(crate) fn machine_deployment(it: &Value) -> MachineDeployment {
    let mut meta = meta(it, CORE, "MachineDeployment");
    meta.cluster = text(it, "spec.clusterName").or(meta.cluster);
    let rolling = if at(it, "spec.rollout").is_some() { "spec.rollout.strategy" } else { "spec.strategy" };
    let drains =
        ["spec.template.spec.deletion.nodeDrainTimeoutSeconds", "spec.template.spec.nodeDrainTimeout"];
    MachineDeployment {
        replicas: count(it, "spec.replicas").unwrap_or(1),
        version: text(it, "spec.template.spec.version"),
        template: reference(it, "spec.template.spec.infrastructureRef", &meta.id.namespace),
        bootstrap_template: reference(it, "spec.template.spec.bootstrap.configRef", &meta.id.namespace),
        strategy: strategy(it, rolling),
        phase: text(it, "status.phase").unwrap_or_default(),
        counts: counts(it),
        conditions: conditions(it),
        drain_timeout: first(it, &drains).and_then(timeout),
        rollout_after: moment(it, "spec.rollout.after").or_else(|| moment(it, "spec.rolloutAfter")),
        meta,
    }
}

pub(crate) fn machine_set(it: &Value) -> MachineSet {
    let mut meta = meta(it, CORE, "MachineSet");
    meta.cluster = text(it, "spec.clusterName").or(meta.cluster);
    let revision = annotation(it, "machinedeployment.clusters.x-k8s.io/revision");
    MachineSet {
        replicas: count(it, "spec.replicas").unwrap_or(0),
        version: text(it, "spec.template.spec.version"),
        template: reference(it, "spec.template.spec.infrastructureRef", &meta.id.namespace),
        bootstrap_template: reference(it, "spec.template.spec.bootstrap.configRef", &meta.id.namespace),
        revision: revision.and_then(|it| it.parse().ok()).unwrap_or(0),
        template_hash: label(it, "machine-template-hash"),
        counts: counts(it),
        conditions: conditions(it),
        meta,
    }
}

pub(crate) fn health_check(it: &Value) -> HealthCheck {
    let mut meta = meta(it, CORE, "MachineHealthCheck");
    meta.cluster = text(it, "spec.clusterName").or(meta.cluster);
    let labels = at(it, "spec.selector.matchLabels").and_then(Value::as_object);
    HealthCheck {
        selector: labels
            .into_iter()
            .flatten()
            .map(|(name, value)| format!("{name}={}", line(value).unwrap_or_default()))
            .collect(),
        expected: count(it, "status.expectedMachines").unwrap_or(0),
        healthy: count(it, "status.currentHealthy").unwrap_or(0),
        remediations_allowed: count(it, "status.remediationsAllowed"),
        targets: texts(it, "status.targets"),
        conditions: conditions(it),
        meta,
    }
}

/// An infrastructure cluster of `kind`: HetznerCluster and its like.
pub(crate) fn infra_cluster(it: &Value, kind: &str) -> InfraCluster {
    InfraCluster {
        ready: truth(it, "status.ready") || truth(it, "status.initialization.provisioned"),
        regions: texts(it, "spec.controlPlaneRegions"),
        load_balancer: wanted_balancer(it),
        network: wanted_network(it),
        conditions: conditions(it),
        meta: in_cluster(meta(it, INFRASTRUCTURE, kind)),
    }
}

fn wanted_balancer(it: &Value) -> Option<WantedBalancer> {
    let wanted = at(it, "spec.controlPlaneLoadBalancer")?;
    let port = |it: &Value, path: &str| number(it, path).and_then(|it| u16::try_from(it).ok());
    let extra = crate::probe::items(wanted, "extraServices").filter_map(|it| {
        let (listens, sends) = (port(it, "listenPort")?, port(it, "destinationPort")?);
        Some(LoadBalancerService { protocol: text(it, "protocol")?, listens, sends })
    });
    truth(wanted, "enabled").then(|| WantedBalancer {
        kind: text(wanted, "type"),
        algorithm: text(wanted, "algorithm"),
        port: port(wanted, "port").unwrap_or(6443),
        extra: extra.collect(),
    })
}

/// The ranges of the network that is to be made; none where there is one already, or none is wanted.
fn wanted_network(it: &Value) -> Option<(String, String)> {
    let wanted = at(it, "spec.hcloudNetwork").filter(|it| truth(it, "enabled") && at(it, "id").is_none())?;
    let range = text(wanted, "cidrBlock").unwrap_or_else(|| "10.0.0.0/16".into());
    Some((range, text(wanted, "subnetCidrBlock").unwrap_or_else(|| "10.0.0.0/24".into())))
}

pub(crate) fn chart_proxy(it: &Value) -> ChartProxy {
    let meta = meta(it, ADDONS, "HelmChartProxy");
    ChartProxy {
        chart: text(it, "spec.chartName").unwrap_or_default(),
        version: text(it, "spec.version"),
        repository: text(it, "spec.repoURL").unwrap_or_default(),
        clusters: crate::probe::items(it, "status.matchingClusters")
            .filter_map(|it| text(it, "name"))
            .collect(),
        conditions: conditions(it),
        meta,
    }
}
