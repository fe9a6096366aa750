//! What of an object is not compared, because whoever delivers it says so.

use super::compare::Step;
use super::substitutions::Substitutions;
use domain::ObjectRef;
use serde_json::Value;

/// Who applies an object, and how it is to be compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Rules {
    pub engine: Engine,
    ignored: Vec<Ignored>,
    /// What stands for `${…}`; none where nothing is put in.
    pub substitutions: Option<Substitutions>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Engine {
    Argo,
    Flux,
    #[default]
    Nobody,
}

/// One entry of `ignoreDifferences`. What is empty fits all.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ignored {
    group: String,
    kind: String,
    namespace: String,
    name: String,
    places: Vec<Vec<Part>>,
    managers: Vec<String>,
}

/// A part of a place that is ignored, with all that is below.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Named(String),
    Any,
}

impl Rules {
    /// Of the `spec` of an Application.
    pub(super) fn of_application(spec: &Value) -> Self {
        let all = spec.get("ignoreDifferences").and_then(Value::as_array).into_iter().flatten();
        Self { engine: Engine::Argo, ignored: all.map(ignored).collect(), substitutions: None }
    }

    /// Of the `spec` of a Kustomization of Flux.
    pub(super) fn of_kustomization(spec: &Value) -> Self {
        let substitutions = spec.get("postBuild").and_then(Substitutions::of);
        Self { engine: Engine::Flux, ignored: Vec::new(), substitutions }
    }

    /// Whether a field of an object is nobody's business, by its place.
    pub(super) fn ignores(&self, object: &ObjectRef, steps: &[Step]) -> bool {
        self.of(object).any(|it| it.places.iter().any(|place| begins(steps, place)))
    }

    /// Whether what some manager or other writes is nobody's business.
    pub(super) fn ignores_managers(&self, object: &ObjectRef) -> bool {
        self.of(object).any(|it| !it.managers.is_empty())
    }

    /// Why whoever delivers an object does not touch it, as its labels and annotations say, in Git or where it is
    /// live. `marked` tells whether a label or an annotation has a value, in letters of any size.
    pub(super) fn leaves(&self, live: bool, marked: impl Fn(&str, &str) -> bool) -> Option<String> {
        const FLUX: [(&str, &str); 3] = [
            ("kustomize.toolkit.fluxcd.io/reconcile", "disabled"),
            ("kustomize.toolkit.fluxcd.io/ssa", "Ignore"),
            // This one counts only in Git.
            ("kustomize.toolkit.fluxcd.io/ssa", "IfNotPresent"),
        ];
        let found = FLUX.iter().take(if live { 2 } else { 3 }).find(|(name, value)| marked(name, value));
        let (name, value) = found.filter(|_| self.engine == Engine::Flux)?;
        let place = if live { ", where it is live" } else { "" };
        Some(format!("Flux leaves it alone: {name} is {value}{place}"))
    }

    /// Whether what this manager writes is nobody's business.
    pub(super) fn ignores_manager(&self, object: &ObjectRef, manager: &str) -> bool {
        self.of(object).any(|it| it.managers.iter().any(|it| it == manager))
    }

    fn of<'a>(&'a self, object: &'a ObjectRef) -> impl Iterator<Item = &'a Ignored> {
        let fits = |said: &str, is: &str| said.is_empty() || said == "*" || said == is;
        self.ignored.iter().filter(move |it| {
            (it.group == object.group || it.group == "*")
                && fits(&it.kind, &object.kind)
                && fits(&it.namespace, &object.namespace)
                && fits(&it.name, &object.name)
        })
    }
}

