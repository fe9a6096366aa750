//! The journal of drafts on disk: one line for every change, as it is typed. Append-only while the cockpit runs,
//! private, on the disk itself at every pause, and read again at the next start, whatever ended the last.

use app::DraftRecord;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

#[derive(Debug, Default)]
pub struct Journal {
    /// None where there is no folder for state; then drafts live as long as the cockpit.
    file: Option<File>,
    /// Something was written that may not be on the disk itself yet.
    unsynced: bool,
}

/// From this length on, in bytes, a journal is written anew at the start: without what came of it.
const LONG: usize = 1024 * 1024;

impl Journal {
    /// Open `drafts/drafts.jsonl` in the state folder and read what it holds: the last state of each draft. A line
    /// that was cut short by a crash is passed over.
    pub fn open(state_dir: Option<&Path>) -> io::Result<(Self, Vec<DraftRecord>)> {
        let Some(dir) = state_dir.map(|it| it.join("drafts")) else {
            return Ok((Self::default(), Vec::new()));
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        let path = dir.join("drafts.jsonl");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(err) if err.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(err) => return Err(err),
        };
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().filter_map(|line| serde_json::from_str::<DraftRecord>(line).ok());
        let records: Vec<DraftRecord> = app::last(lines);
        if text.len() > LONG {
            shorten(&dir, &path, bytes.len(), &records)?;
        }
        let mut file = held(&path)?;
        if !text.is_empty() && !text.ends_with('\n') {
            // The torn line stays alone, so that the next one can be read.
            file.write_all(b"\n")?;
        }
        Ok((Self { file: Some(file), unsynced: false }, records))
    }

    /// Write one line. It is in the hands of the system before this returns, so a killed cockpit loses no key.
    pub fn keep(&mut self, record: &DraftRecord) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let line = serde_json::to_string(record)?;
        file.write_all(format!("{line}\n").as_bytes())?;
        self.unsynced = true;
        Ok(())
    }

    /// Have what was written reach the disk itself, off the loop: for a pause in the typing.
    pub fn pause(&mut self) {
        if !std::mem::take(&mut self.unsynced) {
            return;
        }
        if let Some(file) = self.file.as_ref().and_then(|it| it.try_clone().ok()) {
            tokio::task::spawn_blocking(move || file.sync_data());
        }
    }
}

/// The journal, open to write at its end and held as one that somebody writes to.
fn held(path: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        file.lock_shared()?;
        // Another may just have been put in its place.
        if fs::metadata(path).is_ok_and(|it| it.ino() == file.metadata().map_or(0, |it| it.ino())) {
            return Ok(file);
        }
    }
}

/// Put a journal in place of a long one, whole or not at all; and not where another cockpit writes to it, or has since
/// so many bytes of it were read.
fn shorten(dir: &Path, path: &Path, read: usize, records: &[DraftRecord]) -> io::Result<()> {
    let old = File::open(path)?;
    if old.try_lock().is_err() || old.metadata()?.len() != read as u64 {
        return Ok(());
    }
    let mut file =
        tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o600)).tempfile_in(dir)?;
    for record in records {
        writeln!(file, "{}", serde_json::to_string(record)?)?;
    }
    file.as_file().sync_data()?;
    file.persist(path).map(|_| ()).map_err(|err| err.error)
}

#[cfg(test)]
mod tests {
    use super::*;
    fn record(id: u64, after: &str) -> DraftRecord {
        let text = format!(
            r#"{{"id":{id},"draft":{{"repository":"/r","base":"c0","path":"a.yaml","message":null,"commit":null,
            "value":{{"object":["g","K","ns","n"],"document":0,"field":"spec.version","line":7,"start":1,"end":2,
            "quotes":"plain","before":"1","after":"{after}","cursor":1}}}}}}"#
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
        journal.keep(&DraftRecord { id: 2, draft: None, typed: None }).unwrap();
        let path = dir.path().join("drafts/drafts.jsonl");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
        torn.write_all(b"{\"id\":1,\"dra").unwrap();
        let (mut journal, held) = Journal::open(Some(dir.path())).unwrap();
        assert_eq!(held, [record(1, "3")]);
        journal.keep(&record(1, "4")).unwrap();
        assert_eq!(Journal::open(Some(dir.path())).unwrap().1, [record(1, "4")]);
    }

    #[test]
    fn a_long_journal_is_written_anew_and_holds_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(Some(dir.path())).unwrap();
        let long = "x".repeat(LONG / 4);
        (0..6).for_each(|it| journal.keep(&record(1, &format!("{long}{it}"))).unwrap());
        let path = dir.path().join("drafts/drafts.jsonl");
        let before = fs::metadata(&path).unwrap().len();
        let other = Journal::open(Some(dir.path())).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), before, "one that is written to is left alone");
        drop((journal, other));
        let held = Journal::open(Some(dir.path())).unwrap().1;
        assert_eq!(held, [record(1, &format!("{long}5"))]);
        assert!(fs::metadata(&path).unwrap().len() < before / 4);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Journal::open(Some(dir.path())).unwrap().1, held);
    }
}
