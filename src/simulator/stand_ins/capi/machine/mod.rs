//! The controller of Machines: what they refer to is adopted, their node is found, their deletion is staged.

mod deletion;
mod drain;
mod facts;
mod status;
mod up_to_date;

pub(crate) use facts::Around;
pub(crate) use status::machine_status;

use std::sync::Arc;

use serde_json::{Value, json};

use super::{CLUSTER_NAME, Core};
use crate::control::{
    Event, Key, Kind, Outcome, Problem, Reconcile, controller_of, deleting, is_paused, key, kinds, label,
    name, namespace, owner_reference, set_finalizer, text, uid,
};

pub(crate) const FINALIZER: &str = "machine.cluster.x-k8s.io";

pub(super) struct Machines(pub Core);

/// What is around a machine, held.
pub(super) struct Held {
    bootstrap: Option<Arc<Value>>,
    infrastructure: Option<Arc<Value>>,
    node: Option<Arc<Value>>,
    deployment: Option<Arc<Value>>,
}

impl Held {
    pub fn around(&self) -> Around<'_> {
        Around {
            bootstrap: self.bootstrap.as_deref(),
            infrastructure: self.infrastructure.as_deref(),
            node: self.node.as_deref(),
            deployment: self.deployment.as_deref(),
        }
    }
}

impl Reconcile for Machines {
    fn kinds(&self) -> Vec<Kind> {
        vec![
            kinds::MACHINE,
            kinds::CLUSTER,
            kinds::NODE,
            kinds::TALOS_CONFIG,
            kinds::HCLOUD_MACHINE,
            kinds::MACHINE_SET,
            kinds::MACHINE_DEPLOYMENT,
        ]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        let object = &event.object;
        match event.kind {
            kinds::MACHINE => vec![key(object)],
            kinds::NODE => self.of_node(object),
            kinds::TALOS_CONFIG | kinds::HCLOUD_MACHINE => self.of_part(object),
            kinds::MACHINE_DEPLOYMENT => self
                .0
                .mirror
                .list(kinds::MACHINE)
                .iter()
                .filter(|it| label(it, "cluster.x-k8s.io/deployment-name") == Some(name(object)))
                .map(|it| key(it))
                .collect(),
            _ => Vec::new(),
        }
    }

    async fn reconcile(&self, at: &Key) -> Result<Outcome, Problem> {
        let core = &self.0;
        let Some(old) = core.mirror.get(kinds::MACHINE, at) else { return Ok(Outcome::Settled) };
        let cluster =
            core.mirror.get(kinds::CLUSTER, &Key::new(&at.namespace, text(&old, "/spec/clusterName")));
        if is_paused(cluster.as_deref(), &old) {
            return Ok(Outcome::Settled);
        }
        let mut new = Value::clone(&old);
        let held = self.held(&old);
        if !deleting(&old) {
            set_finalizer(&mut new, FINALIZER, true);
            new["metadata"]["labels"][CLUSTER_NAME] = new["spec"]["clusterName"].clone();
            self.adopt(&old, kinds::TALOS_CONFIG, held.bootstrap.as_deref()).await?;
            self.adopt(&old, kinds::HCLOUD_MACHINE, held.infrastructure.as_deref()).await?;
            if let Some(node) = &held.node {
                self.mark_node(&old, node).await?;
            }
        }
        let outcome = if deleting(&old) { self.delete(&mut new, &held).await } else { Ok(Outcome::Settled) };
        machine_status(&mut new, &held.around(), &core.now());
        core.mirror.write(kinds::MACHINE, &old, &new).await?;
        outcome
    }
}

impl Machines {
    fn held(&self, machine: &Value) -> Held {
        let core = &self.0;
        let space = namespace(machine);
        let part = |pointer: &str| {
            let kind = kinds::of(text(machine, &format!("{pointer}/kind")))?;
            core.mirror.get(kind, &Key::new(space, text(machine, &format!("{pointer}/name"))))
        };
        let set =
            facts::set_of(machine).and_then(|it| core.mirror.get(kinds::MACHINE_SET, &Key::new(space, it)));
        let deployment =
            set.as_deref().and_then(controller_of).and_then(|it| it["name"].as_str().map(str::to_owned));
        Held {
            bootstrap: part("/spec/bootstrap/configRef"),
            infrastructure: part("/spec/infrastructureRef"),
            node: self.node(machine),
            deployment: deployment
                .and_then(|it| core.mirror.get(kinds::MACHINE_DEPLOYMENT, &Key::new(space, &it))),
        }
    }

