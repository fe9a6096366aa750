//! The journal of drafts on disk: one line for every change, as it is typed. Append-only while the cockpit runs,
//! private, and read again at the next start, whatever ended the last.

use app::DraftRecord;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

#[derive(Debug, Default)]
pub struct Journal {
    /// None where there is no folder for state; then drafts live as long as the cockpit.
    file: Option<File>,
}

impl Journal {
    /// Open `drafts/drafts.jsonl` in the state folder and read what it holds: the last line of each draft. A line
    /// that was cut short by a crash is passed over.
    pub fn open(state_dir: Option<&Path>) -> io::Result<(Self, Vec<DraftRecord>)> {
        let Some(dir) = state_dir.map(|it| it.join("drafts")) else {
            return Ok((Self::default(), Vec::new()));
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        let path = dir.join("drafts.jsonl");
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(err) if err.kind() == io::ErrorKind::NotFound => String::new(),
            Err(err) => return Err(err),
        };
        let mut last = BTreeMap::new();
        for record in text.lines().filter_map(|line| serde_json::from_str::<DraftRecord>(line).ok()) {
            last.insert(record.id, record);
        }
        last.retain(|_, it| it.draft.is_some());
        let records: Vec<DraftRecord> = last.into_values().collect();
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
        if !text.is_empty() && !text.ends_with('\n') {
            // The torn line stays alone, so that the next one can be read.
            file.write_all(b"\n")?;
        }
        Ok((Self { file: Some(file) }, records))
    }

    /// Write one line. It is in the hands of the system before this returns, so a killed cockpit loses no key.
    pub fn keep(&mut self, record: &DraftRecord) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let line = serde_json::to_string(record)?;
        file.write_all(format!("{line}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn record(id: u64, after: &str) -> DraftRecord {
        let text = format!(
            r#"{{"id":{id},"draft":{{"repository":"/r","base":"c0","object":["g","K","ns","n"],"path":"a.yaml",
            "document":0,"field":"spec.version","line":7,"start":1,"end":2,"quotes":"plain","before":"1",
            "after":"{after}","cursor":1,"message":null,"commit":null}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_was_typed_is_there_again_even_after_a_torn_line() {
        let dir = tempfile::tempdir().unwrap();
        let (mut journal, held) = Journal::open(Some(dir.path())).unwrap();
        assert!(held.is_empty());
        journal.keep(&record(1, "2")).unwrap();
        journal.keep(&record(2, "x")).unwrap();
        journal.keep(&record(1, "3")).unwrap();
        journal.keep(&DraftRecord { id: 2, draft: None }).unwrap();
        let path = dir.path().join("drafts/drafts.jsonl");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
        torn.write_all(b"{\"id\":1,\"dra").unwrap();
        let (mut journal, held) = Journal::open(Some(dir.path())).unwrap();
        assert_eq!(held, [record(1, "3")]);
        journal.keep(&record(1, "4")).unwrap();
        assert_eq!(Journal::open(Some(dir.path())).unwrap().1, [record(1, "4")]);
    }
}
