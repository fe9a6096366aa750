//! What the server fills in: ids, times, generations, defaults.

use super::super::cluster::Cluster;
use super::super::kinds::Kind;
use super::super::store::random_suffix;
use serde_json::{Map, Value, json};

/// Whether objects of this kind count the changes of their spec.
pub fn has_generation(kind: &Kind) -> bool {
    kind.custom
        || matches!(
            kind.group.as_str(),
            "apps" | "batch" | "policy" | "networking.k8s.io" | "autoscaling" | "apiextensions.k8s.io"
        )
        || kind.group.is_empty() && matches!(kind.plural.as_str(), "pods" | "replicationcontrollers")
}

/// Name, uid, creation time and generation, where they are not there yet.
pub fn metadata(cluster: &Cluster, kind: &Kind, object: &mut Value, now: &str) {
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    let metadata = &mut object["metadata"];
    if let (None, Some(prefix)) = (metadata["name"].as_str(), metadata["generateName"].as_str()) {
        metadata["name"] = format!("{prefix}{}", random_suffix(cluster.next_number(), 5)).into();
    }
    let absent = |value: &Value| value.as_str().is_none_or(str::is_empty);
    if absent(&metadata["uid"]) {
        metadata["uid"] = cluster.next_uid().into();
    }
    if absent(&metadata["creationTimestamp"]) {
        metadata["creationTimestamp"] = now.into();
    }
    if has_generation(kind) && metadata["generation"].as_i64().is_none() {
        metadata["generation"] = 1.into();
    }
    if !kind.namespaced
        && let Some(metadata) = metadata.as_object_mut()
    {
        metadata.remove("namespace");
    }
    drop_nulls(metadata);
}

/// Indexing a value for reading leaves nulls where nothing was; they must not be stored.
pub fn drop_nulls(value: &mut Value) {
    if let Some(map) = value.as_object_mut() {
        map.retain(|_, it| !it.is_null());
    }
}

/// Set `key` where it is absent.
fn default(map: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    if map.get(key).is_none_or(Value::is_null) {
        map.insert(key.into(), value.into());
    }
}

fn inner<'a>(object: &'a mut Value, key: &str) -> Option<&'a mut Map<String, Value>> {
    let map = object.as_object_mut()?;
    if !map.get(key).is_some_and(Value::is_object) {
        map.insert(key.into(), json!({}));
    }
    map.get_mut(key)?.as_object_mut()
}

/// The defaults that clients rely on, of built-in kinds.
pub fn defaults(kind: &Kind, object: &mut Value) {
    if kind.custom {
        return;
    }
    match kind.resource().as_str() {
        "namespaces" => {
            let name = object["metadata"]["name"].clone();
            if let Some(labels) = inner(&mut object["metadata"], "labels") {
                default(labels, "kubernetes.io/metadata.name", name);
            }
            if let Some(spec) = inner(object, "spec") {
                default(spec, "finalizers", json!(["kubernetes"]));
            }
            if let Some(status) = inner(object, "status") {
                default(status, "phase", "Active");
            }
        }
        "pods" => {
            pod_spec(object);
            if let Some(status) = inner(object, "status") {
                default(status, "phase", "Pending");
                default(status, "qosClass", "BestEffort");
            }
        }
        "deployments.apps" | "replicasets.apps" | "statefulsets.apps" | "daemonsets.apps" | "jobs.batch" => {
            workload(kind, object);
        }
        "services" => service(object),
        "secrets" => {
            secret(object);
        }
        _ => {}
    }
}

/// `stringData` becomes `data`; the type is `Opaque` unless said.
fn secret(object: &mut Value) {
    use base64::Engine as _;
    let Some(map) = object.as_object_mut() else { return };
    default(map, "type", "Opaque");
    if let Some(Value::Object(plain)) = map.remove("stringData") {
        let data = map.entry("data").or_insert_with(|| json!({}));
        for (key, value) in plain {
            data[key] =
                base64::engine::general_purpose::STANDARD.encode(value.as_str().unwrap_or_default()).into();
        }
    }
}

