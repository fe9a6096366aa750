//! What one hunk of a diff alone would do, in one sentence: out of the values that it changes.

use super::diff::{Line, LineKind};
use super::{parts, preview, would};
use crate::Model;
use crate::model::{DraftState, Edited};
use domain::ValueChange;

/// What the values of a file's drafts do.
pub struct Told<'a> {
    model: &'a Model,
    drafts: Vec<(&'a DraftState, Vec<ValueChange>)>,
}

impl<'a> Told<'a> {
    /// Of the drafts of one file. What a change that is pushed does is not ahead of it any more; what is not checked
    /// yet is not known.
    pub fn of(model: &'a Model, drafts: &[&'a DraftState]) -> Self {
        let known = |it: &&&'a DraftState| parts::is_ahead(it) && it.changed();
        let drafts = drafts.iter().filter(known).filter_map(|it| Some((*it, changes(it)?))).collect();
        Self { model, drafts }
    }

    /// The sentence of the hunk that has these lines; empty where nothing is known of it.
    pub fn says(&self, lines: &[Line]) -> String {
        let touched = |it: &&ValueChange| {
            let inside = |span: Option<(u32, u32)>, line: &Line| {
                span.is_some_and(|(first, last)| (first..=last).contains(&line.number))
            };
            lines.iter().any(|line| match line.kind {
                LineKind::Removed => inside(it.was, line),
                LineKind::Added => inside(it.is, line),
                LineKind::Same | LineKind::Gap => false,
            })
        };
        let Some((draft, all)) = self.drafts.first() else { return String::new() };
        let drafts = self.drafts.iter().flat_map(|(_, changes)| changes);
        let changes: Vec<&ValueChange> = drafts.filter(touched).collect();
        match would::brief(self.model, &changes) {
            Some(said) => said,
            // So many values differ that not all of them are told.
            None if changes.is_empty() && all.len() >= ValueChange::MANY => String::new(),
            None if changes.is_empty() => "no value differs".into(),
            None => preview::of_fields(self.model, draft, &changes)
                .or_else(|| {
                    preview::is_there(self.model, draft)
                        .then(|| "as it is rendered, see what it would do".into())
                })
                .unwrap_or_else(|| "what reads the file decides".into()),
        }
    }
}

/// The values that a draft changes, with their lines; none where that is not known, or the file is no YAML.
fn changes(draft: &DraftState) -> Option<Vec<ValueChange>> {
    let yaml = draft.path.0.ends_with(".yaml") || draft.path.0.ends_with(".yml");
    match &draft.edited {
        Edited::Value(value) => {
            let line = Some((value.line, value.line));
            Some(vec![ValueChange {
                path: draft.path.clone(),
                object: Some(value.object.clone()),
                field: value.field.clone(),
                before: Some(value.before.clone()),
                after: Some(value.after.clone()),
                was: line,
                is: line,
            }])
        }
        Edited::Text(_) if draft.checks.is_none() || !yaml => None,
        // To the one path everything comes, from the other everything goes.
        Edited::Text(text) if text.from.is_some() => None,
        Edited::Text(_) => Some(draft.changes.clone()),
    }
}
