//! Objects of both API versions, as controllers write them, and shapes that nobody should write.

use super::{decode, decode_made};
use domain::{DeletionStage, MachinePhase, Moment, Strategy};
use serde_json::{Value, json};
use std::time::Duration;

const EIGHT: Moment = Moment(1_795_248_000_000);

fn new_machine() -> Value {
    json!({
        "metadata": {"name": "k8s-cp-b2", "namespace": "default", "uid": "u1",
            "creationTimestamp": "2026-11-21T08:00:00Z", "deletionTimestamp": "2026-11-21T08:30:00Z",
            "labels": {"cluster.x-k8s.io/cluster-name": "k8s", "cluster.x-k8s.io/control-plane": ""},
            "annotations": {"controlplane.cluster.x-k8s.io/etcd-leaving": "true",
                "pre-terminate.delete.hook.machine.cluster.x-k8s.io/backup": ""},
            "ownerReferences": [{"apiVersion": "controlplane.cluster.x-k8s.io/v1alpha3",
                "kind": "TalosControlPlane", "name": "k8s-cp", "controller": true}]},
        "spec": {"clusterName": "k8s", "version": "v1.35.0", "providerID": "hcloud://5821903",
            "bootstrap": {"configRef": {"apiGroup": "bootstrap.cluster.x-k8s.io", "kind": "TalosConfig", "name": "k8s-cp-x"}},
            "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "HCloudMachine", "name": "k8s-cp-y"},
            "deletion": {"nodeDrainTimeoutSeconds": 0}},
        "status": {"phase": "Deleting", "lastUpdated": "2026-11-21T08:30:00Z", "nodeRef": {"name": "cp-b2"},
            "nodeInfo": {"kubeletVersion": "v1.35.0"},
            "addresses": [{"type": "InternalIP", "address": "10.0.0.4"}],
            "initialization": {"bootstrapDataSecretCreated": true, "infrastructureProvisioned": true},
            "deletion": {"nodeDrainStartTime": "2026-11-21T08:30:05Z"},
            "conditions": [{"type": "Deleting", "status": "True", "reason": "DrainingNode",
                "message": "* Pod ory/hydra-0: cannot evict", "lastTransitionTime": "2026-11-21T08:30:00Z"}]}
    })
}

#[test]
fn a_machine_of_v1beta2() {
    let it = decode::machine(&new_machine());
    assert_eq!(
        (it.id.namespace.as_str(), it.id.name.as_str(), it.cluster.as_str()),
        ("default", "k8s-cp-b2", "k8s")
    );
    assert!(
        it.control_plane && it.bootstrap_ready && it.infrastructure_ready && it.etcd_leaving && it.deleting()
    );
    assert_eq!(it.meta.owner.as_ref().unwrap().to_string(), "TalosControlPlane default/k8s-cp");
    assert_eq!(it.infrastructure.as_ref().unwrap().name, "k8s-cp-y");
    assert_eq!(it.deletion_stage(), Some(DeletionStage::Draining));
    assert_eq!(it.deletion_stage_since(), Some(EIGHT.plus(Duration::from_secs(1805))));
    assert_eq!(it.deletion.drain_timeout, None, "0 waits for ever");
    assert_eq!(it.hooks, ["backup"]);
    assert_eq!((it.phase, it.hostname().as_deref()), (MachinePhase::Deleting, Some("cp-b2")));
}

