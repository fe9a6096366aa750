//! A whole file edited as text: opened, typed into, searched, moved, removed.

use super::edit::{begin, check, folder, keep, selected, show};
use super::sealed;
use crate::model::{
    Before, Delta, DraftId, DraftRecord, DraftState, Edited, Position, Prompt, PromptKind, TextEdit, Theirs,
};
use crate::queries::{editor, files, source_map};
use crate::{Action, Effect, Model, Typing};
use domain::{Look, RepoPath};

/// Lines that stay in sight above and below the cursor.
const MARGIN: usize = 3;

/// Open a file of the repository as text, at a line (from 1).
pub(super) fn open(model: &mut Model, path: RepoPath, line: u32) -> Vec<Effect> {
    let commit = match source_map::read(model) {
        Ok(map) => map.commit.clone(),
        Err(why) => {
            model.screen.notice = Some(why);
            return Vec::new();
        }
    };
    let known = model.drafts.open_file(&path).map(|it| it.id);
    let id = known.unwrap_or_else(|| {
        let id = model.drafts.next(model.now);
        let new =
            model.world.git.files.as_ref().is_some_and(|(at, all)| *at == commit && !all.contains(&path));
        let text = TextEdit { after: new.then(String::new), opened_at: line, ..TextEdit::default() };
        let mut draft = DraftState::of_file(id, folder(model), commit, path, text);
        if new {
            draft.before = Before::Absent;
        }
        model.drafts.list.push(draft);
        id
    });
    show(model, id);
    let effects = begin(model, id);
    follow(model);
    effects
}

/// The whole file of the selected draft.
pub(super) fn whole(model: &mut Model) -> Vec<Effect> {
    let Some(draft) = selected(model).and_then(|id| model.drafts.get(id)) else { return Vec::new() };
    let (path, line) = (draft.path.clone(), draft.line());
    open(model, path, line)
}

/// Its file has been read: what is edited begins as what is there.
pub(super) fn begins(draft: &mut DraftState) {
    let (Edited::Text(text), Before::Text(before)) = (&mut draft.edited, &draft.before) else { return };
    if text.after.is_none() && !text.gone {
        text.after = Some(before.clone());
        text.at = Position { row: (text.opened_at as usize).saturating_sub(1), column: 0 };
    }
}

fn opened(model: &Model) -> Option<DraftId> {
    editor::opened(model).map(|it| it.id)
}

pub(super) fn is_open(model: &Model) -> bool {
    editor::is_open(model)
}

/// The person typed, or moved the cursor.
pub(super) fn typed(model: &mut Model, typing: &Typing) -> Vec<Effect> {
    let Some(draft) = opened(model).and_then(|id| model.drafts.get(id)) else { return Vec::new() };
    if typing.delta.is_some() && sealed::is_sealed(draft) {
        model.screen.notice = Some(sealed::BY_HAND.into());
        return Vec::new();
    }
    entered(model, typing)
}

fn entered(model: &mut Model, typing: &Typing) -> Vec<Effect> {
    let Some(draft) = opened(model).and_then(|id| model.drafts.get_mut(id)) else { return Vec::new() };
    let mut effects = Vec::new();
    let changed = typing.delta.as_ref().filter(|delta| draft.typed(delta));
    if let Edited::Text(text) = &mut draft.edited {
        (text.at, text.anchor) = (typing.at, typing.anchor);
    }
    if let Some(delta) = changed {
        effects.push(Effect::Keep(DraftRecord::of_typing(draft, delta)));
        let id = draft.id;
        effects.extend(looks(model, id));
    }
    model.screen.notice = None;
    follow(model);
    effects
}

/// What is asked of a draft that has changed: whether it could be committed, and what is to be said of its text.
pub(super) fn looks(model: &Model, id: DraftId) -> Vec<Effect> {
    let Some(draft) = model.drafts.get(id) else { return Vec::new() };
    let check = draft.draft().filter(|_| draft.changed()).map(Look::Check);
    check.into_iter().map(Effect::Look).chain(diagnoses(model, draft)).collect()
}

