//! The Talos machine config that a bootstrap config stands for.

use serde_json::{Value, json};

use super::bundle::{Bundle, Pair};
use crate::control::Problem;
use crate::patches::{Patch, text};

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
    /// Operations of a JSON patch; they come first.
    pub operations: &'a [Value],
    /// Strategic patches, each a YAML text, in the order in which they are laid over.
    pub patches: Vec<&'a str>,
}

/// The config as YAML; an error is a patch that Talos does not take.
pub(crate) fn machine_config(bundle: &Bundle, wanted: &Wanted<'_>) -> Result<String, Problem> {
    let config = json!({
        "version": "v1alpha1",
        "debug": false,
        "persist": true,
        "machine": machine(bundle, wanted),
        "cluster": cluster(bundle, wanted),
    });
    let yaml = |error: serde_yaml::Error| Problem::Other(error.to_string());
    let mut documents = vec![serde_yaml::to_value(&config).map_err(yaml)?];
    let operations = wanted.operations.iter().map(serde_yaml::to_value).collect::<Result<Vec<_>, _>>();
    Patch::operations(&operations.map_err(yaml)?)
        .and_then(|it| it.apply(&mut documents))
        .map_err(|why| Problem::Other(format!("failure applying rfc6902 patches: {why}")))?;
    for patch in &wanted.patches {
        Patch::read(patch)
            .and_then(|it| it.apply(&mut documents))
            .map_err(|why| Problem::Other(format!("failure applying StrategicPatches: {why}")))?;
    }
    text(&documents).map_err(yaml)
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
            operations: &[],
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
    fn a_patch_is_laid_over_as_talos_does_it() {
        let bundle = Bundle::generate(&Naming::new(1)).unwrap();
        let operations = [json!({"op": "replace", "path": "/machine/install/disk", "value": "/dev/vda"})];
        let patches = vec![
            "cluster: {network: {podSubnets: [10.60.0.0/16]}}",
            "apiVersion: v1alpha1\nkind: KmsgLogConfig\nname: nas\nurl: tcp://10.0.0.9:6050/",
        ];
        let wanted = Wanted { operations: &operations, patches, ..wanted(Role::Worker) };
        let text = machine_config(&bundle, &wanted).unwrap();
        let (main, kmsg) = text.split_once("---\n").unwrap();
        let config: Value = serde_yaml::from_str(main).unwrap();
        assert_eq!(config["machine"]["install"]["disk"], "/dev/vda");
        assert_eq!(config["cluster"]["network"]["podSubnets"], json!(["10.60.0.0/16"]));
        assert!(kmsg.contains("name: nas"), "{kmsg}");
        let wrong = Wanted { patches: vec!["machine: {nodeLabel: {a: b}}"], ..wanted };
        assert!(machine_config(&bundle, &wrong).unwrap_err().to_string().contains("machine.nodeLabel"));
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