#[test]
fn a_machine_of_v1beta1() {
    let it = decode::machine(&json!({
        "metadata": {"name": "m", "namespace": "default"},
        "spec": {"clusterName": "k8s", "nodeDrainTimeout": "5m",
            "infrastructureRef": {"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "HCloudMachine", "name": "y"}},
        "status": {"phase": "Provisioning", "infrastructureReady": false, "bootstrapReady": true,
            "conditions": [{"type": "InfrastructureReady", "status": "False", "severity": "Info", "reason": "WaitingForX"}],
            "v1beta2": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}
    }));
    assert_eq!(it.infrastructure.as_ref().unwrap().group, "infrastructure.cluster.x-k8s.io");
    assert_eq!(it.deletion.drain_timeout, Some(Duration::from_secs(300)));
    assert!(it.bootstrap_ready && !it.infrastructure_ready && it.deletion_stage().is_none());
    assert_eq!(it.conditions.0[0].kind, "Ready", "the newer conditions are read first");
}

#[test]
fn talos_control_planes_of_both_versions() {
    let config = json!({"generateType": "controlplane", "strategicPatches": ["machine: {}"]});
    let old = decode::talos_control_plane(&json!({
        "metadata": {"name": "k8s-cp", "namespace": "default",
            "ownerReferences": [{"apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Cluster", "name": "k8s"}]},
        "spec": {"replicas": 3, "version": "v1.35.2", "controlPlaneConfig": {"controlplane": config},
            "infrastructureTemplate": {"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1",
                "kind": "HCloudMachineTemplate", "name": "k8s-cp-v5"},
            "rolloutStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}},
        "status": {"replicas": 4, "readyReplicas": 3, "version": "v1.35.0", "initialized": true,
            "conditions": [{"type": "EtcdClusterHealthyCondition", "status": "False", "severity": "Error",
                "message": "expected to have 4 members, got 3"}]}
    }));
    assert_eq!((old.replicas, old.counts.current, old.counts.ready), (3, 4, Some(3)));
    assert_eq!(old.meta.cluster.as_deref(), Some("k8s"));
    assert_eq!(old.template.as_ref().unwrap().name, "k8s-cp-v5");
    assert_eq!(old.strategy.surge(3), 1);
    assert!(old.conditions.is_false("EtcdClusterHealthyCondition") && old.is_talos());
    let made = decode_made::talos_config(
        &json!({"metadata": {"name": "c"}, "spec": config, "status": {"ready": true}}),
    );
    assert_eq!(made.config, old.config);

    let new = decode::talos_control_plane(&json!({
        "metadata": {"name": "k8s-cp"},
        "spec": {"replicas": 3, "rolloutStrategy": {"type": "OnDelete"}, "machineTemplate": {"spec": {
            "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "HCloudMachineTemplate", "name": "t"},
            "deletion": {"nodeDrainTimeoutSeconds": 600}}}},
        "status": {"upToDateReplicas": 2, "initialization": {"controlPlaneInitialized": true}}
    }));
    assert_eq!((new.counts.up_to_date, new.strategy.clone()), (Some(2), Strategy::OnDelete));
    assert_eq!(new.template.unwrap().name, "t");
    assert_eq!(new.drain_timeout, Some(Duration::from_secs(600)));
}

#[test]
fn deployments_sets_and_checks() {
    let it = decode::machine_deployment(&json!({
        "metadata": {"name": "k8s-md-0", "namespace": "default"},
        "spec": {"clusterName": "k8s", "replicas": 3, "rollout": {"strategy": {"type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": "34%", "maxUnavailable": 0}}},
            "template": {"spec": {"version": "v1.35.0",
                "infrastructureRef": {"apiGroup": "i", "kind": "HCloudMachineTemplate", "name": "k8s-md-v5"},
                "bootstrap": {"configRef": {"apiGroup": "b", "kind": "TalosConfigTemplate", "name": "k8s-md-0"}}}}},
        "status": {"replicas": 4, "upToDateReplicas": 1, "phase": "Running"}
    }));
    assert_eq!((it.strategy.surge(3), it.strategy.unavailable(3)), (2, 0));
    assert_eq!((it.version.as_deref(), it.counts.up_to_date), (Some("v1.35.0"), Some(1)));
    let set = decode::machine_set(&json!({"metadata": {"name": "s",
        "annotations": {"machinedeployment.clusters.x-k8s.io/revision": "7"}, "labels": {"machine-template-hash": "abc"}}}));
    assert_eq!((set.revision, set.template_hash.as_deref()), (7, Some("abc")));
    let check = decode::health_check(&json!({"spec": {"selector": {"matchLabels": {"a/b": "c"}}},
        "status": {"expectedMachines": 0, "targets": ["x", 3]}}));
    assert_eq!(
        (check.selector, check.expected, check.targets),
        (vec!["a/b=c".into()], 0, vec!["x".into(), "3".into()])
    );
}

#[test]
fn what_hetzner_says() {
    let it = decode_made::infra_machine(
        &json!({
            "metadata": {"name": "k8s-cp-y", "annotations": {"cluster.x-k8s.io/cloned-from-name": "k8s-cp-v5",
                "cluster.x-k8s.io/cloned-from-groupkind": "HCloudMachineTemplate.infrastructure.cluster.x-k8s.io"}},
            "spec": {"type": "cx33", "imageName": "talos-amd64-v1.12.2", "providerID": "hcloud://1"},
            "status": {"ready": true, "instanceState": "running", "region": "nbg1"}
        }),
        "HCloudMachine",
    );
    assert_eq!((it.cloned_from.as_deref(), it.region.as_deref()), (Some("k8s-cp-v5"), Some("nbg1")));
    assert!(it.ready && it.meta.id.kind == "HCloudMachine");
}

#[test]
fn odd_shapes_lose_a_field_never_the_object() {
    for odd in [
        json!(null),
        json!([]),
        json!("x"),
        json!({"metadata": 7, "spec": [], "status": "no"}),
        json!({"metadata": {"labels": [], "ownerReferences": {}}, "spec": {"replicas": -4, "bootstrap": 1},
            "status": {"conditions": [null, {"type": 5}, {"status": "True"}], "nodeRef": "x", "addresses": 9}}),
    ] {
        decode::cluster(&odd);
        decode::machine(&odd);
        decode::machine_set(&odd);
        decode::machine_deployment(&odd);
        decode::health_check(&odd);
        decode::talos_control_plane(&odd);
        decode::kubeadm_control_plane(&odd);
        decode::infra_cluster(&odd, "HetznerCluster");
        decode::chart_proxy(&odd);
        decode_made::infra_machine(&odd, "HCloudMachine");
        decode_made::machine_template(&odd, "HCloudMachineTemplate");
        decode_made::talos_config(&odd);
    }
    assert_eq!(decode::machine_deployment(&json!({"spec": {"replicas": -4}})).replicas, 1);
}
