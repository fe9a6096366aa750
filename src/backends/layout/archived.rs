//! Folders that are kept, and that nothing is rolled out from.

/// Names of folders that are such wherever they are.
const ANYWHERE: [&str; 10] = [
    ".archive",
    "archive",
    "archived",
    "_archive",
    "old",
    "deprecated",
    "example",
    "examples",
    "attic",
    "unused",
];
/// And such as only the first of a path is.
const AT_TOP: [&str; 6] = ["docs", "doc", "test", "tests", "testdata", ".github"];

/// Why what a file declares is in force nowhere; none where it may be.
pub(super) fn why(path: &str) -> Option<String> {
    let mut folders = path.split('/').collect::<Vec<_>>();
    folders.pop();
    let first = folders.first().filter(|it| AT_TOP.contains(&it.to_ascii_lowercase().as_str()));
    let found =
        first.or_else(|| folders.iter().find(|it| ANYWHERE.contains(&it.to_ascii_lowercase().as_str())))?;
    Some(format!("it lies in a folder called {found}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_archived_or_an_example_is_not_in_force() {
        for path in [".archive/a.yaml", "kube/archive/a/b.yaml", "clusters/old/x.yaml", "docs/a.yaml"] {
            assert!(why(path).is_some(), "{path}");
        }
        for path in ["apps/docs/app.yaml", "old.yaml", "clusters/home/talconfig.yaml", "bold/a.yaml"] {
            assert!(why(path).is_none(), "{path}");
        }
    }
}
