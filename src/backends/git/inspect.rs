//! What the commit at HEAD declares: of any repository, also one without a remote, bare, or with HEAD detached.

use super::failure::GitFailure;
use super::open;
use super::source_map::{KnownFiles, joined, read_file};
use super::text::clean;
use super::tree_files;
use crate::layout::Head;
use domain::inventory::Inventory;
use std::path::Path;

/// Reads a repository, and remembers what it has read of it.
#[derive(Debug, Default)]
pub struct Inspector {
    known: KnownFiles,
}

impl Inspector {
    /// Read the repository that encloses `start`. Where it has no commit yet, nothing is declared.
    ///
    /// # Errors
    ///
    /// Where `start` is in no repository, or in one that cannot be read.
    pub fn inspect(&mut self, start: &Path) -> Result<Inventory, GitFailure> {
        let git = open::found(start)?;
        let branch = git.head_name().ok().flatten().map(|it| clean(&it.shorten().to_string()));
        let remotes = tree_files::remotes(&git);
        let mut head = Head { commit: String::new(), branch: branch.unwrap_or_default(), remotes };
        let at = git.head().map_err(GitFailure::read)?;
        if at.is_unborn() {
            return Ok(joined(&head, &[]));
        }
        let commit = at.into_peeled_id().map_err(GitFailure::read)?.detach();
        head.commit = commit.to_string();
        let files = tree_files::files(&git, commit, &mut self.known, read_file)?;
        Ok(joined(&head, &files))
    }
}
