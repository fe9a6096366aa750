//! What a person wants changed: values and files that were edited and are not in a commit yet, or whose commit is
//! not pushed.

mod delta;
mod edited;
mod saved;
mod together;

pub use delta::Delta;
pub use edited::{Edited, Position, TextEdit, ValueEdit};
pub use saved::{DraftRecord, SavedDraft, last};
pub use together::{Apart, titles, together};

use domain::{
    BranchName, Check, CommitId, Diagnosis, Draft, Moment, ObjectRef, OrderId, Proposal, RepoPath, Scalar,
    ScalarEdit, SourceObject, ValueChange,
};

/// One draft; never used again, over all runs of the cockpit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftId(pub u64);

/// Every draft, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Drafts {
    pub list: Vec<DraftState>,
    /// What was discarded, newest last; it can be taken back.
    pub discarded: Vec<DraftState>,
    /// The branch that took no direct push.
    pub closed: Option<BranchName>,
    /// What was cut or copied in the editor.
    pub cut: String,
}

/// One value or one file that is being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftState {
    pub id: DraftId,
    /// The folder of the repository it belongs to.
    pub repository: String,
    /// The commit it was made on.
    pub base: CommitId,
    pub path: RepoPath,
    pub edited: Edited,
    /// What takes the last changes back, oldest first, and what makes them again.
    pub undo: Vec<Delta>,
    pub redo: Vec<Delta>,
    /// What the person says of it; none while it is proposed.
    pub message: Option<String>,
    pub stage: DraftStage,
    /// Where its commit was offered, where it was.
    pub proposal: Option<Proposal>,
    /// What the branch says there by now, where that is neither what was there nor what is wished for.
    pub theirs: Option<Theirs>,
    /// The tip that it was held against last; where that is not its base, it could not move on to it.
    pub held_against: Option<CommitId>,
    /// The file as of the base commit.
    pub before: Before,
    /// What was found when it was checked; none while that is under way.
    pub checks: Option<Vec<Check>>,
    /// What the API server would say to it, as far as it was asked.
    pub tried: Vec<Check>,
    /// Which values of which objects it changes, as found with the checks.
    pub changes: Vec<ValueChange>,
    /// What is to be said of a file that is edited as text, at its places.
    pub diagnoses: Vec<Diagnosis>,
    /// What the API server would not take of its fields, at their places.
    pub fields: Vec<Diagnosis>,
}

/// A file as of a commit, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Before {
    #[default]
    Unread,
    /// The commit has no such file.
    Absent,
    Text(String),
}

impl Before {
    pub fn text(&self) -> Option<&str> {
        match self {
            Before::Text(text) => Some(text),
            Before::Unread | Before::Absent => None,
        }
    }
}

/// What became of a place on the branch while it was being edited here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Theirs {
    Says(String),
    /// The value, the whole object or the file is written nowhere any more.
    Gone,
    /// Another file is where this one shall move to.
    Taken,
    /// Both changed the same lines of the file: theirs as of that commit, and both with these lines marked.
    File {
        commit: CommitId,
        text: String,
        marked: String,
    },
}

/// How far a draft has come on the road.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftStage {
    Open,
    Committing(OrderId),
    Committed { commit: CommitId, at: Moment },
    Pushing { commit: CommitId, at: Moment, order: OrderId },
    Pushed { commit: CommitId, committed: Moment, at: Moment },
}

