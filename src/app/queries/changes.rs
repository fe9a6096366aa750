//! The Changes screen: drafts as a list, and the selected one as a diff with what it would do.

use super::fleet::Mark;
use super::words::{Phrase, Tone};
use super::{ages, plausible, would};
use crate::model::{DraftId, DraftStage, DraftState, PromptKind, Theirs};
use crate::{Action, Availability, Model, Place, RowKey};
use domain::{Check, Verdict};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a draft that was pushed stays in the list.
const REMEMBERED: Duration = Duration::from_secs(2 * 3_600);
/// Lines shown around a changed one.
const AROUND: u32 = 4;

#[derive(Debug, Clone, PartialEq)]
pub struct DraftRow {
    pub key: RowKey,
    pub mark: Mark,
    pub title: String,
    /// File and line.
    pub place: String,
    /// "v1.35.0 → v1.35.2"
    pub change: String,
    /// "draft", "committed 7ac1e02", "pushed 3 min ago".
    pub state: String,
    /// Whether it is marked, to be committed together with the others that are.
    pub marked: bool,
}

pub fn key(id: DraftId) -> RowKey {
    RowKey(id.0.to_string())
}

/// The draft behind a row.
pub fn draft_of(model: &Model, key: &RowKey) -> Option<DraftId> {
    let id = DraftId(key.0.parse().ok()?);
    model.drafts.get(id).map(|it| it.id)
}

/// The drafts of this repository, oldest first; what was pushed long ago is left out.
fn shown(model: &Model) -> impl Iterator<Item = &DraftState> {
    let here = model.world.repository.as_ref().map(|it| it.folder.as_str());
    let at = model.screen.lists.get(&Place::Page(crate::Page::Changes));
    let filter = at.map(|list| list.filter.to_lowercase()).unwrap_or_default();
    model.drafts.list.iter().filter(move |draft| {
        let recent = match draft.stage {
            DraftStage::Pushed { at, .. } => model.now.since(at) < REMEMBERED,
            _ => true,
        };
        let ours = here.is_none_or(|here| draft.repository.is_empty() || draft.repository == here);
        let text = || format!("{} {} {}", draft.title(), draft.path, draft.object).to_lowercase();
        recent && ours && (filter.is_empty() || text().contains(&filter))
    })
}

pub fn rows(model: &Model) -> Vec<RowKey> {
    shown(model).map(|draft| key(draft.id)).collect()
}

pub fn list(model: &Model) -> Vec<DraftRow> {
    shown(model).map(|draft| row(model, draft)).collect()
}

fn row(model: &Model, draft: &DraftState) -> DraftRow {
    let (mark, state) = match &draft.stage {
        DraftStage::Open if !draft.changed() => (Mark::Nothing, "unchanged".to_owned()),
        DraftStage::Open if draft.theirs.is_some() => (Mark::Problem, "overtaken".to_owned()),
        DraftStage::Open => (Mark::UnderWay, "draft, saved".to_owned()),
        DraftStage::Committing(_) => (Mark::UnderWay, "is being committed".to_owned()),
        DraftStage::Committed { commit, .. } => {
            (Mark::UnderWay, format!("committed {}, not pushed", commit.short()))
        }
        DraftStage::Pushing { commit, .. } => (Mark::UnderWay, format!("{} is being pushed", commit.short())),
        DraftStage::Pushed { commit, at, .. } => {
            let age = ages::short(model.now.since(*at));
            (Mark::Good, format!("pushed {}, {age} ago", commit.short()))
        }
    };
    DraftRow {
        key: key(draft.id),
        mark,
        title: draft.title(),
        place: format!("{}:{}", draft.path, draft.line),
        change: match draft.changed() {
            true => format!("{} → {}", draft.before, draft.after),
            false => draft.before.clone(),
        },
        state,
        marked: model.screen.listing().is_some_and(|list| list.marked.contains(&key(draft.id))),
    }
}

