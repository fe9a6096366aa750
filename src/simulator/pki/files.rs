//! The files a person's tools read: talosconfig and kubeconfig.

use super::{Leaf, as_talos};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::io::Write;
use std::path::Path;

/// How somebody shows who they are.
#[derive(Debug, Clone)]
pub enum Identity {
    Certificate(Leaf),
    Token(String),
}

/// The text of a talosconfig with one context.
pub fn talosconfig(
    context: &str,
    ca_pem: &str,
    client: &Leaf,
    endpoints: &[String],
    nodes: &[String],
) -> String {
    yaml(&json!({
        "context": context,
        "contexts": { context: {
            "endpoints": endpoints,
            "nodes": nodes,
            "ca": STANDARD.encode(ca_pem),
            "crt": STANDARD.encode(&client.cert_pem),
            "key": STANDARD.encode(as_talos(&client.key_pem)),
        }},
    }))
}

/// The text of a kubeconfig with one context, `user@cluster`.
pub fn kubeconfig(cluster: &str, server: &str, ca_pem: &str, user: &str, identity: &Identity) -> String {
    let context = format!("{user}@{cluster}");
    let shown = match identity {
        Identity::Certificate(leaf) => json!({
            "client-certificate-data": STANDARD.encode(&leaf.cert_pem),
            "client-key-data": STANDARD.encode(&leaf.key_pem),
        }),
        Identity::Token(token) => json!({ "token": token }),
    };
    yaml(&json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": cluster, "cluster": {
            "server": server,
            "certificate-authority-data": STANDARD.encode(ca_pem),
        }}],
        "users": [{ "name": user, "user": shown }],
        "contexts": [{ "name": context, "context": { "cluster": cluster, "user": user, "namespace": "default" } }],
        "current-context": context,
    }))
}

/// Write a file that only its owner may read.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// JSON is YAML, so a value that cannot be told prettily is still told.
fn yaml(value: &serde_json::Value) -> String {
    serde_yaml::to_string(value).unwrap_or_else(|_| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::{Authority, KeyKind};

    #[test]
    fn a_talosconfig_carries_the_label_of_talos_and_is_private() {
        let authority = Authority::new("talos", KeyKind::Ed25519).unwrap();
        let client = authority.client("", &["os:admin"]).unwrap();
        let text = talosconfig("k8s", authority.cert_pem(), &client, &["127.1.2.3".into()], &[]);
        let read: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let context = &read["contexts"]["k8s"];
        assert_eq!(context["endpoints"][0], "127.1.2.3");
        let key = STANDARD.decode(context["key"].as_str().unwrap()).unwrap();
        assert!(key.starts_with(b"-----BEGIN ED25519 PRIVATE KEY-----\n"));

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("talosconfig");
        write_private(&path, &text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}
