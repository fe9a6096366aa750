//! Where the value of a declared object stands in the files.

use domain::{RepoPath, Sureness, Written};

/// What makes a declared object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is delivered as it is written.
    File(RepoPath),
    /// It is written, and nothing says that it is delivered from there.
    Named(RepoPath),
}

impl Origin {
    /// Where a field is written. `line` is that of the value in what was read, `wanted` the value.
    pub(super) fn written(&self, line: u32, _field: &str, _wanted: Option<&str>) -> Written {
        match self {
            Origin::File(path) => Written { path: path.clone(), line, sure: Sureness::Exact },
            Origin::Named(path) => Written { path: path.clone(), line, sure: Sureness::ByName },
        }
    }
}