fn ignored(it: &Value) -> Ignored {
    let text = |key: &str| it.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let texts = |key: &str| {
        let all = it.get(key).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let pointers = texts("jsonPointers");
    let expressions = texts("jqPathExpressions");
    let places = pointers.iter().map(|it| pointer(it)).chain(expressions.iter().map(|it| expression(it)));
    Ignored {
        group: text("group"),
        kind: text("kind"),
        namespace: text("namespace"),
        name: text("name"),
        places: places.filter(|it| !it.is_empty()).collect(),
        managers: texts("managedFieldsManagers"),
    }
}

fn pointer(text: &str) -> Vec<Part> {
    let part = |it: &str| Part::Named(it.replace("~1", "/").replace("~0", "~"));
    text.split('/').skip(1).map(part).collect()
}

/// A path of jq: keys, items, and what selects some of them, which counts as all. Behind what is not understood,
/// everything is ignored.
fn expression(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for piece in text.split('|').map(str::trim) {
        if piece.starts_with("select(") {
            continue;
        }
        let mut rest = piece;
        while !rest.is_empty() {
            rest = rest.trim_start_matches(['.', '?']);
            if let Some(inner) = rest.strip_prefix('[') {
                let Some((inside, after)) = inner.split_once(']') else { return parts };
                parts.push(match inside.trim() {
                    "" => Part::Any,
                    named => Part::Named(named.trim_matches('"').to_owned()),
                });
                rest = after;
            } else if let Some(inner) = rest.strip_prefix('"') {
                let Some((inside, after)) = inner.split_once('"') else { return parts };
                parts.push(Part::Named(inside.to_owned()));
                rest = after;
            } else {
                let end = rest.find(['.', '[', '?']).unwrap_or(rest.len());
                let (key, after) = rest.split_at(end);
                if !key.chars().all(|it| it.is_ascii_alphanumeric() || "_-/".contains(it)) {
                    return parts;
                }
                if !key.is_empty() {
                    parts.push(Part::Named(key.to_owned()));
                }
                rest = after;
            }
        }
    }
    parts
}

fn begins(steps: &[Step], place: &[Part]) -> bool {
    let fits = |(step, part): (&Step, &Part)| match (step, part) {
        (_, Part::Any) => true,
        (Step::Key(key), Part::Named(name)) => key == name,
        (Step::At(at), Part::Named(name)) => at.to_string() == *name,
    };
    steps.len() >= place.len() && steps.iter().zip(place).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_argo_ignores_is_ignored_here() {
        let rules = Rules::of_application(&json!({"ignoreDifferences": [
            {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas", "/metadata/annotations/a.b~1c"]},
            {"kind": "Service", "name": "web", "managedFieldsManagers": ["hcloud-ccm"]},
            {"group": "*", "kind": "*", "jqPathExpressions": [".webhooks[]?.clientConfig.caBundle",
                ".spec.template.spec.containers[] | select(.name == \"side.car\") | .image", ".data[\"x.y\"]"]}]}));
        let object = |group: &str, kind: &str, name: &str| ObjectRef {
            group: group.into(),
            kind: kind.into(),
            namespace: "n".into(),
            name: name.into(),
        };
        let steps = |path: &[&str]| -> Vec<Step> {
            let step = |it: &&str| it.parse().map_or_else(|_| Step::Key((*it).into()), Step::At);
            path.iter().map(step).collect()
        };
        let deployment = object("apps", "Deployment", "web");
        assert!(rules.ignores(&deployment, &steps(&["spec", "replicas"])));
        assert!(rules.ignores(&deployment, &steps(&["metadata", "annotations", "a.b/c"])));
        assert!(!rules.ignores(&deployment, &steps(&["spec", "paused"])));
        assert!(!rules.ignores(&object("apps", "StatefulSet", "web"), &steps(&["spec", "replicas"])));
        assert!(
            rules.ignores(&deployment, &steps(&["spec", "template", "spec", "containers", "1", "image"]))
        );
        let hook = object("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "x");
        assert!(rules.ignores(&hook, &steps(&["webhooks", "0", "clientConfig", "caBundle"])));
        assert!(!rules.ignores(&hook, &steps(&["webhooks", "0", "clientConfig", "url"])));
        assert!(rules.ignores(&object("", "ConfigMap", "c"), &steps(&["data", "x.y"])));
        assert!(rules.ignores_manager(&object("", "Service", "web"), "hcloud-ccm"));
        assert!(!rules.ignores_manager(&object("", "Service", "other"), "hcloud-ccm"));
    }
}
