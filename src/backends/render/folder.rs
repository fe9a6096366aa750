//! The private folder that a renderer works in: an export of the tree, a home of its own, a place for what it
//! writes. It is removed whatever happens; one that a killed cockpit left behind is removed by the next.

use crate::git::{Leaf, Tree};
use std::fs;
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

const PREFIX: &str = "pilothouse-render-";
/// One that was just made may not have its lock yet.
const YOUNG: Duration = Duration::from_secs(300);

/// Only its owner may look into it. Gone when this is dropped.
pub(super) struct Folder {
    dir: tempfile::TempDir,
    /// Held as long as it is: the next cockpit tells by it whose folder is nobody's any more.
    _lock: fs::File,
}

impl Folder {
    pub(super) fn make() -> io::Result<Self> {
        // In memory where the system has such a place for its users: what is rendered is secret.
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let place = runtime.filter(|it| it.is_absolute() && it.is_dir()).unwrap_or_else(std::env::temp_dir);
        sweep(&place);
        let dir = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(place)?;
        let lock = fs::File::open(dir.path())?;
        lock.lock_shared()?;
        for name in ["tree", "home", "out"] {
            fs::create_dir(dir.path().join(name))?;
        }
        Ok(Self { dir, _lock: lock })
    }

    pub(super) fn tree(&self) -> PathBuf {
        self.dir.path().join("tree")
    }

    pub(super) fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub(super) fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    /// Write the tree: folders, then files, then links, so that nothing is ever written through a link. One that leads
    /// out of the tree, or nowhere, is left out.
    pub(super) fn export(&self, tree: &Tree) -> io::Result<()> {
        let root = self.tree();
        for (path, _) in tree.leaves() {
            if let Some(parent) = root.join(&path.0).parent() {
                fs::create_dir_all(parent)?;
            }
        }
        for (path, leaf) in tree.leaves() {
            if let Leaf::File { executable, bytes } = leaf {
                let mode = if *executable { 0o700 } else { 0o600 };
                let mut file = fs::OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(mode)
                    .open(root.join(&path.0))?;
                io::Write::write_all(&mut file, bytes)?;
            }
        }
        for (path, leaf) in tree.leaves() {
            if let Leaf::Link(target) = leaf
                && stays_inside(&path.0, target)
            {
                std::os::unix::fs::symlink(target, root.join(&path.0))?;
            }
        }
        Ok(())
    }
}

/// Whether a link at `path` leads to somewhere within the tree. What it goes down into may be a link itself: going up
/// from there is going up from an unknown place.
fn stays_inside(path: &str, target: &str) -> bool {
    if target.is_empty() || target.contains('\0') {
        return false;
    }
    let depth = path.matches('/').count();
    let (mut up, mut down) = (0, false);
    for step in Path::new(target).components() {
        match step {
            Component::Normal(_) => down = true,
            Component::CurDir => {}
            Component::ParentDir if down || up == depth => return false,
            Component::ParentDir => up += 1,
            Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}

/// Remove what cockpits that are no more have left. A process id would not tell: it is given anew, and is another's in
/// another container with the same place.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let old = || entry.metadata().ok()?.modified().ok()?.elapsed().ok().map(|it| it > YOUNG);
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && old() == Some(true) {
            remove_left(&entry.path());
        }
    }
}

/// Remove it where nobody holds its lock.
fn remove_left(folder: &Path) {
    if fs::File::open(folder).is_ok_and(|it| it.try_lock().is_ok()) {
        // Another's folder refuses, and is another's to remove.
        let _ = fs::remove_dir_all(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_within_the_tree() {
        for (path, target) in [("a/b/link", "../c"), ("link", "./a/b"), ("a/b/link", "../../c/d")] {
            assert!(stays_inside(path, target), "{path} -> {target}");
        }
        for (path, target) in [
            ("a/link", "../../etc/passwd"),
            ("link", "/etc/passwd"),
            ("link", "a/../../etc"),
            ("a/b/link", "x/../.."),
            ("link", ""),
            ("link", "a\0b"),
        ] {
            assert!(!stays_inside(path, target), "{path} -> {target}");
        }
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        // A tree that no `git add` makes: a link, and a file below it.
        let outside = tempfile::tempdir().unwrap();
        let folder = Folder::make().unwrap();
        let tree = Tree::of(&[("d/l", "-> .."), ("d", "-> .")]);
        assert!(folder.export(&tree).is_err());
        assert!(!folder.tree().join("l").is_symlink(), "it would lead out of the tree");
        let (folder, at) = (Folder::make().unwrap(), format!("-> {}", outside.path().display()));
        folder.export(&Tree::of(&[("a", &at), ("b", "-> "), ("c", "-> d"), ("d", "x: 1\n")])).unwrap();
        assert!(!folder.tree().join("a").exists() && !folder.tree().join("b").exists());
        assert_eq!(fs::read_to_string(folder.tree().join("c")).unwrap(), "x: 1\n");
    }

    #[test]
    fn it_is_private_and_goes_with_its_owner() {
        let folder = Folder::make().unwrap();
        let path = folder.dir.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        folder.export(&Tree::of(&[("a/b.sh", "#!/bin/sh\n"), ("c.yaml", "x: 1\n")])).unwrap();
        assert_eq!(fs::read_to_string(folder.tree().join("c.yaml")).unwrap(), "x: 1\n");
        assert_eq!(fs::metadata(folder.tree().join("a/b.sh")).unwrap().permissions().mode() & 0o777, 0o700);
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
    }
}
