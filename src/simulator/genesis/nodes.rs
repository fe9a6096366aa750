//! The Node objects of machines that have been up for days.

use super::fleet::FirstMachine;
use serde_json::{Value, json};

/// A ready node; `now` is in milliseconds since the epoch.
pub(crate) fn node(machine: &FirstMachine, now: i64) -> Value {
    let at = |ago: i64| {
        jiff::Timestamp::from_second((now - ago) / 1_000).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
    };
    let born = at(12 * 86_400_000);
    let mut labels = json!({
        "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux", "kubernetes.io/hostname": machine.name, "node.kubernetes.io/instance-type": "cx33",
        "topology.kubernetes.io/region": "nbg1", "topology.kubernetes.io/zone": "nbg1-dc3",
    });
    let mut spec = json!({"podCIDR": "10.244.0.0/24", "podCIDRs": ["10.244.0.0/24"], "providerID": format!("hcloud://{}", machine.server_id)});
    if machine.control_plane {
        labels["node-role.kubernetes.io/control-plane"] = json!("");
        labels["node.kubernetes.io/exclude-from-external-load-balancers"] = json!("");
        spec["taints"] = json!([{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]);
    }
    let condition = |kind: &str, status: &str, reason: &str, message: &str| json!({"type": kind, "status": status, "reason": reason, "message": message, "lastHeartbeatTime": at(20_000), "lastTransitionTime": born});
    let room = json!({"cpu": "4", "memory": "7938Mi", "ephemeral-storage": "78Gi", "pods": "110"});
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": machine.name, "labels": labels, "creationTimestamp": born,
            "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true"}},
        "spec": spec,
        "status": {
            "addresses": [{"type": "InternalIP", "address": machine.address.to_string()}, {"type": "Hostname", "address": machine.name}],
            "capacity": room, "allocatable": room,
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
            ],
            "nodeInfo": {
                "architecture": "amd64", "operatingSystem": "linux", "osImage": "Talos (v1.12.2)", "kernelVersion": "6.18.5-talos",
                "kubeletVersion": "v1.35.0", "kubeProxyVersion": "", "containerRuntimeVersion": "containerd://2.1.6",
                "machineID": format!("{:032x}", machine.server_id), "systemUUID": "", "bootID": "",
            },
        },
    })
}
