//! The diff of a change in parts that can be folded: its files, in these the documents, and in these the hunks, each
//! with what it alone would do.

use super::diff::{self, Line, LineKind};
use super::draft_view::{AROUND, lines_of};
use super::{changes, documents, hunk_would};
use crate::model::{Before, DraftStage, DraftState, Edited, Part, together};
use crate::{Availability, Model, Page, Place};
use domain::RepoPath;
use std::borrow::Cow;

/// One row of the diff as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    Heading(Heading),
    Line(Line),
    /// Between two files.
    Blank,
}

/// What stands over a part.
#[derive(Debug, Clone, PartialEq)]
pub struct Heading {
    pub part: Part,
    /// In how many parts it lies that have a heading.
    pub depth: u16,
    pub folded: bool,
    /// Whether it is the one that is folded next.
    pub here: bool,
    /// "cluster-api/cluster.yaml", "TalosControlPlane/k8s-cp", "line 61"
    pub title: String,
    /// What a hunk alone would do, in one sentence; empty where that is not known.
    pub says: String,
    pub added: usize,
    pub removed: usize,
}

/// Lines that stand together in one document.
struct Hunk {
    document: usize,
    lines: Vec<Line>,
}

/// The diff of a draft and of all that would be committed with it. Nothing is folded while a value is typed.
pub fn rows(model: &Model, draft: &DraftState, typing: bool) -> Vec<Row> {
    let all = if typing { vec![draft] } else { changes::together(model, draft) };
    let mut files: Vec<(&RepoPath, Vec<&DraftState>)> = Vec::new();
    for it in all {
        match files.iter_mut().find(|(path, _)| **path == it.path) {
            Some((_, drafts)) => drafts.push(it),
            None => files.push((&it.path, vec![it])),
        }
    }
    let mut rows = Vec::new();
    for (path, drafts) in files {
        let part = Part { draft: draft.id, path: path.clone(), document: None, hunk: None };
        let found = file(model, &part, &drafts, typing);
        if !rows.is_empty() && !found.is_empty() {
            rows.push(Row::Blank);
        }
        rows.extend(found);
    }
    rows
}

fn file(model: &Model, part: &Part, drafts: &[&DraftState], typing: bool) -> Vec<Row> {
    let yaml = part.path.0.ends_with(".yaml") || part.path.0.ends_with(".yml");
    let titles = if yaml { documents::titles(&shown_text(drafts)) } else { Vec::new() };
    let lines = lines(drafts, typing);
    if lines.is_empty() {
        return Vec::new();
    }
    let is_folded = |part: &Part| !typing && model.screen.editor.folded.contains(part);
    let heading = |part: Part, depth: u16, title: String, says: String, hunks: &[Hunk]| {
        let many =
            |kind: LineKind| hunks.iter().flat_map(|it| &it.lines).filter(|it| it.kind == kind).count();
        Row::Heading(Heading {
            folded: is_folded(&part),
            here: !typing && model.screen.editor.part.as_ref() == Some(&part),
            added: many(LineKind::Added),
            removed: many(LineKind::Removed),
            part,
            depth,
            title,
            says,
        })
    };
    let hunks = hunks(lines, &titles);
    let from = drafts.iter().find_map(|it| it.text()?.from.as_ref());
    let title = from.map_or(part.path.to_string(), |from| format!("{from} → {}", part.path));
    let mut rows = vec![heading(part.clone(), 0, title, String::new(), &hunks)];
    if is_folded(part) {
        return rows;
    }
    let would = hunk_would::Told::of(model, drafts);
    for hunks_of in by_document(&hunks) {
        let document = hunks_of.first().map_or(0, |it| it.document);
        let part = Part { document: Some(document), ..part.clone() };
        let title = titles.get(document).map(|it| it.1.clone()).unwrap_or_default();
        let declares = titles.len() > 1 || !title.is_empty();
        if declares {
            let title = if title.is_empty() { format!("document {}", document + 1) } else { title };
            rows.push(heading(part.clone(), 1, title, String::new(), hunks_of));
            if is_folded(&part) {
                continue;
            }
        }
        for (number, hunk) in hunks_of.iter().enumerate() {
            let part = Part { hunk: Some(number), ..part.clone() };
            let says = if typing { String::new() } else { would.says(&hunk.lines) };
            rows.push(heading(
                part.clone(),
                1 + u16::from(declares),
                place(hunk),
                says,
                std::slice::from_ref(hunk),
            ));
            if !is_folded(&part) {
                rows.extend(hunk.lines.iter().cloned().map(Row::Line));
            }
        }
    }
    rows
}

