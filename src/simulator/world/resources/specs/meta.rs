//! What can be read at all: namespaces, and the definitions of all kinds.

use super::{Specified, of};
use crate::world::node::Node;
use crate::world::resources::kinds::KINDS;
use serde_json::json;
use std::collections::BTreeSet;

pub fn namespaces(_: &Node) -> Vec<Specified> {
    let names: BTreeSet<&str> = KINDS.iter().map(|it| it.namespace).collect();
    names.into_iter().map(|name| of(name, &json!({ "description": format!("{name} resources") }))).collect()
}

pub fn definitions(node: &Node) -> Vec<Specified> {
    let minor = node.talos_minor();
    KINDS
        .iter()
        .filter(|it| minor >= it.since)
        .map(|it| {
            let display = it.display();
            let plural = it.name.split('.').next().unwrap_or(it.name).to_lowercase();
            let aliases = [plural.clone(), display.to_lowercase()];
            let columns: Vec<_> =
                it.columns.iter().map(|(name, path)| json!({ "name": name, "jsonPath": path })).collect();
            let sensitivity = if it.sensitive { "sensitive" } else { "" };
            let spec = json!({
                "type": it.name,
                "displayType": display,
                "defaultNamespace": it.namespace,
                "aliases": aliases,
                "allAliases": [aliases[0], aliases[1], it.name.to_lowercase()],
                "printColumns": columns,
                "sensitivity": sensitivity,
            });
            of(it.name.to_lowercase(), &spec)
        })
        .collect()
}
