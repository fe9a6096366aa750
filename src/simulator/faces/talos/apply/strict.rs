//! Talos refuses documents and keys that it does not know, and the same document twice; so does this world.

use crate::patches::{UNKNOWN, check as known};
use crate::world::documents;
use serde_yaml::Value;

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
    let mut seen: Vec<[&str; 2]> = Vec::new();
    for document in &documents {
        let word = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default();
        let (kind, version) = (word("kind"), word("apiVersion"));
        let called = [kind, if kind.is_empty() { "" } else { word("name") }];
        if seen.contains(&called) {
            return Err(format!("duplicate document {version}/{kind}/{} is not allowed", called[1]));
        }
        seen.push(called);
        let registered = version == "v1alpha1" && (minor >= 13 || !SINCE_13.contains(&kind));
        if !kind.is_empty() && !registered {
            return Err(format!("\"{kind}\" \"{version}\": not registered"));
        }
        if let Err(refused) = known(document) {
            return Err(match refused.at.as_slice() {
                [at] if at == "kind" => format!("\"{kind}\" \"{version}\": not registered"),
                at if refused.why == UNKNOWN => unknown(document, at),
                _ => format!("error decoding document {version}/{kind}/{}: {refused}", called[1]),
            });
        }
    }
    let main = documents.iter().find(|it| it.get("kind").is_none());
    let endpoint = main.and_then(|it| it.get("cluster")?.get("controlPlane")?.get("endpoint"));
    if main.is_some() && endpoint.is_none() && !seen.iter().any(|it| it[0] == "KubeClusterConfig") {
        return Err("1 error occurred:\n\t* cluster.controlPlane.endpoint: required".into());
    }
    Ok(())
}

/// A key that nobody knows, below those that lead to it.
fn unknown(document: &Value, at: &[String]) -> String {
    let mut text = "unknown keys found during decoding:\n".to_owned();
    let mut value = Some(document);
    for (depth, key) in at.iter().enumerate() {
        let number = key.strip_prefix('[').and_then(|it| it.strip_suffix(']')?.parse::<usize>().ok());
        value = value.and_then(|it| match number {
            Some(number) => it.get(number),
            None => it.get(key.as_str()),
        });
        let said = match value {
            Some(value) if depth + 1 == at.len() => {
                format!(" {}", serde_yaml::to_string(value).unwrap_or_default())
            }
            _ => "\n".to_owned(),
        };
        text.push_str(&format!("{}{key}:{said}", "    ".repeat(depth)));
    }
    text
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
        assert!(
            check("apiVersion: v1alpha1\nkind: NonsenseConfig\n", 13)
                .is_err_and(|it| it.contains("not registered"))
        );
        let twice = "apiVersion: v1alpha1\nkind: KmsgLogConfig\nname: a\nurl: tcp://a:1/\n";
        assert!(check(&format!("{twice}---\n{twice}"), 13).is_err_and(|it| it.contains("duplicate")));
        let newer = "apiVersion: v1alpha1\nkind: EnvironmentConfig\n";
        assert!(check(newer, 12).is_err_and(|it| it.contains("not registered")) && check(newer, 13).is_ok());
    }
}
