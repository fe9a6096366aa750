//! The Talos control plane provider: rollout, etcd, the known flaw and its fix.

mod etcd;
mod needs_rollout;
mod plane;
mod scale;
mod status;
mod talos;
mod version;

pub(crate) use scale::new_machine;
pub(crate) use status::well;
pub(crate) use version::Version;

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Clock;
use crate::control::{
    Event, Journal, Key, Kind, Legacy, Mirror, Naming, Outcome, Problem, Reconcile, controller_of, deleting,
    is_paused, key, kinds, label, name, namespace, owned_by, run, secret_text, set_finalizer, text,
    timestamp,
};
use crate::stand_ins::capi::{CLUSTER_NAME, CONTROL_PLANE};
use plane::Plane;
use talos::Credentials;

const FINALIZER: &str = "talos.controlplane.cluster.x-k8s.io";

#[derive(Clone)]
pub(crate) struct Provider {
    pub mirror: Mirror,
    pub clock: Clock,
    pub journal: Journal,
    pub naming: Naming,
    pub version: Version,
}

/// Run the provider.
pub(crate) fn start(provider: &Provider, tasks: &mut JoinSet<()>) {
    provider.journal.info("starting manager", &[("version", &provider.version.name())]);
    let (mirror, clock, journal) = (&provider.mirror, &provider.clock, &provider.journal);
    let controller = Arc::new(provider.clone());
    mirror.watch(&controller.kinds(), clock, tasks);
    tasks.spawn(run(controller, mirror.clone(), clock.clone(), journal.clone()));
}

impl Reconcile for Provider {
    fn kinds(&self) -> Vec<Kind> {
        vec![
            kinds::TALOS_CONTROL_PLANE,
            kinds::MACHINE,
            kinds::CLUSTER,
            kinds::NODE,
            kinds::TALOS_CONFIG,
            kinds::HCLOUD_MACHINE,
        ]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        let object = &event.object;
        match event.kind {
            kinds::TALOS_CONTROL_PLANE => vec![key(object)],
            kinds::MACHINE => {
                let owner = controller_of(object).filter(|it| it["kind"] == "TalosControlPlane");
                owner.map(|it| Key::new(namespace(object), text(it, "/name"))).into_iter().collect()
            }
            kinds::CLUSTER => vec![Key::new(namespace(object), text(object, "/spec/controlPlaneRef/name"))],
            _ => Vec::new(),
        }
    }

    async fn reconcile(&self, at: &Key) -> Result<Outcome, Problem> {
        let Some(old) = self.mirror.get(kinds::TALOS_CONTROL_PLANE, at) else { return Ok(Outcome::Settled) };
        let cluster = self.cluster_of(&old);
        // Without these the real provider leaves without a word, and without a condition.
        let Some(cluster) = cluster.filter(|it| {
            it["status"]["initialization"]["infrastructureProvisioned"] == true
                && it["spec"]["controlPlaneEndpoint"]["host"].is_string()
        }) else {
            return Ok(Outcome::Settled);
        };
        if is_paused(Some(&cluster), &old) {
            return Ok(Outcome::Settled);
        }
        let mut machines = self.mirror.list(kinds::MACHINE);
        machines.retain(|it| {
            namespace(it) == at.namespace
                && label(it, CONTROL_PLANE).is_some()
                && label(it, CLUSTER_NAME) == Some(name(&cluster))
                && owned_by(it, &old)
        });
        let secret = Key::new(&at.namespace, &format!("{}-talosconfig", name(&cluster)));
        let secret = self.mirror.fetch(kinds::SECRET, &secret).await?;
        let credentials = secret.map(|it| secret_text(&it, "talosconfig")).transpose()?;
        let credentials = credentials.map(|it| Credentials::read(&it)).transpose()?;
        let now = timestamp(self.clock.now());
        let plane = Plane { provider: self, cluster: &cluster, machines, credentials, now: now.clone() };
        let mut new = Value::clone(&old);
        let result = if deleting(&old) {
            self.delete(&plane, &mut new).await
        } else {
            set_finalizer(&mut new, FINALIZER, true);
            plane.phases(&mut new).await
        };
        self.tell(&mut new, &plane.machines, &now);
        self.mirror.write(kinds::TALOS_CONTROL_PLANE, &old, &new).await?;
        result
    }
}

impl Provider {
    fn cluster_of(&self, plane: &Value) -> Option<Arc<Value>> {
        let owners = plane["metadata"]["ownerReferences"].as_array()?;
        let owner = owners.iter().find(|it| it["kind"] == "Cluster")?;
        self.mirror.get(kinds::CLUSTER, &Key::new(namespace(plane), text(owner, "/name")))
    }

    /// The status at the end of a look, over the machines as the look found them.
    fn tell(&self, plane: &mut Value, machines: &[Arc<Value>], now: &str) {
        let machines: Vec<&Value> = machines.iter().map(|it| &**it).collect();
        let nodes = self.mirror.list(kinds::NODE);
        let nodes: Vec<&Value> = nodes.iter().map(|it| &**it).collect();
        status::counters(plane, &machines, &nodes);
        status::set(plane, &Legacy::yes("Available"), now);
        if plane["status"]["bootstrapped"] == true {
            status::set(plane, &Legacy::yes("MachinesBootstrapped"), now);
        }
        status::summary(plane, now);
    }

    async fn delete(&self, plane: &Plane<'_>, new: &mut Value) -> Result<Outcome, Problem> {
        for machine in plane.machines.iter().filter(|it| !deleting(it)) {
            self.mirror.delete(kinds::MACHINE, &key(machine)).await?;
        }
        if plane.machines.is_empty() {
            set_finalizer(new, FINALIZER, false);
        }
        new["status"]["ready"] = json!(false);
        Ok(Outcome::Settled)
    }
}
