//! The private folder that a renderer works in: an export of the tree, a home of its own, a place for what it
//! writes.

use crate::PrivateFolder;
use crate::git::{Leaf, Tree};
use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

/// Gone when this is dropped.
pub(super) struct Folder {
    dir: PrivateFolder,
}

impl Folder {
    pub(super) fn make() -> io::Result<Self> {
        let dir = PrivateFolder::make()?;
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

    /// What the renderer writes to its standard output.
    pub(super) fn said(&self) -> PathBuf {
        self.dir.path().join("said")
    }

    /// What a program said, without where the folder is: it is another place each time.
    pub(super) fn placeless(&self, text: &str) -> String {
        let places = [self.tree().canonicalize().ok(), Some(self.tree())];
        let places = places.into_iter().flatten().map(|it| it.to_string_lossy().into_owned());
        places.fold(text.to_owned(), |text, it| text.replace(&format!("{it}/"), "").replace(&it, "."))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

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
    fn where_the_folder_is_is_not_told() {
        let folder = Folder::make().unwrap();
        let at = folder.tree().display().to_string();
        assert_eq!(folder.placeless(&format!("no '{at}/a/b.yaml' below '{at}'")), "no 'a/b.yaml' below '.'");
    }

    #[test]
    fn a_tree_is_written_as_it_is() {
        let folder = Folder::make().unwrap();
        folder.export(&Tree::of(&[("a/b.sh", "#!/bin/sh\n"), ("c.yaml", "x: 1\n")])).unwrap();
        assert_eq!(fs::read_to_string(folder.tree().join("c.yaml")).unwrap(), "x: 1\n");
        assert_eq!(fs::metadata(folder.tree().join("a/b.sh")).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
