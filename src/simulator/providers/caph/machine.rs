//! HCloudMachines: a server for each, made, watched until it runs, deleted.

use std::time::Duration;

use serde_json::{Value, json};

use super::Provider;
use super::hcloud::Refused;
use super::status::{Words, machine_status, rate_limited, reachable};
use crate::control::{
    Event, Key, Kind, Outcome, Problem, Reconcile, controller_of, deleting, is_paused, key, kinds, label,
    name, namespace, set_finalizer, text, timestamp,
};

const FINALIZER: &str = "infrastructure.cluster.x-k8s.io/hcloudmachine";
/// How often a server that is on its way is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How long an exhausted rate limit is left alone.
const REST: Duration = Duration::from_secs(300);

pub(super) struct Machines(pub Provider);

impl Reconcile for Machines {
    fn kinds(&self) -> Vec<Kind> {
        vec![kinds::HCLOUD_MACHINE, kinds::MACHINE, kinds::HETZNER_CLUSTER, kinds::CLUSTER]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        match event.kind {
            kinds::HCLOUD_MACHINE => vec![key(&event.object)],
            kinds::MACHINE => {
                vec![Key::new(namespace(&event.object), text(&event.object, "/spec/infrastructureRef/name"))]
            }
            _ => Vec::new(),
        }
    }

    async fn reconcile(&self, at: &Key) -> Result<Outcome, Problem> {
        let provider = &self.0;
        let Some(old) = provider.mirror.get(kinds::HCLOUD_MACHINE, at) else { return Ok(Outcome::Settled) };
        let owner =
            controller_of(&old).filter(|it| it["kind"] == "Machine").and_then(|it| it["name"].as_str());
        let machine = owner.and_then(|it| provider.mirror.get(kinds::MACHINE, &Key::new(&at.namespace, it)));
        let cluster = label(&old, "cluster.x-k8s.io/cluster-name").unwrap_or_default();
        let cluster = provider.mirror.get(kinds::CLUSTER, &Key::new(&at.namespace, cluster));
        if is_paused(cluster.as_deref(), &old) {
            return Ok(Outcome::Settled);
        }
        let mut new = Value::clone(&old);
        let result = if deleting(&old) {
            self.go(&mut new).await
        } else {
            let (Some(machine), Some(cluster)) = (&machine, &cluster) else { return Ok(Outcome::Settled) };
            set_finalizer(&mut new, FINALIZER, true);
            self.come(&mut new, machine, cluster).await
        };
        let now = timestamp(provider.clock.now());
        let outcome = match result {
            Err(Failed::Cloud(refused)) if refused.rate_limited() => {
                rate_limited(&mut new, &refused, &now);
                Ok(Outcome::Again(REST))
            }
            Err(Failed::Cloud(refused)) => Err(refused.into()),
            Err(Failed::Api(problem)) => Err(problem),
            Ok(outcome) => Ok(outcome),
        };
        provider.mirror.write(kinds::HCLOUD_MACHINE, &old, &new).await?;
        outcome
    }
}

/// What can go wrong here: the cloud refuses, or the Kubernetes API does.
enum Failed {
    Cloud(Refused),
    Api(Problem),
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        Self::Cloud(refused)
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Api(problem)
    }
}

/// The number of `hcloud://<number>`.
fn server_id(machine: &Value) -> Option<u64> {
    text(machine, "/spec/providerID").strip_prefix("hcloud://")?.parse().ok()
}

impl Machines {
    async fn come(&self, new: &mut Value, machine: &Value, cluster: &Value) -> Result<Outcome, Failed> {
        let provider = &self.0;
        let now = timestamp(provider.clock.now());
        // What runs and is said to run needs no question to the cloud.
        if new["status"]["ready"] == true && new["status"]["instanceState"] == "running" {
            return Ok(Outcome::Settled);
        }
        let Some(secret) = machine["spec"]["bootstrap"]["dataSecretName"].as_str() else {
            let mut words = Words::of(new, &now);
            let facts = ("BootstrapReady", "ServerCreated");
            words.no(facts, "Info", "WaitingForBootstrapData", "bootstrap not ready yet");
            return Ok(Outcome::Settled);
        };
        let server = match server_id(new) {
            Some(id) => provider.hcloud.server(id).await?,
            None => provider.hcloud.server_of(name(new)).await?,
        };
        reachable(new, &now);
        let server = match server {
            Some(server) => server,
            None if server_id(new).is_some() => {
                new["status"]["ready"] = json!(false);
                let mut words = Words::of(new, &now);
                let facts = ("ServerAvailable", "ServerAvailable");
                words.no(facts, "Error", "ServerNotFound", "hcloud server could not be found");
                return Ok(Outcome::Settled);
            }
            None => match self.order(new, machine, cluster, secret).await? {
                Some(server) => server,
                None => return Ok(Outcome::Again(Duration::from_secs(10))),
            },
        };
        machine_status(new, &server, &now);
        if server["status"] != "running" {
            return Ok(Outcome::Again(LOOK));
        }
        if label(machine, "cluster.x-k8s.io/control-plane").is_some() {
            self.attach(cluster, server["id"].as_u64().unwrap_or_default()).await?;
        }
        provider.journal.info(
            "server is running",
            &[("HCloudMachine", name(new)), ("server", &server["id"].to_string())],
        );
        Ok(Outcome::Settled)
    }

