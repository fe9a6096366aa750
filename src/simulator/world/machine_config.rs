//! What a Talos machine config says, as far as a machine of this world acts on it. Read leniently: what is missing is
//! missing, and whatever else is there is kept as text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_yaml::Value;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    ControlPlane,
    Worker,
}

impl Role {
    /// As `machine.type` spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::ControlPlane => "controlplane",
            Self::Worker => "worker",
        }
    }
}

/// One machine's configuration, all documents of it.
#[derive(Clone)]
pub struct MachineConfig {
    /// Exactly the bytes that were submitted.
    pub text: String,
    pub role: Role,
    pub cluster_name: String,
    pub cluster_id: String,
    /// `https://host:port` of the Kubernetes API.
    pub endpoint: String,
    /// `network.hostname`, or the HostnameConfig document.
    pub hostname: Option<String>,
    /// PEM; the key only on control-plane machines.
    pub machine_ca: Option<(String, Option<String>)>,
    /// PEM of other authorities whose clients are accepted.
    pub accepted_cas: Vec<String>,
    pub cert_sans: Vec<String>,
    pub kubelet_image: String,
    /// Everything that the kubelet is told: its own section, labels, annotations and taints.
    pub kubelet: Vec<Option<Value>>,
    pub install_image: String,
    pub node_labels: BTreeMap<String, String>,
    pub node_annotations: BTreeMap<String, String>,
    pub node_taints: BTreeMap<String, String>,
    pub pod_subnets: Vec<String>,
    pub service_subnets: Vec<String>,
    pub cni: String,
    pub allow_scheduling_on_control_planes: bool,
}

impl std::fmt::Debug for MachineConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { role, cluster_name, kubelet_image, .. } = self;
        f.debug_struct("MachineConfig")
            .field("role", role)
            .field("cluster_name", cluster_name)
            .field("kubelet_image", kubelet_image)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("error decoding document: {0}")]
    Yaml(#[from] serde_yaml::Error),
    #[error("the applied machine configuration doesn't contain v1alpha1 config")]
    NoMainDocument,
}

impl MachineConfig {
    /// Read all documents of a config.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        let documents = documents(text)?;
        let main = documents
            .iter()
            .find(|it| {
                it.get("kind").is_none() && (it.get("machine").is_some() || it.get("cluster").is_some())
            })
            .ok_or(ConfigError::NoMainDocument)?;
        let named = |kind: &str, key: &str| {
            let document =
                documents.iter().find(|it| at(it, &["kind"]).and_then(Value::as_str) == Some(kind))?;
            words(document, &[key])
        };
        let role = match at(main, &["machine", "type"]).and_then(Value::as_str) {
            Some("controlplane" | "init") => Role::ControlPlane,
            _ => Role::Worker,
        };
        let ca = pem(main, &["machine", "ca", "crt"]).map(|crt| (crt, pem(main, &["machine", "ca", "key"])));
        let accepted_cas =
            list(main, &["machine", "acceptedCAs"]).filter_map(|it| pem(it, &["crt"])).collect();
        Ok(Self {
            text: text.to_owned(),
            role,
            cluster_name: words(main, &["cluster", "clusterName"]).unwrap_or_else(|| "k8s".into()),
            cluster_id: words(main, &["cluster", "id"]).unwrap_or_default(),
            endpoint: words(main, &["cluster", "controlPlane", "endpoint"]).unwrap_or_default(),
            hostname: words(main, &["machine", "network", "hostname"])
                .or_else(|| named("HostnameConfig", "hostname"))
                .filter(|name| !name.is_empty()),
            machine_ca: ca,
            accepted_cas,
            cert_sans: strings(main, &["machine", "certSANs"]),
            kubelet_image: words(main, &["machine", "kubelet", "image"])
                .unwrap_or_else(|| "ghcr.io/siderolabs/kubelet:v1.35.0".into()),
            kubelet: ["kubelet", "nodeLabels", "nodeAnnotations", "nodeTaints"]
                .into_iter()
                .map(|key| at(main, &["machine", key]).cloned())
                .collect(),
            install_image: words(main, &["machine", "install", "image"]).unwrap_or_default(),
            node_labels: map(main, &["machine", "nodeLabels"]),
            node_annotations: map(main, &["machine", "nodeAnnotations"]),
            node_taints: map(main, &["machine", "nodeTaints"]),
            pod_subnets: some_or(strings(main, &["cluster", "network", "podSubnets"]), "10.244.0.0/16"),
            service_subnets: some_or(
                strings(main, &["cluster", "network", "serviceSubnets"]),
                "10.96.0.0/12",
            ),
            cni: words(main, &["cluster", "network", "cni", "name"]).unwrap_or_else(|| "flannel".into()),
            allow_scheduling_on_control_planes: at(main, &["cluster", "allowSchedulingOnControlPlanes"])
                .and_then(Value::as_bool)
                .unwrap_or_default(),
        })
    }

    /// The tag of the kubelet's image: the Kubernetes version of this machine, `v1.35.0`.
    pub fn kubernetes_version(&self) -> &str {
        let image = self.kubelet_image.split('@').next().unwrap_or_default();
        image.rsplit_once(':').map_or("v1.35.0", |(_, tag)| tag)
    }

    pub fn is_control_plane(&self) -> bool {
        self.role == Role::ControlPlane
    }
}

/// Each document of a text, without those that say nothing.
pub fn documents(text: &str) -> Result<Vec<Value>, serde_yaml::Error> {
    serde_yaml::Deserializer::from_str(text)
        .map(Value::deserialize)
        .filter(|it| !matches!(it, Ok(Value::Null)))
        .collect()
}

/// The value under a path of keys.
pub fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

fn words(value: &Value, path: &[&str]) -> Option<String> {
    at(value, path).and_then(Value::as_str).map(str::to_owned)
}

fn list<'a>(value: &'a Value, path: &[&str]) -> impl Iterator<Item = &'a Value> + use<'a> {
    at(value, path).and_then(Value::as_sequence).into_iter().flatten()
}

fn strings(value: &Value, path: &[&str]) -> Vec<String> {
    list(value, path).filter_map(Value::as_str).map(str::to_owned).collect()
}

fn some_or(found: Vec<String>, other: &str) -> Vec<String> {
    if found.is_empty() { vec![other.to_owned()] } else { found }
}

fn map(value: &Value, path: &[&str]) -> BTreeMap<String, String> {
    let pairs = at(value, path).and_then(Value::as_mapping).into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value.as_str()?.to_owned()))).collect()
}

/// A base64 field that holds PEM.
fn pem(value: &Value, path: &[&str]) -> Option<String> {
    let encoded: String = at(value, path)?.as_str()?.split_whitespace().collect();
    let bytes = STANDARD.decode(encoded).ok()?;
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
}
