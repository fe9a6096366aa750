//! The edit: a value is opened where it is shown, changed in place, committed and pushed. Every step is kept.

use super::{filter, forward, moved, publish, sealed, text};
use crate::model::{
    Before, Delta, DraftId, DraftRecord, DraftStage, DraftState, Edited, Prompt, PromptKind, Theirs,
};
use crate::queries::{changes, editor, places, source_map};
use crate::{Effect, Key, Model, Page, Place, RowKey};
use domain::{Check, Finding, Look, ObjectRef, RepoPath, Revision, ValueChange, Verdict};

/// `e`: open the line behind the selection.
pub(super) fn edit(model: &mut Model) -> Vec<Effect> {
    if model.screen.place == Place::Page(Page::Changes) {
        return reopen(model);
    }
    if let Some(at) = crate::queries::drift::selected(model).and_then(|it| it.written.clone()) {
        return text::open(model, at.path, at.line);
    }
    if let Some((path, line)) = crate::queries::desired::selected(model) {
        return text::open(model, path, line);
    }
    if let Place::Blame(revision) = &model.screen.place {
        let line =
            model.screen.listing().and_then(|it| it.selected.as_ref()).and_then(|it| it.0.parse().ok());
        return text::open(model, revision.path.clone(), line.unwrap_or(1));
    }
    match source_map::subject(model) {
        Ok((object, field)) => {
            let place = places::of(model, &object, field.as_deref());
            let effects = match &place {
                // It is rendered, or another place of that name is the one that is delivered.
                Some(it) if source_map::find(model, &object).is_none_or(|at| at.path != it.written.path) => {
                    text::open(model, it.written.path.clone(), it.written.line)
                }
                _ => open(model, &object, field.as_deref()),
            };
            if let Some(says) = place.and_then(|it| it.says()) {
                model.screen.notice = Some(says);
            }
            effects
        }
        Err(why) => match source_map::declared(model) {
            Some((path, line)) => text::open(model, path, line),
            None => {
                model.screen.notice = Some(why);
                Vec::new()
            }
        },
    }
}

/// Open one field of an object, or the first that can be edited; where there is none, its file as text.
pub(super) fn open(model: &mut Model, object: &ObjectRef, field: Option<&str>) -> Vec<Effect> {
    let commit = match source_map::read(model) {
        Ok(map) => map.commit.clone(),
        Err(why) => {
            model.screen.notice = Some(why);
            return Vec::new();
        }
    };
    let Some(source) = source_map::find(model, object).cloned() else {
        model.screen.notice = Some(format!("{object} is written nowhere in the repository"));
        return Vec::new();
    };
    let offered = source_map::offered(&source);
    let chosen = field.and_then(|field| offered.iter().find(|it| it.field == field)).or(offered.first());
    let locked = model.world.sources.as_ref().is_some_and(|it| it.locked.contains(&source.path));
    let Some(scalar) = chosen.filter(|_| !locked) else {
        return text::open(model, source.path.clone(), source.line);
    };
    let known = model.drafts.open_at(&source.path, source.document, &scalar.field).map(|it| it.id);
    let id = known.unwrap_or_else(|| {
        let id = model.drafts.next(model.now);
        let draft = DraftState::of(id, folder(model), commit, &source, scalar);
        model.drafts.list.push(draft);
        id
    });
    show(model, id);
    begin(model, id)
}

/// The folder of the repository that is edited.
pub(super) fn folder(model: &Model) -> String {
    model.world.repository.as_ref().map(|it| it.folder.clone()).unwrap_or_default()
}

/// Go to a draft on Changes.
pub(super) fn show(model: &mut Model, id: DraftId) {
    model.screen.go(Place::Page(Page::Changes));
    let list = model.screen.listing_mut();
    // A filter could hide it.
    list.filter.clear();
    list.selected = Some(changes::key(id));
}

/// Take what the branch says now as the start: the wish stays, and stands against that.
fn face(model: &mut Model, id: DraftId) {
    let map = model.world.sources.clone();
    let object = model.drafts.get(id).and_then(|it| it.object().cloned());
    let place = object.and_then(|object| source_map::find(model, &object).cloned());
    let (Some(map), Some(draft)) = (map, model.drafts.get_mut(id)) else { return };
    if let Some(Theirs::Says(says)) = &draft.theirs {
        let said = format!("it is {says} on the branch by now; enter keeps yours over it");
        draft.theirs = None;
        forward::aim_at(draft, &map.commit, place.as_ref());
        model.screen.notice = Some(said);
    }
}

