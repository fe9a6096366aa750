//! What a commit changed, as lines with a little around them.

use super::failure::GitFailure;
use super::open::Opened;
use super::read::id;
use super::text::clean;
use domain::{CommitDiff, CommitId, DiffLine, FileDiff, RepoPath};
use gix::diff::tree_with_rewrites::ChangeRef;
use similar::{ChangeTag, TextDiff};

/// Unchanged lines around a change.
const AROUND: usize = 3;
/// Lines that are kept of one file.
const LINES: usize = 5_000;

pub(super) fn of_commit(opened: &Opened, commit: &CommitId) -> Result<CommitDiff, GitFailure> {
    let found = opened.commit(id(commit)?)?;
    if opened.is_cut_off(found.id) {
        return Err(GitFailure::CutOff(commit.short().to_owned()));
    }
    let tree = found.tree().map_err(GitFailure::read)?;
    let parent = match found.parent_ids().next() {
        Some(parent) => Some(opened.commit(parent.detach())?.tree().map_err(GitFailure::read)?),
        None => None,
    };
    let changes = opened.git.diff_tree_to_tree(parent.as_ref(), &tree, None).map_err(GitFailure::read)?;
    let mut files = Vec::new();
    for change in changes.iter().map(|it| it.to_ref()).filter(|it| !it.entry_mode().is_tree()) {
        files.push(file(opened, change)?);
    }
    let message = found.message_raw_sloppy().to_string();
    Ok(CommitDiff {
        commit: commit.clone(),
        message: message.lines().map(clean).collect::<Vec<_>>().join("\n"),
        files,
    })
}

fn file(opened: &Opened, change: ChangeRef<'_>) -> Result<FileDiff, GitFailure> {
    let path = RepoPath(clean(&change.location().to_string()));
    let (before, after, how) = match change {
        ChangeRef::Addition { id, .. } => (None, Some(id), "added".to_owned()),
        ChangeRef::Deletion { id, .. } => (Some(id), None, "deleted".to_owned()),
        ChangeRef::Modification { previous_id, id, .. } => {
            (Some(previous_id), Some(id), "modified".to_owned())
        }
        ChangeRef::Rewrite { source_location, source_id, id, copy, .. } => {
            let word = if copy { "copied" } else { "renamed" };
            (Some(source_id), Some(id), format!("{word} from {}", clean(&source_location.to_string())))
        }
    };
    let text = |id: Option<gix::ObjectId>| -> Option<String> {
        let Some(id) = id else { return Some(String::new()) };
        let object = opened.git.find_object(id).ok()?;
        std::str::from_utf8(&object.data).ok().filter(|it| !it.contains('\0')).map(str::to_owned)
    };
    match (text(before), text(after)) {
        (Some(before), Some(after)) => Ok(FileDiff { path, how, lines: lines(&before, &after) }),
        _ => Ok(FileDiff { path, how: format!("{how}, binary"), lines: Vec::new() }),
    }
}

/// The hunks between two texts.
pub(super) fn lines(before: &str, after: &str) -> Vec<DiffLine> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(AROUND) {
        let Some(first) = group.first() else { continue };
        lines.push(DiffLine::Hunk {
            before: first.old_range().start as u32 + 1,
            after: first.new_range().start as u32 + 1,
        });
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = change.value().trim_end_matches(['\n', '\r']);
            let text = domain::revealed(text);
            lines.push(match change.tag() {
                ChangeTag::Equal => DiffLine::Same(text),
                ChangeTag::Delete => DiffLine::Removed(text),
                ChangeTag::Insert => DiffLine::Added(text),
            });
            if lines.len() >= LINES {
                return lines;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_three_lines_around_it() {
        let before: String = (1..=9).map(|it| format!("{it}\n")).collect();
        let told = lines(&before, &before.replace("5\n", "fünf\n"));
        assert_eq!(told.len(), 9);
        assert_eq!(told[0], DiffLine::Hunk { before: 2, after: 2 });
        assert_eq!(told[4..6], [DiffLine::Removed("5".into()), DiffLine::Added("fünf".into())]);
    }
}
