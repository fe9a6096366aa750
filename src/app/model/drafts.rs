//! What a person wants changed: values that were edited and are not in a commit yet, or whose commit is not pushed.

use domain::{
    Check, CommitId, Draft, DraftFile, Moment, ObjectRef, OrderId, Quotes, RepoPath, ScalarEdit, written,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One draft; never used again, over all runs of the cockpit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftId(pub u64);

/// Every draft, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Drafts {
    pub list: Vec<DraftState>,
    /// What was discarded, newest last; it can be taken back.
    pub discarded: Vec<DraftState>,
}

/// One value that is being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftState {
    pub id: DraftId,
    /// The folder of the repository it belongs to.
    pub repository: String,
    /// The commit it was made on.
    pub base: CommitId,
    pub object: ObjectRef,
    pub path: RepoPath,
    /// Which document of the file, from 0.
    pub document: u32,
    pub field: String,
    /// From 1.
    pub line: u32,
    /// The bytes of the token in the file, its quotes included.
    pub start: u32,
    pub end: u32,
    pub quotes: Quotes,
    pub before: String,
    pub after: String,
    /// Where the cursor is in `after`, in characters.
    pub cursor: usize,
    /// Older values of `after`, oldest first.
    pub undo: Vec<String>,
    /// What the person says of it; none while it is proposed.
    pub message: Option<String>,
    pub stage: DraftStage,
    /// The file as of the base commit; none until it has been read.
    pub text: Option<String>,
    /// What was found when it was checked; none while that is under way.
    pub checks: Option<Vec<Check>>,
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
    pub fn changed(&self) -> bool {
        self.before != self.after
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

    /// The message, as written or as proposed.
    pub fn title(&self) -> String {
        self.message.clone().unwrap_or_else(|| self.proposed())
    }

    fn proposed(&self) -> String {
        let after = self.after.trim_start_matches('v');
        let name = &self.object.name;
        match self.field.rsplit('.').next().unwrap_or(&self.field) {
            _ if !self.changed() => format!("change {} of {name}", self.field),
            "version" => format!("bump kubernetes of {name} to {after}"),
            "replicas" => format!("scale {name} from {} to {after}", self.before),
            "imageName" => format!("make {name} of {after}"),
            field => format!("set {field} of {name} to {after}"),
        }
    }

    /// The file as it shall be. None while it has not been read, or where the value cannot be written there.
    pub fn body(&self) -> Option<String> {
        let text = self.text.as_ref()?;
        let token = written(&self.before, &self.after, self.quotes)?;
        let (head, tail) = (text.get(..self.start as usize)?, text.get(self.end as usize..)?);
        Some(format!("{head}{token}{tail}"))
    }

    /// The first step of the road.
    pub fn draft(&self) -> Option<Draft> {
        let edit = ScalarEdit {
            document: self.document,
            field: self.field.clone(),
            before: self.before.clone(),
            after: self.after.clone(),
        };
        let file = DraftFile { path: self.path.clone(), body: self.body()?, edits: vec![edit] };
        Some(Draft { base: self.base.clone(), files: vec![file], message: self.title() })
    }
}

impl Drafts {
    pub fn get(&self, id: DraftId) -> Option<&DraftState> {
        self.list.iter().find(|it| it.id == id)
    }

    pub(crate) fn get_mut(&mut self, id: DraftId) -> Option<&mut DraftState> {
        self.list.iter_mut().find(|it| it.id == id)
    }

    /// The open draft of a value, if there is one.
    pub fn open_at(&self, path: &RepoPath, document: u32, field: &str) -> Option<&DraftState> {
        let there = |it: &&DraftState| it.path == *path && it.document == document && it.field == field;
        self.list.iter().filter(|it| it.stage == DraftStage::Open).find(there)
    }

    /// How many are not pushed yet.
    pub fn unpushed(&self) -> usize {
        self.list.iter().filter(|it| !matches!(it.stage, DraftStage::Pushed { .. })).count()
    }
}

