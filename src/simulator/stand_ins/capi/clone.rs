//! Machines and what they refer to, made from templates.

use serde_json::{Value, json};

use super::Core;
use crate::control::{Key, Kind, Problem, kinds, text};

/// An object cloned from a template: its spec is the template's, its annotations say which template that was.
pub(crate) fn from_template(template: &Value, kind: Kind, name: &str, labels: &Value) -> Value {
    let group_kind = format!("{}Template.{}", kind.kind, kind.group);
    let mut spec = template["spec"]["template"]["spec"].clone();
    if spec.is_null() {
        spec = json!({});
    }
    json!({
        "apiVersion": kind.api_version(),
        "kind": kind.kind,
        "metadata": {
            "name": name,
            "namespace": template["metadata"]["namespace"],
            "labels": labels,
            "annotations": {
                "cluster.x-k8s.io/cloned-from-name": template["metadata"]["name"],
                "cluster.x-k8s.io/cloned-from-groupkind": group_kind,
            },
        },
        "spec": spec,
    })
}

/// The kind of what a reference to a template makes.
pub(crate) fn made_of(reference: &Value) -> Option<(Kind, Kind)> {
    let template = kinds::of(text(reference, "/kind"))?;
    let made = kinds::of(template.kind.strip_suffix("Template")?)?;
    Some((template, made))
}

impl Core {
    /// Clone what a template reference means under a name; answers the kind of the clone.
    pub(super) async fn clone_template(
        &self,
        reference: &Value,
        space: &str,
        name: &str,
        labels: &Value,
        owner: &Value,
    ) -> Result<Kind, Problem> {
        let (template, made) = made_of(reference)
            .ok_or_else(|| Problem::Other(format!("no template kind {}", text(reference, "/kind"))))?;
        let at = Key::new(space, text(reference, "/name"));
        let found = self.mirror.fetch(template, &at).await?;
        let found = found.ok_or_else(|| {
            Problem::Other(format!("failed to retrieve {} external object {at}: not found", template.kind))
        })?;
        let mut object = from_template(&found, made, name, labels);
        object["metadata"]["ownerReferences"] = json!([owner]);
        self.mirror.create(made, object).await?;
        Ok(made)
    }
}
