//! The pods of a node that is to go down: which of them go and which stay, who could take them, what would hold them
//! up, and whether the node was cordoned by us.

use super::listing::encoded;
use super::selector::Selector;
use super::{Cluster, Trouble};
use crate::plain::plain;
use domain::NodeName;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What we write on a node that we cordon: the commit for which. Whoever has it was cordoned by a roll.
pub(crate) const CORDONED: &str = "pilothouse/cordoned-for";
/// What one question may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether new pods go to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Standing {
    pub cordoned: bool,
    /// By a roll of a cockpit.
    pub ours: bool,
}

/// One pod of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PodThere {
    pub namespace: String,
    pub name: String,
    pub deleting: bool,
    pub fate: Fate,
    /// What it writes beside itself is lost with it.
    pub scratch: bool,
    /// Which one of that name it is.
    pub uid: String,
}

impl PodThere {
    /// "household/board-5d6f"
    pub(crate) fn full(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// What becomes of a pod when its node is drained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its controller makes another one elsewhere.
    Goes,
    /// A daemon, or a mirror of a static pod: it belongs to the node.
    Belongs,
    /// Nobody would make it again: it stays, and starts again with the node.
    Alone,
    /// It has ended.
    Over,
}

/// What a drain would meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Load {
    pub pods: Vec<PodThere>,
    /// Other nodes, and those of them that take pods now.
    pub others: usize,
    pub takers: usize,
}

impl Load {
    fn count(&self, fate: Fate) -> usize {
        self.pods.iter().filter(|it| it.fate == fate).count()
    }

    /// "12 pods go, 5 stay; 1 has no controller and stays; what 3 keep in an emptyDir is lost"
    pub(crate) fn words(&self) -> String {
        let mut said = format!("{} pods go, {} stay", self.count(Fate::Goes), self.count(Fate::Belongs));
        let alone: Vec<String> =
            self.pods.iter().filter(|it| it.fate == Fate::Alone).map(PodThere::full).collect();
        if !alone.is_empty() {
            said.push_str(&format!(
                "; without a controller, and so left where they are: {}",
                alone.join(", ")
            ));
        }
        let scratch = self.pods.iter().filter(|it| it.fate == Fate::Goes && it.scratch).count();
        if scratch > 0 {
            said.push_str(&format!("; what {scratch} of them keep in an emptyDir is lost"));
        }
        said
    }
}

async fn read<T: DeserializeOwned>(cluster: &Cluster, path: &str) -> Result<T, Trouble> {
    match tokio::time::timeout(PATIENCE, cluster.read::<T>(path)).await {
        Ok(answer) => answer,
        Err(_) => Err(Trouble::Silent(PATIENCE)),
    }
}

/// Whether a node takes pods, and whose doing it is where it does not.
pub(crate) async fn standing(
    cluster: &Cluster,
    node: &NodeName,
    addresses: &[String],
) -> Result<Standing, Trouble> {
    let found: Value = read(cluster, &format!("/api/v1/nodes/{node}")).await?;
    is_at(&found, node, addresses)?;
    Ok(stands(&found))
}

/// Another cluster may have a node of the same name: it is ours where an address of it is.
fn is_at(found: &Value, node: &NodeName, addresses: &[String]) -> Result<(), Trouble> {
    let list = found.pointer("/status/addresses").and_then(Value::as_array);
    let theirs: Vec<&str> = list.into_iter().flatten().filter_map(|it| it["address"].as_str()).collect();
    if theirs.is_empty() || addresses.iter().any(|it| theirs.contains(&it.as_str())) {
        return Ok(());
    }
    let (is, ours) = (plain(&theirs.join(", ")).into_owned(), addresses.join(", "));
    Err(Trouble::Missing(format!(
        "the node that Kubernetes calls {node} is another machine, at {is}; this one is at {ours}"
    )))
}

fn stands(node: &Value) -> Standing {
    let cordoned = node.pointer("/spec/unschedulable").and_then(Value::as_bool).unwrap_or(false);
    let marked = node.pointer("/metadata/annotations").and_then(|it| it.get(CORDONED)).is_some();
    Standing { cordoned, ours: cordoned && marked }
}

