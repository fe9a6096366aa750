//! What a controller says of an object: a named yes, no or don't know, with its reason and since when.

use crate::Moment;

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum Truth {
    True,
    False,
    #[default]
    Unknown,
}

impl Truth {
    pub fn word(self) -> &'static str {
        match self {
            Truth::True => "True",
            Truth::False => "False",
            Truth::Unknown => "Unknown",
        }
    }
}

/// How bad a legacy Cluster API condition calls itself when it is False; newer ones have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Condition {
    /// Its type, as the controller spells it.
    pub kind: String,
    pub status: Truth,
    pub reason: String,
    /// May have several lines.
    pub message: String,
    pub severity: Option<Severity>,
    /// When `status` became what it is.
    pub since: Option<Moment>,
}

/// Types whose True means that something is going on, and whose False is rest.
const NEGATIVE: &[&str] = &[
    "Deleting",
    "Paused",
    "RollingOut",
    "ScalingUp",
    "ScalingDown",
    "Remediating",
    "Updating",
    "HCloudRateLimitExceeded",
    "Stalled",
    "Reconciling",
    "Drifted",
    "ErrorOccurred",
    "DiskPressure",
    "MemoryPressure",
    "PIDPressure",
    "NetworkUnavailable",
];

impl Condition {
    /// Whether True is the noteworthy value.
    pub fn negative(&self) -> bool {
        NEGATIVE.contains(&self.kind.as_str())
    }

    /// Whether it has its healthy value.
    pub fn at_rest(&self) -> bool {
        match self.status {
            Truth::True => !self.negative(),
            Truth::False => self.negative(),
            Truth::Unknown => false,
        }
    }

    pub fn is_true(&self) -> bool {
        self.status == Truth::True
    }

    pub fn is_false(&self) -> bool {
        self.status == Truth::False
    }
}

/// All that is said of one object, in the controller's order.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Conditions(pub Vec<Condition>);

impl Conditions {
    pub fn get(&self, kind: &str) -> Option<&Condition> {
        self.0.iter().find(|it| it.kind == kind)
    }

    pub fn is_true(&self, kind: &str) -> bool {
        self.get(kind).is_some_and(Condition::is_true)
    }

    pub fn is_false(&self, kind: &str) -> bool {
        self.get(kind).is_some_and(Condition::is_false)
    }

    /// When `kind` became True, where it is.
    pub fn true_since(&self, kind: &str) -> Option<Moment> {
        self.get(kind).filter(|it| it.is_true()).and_then(|it| it.since)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Condition> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polarity_decides_what_rest_is() {
        let it = |kind: &str, status| Condition { kind: kind.into(), status, ..Condition::default() };
        assert!(it("Ready", Truth::True).at_rest() && it("Deleting", Truth::False).at_rest());
        assert!(!it("RollingOut", Truth::True).at_rest() && !it("Available", Truth::False).at_rest());
        assert!(!it("Ready", Truth::Unknown).at_rest() && !it("Deleting", Truth::Unknown).at_rest());
    }
}
