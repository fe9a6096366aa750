//! The Talos bootstrap provider: it turns every TalosConfig into the machine config of its Machine.

mod bundle;
mod machine_config;
mod secrets;
mod status;

pub(crate) use bundle::Bundle;
pub(crate) use machine_config::{Role, Wanted, machine_config};
pub(crate) use secrets::{authority_secret, bundle_secret, data_secret, talosconfig_secret};
pub(crate) use status::ready;

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Clock;
use crate::control::{
    Event, Journal, Key, Kind, Mirror, Naming, Outcome, Problem, Reconcile, controller_of, deleting,
    is_paused, key, kinds, label, name, namespace, run, secret_text, text, timestamp,
};

/// Talos as the provider's own contract has it where a TalosConfig names none.
pub(crate) const TALOS_VERSION: &str = "v1.12.2";

struct Bootstrap {
    mirror: Mirror,
    clock: Clock,
    journal: Journal,
    naming: Naming,
}

/// Run the provider.
pub(crate) fn start(
    mirror: &Mirror,
    clock: &Clock,
    journal: Journal,
    naming: &Naming,
    tasks: &mut JoinSet<()>,
) {
    let provider = Arc::new(Bootstrap {
        mirror: mirror.clone(),
        clock: clock.clone(),
        journal: journal.clone(),
        naming: naming.clone(),
    });
    mirror.watch(&provider.kinds(), clock, tasks);
    tasks.spawn(run(provider, mirror.clone(), clock.clone(), journal));
}

impl Reconcile for Bootstrap {
    fn kinds(&self) -> Vec<Kind> {
        vec![kinds::TALOS_CONFIG, kinds::MACHINE, kinds::CLUSTER]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        let object = &event.object;
        match event.kind {
            kinds::TALOS_CONFIG => vec![key(object)],
            kinds::MACHINE if object["spec"]["bootstrap"]["configRef"]["kind"] == "TalosConfig" => {
                vec![Key::new(namespace(object), text(object, "/spec/bootstrap/configRef/name"))]
            }
            kinds::CLUSTER => self
                .mirror
                .list(kinds::TALOS_CONFIG)
                .iter()
                .filter(|config| label(config, "cluster.x-k8s.io/cluster-name") == Some(name(object)))
                .filter(|config| config["status"]["ready"] != true)
                .map(|config| key(config))
                .collect(),
            _ => Vec::new(),
        }
    }

    async fn reconcile(&self, at: &Key) -> Result<Outcome, Problem> {
        let Some(config) = self.mirror.get(kinds::TALOS_CONFIG, at) else { return Ok(Outcome::Settled) };
        let owner = controller_of(&config).filter(|owner| owner["kind"] == "Machine");
        let Some(owner) = owner.and_then(|owner| owner["name"].as_str()) else { return Ok(Outcome::Settled) };
        let Some(machine) = self.mirror.get(kinds::MACHINE, &Key::new(&at.namespace, owner)) else {
            return Ok(Outcome::Settled);
        };
        let cluster =
            self.mirror.get(kinds::CLUSTER, &Key::new(&at.namespace, text(&machine, "/spec/clusterName")));
        let Some(cluster) = cluster else { return Ok(Outcome::Settled) };
        if deleting(&config) || is_paused(Some(&cluster), &config) {
            return Ok(Outcome::Settled);
        }
        let mut new = Value::clone(&config);
        let result = self.provide(&mut new, &machine, &cluster).await;
        if let Err(problem) = &result {
            let now = timestamp(self.clock.now());
            status::waiting(&mut new, "Error", "DataSecretGenerationFailed", &problem.to_string(), &now);
        }
        self.mirror.write(kinds::TALOS_CONFIG, &config, &new).await?;
        result.map(|()| Outcome::Settled)
    }
}

impl Bootstrap {
    async fn provide(&self, config: &mut Value, machine: &Value, cluster: &Value) -> Result<(), Problem> {
        let now = timestamp(self.clock.now());
        if cluster["status"]["initialization"]["infrastructureProvisioned"] != true {
            status::waiting(config, "Info", "WaitingForClusterInfrastructure", "", &now);
            return Ok(());
        }
        let space = namespace(machine).to_owned();
        let control_plane = config["spec"]["generateType"] == "controlplane";
        let done = config["status"]["ready"] == true;
        if done && !control_plane {
            return Ok(());
        }
        let bundle = self.bundle(cluster, &space).await?;
        let secret = format!("{}-bootstrap-data", name(machine));
        if !done {
            let text = machine_config(&bundle, &wanted(config, machine, cluster, &endpoint(cluster)))?;
            let object = data_secret(config, name(cluster), name(machine), &text);
            if self.mirror.fetch(kinds::SECRET, &Key::new(&space, &secret)).await?.is_none() {
                self.mirror.create(kinds::SECRET, object).await?;
            }
            self.journal.info("generated bootstrap data", &[("machine", name(machine)), ("secret", &secret)]);
        }
        if control_plane {
            self.client_config(cluster, &space, &bundle).await?;
        }
        ready(config, &secret, control_plane, &now);
        Ok(())
    }

