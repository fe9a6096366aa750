//! The state of a project: its resources, as JSON, under one lock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::catalogue;
use super::failure::Failure;
use super::limit::Limit;
use super::metal::Metal;
use crate::Clock;

/// The kinds that are listed: the word of the path, and the word for one of them.
pub(crate) const COLLECTIONS: [(&str, &str); 15] = [
    ("servers", "server"),
    ("server_types", "server_type"),
    ("images", "image"),
    ("locations", "location"),
    ("load_balancers", "load_balancer"),
    ("load_balancer_types", "load_balancer_type"),
    ("networks", "network"),
    ("placement_groups", "placement_group"),
    ("firewalls", "firewall"),
    ("ssh_keys", "ssh_key"),
    ("volumes", "volume"),
    ("floating_ips", "floating_ip"),
    ("primary_ips", "primary_ip"),
    ("certificates", "certificate"),
    ("isos", "iso"),
];

/// One project. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Cloud {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub clock: Clock,
    pub metal: Arc<dyn Metal>,
    pub limit: Limit,
    state: Mutex<State>,
    /// Wakes whenever something changed.
    changed: watch::Sender<u64>,
}

#[derive(Default)]
pub(super) struct State {
    pub resources: BTreeMap<&'static str, BTreeMap<u64, Value>>,
    /// The user data of servers; nobody can read it back.
    pub user_data: BTreeMap<u64, String>,
    pub actions: BTreeMap<u64, Value>,
    /// Locations where no server can be had at present.
    pub sold_out: BTreeSet<String>,
    last_id: u64,
}

/// A server that is there already when the world begins.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub id: u64,
    pub name: String,
    pub address: std::net::IpAddr,
    pub server_type: String,
    pub image: String,
    pub location: String,
    pub labels: BTreeMap<String, String>,
    /// Milliseconds since the epoch.
    pub created: i64,
    pub placement_group: Option<u64>,
    pub networks: Vec<u64>,
}

impl State {
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub fn of(&mut self, collection: &'static str) -> &mut BTreeMap<u64, Value> {
        self.resources.entry(collection).or_default()
    }

    pub fn get(&self, collection: &str, id: u64) -> Option<&Value> {
        self.resources.get(collection)?.get(&id)
    }

    /// The resource that a request means by its id or by its name.
    pub fn find(&self, collection: &str, named: &Value) -> Option<&Value> {
        let all = self.resources.get(collection)?;
        if let Some(id) = named.as_u64() {
            return all.get(&id);
        }
        let name = named.as_str()?;
        all.values().find(|it| it["name"] == name || it["description"] == name || it["id"] == name)
    }
}

impl Cloud {
    /// A project with nothing in it but what the provider sells, two of its images and Talos.
    pub fn new(clock: &Clock, metal: Arc<dyn Metal>, talos_images: &[&str]) -> Self {
        let mut state = State { last_id: 52_000_000, ..State::default() };
        let since = crate::control::timestamp(clock.now() - 90 * 86_400_000);
        let mut images = vec![
            catalogue::system_image(161_547_269, "ubuntu-24.04", "ubuntu", &since),
            catalogue::system_image(310_557_660, "debian-13", "debian", &since),
        ];
        for (place, name) in (0_u64..).zip(talos_images) {
            images.push(catalogue::talos_snapshot(340_001_000 + place, name, &since));
        }
        for (collection, all) in [
            ("server_types", catalogue::server_types()),
            ("load_balancer_types", catalogue::load_balancer_types()),
            ("locations", catalogue::locations()),
            ("images", images),
        ] {
            let table = state.of(collection);
            for resource in all {
                table.insert(resource["id"].as_u64().unwrap_or_default(), resource);
            }
        }
        let inner = Inner {
            clock: clock.clone(),
            metal,
            limit: Limit::new(clock),
            state: Mutex::new(state),
            changed: watch::Sender::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> String {
        crate::control::timestamp(self.inner.clock.now())
    }

    pub(super) fn tell(&self) {
        self.inner.changed.send_modify(|count| *count += 1);
    }

    /// Wakes at each change of any resource.
    #[cfg(test)]
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// One resource as it goes out; for tests and stories.
    pub fn resource(&self, collection: &str, id: u64) -> Option<Value> {
        self.state().get(collection, id).cloned()
    }

    /// Everything of a collection as it goes out; for tests and stories.
    pub fn resources(&self, collection: &'static str) -> Vec<Value> {
        self.state().of(collection).values().cloned().collect()
    }

    /// Whether servers can be had in a location; for the story of a cloud without capacity.
    pub fn set_sold_out(&self, location: &str, sold_out: bool) {
        let mut state = self.state();
        if sold_out {
            state.sold_out.insert(location.to_owned());
        } else {
            state.sold_out.remove(location);
        }
    }

    /// Leave so many requests in this hour.
    #[cfg(test)]
    pub fn leave_requests(&self, left: u64) {
        self.inner.limit.drain(left);
    }

    /// Put a resource there as it is; answers its id. For the first moment of a world.
    pub fn place(&self, collection: &'static str, mut resource: Value) -> u64 {
        let mut state = self.state();
        let id = resource["id"].as_u64().unwrap_or_else(|| state.next_id());
        state.last_id = state.last_id.max(id);
        resource["id"] = json!(id);
        state.of(collection).insert(id, resource);
        if collection == "firewalls" {
            state.apply_firewalls();
        }
        id
    }

    /// `PUT` of any resource: its name and labels.
    pub(super) fn rename(
        &self,
        collection: &'static str,
        singular: &str,
        id: u64,
        to: &Value,
    ) -> Result<Value, Failure> {
        let mut resource = self.one(collection, singular, id)?;
        for key in ["name", "labels"] {
            if !to[key].is_null() {
                resource[key] = to[key].clone();
            }
        }
        let mut state = self.state();
        state.of(collection).insert(id, resource);
        state.apply_firewalls();
        drop(state);
        self.tell();
        Ok(json!({singular: self.one(collection, singular, id)?}))
    }

    pub(super) fn one(&self, collection: &str, singular: &str, id: u64) -> Result<Value, Failure> {
        let resource = self.state().get(collection, id).cloned();
        resource.ok_or_else(|| Failure::not_found(singular, id))
    }
}
