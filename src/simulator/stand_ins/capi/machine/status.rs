//! The status of a Machine: phase, node, addresses, and every condition with the real controller's words.

use serde_json::{Value, json};

use super::facts::Around;
use super::up_to_date::up_to_date;
use crate::control::{Condition, Legacy, condition, deleting, is_true, set_condition, set_legacy, text};

/// Bring the status (and the spec fields that follow from it) in line with what is around the machine.
pub(crate) fn machine_status(machine: &mut Value, around: &Around<'_>, now: &str) {
    let generation = machine["metadata"]["generation"].as_i64();
    take_over(machine, around);
    let going = deleting(machine);
    let conditions = [
        paused(),
        from_reference(
            machine,
            around.bootstrap,
            "/spec/bootstrap/configRef/kind",
            "BootstrapConfigReady",
            going,
        ),
        from_reference(
            machine,
            around.infrastructure,
            "/spec/infrastructureRef/kind",
            "InfrastructureReady",
            going,
        ),
        node_ready(machine, around),
        node_healthy(machine, around),
        Condition::no("Updating", "NotUpdating", ""),
    ];
    let all = &mut machine["status"]["conditions"];
    for it in &conditions {
        set_condition(all, it, generation, now);
    }
    if !going {
        set_condition(all, &Condition::no("Deleting", "NotDeleting", ""), generation, now);
    }
    if let Some(it) = up_to_date(machine, around) {
        set_condition(&mut machine["status"]["conditions"], &it, generation, now);
    }
    let ready = summary(&machine["status"]["conditions"]);
    let all = &mut machine["status"]["conditions"];
    set_condition(all, &ready, generation, now);
    let available = match ready.status {
        "True" => Condition::yes("Available", "Available"),
        _ => Condition::no("Available", "NotReady", "Machine is not ready"),
    };
    set_condition(all, &available, generation, now);
    older(machine, now);
    let phase = phase(machine);
    let status = &mut machine["status"];
    if status["phase"] != phase {
        status["phase"] = json!(phase);
        status["lastUpdated"] = json!(now);
    }
    status["observedGeneration"] = json!(generation);
}

/// What bootstrap, infrastructure and node hand over to the machine.
fn take_over(machine: &mut Value, around: &Around<'_>) {
    if let Some(secret) = around.bootstrap.and_then(|it| it["status"]["dataSecretName"].as_str()) {
        machine["spec"]["bootstrap"]["dataSecretName"] = json!(secret);
        machine["status"]["initialization"]["bootstrapDataSecretCreated"] = json!(true);
    }
    if let Some(infrastructure) = around.infrastructure.filter(|it| it["status"]["ready"] == true) {
        machine["spec"]["providerID"] = infrastructure["spec"]["providerID"].clone();
        machine["status"]["addresses"] = infrastructure["status"]["addresses"].clone();
        machine["status"]["failureDomain"] = infrastructure["status"]["region"].clone();
        machine["status"]["initialization"]["infrastructureProvisioned"] = json!(true);
    }
    if let Some(node) = around.node {
        machine["status"]["nodeRef"] = json!({"name": node["metadata"]["name"]});
        machine["status"]["nodeInfo"] = node["status"]["nodeInfo"].clone();
        if around.is_control_plane(machine) && machine["status"]["certificatesExpiryDate"].is_null() {
            // A year from the day it was made, as Talos issues them.
            let made: Option<jiff::Timestamp> = text(machine, "/metadata/creationTimestamp").parse().ok();
            if let Some(made) = made {
                let expiry = made.as_millisecond() + 365 * 86_400_000;
                machine["status"]["certificatesExpiryDate"] = json!(crate::control::timestamp(expiry));
            }
        }
    }
}

fn paused() -> Condition {
    Condition::no("Paused", "NotPaused", "")
}

/// What a provider's object says of itself, in the machine's words.
fn from_reference(
    machine: &Value,
    object: Option<&Value>,
    kind: &str,
    condition_kind: &'static str,
    going: bool,
) -> Condition {
    let kind = text(machine, kind);
    let Some(object) = object else {
        if machine["status"]["initialization"]["infrastructureProvisioned"] == true {
            if going {
                return Condition::no(condition_kind, "Deleted", format!("{kind} has been deleted"));
            }
            let message = format!("{kind} has been deleted while the Machine still exists");
            return Condition::no(condition_kind, "ObjectDeleted", message);
        }
        return Condition::no(condition_kind, "ObjectDoesNotExist", format!("{kind} does not exist"));
    };
    let newer = &object["status"]["v1beta2"]["conditions"];
    let ready = condition(newer, "Ready").or_else(|| condition(&object["status"]["conditions"], "Ready"));
    match ready {
        Some(ready) if ready["status"] == "True" => Condition::yes(condition_kind, "Ready"),
        Some(ready) => {
            let reason = ready["reason"].as_str().filter(|it| !it.is_empty()).unwrap_or("NotReady");
            Condition::no(condition_kind, reason, ready["message"].as_str().unwrap_or_default())
        }
        None => Condition::no(condition_kind, "NotReady", format!("{kind} status.ready is false")),
    }
}

