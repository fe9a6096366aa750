//! Drafts as they are kept on disk, line by line, as they are typed.

use super::{Before, Delta, DraftId, DraftStage, DraftState, Drafts, Edited, Position, TextEdit, ValueEdit};
use domain::{BranchName, CommitId, Moment, ObjectRef, Proposal, Quotes, RepoPath};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One line of the journal: a draft as it is now, or what was typed into it since, or neither where it is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRecord {
    pub id: u64,
    #[serde(default)]
    pub draft: Option<SavedDraft>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typed: Option<SavedTyping>,
}

/// A keystroke in a file that is edited as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedTyping {
    delta: Delta,
    /// Row and column of the cursor after it, from 0.
    at: (usize, usize),
    /// How long the text is after it, in bytes: a line of the journal that does not fit the ones before it, as of
    /// another cockpit that edits the same draft, is not taken for one of them.
    length: usize,
}

/// A draft as it is kept on disk. Of a value it holds the value and its place, of a file the file as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedDraft {
    repository: String,
    base: String,
    path: String,
    message: Option<String>,
    /// The commit it became: id, when it was committed and when it was pushed.
    commit: Option<(String, i64, Option<i64>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proposal: Option<SavedProposal>,
    #[serde(flatten)]
    edited: SavedEdit,
}

