//! A folder that only its owner may look into. It is removed whatever happens; one that a killed cockpit left behind
//! is removed by the next.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PREFIX: &str = "pilothouse-private-";
/// One that was just made may not have its lock yet.
const YOUNG: Duration = Duration::from_secs(300);

/// Gone when this is dropped.
#[derive(Debug)]
pub struct PrivateFolder {
    dir: tempfile::TempDir,
    /// Held as long as it is: the next cockpit tells by it whose folder is nobody's any more.
    _lock: fs::File,
}

impl PrivateFolder {
    /// In memory where the system has such a place for its users: what is put into it is secret.
    pub fn make() -> io::Result<Self> {
        let place = place();
        sweep(&place);
        let private = fs::Permissions::from_mode(0o700);
        let dir = tempfile::Builder::new().prefix(PREFIX).permissions(private).tempdir_in(place)?;
        let lock = fs::File::open(dir.path())?;
        lock.lock_shared()?;
        Ok(Self { dir, _lock: lock })
    }

    /// Remove what killed cockpits have left, before anything else is done.
    pub fn sweep() {
        sweep(&place());
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

fn place() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    runtime.filter(|it| it.is_absolute() && it.is_dir()).unwrap_or_else(std::env::temp_dir)
}

/// Remove what cockpits that are no more have left. A process id would not tell: it is given anew, and is another's in
/// another container with the same place.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        // Of the entry itself: what it leads to is not asked.
        let folder = entry.metadata().ok().filter(fs::Metadata::is_dir);
        let old = || folder?.modified().ok()?.elapsed().ok().map(|it| it > YOUNG);
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && old() == Some(true) {
            remove_left(&entry.path());
        }
    }
}

/// Remove it where nobody holds its lock.
fn remove_left(folder: &Path) {
    // What is no folder by now is not opened: a pipe would wait for whoever writes to it.
    if fs::File::open(folder.join(".")).is_ok_and(|it| it.try_lock().is_ok()) {
        // Another's folder refuses, and is another's to remove.
        let _ = fs::remove_dir_all(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_private_and_goes_with_its_owner() {
        let folder = PrivateFolder::make().unwrap();
        let path = folder.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        remove_left(&path);
        assert!(path.exists(), "its owner is there");
        drop(folder);
        assert!(!path.exists());
        let left = tempfile::tempdir().unwrap();
        let path = left.path().join(format!("{PREFIX}x"));
        fs::create_dir(&path).unwrap();
        sweep(left.path());
        assert!(path.exists(), "it may have been made just now");
        remove_left(&path);
        assert!(!path.exists(), "nobody's any more");
        let pipe = left.path().join(format!("{PREFIX}pipe"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        remove_left(&pipe);
        assert!(pipe.exists(), "what is no folder is left alone, and nobody waits for it");
    }
}
