//! Disks, volumes and mounts.

use super::{Specified, of, pretty_size};
use crate::world::node::Node;
use crate::world::numbers::DISK;
use crate::world::seeded;
use serde_json::{Value, json};

/// (device, bytes, file system, label): one disk with the partitions of a Talos install.
const PARTITIONS: &[(&str, u64, &str, &str)] = &[
    ("sda1", 104_857_600, "vfat", "EFI"),
    ("sda2", 1_048_576, "", "BIOS"),
    ("sda3", 1_048_576_000, "xfs", "BOOT"),
    ("sda4", 1_048_576, "talosmeta", "META"),
    ("sda5", 104_857_600, "xfs", "STATE"),
    ("sda6", DISK - 1_262_485_504, "xfs", "EPHEMERAL"),
];

fn wwid(node: &Node) -> String {
    format!("t10.QEMU    QEMU HARDDISK   {}", seeded::mix(node.seed, "disk", 0) % 100_000_000)
}

pub fn disks(node: &Node) -> Vec<Specified> {
    let one = |name: &str, size: u64, model: &str, cdrom: bool, transport: &str| {
        of(
            name,
            &json!({
                "dev_path": format!("/dev/{name}"), "size": size, "pretty_size": pretty_size(size), "io_size": 512,
                "sector_size": 512, "readonly": cdrom, "cdrom": cdrom, "model": model,
                "serial": format!("{}", node.spec.server_id), "modalias": "scsi:t-0x00", "wwid": wwid(node),
                "uuid": "", "bus_path": "/pci0000:00/0000:00:02.5/0000:06:00.0/virtio5/host0/target0:0:0/0:0:0:0",
                "sub_system": "/sys/class/block", "transport": transport, "rotational": false,
                "symlinks": [format!("/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_{}", node.spec.server_id)],
            }),
        )
    };
    vec![
        one("sda", DISK, "QEMU HARDDISK", false, "virtio"),
        one("sr0", 376_832, "QEMU DVD-ROM", true, "sata"),
    ]
}

pub fn system_disk(_: &Node) -> Vec<Specified> {
    vec![of("system-disk", &json!({ "diskID": "sda", "devPath": "/dev/sda" }))]
}

pub fn discovered(node: &Node) -> Vec<Specified> {
    let mut found = vec![of(
        "sda",
        &json!({ "dev_path": "/dev/sda", "type": "disk", "size": DISK, "pretty_size": pretty_size(DISK), "sector_size": 512, "name": "gpt", "parent": "" }),
    )];
    found.extend(PARTITIONS.iter().enumerate().map(|(index, (name, size, filesystem, label))| {
        of(
            *name,
            &json!({
                "dev_path": format!("/dev/{name}"), "parent_dev_path": "/dev/sda", "type": "partition", "size": size,
                "pretty_size": pretty_size(*size), "sector_size": 512, "io_size": 512, "name": filesystem, "parent": "sda",
                "label": if *filesystem == "xfs" { *label } else { "" }, "partition_label": label,
                "partition_index": index + 1, "uuid": seeded::uuid(node.seed, name, 0),
            }),
        )
    }));
    found
}

pub fn volumes(_: &Node) -> Vec<Specified> {
    let one = |index: usize, label: &str| {
        let (name, size, filesystem, _) = PARTITIONS[index];
        let mut spec = json!({
            "phase": "ready", "type": "partition", "location": format!("/dev/{name}"), "mountLocation": format!("/dev/{name}"),
            "partitionIndex": index + 1, "parentLocation": "/dev/sda", "size": size, "prettySize": pretty_size(size),
            "filesystem": filesystem, "encryptionProvider": "none",
        });
        if label == "META"
            && let Value::Object(map) = &mut spec
        {
            map.insert("filesystem".into(), json!("none"));
        }
        of(label, &spec)
    };
    let folder = |id: &str, path: &str| {
        of(id, &json!({ "phase": "ready", "type": "directory", "mountSpec": { "targetPath": path } }))
    };
    vec![
        folder("/etc/cni", "cni"),
        folder("/var/lib", "lib"),
        folder("/var/log", "log"),
        one(5, "EPHEMERAL"),
        one(3, "META"),
        one(4, "STATE"),
    ]
}

pub fn mounts(_: &Node) -> Vec<Specified> {
    let one = |id: &str, source: &str, target: &str, filesystem: &str| {
        of(
            id,
            &json!({ "source": source, "target": target, "filesystemType": filesystem, "options": ["rw", "noatime"], "encrypted": false }),
        )
    };
    vec![one("EPHEMERAL", "/dev/sda6", "/var", "xfs"), one("STATE", "/dev/sda5", "/system/state", "xfs")]
}
