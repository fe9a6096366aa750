//! Firewalls: made, given rules, applied to servers by number or by label, deleted.

use http::StatusCode;
use serde_json::{Value, json};
use std::net::IpAddr;

use super::cloud::{Cloud, State};
use super::failure::Failure;
use super::listing::selects;
use super::networks::labels;

/// Rules of one firewall, and addresses of one rule.
const RULES: usize = 50;
const ADDRESSES: usize = 100;

impl State {
    /// Work out which servers each firewall's labels select, and tell the servers.
    pub fn apply_firewalls(&mut self) {
        let servers: Vec<(u64, Value)> = self
            .of("servers")
            .values()
            .map(|it| (it["id"].as_u64().unwrap_or_default(), it["labels"].clone()))
            .collect();
        let mut around: Vec<(u64, u64)> = Vec::new();
        for (id, firewall) in self.of("firewalls") {
            let Some(applied) = firewall["applied_to"].as_array_mut() else { continue };
            // A server that is gone is behind no firewall any more.
            applied.retain(|it| {
                it["type"] != "server" || servers.iter().any(|(server, _)| it["server"]["id"] == *server)
            });
            for it in applied {
                match it["label_selector"]["selector"].as_str().map(str::to_owned) {
                    None => around.extend(it["server"]["id"].as_u64().map(|server| (*id, server))),
                    Some(selector) => {
                        let chosen: Vec<u64> = servers
                            .iter()
                            .filter(|(_, labels)| selects(&selector, labels))
                            .map(|(server, _)| *server)
                            .collect();
                        it["applied_to_resources"] = chosen
                            .iter()
                            .map(|server| json!({"type": "server", "server": {"id": server}}))
                            .collect();
                        around.extend(chosen.iter().map(|server| (*id, *server)));
                    }
                }
            }
        }
        around.sort_unstable();
        around.dedup();
        for (id, server) in self.of("servers") {
            server["public_net"]["firewalls"] = around
                .iter()
                .filter(|(_, behind)| behind == id)
                .map(|(firewall, _)| json!({"id": firewall, "status": "applied"}))
                .collect();
        }
    }
}

impl Cloud {
    /// `POST /firewalls`.
    pub(super) fn create_firewall(&self, request: &Value) -> Result<Value, Failure> {
        let name = request["name"].as_str().filter(|it| !it.is_empty());
        let name = name.ok_or_else(|| Failure::invalid("name", "name is required"))?;
        if self.state().of("firewalls").values().any(|it| it["name"] == name) {
            return Err(Failure::taken("name"));
        }
        let rules = rules(&request["rules"])?;
        let applied = self.targets(&request["apply_to"], "apply_to")?;
        let id = self.place(
            "firewalls",
            json!({"name": name, "labels": labels(request), "created": self.now(), "rules": rules,
                "applied_to": applied}),
        );
        let actions = self.told(id, &applied, "apply_firewall");
        Ok(json!({"firewall": self.one("firewalls", "firewall", id)?, "actions": actions}))
    }

    /// A firewall that is there already, around the servers that these labels select; answers its id.
    pub fn place_firewall(
        &self,
        name: &str,
        labels: &Value,
        wanted: &[Value],
        selectors: &[String],
        created: i64,
    ) -> Result<u64, Failure> {
        let created = crate::control::timestamp(created);
        let applied: Vec<Value> = selectors
            .iter()
            .map(|it| json!({"type": "label_selector", "label_selector": {"selector": it}, "applied_to_resources": []}))
            .collect();
        let firewall = json!({"name": name, "labels": labels, "created": created, "rules": rules(&json!(wanted))?,
            "applied_to": applied});
        let id = self.place("firewalls", firewall);
        let mut state = self.state();
        let made = state.begin("set_firewall_rules", &[("firewall", id)], &created);
        state.end(&made, None, &created);
        Ok(id)
    }

