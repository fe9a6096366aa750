//! What the provider says of its objects, in both dialects of conditions.

use serde_json::{Value, json};

use super::hcloud::Refused;
use crate::control::{Condition, Legacy, is_true, set_condition, set_legacy};

/// Write the older conditions and the newer ones; what both call Ready comes last.
pub(crate) struct Words<'a> {
    object: &'a mut Value,
    now: &'a str,
}

impl<'a> Words<'a> {
    pub fn of(object: &'a mut Value, now: &'a str) -> Self {
        Self { object, now }
    }

    pub fn old(&mut self, condition: &Legacy) {
        set_legacy(&mut self.object["status"]["conditions"], condition, self.now);
    }

    pub fn modern(&mut self, condition: &Condition) {
        let generation = self.object["metadata"]["generation"].as_i64();
        set_condition(&mut self.object["status"]["v1beta2"]["conditions"], condition, generation, self.now);
    }

    /// One fact that is true in both dialects; their names may differ.
    pub fn yes(&mut self, old: &'static str, new: &'static str, reason: &str) {
        self.old(&Legacy::yes(old));
        self.modern(&Condition::yes(new, reason));
    }

    /// One fact that is not true in either dialect.
    pub fn no(
        &mut self,
        (old, new): (&'static str, &'static str),
        severity: &'static str,
        reason: &str,
        message: &str,
    ) {
        self.old(&Legacy::no(old, severity, reason, message));
        self.modern(&Condition::no(new, reason, message));
        self.old(&Legacy::no("Ready", severity, reason, message));
        self.modern(&Condition::no("Ready", "NotReady", format!("* {new}: {message}")));
    }

    /// Everything that was said stands: the object is ready.
    pub fn ready(&mut self) {
        self.yes("Ready", "Ready", "Ready");
    }
}

/// The token works and the limit is not exhausted.
pub(crate) fn reachable(object: &mut Value, now: &str) {
    let limited = is_true(&object["status"]["v1beta2"]["conditions"], "HCloudRateLimitExceeded");
    let mut words = Words::of(object, now);
    words.yes("HCloudTokenAvailable", "HCloudTokenAvailable", "HCloudTokenAvailable");
    if limited {
        words.old(&Legacy::yes("HetznerAPIReachable"));
    }
    words.modern(&Condition::no("HCloudRateLimitExceeded", "NotExceeded", ""));
    words.modern(&Condition::no("Paused", "NotPaused", ""));
}

/// The cloud refuses to be asked so often.
pub(crate) fn rate_limited(object: &mut Value, refused: &Refused, now: &str) {
    let mut words = Words::of(object, now);
    let message = format!("exceeded hcloud rate limit: {refused}");
    words.old(&Legacy::no("HetznerAPIReachable", "Warning", "RateLimitExceeded", message.clone()));
    words.modern(&Condition::new("HCloudRateLimitExceeded", "True", "Exceeded", message));
}

/// The server that belongs to an HCloudMachine looks like this.
pub(crate) fn machine_status(machine: &mut Value, server: &Value, now: &str) {
    let state = server["status"].as_str().unwrap_or("unknown").to_owned();
    let running = state == "running";
    machine["spec"]["providerID"] = json!(format!("hcloud://{}", server["id"]));
    let status = &mut machine["status"];
    status["instanceState"] = json!(state);
    status["region"] = server["location"]["name"].clone();
    status["addresses"] = addresses(server);
    let boot = match state.as_str() {
        "initializing" => "Initializing",
        "starting" => "BootingToRealOS",
        _ => "OperatingSystemRunning",
    };
    if status["bootState"] != boot {
        status["bootState"] = json!(boot);
        status["bootStateSince"] = json!(now);
    }
    if running {
        status["ready"] = json!(true);
    } else if status["ready"] != true {
        status["ready"] = json!(false);
    }
    let mut words = Words::of(machine, now);
    words.old(&Legacy::yes("BootstrapReady"));
    words.yes("ServerCreateSucceeded", "ServerCreated", "ServerCreated");
    match state.as_str() {
        "running" => {
            words.yes("ServerProvisioned", "ServerProvisioned", "ServerProvisioned");
            words.yes("ServerAvailable", "ServerAvailable", "ServerAvailable");
            words.ready();
        }
        "off" | "stopping" => {
            words.no(("ServerAvailable", "ServerAvailable"), "Info", "ServerOff", "server is switched off");
        }
        other => {
            let facts = ("ServerProvisioned", "ServerProvisioned");
            words.no(facts, "Info", "BootingToRealOS", &format!("server status is {other}"));
        }
    }
}

/// External addresses first, then those in private networks; the same address is not said twice of one kind.
fn addresses(server: &Value) -> Value {
    let mut all = Vec::new();
    if let Some(ip) = server["public_net"]["ipv4"]["ip"].as_str() {
        all.push(json!({"type": "ExternalIP", "address": ip}));
    }
    for network in server["private_net"].as_array().into_iter().flatten() {
        all.push(json!({"type": "InternalIP", "address": network["ip"]}));
    }
    if server["private_net"].as_array().is_none_or(Vec::is_empty)
        && let Some(ip) = server["public_net"]["ipv4"]["ip"].as_str()
    {
        all.push(json!({"type": "InternalIP", "address": ip}));
    }
    Value::Array(all)
}

/// The cluster's infrastructure stands: these are its load balancer, network and placement groups.
pub(crate) fn cluster_status(
    cluster: &mut Value,
    balancer: &Value,
    network: Option<&Value>,
    groups: &[Value],
    now: &str,
) {
    let targets: Vec<Value> = balancer["targets"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| json!({"type": "server", "serverID": it["server"]["id"]}))
        .collect();
    let address = &balancer["public_net"]["ipv4"]["ip"];
    let status = &mut cluster["status"];
    status["ready"] = json!(true);
    status["controlPlaneLoadBalancer"] =
        json!({"id": balancer["id"], "ipv4": address, "targets": targets, "proxyProtocolEnabled": false});
    if let Some(network) = network {
        status["networkStatus"] = json!({"id": network["id"], "attachedServers": network["servers"]});
    }
    status["hcloudPlacementGroups"] = groups
        .iter()
        .map(|it| json!({"id": it["id"], "name": it["name"], "type": it["type"], "servers": it["servers"]}))
        .collect();
    let regions: Vec<String> = cluster["spec"]["controlPlaneRegions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it.as_str().map(str::to_owned))
        .collect();
    cluster["status"]["failureDomains"] = regions
        .iter()
        .map(|it| (it.clone(), json!({"controlPlane": true})))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let mut words = Words::of(cluster, now);
    for (fact, reason) in [
        ("LoadBalancerReady", "LoadBalancerReady"),
        ("NetworkReady", "NetworkReady"),
        ("PlacementGroupsSynced", "PlacementGroupsSynced"),
        ("ControlPlaneEndpointSet", "ControlPlaneEndpointSet"),
        ("TargetClusterReady", "TargetClusterReady"),
        ("TargetClusterSecretReady", "TargetClusterSecretReady"),
    ] {
        words.yes(fact, fact, reason);
    }
    words.ready();
}
