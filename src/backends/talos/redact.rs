//! Masking what must not be seen in a machine config, and in any other YAML that Talos hands out.
//!
//! Three nets, each for what slips through the others: paths that are known to hold secrets, names of keys that
//! sound like it, and values that look like keys. What is masked keeps its place, not its length.

use serde_yaml::{Mapping, Value};

/// What stands where a secret was.
pub(crate) const MASK: &str = "••••••••";

/// Keys whose value is masked wherever they stand, with all that is under them.
const NAMES: [&str; 10] = [
    "password",
    "passwd",
    "token",
    "secret",
    "passphrase",
    "privatekey",
    "presharedkey",
    "apikey",
    "credential",
    "identitytoken",
];

/// The last steps of paths whose value is masked; `*` is any one step.
const PATHS: [&[&str]; 11] = [
    &["auth", "auth"],
    &["registries", "config", "*", "auth"],
    &["files", "content"],
    &["configFiles", "content"],
    &["inlineManifests", "contents"],
    &["machine", "env"],
    &["cluster", "secret"],
    &["identity"],
    &["extraManifestHeaders"],
    &["aescbcEncryptionSecret"],
    &["secretboxEncryptionSecret"],
];

/// Keys of documents of their own whose value is masked.
const OF_KIND: [(&str, &str); 8] = [
    ("EnvironmentConfig", "variables"),
    ("ExtensionServiceConfig", "environment"),
    ("RegistryAuthConfig", "auth"),
    ("RegistryAuthConfig", "username"),
    ("KubeExternalManifestConfig", "headers"),
    ("KubeInlineManifestConfig", "manifest"),
    ("EtcFileConfig", "contents"),
    ("EtcFileConfig", "content"),
];

/// Mask every document of a YAML text. A text that cannot be read is masked whole: better nothing than a secret.
pub(crate) fn yaml(text: &str) -> String {
    use serde::Deserialize;
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let Ok(mut value) = Value::deserialize(document) else {
            return format!("# not shown: it is not YAML that could be read and masked\n{MASK}\n");
        };
        let mut path = Vec::new();
        mask(&mut value, &mut path);
        match serde_yaml::to_string(&value) {
            Ok(text) => documents.push(text),
            Err(_) => return format!("{MASK}\n"),
        }
    }
    documents.join("---\n")
}

/// Mask one document.
pub(crate) fn document(mut value: Value) -> Value {
    mask(&mut value, &mut Vec::new());
    value
}