/// The nodes that a roll cordoned and that are cordoned still. Where there is no Kubernetes there are none.
pub(crate) async fn left_over(cluster: &Cluster) -> Result<BTreeSet<NodeName>, Trouble> {
    match read::<List<Value>>(cluster, "/api/v1/nodes").await {
        Ok(nodes) => Ok(nodes.items.iter().filter(|it| stands(it).ours).filter_map(name_of).collect()),
        Err(Trouble::NotConfigured(_)) => Ok(BTreeSet::new()),
        Err(trouble) => Err(trouble),
    }
}

fn name_of(node: &Value) -> Option<NodeName> {
    node.pointer("/metadata/name").and_then(Value::as_str).map(NodeName::from)
}

/// Who is on a node now.
pub(crate) async fn pods(cluster: &Cluster, node: &NodeName) -> Result<Vec<PodThere>, Trouble> {
    let path = format!("/api/v1/pods?fieldSelector={}", encoded(&format!("spec.nodeName={node}")));
    let list: List<Pod> = read(cluster, &path).await?;
    Ok(list.items.into_iter().map(Pod::there).collect())
}

/// Who is there, and who could take them.
pub(crate) async fn load(cluster: &Cluster, node: &NodeName, addresses: &[String]) -> Result<Load, Trouble> {
    let nodes: List<Value> = read(cluster, "/api/v1/nodes").await?;
    let found = nodes.items.iter().find(|it| name_of(it).as_ref() == Some(node));
    let found = found.ok_or_else(|| Trouble::Missing(format!("Kubernetes does not know {node}")))?;
    is_at(found, node, addresses)?;
    let ready = |it: &&Value| {
        let conditions = it.pointer("/status/conditions").and_then(Value::as_array);
        conditions.into_iter().flatten().any(|it| it["type"] == "Ready" && it["status"] == "True")
    };
    let takes = |it: &&Value| name_of(it).as_ref() != Some(node) && !stands(it).cordoned && ready(it);
    let takers = nodes.items.iter().filter(takes).count();
    Ok(Load { pods: pods(cluster, node).await?, others: nodes.items.len() - 1, takers })
}

/// Budgets that would let no pod of this node go now: "household/board". Empty where they cannot be read.
pub(crate) async fn blocking(cluster: &Cluster, node: &NodeName, pods: &[PodThere]) -> Vec<String> {
    let budgets: List<Budget> =
        read(cluster, "/apis/policy/v1/poddisruptionbudgets").await.unwrap_or_default();
    let mut found = Vec::new();
    for it in budgets.items.iter().filter(|it| it.status.disruptions_allowed == 0) {
        let within = |pod: &&PodThere| pod.fate == Fate::Goes && pod.namespace == it.metadata.namespace;
        if !pods.iter().any(|pod| within(&pod)) {
            continue;
        }
        let (of, labels) = (encoded(&format!("spec.nodeName={node}")), encoded(&it.spec.selector.query()));
        let space = &it.metadata.namespace;
        let path = format!("/api/v1/namespaces/{space}/pods?fieldSelector={of}&labelSelector={labels}");
        let selected: List<Pod> = read(cluster, &path).await.unwrap_or_default();
        if selected.items.into_iter().any(|it| it.there().fate == Fate::Goes) {
            found.push(plain(&format!("{space}/{}", it.metadata.name)).into_owned());
        }
    }
    found
}