    /// Order the server; nothing where the cloud has none to give, which the conditions then say.
    async fn order(
        &self,
        new: &mut Value,
        machine: &Value,
        cluster: &Value,
        secret: &str,
    ) -> Result<Option<Value>, Failed> {
        let provider = &self.0;
        let now = timestamp(provider.clock.now());
        let space = namespace(machine);
        let infrastructure = text(cluster, "/spec/infrastructureRef/name");
        let place =
            provider.mirror.get(kinds::HETZNER_CLUSTER, &Key::new(space, infrastructure)).unwrap_or_default();
        let data = provider.mirror.fetch(kinds::SECRET, &Key::new(space, secret)).await?;
        let data = data.ok_or_else(|| Problem::Other(format!("bootstrap data secret {secret} not found")))?;
        let user_data = crate::control::secret_text(&data, "value")?;
        let failed = |new: &mut Value, reason: &str, message: &str| {
            let mut words = Words::of(new, &now);
            words.no(("ServerCreateSucceeded", "ServerCreated"), "Warning", reason, message);
        };
        let image = text(new, "/spec/imageName");
        let Some(image) = provider.hcloud.image(image).await? else {
            failed(new, "ImageNotFound", &format!("no image found with name {image}"));
            return Ok(None);
        };
        let groups = place["status"]["hcloudPlacementGroups"].as_array().cloned().unwrap_or_default();
        let wanted = text(new, "/spec/placementGroupName");
        let group = groups.iter().find(|it| text(it, "/name").ends_with(wanted) && !wanted.is_empty());
        let control_plane = label(machine, "cluster.x-k8s.io/control-plane").is_some();
        let region =
            machine["spec"]["failureDomain"].as_str().or(place["spec"]["controlPlaneRegions"][0].as_str());
        let mut order = json!({
            "name": name(new),
            "server_type": new["spec"]["type"],
            "image": image,
            "location": region.unwrap_or("nbg1"),
            "user_data": user_data,
            "labels": {
                format!("caph-cluster-{infrastructure}"): "owned",
                "machine.caph-name": name(new),
                "machine_type": if control_plane { "control_plane" } else { "worker" },
            },
            "public_net": {"enable_ipv4": new["spec"]["publicNetwork"]["enableIPv4"] != false, "enable_ipv6": false},
            "start_after_create": true,
        });
        if let Some(group) = group {
            order["placement_group"] = group["id"].clone();
        }
        if let Some(network) = place["status"]["networkStatus"]["id"].as_u64() {
            order["networks"] = json!([network]);
        }
        match provider.hcloud.create_server(&order).await {
            Ok(server) => {
                provider.journal.info("created new HCloud server", &[("HCloudMachine", name(new))]);
                Ok(Some(server))
            }
            Err(refused) if refused.code == "resource_unavailable" || refused.code == "placement_error" => {
                let message = format!("failed to create HCloud server: {refused}");
                provider.journal.error(&message, &[("HCloudMachine", name(new))]);
                failed(new, "CreationFailed", &message);
                Ok(None)
            }
            Err(refused) => Err(refused.into()),
        }
    }

    async fn attach(&self, cluster: &Value, server: u64) -> Result<(), Failed> {
        let provider = &self.0;
        let at = Key::new(namespace(cluster), text(cluster, "/spec/infrastructureRef/name"));
        let place = provider.mirror.get(kinds::HETZNER_CLUSTER, &at);
        let balancer = place.and_then(|it| it["status"]["controlPlaneLoadBalancer"]["id"].as_u64());
        if let Some(balancer) = balancer {
            provider.hcloud.add_target(balancer, server).await?;
        }
        Ok(())
    }

    async fn go(&self, new: &mut Value) -> Result<Outcome, Failed> {
        let provider = &self.0;
        let now = timestamp(provider.clock.now());
        let server = match server_id(new) {
            Some(id) => provider.hcloud.server(id).await?,
            None => provider.hcloud.server_of(name(new)).await?,
        };
        let Some(server) = server else {
            set_finalizer(new, FINALIZER, false);
            provider.journal.info("server deleted", &[("HCloudMachine", name(new))]);
            return Ok(Outcome::Settled);
        };
        let id = server["id"].as_u64().unwrap_or_default();
        new["status"]["instanceState"] = server["status"].clone();
        let mut words = Words::of(new, &now);
        words.no(
            ("ServerAvailable", "ServerAvailable"),
            "Info",
            "Deleting",
            "HCloudMachine is being deleted",
        );
        match server["status"].as_str() {
            Some("running") => provider.hcloud.shut_down(id).await?,
            Some("stopping") => {}
            _ => provider.hcloud.delete_server(id).await?,
        }
        Ok(Outcome::Again(Duration::from_secs(4)))
    }
}
