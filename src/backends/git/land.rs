//! A draft's files as they would be on top of the branch's tip, or why one of them cannot be. The same is asked by the
//! checks and by the commit, so that what was previewed is what is built.

use super::failure::GitFailure;
use super::open::Opened;
use super::read::{self, Blob};
use super::unfit::Unfit;
use super::{forward, path, seal};
use crate::yaml;
use domain::{Draft, DraftFile, RepoPath};
use gix::ObjectId;
use gix::object::tree::EntryKind;

/// One file on top of the tip.
#[derive(Debug)]
pub(super) struct Landed {
    pub path: RepoPath,
    /// As the tip has it; none where it is new.
    pub before: Option<String>,
    /// As it shall be; none where it shall be gone.
    pub after: Option<String>,
    pub kind: EntryKind,
    /// How many values differ; none where it was edited as text.
    pub values: Option<usize>,
}

/// One file of a draft, with what is needed to judge it.
pub(super) struct Lander<'a> {
    pub opened: &'a Opened,
    pub draft: &'a Draft,
    pub base: ObjectId,
    pub tip: ObjectId,
}

impl<'a> Lander<'a> {
    pub fn new(opened: &'a Opened, draft: &'a Draft) -> Result<Self, GitFailure> {
        Ok(Self { opened, draft, base: read::id(&draft.base)?, tip: opened.tip()? })
    }

    /// Every file, in the order of the draft.
    pub fn all(&self) -> Vec<Result<Landed, Unfit>> {
        self.draft.files.iter().map(|file| self.one(file)).collect()
    }

    fn one(&self, file: &DraftFile) -> Result<Landed, Unfit> {
        path::fit(&file.path)?;
        if self.draft.files.iter().filter(|it| it.path == file.path).count() > 1 {
            return Err(Unfit::Twice { path: file.path.clone() });
        }
        let before = read::blob(self.opened, self.base, &file.path)?;
        let now = match before {
            Some(_) => read::blob(self.opened, self.tip, &file.path)?,
            None => None,
        };
        match (before, now, &file.body) {
            (None, _, Some(body)) if file.edits.is_empty() => self.create(file, body),
            (None, ..) => Err(Unfit::NotInBase { path: file.path.clone() }),
            (Some(_), None, None) => Err(Unfit::Nothing { path: file.path.clone() }),
            (Some(_), None, Some(_)) => {
                Err(Unfit::Gone { path: file.path.clone(), branch: self.opened.branch.0.clone() })
            }
            (Some(before), Some(now), None) => self.delete(file, &before, now),
            (Some(before), Some(now), Some(body)) => self.change(file, &before, now, body),
        }
    }

    fn create(&self, file: &DraftFile, body: &str) -> Result<Landed, Unfit> {
        let path = &file.path;
        let tree = self.opened.commit(self.tip)?.tree().map_err(GitFailure::read)?;
        let at = |path: &str| tree.lookup_entry_by_path(path).map_err(GitFailure::read);
        if at(&path.0)?.is_some() {
            return Err(Unfit::Exists { path: path.clone(), branch: self.opened.branch.0.clone() });
        }
        let drafted = |at: &str| self.draft.files.iter().find(|it| it.path.0 == at);
        for (end, _) in path.0.match_indices('/') {
            let folder = &path.0[..end];
            let is_file = match drafted(folder) {
                Some(drafted) => drafted.body.is_some(),
                None => at(folder)?.is_some_and(|it| !it.mode().is_tree()),
            };
            if is_file {
                return Err(Unfit::Under { path: path.clone(), file: folder.to_owned() });
            }
        }
        reads_well(path, None, body)?;
        Ok(Landed {
            path: path.clone(),
            before: None,
            after: Some(body.to_owned()),
            kind: self.kind_of_new(body)?,
            values: None,
        })
    }

    /// A file that has only moved keeps its mode.
    fn kind_of_new(&self, body: &str) -> Result<EntryKind, Unfit> {
        for gone in self.draft.files.iter().filter(|it| it.body.is_none()) {
            if let Some(was) = read::blob(self.opened, self.base, &gone.path)?
                && was.text == body
            {
                return Ok(was.kind);
            }
        }
        Ok(EntryKind::Blob)
    }

    fn delete(&self, file: &DraftFile, before: &Blob, now: Blob) -> Result<Landed, Unfit> {
        if now.id != before.id {
            return Err(self.conflict(file, &before.text, "", &now.text));
        }
        Ok(Landed {
            path: file.path.clone(),
            before: Some(now.text),
            after: None,
            kind: now.kind,
            values: None,
        })
    }

    fn change(&self, file: &DraftFile, before: &Blob, now: Blob, body: &str) -> Result<Landed, Unfit> {
        let values = fit(&before.text, file)?;
        let mut after = body.to_owned();
        if now.id != before.id {
            // A seal covers the whole file: two of them cannot be merged.
            let merged = if seal::is_locked(&before.text) || seal::is_locked(&now.text) {
                None
            } else {
                merged(&before.text, body, &now.text)
            };
            after = merged.ok_or_else(|| self.conflict(file, &before.text, body, &now.text))?;
            // The same rule once more, against what is on the branch now.
            fit(&now.text, &DraftFile { body: Some(after.clone()), ..file.clone() })?;
        }
        let path = file.path.clone();
        Ok(Landed { path, before: Some(now.text), after: Some(after), kind: now.kind, values })
    }

