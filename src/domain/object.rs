//! One Kubernetes object as a person reads it: its text, and a summary.

/// What is shown of an object. Secret values are not in it: they are masked where it is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectText {
    /// Its YAML without managedFields, line by line, safe to show.
    pub yaml: Vec<Box<str>>,
    pub summary: Vec<Section>,
    /// Whether it has pods' containers with logs.
    pub has_logs: bool,
}

/// A part of a summary: a title and its lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    pub title: String,
    pub lines: Vec<SummaryLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SummaryLine {
    pub label: String,
    pub value: String,
    pub fare: crate::Fare,
}