/// What `c` would commit: the open drafts that are marked, else the one that is selected.
pub fn chosen(model: &Model) -> Vec<&DraftState> {
    let list = model.screen.lists.get(&Place::Page(crate::Page::Changes));
    let marked = list.into_iter().flat_map(|list| &list.marked).filter_map(|key| draft_of(model, key));
    let mut ids: Vec<DraftId> = marked.collect();
    ids.sort();
    let open = |id: DraftId| model.drafts.get(id).filter(|it| it.stage == DraftStage::Open && it.changed());
    let marked: Vec<&DraftState> = ids.into_iter().filter_map(open).collect();
    if !marked.is_empty() {
        return marked;
    }
    let selected = list.and_then(|list| list.selected.as_ref()).and_then(|key| draft_of(model, key));
    selected.and_then(|id| model.drafts.get(id)).into_iter().collect()
}

/// Whether something can be done with the selected draft now.
pub fn may(model: &Model, action: Action) -> Availability {
    let list = model.screen.lists.get(&Place::Page(crate::Page::Changes));
    let key = list.and_then(|list| list.selected.as_ref());
    let on_changes = model.screen.place == Place::Page(crate::Page::Changes);
    let id = key.filter(|_| on_changes).and_then(|key| draft_of(model, key));
    let draft = id.and_then(|id| model.drafts.get(id));
    let Some(draft) = draft else { return Err("no draft is selected; e on a value makes one".into()) };
    match (action, &draft.stage) {
        (_, DraftStage::Committing(_) | DraftStage::Pushing { .. }) => Err("it is under way".into()),
        (Action::Commit, DraftStage::Open) => {
            chosen(model).into_iter().try_for_each(|it| committable(model, it))
        }
        (Action::Commit, DraftStage::Committed { .. }) => Err("it is committed; P pushes it".into()),
        (Action::Commit | Action::Push, DraftStage::Pushed { .. }) => Err("it is pushed".into()),
        (Action::Push, DraftStage::Open) => Err("commit it first, with c".into()),
        (Action::Push, DraftStage::Committed { .. }) if model.world.repository.is_none() => {
            Err("the repository has not been read yet".into())
        }
        _ => Ok(()),
    }
}

fn committable(model: &Model, draft: &DraftState) -> Availability {
    match &draft.theirs {
        _ if !draft.changed() => return Err("the draft changes nothing yet".into()),
        Some(theirs) => return Err(told(theirs)),
        None => {}
    }
    let plausible = plausible::checks(model, draft);
    match draft.checks.iter().flatten().chain(&plausible).find(|it| it.verdict == Verdict::Bad) {
        Some(check) => Err(check.says.clone()),
        None => Ok(()),
    }
}

/// The drafts that are one commit with this one, or would be if it were made now; itself among them.
fn together<'a>(model: &'a Model, draft: &'a DraftState) -> Vec<&'a DraftState> {
    if let Some(commit) = draft.commit() {
        return model.drafts.list.iter().filter(|it| it.commit() == Some(commit)).collect();
    }
    let chosen = chosen(model);
    if chosen.iter().any(|it| it.id == draft.id) { chosen } else { vec![draft] }
}

/// Whether what was found on a line is changed by the same commit: each draft was checked alone.
fn settled(check: &Check, commit: &[&DraftState]) -> bool {
    let Some((path, line)) = &check.place else { return false };
    commit.iter().any(|it| it.changed() && it.path == *path && it.line == *line)
}

fn told(theirs: &Theirs) -> String {
    match theirs {
        Theirs::Says(says) => format!("it is {says} on the branch by now: e looks at it again"),
        Theirs::Gone => "it is not written there any more: x lets the draft go".into(),
    }
}

/// What a line of a diff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    Same,
    Removed,
    Added,
}

/// One line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u32,
    pub kind: LineKind,
    /// Pieces of the line; true where the piece is what changed.
    pub pieces: Vec<(bool, String)>,
    /// Where the cursor stands, in characters from the start of the line.
    pub cursor: Option<usize>,
}

/// The selected draft as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftView {
    pub title: String,
    /// "on origin/main 3f0e77a, saved"
    pub base: String,
    pub path: String,
    pub object: String,
    pub field: String,
    pub lines: Vec<Line>,
    /// Whether its value is being typed.
    pub typing: bool,
    pub changed: bool,
    pub would: Vec<Phrase>,
    pub checks: Vec<(Mark, String)>,
    /// What can be done with it next, the nearest first.
    pub then: &'static [Action],
}

