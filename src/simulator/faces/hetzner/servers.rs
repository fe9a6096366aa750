//! Servers: made, started, stopped, deleted; each step takes its time.

use std::net::IpAddr;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use super::cloud::{Cloud, Placed, State};
use super::failure::Failure;
use super::metal::Machine;
use super::{catalogue, networks};

/// How long a new server is `initializing`, and then `starting`.
const INITIALIZING: Duration = Duration::from_secs(14);
const STARTING: Duration = Duration::from_secs(6);
const STOPPING: Duration = Duration::from_secs(3);
/// Servers in one placement group of type spread.
const SPREAD: usize = 10;

impl Cloud {
    /// `POST /servers`.
    pub(super) fn create_server(&self, request: &Value) -> Result<Value, Failure> {
        let name = request["name"].as_str().filter(|it| !it.is_empty());
        let name = name.ok_or_else(|| Failure::invalid("name", "name is required"))?.to_owned();
        let (address, now) = (self.inner.metal.next_address(), self.now());
        let mut state = self.state();
        if state.of("servers").values().any(|it| it["name"] == name.as_str()) {
            return Err(Failure::taken("server name"));
        }
        let location = request["location"].as_str().unwrap_or("nbg1").to_owned();
        let group = request["placement_group"].as_u64();
        let server_type = request["server_type"].clone();
        let mut server =
            new_server(&state, &name, address, &server_type, &request["image"], &location, &now)?;
        if state.sold_out.contains(&location) {
            let named = server["server_type"]["name"].as_str().unwrap_or_default();
            return Err(Failure::no_capacity(named, &location));
        }
        if let Some(labels) = request["labels"].as_object() {
            server["labels"] = json!(labels);
        }
        if request["public_net"]["enable_ipv4"] == false {
            server["public_net"]["ipv4"] = Value::Null;
        }
        let id = state.next_id();
        server["id"] = json!(id);
        join_group(&mut state, &mut server, group)?;
        for network in request["networks"].as_array().into_iter().flatten().filter_map(Value::as_u64) {
            networks::attach(&mut state, &mut server, network, address)?;
        }
        let user_data = request["user_data"].as_str().unwrap_or_default().to_owned();
        state.user_data.insert(id, user_data);
        state.of("servers").insert(id, server);
        state.apply_firewalls();
        let server = state.get("servers", id).cloned().unwrap_or_default();
        let image = server["image"]["id"].as_u64().unwrap_or_default();
        drop(state);
        self.tell();
        let create =
            self.later("create_server", &[("server", id), ("image", image)], INITIALIZING, move |cloud| {
                cloud.set_status(id, "initializing", "starting");
            });
        let start = self.later("start_server", &[("server", id)], INITIALIZING + STARTING, move |cloud| {
            cloud.first_start(id, address);
        });
        Ok(json!({"server": server, "action": create, "next_actions": [start], "root_password": null}))
    }

    /// Move a server on, if it is still where it was.
    fn set_status(&self, id: u64, from: &str, to: &str) -> bool {
        let mut state = self.state();
        let Some(server) = state.of("servers").get_mut(&id).filter(|it| it["status"] == from) else {
            return false;
        };
        server["status"] = json!(to);
        drop(state);
        self.tell();
        true
    }

    fn first_start(&self, id: u64, address: IpAddr) {
        // On a busy machine this may be told before the server's making is: then that comes too late to be told.
        self.set_status(id, "initializing", "starting");
        if !self.set_status(id, "starting", "running") {
            return;
        }
        let state = self.state();
        let Some(server) = state.get("servers", id) else { return };
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let image = word(&server["image"]["description"]);
        let machine = Machine {
            server_id: id,
            name: word(&server["name"]),
            address,
            user_data: state.user_data.get(&id).cloned().unwrap_or_default(),
            talos_version: image
                .rsplit('-')
                .next()
                .filter(|it| it.starts_with('v'))
                .unwrap_or("v1.12.2")
                .to_owned(),
            region: word(&server["location"]["name"]),
        };
        drop(state);
        // A machine that cannot read its user data runs all the same, and nobody can tell from here.
        let _ = self.inner.metal.power_on(machine);
    }

    /// `DELETE /servers/{id}`.
    pub(super) fn delete_server(&self, id: u64) -> Result<Value, Failure> {
        let now = self.now();
        let mut state = self.state();
        let server = state.of("servers").get(&id).ok_or_else(|| Failure::not_found("server", id))?;
        if server["protection"]["delete"] == true {
            return Err(Failure::new(StatusCode::LOCKED, "protected", "server deletion is protected"));
        }
        let action = state.begin("delete_server", &[("server", id)], &now);
        state.of("servers").remove(&id);
        state.user_data.remove(&id);
        for group in state.of("placement_groups").values_mut().chain([]) {
            drop_id(&mut group["servers"], id);
        }
        for network in state.of("networks").values_mut() {
            drop_id(&mut network["servers"], id);
        }
        for balancer in state.of("load_balancers").values_mut() {
            if let Some(targets) = balancer["targets"].as_array_mut() {
                targets.retain(|it| it["server"]["id"] != id);
            }
        }
        state.apply_firewalls();
        state.end(&action, None, &now);
        drop(state);
        self.inner.metal.power_off(id);
        self.inner.metal.remove(id);
        self.tell();
        Ok(json!({"action": action}))
    }