/// What is asked of a file that is edited as text, changed or not.
pub(super) fn diagnoses(model: &Model, draft: &DraftState) -> Vec<Effect> {
    let Some(text) = draft.text().and_then(|it| it.after.clone()) else { return Vec::new() };
    let path = draft.path.clone();
    let talos = source_map::talos_at(model, &path);
    let fields = Look::Fields { path: path.clone(), text: text.clone() };
    [Look::Diagnose { path, text, talos }, fields].map(Effect::Look).into()
}

/// Keep the cursor of the open text in sight.
pub(super) fn follow(model: &mut Model) {
    let Some(text) = opened(model).and_then(|id| model.drafts.get(id)).and_then(|it| it.text()) else {
        return;
    };
    let (row, rows) = (text.at.row, usize::from(model.screen.rows).max(1));
    let lines = text.after.as_deref().unwrap_or_default().split('\n').count();
    let margin = MARGIN.min(rows.saturating_sub(1) / 2);
    let top = &mut model.screen.editor.top;
    // What was jumped to is shown with what stands around it.
    if row < *top || row >= *top + rows {
        *top = row.saturating_sub(rows / 2);
    }
    *top = (*top).min(row.saturating_sub(margin)).max((row + margin + 1).saturating_sub(rows));
    *top = (*top).min(lines.saturating_sub(1));
}

/// What is asked for while a text is open. Says whether it was for the text.
pub(super) fn asked(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let id = opened(model)?;
    Some(match action {
        Action::EditorLeave => leave(model, id),
        Action::EditorFind => {
            let text = model.screen.editor.search.clone();
            let cursor = text.chars().count();
            model.screen.prompt = Some(Prompt { kind: PromptKind::Find(id), text, cursor, choice: 0 });
            Vec::new()
        }
        Action::FindNext => find(model, true),
        Action::FindPrevious => find(model, false),
        Action::Wrap => {
            model.screen.editor.wrapped = !model.screen.editor.wrapped;
            Vec::new()
        }
        Action::EditorCopy => cut(model, false),
        Action::EditorCut => cut(model, true),
        Action::EditorPaste => {
            let text = model.drafts.cut.clone();
            insert(model, &text)
        }
        Action::External => vec![Effect::External(id)],
        _ => return None,
    })
}

/// Put a text where the cursor is, in place of what is selected.
pub(super) fn insert(model: &mut Model, what: &str) -> Vec<Effect> {
    let Some((start, end, text)) = place(model) else { return Vec::new() };
    let what = what.replace("\r\n", "\n").replace('\n', TextEdit::line_end(&text));
    change(model, Delta { start, end, text: what })
}

