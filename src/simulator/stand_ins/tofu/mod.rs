//! Stands in for OpenTofu where there is none: firewalls and networks of Hetzner Cloud, written as literals.
//!
//! It knows four resources: `hcloud_firewall` with its rules, `hcloud_firewall_attachment` by label, `hcloud_network`
//! and `hcloud_network_subnet`. It keeps no state: a thing is found by its name, and what is declared nowhere is left
//! alone. Variables, functions, templates and every other resource are refused with their line.

mod command;
mod difference;
mod hcl;
mod wanted;

pub use command::run;
#[cfg(test)]
pub(crate) use difference::steps;
pub(crate) use wanted::read;

use crate::providers::caph::Refused;

/// Why nothing was done, or no more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TofuError {
    #[error("{file}: cannot be read: {source}")]
    Unreadable { file: String, source: std::io::Error },
    #[error("{file}:{line}: {why}")]
    Refused { file: String, line: usize, why: String },
    #[error("Hetzner Cloud: {0}")]
    Cloud(#[from] Refused),
    #[error("{0}")]
    Asked(String),
}