    /// Somebody sets the rules by the console.
    pub fn set_firewall_rules(&self, id: u64, wanted: &[Value]) -> Result<(), Failure> {
        self.firewall_action(id, "set_rules", &json!({"rules": wanted})).map(drop)
    }

    /// `DELETE /firewalls/{id}`: only one that guards nothing.
    pub(super) fn delete_firewall(&self, id: u64) -> Result<(), Failure> {
        let firewall = self.one("firewalls", "firewall", id)?;
        if firewall["applied_to"].as_array().is_some_and(|it| !it.is_empty()) {
            let message = format!("firewall with ID '{id}' is still in use");
            return Err(Failure::new(StatusCode::CONFLICT, "resource_in_use", message));
        }
        self.state().of("firewalls").remove(&id);
        self.tell();
        Ok(())
    }

    /// `POST /firewalls/{id}/actions/{command}`.
    pub(super) fn firewall_action(&self, id: u64, command: &str, request: &Value) -> Result<Value, Failure> {
        let firewall = self.one("firewalls", "firewall", id)?;
        let actions = match command {
            "set_rules" => {
                let rules = rules(&request["rules"])?;
                self.change_firewall(id, |it| it["rules"] = json!(rules));
                let applied = firewall["applied_to"].as_array().cloned().unwrap_or_default();
                self.told(id, &applied, "apply_firewall")
            }
            "apply_to_resources" => {
                let targets = self.targets(&request["apply_to"], "apply_to")?;
                let present = firewall["applied_to"].as_array().cloned().unwrap_or_default();
                if targets.iter().any(|it| present.iter().any(|there| same(there, it))) {
                    let message = "firewall is already applied to the resource";
                    return Err(Failure::new(StatusCode::CONFLICT, "firewall_already_applied", message));
                }
                self.change_firewall(id, |it| {
                    if let Some(all) = it["applied_to"].as_array_mut() {
                        all.extend(targets.clone());
                    }
                });
                self.each(id, &targets, "apply_firewall")
            }
            "remove_from_resources" => {
                let targets = self.targets(&request["remove_from"], "remove_from")?;
                let present = firewall["applied_to"].as_array().cloned().unwrap_or_default();
                if !targets.iter().all(|it| present.iter().any(|there| same(there, it))) {
                    let message = "firewall is not applied to the resource";
                    return Err(Failure::new(StatusCode::CONFLICT, "firewall_already_removed", message));
                }
                self.change_firewall(id, |it| {
                    if let Some(all) = it["applied_to"].as_array_mut() {
                        all.retain(|there| !targets.iter().any(|it| same(there, it)));
                    }
                });
                self.each(id, &targets, "remove_firewall")
            }
            other => {
                let message = format!("action '{other}' not found");
                return Err(Failure::new(StatusCode::NOT_FOUND, "not_found", message));
            }
        };
        Ok(json!({"actions": actions}))
    }

    fn change_firewall(&self, id: u64, change: impl FnOnce(&mut Value)) {
        let mut state = self.state();
        if let Some(firewall) = state.of("firewalls").get_mut(&id) {
            change(firewall);
        }
        state.apply_firewalls();
    }

    /// The rules are in force, and at everything that the firewall guards.
    fn told(&self, id: u64, applied: &[Value], command: &str) -> Vec<Value> {
        let mut actions = vec![self.at_once("set_firewall_rules", &[("firewall", id)])];
        actions.extend(self.each(id, applied, command));
        actions
    }

    fn each(&self, id: u64, targets: &[Value], command: &str) -> Vec<Value> {
        let one = |it: &Value| {
            let mut about = vec![("firewall", id)];
            about.extend(it["server"]["id"].as_u64().map(|server| ("server", server)));
            self.at_once(command, &about)
        };
        targets.iter().map(one).collect()
    }

