//! Draining a node: no new pods, and those that are there are asked to go.

use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::Machines;
use crate::control::{Problem, controller_of, deleting, is_true, kinds, name, namespace, text};

/// Pods named in one line before the rest is counted.
const SHOWN: usize = 3;

/// What became of one eviction.
enum Eviction {
    Going,
    /// A disruption budget forbids it for now.
    Refused(String),
    Failed(String),
}

impl Machines {
    /// Cordon and evict; answers a line for every reason why it is not done yet.
    pub(super) async fn drain(&self, node: &Value) -> Result<Vec<String>, Problem> {
        let mirror = &self.0.mirror;
        if node["spec"]["unschedulable"] != true {
            self.0.journal.info("Cordoning Node", &[("Node", name(node))]);
            mirror
                .merge(kinds::NODE, &Self::node_key(node), &json!({"spec": {"unschedulable": true}}))
                .await?;
        }
        let query = format!("fieldSelector=spec.nodeName%3D{}", name(node));
        let pods = mirror.search(kinds::POD, &query).await?;
        // A kubelet that does not answer will not confirm that a pod is gone.
        let unreachable = !is_true(&node["status"]["conditions"], "Ready");
        let (mut going, mut refused, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for pod in pods.iter().filter(|pod| !stays(pod)) {
            let full = format!("{}/{}", namespace(pod), name(pod));
            if deleting(pod) {
                if !unreachable {
                    going.push(full);
                }
                continue;
            }
            match self.evict(pod).await? {
                Eviction::Going => going.push(full),
                Eviction::Refused(why) => refused.push((full, why)),
                Eviction::Failed(why) => failed.push((full, why)),
            }
        }
        let mut lines = Vec::new();
        lines.extend(line(&going, "deletionTimestamp set, but still not removed from the Node"));
        for (pod, why) in &refused {
            let why = format!("cannot evict pod as it would violate the pod's disruption budget. {why}");
            lines.extend(line(std::slice::from_ref(pod), why.trim()));
        }
        for (pod, why) in &failed {
            lines.extend(line(std::slice::from_ref(pod), &format!("failed to evict Pod, {why}")));
        }
        Ok(lines)
    }

    async fn evict(&self, pod: &Value) -> Result<Eviction, Problem> {
        let at = format!("/api/v1/namespaces/{}/pods/{}/eviction", namespace(pod), name(pod));
        let body = json!({"apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": {"name": name(pod), "namespace": namespace(pod)}});
        let request =
            Request::post(at).header("content-type", "application/json").body(serde_json::to_vec(&body)?)?;
        let refusal = match self.0.mirror.client().request::<Value>(request).await {
            Ok(_) => return Ok(Eviction::Going),
            Err(kube::Error::Api(status)) => status,
            Err(other) => return Ok(Eviction::Failed(other.to_string())),
        };
        Ok(match refusal.code {
            404 => Eviction::Going,
            code if code == StatusCode::TOO_MANY_REQUESTS.as_u16() => {
                let causes =
                    refusal.details.iter().flat_map(|it| &it.causes).map(|it| it.message.to_string());
                Eviction::Refused(causes.collect::<Vec<_>>().join(", "))
            }
            _ => Eviction::Failed(refusal.message.to_string()),
        })
    }
}

/// Pods that a drain leaves alone: those of daemon sets, mirrors of static pods, and those that are finished.
fn stays(pod: &Value) -> bool {
    pod["metadata"]["annotations"].get("kubernetes.io/config.mirror").is_some()
        || controller_of(pod).is_some_and(|it| it["kind"] == "DaemonSet" || it["kind"] == "Node")
        || matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// `* Pods a, b, c, ... (2 more): why`.
fn line(pods: &[String], why: &str) -> Option<String> {
    let first = pods.first()?;
    if pods.len() == 1 {
        return Some(format!("* Pod {first}: {why}"));
    }
    let mut shown = pods.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if pods.len() > SHOWN {
        shown.push_str(&format!(", ... ({} more)", pods.len() - SHOWN));
    }
    Some(format!("* Pods {shown}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daemons_mirrors_and_the_finished_stay() {
        let pod = |kind: &str, phase: &str| json!({"metadata": {"ownerReferences": [{"kind": kind, "controller": true}]}, "status": {"phase": phase}});
        assert!(stays(&pod("DaemonSet", "Running")) && stays(&pod("Job", "Succeeded")));
        assert!(!stays(&pod("ReplicaSet", "Running")));
        assert!(stays(&json!({"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}})));
    }
}