/// Put the cursor into what is edited.
pub(super) fn begin(model: &mut Model, id: DraftId) -> Vec<Effect> {
    let Some(draft) = model.drafts.get(id) else { return Vec::new() };
    let (kind, text, cursor) = match &draft.edited {
        Edited::Value(value) => (PromptKind::Value(id), value.after.clone(), value.cursor),
        Edited::Text(_) => (PromptKind::Text(id), String::new(), 0),
    };
    model.screen.prompt = Some(Prompt { kind, text, cursor, choice: 0 });
    let mut effects = read(draft);
    effects.push(keep(draft));
    effects.extend(sealed::opened(model));
    effects
}

/// Ask for the file, where it has not been read.
pub(super) fn read(draft: &DraftState) -> Vec<Effect> {
    match draft.before {
        Before::Unread => vec![Effect::Look(Look::File(revision(draft)))],
        Before::Absent | Before::Text(_) => Vec::new(),
    }
}

/// The file that a draft began with.
fn revision(draft: &DraftState) -> Revision {
    let path = draft.text().and_then(|it| it.from.clone()).unwrap_or_else(|| draft.path.clone());
    Revision { commit: draft.base.clone(), path }
}

pub(super) fn keep(draft: &DraftState) -> Effect {
    Effect::Keep(DraftRecord::of(draft))
}

/// The draft that is selected on Changes.
pub(super) fn selected(model: &Model) -> Option<DraftId> {
    let key: &RowKey = model.screen.lists.get(&Place::Page(Page::Changes))?.selected.as_ref()?;
    changes::draft_of(model, key)
}

