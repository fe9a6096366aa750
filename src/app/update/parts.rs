//! Folding the diff of a change by hand: its files, their documents, and the hunks in these.

use crate::model::Part;
use crate::queries::draft_view::{self, DraftView};
use crate::queries::parts::{Heading, Row};
use crate::{Action, Model};
use std::collections::BTreeSet;

/// Rows that stay in sight above the part that was gone to.
const ABOVE: usize = 2;

/// Take an action that is about parts of the diff. Says whether it was one.
pub(super) fn parted(model: &mut Model, action: Action) -> bool {
    match action {
        Action::NextPart => step(model, 1),
        Action::PreviousPart => step(model, -1),
        Action::Fold => fold(model),
        Action::Unfold => unfold(model),
        Action::FoldAll => fold_all(model),
        _ => return false,
    }
    true
}

/// The headings that are shown, each with its row.
fn headings(view: &DraftView) -> Vec<(usize, &Heading)> {
    let rows = view.rows.iter().enumerate();
    rows.filter_map(|(at, row)| if let Row::Heading(it) = row { Some((at, it)) } else { None }).collect()
}

/// The part that is folded next: the one that was gone to, or else that one which it is folded into, or the first.
fn here<'a>(model: &Model, headings: &[(usize, &'a Heading)]) -> Option<&'a Heading> {
    let find = |part: &Part| headings.iter().find(|(_, it)| it.part == *part).map(|(_, it)| *it);
    let gone_to = std::iter::successors(model.screen.editor.part.clone(), Part::around);
    gone_to.into_iter().find_map(|it| find(&it)).or(headings.first().map(|(_, it)| *it))
}

fn step(model: &mut Model, by: isize) {
    let Some(view) = draft_view::view(model) else { return };
    let headings = headings(&view);
    let Some(here) = here(model, &headings).map(|it| it.part.clone()) else { return };
    let at = headings.iter().position(|(_, it)| it.part == here).unwrap_or(0);
    // The first key shows where one is.
    let next =
        if model.screen.editor.part.as_ref() == Some(&here) { at.saturating_add_signed(by) } else { at };
    let (row, heading) = headings[next.min(headings.len() - 1)];
    let part = heading.part.clone();
    go(model, &view, row, part);
}

/// Go to a part, and bring it into sight.
fn go(model: &mut Model, view: &DraftView, row: usize, part: Part) {
    let top = draft_view::diff_top(model, view);
    // How many rows the diff has is not known here; a part is brought near the top before it could be below.
    let near = usize::from(model.screen.height / 4);
    if row < top + ABOVE || row > top + near {
        model.screen.editor.diff = Some((view.id, row.saturating_sub(ABOVE)));
    }
    model.screen.editor.part = Some(part);
}

/// Fold it; what is folded already is left for what is around it.
fn fold(model: &mut Model) {
    let Some(view) = draft_view::view(model) else { return };
    let headings = headings(&view);
    let Some(heading) = here(model, &headings) else { return };
    let part = match (heading.folded, heading.part.around()) {
        (true, Some(around)) => around,
        _ => heading.part.clone(),
    };
    let gone_to = headings.iter().find(|(_, it)| it.part == part).map(|(row, it)| (*row, it.folded));
    // A document without a heading of its own is its file.
    let Some((row, folded)) = gone_to else {
        model.screen.editor.part = part.around();
        return;
    };
    if !heading.folded && !folded {
        model.screen.editor.folded.insert(part.clone());
    }
    go(model, &view, row, part);
}

/// Unfold it; of what is open already, the first part in it.
fn unfold(model: &mut Model) {
    let Some(view) = draft_view::view(model) else { return };
    let headings = headings(&view);
    let Some(heading) = here(model, &headings) else { return };
    if heading.folded {
        let part = heading.part.clone();
        model.screen.editor.folded.remove(&part);
        model.screen.editor.part = Some(part);
        return;
    }
    let inside = headings.iter().find(|(_, it)| {
        std::iter::successors(it.part.around(), Part::around).any(|around| around == heading.part)
    });
    let (row, part) = match inside {
        Some((row, it)) => (*row, it.part.clone()),
        None => return,
    };
    go(model, &view, row, part);
}

