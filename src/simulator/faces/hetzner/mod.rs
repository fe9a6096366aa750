//! Hetzner Cloud over REST: one project, its token, its limits.
//!
//! Every resource is kept as the JSON that goes out. The metal behind the servers is somebody else's: see `metal`.

mod actions;
mod catalogue;
mod cloud;
mod failure;
mod firewalls;
mod http;
mod limit;
mod listing;
mod load_balancers;
mod metal;
mod networks;
mod servers;
#[cfg(test)]
mod tests;

pub(crate) use cloud::{Cloud, Placed};
pub(crate) use http::{HetznerFace, serve};