/// One line of the journal: a draft as it is now, or none where it is gone. The last line of a draft counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRecord {
    pub id: u64,
    pub draft: Option<SavedDraft>,
}

/// A draft as it is kept on disk. It holds the edited value and its place, not the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedDraft {
    repository: String,
    base: String,
    /// Group, kind, namespace, name.
    object: [String; 4],
    path: String,
    document: u32,
    field: String,
    line: u32,
    start: u32,
    end: u32,
    quotes: String,
    before: String,
    after: String,
    cursor: usize,
    message: Option<String>,
    /// The commit it became: id, when it was committed and when it was pushed.
    commit: Option<(String, i64, Option<i64>)>,
}

impl DraftRecord {
    pub fn gone(id: DraftId) -> Self {
        Self { id: id.0, draft: None }
    }

    pub fn of(draft: &DraftState) -> Self {
        let commit = match &draft.stage {
            DraftStage::Open | DraftStage::Committing(_) => None,
            DraftStage::Committed { commit, at } | DraftStage::Pushing { commit, at, .. } => {
                Some((commit.0.clone(), at.0, None))
            }
            DraftStage::Pushed { commit, committed, at } => Some((commit.0.clone(), committed.0, Some(at.0))),
        };
        let ObjectRef { group, kind, namespace, name } = draft.object.clone();
        let quotes = match draft.quotes {
            Quotes::Plain => "plain",
            Quotes::Single => "single",
            Quotes::Double => "double",
            Quotes::Block => "block",
            Quotes::Shared => "shared",
        };
        let saved = SavedDraft {
            repository: draft.repository.clone(),
            base: draft.base.0.clone(),
            object: [group, kind, namespace, name],
            path: draft.path.0.clone(),
            document: draft.document,
            field: draft.field.clone(),
            line: draft.line,
            start: draft.start,
            end: draft.end,
            quotes: quotes.into(),
            before: draft.before.clone(),
            after: draft.after.clone(),
            cursor: draft.cursor,
            message: draft.message.clone(),
            commit,
        };
        Self { id: draft.id.0, draft: Some(saved) }
    }

    /// The draft again, as far as it was kept.
    fn draft(self) -> Option<DraftState> {
        let saved = self.draft?;
        let [group, kind, namespace, name] = saved.object;
        let stage = match saved.commit {
            None => DraftStage::Open,
            Some((commit, at, None)) => DraftStage::Committed { commit: CommitId(commit), at: Moment(at) },
            Some((commit, committed, Some(at))) => {
                DraftStage::Pushed { commit: CommitId(commit), committed: Moment(committed), at: Moment(at) }
            }
        };
        Some(DraftState {
            id: DraftId(self.id),
            repository: saved.repository,
            base: CommitId(saved.base),
            object: ObjectRef { group, kind, namespace, name },
            path: RepoPath(saved.path),
            document: saved.document,
            field: saved.field,
            line: saved.line,
            start: saved.start,
            end: saved.end,
            quotes: match saved.quotes.as_str() {
                "plain" => Quotes::Plain,
                "single" => Quotes::Single,
                "double" => Quotes::Double,
                "block" => Quotes::Block,
                _ => Quotes::Shared,
            },
            before: saved.before,
            after: saved.after,
            cursor: saved.cursor,
            undo: Vec::new(),
            message: saved.message,
            stage,
            text: None,
            checks: None,
        })
    }
}

impl Drafts {
    /// What a journal holds: the last line of each draft.
    pub(crate) fn restore(&mut self, records: Vec<DraftRecord>) {
        let mut last: BTreeMap<u64, DraftRecord> = BTreeMap::new();
        for record in records {
            last.insert(record.id, record);
        }
        let known = |drafts: &[DraftState], id: u64| drafts.iter().any(|it| it.id.0 == id);
        let restored: Vec<DraftState> = last
            .into_values()
            .filter(|it| !known(&self.list, it.id))
            .filter_map(DraftRecord::draft)
            .collect();
        self.list.extend(restored);
        self.list.sort_by_key(|it| it.id);
    }
}
