//! The foot: five to seven keys that work here now, from the action list and the keymap.

use crate::{Action, Dialog, Model, Page, Place, PromptKind, Scope, Tab};

/// From here on the rows of a list that is made anew for every question are not counted for the foot.
const MANY: usize = 300;

/// Where the person is, and at which row: "Nodes   3 of 7".
pub fn place(model: &Model) -> String {
    let crumb = model.screen.place.crumb();
    position(model).map_or(crumb.clone(), |at| format!("{crumb}   {at}"))
}

/// "3 of 7"
pub fn position(model: &Model) -> Option<String> {
    let selected = model.screen.listing()?.selected.as_ref()?;
    if model.world.nodes.len() > MANY && super::rows::collection(model).is_none() {
        return None;
    }
    let lines = super::lines(model);
    let at = lines.index(selected)?;
    Some(format!("{} of {}", super::rows::grouped(at + 1), super::rows::grouped(lines.len())))
}

/// Keys and what they do, in the order of their worth here.
pub fn keys(model: &Model) -> Vec<(String, &'static str)> {
    // What is typed goes into the line that is open; what ends it stands beside it.
    if matches!(
        model.screen.prompt.as_ref().map(|it| it.kind),
        Some(PromptKind::Value(_) | PromptKind::Message(_) | PromptKind::Name)
    ) {
        return Vec::new();
    }
    if super::editor::is_open(model) {
        return super::editor::keys(model);
    }
    let place = &model.screen.place;
    let worth: &[Action] = match (&model.screen.dialog, place) {
        (Some(Dialog::Help { .. }), _) => &[Action::Down, Action::Up, Action::Back],
        (Some(Dialog::Sources), _) => &[Action::Back],
        (Some(Dialog::Push(_)), _) => &[Action::Back, Action::Confirm],
        (None, Place::Page(Page::Git) | Place::Commit(_) | Place::Blame(_)) => &[
            Action::Open,
            Action::Blame,
            Action::Revert,
            Action::Filter,
            Action::Fetch,
            Action::Palette,
            Action::Help,
        ],
        (None, Place::Page(Page::Changes)) => &[
            Action::Edit,
            Action::WholeFile,
            Action::Commit,
            Action::Push,
            Action::Undo,
            Action::Discard,
            Action::Fold,
            Action::Files,
            Action::Help,
        ],
        (None, Place::Plan(_)) => &[
            Action::Apply,
            Action::Mark,
            Action::RetryNode,
            Action::PassOver,
            Action::PlanAgain,
            Action::Back,
            Action::Help,
        ],
        (Some(Dialog::Apply(_)), _) => &[Action::Back, Action::Confirm],
        (Some(Dialog::Leave), _) => &[Action::Leave, Action::Back],
        (None, Place::Page(Page::Bridge)) => &[
            Action::Open,
            Action::Explain,
            Action::Edit,
            Action::GoTimeline,
            Action::Palette,
            Action::Filter,
            Action::Help,
        ],
        (None, Place::Page(Page::Nodes)) => &[
            Action::Open,
            Action::Logs,
            Action::Yaml,
            Action::Filter,
            Action::SortNext,
            Action::Palette,
            Action::Help,
        ],
        (None, Place::Page(Page::Etcd)) => {
            &[Action::EtcdSnapshot, Action::Filter, Action::SortNext, Action::Palette, Action::Help]
        }
        (None, Place::Node(_) | Place::NodeTab(..)) => {
            &[Action::NextPane, Action::Open, Action::Logs, Action::Filter, Action::Back, Action::Help]
        }
        (None, Place::NodeLogs(_)) => {
            &[Action::Follow, Action::Wrap, Action::Timestamps, Action::Filter, Action::Back, Action::Help]
        }
        (None, Place::Rows(_)) => &[
            Action::Open,
            Action::Mark,
            Action::Yaml,
            Action::Logs,
            Action::Events,
            Action::Filter,
            Action::SortNext,
            Action::Palette,
            Action::Help,
        ],
        (None, Place::Object(_, Tab::Logs) | Place::PodLogs(_)) => &[
            Action::Follow,
            Action::PreviousLogs,
            Action::Wrap,
            Action::Timestamps,
            Action::Filter,
            Action::Back,
        ],
        (None, Place::Object(..)) => {
            &[Action::NextPane, Action::Filter, Action::FindNext, Action::Wrap, Action::Copy, Action::Back]
        }
        (None, Place::Page(Page::Delivery)) => &[
            Action::Open,
            Action::Refresh,
            Action::Sync,
            Action::Explain,
            Action::Yaml,
            Action::Filter,
            Action::SortNext,
            Action::Help,
        ],
        (Some(Dialog::Sync(_)), _) => &[Action::Back, Action::Confirm],
        (None, Place::Page(Page::Machines)) => &[
            Action::Open,
            Action::Explain,
            Action::Edit,
            Action::Yaml,
            Action::Zoom,
            Action::NextPane,
            Action::Filter,
            Action::Help,
        ],
        (None, Place::Page(Page::Resources)) => {
            &[Action::Open, Action::Filter, Action::SortNext, Action::Palette, Action::Help]
        }
        (None, Place::Page(Page::Drift)) => &[
            Action::Adopt,
            Action::BringBack,
            Action::Edit,
            Action::Blame,
            Action::Filter,
            Action::SortNext,
            Action::Palette,
            Action::Help,
        ],
        (None, Place::Explain(_)) => &[Action::Open, Action::Edit, Action::Copy, Action::Back],
        (None, Place::Page(_)) => &[Action::Palette, Action::Filter, Action::Help, Action::Leave],
        (None, _) => &[Action::Back, Action::Palette, Action::Help],
    };
    let scope = if model.screen.dialog.is_some() { Scope::Dialog } else { Scope::Page(place.page()) };
    worth
        .iter()
        // Logs and rows are not there in every list; the other keys say why not when they are pressed.
        .filter(|it| {
            !matches!(
                it,
                Action::Logs
                    | Action::Open
                    | Action::RetryNode
                    | Action::PassOver
                    | Action::Adopt
                    | Action::BringBack
            ) || it.availability(model).is_ok()
        })
        .filter_map(|action| {
            let keymap = &model.settings.keymap;
            let mut keys = keymap.keys_in(scope, *action);
            keys.extend(keymap.keys_in(Scope::Global, *action));
            keys.first().map(|keys| ((*keys).to_owned(), action.title()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::KindRef;

    #[test]
    fn logs_are_offered_only_of_what_writes_some() {
        let mut model = Model::default();
        let keys_of = "[global]\n\"y\" = \"yaml\"\n\"l\" = \"logs\"\n";
        model.settings.keymap = crate::Keymap::parse("k", keys_of).unwrap();
        model.screen.place = Place::Rows(KindRef::new("", "Secret"));
        let offered: Vec<&str> = keys(&model).into_iter().map(|(_, title)| title).collect();
        assert!(offered.contains(&"yaml") && !offered.contains(&"logs"), "{offered:?}");
    }
}
