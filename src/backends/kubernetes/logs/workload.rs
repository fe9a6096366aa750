//! The pods of a workload: those that its selector selects now.

use crate::kubernetes::cluster::Cluster;
use crate::kubernetes::listing::encoded;
use crate::kubernetes::selector::{Selector, by_labels};
use crate::kubernetes::trouble::Trouble;
use crate::plain::plain;
use domain::ObjectRef;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Pods of one workload that are listened to at most; nobody reads more of them interleaved.
const MOST: usize = 100;

/// A pod is itself; of what runs pods, those that are there. Pods that come later are not among them.
pub(super) async fn pods(cluster: &Cluster, object: &ObjectRef) -> Result<Vec<ObjectRef>, Trouble> {
    let Some(path) = path(object) else { return Ok(vec![object.clone()]) };
    let selector = match object.kind.as_str() {
        // These two select by labels alone.
        "Service" | "ReplicationController" => by_labels(&cluster.read::<Plain>(&path).await?.spec.selector),
        _ => cluster.read::<Workload>(&path).await?.spec.selector.query(),
    };
    if selector.is_empty() {
        return Ok(Vec::new());
    }
    let asked = format!(
        "/api/v1/namespaces/{}/pods?limit={MOST}&labelSelector={}",
        object.namespace,
        encoded(&selector)
    );
    let found = cluster.read::<Pods>(&asked).await?.items;
    let pod = |it: Pod| ObjectRef {
        group: String::new(),
        kind: "Pod".into(),
        namespace: object.namespace.clone(),
        name: plain(&it.metadata.name).into_owned(),
    };
    Ok(found.into_iter().map(pod).collect())
}

fn path(object: &ObjectRef) -> Option<String> {
    let (api, plural) = match object.kind.as_str() {
        "Deployment" => ("apis/apps/v1", "deployments"),
        "StatefulSet" => ("apis/apps/v1", "statefulsets"),
        "DaemonSet" => ("apis/apps/v1", "daemonsets"),
        "ReplicaSet" => ("apis/apps/v1", "replicasets"),
        "Job" => ("apis/batch/v1", "jobs"),
        "Service" => ("api/v1", "services"),
        "ReplicationController" => ("api/v1", "replicationcontrollers"),
        _ => return None,
    };
    Some(format!("/{api}/namespaces/{}/{plural}/{}", object.namespace, object.name))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Workload {
    spec: WorkloadSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WorkloadSpec {
    selector: Selector,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Plain {
    spec: PlainSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PlainSpec {
    selector: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Pods {
    items: Vec<Pod>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Pod {
    metadata: Metadata,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_asked_in_the_servers_words() {
        let workload: Workload = serde_json::from_str(
            r#"{"spec":{"selector":{"matchLabels":{"app":"web","tier":"a"},"matchExpressions":[
                {"key":"track","operator":"NotIn","values":["canary","old"]},
                {"key":"gone","operator":"DoesNotExist"},{"key":"here","operator":"Exists"}]}}}"#,
        )
        .unwrap();
        let said = workload.spec.selector.query();
        assert_eq!(said, "app=web,tier=a,track notin (canary,old),!gone,here");
        assert_eq!(Selector::default().query(), "");
    }
}
