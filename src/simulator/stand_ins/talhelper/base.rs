//! What Talos generates for a node before anything is patched.

use super::secrets::{Pair, Secrets};
use super::talconfig::{Group, Node, Talconfig};
use serde_json::{Value as Json, json};
use serde_yaml::Value;

pub struct Wanted<'a> {
    pub talconfig: &'a Talconfig,
    pub node: &'a Node,
    pub settled: &'a Group,
    pub secrets: &'a Secrets,
    /// The minor version of Talos.
    pub contract: u32,
    /// The installer's image with its tag.
    pub installer: &'a str,
}

/// The main document, and those that stand beside it.
pub fn base(wanted: &Wanted<'_>) -> Result<Vec<Value>, serde_yaml::Error> {
    let main = json!({
        "version": "v1alpha1", "debug": false, "persist": true,
        "machine": machine(wanted), "cluster": cluster(wanted),
    });
    let mut documents = vec![
        main,
        json!({"apiVersion": "v1alpha1", "kind": "HostnameConfig", "auto": "off",
            "hostname": wanted.node.own.hostname}),
    ];
    let Group { nameservers, disable_search_domain, .. } = wanted.settled;
    if !nameservers.is_empty() || *disable_search_domain {
        let mut resolver = json!({"apiVersion": "v1alpha1", "kind": "ResolverConfig",
            "searchDomains": {"disableDefault": disable_search_domain}});
        if !nameservers.is_empty() {
            resolver["nameservers"] = nameservers.iter().map(|it| json!({"address": it})).collect();
        }
        documents.push(resolver);
    }
    documents.iter().map(serde_yaml::to_value).collect()
}

/// A worker knows the authority, not its key.
fn pair(pair: &Pair, control_plane: bool) -> Json {
    json!({"crt": pair.crt, "key": if control_plane { pair.key.as_str() } else { "" }})
}

fn machine(wanted: &Wanted<'_>) -> Json {
    let Wanted { talconfig, node, settled, secrets, .. } = wanted;
    let control_plane = node.own.control_plane;
    let sans = [talconfig.additional_machine_cert_sans.as_slice(), &settled.cert_sans].concat();
    let mut install = json!({"image": wanted.installer, "wipe": false, "grubUseUKICmdline": true});
    if let Some(disk) = &node.own.install_disk {
        install["disk"] = json!(disk);
    }
    if let Some(selector) = &node.own.install_disk_selector {
        install["diskSelector"] = json!(selector);
    }
    let mut machine = json!({
        "type": if control_plane { "controlplane" } else { "worker" },
        "token": secrets.trustdinfo.token,
        "ca": pair(&secrets.certs.os, control_plane),
        "certSANs": sans,
        "kubelet": {
            "image": format!("ghcr.io/siderolabs/kubelet:{}", talconfig.kubernetes_version),
            "defaultRuntimeSeccompProfileEnabled": true,
            "disableManifestsDirectory": true,
        },
        "install": install,
        "features": {
            "diskQuotaSupport": true,
            "kubePrism": {"enabled": true, "port": 7445},
            "hostDNS": {"enabled": true, "forwardKubeDNSToHost": true},
        },
    });
    if wanted.contract == 12 {
        machine["network"] = json!({});
    }
    if control_plane {
        machine["nodeLabels"] = json!({"node.kubernetes.io/exclude-from-external-load-balancers": ""});
    }
    for (key, own) in [
        ("nodeLabels", &settled.node_labels),
        ("nodeAnnotations", &settled.node_annotations),
        ("nodeTaints", &settled.node_taints),
    ] {
        if let Some(own) = own {
            machine[key] = json!(own);
        }
    }
    machine
}

fn cluster(wanted: &Wanted<'_>) -> Json {
    let Wanted { talconfig, node, secrets, .. } = wanted;
    let control_plane = node.own.control_plane;
    let nets = |own: &[String], usual: &str| if own.is_empty() { json!([usual]) } else { json!(own) };
    let mut cluster = json!({
        "id": secrets.cluster.id,
        "secret": secrets.cluster.secret,
        "controlPlane": {"endpoint": talconfig.endpoint},
        "clusterName": talconfig.cluster_name,
        "network": {
            "dnsDomain": talconfig.domain.as_deref().unwrap_or("cluster.local"),
            "podSubnets": nets(&talconfig.cluster_pod_nets, "10.244.0.0/16"),
            "serviceSubnets": nets(&talconfig.cluster_svc_nets, "10.96.0.0/12"),
        },
        "token": secrets.secrets.bootstraptoken,
        "ca": pair(&secrets.certs.k8s, control_plane),
        "discovery": {"enabled": true, "registries": {"kubernetes": {"disabled": true}, "service": {}}},
    });
    if let Some(cni) = &talconfig.cni_config {
        cluster["network"]["cni"] = json!({"name": cni.name});
        if !cni.urls.is_empty() {
            cluster["network"]["cni"]["urls"] = json!(cni.urls);
        }
    }
    if let Some(secret) = &secrets.secrets.aescbcencryptionsecret {
        cluster["aescbcEncryptionSecret"] = json!(secret);
    }
    if !control_plane {
        return cluster;
    }
    let version = &talconfig.kubernetes_version;
    let image = |name: &str| format!("registry.k8s.io/{name}:{version}");
    cluster["secretboxEncryptionSecret"] = json!(secrets.secrets.secretboxencryptionsecret);
    cluster["aggregatorCA"] = pair(&secrets.certs.k8saggregator, true);
    cluster["serviceAccount"] = json!({"key": secrets.certs.k8sserviceaccount.key});
    cluster["apiServer"] = json!({
        "image": image("kube-apiserver"),
        "admissionControl": [{"name": "PodSecurity", "configuration": {
            "apiVersion": "pod-security.admission.config.k8s.io/v1alpha1",
            "kind": "PodSecurityConfiguration",
            "defaults": {"audit": "restricted", "audit-version": "latest", "enforce": "baseline",
                "enforce-version": "latest", "warn": "restricted", "warn-version": "latest"},
            "exemptions": {"namespaces": ["kube-system"], "runtimeClasses": [], "usernames": []},
        }}],
        "auditPolicy": {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]},
    });
    if !talconfig.additional_api_server_cert_sans.is_empty() {
        cluster["apiServer"]["certSANs"] = json!(talconfig.additional_api_server_cert_sans);
    }
    cluster["controllerManager"] = json!({"image": image("kube-controller-manager")});
    cluster["proxy"] = json!({"image": image("kube-proxy")});
    cluster["scheduler"] = json!({"image": image("kube-scheduler")});
    cluster["etcd"] = json!({"ca": pair(&secrets.certs.etcd, true)});
    if talconfig.allow_scheduling_on_control_planes {
        cluster["allowSchedulingOnControlPlanes"] = json!(true);
    }
    cluster
}