    fn conflict(&self, file: &DraftFile, before: &str, ours: &str, theirs: &str) -> Unfit {
        Unfit::Conflict {
            path: file.path.clone(),
            branch: self.opened.branch.0.clone(),
            base: self.base.to_hex_with_len(7).to_string(),
            lines: collisions(before, ours, theirs),
        }
    }
}

/// The rule of one file: read again, a file with edits differs from `before` in the values they name and in no other,
/// and one that was edited as text reads as well as it did. Answers how many values differ, where they were named.
pub(super) fn fit(before: &str, file: &DraftFile) -> Result<Option<usize>, Unfit> {
    let path = || file.path.clone();
    let Some(body) = file.body.as_deref().filter(|it| *it != before) else {
        return Err(Unfit::Nothing { path: path() });
    };
    if !seal::may_become(before, body) || (seal::is_locked(before) && !file.edits.is_empty()) {
        return Err(Unfit::Locked { path: path() });
    }
    if before.starts_with("version https://git-lfs.github.com/spec/") {
        return Err(Unfit::Pointer { path: path() });
    }
    if file.edits.is_empty() {
        reads_well(&file.path, Some(before), body)?;
        return Ok(None);
    }
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
    Ok(Some(found.len()))
}

/// A YAML file that reads goes on reading, and a new one reads from the start. Templates are no YAML yet.
fn reads_well(path: &RepoPath, before: Option<&str>, body: &str) -> Result<(), Unfit> {
    if !path::is_yaml(path)
        || yaml::is_template(body)
        || before.is_some_and(|it| yaml::documents(it).is_err())
    {
        return Ok(());
    }
    match yaml::documents(body) {
        Ok(_) => Ok(()),
        Err(fault) => Err(Unfit::After { path: path.clone(), fault }),
    }
}

/// `ours` and `theirs`, both made from `base`, as one; none where both changed the same place.
pub(super) fn merged(base: &str, ours: &str, theirs: &str) -> Option<String> {
    forward::merged(base, ours, theirs).ok()
}

/// The lines of `theirs`, from 1, where both sides changed the same place.
pub(super) fn collisions(base: &str, ours: &str, theirs: &str) -> Vec<u32> {
    let changes = |other: &str| {
        let diff = similar::TextDiff::from_lines(base, other);
        let ops = diff.ops().iter().filter(|it| it.tag() != similar::DiffTag::Equal);
        ops.map(|it| (it.old_range(), it.new_range())).collect::<Vec<_>>()
    };
    let here = changes(ours);
    let touches = |there: &std::ops::Range<usize>| {
        here.iter().any(|(it, _)| it.start <= there.end && there.start <= it.end)
    };
    let there = changes(theirs).into_iter().filter(|(old, _)| touches(old));
    there.map(|(_, new)| u32::try_from(new.start + 1).unwrap_or(u32::MAX)).collect()
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

    fn text(body: &str) -> DraftFile {
        DraftFile { path: RepoPath("a.yaml".into()), body: Some(body.into()), edits: Vec::new() }
    }

    #[test]
    fn exactly_the_edited_value_may_differ() {
        let before = "a: v1 # keep\nb: 2\n";
        assert!(matches!(fit(before, &file("a: v2 # keep\nb: 2\n", "a", "v1", "v2")), Ok(Some(1))));
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
    fn a_text_that_read_goes_on_reading() {
        assert!(matches!(fit("a: 1\n", &text("b: 2\r\nc: 3")), Ok(None)));
        assert!(
            matches!(fit("a: 1\n", &text("a: [1\n")), Err(Unfit::After { fault, .. }) if fault.column > 0)
        );
        assert!(matches!(fit("a: [1\n", &text("a: [2\n")), Ok(None)), "it did not read before");
        assert!(matches!(fit("a: 1\n", &text("{{ if x }}\na: {{ y }}: 1\n")), Ok(None)), "a template");
        assert!(matches!(fit("a: 1\n", &text("a: 1\n")), Err(Unfit::Nothing { .. })));
        assert!(matches!(
            fit("version https://git-lfs.github.com/spec/v1\noid x\n", &text("a: 1\n")),
            Err(Unfit::Pointer { .. })
        ));
    }

    #[test]
    fn changes_in_different_places_are_merged() {
        let base = "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\n";
        let ours = base.replace("a: 1", "a: 2");
        assert_eq!(
            merged(base, &ours, &base.replace("e: 1", "e: 3")).unwrap(),
            "a: 2\nb: 1\nc: 1\nd: 1\ne: 3\n"
        );
        assert_eq!(merged(base, &ours, &base.replace("a: 1", "a: 3")), None);
        let theirs = format!("# new\n{}", base.replace("c: 1", "c: 3"));
        assert_eq!(collisions(base, &base.replace("c: 1", "c: 2"), &theirs), [4]);
    }

    #[test]
    fn bytes_stay_as_they_were_written() {
        let base = "\u{feff}a: 1\r\nb: 1\r\nc: 1\r\nd: 1";
        let ours = base.replace("a: 1", "a: 2");
        let theirs = base.replace("d: 1", "d: 2");
        assert_eq!(merged(base, &ours, &theirs).unwrap(), "\u{feff}a: 2\r\nb: 1\r\nc: 1\r\nd: 2");
    }
}
