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
        let range = request["ip_range"].as_str().unwrap_or("10.0.0.0/16");
        let subnets: Vec<Value> = request["subnets"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| {
                json!({"type": "cloud", "ip_range": it["ip_range"], "network_zone": it["network_zone"],
                    "gateway": "10.0.0.1", "vswitch_id": null})
            })
            .collect();
        let network = json!({"name": name, "ip_range": range, "subnets": subnets, "routes": [], "servers": [],
            "load_balancers": [], "protection": {"delete": false}, "labels": labels(request),
            "created": self.now(), "expose_routes_to_vswitch": false});
        let id = self.place("networks", network);
        self.tell();
        Ok(json!({"network": self.one("networks", "network", id)?}))
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
