//! The one list of what a person can ask for. Keys, footer, help, palette, mouse and docs are derived from it.

use crate::{Model, Page, Prompt, queries};

/// Whether an action can be taken now, and if not, why not: the reason is shown, never swallowed.
pub type Availability = Result<(), String>;

/// How much an action can break; decides what it takes to say yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Danger {
    /// Looks only.
    None,
    /// Can be taken back by asking for something else.
    Reversible,
    /// Publishes; shows what it would do first.
    Publishes,
}

macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal, $title:literal, $danger:ident;)+) => {
        /// Everything a person can ask for, by key, by mouse or by palette.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($(#[doc = $doc])+ $name),+ }

        impl Action {
            pub const ALL: &'static [Action] = &[$(Action::$name),+];

            /// Its name in keymap.toml.
            pub fn id(self) -> &'static str { match self { $(Action::$name => $id),+ } }
            /// Its name in the footer and the palette.
            pub fn title(self) -> &'static str { match self { $(Action::$name => $title),+ } }
            /// Its line in the help and in docs/keys.md.
            pub fn help(self) -> &'static str { match self { $(Action::$name => concat!($($doc),+).trim_ascii()),+ } }
            pub fn danger(self) -> Danger { match self { $(Action::$name => Danger::$danger),+ } }
            pub fn named(id: &str) -> Option<Action> { Action::ALL.iter().copied().find(|it| it.id() == id) }
        }
    };
}

