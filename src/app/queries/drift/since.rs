//! When Git last said what it says: by the line where that is known, else by the file.

use crate::Model;
use crate::model::Asked;
use domain::{BlameLine, CommitId, Moment, RepoPath, Written};

/// Clocks of machines, and of those who commit, are not the same to the second.
pub(super) const SKEW_MS: i64 = 2_000;

/// Who wrote a line, where it was looked up.
pub fn commit_of<'a>(model: &'a Model, written: &Written) -> Option<&'a BlameLine> {
    match model.drift.writers.get(&written.path)? {
        (tip, Asked::Answered(lines)) if Some(tip) == tip_of(model) => {
            lines.iter().find(|it| it.line == written.line)
        }
        _ => None,
    }
}

fn tip_of(model: &Model) -> Option<&CommitId> {
    model.world.sources.as_ref().map(|it| &it.commit)
}

/// The first file that says one side of a difference and whose lines were not asked for, at the tip.
pub fn unblamed(model: &Model) -> Option<domain::Revision> {
    let tip = tip_of(model)?;
    let asked = |path: &RepoPath| model.drift.writers.get(path).is_some_and(|(of, _)| of == tip);
    if is_asked(model, tip) {
        return None;
    }
    let files = model.drift.rows.iter().filter_map(|it| it.written.as_ref().map(|it| &it.path));
    let path = files.into_iter().find(|path| !asked(path))?.clone();
    Some(domain::Revision { path, commit: tip.clone() })
}

fn is_asked(model: &Model, tip: &CommitId) -> bool {
    model.drift.writers.values().any(|it| it.0 == *tip && it.1 == Asked::UnderWay)
}

/// Whether who wrote the lines that differ was looked up, as far as that can be.
pub(super) fn settled(model: &Model) -> bool {
    unblamed(model).is_none() && !tip_of(model).is_some_and(|tip| is_asked(model, tip))
}

/// Who last changed what stands at a place, where that was after `moment`.
pub(super) fn later<'a>(
    model: &'a Model,
    written: Option<&Written>,
    moment: Option<Moment>,
) -> Option<&'a BlameLine> {
    let (written, moment) = (written?, moment?);
    let line = commit_of(model, written)?;
    (line.at.0 > moment.0 + SKEW_MS).then_some(line)
}
