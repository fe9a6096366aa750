//! The nodes that a talconfig declares, with the lines they are written at. By what the file says, not by its name: a
//! name of a cluster, and nodes with their host names.

use super::text::clean;
use crate::yaml::Document;
use domain::{DeclaredNode, RepoPath, Scalar};
use std::collections::HashMap;

/// None where the documents are no talconfig.
pub(super) fn nodes(path: &str, documents: &[Document]) -> Vec<DeclaredNode> {
    let [document] = documents else { return Vec::new() };
    let scalars: HashMap<&str, &Scalar> =
        document.scalars.iter().rev().map(|it| (it.field.as_str(), it)).collect();
    let Some(cluster) = scalars.get("clusterName").map(|it| it.value.as_str()) else { return Vec::new() };
    let version = |field: &str| {
        let scalar = scalars.get(field)?;
        let value = clean(&scalar.value);
        Some((format!("v{}", value.trim_start_matches('v')), scalar.line))
    };
    let (talos, kubernetes) = (version("talosVersion"), version("kubernetesVersion"));
    let node = |number: usize| {
        let name = scalars.get(format!("nodes[{number}].hostname").as_str())?;
        let addresses = scalars.get(format!("nodes[{number}].ipAddress").as_str());
        let addresses = addresses.map(|it| it.value.as_str()).unwrap_or_default();
        Some(DeclaredNode {
            cluster: clean(cluster),
            hostname: clean(&name.value),
            addresses: addresses.split(',').map(|it| clean(it.trim())).filter(|it| !it.is_empty()).collect(),
            path: RepoPath(path.to_owned()),
            line: name.line,
            talos: talos.clone(),
            kubernetes: kubernetes.clone(),
        })
    };
    (0..).map_while(node).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn nodes_are_found_with_their_lines() {
        let text = "clusterName: home\ntalosVersion: v1.13.2\nkubernetesVersion: 1.35.0\nnodes:\n  - hostname: cp-1\n    ipAddress: 10.0.0.1, fd00::1\n  - hostname: cp-2\n    ipAddress: 10.0.0.2\n";
        let found = nodes("talos/talconfig.yaml", &yaml::documents(text).unwrap());
        let said: Vec<(&str, u32, usize)> =
            found.iter().map(|it| (it.hostname.as_str(), it.line, it.addresses.len())).collect();
        assert_eq!(said, [("cp-1", 5, 2), ("cp-2", 7, 1)]);
        assert_eq!(found[0].talos, Some(("v1.13.2".into(), 2)));
        assert_eq!(found[0].kubernetes, Some(("v1.35.0".into(), 3)), "talhelper takes it without its v");
        assert!(nodes("a.yaml", &yaml::documents("clusterName: x\n").unwrap()).is_empty());
    }
}