actions! {
    /// Leave the cockpit; orders under way are waited for.
    Quit = "quit", "quit", None;
    /// One step back: clear the filter, then the marks, then close, then the place before.
    Back = "back", "back", None;
    /// Go back at the top of the history too; asks before it leaves the cockpit.
    Leave = "leave", "back", None;
    /// The place before this one.
    HistoryBack = "history.back", "previous place", None;
    /// The place after this one.
    HistoryForward = "history.forward", "next place", None;
    /// Stop and go to the shell; `fg` comes back.
    Suspend = "suspend", "suspend", None;
    /// Every action and place by name; `pods monitoring` lists those of one namespace.
    Palette = "palette.open", "palette", None;
    /// What every key does here.
    Help = "help.open", "help", None;
    /// How well each source is heard, by which credentials, and why not.
    Sources = "sources.open", "sources", None;
    /// Show only the rows that match.
    Filter = "filter.open", "filter", None;
    /// Move to the next row.
    Down = "down", "down", None;
    /// Move to the previous row.
    Up = "up", "up", None;
    /// Move to the first row.
    Top = "top", "top", None;
    /// Move to the last row.
    Bottom = "bottom", "bottom", None;
    /// Move half a page down.
    HalfPageDown = "half-page-down", "half page down", None;
    /// Move half a page up.
    HalfPageUp = "half-page-up", "half page up", None;
    /// Move a page down.
    PageDown = "page-down", "page down", None;
    /// Move a page up.
    PageUp = "page-up", "page up", None;
    /// Open what is selected.
    Open = "open", "open", None;
    /// The next pane of this screen.
    NextPane = "pane.next", "next pane", None;
    /// The previous pane of this screen.
    PreviousPane = "pane.previous", "previous pane", None;
    /// Give the focused pane the whole screen, or take it back.
    Zoom = "zoom", "zoom", None;
    /// Mark or unmark the selected row.
    Mark = "mark", "mark", None;
    /// Sort by the next column.
    SortNext = "sort.next", "sort", None;
    /// Turn the order around.
    SortReverse = "sort.reverse", "reverse", None;
    /// Copy the name of the selection, its address, its YAML: what is to be copied can be chosen.
    Copy = "copy", "copy", None;
    /// Where this comes from, how old it is and what it proves.
    Explain = "explain", "explain", None;
    /// What it is and how it fares, in words.
    Describe = "describe", "describe", None;
    /// The object as the server has it, secrets masked.
    Yaml = "yaml", "yaml", None;
    /// What happened to it.
    Events = "events", "events", None;
    /// What it writes: all its containers interleaved.
    Logs = "logs", "logs", None;
    /// The logs of all that is marked, interleaved.
    MarkedLogs = "logs.marked", "logs of marked", None;
    /// What the former run of a container wrote, instead of this one.
    PreviousLogs = "logs.previous", "former run", None;
    /// Go on with a log as it is written, or stand still.
    Follow = "follow", "follow", None;
    /// Let long lines go on below, or out of sight.
    Wrap = "wrap", "wrap", None;
    /// Show when each line of a log was written.
    Timestamps = "timestamps", "times", None;
    /// The next place where the searched text stands.
    FindNext = "find.next", "next match", None;
    /// The place before this one where the searched text stands.
    FindPrevious = "find.previous", "match before", None;
    /// List the objects of all namespaces.
    AllNamespaces = "namespace.all", "all namespaces", None;
    /// Open the line in Git that says what is selected.
    Edit = "edit", "edit source", Reversible;
    /// Commit the selected draft on top of the remote branch; nothing is published.
    Commit = "draft.commit", "commit", Reversible;
    /// Publish the commit of the selected draft; asks first.
    Push = "draft.push", "push", Publishes;
    /// Let the selected draft go; undo brings it back.
    Discard = "draft.discard", "discard", Reversible;
    /// Take back the last change of a draft; what is committed and not pushed is a draft again.
    Undo = "draft.undo", "undo", Reversible;
    /// Make again what was taken back.
    Redo = "draft.redo", "redo", Reversible;
    /// Edit any file of the repository as text; a name that no file has makes a new one.
    Files = "files.open", "files", Reversible;
    /// Edit the whole file of the selected draft as text.
    WholeFile = "draft.whole", "whole file", Reversible;
    /// Let the file of the selected draft be gone, or stay after all.
    RemoveFile = "draft.remove", "remove file", Reversible;
    /// Give the file of the selected draft another path.
    MoveFile = "draft.move", "move file", Reversible;
    /// Take back what a pushed commit changed: a draft of its inverse, with the same road.
    Revert = "draft.revert", "revert", Reversible;
    /// Where a draft changes a machine template in place: make a new template of it instead, and point to that.
    NewTemplate = "draft.template", "new template", Reversible;
    /// Show both sides of a diff beside one another, or one under the other.
    Beside = "draft.beside", "side by side", None;
    /// Go to the next part of the diff: a file, a document, a hunk.
    NextPart = "diff.next", "next part", None;
    /// Go to the part of the diff before this one.
    PreviousPart = "diff.previous", "part before", None;
    /// Fold the part of the diff that was gone to; folded already, go to what is around it.
    Fold = "diff.fold", "fold", None;
    /// Unfold it; open already, go to the first part in it.
    Unfold = "diff.unfold", "unfold", None;
    /// Fold every hunk of the diff, or none.
    FoldAll = "diff.fold-all", "fold all", None;
    /// Leave the editor; what was written is kept.
    EditorLeave = "editor.leave", "leave", None;
    /// Search in the text that is edited.
    EditorFind = "editor.find", "search", None;
    /// Copy what is selected, else the line.
    EditorCopy = "editor.copy", "copy", None;
    /// Cut what is selected, else the line.
    EditorCut = "editor.cut", "cut", Reversible;
    /// Put in what was cut or copied last.
    EditorPaste = "editor.paste", "paste", Reversible;
    /// Go on in your own editor: $VISUAL, $EDITOR or vi.
    External = "editor.external", "your editor", Reversible;
    /// Put a pushed change in force on its nodes through Talos: shows the plan of each node first, then asks.
    Apply = "roll.apply", "apply", Publishes;
    /// Look anew at what a change would do to each node.
    PlanAgain = "roll.plan", "plan anew", None;
    /// Try the node again that a roll stands at.
    RetryNode = "roll.retry", "retry node", Publishes;
    /// Let a roll go on without the node that it stands at.
    PassOver = "roll.pass-over", "go on without", Publishes;
    /// Make a draft that says in Git what is live.
    Adopt = "drift.adopt", "adopt", Reversible;
    /// Make what is live as Git says: by a plan, a sync or new machines; shows first what it would do.
    BringBack = "drift.bring-back", "bring back", Publishes;
    /// Say yes to the question that is open.
    Confirm = "confirm", "yes", Publishes;
    /// Ask the delivery engine to look at Git and the cluster anew.
    Refresh = "delivery.refresh", "refresh", Reversible;
    /// Let Argo CD apply what Git says now, or Flux reconcile; asks first.
    Sync = "delivery.sync", "sync", Publishes;
    /// Who wrote the lines of the file that is shown.
    Blame = "git.blame", "blame", None;
    /// Ask the remote now.
    Fetch = "git.fetch", "fetch", None;
    /// The home screen.
    GoBridge = "go.bridge", "Bridge", None;
    /// Every Talos node.
    GoNodes = "go.nodes", "Nodes", None;
    /// The etcd members and their quorum.
    GoEtcd = "go.etcd", "Etcd", None;
    /// The Cluster API tree and the rollout.
    GoMachines = "go.machines", "Machines", None;
    /// What Argo CD and Flux deliver.
    GoDelivery = "go.delivery", "Delivery", None;
    /// The repository.
    GoGit = "go.git", "Git", None;
    /// What differs between Git, the declared and the live.
    GoDrift = "go.drift", "Drift", None;
    /// Drafts, and changes on their way.
    GoChanges = "go.changes", "Changes", None;
    /// Everything that happened, on one axis.
    GoTimeline = "go.timeline", "Timeline", None;
    /// Copy etcd to a file, as a backup. It holds every secret of the cluster.
    EtcdSnapshot = "etcd.snapshot", "snapshot", None;
    /// Every Kubernetes kind.
    GoResources = "go.resources", "Resources", None;
}

