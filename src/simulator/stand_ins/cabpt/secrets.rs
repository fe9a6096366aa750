//! The secrets that the bootstrap provider keeps: the bundle, the authority, the talosconfig, the data of a machine.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::bundle::Bundle;
use crate::control::{Problem, kinds, owner_reference};
use crate::pki::talosconfig;

fn secret(namespace: &str, name: String, cluster: &str, data: &[(&str, &str)]) -> Value {
    let mut secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"cluster.x-k8s.io/cluster-name": cluster},
        },
        "type": "Opaque",
        "data": {},
    });
    for (key, text) in data {
        secret["data"][key] = json!(STANDARD.encode(text));
    }
    secret
}

/// `<cluster>-talos`.
pub(crate) fn bundle_secret(cluster: &Value, namespace: &str, bundle: &Bundle) -> Result<Value, Problem> {
    let name = crate::control::name(cluster);
    let text = serde_yaml::to_string(bundle).map_err(|error| Problem::Other(error.to_string()))?;
    let mut secret = secret(namespace, format!("{name}-talos"), name, &[("bundle", &text)]);
    secret["metadata"]["ownerReferences"] = json!([owner_reference(kinds::CLUSTER, cluster, false)]);
    Ok(secret)
}

/// `<cluster>-ca`: the authority of Kubernetes.
pub(crate) fn authority_secret(cluster: &Value, namespace: &str, bundle: &Bundle) -> Value {
    let name = crate::control::name(cluster);
    let mut secret = secret(namespace, format!("{name}-ca"), name, &[]);
    secret["data"] = json!({"tls.crt": bundle.certs.k8s.crt, "tls.key": bundle.certs.k8s.key});
    secret["metadata"]["ownerReferences"] = json!([owner_reference(kinds::CLUSTER, cluster, false)]);
    secret
}

/// `<cluster>-talosconfig`: an administrator's, with the addresses of all control-plane machines as endpoints.
pub(crate) fn talosconfig_secret(
    cluster: &Value,
    namespace: &str,
    bundle: &Bundle,
    endpoints: &[String],
) -> Result<Value, Problem> {
    let name = crate::control::name(cluster);
    let os = bundle.certs.os.authority()?;
    let admin = os.client("", &["os:admin"]).map_err(|error| Problem::Other(error.to_string()))?;
    let text = talosconfig(name, os.cert_pem(), &admin, endpoints, &[]);
    let mut secret = secret(namespace, format!("{name}-talosconfig"), name, &[("talosconfig", &text)]);
    secret["metadata"]["ownerReferences"] = json!([owner_reference(kinds::CLUSTER, cluster, false)]);
    Ok(secret)
}

/// `<machine>-bootstrap-data`: the machine config, as the server's user data.
pub(crate) fn data_secret(config: &Value, cluster: &str, machine: &str, machine_config: &str) -> Value {
    let namespace = crate::control::namespace(config);
    let mut secret =
        secret(namespace, format!("{machine}-bootstrap-data"), cluster, &[("value", machine_config)]);
    secret["type"] = json!("cluster.x-k8s.io/secret");
    secret["metadata"]["ownerReferences"] = json!([owner_reference(kinds::TALOS_CONFIG, config, true)]);
    secret
}