pub fn view(model: &Model) -> Option<DraftView> {
    let list = model.screen.lists.get(&Place::Page(crate::Page::Changes))?;
    let draft = model.drafts.get(draft_of(model, list.selected.as_ref()?)?)?;
    let typing = model.screen.prompt.as_ref().is_some_and(|it| it.kind == PromptKind::Value(draft.id));
    let branch = model.world.repository.as_ref().map(|it| it.branch.0.clone()).unwrap_or_default();
    let mut checks = match &draft.checks {
        None if draft.changed() && !typing => vec![(Mark::UnderWay, "is being checked".to_owned())],
        None => Vec::new(),
        Some(checks) => {
            let stands = |it: &&Check| !settled(it, &together(model, draft));
            checks.iter().filter(stands).map(|it| (verdict(it.verdict), it.says.clone())).collect()
        }
    };
    checks.extend(plausible::checks(model, draft).into_iter().map(|it| (verdict(it.verdict), it.says)));
    checks.extend(draft.theirs.iter().map(|it| (Mark::Problem, told(it))));
    Some(DraftView {
        title: draft.title(),
        base: format!("on {branch} {}, {}", draft.base.short(), row(model, draft).state),
        path: draft.path.to_string(),
        object: format!("{} {}", draft.object.kind, draft.object.name),
        field: draft.field.clone(),
        lines: lines(draft, typing),
        typing,
        changed: draft.changed(),
        would: would_all(model, draft),
        checks,
        then: match &draft.stage {
            _ if typing || !draft.changed() => &[],
            DraftStage::Open => &[Action::Commit, Action::Push],
            DraftStage::Committed { .. } => &[Action::Push],
            _ => &[],
        },
    })
}

fn verdict(verdict: Verdict) -> Mark {
    match verdict {
        Verdict::Good => Mark::Good,
        Verdict::Note => Mark::UnderWay,
        Verdict::Bad => Mark::Problem,
    }
}

/// The line, what it becomes, and a little around them.
fn lines(draft: &DraftState, typing: bool) -> Vec<Line> {
    let Some(text) = &draft.text else { return Vec::new() };
    let (first, last) = (draft.line.saturating_sub(AROUND).max(1), draft.line + AROUND);
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()).skip(first as usize - 1).take((last - first + 1) as usize) {
        let shown = domain::revealed;
        if number != draft.line || !(draft.changed() || typing) {
            found.push(Line {
                number,
                kind: LineKind::Same,
                pieces: vec![(false, shown(line))],
                cursor: None,
            });
            continue;
        }
        let begin =
            text.get(..draft.start as usize).map_or(0, |it| it.len() - it.rfind('\n').map_or(0, |at| at + 1));
        let length = (draft.end - draft.start) as usize;
        let token = line.get(begin..begin + length).unwrap_or_default();
        let (head, tail) =
            (line.get(..begin).unwrap_or_default(), line.get(begin + length..).unwrap_or_default());
        let written = domain::written(&draft.before, &draft.after, draft.quotes).unwrap_or_default();
        let (same_head, old, new, same_tail) = apart(token, &written);
        let pieces = |middle: &str| {
            let before = (false, shown(&format!("{head}{same_head}")));
            vec![before, (true, shown(middle)), (false, shown(&format!("{same_tail}{tail}")))]
        };
        // The cursor counts in the value; in the line, the indentation and an opening quote come first.
        let quote = usize::from(written.starts_with(['"', '\'']) && !draft.after.starts_with(['"', '\'']));
        let cursor = typing.then(|| shown(head).chars().count() + quote + draft.cursor);
        if draft.changed() {
            found.push(Line { number, kind: LineKind::Removed, pieces: pieces(old), cursor: None });
        }
        found.push(Line { number, kind: LineKind::Added, pieces: pieces(new), cursor });
    }
    found
}

