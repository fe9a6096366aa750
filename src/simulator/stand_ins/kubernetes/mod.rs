//! A Kubernetes API server, and the controllers every cluster has.
//!
//! Everything is in memory: [`store`] keeps objects as the bytes that go out on the wire, [`verbs`] are what clients
//! may do with them, [`controllers`] work directly on the store. Clients come over HTTPS on loopback and cannot tell
//! it from the real thing as far as they look.

mod authentication;
mod authorization;
mod beginnings;
mod call;
mod cluster;
mod controllers;
mod discovery;
mod http;
mod kinds;
mod moments;
mod negotiation;
mod options;
mod patches;
mod route;
mod selectors;
mod server;
mod status;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod verbs;

pub use options::{Options, PodLogs, User};
pub use server::{ApiServer, StartError};

use serde_json::Value;

/// What its controller will call the revision of a pod template, once the server has filled it in.
pub(crate) fn revision(template: &Value) -> String {
    let mut filled = template.clone();
    verbs::fill::pod_spec(&mut filled);
    controllers::hash(&filled)
}
