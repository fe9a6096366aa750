//! What can be said of a draft before it is committed.

use super::failure::GitFailure;
use super::guard::{self, Tree};
use super::land::{Landed, Lander};
use super::open::Opened;
use super::{changes, path, read};
use crate::yaml;
use domain::{Check, Draft, RepoPath, ValueChange, Verdict};

/// Places with the old value that are told.
const PLACES: usize = 4;
/// Files larger than this are not searched.
const LARGE: usize = 1024 * 1024;

/// Look at a draft as a careful colleague would.
pub(super) fn checks(opened: &Opened, draft: &Draft) -> Result<(Vec<Check>, Vec<ValueChange>), GitFailure> {
    let lander = Lander::new(opened, draft)?;
    let (mut checks, mut landed) = (Vec::new(), Vec::new());
    for file in lander.all() {
        match file {
            Ok(file) => landed.push(file),
            Err(unfit) => checks.push(unfit.check()),
        }
    }
    if checks.is_empty() {
        checks.extend(shapes(&landed));
        checks.push(base_check(opened, draft, lander.base)?);
    }
    checks.extend(guard::checks(&Tree { opened, tip: lander.tip, landed: &landed })?);
    checks.extend(landed.iter().flat_map(introduced));
    for (path, line, value) in left_behind(opened, draft, lander.base)? {
        let says = format!("{path}:{line} still says {value}");
        checks.push(Check { verdict: Verdict::Note, says, place: Some((path, line)) });
    }
    Ok((checks, changes::of(&landed)))
}

/// In which way the files change.
fn shapes(landed: &[Landed]) -> Vec<Check> {
    let mut checks = Vec::new();
    let differ: usize = landed.iter().filter_map(|it| it.values).sum();
    if differ > 0 {
        let values =
            if differ == 1 { "1 value differs".to_owned() } else { format!("{differ} values differ") };
        checks.push(Check::of(Verdict::Good, format!("reads as YAML, only {values}")));
    }
    for file in landed.iter().filter(|it| it.values.is_none()) {
        let path = &file.path;
        let (verdict, says) = match (&file.before, &file.after) {
            (_, None) => (Verdict::Good, format!("{path} is deleted")),
            (before, Some(after)) => {
                let how = if before.is_none() { "is new" } else { "is edited as text" };
                match path::is_yaml(path) {
                    false => (Verdict::Good, format!("{path} {how}")),
                    true if yaml::documents(after).is_ok() => {
                        (Verdict::Good, format!("{path} {how} and reads as YAML"))
                    }
                    true if yaml::is_template(after) => (
                        Verdict::Note,
                        format!("{path} {how}; it is a template, no YAML yet, and was not read"),
                    ),
                    true => (Verdict::Note, format!("{path} {how}; it does not read as YAML, as before")),
                }
            }
        };
        checks.push(Check::of(verdict, says));
    }
    checks
}

/// What a text edit brings in that readers may take for something else, or that stands twice.
fn introduced(file: &Landed) -> Vec<Check> {
    let Some(after) = file.after.as_deref().filter(|_| path::is_yaml(&file.path) && file.values.is_none())
    else {
        return Vec::new();
    };
    let mut known: Vec<String> = file
        .before
        .as_deref()
        .map(yaml::diagnose)
        .unwrap_or_default()
        .into_iter()
        .map(|it| it.says)
        .collect();
    let fresh = yaml::diagnose(after).into_iter().filter(|it| it.verdict == Verdict::Note && it.line > 0);
    let fresh = fresh.filter(|it| match known.iter().position(|known| *known == it.says) {
        Some(at) => {
            known.swap_remove(at);
            false
        }
        None => !yaml::is_template(after),
    });
    let check = |it: domain::Diagnosis| Check {
        verdict: Verdict::Note,
        says: format!("{}:{} {}", file.path, it.line, it.says),
        place: Some((file.path.clone(), it.line)),
    };
    fresh.map(check).take(PLACES).collect()
}

/// Whether the branch is still where the draft began.
fn base_check(opened: &Opened, draft: &Draft, base: gix::ObjectId) -> Result<Check, GitFailure> {
    let tip = opened.tip()?;
    if tip == base {
        return Ok(Check::of(Verdict::Good, format!("{} has not moved on", opened.branch.0)));
    }
    for file in &draft.files {
        let (one, other) = (read::blob(opened, base, &file.path)?, read::blob(opened, tip, &file.path)?);
        if one.map(|it| it.id) != other.map(|it| it.id) {
            let says = format!("{} changed on {} meanwhile", file.path, opened.branch.0);
            return Ok(Check::of(Verdict::Note, says));
        }
    }
    Ok(Check::of(Verdict::Good, format!("{} moved on, but not in these files", opened.branch.0)))
}

/// Other places of the repository that say what a draft does away with.
fn left_behind(
    opened: &Opened,
    draft: &Draft,
    base: gix::ObjectId,
) -> Result<Vec<(RepoPath, u32, String)>, GitFailure> {
    let telling = |it: &str| it.len() >= 5 && it.contains('.') && it.contains(|it: char| it.is_ascii_digit());
    let edits = draft.files.iter().flat_map(|file| &file.edits);
    let mut olds: Vec<&str> = edits.map(|edit| edit.before.as_str()).filter(|it| telling(it)).collect();
    olds.sort_unstable();
    olds.dedup();
    let mut found = Vec::new();
    if olds.is_empty() {
        return Ok(found);
    }
    let tree = opened.commit(base)?.tree().map_err(GitFailure::read)?;
    for entry in tree.traverse().breadthfirst.files().map_err(GitFailure::read)? {
        if !entry.mode.is_blob() {
            continue;
        }
        let path = entry.filepath.to_string();
        let drafted = draft.files.iter().find(|file| file.path.0 == path);
        let object = opened.git.find_object(entry.oid).map_err(GitFailure::read)?;
        let Ok(text) = std::str::from_utf8(&object.data) else { continue };
        let text = drafted.map_or(text, |file| file.body.as_deref().unwrap_or_default());
        if text.len() > LARGE {
            continue;
        }
        for old in &olds {
            for (at, line) in (1..).zip(text.lines()) {
                if says_whole(line, old) {
                    found.push((RepoPath(super::text::clean(&path)), at, (*old).to_owned()));
                    if found.len() >= PLACES {
                        return Ok(found);
                    }
                }
            }
        }
    }
    Ok(found)
}

/// Whether a line holds a value that is not part of a longer one.
fn says_whole(line: &str, value: &str) -> bool {
    let part = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    line.match_indices(value).any(|(at, _)| {
        let after = line[at + value.len()..].chars();
        let longer = after.clone().next() == Some('.') && part(after.clone().nth(1));
        !part(line[..at].chars().next_back()) && !part(after.clone().next()) && !longer
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_as_a_whole_only() {
        assert!(says_whole("KUBECTL := kubectl:v1.35.0", "v1.35.0"));
        assert!(says_whole("up to v1.35.0.", "v1.35.0"));
        assert!(!says_whole("v1.35.01", "v1.35.0"));
        assert!(!says_whole("v1.35.0.1", "v1.35.0"));
        assert!(!says_whole("xv1.35.0", "v1.35.0"));
    }
}