    /// The node of a machine: the one it has joined as, else one that carries its provider id.
    fn node(&self, machine: &Value) -> Option<Arc<Value>> {
        let mirror = &self.0.mirror;
        if let Some(joined) = machine["status"]["nodeRef"]["name"].as_str() {
            return mirror.get(kinds::NODE, &Key::new("", joined));
        }
        let provider = machine["spec"]["providerID"].as_str()?;
        mirror.list(kinds::NODE).into_iter().find(|it| it["spec"]["providerID"] == provider)
    }

    /// The machine that a node is of.
    fn of_node(&self, node: &Value) -> Vec<Key> {
        let annotations = &node["metadata"]["annotations"];
        let word = |key: &str| annotations.get(key).and_then(Value::as_str);
        if let (Some(space), Some(machine)) =
            (word("cluster.x-k8s.io/cluster-namespace"), word("cluster.x-k8s.io/machine"))
        {
            return vec![Key::new(space, machine)];
        }
        let Some(provider) = node["spec"]["providerID"].as_str() else { return Vec::new() };
        let all = self.0.mirror.list(kinds::MACHINE);
        all.iter().filter(|it| it["spec"]["providerID"] == provider).map(|it| key(it)).collect()
    }

    /// The machine that a bootstrap config or a server is part of.
    fn of_part(&self, part: &Value) -> Vec<Key> {
        if let Some(owner) = controller_of(part).filter(|it| it["kind"] == "Machine") {
            return vec![Key::new(namespace(part), text(owner, "/name"))];
        }
        let refers = |machine: &Value| {
            [text(machine, "/spec/bootstrap/configRef/name"), text(machine, "/spec/infrastructureRef/name")]
                .contains(&name(part))
        };
        let all = self.0.mirror.list(kinds::MACHINE);
        all.iter().filter(|it| namespace(it) == namespace(part) && refers(it)).map(|it| key(it)).collect()
    }

    /// Become the controlling owner of what the machine refers to.
    async fn adopt(&self, machine: &Value, kind: Kind, part: Option<&Value>) -> Result<(), Problem> {
        let Some(part) = part else { return Ok(()) };
        if controller_of(part).is_some_and(|it| it["uid"] == uid(machine)) || deleting(part) {
            return Ok(());
        }
        let mut new = part.clone();
        new["metadata"]["ownerReferences"] = json!([owner_reference(kinds::MACHINE, machine, true)]);
        new["metadata"]["labels"][CLUSTER_NAME] = machine["spec"]["clusterName"].clone();
        self.0.mirror.write(kind, part, &new).await?;
        Ok(())
    }

    /// Write on the node whose machine it is.
    async fn mark_node(&self, machine: &Value, node: &Value) -> Result<(), Problem> {
        if text(node, "/metadata/annotations/cluster.x-k8s.io~1machine") == name(machine) {
            return Ok(());
        }
        let owner = controller_of(machine).cloned().unwrap_or_default();
        let marks = json!({"metadata": {"annotations": {
            "cluster.x-k8s.io/cluster-name": machine["spec"]["clusterName"],
            "cluster.x-k8s.io/cluster-namespace": namespace(machine),
            "cluster.x-k8s.io/machine": name(machine),
            "cluster.x-k8s.io/owner-kind": owner["kind"],
            "cluster.x-k8s.io/owner-name": owner["name"],
            "cluster.x-k8s.io/labels-from-machine": "",
        }}});
        self.0.mirror.merge(kinds::NODE, &key(node), &marks).await?;
        let (machine, node) = (name(machine), name(node));
        self.0.journal.info(
            "Infrastructure provider reporting spec.providerID, matching Kubernetes node found",
            &[("Machine", machine), ("Node", node)],
        );
        Ok(())
    }
}
