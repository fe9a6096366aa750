//! Who last wrote each line of a file.

use super::failure::GitFailure;
use super::open::Opened;
use super::read::id;
use super::text::clean;
use domain::{BlameLine, CommitId, Moment, Revision};
use std::collections::HashMap;

pub(super) fn lines(opened: &Opened, revision: &Revision) -> Result<Vec<BlameLine>, GitFailure> {
    let options = gix::repository::blame_file::Options::default();
    let found = opened
        .git
        .blame_file(revision.path.0.as_str().into(), id(&revision.commit)?, options)
        .map_err(GitFailure::read)?;
    let mut commits: HashMap<gix::ObjectId, BlameLine> = HashMap::new();
    let mut lines = Vec::new();
    for entry in found.entries {
        if let std::collections::hash_map::Entry::Vacant(e) = commits.entry(entry.commit_id) {
            e.insert(of(opened, entry.commit_id)?);
        }
        let Some(known) = commits.get(&entry.commit_id) else { continue };
        for at in 0..entry.len.get() {
            lines.push(BlameLine { line: entry.start_in_blamed_file + at + 1, ..known.clone() });
        }
    }
    lines.sort_by_key(|it| it.line);
    Ok(lines)
}

fn of(opened: &Opened, id: gix::ObjectId) -> Result<BlameLine, GitFailure> {
    let commit = opened.commit(id)?;
    let author = commit.author().map_err(GitFailure::read)?;
    Ok(BlameLine {
        line: 0,
        commit: CommitId(id.to_string()),
        author: clean(&author.name.to_string()),
        at: Moment::from_seconds(commit.time().map(|it| it.seconds).unwrap_or_default()),
        subject: commit.message().map(|it| clean(&it.summary().to_string())).unwrap_or_default(),
    })
}
