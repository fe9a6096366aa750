//! Paths of a repository, and paths that are written relative to one of its folders. The root is the empty folder.

/// The folder of a file.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |it| it.0)
}

/// A path that is written relative to a folder, from the root; none where it leads out of the repository.
pub(crate) fn beside(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether a file lies in a folder, or below it.
pub(crate) fn inside(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|it| it.is_empty() || it.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_from_the_folder_it_is_written_in() {
        assert_eq!(beside("a/b", "./c.yaml").as_deref(), Some("a/b/c.yaml"));
        assert_eq!(beside("a/b", "../c.yaml").as_deref(), Some("a/c.yaml"));
        assert_eq!(beside("", "c//d").as_deref(), Some("c/d"));
        assert_eq!(beside("a", "../../c.yaml"), None);
        assert_eq!((folder_of("a/b.yaml"), folder_of("b.yaml")), ("a", ""));
        assert!(inside("a/b", "a") && inside("a", "a") && inside("a", "") && !inside("ab/c", "a"));
    }
}
