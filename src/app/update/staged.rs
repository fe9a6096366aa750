//! A value that was set without a screen: it becomes a draft like one that was typed.

use super::edit::{check, folder, keep, read};
use crate::model::{DraftState, Edited, Position, TextEdit};
use crate::{Effect, Model, Staging};
use domain::{CommitId, RepoPath, Scalar, SourceObject};

/// Put it among the drafts: into the one of that value or that file where there is one.
pub(super) fn staged(model: &mut Model, staging: Staging) -> Vec<Effect> {
    let Some(tip) = model.world.sources.as_ref().map(|it| it.commit.clone()) else { return Vec::new() };
    let known = model.drafts.open_file(&staging.path).map(|it| it.id);
    let id = match known {
        Some(id) => id,
        None => match place(model, &staging).map(|(source, scalar)| (source.clone(), scalar.clone())) {
            Some((source, scalar)) => value(model, tip, &source, &scalar, &staging.value),
            None => text(model, tip, &staging),
        },
    };
    let Some(draft) = model.drafts.get_mut(id) else { return Vec::new() };
    if let Edited::Text(text) = &mut draft.edited {
        text.at = Position { row: (staging.line as usize).saturating_sub(1), column: 0 };
        text.after = Some(staging.text);
        draft.checks = None;
    }
    let mut effects = vec![keep(draft)];
    effects.extend(read(draft));
    effects.extend(check(model, id));
    effects
}

/// Where an object has that value in the file, if one has.
fn place<'a>(model: &'a Model, staging: &Staging) -> Option<(&'a SourceObject, &'a Scalar)> {
    let all = &model.world.sources.as_ref()?.objects;
    let source = all.iter().find(|it| it.path == staging.path && it.document == staging.document)?;
    let scalar = source.scalar(&staging.field).filter(|it| it.line == staging.line)?;
    domain::written(&scalar.value, &staging.value, scalar.quotes)?;
    Some((source, scalar))
}

fn value(
    model: &mut Model,
    tip: CommitId,
    source: &SourceObject,
    scalar: &Scalar,
    after: &str,
) -> crate::DraftId {
    let open = model.drafts.open_at(&source.path, source.document, &scalar.field).map(|it| it.id);
    let id = open.unwrap_or_else(|| {
        let id = model.drafts.next(model.now);
        let draft = DraftState::of(id, folder(model), tip, source, scalar);
        model.drafts.list.push(draft);
        id
    });
    if let Some(draft) = model.drafts.get_mut(id) {
        if let Edited::Value(value) = &mut draft.edited {
            after.clone_into(&mut value.after);
            value.cursor = after.chars().count();
        }
        draft.checks = None;
    }
    id
}

fn text(model: &mut Model, tip: CommitId, staging: &Staging) -> crate::DraftId {
    let id = model.drafts.next(model.now);
    let path: RepoPath = staging.path.clone();
    let text = TextEdit { after: Some(staging.text.clone()), ..TextEdit::default() };
    let mut draft = DraftState::of_file(id, folder(model), tip, path, text);
    // The value may be one that must not be told.
    draft.message = Some(format!("set {} of {}", staging.field, staging.path));
    model.drafts.list.push(draft);
    id
}
