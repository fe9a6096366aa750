//! An edit that exists nowhere but here: what the first step of the road carries.

use crate::{CommitId, ObjectRef, RepoPath};

/// One or more files as they shall be. It can be committed; nothing else can be done with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Draft {
    /// The commit it was made on. A commit is built on the tip of the remote branch; where that has moved on and
    /// the same lines with it, the order is refused and the draft kept.
    pub base: CommitId,
    pub files: Vec<DraftFile>,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftFile {
    pub path: RepoPath,
    /// The whole file as it shall be; none where it shall be gone. Where the base has no such file, it is new.
    pub body: Option<String>,
    /// The values that were meant to change. The file is refused where any other value differs. None of them where
    /// it was edited as text: then all of it may differ.
    pub edits: Vec<ScalarEdit>,
}

/// One value of an object that a draft changes, by the structure of its files: comments and order do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueChange {
    pub path: RepoPath,
    /// The object it is a value of; none in a document that declares none.
    pub object: Option<ObjectRef>,
    /// Empty where the whole object comes or goes.
    pub field: String,
    /// None where it was not there, and where it is not there any more. What a Secret holds is not told.
    pub before: Option<String>,
    pub after: Option<String>,
    /// The first and the last line of it, from 1, in the file as it was and as it shall be.
    pub was: Option<(u32, u32)>,
    pub is: Option<(u32, u32)>,
}

impl ValueChange {
    /// How many are told of one file at most.
    pub const MANY: usize = 200;
}

/// One value of a YAML file, before and after.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScalarEdit {
    /// Which document of the file, from 0.
    pub document: u32,
    /// Where in the document, as `spec.template.spec.version` or `spec.containers[0].image`.
    pub field: String,
    pub before: String,
    pub after: String,
}
