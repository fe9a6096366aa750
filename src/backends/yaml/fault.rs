//! Why a value of a YAML text was not set, and what a person can do about it.

use super::{Which, YamlFault};

/// Why a value was not set. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetFault {
    #[error("it is no YAML: {0}")]
    NoYaml(YamlFault),
    #[error("it has no keys, so it is no YAML with values")]
    NoKeys,
    #[error("no document is {which}; there are {there}")]
    NoDocument { which: Which, there: String },
    #[error("{path} stands in {there}")]
    SeveralDocuments { path: String, there: String },
    #[error("there is no {path}{nearest}")]
    NoValue { path: String, nearest: String },
    #[error("{path} fits several items of the list")]
    SeveralItems { path: String },
    #[error("{path} holds other values, it is not one itself")]
    NotScalar { path: String },
    #[error("{path} is written twice, at line {first} and at line {second}")]
    Twice { path: String, first: u32, second: u32 },
    #[error("{path} at line {line} is shared with other places by an anchor or an alias")]
    Shared { path: String, line: u32 },
    #[error("{path} is a text over several lines that is folded or indented in its own way")]
    Block { path: String },
    #[error("{path} is {value} already")]
    Same { path: String, value: String },
    #[error("a value of that kind cannot stand at {path}")]
    Unfit { path: String },
    #[error("setting {path} would change {other} too")]
    Other { path: String, other: String },
    #[error("values are locked by SOPS")]
    Locked,
}

impl SetFault {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoYaml(_) | Self::NoKeys => "edit it as text: only a value of a YAML file can be set",
            Self::SeveralDocuments { .. } | Self::NoDocument { .. } => {
                "say which with --document KIND, KIND/NAME or N (from 0)"
            }
            Self::SeveralItems { .. } => "say which by its number: [0]",
            Self::NotScalar { .. } => "go on to one of the values in it",
            Self::Shared { .. } | Self::Block { .. } | Self::Twice { .. } => "edit it as text",
            Self::Locked => {
                "`sops edit` changes it and keeps its seal; in the cockpit, e and F open it there"
            }
            Self::NoValue { .. } | Self::Same { .. } | Self::Unfit { .. } | Self::Other { .. } => {
                return None;
            }
        })
    }
}
