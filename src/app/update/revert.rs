//! Taking back what a commit changed: its inverse comes as drafts, one for each file, marked to be one commit.

use super::edit::{folder, keep, missing, show};
use crate::model::{Before, DraftState, TextEdit};
use crate::queries::{changes, git};
use crate::{Effect, Model};
use domain::{Draft, Finding, Look, RepoPath};

/// `R`: have the inverse worked out.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    match git::revertable(model) {
        Ok(commit) => vec![Effect::Look(Look::Revert(commit))],
        Err(why) => {
            model.screen.notice = Some(why);
            Vec::new()
        }
    }
}

/// It was worked out, or cannot be.
pub(super) fn found(model: &mut Model, finding: Result<Finding, String>) -> Vec<Effect> {
    match finding {
        Ok(Finding::Reverted { draft, new }) => {
            stage(model, draft, &new, "taken back as a draft: c commits it", true)
        }
        Ok(_) => Vec::new(),
        Err(why) => {
            model.screen.notice = Some(why);
            Vec::new()
        }
    }
}

/// Put whole files among the drafts, marked to be committed together with the message that comes with them. `says` is
/// what is told of it. They are shown only where the person still waits for them.
pub(super) fn stage(
    model: &mut Model,
    draft: Draft,
    new: &[RepoPath],
    says: &str,
    waited_for: bool,
) -> Vec<Effect> {
    let repository = folder(model);
    let (mut ids, mut effects) = (Vec::new(), Vec::new());
    for file in draft.files {
        // It was asked for twice.
        let known =
            model.drafts.open_file(&file.path).filter(|it| it.message.as_ref() == Some(&draft.message));
        if let Some(known) = known {
            ids.push(known.id);
            continue;
        }
        let id = model.drafts.next(model.now);
        let text = TextEdit { gone: file.body.is_none(), after: file.body, ..TextEdit::default() };
        let is_new = new.contains(&file.path);
        let mut state = DraftState::of_file(id, repository.clone(), draft.base.clone(), file.path, text);
        state.message = Some(draft.message.clone());
        if is_new {
            state.before = Before::Absent;
        }
        effects.push(keep(&state));
        model.drafts.list.push(state);
        ids.push(id);
    }
    let Some(first) = ids.first() else { return Vec::new() };
    effects.extend(missing(model));
    // What is being typed, asked or looked at meanwhile is not taken away from under the person.
    if model.screen.prompt.is_some() || model.screen.dialog.is_some() || !waited_for {
        let said = "it is on Changes: as drafts to be marked and committed together";
        model.screen.notice = Some(if ids.len() > 1 { said } else { "it is on Changes as a draft" }.into());
        return effects;
    }
    show(model, *first);
    let marked = &mut model.screen.listing_mut().marked;
    marked.clear();
    if ids.len() > 1 {
        marked.extend(ids.iter().map(|id| changes::key(*id)));
    }
    model.screen.notice = Some(says.into());
    effects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Key, Message, Page, Place, RowKey, update};
    use domain::{CommitId, DraftFile, Order};

    fn model() -> Model {
        let mut model = Model::default();
        model.settings.keymap = crate::Keymap::parse(
            "k",
            "[git]\n\"R\" = \"draft.revert\"\n[changes]\n\"c\" = \"draft.commit\"\n",
        )
        .unwrap();
        model.screen.place = Place::Page(Page::Git);
        model.screen.listing_mut().selected = Some(RowKey("c7".into()));
        model
    }

    fn file(path: &str, body: Option<&str>) -> DraftFile {
        DraftFile { path: RepoPath(path.into()), body: body.map(str::to_owned), edits: Vec::new() }
    }

    #[test]
    fn a_commit_is_taken_back_as_one_draft_with_its_own_message() {
        let mut model = model();
        let asked = update(&mut model, Message::Pressed(Key("R".into())));
        let look = Look::Revert(CommitId("c7".into()));
        assert!(asked.contains(&Effect::Look(look.clone())), "{asked:?}");
        let message = "Revert \"bump\"\n\nThis reverts commit c7.";
        let files =
            vec![file("a.yaml", Some("a: 1\n")), file("gone.yaml", None), file("back.yaml", Some("b: 1\n"))];
        let draft = Draft { base: CommitId("c9".into()), files: files.clone(), message: message.into() };
        let found = Finding::Reverted { draft, new: vec![RepoPath("back.yaml".into())] };
        let effects = update(&mut model, Message::Found(look, Ok(found)));
        assert_eq!(effects.iter().filter(|it| matches!(it, Effect::Keep(_))).count(), 3);
        assert_eq!(model.screen.place, Place::Page(Page::Changes));
        for draft in &mut model.drafts.list {
            if draft.before == Before::Unread {
                draft.before = Before::Text("other\n".into());
            }
        }
        update(&mut model, Message::Asked(Action::Commit));
        let prompt = model.screen.prompt.as_ref().map(|it| it.text.clone());
        assert_eq!(prompt.as_deref(), Some("Revert \"bump\""), "the body is not typed over");
        let carried = update(&mut model, Message::Pressed(Key("enter".into())));
        let draft = carried.iter().find_map(|it| match it {
            Effect::Carry(_, Order::Commit(draft)) => Some(draft.clone()),
            _ => None,
        });
        let mut draft = draft.unwrap();
        draft.files.sort_by_key(|it| files.iter().position(|file| file.path == it.path));
        assert_eq!((draft.message.as_str(), draft.files), (message, files));
    }

    #[test]
    fn what_is_asked_twice_is_one_draft_and_disturbs_nobody() {
        let mut model = model();
        let look = Look::Revert(CommitId("c7".into()));
        let files = vec![file("a.yaml", Some("a: 1\n"))];
        let draft = Draft { base: CommitId("c9".into()), files, message: "Revert \"bump\"".into() };
        let found = || Ok(Finding::Reverted { draft: draft.clone(), new: Vec::new() });
        update(&mut model, Message::Asked(Action::Filter));
        update(&mut model, Message::Found(look.clone(), found()));
        assert_eq!(model.screen.place, Place::Page(Page::Git), "something is being typed there");
        assert_eq!(model.drafts.list.len(), 1);
        update(&mut model, Message::Pressed(Key("enter".into())));
        update(&mut model, Message::Found(look, found()));
        assert_eq!((model.drafts.list.len(), &model.screen.place), (1, &Place::Page(Page::Changes)));
    }

    #[test]
    fn what_cannot_be_taken_back_says_why() {
        let mut model = model();
        let look = Look::Revert(CommitId("c7".into()));
        update(&mut model, Message::Found(look, Err("a.yaml:3 changed on main since".into())));
        assert_eq!(model.screen.notice.as_deref(), Some("a.yaml:3 changed on main since"));
        assert!(model.drafts.list.is_empty());
    }
}
