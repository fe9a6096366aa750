//! The platform applications: a table of what runs, and the manifests made of it.

use super::Template;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Debug, Deserialize)]
pub(super) struct Platform {
    /// Image to the tags it has had, oldest first.
    pub images: BTreeMap<String, Vec<String>>,
    pub apps: Vec<App>,
}

#[derive(Debug, Deserialize)]
pub(super) struct App {
    pub namespace: String,
    pub name: String,
    /// When it came, as a share of the repository's life.
    pub at: f64,
    pub by: String,
    pub workloads: Vec<Workload>,
    #[serde(default)]
    config: BTreeMap<String, BTreeMap<String, String>>,
    pub secret: Option<String>,
    #[serde(default)]
    storage_class: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Workload {
    kind: String,
    name: String,
    pub image: String,
    #[serde(default, deserialize_with = "as_text")]
    replicas: Option<String>,
    port: Option<u16>,
    cpu: String,
    memory: String,
    storage: Option<String>,
    /// `minAvailable` of its disruption budget.
    budget: Option<u32>,
    /// It runs on control-plane nodes too.
    #[serde(default)]
    everywhere: bool,
    priority: Option<String>,
    #[serde(default)]
    balancer: bool,
}

/// A number, or the name of a value.
fn as_text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match serde_yaml::Value::deserialize(from)? {
        serde_yaml::Value::Number(it) => Some(it.to_string()),
        serde_yaml::Value::String(it) => Some(it),
        _ => None,
    })
}

pub(super) fn platform() -> Result<Platform, serde_yaml::Error> {
    serde_yaml::from_str(include_str!("content/platform.yaml"))
}

impl App {
    pub fn folder(&self) -> String {
        format!("apps/{}/{}", self.namespace, self.name)
    }

    /// Its manifests, without secrets.
    pub fn templates(&self) -> Vec<Template> {
        let folder = self.folder();
        let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for workload in &self.workloads {
            let alone = self.workloads.iter().filter(|it| it.kind == workload.kind).count() == 1;
            let kind = workload.kind.to_lowercase();
            let file = if alone { kind } else { workload.name.clone() };
            files.entry(file).or_default().push(workload.manifest(self));
            if workload.port.is_some() && workload.kind != "DaemonSet" {
                files.entry("service".into()).or_default().push(workload.service(self));
            }
            if let Some(least) = workload.budget {
                files.entry("pdb".into()).or_default().push(workload.disruption_budget(self, least));
            }
        }
        for (name, data) in &self.config {
            files.entry("configmap".into()).or_default().push(self.config_map(name, data));
        }
        if self.storage_class {
            files.entry("storageclass".into()).or_default().push(storage_class());
        }
        files
            .into_iter()
            .map(|(file, docs)| Template { path: format!("{folder}/{file}.yaml"), text: docs.join("---\n") })
            .collect()
    }

    fn head(&self, api: &str, kind: &str, name: &str) -> String {
        format!(
            "apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: {}\n  labels:\n    app.kubernetes.io/name: {name}\n    app.kubernetes.io/part-of: {}\n",
            self.namespace, self.name
        )
    }

    fn config_map(&self, name: &str, data: &BTreeMap<String, String>) -> String {
        let mut text = self.head("v1", "ConfigMap", name);
        text.push_str("data:\n");
        for (key, value) in data {
            if value.contains('\n') {
                let _ = writeln!(text, "  {key}: |");
                for line in value.lines() {
                    let _ = writeln!(text, "    {line}");
                }
            } else {
                let _ = writeln!(text, "  {key}: {value:?}");
            }
        }
        text
    }
}

impl Workload {
    fn manifest(&self, app: &App) -> String {
        let name = &self.name;
        let mut text = app.head("apps/v1", &self.kind, name);
        text.push_str("spec:\n");
        if let Some(replicas) = &self.replicas {
            let _ = writeln!(text, "  replicas: {replicas}");
        }
        if self.kind == "StatefulSet" {
            let _ = writeln!(text, "  serviceName: {name}");
        }
        let _ = write!(
            text,
            "  selector:\n    matchLabels:\n      app.kubernetes.io/name: {name}\n  template:\n    metadata:\n      labels:\n        app.kubernetes.io/name: {name}\n        app.kubernetes.io/part-of: {}\n    spec:\n",
            app.name
        );
        if let Some(priority) = &self.priority {
            let _ = writeln!(text, "      priorityClassName: {priority}");
        }
        if self.everywhere {
            text.push_str("      # on control-plane nodes too, and before they are ready\n      tolerations:\n        - operator: Exists\n");
            if self.kind == "DaemonSet" {
                text.push_str("      hostNetwork: true\n");
            }
        }
        let _ = write!(
            text,
            "      containers:\n        - name: {name}\n          image: {image}:%{{image:{image}}}\n",
            image = self.image
        );
        if let Some(port) = self.port {
            let _ = write!(
                text,
                "          ports:\n            - name: main\n              containerPort: {port}\n"
            );
        }
        let _ = write!(
            text,
            "          resources:\n            requests:\n              cpu: {cpu}\n              memory: {memory}\n            limits:\n              memory: {memory}\n",
            cpu = self.cpu,
            memory = self.memory
        );
        self.volumes(app, &mut text);
        text
    }

    fn volumes(&self, app: &App, text: &mut String) {
        let configs: Vec<&String> = app.config.keys().collect();
        let first = app.workloads.first().is_some_and(|it| it.name == self.name);
        let configs = if first { configs } else { Vec::new() };
        if self.storage.is_some() || !configs.is_empty() {
            text.push_str("          volumeMounts:\n");
        }
        if self.storage.is_some() {
            let _ =
                writeln!(text, "            - name: data\n              mountPath: /var/lib/{}", self.name);
        }
        for config in &configs {
            let _ = writeln!(text, "            - name: {config}\n              mountPath: /etc/{config}");
        }
        if !configs.is_empty() {
            text.push_str("      volumes:\n");
        }
        for config in &configs {
            let _ =
                writeln!(text, "        - name: {config}\n          configMap:\n            name: {config}");
        }
        if let Some(storage) = &self.storage {
            let _ = write!(
                text,
                "  volumeClaimTemplates:\n    - apiVersion: v1\n      kind: PersistentVolumeClaim\n      metadata:\n        name: data\n      spec:\n        accessModes:\n          - ReadWriteOnce\n        storageClassName: hcloud-volumes\n        resources:\n          requests:\n            storage: {storage}\n"
            );
        }
    }

    fn service(&self, app: &App) -> String {
        let mut text = app.head("v1", "Service", &self.name);
        text.push_str("spec:\n");
        if self.balancer {
            text.push_str("  type: LoadBalancer\n  externalTrafficPolicy: Local\n");
        }
        let _ = write!(
            text,
            "  selector:\n    app.kubernetes.io/name: {}\n  ports:\n    - name: main\n      port: {port}\n      targetPort: {port}\n",
            self.name,
            port = self.port.unwrap_or_default()
        );
        text
    }

    fn disruption_budget(&self, app: &App, least: u32) -> String {
        let mut text = app.head("policy/v1", "PodDisruptionBudget", &self.name);
        let _ = write!(
            text,
            "spec:\n  minAvailable: {least}\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: {}\n",
            self.name
        );
        text
    }
}

fn storage_class() -> String {
    "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata:\n  name: hcloud-volumes\n  annotations:\n    storageclass.kubernetes.io/is-default-class: \"true\"\nprovisioner: csi.hetzner.cloud\nallowVolumeExpansion: true\nreclaimPolicy: Delete\nvolumeBindingMode: WaitForFirstConsumer\n".into()
}
