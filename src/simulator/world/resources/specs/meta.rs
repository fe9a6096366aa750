//! What can be read at all: namespaces, and the definitions of all kinds.

use super::{Specified, of};
use crate::world::node::Node;
use crate::world::resources::kinds::KINDS;
use prost::Message;
use serde_json::json;
use std::collections::BTreeSet;

/// `cosi.resource.meta.NamespaceSpec`.
#[derive(Message)]
struct Namespace {
    #[prost(string, tag = "1")]
    description: String,
}

/// `cosi.resource.meta.ResourceDefinitionSpec`.
#[derive(Message)]
struct Definition {
    #[prost(string, tag = "1")]
    resource_type: String,
    #[prost(string, tag = "2")]
    display_type: String,
    #[prost(string, tag = "3")]
    default_namespace: String,
    #[prost(string, repeated, tag = "4")]
    aliases: Vec<String>,
    #[prost(string, repeated, tag = "5")]
    all_aliases: Vec<String>,
    #[prost(message, repeated, tag = "6")]
    print_columns: Vec<Column>,
    /// 1: sensitive.
    #[prost(int32, tag = "7")]
    sensitivity: i32,
}

#[derive(Message)]
struct Column {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    json_path: String,
}

pub fn namespaces(_: &Node) -> Vec<Specified> {
    let names: BTreeSet<&str> = KINDS.iter().map(|it| it.namespace).collect();
    let one = |name| {
        let description = format!("{name} resources");
        let spec = of(name, &json!({ "description": description }));
        Specified { proto: Namespace { description }.encode_to_vec(), ..spec }
    };
    names.into_iter().map(one).collect()
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
            let all_aliases = [aliases[0].clone(), aliases[1].clone(), it.name.to_lowercase()];
            let sensitivity = if it.sensitive { "sensitive" } else { "" };
            let spec = json!({
                "type": it.name,
                "displayType": display,
                "defaultNamespace": it.namespace,
                "aliases": aliases,
                "allAliases": all_aliases,
                "printColumns": columns,
                "sensitivity": sensitivity,
            });
            let column =
                |(name, path): &(&str, &str)| Column { name: (*name).into(), json_path: (*path).into() };
            let proto = Definition {
                resource_type: it.name.into(),
                display_type: display.clone(),
                default_namespace: it.namespace.into(),
                aliases: aliases.to_vec(),
                all_aliases: all_aliases.to_vec(),
                print_columns: it.columns.iter().map(column).collect(),
                sensitivity: i32::from(it.sensitive),
            };
            Specified { proto: proto.encode_to_vec(), ..of(it.name.to_lowercase(), &spec) }
        })
        .collect()
}