/// The text whose documents are told: as it shall be, or as it was where it goes or only a value of it changes.
fn shown_text<'a>(drafts: &[&'a DraftState]) -> Cow<'a, str> {
    let Some(draft) = drafts.first() else { return Cow::Borrowed("") };
    let before = match &draft.before {
        Before::Text(text) => text.as_str(),
        Before::Unread | Before::Absent => "",
    };
    match &draft.edited {
        Edited::Text(text) if !text.gone => Cow::Borrowed(text.after.as_deref().unwrap_or(before)),
        _ => Cow::Borrowed(before),
    }
}

/// The lines that differ: of several values of one file in one diff.
fn lines(drafts: &[&DraftState], typing: bool) -> Vec<Line> {
    if let [draft] = drafts {
        return lines_of(draft, typing);
    }
    let body = together(drafts).ok().and_then(|it| it.files.into_iter().next()?.body);
    match (body, drafts.first().and_then(|it| it.before.text())) {
        (Some(body), Some(before)) => diff::hunks(before, &body, AROUND as usize),
        _ => drafts.iter().flat_map(|it| lines_of(it, false)).collect(),
    }
}

/// Hunks, none of which goes over the end of a document.
fn hunks(lines: Vec<Line>, titles: &[(u32, String)]) -> Vec<Hunk> {
    let document_of = |number: u32| titles.iter().rposition(|(first, _)| *first <= number).unwrap_or(0);
    let mut found: Vec<Hunk> = Vec::new();
    let (mut here, mut begins) = (lines.first().map_or(0, |it| document_of(it.number)), true);
    for line in lines {
        match line.kind {
            LineKind::Gap => {
                (here, begins) = (document_of(line.number), true);
                continue;
            }
            // A line that goes has its number in the file as it was.
            LineKind::Removed => {}
            LineKind::Same | LineKind::Added => {
                let now = document_of(line.number);
                (begins, here) = (begins || now != here, now);
            }
        }
        match found.last_mut().filter(|_| !begins) {
            Some(hunk) => hunk.lines.push(line),
            None => found.push(Hunk { document: here, lines: vec![line] }),
        }
        begins = false;
    }
    // What is around a change may reach into another document, which does not change.
    let changes = |it: &Hunk| it.lines.iter().any(|it| it.kind != LineKind::Same);
    if found.iter().any(changes) {
        found.retain(changes);
    }
    found
}

/// Hunks of the same document, which stand side by side.
fn by_document(hunks: &[Hunk]) -> Vec<&[Hunk]> {
    hunks.chunk_by(|one, other| one.document == other.document).collect()
}

/// "line 61", "lines 58 to 66"
fn place(hunk: &Hunk) -> String {
    let changed = hunk.lines.iter().filter(|it| it.kind != LineKind::Same).map(|it| it.number);
    let (first, last) = (changed.clone().min(), changed.max());
    match (first, last) {
        (Some(first), Some(last)) if first != last => format!("lines {first} to {last}"),
        (Some(first), _) => format!("line {first}"),
        _ => hunk.lines.first().map_or(String::new(), |it| format!("line {}", it.number)),
    }
}

/// Whether something can be folded now.
pub fn may(model: &Model) -> Availability {
    if model.screen.place != Place::Page(Page::Changes) {
        return Err("a diff is folded on Changes".into());
    }
    let list = model.screen.listing();
    let selected = list.and_then(|it| changes::draft_of(model, it.selected.as_ref()?));
    match selected.is_some() && !super::editor::is_open(model) {
        true => Ok(()),
        false => Err("no diff is shown".into()),
    }
}

/// Whether what a change does is still ahead of it.
pub(super) fn is_ahead(draft: &DraftState) -> bool {
    !matches!(draft.stage, DraftStage::Pushed { .. }) && draft.theirs.is_none()
}