fn mask(value: &mut Value, path: &mut Vec<String>) {
    match value {
        Value::Mapping(map) => mapping(map, path),
        Value::Sequence(all) => all.iter_mut().for_each(|it| mask(it, path)),
        Value::String(text) => {
            if let Some(masked) = masked_text(text) {
                *text = masked;
            }
        }
        Value::Tagged(tagged) => mask(&mut tagged.value, path),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn mapping(map: &mut Mapping, path: &mut Vec<String>) {
    let kind = map.get("kind").and_then(Value::as_str).map(str::to_owned);
    for (key, value) in map.iter_mut() {
        let name = key.as_str().unwrap_or_default().to_owned();
        path.push(name.clone());
        if is_secret(&name, value, path, kind.as_deref()) {
            hide(value);
        } else {
            mask(value, path);
        }
        path.pop();
    }
}

fn is_secret(name: &str, value: &Value, path: &[String], kind: Option<&str>) -> bool {
    let plain: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    // A key's name says nothing of a switch: `rotate-certificates-token: true`.
    if matches!(value, Value::Bool(_) | Value::Null) {
        return false;
    }
    // `key: …` under a certificate; `keys:` of a disk hold more than secrets and are looked into.
    if plain == "key" && value.is_string() || plain.ends_with("key") && looks_long(value) {
        return true;
    }
    if NAMES.iter().any(|it| plain.contains(it))
        && (value.is_string() || value.is_number() || plain.contains("secret"))
    {
        return true;
    }
    if matches!(kind, Some("Secret")) && matches!(name, "data" | "stringData") {
        return true;
    }
    if OF_KIND.iter().any(|(of, key)| Some(*of) == kind && *key == name) {
        return true;
    }
    // What a process is told by its environment is often a token.
    if matches!(name, "env" | "environment") && (value.is_mapping() || value.is_sequence()) {
        return true;
    }
    PATHS.iter().any(|wanted| ends_with(path, wanted))
}

fn ends_with(path: &[String], wanted: &[&str]) -> bool {
    let Some(start) = path.len().checked_sub(wanted.len()) else { return false };
    path.iter().skip(start).zip(wanted).all(|(step, wanted)| *wanted == "*" || step == wanted)
}

fn looks_long(value: &Value) -> bool {
    value.as_str().is_some_and(|it| it.len() >= 24)
}

/// The whole value, and all that is in it.
fn hide(value: &mut Value) {
    match value {
        Value::Mapping(map) => map.iter_mut().for_each(|(_, it)| hide(it)),
        Value::Sequence(all) => all.iter_mut().for_each(hide),
        Value::Tagged(tagged) => hide(&mut tagged.value),
        Value::Null => {}
        other => *other = Value::String(MASK.into()),
    }
}

/// A text that is a secret by its looks, or has one in it; `None` where it may be shown as it is.
fn masked_text(text: &str) -> Option<String> {
    let private = text.contains("PRIVATE KEY") || text.contains("AGE-SECRET-KEY-");
    let packed_pem = text.len() > 64 && text.starts_with("LS0tLS1CRUdJTi") && packed_private(text);
    let jwt = text.starts_with("eyJ") && text.matches('.').count() == 2;
    if private || packed_pem || jwt {
        return Some(MASK.into());
    }
    // A YAML in a text, such as a patch or some manifests, is looked into.
    if text.contains('\n') && text.contains(':') && holds_maps(text) {
        return Some(yaml(text));
    }
    url(text)
}

fn holds_maps(text: &str) -> bool {
    use serde::Deserialize;
    let mut documents = serde_yaml::Deserializer::from_str(text).map(Value::deserialize);
    documents.any(|it| matches!(it, Ok(Value::Mapping(_))))
}

/// base64 of PEM: a certificate may be seen, a key not.
fn packed_private(text: &str) -> bool {
    use base64::Engine;
    let packed: String = text.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed);
    bytes.map_or(true, |it| it.windows(11).any(|it| it == b"PRIVATE KEY"))
}

/// User names and join tokens in addresses.
fn url(text: &str) -> Option<String> {
    let mut out = text.to_owned();
    let mut changed = false;
    if let Some(begin) = out.find("://").map(|it| it + 3) {
        let end = out[begin..].find(['/', ' ']).map_or(out.len(), |it| begin + it);
        if let Some(at) = out[begin..end].rfind('@') {
            out.replace_range(begin..begin + at, MASK);
            changed = true;
        }
    }
    for name in ["jointoken=", "token=", "password="] {
        if let Some(begin) = out.find(name).map(|it| it + name.len()) {
            let end = out[begin..].find(['&', ' ', '"']).map_or(out.len(), |it| begin + it);
            out.replace_range(begin..end, MASK);
            changed = true;
        }
    }
    changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;

    fn planted() -> String {
        let pem = base64::engine::general_purpose::STANDARD
            .encode("-----BEGIN ED25519 PRIVATE KEY-----\nhunter2hunter2hunter2hunter2\n-----END ED25519 PRIVATE KEY-----\n");
        let config = r#"
version: v1alpha1
machine:
  type: controlplane
  token: hunter2.token
  ca: {crt: LS0tLS1CRUdJTiBDRVJU, key: PEM}
  certSANs: [cp.example]
  registries:
    config:
      ghcr.io:
        auth: {username: hunter2-user, password: hunter2, auth: aHVudGVyMg==}
        tls: {clientIdentity: {crt: abc, key: hunter2}}
  network:
    interfaces:
      - interface: eth0
        vip: {ip: 10.0.0.1, hcloud: {apiToken: hunter2}}
        wireguard: {privateKey: hunter2, peers: [{publicKey: shown, presharedKey: hunter2}]}
  systemDiskEncryption: {state: {keys: [{slot: 0, static: {passphrase: hunter2}}]}}
  files: [{path: /etc/x, content: hunter2}]
  env: {https_proxy: "http://me:hunter2@proxy:1"}
  install: {image: factory.talos.dev/installer:v1.12.2, extraKernelArgs: ["siderolink.api=https://x?jointoken=hunter2&a=b"]}
  kubelet: {extraArgs: {rotate-server-certificates: "true"}}
cluster:
  id: abc
  secret: hunter2
  token: hunter2.token
  secretboxEncryptionSecret: hunter2
  aescbcEncryptionSecret: hunter2
  serviceAccount: {key: PEM}
  etcd: {ca: {key: PEM}}
  clusterName: home
  inlineManifests: [{name: s, contents: "kind: Secret\nstringData: {a: hunter2}\n"}]
  extraManifestHeaders: {Authorization: Bearer hunter2}
  externalManifest: https://user:hunter2@example/x.yaml
---
apiVersion: v1alpha1
kind: ExtensionServiceConfig
environment: [TS_AUTHKEY=hunter2]
configFiles: [{mountPath: /a, content: hunter2}]
---
kind: HCloudVIPConfig
apiToken: hunter2
---
kind: KubeServiceAccountConfig
issuer: {privateKey: "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n"}
patch: |
  machine:
    token: hunter2
    sysctls: {a: "1"}
manifests: |
  kind: ConfigMap
  ---
  kind: Secret
  stringData: {a: hunter2}
---
{kind: RegistryAuthConfig, name: ghcr.io, username: hunter2, auth: aHVudGVyMg==}
---
{kind: KubeExternalManifestConfig, name: x, headers: {Authorization: Basic hunter2}}
---
{kind: KubeInlineManifestConfig, name: y, manifest: "a: hunter2"}
---
{kind: EtcFileConfig, name: motd, contents: hunter2}
---
{kind: KubeAPIServerConfig, env: {X: hunter2}}
---
jwt: eyJhbGciOi.eyJzdWIi.hunter2
age: AGE-SECRET-KEY-1HUNTER2
"#;
        config.replace("PEM", &pem)
    }

    #[test]
    fn no_planted_secret_survives_and_the_rest_does() {
        let shown = yaml(&planted());
        assert!(!shown.to_lowercase().contains("hunter2"), "{shown}");
        assert!(!shown.contains("aHVudGVyM") && !shown.contains("LS0tLS1CRUdJTiBFRDI1"), "{shown}");
        for kept in [
            "type: controlplane",
            "cp.example",
            "publicKey: shown",
            "v1.12.2",
            "clusterName: home",
            "rotate-server-certificates",
            "slot: 0",
            "ghcr.io",
            "10.0.0.1",
            "sysctls",
        ] {
            assert!(shown.contains(kept), "{kept} is gone from {shown}");
        }
        assert_eq!(shown.matches("---\n").count(), 10, "every document is there");
    }

    #[test]
    fn what_cannot_be_read_is_not_shown() {
        assert!(!yaml("token: hunter2\n: : [").contains("hunter2"));
    }

    proptest::proptest! {
        #[test]
        fn noise_never_breaks_it_and_a_token_never_shows(noise in "(?s).{0,120}", secret in "[a-z]{12}") {
            let _ = yaml(&noise);
            let shown = yaml(&format!("a: 1\nmachine:\n  token: q{secret}q\n  b: {{}}\n"));
            proptest::prop_assert!(!shown.contains(&secret));
        }
    }
}
