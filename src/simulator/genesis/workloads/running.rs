//! What controllers have made of a manifest: status, replica sets, pods, volumes.

use super::pod::{Recipe, generated, pod};
use super::{Places, letters, mix, moment, uid};
use crate::stand_ins::kubernetes::revision;
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;

/// The object as it stands after it has run for days, and everything that came of it.
pub(crate) fn running(mut object: Value, places: &mut Places) -> Vec<Value> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, namespace, name) = (text("/kind"), text("/metadata/namespace"), text("/metadata/name"));
    let key = format!("{kind}/{namespace}/{name}");
    let age = DAY * i64::try_from(20 + mix(places.seed, &key, 9) % 200).unwrap_or(20);
    // The last change of an image was some days ago.
    let rolled = places.now - age / 8;
    let metadata = &mut object["metadata"];
    metadata["uid"] = json!(uid(places.seed, &key));
    metadata["creationTimestamp"] = json!(moment(places.now - age));
    metadata["generation"] = json!(1);
    let mut run = Run { object: &mut object, places, namespace, name, rolled, made: Vec::new() };
    match kind.as_str() {
        "Deployment" => run.deployment(),
        "StatefulSet" => run.stateful_set(),
        "DaemonSet" => run.daemon_set(),
        "PodDisruptionBudget" => run.disruption_budget(),
        "Service" => run.service(),
        _ => {}
    }
    let mut made = run.made;
    made.insert(0, object);
    made
}

struct Run<'a> {
    object: &'a mut Value,
    places: &'a mut Places,
    namespace: String,
    name: String,
    /// When its pods started, in milliseconds since the epoch.
    rolled: i64,
    made: Vec<Value>,
}

