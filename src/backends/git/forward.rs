//! Moving an edited file on to a later commit, in memory: three versions become one.

use super::failure::GitFailure;
use super::open::Opened;
use super::read;
use domain::{CommitId, Finding, Merged, Merging, RepoPath};
use gix::bstr::BStr;
use gix::merge::blob::Resolution;
use gix::merge::blob::builtin_driver::text as driver;
use std::sync::Arc;

/// Every file of a commit that could be edited, in the order of the tree.
pub(super) fn files(opened: &Opened, commit: CommitId) -> Result<Finding, GitFailure> {
    let tree = opened.commit(read::id(&commit)?)?.tree().map_err(GitFailure::read)?;
    let entries = tree.traverse().breadthfirst.files().map_err(GitFailure::read)?;
    let blobs = entries.iter().filter(|it| it.mode.is_blob());
    let mut paths: Vec<RepoPath> =
        blobs.filter_map(|it| Some(RepoPath(std::str::from_utf8(&it.filepath).ok()?.to_owned()))).collect();
    paths.sort();
    Ok(Finding::Files { commit, paths: Arc::new(paths) })
}

/// What an edited file becomes on a later commit.
pub(super) fn merge(opened: &Opened, merging: Merging) -> Result<Finding, GitFailure> {
    let at = |commit: &CommitId, path: &RepoPath| -> Result<Option<String>, GitFailure> {
        Ok(read::blob(opened, read::id(commit)?, path)?.map(|it| it.text))
    };
    let taken = match &merging.to {
        Some(to) => at(&merging.onto, to)?.is_some(),
        None => false,
    };
    let at = |commit: &CommitId| at(commit, &merging.path);
    let base = at(&merging.base)?.unwrap_or_default();
    let merged = match at(&merging.onto)? {
        _ if taken => Merged::Taken,
        None => Merged::Gone,
        Some(theirs) => match merged(&base, &merging.text, &theirs) {
            Ok(text) => Merged::Clean { before: theirs, text },
            Err(marked) => Merged::Conflict { theirs, marked },
        },
    };
    Ok(Finding::Merged(merging, merged))
}

/// `ours` and `theirs`, both made from `base`, as one. Where both changed the same lines the error has both versions
/// of them between marks.
pub(super) fn merged(base: &str, ours: &str, theirs: &str) -> Result<String, String> {
    let mut out = Vec::new();
    let mut input = gix::diff::blob::InternedInput::new(&b""[..], &b""[..]);
    let name = |it: &'static str| Some(BStr::new(it));
    let labels =
        driver::Labels { ancestor: name("before"), current: name("yours"), other: name("on the branch") };
    let resolution = gix::merge::blob::builtin_driver::text(
        &mut out,
        &mut input,
        labels,
        ours.as_bytes(),
        base.as_bytes(),
        theirs.as_bytes(),
        driver::Options::default(),
    );
    let text = String::from_utf8_lossy(&out).into_owned();
    match resolution {
        Resolution::Complete => Ok(text),
        _ => Err(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_the_same_line_stand_between_marks() {
        let base = "a: 1\nb: 1\n";
        let marked = merged(base, "a: 2\nb: 1\n", "a: 3\nb: 1\n").unwrap_err();
        assert!(marked.starts_with("<<<<<<< yours\na: 2\n"), "{marked}");
        assert!(marked.contains("a: 3\n>>>>>>> on the branch\nb: 1\n"), "{marked}");
        assert_eq!(merged(base, "a: 2\nb: 1\n", "a: 1\nb: 1\nc: 1\n").unwrap(), "a: 2\nb: 1\nc: 1\n");
    }
}
