//! The selected draft as it is shown: its diff, what was checked, what it would do, and what comes next.

use super::changes::{draft_of, object_of, settled, state, together, told, would_all};
use super::diff::{self, Line, LineKind, apart};
use super::fleet::Mark;
use super::held_up::{self, HeldUp};
use super::parts::{self, Row};
use super::words::Phrase;
use super::{applied, editor, plausible};
use crate::model::{
    Before, DraftId, DraftStage, DraftState, Edited, PromptKind, TextEdit, Theirs, ValueEdit,
};
use crate::{Action, Model, Place};
use domain::{Check, Verdict};

/// Lines shown around a changed one.
pub(super) const AROUND: u32 = 4;
/// Places of a text that are told beside it.
const DIAGNOSES: usize = 6;

/// The selected draft as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftView {
    pub id: DraftId,
    pub title: String,
    /// "on origin/main 3f0e77a, saved"
    pub base: String,
    pub path: String,
    pub object: String,
    /// The field whose value it is; empty where it is a whole file.
    pub field: String,
    pub lines: Vec<Line>,
    /// The same as it is shown: with all that would be committed with it, in parts, some of them folded.
    pub rows: Vec<Row>,
    /// Whether its value is being typed.
    pub typing: bool,
    /// Whether its file is open as text.
    pub editing: bool,
    pub changed: bool,
    pub would: Vec<Phrase>,
    pub checks: Vec<(Mark, String)>,
    /// Why it is not published yet, where more is to be said than that.
    pub held_up: Option<HeldUp>,
    /// What can be done with it next, the nearest first.
    pub then: &'static [Action],
}

pub fn view(model: &Model) -> Option<DraftView> {
    let list = model.screen.lists.get(&Place::Page(crate::Page::Changes))?;
    let selected = || model.drafts.get(draft_of(model, list.selected.as_ref()?)?);
    let draft = editor::edited(model).or_else(selected)?;
    let typing = model.screen.prompt.as_ref().is_some_and(|it| it.kind == PromptKind::Value(draft.id));
    let branch = model.world.repository.as_ref().map(|it| it.branch.0.clone()).unwrap_or_default();
    let editing = editor::opened(model).is_some_and(|it| it.id == draft.id);
    let mut checks = match &draft.checks {
        None if draft.changed() && !typing => vec![(Mark::UnderWay, "is being checked".to_owned())],
        None => Vec::new(),
        Some(checks) => {
            let commit = together(model, draft);
            let stands = |it: &&Check| !settled(it, &commit);
            checks.iter().filter(stands).map(|it| (verdict(it.verdict), it.says.clone())).collect()
        }
    };
    // What is nearest to the cursor first.
    let mut diagnoses: Vec<&domain::Diagnosis> = draft.diagnoses.iter().chain(&draft.fields).collect();
    diagnoses.sort_by_key(|it| it.line.abs_diff(draft.line()));
    let places = diagnoses.into_iter().take(DIAGNOSES);
    checks.extend(places.map(|it| (verdict(it.verdict), format!("line {}: {}", it.line, it.says))));
    checks.extend(draft.tried.iter().map(|it| (verdict(it.verdict), it.says.clone())));
    checks.extend(plausible::checks(model, draft).into_iter().map(|it| (verdict(it.verdict), it.says)));
    checks.extend(draft.theirs.iter().map(|it| (Mark::Problem, told(it))));
    Some(DraftView {
        id: draft.id,
        title: draft.title(),
        base: format!("on {branch} {}, {}", draft.base.short(), state(model, draft).1),
        path: draft.path.to_string(),
        object: object_of(draft),
        field: draft.value().map(|it| it.field.clone()).unwrap_or_default(),
        // The text itself is on the screen.
        lines: if editing { Vec::new() } else { lines_of(draft, typing) },
        rows: if editing { Vec::new() } else { parts::rows(model, draft, typing) },
        typing,
        editing,
        changed: draft.changed(),
        would: would_all(model, draft),
        checks,
        held_up: held_up::of(model, draft),
        then: match &draft.stage {
            _ if typing || editing || !draft.changed() => &[],
            DraftStage::Open => &[Action::Commit, Action::Push],
            DraftStage::Committed { .. } if draft.proposal.as_ref().is_some_and(|it| it.number.is_some()) => {
                &[Action::Undo]
            }
            DraftStage::Committed { .. } => &[Action::Push, Action::Undo],
            DraftStage::Pushed { .. } if applied::is_of(model, draft) => &[Action::Apply, Action::Revert],
            DraftStage::Pushed { .. } => &[Action::Revert],
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

/// The first line of the diff in sight.
pub fn diff_top(model: &Model, view: &DraftView) -> usize {
    let at = model.screen.editor.diff.filter(|(id, _)| *id == view.id).map_or(0, |(_, top)| top);
    at.min(view.rows.len().saturating_sub(1))
}

/// The lines of one draft.
pub(super) fn lines_of(draft: &DraftState, typing: bool) -> Vec<Line> {
    match &draft.edited {
        Edited::Value(value) => value_lines(draft, value, typing),
        Edited::Text(text) => file_lines(draft, text),
    }
}

/// The line, what it becomes, and a little around them.
fn value_lines(draft: &DraftState, value: &ValueEdit, typing: bool) -> Vec<Line> {
    let Some(text) = draft.before.text() else { return Vec::new() };
    let (first, last) = (value.line.saturating_sub(AROUND).max(1), value.line + AROUND);
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()).skip(first as usize - 1).take((last - first + 1) as usize) {
        if number != value.line || !(draft.changed() || typing) {
            found.push(Line {
                number,
                kind: LineKind::Same,
                pieces: vec![(false, shown(line))],
                cursor: None,
            });
            continue;
        }
        let begin =
            text.get(..value.start as usize).map_or(0, |it| it.len() - it.rfind('\n').map_or(0, |at| at + 1));
        let length = (value.end - value.start) as usize;
        let token = line.get(begin..begin + length).unwrap_or_default();
        let (head, tail) =
            (line.get(..begin).unwrap_or_default(), line.get(begin + length..).unwrap_or_default());
        let written = domain::written(&value.before, &value.after, value.quotes).unwrap_or_default();
        let (same_head, old, new, same_tail) = apart(token, &written);
        let pieces = |middle: &str| {
            let before = (false, shown(&format!("{head}{same_head}")));
            vec![before, (true, shown(middle)), (false, shown(&format!("{same_tail}{tail}")))]
        };
        // The cursor counts in the value; in the line, the indentation and an opening quote come first.
        let quote = usize::from(written.starts_with(['"', '\'']) && !value.after.starts_with(['"', '\'']));
        let cursor = typing.then(|| shown(head).chars().count() + quote + value.cursor);
        if draft.changed() {
            found.push(Line { number, kind: LineKind::Removed, pieces: pieces(old), cursor: None });
        }
        found.push(Line { number, kind: LineKind::Added, pieces: pieces(new), cursor });
    }
    found
}

/// What of a file differs, with a little around it. Where both changed the same lines, theirs against ours.
fn file_lines(draft: &DraftState, text: &TextEdit) -> Vec<Line> {
    let before = match (&draft.theirs, &draft.before) {
        (Some(Theirs::File { text, .. }), _) | (_, Before::Text(text)) => text.as_str(),
        (_, Before::Absent) => "",
        (_, Before::Unread) => return Vec::new(),
    };
    let after = text.after.as_deref().filter(|_| !text.gone).unwrap_or_default();
    diff::hunks(before, after, AROUND as usize)
}

/// What is not drawn of a line stands for itself.
fn shown(line: &str) -> String {
    domain::revealed(line)
}
