//! HetznerClusters: a load balancer, a network and placement groups for each, and who stands in them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::Provider;
use super::status::{Words, cluster_status, reachable};
use crate::control::{
    Event, Key, Kind, Outcome, Problem, Reconcile, deleting, is_paused, key, kinds, label, name, namespace,
    owner_reference, set_finalizer, text, timestamp,
};

const FINALIZER: &str = "infrastructure.cluster.x-k8s.io/hetznercluster";

/// How often what stands is looked at where nothing is heard, as the real one's `--sync-period`.
const RESYNC: Duration = Duration::from_secs(180);

pub(super) struct Clusters {
    provider: Provider,
    /// When what stands of a cluster was looked at last, in milliseconds of the world's course.
    looked: Mutex<BTreeMap<Key, i64>>,
}

impl Reconcile for Clusters {
    fn kinds(&self) -> Vec<Kind> {
        vec![kinds::HETZNER_CLUSTER, kinds::CLUSTER, kinds::HCLOUD_MACHINE]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        match event.kind {
            kinds::HETZNER_CLUSTER => vec![key(&event.object)],
            kinds::CLUSTER => {
                vec![Key::new(namespace(&event.object), text(&event.object, "/spec/infrastructureRef/name"))]
            }
            // A server that came or went changes who stands in the groups.
            _ => {
                let space = namespace(&event.object);
                let cluster = label(&event.object, "cluster.x-k8s.io/cluster-name").unwrap_or_default();
                let cluster =
                    self.provider.mirror.get(kinds::CLUSTER, &Key::new(space, cluster)).unwrap_or_default();
                vec![Key::new(space, text(&cluster, "/spec/infrastructureRef/name"))]
            }
        }
    }

    async fn reconcile(&self, at: &Key) -> Result<Outcome, Problem> {
        let provider = &self.provider;
        let Some(old) = provider.mirror.get(kinds::HETZNER_CLUSTER, at) else { return Ok(Outcome::Settled) };
        let owner =
            provider.mirror.list(kinds::CLUSTER).into_iter().find(|it| {
                namespace(it) == at.namespace && text(it, "/spec/infrastructureRef/name") == at.name
            });
        let Some(owner) = owner else { return Ok(Outcome::Settled) };
        if is_paused(Some(&owner), &old) || deleting(&old) {
            return Ok(Outcome::Settled);
        }
        if !self.stale(&old) {
            // A refusal is no reason to ask more often: the next look comes anyway.
            let stands = !self.due(at) || self.put_back(&old).await.unwrap_or(true);
            if stands {
                return Ok(Outcome::Again(RESYNC));
            }
        }
        let mut new = Value::clone(&old);
        set_finalizer(&mut new, FINALIZER, true);
        new["metadata"]["ownerReferences"] = json!([owner_reference(kinds::CLUSTER, &owner, true)]);
        new["metadata"]["labels"]["cluster.x-k8s.io/cluster-name"] = json!(name(&owner));
        let result = self.stand(&mut new).await;
        if let Err(refused) = &result {
            let now = timestamp(provider.clock.now());
            if refused.rate_limited() {
                super::status::rate_limited(&mut new, refused, &now);
            } else {
                let facts = ("LoadBalancerReady", "LoadBalancerReady");
                Words::of(&mut new, &now).no(
                    facts,
                    "Warning",
                    "LoadBalancerUpdateFailed",
                    &refused.to_string(),
                );
            }
        }
        provider.mirror.write(kinds::HETZNER_CLUSTER, &old, &new).await?;
        result.map(|()| Outcome::Again(RESYNC)).map_err(Problem::from)
    }
}

impl Clusters {
    pub fn new(provider: Provider) -> Self {
        Self { provider, looked: Mutex::default() }
    }

    /// Whether it is time to look at what stands again; then it is being looked at.
    fn due(&self, at: &Key) -> bool {
        let now = self.provider.clock.course();
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let due = looked.get(at).is_none_or(|it| now - it >= RESYNC.as_millis() as i64);
        if due {
            looked.insert(at.clone(), now);
        }
        due
    }