impl DraftState {
    fn new(id: DraftId, repository: String, base: CommitId, path: RepoPath, edited: Edited) -> Self {
        Self {
            id,
            repository,
            base,
            path,
            edited,
            undo: Vec::new(),
            redo: Vec::new(),
            message: None,
            stage: DraftStage::Open,
            proposal: None,
            theirs: None,
            held_against: None,
            before: Before::Unread,
            checks: None,
            tried: Vec::new(),
            changes: Vec::new(),
            diagnoses: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// A draft of one value, as it is written; nothing is changed yet.
    pub fn of(
        id: DraftId,
        repository: String,
        base: CommitId,
        source: &SourceObject,
        scalar: &Scalar,
    ) -> Self {
        let value = ValueEdit {
            object: source.object.clone(),
            document: source.document,
            field: scalar.field.clone(),
            line: scalar.line,
            start: scalar.start,
            end: scalar.end,
            quotes: scalar.quotes,
            before: scalar.value.clone(),
            after: scalar.value.clone(),
            cursor: scalar.value.chars().count(),
        };
        Self::new(id, repository, base, source.path.clone(), Edited::Value(value))
    }

    /// A draft of a whole file, which has not been read yet.
    pub fn of_file(id: DraftId, repository: String, base: CommitId, path: RepoPath, text: TextEdit) -> Self {
        Self::new(id, repository, base, path, Edited::Text(text))
    }

    pub fn value(&self) -> Option<&ValueEdit> {
        self.edited.value()
    }

    pub fn text(&self) -> Option<&TextEdit> {
        self.edited.text()
    }

    /// The object whose value it is.
    pub fn object(&self) -> Option<&ObjectRef> {
        self.value().map(|it| &it.object)
    }

    /// The line it is about, from 1.
    pub fn line(&self) -> u32 {
        match &self.edited {
            Edited::Value(value) => value.line,
            Edited::Text(text) => u32::try_from(text.at.row + 1).unwrap_or(u32::MAX),
        }
    }

    pub fn changed(&self) -> bool {
        match (&self.edited, &self.before) {
            (Edited::Value(value), _) => value.before != value.after,
            (Edited::Text(text), _) if text.gone || text.from.is_some() => true,
            (Edited::Text(text), Before::Text(before)) => {
                text.after.as_deref().is_some_and(|it| it != before)
            }
            // A file that is not there yet comes to be by what it shall hold.
            (Edited::Text(text), Before::Absent) => text.after.as_deref().is_some_and(|it| !it.is_empty()),
            // It was changed before the cockpit was started again: what was kept is what it shall be.
            (Edited::Text(text), Before::Unread) => text.after.is_some(),
        }
    }

    /// The commit it became, if it did.
    pub fn commit(&self) -> Option<&CommitId> {
        match &self.stage {
            DraftStage::Open | DraftStage::Committing(_) => None,
            DraftStage::Committed { commit, .. }
            | DraftStage::Pushing { commit, .. }
            | DraftStage::Pushed { commit, .. } => Some(commit),
        }
    }

    /// The first line of the message, as written or as proposed.
    pub fn title(&self) -> String {
        let written = self.message.as_deref().map(|it| it.lines().next().unwrap_or_default().to_owned());
        written.unwrap_or_else(|| self.proposed())
    }

    /// The message with another first line: what stands below that stays.
    pub fn retitled(&self, title: &str) -> String {
        let below = self.message.as_deref().and_then(|it| it.split_once('\n')).map(|(_, below)| below);
        below.map_or_else(|| title.to_owned(), |below| format!("{title}\n{below}"))
    }

    fn proposed(&self) -> String {
        let value = match &self.edited {
            Edited::Value(value) => value,
            Edited::Text(text) => return self.proposed_for(text),
        };
        let after = value.after.trim_start_matches('v');
        let name = &value.object.name;
        match value.field.rsplit('.').next().unwrap_or(&value.field) {
            _ if !self.changed() => format!("change {} of {name}", value.field),
            "version" => format!("bump kubernetes of {name} to {after}"),
            "replicas" => format!("scale {name} from {} to {after}", value.before),
            "imageName" => format!("make {name} of {after}"),
            field => format!("set {field} of {name} to {after}"),
        }
    }

    fn proposed_for(&self, text: &TextEdit) -> String {
        match (&text.from, &self.before) {
            _ if text.gone => format!("remove {}", self.path),
            (Some(from), _) => format!("move {from} to {}", self.path),
            (None, Before::Absent) => format!("add {}", self.path),
            (None, _) => format!("edit {}", self.path),
        }
    }

    /// The first step of the road.
    pub fn draft(&self) -> Option<Draft> {
        together(&[self]).ok()
    }

    /// Whether that is this draft as it is now, whatever its message says.
    pub fn makes(&self, draft: &Draft) -> bool {
        let Some(file) = draft.files.first().filter(|it| it.path == self.path && draft.base == self.base)
        else {
            return false;
        };
        match &self.edited {
            Edited::Value(value) => draft.files.len() == 1 && file.edits == [value.edit()],
            Edited::Text(text) => {
                let body = text.after.as_ref().filter(|_| !text.gone);
                let from = draft.files.get(1).map(|it| &it.path);
                file.edits.is_empty() && file.body.as_ref() == body && from == text.from.as_ref()
            }
        }
    }

    /// Change what is typed, so that it can be taken back.
    pub fn typed(&mut self, delta: &Delta) -> bool {
        let Some(back) = self.edited.change(delta) else { return false };
        match self.undo.last().and_then(|it| it.joined(&back, self.edited.written())) {
            Some(joined) => {
                self.undo.pop();
                self.undo.push(joined);
            }
            None => self.undo.push(back),
        }
        self.redo.clear();
        self.checks = None;
        true
    }

    /// Take the last change back, or make it again. Answers what was done.
    pub fn step_back(&mut self) -> Option<Delta> {
        let delta = self.undo.pop()?;
        self.redo.push(self.edited.change(&delta)?);
        self.checks = None;
        Some(delta)
    }

    pub fn step_forward(&mut self) -> Option<Delta> {
        let delta = self.redo.pop()?;
        self.undo.push(self.edited.change(&delta)?);
        self.checks = None;
        Some(delta)
    }
}

impl ValueEdit {
    fn edit(&self) -> ScalarEdit {
        ScalarEdit {
            document: self.document,
            field: self.field.clone(),
            before: self.before.clone(),
            after: self.after.clone(),
        }
    }
}

impl Drafts {
    pub fn get(&self, id: DraftId) -> Option<&DraftState> {
        self.list.iter().find(|it| it.id == id)
    }

    pub(crate) fn get_mut(&mut self, id: DraftId) -> Option<&mut DraftState> {
        self.list.iter_mut().find(|it| it.id == id)
    }

    /// The name of the next draft: later than all there are, and than those of former runs.
    pub fn next(&self, now: Moment) -> DraftId {
        let newest = self.list.iter().chain(&self.discarded).map(|it| it.id.0).max().unwrap_or(0);
        DraftId(u64::try_from(now.0).unwrap_or(0).max(newest + 1))
    }

    /// The open draft of a value, if there is one.
    pub fn open_at(&self, path: &RepoPath, document: u32, field: &str) -> Option<&DraftState> {
        let value = |it: &DraftState| {
            it.value().is_some_and(|value| value.document == document && value.field == field)
        };
        self.open().find(|it| it.path == *path && value(it))
    }

    /// The open draft of a file as text, if there is one.
    pub fn open_file(&self, path: &RepoPath) -> Option<&DraftState> {
        let this = |it: &TextEdit| it.from.as_ref() == Some(path);
        self.open().find(|it| it.text().is_some_and(|text| it.path == *path || this(text)))
    }

    fn open(&self) -> impl Iterator<Item = &DraftState> {
        self.list.iter().filter(|it| it.stage == DraftStage::Open)
    }

    /// How many are not pushed yet.
    pub fn unpushed(&self) -> usize {
        self.list.iter().filter(|it| !matches!(it.stage, DraftStage::Pushed { .. })).count()
    }
}
