//! What a person wants changed: values that were edited and are not in a commit yet, or whose commit is not pushed.

use domain::{
    Check, CommitId, Draft, DraftFile, Moment, ObjectRef, OrderId, Quotes, RepoPath, Scalar, ScalarEdit,
    SourceObject, written,
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
    /// What the branch says there by now, where that is neither what was there nor what is wished for.
    pub theirs: Option<Theirs>,
    /// The file as of the base commit; none until it has been read.
    pub text: Option<String>,
    /// What was found when it was checked; none while that is under way.
    pub checks: Option<Vec<Check>>,
}

/// What became of a value on the branch while it was being edited here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Theirs {
    Says(String),
    /// The value, or the whole object, is written nowhere any more.
    Gone,
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
    /// A draft of one value, as it is written; nothing is changed yet.
    pub fn of(
        id: DraftId,
        repository: String,
        base: CommitId,
        source: &SourceObject,
        scalar: &Scalar,
    ) -> Self {
        Self {
            id,
            repository,
            base,
            object: source.object.clone(),
            path: source.path.clone(),
            document: source.document,
            field: scalar.field.clone(),
            line: scalar.line,
            start: scalar.start,
            end: scalar.end,
            quotes: scalar.quotes,
            before: scalar.value.clone(),
            after: scalar.value.clone(),
            cursor: scalar.value.chars().count(),
            undo: Vec::new(),
            message: None,
            stage: DraftStage::Open,
            theirs: None,
            text: None,
            checks: None,
        }
    }

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

    /// The first step of the road.
    pub fn draft(&self) -> Option<Draft> {
        together(&[self])
    }

    fn edit(&self) -> ScalarEdit {
        ScalarEdit {
            document: self.document,
            field: self.field.clone(),
            before: self.before.clone(),
            after: self.after.clone(),
        }
    }
}

/// Several values as one change, with the message of the first. None where a file has not been read, where a value
/// cannot be written, or where they were not made on the same commit.
pub fn together(drafts: &[&DraftState]) -> Option<Draft> {
    let first = drafts.first()?;
    let mut files: BTreeMap<&RepoPath, Vec<&DraftState>> = BTreeMap::new();
    for draft in drafts {
        files.entry(&draft.path).or_default().push(draft);
    }
    let file = |(path, mut values): (&RepoPath, Vec<&DraftState>)| {
        // From the end of the file to its beginning, so that no place moves before its turn.
        values.sort_by_key(|it| std::cmp::Reverse(it.start));
        let mut body = values.first()?.text.clone()?;
        for value in &values {
            let token = written(&value.before, &value.after, value.quotes)?;
            body.get(value.start as usize..value.end as usize)?;
            body.replace_range(value.start as usize..value.end as usize, &token);
        }
        values.reverse();
        let edits = values.iter().map(|it| it.edit()).collect();
        Some(DraftFile { path: path.clone(), body: Some(body), edits })
    };
    let files = files.into_iter().map(file).collect::<Option<Vec<_>>>()?;
    let same = drafts.iter().all(|it| it.base == first.base);
    same.then(|| Draft { base: first.base.clone(), files, message: titles(drafts) })
}

/// One line for several values: the message of the first where a person wrote it, else what each of them does.
pub fn titles(drafts: &[&DraftState]) -> String {
    match drafts {
        [first, ..] if first.message.is_some() => first.title(),
        _ => drafts.iter().map(|it| it.title()).collect::<Vec<_>>().join(", "),
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
            theirs: None,
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
