//! The Changes screen: drafts as a list, what can be done with them, and what they would do.

use super::fleet::Mark;
use super::words::{Phrase, Tone};
use super::{ages, diff, plausible, proposal, reach, would};
use crate::model::{Before, DraftId, DraftStage, DraftState, Edited, Theirs, ValueEdit, together as as_one};
use crate::{Action, Availability, Model, Place, RowKey};
use domain::{Check, Verdict};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a draft that was pushed stays in the list.
const REMEMBERED: Duration = Duration::from_secs(2 * 3_600);

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
        let text = || format!("{} {} {}", draft.title(), draft.path, object_of(draft)).to_lowercase();
        recent && ours && (filter.is_empty() || text().contains(&filter))
    })
}

pub fn rows(model: &Model) -> Vec<RowKey> {
    shown(model).map(|draft| key(draft.id)).collect()
}

pub fn list(model: &Model) -> Vec<DraftRow> {
    shown(model).map(|draft| row(model, draft)).collect()
}

/// How far a draft is, by its mark and in words.
pub(super) fn state(model: &Model, draft: &DraftState) -> (Mark, String) {
    match &draft.stage {
        DraftStage::Open if !draft.changed() => (Mark::Nothing, "unchanged".to_owned()),
        DraftStage::Open if draft.theirs.is_some() => (Mark::Problem, "overtaken".to_owned()),
        DraftStage::Open => (Mark::UnderWay, "draft, saved".to_owned()),
        DraftStage::Committing(_) => (Mark::UnderWay, "is being committed".to_owned()),
        DraftStage::Committed { commit, .. } => {
            let said = match &draft.proposal {
                Some(it) => format!("{} offered as {}", commit.short(), proposal::named(it)),
                None => format!("committed {}, not pushed", commit.short()),
            };
            (Mark::UnderWay, said)
        }
        DraftStage::Pushing { commit, .. } => (Mark::UnderWay, format!("{} is being pushed", commit.short())),
        DraftStage::Pushed { commit, at, .. } => {
            let age = ages::short(model.now.since(*at));
            (Mark::Good, format!("pushed {}, {age} ago", commit.short()))
        }
    }
}

fn row(model: &Model, draft: &DraftState) -> DraftRow {
    let (mark, state) = state(model, draft);
    DraftRow {
        key: key(draft.id),
        mark,
        title: draft.title(),
        place: format!("{}:{}", draft.path, draft.line()),
        change: change(draft),
        state,
        marked: model.screen.listing().is_some_and(|list| list.marked.contains(&key(draft.id))),
    }
}

/// "TalosControlPlane k8s-cp"
pub(super) fn object_of(draft: &DraftState) -> String {
    draft.object().map(|it| format!("{} {}", it.kind, it.name)).unwrap_or_default()
}