/// Why there is no node to ask; nothing where there is one.
fn without_node(machine: &Value, around: &Around<'_>, kind: &'static str) -> Option<Condition> {
    if around.node.is_some() {
        return None;
    }
    let joined = machine["status"]["nodeRef"]["name"].as_str();
    if let Some(node) = joined {
        return Some(if deleting(machine) {
            Condition::no(kind, "NodeDeleted", format!("Node {node} has been deleted"))
        } else {
            let message = format!("Node {node} has been deleted while the Machine still exists");
            Condition::no(kind, "NodeDeleted", message)
        });
    }
    let waits = match machine["spec"]["providerID"].as_str() {
        Some(provider) => format!("Waiting for a Node with spec.providerID {provider} to exist"),
        None => {
            format!("Waiting for {} to report spec.providerID", text(machine, "/spec/infrastructureRef/kind"))
        }
    };
    Some(Condition::unknown(kind, "InspectionFailed", waits))
}

fn node_condition<'a>(node: &'a Value, kind: &str) -> (&'a str, &'a str) {
    let found = condition(&node["status"]["conditions"], kind);
    let word = |field: &str| found.and_then(|it| it[field].as_str()).unwrap_or_default();
    (word("status"), word("message"))
}

fn node_ready(machine: &Value, around: &Around<'_>) -> Condition {
    if let Some(missing) = without_node(machine, around, "NodeReady") {
        return missing;
    }
    let (status, message) = around.node.map(|node| node_condition(node, "Ready")).unwrap_or_default();
    match status {
        "True" => Condition::yes("NodeReady", "NodeReady"),
        "False" => Condition::no("NodeReady", "NodeNotReady", format!("* Node.Ready: {message}")),
        _ => Condition::unknown(
            "NodeReady",
            "NodeReadyUnknown",
            format!("* Node.Ready: {}", unknown_or(message)),
        ),
    }
}

fn unknown_or(message: &str) -> &str {
    if message.is_empty() { "Condition not yet reported" } else { message }
}

fn node_healthy(machine: &Value, around: &Around<'_>) -> Condition {
    if let Some(missing) = without_node(machine, around, "NodeHealthy") {
        return missing;
    }
    let Some(node) = around.node else { return Condition::unknown("NodeHealthy", "NodeHealthyUnknown", "") };
    let (mut wrong, mut open) = (Vec::new(), Vec::new());
    for (kind, good) in
        [("Ready", "True"), ("MemoryPressure", "False"), ("DiskPressure", "False"), ("PIDPressure", "False")]
    {
        let (status, message) = node_condition(node, kind);
        if status.is_empty() || status == "Unknown" {
            open.push(format!("* Node.{kind}: {}", unknown_or(message)));
        } else if status != good {
            wrong.push(format!("* Node.{kind}: {message}"));
        }
    }
    if !wrong.is_empty() {
        wrong.append(&mut open);
        return Condition::no("NodeHealthy", "NodeNotHealthy", wrong.join("\n"));
    }
    if !open.is_empty() {
        return Condition::unknown("NodeHealthy", "NodeHealthyUnknown", open.join("\n"));
    }
    Condition::yes("NodeHealthy", "NodeHealthy")
}

/// Ready: nothing that counts is against it.
fn summary(conditions: &Value) -> Condition {
    let (mut wrong, mut open) = (Vec::new(), Vec::new());
    if let Some(deleting) = condition(conditions, "Deleting").filter(|it| it["status"] == "True") {
        wrong.push(format!("* Deleting: {}", stage(deleting)));
    }
    for kind in ["BootstrapConfigReady", "InfrastructureReady", "NodeHealthy", "HealthCheckSucceeded"] {
        let Some(found) = condition(conditions, kind) else { continue };
        let message = found["message"].as_str().unwrap_or_default();
        let line = if message.starts_with("* ") {
            let inner = message.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
            format!("* {kind}:\n{inner}")
        } else {
            format!("* {kind}: {message}")
        };
        match found["status"].as_str() {
            Some("True") => {}
            Some("False") => wrong.push(line),
            _ => open.push(line),
        }
    }
    if !wrong.is_empty() {
        wrong.append(&mut open);
        return Condition::no("Ready", "NotReady", wrong.join("\n"));
    }
    if !open.is_empty() {
        return Condition::unknown("Ready", "ReadyUnknown", open.join("\n"));
    }
    Condition::yes("Ready", "Ready")
}

/// How a deletion is told in the summary: the stage, not its details.
fn stage(deleting: &Value) -> String {
    format!("Machine deletion in progress, stage: {}", deleting["reason"].as_str().unwrap_or_default())
}

/// The conditions of the older contract.
fn older(machine: &mut Value, now: &str) {
    let newer = machine["status"]["conditions"].clone();
    let all = &mut machine["status"]["deprecated"]["v1beta1"]["conditions"];
    for (old, new, reason) in [
        ("BootstrapReady", "BootstrapConfigReady", "WaitingForDataSecret"),
        ("InfrastructureReady", "InfrastructureReady", "WaitingForInfrastructure"),
        ("NodeHealthy", "NodeHealthy", "NodeProvisioning"),
        ("Ready", "Ready", "WaitingForInfrastructure"),
    ] {
        let legacy =
            if is_true(&newer, new) { Legacy::yes(old) } else { Legacy::no(old, "Info", reason, "") };
        set_legacy(all, &legacy, now);
    }
}

/// The last step that was taken.
fn phase(machine: &Value) -> &'static str {
    let status = &machine["status"];
    let provisioned = status["initialization"]["infrastructureProvisioned"] == true;
    let mut phase = "Pending";
    if status["initialization"]["bootstrapDataSecretCreated"] == true && !provisioned {
        phase = "Provisioning";
    }
    if machine["spec"]["providerID"].is_string() {
        phase = "Provisioned";
    }
    if status["nodeRef"]["name"].is_string() && provisioned {
        phase = "Running";
    }
    if deleting(machine) {
        phase = "Deleting";
    }
    phase
}
