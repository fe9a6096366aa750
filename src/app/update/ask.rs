//! What a person asked for. What cannot be done says why, in one line.

use super::{
    delivered, drift, edit, explain, filter, folded, looked, moved, noded, parts, publish, revert, roll,
    template, text,
};
use crate::{Action, Dialog, Effect, Model, Page, Place, PromptKind, queries};
use domain::Consent;

pub(super) fn asked(model: &mut Model, action: Action) -> Vec<Effect> {
    model.screen.notice = action.availability(model).err();
    if model.screen.notice.is_some() {
        return Vec::new();
    }
    if let Some(page) = action.page() {
        model.screen.dialog = None;
        model.screen.go(Place::Page(page));
        moved::follow(model);
        return edit::missing(model);
    }
    // Under an open help nothing moves but the help.
    if let Some(Dialog::Help { top }) = model.screen.dialog
        && let Some(top) = turned(top, queries::help::lines(model).len(), action)
    {
        model.screen.dialog = Some(Dialog::Help { top });
        return Vec::new();
    }
    if let Some(effects) = text::asked(model, action) {
        return effects;
    }
    if scroll_diff(model, action) {
        return Vec::new();
    }
    match action {
        Action::Quit => return vec![Effect::Quit],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Back => return back(model),
        Action::Leave => return leave(model),
        Action::HistoryBack => {
            model.screen.go_back();
        }
        Action::HistoryForward => model.screen.go_forward(),
        Action::Help => model.screen.dialog = Some(Dialog::Help { top: 0 }),
        Action::Sources => model.screen.dialog = Some(Dialog::Sources),
        Action::Palette => filter::open(model, PromptKind::Palette),
        Action::Filter => filter::open(model, PromptKind::Filter),
        Action::Zoom => model.screen.zoomed = !model.screen.zoomed,
        Action::NextPane => step_pane(model, 1),
        Action::PreviousPane => step_pane(model, -1),
        Action::Mark => mark(model),
        Action::SortNext => sort_next(model),
        Action::SortReverse => {
            let list = model.screen.listing_mut();
            list.sort = list.sort.map(|(column, descending)| (column, !descending)).or(Some((0, true)));
        }
        Action::Copy => filter::open(model, PromptKind::Copy),
        Action::Edit => return edit::edit(model),
        Action::Commit => return publish::ask_message(model),
        Action::Push => return publish::ask_push(model),
        Action::Discard => return edit::discard(model),
        Action::Undo => return edit::undo(model),
        Action::Redo => return edit::redo(model),
        Action::Files => return text::ask_file(model),
        Action::WholeFile => return text::whole(model),
        Action::RemoveFile => return text::remove(model),
        Action::MoveFile => text::ask_move(model),
        Action::Revert => return revert::ask(model),
        Action::NewTemplate => return template::renew(model),
        Action::Beside => model.screen.editor.beside = !model.screen.editor.beside,
        Action::Confirm => match model.screen.dialog.take() {
            Some(Dialog::Push(id)) => return publish::push(model, id),
            Some(Dialog::Sync(object)) => return delivered::sync(model, object),
            Some(Dialog::Apply(plans)) => return roll::confirmed(model, plans, &Consent::Yes),
            _ => {}
        },
        Action::Apply => return roll::apply(model),
        Action::Adopt => return drift::adopt(model),
        Action::BringBack => return drift::bring_back(model),
        Action::PlanAgain => return roll::plan_again(model),
        Action::RetryNode => return roll::go_on(model, true),
        Action::PassOver => return roll::go_on(model, false),
        Action::Refresh => return delivered::refresh(model),
        Action::Sync => delivered::ask_sync(model),
        Action::Blame => super::git::blame(model),
        Action::Fetch => return vec![Effect::Look(domain::Look::Fetch)],
        Action::Explain => explain::explain(model),
        Action::Open => open(model),
        Action::EtcdSnapshot => super::snapshot::open(model),
        _ if parts::parted(model, action) => {}
        _ if noded::noded(model, action) => {}
        _ if looked::looked(model, action) => {}
        _ => moved::moved(model, action),
    }
    Vec::new()
}

