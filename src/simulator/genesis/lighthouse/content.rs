//! The files of the repository as templates.

use super::{Template, Wanted, platform, secrets};

macro_rules! written {
    ($($path:literal <- $file:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("content/", $file)))),*]
    };
}

/// The files that are written by hand.
const WRITTEN: &[(&str, &str)] = written! {
    ".github/workflows/validate.yaml" <- "github/validate.yaml",
    ".gitignore" <- "gitignore",
    ".sops.yaml" <- "sops.yaml",
    "Makefile" <- "Makefile",
    "README.md" <- "README.md",
    "argocd/bootstrap.yaml" <- "argocd/bootstrap.yaml",
    "argocd/cluster-api.yaml" <- "argocd/cluster-api.yaml",
    "argocd/forgejo.yaml" <- "argocd/forgejo.yaml",
    "argocd/platform.yaml" <- "argocd/platform.yaml",
    "argocd/projects.yaml" <- "argocd/projects.yaml",
    "cloud/firewall.tf" <- "cloud/firewall.tf",
    "cloud/main.tf" <- "cloud/main.tf",
    "cloud/network.tf" <- "cloud/network.tf",
    "cluster-api/addons.yaml" <- "cluster-api/addons.yaml",
    "cluster-api/cluster.yaml" <- "cluster-api/cluster.yaml",
    "cluster-api/control-plane.yaml" <- "cluster-api/control-plane.yaml",
    "cluster-api/health-checks.yaml" <- "cluster-api/health-checks.yaml",
    "cluster-api/workers.yaml" <- "cluster-api/workers.yaml",
    "docs/on-call.md" <- "docs/on-call.md",
    "docs/runbooks/etcd.md" <- "docs/runbooks/etcd.md",
    "docs/runbooks/hetzner.md" <- "docs/runbooks/hetzner.md",
    "docs/runbooks/upgrade-kubernetes.md" <- "docs/runbooks/upgrade-kubernetes.md",
    "hack/check-patches.sh" <- "hack/check-patches.sh",
    "hack/image.sh" <- "hack/image.sh",
    "hack/no-plain-secrets.sh" <- "hack/no-plain-secrets.sh",
    "renovate.json" <- "renovate.json",
    "talos/patches/base.yaml" <- "talos/patches/base.yaml",
    "talos/patches/control-plane.yaml" <- "talos/patches/control-plane.yaml",
    "talos/patches/registry-mirrors.yaml" <- "talos/patches/registry-mirrors.yaml",
    "talos/schematic.yaml" <- "talos/schematic.yaml",
};

/// Every file that the repository ever has, sorted by path.
pub(super) fn templates(wanted: &Wanted) -> Result<Vec<Template>, serde_yaml::Error> {
    let mut all: Vec<Template> =
        WRITTEN.iter().map(|(path, text)| Template { path: (*path).into(), text: (*text).into() }).collect();
    let platform = platform::platform()?;
    all.extend(platform.apps.iter().flat_map(platform::App::templates));
    all.extend(secrets::templates(wanted.seed, &platform));
    all.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(all)
}
