//! Which fields a document may have and of what shape, held against a text as it is written: Talos documents by the
//! version of Talos, Kubernetes objects by what the API server says of its kinds.

mod book;
mod check;
mod open_api;
mod place;
#[cfg(test)]
mod schema_test;
mod talos;
mod words;

pub(crate) use open_api::{Kinds, places, read};
pub(crate) use place::TalosPlace;

use crate::yaml::{Document, documents, is_template};
use check::{Root, check};
use domain::{Diagnosis, Scalar, Verdict};

/// Longer texts are not looked at: a person who edits does not wait for them.
const LONGEST: usize = 1 << 20;

/// What Talos of `version`, as `v1.13.9`, would not take of a text: of its documents, and of patches that stand in
/// other documents as a text. Where the version is not known, what no version would take.
pub(crate) fn of_talos(text: &str, version: Option<&str>) -> Vec<Diagnosis> {
    let minor = version.and_then(talos::minor);
    let Some(documents) = read_well(text) else { return Vec::new() };
    let mut found = held(text, &documents, minor);
    for scalar in documents.iter().flat_map(|it| &it.scalars).filter(|it| talos::may_hold(it)) {
        found.extend(within(text, scalar, minor).into_iter().flatten());
    }
    found.sort_by_key(|it| (it.line, it.column));
    found
}

/// The documents of a text, each against its kind.
fn held(text: &str, documents: &[Document], minor: Option<u16>) -> Vec<Diagnosis> {
    let roots: Vec<_> = documents.iter().map(|it| talos::root(it, minor)).collect();
    let mut found = check(text, &roots);
    for (kind, says) in documents.iter().filter_map(|it| talos::unheard_of(it, minor)) {
        let before = text.get(..kind.start as usize).unwrap_or_default();
        let column = before.chars().rev().take_while(|it| *it != '\n').count();
        let column = u32::try_from(column + 1).unwrap_or(u32::MAX);
        found.push(Diagnosis { line: kind.line, column, verdict: Verdict::Bad, says });
    }
    found
}

/// What is to be said of the documents that are the text of a value.
fn within(text: &str, scalar: &Scalar, minor: Option<u16>) -> Option<Vec<Diagnosis>> {
    let (documents, first) = (read_well(&scalar.value)?, scalar.value.lines().next()?);
    // The value begins in the line of its mark or in the one below.
    let mut lines = text.lines().enumerate().skip(scalar.line.saturating_sub(1) as usize).take(2);
    let (above, line) = lines.find(|(_, it)| it.trim_start() == first.trim_start())?;
    let letters = |it: &str| it.chars().count();
    let indent = u32::try_from(letters(line).checked_sub(letters(first))?).ok()?;
    let above = u32::try_from(above).ok()?;
    let moved = |it: Diagnosis| Diagnosis { line: it.line + above, column: it.column + indent, ..it };
    Some(held(&scalar.value, &documents, minor).into_iter().map(moved).collect())
}

/// Which group and version each document of a text is of, as `apps/v1`, without Talos's own.
pub(crate) fn versions(text: &str) -> Vec<String> {
    let mut found: Vec<String> = read_well(text)
        .into_iter()
        .flatten()
        .filter(|it| it.value("kind").is_some())
        .filter_map(|it| it.value("apiVersion").map(ToOwned::to_owned))
        .filter(|it| it != talos::API_VERSION && !open_api::is_read_by_tools_alone(it))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// What the API server would not take of a text: fields that its kinds do not have, and values of another shape.
pub(crate) fn of_kubernetes(text: &str, kinds: &[std::sync::Arc<Kinds>]) -> Vec<Diagnosis> {
    let Some(documents) = read_well(text) else { return Vec::new() };
    let roots: Vec<Option<Root<'_>>> =
        documents.iter().map(|it| kinds.iter().find_map(|kinds| kinds.root(it))).collect();
    check(text, &roots)
}

/// The documents of a text; none where it does not read, which is said elsewhere.
fn read_well(text: &str) -> Option<Vec<Document>> {
    // A value that is still to be filled in reads as something else than it will be.
    let judged = text.len() <= LONGEST && !is_template(text);
    judged.then(|| documents(text).ok()).flatten()
}