/// The whole text anew, as another program left it.
pub(super) fn replaced(model: &mut Model, id: DraftId, text: &str) -> Vec<Effect> {
    let before =
        model.drafts.get(id).and_then(|it| it.text()).and_then(|it| it.after.clone()).unwrap_or_default();
    match Delta::between(&before, text) {
        Some(delta) if opened(model) == Some(id) => {
            changing(model, delta).map(|it| entered(model, &it)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The bytes that are selected, or between which the cursor is, and the text.
fn place(model: &Model) -> Option<(usize, usize, String)> {
    let text = model.drafts.get(opened(model)?)?.text()?;
    let whole = text.after.clone().unwrap_or_default();
    let (at, anchor) = (text.at.byte(&whole), text.anchor.unwrap_or(text.at).byte(&whole));
    Some((at.min(anchor), at.max(anchor), whole))
}

fn change(model: &mut Model, delta: Delta) -> Vec<Effect> {
    changing(model, delta).map(|it| typed(model, &it)).unwrap_or_default()
}

/// A change as if it had been typed: the cursor is at its end.
fn changing(model: &Model, delta: Delta) -> Option<Typing> {
    let (_, _, mut text) = place(model)?;
    let reaches = delta.reaches();
    delta.apply(&mut text)?;
    Some(Typing { at: Position::of(&text, reaches), delta: Some(delta), anchor: None })
}

/// Copy what is selected, else the line; and take it away where it is cut.
fn cut(model: &mut Model, away: bool) -> Vec<Effect> {
    let Some((mut start, mut end, text)) = place(model) else { return Vec::new() };
    if start == end {
        start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
    }
    let Some(taken) = text.get(start..end).map(str::to_owned) else { return Vec::new() };
    model.drafts.cut.clone_from(&taken);
    let mut effects = Vec::new();
    if away {
        effects = change(model, Delta { start, end, text: String::new() });
    }
    let what = if away { "cut" } else { "copied" };
    model.screen.notice = Some(format!("{what} {} characters", taken.chars().count()));
    effects.push(Effect::Copy(taken));
    effects
}

/// What is searched for was typed.
pub(super) fn search(model: &mut Model, id: DraftId, what: &str) -> Vec<Effect> {
    what.clone_into(&mut model.screen.editor.search);
    model.screen.prompt =
        Some(Prompt { kind: PromptKind::Text(id), text: String::new(), cursor: 0, choice: 0 });
    if what.is_empty() { Vec::new() } else { find(model, true) }
}

/// Go to the next place, or the one before, where the searched text stands; capitals count only where it has some.
fn find(model: &mut Model, forward: bool) -> Vec<Effect> {
    let what = model.screen.editor.search.clone();
    let Some((_, _, text)) = place(model).filter(|_| !what.is_empty()) else {
        model.screen.notice = Some("nothing is searched for".into());
        return Vec::new();
    };
    let Some(here) = opened(model).and_then(|id| model.drafts.get(id)?.text()).map(|it| it.at.byte(&text))
    else {
        return Vec::new();
    };
    let small =
        |it: &str| if what.chars().any(char::is_uppercase) { it.to_owned() } else { it.to_ascii_lowercase() };
    let (hay, needle) = (small(&text), small(&what));
    let all: Vec<usize> = hay.match_indices(&needle).map(|(at, _)| at).collect();
    let next = match forward {
        true => all.iter().find(|at| **at > here).or(all.first()),
        false => all.iter().rfind(|at| **at < here).or(all.last()),
    };
    match next {
        Some(at) => {
            let at = Position::of(&text, *at);
            typed(model, &Typing { delta: None, at, anchor: None })
        }
        None => {
            model.screen.notice = Some(format!("{what} stands nowhere in the file"));
            Vec::new()
        }
    }
}

/// Out of the editor: a file that is as it was leaves nothing behind.
pub(super) fn leave(model: &mut Model, id: DraftId) -> Vec<Effect> {
    model.screen.prompt = None;
    super::edit::leave(model, id)
}

/// The file of the selected draft shall be gone, or shall stay after all.
pub(super) fn remove(model: &mut Model) -> Vec<Effect> {
    let Some(draft) = selected(model).and_then(|id| model.drafts.get(id)) else { return Vec::new() };
    let (id, path) = (draft.id, draft.path.clone());
    let known = model.drafts.open_file(&path).map(|it| it.id).filter(|it| *it != id);
    if let Some(known) = known {
        show(model, known);
        model.screen.notice = Some("the whole file is a draft already: here it is".into());
        return Vec::new();
    }
    let Some(draft) = model.drafts.get_mut(id) else { return Vec::new() };
    if let Edited::Value(_) = draft.edited {
        let (base, repository) = (draft.base.clone(), draft.repository.clone());
        let (id, text) = (model.drafts.next(model.now), TextEdit { gone: true, ..TextEdit::default() });
        let draft = DraftState::of_file(id, repository, base, path, text);
        let mut effects = super::edit::read(&draft);
        effects.push(keep(&draft));
        model.drafts.list.push(draft);
        show(model, id);
        return effects;
    }
    if let Edited::Text(text) = &mut draft.edited {
        text.gone = !text.gone;
        draft.checks = None;
        begins(draft);
    }
    check(model, id)
}

/// Ask where the file of the selected draft shall be.
pub(super) fn ask_move(model: &mut Model) {
    if let Some(draft) = selected(model).and_then(|id| model.drafts.get(id)) {
        let text = draft.path.0.clone();
        let cursor = text.chars().count();
        model.screen.prompt = Some(Prompt { kind: PromptKind::Move(draft.id), text, cursor, choice: 0 });
    }
}

/// It shall be there.
pub(super) fn moved(model: &mut Model, id: DraftId, to: &str) -> Vec<Effect> {
    let to = RepoPath(to.trim().to_owned());
    if let Err(why) = files::usable(&to) {
        model.screen.notice = Some(why);
        return Vec::new();
    }
    if model.world.git.files.as_ref().is_some_and(|(_, all)| all.contains(&to)) {
        model.screen.notice = Some(format!("{to} is there already"));
        return Vec::new();
    }
    let Some(draft) = model.drafts.get_mut(id) else { return Vec::new() };
    let new = draft.before == Before::Absent;
    if let Edited::Text(text) = &mut draft.edited {
        let from = text.from.take().unwrap_or_else(|| draft.path.clone());
        text.from = (!new && from != to).then_some(from);
        draft.path = to;
        draft.checks = None;
        // Another file stood in its way.
        if draft.theirs.take_if(|it| *it == Theirs::Taken).is_some() {
            draft.held_against = None;
        }
    }
    let mut effects = check(model, id);
    effects.extend(super::forward::texts(model));
    effects
}

/// Open a conflict: both versions stand in the text, between marks, for the person to choose.
pub(super) fn face(model: &mut Model, id: DraftId) {
    let tip = model.world.sources.as_ref().map(|it| it.commit.clone());
    let Some(draft) = model.drafts.get_mut(id) else { return };
    let Edited::Text(text) = &mut draft.edited else { return };
    let said = match draft.theirs.take() {
        Some(Theirs::File { commit, text: theirs, .. }) if text.gone => {
            (draft.base, draft.before) = (commit, Before::Text(theirs));
            "it was changed on the branch since, and would be gone with that"
        }
        Some(Theirs::File { commit, text: theirs, marked }) => {
            (draft.base, draft.before) = (commit, Before::Text(theirs));
            text.at = Position::of(&marked, marked.find("<<<<<<<").unwrap_or(0));
            text.after = Some(marked);
            "both versions stand between <<<<<<< and >>>>>>>: keep what shall be"
        }
        Some(Theirs::Gone) if !text.gone => {
            draft.before = Before::Absent;
            // It moves from nowhere then.
            text.from = None;
            draft.base = tip.unwrap_or_else(|| draft.base.clone());
            "the branch has no such file any more: this would bring it back"
        }
        // There is nothing to choose between, and nothing of what was typed is to be forgotten.
        other => {
            draft.theirs = other;
            return;
        }
    };
    model.screen.notice = Some(said.into());
    (draft.undo, draft.redo, draft.checks) = (Vec::new(), Vec::new(), None);
}

/// A file was chosen by its name, or a new one named.
pub(super) fn chosen(model: &mut Model, prompt: &Prompt) -> Vec<Effect> {
    let offers = files::offers(model, &prompt.text);
    let path = match offers.get(prompt.choice.min(offers.len().saturating_sub(1))) {
        Some(path) => path.clone(),
        None => RepoPath(prompt.text.trim().to_owned()),
    };
    match files::usable(&path) {
        Ok(()) => open(model, path, 1),
        Err(why) => {
            model.screen.notice = Some(why);
            Vec::new()
        }
    }
}

/// Ask which file; the names of all are looked up first.
pub(super) fn ask_file(model: &mut Model) -> Vec<Effect> {
    let commit = match source_map::read(model) {
        Ok(map) => map.commit.clone(),
        Err(why) => {
            model.screen.notice = Some(why);
            return Vec::new();
        }
    };
    super::filter::open(model, PromptKind::Files);
    let known = model.world.git.files.as_ref().is_some_and(|(at, _)| *at == commit);
    if known { Vec::new() } else { vec![Effect::Look(Look::Files(commit))] }
}
