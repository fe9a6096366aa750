//! One pod that runs.

use super::{Place, letters, mix, moment, uid};
use serde_json::{Map, Value, json};

/// What a pod is made from.
pub struct Recipe<'a> {
    pub name: String,
    pub generate_name: String,
    pub namespace: &'a str,
    /// `spec.template` of its workload.
    pub template: &'a Value,
    pub owner: Value,
    pub labels: Vec<(&'static str, String)>,
    /// Claims that the pod mounts, as (volume, claim).
    pub claims: Vec<(String, String)>,
    pub seed: u64,
    /// When it started, in milliseconds since the epoch.
    pub started: i64,
}

/// Running and ready on `place`, which is the `index`th node.
pub fn pod(recipe: &Recipe, place: &Place, index: usize) -> Value {
    let Recipe { name, namespace, seed, .. } = recipe;
    let mut labels = recipe.template["metadata"]["labels"].clone();
    for (key, value) in &recipe.labels {
        labels[*key] = json!(value);
    }
    let key = format!("{namespace}/{name}");
    let started = moment(recipe.started);
    let mut spec = recipe.template["spec"].as_object().cloned().unwrap_or_default();
    fill(&mut spec, recipe, place);
    let host_network = spec.get("hostNetwork") == Some(&json!(true));
    let number = mix(*seed, &key, 3);
    let address = if host_network {
        place.address.clone()
    } else {
        format!("10.244.{}.{}", index % 256, 2 + number % 250)
    };
    let ready = moment(recipe.started + 4_000);
    let statuses: Vec<Value> = spec["containers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| {
            let image = it["image"].as_str().unwrap_or_default();
            let id = format!("{:016x}{:016x}{:016x}{:016x}", number, mix(*seed, &key, 4), mix(*seed, &key, 5), mix(*seed, image, 6));
            let digest = format!("{:016x}{:016x}{:016x}{:016x}", mix(1, image, 1), mix(1, image, 2), mix(1, image, 3), mix(1, image, 4));
            let repository = image.rsplit_once(':').map_or(image, |(it, _)| it);
            json!({
                "name": it["name"], "image": image, "imageID": format!("{repository}@sha256:{digest}"),
                "containerID": format!("containerd://{id}"), "ready": true, "started": true, "restartCount": 0,
                "state": {"running": {"startedAt": ready}}, "lastState": {},
            })
        })
        .collect();
    let condition = |kind: &str, at: &str| json!({"type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": at});
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name, "namespace": namespace, "generateName": recipe.generate_name, "labels": labels,
            "uid": uid(*seed, &format!("pod/{key}")), "creationTimestamp": started, "ownerReferences": [recipe.owner],
        },
        "spec": spec,
        "status": {
            "phase": "Running", "qosClass": "Burstable", "startTime": started,
            "hostIP": place.address, "hostIPs": [{"ip": place.address}], "podIP": address, "podIPs": [{"ip": address}],
            "conditions": [
                condition("PodReadyToStartContainers", &ready), condition("Initialized", &started), condition("Ready", &ready),
                condition("ContainersReady", &ready), condition("PodScheduled", &started),
            ],
            "containerStatuses": statuses,
        },
    })
}

/// What the API server and the scheduler write into a pod.
fn fill(spec: &mut Map<String, Value>, recipe: &Recipe, place: &Place) {
    let defaults = [
        ("dnsPolicy", json!("ClusterFirst")),
        ("enableServiceLinks", json!(true)),
        ("preemptionPolicy", json!("PreemptLowerPriority")),
        ("priority", json!(0)),
        ("restartPolicy", json!("Always")),
        ("schedulerName", json!("default-scheduler")),
        ("securityContext", json!({})),
        ("serviceAccount", json!("default")),
        ("serviceAccountName", json!("default")),
        ("terminationGracePeriodSeconds", json!(30)),
    ];
    for (key, value) in defaults {
        spec.entry(key).or_insert(value);
    }
    spec.insert("nodeName".into(), json!(place.name));
    if !recipe.claims.is_empty() {
        let volumes = spec.entry("volumes").or_insert_with(|| json!([]));
        if let Some(volumes) = volumes.as_array_mut() {
            for (volume, claim) in &recipe.claims {
                volumes.push(json!({"name": volume, "persistentVolumeClaim": {"claimName": claim}}));
            }
        }
    }
    for container in spec.get_mut("containers").and_then(Value::as_array_mut).into_iter().flatten() {
        for (key, value) in [
            ("imagePullPolicy", json!("IfNotPresent")),
            ("terminationMessagePath", json!("/dev/termination-log")),
            ("terminationMessagePolicy", json!("File")),
        ] {
            if container.get(key).is_none() {
                container[key] = value;
            }
        }
    }
}

/// A name as a ReplicaSet or a DaemonSet makes it.
pub fn generated(prefix: &str, namespace: &str, seed: u64, number: usize) -> String {
    format!("{prefix}{}", letters(seed, &format!("{namespace}/{prefix}/{number}"), 5))
}