fn reopen(model: &mut Model) -> Vec<Effect> {
    let Some(id) = selected(model) else { return Vec::new() };
    match model.drafts.get(id).map(|it| &it.stage) {
        Some(DraftStage::Open) => {
            face(model, id);
            text::face(model, id);
            match model.drafts.get(id).and_then(|it| it.text()) {
                Some(text) if text.gone => {
                    let said = "it shall be gone: the key that removed it lets it stay";
                    model.screen.notice.get_or_insert_with(|| said.into());
                    check(model, id)
                }
                _ => begin(model, id),
            }
        }
        Some(_) => {
            model.screen.notice = Some("it is committed; edit the line again where it is shown".into());
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// A key for the value or the message that is being typed.
pub(super) fn typed(model: &mut Model, mut prompt: Prompt, id: DraftId, key: &Key) -> Vec<Effect> {
    let message = matches!(prompt.kind, PromptKind::Message(_));
    match key.0.as_str() {
        "esc" | "ctrl-c" => return if message { Vec::new() } else { leave(model, id) },
        "enter" if message => return publish::commit(model, id, &prompt.text),
        "enter" => return check(model, id),
        "tab" | "backtab" if !message => return next_field(model, prompt, id, key.0 == "tab"),
        _ => filter::edit(&mut prompt, key),
    }
    let Some(draft) = model.drafts.get_mut(id) else { return Vec::new() };
    if message {
        draft.message = Some(draft.retitled(&prompt.text));
    } else {
        let typed = draft.value().and_then(|it| Delta::between(&it.after, &prompt.text));
        if let Some(delta) = typed {
            draft.typed(&delta);
        }
        if let Edited::Value(value) = &mut draft.edited {
            value.cursor = prompt.cursor;
        }
    }
    let kept = keep(draft);
    model.screen.prompt = Some(prompt);
    vec![kept]
}

/// `esc` out of the editor: an edit that changed nothing leaves nothing behind.
pub(super) fn leave(model: &mut Model, id: DraftId) -> Vec<Effect> {
    if model.drafts.get(id).is_some_and(|it| !it.changed()) {
        model.drafts.list.retain(|it| it.id != id);
        moved::follow(model);
        return vec![Effect::Keep(DraftRecord::gone(id))];
    }
    check(model, id)
}

/// The next value of the same object. What was changed here is kept as a draft of its own.
fn next_field(model: &mut Model, prompt: Prompt, id: DraftId, forward: bool) -> Vec<Effect> {
    let Some(value) = model.drafts.get(id).and_then(|it| it.value()) else { return Vec::new() };
    let (object, field) = (value.object.clone(), value.field.clone());
    let offered = source_map::find(model, &object).map(source_map::offered).unwrap_or_default();
    if offered.is_empty() {
        model.screen.prompt = Some(prompt);
        return Vec::new();
    }
    let here = offered.iter().position(|it| it.field == field).unwrap_or(0);
    let next = if forward { here + 1 } else { here + offered.len() - 1 } % offered.len();
    let next = offered[next].field.clone();
    let mut effects = leave(model, id);
    effects.extend(open(model, &object, Some(&next)));
    effects
}

/// Have the draft checked. It is kept even where nothing differs: what is typed into it next is kept as what it does
/// to this.
pub(super) fn check(model: &mut Model, id: DraftId) -> Vec<Effect> {
    let Some(draft) = model.drafts.get_mut(id) else { return Vec::new() };
    let mut effects = vec![keep(draft)];
    match draft.changed() {
        true => effects.extend(draft.draft().map(|it| Effect::Look(Look::Check(it)))),
        false => draft.checks = None,
    }
    effects
}

/// Take back: the last change of a draft, else the last draft that was discarded.
pub(super) fn undo(model: &mut Model) -> Vec<Effect> {
    if let Some(effects) = super::publish::take_back(model) {
        return effects;
    }
    if let Some(effects) = step(model, DraftState::step_back) {
        return effects;
    }
    match model.drafts.discarded.pop() {
        Some(draft) if !text::is_open(model) => {
            let kept = keep(&draft);
            let key = changes::key(draft.id);
            model.drafts.list.push(draft);
            model.drafts.list.sort_by_key(|it| it.id);
            model.screen.listing_mut().selected = Some(key);
            vec![kept]
        }
        discarded => {
            model.drafts.discarded.extend(discarded);
            model.screen.notice = Some("there is nothing to take back".into());
            Vec::new()
        }
    }
}

/// Make again what was taken back.
pub(super) fn redo(model: &mut Model) -> Vec<Effect> {
    step(model, DraftState::step_forward).unwrap_or_else(|| {
        model.screen.notice = Some("there is nothing to make again".into());
        Vec::new()
    })
}

/// One step of the draft that is open, else of the selected one; none where it has none.
fn step(model: &mut Model, by: fn(&mut DraftState) -> Option<Delta>) -> Option<Vec<Effect>> {
    let id = editor::edited(model).map(|it| it.id).or_else(|| selected(model))?;
    let draft = model.drafts.get_mut(id).filter(|it| it.stage == DraftStage::Open)?;
    let delta = by(draft)?;
    let mut effects = vec![Effect::Keep(DraftRecord::of_typing(draft, &delta))];
    effects.extend(text::looks(model, id));
    text::follow(model);
    Some(effects)
}

/// Let a draft go; it can be taken back.
pub(super) fn discard(model: &mut Model) -> Vec<Effect> {
    let Some(id) = selected(model) else { return Vec::new() };
    let Some(at) = model.drafts.list.iter().position(|it| it.id == id) else { return Vec::new() };
    let draft = model.drafts.list.remove(at);
    model.screen.notice = Some(format!("discarded: {}", draft.title()));
    model.drafts.discarded.push(draft);
    moved::follow(model);
    vec![Effect::Keep(DraftRecord::gone(id))]
}

/// The drafts in which a file says this.
fn saying<'a>(
    model: &'a mut Model,
    path: &'a RepoPath,
    text: &'a str,
) -> impl Iterator<Item = &'a mut DraftState> {
    model
        .drafts
        .list
        .iter_mut()
        .filter(move |it| it.path == *path && it.text().is_some_and(|it| it.after.as_deref() == Some(text)))
}

/// An answer about a draft came back.
pub(super) fn found(model: &mut Model, look: &Look, finding: Result<Finding, String>) -> Vec<Effect> {
    match (look, finding) {
        (Look::File(of), Ok(Finding::File { text, .. })) => {
            let unread = |it: &&mut DraftState| it.before == Before::Unread && revision(it) == *of;
            let (mut ids, mut begun) = (Vec::new(), None);
            for draft in model.drafts.list.iter_mut().filter(unread) {
                draft.before = Before::Text(text.clone());
                begun = draft.text().filter(|it| it.after.is_none()).map(|_| draft.id).or(begun);
                text::begins(draft);
                ids.push(draft.id);
            }
            text::follow(model);
            let mut effects: Vec<Effect> = ids.iter().flat_map(|id| check(model, *id)).collect();
            // One that was kept over a restart has gone to the sops program when it was opened.
            effects.extend(
                sealed::opened(model)
                    .into_iter()
                    .filter(|it| begun.map(Effect::External).as_ref() == Some(it)),
            );
            let read = ids.iter().filter_map(|id| model.drafts.get(*id));
            effects.extend(read.flat_map(|it| text::diagnoses(model, it)));
            effects.extend(missing(model));
            effects
        }
        (Look::Check(_), Ok(Finding::Checked { draft, checks, changes })) => {
            told(model, &draft, checks, changes)
        }
        (Look::DryRun(_), Ok(Finding::DryRun { draft, checks })) => {
            if let Some(state) = model.drafts.list.iter_mut().find(|it| it.makes(&draft)) {
                state.tried = checks;
            }
            Vec::new()
        }
        (Look::Diagnose { path, text, .. }, Ok(Finding::Diagnosed(diagnoses))) => {
            saying(model, path, text).for_each(|it| it.diagnoses.clone_from(&diagnoses));
            Vec::new()
        }
        (Look::Fields { .. }, Ok(Finding::Fields { path, text, diagnoses })) => {
            saying(model, &path, &text).for_each(|it| it.fields.clone_from(&diagnoses));
            Vec::new()
        }
        (Look::Merge(_), Ok(Finding::Merged(merging, merged))) => forward::merged(model, &merging, merged),
        (Look::Files(_), Ok(Finding::Files { commit, paths })) => {
            model.world.git.files = Some((commit, paths));
            Vec::new()
        }
        (Look::Check(draft), Err(why)) => {
            let said = Check::of(Verdict::Note, format!("it could not be checked: {why}"));
            told(model, draft, vec![said], Vec::new())
        }
        (Look::Merge(merging), Err(why)) => {
            model.screen.notice = Some(why);
            forward::failed(model, merging)
        }
        (Look::File(_) | Look::Files(_), Err(why)) => {
            model.screen.notice = Some(why);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn told(
    model: &mut Model,
    draft: &domain::Draft,
    checks: Vec<Check>,
    changes: Vec<ValueChange>,
) -> Vec<Effect> {
    let typing = text::is_open(model);
    let mut effects = Vec::new();
    let fits =
        checks.iter().all(|it| it.verdict != Verdict::Bad) && changes.iter().any(|it| it.object.is_some());
    // Two drafts may come to the same: each is answered, so that none is asked about for ever.
    let meant: Vec<&mut DraftState> = model.drafts.list.iter_mut().filter(|it| it.makes(draft)).collect();
    // While it is typed the server is left alone.
    if fits && !typing && !meant.is_empty() {
        effects.push(Effect::Look(Look::DryRun(draft.clone())));
    }
    for state in meant {
        (state.checks, state.changes) = (Some(checks.clone()), changes.clone());
        state.tried.clear();
    }
    effects.extend(unchecked(model));
    effects
}

/// The next draft that waits for its checks: of questions of one kind only the last is answered, so that they are
/// asked one at a time.
fn unchecked(model: &Model) -> Option<Effect> {
    let here = model.world.repository.as_ref().map(|it| it.folder.as_str());
    // What is being typed is asked about as it is typed.
    let typed = model.screen.prompt.as_ref().map(|it| it.kind);
    let waits = |it: &&DraftState| {
        let ours = here.is_none_or(|here| it.repository.is_empty() || it.repository == here);
        let typed = [Some(PromptKind::Value(it.id)), Some(PromptKind::Text(it.id))].contains(&typed);
        ours && !typed && it.stage == DraftStage::Open && it.checks.is_none() && it.changed()
    };
    let mut drafts = model.drafts.list.iter().filter(waits).filter_map(DraftState::draft);
    drafts.next().map(|it| Effect::Look(Look::Check(it)))
}

/// The files of the drafts that are shown and were not read yet; asked for one at a time.
pub(super) fn missing(model: &Model) -> Vec<Effect> {
    let here = model.world.repository.as_ref().map(|it| it.folder.as_str());
    let unread = |it: &&DraftState| it.before == Before::Unread && Some(it.repository.as_str()) == here;
    model.drafts.list.iter().find(unread).map(read).unwrap_or_default()
}
