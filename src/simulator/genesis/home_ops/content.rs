//! The files of the repository as templates.

use super::{HomeOpsError, SECRETS, Wanted};
use crate::control::timestamp;
use crate::genesis::repository::Template;
use crate::sops::{Identity, seal};
use crate::stand_ins::cabpt::Bundle;

macro_rules! written {
    ($($path:literal <- $file:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("content/", $file)))),*]
    };
}

/// The files that are written by hand.
const WRITTEN: &[(&str, &str)] = written! {
    ".gitignore" <- "gitignore",
    ".sops.yaml" <- "sops.yaml",
    "README.md" <- "README.md",
    "renovate.json" <- "renovate.json",
    "clusters/home/kubernetes/apps/board.yaml" <- "home/kubernetes/apps/board.yaml",
    "clusters/home/kubernetes/apps/papers.yaml" <- "home/kubernetes/apps/papers.yaml",
    "clusters/home/kubernetes/apps/photos.yaml" <- "home/kubernetes/apps/photos.yaml",
    "clusters/home/kubernetes/flux/clusters.yaml" <- "home/kubernetes/flux/clusters.yaml",
    "clusters/home/kubernetes/flux/components.yaml" <- "home/kubernetes/flux/components.yaml",
    "clusters/home/kubernetes/flux/sync.yaml" <- "home/kubernetes/flux/sync.yaml",
    "clusters/home/kubernetes/infrastructure/cert-manager.yaml" <- "home/kubernetes/infrastructure/cert-manager.yaml",
    "clusters/home/kubernetes/infrastructure/ingress-nginx.yaml" <- "home/kubernetes/infrastructure/ingress-nginx.yaml",
    "clusters/home/kubernetes/infrastructure/sources.yaml" <- "home/kubernetes/infrastructure/sources.yaml",
    "clusters/home/talos/patches/controlplane.yaml" <- "home/talos/patches/controlplane.yaml",
    "clusters/home/talos/patches/global.yaml" <- "home/talos/patches/global.yaml",
    "clusters/home/talos/patches/worker.yaml" <- "home/talos/patches/worker.yaml",
    "clusters/home/talos/talconfig.yaml" <- "home/talos/talconfig.yaml",
    "clusters/lab/kubernetes/sync.yaml" <- "lab/kubernetes/sync.yaml",
    "clusters/lab/talos/patches/controlplane.yaml" <- "lab/talos/patches/controlplane.yaml",
    "clusters/lab/talos/patches/global.yaml" <- "lab/talos/patches/global.yaml",
    "clusters/lab/talos/patches/lab-1.yaml" <- "lab/talos/patches/lab-1.yaml",
    "clusters/lab/talos/talconfig.yaml" <- "lab/talos/talconfig.yaml",
};
const NODE: &str = include_str!("content/node.yaml");
const DAY: i64 = 86_400_000;

/// Every file that the repository ever has.
pub(super) fn templates(wanted: &Wanted<'_>) -> Result<Vec<Template>, HomeOpsError> {
    let written = WRITTEN.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let nodes = wanted.machines.iter().enumerate().map(|(index, machine)| {
        let text = NODE.replace("{shelf}", &(index % 2 + 1).to_string());
        (format!("clusters/home/talos/patches/{}.yaml", machine.name), text)
    });
    let home = sealed(wanted.home, wanted.keeper, wanted.now * 1_000 - 212 * DAY)?;
    let lab = sealed(wanted.lab, wanted.keeper, wanted.now * 1_000 - 74 * DAY)?;
    let secrets = [(SECRETS.to_owned(), home), ("clusters/lab/talos/talsecret.sops.yaml".to_owned(), lab)];
    Ok(written.chain(nodes).chain(secrets).map(|(path, text)| Template { path, text }).collect())
}

fn sealed(bundle: &Bundle, keeper: &Identity, at: i64) -> Result<String, HomeOpsError> {
    Ok(seal(&serde_yaml::to_value(bundle)?, keeper, &timestamp(at), None)?)
}

/// The list of nodes as `talconfig.yaml` has it.
pub(super) fn nodes(wanted: &Wanted<'_>) -> String {
    let node = |machine: &super::Shelved| {
        format!(
            "  - hostname: {name}\n    ipAddress: {}\n    controlPlane: {}\n    installDisk: {}\n    patches:\n      - \"@./patches/{name}.yaml\"",
            machine.address,
            machine.control_plane,
            if machine.control_plane { "/dev/nvme0n1" } else { "/dev/sda" },
            name = machine.name,
        )
    };
    wanted.machines.iter().map(node).collect::<Vec<_>>().join("\n")
}
