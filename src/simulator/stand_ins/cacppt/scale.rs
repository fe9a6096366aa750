//! One machine more, or one less; the second with all the gates that the real provider has.

use serde_json::{Value, json};

use super::etcd::LEAVING;
use super::plane::{Plane, REQUEUE};
use super::status;
use super::talos::PATIENCE;
use crate::control::{
    Key, Legacy, Outcome, Problem, deleting, is_true, key, kinds, name, namespace, owner_reference, text,
};
use crate::stand_ins::capi::{CLUSTER_NAME, CONTROL_PLANE, from_template};

/// How long after a step the next look is taken, besides what is heard.
const SOON: std::time::Duration = std::time::Duration::from_secs(20);

impl Plane<'_> {
    /// Make one machine. There is no gate before this.
    pub(super) async fn scale_up(&self, plane: &mut Value, desired: usize) -> Result<Outcome, Problem> {
        let actual = self.machines.len();
        let message = format!("Scaling up to {desired} replicas (actual {actual})");
        status::set(plane, &Legacy::no("Resized", "Warning", "ScalingUp", message), &self.now);
        let (wanted, existing) = (desired.to_string(), actual.to_string());
        self.info("scaling up control plane", &[("Desired", &wanted), ("Existing", &existing)]);
        if let Err(problem) = self.make(plane).await {
            let reason = "InfrastructureTemplateCloningFailed";
            let new = Legacy::no("MachinesCreated", "Error", reason, problem.to_string());
            status::set(plane, &new, &self.now);
            return Err(problem);
        }
        Ok(Outcome::Again(REQUEUE))
    }

    /// A server, a config and a machine; each has a name of its own.
    async fn make(&self, plane: &Value) -> Result<(), Problem> {
        let (mirror, naming, space) = (&self.provider.mirror, &self.provider.naming, namespace(plane));
        let base = format!("{}-", name(plane));
        let labels = json!({CLUSTER_NAME: name(self.cluster), CONTROL_PLANE: ""});
        let owner = owner_reference(kinds::TALOS_CONTROL_PLANE, plane, true);
        let template = Key::new(space, text(plane, "/spec/infrastructureTemplate/name"));
        let found = mirror.fetch(kinds::HCLOUD_MACHINE_TEMPLATE, &template).await?;
        let found = found.ok_or_else(|| {
            Problem::Other(format!(
                "failed to retrieve HCloudMachineTemplate external object {template}: not found"
            ))
        })?;
        let server = naming.name(&base);
        let mut object = from_template(&found, kinds::HCLOUD_MACHINE, &server, &labels);
        object["metadata"]["ownerReferences"] = json!([owner]);
        mirror.create(kinds::HCLOUD_MACHINE, object).await?;
        let config = naming.name(&base);
        let object = json!({
            "metadata": {"name": config, "namespace": space, "labels": labels, "ownerReferences": [owner]},
            "spec": plane["spec"]["controlPlaneConfig"]["controlplane"],
        });
        mirror.create(kinds::TALOS_CONFIG, object).await?;
        let machine = naming.name(&base);
        let object = new_machine(plane, self.cluster, &machine, &config, &server);
        mirror.create(kinds::MACHINE, object).await?;
        self.info("created machine", &[("machine", &machine)]);
        Ok(())
    }

    /// Remove one machine: the boot gate, the etcd gate, the victim, the leave, the delete, the node.
    pub(super) async fn scale_down(
        &self,
        plane: &mut Value,
        desired: usize,
        outdated: &[std::sync::Arc<Value>],
    ) -> Result<Outcome, Problem> {
        let actual = self.machines.len();
        let message = format!("Scaling down to {desired} replicas (actual {actual})");
        status::set(plane, &Legacy::no("Resized", "Warning", "ScalingDown", message), &self.now);
        let booting = self.booting().await;
        if !booting.is_empty() {
            let nodes = booting.join(", ");
            self.info("waiting for all nodes to finish boot sequence", &[("nodes", &nodes)]);
            return Ok(Outcome::Again(REQUEUE));
        }
        if !is_true(&plane["status"]["conditions"], "EtcdClusterHealthyCondition") {
            self.info("waiting for etcd to become healthy before scaling down", &[]);
            return Ok(Outcome::Again(REQUEUE));
        }
        if self.machines.iter().any(|it| it["status"]["nodeRef"]["name"].as_str().is_none()) {
            self.info("one or more machines await their node", &[]);
            return Ok(Outcome::Again(REQUEUE));
        }
        if let Some(going) = self.machines.iter().find(|it| deleting(it)) {
            self.info("machine is in process of deletion", &[("machine", name(going))]);
            self.delete_node(going).await?;
            return Ok(Outcome::Again(SOON));
        }
        let Some(victim) = self.victim(outdated) else { return Ok(Outcome::Settled) };
        self.remove(&victim).await
    }

    async fn remove(&self, victim: &Value) -> Result<Outcome, Problem> {
        let mirror = &self.provider.mirror;
        if self.provider.version.marks_leaving() {
            let mark = json!({"metadata": {"annotations": {LEAVING: "true"}}});
            mirror.merge(kinds::MACHINE, &key(victim), &mark).await?;
        }
        let node = text(victim, "/status/nodeRef/name");
        if let Err(problem) = self.leave(victim).await {
            // A failed leave does not stop the real provider either.
            self.provider
                .journal
                .error("failed to leave etcd", &[("node", node), ("error", &problem.to_string())]);
        }
        self.info("deleting machine", &[("machine", name(victim)), ("node", node)]);
        if self.provider.version.loses_this_delete() {
            let what = format!("failed to delete machine {}: http2: client connection lost", name(victim));
            return Err(Problem::Other(what));
        }
        mirror.delete(kinds::MACHINE, &key(victim)).await?;
        self.delete_node(victim).await?;
        Ok(Outcome::Again(SOON))
    }

    /// Those of the machines whose boot sequence has not come to its end, or cannot be asked for it.
    async fn booting(&self) -> Vec<String> {
        let mut booting = Vec::new();
        for machine in &self.machines {
            let asked = async { self.talos(machine)?.booted().await };
            if !matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Ok(true))) {
                booting.push(name(machine).to_owned());
            }
        }
        booting
    }

    /// Marked and outdated, else marked, else outdated; of several the oldest.
    fn victim(&self, outdated: &[std::sync::Arc<Value>]) -> Option<std::sync::Arc<Value>> {
        let marked =
            |it: &Value| it["metadata"]["annotations"].get("cluster.x-k8s.io/delete-machine").is_some();
        let oldest = |all: Vec<&std::sync::Arc<Value>>| {
            all.into_iter()
                .min_by_key(|it| (text(it, "/metadata/creationTimestamp").to_owned(), name(it).to_owned()))
                .cloned()
        };
        oldest(outdated.iter().filter(|it| marked(it)).collect())
            .or_else(|| oldest(self.machines.iter().filter(|it| marked(it)).collect()))
            .or_else(|| oldest(outdated.iter().collect()))
            .or_else(|| oldest(self.machines.iter().collect()))
    }

    /// Give leadership away and leave etcd; nothing where etcd has ended there already.
    async fn leave(&self, machine: &Value) -> Result<(), Problem> {
        let leaving = async {
            if self.etcd_finished(machine).await? {
                return Ok(());
            }
            let mut node = self.talos(machine)?;
            self.info("gracefully leaving etcd", &[("node", text(machine, "/status/nodeRef/name"))]);
            node.forfeit().await?;
            node.leave().await
        };
        let late = Problem::Other("context deadline exceeded".to_owned());
        tokio::time::timeout(PATIENCE, leaving).await.unwrap_or(Err(late))
    }

    async fn delete_node(&self, machine: &Value) -> Result<(), Problem> {
        let node = text(machine, "/status/nodeRef/name");
        self.info("deleting node", &[("machine", name(machine)), ("node", node)]);
        self.provider.mirror.delete(kinds::NODE, &Key::new("", node)).await
    }
}

/// A machine of a control plane.
pub(crate) fn new_machine(plane: &Value, cluster: &Value, name: &str, config: &str, server: &str) -> Value {
    let reference = |kind: crate::control::Kind, name: &str| json!({"apiGroup": kind.group, "kind": kind.kind, "name": name});
    let domain = cluster["status"]["failureDomains"].as_array().and_then(|all| all.first());
    let mut spec = json!({
        "clusterName": crate::control::name(cluster),
        "version": plane["spec"]["version"],
        "bootstrap": {"configRef": reference(kinds::TALOS_CONFIG, config)},
        "infrastructureRef": reference(kinds::HCLOUD_MACHINE, server),
    });
    if let Some(domain) = domain {
        spec["failureDomain"] = domain["name"].clone();
    }
    json!({
        "metadata": {
            "name": name,
            "namespace": namespace(plane),
            "labels": {CLUSTER_NAME: crate::control::name(cluster), CONTROL_PLANE: ""},
            "ownerReferences": [owner_reference(kinds::TALOS_CONTROL_PLANE, plane, true)],
            "finalizers": ["machine.cluster.x-k8s.io"],
        },
        "spec": spec,
    })
}
