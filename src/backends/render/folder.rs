//! The private folder that a renderer works in: an export of the tree, a home of its own, a place for what it
//! writes. It is removed whatever happens; one that a killed cockpit left behind is removed by the next.

use crate::git::{Leaf, Tree};
use std::fs;
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

const PREFIX: &str = "pilothouse-render-";

/// Only its owner may look into it. Gone when this is dropped.
pub(super) struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    pub(super) fn make() -> io::Result<Self> {
        // In memory where the system has such a place for its users: what is rendered is secret.
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let place = runtime.filter(|it| it.is_absolute() && it.is_dir()).unwrap_or_else(std::env::temp_dir);
        sweep(&place);
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let dir = tempfile::Builder::new()
            .prefix(&prefix)
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(place)?;
        for name in ["tree", "home", "out"] {
            fs::create_dir(dir.path().join(name))?;
        }
        Ok(Self { dir })
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

    /// Write the tree. A link that leads out of it is left out.
    pub(super) fn export(&self, tree: &Tree) -> io::Result<()> {
        let root = self.tree();
        for (path, leaf) in tree.leaves() {
            let at = root.join(&path.0);
            if let Some(parent) = at.parent() {
                fs::create_dir_all(parent)?;
            }
            match leaf {
                Leaf::File { executable, bytes } => {
                    let mode = if *executable { 0o700 } else { 0o600 };
                    let mut file =
                        fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&at)?;
                    io::Write::write_all(&mut file, bytes)?;
                }
                Leaf::Link(target) if stays_inside(&path.0, target) => {
                    std::os::unix::fs::symlink(target, &at)?;
                }
                Leaf::Link(_) => {}
            }
        }
        Ok(())
    }
}

/// Whether a link at `path` leads to somewhere within the tree.
fn stays_inside(path: &str, target: &str) -> bool {
    let mut depth = path.matches('/').count();
    for step in Path::new(target).components() {
        match step {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir => match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => return false,
            },
            Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}

/// Remove what cockpits that are no more have left.
fn sweep(place: &Path) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(PREFIX).and_then(|it| it.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|it| !Path::new(&format!("/proc/{it}")).exists()) {
            // Another's folder refuses, and is another's to remove.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_within_the_tree() {
        assert!(stays_inside("a/b/link", "../c"));
        assert!(stays_inside("link", "a/../b"));
        assert!(!stays_inside("a/link", "../../etc/passwd"));
        assert!(!stays_inside("link", "/etc/passwd"));
    }

    #[test]
    fn it_is_private_and_goes_with_its_owner() {
        let folder = Folder::make().unwrap();
        let path = folder.dir.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        folder.export(&Tree::of(&[("a/b.sh", "#!/bin/sh\n"), ("c.yaml", "x: 1\n")])).unwrap();
        assert_eq!(fs::read_to_string(folder.tree().join("c.yaml")).unwrap(), "x: 1\n");
        assert_eq!(fs::metadata(folder.tree().join("a/b.sh")).unwrap().permissions().mode() & 0o777, 0o700);
        drop(folder);
        assert!(!path.exists());
    }
}
