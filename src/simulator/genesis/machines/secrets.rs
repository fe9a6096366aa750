//! The secrets of the cluster, and the token of its provider.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::declared::Declared;
use super::parts::Birth;
use super::{CLUSTER_AGE, Premises};
use crate::control::{Problem, kinds, name, namespace, owner_reference, text};
use crate::stand_ins::cabpt::{Bundle, authority_secret, bundle_secret, talosconfig_secret};
use crate::stand_ins::capi::CLUSTER_NAME;

pub(super) fn all(
    declared: &Declared,
    bundle: &Bundle,
    premises: &Premises<'_>,
    birth: &Birth<'_>,
) -> Result<Vec<Value>, Problem> {
    let cluster = &declared.cluster;
    let space = namespace(cluster);
    let mut endpoints: Vec<String> =
        premises.machines.iter().filter(|it| it.control_plane).map(|it| it.address.to_string()).collect();
    endpoints.sort();
    let mut secrets = vec![
        bundle_secret(cluster, space, bundle)?,
        authority_secret(cluster, space, bundle),
        talosconfig_secret(cluster, space, bundle, &endpoints)?,
        kubeconfig_secret(declared, premises.kubeconfig),
    ];
    let reference = &declared.infrastructure["spec"]["hetznerSecretRef"];
    let key = reference["key"]["hcloudToken"].as_str().unwrap_or("hcloud");
    secrets.push(json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": reference["name"].as_str().unwrap_or("hetzner"), "namespace": space,
            "labels": {"clusterctl.cluster.x-k8s.io/move": ""}},
        "data": {key: STANDARD.encode(premises.hcloud_token)},
    }));
    for secret in &mut secrets {
        birth.give(secret, premises.now - CLUSTER_AGE + 5_000);
    }
    Ok(secrets)
}

fn kubeconfig_secret(declared: &Declared, kubeconfig: &str) -> Value {
    let cluster = name(&declared.cluster);
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "cluster.x-k8s.io/secret",
        "metadata": {
            "name": format!("{cluster}-kubeconfig"),
            "namespace": text(&declared.cluster, "/metadata/namespace"),
            "labels": {CLUSTER_NAME: cluster},
            "ownerReferences": [owner_reference(kinds::TALOS_CONTROL_PLANE, &declared.control_plane, true)],
        },
        "data": {"value": STANDARD.encode(kubeconfig)},
    })
}
