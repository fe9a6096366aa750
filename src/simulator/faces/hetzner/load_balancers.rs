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
        let address = self.inner.metal.next_address().to_string();
        let location = request["location"].as_str().unwrap_or("nbg1");
        let kind = request["load_balancer_type"].as_str().unwrap_or("lb11");
        let services = request["services"].as_array().into_iter().flatten().map(service).collect();
        let wanted = Balanced { name, kind, location, algorithm: algorithm(request), services };
        let id = self.place("load_balancers", wanted.told(&address, labels(request), &self.now()));
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
            ("add_target" | "remove_target", None) => {
                return Err(Failure::invalid("server", "a server is required"));
            }
            ("attach_to_network", _) => {}
            _ => change(balancer, command, request)?,
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

/// Change what a load balancer does with what comes.
fn change(balancer: &mut Value, command: &str, request: &Value) -> Result<(), Failure> {
    if let "change_algorithm" | "change_type" = command {
        if command == "change_algorithm" {
            balancer["algorithm"] = json!({"type": request["type"]});
        } else {
            balancer["load_balancer_type"] =
                kind_of(request["load_balancer_type"].as_str().unwrap_or_default());
        }
        return Ok(());
    }
    let port = &request["listen_port"];
    let Some(all) = balancer["services"].as_array_mut() else { return Ok(()) };
    let place = all.iter().position(|it| it["listen_port"] == *port);
    match (command, place) {
        ("add_service", None) => all.push(service(request)),
        ("add_service", Some(_)) => return Err(Failure::taken("listen_port")),
        ("update_service", Some(place)) => all[place] = service(request),
        ("delete_service", Some(place)) => drop(all.remove(place)),
        ("update_service" | "delete_service", None) => {
            return Err(Failure::invalid("listen_port", "no service listens there"));
        }
        (other, _) => {
            let message = format!("action '{other}' not found");
            return Err(Failure::new(StatusCode::NOT_FOUND, "not_found", message));
        }
    }
    Ok(())
}

fn algorithm(request: &Value) -> &str {
    request["algorithm"]["type"].as_str().unwrap_or("round_robin")
}

/// A service as it goes out.
fn service(request: &Value) -> Value {
    let listen = request["listen_port"].as_u64().unwrap_or(6443);
    let destination = request["destination_port"].as_u64().unwrap_or(listen);
    let protocol = request["protocol"].as_str().unwrap_or("tcp");
    json!({"protocol": protocol, "listen_port": listen, "destination_port": destination,
        "proxyprotocol": request["proxyprotocol"] == true,
        "health_check": {"protocol": "tcp", "port": destination, "interval": 15, "timeout": 10, "retries": 3}})
}

fn kind_of(name: &str) -> Value {
    let mut kinds = catalogue::load_balancer_types();
    let place = kinds.iter().position(|it| it["name"] == name).unwrap_or_default();
    kinds.swap_remove(place)
}

/// What a load balancer is ordered as.
struct Balanced<'a> {
    name: &'a str,
    kind: &'a str,
    location: &'a str,
    algorithm: &'a str,
    services: Vec<Value>,
}

impl Balanced<'_> {
    /// As it goes out.
    fn told(&self, address: &str, labels: Value, created: &str) -> Value {
        let Self { name, kind, location, algorithm, services } = self;
        json!({
            "name": name, "created": created, "labels": labels, "load_balancer_type": kind_of(kind),
            "location": catalogue::location(location), "algorithm": {"type": algorithm},
            "public_net": {"enabled": true, "ipv4": {"ip": address, "dns_ptr": format!("{name}.example.net")},
                "ipv6": {"ip": null, "dns_ptr": null}},
            "private_net": [], "services": services, "targets": [], "protection": {"delete": false},
            "included_traffic": 21_990_232_555_520_u64, "ingoing_traffic": 0, "outgoing_traffic": 0,
        })
    }
}

impl Cloud {
    /// A load balancer that is there already, as such an order makes it, with these servers behind it; answers its id.
    pub fn place_load_balancer(&self, order: &Value, servers: &[u64], created: i64) -> u64 {
        let word = |key: &str, otherwise: &'static str| order[key].as_str().unwrap_or(otherwise);
        let wanted = Balanced {
            name: word("name", "kube-apiserver"),
            kind: word("load_balancer_type", "lb11"),
            location: word("location", "nbg1"),
            algorithm: algorithm(order),
            services: order["services"].as_array().into_iter().flatten().map(service).collect(),
        };
        let (address, created) = (self.inner.metal.next_address(), crate::control::timestamp(created));
        let mut balancer = wanted.told(&address.to_string(), labels(order), &created);
        balancer["targets"] = servers
            .iter()
            .map(|id| json!({"type": "server", "server": {"id": id}, "use_private_ip": true, "health_status": []}))
            .collect();
        self.place("load_balancers", balancer)
    }
}
