//! Whether a Machine of a deployment is what the deployment wants now.

use serde_json::Value;

use super::facts::Around;
use crate::control::{Condition, text};

/// Core says it only of machines of a deployment; those of a control plane are the provider's business.
pub(super) fn up_to_date(machine: &Value, around: &Around<'_>) -> Option<Condition> {
    let wrong = outdated(machine, around)?;
    if !wrong.is_empty() {
        let message = wrong.iter().map(|it| format!("* {it}")).collect::<Vec<_>>().join("\n");
        return Some(Condition::no("UpToDate", "NotUpToDate", message));
    }
    let (wanted, runs) = (text(machine, "/spec/version"), text(machine, "/status/nodeInfo/kubeletVersion"));
    if !runs.is_empty() && runs != wanted {
        let message = format!("* Node runs kubelet {runs}, {wanted} required");
        return Some(Condition::no("UpToDate", "Updating", message));
    }
    Some(Condition::yes("UpToDate", "UpToDate"))
}

/// Each thing in which the machine differs from its deployment's template.
fn outdated(machine: &Value, around: &Around<'_>) -> Option<Vec<String>> {
    let template = &around.deployment?["spec"]["template"]["spec"];
    let mut wrong = Vec::new();
    let (has, wanted) = (text(machine, "/spec/version"), text(template, "/version"));
    if has != wanted {
        wrong.push(format!("Version {has}, {wanted} required"));
    }
    let parts = [
        (around.bootstrap, text(template, "/bootstrap/configRef/name")),
        (around.infrastructure, text(template, "/infrastructureRef/name")),
    ];
    for (object, wanted) in parts {
        let Some(object) = object else { continue };
        let from = text(object, "/metadata/annotations/cluster.x-k8s.io~1cloned-from-name");
        if !from.is_empty() && from != wanted {
            wrong.push(format!("{} is not up-to-date", text(object, "/kind")));
        }
    }
    Some(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_says_each_difference() {
        let deployment = json!({"spec": {"template": {"spec": {"version": "v1.35.2",
            "bootstrap": {"configRef": {"name": "t"}}, "infrastructureRef": {"name": "new"}}}}});
        let server = json!({"kind": "HCloudMachine",
            "metadata": {"annotations": {"cluster.x-k8s.io/cloned-from-name": "old"}}});
        let around =
            Around { infrastructure: Some(&server), deployment: Some(&deployment), ..Around::default() };
        let told = up_to_date(&json!({"spec": {"version": "v1.35.0"}}), &around).unwrap();
        assert_eq!(told.message, "* Version v1.35.0, v1.35.2 required\n* HCloudMachine is not up-to-date");
    }
}