/// The defaults of a pod, or of a template of pods.
pub fn pod_spec(holder: &mut Value) {
    let Some(spec) = inner(holder, "spec") else { return };
    default(spec, "restartPolicy", "Always");
    default(spec, "dnsPolicy", "ClusterFirst");
    default(spec, "schedulerName", "default-scheduler");
    default(spec, "terminationGracePeriodSeconds", 30);
    default(spec, "securityContext", json!({}));
    for key in ["initContainers", "containers"] {
        for container in spec.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(container) = container.as_object_mut() else { continue };
            let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
            let latest =
                image.ends_with(":latest") || !image.rsplit('/').next().unwrap_or_default().contains(':');
            default(container, "imagePullPolicy", if latest { "Always" } else { "IfNotPresent" });
            default(container, "resources", json!({}));
            default(container, "terminationMessagePath", "/dev/termination-log");
            default(container, "terminationMessagePolicy", "File");
            for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(port) = port.as_object_mut() {
                    default(port, "protocol", "TCP");
                }
            }
        }
    }
}

fn workload(kind: &Kind, object: &mut Value) {
    let Some(spec) = inner(object, "spec") else { return };
    match kind.plural.as_str() {
        "deployments" => {
            default(spec, "replicas", 1);
            default(spec, "revisionHistoryLimit", 10);
            default(spec, "progressDeadlineSeconds", 600);
            default(spec, "strategy", json!({ "type": "RollingUpdate" }));
            let strategy = &mut spec["strategy"];
            if strategy["type"] == "RollingUpdate"
                && let Some(rolling) = inner(strategy, "rollingUpdate")
            {
                default(rolling, "maxSurge", "25%");
                default(rolling, "maxUnavailable", "25%");
            }
        }
        "replicasets" => default(spec, "replicas", 1),
        "statefulsets" => {
            default(spec, "replicas", 1);
            default(spec, "podManagementPolicy", "OrderedReady");
            default(spec, "revisionHistoryLimit", 10);
            default(
                spec,
                "updateStrategy",
                json!({ "type": "RollingUpdate", "rollingUpdate": { "partition": 0 } }),
            );
        }
        "daemonsets" => {
            default(spec, "revisionHistoryLimit", 10);
            let rolling = json!({ "maxSurge": 0, "maxUnavailable": 1 });
            default(spec, "updateStrategy", json!({ "type": "RollingUpdate", "rollingUpdate": rolling }));
        }
        _ => {
            default(spec, "completions", 1);
            default(spec, "parallelism", 1);
            default(spec, "backoffLimit", 6);
            default(spec, "suspend", false);
        }
    }
    if let Some(template) = spec.get_mut("template") {
        pod_spec(template);
    }
}

fn service(object: &mut Value) {
    let seed = object["metadata"]["uid"]
        .as_str()
        .unwrap_or_default()
        .bytes()
        .fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let Some(spec) = inner(object, "spec") else { return };
    default(spec, "type", "ClusterIP");
    default(spec, "sessionAffinity", "None");
    default(spec, "internalTrafficPolicy", "Cluster");
    default(spec, "ipFamilies", json!(["IPv4"]));
    default(spec, "ipFamilyPolicy", "SingleStack");
    if spec["type"] != "ExternalName" {
        let address = format!("10.{}.{}.{}", 96 + seed % 8, (seed >> 8) % 256, 1 + (seed >> 16) % 254);
        default(spec, "clusterIP", address);
        let address = spec["clusterIP"].clone();
        default(spec, "clusterIPs", json!([address]));
    }
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(port) = port.as_object_mut() else { continue };
        default(port, "protocol", "TCP");
        let number = port.get("port").cloned().unwrap_or(Value::Null);
        default(port, "targetPort", number);
    }
}

/// A definition is accepted at once: its conditions say so.
pub fn definition(object: &mut Value, now: &str) {
    let names = object["spec"]["names"].clone();
    let versions = object["spec"]["versions"].as_array().cloned().unwrap_or_default();
    let storage = versions.iter().find(|it| it["storage"] == true).map(|it| it["name"].clone());
    let since = object["status"]["conditions"][0]["lastTransitionTime"].as_str().unwrap_or(now).to_owned();
    let condition = |kind: &str, reason: &str, message: &str| json!({ "type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": since });
    object["status"] = json!({
        "acceptedNames": names,
        "storedVersions": storage.into_iter().collect::<Vec<_>>(),
        "conditions": [
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ],
    });
}
