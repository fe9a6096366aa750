//! What OpenTofu declares in Hetzner Cloud, as far as it is written out.

use super::Said;
use crate::RepoPath;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Cloud {
    pub firewalls: Vec<Firewall>,
    pub networks: Vec<CloudThing>,
    pub load_balancers: Vec<CloudThing>,
    pub servers: Vec<CloudThing>,
}

/// The first and last line of a block, both from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lines {
    pub file: RepoPath,
    pub line: u32,
    pub last_line: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Firewall {
    /// Its name in the cloud, as far as it is written out; else as it is written.
    pub name: String,
    /// "hcloud_firewall.NAME"
    pub address: String,
    pub rules: Vec<FirewallRule>,
    /// Whether rules are made that are not written out (`dynamic`), so that there are more than these.
    pub dynamic: bool,
    pub source: Lines,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FirewallRule {
    /// "in" or "out".
    pub direction: String,
    pub protocol: String,
    /// "6443", "80-443", "any", or empty.
    pub port: String,
    /// Of a rule for what comes in.
    pub source_ips: Vec<String>,
    /// Of a rule for what goes out.
    pub destination_ips: Vec<String>,
    pub description: String,
    /// Whether every value is written out: one that is not stands as the expression.
    pub literal: bool,
    pub source: Lines,
}

/// A network, a load balancer or a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CloudThing {
    pub name: String,
    pub address: String,
    /// Its arguments that are written out, by their names: `server_type`, `ip_range`.
    pub arguments: Vec<Argument>,
    pub source: Lines,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Argument {
    pub name: String,
    pub source: Said,
}
