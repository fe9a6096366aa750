//! What is declared in Hetzner Cloud: resources `hcloud_*` of OpenTofu.

use super::super::files::Files;
use super::module::{At, Module, modules};
use crate::hcl::{Block, Kind, Value};
use crate::plain::plain;
use domain::RepoPath;
use domain::inventory::{Argument, Cloud, CloudThing, Firewall, FirewallRule, Lines, Said};

pub(in super::super) fn cloud(files: &Files<'_>) -> Cloud {
    let mut found = Cloud::default();
    for module in modules(files).values() {
        for (path, block) in module.of("resource") {
            let kind = block.labels.first().map(String::as_str).unwrap_or_default();
            match kind {
                "hcloud_firewall" => found.firewalls.push(firewall(module, path, block)),
                "hcloud_network" | "hcloud_network_subnet" => found.networks.push(thing(module, path, block)),
                "hcloud_load_balancer" | "hcloud_load_balancer_service" => {
                    found.load_balancers.push(thing(module, path, block));
                }
                "hcloud_server" => found.servers.push(thing(module, path, block)),
                _ => {}
            }
        }
    }
    found
}

fn lines(path: &RepoPath, block: &Block) -> Lines {
    Lines { file: path.clone(), line: block.line, last_line: block.last_line }
}

fn address(block: &Block) -> String {
    plain(&block.labels.join(".")).into_owned()
}

/// A value as text, and whether it is written out, perhaps somewhere else.
fn told<'a>(module: &Module<'a>, path: &'a RepoPath, value: &'a Value) -> (String, bool) {
    let at = module.resolved(At { path, line: value.line, value });
    match at.and_then(|it| it.value.literal()) {
        Some(text) => (domain::without_passwords(&plain(&text)), true),
        None => (written(value), false),
    }
}

/// As it is written.
fn written(value: &Value) -> String {
    match &value.kind {
        Kind::Expression(text) => domain::without_passwords(&plain(text)),
        _ => value.literal().map(|it| plain(&it).into_owned()).unwrap_or_default(),
    }
}

fn firewall<'a>(module: &Module<'a>, path: &'a RepoPath, block: &'a Block) -> Firewall {
    let own = block.body.blocks.iter().filter(|it| it.kind == "rule");
    let dynamic = |it: &Block| it.kind == "dynamic" && it.labels.first().is_some_and(|it| it == "rule");
    Firewall {
        name: block.body.get("name").map(|it| told(module, path, it).0).unwrap_or_default(),
        address: address(block),
        rules: own.map(|it| rule(module, path, it)).collect(),
        dynamic: block.body.blocks.iter().any(dynamic),
        source: lines(path, block),
    }
}

fn rule<'a>(module: &Module<'a>, path: &'a RepoPath, block: &'a Block) -> FirewallRule {
    let mut literal = true;
    let mut text = |name: &str| {
        let Some(value) = block.body.get(name) else { return String::new() };
        let (text, out) = told(module, path, value);
        literal &= out;
        text
    };
    let (direction, protocol, port, description) =
        (text("direction"), text("protocol"), text("port"), text("description"));
    let mut list = |name: &str| -> Vec<String> {
        let Some(value) = block.body.get(name) else { return Vec::new() };
        let Some(at) = module.resolved(At { path, line: value.line, value }) else {
            literal = false;
            return vec![written(value)];
        };
        let each = at.value.items().iter().map(|it| {
            let (text, out) = told(module, at.path, it);
            literal &= out;
            text
        });
        each.collect()
    };
    let (source_ips, destination_ips) = (list("source_ips"), list("destination_ips"));
    FirewallRule {
        direction,
        protocol,
        port,
        source_ips,
        destination_ips,
        description,
        literal,
        source: lines(path, block),
    }
}

fn thing<'a>(module: &Module<'a>, path: &'a RepoPath, block: &'a Block) -> CloudThing {
    let argument = |name: &str, value: &'a Value| {
        let at = module.resolved(At { path, line: value.line, value })?;
        let text = at.value.literal().filter(|_| !["user_data", "ssh_keys"].contains(&name))?;
        let text = domain::veiled_value(name, &plain(&text));
        Some(Argument { name: plain(name).into_owned(), source: Said::new(at.path, at.line, text) })
    };
    CloudThing {
        name: block.body.get("name").map(|it| told(module, path, it).0).unwrap_or_default(),
        address: address(block),
        arguments: block.body.attributes.iter().filter_map(|it| argument(&it.name, &it.value)).collect(),
        source: lines(path, block),
    }
}