/// What two words share at the front, what differs, and what they share at the end.
fn apart<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str, &'a str, &'a str) {
    let shared = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| -> usize {
        a.zip(b).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    let head = shared(&mut one.chars(), &mut other.chars());
    let (rest, other_rest) = (&one[head..], &other[head..]);
    let tail = shared(&mut rest.chars().rev(), &mut other_rest.chars().rev());
    let (middle, end) = rest.split_at(rest.len() - tail);
    (&one[..head], middle, &other_rest[..other_rest.len() - tail], end)
}

/// The same for all that would be committed together with a draft.
fn would_all(model: &Model, draft: &DraftState) -> Vec<Phrase> {
    let chosen = together(model, draft);
    if draft.commit().is_some() || chosen.len() < 2 {
        return would(model, draft);
    }
    let mut said = vec![Phrase::new().strong(format!("{} values in one commit", chosen.len()))];
    for draft in chosen {
        said.extend([Phrase::new(), Phrase::new().faint(draft.title())]);
        said.extend(would(model, draft));
    }
    said
}

/// What it would do to the machines.
fn would(model: &Model, draft: &DraftState) -> Vec<Phrase> {
    if !draft.changed() {
        return vec![Phrase::new().faint("nothing: the value is as it was")];
    }
    if matches!(draft.stage, DraftStage::Pushed { .. }) {
        return vec![Phrase::new().faint("it is pushed: how far it has come stands on Machines")];
    }
    would::would(model, &draft.object, &draft.field, &draft.after)
}

/// What the question before a push says.
pub fn push_question(model: &Model, id: DraftId) -> Option<Vec<Phrase>> {
    let draft = model.drafts.get(id)?;
    let repository = model.world.repository.as_ref()?;
    let commit = draft.commit()?;
    let remote = repository.remote.clone().unwrap_or_default();
    let mut said = vec![
        Phrase::new().faint("commit  ").strong(commit.short()).plain(format!("  {}", draft.title())),
        Phrase::new().faint("to      ").strong(repository.branch.0.clone()).faint(format!("  of {remote}")),
    ];
    let whole: Vec<&DraftState> = model.drafts.list.iter().filter(|it| it.commit() == Some(commit)).collect();
    said.extend(whole.iter().map(|it| {
        let place = Phrase::new().faint("file    ").plain(format!("{}:{}", it.path, it.line));
        place.faint(format!("  {} → {}", it.before, it.after))
    }));
    for draft in &whole {
        said.push(Phrase::new());
        if whole.len() > 1 {
            said.push(Phrase::new().faint(format!("{} {}", draft.object.kind, draft.object.name)));
        }
        said.extend(would(model, draft));
    }
    let found = whole.iter().flat_map(|it| it.checks.iter().flatten().cloned());
    let notes: BTreeSet<String> = found
        .chain(whole.iter().flat_map(|it| plausible::checks(model, it)))
        .filter(|it| it.verdict != Verdict::Good && !settled(it, &whole))
        .map(|it| it.says)
        .collect();
    if !notes.is_empty() {
        said.push(Phrase::new());
        said.extend(notes.into_iter().map(|it| Phrase::new().say(Tone::Wait, it)));
    }
    Some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_the_same_commit_changes_is_not_told_as_left_behind() {
        let one = plausible::tests::some("TalosControlPlane", "spec.version", "v1.35.0", "v1.35.2");
        let says = "a.yaml:1 still says v1.35.0".to_owned();
        let mut check =
            Check { verdict: Verdict::Note, says, place: Some((domain::RepoPath("a.yaml".into()), 1)) };
        assert!(settled(&check, &[&one]));
        assert!(!settled(&check, &[]));
        check.place = Some((domain::RepoPath("a.yaml".into()), 2));
        assert!(!settled(&check, &[&one]));
    }

    #[test]
    fn only_the_digit_that_differs_is_marked() {
        assert_eq!(apart("v1.35.0", "v1.35.2"), ("v1.35.", "0", "2", ""));
        assert_eq!(apart("aa", "aaa"), ("aa", "", "a", ""));
        assert_eq!(apart("\"3\"", "\"30\""), ("\"3", "", "0", "\""));
        assert_eq!(apart("äb", "äc"), ("ä", "b", "c", ""));
    }
}