/// Where a text of `last` lines that shows line `top` first comes by an action that moves.
fn turned(top: usize, last: usize, action: Action) -> Option<usize> {
    let steps = match action {
        Action::Down => 1,
        Action::Up => -1,
        Action::HalfPageDown | Action::PageDown => 10,
        Action::HalfPageUp | Action::PageUp => -10,
        Action::Top => isize::MIN,
        Action::Bottom => isize::MAX,
        _ => return None,
    };
    Some(top.saturating_add_signed(steps).min(last.saturating_sub(10)))
}

/// On Changes half pages and pages move the diff: the list of drafts is short. Says whether that was meant.
fn scroll_diff(model: &mut Model, action: Action) -> bool {
    let paged =
        [Action::HalfPageDown, Action::HalfPageUp, Action::PageDown, Action::PageUp].contains(&action);
    if !paged || model.screen.place != Place::Page(Page::Changes) {
        return false;
    }
    let Some(view) = queries::draft_view::view(model) else { return false };
    let top = queries::draft_view::diff_top(model, &view);
    if let Some(top) = turned(top, view.rows.len() + 5, action) {
        model.screen.editor.diff = Some((view.id, top));
    }
    true
}

fn back(model: &mut Model) -> Vec<Effect> {
    if model.screen.dialog.take().is_some() {
        return Vec::new();
    }
    let list = model.screen.listing_mut();
    if !list.filter.is_empty() {
        list.filter.clear();
        moved::follow(model);
    } else if !list.marked.is_empty() {
        list.marked.clear();
    } else if model.screen.zoomed {
        model.screen.zoomed = false;
    } else if !matches!(model.screen.place, Place::Page(_)) {
        model.screen.go_back();
    }
    Vec::new()
}

fn leave(model: &mut Model) -> Vec<Effect> {
    match model.screen.dialog {
        Some(Dialog::Leave) => return vec![Effect::Quit],
        Some(_) => model.screen.dialog = None,
        None => {
            if !model.screen.go_back() {
                model.screen.dialog = Some(Dialog::Leave);
            }
        }
    }
    Vec::new()
}

fn step_pane(model: &mut Model, by: isize) {
    if noded::step_tab(model, by) || looked::step_tab(model, by) {
        return;
    }
    let panes = queries::panes(model).max(1);
    let next = (model.screen.pane() + panes).saturating_add_signed(by) % panes;
    model.screen.panes.insert(model.screen.place.clone(), next);
}

fn mark(model: &mut Model) {
    let list = model.screen.listing_mut();
    if let Some(key) = list.selected.clone() {
        if !list.marked.remove(&key) {
            list.marked.insert(key);
        }
        moved::moved(model, Action::Down);
    }
}

fn sort_next(model: &mut Model) {
    let columns = queries::sortable(model).max(1);
    let list = model.screen.listing_mut();
    list.sort = match list.sort {
        None => Some((0, false)),
        Some((column, _)) if column + 1 < columns => Some((column + 1, false)),
        Some(_) => None,
    };
}

fn open(model: &mut Model) {
    let Some(key) = model.screen.listing().and_then(|list| list.selected.clone()) else { return };
    if noded::open(model, &key) || looked::open(model, &key) || super::git::open(model, &key) {
        return;
    }
    match &model.screen.place {
        Place::Page(Page::Bridge) => explain::open_problem(model, &key),
        Place::Explain(_) => explain::open_remedy(model, &key),
        Place::Page(Page::Machines) => folded::open(model, &key),
        Place::Page(Page::Delivery) => delivered::open(model),
        Place::Page(Page::Drift) => super::drift::open(model),
        _ => model.screen.notice = Some("nothing more is known of it".into()),
    }
}