    /// Make the load balancer what its cluster orders, whoever changed it. False where there is none.
    async fn put_back(&self, cluster: &Value) -> Result<bool, super::hcloud::Refused> {
        match self.provider.hcloud.owned("load_balancers", name(cluster)).await?.first() {
            None => Ok(false),
            Some(balancer) => self.balance(balancer, &balancer_order(cluster)).await.map(|()| true),
        }
    }

    /// Whether what the status says of the servers differs from the machines there are.
    fn stale(&self, cluster: &Value) -> bool {
        if cluster["status"]["ready"] != true
            || cluster["spec"]["controlPlaneEndpoint"]["host"].as_str().is_none()
            || !looked_at(cluster)
        {
            return true;
        }
        let provider = &self.provider;
        let owner = label(cluster, "cluster.x-k8s.io/cluster-name").unwrap_or_default();
        let mut running: Vec<u64> = provider
            .mirror
            .list(kinds::HCLOUD_MACHINE)
            .iter()
            .filter(|it| {
                label(it, "cluster.x-k8s.io/cluster-name") == Some(owner) && it["status"]["ready"] == true
            })
            .filter_map(|it| text(it, "/spec/providerID").strip_prefix("hcloud://")?.parse().ok())
            .collect();
        let attached = cluster["status"]["networkStatus"]["attachedServers"].as_array();
        let mut attached: Vec<u64> = attached.into_iter().flatten().filter_map(Value::as_u64).collect();
        running.sort_unstable();
        attached.sort_unstable();
        cluster["spec"]["hcloudNetwork"]["enabled"] == true && running != attached
    }

    /// Make what is missing, then say what there is.
    async fn stand(&self, new: &mut Value) -> Result<(), super::hcloud::Refused> {
        let provider = &self.provider;
        let cluster = name(new).to_owned();
        let labels = json!({format!("caph-cluster-{cluster}"): "owned"});
        let networked = new["spec"]["hcloudNetwork"]["enabled"] == true;
        if networked && provider.hcloud.owned("networks", &cluster).await?.is_empty() {
            let network = &new["spec"]["hcloudNetwork"];
            let order = json!({"name": cluster, "ip_range": network["cidrBlock"].as_str().unwrap_or("10.0.0.0/16"),
                "labels": labels, "subnets": [{"type": "cloud", "network_zone": "eu-central",
                    "ip_range": network["subnetCidrBlock"].as_str().unwrap_or("10.0.0.0/24")}]});
            provider.hcloud.create("networks", &order).await?;
        }
        let present = provider.hcloud.owned("placement_groups", &cluster).await?;
        for group in new["spec"]["hcloudPlacementGroups"].as_array().into_iter().flatten() {
            let full = format!("{cluster}-{}", text(group, "/name"));
            if !present.iter().any(|it| it["name"] == full.as_str()) {
                let order = json!({"name": full, "type": "spread", "labels": labels});
                provider.hcloud.create("placement_groups", &order).await?;
            }
        }
        let order = balancer_order(new);
        match provider.hcloud.owned("load_balancers", &cluster).await?.first() {
            None => provider.hcloud.create("load_balancers", &order).await?,
            Some(balancer) => self.balance(balancer, &order).await?,
        }
        let balancers = provider.hcloud.owned("load_balancers", &cluster).await?;
        let networks = provider.hcloud.owned("networks", &cluster).await?;
        let groups = provider.hcloud.owned("placement_groups", &cluster).await?;
        let now = timestamp(provider.clock.now());
        if new["spec"]["controlPlaneEndpoint"]["host"].as_str().is_none_or(str::is_empty) {
            let (host, port) = &provider.endpoint;
            new["spec"]["controlPlaneEndpoint"] = json!({"host": host, "port": port});
        }
        reachable(new, &now);
        cluster_status(new, balancers.first().unwrap_or(&Value::Null), networks.first(), &groups, &now);
        Ok(())
    }

