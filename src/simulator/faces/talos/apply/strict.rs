//! Talos refuses keys that it does not know; so does this world, as deep as people usually mistype.

use crate::world::documents;
use serde_yaml::Value;

const TOP: &[&str] = &["version", "debug", "persist", "machine", "cluster"];
const MACHINE: &[&str] = &[
    "type",
    "token",
    "ca",
    "acceptedCAs",
    "certSANs",
    "controlPlane",
    "kubelet",
    "pods",
    "network",
    "disks",
    "install",
    "files",
    "env",
    "time",
    "sysctls",
    "sysfs",
    "registries",
    "systemDiskEncryption",
    "features",
    "udev",
    "logging",
    "kernel",
    "seccompProfiles",
    "baseRuntimeSpecOverrides",
    "nodeLabels",
    "nodeAnnotations",
    "nodeTaints",
];
const CLUSTER: &[&str] = &[
    "id",
    "secret",
    "controlPlane",
    "clusterName",
    "network",
    "token",
    "aescbcEncryptionSecret",
    "secretboxEncryptionSecret",
    "ca",
    "acceptedCAs",
    "aggregatorCA",
    "serviceAccount",
    "apiServer",
    "controllerManager",
    "proxy",
    "scheduler",
    "discovery",
    "etcd",
    "coreDNS",
    "externalCloudProvider",
    "extraManifests",
    "extraManifestHeaders",
    "inlineManifests",
    "adminKubeconfig",
    "allowSchedulingOnControlPlanes",
    "allowSchedulingOnMasters",
];
const KUBELET: &[&str] = &[
    "image",
    "clusterDNS",
    "extraArgs",
    "extraMounts",
    "extraConfig",
    "credentialProviderConfig",
    "defaultRuntimeSeccompProfileEnabled",
    "registerWithFQDN",
    "nodeIP",
    "skipNodeRegistration",
    "disableManifestsDirectory",
];
const KINDS: &[&str] = &["Config", "Doc", "Configuration"];

/// Documents that came with Talos 1.13.
const SINCE_13: &[&str] = &[
    "BlackholeRouteConfig",
    "EnvironmentConfig",
    "ExternalVolumeConfig",
    "ImageVerificationConfig",
    "KubeSpanConfig",
    "RoutingRuleConfig",
    "TCPProbeConfig",
    "VRFConfig",
];

/// What Talos of a minor version says of a text that it does not take.
pub fn check(text: &str, minor: u32) -> Result<(), String> {
    let documents = documents(text).map_err(|why| format!("error decoding document: {why}"))?;
    for document in &documents {
        match document.get("kind").and_then(Value::as_str) {
            Some(kind) => {
                let version = document.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
                let known = KINDS.iter().any(|it| kind.ends_with(it));
                if version != "v1alpha1" || !known || minor < 13 && SINCE_13.contains(&kind) {
                    return Err(format!("\"{kind}\" \"{version}\": not registered"));
                }
            }
            None => {
                let under = |keys: &[&str]| keys.iter().try_fold(document, |value, key| value.get(*key));
                unknown(Some(document), TOP, &[])?;
                unknown(under(&["machine"]), MACHINE, &["machine"])?;
                unknown(under(&["machine", "kubelet"]), KUBELET, &["machine", "kubelet"])?;
                unknown(under(&["cluster"]), CLUSTER, &["cluster"])?;
                if under(&["cluster", "controlPlane", "endpoint"]).is_none() {
                    return Err("1 error occurred:\n\t* cluster.controlPlane.endpoint: required".into());
                }
            }
        }
    }
    Ok(())
}

fn unknown(value: Option<&Value>, known: &[&str], path: &[&str]) -> Result<(), String> {
    let pairs = value.and_then(Value::as_mapping).into_iter().flatten();
    for (key, value) in pairs {
        let key = key.as_str().unwrap_or_default();
        if !known.contains(&key) {
            let mut text = "unknown keys found during decoding:\n".to_owned();
            for (depth, part) in path.iter().enumerate() {
                text.push_str(&format!("{}{part}:\n", "    ".repeat(depth)));
            }
            let shown = serde_yaml::to_string(value).unwrap_or_default();
            text.push_str(&format!("{}{key}: {shown}", "    ".repeat(path.len())));
            return Err(text);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_is_named_with_its_place() {
        let text = "machine:\n  type: worker\n  nodeLabel: {a: b}\ncluster:\n  controlPlane: {endpoint: https://x:6443}\n";
        let refused = check(text, 13).unwrap_err();
        assert!(
            refused.starts_with("unknown keys found during decoding:\nmachine:\n    nodeLabel:"),
            "{refused}"
        );
        assert_eq!(check(&text.replace("nodeLabel:", "nodeLabels:"), 13), Ok(()));
        assert!(check("apiVersion: v1alpha1\nkind: Nonsense\n", 13).is_err());
        let newer = "apiVersion: v1alpha1\nkind: EnvironmentConfig\n";
        assert!(check(newer, 12).is_err_and(|it| it.contains("not registered")) && check(newer, 13).is_ok());
    }
}