    /// What a request wants a firewall applied to, or taken from.
    fn targets(&self, wanted: &Value, field: &str) -> Result<Vec<Value>, Failure> {
        let one = |it: &Value| match (
            it["type"].as_str(),
            &it["server"]["id"],
            &it["label_selector"]["selector"],
        ) {
            (Some("server"), id, _) => {
                let id = id.as_u64().ok_or_else(|| Failure::invalid(field, "server is required"))?;
                self.one("servers", "server", id)?;
                Ok(json!({"type": "server", "server": {"id": id}}))
            }
            (Some("label_selector"), _, Value::String(selector)) if !selector.is_empty() => {
                Ok(json!({"type": "label_selector", "label_selector": {"selector": selector},
                    "applied_to_resources": []}))
            }
            _ => Err(Failure::invalid(field, "must be a server or a label selector")),
        };
        wanted.as_array().into_iter().flatten().map(one).collect()
    }
}

fn same(one: &Value, other: &Value) -> bool {
    one["type"] == other["type"]
        && one["server"] == other["server"]
        && one["label_selector"] == other["label_selector"]
}

/// Rules as they go out, or what is wrong with one.
fn rules(wanted: &Value) -> Result<Vec<Value>, Failure> {
    let wanted = wanted.as_array().cloned().unwrap_or_default();
    if wanted.len() > RULES {
        return Err(Failure::invalid("rules", "must have at most 50 items"));
    }
    wanted.iter().map(rule).collect()
}

fn rule(it: &Value) -> Result<Value, Failure> {
    let refused = |why: &str| Err(Failure::invalid("rules", why));
    let direction = it["direction"].as_str().unwrap_or_default();
    let protocol = it["protocol"].as_str().unwrap_or_default();
    let (sources, destinations) = (addresses(&it["source_ips"])?, addresses(&it["destination_ips"])?);
    match direction {
        "in" if !sources.is_empty() && destinations.is_empty() => {}
        "out" if !destinations.is_empty() && sources.is_empty() => {}
        "in" | "out" => return refused("source_ips go with direction in, destination_ips with out"),
        _ => return refused("direction must be in or out"),
    }
    match (protocol, it["port"].as_str()) {
        ("tcp" | "udp", Some(port)) if is_port(port) => {}
        ("tcp" | "udp", _) => return refused("port is required for tcp and udp"),
        ("icmp" | "esp" | "gre", None) => {}
        ("icmp" | "esp" | "gre", Some(_)) => return refused("port is for tcp and udp only"),
        _ => return refused("protocol must be tcp, udp, icmp, esp or gre"),
    }
    Ok(json!({"direction": direction, "protocol": protocol, "port": it["port"], "source_ips": sources,
        "destination_ips": destinations, "description": it["description"]}))
}

/// `any`, a port, or a range of ports.
fn is_port(text: &str) -> bool {
    let number = |it: &str| it.parse::<u16>().ok().filter(|it| *it > 0);
    match text.split_once('-') {
        Some((from, to)) => number(from).zip(number(to)).is_some_and(|(from, to)| from <= to),
        None => text == "any" || number(text).is_some(),
    }
}

/// Addresses with the bits of their networks, each spelled as the API spells it.
fn addresses(wanted: &Value) -> Result<Vec<String>, Failure> {
    let wanted = wanted.as_array().map(Vec::as_slice).unwrap_or_default();
    if wanted.len() > ADDRESSES {
        return Err(Failure::invalid("rules", "must have at most 100 addresses"));
    }
    let one = |it: &Value| {
        let (address, bits) = it.as_str()?.split_once('/')?;
        let (address, bits) = (address.parse::<IpAddr>().ok()?, bits.parse::<u8>().ok()?);
        (bits <= if address.is_ipv4() { 32 } else { 128 }).then(|| format!("{address}/{bits}"))
    };
    let all: Option<Vec<String>> = wanted.iter().map(one).collect();
    all.ok_or_else(|| Failure::invalid("rules", "addresses must be in CIDR notation"))
}