    /// Make a load balancer what is ordered.
    async fn balance(&self, balancer: &Value, order: &Value) -> Result<(), super::hcloud::Refused> {
        let id = balancer["id"].as_u64().unwrap_or_default();
        for (command, body) in changes(balancer, order) {
            self.provider.hcloud.act("load_balancers", id, command, &body).await?;
        }
        Ok(())
    }
}

/// What makes a load balancer what is ordered: its type, its algorithm, and the services that it has.
fn changes(balancer: &Value, order: &Value) -> Vec<(&'static str, Value)> {
    let mut found = Vec::new();
    if balancer["load_balancer_type"]["name"] != order["load_balancer_type"] {
        found.push(("change_type", json!({"load_balancer_type": order["load_balancer_type"]})));
    }
    if balancer["algorithm"]["type"] != order["algorithm"]["type"] {
        found.push(("change_algorithm", order["algorithm"].clone()));
    }
    let list = |of: &Value| of["services"].as_array().cloned().unwrap_or_default();
    let (there, wanted) = (list(balancer), list(order));
    let same = |one: &Value, other: &Value| {
        ["protocol", "listen_port", "destination_port"].iter().all(|it| one[it] == other[it])
    };
    let gone = there.iter().filter(|it| !wanted.iter().any(|one| same(one, it)));
    found.extend(gone.map(|it| ("delete_service", json!({"listen_port": it["listen_port"]}))));
    let new = wanted.iter().filter(|it| !there.iter().any(|one| same(one, it)));
    found.extend(new.map(|it| ("add_service", it.clone())));
    found
}

/// Whether the status is of the spec as it is now.
fn looked_at(cluster: &Value) -> bool {
    let conditions = cluster["status"]["v1beta2"]["conditions"].as_array();
    let ready = conditions.into_iter().flatten().find(|it| it["type"] == "Ready");
    ready.is_none_or(|it| it["observedGeneration"] == cluster["metadata"]["generation"])
}

/// The load balancer that a HetznerCluster's spec orders.
pub(crate) fn balancer_order(cluster: &Value) -> Value {
    let wanted = &cluster["spec"]["controlPlaneLoadBalancer"];
    let name = name(cluster);
    let port = wanted["port"].as_u64().unwrap_or(6443);
    let mut services = vec![json!({"protocol": "tcp", "listen_port": port, "destination_port": 6443})];
    for it in wanted["extraServices"].as_array().into_iter().flatten() {
        services.push(json!({"protocol": it["protocol"], "listen_port": it["listenPort"],
            "destination_port": it["destinationPort"]}));
    }
    let region = wanted["region"].as_str().or_else(|| cluster["spec"]["controlPlaneRegions"][0].as_str());
    json!({
        "name": format!("{name}-kube-apiserver"),
        "load_balancer_type": wanted["type"].as_str().unwrap_or("lb11"),
        "location": region.unwrap_or("nbg1"),
        "algorithm": {"type": wanted["algorithm"].as_str().unwrap_or("round_robin")},
        "labels": {format!("caph-cluster-{name}"): "owned"},
        "services": services,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_changed_in_the_console_is_put_back() {
        let cluster =
            json!({"metadata": {"name": "k8s"}, "spec": {"controlPlaneLoadBalancer": {"type": "lb11"}}});
        let order = balancer_order(&cluster);
        let standing = |kind: &str, algorithm: &str, port: u64| {
            json!({"load_balancer_type": {"name": kind}, "algorithm": {"type": algorithm},
                "services": [{"protocol": "tcp", "listen_port": port, "destination_port": 6443}]})
        };
        assert_eq!(changes(&standing("lb11", "round_robin", 6443), &order), []);
        let all = changes(&standing("lb21", "least_connections", 443), &order);
        let commands: Vec<&str> = all.iter().map(|it| it.0).collect();
        assert_eq!(commands, ["change_type", "change_algorithm", "delete_service", "add_service"]);
        assert_eq!(all[0].1, json!({"load_balancer_type": "lb11"}));
    }
}