/// Where a commit was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedProposal {
    branch: String,
    onto: String,
    url: Option<String>,
    number: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SavedEdit {
    Value(SavedValue),
    Text(SavedText),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedValue {
    /// Group, kind, namespace, name.
    object: [String; 4],
    document: u32,
    field: String,
    line: u32,
    start: u32,
    end: u32,
    quotes: String,
    before: String,
    after: String,
    cursor: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedText {
    after: Option<String>,
    gone: bool,
    from: Option<String>,
    /// The base has no such file.
    new: bool,
    at: (usize, usize),
}

impl DraftRecord {
    pub fn gone(id: DraftId) -> Self {
        Self { id: id.0, draft: None, typed: None }
    }

    /// The draft as a whole.
    pub fn of(draft: &DraftState) -> Self {
        let commit = match &draft.stage {
            DraftStage::Open | DraftStage::Committing(_) => None,
            DraftStage::Committed { commit, at } | DraftStage::Pushing { commit, at, .. } => {
                Some((commit.0.clone(), at.0, None))
            }
            DraftStage::Pushed { commit, committed, at } => Some((commit.0.clone(), committed.0, Some(at.0))),
        };
        let edited = match &draft.edited {
            Edited::Value(value) => SavedEdit::Value(SavedValue::of(value)),
            Edited::Text(text) => SavedEdit::Text(SavedText {
                after: text.after.clone(),
                gone: text.gone,
                from: text.from.as_ref().map(|it| it.0.clone()),
                new: draft.before == Before::Absent,
                at: (text.at.row, text.at.column),
            }),
        };
        let saved = SavedDraft {
            repository: draft.repository.clone(),
            base: draft.base.0.clone(),
            path: draft.path.0.clone(),
            message: draft.message.clone(),
            commit,
            proposal: draft.proposal.as_ref().map(|it| SavedProposal {
                branch: it.branch.0.clone(),
                onto: it.onto.0.clone(),
                url: it.url.clone(),
                number: it.number,
            }),
            edited,
        };
        Self { id: draft.id.0, draft: Some(saved), typed: None }
    }

    /// What was typed last into a draft; of a value that is the whole of it.
    pub fn of_typing(draft: &DraftState, delta: &Delta) -> Self {
        let Some((text, after)) = draft.text().and_then(|it| Some((it, it.after.as_ref()?))) else {
            return Self::of(draft);
        };
        let at = (text.at.row, text.at.column);
        let typed = SavedTyping { delta: delta.clone(), at, length: after.len() };
        Self { id: draft.id.0, draft: None, typed: Some(typed) }
    }

    /// The draft again, as far as it was kept.
    fn draft(self) -> Option<DraftState> {
        let saved = self.draft?;
        let stage = match saved.commit {
            None => DraftStage::Open,
            Some((commit, at, None)) => DraftStage::Committed { commit: CommitId(commit), at: Moment(at) },
            Some((commit, committed, Some(at))) => {
                DraftStage::Pushed { commit: CommitId(commit), committed: Moment(committed), at: Moment(at) }
            }
        };
        let (edited, new) = match saved.edited {
            SavedEdit::Value(value) => (Edited::Value(value.edit()), false),
            SavedEdit::Text(text) => {
                let new = text.new;
                (Edited::Text(text.edit()), new)
            }
        };
        let (id, base, path) = (DraftId(self.id), CommitId(saved.base), RepoPath(saved.path));
        Some(DraftState {
            message: saved.message,
            proposal: saved.proposal.map(|it| Proposal {
                branch: BranchName(it.branch),
                onto: BranchName(it.onto),
                url: it.url,
                number: it.number,
            }),
            stage,
            before: if new { Before::Absent } else { Before::Unread },
            ..DraftState::new(id, saved.repository, base, path, edited)
        })
    }
}

impl SavedValue {
    fn of(value: &ValueEdit) -> Self {
        let ObjectRef { group, kind, namespace, name } = value.object.clone();
        let quotes = match value.quotes {
            Quotes::Plain => "plain",
            Quotes::Single => "single",
            Quotes::Double => "double",
            Quotes::Block => "block",
            Quotes::Shared => "shared",
        };
        Self {
            object: [group, kind, namespace, name],
            document: value.document,
            field: value.field.clone(),
            line: value.line,
            start: value.start,
            end: value.end,
            quotes: quotes.into(),
            before: value.before.clone(),
            after: value.after.clone(),
            cursor: value.cursor,
        }
    }

    fn edit(self) -> ValueEdit {
        let [group, kind, namespace, name] = self.object;
        ValueEdit {
            object: ObjectRef { group, kind, namespace, name },
            document: self.document,
            field: self.field,
            line: self.line,
            start: self.start,
            end: self.end,
            quotes: match self.quotes.as_str() {
                "plain" => Quotes::Plain,
                "single" => Quotes::Single,
                "double" => Quotes::Double,
                "block" => Quotes::Block,
                _ => Quotes::Shared,
            },
            before: self.before,
            after: self.after,
            cursor: self.cursor,
        }
    }
}

impl SavedText {
    fn edit(self) -> TextEdit {
        TextEdit {
            after: self.after,
            gone: self.gone,
            from: self.from.map(RepoPath),
            at: Position { row: self.at.0, column: self.at.1 },
            anchor: None,
            opened_at: 0,
        }
    }
}

/// What the lines of a journal come to: the last state of each draft that is not gone, in the order of their ids.
pub fn last(records: impl IntoIterator<Item = DraftRecord>) -> Vec<DraftRecord> {
    let mut last: BTreeMap<u64, DraftRecord> = BTreeMap::new();
    for record in records {
        match record.typed {
            Some(typed) => {
                if let Some(known) = last.get_mut(&record.id).and_then(|it| it.draft.as_mut()) {
                    typed_into(known, &typed);
                }
            }
            None => {
                last.insert(record.id, record);
            }
        }
    }
    last.into_values().filter(|it| it.draft.is_some()).collect()
}

fn typed_into(draft: &mut SavedDraft, typed: &SavedTyping) {
    let SavedEdit::Text(text) = &mut draft.edited else { return };
    let mut after = text.after.clone().unwrap_or_default();
    if typed.delta.apply(&mut after).is_some() && after.len() == typed.length {
        (text.after, text.at) = (Some(after), typed.at);
    }
}

impl Drafts {
    /// What a journal holds.
    pub(crate) fn restore(&mut self, records: Vec<DraftRecord>) {
        let known = |drafts: &[DraftState], id: u64| drafts.iter().any(|it| it.id.0 == id);
        let restored: Vec<DraftState> = last(records)
            .into_iter()
            .filter(|it| !known(&self.list, it.id))
            .filter_map(DraftRecord::draft)
            .collect();
        self.list.extend(restored);
        self.list.sort_by_key(|it| it.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_put_together_again() {
        let text = TextEdit { after: Some("a: 1\n".into()), ..TextEdit::default() };
        let (base, path) = (CommitId("c0".into()), RepoPath("a.yaml".into()));
        let mut draft = DraftState::of_file(DraftId(7), "/r".into(), base, path, text);
        let mut lines = vec![DraftRecord::of(&draft)];
        for after in ["a: 12\n", "a: 12\nb", "a: 12\nb: 3"] {
            let delta = Delta::between(draft.text().unwrap().after.as_ref().unwrap(), after).unwrap();
            draft.typed(&delta);
            lines.push(DraftRecord::of_typing(&draft, &delta));
        }
        // A line of another cockpit, which saw another text.
        let mut foreign = lines[1].clone();
        foreign.typed.as_mut().unwrap().length = 4;
        lines.push(foreign);
        let json: Vec<String> = lines.iter().map(|it| serde_json::to_string(it).unwrap()).collect();
        let read = json.iter().map(|it| serde_json::from_str(it).unwrap());
        let mut drafts = Drafts::default();
        drafts.restore(last(read));
        let text = drafts.list[0].text().unwrap();
        assert_eq!(text.after.as_deref(), Some("a: 12\nb: 3"));
        assert_eq!(text.at, Position { row: 1, column: 4 });
        assert!(drafts.list[0].changed());
        assert!(json[1].len() < 120, "a keystroke is a short line: {}", json[1]);
    }
}
