//! Looking closer at Kubernetes objects: open one, another way to look at it, its logs.

use super::moved;
use crate::{Action, Model, Place, RowKey, Tab, queries};
use domain::KindRef;

/// Open what is selected in a list of kinds or of objects. Says whether the place is such a list.
pub(super) fn open(model: &mut Model, key: &RowKey) -> bool {
    match model.screen.place.clone() {
        Place::Page(crate::Page::Resources) => {
            if let Some(kind) = queries::resources::kind_of(model, key) {
                go(model, Place::Rows(kind));
            }
        }
        Place::Rows(kind) if kind == KindRef::new("", "Namespace") => {
            model.screen.namespace = Some(key.0.clone());
            go(model, Place::Rows(KindRef::new("", "Pod")));
        }
        Place::Rows(_) => look(model, Tab::Overview),
        _ => return false,
    }
    true
}

/// Take an action that is about an object or a text. Says whether it was one.
pub(super) fn looked(model: &mut Model, action: Action) -> bool {
    match action {
        Action::Describe => look(model, Tab::Overview),
        Action::Yaml => look(model, Tab::Yaml),
        Action::Events => look(model, Tab::Events),
        Action::Logs => look(model, Tab::Logs),
        Action::MarkedLogs => {
            let pods = queries::object::marked_pods(model);
            go(model, Place::PodLogs(pods));
        }
        Action::AllNamespaces => model.screen.namespace = None,
        Action::Follow => toggle(model, |list| list.paused = !list.paused),
        Action::Wrap => toggle(model, |list| list.wrapped = !list.wrapped),
        Action::Timestamps => toggle(model, |list| list.timed = !list.timed),
        Action::PreviousLogs => toggle(model, |list| list.previous = !list.previous),
        Action::FindNext => super::scrolled::find(model, true),
        Action::FindPrevious => super::scrolled::find(model, false),
        _ => return false,
    }
    true
}

fn toggle(model: &mut Model, what: impl FnOnce(&mut crate::Listing)) {
    what(model.screen.listing_mut());
}

fn look(model: &mut Model, tab: Tab) {
    let Some(object) = queries::object::selected(model) else { return };
    match &model.screen.place {
        // Another way to look at the same object is no step in the history.
        Place::Object(..) => model.screen.place = Place::Object(object, tab),
        _ => model.screen.go(Place::Object(object, tab)),
    }
}

/// The next or the previous way to look at an object. Says whether one is looked at.
pub(super) fn step_tab(model: &mut Model, by: isize) -> bool {
    let Place::Object(object, tab) = &model.screen.place else { return false };
    let tabs = Tab::of(object);
    let here = tabs.iter().position(|it| it == tab).unwrap_or(0);
    let next = (here + tabs.len()).saturating_add_signed(by) % tabs.len();
    if let Some(tab) = tabs.get(next) {
        model.screen.place = Place::Object(object.clone(), *tab);
    }
    true
}

pub(super) fn go(model: &mut Model, place: Place) {
    model.screen.go(place);
    moved::follow(model);
}
