//! The machine itself: status, config, services, versions, hardware.

use super::{Specified, of};
use crate::world::journal::KERNEL;
use crate::world::lock::Lock;
use crate::world::node::Node;
use crate::world::services::ServiceState;
use crate::world::{Role, numbers, seeded};
use serde_json::{Value, json};
use wire::machine::machine_status_event::MachineStage;

pub fn status(node: &Node) -> Vec<Specified> {
    let stage = match node.state.held().stage {
        MachineStage::Unknown => "unknown",
        MachineStage::Booting => "booting",
        MachineStage::Installing => "installing",
        MachineStage::Maintenance => "maintenance",
        MachineStage::Running => "running",
        MachineStage::Rebooting => "rebooting",
        MachineStage::ShuttingDown => "shutting down",
        MachineStage::Resetting => "resetting",
        MachineStage::Upgrading => "upgrading",
    };
    let unmet: Vec<Value> =
        node.unmet().into_iter().map(|(name, reason)| json!({ "name": name, "reason": reason })).collect();
    vec![of(
        "machine",
        &json!({ "stage": stage, "status": { "ready": unmet.is_empty(), "unmetConditions": unmet } }),
    )]
}

/// The config's own text as a string, and its bytes in the protobuf form.
pub fn config(node: &Node) -> Vec<Specified> {
    let (active, persistent) = {
        let state = node.state.held();
        (state.active.clone(), state.persistent.clone())
    };
    [("persistent", persistent), ("v1alpha1", active)]
        .into_iter()
        .map(|(id, config)| {
            let mut it = of(id, &json!(config.text));
            it.annotations.insert("talos.dev/yaml-spec".into(), String::new());
            // Field 1, bytes.
            it.proto.push(0x0a);
            prost::encoding::encode_varint(config.text.len() as u64, &mut it.proto);
            it.proto.extend_from_slice(config.text.as_bytes());
            it
        })
        .collect()
}

pub fn kind(node: &Node) -> Vec<Specified> {
    // Field 1, an enum: 2 is controlplane, 3 is worker.
    let number = if node.role() == Role::Worker { 3 } else { 2 };
    vec![Specified { proto: vec![0x08, number], ..of("machine-type", &json!(node.role().word())) }]
}

pub fn services(node: &Node) -> Vec<Specified> {
    let state = node.state.held();
    let live = state.services.iter().filter(|it| it.state == ServiceState::Running);
    live.map(|it| {
        let (healthy, unknown) = (it.healthy == Some(true), it.healthy.is_none());
        of(it.id, &json!({ "running": true, "healthy": healthy, "unknown": unknown }))
    })
    .collect()
}

pub fn version(node: &Node) -> Vec<Specified> {
    let version = node.state.held().talos_version.clone();
    vec![of("version", &json!({ "name": "Talos", "version": version }))]
}

pub fn boot_id(node: &Node) -> Vec<Specified> {
    vec![of("boot-id", &json!({ "bootID": node.boot_id() }))]
}

pub fn security(_: &Node) -> Vec<Specified> {
    vec![of(
        "securitystate",
        &json!({
            "secureBoot": false, "bootedWithUKI": false, "selinuxState": "enabled, permissive",
            "fipsState": "disabled", "moduleSignatureEnforced": true,
        }),
    )]
}

/// Nothing is wrong by default.
pub fn diagnostics(_: &Node) -> Vec<Specified> {
    Vec::new()
}

pub fn schematic_id(node: &Node) -> String {
    if let Some(id) = node.state.held().schematic.clone() {
        return id;
    }
    // What was installed says it, where that came from the factory.
    let installed = node.spec.user_data.split("-installer/").nth(1).and_then(|it| it.get(..64));
    if let Some(id) = installed.filter(|it| it.bytes().all(|digit| digit.is_ascii_hexdigit())) {
        return id.to_owned();
    }
    seeded::hex(seeded::mix(0, &node.cluster.name, 0), "schematic", 0, 64)
}

