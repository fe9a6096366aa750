//! What a machine's facts say, kind by kind.

pub mod block;
pub mod cluster;
pub mod kubernetes;
pub mod machine;
pub mod meta;
pub mod network;

use super::Specified;
use serde_json::Value;
use std::collections::BTreeMap;

/// A resource whose spec is this value.
fn of(id: impl Into<String>, spec: &Value) -> Specified {
    let yaml = serde_yaml::to_string(spec).unwrap_or_else(|_| spec.to_string());
    Specified { id: id.into(), yaml, proto: Vec::new(), annotations: BTreeMap::new() }
}

/// `82 GB`, as people read it.
fn pretty_size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}
