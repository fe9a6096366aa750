//! The tree of a commit, whole and in memory: every object of it is held to its own id, so that one that was
//! tampered with in the object database is found.

use super::failure::GitFailure;
use super::open::Opened;
use super::path::is_gits_own;
use super::read;
use domain::{CommitId, Draft, RepoPath};
use gix::objs::{Kind, TreeRefIter};
use std::fmt;
use std::sync::Arc;

/// A tree of more than this is not rendered from.
const LARGEST: usize = 256 << 20;

/// Nor is one of more entries, or of folders in folders beyond this: a few small objects can name each other to more
/// than any memory holds.
pub(super) const MOST: usize = 200_000;
pub(super) const DEEPEST: usize = 64;

/// What stands at a path.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Leaf {
    File {
        executable: bool,
        bytes: Vec<u8>,
    },
    /// Where it points to, relative to itself.
    Link(String),
}

/// Files of a commit, or of a draft, by their paths in order. Nothing of a work tree. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Tree {
    leaves: Arc<Vec<(RepoPath, Leaf)>>,
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tree({} files)", self.leaves.len())
    }
}

impl Tree {
    pub(crate) fn leaves(&self) -> &[(RepoPath, Leaf)] {
        &self.leaves
    }

    /// The bytes of a file; none where there is none.
    pub(crate) fn bytes(&self, path: &str) -> Option<&[u8]> {
        let at = self.leaves.binary_search_by(|(it, _)| it.0.as_str().cmp(path)).ok()?;
        match &self.leaves.get(at)?.1 {
            Leaf::File { bytes, .. } => Some(bytes),
            Leaf::Link(_) => None,
        }
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.bytes(path)?).ok()
    }

    /// The tree as a draft would have it.
    pub(super) fn with(mut self, draft: &Draft) -> Self {
        let all = Arc::make_mut(&mut self.leaves);
        for file in &draft.files {
            let found = all.binary_search_by(|(it, _)| it.cmp(&file.path));
            let was = |leaves: &[(RepoPath, Leaf)], at: usize| {
                matches!(leaves.get(at), Some((_, Leaf::File { executable: true, .. })))
            };
            match (&file.body, found) {
                (Some(body), Ok(at)) => {
                    let executable = was(all, at);
                    let leaf = Leaf::File { executable, bytes: body.clone().into_bytes() };
                    all[at] = (file.path.clone(), leaf);
                }
                (Some(body), Err(at)) => {
                    let leaf = Leaf::File { executable: false, bytes: body.clone().into_bytes() };
                    all.insert(at, (file.path.clone(), leaf));
                }
                (None, Ok(at)) => _ = all.remove(at),
                (None, Err(_)) => {}
            }
        }
        self
    }

    /// Of texts: `#!…` may be run, `-> a` is a link to a.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let leaf = |text: &str| match text.strip_prefix("-> ") {
            Some(target) => Leaf::Link(target.to_owned()),
            None => Leaf::File { executable: text.starts_with("#!"), bytes: text.into() },
        };
        let mut leaves: Vec<_> =
            files.iter().map(|(path, text)| (RepoPath((*path).into()), leaf(text))).collect();
        leaves.sort_by(|one, other| one.0.cmp(&other.0));
        Self { leaves: Arc::new(leaves) }
    }
}

/// Read the tree of a commit.
pub(super) fn tree(opened: &Opened, commit: &CommitId) -> Result<Tree, GitFailure> {
    let id = read::id(commit)?;
    let object = whole(opened, id, Kind::Commit, commit.short())?;
    let parsed = gix::objs::CommitRef::from_bytes(&object, id.kind()).map_err(GitFailure::read)?;
    let mut reading = Reading { opened, leaves: Vec::new(), size: 0, entries: 0 };
    reading.folder(parsed.tree(), "", 0)?;
    let mut leaves = reading.leaves;
    leaves.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(Tree { leaves: Arc::new(leaves) })
}

struct Reading<'a> {
    opened: &'a Opened,
    leaves: Vec<(RepoPath, Leaf)>,
    size: usize,
    entries: usize,
}

impl Reading<'_> {
    fn folder(&mut self, id: gix::ObjectId, at: &str, depth: usize) -> Result<(), GitFailure> {
        let object = whole(self.opened, id, Kind::Tree, at)?;
        for entry in TreeRefIter::from_bytes(&object, id.kind()) {
            let entry = entry.map_err(GitFailure::read)?;
            self.entries += 1;
            if self.entries > MOST || depth > DEEPEST {
                return Err(GitFailure::Read(
                    "the tree has too many files or folders to be rendered from".into(),
                ));
            }
            // A path that is no text, or that leads out of the tree, is nothing that a renderer is given.
            let Ok(name) = std::str::from_utf8(entry.filename) else { continue };
            if name.is_empty() || name.contains('/') || [".", ".."].contains(&name) || is_gits_own(name) {
                continue;
            }
            let path = if at.is_empty() { name.to_owned() } else { format!("{at}/{name}") };
            let child = entry.oid.to_owned();
            let mode = entry.mode;
            if mode.is_tree() {
                self.folder(child, &path, depth + 1)?;
                continue;
            }
            if !mode.is_blob_or_symlink() {
                continue;
            }
            let bytes = whole(self.opened, child, Kind::Blob, &path)?;
            self.size += bytes.len();
            if self.size > LARGEST {
                return Err(GitFailure::Read("the tree is too large to be rendered from".into()));
            }
            let leaf = match (mode.is_link(), String::from_utf8(bytes)) {
                (true, Ok(target)) => Leaf::Link(target),
                (true, Err(_)) => continue,
                (false, Ok(text)) => {
                    Leaf::File { executable: mode.is_executable(), bytes: text.into_bytes() }
                }
                (false, Err(err)) => Leaf::File { executable: mode.is_executable(), bytes: err.into_bytes() },
            };
            self.leaves.push((RepoPath(path), leaf));
        }
        Ok(())
    }
}

/// The bytes of an object that is what its id says.
fn whole(opened: &Opened, id: gix::ObjectId, kind: Kind, what: &str) -> Result<Vec<u8>, GitFailure> {
    let mut object = opened.git.find_object(id).map_err(GitFailure::read)?;
    let hash = gix::objs::compute_hash(id.kind(), object.kind, &object.data).map_err(GitFailure::read)?;
    if hash != id || object.kind != kind {
        return Err(GitFailure::Tampered { what: what.to_owned(), id: id.to_string() });
    }
    Ok(std::mem::take(&mut object.data))
}