pub fn extensions(node: &Node) -> Vec<Specified> {
    let version = node.state.held().talos_version.clone();
    let one = |id: &str, name: &str, version: &str, author: &str, description: &str| {
        of(
            id,
            &json!({
                "image": format!("{id}.sqsh"),
                "metadata": { "name": name, "version": version, "author": author, "description": description,
                    "compatibility": { "talos": { "version": ">= v1.2.0" } } },
            }),
        )
    };
    vec![
        one(
            "0",
            "qemu-guest-agent",
            "10.2.0",
            "Markus Reiter",
            "This system extension provides the QEMU guest agent service.",
        ),
        one(
            "1",
            "schematic",
            &schematic_id(node),
            "Image Factory",
            "Virtual extension which specifies the schematic of the image.",
        ),
        one(
            "modules.dep",
            "modules.dep",
            version.trim_start_matches('v'),
            "Talos Machinery",
            "Combined modules.dep for all extensions",
        ),
    ]
}

pub fn schematic(node: &Node) -> Vec<Specified> {
    vec![of(
        "image-factory-schematic",
        &json!({ "schematicId": schematic_id(node), "flavor": node.spec.hardware.platform(), "apiUrl": "https://factory.talos.dev" }),
    )]
}

pub fn cmdline(node: &Node) -> Vec<Specified> {
    let line = node
        .lines(KERNEL, 0, i64::MAX / 4)
        .into_iter()
        .find_map(|line| line.text.split_once("Command line: ").map(|(_, rest)| rest.to_owned()));
    vec![of("cmdline", &json!({ "cmdline": line.unwrap_or_default() }))]
}

pub fn platform(node: &Node) -> Vec<Specified> {
    vec![of("platformmetadata", &node.spec.hardware.metadata(&node.spec.name, node.spec.server_id))]
}

pub fn meta_keys(_: &Node) -> Vec<Specified> {
    vec![of("0x06", &json!({ "value": "A" }))]
}

pub fn cpu(node: &Node) -> Vec<Specified> {
    let busy = numbers::busy_seconds(node);
    let total = node.uptime() * f64::from(numbers::CORES);
    let share =
        json!({ "user": busy * 0.68, "system": busy * 0.24, "iowait": busy * 0.03, "idle": total - busy });
    vec![of(
        "latest",
        &json!({ "cpuTotal": share, "contextSwitches": numbers::counter(node, "ctxt", 9_000.0) }),
    )]
}

pub fn memory(node: &Node) -> Vec<Specified> {
    let used = (numbers::MEMORY as f64 * numbers::load(node).memory) as u64;
    vec![of(
        "latest",
        &json!({ "total": numbers::MEMORY, "used": used, "available": numbers::MEMORY - used, "cached": numbers::MEMORY / 5 }),
    )]
}

pub fn time(node: &Node) -> Vec<Specified> {
    let synced = node.state.held().time_synced;
    vec![of("node", &json!({ "synced": synced, "epoch": u8::from(synced), "syncDisabled": false }))]
}

pub fn adjtime(_: &Node) -> Vec<Specified> {
    vec![of(
        "node",
        &json!({ "offset": "412.417µs", "maxError": "2.5ms", "estError": "0s", "status": "STA_PLL | STA_NANO", "state": "TIME_OK", "syncStatus": true }),
    )]
}

pub fn system(node: &Node) -> Vec<Specified> {
    let (maker, product, firmware) = node.spec.hardware.maker();
    let mut spec = json!({
        "manufacturer": maker, "productName": product, "version": firmware,
        "serialnumber": node.spec.server_id.to_string(), "uuid": seeded::uuid(node.seed, "system", 0),
        "wakeUpType": "Power Switch", "skuNumber": "",
    });
    if node.talos_minor() >= 14 {
        spec["biosVersion"] = json!(firmware);
    }
    vec![of("systeminformation", &spec)]
}

pub fn processors(_: &Node) -> Vec<Specified> {
    vec![of(
        "CPU-0",
        &json!({ "socket": "CPU 0", "manufacturer": "QEMU", "productName": "pc-q35-8.2", "maxSpeedMhz": 2_000,
            "bootSpeedMhz": 2_000, "status": 65, "coreCount": numbers::CORES, "coreEnabled": numbers::CORES, "threadCount": numbers::CORES }),
    )]
}

pub fn memory_modules(_: &Node) -> Vec<Specified> {
    vec![of("DIMM-0", &json!({ "sizeMiB": 8_192, "deviceLocator": "DIMM 0", "manufacturer": "QEMU" }))]
}
