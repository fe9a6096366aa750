//! The gate: content that was read out of a commit, and nothing else.

use domain::Revision;

/// Content that was read out of a commit, with the name it was read under.
///
/// Nobody outside this module's parent can make one, so whatever takes a `Committed` cannot be
/// given an edit that was never committed:
///
/// ```compile_fail
/// use backends::git::Committed;
/// use domain::{CommitId, RepoPath, Revision};
/// let revision = Revision { commit: CommitId("c0".into()), path: RepoPath("node.yaml".into()) };
/// let forged = Committed::attest(revision, String::from("machine: {}"));
/// ```
///
/// ```compile_fail
/// use backends::git::Committed;
/// use domain::{CommitId, RepoPath, Revision};
/// let revision = Revision { commit: CommitId("c0".into()), path: RepoPath("node.yaml".into()) };
/// let forged = Committed { revision, content: String::from("machine: {}") };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed<T> {
    revision: Revision,
    content: T,
}

impl<T> Committed<T> {
    pub(super) fn attest(revision: Revision, content: T) -> Self {
        Self { revision, content }
    }

    pub fn revision(&self) -> &Revision {
        &self.revision
    }

    pub fn content(&self) -> &T {
        &self.content
    }

    /// Parse or render it. A plain `fn`, so that nothing can be smuggled in by capture.
    pub fn try_map<U, E>(self, render: fn(T) -> Result<U, E>) -> Result<Committed<U>, E> {
        Ok(Committed { revision: self.revision, content: render(self.content)? })
    }
}

/// Committed content whose commit the remote's tracked branch held when it was asked last, a moment ago.
/// What is applied to a live system must be this, not merely committed:
///
/// ```compile_fail
/// use backends::git::{Committed, Published};
/// fn forge(local: Committed<String>) -> Published<String> { Published::attest(local) }
/// ```
///
/// ```compile_fail
/// use backends::git::{Committed, Published};
/// fn forge(local: Committed<String>) -> Published<String> { Published(local) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published<T>(Committed<T>);

impl<T> Published<T> {
    pub(super) fn attest(content: Committed<T>) -> Self {
        Self(content)
    }

    pub fn revision(&self) -> &Revision {
        self.0.revision()
    }

    pub fn content(&self) -> &T {
        self.0.content()
    }

    pub(super) fn committed(&self) -> &Committed<T> {
        &self.0
    }

    pub(super) fn into_committed(self) -> Committed<T> {
        self.0
    }

    /// Parse or render it. A plain `fn`, so that nothing can be smuggled in by capture.
    pub fn try_map<U, E>(self, render: fn(T) -> Result<U, E>) -> Result<Published<U>, E> {
        self.0.try_map(render).map(Published)
    }
}
