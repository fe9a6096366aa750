//! What is around a Machine: the objects its status follows from.

use serde_json::Value;

use crate::control::{controller_of, label};

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Around<'a> {
    pub bootstrap: Option<&'a Value>,
    pub infrastructure: Option<&'a Value>,
    pub node: Option<&'a Value>,
    /// The deployment behind the machine, for machines of a MachineDeployment.
    pub deployment: Option<&'a Value>,
}

impl Around<'_> {
    pub fn is_control_plane(&self, machine: &Value) -> bool {
        label(machine, super::super::CONTROL_PLANE).is_some()
    }
}

/// The name of the MachineSet that controls a machine.
pub(super) fn set_of(machine: &Value) -> Option<&str> {
    controller_of(machine).filter(|it| it["kind"] == "MachineSet")?["name"].as_str()
}

/// Hooks of a stage that somebody has put on a machine, by who owns them.
pub(super) fn hooks(machine: &Value, prefix: &str) -> Vec<String> {
    let annotations = machine["metadata"]["annotations"].as_object();
    annotations
        .into_iter()
        .flatten()
        .filter(|(key, _)| key.starts_with(prefix))
        .map(|(key, _)| key.clone())
        .collect()
}