    /// `POST /servers/{id}/actions/{command}`.
    pub(super) fn server_action(&self, id: u64, command: &str, request: &Value) -> Result<Value, Failure> {
        self.one("servers", "server", id)?;
        let about = [("server", id)];
        let action = match command {
            "poweron" => {
                self.set_status(id, "off", "starting");
                self.later("start_server", &about, STARTING, move |cloud| {
                    if cloud.set_status(id, "starting", "running") {
                        cloud.inner.metal.power_up(id);
                    }
                })
            }
            "poweroff" | "shutdown" => {
                self.set_status(id, "running", "stopping");
                let name = if command == "poweroff" { "stop_server" } else { "shutdown_server" };
                self.later(name, &about, STOPPING, move |cloud| {
                    if cloud.set_status(id, "stopping", "off") {
                        cloud.inner.metal.power_off(id);
                    }
                })
            }
            "reboot" | "reset" => self.later(&format!("{command}_server"), &about, STOPPING, move |cloud| {
                cloud.inner.metal.power_cycle(id);
            }),
            "attach_to_network" => self.attach_server(id, request)?,
            other => {
                let message = format!("action '{other}' not found");
                return Err(Failure::new(StatusCode::NOT_FOUND, "not_found", message));
            }
        };
        Ok(json!({"action": action}))
    }

    /// Put a running server there without telling the metal; for the first moment of a world.
    pub fn place_server(&self, placed: &Placed) -> Result<(), Failure> {
        let created = crate::control::timestamp(placed.created);
        let mut state = self.state();
        let (kind, image) = (json!(placed.server_type), json!(placed.image));
        let mut server =
            new_server(&state, &placed.name, placed.address, &kind, &image, &placed.location, &created)?;
        server["id"] = json!(placed.id);
        server["status"] = json!("running");
        server["labels"] = json!(placed.labels);
        server["ingoing_traffic"] = json!(placed.id % 977 * 123_456_789);
        server["outgoing_traffic"] = json!(placed.id % 613 * 98_765_432);
        join_group(&mut state, &mut server, placed.placement_group)?;
        for network in &placed.networks {
            networks::attach(&mut state, &mut server, *network, placed.address)?;
        }
        drop(state);
        self.place("servers", server);
        Ok(())
    }
}

pub(super) fn drop_id(list: &mut Value, id: u64) {
    if let Some(all) = list.as_array_mut() {
        all.retain(|it| it.as_u64() != Some(id));
    }
}

fn join_group(state: &mut State, server: &mut Value, group: Option<u64>) -> Result<(), Failure> {
    let Some(group) = group else { return Ok(()) };
    let id = server["id"].clone();
    let found = state.of("placement_groups").get_mut(&group);
    let found = found.ok_or_else(|| Failure::not_found("placement group", group))?;
    let servers = found["servers"].as_array_mut();
    let servers = servers.ok_or_else(|| Failure::not_found("placement group", group))?;
    if servers.len() >= SPREAD {
        let message = format!("placement group {group} has already {SPREAD} servers");
        return Err(Failure::new(StatusCode::CONFLICT, "placement_error", message));
    }
    servers.push(id);
    server["placement_group"] = found.clone();
    Ok(())
}

fn new_server(
    state: &State,
    name: &str,
    address: IpAddr,
    server_type: &Value,
    image: &Value,
    location: &str,
    created: &str,
) -> Result<Value, Failure> {
    let kind = state.find("server_types", server_type);
    let kind = kind.ok_or_else(|| Failure::invalid("server_type", "server type not found"))?;
    let image = state.find("images", image).ok_or_else(|| Failure::invalid("image", "image not found"))?;
    Ok(json!({
        "id": 0, "name": name, "status": "initializing", "created": created,
        "public_net": {
            "ipv4": {"id": null, "ip": address, "blocked": false, "dns_ptr": format!("{name}.example.net")},
            "ipv6": null,
            "floating_ips": [], "firewalls": [],
        },
        "private_net": [], "server_type": kind, "location": catalogue::location(location), "image": image, "iso": null,
        "rescue_enabled": false, "locked": false, "backup_window": null, "outgoing_traffic": 0, "ingoing_traffic": 0,
        "included_traffic": 21_990_232_555_520_u64, "protection": {"delete": false, "rebuild": false}, "labels": {},
        "volumes": [], "load_balancers": [], "primary_disk_size": kind["disk"].as_f64().unwrap_or(80.0) as i64,
        "placement_group": null,
    }))
}
