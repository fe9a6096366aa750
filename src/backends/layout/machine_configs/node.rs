//! Which node a file of machine configs is of, by its folder and by what it says.

use super::super::template::FILLED;
use super::{PARTS, value_of};
use crate::plain::plain;
use domain::RepoPath;
use domain::inventory::{Node, Patch, PatchForm, Role, Said};

/// The parts of a path below the folder of its cluster.
fn parts<'a>(path: &'a str, folder: &str) -> Vec<&'a str> {
    let below = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
    let mut parts: Vec<&str> = below.split('/').collect();
    parts.pop();
    parts
}

fn role(text: &str) -> Role {
    if text.contains("control") {
        Role::ControlPlane
    } else if text.contains("worker") {
        Role::Worker
    } else {
        Role::Unknown
    }
}

/// What the configs of a file are of: the nodes of a role, or all.
pub(super) fn scope(path: &str, folder: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let parts = parts(path, folder);
    match parts.iter().map(|it| role(it)).chain([role(name)]).find(|it| *it != Role::Unknown) {
        Some(Role::ControlPlane) => "controlplane",
        Some(Role::Worker) => "worker",
        _ => "cluster",
    }
}

/// The node that a file is of: in a folder of nodes, in that of a role where it has what only one node has, or a whole
/// config that has a host name or a folder of its own.
pub(super) fn node(path: &RepoPath, folder: &str, read: &[Patch]) -> Option<Node> {
    let parts = parts(&path.0, folder);
    let has = |names: &[&str]| parts.iter().any(|it| names.contains(it));
    let of_nodes = has(&["nodes", "node"]);
    let of_role = parts.iter().any(|it| role(it) != Role::Unknown) && !has(&["patch", "patches"]);
    let own_folder = parts.last().filter(|it| !PARTS.contains(it) && !has(&["patch", "patches"]));
    let hosts = ["HostnameConfig.hostname", "machine.network.hostname"];
    let host = hosts.iter().find_map(|it| value_of(read, it));
    let any = |is: &dyn Fn(&str) -> bool| read.iter().flat_map(|it| &it.fields).any(|it| is(&it.field));
    let is_config = any(&|it| it == "machine.type");
    let name = path.0.rsplit('/').next().unwrap_or(&path.0);
    let stem = [".j2", ".tpl", ".tftpl", ".yaml", ".yml"]
        .iter()
        .fold(name, |it, end| it.strip_suffix(end).unwrap_or(it));
    let is_address = stem.parse::<std::net::IpAddr>().is_ok();
    let of_one = host.is_some() || is_address || any(&|it| it.starts_with("machine.network.interfaces["));
    let is_node = of_nodes
        || of_role && (of_one || is_config && role(stem) == Role::Unknown)
        || is_config && (host.is_some() || own_folder.is_some());
    if !is_node {
        return None;
    }
    let by_path = own_folder.copied().unwrap_or(stem);
    let source = host.unwrap_or_else(|| Said::new(path, 1, plain(by_path)));
    let written = value_of(read, "machine.type").map(|it| role(&it.value));
    let by_folder = parts.iter().map(|it| role(it)).find(|it| *it != Role::Unknown);
    let addresses: Vec<String> = read
        .iter()
        .flat_map(|it| &it.fields)
        .filter(|it| it.field.starts_with("machine.network.interfaces[0].addresses["))
        .map(|it| it.value.split('/').next().unwrap_or_default().to_owned())
        .filter(|it| !it.contains(FILLED))
        .collect();
    let address = if is_address { stem.to_owned() } else { addresses.join(",") };
    read.iter().any(|it| it.form != PatchForm::Missing).then(|| Node {
        name: source.value.clone(),
        role: written.or(by_folder).unwrap_or(Role::Unknown),
        address,
        source,
        talos: None,
        kubernetes: None,
        schematic: None,
    })
}
