//! Paths that a draft may write to.

use super::unfit::Unfit;
use domain::RepoPath;

/// Longer ones are more than file systems take.
const LONG: usize = 1_024;

/// Refuse what leads out of the repository, into Git's own folder, or cannot be told from what it looks like.
pub(super) fn fit(path: &RepoPath) -> Result<(), Unfit> {
    let why = |why: &'static str| Err(Unfit::Path { path: domain::revealed(&path.0), why });
    let text = path.0.as_str();
    if text.is_empty() || text.len() > LONG {
        return why("a path has 1 to 1024 characters");
    }
    if text.chars().any(|it| it.is_control() || domain::unseen(it)) {
        return why("it has characters that cannot be seen");
    }
    if text.starts_with('/') || text.contains('\\') {
        return why("a path begins at the root of the repository, with / between its parts");
    }
    for part in text.split('/') {
        match part {
            "" | "." | ".." => return why("no part of a path may be empty, . or .."),
            _ if is_gits_own(part) => return why("that is Git's own folder"),
            _ if part.trim() != part => return why("a part of it begins or ends with a space"),
            _ => {}
        }
    }
    Ok(())
}

/// `.git` in every way in which some file system takes it for that.
pub(super) fn is_gits_own(part: &str) -> bool {
    let part = part.split(':').next().unwrap_or(part).trim_end_matches(['.', ' ']).to_ascii_lowercase();
    part == ".git" || part == "git~1"
}

/// Whether a file is YAML by its name.
pub(super) fn is_yaml(path: &RepoPath) -> bool {
    path.0.ends_with(".yaml") || path.0.ends_with(".yml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_in_the_repository_and_out_of_gits_folder() {
        let fits = |path: &str| fit(&RepoPath(path.into())).is_ok();
        for good in ["a", "a/b.yaml", ".github/workflows/x.yaml", "a b/ü.txt", ".gitignore", "..a", "git/x"]
        {
            assert!(fits(good), "{good}");
        }
        for bad in [
            "",
            "/a",
            "a/",
            "a//b",
            "../a",
            "a/../b",
            "./a",
            ".git/config",
            "x/.GIT/hooks/a",
            ".git./x",
            "GIT~1/x",
            ".git::$INDEX/x",
            "a\nb",
            "a\u{202e}b",
            ".g\u{200c}it/x",
            "a\\b",
            "a /b",
        ] {
            assert!(!fits(bad), "{bad:?}");
        }
        assert!(!fits(&"x".repeat(2_000)));
    }
}
