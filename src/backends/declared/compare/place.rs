//! A place in both objects, and what its name says of how a value there is meant.

use super::Step;

/// A place in both objects: as Git counts, and as the live object does.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub field: String,
    pub steps: Vec<Step>,
}

/// How a value is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Text that the server keeps to the letter.
    Free,
    /// An amount: `1.0` is `1`.
    Amount,
    /// Bytes in base64, which may be written in several lines.
    Bytes,
    /// What is meant, in whatever words.
    Usual,
}

impl Place {
    pub(super) fn key(&self, key: &str) -> Self {
        let mut steps = self.steps.clone();
        steps.push(Step::Key(key.to_owned()));
        Self { field: crate::yaml::below(&self.field, key), steps }
    }

    /// An item: what Git calls it, and where it is live, if it is.
    pub(super) fn item(&self, name: &str, live: Option<usize>) -> Self {
        let mut steps = self.steps.clone();
        steps.push(Step::At(live.unwrap_or(usize::MAX)));
        Self { field: format!("{}[{name}]", self.field), steps }
    }

    /// The key at the end; empty where it ends with an item.
    pub(super) fn last(&self) -> &str {
        self.back(0)
    }

    /// The key so many steps before the end; empty where there is none.
    fn back(&self, steps: usize) -> &str {
        match self.steps.iter().rev().nth(steps) {
            Some(Step::Key(key)) => key,
            _ => "",
        }
    }

    pub(super) fn sort(&self) -> Sort {
        let first = match self.steps.first() {
            Some(Step::Key(key)) => key.as_str(),
            _ => "",
        };
        let (last, above) = (self.last(), self.back(1));
        if first == "binaryData" || last == "caBundle" {
            Sort::Bytes
        } else if ["data", "stringData"].contains(&first)
            || self.is_of_metadata()
            || ["matchLabels", "nodeSelector"].contains(&above)
            || last == "value" && self.back(2) == "env"
            || last.is_empty() && ["args", "command"].contains(&above)
        {
            Sort::Free
        } else if ["limits", "requests", "hard", "capacity"].contains(&above)
            || ["cpu", "memory", "storage", "ephemeral-storage", "sizeLimit", "divisor"].contains(&last)
        {
            Sort::Amount
        } else {
            Sort::Usual
        }
    }

    /// Whether it is a label or an annotation, of the object or of what it makes.
    fn is_of_metadata(&self) -> bool {
        ["labels", "annotations"].contains(&self.back(1)) && self.back(2) == "metadata"
    }

    /// Whether it is all the labels or all the annotations.
    pub(super) fn is_all_of_metadata(&self) -> bool {
        ["labels", "annotations"].contains(&self.last()) && self.back(1) == "metadata"
    }

    /// Whether it is what engines and tools write on the objects that they handle.
    pub(super) fn is_marking(&self) -> bool {
        const OWN: [&str; 8] = [
            "kubectl.kubernetes.io/last-applied-configuration",
            "kubectl.kubernetes.io/restartedAt",
            "argocd.argoproj.io/",
            "reconcile.fluxcd.io/",
            "kustomize.toolkit.fluxcd.io/",
            "helm.toolkit.fluxcd.io/",
            "deployment.kubernetes.io/",
            "meta.helm.sh/",
        ];
        self.is_of_metadata() && OWN.iter().any(|it| self.last().starts_with(it))
    }
}
