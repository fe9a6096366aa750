//! The Talos machine config that a bootstrap config stands for.

use serde_json::{Value, json};

use super::bundle::{Bundle, Pair};
use crate::control::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    ControlPlane,
    Worker,
}

/// What a machine config is made of, besides the secrets.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'a> {
    pub role: Role,
    pub cluster: &'a str,
    /// None leaves the name to the platform, which gives the server's.
    pub hostname: Option<&'a str>,
    /// With the leading `v`.
    pub kubernetes_version: &'a str,
    /// With the leading `v`.
    pub talos_version: &'a str,
    /// The address of the API server as a URL.
    pub endpoint: &'a str,
    /// Strategic patches, each a YAML text, in the order in which they are laid over.
    pub patches: Vec<&'a str>,
}

/// The config as YAML; an error is a patch that does not read.
pub(crate) fn machine_config(bundle: &Bundle, wanted: &Wanted<'_>) -> Result<String, Problem> {
    let mut config = json!({
        "version": "v1alpha1",
        "debug": false,
        "persist": true,
        "machine": machine(bundle, wanted),
        "cluster": cluster(bundle, wanted),
    });
    for patch in &wanted.patches {
        let patch: Value = serde_yaml::from_str(patch)
            .map_err(|error| Problem::Other(format!("failure merging strategic patches: {error}")))?;
        merge(&mut config, patch);
    }
    serde_yaml::to_string(&config).map_err(|error| Problem::Other(error.to_string()))
}

/// The host of `https://host:port`.
fn host(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    rest.rsplit_once(':').map_or(rest, |(host, _)| host)
}

/// A worker knows the authority, not its key.
fn pair(pair: &Pair, role: Role) -> Value {
    let key = if role == Role::ControlPlane { pair.key.as_str() } else { "" };
    json!({"crt": pair.crt, "key": key})
}

fn machine(bundle: &Bundle, wanted: &Wanted<'_>) -> Value {
    let mut machine = json!({
        "type": match wanted.role { Role::ControlPlane => "controlplane", Role::Worker => "worker" },
        "token": bundle.trustdinfo.token,
        "ca": pair(&bundle.certs.os, wanted.role),
        "certSANs": [host(wanted.endpoint)],
        "kubelet": {
            "image": format!("ghcr.io/siderolabs/kubelet:{}", wanted.kubernetes_version),
            "defaultRuntimeSeccompProfileEnabled": true,
            "disableManifestsDirectory": true,
        },
        "network": {},
        "install": {
            "disk": "/dev/sda",
            "image": format!("ghcr.io/siderolabs/installer:{}", wanted.talos_version),
            "wipe": false,
        },
        "features": {
            "rbac": true,
            "stableHostname": true,
            "apidCheckExtKeyUsage": true,
            "diskQuotaSupport": true,
            "kubePrism": {"enabled": true, "port": 7445},
            "hostDNS": {"enabled": true, "forwardKubeDNSToHost": true},
        },
    });
    if let Some(hostname) = wanted.hostname {
        machine["network"]["hostname"] = json!(hostname);
    }
    machine
}

fn cluster(bundle: &Bundle, wanted: &Wanted<'_>) -> Value {
    let mut cluster = json!({
        "id": bundle.cluster.id,
        "secret": bundle.cluster.secret,
        "controlPlane": {"endpoint": wanted.endpoint},
        "clusterName": wanted.cluster,
        "network": {
            "dnsDomain": "cluster.local",
            "podSubnets": ["10.244.0.0/16"],
            "serviceSubnets": ["10.96.0.0/12"],
        },
        "token": bundle.secrets.bootstraptoken,
        "ca": pair(&bundle.certs.k8s, wanted.role),
        "discovery": {"enabled": true, "registries": {"kubernetes": {"disabled": true}, "service": {}}},
    });
    if wanted.role == Role::Worker {
        return cluster;
    }
    let image = |name: &str| format!("registry.k8s.io/{name}:{}", wanted.kubernetes_version);
    cluster["secretboxEncryptionSecret"] = json!(bundle.secrets.secretboxencryptionsecret);
    cluster["aggregatorCA"] = pair(&bundle.certs.k8saggregator, wanted.role);
    cluster["serviceAccount"] = json!({"key": bundle.certs.k8sserviceaccount.key});
    cluster["apiServer"] = json!({
        "image": image("kube-apiserver"),
        "certSANs": [host(wanted.endpoint)],
        "disablePodSecurityPolicy": true,
    });
    cluster["controllerManager"] = json!({"image": image("kube-controller-manager")});
    cluster["proxy"] = json!({"image": image("kube-proxy")});
    cluster["scheduler"] = json!({"image": image("kube-scheduler")});
    cluster["etcd"] = json!({"ca": pair(&bundle.certs.etcd, wanted.role)});
    cluster
}

/// Lay a strategic patch over a config: maps merge, lists grow, everything else is replaced.
fn merge(onto: &mut Value, patch: Value) {
    match (onto, patch) {
        (Value::Object(onto), Value::Object(patch)) => {
            for (key, value) in patch {
                if value["$patch"] == "delete" {
                    onto.remove(&key);
                } else {
                    merge(onto.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (Value::Array(onto), Value::Array(patch)) => onto.extend(patch),
        (onto, patch) => *onto = patch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Naming;

    fn wanted(role: Role) -> Wanted<'static> {
        Wanted {
            role,
            cluster: "k8s",
            hostname: Some("k8s-cp-abcde"),
            kubernetes_version: "v1.35.0",
            talos_version: "v1.12.2",
            endpoint: "https://127.0.0.1:6443",
            patches: vec!["machine:\n  certSANs: [extra]\n  sysctls: {vm.max_map_count: \"262144\"}"],
        }
    }

    #[test]
    fn a_control_plane_gets_keys_and_images_and_patches() {
        let bundle = Bundle::generate(&Naming::new(1)).unwrap();
        let text = machine_config(&bundle, &wanted(Role::ControlPlane)).unwrap();
        let config: Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(config["machine"]["type"], "controlplane");
        assert_eq!(config["machine"]["ca"]["key"], bundle.certs.os.key.as_str());
        assert_eq!(config["machine"]["certSANs"], json!(["127.0.0.1", "extra"]));
        assert_eq!(config["machine"]["kubelet"]["image"], "ghcr.io/siderolabs/kubelet:v1.35.0");
        assert_eq!(config["cluster"]["apiServer"]["image"], "registry.k8s.io/kube-apiserver:v1.35.0");
        assert!(bundle.certs.os.authority().is_ok() && bundle.certs.etcd.authority().is_ok());
    }

    #[test]
    fn a_worker_gets_no_keys() {
        let bundle = Bundle::generate(&Naming::new(1)).unwrap();
        let text = machine_config(&bundle, &wanted(Role::Worker)).unwrap();
        let config: Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(config["machine"]["type"], "worker");
        assert_eq!(config["machine"]["ca"]["key"], "");
        assert!(config["cluster"].get("etcd").is_none());
    }
}