/// "v1.35.0 → v1.35.2", "+3 −1"
fn change(draft: &DraftState) -> String {
    match &draft.edited {
        Edited::Value(value) if value.before != value.after => format!("{} → {}", value.before, value.after),
        Edited::Value(value) => value.before.clone(),
        Edited::Text(text) if text.gone => "goes".to_owned(),
        Edited::Text(text) => match (&draft.before, &text.after) {
            (Before::Unread, _) | (_, None) => String::new(),
            (before, Some(after)) => {
                let (added, removed) = diff::counts(before.text().unwrap_or_default(), after);
                format!("+{added} −{removed}")
            }
        },
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
        (Action::NewTemplate, DraftStage::Open) => match reach::template_of(draft) {
            Some(_) => Ok(()),
            None => Err("the draft changes no machine template that is in use".into()),
        },
        (Action::MoveFile, _) if draft.value().is_some() => {
            Err("it is one value of a file: open the whole file to move it".into())
        }
        (Action::WholeFile, _) if draft.text().is_some() => Err("it is the whole file: e edits it".into()),
        (Action::WholeFile | Action::RemoveFile | Action::MoveFile, DraftStage::Open) => Ok(()),
        (Action::WholeFile | Action::RemoveFile | Action::MoveFile, _) => Err("it is committed".into()),
        (Action::Commit, DraftStage::Open) => {
            chosen(model).into_iter().try_for_each(|it| committable(model, it))?;
            as_one(&chosen(model)).map(|_| ()).map_err(|apart| apart.to_string())
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
    let marked =
        |it: &str| it.lines().any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "));
    if draft.text().and_then(|it| it.after.as_deref()).is_some_and(marked) {
        return Err("both versions still stand in it, between <<<<<<< and >>>>>>>".into());
    }
    let plausible = plausible::checks(model, draft);
    match draft.checks.iter().flatten().chain(&plausible).find(|it| it.verdict == Verdict::Bad) {
        Some(check) => Err(check.says.clone()),
        None => Ok(()),
    }
}

/// The drafts that are one commit with this one, or would be if it were made now; itself among them.
pub(super) fn together<'a>(model: &'a Model, draft: &'a DraftState) -> Vec<&'a DraftState> {
    if let Some(commit) = draft.commit() {
        return model.drafts.list.iter().filter(|it| it.commit() == Some(commit)).collect();
    }
    let chosen = chosen(model);
    if chosen.iter().any(|it| it.id == draft.id) { chosen } else { vec![draft] }
}

/// Whether what was found on a line is changed by the same commit: each draft was checked alone.
pub(super) fn settled(check: &Check, commit: &[&DraftState]) -> bool {
    let Some((path, line)) = &check.place else { return false };
    // What was found of a draft itself is not settled by it.
    let own = |it: &DraftState| it.checks.iter().flatten().any(|own| own == check);
    commit.iter().any(|it| it.changed() && it.path == *path && it.line() == *line && !own(it))
}

pub(super) fn told(theirs: &Theirs) -> String {
    match theirs {
        Theirs::File { .. } => "both changed the same lines: e shows both versions".into(),
        Theirs::Says(says) => format!("it is {says} on the branch by now: e looks at it again"),
        Theirs::Taken => "another file is there by now: m moves it elsewhere".into(),
        Theirs::Gone => "it is not written there any more: x lets the draft go".into(),
    }
}

/// The same for all that would be committed together with a draft.
pub(super) fn would_all(model: &Model, draft: &DraftState) -> Vec<Phrase> {
    let chosen = together(model, draft);
    if draft.commit().is_some() || chosen.len() < 2 {
        return would(model, draft);
    }
    let mut said = vec![Phrase::new().strong(format!("{} drafts in one commit", chosen.len()))];
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
    if let DraftStage::Pushed { commit, .. } = &draft.stage {
        return match super::preview::renders(model, &draft.path) {
            true => super::preview::summary(model, commit),
            false => vec![Phrase::new().faint("it is pushed: how far it has come stands on Machines")],
        };
    }
    let mut said = super::preview::preview(model, draft);
    // What is rendered says more than what is written.
    if said.len() > 2 {
        return said;
    }
    if !said.is_empty() {
        said.push(Phrase::new());
    }
    said.extend(by_value(model, draft));
    said
}

/// The same, by the values that it changes.
fn by_value(model: &Model, draft: &DraftState) -> Vec<Phrase> {
    match &draft.edited {
        Edited::Value(ValueEdit { object, field, after, .. }) => would::would(model, object, field, after),
        Edited::Text(_) if draft.checks.is_none() => vec![Phrase::new().faint("is being worked out")],
        Edited::Text(_) if !draft.path.0.ends_with(".yaml") && !draft.path.0.ends_with(".yml") => {
            vec![Phrase::new().faint("no YAML: what reads the file decides what comes of it")]
        }
        Edited::Text(_) => would::would_all(model, &draft.changes),
    }
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
    if proposal::is_the_way(model) {
        said.push(
            Phrase::new().faint("by      ").strong("a pull request").faint("  from a branch of its own"),
        );
    }
    let whole: Vec<&DraftState> = model.drafts.list.iter().filter(|it| it.commit() == Some(commit)).collect();
    said.extend(whole.iter().map(|it| {
        let place = Phrase::new().faint("file    ").plain(format!("{}:{}", it.path, it.line()));
        place.faint(format!("  {}", change(it)))
    }));
    for draft in &whole {
        said.push(Phrase::new());
        if whole.len() > 1 {
            said.push(Phrase::new().faint(object_of(draft)));
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
        let mut itself = one.clone();
        itself.checks = Some(vec![check.clone()]);
        assert!(!settled(&check, &[&itself]), "found of the draft itself");
        check.place = Some((domain::RepoPath("a.yaml".into()), 2));
        assert!(!settled(&check, &[&one]));
    }
}