#[derive(Deserialize)]
struct List<T> {
    #[serde(default = "Vec::new")]
    items: Vec<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    name: String,
    namespace: String,
    uid: String,
    deletion_timestamp: Option<String>,
    annotations: BTreeMap<String, String>,
    owner_references: Vec<Owner>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Owner {
    kind: String,
    controller: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Pod {
    metadata: Metadata,
    spec: PodSpec,
    status: PodStatus,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PodSpec {
    volumes: Vec<BTreeMap<String, Value>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PodStatus {
    phase: String,
}

impl Pod {
    fn there(self) -> PodThere {
        let controller = self.metadata.owner_references.iter().find(|it| it.controller);
        let mirror = self.metadata.annotations.contains_key("kubernetes.io/config.mirror");
        let fate = match (self.status.phase.as_str(), controller.map(|it| it.kind.as_str())) {
            (_, Some("DaemonSet" | "Node")) => Fate::Belongs,
            _ if mirror => Fate::Belongs,
            ("Succeeded" | "Failed", _) => Fate::Over,
            (_, None) => Fate::Alone,
            (_, Some(_)) => Fate::Goes,
        };
        PodThere {
            namespace: plain(&self.metadata.namespace).into_owned(),
            name: plain(&self.metadata.name).into_owned(),
            deleting: self.metadata.deletion_timestamp.is_some(),
            fate,
            scratch: self.spec.volumes.iter().any(|it| it.contains_key("emptyDir")),
            uid: self.metadata.uid,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Budget {
    metadata: Metadata,
    spec: BudgetSpec,
    status: BudgetStatus,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct BudgetSpec {
    selector: Selector,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct BudgetStatus {
    disruptions_allowed: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_belongs_to_the_node_stays_and_what_nobody_would_make_again_too() {
        let pod = |name: &str, owner: &str, more: Value| {
            let mut it =
                json!({ "metadata": { "name": name, "namespace": "a" }, "status": { "phase": "Running" } });
            if !owner.is_empty() {
                it["metadata"]["ownerReferences"] = json!([{ "kind": owner, "controller": true }]);
            }
            for (path, value) in more.as_object().unwrap() {
                it[path] = value.clone();
            }
            serde_json::from_value::<Pod>(it).unwrap().there()
        };
        let mut mirror = pod("kube-apiserver-cp-1", "Node", json!({}));
        assert_eq!(mirror.fate, Fate::Belongs);
        mirror =
            pod("m", "", json!({ "metadata": { "annotations": { "kubernetes.io/config.mirror": "x" } } }));
        assert_eq!(mirror.fate, Fate::Belongs);
        assert_eq!(pod("flannel", "DaemonSet", json!({})).fate, Fate::Belongs);
        assert_eq!(pod("job", "Job", json!({ "status": { "phase": "Succeeded" } })).fate, Fate::Over);
        let web =
            pod("web", "ReplicaSet", json!({ "spec": { "volumes": [{ "name": "x", "emptyDir": {} }] } }));
        let alone = pod("debug", "", json!({}));
        assert_eq!((web.fate, web.scratch, alone.fate), (Fate::Goes, true, Fate::Alone));
        let load = Load { pods: vec![web, alone, mirror], others: 2, takers: 2 };
        assert_eq!(
            load.words(),
            "1 pods go, 1 stay; without a controller, and so left where they are: a/debug; what 1 of them keep in an emptyDir is lost"
        );
    }

    #[test]
    fn a_node_of_another_cluster_that_is_called_alike_is_not_ours() {
        let node = json!({ "status": { "addresses": [{ "type": "InternalIP", "address": "10.0.0.9" }] } });
        let ours = |it: &str| is_at(&node, &"cp-1".into(), &[it.to_owned()]);
        assert_eq!(ours("10.0.0.9"), Ok(()));
        let told = ours("10.0.0.1").unwrap_err().to_string();
        assert!(told.ends_with("is another machine, at 10.0.0.9; this one is at 10.0.0.1"), "{told}");
        assert_eq!(is_at(&json!({}), &"cp-1".into(), &[]), Ok(()), "where nothing is said nothing differs");
    }

    #[test]
    fn a_cordon_is_ours_where_it_says_so() {
        let node = |unschedulable: bool, annotations: Value| {
            stands(
                &json!({ "metadata": { "annotations": annotations }, "spec": { "unschedulable": unschedulable } }),
            )
        };
        assert_eq!(node(true, json!({})), Standing { cordoned: true, ours: false });
        assert_eq!(node(true, json!({ CORDONED: "c0" })), Standing { cordoned: true, ours: true });
        assert_eq!(node(false, json!({ CORDONED: "c0" })), Standing { cordoned: false, ours: false });
    }
}
