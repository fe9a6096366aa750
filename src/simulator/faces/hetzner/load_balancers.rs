//! Load balancers: made, given targets; whether a target is healthy is asked of the metal at the moment of reading.

use http::StatusCode;
use serde_json::{Value, json};

use super::catalogue;
use super::cloud::Cloud;
use super::failure::Failure;
use super::networks::labels;

impl Cloud {
    /// `POST /load_balancers`.
    pub(super) fn create_load_balancer(&self, request: &Value) -> Result<Value, Failure> {
        let name = request["name"].as_str().ok_or_else(|| Failure::invalid("name", "name is required"))?;
        let address = self.inner.metal.next_address();
        let location = request["location"].as_str().unwrap_or("nbg1");
        let kind = request["load_balancer_type"].as_str().unwrap_or("lb11");
        let services: Vec<Value> = request["services"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| service(it["listen_port"].as_u64().unwrap_or(6443), it["destination_port"].as_u64()))
            .collect();
        let balancer =
            load_balancer(name, address.to_string(), kind, location, &services, labels(request), &self.now());
        let id = self.place("load_balancers", balancer);
        let action = self.at_once("create_load_balancer", &[("load_balancer", id)]);
        Ok(json!({"load_balancer": self.one("load_balancers", "load balancer", id)?, "action": action}))
    }

    /// `POST /load_balancers/{id}/actions/{command}`.
    pub(super) fn load_balancer_action(
        &self,
        id: u64,
        command: &str,
        request: &Value,
    ) -> Result<Value, Failure> {
        let server = request["server"]["id"].as_u64();
        let mut state = self.state();
        if let Some(server) = server
            && command == "add_target"
            && state.get("servers", server).is_none()
        {
            return Err(Failure::not_found("server", server));
        }
        let balancer = state.of("load_balancers").get_mut(&id);
        let balancer = balancer.ok_or_else(|| Failure::not_found("load balancer", id))?;
        let targets = balancer["targets"].as_array_mut();
        let targets = targets.ok_or_else(|| Failure::not_found("load balancer", id))?;
        match (command, server) {
            ("add_target", Some(server)) => {
                if targets.iter().any(|it| it["server"]["id"] == server) {
                    let message = "target is already defined for load balancer";
                    return Err(Failure::new(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        "target_already_defined",
                        message,
                    ));
                }
                let private = request["use_private_ip"] == true;
                targets.push(json!({"type": "server", "server": {"id": server}, "use_private_ip": private,
                    "health_status": []}));
            }
            ("remove_target", Some(server)) => targets.retain(|it| it["server"]["id"] != server),
            ("add_service" | "update_service" | "change_algorithm" | "attach_to_network", _) => {}
            _ => return Err(Failure::invalid("server", "a server is required")),
        }
        drop(state);
        let mut about = vec![("load_balancer", id)];
        about.extend(server.map(|id| ("server", id)));
        Ok(json!({"action": self.at_once(command, &about)}))
    }

    /// Say of every target how it answers at this moment.
    pub(super) fn with_health(&self, mut balancer: Value) -> Value {
        let ports: Vec<u64> = balancer["services"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|it| it["listen_port"].as_u64())
            .collect();
        for target in balancer["targets"].as_array_mut().into_iter().flatten() {
            let answers = target["server"]["id"].as_u64().is_some_and(|id| self.inner.metal.answers(id));
            let status = if answers { "healthy" } else { "unhealthy" };
            target["health_status"] =
                ports.iter().map(|port| json!({"listen_port": port, "status": status})).collect();
        }
        balancer
    }
}

fn service(listen: u64, destination: Option<u64>) -> Value {
    let destination = destination.unwrap_or(listen);
    json!({"protocol": "tcp", "listen_port": listen, "destination_port": destination, "proxyprotocol": false,
        "health_check": {"protocol": "tcp", "port": destination, "interval": 15, "timeout": 10, "retries": 3}})
}

/// A load balancer of the Kubernetes API, and of Talos where the services say so, as it goes out.
pub(super) fn load_balancer(
    name: &str,
    address: String,
    kind: &str,
    location: &str,
    services: &[Value],
    labels: Value,
    created: &str,
) -> Value {
    let kinds = catalogue::load_balancer_types();
    let kind = kinds.iter().find(|it| it["name"] == kind).unwrap_or(&kinds[0]);
    json!({
        "name": name, "created": created, "labels": labels, "load_balancer_type": kind,
        "location": catalogue::location(location), "algorithm": {"type": "round_robin"},
        "public_net": {"enabled": true, "ipv4": {"ip": address, "dns_ptr": format!("{name}.example.net")},
            "ipv6": {"ip": null, "dns_ptr": null}},
        "private_net": [], "services": services, "targets": [], "protection": {"delete": false},
        "included_traffic": 21_990_232_555_520_u64, "ingoing_traffic": 0, "outgoing_traffic": 0,
    })
}

impl Cloud {
    /// A load balancer that is there already, with these servers behind it; answers its id.
    pub fn place_load_balancer(
        &self,
        name: &str,
        region: &str,
        labels: Value,
        servers: &[u64],
        created: i64,
    ) -> u64 {
        let address = self.inner.metal.next_address().to_string();
        let created = crate::control::timestamp(created);
        let services = [service(6443, None)];
        let mut balancer = load_balancer(name, address, "lb11", region, &services, labels, &created);
        balancer["targets"] = servers
            .iter()
            .map(|id| json!({"type": "server", "server": {"id": id}, "use_private_ip": true, "health_status": []}))
            .collect();
        self.place("load_balancers", balancer)
    }
}
