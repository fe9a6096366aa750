//! Which machines of a control plane are not what it wants.

use serde_json::Value;

use crate::control::{Key, Mirror, deleting, kinds, namespace, text};

/// Whether a machine must be replaced. What cannot be compared counts as equal; what is going is left alone.
pub(super) fn needs_rollout(mirror: &Mirror, plane: &Value, machine: &Value) -> bool {
    if deleting(machine) {
        return false;
    }
    let part = |pointer: &str| {
        let kind = kinds::of(text(machine, &format!("{pointer}/kind")))?;
        mirror.get(kind, &Key::new(namespace(machine), text(machine, &format!("{pointer}/name"))))
    };
    let infrastructure = part("/spec/infrastructureRef");
    let config = part("/spec/bootstrap/configRef");
    text(machine, "/spec/version") != text(plane, "/spec/version")
        || infrastructure.is_some_and(|it| other_template(plane, &it))
        || config.is_some_and(|it| it["spec"] != plane["spec"]["controlPlaneConfig"]["controlplane"])
}

/// Whether a server was cloned from another template than the control plane names now.
pub(super) fn other_template(plane: &Value, infrastructure: &Value) -> bool {
    let from = text(infrastructure, "/metadata/annotations/cluster.x-k8s.io~1cloned-from-name");
    let wanted = &plane["spec"]["infrastructureTemplate"];
    let kind = text(infrastructure, "/metadata/annotations/cluster.x-k8s.io~1cloned-from-groupkind");
    if from.is_empty() || kind.is_empty() {
        return false;
    }
    let group = text(wanted, "/apiVersion").split('/').next().unwrap_or_default();
    from != text(wanted, "/name") || kind != format!("{}.{group}", text(wanted, "/kind"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_template_is_compared_by_name_and_kind() {
        let plane = json!({"spec": {"infrastructureTemplate": {"name": "v5", "kind": "HCloudMachineTemplate",
            "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1"}}});
        let server = |name: &str| {
            json!({"metadata": {"annotations": {"cluster.x-k8s.io/cloned-from-name": name,
                "cluster.x-k8s.io/cloned-from-groupkind": "HCloudMachineTemplate.infrastructure.cluster.x-k8s.io"}}})
        };
        assert!(!other_template(&plane, &server("v5")));
        assert!(other_template(&plane, &server("v4")));
        assert!(!other_template(&plane, &json!({})));
    }
}
