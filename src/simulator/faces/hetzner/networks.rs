//! Networks and placement groups: made, joined, deleted.

use std::net::IpAddr;

use http::StatusCode;
use serde_json::{Value, json};

use super::cloud::{Cloud, State};
use super::failure::Failure;

/// Put a server into a network, with its own address as the private one.
pub(super) fn attach(
    state: &mut State,
    server: &mut Value,
    network: u64,
    address: IpAddr,
) -> Result<(), Failure> {
    let found =
        state.of("networks").get_mut(&network).ok_or_else(|| Failure::not_found("network", network))?;
    if let Some(servers) = found["servers"].as_array_mut() {
        servers.push(server["id"].clone());
    }
    let id = server["id"].as_u64().unwrap_or_default();
    let entry = json!({"network": network, "ip": address, "alias_ips": [],
        "mac_address": format!("86:00:00:{:02x}:{:02x}:{:02x}", id >> 16 & 0xff, id >> 8 & 0xff, id & 0xff)});
    if let Some(all) = server["private_net"].as_array_mut() {
        all.push(entry);
    }
    Ok(())
}

impl Cloud {
    pub(super) fn attach_server(&self, id: u64, request: &Value) -> Result<Value, Failure> {
        let network = request["network"].as_u64();
        let network = network.ok_or_else(|| Failure::invalid("network", "network is required"))?;
        let mut state = self.state();
        let mut server = state.get("servers", id).cloned().ok_or_else(|| Failure::not_found("server", id))?;
        let attached =
            server["private_net"].as_array().is_some_and(|all| all.iter().any(|it| it["network"] == network));
        if attached {
            return Err(Failure::new(
                StatusCode::CONFLICT,
                "server_already_attached",
                "server is already attached",
            ));
        }
        let address = server["public_net"]["ipv4"]["ip"].as_str().and_then(|it| it.parse().ok());
        let address = address.unwrap_or(IpAddr::from([127, 0, 0, 1]));
        attach(&mut state, &mut server, network, address)?;
        state.of("servers").insert(id, server);
        drop(state);
        Ok(self.at_once("attach_to_network", &[("server", id), ("network", network)]))
    }

    /// `POST /networks`.
    pub(super) fn create_network(&self, request: &Value) -> Result<Value, Failure> {
        let name = request["name"].as_str().ok_or_else(|| Failure::invalid("name", "name is required"))?;
        let range = request["ip_range"].as_str();
        let range = range.ok_or_else(|| Failure::invalid("ip_range", "ip_range is required"))?;
        let list = |key: &str| request[key].as_array().cloned().unwrap_or_default();
        let subnets: Vec<Value> = list("subnets").iter().map(|it| subnet(it, range)).collect();
        let routes: Vec<Value> = list("routes").iter().map(route).collect();
        let network = network(name, range, &subnets, &routes, labels(request), &self.now());
        let id = self.place("networks", network);
        self.tell();
        Ok(json!({"network": self.one("networks", "network", id)?}))
    }

    /// `POST /networks/{id}/actions/{command}`.
    pub(super) fn network_action(&self, id: u64, command: &str, request: &Value) -> Result<Value, Failure> {
        let mut network = self.one("networks", "network", id)?;
        let range = network["ip_range"].as_str().unwrap_or_default().to_owned();
        let (list, new) = match command {
            "add_subnet" | "delete_subnet" => ("subnets", subnet(request, &range)),
            "add_route" | "delete_route" => ("routes", route(request)),
            "change_ip_range" => {
                network["ip_range"] = request["ip_range"].clone();
                ("", Value::Null)
            }
            other => {
                let message = format!("action '{other}' not found");
                return Err(Failure::new(StatusCode::NOT_FOUND, "not_found", message));
            }
        };
        if let Some(all) = network[list].as_array_mut() {
            let key = if list == "routes" { "destination" } else { "ip_range" };
            let present = all.iter().any(|it| it[key] == new[key]);
            match (command.starts_with("add"), present) {
                (true, false) => all.push(new),
                (false, true) => all.retain(|it| it[key] != new[key]),
                (true, true) => return Err(Failure::invalid(key, "it overlaps with one that is there")),
                (false, false) => return Err(Failure::invalid(key, "there is no such one")),
            }
        }
        self.place("networks", network);
        Ok(json!({"action": self.at_once(command, &[("network", id)])}))
    }

    /// `POST /placement_groups`.
    pub(super) fn create_placement_group(&self, request: &Value) -> Result<Value, Failure> {
        let name = request["name"].as_str().ok_or_else(|| Failure::invalid("name", "name is required"))?;
        let group = json!({"name": name, "type": "spread", "servers": [], "labels": labels(request),
            "created": self.now()});
        let id = self.place("placement_groups", group);
        let action = self.at_once("create_placement_group", &[("placement_group", id)]);
        Ok(json!({"placement_group": self.one("placement_groups", "placement group", id)?, "action": action}))
    }
}

pub(super) fn labels(request: &Value) -> Value {
    if request["labels"].is_object() { request["labels"].clone() } else { json!({}) }
}

/// A network as it goes out, with nobody in it.
pub(super) fn network(
    name: &str,
    range: &str,
    subnets: &[Value],
    routes: &[Value],
    labels: Value,
    created: &str,
) -> Value {
    json!({"name": name, "ip_range": range, "subnets": subnets, "routes": routes, "servers": [],
        "load_balancers": [], "protection": {"delete": false}, "labels": labels, "created": created,
        "expose_routes_to_vswitch": false})
}

/// A subnet of a network; the gateway is the first address of the network.
pub(super) fn subnet(request: &Value, range: &str) -> Value {
    let base = range.split('/').next().unwrap_or_default();
    let gateway = base.rsplit_once('.').map_or_else(String::new, |(rest, _)| format!("{rest}.1"));
    json!({"type": request["type"].as_str().unwrap_or("cloud"), "ip_range": request["ip_range"],
        "network_zone": request["network_zone"], "gateway": gateway, "vswitch_id": null})
}

fn route(request: &Value) -> Value {
    json!({"destination": request["destination"], "gateway": request["gateway"]})
}

impl Cloud {
    /// A network that is there already; answers its id.
    pub fn place_network(
        &self,
        name: &str,
        range: &str,
        subnets: &[&str],
        labels: Value,
        created: i64,
    ) -> u64 {
        let subnets: Vec<Value> = subnets
            .iter()
            .map(|it| subnet(&json!({"ip_range": it, "network_zone": "eu-central"}), range))
            .collect();
        let created = crate::control::timestamp(created);
        self.place("networks", network(name, range, &subnets, &[], labels, &created))
    }
}
