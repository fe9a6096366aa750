//! What a pod asks of the node it runs on.

use super::super::selectors::{Requirement, label_selector};
use super::index::{NodeFacts, Taint};
use serde_json::{Value, json};

#[derive(Debug, Default)]
pub struct Wishes {
    /// Each term is enough by itself; without terms every node will do.
    terms: Vec<Vec<Requirement>>,
    selector: Vec<Requirement>,
    tolerations: Vec<Toleration>,
    /// Labels of pods that must not be on the same node.
    pub apart_from: Vec<Vec<Requirement>>,
}

#[derive(Debug)]
pub struct Toleration {
    key: String,
    /// `None` tolerates every value.
    value: Option<String>,
    effect: String,
    /// For how long an effect that drives pods away is borne; `None` for ever.
    pub seconds: Option<i64>,
}

impl Toleration {
    pub fn bears(&self, taint: &Taint) -> bool {
        (self.key.is_empty() || self.key == taint.key)
            && self.value.as_ref().is_none_or(|it| *it == taint.value)
            && (self.effect.is_empty() || self.effect == taint.effect)
    }
}

impl Wishes {
    pub fn of(spec: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let toleration = |it: &Value| Toleration {
            key: text(&it["key"]),
            value: (it["operator"] != "Exists").then(|| text(&it["value"])),
            effect: text(&it["effect"]),
            seconds: it["tolerationSeconds"].as_i64(),
        };
        let affinity = &spec["affinity"];
        let required = &affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
        let term = |it: &Value| {
            label_selector(&json!({ "matchExpressions": it["matchExpressions"] })).unwrap_or_default()
        };
        let apart = affinity["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"].as_array();
        let apart = apart.into_iter().flatten().filter(|it| it["topologyKey"] == "kubernetes.io/hostname");
        Self {
            terms: required["nodeSelectorTerms"].as_array().into_iter().flatten().map(term).collect(),
            selector: label_selector(&json!({ "matchLabels": spec["nodeSelector"] })).unwrap_or_default(),
            tolerations: spec["tolerations"].as_array().into_iter().flatten().map(toleration).collect(),
            apart_from: apart.filter_map(|it| label_selector(&it["labelSelector"])).collect(),
        }
    }

    /// The toleration that bears a taint.
    pub fn toleration(&self, taint: &Taint) -> Option<&Toleration> {
        self.tolerations.iter().find(|it| it.bears(taint))
    }

    pub fn fit_labels(&self, node: &NodeFacts) -> bool {
        let all = |list: &[Requirement]| list.iter().all(|it| it.matches(|name| node.label(name)));
        all(&self.selector) && (self.terms.is_empty() || self.terms.iter().any(|it| all(it)))
    }

    /// The first taint that keeps the pod away.
    pub fn kept_away_by<'n>(&self, node: &'n NodeFacts) -> Option<&'n Taint> {
        node.taints
            .iter()
            .filter(|it| matches!(it.effect.as_str(), "NoSchedule" | "NoExecute"))
            .find(|it| self.toleration(it).is_none())
    }

    pub fn fit_daemon(&self, node: &NodeFacts) -> bool {
        self.fit_labels(node) && self.kept_away_by(node).is_none()
    }
}
