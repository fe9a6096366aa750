//! The files of the repository by name.

use crate::Model;
use domain::RepoPath;

/// Names that are offered at most.
const OFFERED: usize = 200;

/// The files whose path has the letters that were typed, in their order; those that have them together first.
pub fn offers(model: &Model, typed: &str) -> Vec<RepoPath> {
    let Some((_, paths)) = &model.world.git.files else { return Vec::new() };
    let typed = typed.trim().to_lowercase();
    let mut found: Vec<(usize, &RepoPath)> =
        paths.iter().filter_map(|it| Some((rank(&it.0.to_lowercase(), &typed)?, it))).collect();
    found.sort_by_key(|(rank, path)| (*rank, path.0.len()));
    found.into_iter().take(OFFERED).map(|(_, path)| path.clone()).collect()
}

/// 0 where the name of the file begins with it, 1 where it stands in the name, 2 in the path, 3 in pieces.
fn rank(path: &str, typed: &str) -> Option<usize> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.starts_with(typed) {
        return Some(0);
    }
    if name.contains(typed) {
        return Some(1);
    }
    if path.contains(typed) {
        return Some(2);
    }
    let mut letters = path.chars();
    typed.chars().all(|it| letters.any(|letter| letter == it)).then_some(3)
}

/// Whether a file can have that path.
pub fn usable(path: &RepoPath) -> Result<(), String> {
    let parts: Vec<&str> = path.0.split('/').collect();
    let wrong = |why: &str| Err(format!("{path} is no path inside of the repository: {why}"));
    match () {
        () if path.0.is_empty() => Err("no file is named".into()),
        () if path.0.chars().any(domain::unseen) => wrong("it has characters that cannot be seen"),
        () if parts.iter().any(|it| it.is_empty()) => wrong("a part of it is empty"),
        () if parts.iter().any(|it| [".", ".."].contains(it)) => wrong("it leads elsewhere"),
        () if parts.iter().any(|it| it.eq_ignore_ascii_case(".git")) => wrong(".git is git's own"),
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::CommitId;
    use std::sync::Arc;

    #[test]
    fn the_nearest_file_comes_first() {
        let mut model = Model::default();
        let paths = ["apps/loki/values.yaml", "apps/loki/kustomization.yaml", "kustomize/loki.yaml"];
        let paths: Vec<RepoPath> = paths.iter().map(|it| RepoPath((*it).into())).collect();
        model.world.git.files = Some((CommitId("c".into()), Arc::new(paths)));
        let named = |typed: &str| offers(&model, typed).into_iter().map(|it| it.0).collect::<Vec<_>>();
        assert_eq!(named("loki")[0], "kustomize/loki.yaml");
        assert_eq!(named("kusto")[0], "apps/loki/kustomization.yaml");
        assert_eq!(named("alv"), ["apps/loki/values.yaml"]);
        assert!(named("xyz").is_empty());
    }

    #[test]
    fn a_path_stays_inside() {
        for wrong in ["", "/etc/passwd", "../x", "a//b", "a/.git/config", "a/\u{202e}b", "a/./b"] {
            assert!(usable(&RepoPath(wrong.into())).is_err(), "{wrong:?}");
        }
        assert!(usable(&RepoPath("apps/new/values.yaml".into())).is_ok());
    }
}
