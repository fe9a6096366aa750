//! The Git screen: where the repository stands, its log, what a commit changed, who wrote a line.

use super::ages;
use super::fleet::Mark;
use super::words::{Phrase, Tone, count};
use crate::model::{DraftId, DraftStage};
use crate::{Model, Page, Place, RowKey};
use domain::{BlameLine, Commit, CommitDiff, CommitId, DiffLine, Revision};

#[derive(Debug, Clone, PartialEq)]
pub struct CommitRow {
    pub key: RowKey,
    pub mark: Mark,
    pub short: String,
    pub age: String,
    pub author: String,
    pub subject: String,
}

/// Where the repository stands, in two lines, and what it declares in a third.
pub fn standing(model: &Model) -> Vec<Phrase> {
    let Some(state) = &model.world.repository else {
        let why = super::sources::marks(model).into_iter().find(|it| it.source == domain::Source::Git);
        return vec![Phrase::new().faint(why.map(|it| it.says).unwrap_or_default())];
    };
    let mut first = Phrase::new().strong(state.branch.0.clone());
    first = match (&state.local_tip, state.ahead, state.behind) {
        _ if state.remote.is_none() => first.faint(" as it is here"),
        (None, ..) => first.faint(" has no branch here"),
        (_, 0, 0) => first.faint(" is at the remote's tip"),
        (_, ahead, 0) => {
            first.say(Tone::Wait, format!(" is {} ahead", count(ahead as usize, "commit", "commits")))
        }
        (_, 0, behind) => first.faint(format!(" is {} behind", count(behind as usize, "commit", "commits"))),
        (_, ahead, behind) => first.say(Tone::Wait, format!(" is {ahead} ahead and {behind} behind")),
    };
    first = match state.work_tree {
        Some(tree) if tree.is_clean() => first.faint("   work tree clean"),
        Some(tree) => {
            let parts = [(tree.staged, "staged"), (tree.modified, "modified"), (tree.untracked, "untracked")];
            let said: Vec<String> =
                parts.iter().filter(|it| it.0 > 0).map(|(many, word)| format!("{many} {word}")).collect();
            first.faint(format!("   work tree of {}: {}", state.head, said.join(", ")))
        }
        None => first,
    };
    first = match (&state.fetch_failed, state.fetched) {
        (Some(why), _) => first.say(Tone::Bad, format!("   {why}")),
        (None, Some(at)) => first.faint(format!("   asked {} ago", ages::short(model.now.since(at)))),
        (None, None) => first.faint("   never asked"),
    };
    let mut second = Phrase::new().faint(state.remote.clone().unwrap_or_default());
    let drafts = model.drafts.unpushed();
    if drafts > 0 {
        second = second.say(Tone::Accent, format!("   {}", count(drafts, "draft", "drafts")));
    }
    if let Some(map) = &model.world.sources {
        second = second.faint(format!(
            "   {} objects in {}",
            map.objects.len(),
            count(map.files as usize, "YAML file", "YAML files")
        ));
        if !map.locked.is_empty() {
            second =
                second.faint(format!("   secrets locked in {}", count(map.locked.len(), "file", "files")));
        }
        if let Some((path, why)) = map.unreadable.first() {
            let many = count(map.unreadable.len(), "file cannot be read", "files cannot be read");
            second = second.say(Tone::Wait, format!("   {many}: {path}, {why}"));
        }
    }
    [first, second].into_iter().chain(super::desired::summary(model)).collect()
}

/// A commit of this repository that an application follows and the clone does not know.
pub fn unheard(model: &Model) -> Option<CommitId> {
    let bare = |it: &str| it.trim_end_matches('/').trim_end_matches(".git").to_owned();
    let ours = bare(model.world.repository.as_ref()?.remote.as_deref()?);
    if model.world.log.commits.is_empty() {
        return None;
    }
    let apps = model.world.delivery.applications.iter();
    let named = apps.flat_map(|app| app.sources.iter().zip(&app.revisions));
    let mut commits = named
        .filter(|(source, revision)| {
            source.chart.is_empty() && revision.len() >= 40 && bare(&source.repository) == ours
        })
        .map(|(_, revision)| CommitId(revision.clone()));
    commits.find(|it| model.world.log.get(it).is_none())
}

fn shown(model: &Model) -> impl Iterator<Item = &Commit> {
    let list = model.screen.lists.get(&Place::Page(Page::Git));
    let filter = list.map(|list| list.filter.to_lowercase()).unwrap_or_default();
    model.world.log.commits.iter().filter(move |it| {
        filter.is_empty()
            || it.subject.to_lowercase().contains(&filter)
            || it.author.to_lowercase().contains(&filter)
            || it.id.0.starts_with(&filter)
            || it.paths.iter().any(|path| path.0.to_lowercase().contains(&filter))
    })
}

pub fn rows(model: &Model) -> Vec<RowKey> {
    shown(model).map(|it| RowKey(it.id.0.clone())).collect()
}

/// The commits from the `top`th on, `many` of them.
pub fn list(model: &Model, top: usize, many: usize) -> Vec<CommitRow> {
    let state = model.world.repository.as_ref();
    let tip = state.and_then(|it| it.local_tip.as_ref());
    shown(model)
        .skip(top)
        .take(many)
        .map(|it| CommitRow {
            key: RowKey(it.id.0.clone()),
            mark: if Some(&it.id) == tip { Mark::Good } else { Mark::Nothing },
            short: it.id.short().to_owned(),
            age: ages::short(model.now.since(it.at)),
            author: it.author.clone(),
            subject: it.subject.clone(),
        })
        .collect()
}

