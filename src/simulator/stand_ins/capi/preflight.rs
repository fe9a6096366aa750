//! What must hold before a MachineSet may make a machine.

use serde_json::Value;

use super::Core;
use crate::control::{Key, kinds, name, namespace, text};

const SKIP: &str = "machineset.cluster.x-k8s.io/skip-preflight-checks";

impl Core {
    /// Each reason why the set must wait, in the real controller's words.
    pub(super) fn preflight(&self, set: &Value) -> Vec<String> {
        let skipped = set["metadata"]["annotations"].get(SKIP).and_then(Value::as_str).unwrap_or_default();
        let skips = |check: &str| skipped.split(',').any(|it| it == check || it == "All");
        let Some(cluster) = self.cluster_of(set) else { return Vec::new() };
        let Some(kind) = kinds::of(text(&cluster, "/spec/controlPlaneRef/kind")) else { return Vec::new() };
        let at = Key::new(namespace(set), text(&cluster, "/spec/controlPlaneRef/name"));
        let Some(plane) = self.mirror.get(kind, &at) else { return Vec::new() };
        let mut reasons = Vec::new();
        let what = format!("{} {at}", kind.kind);
        let (has, wanted) = (text(&plane, "/status/version"), text(&plane, "/spec/version"));
        if !skips("ControlPlaneIsStable") {
            let failed = "(\"ControlPlaneIsStable\" preflight check failed)";
            if has.is_empty() {
                reasons.push(format!("{what} is provisioning {failed}"));
            } else if has != wanted {
                reasons.push(format!("{what} is upgrading {failed}"));
            }
        }
        let own = text(set, "/spec/template/spec/version");
        if !skips("KubernetesVersionSkew")
            && let (Some(own_minor), Some(plane_minor)) = (minor(own), minor(has))
        {
            let bare = |version: &str| version.trim_start_matches('v').to_owned();
            let skew = format!(
                "MachineSet version ({}) and ControlPlane version ({}) do not conform to the kubernetes version skew \
                 policy as",
                bare(own),
                bare(has)
            );
            let failed = "(\"KubernetesVersionSkew\" preflight check failed)";
            if own_minor > plane_minor {
                reasons
                    .push(format!("{skew} MachineSet version is higher than ControlPlane version {failed}"));
            } else if own_minor + 3 < plane_minor {
                reasons.push(format!(
                    "{skew} MachineSet version is more than 3 minor versions older than the ControlPlane version {failed}"
                ));
            }
        }
        if !reasons.is_empty() {
            self.journal.info("Performing preflight checks: not passed", &[("MachineSet", name(set))]);
        }
        reasons
    }
}

/// The minor of `v1.35.0`.
fn minor(version: &str) -> Option<u32> {
    version.split('.').nth(1)?.parse().ok()
}
