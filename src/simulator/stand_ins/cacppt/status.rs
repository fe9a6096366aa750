//! The status of a TalosControlPlane: counters, the lowest version, conditions in the older dialect.

use serde_json::{Value, json};

use crate::control::{Legacy, condition, is_true, set_legacy, text};

/// Counters over the machines (those that are going among them) and the control-plane nodes of the cluster.
pub(crate) fn counters(plane: &mut Value, machines: &[&Value], nodes: &[&Value]) {
    let replicas = machines.len();
    let ready = nodes
        .iter()
        .filter(|it| it["metadata"]["labels"].get("node-role.kubernetes.io/control-plane").is_some())
        .filter(|it| is_true(&it["status"]["conditions"], "Ready"))
        .count()
        .min(replicas);
    let lowest = machines.iter().map(|it| text(it, "/spec/version")).min_by_key(|it| parts(it));
    let generation = plane["metadata"]["generation"].clone();
    let status = &mut plane["status"];
    status["replicas"] = json!(replicas);
    status["readyReplicas"] = json!(ready);
    status["unavailableReplicas"] = json!(replicas - ready);
    status["observedGeneration"] = generation;
    if let Some(lowest) = lowest {
        status["version"] = json!(lowest);
    }
    if ready > 0 {
        status["ready"] = json!(true);
        status["initialized"] = json!(true);
    } else {
        status["ready"] = json!(false);
    }
    status["selector"] = json!("cluster.x-k8s.io/control-plane");
}

/// The numbers of a version, so that 1.9 stands before 1.10.
fn parts(version: &str) -> Vec<u64> {
    version.trim_start_matches('v').split(['.', '-']).map(|it| it.parse().unwrap_or_default()).collect()
}

pub(crate) fn set(plane: &mut Value, new: &Legacy, now: &str) {
    set_legacy(&mut plane["status"]["conditions"], new, now);
}

/// MachinesReady: every machine says Ready.
pub(crate) fn machines_ready(plane: &mut Value, machines: &[&Value], now: &str) {
    let not = machines.iter().find(|it| !is_true(&it["status"]["conditions"], "Ready"));
    let new = match not.map(|it| condition(&it["status"]["conditions"], "Ready")) {
        None if machines.is_empty() => Legacy::no("MachinesReady", "Info", "WaitingForMachines", ""),
        None => Legacy::yes("MachinesReady"),
        Some(ready) => {
            let count = machines.iter().filter(|it| is_true(&it["status"]["conditions"], "Ready")).count();
            let reason = ready.and_then(|it| it["reason"].as_str()).unwrap_or("NotReady");
            let message = format!("{count} of {} completed", machines.len());
            Legacy::no("MachinesReady", "Info", reason, message)
        }
    };
    set(plane, &new, now);
}

/// Ready sums up some of the conditions; etcd, the components and the rollout are not among them.
pub(crate) fn summary(plane: &mut Value, now: &str) {
    let parts = ["MachinesCreated", "Resized", "MachinesReady", "Available", "MachinesBootstrapped"];
    let conditions = &plane["status"]["conditions"];
    let rank = |it: &Value| match it["severity"].as_str() {
        Some("Error") => 0,
        Some("Warning") => 1,
        _ => 2,
    };
    let wrong = parts.iter().filter_map(|it| condition(conditions, it)).filter(|it| it["status"] != "True");
    let new = match wrong.min_by_key(|it| rank(it)) {
        None => Legacy::yes("Ready"),
        Some(worst) => Legacy::no(
            "Ready",
            match worst["severity"].as_str() {
                Some("Error") => "Error",
                Some("Warning") => "Warning",
                _ => "Info",
            },
            worst["reason"].as_str().unwrap_or_default(),
            worst["message"].as_str().unwrap_or_default(),
        ),
    };
    set(plane, &new, now);
}

/// Everything that is true of a control plane that is well; for the first moment of a world.
pub(crate) fn well(plane: &mut Value, machines: &[&Value], nodes: &[&Value], now: &str) {
    counters(plane, machines, nodes);
    plane["status"]["bootstrapped"] = json!(true);
    plane["status"]["initialized"] = json!(true);
    for kind in [
        "MachinesCreated",
        "MachinesBootstrapped",
        "MachinesSpecUpToDate",
        "Resized",
        "Available",
        "EtcdClusterHealthyCondition",
        "ControlPlaneComponentsHealthy",
    ] {
        set(plane, &Legacy::yes(kind), now);
    }
    machines_ready(plane, machines, now);
    summary(plane, now);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_version_is_told_by_number() {
        let machine = |version: &str| json!({"spec": {"version": version}});
        let (a, b) = (machine("v1.35.10"), machine("v1.35.9"));
        let mut plane = json!({});
        counters(&mut plane, &[&a, &b], &[]);
        assert_eq!(plane["status"]["version"], "v1.35.9");
        assert_eq!(plane["status"]["unavailableReplicas"], 2);
    }

    #[test]
    fn a_sick_etcd_does_not_make_it_unready() {
        let mut plane = json!({"status": {}});
        for kind in ["MachinesCreated", "Resized", "MachinesReady", "Available", "MachinesBootstrapped"] {
            set(&mut plane, &Legacy::yes(kind), "t");
        }
        set(
            &mut plane,
            &Legacy::no("EtcdClusterHealthyCondition", "Warning", "EtcdClusterUnhealthy", "x"),
            "t",
        );
        summary(&mut plane, "t");
        assert!(is_true(&plane["status"]["conditions"], "Ready"));
    }
}