/// The commit whose change is on the screen.
pub fn commit_shown(model: &Model) -> Option<CommitId> {
    match &model.screen.place {
        Place::Page(Page::Git) => {
            let list = model.screen.listing()?;
            list.selected.as_ref().map(|key| CommitId(key.0.clone()))
        }
        Place::Commit(id) => Some(id.clone()),
        _ => None,
    }
}

/// The commit that `R` would take back: the one that is shown, or the one that the selected draft was pushed as.
pub fn revertable(model: &Model) -> Result<CommitId, String> {
    if model.screen.place == Place::Page(Page::Changes) {
        let list = model.screen.lists.get(&model.screen.place);
        let key = list.and_then(|it| it.selected.as_ref());
        let draft =
            key.and_then(|key| super::changes::draft_of(model, key)).and_then(|id| model.drafts.get(id));
        return match draft.map(|it| &it.stage) {
            Some(DraftStage::Pushed { commit, .. }) => Ok(commit.clone()),
            Some(_) => Err("it is not pushed: x lets it go".into()),
            None => Err("no change is selected".into()),
        };
    }
    commit_shown(model).ok_or_else(|| "no commit is selected".into())
}

/// The file that `b` is about, and its line: the one of the draft, or the first that the commit changed.
pub fn file_shown(model: &Model, draft: Option<DraftId>) -> Option<(Revision, Option<u32>)> {
    if model.screen.place == Place::Page(Page::Changes) {
        let draft = model.drafts.get(draft?)?;
        return Some((Revision { commit: draft.base.clone(), path: draft.path.clone() }, Some(draft.line())));
    }
    if let Some(at) = super::drift::selected(model).and_then(|it| it.written.as_ref()) {
        let commit = model.world.sources.as_ref()?.commit.clone();
        return Some((Revision { commit, path: at.path.clone() }, Some(at.line)));
    }
    if let Some((path, line)) = super::desired::selected(model) {
        let commit = model.world.sources.as_ref()?.commit.clone();
        return Some((Revision { commit, path }, Some(line)));
    }
    if super::places::has(model) {
        let at = super::places::selected(model).ok()?.written;
        let commit = model.world.sources.as_ref()?.commit.clone();
        return Some((Revision { commit, path: at.path }, Some(at.line)));
    }
    let diff = diff(model)?;
    let at =
        model.screen.listing().and_then(|list| list.selected.as_ref()).and_then(|key| key.0.parse().ok());
    let file = match (&model.screen.place, at) {
        (Place::Commit(_), Some(at)) => {
            diff.files.get(file_starts(diff).iter().rposition(|it| *it <= at).unwrap_or(0))?
        }
        _ => diff.files.iter().find(|it| !it.how.starts_with("deleted"))?,
    };
    Some((Revision { commit: diff.commit.clone(), path: file.path.clone() }, None))
}

/// What the commit on the screen changed; none until it has been looked up.
pub fn diff(model: &Model) -> Option<&CommitDiff> {
    let shown = commit_shown(model)?;
    model.world.git.diff.as_ref().filter(|it| it.commit == shown)
}

/// One line of a commit as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown<'a> {
    Message(&'a str),
    Blank,
    File { path: &'a str, how: &'a str, added: usize, removed: usize },
    Line(&'a DiffLine),
}

/// A commit as lines: its message, then file after file.
pub fn diff_lines(diff: &CommitDiff) -> Vec<Shown<'_>> {
    let mut lines: Vec<Shown<'_>> = diff.message.lines().map(Shown::Message).collect();
    for file in &diff.files {
        let many = |which: fn(&DiffLine) -> bool| file.lines.iter().filter(|it| which(it)).count();
        lines.push(Shown::Blank);
        lines.push(Shown::File {
            path: &file.path.0,
            how: &file.how,
            added: many(|it| matches!(it, DiffLine::Added(_))),
            removed: many(|it| matches!(it, DiffLine::Removed(_))),
        });
        lines.extend(file.lines.iter().map(Shown::Line));
    }
    lines
}

/// The line at which each file of a commit begins.
fn file_starts(diff: &CommitDiff) -> Vec<usize> {
    let lines = diff_lines(diff);
    lines.iter().enumerate().filter(|(_, it)| matches!(it, Shown::File { .. })).map(|(at, _)| at).collect()
}

pub fn diff_rows(model: &Model) -> Vec<RowKey> {
    let lines = diff(model).map(|it| diff_lines(it).len()).unwrap_or(0);
    (0..lines).map(|at| RowKey(at.to_string())).collect()
}

/// A file with who wrote each line; none until it has been looked up.
pub fn blamed<'a>(model: &'a Model, revision: &Revision) -> Option<&'a [String]> {
    model.world.git.text.as_ref().filter(|it| it.0 == *revision).map(|it| it.1.as_slice())
}

/// Who last wrote a line, from 1.
pub fn blame_of<'a>(model: &'a Model, revision: &Revision, line: u32) -> Option<&'a BlameLine> {
    let (_, lines) = model.world.git.blame.as_ref().filter(|it| it.0 == *revision)?;
    lines.iter().find(|it| it.line == line)
}

pub fn blame_rows(model: &Model, revision: &Revision) -> Vec<RowKey> {
    let lines = blamed(model, revision).map(<[String]>::len).unwrap_or(0);
    (1..=lines).map(|line| RowKey(line.to_string())).collect()
}
