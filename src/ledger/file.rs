//! Writing the ledger: every order before it is given, every outcome after. Append-only, private, without contents.

use super::{chain, rolls};
use domain::{Order, OrderId, Outcome, Progress};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub struct LedgerFile {
    /// None where there is no folder for state; then orders are not refused, only not remembered.
    file: Option<File>,
    /// Tells the orders of one start from those of another: they are counted from 1 in each.
    run: String,
    who: String,
}

/// Where the ledger is.
pub(super) fn path(state_dir: &Path) -> PathBuf {
    state_dir.join("ledger.jsonl")
}

impl LedgerFile {
    /// Open `ledger.jsonl` in the state folder, making both private.
    pub fn open(state_dir: Option<&Path>) -> io::Result<Self> {
        let file = match state_dir {
            Some(dir) => {
                fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
                Some(OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(path(dir))?)
            }
            None => None,
        };
        let who = ["USER", "LOGNAME"].iter().find_map(|it| std::env::var(it).ok()).unwrap_or_default();
        Ok(Self { file, run: format!("{}-{}", Timestamp::now().as_millisecond(), std::process::id()), who })
    }

    pub fn begins(&mut self, id: OrderId, order: &Order) -> io::Result<()> {
        let what = match order {
            Order::Commit(draft) => json!({
                "commit": draft.files.iter().map(|it| it.path.0.as_str()).collect::<Vec<_>>(),
                "base": draft.base.0, "message": draft.message,
            }),
            Order::Push { commit, branch } => json!({ "push": commit.0, "branch": branch.0 }),
            Order::Propose { commit, onto, .. } => json!({ "propose": commit.0, "onto": onto.0 }),
            Order::Refresh { object } => json!({ "refresh": object.to_string() }),
            Order::Sync { object } => json!({ "sync": object.to_string() }),
            Order::Apply { approval, step } => rolls::apply(approval.plan(), step),
        };
        self.write(id, "begins", what)
    }

    pub fn ends(&mut self, id: OrderId, outcome: &Outcome) -> io::Result<()> {
        let what = match outcome {
            Outcome::Committed { commit, paths } => {
                let paths: Vec<&str> = paths.iter().map(|it| it.0.as_str()).collect();
                json!({ "committed": commit.0, "paths": paths })
            }
            Outcome::Proposed { commit, proposal, .. } => json!({
                "proposed": commit.0, "branch": proposal.branch.0, "onto": proposal.onto.0, "url": proposal.url,
            }),
            Outcome::Closed { commit, branch, why } => {
                json!({ "closed": branch.0, "commit": commit.0, "why": why })
            }
            Outcome::Overtaken { branch } => json!({ "overtaken": branch.0 }),
            Outcome::Pushed { commit, branch, .. } => json!({ "pushed": commit.0, "branch": branch.0 }),
            Outcome::Asked { object, words } => json!({ "asked": object.to_string(), "what": words }),
            Outcome::Applied(receipt) => rolls::applied(receipt),
            Outcome::Stopped(stopped) => rolls::stopped(stopped),
            Outcome::Refused(refusal) => json!({ "refused": refusal.why }),
        };
        self.write(id, "ends", what)
    }

    /// A step of an order, as it is taken.
    pub fn tells(&mut self, id: OrderId, progress: &Progress) -> io::Result<()> {
        match rolls::progress(progress) {
            Some(line) => self.write(id, "tells", line),
            None => Ok(()),
        }
    }

    /// All of it.
    pub(super) fn text(&mut self) -> io::Result<String> {
        let Some(file) = &mut self.file else { return Ok(String::new()) };
        file.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// One line behind the last one, on disk before this returns. Another cockpit may write in between: the end is
    /// looked at again each time, with the file locked.
    fn write(&mut self, id: OrderId, how: &str, what: Value) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.lock()?;
        let written = append(file, |before| {
            let mut entry = serde_json::Map::new();
            entry.insert("at".into(), Timestamp::now().to_string().into());
            entry.insert("who".into(), self.who.clone().into());
            entry.insert("run".into(), self.run.clone().into());
            entry.insert("order".into(), id.0.into());
            entry.insert(how.into(), what);
            chain::bound(entry, before)
        });
        file.unlock()?;
        written
    }
}

fn append(file: &mut File, line: impl FnOnce(Option<&str>) -> String) -> io::Result<()> {
    let end = tail(file)?;
    // A line that a crash cut short stays alone, so that the next one can be read.
    let torn = if end.is_empty() || end.ends_with('\n') { "" } else { "\n" };
    let before = end.lines().rev().find_map(chain::hash_of);
    file.write_all(format!("{torn}{}\n", line(before.as_deref())).as_bytes())?;
    file.sync_data()
}

/// The end of the file, with at least one whole line of the ledger where it has one.
fn tail(file: &mut File) -> io::Result<String> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut size = 8 * 1024;
    loop {
        let from = length.saturating_sub(size);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        Read::take(&mut *file, length - from).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if from == 0 || text.lines().skip(1).any(|line| chain::hash_of(line).is_some()) {
            return Ok(text);
        }
        size *= 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::chain::{Verified, verify};
    use domain::{BranchName, CommitId};

    fn push(commit: &str) -> Order {
        Order::Push { commit: CommitId(commit.into()), branch: BranchName("main".into()) }
    }

    #[test]
    fn two_cockpits_write_one_chain_and_a_torn_line_does_not_break_it() {
        let dir = tempfile::tempdir().unwrap();
        let (mut one, mut other) =
            (LedgerFile::open(Some(dir.path())).unwrap(), LedgerFile::open(Some(dir.path())).unwrap());
        one.begins(OrderId(1), &push("a")).unwrap();
        other.begins(OrderId(1), &push(&"b".repeat(20_000))).unwrap();
        let mut torn = OpenOptions::new().append(true).open(path(dir.path())).unwrap();
        torn.write_all(b"{\"order\":2,\"beg").unwrap();
        let refused = domain::Refusal { why: "no".into(), hint: None };
        one.ends(OrderId(1), &Outcome::Refused(refused)).unwrap();
        let text = fs::read_to_string(path(dir.path())).unwrap();
        assert!(matches!(verify(&text), Verified::Whole { lines: 3, torn, .. } if torn == [3]), "{text}");
    }
}