impl Run<'_> {
    fn replicas(&self) -> usize {
        self.object["spec"]["replicas"].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or(1)
    }

    fn owner(&self, api_version: &str, kind: &str, name: &str, uid: &Value) -> Value {
        json!({"apiVersion": api_version, "kind": kind, "name": name, "uid": uid, "controller": true, "blockOwnerDeletion": true})
    }

    fn recipe<'b>(
        &'b self,
        name: String,
        generate_name: String,
        template: &'b Value,
        owner: &Value,
    ) -> Recipe<'b> {
        Recipe {
            name,
            generate_name,
            namespace: &self.namespace,
            template,
            owner: owner.clone(),
            labels: Vec::new(),
            claims: Vec::new(),
            seed: self.places.seed,
            started: self.rolled,
        }
    }

    fn deployment(&mut self) {
        let (seed, replicas) = (self.places.seed, self.replicas());
        let hash = letters(seed, &format!("{}/{}", self.namespace, self.name), 10);
        let revision = (1 + mix(seed, &self.name, 7) % 6).to_string();
        let set = format!("{}-{hash}", self.name);
        let mut template = self.object["spec"]["template"].clone();
        template["metadata"]["labels"]["pod-template-hash"] = json!(hash);
        let mut selector = self.object["spec"]["selector"].clone();
        selector["matchLabels"]["pod-template-hash"] = json!(hash);
        let set_uid = json!(uid(seed, &format!("ReplicaSet/{}/{set}", self.namespace)));
        let owner = self.owner("apps/v1", "Deployment", &self.name, &self.object["metadata"]["uid"]);
        let count = json!({"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas});
        let mut status = count.clone();
        status["fullyLabeledReplicas"] = json!(replicas);
        status["observedGeneration"] = json!(1);
        self.made.push(json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": set, "namespace": self.namespace, "uid": set_uid, "generation": 1,
                "creationTimestamp": moment(self.rolled), "labels": template["metadata"]["labels"], "ownerReferences": [owner],
                "annotations": {"deployment.kubernetes.io/revision": revision, "deployment.kubernetes.io/desired-replicas": replicas.to_string(),
                    "deployment.kubernetes.io/max-replicas": (replicas + 1).to_string()},
            },
            "spec": {"replicas": replicas, "selector": selector, "template": template},
            "status": status,
        }));
        let owner = self.owner("apps/v1", "ReplicaSet", &set, &set_uid);
        for number in 0..replicas {
            let Some((index, place)) = self.places.next() else { break };
            let prefix = format!("{set}-");
            let name = generated(&prefix, &self.namespace, seed, number);
            let made = pod(&self.recipe(name, prefix, &template, &owner), &place, index);
            self.made.push(made);
        }
        self.object["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = json!(revision);
        let at = moment(self.rolled + 6_000);
        let mut status = count;
        status["updatedReplicas"] = json!(replicas);
        status["observedGeneration"] = json!(1);
        status["conditions"] = json!([
            {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "Deployment has minimum availability.", "lastUpdateTime": at, "lastTransitionTime": at},
            {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "message": format!("ReplicaSet \"{set}\" has successfully progressed."), "lastUpdateTime": at, "lastTransitionTime": at},
        ]);
        self.object["status"] = status;
    }

    fn stateful_set(&mut self) {
        let replicas = self.replicas();
        // As its controller counts it, or it would begin by rolling what has been running for months.
        let revision = format!("{}-{}", self.name, revision(&self.object["spec"]["template"]));
        let owner = self.owner("apps/v1", "StatefulSet", &self.name, &self.object["metadata"]["uid"]);
        let template = self.object["spec"]["template"].clone();
        let claims = self.object["spec"]["volumeClaimTemplates"].as_array().cloned().unwrap_or_default();
        for number in 0..replicas {
            let Some((index, place)) = self.places.next() else { break };
            let name = format!("{}-{number}", self.name);
            let mut recipe = self.recipe(name.clone(), format!("{}-", self.name), &template, &owner);
            recipe.labels = vec![
                ("apps.kubernetes.io/pod-index", number.to_string()),
                ("controller-revision-hash", revision.clone()),
                ("statefulset.kubernetes.io/pod-name", name.clone()),
            ];
            let volume = |it: &Value| it["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            recipe.claims = claims.iter().map(|it| (volume(it), format!("{}-{name}", volume(it)))).collect();
            let made = pod(&recipe, &place, index);
            self.made.push(made);
            for claim in &claims {
                self.claim(&format!("{}-{name}", volume(claim)), claim);
            }
        }
        self.object["status"] = json!({
            "observedGeneration": 1, "replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas,
            "currentReplicas": replicas, "updatedReplicas": replicas, "currentRevision": revision, "updateRevision": revision,
            "collisionCount": 0,
        });
    }

    /// A bound claim and the volume behind it.
    fn claim(&mut self, name: &str, template: &Value) {
        let seed = self.places.seed;
        let claim_uid = uid(seed, &format!("PersistentVolumeClaim/{}/{name}", self.namespace));
        let volume = format!("pvc-{claim_uid}");
        let size = &template["spec"]["resources"]["requests"]["storage"];
        let mut spec = template["spec"].clone();
        spec["volumeName"] = json!(volume);
        spec["volumeMode"] = json!("Filesystem");
        let created = moment(self.rolled);
        self.made.push(json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "namespace": self.namespace, "uid": claim_uid, "creationTimestamp": created,
                "finalizers": ["kubernetes.io/pvc-protection"],
                "labels": self.object["spec"]["selector"]["matchLabels"]},
            "spec": spec,
            "status": {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": size}},
        }));
        self.made.push(json!({
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": volume, "uid": uid(seed, &volume), "creationTimestamp": created,
                "finalizers": ["kubernetes.io/pv-protection"],
                "annotations": {"pv.kubernetes.io/provisioned-by": "csi.hetzner.cloud"}},
            "spec": {
                "accessModes": ["ReadWriteOnce"], "capacity": {"storage": size}, "volumeMode": "Filesystem",
                "persistentVolumeReclaimPolicy": "Delete", "storageClassName": "hcloud-volumes",
                "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": name, "namespace": self.namespace, "uid": claim_uid},
                "csi": {"driver": "csi.hetzner.cloud", "fsType": "ext4", "volumeHandle": (101_000_000 + mix(seed, &volume, 1) % 1_000_000).to_string()},
            },
            "status": {"phase": "Bound", "lastPhaseTransitionTime": created},
        }));
    }

    fn daemon_set(&mut self) {
        let seed = self.places.seed;
        let template = self.object["spec"]["template"].clone();
        let tolerates = template["spec"]["tolerations"]
            .as_array()
            .is_some_and(|all| all.iter().any(|it| it["operator"] == "Exists"));
        let owner = self.owner("apps/v1", "DaemonSet", &self.name, &self.object["metadata"]["uid"]);
        let revision = revision(&template);
        let places = self.places.every(tolerates);
        let count = places.len();
        for (number, (index, place)) in places.into_iter().enumerate() {
            let prefix = format!("{}-", self.name);
            let name = generated(&prefix, &self.namespace, seed, number);
            let mut recipe = self.recipe(name, prefix, &template, &owner);
            recipe.labels =
                vec![("controller-revision-hash", revision.clone()), ("pod-template-generation", "1".into())];
            let made = pod(&recipe, &place, index);
            self.made.push(made);
        }
        self.object["metadata"]["annotations"]["deprecated.daemonset.template.generation"] = json!("1");
        self.object["status"] = json!({
            "observedGeneration": 1, "currentNumberScheduled": count, "desiredNumberScheduled": count, "numberAvailable": count,
            "numberReady": count, "updatedNumberScheduled": count, "numberMisscheduled": 0,
        });
    }

    fn disruption_budget(&mut self) {
        let least = self.object["spec"]["minAvailable"].as_u64().unwrap_or_default();
        // The workload of the same name stands in the same folder; its controller will say what is really there.
        self.object["status"] = json!({
            "observedGeneration": 1, "currentHealthy": least, "desiredHealthy": least, "expectedPods": least, "disruptionsAllowed": 0,
        });
    }

    fn service(&mut self) {
        let number = mix(self.places.seed, &format!("{}/{}", self.namespace, self.name), 8);
        let address = format!("10.{}.{}.{}", 96 + number % 16, number / 16 % 256, 2 + number / 4_096 % 250);
        let spec = &mut self.object["spec"];
        spec["clusterIP"] = json!(address);
        spec["clusterIPs"] = json!([address]);
        for (key, value) in [
            ("type", json!("ClusterIP")),
            ("sessionAffinity", json!("None")),
            ("internalTrafficPolicy", json!("Cluster")),
            ("ipFamilies", json!(["IPv4"])),
            ("ipFamilyPolicy", json!("SingleStack")),
        ] {
            if spec.get(key).is_none() {
                spec[key] = value;
            }
        }
        for port in spec["ports"].as_array_mut().into_iter().flatten() {
            if port.get("protocol").is_none() {
                port["protocol"] = json!("TCP");
            }
        }
        let balanced = spec["type"] == "LoadBalancer";
        self.object["status"] = json!({"loadBalancer": {}});
        if balanced {
            self.object["status"]["loadBalancer"] =
                json!({"ingress": [{"ip": "203.0.113.20", "ipMode": "VIP"}]});
        }
    }
}
