//! What can be said of a draft before it is committed, and the rule that a commit must keep: only the values that
//! were meant to differ do.

use super::failure::GitFailure;
use super::open::Opened;
use super::read;
use super::source_map::is_locked;
use crate::yaml::{self, YamlFault};
use domain::{Check, Draft, DraftFile, RepoPath, Verdict};

/// Places with the old value that are told.
const PLACES: usize = 4;
/// Files larger than this are not searched.
const LARGE: usize = 1024 * 1024;

/// Why a file may not be committed as the draft has it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("{path} does not read as YAML as it was: {fault}")]
    Before { path: String, fault: YamlFault },
    #[error("{path} would not read as YAML: {fault}")]
    After { path: String, fault: YamlFault },
    #[error("{path}: {others} other than the edited values would change")]
    Others { path: String, others: String },
    #[error("{path} would not change")]
    Nothing { path: String },
    #[error("{path} is locked by SOPS: a change by hand would break its seal")]
    Locked { path: String },
}

/// The rule: read again, `body` differs from `before` in the values the draft names and in no other.
/// Answers how many values differ.
pub(super) fn fit(before: &str, file: &DraftFile) -> Result<usize, Unfit> {
    let path = || file.path.0.clone();
    if is_locked(before) {
        return Err(Unfit::Locked { path: path() });
    }
    let Some(body) = file.body.as_deref().filter(|it| *it != before) else {
        return Err(Unfit::Nothing { path: path() });
    };
    let one = yaml::documents(before).map_err(|fault| Unfit::Before { path: path(), fault })?;
    let other = yaml::documents(body).map_err(|fault| Unfit::After { path: path(), fault })?;
    let found = yaml::differences(&one, &other);
    let meant = |it: &yaml::Difference| {
        file.edits.iter().any(|edit| {
            (edit.document as usize, edit.field.as_str()) == (it.0, it.1.as_str())
                && it.2.as_deref() == Some(&edit.before)
                && it.3.as_deref() == Some(&edit.after)
        })
    };
    let others: Vec<&str> = found.iter().filter(|it| !meant(it)).map(|it| it.1.as_str()).take(3).collect();
    if !others.is_empty() || found.len() != file.edits.len() {
        let others = if others.is_empty() { "other values".to_owned() } else { others.join(", ") };
        return Err(Unfit::Others { path: path(), others });
    }
    Ok(found.len())
}

/// Look at a draft as a careful colleague would.
pub(super) fn checks(opened: &Opened, draft: &Draft) -> Result<Vec<Check>, GitFailure> {
    let base = read::id(&draft.base)?;
    let mut checks = Vec::new();
    let mut differ = 0;
    for file in &draft.files {
        let Some(before) = read::blob(opened, base, &file.path)? else {
            checks.push(Check::of(Verdict::Bad, format!("{} is not in the base commit", file.path)));
            continue;
        };
        match fit(&before.text, file) {
            Ok(count) => differ += count,
            Err(unfit) => checks.push(Check::of(Verdict::Bad, unfit.to_string())),
        }
    }
    if checks.is_empty() && differ > 0 {
        let values =
            if differ == 1 { "1 value differs".to_owned() } else { format!("{differ} values differ") };
        checks.push(Check::of(Verdict::Good, format!("reads as YAML, only {values}")));
        checks.push(base_check(opened, draft, base)?);
    }
    for (path, line, value) in left_behind(opened, draft, base)? {
        let says = format!("{path}:{line} still says {value}");
        checks.push(Check { verdict: Verdict::Note, says, place: Some((path, line)) });
    }
    Ok(checks)
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
    use domain::ScalarEdit;

    fn file(body: &str, field: &str, before: &str, after: &str) -> DraftFile {
        let edit =
            ScalarEdit { document: 0, field: field.into(), before: before.into(), after: after.into() };
        DraftFile { path: RepoPath("a.yaml".into()), body: Some(body.into()), edits: vec![edit] }
    }

    #[test]
    fn exactly_the_edited_value_may_differ() {
        let before = "a: v1 # keep\nb: 2\n";
        assert_eq!(fit(before, &file("a: v2 # keep\nb: 2\n", "a", "v1", "v2")), Ok(1));
        assert!(matches!(fit(before, &file("a: v2\nb: 3\n", "a", "v1", "v2")), Err(Unfit::Others { .. })));
        assert!(matches!(fit(before, &file("a: v1\nb: 2\n", "a", "v1", "v2")), Err(Unfit::Others { .. })));
        assert!(matches!(fit(before, &file(before, "a", "v1", "v2")), Err(Unfit::Nothing { .. })));
        assert!(matches!(fit(before, &file("a: [v2\nb: 2\n", "a", "v1", "v2")), Err(Unfit::After { .. })));
        assert!(matches!(
            fit("a: ENC[x]\nsops: {}\n", &file("a: 1", "a", "x", "1")),
            Err(Unfit::Locked { .. })
        ));
    }

    #[test]
    fn a_value_is_found_as_a_whole_only() {
        assert!(says_whole("KUBECTL := kubectl:v1.35.0", "v1.35.0"));
        assert!(says_whole("up to v1.35.0.", "v1.35.0"));
        assert!(!says_whole("v1.35.01", "v1.35.0"));
        assert!(!says_whole("v1.35.0.1", "v1.35.0"));
        assert!(!says_whole("xv1.35.0", "v1.35.0"));
    }
}
