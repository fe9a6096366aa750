//! `.pilothouse.toml` of a repository: what environment each cluster is, and which paths declare it.

use domain::RepoPath;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What is wrong with the file, and where. `file` is what the person knows it as.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{file}:{line}: {why}")]
pub struct ClusterMapError {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub why: String,
}

/// The clusters that a repository tells of. Without a file there are none, and nothing is assumed of any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterMap {
    /// By the name of the Cluster of Cluster API, or of the context of the kubeconfig.
    #[serde(default)]
    clusters: BTreeMap<String, ClusterEntry>,
    /// How commits come to the branch.
    #[serde(default)]
    push: Way,
    /// Which kind of forge the remote is: github, gitlab or forgejo. None: as the name of its host says.
    pub forge: Option<String>,
}

/// How commits come to the branch that the cluster follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Way {
    #[default]
    Direct,
    PullRequest,
}

/// What is said of one cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterEntry {
    /// The word in the bar: "PROD".
    #[serde(default)]
    pub environment: String,
    /// Whether that word is a warning. Where it is not said, an environment that begins with "prod" is one.
    production: Option<bool>,
    /// Folders and files of the repository that declare it; all of them where none is named.
    #[serde(default)]
    paths: Vec<String>,
    /// The command that renders its machine configs, word by word; `{out}` is the folder it writes `NODE.yaml` to.
    /// The backends read it out of the commit that is rendered, and config.toml must allow it.
    #[serde(default)]
    render: Vec<String>,
    /// The folder that it is run in.
    #[serde(default)]
    render_in: String,
}

impl ClusterMap {
    /// Read the text of `file`. What it does not know is an error: a misspelt `production` must not pass silently.
    pub fn parse(file: &str, text: &str) -> Result<Self, ClusterMapError> {
        let wrong = |line: usize, why: String| ClusterMapError { file: file.into(), line, why };
        let map: Self = toml::from_str(text).map_err(|err| {
            let before = err.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            wrong(before.matches('\n').count() + 1, err.message().to_owned())
        })?;
        if let Some(forge) = map.forge.as_deref().filter(|it| !["github", "gitlab", "forgejo"].contains(it)) {
            let line =
                text.lines().position(|it| it.trim_start().starts_with("forge")).map_or(1, |at| at + 1);
            return Err(wrong(line, format!("`{forge}` is no forge that is known: github, gitlab, forgejo")));
        }
        for path in map.clusters.values().flat_map(|it| it.paths.iter().chain([&it.render_in])) {
            if path.starts_with('/') || path.split('/').any(|it| it == "..") {
                let line = text.lines().position(|it| it.contains(path.as_str())).map_or(1, |at| at + 1);
                return Err(wrong(line, format!("`{path}` is no path of this repository")));
            }
        }
        Ok(map)
    }

    /// Whether commits come to the branch by pull requests.
    pub fn by_request(&self) -> bool {
        self.push == Way::PullRequest
    }

    /// The same, where the person asks for one.
    #[must_use]
    pub fn with_requests(self) -> Self {
        Self { push: Way::PullRequest, ..self }
    }

    /// What is said of a cluster that goes by any of these names.
    pub fn entry<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Option<&ClusterEntry> {
        names.into_iter().find_map(|name| self.clusters.get(name))
    }
}

impl ClusterEntry {
    pub fn production(&self) -> bool {
        self.production.unwrap_or_else(|| self.environment.to_lowercase().starts_with("prod"))
    }

    /// Whether a file may declare this cluster.
    pub fn holds(&self, path: &RepoPath) -> bool {
        let inside = |folder: &String| {
            let folder = folder.trim_start_matches("./").trim_end_matches('/');
            let rest = path.0.strip_prefix(folder);
            folder.is_empty() || rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
        };
        self.paths.is_empty() || self.paths.iter().any(inside)
    }

    /// The command that renders it, where it names one.
    pub fn renderer(&self) -> Option<String> {
        (!self.render.is_empty()).then(|| self.render.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_have_environments_and_paths() {
        let text = "[clusters.k8s]\nenvironment = \"PROD\"\npaths = [\"clusters/prod/\", \"talos\"]\n\
                    [clusters.lab]\nenvironment = \"production-like\"\nproduction = false\n";
        let map = ClusterMap::parse(".pilothouse.toml", text).unwrap();
        let prod = map.entry(["none", "k8s"]).unwrap();
        assert!(prod.production() && prod.environment == "PROD");
        for (path, inside) in
            [("clusters/prod/a.yaml", true), ("clusters/production/a.yaml", false), ("talos/x/y.yaml", true)]
        {
            assert_eq!(prod.holds(&RepoPath(path.into())), inside, "{path}");
        }
        let lab = map.entry(["lab"]).unwrap();
        assert!(!lab.production() && lab.holds(&RepoPath("anything.yaml".into())));
        assert_eq!(map.entry(["other"]), None);
    }

    #[test]
    fn what_is_not_known_is_told_with_its_line() {
        let said = |text| ClusterMap::parse("repo/.pilothouse.toml", text).unwrap_err().to_string();
        let err = said("[clusters.k8s]\nenvironment = \"PROD\"\nproductoin = true\n");
        assert!(err.starts_with("repo/.pilothouse.toml:3: unknown field `productoin`"), "{err}");
        let err = said("[clutsers.k8s]\n");
        assert!(err.starts_with("repo/.pilothouse.toml:1: unknown field `clutsers`"), "{err}");
        let err = said("[clusters.k8s]\npaths = [\n  \"../other\",\n]\n");
        assert_eq!(err, "repo/.pilothouse.toml:3: `../other` is no path of this repository");
    }
}