    /// The bundle of the cluster, made where there is none yet.
    async fn bundle(&self, cluster: &Value, space: &str) -> Result<Bundle, Problem> {
        let at = Key::new(space, &format!("{}-talos", name(cluster)));
        if let Some(secret) = self.mirror.fetch(kinds::SECRET, &at).await? {
            let text = secret_text(&secret, "bundle")?;
            return serde_yaml::from_str(&text).map_err(|error| Problem::Other(format!("bundle: {error}")));
        }
        let bundle = Bundle::generate(&self.naming).map_err(|error| Problem::Other(error.to_string()))?;
        self.mirror.create(kinds::SECRET, bundle_secret(cluster, space, &bundle)?).await?;
        self.mirror.create(kinds::SECRET, authority_secret(cluster, space, &bundle)).await?;
        Ok(bundle)
    }

    /// Keep the endpoints of the talosconfig those of the control-plane machines.
    async fn client_config(&self, cluster: &Value, space: &str, bundle: &Bundle) -> Result<(), Problem> {
        let endpoints = endpoints(&self.mirror, space, name(cluster));
        let at = Key::new(space, &format!("{}-talosconfig", name(cluster)));
        let Some(secret) = self.mirror.fetch(kinds::SECRET, &at).await? else {
            let secret = talosconfig_secret(cluster, space, bundle, &endpoints)?;
            self.mirror.create(kinds::SECRET, secret).await?;
            return Ok(());
        };
        let mut client: Value = serde_yaml::from_str(&secret_text(&secret, "talosconfig")?)
            .map_err(|error| Problem::Other(format!("talosconfig: {error}")))?;
        let context = &mut client["contexts"][name(cluster)];
        if context["endpoints"] == json!(endpoints) {
            return Ok(());
        }
        context["endpoints"] = json!(endpoints);
        let text = serde_yaml::to_string(&client).map_err(|error| Problem::Other(error.to_string()))?;
        self.mirror.merge(kinds::SECRET, &at, &json!({"stringData": {"talosconfig": text}})).await?;
        Ok(())
    }
}

/// The internal and external addresses of all control-plane machines, sorted.
fn endpoints(mirror: &Mirror, space: &str, cluster: &str) -> Vec<String> {
    let mut endpoints: Vec<String> = mirror
        .list(kinds::MACHINE)
        .iter()
        .filter(|machine| namespace(machine) == space && text(machine, "/spec/clusterName") == cluster)
        .filter(|machine| label(machine, "cluster.x-k8s.io/control-plane").is_some() && !deleting(machine))
        .flat_map(|machine| machine["status"]["addresses"].as_array().cloned().unwrap_or_default())
        .filter(|address| address["type"] == "InternalIP" || address["type"] == "ExternalIP")
        .filter_map(|address| address["address"].as_str().map(str::to_owned))
        .collect();
    endpoints.sort();
    endpoints.dedup();
    endpoints
}

/// The API server of a cluster as a URL.
pub(crate) fn endpoint(cluster: &Value) -> String {
    let port = cluster["spec"]["controlPlaneEndpoint"]["port"].as_u64().unwrap_or(6443);
    format!("https://{}:{port}", text(cluster, "/spec/controlPlaneEndpoint/host"))
}

fn wanted<'a>(config: &'a Value, machine: &'a Value, cluster: &'a Value, endpoint: &'a str) -> Wanted<'a> {
    let spec = &config["spec"];
    let talos = text(config, "/spec/talosVersion");
    Wanted {
        role: if spec["generateType"] == "controlplane" { Role::ControlPlane } else { Role::Worker },
        cluster: name(cluster),
        hostname: match text(config, "/spec/hostname/source") {
            "MachineName" => Some(name(machine)),
            "InfrastructureName" => Some(text(machine, "/spec/infrastructureRef/name")),
            _ => None,
        },
        kubernetes_version: text(machine, "/spec/version"),
        talos_version: if talos.matches('.').count() < 2 { TALOS_VERSION } else { talos },
        endpoint,
        operations: spec["configPatches"].as_array().map_or(&[][..], Vec::as_slice),
        patches: spec["strategicPatches"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect(),
    }
}