/// Every hunk, or none where all of them are.
fn fold_all(model: &mut Model) {
    let folded = std::mem::take(&mut model.screen.editor.folded);
    let Some(view) = draft_view::view(model) else { return };
    let hunks = headings(&view).into_iter().filter(|(_, it)| it.part.hunk.is_some());
    let hunks: BTreeSet<Part> = hunks.map(|(_, it)| it.part.clone()).collect();
    let others = folded.iter().filter(|it| it.draft != view.id).cloned();
    let others: BTreeSet<Part> = others.collect();
    model.screen.editor.folded = match hunks.iter().all(|it| folded.contains(it)) {
        true => others,
        false => others.into_iter().chain(hunks).collect(),
    };
    model.screen.editor.diff = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Before, DraftId, DraftState, TextEdit};
    use crate::queries::changes;
    use crate::{Message, Page, Place, RowKey, update};
    use domain::{Check, CommitId, ObjectRef, RepoPath, ValueChange, Verdict};

    /// Two documents, far changes in the first.
    fn text(replicas: &str, image: &str, data: &str) -> String {
        let filler: String = (0..20).map(|it| format!("    # {it}\n")).collect();
        format!(
            "kind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: {replicas}\n  template:\n{filler}    image: {image}\n---\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  a: {data}\n"
        )
    }

    fn draft(id: u64, path: &str) -> DraftState {
        let (base, after) = (CommitId("a".into()), text("3", "two", "y"));
        let edit = TextEdit { after: Some(after), ..TextEdit::default() };
        let mut draft = DraftState::of_file(DraftId(id), String::new(), base, RepoPath(path.into()), edit);
        draft.before = Before::Text(text("1", "one", "x"));
        let object = |kind: &str| ObjectRef { kind: kind.into(), name: "web".into(), ..ObjectRef::default() };
        let change = |kind: &str, field: &str, after: &str, line: u32| ValueChange {
            path: RepoPath(path.into()),
            object: Some(object(kind)),
            field: field.into(),
            before: None,
            after: Some(after.into()),
            was: Some((line, line)),
            is: Some((line, line)),
        };
        draft.checks = Some(vec![Check::of(Verdict::Good, "reads")]);
        draft.changes = vec![
            change("Deployment", "spec.replicas", "3", 5),
            change("Deployment", "spec.template.image", "two", 27),
            change("ConfigMap", "data.a", "y", 33),
        ];
        draft
    }

    fn model() -> Model {
        let mut model = Model::default();
        model.drafts.list = vec![draft(1, "apps/web.yaml"), draft(2, "apps/other.yaml")];
        model.screen.place = Place::Page(Page::Changes);
        model.screen.height = 40;
        model.screen.listing_mut().selected = Some(changes::key(DraftId(1)));
        model
    }

    fn ask(model: &mut Model, actions: &[Action]) {
        for action in actions {
            update(model, Message::Asked(*action));
        }
    }

    fn told(model: &Model) -> Vec<String> {
        let view = draft_view::view(model).unwrap();
        let lines = |row: &Row| match row {
            Row::Heading(it) => {
                let mark = if it.folded { "+" } else { "-" };
                let here = if it.here { "> " } else { "" };
                Some(format!("{here}{mark} {} {}", it.title, it.says).trim_end().to_owned())
            }
            Row::Line(_) | Row::Blank => None,
        };
        view.rows.iter().filter_map(lines).collect()
    }

    #[test]
    fn every_hunk_stands_in_its_document_and_says_what_it_does() {
        let mut model = model();
        let says = [
            "- apps/web.yaml",
            "- Deployment/web",
            "- line 5 replaces no machine, more or fewer pods",
            "- line 27 replaces no machine, the Deployment makes its pods anew",
            "- ConfigMap/web",
            "- line 33 replaces no machine, the delivery engine applies it live",
        ];
        assert_eq!(told(&model), says);
        let shown = draft_view::view(&model).unwrap();
        let lines = |it: &&Row| matches!(it, Row::Line(_));
        assert!(shown.rows.iter().filter(lines).count() < 35, "what is far from a change is left out");
        // Marked, both files are one change.
        for id in ["1", "2"] {
            model.screen.listing_mut().marked.insert(RowKey(id.into()));
        }
        assert_eq!(told(&model).len(), 12);
        assert_eq!(told(&model)[6], "- apps/other.yaml");
    }

    #[test]
    fn parts_are_folded_by_hand() {
        let mut model = model();
        ask(&mut model, &[Action::NextPart, Action::NextPart, Action::NextPart, Action::Fold]);
        assert_eq!(told(&model)[2], "> + line 5 replaces no machine, more or fewer pods");
        assert_eq!(told(&model)[3], "- line 27 replaces no machine, the Deployment makes its pods anew");
        // Folded already: what is around it, and then that.
        ask(&mut model, &[Action::Fold]);
        assert_eq!(told(&model)[1], "> - Deployment/web");
        ask(&mut model, &[Action::Fold]);
        assert_eq!(told(&model)[..3], ["- apps/web.yaml", "> + Deployment/web", "- ConfigMap/web"]);
        ask(&mut model, &[Action::Fold, Action::Fold]);
        assert_eq!(told(&model), ["> + apps/web.yaml"]);
        ask(&mut model, &[Action::Unfold, Action::Unfold, Action::Unfold]);
        assert_eq!(
            told(&model)[1..3],
            ["> - Deployment/web", "+ line 5 replaces no machine, more or fewer pods"]
        );
        ask(&mut model, &[Action::FoldAll]);
        let folded = told(&model).iter().filter(|it| it.starts_with("+ ")).count();
        assert_eq!(folded, 3, "{:?}", told(&model));
        ask(&mut model, &[Action::FoldAll]);
        assert!(told(&model).iter().all(|it| !it.contains("+ ")), "{:?}", told(&model));
        // Another draft is not folded by that.
        ask(&mut model, &[Action::FoldAll]);
        model.screen.listing_mut().selected = Some(changes::key(DraftId(2)));
        assert!(told(&model).iter().all(|it| !it.contains("+ ")), "{:?}", told(&model));
    }

    #[test]
    fn what_is_folded_is_only_on_changes() {
        let mut model = model();
        assert!(Action::Fold.availability(&model).is_ok());
        model.screen.place = Place::Page(Page::Git);
        assert!(Action::Fold.availability(&model).is_err());
    }
}
