//! The files of the repository as templates: `%{name}` stands for a value of the moment.

use super::{Wanted, platform, secrets};

/// A file that will be filled with the values of a moment.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub path: String,
    pub text: String,
}

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
    "argocd/platform.yaml" <- "argocd/platform.yaml",
    "argocd/projects.yaml" <- "argocd/projects.yaml",
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

impl Template {
    /// The names of the values it stands on.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.text.split("%{").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
    }

    /// Fill it. A line that holds nothing but an empty value goes.
    pub fn fill(&self, value: impl Fn(&str) -> Option<String>) -> String {
        let mut out = String::with_capacity(self.text.len());
        for line in self.text.split_inclusive('\n') {
            let mut filled = String::new();
            let mut rest = line;
            while let Some((before, after)) = rest.split_once("%{") {
                let Some((name, after)) = after.split_once('}') else { break };
                filled.push_str(before);
                filled.push_str(&value(name).unwrap_or_default());
                rest = after;
            }
            let gone = rest.len() != line.len() && filled.is_empty() && rest.trim().is_empty();
            if !gone {
                out.push_str(&filled);
                out.push_str(rest);
            }
        }
        out
    }
}
