//! Where something is written.

use crate::RepoPath;
use serde::Serialize;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    pub file: RepoPath,
    /// From 1.
    pub line: u32,
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Said {
    pub file: RepoPath,
    /// The line of the value, from 1.
    pub line: u32,
    /// Of a version: the version alone, as it is written there.
    pub value: String,
    /// All that is written, where the value is only a part of it: an image of which the value is the tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// What it is there, where that is not plain: "upgrade target of nodes with upgrade = true".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

impl Said {
    /// No password of an address is kept.
    pub fn new(file: &RepoPath, line: u32, value: impl Into<String>) -> Self {
        let mut value = value.into();
        if value.contains("://") {
            value = crate::without_passwords(&value);
        }
        Self { file: file.clone(), line, value, written: None, role: None }
    }

    /// The same, told what it is there.
    #[must_use]
    pub fn as_role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }

    pub fn place(&self) -> Place {
        Place { file: self.file.clone(), line: self.line }
    }
}