impl Action {
    /// The page it leads to, where it leads to one.
    pub fn page(self) -> Option<Page> {
        Some(match self {
            Action::GoBridge => Page::Bridge,
            Action::GoNodes => Page::Nodes,
            Action::GoEtcd => Page::Etcd,
            Action::GoMachines => Page::Machines,
            Action::GoDelivery => Page::Delivery,
            Action::GoGit => Page::Git,
            Action::GoDrift => Page::Drift,
            Action::GoChanges => Page::Changes,
            Action::GoTimeline => Page::Timeline,
            Action::GoResources => Page::Resources,
            _ => return None,
        })
    }

    pub fn availability(self, model: &Model) -> Availability {
        let nothing_selected = || model.screen.listing().is_none_or(|list| list.selected.is_none());
        match self {
            Action::Commit
            | Action::Push
            | Action::Discard
            | Action::WholeFile
            | Action::RemoveFile
            | Action::MoveFile
            | Action::NewTemplate => queries::changes::may(model, self),
            Action::NextPart | Action::PreviousPart | Action::Fold | Action::Unfold | Action::FoldAll => {
                queries::parts::may(model)
            }
            Action::Revert => queries::git::revertable(model).map(|_| ()),
            Action::EditorLeave
            | Action::EditorFind
            | Action::EditorCopy
            | Action::EditorCut
            | Action::EditorPaste
                if !queries::editor::is_open(model) =>
            {
                Err("no file is open as text".into())
            }
            Action::External if !queries::editor::is_open(model) => {
                Err("no file is open as text: F opens one".into())
            }
            Action::Wrap | Action::FindNext | Action::FindPrevious if queries::editor::is_open(model) => {
                Ok(())
            }
            Action::Confirm
                if !matches!(
                    model.screen.dialog,
                    Some(crate::Dialog::Push(_) | crate::Dialog::Sync(_) | crate::Dialog::Apply(_))
                ) =>
            {
                Err("no question is open".into())
            }
            Action::Copy if queries::copies::offers(model, "").is_empty() => {
                Err("there is nothing to copy here".into())
            }
            Action::Open | Action::Mark if nothing_selected() => Err("nothing is selected".into()),
            Action::Apply | Action::PlanAgain | Action::RetryNode | Action::PassOver => {
                queries::plan::may(model, self)
            }
            Action::Adopt | Action::BringBack => queries::drift::may(model, self),
            Action::Refresh | Action::Sync => crate::queries::deliveries::may(model, self),
            Action::EtcdSnapshot if model.screen.place != crate::Place::Page(Page::Etcd) => {
                Err("a snapshot is taken on the Etcd screen".into())
            }
            Action::EtcdSnapshot => crate::update::snapshot::source(model).map(|_| ()),
            Action::HistoryForward if model.screen.ahead.is_empty() => Err("this is the newest place".into()),
            Action::Palette if matches!(model.screen.prompt, Some(Prompt { .. })) => {
                Err("a prompt is open".into())
            }
            Action::Describe | Action::Yaml | Action::Events
                if queries::object::selected(model).is_none() && queries::sheets::node(model).is_none() =>
            {
                Err("no Kubernetes object is selected".into())
            }
            Action::Logs if !queries::object::has_logs(model) && queries::sheets::node(model).is_none() => {
                Err("what is selected has no logs".into())
            }
            Action::MarkedLogs
                if queries::object::marked_pods(model).is_empty()
                    && queries::sheets::node(model).is_none() =>
            {
                Err("nothing that writes logs is marked: space marks it".into())
            }
            Action::Follow | Action::Timestamps | Action::PreviousLogs if !queries::text::is_log(model) => {
                Err("this is no log".into())
            }
            Action::Wrap | Action::FindNext | Action::FindPrevious
                if queries::text::text(model).is_none() =>
            {
                Err("this is no text".into())
            }
            Action::FindNext | Action::FindPrevious
                if model.screen.listing().is_none_or(|list| list.filter.is_empty()) =>
            {
                Err("nothing is searched for: / asks what".into())
            }
            Action::AllNamespaces if model.screen.namespace.is_none() => {
                Err("all namespaces are listed already".into())
            }
            _ => Ok(()),
        }
    }
}
