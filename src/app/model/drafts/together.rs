//! Several drafts as the one change that a commit makes.

use super::{Before, DraftState, Edited, ValueEdit};
use domain::{Draft, DraftFile, RepoPath, written};
use std::collections::BTreeMap;

/// Why drafts are not one change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Apart {
    #[error("{0} has not been read yet; try again in a moment")]
    Unread(RepoPath),
    #[error("they were made on different commits: e on the older one looks at it again")]
    Bases,
    #[error("{0} is edited as text and by value: commit one after the other")]
    Twice(RepoPath),
    #[error("the value cannot be written as it is quoted in {0}: edit the file as text")]
    Quotes(RepoPath),
    #[error("there is no draft")]
    Nothing,
}

/// Several drafts as one change, with the message of the first where a person wrote it.
pub fn together(drafts: &[&DraftState]) -> Result<Draft, Apart> {
    let first = drafts.first().ok_or(Apart::Nothing)?;
    let mut files: BTreeMap<RepoPath, Vec<&DraftState>> = BTreeMap::new();
    for draft in drafts {
        if draft.base != first.base {
            return Err(Apart::Bases);
        }
        files.entry(draft.path.clone()).or_default().push(draft);
    }
    let mut made = Vec::new();
    for (path, drafts) in files {
        made.extend(file(&path, &drafts)?);
    }
    let message = first.message.clone().unwrap_or_else(|| titles(drafts));
    Ok(Draft { base: first.base.clone(), files: made, message })
}

/// What becomes of one file: itself, and where it was until now if it moves.
fn file(path: &RepoPath, drafts: &[&DraftState]) -> Result<Vec<DraftFile>, Apart> {
    let values: Vec<(&DraftState, &ValueEdit)> =
        drafts.iter().filter_map(|it| Some((*it, it.value()?))).collect();
    if values.len() == drafts.len() {
        return Ok(vec![by_value(path, values)?]);
    }
    let [draft] = drafts else { return Err(Apart::Twice(path.clone())) };
    let Edited::Text(text) = &draft.edited else { return Err(Apart::Twice(path.clone())) };
    if draft.before == Before::Unread {
        return Err(Apart::Unread(path.clone()));
    }
    let body =
        if text.gone { None } else { Some(text.after.clone().ok_or_else(|| Apart::Unread(path.clone()))?) };
    let mut files = vec![DraftFile { path: path.clone(), body, edits: Vec::new() }];
    files.extend(text.from.clone().map(|path| DraftFile { path, body: None, edits: Vec::new() }));
    Ok(files)
}

fn by_value(path: &RepoPath, mut values: Vec<(&DraftState, &ValueEdit)>) -> Result<DraftFile, Apart> {
    // From the end of the file to its beginning, so that no place moves before its turn.
    values.sort_by_key(|(_, it)| std::cmp::Reverse(it.start));
    let unread = || Apart::Unread(path.clone());
    let before = values.first().and_then(|(draft, _)| draft.before.text());
    let mut body = before.ok_or_else(unread)?.to_owned();
    for (_, value) in &values {
        let token =
            written(&value.before, &value.after, value.quotes).ok_or_else(|| Apart::Quotes(path.clone()))?;
        let place = value.start as usize..value.end as usize;
        body.get(place.clone()).ok_or_else(unread)?;
        body.replace_range(place, &token);
    }
    values.reverse();
    let edits = values.iter().map(|(_, it)| it.edit()).collect();
    Ok(DraftFile { path: path.clone(), body: Some(body), edits })
}

/// One line for several drafts: the message of the first where a person wrote it, else what each of them does.
pub fn titles(drafts: &[&DraftState]) -> String {
    match drafts {
        [first, ..] if first.message.is_some() => first.title(),
        _ => drafts.iter().map(|it| it.title()).collect::<Vec<_>>().join(", "),
    }
}
