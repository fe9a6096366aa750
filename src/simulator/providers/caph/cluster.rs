//! HetznerClusters: a load balancer, a network and placement groups for each, and who stands in them.

use serde_json::{Value, json};

use super::Provider;
use super::status::{Words, cluster_status, reachable};
use crate::control::{
    Event, Key, Kind, Outcome, Problem, Reconcile, deleting, is_paused, key, kinds, label, name, namespace,
    owner_reference, set_finalizer, text, timestamp,
};

const FINALIZER: &str = "infrastructure.cluster.x-k8s.io/hetznercluster";

pub(super) struct Clusters(pub Provider);

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
                    self.0.mirror.get(kinds::CLUSTER, &Key::new(space, cluster)).unwrap_or_default();
                vec![Key::new(space, text(&cluster, "/spec/infrastructureRef/name"))]
            }
        }
    }

    async fn reconcile(&self, at: &Key) -> Result<Outcome, Problem> {
        let provider = &self.0;
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
            return Ok(Outcome::Settled);
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
        result.map(|()| Outcome::Settled).map_err(Problem::from)
    }
}

impl Clusters {
    /// Whether what the status says of the servers differs from the machines there are.
    fn stale(&self, cluster: &Value) -> bool {
        if cluster["status"]["ready"] != true
            || cluster["spec"]["controlPlaneEndpoint"]["host"].as_str().is_none()
            || !looked_at(cluster)
        {
            return true;
        }
        let provider = &self.0;
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
        let provider = &self.0;
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

    /// Make a load balancer what is ordered: its algorithm, and the services that it has.
    async fn balance(&self, balancer: &Value, order: &Value) -> Result<(), super::hcloud::Refused> {
        let id = balancer["id"].as_u64().unwrap_or_default();
        let act =
            async |command: &str, body: &Value| self.0.hcloud.act("load_balancers", id, command, body).await;
        if balancer["algorithm"]["type"] != order["algorithm"]["type"] {
            act("change_algorithm", &order["algorithm"]).await?;
        }
        let list = |of: &Value| of["services"].as_array().cloned().unwrap_or_default();
        let (there, wanted) = (list(balancer), list(order));
        let same = |one: &Value, other: &Value| {
            ["protocol", "listen_port", "destination_port"].iter().all(|it| one[it] == other[it])
        };
        for it in there.iter().filter(|it| !wanted.iter().any(|one| same(one, it))) {
            act("delete_service", &json!({"listen_port": it["listen_port"]})).await?;
        }
        for it in wanted.iter().filter(|it| !there.iter().any(|one| same(one, it))) {
            act("add_service", it).await?;
        }
        Ok(())
    }
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
        "algorithm": {"type": wanted["algorithm"].as_str().unwrap_or("least_connections")},
        "labels": {format!("caph-cluster-{name}"): "owned"},
        "services": services,
    })
}
