//! Nodes, namespaces, and the rest that has columns of its own.

use super::{Column, age, age_column, at, column, joined, number, text};
use serde_json::Value;

pub fn columns(resource: &str) -> Option<Vec<Column>> {
    let length = |name: &str, key: &'static str| {
        column(name, "integer", 0, move |it, _| it[key].as_object().map_or(0, serde_json::Map::len).into())
    };
    Some(match resource {
        "nodes" => vec![
            text("Status", 0, node_status),
            text("Roles", 0, roles),
            age_column(),
            text("Version", 0, |it| at(it, "/status/nodeInfo/kubeletVersion", "")),
            text("Internal-IP", 1, |it| address(it, "InternalIP")),
            text("External-IP", 1, |it| address(it, "ExternalIP")),
            text("OS-Image", 1, |it| at(it, "/status/nodeInfo/osImage", "<unknown>")),
            text("Kernel-Version", 1, |it| at(it, "/status/nodeInfo/kernelVersion", "<unknown>")),
            text("Container-Runtime", 1, |it| {
                at(it, "/status/nodeInfo/containerRuntimeVersion", "<unknown>")
            }),
        ],
        "namespaces" => vec![text("Status", 0, |it| at(it, "/status/phase", "")), age_column()],
        "configmaps" => vec![length("Data", "data"), age_column()],
        "secrets" => {
            vec![text("Type", 0, |it| at(it, "/type", "Opaque")), length("Data", "data"), age_column()]
        }
        "serviceaccounts" => vec![
            column("Secrets", "integer", 0, |it, _| it["secrets"].as_array().map_or(0, Vec::len).into()),
            age_column(),
        ],
        "events" | "events.events.k8s.io" => {
            return Some(vec![
                column("Last Seen", "string", 0, |it, now| age(&last_seen(it), now).into()),
                text("Type", 0, |it| at(it, "/type", "Normal")),
                text("Reason", 0, |it| at(it, "/reason", "")),
                text("Object", 0, involved),
                text("Message", 0, |it| at(it, "/message", &at(it, "/note", "")).trim().to_owned()),
            ]);
        }
        "persistentvolumeclaims" => vec![
            text("Status", 0, |it| at(it, "/status/phase", "Pending")),
            text("Volume", 0, |it| at(it, "/spec/volumeName", "")),
            text("Capacity", 0, |it| at(it, "/status/capacity/storage", "")),
            text("Access Modes", 0, |it| modes(&it["spec"]["accessModes"])),
            text("StorageClass", 0, |it| at(it, "/spec/storageClassName", "")),
            age_column(),
        ],
        "persistentvolumes" => vec![
            text("Capacity", 0, |it| at(it, "/spec/capacity/storage", "")),
            text("Access Modes", 0, |it| modes(&it["spec"]["accessModes"])),
            text("Reclaim Policy", 0, |it| at(it, "/spec/persistentVolumeReclaimPolicy", "Retain")),
            text("Status", 0, |it| at(it, "/status/phase", "Available")),
            text("Claim", 0, |it| match &it["spec"]["claimRef"] {
                Value::Null => String::new(),
                claim => format!("{}/{}", at(claim, "/namespace", ""), at(claim, "/name", "")),
            }),
            text("StorageClass", 0, |it| at(it, "/spec/storageClassName", "")),
            age_column(),
        ],
        "storageclasses.storage.k8s.io" => vec![
            text("Provisioner", 0, |it| at(it, "/provisioner", "")),
            text("ReclaimPolicy", 0, |it| at(it, "/reclaimPolicy", "Delete")),
            text("VolumeBindingMode", 0, |it| at(it, "/volumeBindingMode", "Immediate")),
            text("AllowVolumeExpansion", 0, |it| at(it, "/allowVolumeExpansion", "false")),
            age_column(),
        ],
        "leases.coordination.k8s.io" => {
            vec![text("Holder", 0, |it| at(it, "/spec/holderIdentity", "")), age_column()]
        }
        "poddisruptionbudgets.policy" => vec![
            text("Min Available", 0, |it| at(it, "/spec/minAvailable", "N/A")),
            text("Max Unavailable", 0, |it| at(it, "/spec/maxUnavailable", "N/A")),
            column("Allowed Disruptions", "integer", 0, |it, _| {
                number(it, "/status/disruptionsAllowed").into()
            }),
            age_column(),
        ],
        "customresourcedefinitions.apiextensions.k8s.io" => {
            vec![text("Created At", 0, |it| at(it, "/metadata/creationTimestamp", ""))]
        }
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => vec![
            text("Role", 0, |it| format!("{}/{}", at(it, "/roleRef/kind", ""), at(it, "/roleRef/name", ""))),
            age_column(),
        ],
        "roles.rbac.authorization.k8s.io" | "clusterroles.rbac.authorization.k8s.io" => {
            vec![text("Created At", 0, |it| at(it, "/metadata/creationTimestamp", ""))]
        }
        _ => return None,
    })
}

fn node_status(node: &Value) -> String {
    let mut conditions = node["status"]["conditions"].as_array().into_iter().flatten();
    let ready = conditions.rfind(|it| it["type"] == "Ready");
    let mut shown = match ready.and_then(|it| it["status"].as_str()) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if node["spec"]["unschedulable"] == true {
        shown.push_str(",SchedulingDisabled");
    }
    shown
}

fn roles(node: &Value) -> String {
    let labels = node["metadata"]["labels"].as_object().into_iter().flatten();
    let roles: Vec<&str> =
        labels.filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/")).collect();
    if roles.is_empty() { "<none>".into() } else { roles.join(",") }
}

fn address(node: &Value, kind: &str) -> String {
    let addresses = node["status"]["addresses"].as_array().into_iter().flatten();
    let mut found = addresses.filter(|it| it["type"] == kind).filter_map(|it| it["address"].as_str());
    found.next().unwrap_or("<none>").to_owned()
}

fn involved(event: &Value) -> String {
    let object =
        if event["involvedObject"].is_object() { &event["involvedObject"] } else { &event["regarding"] };
    format!("{}/{}", at(object, "/kind", "").to_lowercase(), at(object, "/name", ""))
}

fn last_seen(event: &Value) -> Value {
    let keys = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
    let found = keys.into_iter().find_map(|key| event.pointer(key).filter(|it| it.is_string()));
    found.cloned().unwrap_or(Value::Null)
}

fn modes(list: &Value) -> String {
    joined(list, |it| match it.as_str() {
        Some("ReadWriteOnce") => "RWO".into(),
        Some("ReadOnlyMany") => "ROX".into(),
        Some("ReadWriteMany") => "RWX".into(),
        Some("ReadWriteOncePod") => "RWOP".into(),
        other => other.unwrap_or_default().into(),
    })
}
